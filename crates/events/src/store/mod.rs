//! Finding events: from the newest to the oldest, a slice of time after the other.

mod row;
mod slices;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use platform::{Error, Result, Tx};
use sqlx::{Postgres, QueryBuilder};
use time::OffsetDateTime;
use uuid::Uuid;
use vocab::OrganizationId;

use crate::filter::Filter;
use crate::model::{BySeverity, EventBucket, EventDetail, EventField, EventItem};
use crate::reading::read_again;
use row::{COLUMNS, EventRow, severity_of};
use slices::Slices;

/// What a search found, and from when on it looked where it stopped early.
pub struct Found {
    pub items: Vec<EventItem>,
    pub cut_off: Option<OffsetDateTime>,
}

/// Up to `limit + 1` events, newest first.
pub async fn search(tx: &mut Tx, organizations: &[OrganizationId], filter: &Filter) -> Result<Found> {
    let mut slices = Slices::of(tx, organizations, filter).await?;
    let mut items = Vec::new();
    let wanted = filter.limit + 1;
    while let Some((from, to)) = slices.next() {
        let missing = wanted - i64::try_from(items.len()).unwrap_or(wanted);
        // Organization by organization: only then an index gives the newest without a sort of all.
        let mut query = QueryBuilder::<Postgres>::new("select ");
        query.push(COLUMNS).push(" from unnest(").push_bind(ids(organizations));
        query.push("::uuid[]) as scope (organization) cross join lateral (select * from events where ");
        query.push("organization_id = scope.organization");
        within(&mut query, from, to);
        if let Some(before) = filter.before {
            query.push(" and id < ").push_bind(before);
        }
        filter.restrict(&mut query);
        query.push(" order by id desc limit ").push_bind(missing);
        query.push(") as event order by id desc limit ").push_bind(missing);
        slices.begin(tx).await?;
        let found = query.build_query_as::<EventRow>().fetch_all(&mut **tx).await;
        let Some(rows) = slices.finish(tx, found).await? else { continue };
        items.extend(rows.into_iter().map(EventItem::from));
        if i64::try_from(items.len()).unwrap_or(wanted) >= wanted {
            break;
        }
        if slices.is_patience_over() {
            return Ok(Found { items, cut_off: slices.reached() });
        }
    }
    Ok(Found { items, cut_off: None })
}

/// How many came when, in buckets of so many seconds.
pub async fn histogram(
    tx: &mut Tx,
    organizations: &[OrganizationId],
    filter: &Filter,
    bucket_seconds: i64,
) -> Result<(Vec<EventBucket>, Option<OffsetDateTime>)> {
    let mut buckets = std::collections::BTreeMap::<i64, BySeverity>::new();
    let mut cut_off = None;
    let mut add = |rows: Vec<(i64, i16, i64)>| {
        for (second, severity, total) in rows {
            *buckets.entry(second).or_default().entry(severity_of(severity)).or_default() += total;
        }
    };
    if filter.is_counted() {
        let mut query = QueryBuilder::<Postgres>::new("select (extract(epoch from minute)::bigint / ");
        query.push_bind(bucket_seconds).push(") * ").push_bind(bucket_seconds);
        query.push(", severity, sum(total)::bigint from event_minutes where organization_id = any(");
        query
            .push_bind(ids(organizations))
            .push(") and minute >= date_trunc('minute', ")
            .push_bind(filter.from);
        query.push(") and minute < ").push_bind(filter.to);
        filter.restrict(&mut query);
        query.push(" group by 1, 2");
        add(query.build_query_as().fetch_all(&mut **tx).await?);
    } else {
        let mut slices = Slices::of(tx, organizations, filter).await?;
        while let Some((from, to)) = slices.next() {
            let mut query = QueryBuilder::<Postgres>::new(
                "select (('x' || substr(replace(id::text, '-', ''), 1, 12))::bit(48)::bigint / 1000 / ",
            );
            query.push_bind(bucket_seconds).push(") * ").push_bind(bucket_seconds);
            query.push(", severity, count(*) from events where organization_id = any(");
            query.push_bind(ids(organizations)).push(")");
            within(&mut query, from, to);
            filter.restrict(&mut query);
            query.push(" group by 1, 2");
            slices.begin(tx).await?;
            let counted = query.build_query_as().fetch_all(&mut **tx).await;
            let Some(rows) = slices.finish(tx, counted).await? else { continue };
            add(rows);
            if slices.is_patience_over() {
                cut_off = slices.reached();
                break;
            }
        }
    }
    let buckets = buckets.into_iter().map(|(second, by_severity)| EventBucket {
        at: OffsetDateTime::from_unix_timestamp(second).unwrap_or(OffsetDateTime::UNIX_EPOCH),
        total: by_severity.values().sum(),
        by_severity,
    });
    Ok((buckets.collect(), cut_off))
}

/// One event with what was received.
pub async fn find(tx: &mut Tx, organizations: &[OrganizationId], id: Uuid) -> Result<EventDetail> {
    let mut query = QueryBuilder::<Postgres>::new("select ");
    query.push(COLUMNS).push(" from events where organization_id = any(").push_bind(ids(organizations));
    query.push(") and id = ").push_bind(id);
    let row = query.build_query_as::<EventRow>().fetch_optional(&mut **tx).await?;
    let row = row.ok_or_else(Error::not_found)?;
    let (fields, ocsf, problems) = read_again(row.bytes(), row.known(), |event| {
        let fields = event.fields.iter();
        let fields = fields
            .map(|field| EventField { name: field.name.to_string(), value: field.value.to_string() })
            .collect();
        let problems = event.problems.iter().map(ToString::to_string).collect();
        (fields, log_formats::ocsf(event), problems)
    });
    let ocsf = serde_json::value::RawValue::from_string(ocsf)?;
    let is_base64 = row
        .raw_bytes
        .as_ref()
        .is_some_and(|bytes| std::str::from_utf8(bytes).map_or(true, |text| text.contains('\0')));
    let raw = match &row.raw_bytes {
        Some(bytes) if is_base64 => STANDARD.encode(bytes),
        Some(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        None => row.raw.clone(),
    };
    Ok(EventDetail { event: row.into(), fields, ocsf, raw, is_base64, problems })
}

fn within(query: &mut QueryBuilder<Postgres>, from: OffsetDateTime, to: OffsetDateTime) {
    query.push(" and id >= uuidv7_floor(").push_bind(from);
    query.push(") and id < uuidv7_floor(").push_bind(to).push(")");
}

fn ids(organizations: &[OrganizationId]) -> Vec<Uuid> {
    organizations.iter().map(|id| id.uuid()).collect()
}
