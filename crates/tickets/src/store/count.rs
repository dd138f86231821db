//! Counting tickets at a cost that does not grow with the table: exactly to [`EXACT`], then "at least".

use platform::Tx;
use serde::Serialize;
use sqlx::{Postgres, QueryBuilder};
use utoipa::ToSchema;

use super::conditions::meet;
use super::list::is_small;
use crate::filter::Filter;

/// Counted exactly up to here.
pub const EXACT: i64 = 10_000;
/// Rows looked at where no index knows the condition.
const LOOKED_AT: i64 = 100_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct TicketCount {
    pub count: i64,
    /// Whether there are no more than that.
    pub is_exact: bool,
}

pub async fn count(tx: &mut Tx, filter: &Filter) -> Result<TicketCount, sqlx::Error> {
    if filter.organizations.is_empty() {
        return Ok(TicketCount { count: 0, is_exact: true });
    }
    if let Some(words) = filter.index_query(is_small(tx, &filter.organizations).await?) {
        let (found, hits) = count_words(tx, filter, words).await?;
        if found <= EXACT || hits >= EXACT {
            return Ok(TicketCount { count: hits.min(EXACT), is_exact: found <= EXACT });
        }
    }
    count_rows(tx, filter).await
}

/// What the word index offers, and how many of these meet the other conditions.
async fn count_words(tx: &mut Tx, filter: &Filter, words: String) -> Result<(i64, i64), sqlx::Error> {
    let mut query =
        QueryBuilder::<Postgres>::new("with found as materialized (select * from search_tickets(");
    query.push_bind(words).push(format_args!("::tsquery, {}, ", EXACT + 1));
    query.push_bind(filter.only_severity()).push("::smallint)) ");
    query.push("select (select count(*) from found), count(*) from found ticket where true");
    meet(&mut query, &Filter { words: None, ..filter.clone() });
    query.build_query_as::<(i64, i64)>().fetch_one(&mut **tx).await
}

/// Counts where an index knows some of the conditions, or none; the others are looked at row by row, boundedly.
async fn count_rows(tx: &mut Tx, filter: &Filter) -> Result<TicketCount, sqlx::Error> {
    let (known, others) = split(filter);
    let mut query = QueryBuilder::<Postgres>::new(
        "select count(*) filter (where is_hit), coalesce(bool_or(is_last), false) from (select is_hit, ",
    );
    // Hits, and the row that ends the looking: enough hits end it sooner.
    query.push(format_args!(
        "position = {LOOKED_AT} as is_last from (select row_number() over () as position, (true"
    ));
    meet(&mut query, &others);
    query.push(") as is_hit from tickets ticket where ticket.organization_id = any(");
    query.push_bind(filter.organizations.clone()).push("::uuid[])");
    meet(&mut query, &known);
    query.push(format_args!(
        " limit {LOOKED_AT}) as looked_at where is_hit or position = {LOOKED_AT} limit {}) as counted",
        EXACT + 2
    ));
    let (hits, is_cut) = query.build_query_as::<(i64, bool)>().fetch_one(&mut **tx).await?;
    Ok(TicketCount { count: hits.min(EXACT), is_exact: !is_cut && hits <= EXACT })
}

/// The conditions that one index knows, and the others.
fn split(filter: &Filter) -> (Filter, Filter) {
    let everything = Filter { include_merged: true, ..Filter::default() };
    let (mut known, mut others) = (everything, filter.clone());
    others.organizations.clear();
    let is_assigned = !filter.assignees.is_empty() && !filter.or_unassigned;
    if filter.created_from.is_some() && !is_assigned {
        known.created_from = others.created_from.take();
        known.created_to = others.created_to.take();
    } else {
        known.include_merged = filter.include_merged;
        others.include_merged = true;
        known.stages = std::mem::take(&mut others.stages);
        known.severities = std::mem::take(&mut others.severities);
        if is_assigned {
            known.assignees = std::mem::take(&mut others.assignees);
        }
    }
    (known, others)
}
