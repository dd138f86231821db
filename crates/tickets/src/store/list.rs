//! Finding tickets in order, at a cost that does not grow with the table.
//!
//! Every organization is read on its own, in the order of an index, so that its rows come sorted and a page stops
//! after its last row. Stage, severity, urgency and assignee are part of the index; anything else is a *condition* that
//! rows pass or not. With conditions nobody knows beforehand how far the page's last row is, hence four ways, tried in
//! turn until one is sure to have missed nothing:
//!
//! 1. *walk*: the first rows in order, at most [`WALKED`]. Frequent words and wide filters fill the page here.
//! 2. *gather*: all that an index says meets the rarest conditions, at most [`GATHERED`], then sorted.
//! 3. *slices*: what has too many to gather is gathered score by score, or month by month, until the page is full.
//! 4. *march*: the whole order until the page is full.
//!
//! A queue with words is searched urgency by urgency, for each has a word index of its own: what a word has further down
//! costs nothing.

use platform::Tx;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};
use time::OffsetDateTime;
use uuid::Uuid;
use vocab::Urgency;

use super::conditions::Statement;
use super::list_statements::{gather, is_in_order, march, severities, slices, walk};
use super::summary::SummaryRow;
use crate::filter::{Asked, SortKey, scores};
use crate::model::TicketSummary;

/// Rows looked at in order before an index is asked.
pub const WALKED: i64 = 1000;
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
    if asked.sort.key == SortKey::Urgency && asked.filter.has_words() && asked.filter.urgencies.len() != 1 {
        return urgency_after_urgency(tx, asked, now).await;
    }
    let walked = run(tx, walk(asked)).await?;
    if !walked.is_unsure {
        return Ok(walked.tickets);
    }
    let is_small = is_small(tx, &asked.filter.organizations).await?;
    for statement in [gather(asked, is_small), slices(asked, is_small, now)].into_iter().flatten() {
        let found = run(tx, statement).await?;
        if !found.is_unsure {
            return Ok(found.tickets);
        }
    }
    Ok(run(tx, march(asked)).await?.tickets)
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

async fn urgency_after_urgency(
    tx: &mut Tx,
    asked: &Asked,
    now: OffsetDateTime,
) -> Result<Vec<TicketSummary>, sqlx::Error> {
    let urgencies = Urgency::ALL.iter().filter(|urgency| asked.filter.asks_for(**urgency));
    let parts = urgencies.filter_map(|&urgency| {
        let mut part = asked.clone();
        part.filter.urgencies = vec![urgency];
        let is_passed = asked.after.is_some_and(|place| match asked.sort.is_descending {
            true => *scores(urgency).start() > place.score,
            false => *scores(urgency).end() < place.score,
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
    let tickets = rows.iter().filter_map(|row| summary_of(row).transpose()).collect::<Result<_, _>>()?;
    Ok(Found { tickets, is_unsure })
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
