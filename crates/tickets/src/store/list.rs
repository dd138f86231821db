//! Finding tickets in order, at a cost that does not grow with the table.
//!
//! Every organization is read on its own, in the order of an index, so that its rows come sorted and a page stops
//! after its last row. Stage, severity, urgency and assignee are part of the index; anything else is a *condition* that
//! rows pass or not. With conditions nobody knows beforehand how far the page's last row is, hence four ways, tried in
//! turn until one is sure to have missed nothing:
//!
//! 1. *walk*: the first rows in order. Frequent words and wide filters fill the page here.
//! 2. *gather*: all that an index says meets the rarest conditions, at most [`GATHERED`], then sorted.
//! 3. *slices*: what has too many to gather is gathered score by score, or month by month, until the page is full.
//! 4. *march*: the whole order until the page is full.
//!
//! Words that statistics expect to be rare are gathered first. The queue of others is walked severity beside severity:
//! see [`queue`](super::queue).

use platform::Tx;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};
use time::OffsetDateTime;
use uuid::Uuid;
use vocab::Stage;

use super::conditions::Statement;
use super::list_statements::{gather, is_in_order, march, severities, slices, walk};
use super::queue;
use super::summary::SummaryRow;
use crate::filter::{Asked, Filter};
use crate::model::TicketSummary;
use crate::order::SortKey;

/// Rows looked at in order before an index is asked.
const WALKED: i64 = 1000;
/// Rows the word index may offer for sorting.
pub const GATHERED: i64 = 4000;
/// Tickets up to which an organization's own word narrows a search.
const FEW: i64 = 200_000;

/// Up to `limit + 1` tickets in order.
pub async fn list(
    tx: &mut Tx,
    asked: &Asked,
    now: OffsetDateTime,
) -> Result<Vec<TicketSummary>, sqlx::Error> {
    if asked.filter.organizations.is_empty() {
        return Ok(Vec::new());
    }
    if asked.sort.key == SortKey::Severity {
        return severity_after_severity(tx, asked, now).await;
    }
    if is_in_order(asked) {
        return Ok(run(tx, march(asked)).await?.tickets);
    }
    let expected = expected(tx, &asked.filter).await?;
    let is_rare = expected.hits.is_some_and(|hits| hits <= GATHERED as f64);
    if is_rare && let Some(found) = first_sure(tx, gather(asked, expected.is_small)).await? {
        return Ok(found);
    }
    if expected.hits.is_some() && asked.sort.key == SortKey::Urgency {
        return queue::list(tx, asked, expected.is_small, now).await;
    }
    if let Some(found) = first_sure(tx, [walk(asked, WALKED)]).await? {
        return Ok(found);
    }
    by_index(tx, asked, expected.is_small, now).await
}

/// Where looking at the first rows was not enough.
pub async fn by_index(
    tx: &mut Tx,
    asked: &Asked,
    is_small: bool,
    now: OffsetDateTime,
) -> Result<Vec<TicketSummary>, sqlx::Error> {
    if let Some(found) = first_sure(tx, gather(asked, is_small)).await? {
        return Ok(found);
    }
    let scores = if asked.sort.key == SortKey::Urgency { scores(tx, asked).await? } else { Vec::new() };
    if let Some(found) = first_sure(tx, slices(asked, is_small, &scores, now)).await? {
        return Ok(found);
    }
    Ok(run(tx, march(asked)).await?.tickets)
}

/// The scores ahead that tickets have, from the lowest: each is one look into the order's index.
async fn scores(tx: &mut Tx, asked: &Asked) -> Result<Vec<i16>, sqlx::Error> {
    let is_ahead = |score: &i16| {
        asked.after.is_none_or(|place| match asked.sort.is_descending {
            true => *score <= place.score,
            false => *score >= place.score,
        })
    };
    sqlx::query_scalar!(
        r#"select score as "score!" from unnest($2::smallint[]) as score
           where exists (select from tickets where organization_id = any($1) and is_merged = any('{false,true}')
                         and stage = any($3::text[]) and severity = any($4) and urgency_score = score)
           order by score"#,
        &asked.filter.organizations,
        &asked.filter.scores().filter(is_ahead).collect::<Vec<_>>(),
        &Stage::ALL.iter().map(|stage| stage.as_str().to_owned()).collect::<Vec<_>>(),
        &severities(&asked.filter).iter().map(|severity| severity.step()).collect::<Vec<_>>()
    )
    .fetch_all(&mut **tx)
    .await
}

/// What the first of these statements finds that is sure to have missed nothing.
pub async fn first_sure(
    tx: &mut Tx,
    statements: impl IntoIterator<Item = Statement>,
) -> Result<Option<Vec<TicketSummary>>, sqlx::Error> {
    for statement in statements {
        let found = run(tx, statement).await?;
        if !found.is_unsure {
            return Ok(Some(found.tickets));
        }
    }
    Ok(None)
}

struct Expected {
    is_small: bool,
    /// How many tickets have the words, as statistics tell: right or wrong, it only decides what is tried first.
    hits: Option<f64>,
}

async fn expected(tx: &mut Tx, filter: &Filter) -> Result<Expected, sqlx::Error> {
    let row = sqlx::query!(
        r#"select coalesce(sum(last_number), 0)::bigint as "tickets!", expected_tickets($2::text::tsquery) as hits
           from reference_counters where organization_id = any($1) and kind = 'TCK'"#,
        &filter.organizations,
        filter.index_query(false)
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(Expected { is_small: row.tickets < FEW, hits: row.hits })
}

/// Whether these organizations' tickets are few beside what a table may hold: references count them.
pub async fn is_small(tx: &mut Tx, organizations: &[Uuid]) -> Result<bool, sqlx::Error> {
    let tickets = sqlx::query_scalar!(
        r#"select coalesce(sum(last_number), 0)::bigint as "tickets!" from reference_counters
           where organization_id = any($1) and kind = 'TCK'"#,
        organizations
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(tickets < FEW)
}

/// In the order of severity each severity is a queue by itself: one after the other until the page is full.
async fn severity_after_severity(
    tx: &mut Tx,
    asked: &Asked,
    now: OffsetDateTime,
) -> Result<Vec<TicketSummary>, sqlx::Error> {
    let parts = severities(&asked.filter).into_iter().filter_map(|severity| {
        let mut part = asked.clone();
        part.filter.severities = vec![severity];
        part.sort.key = SortKey::Urgency;
        part.after = asked.after.filter(|place| place.severity == severity.step());
        let is_passed = asked.after.is_some_and(|place| match asked.sort.is_descending {
            true => severity.step() > place.severity,
            false => severity.step() < place.severity,
        });
        (!is_passed).then_some(part)
    });
    one_after_the_other(tx, asked, parts.collect(), now).await
}

/// Lists that follow each other, given from the lowest up, until the page is full.
async fn one_after_the_other(
    tx: &mut Tx,
    asked: &Asked,
    mut parts: Vec<Asked>,
    now: OffsetDateTime,
) -> Result<Vec<TicketSummary>, sqlx::Error> {
    if asked.sort.is_descending {
        parts.reverse();
    }
    let page = usize::try_from(asked.limit + 1).unwrap_or(0);
    let mut found = Vec::new();
    for part in parts {
        found.extend(Box::pin(list(tx, &part, now)).await?);
        if found.len() >= page {
            break;
        }
    }
    found.truncate(page);
    Ok(found)
}

struct Found {
    tickets: Vec<TicketSummary>,
    /// Whether there may be rows that were not looked at and belong here.
    is_unsure: bool,
}

async fn run(tx: &mut Tx, mut statement: Statement) -> Result<Found, sqlx::Error> {
    let rows = statement.build().fetch_all(&mut **tx).await?;
    let is_unsure = match rows.first() {
        Some(row) => row.try_get("is_unsure")?,
        None => false,
    };
    Ok(Found { tickets: tickets_of(&rows)?, is_unsure })
}

pub fn tickets_of(rows: &[PgRow]) -> Result<Vec<TicketSummary>, sqlx::Error> {
    rows.iter().filter_map(|row| summary_of(row).transpose()).collect()
}

/// The row that only carries `is_unsure` has no ticket.
fn summary_of(row: &PgRow) -> Result<Option<TicketSummary>, sqlx::Error> {
    if row.try_get::<Option<Uuid>, _>("id")?.is_none() {
        return Ok(None);
    }
    Ok(Some(SummaryRow::from_row(row)?.into()))
}

/// Statements of this transaction are planned once per connection and shape, not with every run: planning two dozen
/// stretches costs more than reading them.
pub async fn plan_once(tx: &mut Tx) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("set local plan_cache_mode = force_generic_plan").execute(&mut **tx).await?;
    Ok(())
}
