//! Conditions and order of lists, on rows called `ticket`. Parts of texts that are no parameters are words of ours.

use sqlx::{Postgres, QueryBuilder};

use crate::filter::{Asked, Filter};
use crate::order::{Sort, SortKey};
use platform::ids::first_id;

pub type Statement = QueryBuilder<Postgres>;

/// Pushes the filter's conditions on `ticket`, each beginning with `and`.
pub fn meet(query: &mut Statement, filter: &Filter) {
    if !filter.include_merged {
        query.push(" and not ticket.is_merged");
    }
    one_of(query, "stage", filter.stages.iter().map(|stage| format!("'{stage}'")));
    one_of(query, "verdict", filter.verdicts.iter().map(|verdict| format!("'{verdict}'")));
    one_of(query, "severity", filter.severities.iter().map(|severity| severity.step().to_string()));
    one_of(query, "urgency", filter.urgencies.iter().map(|urgency| urgency.step().to_string()));
    if !filter.statuses.is_empty() {
        query.push(" and ticket.status_key = any(").push_bind(filter.statuses.clone()).push("::text[])");
    }
    match (filter.assignees.is_empty(), filter.or_unassigned) {
        (true, true) => {
            query.push(" and ticket.assignee_id is null");
        }
        (false, or_unassigned) => {
            query
                .push(" and (ticket.assignee_id = any(")
                .push_bind(filter.assignees.clone())
                .push("::uuid[])");
            query.push(if or_unassigned { " or ticket.assignee_id is null)" } else { ")" });
        }
        (true, false) => {}
    }
    // Ids carry the time: a period is a range of the primary key.
    if let Some(from) = filter.created_from {
        query.push(" and ticket.id >= ").push_bind(first_id(from));
    }
    if let Some(to) = filter.created_to {
        query.push(" and ticket.id < ").push_bind(first_id(to));
    }
    if let Some(words) = &filter.words {
        query.push(" and ticket.terms @@ ").push_bind(words.clone()).push("::tsquery");
    }
}

/// `values` are words of ours.
fn one_of(query: &mut Statement, column: &str, values: impl Iterator<Item = String>) {
    let values = values.collect::<Vec<_>>().join(", ");
    if !values.is_empty() {
        query.push(format_args!(" and ticket.{column} in ({values})"));
    }
}

/// Pushes "comes after the last page's last row".
pub fn come_after(query: &mut Statement, asked: &Asked) {
    let Some(place) = asked.after else { return };
    let comparison = if asked.sort.is_descending { "<" } else { ">" };
    match asked.sort.key {
        SortKey::Urgency | SortKey::Severity => {
            query.push(format_args!(" and (ticket.urgency_score, ticket.id) {comparison} ("));
            query.push_bind(place.score).push(", ");
        }
        SortKey::Created => {
            query.push(format_args!(" and (ticket.id) {comparison} ("));
        }
        SortKey::LastSeen => {
            query.push(format_args!(" and (ticket.last_seen_at, ticket.id) {comparison} ("));
            query.push_bind(place.last_seen_at().ok()).push(", ");
        }
    }
    query.push_bind(place.id).push(")");
}

pub fn order(sort: Sort, of: &str) -> String {
    let columns: &[&str] = match sort.key {
        // Severity after severity: within each it is the order of urgency.
        SortKey::Urgency | SortKey::Severity => &["urgency_score", "id"],
        SortKey::Created => &["id"],
        SortKey::LastSeen => &["last_seen_at", "id"],
    };
    let direction = if sort.is_descending { "desc" } else { "asc" };
    columns.iter().map(|column| format!("{of}.{column} {direction}")).collect::<Vec<_>>().join(", ")
}
