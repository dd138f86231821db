//! Reading alerts.

use std::net::IpAddr;

use detection::urgency::{Criticality, Term};
use ipnet::IpNet;
use platform::items::Item;
use platform::{Error, Result, Tx, ids};
use sqlx::types::Json;
use sqlx::{FromRow, Postgres, QueryBuilder};
use time::OffsetDateTime;
use uuid::Uuid;
use vocab::{AlertId, AssetId, OrganizationId, Severity, SourceId, TicketId, Urgency};

use crate::model::{
    Alert, AlertAsset, AlertDetail, AlertFilter, AlertState, AlertTicket, RawPayload, Reading,
};

#[derive(FromRow)]
struct AlertRow {
    id: Uuid,
    organization_id: Uuid,
    source_id: Option<Uuid>,
    source_name: Option<String>,
    incident_id: Option<String>,
    rule_id: String,
    rule_name: String,
    title: String,
    severity: Severity,
    urgency: Urgency,
    state: String,
    source_state: String,
    source_ip: Option<IpNet>,
    destination_ip: Option<IpNet>,
    asset_id: Option<Uuid>,
    asset_name: Option<String>,
    asset_criticality: Option<String>,
    deliveries: i32,
    occurrences: i64,
    first_seen_at: OffsetDateTime,
    last_seen_at: OffsetDateTime,
    ticket_id: Option<Uuid>,
    ticket_reference: Option<String>,
    why_grouped: String,
    tactics: Option<Json<Vec<String>>>,
    techniques: Option<Json<Vec<String>>>,
}

const COLUMNS: &str = "alert.id, alert.organization_id, alert.source_id, source.name as source_name, alert.incident_id, \
     alert.rule_id, alert.rule_name, alert.title, alert.severity, alert.urgency, alert.state, alert.source_state, \
     alert.source_ip, alert.destination_ip, alert.asset_id, asset.name as asset_name, \
     asset.criticality as asset_criticality, alert.deliveries, alert.occurrences, alert.first_seen_at, \
     alert.last_seen_at, alert.ticket_id, ticket.reference as ticket_reference, alert.why_grouped, \
     alert.notification -> 'tactics' as tactics, alert.notification -> 'techniques' as techniques";

/// Sources, assets and tickets are read for what their rows are called; their crates own them.
const JOINS: &str = " left join sources source on source.id = alert.source_id \
     left join assets asset on asset.id = alert.asset_id \
     left join tickets ticket on ticket.organization_id = alert.organization_id and ticket.id = alert.ticket_id ";

impl From<AlertRow> for Alert {
    fn from(row: AlertRow) -> Self {
        let asset = match (row.asset_id, row.asset_name, row.asset_criticality) {
            (Some(id), Some(name), Some(criticality)) => Some(AlertAsset {
                id: AssetId(id),
                name,
                criticality: criticality.parse().unwrap_or(Criticality::Medium),
            }),
            _ => None,
        };
        let ticket = match (row.ticket_id, row.ticket_reference) {
            (Some(id), Some(reference)) => Some(AlertTicket { id: TicketId(id), reference }),
            _ => None,
        };
        let address = |net: Option<IpNet>| -> Option<IpAddr> { net.map(|net| net.addr()) };
        Alert {
            id: AlertId(row.id),
            organization_id: OrganizationId(row.organization_id),
            source_id: row.source_id.map(SourceId),
            source_name: row.source_name,
            incident_id: row.incident_id,
            rule_id: row.rule_id,
            rule_name: row.rule_name,
            title: row.title,
            severity: row.severity,
            urgency: row.urgency,
            state: row.state.parse().unwrap_or(AlertState::New),
            source_state: row.source_state,
            source_ip: address(row.source_ip),
            destination_ip: address(row.destination_ip),
            asset,
            techniques: row.techniques.map(|Json(list)| list).unwrap_or_default(),
            tactics: row.tactics.map(|Json(list)| list).unwrap_or_default(),
            deliveries: row.deliveries,
            occurrences: row.occurrences,
            first_seen_at: row.first_seen_at,
            last_seen_at: row.last_seen_at,
            created_at: ids::occurred_at(row.id),
            ticket,
            why_grouped: row.why_grouped,
        }
    }
}

/// A page of alerts, newest first; `limit + 1` rows. Each organization is walked in the order of its own index.
pub async fn list(tx: &mut Tx, organizations: &[OrganizationId], filter: &AlertFilter) -> Result<Vec<Alert>> {
    let organizations = organizations.iter().map(|id| id.uuid()).collect::<Vec<_>>();
    let mut query = QueryBuilder::<Postgres>::new("select ");
    query.push(COLUMNS).push(" from unnest(").push_bind(organizations);
    query.push(
        "::uuid[]) as scope (id) cross join lateral (select * from alerts where organization_id = scope.id",
    );
    restrict(&mut query, filter);
    query.push(" order by id desc limit ").push_bind(filter.limit + 1).push(") as alert").push(JOINS);
    query.push("order by alert.id desc limit ").push_bind(filter.limit + 1);
    let rows = query.build_query_as::<AlertRow>().fetch_all(&mut **tx).await?;
    Ok(rows.into_iter().map(Alert::from).collect())
}

fn restrict(query: &mut QueryBuilder<Postgres>, filter: &AlertFilter) {
    if let Some(before) = filter.before {
        query.push(" and id < ").push_bind(before);
    }
    // Ids carry the time, so that a period is a range of the primary key and of its partitions.
    if let Some(from) = filter.from {
        query.push(" and id >= uuidv7_floor(").push_bind(from).push(")");
    }
    if let Some(to) = filter.to {
        query.push(" and id < uuidv7_floor(").push_bind(to).push(")");
    }
    if !filter.severities.is_empty() {
        query.push(" and severity = any(").push_bind(filter.severities.clone()).push(")");
    }
    if !filter.states.is_empty() {
        query.push(" and state = any(").push_bind(filter.states.clone()).push(")");
    }
    if let Some(source) = filter.source {
        query.push(" and source_id = ").push_bind(source);
    }
    if let Some(rule) = &filter.rule_id {
        query.push(" and rule_id = ").push_bind(rule.clone());
    }
    if let Some(ip) = filter.ip {
        query.push(" and (source_ip = ").push_bind(ip).push(" or destination_ip = ").push_bind(ip).push(")");
    }
    for word in &filter.words {
        query
            .push(" and (strpos(lower(title), ")
            .push_bind(word.clone())
            .push(") > 0 or strpos(lower(rule_id), ");
        query.push_bind(word.clone()).push(") > 0)");
    }
}

/// One alert with all that was read of it.
pub async fn find(tx: &mut Tx, organizations: &[OrganizationId], id: AlertId) -> Result<AlertDetail> {
    let organizations = organizations.iter().map(|id| id.uuid()).collect::<Vec<_>>();
    let mut query = QueryBuilder::<Postgres>::new("select ");
    query.push(COLUMNS).push(" from alerts alert").push(JOINS).push("where alert.organization_id = any(");
    query.push_bind(organizations).push(") and alert.id = ").push_bind(id.uuid());
    let row =
        query.build_query_as::<AlertRow>().fetch_optional(&mut **tx).await?.ok_or_else(Error::not_found)?;
    let rest = sqlx::query!(
        r#"select notification as "notification: Json<Reading>", urgency_terms as "urgency_terms: Json<Vec<Term>>",
                  greatest(alert.deliveries, latest.deliveries) as "deliveries!",
                  greatest(alert.occurrences, latest.occurrences) as "occurrences!",
                  least(alert.first_seen_at, latest.first_seen_at) as "first_seen_at!",
                  greatest(alert.last_seen_at, latest.last_seen_at) as "last_seen_at!"
           from alerts alert left join lateral (
               select * from alert_counts where organization_id = $1 and alert_id = $2
               order by deliveries desc limit 1) as latest on true
           where alert.organization_id = $1 and alert.id = $2"#,
        row.organization_id,
        row.id
    )
    .fetch_one(&mut **tx)
    .await?;
    let mut reading = rest.notification.0;
    // The alert's own fields carry these two already.
    reading.tactics = Vec::new();
    reading.techniques = Vec::new();
    // What the alert has not yet taken over counts here.
    let alert = Alert {
        deliveries: rest.deliveries,
        occurrences: rest.occurrences,
        first_seen_at: rest.first_seen_at,
        last_seen_at: rest.last_seen_at,
        ..row.into()
    };
    Ok(AlertDetail { alert, reading, urgency_terms: rest.urgency_terms.0 })
}

/// The alerts that a ticket gathers, newest first.
pub async fn alerts_of_ticket(
    tx: &mut Tx,
    organization: OrganizationId,
    tickets: &[TicketId],
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Alert>> {
    let tickets = tickets.iter().map(|id| id.uuid()).collect::<Vec<_>>();
    let mut query = QueryBuilder::<Postgres>::new("select ");
    query.push(COLUMNS).push(" from alerts alert").push(JOINS).push("where alert.organization_id = ");
    query.push_bind(organization.uuid()).push(" and alert.ticket_id = any(").push_bind(tickets).push(")");
    if let Some(before) = before {
        query.push(" and alert.id < ").push_bind(before);
    }
    query.push(" order by alert.id desc limit ").push_bind(limit);
    let rows = query.build_query_as::<AlertRow>().fetch_all(&mut **tx).await?;
    Ok(rows.into_iter().map(Alert::from).collect())
}

/// Moves alerts from one ticket to another of the same organization; returns how many and their occurrences.
/// Without `only`, all of the ticket's alerts move.
pub async fn move_to_ticket(
    tx: &mut Tx,
    organization: OrganizationId,
    from: TicketId,
    to: TicketId,
    only: Option<&[Uuid]>,
) -> Result<Vec<(AlertId, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        "update alerts set ticket_id = $3, version = version + 1
         where organization_id = $1 and ticket_id = $2 and ($4::uuid[] is null or id = any($4))
         returning id, occurrences",
        organization.uuid(),
        from.uuid(),
        to.uuid(),
        only
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(|row| (AlertId(row.id), row.occurrences)).collect())
}

/// Payload bytes of one answer; the newest is there however large it is.
const MOST_BYTES: i64 = 8 * 1024 * 1024;

/// Raw payloads of a ticket's alerts, newest first, bounded.
pub async fn payloads_of_ticket(
    tx: &mut Tx,
    organization: OrganizationId,
    tickets: &[TicketId],
) -> Result<Vec<RawPayload>, sqlx::Error> {
    let tickets = tickets.iter().map(|id| id.uuid()).collect::<Vec<_>>();
    let rows = sqlx::query!(
        r#"select id as "id!", alert_id as "alert_id!", content_type, size as "size!",
                  case when total <= $3 or total = size then body end as body
           from (select id, alert_id, content_type, body, length(body)::bigint as size,
                        sum(length(body)) over (order by id desc) as total
                 from (select payload.id, payload.alert_id, payload.content_type, payload.body
                       from (select id from alerts where organization_id = $1 and ticket_id = any($2)
                             order by id desc limit 50) as alert
                       join alert_payloads payload on payload.organization_id = $1 and payload.alert_id = alert.id
                       order by payload.id desc limit 50) as newest) as measured
           order by id desc"#,
        organization.uuid(),
        &tickets,
        MOST_BYTES
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(|row| raw(row.id, row.alert_id, row.content_type, row.size, row.body)).collect())
}

/// Raw payloads of one alert, newest first, bounded.
pub async fn payloads(
    tx: &mut Tx,
    organization: OrganizationId,
    id: AlertId,
) -> Result<Vec<RawPayload>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id as "id!", alert_id as "alert_id!", content_type, size as "size!",
                  case when total <= $3 or total = size then body end as body
           from (select id, alert_id, content_type, body, length(body)::bigint as size,
                        sum(length(body)) over (order by id desc) as total
                 from (select id, alert_id, content_type, body from alert_payloads
                       where organization_id = $1 and alert_id = $2 order by id desc limit 50) as newest) as measured
           order by id desc"#,
        organization.uuid(),
        id.uuid(),
        MOST_BYTES
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(|row| raw(row.id, row.alert_id, row.content_type, row.size, row.body)).collect())
}

fn raw(id: Uuid, alert: Uuid, content_type: Option<String>, size: i64, body: Option<Vec<u8>>) -> RawPayload {
    let is_left_out = body.is_none();
    let body = body.unwrap_or_default();
    let text = String::from_utf8_lossy(&body);
    RawPayload {
        alert_id: AlertId(alert),
        received_at: ids::occurred_at(id),
        content_type,
        size_bytes: size,
        is_left_out,
        is_lossy: matches!(text, std::borrow::Cow::Owned(_)),
        body_text: text.into_owned(),
    }
}

/// Marks a new alert as seen; says whether it was new.
pub async fn acknowledge(
    tx: &mut Tx,
    organization: OrganizationId,
    id: AlertId,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update alerts set state = 'acknowledged', version = version + 1
         where organization_id = $1 and id = $2 and state = 'new'",
        organization.uuid(),
        id.uuid()
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// An alert under lock.
#[derive(Debug, Clone, Copy)]
pub struct LockedAlert {
    pub organization: OrganizationId,
    pub ticket: Option<TicketId>,
    pub severity: Severity,
}

impl LockedAlert {
    /// What limits look at. A source's claim is nobody's own.
    pub fn item(self) -> Item {
        Item { organization: self.organization, is_own: false, severity: self.severity }
    }
}

/// Where an alert stands, locked until the transaction ends.
pub async fn lock_one(tx: &mut Tx, organizations: &[OrganizationId], id: AlertId) -> Result<LockedAlert> {
    let organizations = organizations.iter().map(|id| id.uuid()).collect::<Vec<_>>();
    let row = sqlx::query!(
        r#"select organization_id, ticket_id, severity as "severity: Severity" from alerts
           where organization_id = any($1) and id = $2 for update"#,
        &organizations,
        id.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?
    .ok_or_else(Error::not_found)?;
    Ok(LockedAlert {
        organization: OrganizationId(row.organization_id),
        ticket: row.ticket_id.map(TicketId),
        severity: row.severity,
    })
}

/// Gives an alert that has none its ticket.
pub async fn give_ticket(
    tx: &mut Tx,
    organization: OrganizationId,
    id: AlertId,
    ticket: TicketId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update alerts set ticket_id = $3, state = 'new', version = version + 1
         where organization_id = $1 and id = $2 and ticket_id is null",
        organization.uuid(),
        id.uuid(),
        ticket.uuid()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
