//! What the ingest path does to tickets: opens them in batches, attaches what comes later, reopens.
//!
//! Nothing here bumps a ticket's version but a reopening: an analyst who edits while alerts pour in is not told that
//! somebody changed the ticket.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use ipnet::IpNet;
use platform::Tx;
use platform::ids::hour_of;
use time::OffsetDateTime;
use uuid::Uuid;
use vocab::{ActivityId, AssetId, OrganizationId, Severity, SourceId, Stage, TicketId, Urgency, Verdict};

use crate::words::{self, Described, words};

/// The largest count that every program reads exactly (2^53 - 1); a sum of them still fits a column.
pub const MOST_OCCURRENCES: i64 = 9_007_199_254_740_991;

/// A ticket to open.
#[derive(Debug, Clone)]
pub struct NewTicket {
    pub id: TicketId,
    pub organization: OrganizationId,
    pub reference: String,
    pub title: String,
    pub description: Option<String>,
    pub severity: Severity,
    pub urgency: Urgency,
    pub urgency_score: i16,
    /// JSON text.
    pub urgency_terms: String,
    pub source: Option<SourceId>,
    pub incident_id: Option<String>,
    pub rule_id: String,
    pub rule_name: String,
    pub source_ip: Option<IpAddr>,
    pub destination_ip: Option<IpAddr>,
    pub asset: Option<AssetId>,
    pub asset_name: Option<String>,
    /// Names of hosts and users, for search.
    pub entity_words: Vec<String>,
    pub alert_count: i32,
    pub occurrences: i64,
    pub first_seen_at: OffsetDateTime,
    pub last_seen_at: OffsetDateTime,
    pub created_at: OffsetDateTime,
    pub is_storm: bool,
}

/// A ticket as the ingest path decides by it. A merged ticket answers as its survivor.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The ticket that was asked for.
    pub asked: TicketId,
    /// It, or the ticket it was merged into.
    pub id: TicketId,
    pub organization: OrganizationId,
    pub reference: String,
    pub title: String,
    pub stage: Stage,
    pub verdict: Option<Verdict>,
    pub ended_at: Option<OffsetDateTime>,
    pub severity: Severity,
    pub offers_suppression: bool,
}

/// What a batch adds to a ticket that was there before.
#[derive(Debug, Clone)]
pub struct Growth {
    pub id: TicketId,
    pub organization: OrganizationId,
    pub alerts: i32,
    pub occurrences: i64,
    pub severity: Severity,
    pub urgency: Urgency,
    pub urgency_score: i16,
    pub urgency_terms: String,
    pub last_seen_at: OffsetDateTime,
    pub reopens: bool,
    pub offers_suppression: bool,
}

impl Growth {
    /// Nothing yet: the least severity and urgency raise nothing.
    pub fn nothing(organization: OrganizationId, id: TicketId, last_seen_at: OffsetDateTime) -> Self {
        Self {
            id,
            organization,
            alerts: 0,
            occurrences: 0,
            severity: Severity::Informational,
            urgency: Urgency::Informational,
            urgency_score: 0,
            urgency_terms: "[]".to_owned(),
            last_seen_at,
            reopens: false,
            offers_suppression: false,
        }
    }

    /// Both together.
    pub fn add(&mut self, other: &Self) {
        self.alerts = self.alerts.saturating_add(other.alerts);
        self.occurrences = (self.occurrences + other.occurrences).min(MOST_OCCURRENCES);
        self.severity = self.severity.max(other.severity);
        if other.urgency_score > self.urgency_score {
            self.urgency = other.urgency;
            self.urgency_score = other.urgency_score;
            self.urgency_terms.clone_from(&other.urgency_terms);
        }
        self.last_seen_at = self.last_seen_at.max(other.last_seen_at);
        self.reopens |= other.reopens;
        self.offers_suppression |= other.offers_suppression;
    }
}

/// A line of a ticket's timeline; `detail` is JSON text.
#[derive(Debug, Clone)]
pub struct Happening {
    pub organization: OrganizationId,
    pub ticket: TicketId,
    pub source: SourceId,
    pub source_name: std::sync::Arc<str>,
    pub kind: &'static str,
    pub detail: Option<String>,
}

/// A row of [`Standing`], and the ticket it was merged into.
struct Row {
    id: Uuid,
    organization_id: Uuid,
    reference: String,
    title: String,
    stage: Stage,
    verdict: Option<Verdict>,
    ended_at: Option<OffsetDateTime>,
    severity: i16,
    offers_suppression: bool,
    merged_into: Option<Uuid>,
}

impl Row {
    fn standing(&self, asked: TicketId) -> Standing {
        Standing {
            asked,
            id: TicketId(self.id),
            organization: OrganizationId(self.organization_id),
            reference: self.reference.clone(),
            title: self.title.clone(),
            stage: self.stage,
            verdict: self.verdict,
            ended_at: self.ended_at,
            severity: Severity::from_step(self.severity),
            offers_suppression: self.offers_suppression,
        }
    }
}

/// How often a ticket may be merged further while it is waited for.
const MERGES_FOLLOWED: usize = 4;

/// Reads and locks tickets in the order of their ids, following merges to the survivor.
pub async fn lock(
    tx: &mut Tx,
    organizations: &[OrganizationId],
    ids: &[TicketId],
) -> Result<Vec<Standing>, sqlx::Error> {
    stand(tx, organizations, ids, true).await
}

/// The same, locking nothing: for who adds by [`crate::gains`].
pub async fn look(
    tx: &mut Tx,
    organizations: &[OrganizationId],
    ids: &[TicketId],
) -> Result<Vec<Standing>, sqlx::Error> {
    stand(tx, organizations, ids, false).await
}

async fn stand(
    tx: &mut Tx,
    organizations: &[OrganizationId],
    ids: &[TicketId],
    locks: bool,
) -> Result<Vec<Standing>, sqlx::Error> {
    let organizations = organizations.iter().map(|id| id.uuid()).collect::<Vec<_>>();
    // What was asked for, and the ticket that answers for it.
    let mut asked = ids.iter().map(|id| (*id, id.uuid())).collect::<Vec<_>>();
    let mut standings = Vec::with_capacity(ids.len());
    for _ in 0..MERGES_FOLLOWED {
        let at = asked.iter().map(|(_, at)| *at).collect::<Vec<_>>();
        let rows = if locks {
            locked(tx, &organizations, &at).await?
        } else {
            seen(tx, &organizations, &at).await?
        };
        let rows = rows.iter().map(|row| (row.id, row)).collect::<HashMap<_, _>>();
        let mut further = Vec::new();
        for (asked, at) in asked {
            match rows.get(&at) {
                Some(Row { merged_into: Some(survivor), .. }) => further.push((asked, *survivor)),
                Some(row) => standings.push(row.standing(asked)),
                None => {}
            }
        }
        if further.is_empty() {
            break;
        }
        asked = further;
    }
    Ok(standings)
}

async fn locked(tx: &mut Tx, organizations: &[Uuid], ids: &[Uuid]) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select id, organization_id, reference, title, stage as "stage: Stage", verdict as "verdict: Verdict",
                  coalesce(resolved_at, closed_at) as ended_at, severity, offers_suppression, merged_into
           from tickets
           where organization_id = any($1) and id = any($2)
           order by id
           for update"#,
        organizations,
        ids
    )
    .fetch_all(&mut **tx)
    .await
}

async fn seen(tx: &mut Tx, organizations: &[Uuid], ids: &[Uuid]) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select id, organization_id, reference, title, stage as "stage: Stage", verdict as "verdict: Verdict",
                  coalesce(resolved_at, closed_at) as ended_at, severity, offers_suppression, merged_into
           from tickets
           where organization_id = any($1) and id = any($2)"#,
        organizations,
        ids
    )
    .fetch_all(&mut **tx)
    .await
}

/// Opens tickets, counts them for the dashboards, and writes the timeline of the batch.
pub async fn open(tx: &mut Tx, tickets: &[NewTicket], happenings: &[Happening]) -> Result<(), sqlx::Error> {
    if tickets.is_empty() && happenings.is_empty() {
        return Ok(());
    }
    let uuids = |of: fn(&NewTicket) -> Uuid| tickets.iter().map(of).collect::<Vec<_>>();
    let texts =
        |of: fn(&NewTicket) -> &str| tickets.iter().map(|ticket| of(ticket).to_owned()).collect::<Vec<_>>();
    let steps = |of: fn(&NewTicket) -> i16| tickets.iter().map(of).collect::<Vec<_>>();
    let times = |of: fn(&NewTicket) -> OffsetDateTime| tickets.iter().map(of).collect::<Vec<_>>();
    let address = |of: fn(&NewTicket) -> Option<IpAddr>| {
        tickets.iter().map(|ticket| of(ticket).map(IpNet::from)).collect::<Vec<Option<IpNet>>>()
    };
    let mut counted = BTreeMap::<(OrganizationId, OffsetDateTime, i16), i64>::new();
    for ticket in tickets {
        let key = (ticket.organization, hour_of(ticket.created_at), ticket.severity.step());
        *counted.entry(key).or_default() += 1;
    }
    sqlx::query!(
        "with opened as (
             insert into tickets
                 (id, organization_id, reference, title, description, stage, severity, urgency, urgency_score,
                  urgency_terms, source_id, incident_id, rule_id, rule_name, source_ip, destination_ip, asset_id,
                  alert_count, occurrences, first_seen_at, last_seen_at, created_at, updated_at, is_storm, terms)
             select id, organization_id, reference, title, description, 'new', severity, urgency, urgency_score,
                    urgency_terms::jsonb, source_id, incident_id, rule_id, rule_name, source_ip, destination_ip,
                    asset_id, alert_count, occurrences, first_seen_at, last_seen_at, created_at, created_at, is_storm,
                    array_to_tsvector(string_to_array(terms, E'\\x1f'))
             from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::smallint[], $7::smallint[],
                         $8::smallint[], $9::text[], $10::uuid[], $11::text[], $12::text[], $13::text[], $14::inet[],
                         $15::inet[], $16::uuid[], $17::integer[], $18::bigint[], $19::timestamptz[],
                         $20::timestamptz[], $21::timestamptz[], $22::boolean[], $23::text[])
                 as ticket (id, organization_id, reference, title, description, severity, urgency, urgency_score,
                            urgency_terms, source_id, incident_id, rule_id, rule_name, source_ip, destination_ip,
                            asset_id, alert_count, occurrences, first_seen_at, last_seen_at, created_at, is_storm,
                            terms)),
         counted as (
             insert into dashboard_count_changes (organization_id, noun, stage, hour, severity, count)
             select organization_id, 'ticket', 'new', hour, severity, count
             from unnest($31::uuid[], $32::timestamptz[], $33::smallint[], $34::bigint[])
                 as counted (organization_id, hour, severity, count))
         insert into ticket_activity (id, organization_id, ticket_id, actor_kind, actor_id, actor_name, kind, detail)
         select id, organization_id, ticket_id, 'source', actor_id, actor_name, kind, detail::jsonb
         from unnest($24::uuid[], $25::uuid[], $26::uuid[], $27::uuid[], $28::text[], $29::text[], $30::text[])
             as happening (id, organization_id, ticket_id, actor_id, actor_name, kind, detail)",
        &uuids(|ticket| ticket.id.uuid()),
        &uuids(|ticket| ticket.organization.uuid()),
        &texts(|ticket| &ticket.reference),
        &texts(|ticket| &ticket.title),
        &tickets.iter().map(|ticket| ticket.description.clone()).collect::<Vec<_>>() as &[Option<String>],
        &steps(|ticket| ticket.severity.step()),
        &steps(|ticket| ticket.urgency.step()),
        &steps(|ticket| ticket.urgency_score),
        &texts(|ticket| &ticket.urgency_terms),
        &tickets.iter().map(|ticket| ticket.source.map(SourceId::uuid)).collect::<Vec<_>>() as &[Option<Uuid>],
        &tickets.iter().map(|ticket| ticket.incident_id.clone()).collect::<Vec<_>>() as &[Option<String>],
        &texts(|ticket| &ticket.rule_id),
        &texts(|ticket| &ticket.rule_name),
        &address(|ticket| ticket.source_ip) as &[Option<IpNet>],
        &address(|ticket| ticket.destination_ip) as &[Option<IpNet>],
        &tickets.iter().map(|ticket| ticket.asset.map(AssetId::uuid)).collect::<Vec<_>>() as &[Option<Uuid>],
        &tickets.iter().map(|ticket| ticket.alert_count).collect::<Vec<_>>(),
        &tickets.iter().map(|ticket| ticket.occurrences).collect::<Vec<_>>(),
        &times(|ticket| ticket.first_seen_at),
        &times(|ticket| ticket.last_seen_at),
        &times(|ticket| ticket.created_at),
        &tickets.iter().map(|ticket| ticket.is_storm).collect::<Vec<_>>(),
        &tickets.iter().map(words_of).collect::<Vec<_>>(),
        &happenings.iter().map(|_| ActivityId::new().uuid()).collect::<Vec<_>>(),
        &happenings.iter().map(|happening| happening.organization.uuid()).collect::<Vec<_>>(),
        &happenings.iter().map(|happening| happening.ticket.uuid()).collect::<Vec<_>>(),
        &happenings.iter().map(|happening| happening.source.uuid()).collect::<Vec<_>>(),
        &happenings.iter().map(|happening| happening.source_name.to_string()).collect::<Vec<_>>(),
        &happenings.iter().map(|happening| happening.kind.to_owned()).collect::<Vec<_>>(),
        &happenings.iter().map(|happening| happening.detail.clone()).collect::<Vec<_>>() as &[Option<String>],
        &counted.keys().map(|(organization, _, _)| organization.uuid()).collect::<Vec<_>>(),
        &counted.keys().map(|(_, hour, _)| *hour).collect::<Vec<_>>(),
        &counted.keys().map(|(_, _, severity)| *severity).collect::<Vec<_>>(),
        &counted.into_values().collect::<Vec<_>>(),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn words_of(ticket: &NewTicket) -> String {
    let mut words = words(&Described {
        organization: Some(ticket.organization),
        reference: &ticket.reference,
        title: &ticket.title,
        description: ticket.description.as_deref(),
        rule_id: Some(&ticket.rule_id),
        rule_name: Some(&ticket.rule_name),
        source_ip: ticket.source_ip,
        destination_ip: ticket.destination_ip,
        asset: ticket.asset,
        asset_names: ticket.asset_name.as_slice(),
        incident_id: ticket.incident_id.as_deref(),
        values: &ticket.entity_words,
        ..Described::default()
    });
    words.extend(words::of_a_new_one(ticket.id, Stage::New, ticket.severity, ticket.urgency_score));
    words.join("\u{1f}")
}

/// Adds alerts and occurrences; raises severity and urgency, never lowers them; reopens.
pub async fn grow(tx: &mut Tx, growths: &[Growth]) -> Result<(), sqlx::Error> {
    if growths.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "update tickets ticket set
             alert_count = ticket.alert_count + news.alerts,
             occurrences = least(ticket.occurrences + news.occurrences, 9007199254740991),
             severity = greatest(ticket.severity, news.severity),
             urgency = greatest(ticket.urgency, news.urgency),
             urgency_terms = case when news.urgency_score > ticket.urgency_score then news.urgency_terms::jsonb
                             else ticket.urgency_terms end,
             urgency_score = greatest(ticket.urgency_score, news.urgency_score),
             last_seen_at = greatest(ticket.last_seen_at, news.last_seen_at),
             offers_suppression = ticket.offers_suppression or news.offers_suppression,
             stage = case when news.reopens then 'new' else ticket.stage end,
             status_key = case when news.reopens then null else ticket.status_key end,
             verdict = case when news.reopens then null else ticket.verdict end,
             impact = case when news.reopens then null else ticket.impact end,
             reason = case when news.reopens then null else ticket.reason end,
             resolved_at = case when news.reopens then null else ticket.resolved_at end,
             closed_at = case when news.reopens then null else ticket.closed_at end,
             terms = case when news.reopens or news.severity > ticket.severity then
                         ts_delete(ticket.terms,
                             array['=s:informational', '=s:low', '=s:medium', '=s:high', '=s:critical']
                             || case when news.reopens then
                                    array['=verdict:true_positive', '=verdict:benign_positive',
                                          '=verdict:false_positive', '=verdict:undetermined', '=verdict:duplicate',
                                          '=status:' || coalesce(ticket.status_key, '')]
                                else '{}' end)
                         || array_to_tsvector(array['=s:' ||
                             (array['informational', 'low', 'medium', 'high', 'critical'])
                             [greatest(ticket.severity, news.severity)]])
                     else ticket.terms end,
             version = ticket.version + case when news.reopens then 1 else 0 end
         from unnest($1::uuid[], $2::uuid[], $3::integer[], $4::bigint[], $5::smallint[], $6::smallint[],
                     $7::smallint[], $8::text[], $9::timestamptz[], $10::boolean[], $11::boolean[])
             as news (organization_id, id, alerts, occurrences, severity, urgency, urgency_score, urgency_terms,
                      last_seen_at, reopens, offers_suppression)
         where ticket.organization_id = news.organization_id and ticket.id = news.id",
        &growths.iter().map(|growth| growth.organization.uuid()).collect::<Vec<_>>(),
        &growths.iter().map(|growth| growth.id.uuid()).collect::<Vec<_>>(),
        &growths.iter().map(|growth| growth.alerts).collect::<Vec<_>>(),
        &growths.iter().map(|growth| growth.occurrences).collect::<Vec<_>>(),
        &growths.iter().map(|growth| growth.severity.step()).collect::<Vec<_>>(),
        &growths.iter().map(|growth| growth.urgency.step()).collect::<Vec<_>>(),
        &growths.iter().map(|growth| growth.urgency_score).collect::<Vec<_>>(),
        &growths.iter().map(|growth| growth.urgency_terms.clone()).collect::<Vec<_>>(),
        &growths.iter().map(|growth| growth.last_seen_at).collect::<Vec<_>>(),
        &growths.iter().map(|growth| growth.reopens).collect::<Vec<_>>(),
        &growths.iter().map(|growth| growth.offers_suppression).collect::<Vec<_>>(),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Says that a ticket follows one that was closed before.
pub async fn link_recurrence(
    tx: &mut Tx,
    organization: OrganizationId,
    links: &[(TicketId, TicketId)],
) -> Result<(), sqlx::Error> {
    if links.is_empty() {
        return Ok(());
    }
    let later = links.iter().map(|(later, _)| later.uuid()).collect::<Vec<_>>();
    let earlier = links.iter().map(|(_, earlier)| earlier.uuid()).collect::<Vec<_>>();
    sqlx::query!(
        "insert into ticket_links (organization_id, ticket_id, kind, other_ticket_id)
         select $1, later, 'recurrence_of', earlier from unnest($2::uuid[], $3::uuid[]) as link (later, earlier)
         on conflict do nothing",
        organization.uuid(),
        &later,
        &earlier
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
