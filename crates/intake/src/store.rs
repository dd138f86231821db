//! Every statement of intake's own tables.

use std::collections::HashMap;
use std::sync::Arc;

use alerts::policies::{AlertPolicy, PolicyAction};
use platform::error::OnConstraint;
use platform::{App, Error, Result, Tx};
use time::{OffsetDateTime, UtcOffset};
use uuid::Uuid;
use vocab::{AlertPolicyId, OrganizationId, SourceId, UserId};

use crate::counters::{Counted, Tally};
use crate::registry::SourceRecord;
use crate::senders;
use crate::sources::{
    NewSource, NewSourceOrganization, Source, SourceCounts, SourceKind, SourceOrganization,
};

/// Minutes that the rate shows.
const RATE_MINUTES: usize = 60;

/// All sources as deliveries meet them, by the hash of their token.
pub async fn records(tx: &mut Tx) -> Result<HashMap<Vec<u8>, Arc<SourceRecord>>, sqlx::Error> {
    let mapping = sqlx::query!("select source_id, match, organization_id from source_organizations")
        .fetch_all(&mut **tx)
        .await?;
    let mut organizations = HashMap::<Uuid, HashMap<Option<String>, OrganizationId>>::new();
    for row in mapping {
        let of_source = organizations.entry(row.source_id).or_default();
        of_source.insert(row.r#match, OrganizationId(row.organization_id));
    }
    let rows = sqlx::query!(
        r#"select id, name, kind as "kind: SourceKind", is_enabled, token_hash, zone_offset_minutes, storm_limit, format
           from sources where kind <> 'platform'"#
    )
    .fetch_all(&mut **tx)
    .await?;
    let records = rows.into_iter().map(|row| {
        let zone =
            row.zone_offset_minutes.and_then(|minutes| UtcOffset::from_whole_seconds(minutes * 60).ok());
        let record = SourceRecord {
            id: SourceId(row.id),
            name: Arc::from(row.name),
            kind: row.kind,
            is_enabled: row.is_enabled,
            zone,
            storm_limit: row.storm_limit.and_then(|limit| u32::try_from(limit).ok()),
            format: row.format.as_deref().and_then(senders::format_named),
            organizations: organizations.remove(&row.id).unwrap_or_default(),
        };
        (row.token_hash, Arc::new(record))
    });
    Ok(records.collect())
}

/// The alert policies of all organizations, the most particular first.
pub async fn policies(tx: &mut Tx) -> Result<HashMap<OrganizationId, Vec<AlertPolicy>>, sqlx::Error> {
    let rows = sqlx::query_as!(
        AlertPolicy,
        r#"select id as "id: AlertPolicyId", organization_id as "organization_id: OrganizationId",
                  source_id as "source_id: SourceId", rule_id, action as "action: PolicyAction", until, reason,
                  created_by as "created_by: UserId", created_at, version, hits
           from alert_policies
           order by (rule_id is null), (source_id is null), created_at desc"#
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut policies = HashMap::<_, Vec<_>>::new();
    for policy in rows {
        policies.entry(policy.organization_id).or_default().push(policy);
    }
    Ok(policies)
}

pub async fn insert_source(
    tx: &mut Tx,
    id: SourceId,
    new: &NewSource,
    token_hash: &[u8],
    token_hint: &str,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "insert into sources (id, name, kind, token_hash, token_hint, token_created_at, zone_offset_minutes, format,
                              silent_after_minutes)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        id.uuid(),
        new.name.trim(),
        new.kind.as_str(),
        token_hash,
        token_hint,
        now,
        new.zone_offset_minutes,
        new.format,
        new.silent_after_minutes
    )
    .execute(&mut **tx)
    .await
    .on_constraint("sources_name_key", || Error::conflict("name_taken", "Another source has this name."))?;
    Ok(())
}

/// Replaces what a source maps. Only mappings the caller may see are touched: row-level security keeps the others.
pub async fn replace_mapping(tx: &mut Tx, id: SourceId, mapping: &[NewSourceOrganization]) -> Result<()> {
    sqlx::query!("delete from source_organizations where source_id = $1", id.uuid())
        .execute(&mut **tx)
        .await?;
    let matches = mapping.iter().map(|entry| entry.matches.clone()).collect::<Vec<_>>();
    let organizations = mapping.iter().map(|entry| entry.organization_id.uuid()).collect::<Vec<_>>();
    sqlx::query!(
        "insert into source_organizations (source_id, match, organization_id)
         select $1, match, organization_id from unnest($2::text[], $3::uuid[]) as entry (match, organization_id)",
        id.uuid(),
        &matches as &[Option<String>],
        &organizations
    )
    .execute(&mut **tx)
    .await
    .on_constraint("source_organizations_key", || {
        Error::conflict("match_taken", "A text is mapped already, perhaps to an organization you cannot see.")
    })
    .on_constraint("source_organizations_organization_id_fkey", Error::not_found)?;
    Ok(())
}

/// Sources the caller sees: those that map at least one of the caller's organizations.
pub async fn visible(tx: &mut Tx, before: Option<Uuid>, limit: i64) -> Result<Vec<SourceId>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "select id from sources source
         where ($1::uuid is null or id < $1)
           and exists (select from source_organizations where source_id = source.id)
         order by id desc limit $2",
        before,
        limit
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(ids.into_iter().map(SourceId).collect())
}

/// One source with its health, when the caller sees one of its organizations.
pub async fn source(tx: &mut Tx, id: SourceId, now: OffsetDateTime) -> Result<Source> {
    sources(tx, &[id], now).await?.pop().ok_or_else(Error::not_found)
}

pub async fn sources(tx: &mut Tx, ids: &[SourceId], now: OffsetDateTime) -> Result<Vec<Source>> {
    let ids = ids.iter().map(|id| id.uuid()).collect::<Vec<_>>();
    let mut mapping = mapping(tx, &ids).await?;
    let mut rates = rates(tx, &ids, now).await?;
    let mut networks = senders::networks_of(tx, &ids).await?;
    let rows = sqlx::query!(
        r#"select source.id, name, kind as "kind: SourceKind", is_enabled, zone_offset_minutes, storm_limit, token_hint,
                  token_created_at, format, silent_after_minutes, version, count.silent_since as "silent_since?",
                  count.unparsed as "unparsed?", count.shed as "shed?", count.last_seen_at as "last_seen_at?", count.received as "received?",
                  count.created as "created?", count.updated as "updated?", count.duplicate as "duplicate?",
                  count.reopened as "reopened?", count.linked as "linked?", count.suppressed as "suppressed?",
                  count.quarantined as "quarantined?"
           from sources source left join source_counts count on count.source_id = source.id
           where source.id = any($1) and kind <> 'platform' order by source.id desc"#,
        &ids
    )
    .fetch_all(&mut **tx)
    .await?;
    let sources = rows.into_iter().filter_map(|row| {
        let organizations = mapping.remove(&row.id)?;
        Some(Source {
            id: SourceId(row.id),
            name: row.name,
            kind: row.kind,
            is_enabled: row.is_enabled,
            organizations,
            zone_offset_minutes: row.zone_offset_minutes,
            storm_limit: row.storm_limit,
            networks: networks.remove(&row.id).unwrap_or_default(),
            format: row.format,
            silent_after_minutes: row.silent_after_minutes,
            silent_since: row.silent_since,
            token_hint: row.token_hint,
            token_created_at: row.token_created_at,
            last_seen_at: row.last_seen_at,
            is_shared: false,
            counts: Some(SourceCounts {
                received: row.received.unwrap_or_default(),
                created: row.created.unwrap_or_default(),
                updated: row.updated.unwrap_or_default(),
                duplicate: row.duplicate.unwrap_or_default(),
                reopened: row.reopened.unwrap_or_default(),
                linked: row.linked.unwrap_or_default(),
                suppressed: row.suppressed.unwrap_or_default(),
                quarantined: row.quarantined.unwrap_or_default(),
                unparsed: row.unparsed.unwrap_or_default(),
                shed: row.shed.unwrap_or_default(),
            }),
            rate_per_minute: Some(rates.remove(&row.id).unwrap_or_else(|| vec![0; RATE_MINUTES])),
            version: row.version,
        })
    });
    Ok(sources.collect())
}

async fn mapping(tx: &mut Tx, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<SourceOrganization>>, sqlx::Error> {
    let rows = sqlx::query!(
        "select source_id, match, organization_id, organization.name
         from source_organizations join organizations organization on organization.id = organization_id
         where source_id = any($1) order by match nulls first",
        ids
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut mapping = HashMap::<_, Vec<_>>::new();
    for row in rows {
        mapping.entry(row.source_id).or_default().push(SourceOrganization {
            matches: row.r#match,
            organization_id: OrganizationId(row.organization_id),
            organization_name: row.name,
        });
    }
    Ok(mapping)
}

async fn rates(
    tx: &mut Tx,
    ids: &[Uuid],
    now: OffsetDateTime,
) -> Result<HashMap<Uuid, Vec<i32>>, sqlx::Error> {
    let rows = sqlx::query!(
        "select source_id, minute, received from source_minutes where source_id = any($1) and minute > $2",
        ids,
        now - time::Duration::minutes(60)
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut rates = HashMap::<Uuid, Vec<i32>>::new();
    for row in rows {
        let ago = usize::try_from((now - row.minute).whole_minutes()).unwrap_or(RATE_MINUTES);
        let rate = rates.entry(row.source_id).or_insert_with(|| vec![0; RATE_MINUTES]);
        if let Some(slot) = (RATE_MINUTES - 1).checked_sub(ago).and_then(|index| rate.get_mut(index)) {
            *slot += row.received;
        }
    }
    Ok(rates)
}

/// Writes a source's own fields when nobody else has since `version`.
pub async fn update_source(tx: &mut Tx, source: &Source, version: i32) -> Result<bool> {
    let done = sqlx::query!(
        "update sources set name = $3, is_enabled = $4, zone_offset_minutes = $5, storm_limit = $6, format = $7,
             silent_after_minutes = $8, version = version + 1
         where id = $1 and version = $2",
        source.id.uuid(),
        version,
        source.name.trim(),
        source.is_enabled,
        source.zone_offset_minutes,
        source.storm_limit,
        source.format,
        source.silent_after_minutes
    )
    .execute(&mut **tx)
    .await
    .on_constraint("sources_name_key", || Error::conflict("name_taken", "Another source has this name."))?;
    Ok(done.rows_affected() == 1)
}

pub async fn replace_token(
    tx: &mut Tx,
    id: SourceId,
    token_hash: &[u8],
    token_hint: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update sources set token_hash = $2, token_hint = $3, token_created_at = $4, version = version + 1 where id = $1",
        id.uuid(),
        token_hash,
        token_hint,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub async fn delete_source(tx: &mut Tx, id: SourceId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from sources where id = $1", id.uuid()).execute(&mut **tx).await?;
    Ok(())
}

/// The organizations it maps, as far as the transaction sees them.
pub async fn mapped_organizations(tx: &mut Tx, id: SourceId) -> Result<Vec<OrganizationId>, sqlx::Error> {
    let mapped = sqlx::query_scalar!(
        "select distinct organization_id from source_organizations where source_id = $1",
        id.uuid()
    );
    Ok(mapped.fetch_all(&mut **tx).await?.into_iter().map(OrganizationId).collect())
}

/// Marks the sources that also serve organizations which the caller does not see, and withholds what tells of those.
/// Only a source that is not shared is the caller's to change.
pub async fn mark_shared(tx: &mut Tx, sources: &mut [Source]) -> Result<()> {
    let ids = sources.iter().map(|source| source.id.uuid()).collect::<Vec<_>>();
    let all = sqlx::query!(
        r#"select source_id as "source_id!", entries as "entries!" from mapping_sizes($1)"#,
        &ids
    );
    let all = all.fetch_all(&mut **tx).await?.into_iter().map(|row| (row.source_id, row.entries));
    let all = all.collect::<HashMap<_, _>>();
    for source in sources {
        let seen = i64::try_from(source.organizations.len()).unwrap_or_default();
        source.is_shared = all.get(&source.id.uuid()).is_some_and(|all| *all != seen);
        if source.is_shared {
            (source.counts, source.rate_per_minute) = (None, None);
            source.networks.clear();
        }
    }
    Ok(())
}

/// Adds what was counted since the last time.
pub async fn add_counts(app: &App, source: SourceId, tally: &Tally) -> Result<()> {
    let of = |outcome: Counted| tally.by_outcome.get(&outcome).copied().unwrap_or_default();
    let mut tx = app.db.begin(platform::db::Scope::System).await?;
    let known = sqlx::query!(
        "insert into source_counts as known
             (source_id, last_seen_at, received, created, updated, duplicate, reopened, linked, suppressed, quarantined,
              unparsed, shed)
         select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 where exists (select from sources where id = $1)
         on conflict (source_id) do update set
             last_seen_at = greatest(known.last_seen_at, excluded.last_seen_at),
             received = known.received + excluded.received, created = known.created + excluded.created,
             updated = known.updated + excluded.updated, duplicate = known.duplicate + excluded.duplicate,
             reopened = known.reopened + excluded.reopened, linked = known.linked + excluded.linked,
             suppressed = known.suppressed + excluded.suppressed,
             quarantined = known.quarantined + excluded.quarantined, unparsed = known.unparsed + excluded.unparsed,
             shed = known.shed + excluded.shed,
             silent_since = case when excluded.received = 0 then known.silent_since end
         returning source_id",
        source.uuid(),
        tally.last_seen_at,
        tally.received,
        of(Counted::Created),
        of(Counted::Updated),
        of(Counted::Duplicate),
        of(Counted::Reopened),
        of(Counted::Linked),
        of(Counted::Suppressed),
        of(Counted::Quarantined),
        tally.unparsed,
        tally.shed
    )
    .fetch_optional(&mut *tx)
    .await?;
    if known.is_some() {
        let minutes = tally.minutes.keys().copied().collect::<Vec<_>>();
        let counts = tally.minutes.values().copied().collect::<Vec<_>>();
        sqlx::query!(
            "insert into source_minutes as known (source_id, minute, received)
             select $1, minute, received from unnest($2::timestamptz[], $3::integer[]) as news (minute, received)
             on conflict (source_id, minute) do update set received = known.received + excluded.received",
            source.uuid(),
            &minutes,
            &counts
        )
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

pub async fn forget_old_minutes(app: &App) -> Result<()> {
    let before = app.clock.now() - time::Duration::days(1);
    sqlx::query!("delete from source_minutes where minute < $1", before).execute(app.db.pool()).await?;
    Ok(())
}
