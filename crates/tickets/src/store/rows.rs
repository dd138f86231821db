//! Tickets as they are kept: read under lock, made, and changed many in one statement.

use ipnet::IpNet;
use platform::Tx;
use platform::ids::hour_of;
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;
use vocab::{AssetId, OrganizationId, Severity, TicketId, Urgency, UserId};

use super::summary::{stage, verdict};
use crate::model::UrgencyTerm;
use crate::row::{Changed, TicketRow};
use crate::words;

#[derive(Debug)]
struct Stored {
    id: Uuid,
    organization_id: Uuid,
    reference: String,
    title: String,
    description: Option<String>,
    stage: String,
    status_key: Option<String>,
    severity: Severity,
    urgency: Urgency,
    urgency_score: i16,
    urgency_terms: Json<Vec<UrgencyTerm>>,
    assignee_id: Option<Uuid>,
    created_by: Option<Uuid>,
    source_ip: Option<IpNet>,
    destination_ip: Option<IpNet>,
    asset_id: Option<Uuid>,
    alert_count: i32,
    occurrences: i64,
    first_seen_at: OffsetDateTime,
    last_seen_at: OffsetDateTime,
    created_at: OffsetDateTime,
    acknowledged_at: Option<OffsetDateTime>,
    resolved_at: Option<OffsetDateTime>,
    closed_at: Option<OffsetDateTime>,
    verdict: Option<String>,
    impact: Option<String>,
    reason: Option<String>,
    offers_suppression: bool,
    tags: Vec<String>,
    merged_into: Option<Uuid>,
    version: i32,
}

impl From<Stored> for TicketRow {
    fn from(row: Stored) -> Self {
        Self {
            id: TicketId(row.id),
            organization_id: OrganizationId(row.organization_id),
            reference: row.reference,
            title: row.title,
            description: row.description,
            stage: stage(&row.stage),
            status_key: row.status_key,
            severity: row.severity,
            urgency: row.urgency,
            urgency_score: row.urgency_score,
            urgency_terms: row.urgency_terms.0,
            assignee_id: row.assignee_id.map(UserId),
            created_by: row.created_by.map(UserId),
            source_ip: row.source_ip.map(|net| net.addr()),
            destination_ip: row.destination_ip.map(|net| net.addr()),
            asset_id: row.asset_id.map(AssetId),
            alert_count: row.alert_count,
            occurrences: row.occurrences,
            first_seen_at: row.first_seen_at,
            last_seen_at: row.last_seen_at,
            created_at: row.created_at,
            acknowledged_at: row.acknowledged_at,
            resolved_at: row.resolved_at,
            closed_at: row.closed_at,
            verdict: verdict(row.verdict.as_deref()),
            impact: row.impact.and_then(|text| text.parse().ok()),
            reason: row.reason,
            offers_suppression: row.offers_suppression,
            tags: row.tags,
            merged_into: row.merged_into.map(TicketId),
            version: row.version,
        }
    }
}

/// These tickets, locked until the transaction ends, for what comes along with those that the caller was asked about
/// (`asking`). What was merged into them is locked with them, for their end is its
/// end too: one statement, in the order of ids, so that nobody waits in a circle.
pub async fn lock(
    tx: &mut Tx,
    organizations: &[OrganizationId],
    ids: &[TicketId],
) -> Result<Vec<TicketRow>, sqlx::Error> {
    let organizations = organizations.iter().map(|id| id.uuid()).collect::<Vec<_>>();
    let ids = ids.iter().map(|id| id.uuid()).collect::<Vec<_>>();
    sqlx::query!(
        "select from tickets where organization_id = any($1) and (id = any($2) or merged_into = any($2))
         order by id for update",
        &organizations,
        &ids
    )
    .execute(&mut **tx)
    .await?;
    let rows = sqlx::query_as!(
        Stored,
        r#"select id, organization_id, reference, title, description, stage, status_key,
                  severity as "severity: Severity", urgency as "urgency: Urgency", urgency_score,
                  urgency_terms as "urgency_terms: Json<Vec<UrgencyTerm>>", assignee_id, created_by,
                  source_ip as "source_ip: IpNet", destination_ip as "destination_ip: IpNet", asset_id, alert_count,
                  occurrences, first_seen_at, last_seen_at, created_at, acknowledged_at, resolved_at, closed_at, verdict,
                  impact, reason, offers_suppression, tags, merged_into, version
           from tickets where organization_id = any($1) and id = any($2) order by id for update"#,
        &organizations,
        &ids
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(TicketRow::from).collect())
}

/// Makes a ticket and counts it for the dashboards. Its words come with it.
pub async fn insert(
    tx: &mut Tx,
    row: &TicketRow,
    created_by: UserId,
    words: &[String],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with counted as (
             insert into dashboard_count_changes (organization_id, noun, stage, hour, severity, assignee_id, count)
             values ($2, 'ticket', $6, $19, $7, case when $6 in ('new', 'in_progress', 'pending') then $11::uuid end, 1))
         insert into tickets
             (id, organization_id, reference, title, description, stage, severity, urgency, urgency_score, urgency_terms,
              assignee_id, source_ip, destination_ip, asset_id, first_seen_at, last_seen_at, created_by, created_at,
              updated_at, tags, terms)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, $16, $15, $15, $17,
                 array_to_tsvector($18))",
        row.id.uuid(),
        row.organization_id.uuid(),
        row.reference,
        row.title,
        row.description,
        row.stage.as_str(),
        row.severity.step(),
        row.urgency.step(),
        row.urgency_score,
        Json(&row.urgency_terms) as _,
        row.assignee_id.map(UserId::uuid),
        row.source_ip.map(IpNet::from) as _,
        row.destination_ip.map(IpNet::from) as _,
        row.asset_id.map(AssetId::uuid),
        row.created_at,
        created_by.uuid(),
        &row.tags,
        &[words, &words::of_a_new_one(row.id, row.stage, row.severity, row.urgency_score)[..]].concat(),
        hour_of(row.created_at)
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes what deeds made of tickets that this transaction has locked, and counts their versions up. Where texts
/// changed, `terms::rebuild` makes all words anew.
pub async fn save(tx: &mut Tx, changes: &[Changed]) -> Result<(), sqlx::Error> {
    let of = |pick: fn(&TicketRow) -> Option<String>| -> Vec<Option<String>> {
        changes.iter().map(|change| pick(&change.after)).collect()
    };
    let times = |pick: fn(&TicketRow) -> Option<OffsetDateTime>| -> Vec<Option<OffsetDateTime>> {
        changes.iter().map(|change| pick(&change.after)).collect()
    };
    let ids = changes.iter().map(|change| change.after.id.uuid()).collect::<Vec<_>>();
    let organizations = changes.iter().map(|change| change.after.organization_id.uuid()).collect::<Vec<_>>();
    let terms = changes
        .iter()
        .map(|change| serde_json::to_value(&change.after.urgency_terms).ok())
        .collect::<Vec<_>>();
    sqlx::query!(
        r#"update tickets ticket set
               title = change.title, description = change.description, stage = change.stage,
               status_key = change.status_key, severity = change.severity, urgency = change.urgency,
               urgency_score = change.urgency_score, urgency_terms = change.urgency_terms,
               assignee_id = change.assignee_id, acknowledged_at = change.acknowledged_at,
               resolved_at = change.resolved_at, closed_at = change.closed_at, verdict = change.verdict,
               impact = change.impact, reason = change.reason, offers_suppression = change.offers_suppression,
               tags = array(select jsonb_array_elements_text(change.tags)), merged_into = change.merged_into,
               version = ticket.version + 1
           from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::smallint[],
                       $8::smallint[], $9::smallint[], $10::jsonb[], $11::uuid[], $12::timestamptz[],
                       $13::timestamptz[], $14::timestamptz[], $15::text[], $16::text[], $17::text[], $18::boolean[],
                       $19::jsonb[], $20::uuid[])
                as change (organization_id, id, title, description, stage, status_key, severity, urgency, urgency_score,
                           urgency_terms, assignee_id, acknowledged_at, resolved_at, closed_at, verdict, impact, reason,
                           offers_suppression, tags, merged_into)
           where ticket.organization_id = change.organization_id and ticket.id = change.id"#,
        &organizations,
        &ids,
        &of(|row| Some(row.title.clone())) as &[Option<String>],
        &of(|row| row.description.clone()) as &[Option<String>],
        &of(|row| Some(row.stage.as_str().to_owned())) as &[Option<String>],
        &of(|row| row.status_key.clone()) as &[Option<String>],
        &changes.iter().map(|change| change.after.severity.step()).collect::<Vec<_>>(),
        &changes.iter().map(|change| change.after.urgency.step()).collect::<Vec<_>>(),
        &changes.iter().map(|change| change.after.urgency_score).collect::<Vec<_>>(),
        &terms as &[Option<serde_json::Value>],
        &changes.iter().map(|change| change.after.assignee_id.map(UserId::uuid)).collect::<Vec<_>>()
            as &[Option<Uuid>],
        &times(|row| row.acknowledged_at) as &[Option<OffsetDateTime>],
        &times(|row| row.resolved_at) as &[Option<OffsetDateTime>],
        &times(|row| row.closed_at) as &[Option<OffsetDateTime>],
        &of(|row| row.verdict.map(|verdict| verdict.as_str().to_owned())) as &[Option<String>],
        &of(|row| row.impact.map(|impact| impact.as_str().to_owned())) as &[Option<String>],
        &of(|row| row.reason.clone()) as &[Option<String>],
        &changes.iter().map(|change| change.after.offers_suppression).collect::<Vec<_>>(),
        &changes.iter().map(|change| serde_json::json!(change.after.tags)).collect::<Vec<_>>(),
        &changes.iter().map(|change| change.after.merged_into.map(TicketId::uuid)).collect::<Vec<_>>()
            as &[Option<Uuid>]
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What the organization knows of assets, for the urgency: criticality and whether the internet reaches them.
pub async fn asset_facts(
    tx: &mut Tx,
    ids: &[Uuid],
) -> Result<Vec<(AssetId, crate::row::AssetFacts)>, sqlx::Error> {
    let rows = sqlx::query!("select id, criticality, is_internet_facing from assets where id = any($1)", ids)
        .fetch_all(&mut **tx)
        .await?;
    let facts = rows.into_iter().map(|row| {
        let criticality = row.criticality.parse().ok();
        (AssetId(row.id), crate::row::AssetFacts { criticality, is_internet_facing: row.is_internet_facing })
    });
    Ok(facts.collect())
}

/// Whether the asset is one of this organization.
pub async fn has_asset(tx: &mut Tx, organization: OrganizationId, id: AssetId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from assets where organization_id = $1 and id = $2) as "exists!""#,
        organization.uuid(),
        id.uuid()
    )
    .fetch_one(&mut **tx)
    .await
}

/// What a person is called.
pub async fn display_name(tx: &mut Tx, user: UserId) -> Result<String, sqlx::Error> {
    let name = sqlx::query_scalar!("select display_name from users where id = $1", user.uuid());
    Ok(name.fetch_optional(&mut **tx).await?.unwrap_or_default())
}
