//! Finding tickets in order, at a cost that does not grow with the table.
//!
//! Every organization is read on its own, in the order of an index, so that its rows come sorted and a page stops
//! after its last row. Stage, severity and assignee are part of the index; anything else is a *condition* that rows
//! pass or not. With conditions nobody knows beforehand how far the page's last row is, hence three ways, tried in turn:
//!
//! 1. *walk*: the first rows in order, at most [`WALKED`]. Frequent words and wide filters fill the page here.
//! 2. *gather*: everything that an index says meets the rarest condition, at most [`GATHERED`], then sorted.
//! 3. *march*: the whole order until the page is full. What is too frequent to gather is frequent enough to meet soon;
//!    words are looked for severity by severity before, for a rule's severity decides where in the queue it is.

use platform::Tx;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Postgres, QueryBuilder, Row};
use vocab::{Severity, Stage};

use super::summary::{COLUMNS, JOINS, SummaryRow};
use crate::filter::{Asked, Filter, Place, Sort, SortKey};
use crate::model::TicketSummary;

/// Rows looked at in order before an index is asked.
pub const WALKED: i64 = 4000;
/// Rows an index may offer for sorting.
pub const GATHERED: i64 = 8000;

type Statement = QueryBuilder<Postgres>;

/// Up to `limit + 1` tickets in order.
pub async fn list(tx: &mut Tx, asked: &Asked) -> Result<Vec<TicketSummary>, sqlx::Error> {
    if asked.filter.organizations.is_empty() {
        return Ok(Vec::new());
    }
    if asked.sort.key == SortKey::Severity {
        return severity_after_severity(tx, asked).await;
    }
    if !has_conditions(asked) {
        return Ok(run(tx, march(asked)).await?.tickets);
    }
    if let Some(tickets) = walk_or_gather(tx, asked).await? {
        return Ok(tickets);
    }
    let has_several = severities(&asked.filter).len() > 1;
    if asked.filter.words.is_some() && asked.sort.key == SortKey::Urgency && has_several {
        return by_severity(tx, asked).await;
    }
    Ok(run(tx, march(asked)).await?.tickets)
}

/// In the order of severity each severity is a queue by itself: they are read one after the other until the page is full.
async fn severity_after_severity(tx: &mut Tx, asked: &Asked) -> Result<Vec<TicketSummary>, sqlx::Error> {
    let mut severities = severities(&asked.filter);
    if asked.sort.is_descending {
        severities.reverse();
    }
    let page = usize::try_from(asked.limit + 1).unwrap_or(0);
    let mut found = Vec::new();
    for severity in severities {
        let is_before = asked.after.is_some_and(|place| match asked.sort.is_descending {
            true => severity.step() > place.severity,
            false => severity.step() < place.severity,
        });
        if is_before {
            continue;
        }
        let mut part = within(asked, severity);
        part.sort.key = SortKey::Urgency;
        part.after = asked.after.filter(|place| place.severity == severity.step());
        found.extend(Box::pin(list(tx, &part)).await?);
        if found.len() >= page {
            break;
        }
    }
    found.truncate(page);
    Ok(found)
}

/// Looks in every severity by itself and merges what it finds.
async fn by_severity(tx: &mut Tx, asked: &Asked) -> Result<Vec<TicketSummary>, sqlx::Error> {
    let mut found = Vec::new();
    for severity in severities(&asked.filter) {
        let part = within(asked, severity);
        found.extend(match walk_or_gather(tx, &part).await? {
            Some(tickets) => tickets,
            None => run(tx, march(&part)).await?.tickets,
        });
    }
    found.sort_by_key(|ticket| (ticket.urgency_score, ticket.id));
    if asked.sort.is_descending {
        found.reverse();
    }
    found.truncate(usize::try_from(asked.limit + 1).unwrap_or(0));
    Ok(found)
}

/// The same question about one severity; its word lets the word index leave the others out.
fn within(asked: &Asked, severity: Severity) -> Asked {
    let mut part = asked.clone();
    part.filter.severities = vec![severity];
    let word = crate::words::severity(severity);
    part.filter.words = part.filter.words.map(|words| format!("{words} & '{word}'"));
    part
}

/// `None` when neither of the bounded ways is sure.
async fn walk_or_gather(tx: &mut Tx, asked: &Asked) -> Result<Option<Vec<TicketSummary>>, sqlx::Error> {
    let walked = run(tx, walk(asked)).await?;
    if !walked.is_unsure {
        return Ok(Some(walked.tickets));
    }
    let Some(statement) = gather(asked) else { return Ok(None) };
    let gathered = run(tx, statement).await?;
    Ok((!gathered.is_unsure).then_some(gathered.tickets))
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
    if row.try_get::<Option<uuid::Uuid>, _>("id")?.is_none() {
        return Ok(None);
    }
    Ok(Some(SummaryRow::from_row(row)?.into()))
}

/// The whole order until the page is full.
fn march(asked: &Asked) -> Statement {
    let mut query = Statement::new("with hits as (select key.* from unnest(");
    query.push_bind(asked.filter.organizations.clone()).push("::uuid[]) as scope (id) cross join lateral (");
    in_order(&mut query, asked, Conditions::Kept, asked.limit + 1);
    query.push(") as key order by ").push(order(asked.sort, "key"));
    query.push(format_args!(" limit {}", asked.limit + 1)).push("), doubt as (select false as is_unsure)");
    finish(&mut query, asked.sort);
    query
}

/// The first rows in order; sure when the page is full or nothing was left.
fn walk(asked: &Asked) -> Statement {
    let organizations = i64::try_from(asked.filter.organizations.len()).unwrap_or(1).max(1);
    let rows = (WALKED / organizations).max(asked.limit + 1);
    let mut query = Statement::new("with walked as materialized (select key.* from unnest(");
    query.push_bind(asked.filter.organizations.clone()).push("::uuid[]) as scope (id) cross join lateral (");
    in_order(&mut query, asked, Conditions::Shown, rows);
    query
        .push(") as key), hits as (select * from walked where is_hit order by ")
        .push(order(asked.sort, "walked"));
    query.push(format_args!(" limit {}", asked.limit + 1));
    query.push("), doubt as (select exists (select from walked group by organization_id having count(*) >= ");
    query.push_bind(rows).push(" and count(*) filter (where is_hit) <= ").push_bind(asked.limit);
    query.push(") as is_unsure)");
    finish(&mut query, asked.sort);
    query
}

/// What an index says meets the rarest condition; sure when that was not too much. `None` without such an index.
fn gather(asked: &Asked) -> Option<Statement> {
    let mut query = Statement::new("with found as materialized (");
    candidates(&mut query, &asked.filter, GATHERED + 1)?;
    query
        .push("), hits as (select ")
        .push(KEYS)
        .push(" from found join tickets ticket using (organization_id, id) where true");
    meet(&mut query, &asked.filter);
    come_after(&mut query, asked);
    query
        .push(" order by ")
        .push(order(asked.sort, "ticket"))
        .push(format_args!(" limit {}", asked.limit + 1));
    query.push("), doubt as (select count(*) > ").push_bind(GATHERED).push(" as is_unsure from found)");
    finish(&mut query, asked.sort);
    Some(query)
}

/// The ids that an index offers for the rarest condition.
fn candidates(query: &mut Statement, filter: &Filter, most: i64) -> Option<()> {
    if let Some(words) = &filter.words {
        query.push("select organization_id, id from search_tickets(").push_bind(words.clone());
        query.push("::tsquery, ").push_bind(i32::try_from(most).unwrap_or(i32::MAX)).push(")");
        return Some(());
    }
    let is_assigned = !filter.assignees.is_empty() && !filter.or_unassigned;
    let is_dated = filter.created_from.is_some();
    let is_past_new = !filter.stages.is_empty() && !filter.stages.contains(&Stage::New);
    if !is_assigned && !is_dated && !is_past_new {
        return None;
    }
    query.push(
        "select ticket.organization_id, ticket.id from tickets ticket where ticket.organization_id = any(",
    );
    query.push_bind(filter.organizations.clone()).push("::uuid[])");
    let only = Filter {
        assignees: if is_assigned { filter.assignees.clone() } else { Vec::new() },
        created_from: filter.created_from,
        created_to: filter.created_to,
        stages: if is_past_new { filter.stages.clone() } else { Vec::new() },
        include_merged: true,
        ..Filter::default()
    };
    meet(query, &only);
    query.push(" limit ").push_bind(most);
    Some(())
}

const KEYS: &str =
    "ticket.organization_id, ticket.id, ticket.severity, ticket.urgency_score, ticket.last_seen_at";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Conditions {
    /// Rows that do not meet them are left out.
    Kept,
    /// Every row comes, with `is_hit`.
    Shown,
}

/// One organization's rows in order: those of the matching stretches of the index, merged as they are read.
fn in_order(query: &mut Statement, asked: &Asked, conditions: Conditions, rows: i64) {
    query.push("select * from (");
    for (index, stretch) in stretches(asked).iter().enumerate() {
        if index > 0 {
            query.push(" union all ");
        }
        query.push("(select ").push(KEYS);
        let rest = rest(asked);
        if conditions == Conditions::Shown {
            query.push(", (true");
            meet(query, &rest);
            query.push(") as is_hit");
        }
        query.push(" from tickets ticket where ticket.organization_id = scope.id");
        stretch.push(query, asked);
        if conditions == Conditions::Kept {
            meet(query, &rest);
        }
        come_after(query, asked);
        query.push(" order by ").push(order(asked.sort, "ticket")).push(")");
    }
    query
        .push(") as stretch order by ")
        .push(order(asked.sort, "stretch"))
        .push(format_args!(" limit {rows}"));
}

/// A part of an index in which rows are in order.
enum Stretch {
    Queue { is_merged: bool, stage: Stage, severity: Severity },
    Stage(Stage),
    Everything,
}

impl Stretch {
    fn push(&self, query: &mut Statement, asked: &Asked) {
        match self {
            // Words of ours rather than parameters: the planner then knows the stretch's size.
            Stretch::Queue { is_merged, stage, severity } => {
                query.push(format_args!(
                    " and ticket.is_merged = {is_merged} and ticket.stage = '{stage}' and ticket.severity = {}",
                    severity.step()
                ));
                if let Some(assignee) = one_assignee(&asked.filter) {
                    query.push(" and ticket.assignee_id = ").push_bind(assignee);
                }
            }
            Stretch::Stage(stage) => {
                query.push(format_args!(" and ticket.stage = '{stage}'"));
            }
            Stretch::Everything => {}
        }
    }
}

fn stretches(asked: &Asked) -> Vec<Stretch> {
    let filter = &asked.filter;
    match asked.sort.key {
        SortKey::Urgency | SortKey::Severity => queue_stretches(asked),
        SortKey::Created if is_by_stage(filter) => {
            filter.stages.iter().map(|&stage| Stretch::Stage(stage)).collect()
        }
        SortKey::Created | SortKey::LastSeen => vec![Stretch::Everything],
    }
}

fn queue_stretches(asked: &Asked) -> Vec<Stretch> {
    let stages = if asked.filter.stages.is_empty() { Stage::ALL } else { &asked.filter.stages };
    let mut stretches = Vec::new();
    for &stage in stages {
        for severity in severities(&asked.filter) {
            stretches.push(Stretch::Queue { is_merged: false, stage, severity });
            // A merged ticket is closed: the table says so.
            if asked.filter.include_merged && stage == Stage::Closed {
                stretches.push(Stretch::Queue { is_merged: true, stage, severity });
            }
        }
    }
    stretches
}

fn severities(filter: &Filter) -> Vec<Severity> {
    if filter.severities.is_empty() { Severity::ALL.to_vec() } else { filter.severities.clone() }
}

/// The index by stage leaves new tickets out: they are most of the table or few and young.
fn is_by_stage(filter: &Filter) -> bool {
    !filter.stages.is_empty() && !filter.stages.contains(&Stage::New)
}

fn one_assignee(filter: &Filter) -> Option<uuid::Uuid> {
    match filter.assignees.as_slice() {
        [one] if !filter.or_unassigned => Some(*one),
        _ => None,
    }
}

/// The conditions that the stretches do not meet by themselves.
fn rest(asked: &Asked) -> Filter {
    let mut rest = asked.filter.clone();
    match asked.sort.key {
        SortKey::Urgency | SortKey::Severity => {
            rest.stages.clear();
            rest.severities.clear();
            rest.include_merged = true;
            if one_assignee(&asked.filter).is_some() {
                rest.assignees.clear();
            }
        }
        SortKey::Created if is_by_stage(&asked.filter) => rest.stages.clear(),
        SortKey::Created | SortKey::LastSeen => {}
    }
    rest
}

/// Whether rows in order may still be left out. A period of creation is a stretch of the order by creation, and merged
/// tickets are few.
fn has_conditions(asked: &Asked) -> bool {
    let rest = rest(asked);
    let is_dated = rest.created_from.is_some() || rest.created_to.is_some();
    rest.words.is_some()
        || !rest.stages.is_empty()
        || !rest.severities.is_empty()
        || !rest.urgencies.is_empty()
        || !rest.assignees.is_empty()
        || rest.or_unassigned
        || (is_dated && asked.sort.key != SortKey::Created)
}

/// Pushes the filter's conditions on `ticket`, each beginning with `and`.
pub fn meet(query: &mut Statement, filter: &Filter) {
    if !filter.include_merged {
        query.push(" and not ticket.is_merged");
    }
    if !filter.stages.is_empty() {
        query.push(" and ticket.stage = any(").push_bind(texts(&filter.stages)).push("::text[])");
    }
    if !filter.severities.is_empty() {
        let steps = filter.severities.iter().map(|severity| severity.step()).collect::<Vec<_>>();
        query.push(" and ticket.severity = any(").push_bind(steps).push("::smallint[])");
    }
    if !filter.urgencies.is_empty() {
        let steps = filter.urgencies.iter().map(|urgency| urgency.step()).collect::<Vec<_>>();
        query.push(" and ticket.urgency = any(").push_bind(steps).push("::smallint[])");
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
        query.push(" and ticket.id >= uuidv7_floor(").push_bind(from).push(")");
    }
    if let Some(to) = filter.created_to {
        query.push(" and ticket.id < uuidv7_floor(").push_bind(to).push(")");
    }
    if let Some(words) = &filter.words {
        query.push(" and ticket.terms @@ ").push_bind(words.clone()).push("::tsquery");
    }
}

fn texts(stages: &[Stage]) -> Vec<String> {
    stages.iter().map(|stage| stage.as_str().to_owned()).collect()
}

/// Pushes "comes after the last page's last row".
fn come_after(query: &mut Statement, asked: &Asked) {
    let Some(Place { score, id, .. }) = asked.after else { return };
    let comparison = if asked.sort.is_descending { "<" } else { ">" };
    match asked.sort.key {
        SortKey::Urgency | SortKey::Severity => {
            query.push(format_args!(
                " and (ticket.urgency_score, ticket.id) {comparison} ({score}::smallint, "
            ));
        }
        SortKey::Created => {
            query.push(format_args!(" and (ticket.id) {comparison} ("));
        }
        SortKey::LastSeen => {
            let at = asked.after.and_then(|place| place.last_seen_at().ok());
            query.push(format_args!(" and (ticket.last_seen_at, ticket.id) {comparison} ("));
            query.push_bind(at).push(", ");
        }
    }
    query.push_bind(id).push(")");
}

fn order(sort: Sort, of: &str) -> String {
    let columns: &[&str] = match sort.key {
        // Severity after severity: within each it is the order of urgency.
        SortKey::Urgency | SortKey::Severity => &["urgency_score", "id"],
        SortKey::Created => &["id"],
        SortKey::LastSeen => &["last_seen_at", "id"],
    };
    let direction = if sort.is_descending { "desc" } else { "asc" };
    columns.iter().map(|column| format!("{of}.{column} {direction}")).collect::<Vec<_>>().join(", ")
}

/// From `hits` and `doubt` to rows as lists show them; always one row at least, for the doubt.
fn finish(query: &mut Statement, sort: Sort) {
    query
        .push(" select doubt.is_unsure, ")
        .push(COLUMNS)
        .push(" from doubt left join (hits join tickets ticket");
    query
        .push(" using (organization_id, id)")
        .push(JOINS)
        .push(") on true order by ")
        .push(order(sort, "hits"));
}

/// Statements of this transaction are planned once per connection and shape, not with every run: planning two dozen
/// stretches costs more than reading them.
pub async fn plan_once(tx: &mut Tx) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("set local plan_cache_mode = force_generic_plan").execute(&mut **tx).await?;
    Ok(())
}
