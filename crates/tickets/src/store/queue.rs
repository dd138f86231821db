//! The queue narrowed by words that many tickets have: severity beside severity.
//!
//! Words follow the rule, and so the severity; what else makes urgency does not. So within a severity a frequent word is
//! found soon, wherever one begins in the order, and one that a severity does not have its own index rules out at no
//! cost. All severities are walked in one statement, and only those that this leaves unsure are looked into further.

use std::cmp::Reverse;

use platform::Tx;
use sqlx::Row;
use time::OffsetDateTime;
use vocab::Severity;

use super::conditions::{Statement, order};
use super::list::{by_index, first_sure, tickets_of};
use super::list_statements::{Conditions, finish, in_order, severities, share, walk};
use crate::filter::Asked;
use crate::model::TicketSummary;

/// Rows of all severities together that are looked at first.
const WALKED: i64 = 2000;
/// A severity in which at least one row of so many was a hit is walked on;
const FREQUENT: i64 = 50;
/// this far.
const WALKED_ON: i64 = 5000;

/// Up to `limit + 1` tickets in order.
pub async fn list(
    tx: &mut Tx,
    asked: &Asked,
    is_small: bool,
    now: OffsetDateTime,
) -> Result<Vec<TicketSummary>, sqlx::Error> {
    let rows = walk_all(asked).build().fetch_all(&mut **tx).await?;
    let (frequent, rare): (Vec<i16>, Vec<i16>) = match rows.first() {
        Some(row) => (row.try_get("frequent")?, row.try_get("rare")?),
        None => (Vec::new(), Vec::new()),
    };
    let mut tickets = tickets_of(&rows)?;
    for severity in severities(&asked.filter) {
        let is_frequent = frequent.contains(&severity.step());
        if !is_frequent && !rare.contains(&severity.step()) {
            continue;
        }
        let part = only(asked, severity);
        let found = if is_frequent { first_sure(tx, [walk(&part, WALKED_ON)]).await? } else { None };
        tickets.extend(match found {
            Some(found) => found,
            None => by_index(tx, &part, is_small, now).await?,
        });
    }
    tickets.sort_by_key(|ticket| Reverse((ticket.urgency_score, ticket.id.uuid())));
    if !asked.sort.is_descending {
        tickets.reverse();
    }
    tickets.truncate(usize::try_from(asked.limit + 1).unwrap_or(0));
    Ok(tickets)
}

fn only(asked: &Asked, severity: Severity) -> Asked {
    let mut part = asked.clone();
    part.filter.severities = vec![severity];
    part
}

/// The first rows of every severity: the page's part of those that are sure, and which are not.
fn walk_all(asked: &Asked) -> Statement {
    let (severities, limit) = (severities(&asked.filter), asked.limit);
    let rows = share(WALKED, asked.filter.organizations.len() * severities.len(), limit);
    let mut query = Statement::new("with walked as materialized (select key.* from unnest(");
    query.push_bind(asked.filter.organizations.clone()).push("::uuid[]) as scope (id) cross join lateral (");
    for (index, &severity) in severities.iter().enumerate() {
        query.push(if index > 0 { " union all (" } else { "(" });
        in_order(&mut query, &only(asked, severity), Conditions::Shown, rows);
        query.push(")");
    }
    query.push(format_args!(
        ") as key), parts as materialized (select severity, sum(hits) * {FREQUENT} >= sum(rows) as is_frequent, \
         bool_or(rows >= {rows} and hits <= {limit}) as is_unsure from (select severity, count(*) as rows, \
         count(*) filter (where is_hit) as hits from walked group by organization_id, severity) as counted \
         group by severity), hits as (select * from walked where is_hit \
         and severity not in (select severity from parts where is_unsure) order by "
    ));
    query.push(order(asked.sort, "walked")).push(format_args!(
        " limit {}), doubt as (select \
         coalesce(array_agg(severity) filter (where is_unsure and is_frequent), '{{}}') as frequent, \
         coalesce(array_agg(severity) filter (where is_unsure and not is_frequent), '{{}}') as rare from parts)",
        limit + 1
    ));
    finish(&mut query, asked.sort);
    query
}
