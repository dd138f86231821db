//! Merges: which tickets went into which, what they were before, and how to bring them back.
//!
//! A member keeps its alerts, its history and its own counts; the survivor adds the counts to its own. A survivor that
//! is merged takes its members along, so that every member points at the one ticket that is worked on.

use platform::Tx;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;
use vocab::{Impact, OrganizationId, Stage, TicketId, UserId, Verdict};

use super::summary::refs;
use crate::model::TicketRef;
use crate::row::TicketRow;

/// How long a merge can be undone.
pub const UNDO_SECONDS: i64 = 60;

/// What a member was before it was merged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Was {
    pub stage: Stage,
    pub status_key: Option<String>,
    pub assignee_id: Option<UserId>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub acknowledged_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub resolved_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub closed_at: Option<OffsetDateTime>,
    pub verdict: Option<Verdict>,
    pub impact: Option<Impact>,
    pub reason: Option<String>,
    pub offers_suppression: bool,
    /// Set for a ticket that came along with the survivor it had been merged into.
    pub merged_into: Option<TicketId>,
}

impl Was {
    pub fn of(row: &TicketRow) -> Self {
        Self {
            stage: row.stage,
            status_key: row.status_key.clone(),
            assignee_id: row.assignee_id,
            acknowledged_at: row.acknowledged_at,
            resolved_at: row.resolved_at,
            closed_at: row.closed_at,
            verdict: row.verdict,
            impact: row.impact,
            reason: row.reason.clone(),
            offers_suppression: row.offers_suppression,
            merged_into: row.merged_into,
        }
    }

    pub fn restore(self, row: &mut TicketRow) {
        row.stage = self.stage;
        row.status_key = self.status_key;
        row.assignee_id = self.assignee_id;
        row.acknowledged_at = self.acknowledged_at;
        row.resolved_at = self.resolved_at;
        row.closed_at = self.closed_at;
        row.verdict = self.verdict;
        row.impact = self.impact;
        row.reason = self.reason;
        row.offers_suppression = self.offers_suppression;
        row.merged_into = self.merged_into;
    }
}

/// When the survivor's own alerts were seen, before its first merge.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    #[serde(with = "time::serde::rfc3339")]
    pub first_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub last_at: OffsetDateTime,
}

#[derive(Debug, Clone)]
pub struct Merge {
    pub id: Uuid,
    pub organization: OrganizationId,
    pub survivor: TicketId,
    pub merged_at: OffsetDateTime,
    pub survivor_was: Seen,
    pub survivor_version: i32,
    pub is_undone: bool,
}

#[derive(Debug, Clone)]
pub struct Member {
    pub merge: Uuid,
    pub id: TicketId,
    pub was: Was,
    pub version: i32,
    pub is_split: bool,
}

/// Writes a merge and what its members were; versions are those just after it.
pub async fn insert(
    tx: &mut Tx,
    merge: &Merge,
    merged_by: UserId,
    members: &[Member],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into ticket_merges (id, organization_id, survivor_id, merged_by, merged_at, survivor_was, survivor_version)
         values ($1, $2, $3, $4, $5, $6, $7)",
        merge.id,
        merge.organization.uuid(),
        merge.survivor.uuid(),
        merged_by.uuid(),
        merge.merged_at,
        Json(merge.survivor_was) as _,
        merge.survivor_version
    )
    .execute(&mut **tx)
    .await?;
    let was = members.iter().map(|member| serde_json::to_value(&member.was).ok()).collect::<Vec<_>>();
    sqlx::query!(
        "insert into ticket_merge_members (merge_id, organization_id, member_id, was, member_version)
         select $1, $2, member_id, was, member_version
         from unnest($3::uuid[], $4::jsonb[], $5::integer[]) as member (member_id, was, member_version)",
        merge.id,
        merge.organization.uuid(),
        &members.iter().map(|member| member.id.uuid()).collect::<Vec<_>>(),
        &was as &[Option<serde_json::Value>],
        &members.iter().map(|member| member.version).collect::<Vec<_>>()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A merge of the caller's organizations, locked.
pub async fn find(
    tx: &mut Tx,
    organizations: &[OrganizationId],
    id: Uuid,
) -> Result<Option<Merge>, sqlx::Error> {
    let organizations = organizations.iter().map(|id| id.uuid()).collect::<Vec<_>>();
    let row = sqlx::query!(
        r#"select id, organization_id, survivor_id, merged_at, survivor_was as "survivor_was: Json<Seen>",
                  survivor_version, undone_at
           from ticket_merges where organization_id = any($1) and id = $2 for update"#,
        &organizations,
        id
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(|row| Merge {
        id: row.id,
        organization: OrganizationId(row.organization_id),
        survivor: TicketId(row.survivor_id),
        merged_at: row.merged_at,
        survivor_was: row.survivor_was.0,
        survivor_version: row.survivor_version,
        is_undone: row.undone_at.is_some(),
    }))
}

/// The latest merge into a ticket since a time that was not undone.
pub async fn latest(
    tx: &mut Tx,
    organization: OrganizationId,
    survivor: TicketId,
    since: OffsetDateTime,
) -> Result<Option<(Uuid, OffsetDateTime)>, sqlx::Error> {
    let row = sqlx::query!(
        "select id, merged_at from ticket_merges
         where organization_id = $1 and survivor_id = $2 and merged_at >= $3 and undone_at is null
         order by merged_at desc limit 1",
        organization.uuid(),
        survivor.uuid(),
        since
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(|row| (row.id, row.merged_at)))
}

/// When the survivor's own alerts were seen before its first merge that still holds.
pub async fn seen_before(
    tx: &mut Tx,
    organization: OrganizationId,
    survivor: TicketId,
) -> Result<Option<Seen>, sqlx::Error> {
    let seen = sqlx::query_scalar!(
        r#"select survivor_was as "survivor_was: Json<Seen>" from ticket_merges
           where organization_id = $1 and survivor_id = $2 and undone_at is null order by merged_at limit 1"#,
        organization.uuid(),
        survivor.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(seen.map(|seen| seen.0))
}

/// What the members of a merge were.
pub async fn members_of(
    tx: &mut Tx,
    organization: OrganizationId,
    merge: Uuid,
) -> Result<Vec<Member>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select merge_id, member_id, was as "was: Json<Was>", member_version, split_at from ticket_merge_members
           where organization_id = $1 and merge_id = $2 order by member_id"#,
        organization.uuid(),
        merge
    )
    .fetch_all(&mut **tx)
    .await?;
    let members = rows.into_iter().map(|row| Member {
        merge: row.merge_id,
        id: TicketId(row.member_id),
        was: row.was.0,
        version: row.member_version,
        is_split: row.split_at.is_some(),
    });
    Ok(members.collect())
}

/// The merges by which a ticket came to where it is, oldest first.
pub async fn way_of(
    tx: &mut Tx,
    organization: OrganizationId,
    member: TicketId,
) -> Result<Vec<Member>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select member.merge_id, member.was as "was: Json<Was>", member.member_version
           from ticket_merge_members member join ticket_merges merge on merge.id = member.merge_id
           where member.organization_id = $1 and member.member_id = $2 and member.split_at is null
             and merge.undone_at is null
           order by merge.merged_at"#,
        organization.uuid(),
        member.uuid()
    )
    .fetch_all(&mut **tx)
    .await?;
    let members = rows.into_iter().map(|row| Member {
        merge: row.merge_id,
        id: member,
        was: row.was.0,
        version: row.member_version,
        is_split: false,
    });
    Ok(members.collect())
}

/// Notes that these tickets left merges.
pub async fn mark_split(
    tx: &mut Tx,
    organization: OrganizationId,
    merges: &[Uuid],
    members: &[Uuid],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update ticket_merge_members set split_at = $4
         where organization_id = $1 and merge_id = any($2) and member_id = any($3) and split_at is null",
        organization.uuid(),
        merges,
        members,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub async fn mark_undone(tx: &mut Tx, merge: Uuid, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!("update ticket_merges set undone_at = $2 where id = $1", merge, now)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Ids of the tickets that were merged into any of these.
pub async fn member_ids(
    tx: &mut Tx,
    organization: OrganizationId,
    survivors: &[Uuid],
) -> Result<Vec<TicketId>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "select id from tickets where organization_id = $1 and merged_into = any($2) order by id",
        organization.uuid(),
        survivors
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(ids.into_iter().map(TicketId).collect())
}

/// The tickets that were merged into this one, as its page names them.
pub async fn members(
    tx: &mut Tx,
    organization: OrganizationId,
    survivor: TicketId,
) -> Result<Vec<TicketRef>, sqlx::Error> {
    let ids = member_ids(tx, organization, &[survivor.uuid()]).await?;
    let ids = ids.into_iter().take(500).map(|id| id.uuid()).collect::<Vec<_>>();
    if ids.is_empty() { Ok(Vec::new()) } else { refs(tx, organization, &ids).await }
}

/// Counts and times of a ticket that this transaction has locked; its version stays.
pub async fn set_counts(tx: &mut Tx, row: &TicketRow) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update tickets set alert_count = $3, occurrences = $4, first_seen_at = $5, last_seen_at = $6
         where organization_id = $1 and id = $2",
        row.organization_id.uuid(),
        row.id.uuid(),
        row.alert_count,
        row.occurrences,
        row.first_seen_at,
        row.last_seen_at
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The ticket that is worked on instead of this one: itself when it was not merged.
pub async fn survivor_of(
    tx: &mut Tx,
    organization: OrganizationId,
    id: TicketId,
) -> Result<TicketId, sqlx::Error> {
    let survivor = sqlx::query_scalar!(
        "select merged_into from tickets where organization_id = $1 and id = $2",
        organization.uuid(),
        id.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(survivor.flatten().map_or(id, TicketId))
}
