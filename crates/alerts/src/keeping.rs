//! The ingest path's statements: claiming keys, reading what they found, keeping batches. Every one is a statement
//! over arrays, so that its cost is the rows' and not the round trips'.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::counting::Counts;
use ipnet::IpNet;
use platform::Tx;
use platform::ids::{hour_of, occurred_at};
use time::OffsetDateTime;
use uuid::Uuid;
use vocab::{AlertId, AssetId, OrganizationId, Severity, SourceId, Stage, TicketId, Urgency, Verdict};

/// A key and the alert that shall have it when it is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    pub organization: OrganizationId,
    pub key: Uuid,
    pub alert: AlertId,
}

/// An alert that a key found, with as much of its ticket as decides what happens next. Both rows are locked.
#[derive(Debug, Clone)]
pub struct Found {
    pub alert: AlertId,
    pub organization: OrganizationId,
    pub rule_name: String,
    pub title: String,
    pub severity: Severity,
    pub is_cleared: bool,
    pub is_suppressed: bool,
    /// As its own row says; what was appended since is [`crate::counting::latest`].
    pub counts: Counts,
    pub ticket: Option<TicketId>,
}

/// A new alert's row.
#[derive(Debug, Clone)]
pub struct NewAlert {
    pub id: AlertId,
    pub organization: OrganizationId,
    pub source: SourceId,
    pub incident_id: Option<String>,
    pub rule_id: String,
    pub rule_name: String,
    pub title: String,
    pub severity: Severity,
    pub urgency: Urgency,
    pub urgency_terms: String,
    pub state: &'static str,
    pub source_state: &'static str,
    pub source_ip: Option<IpAddr>,
    pub destination_ip: Option<IpAddr>,
    pub asset: Option<AssetId>,
    pub counts: Counts,
    pub event_at: Option<OffsetDateTime>,
    pub ticket: Option<TicketId>,
    pub why_grouped: &'static str,
    /// JSON text.
    pub notification: String,
}

/// What deliveries of one batch change about an alert that was there before, beyond its counts.
#[derive(Debug, Clone)]
pub struct Refire {
    pub id: AlertId,
    pub organization: OrganizationId,
    pub received_at: OffsetDateTime,
    pub severity: Severity,
    /// Raises the alert's, never lowers it.
    pub urgency: Urgency,
    /// JSON text.
    pub urgency_terms: String,
    /// `active` or `cleared`, where that changed.
    pub source_state: Option<&'static str>,
    pub ticket: Option<TicketId>,
    /// Back to `new` when its suppression is over or its ticket reopens.
    pub is_news: bool,
}

/// Raw bytes as they came.
#[derive(Debug, Clone)]
pub struct Payload {
    pub organization: OrganizationId,
    pub alert: AlertId,
    pub content_type: Option<String>,
    pub body: bytes::Bytes,
}

/// Claims keys for new alerts; returns those that were taken already, with the alert that has them.
///
/// Sorted, so that two writers with overlapping keys wait for each other in one direction only. A key that another
/// transaction is claiming right now is waited for: afterwards it is found.
pub async fn claim(tx: &mut Tx, claims: &mut [Claim]) -> Result<Vec<Claim>, sqlx::Error> {
    claims.sort_unstable();
    let (mut organizations, mut keys, mut alerts) = (Vec::new(), Vec::new(), Vec::new());
    for claim in claims.iter() {
        organizations.push(claim.organization.uuid());
        keys.push(claim.key);
        alerts.push(claim.alert.uuid());
    }
    let claimed = sqlx::query!(
        "insert into alert_keys (organization_id, key, alert_id)
         select organization_id, key, alert_id from unnest($1::uuid[], $2::uuid[], $3::uuid[])
             as claim (organization_id, key, alert_id)
         on conflict do nothing
         returning organization_id, key",
        &organizations,
        &keys,
        &alerts
    )
    .fetch_all(&mut **tx)
    .await?;
    if claimed.len() == claims.len() {
        return Ok(Vec::new());
    }
    let claimed = claimed.into_iter().map(|row| (row.organization_id, row.key));
    let claimed = claimed.collect::<std::collections::HashSet<_>>();
    let (mut organizations, mut keys) = (Vec::new(), Vec::new());
    for claim in claims.iter().filter(|claim| !claimed.contains(&(claim.organization.uuid(), claim.key))) {
        organizations.push(claim.organization.uuid());
        keys.push(claim.key);
    }
    let taken = sqlx::query!(
        "select held.organization_id, held.key, held.alert_id
         from unnest($1::uuid[], $2::uuid[]) as asked (organization_id, key)
         join alert_keys held on held.organization_id = asked.organization_id and held.key = asked.key",
        &organizations,
        &keys
    )
    .fetch_all(&mut **tx)
    .await?;
    let taken = taken.into_iter().map(|row| Claim {
        organization: OrganizationId(row.organization_id),
        key: row.key,
        alert: AlertId(row.alert_id),
    });
    Ok(taken.collect())
}

/// Points keys at other alerts: a recurrence at its newest, a fresh payload at the alert its incident has.
pub async fn repoint(tx: &mut Tx, claims: &[Claim]) -> Result<(), sqlx::Error> {
    if claims.is_empty() {
        return Ok(());
    }
    let organizations = claims.iter().map(|claim| claim.organization.uuid()).collect::<Vec<_>>();
    let keys = claims.iter().map(|claim| claim.key).collect::<Vec<_>>();
    let alerts = claims.iter().map(|claim| claim.alert.uuid()).collect::<Vec<_>>();
    sqlx::query!(
        "update alert_keys held set alert_id = wanted.alert_id
         from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as wanted (organization_id, key, alert_id)
         where held.organization_id = wanted.organization_id and held.key = wanted.key",
        &organizations,
        &keys,
        &alerts
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Reads and locks alerts, in the order of their ids.
pub async fn lock(
    tx: &mut Tx,
    organizations: &[OrganizationId],
    ids: &[AlertId],
) -> Result<Vec<Found>, sqlx::Error> {
    let organizations = organizations.iter().map(|id| id.uuid()).collect::<Vec<_>>();
    let ids = ids.iter().map(|id| id.uuid()).collect::<Vec<_>>();
    let rows = sqlx::query!(
        "select id, organization_id, rule_name, title, severity, source_state, state, deliveries, occurrences,
                first_seen_at, last_seen_at, last_received_at, ticket_id
         from alerts
         where organization_id = any($1) and id = any($2)
         order by id
         for update",
        &organizations,
        &ids
    )
    .fetch_all(&mut **tx)
    .await?;
    let found = rows.into_iter().map(|row| Found {
        alert: AlertId(row.id),
        organization: OrganizationId(row.organization_id),
        rule_name: row.rule_name,
        title: row.title,
        severity: Severity::from_step(row.severity),
        is_cleared: row.source_state == "cleared",
        is_suppressed: row.state == "suppressed",
        counts: Counts {
            deliveries: row.deliveries,
            occurrences: row.occurrences,
            first_seen_at: row.first_seen_at,
            last_seen_at: row.last_seen_at,
            last_received_at: row.last_received_at,
        },
        ticket: row.ticket_id.map(TicketId),
    });
    Ok(found.collect())
}

/// Keeps new alerts and the payloads of the batch; counts the alerts for the dashboards.
pub async fn keep(tx: &mut Tx, alerts: &[NewAlert], payloads: &[Payload]) -> Result<(), sqlx::Error> {
    if alerts.is_empty() && payloads.is_empty() {
        return Ok(());
    }
    let uuids = |of: fn(&NewAlert) -> Uuid| alerts.iter().map(of).collect::<Vec<_>>();
    let texts =
        |of: fn(&NewAlert) -> &str| alerts.iter().map(|alert| of(alert).to_owned()).collect::<Vec<_>>();
    let times = |of: fn(&NewAlert) -> OffsetDateTime| alerts.iter().map(of).collect::<Vec<_>>();
    let address = |of: fn(&NewAlert) -> Option<IpAddr>| {
        alerts.iter().map(|alert| of(alert).map(IpNet::from)).collect::<Vec<Option<IpNet>>>()
    };
    let mut hours = BTreeMap::<(OrganizationId, OffsetDateTime), i64>::new();
    for alert in alerts {
        *hours.entry((alert.organization, hour_of(occurred_at(alert.id.uuid())))).or_default() += 1;
    }
    sqlx::query!(
        "with kept as (
             insert into alerts
                 (id, organization_id, source_id, incident_id, rule_id, rule_name, title, severity, urgency,
                  urgency_terms, state, source_state, source_ip, destination_ip, asset_id, deliveries, occurrences,
                  event_at, first_seen_at, last_seen_at, last_received_at, ticket_id, why_grouped, notification)
             select id, organization_id, source_id, incident_id, rule_id, rule_name, title, severity, urgency,
                    urgency_terms::jsonb, state, source_state, source_ip, destination_ip, asset_id, deliveries,
                    occurrences, event_at, first_seen_at, last_seen_at, last_received_at, ticket_id, why_grouped,
                    notification::jsonb
             from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[],
                         $8::smallint[], $9::smallint[], $10::text[], $11::text[], $12::text[], $13::inet[],
                         $14::inet[], $15::uuid[], $16::integer[], $17::bigint[], $18::timestamptz[],
                         $19::timestamptz[], $20::timestamptz[], $21::timestamptz[], $22::uuid[], $23::text[],
                         $24::text[])
                 as alert (id, organization_id, source_id, incident_id, rule_id, rule_name, title, severity, urgency,
                  urgency_terms, state, source_state, source_ip, destination_ip, asset_id, deliveries, occurrences,
                  event_at, first_seen_at, last_seen_at, last_received_at, ticket_id, why_grouped, notification)),
         counted as (
             insert into dashboard_count_changes (organization_id, noun, hour, count)
             select organization_id, 'alert', hour, count from unnest($30::uuid[], $31::timestamptz[], $32::bigint[])
                 as counted (organization_id, hour, count))
         insert into alert_payloads (id, organization_id, alert_id, content_type, body)
         select id, organization_id, alert_id, content_type, body
         from unnest($25::uuid[], $26::uuid[], $27::uuid[], $28::text[], $29::bytea[])
             as payload (id, organization_id, alert_id, content_type, body)",
        &uuids(|alert| alert.id.uuid()),
        &uuids(|alert| alert.organization.uuid()),
        &uuids(|alert| alert.source.uuid()),
        &alerts.iter().map(|alert| alert.incident_id.clone()).collect::<Vec<_>>() as &[Option<String>],
        &texts(|alert| &alert.rule_id),
        &texts(|alert| &alert.rule_name),
        &texts(|alert| &alert.title),
        &alerts.iter().map(|alert| alert.severity.step()).collect::<Vec<_>>(),
        &alerts.iter().map(|alert| alert.urgency.step()).collect::<Vec<_>>(),
        &texts(|alert| &alert.urgency_terms),
        &texts(|alert| alert.state),
        &texts(|alert| alert.source_state),
        &address(|alert| alert.source_ip) as &[Option<IpNet>],
        &address(|alert| alert.destination_ip) as &[Option<IpNet>],
        &alerts.iter().map(|alert| alert.asset.map(AssetId::uuid)).collect::<Vec<_>>() as &[Option<Uuid>],
        &alerts.iter().map(|alert| alert.counts.deliveries).collect::<Vec<_>>(),
        &alerts.iter().map(|alert| alert.counts.occurrences).collect::<Vec<_>>(),
        &alerts.iter().map(|alert| alert.event_at).collect::<Vec<_>>() as &[Option<OffsetDateTime>],
        &times(|alert| alert.counts.first_seen_at),
        &times(|alert| alert.counts.last_seen_at),
        &times(|alert| alert.counts.last_received_at),
        &alerts.iter().map(|alert| alert.ticket.map(TicketId::uuid)).collect::<Vec<_>>() as &[Option<Uuid>],
        &texts(|alert| alert.why_grouped),
        &texts(|alert| &alert.notification),
        &payloads.iter().map(|_| Uuid::now_v7()).collect::<Vec<_>>(),
        &payloads.iter().map(|payload| payload.organization.uuid()).collect::<Vec<_>>(),
        &payloads.iter().map(|payload| payload.alert.uuid()).collect::<Vec<_>>(),
        &payloads.iter().map(|payload| payload.content_type.clone()).collect::<Vec<_>>() as &[Option<String>],
        &payloads.iter().map(|payload| payload.body.to_vec()).collect::<Vec<_>>(),
        &hours.keys().map(|(organization, _)| organization.uuid()).collect::<Vec<_>>(),
        &hours.keys().map(|(_, hour)| *hour).collect::<Vec<_>>(),
        &hours.into_values().collect::<Vec<_>>(),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Applies what later deliveries changed.
pub async fn refire(tx: &mut Tx, refires: &[Refire]) -> Result<(), sqlx::Error> {
    if refires.is_empty() {
        return Ok(());
    }
    let source_states =
        refires.iter().map(|refire| refire.source_state.map(str::to_owned)).collect::<Vec<_>>();
    sqlx::query!(
        "update alerts alert set
             severity = greatest(alert.severity, news.severity),
             urgency = greatest(alert.urgency, news.urgency),
             urgency_terms = case when news.urgency > alert.urgency then news.urgency_terms::jsonb
                             else alert.urgency_terms end,
             source_state = coalesce(news.source_state, alert.source_state),
             cleared_at = case news.source_state when 'cleared' then news.received_at when 'active' then null
                          else alert.cleared_at end,
             state = case when news.is_news then 'new' else alert.state end,
             ticket_id = coalesce(news.ticket_id, alert.ticket_id),
             version = alert.version + 1
         from unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::timestamptz[], $5::text[], $6::uuid[], $7::boolean[],
                     $8::smallint[], $9::text[])
             as news (organization_id, id, severity, received_at, source_state, ticket_id, is_news, urgency,
                      urgency_terms)
         where alert.organization_id = news.organization_id and alert.id = news.id",
        &refires.iter().map(|refire| refire.organization.uuid()).collect::<Vec<_>>(),
        &refires.iter().map(|refire| refire.id.uuid()).collect::<Vec<_>>(),
        &refires.iter().map(|refire| refire.severity.step()).collect::<Vec<_>>(),
        &refires.iter().map(|refire| refire.received_at).collect::<Vec<_>>(),
        &source_states as &[Option<String>],
        &refires.iter().map(|refire| refire.ticket.map(TicketId::uuid)).collect::<Vec<_>>() as &[Option<Uuid>],
        &refires.iter().map(|refire| refire.is_news).collect::<Vec<_>>(),
        &refires.iter().map(|refire| refire.urgency.step()).collect::<Vec<_>>(),
        &refires.iter().map(|refire| refire.urgency_terms.clone()).collect::<Vec<_>>(),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Stage and verdict of a ticket, as the decision needs them.
#[derive(Debug, Clone, Copy)]
pub struct TicketStanding {
    pub stage: Stage,
    pub verdict: Option<Verdict>,
}
