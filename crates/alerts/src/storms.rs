//! How many tickets a rule opened in an hour, and the ticket that gathers what comes past its limit.

use std::collections::BTreeMap;

use platform::Tx;
use time::OffsetDateTime;
use uuid::Uuid;
use vocab::{OrganizationId, SourceId, TicketId};

/// A rule of a source in one organization and hour, and the tickets it opened in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleHour {
    pub organization: OrganizationId,
    pub source: SourceId,
    pub rule_id: String,
    pub hour: OffsetDateTime,
}

/// What a rule has opened in an hour, and the ticket that gathers its storm if there is one.
#[derive(Debug, Clone, Copy)]
pub struct Opened {
    pub tickets: i32,
    pub storm: Option<TicketId>,
}

/// The columns of rules and hours, in their order.
#[derive(Default)]
struct Hours {
    organizations: Vec<Uuid>,
    sources: Vec<Uuid>,
    rules: Vec<String>,
    hours: Vec<OffsetDateTime>,
}

impl<'a> FromIterator<&'a RuleHour> for Hours {
    fn from_iter<T: IntoIterator<Item = &'a RuleHour>>(all: T) -> Self {
        let mut columns = Self::default();
        for of in all {
            columns.organizations.push(of.organization.uuid());
            columns.sources.push(of.source.uuid());
            columns.rules.push(of.rule_id.clone());
            columns.hours.push(of.hour);
        }
        columns
    }
}

struct Row {
    organization_id: Uuid,
    source_id: Uuid,
    rule_id: String,
    hour: OffsetDateTime,
    tickets: i32,
    storm_ticket_id: Option<Uuid>,
}

impl Row {
    fn split(self) -> (RuleHour, Opened) {
        let hour = RuleHour {
            organization: OrganizationId(self.organization_id),
            source: SourceId(self.source_id),
            rule_id: self.rule_id,
            hour: self.hour,
        };
        (hour, Opened { tickets: self.tickets, storm: self.storm_ticket_id.map(TicketId) })
    }
}

/// The storms under way among these. Nothing is locked: who only adds to a storm waits for nobody.
pub async fn under_way(
    tx: &mut Tx,
    of: impl IntoIterator<Item = &RuleHour>,
) -> Result<Vec<(RuleHour, Opened)>, sqlx::Error> {
    let Hours { organizations, sources, rules, hours } = of.into_iter().collect();
    let rows = sqlx::query_as!(
        Row,
        "select known.organization_id, known.source_id, known.rule_id, known.hour, tickets, storm_ticket_id
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[])
             as asked (organization_id, source_id, rule_id, hour)
         join rule_hours known on known.organization_id = asked.organization_id and known.source_id = asked.source_id
             and known.rule_id = asked.rule_id and known.hour = asked.hour
         where storm_ticket_id is not null",
        &organizations,
        &sources,
        &rules,
        &hours
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(Row::split).collect())
}

/// Counts so many more tickets of each rule and hour; returns what there are now. The rows stay locked until the
/// transaction ends, so that a storm has one ticket: sorted, for writers to wait for each other in one direction only.
pub async fn count(
    tx: &mut Tx,
    opened: &BTreeMap<RuleHour, i32>,
) -> Result<Vec<(RuleHour, Opened)>, sqlx::Error> {
    if opened.is_empty() {
        return Ok(Vec::new());
    }
    let Hours { organizations, sources, rules, hours } = opened.keys().collect();
    let rows = sqlx::query_as!(
        Row,
        "insert into rule_hours as known (organization_id, source_id, rule_id, hour, tickets)
         select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::integer[])
         on conflict (organization_id, source_id, rule_id, hour)
             do update set tickets = known.tickets + excluded.tickets
         returning organization_id, source_id, rule_id, hour, tickets, storm_ticket_id",
        &organizations,
        &sources,
        &rules,
        &hours,
        &opened.values().copied().collect::<Vec<_>>()
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(Row::split).collect())
}

/// Takes back what was counted too much, and names the tickets that gather the rest of a storm.
pub async fn settle(tx: &mut Tx, settled: &[(&RuleHour, i32, Option<TicketId>)]) -> Result<(), sqlx::Error> {
    if settled.is_empty() {
        return Ok(());
    }
    let Hours { organizations, sources, rules, hours } = settled.iter().map(|(hour, ..)| *hour).collect();
    sqlx::query!(
        "update rule_hours known
         set tickets = known.tickets - news.surplus, storm_ticket_id = coalesce(news.ticket, known.storm_ticket_id)
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::integer[], $6::uuid[])
             as news (organization_id, source_id, rule_id, hour, surplus, ticket)
         where known.organization_id = news.organization_id and known.source_id = news.source_id
             and known.rule_id = news.rule_id and known.hour = news.hour",
        &organizations,
        &sources,
        &rules,
        &hours,
        &settled.iter().map(|(_, surplus, _)| *surplus).collect::<Vec<_>>(),
        &settled.iter().map(|(.., ticket)| ticket.map(TicketId::uuid)).collect::<Vec<_>>() as &[Option<Uuid>]
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
