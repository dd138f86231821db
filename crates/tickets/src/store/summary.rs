//! Tickets as lists show them.

use detection::urgency::Criticality;
use ipnet::IpNet;
use platform::Tx;
use sqlx::{FromRow, Postgres, QueryBuilder};
use time::OffsetDateTime;
use uuid::Uuid;
use vocab::{AssetId, OrganizationId, Severity, Stage, TicketId, Urgency, UserId, Verdict};

use crate::model::{Person, ReferenceTo, StatusLabel, TicketAsset, TicketRef, TicketSummary};

/// People, assets and statuses are read for what they are called; their crates own them.
pub const COLUMNS: &str = "ticket.id, ticket.organization_id, ticket.reference, ticket.title, ticket.stage, \
     ticket.status_key, status.label as status_label, ticket.severity, ticket.urgency, ticket.urgency_score, \
     ticket.assignee_id, assignee.display_name as assignee_name, ticket.rule_id, ticket.rule_name, ticket.source_ip, \
     ticket.destination_ip, ticket.asset_id, asset.name as asset_name, asset.criticality as asset_criticality, \
     ticket.alert_count, ticket.occurrences, ticket.first_seen_at, ticket.last_seen_at, ticket.created_at, \
     ticket.updated_at, ticket.acknowledged_at, ticket.resolved_at, ticket.closed_at, ticket.verdict, ticket.tags, \
     ticket.merged_into, survivor.reference as survivor_reference, ticket.is_storm, ticket.version";

pub const JOINS: &str = " left join users assignee on assignee.id = ticket.assignee_id \
     left join assets asset on asset.id = ticket.asset_id \
     left join ticket_statuses status on status.organization_id = ticket.organization_id \
          and status.key = ticket.status_key \
     left join tickets survivor on survivor.organization_id = ticket.organization_id \
          and survivor.id = ticket.merged_into ";

#[derive(Debug, FromRow)]
pub struct SummaryRow {
    id: Uuid,
    organization_id: Uuid,
    reference: String,
    title: String,
    stage: String,
    status_key: Option<String>,
    status_label: Option<String>,
    severity: Severity,
    urgency: Urgency,
    urgency_score: i16,
    assignee_id: Option<Uuid>,
    assignee_name: Option<String>,
    rule_id: Option<String>,
    rule_name: Option<String>,
    source_ip: Option<IpNet>,
    destination_ip: Option<IpNet>,
    asset_id: Option<Uuid>,
    asset_name: Option<String>,
    asset_criticality: Option<String>,
    alert_count: i32,
    occurrences: i64,
    first_seen_at: OffsetDateTime,
    last_seen_at: OffsetDateTime,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
    acknowledged_at: Option<OffsetDateTime>,
    resolved_at: Option<OffsetDateTime>,
    closed_at: Option<OffsetDateTime>,
    verdict: Option<String>,
    tags: Vec<String>,
    merged_into: Option<Uuid>,
    survivor_reference: Option<String>,
    is_storm: bool,
    version: i32,
}

impl From<SummaryRow> for TicketSummary {
    fn from(row: SummaryRow) -> Self {
        Self {
            id: TicketId(row.id),
            organization_id: OrganizationId(row.organization_id),
            reference: row.reference,
            title: row.title,
            stage: stage(&row.stage),
            status: row.status_key.zip(row.status_label).map(|(key, label)| StatusLabel { key, label }),
            severity: row.severity,
            urgency: row.urgency,
            urgency_score: row.urgency_score,
            assignee: person(row.assignee_id, row.assignee_name),
            rule_id: row.rule_id,
            rule_name: row.rule_name,
            source_ip: row.source_ip.map(|net| net.addr()),
            destination_ip: row.destination_ip.map(|net| net.addr()),
            asset: asset(row.asset_id, row.asset_name, row.asset_criticality),
            alerts: row.alert_count,
            occurrences: row.occurrences,
            first_seen_at: row.first_seen_at,
            last_seen_at: row.last_seen_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            acknowledged_at: row.acknowledged_at,
            resolved_at: row.resolved_at,
            closed_at: row.closed_at,
            verdict: verdict(row.verdict.as_deref()),
            tags: row.tags,
            merged_into: survivor(row.merged_into, row.survivor_reference),
            is_storm: row.is_storm,
            version: row.version,
        }
    }
}

/// The columns' checks hold these to the known words.
pub fn stage(text: &str) -> Stage {
    text.parse().unwrap_or(Stage::New)
}

pub fn verdict(text: Option<&str>) -> Option<Verdict> {
    text.and_then(|text| text.parse().ok())
}

fn person(id: Option<Uuid>, name: Option<String>) -> Option<Person> {
    id.zip(name).map(|(id, display_name)| Person { id: UserId(id), display_name })
}

fn asset(id: Option<Uuid>, name: Option<String>, criticality: Option<String>) -> Option<TicketAsset> {
    let criticality = criticality?.parse().unwrap_or(Criticality::Medium);
    id.zip(name).map(|(id, name)| TicketAsset { id: AssetId(id), name, criticality })
}

fn survivor(id: Option<Uuid>, reference: Option<String>) -> Option<ReferenceTo> {
    id.zip(reference).map(|(id, reference)| ReferenceTo { id: TicketId(id), reference })
}

/// One ticket as lists show it.
pub async fn summary(
    tx: &mut Tx,
    organizations: &[OrganizationId],
    id: TicketId,
) -> Result<Option<TicketSummary>, sqlx::Error> {
    let organizations = organizations.iter().map(|id| id.uuid()).collect::<Vec<_>>();
    let mut query = QueryBuilder::<Postgres>::new("select ");
    query.push(COLUMNS).push(" from tickets ticket").push(JOINS).push("where ticket.organization_id = any(");
    query.push_bind(organizations).push(") and ticket.id = ").push_bind(id.uuid());
    let row = query.build_query_as::<SummaryRow>().fetch_optional(&mut **tx).await?;
    Ok(row.map(TicketSummary::from))
}

#[derive(Debug, FromRow)]
struct RefRow {
    id: Uuid,
    reference: String,
    title: String,
    stage: String,
    severity: Severity,
    urgency: Urgency,
    verdict: Option<String>,
    created_at: OffsetDateTime,
}

/// Tickets as others name them, in the order of `ids`; those that are not there are left out.
pub async fn refs(
    tx: &mut Tx,
    organization: OrganizationId,
    ids: &[Uuid],
) -> Result<Vec<TicketRef>, sqlx::Error> {
    let rows = sqlx::query_as!(
        RefRow,
        r#"select id, reference, title, stage, severity as "severity: Severity", urgency as "urgency: Urgency",
                  verdict, created_at
           from tickets where organization_id = $1 and id = any($2)
           order by array_position($2, id)"#,
        organization.uuid(),
        ids
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(TicketRef::from).collect())
}

impl From<RefRow> for TicketRef {
    fn from(row: RefRow) -> Self {
        Self {
            id: TicketId(row.id),
            reference: row.reference,
            title: row.title,
            stage: stage(&row.stage),
            severity: row.severity,
            urgency: row.urgency,
            verdict: verdict(row.verdict.as_deref()),
            created_at: row.created_at,
        }
    }
}
