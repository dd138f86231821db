//! Searching: slices of time from the newest to the oldest, each as large as the minutes' counts say that is cheap.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ipnet::IpNet;
use platform::{Error, Result, Tx, audit};
use sqlx::{FromRow, Postgres, QueryBuilder};
use std::time::{Duration, Instant};
use time::OffsetDateTime;
use uuid::Uuid;
use vocab::{OrganizationId, SourceId};

use crate::filter::Filter;
use crate::model::{BySeverity, EventBucket, EventDetail, EventField, EventItem, EventSeverity};
use crate::reading::{Known, read_again};

/// Events that the first slice looks at; the next ones grow while an index makes them cheap.
const FIRST_SLICE: i64 = 50_000;
/// What the next slice should take, going by the last one.
const SLICE: Duration = Duration::from_millis(400);
/// After this long no further slice is begun.
const PATIENCE: Duration = Duration::from_millis(2500);
const MESSAGE_CHARS: usize = 300;

const COLUMNS: &str = "id, organization_id, source_id, event_at, sender, source_ip, source_port, destination_ip, \
     destination_port, coalesce(user_name, user_key) as user_name, coalesce(host_name, host_key) as host_name, action, \
     severity, rule_name, event_code, device, product, format, unparsed, rules, raw, raw_bytes";

#[derive(FromRow)]
struct EventRow {
    id: Uuid,
    organization_id: Uuid,
    source_id: Uuid,
    event_at: Option<OffsetDateTime>,
    sender: IpNet,
    source_ip: Option<IpNet>,
    source_port: Option<i32>,
    destination_ip: Option<IpNet>,
    destination_port: Option<i32>,
    user_name: Option<String>,
    host_name: Option<String>,
    action: Option<String>,
    severity: i16,
    rule_name: Option<String>,
    event_code: Option<String>,
    device: Option<String>,
    product: Option<String>,
    format: String,
    unparsed: Option<String>,
    rules: Option<Vec<Uuid>>,
    raw: String,
    raw_bytes: Option<Vec<u8>>,
}

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

/// The period of a search in slices, newest first.
struct Slices {
    /// Where each stretch with events begins, newest first, and how many: minutes, and parts of busy ones.
    stretches: Vec<(OffsetDateTime, i64)>,
    next: usize,
    from: OffsetDateTime,
    to: OffsetDateTime,
    size: i64,
    started: Instant,
    slice_started: Instant,
    /// Where the present slice began: how many stretches were behind, and from where it goes back.
    before: (usize, OffsetDateTime),
}

impl Slices {
    async fn of(tx: &mut Tx, organizations: &[OrganizationId], filter: &Filter) -> Result<Self> {
        let to = filter
            .before
            .map_or(filter.to, |id| filter.to.min(audit::occurred_at(id) + time::Duration::milliseconds(1)));
        let mut query = QueryBuilder::<Postgres>::new(
            "select minute, sum(total)::bigint from event_minutes where organization_id = any(",
        );
        query
            .push_bind(ids(organizations))
            .push(") and minute >= date_trunc('minute', ")
            .push_bind(filter.from);
        query.push(") and minute < ").push_bind(to);
        if let Some(source) = filter.source {
            query.push(" and source_id = ").push_bind(source);
        }
        if !filter.severities.is_empty() {
            query.push(" and severity = any(").push_bind(filter.severities.clone()).push(")");
        }
        query.push(" group by minute order by minute desc");
        let minutes = query.build_query_as::<(OffsetDateTime, i64)>().fetch_all(&mut **tx).await?;
        let stretches = minutes.into_iter().flat_map(parts).collect();
        Ok(Self::over(stretches, filter.from, to))
    }

    fn over(stretches: Vec<(OffsetDateTime, i64)>, from: OffsetDateTime, to: OffsetDateTime) -> Self {
        let started = Instant::now();
        let before = (0, to);
        Self { stretches, next: 0, from, to, size: FIRST_SLICE, started, slice_started: started, before }
    }

    fn next(&mut self) -> Option<(OffsetDateTime, OffsetDateTime)> {
        if self.next > 0 {
            let took = self.slice_started.elapsed().as_millis().max(1);
            let fitting = i128::from(self.size) * SLICE.as_millis() as i128 / took as i128;
            let most = self.size.saturating_mul(4);
            self.size = i64::try_from(fitting).unwrap_or(most).clamp(1, most);
        }
        self.before = (self.next, self.to);
        let rest = self.stretches.get(self.next..).filter(|rest| !rest.is_empty())?;
        let mut events = 0;
        let taken = rest.iter().take_while(|(_, total)| {
            let fits = events < self.size;
            events += total;
            fits
        });
        self.next += taken.count();
        let (oldest, _) = self.stretches.get(self.next - 1)?;
        let slice = (self.from.max(*oldest), self.to);
        self.to = slice.0;
        let now = Instant::now();
        self.slice_started = now;
        Some(slice)
    }

    /// Before the statement of a slice: lines that came all at once make one much larger than was thought.
    async fn begin(&self, tx: &mut Tx) -> Result<()> {
        let bound = match self.is_divisible() {
            true => format!("savepoint slice; set local statement_timeout = {}", PATIENCE.as_millis()),
            false => "set local statement_timeout to default".to_owned(),
        };
        sqlx::raw_sql(sqlx::AssertSqlSafe(bound)).execute(&mut **tx).await?;
        Ok(())
    }

    /// What the statement found; none when it took too long, and a smaller slice comes next.
    async fn finish<T>(&mut self, tx: &mut Tx, found: Result<T, sqlx::Error>) -> Result<Option<T>> {
        let is_canceled = |error: &sqlx::Error| {
            error.as_database_error().is_some_and(|error| error.code().as_deref() == Some("57014"))
        };
        match found {
            Err(error) if self.is_divisible() && is_canceled(&error) => {
                sqlx::raw_sql("rollback to savepoint slice").execute(&mut **tx).await?;
                self.give_back();
                Ok(None)
            }
            found => Ok(Some(found?)),
        }
    }

    fn is_divisible(&self) -> bool {
        self.next - self.before.0 > 1
    }

    /// Takes the present slice again, stretch by stretch.
    fn give_back(&mut self) {
        (self.next, self.to) = self.before;
        self.size = 1;
        // The time it took says nothing of what comes.
        self.slice_started = Instant::now();
    }

    fn is_patience_over(&self) -> bool {
        self.next < self.stretches.len() && self.started.elapsed() > PATIENCE
    }

    /// Everything since then was looked at.
    fn reached(&self) -> Option<OffsetDateTime> {
        Some(self.to)
    }
}

/// A minute in parts that a first slice can hold, newest first.
fn parts((minute, total): (OffsetDateTime, i64)) -> impl Iterator<Item = (OffsetDateTime, i64)> {
    let count = (total / FIRST_SLICE).clamp(1, 600);
    let width = 60_000 / count;
    (0..count).rev().map(move |part| (minute + time::Duration::milliseconds(width * part), total / count))
}

impl EventRow {
    fn bytes(&self) -> &[u8] {
        self.raw_bytes.as_deref().unwrap_or(self.raw.as_bytes())
    }

    fn known(&self) -> Known<'_> {
        Known {
            received_at: audit::occurred_at(self.id),
            event_at: self.event_at,
            format: &self.format,
            is_unparsed: self.unparsed.is_some(),
        }
    }
}

impl From<EventRow> for EventItem {
    fn from(row: EventRow) -> Self {
        let message = read_again(row.bytes(), row.known(), |event| {
            event.message.as_deref().map(|text| text.chars().take(MESSAGE_CHARS).collect::<String>())
        });
        let message = message.unwrap_or_else(|| row.raw.chars().take(MESSAGE_CHARS).collect());
        let address = |net: IpNet| net.addr().to_string();
        EventItem {
            id: row.id,
            organization_id: OrganizationId(row.organization_id),
            source_id: SourceId(row.source_id),
            received_at: audit::occurred_at(row.id),
            event_at: row.event_at,
            sender: address(row.sender),
            source_ip: row.source_ip.map(address),
            source_port: row.source_port,
            destination_ip: row.destination_ip.map(address),
            destination_port: row.destination_port,
            user: row.user_name,
            host: row.host_name,
            action: row.action,
            severity: severity_of(row.severity),
            rule_name: row.rule_name,
            event_code: row.event_code,
            device: row.device,
            product: row.product,
            format: row.format,
            unparsed: row.unparsed,
            rules: row.rules.unwrap_or_default(),
            message,
        }
    }
}

fn severity_of(id: i16) -> EventSeverity {
    EventSeverity::ALL
        .iter()
        .copied()
        .find(|severity| *severity as i16 == id)
        .unwrap_or(EventSeverity::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(second)
    }

    #[test]
    fn a_minute_is_as_many_parts_as_first_slices_fit_into_it_the_newest_first() {
        assert_eq!(parts((at(60), 7)).collect::<Vec<_>>(), [(at(60), 7)]);
        let busy = parts((at(60), 3 * FIRST_SLICE)).collect::<Vec<_>>();
        assert_eq!(busy, [(at(100), FIRST_SLICE), (at(80), FIRST_SLICE), (at(60), FIRST_SLICE)]);
    }

    #[test]
    fn a_slice_that_is_given_back_comes_again_stretch_by_stretch_and_nothing_is_left_out() {
        let stretches = [(at(40), 10), (at(20), 10), (at(0), 10)];
        let mut slices = Slices::over(stretches.to_vec(), at(0), at(60));
        assert_eq!(slices.next(), Some((at(0), at(60))));
        assert!(slices.is_divisible());
        slices.give_back();
        for expected in [(at(40), at(60)), (at(20), at(40)), (at(0), at(20))] {
            assert_eq!(slices.next(), Some(expected));
            slices.size = 1;
        }
        assert!(!slices.is_divisible());
        assert_eq!(slices.next(), None);
    }
}
