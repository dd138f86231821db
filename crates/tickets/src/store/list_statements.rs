//! The statements of [`list`](super::list). Every one answers rows of tickets in order, each with `is_unsure`, and at
//! least one row, which has no ticket where there is none. Parts of texts that are no parameters are words of ours.

use sqlx::{Postgres, QueryBuilder};
use time::OffsetDateTime;
use uuid::Uuid;
use vocab::{Severity, Stage, Urgency};

use super::list::{GATHERED, WALKED};
use super::summary::{COLUMNS, JOINS};
use crate::filter::{Asked, Filter, Sort, SortKey, scores};

pub type Statement = QueryBuilder<Postgres>;

/// Rows one slice may offer.
const SLICE: i64 = 20_000;
/// Months back that slices reach.
const MONTHS: i32 = 120;
/// Assignees that are read side by side rather than filtered.
const ASSIGNEES: usize = 3;

/// What lists are sorted by.
const KEYS: &str =
    "ticket.organization_id, ticket.id, ticket.severity, ticket.urgency_score, ticket.last_seen_at";
/// That, and what conditions look at.
const STATE: &str = "ticket.organization_id, ticket.id, ticket.is_merged, ticket.stage, ticket.status_key, \
     ticket.severity, ticket.urgency, ticket.urgency_score, ticket.assignee_id, ticket.verdict, ticket.last_seen_at";

/// The whole order until the page is full.
pub fn march(asked: &Asked) -> Statement {
    let mut query = Statement::new("with hits as (select key.* from unnest(");
    query.push_bind(asked.filter.organizations.clone()).push("::uuid[]) as scope (id) cross join lateral (");
    in_order(&mut query, asked, Conditions::Kept, asked.limit + 1);
    query.push(") as key order by ").push(order(asked.sort, "key"));
    query.push(format_args!(" limit {}), doubt as (select false as is_unsure)", asked.limit + 1));
    finish(&mut query, asked.sort);
    query
}

/// The first rows in order; sure when the page is full or nothing was left.
pub fn walk(asked: &Asked) -> Statement {
    let organizations = i64::try_from(asked.filter.organizations.len()).unwrap_or(1).max(1);
    let rows = (WALKED / organizations).max(asked.limit + 1);
    let mut query = Statement::new("with walked as materialized (select key.* from unnest(");
    query.push_bind(asked.filter.organizations.clone()).push("::uuid[]) as scope (id) cross join lateral (");
    in_order(&mut query, asked, Conditions::Shown, rows);
    query
        .push(") as key), hits as (select * from walked where is_hit order by ")
        .push(order(asked.sort, "walked"));
    query.push(format_args!(
        " limit {}), doubt as (select exists (select from walked group by organization_id \
         having count(*) >= {rows} and count(*) filter (where is_hit) <= {}) as is_unsure)",
        asked.limit + 1,
        asked.limit
    ));
    finish(&mut query, asked.sort);
    query
}

/// What an index says meets the rarest conditions; sure when that was not too much. `None` without such an index.
pub fn gather(asked: &Asked) -> Option<Statement> {
    let mut query = Statement::new("with found as materialized (");
    candidates(&mut query, &asked.filter, GATHERED + 1)?;
    query.push("), hits as (select ").push(KEYS).push(" from found ticket where true");
    meet(&mut query, &Filter { words: None, ..asked.filter.clone() });
    come_after(&mut query, asked);
    query.push(" order by ").push(order(asked.sort, "ticket"));
    query.push(format_args!(
        " limit {}), doubt as (select count(*) > {GATHERED} as is_unsure from found)",
        asked.limit + 1
    ));
    finish(&mut query, asked.sort);
    Some(query)
}

/// What an index offers for the rarest conditions.
fn candidates(query: &mut Statement, filter: &Filter, most: i64) -> Option<()> {
    if let Some(words) = filter.index_query() {
        query.push("select ").push(STATE).push(" from search_tickets(").push_bind(words);
        query.push(format_args!("::tsquery, {most}) ticket"));
        return Some(());
    }
    let is_assigned = !filter.assignees.is_empty() && !filter.or_unassigned;
    let is_past_new = !filter.stages.is_empty() && !filter.stages.contains(&Stage::New);
    if !is_assigned && !is_past_new && filter.created_from.is_none() {
        return None;
    }
    query.push("select ").push(STATE).push(" from tickets ticket where ticket.organization_id = any(");
    query.push_bind(filter.organizations.clone()).push("::uuid[])");
    let known = Filter {
        assignees: if is_assigned { filter.assignees.clone() } else { Vec::new() },
        created_from: filter.created_from,
        created_to: filter.created_to,
        stages: if is_past_new { filter.stages.clone() } else { Vec::new() },
        include_merged: true,
        ..Filter::default()
    };
    meet(query, &known);
    query.push(format_args!(" limit {most}"));
    Some(())
}

/// What the word index offers, slice by slice in order until the page is full; sure when no slice was too large.
pub fn slices(asked: &Asked, now: OffsetDateTime) -> Option<Statement> {
    let words = asked.filter.index_query()?;
    let slices = match asked.sort.key {
        SortKey::Urgency => score_words(asked),
        SortKey::Created => month_words(asked.sort, now),
        SortKey::Severity | SortKey::LastSeen => return None,
    };
    let mut query = Statement::new("with read as (select key.* from unnest(");
    query.push_bind(slices).push("::text[]) with ordinality as slice (word, place) cross join lateral (");
    query.push("with found as materialized (select ").push(STATE).push(" from search_tickets((");
    query.push_bind(words).push(format_args!(" || ' & ' || slice.word)::tsquery, {}) ticket)", SLICE + 1));
    // First whether it was too large, for a full page ends the reading.
    query.push(" select null::uuid as organization_id, null::uuid as id, null::smallint as severity,");
    query.push(" null::smallint as urgency_score, null::timestamptz as last_seen_at, true as is_large");
    query.push(format_args!(" from (select count(*) as rows from found) as counted where rows > {SLICE}"));
    query.push(" union all (select ").push(KEYS).push(", false from found ticket where true");
    meet(&mut query, &Filter { words: None, ..asked.filter.clone() });
    come_after(&mut query, asked);
    query.push(" order by ").push(order(asked.sort, "ticket"));
    query.push(format_args!(" limit {limit})) as key limit {limit}), ", limit = asked.limit + 1));
    query.push("hits as (select * from read where not is_large), ");
    query.push("doubt as (select coalesce(bool_or(is_large), false) as is_unsure from read)");
    finish(&mut query, asked.sort);
    Some(query)
}

fn score_words(asked: &Asked) -> Vec<String> {
    let is_asked = |score: &i16| {
        let urgencies = &asked.filter.urgencies;
        urgencies.is_empty() || urgencies.iter().any(|urgency| scores(*urgency).contains(score))
    };
    let is_ahead = |score: &i16| {
        asked.after.is_none_or(|place| match asked.sort.is_descending {
            true => *score <= place.score,
            false => *score >= place.score,
        })
    };
    let mut scores = (0..=100).filter(is_asked).filter(is_ahead).collect::<Vec<_>>();
    if asked.sort.is_descending {
        scores.reverse();
    }
    scores.into_iter().map(|score| format!("'=u:{score}'")).collect()
}

fn month_words(sort: Sort, now: OffsetDateTime) -> Vec<String> {
    // A month ahead, for ids are made by clocks that may be ahead of ours.
    let last = now.year() * 12 + i32::from(u8::from(now.month()));
    let mut months = (last - MONTHS..=last).collect::<Vec<_>>();
    if sort.is_descending {
        months.reverse();
    }
    let word = |month: i32| format!("'=m:{:04}{:02}'", month.div_euclid(12), month.rem_euclid(12) + 1);
    months.into_iter().map(word).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Conditions {
    /// Rows that do not meet them are left out.
    Kept,
    /// Every row comes, with `is_hit`.
    Shown,
}

/// One organization's rows in order: those of the matching stretches of the index, merged as they are read.
fn in_order(query: &mut Statement, asked: &Asked, conditions: Conditions, rows: i64) {
    let rest = rest(asked);
    query.push("select * from (");
    for (index, stretch) in stretches(asked).iter().enumerate() {
        query.push(if index > 0 { " union all (select " } else { "(select " }).push(KEYS);
        if conditions == Conditions::Shown {
            query.push(", (true");
            meet(query, &rest);
            query.push(") as is_hit");
        }
        query.push(" from tickets ticket where ticket.organization_id = scope.id");
        stretch.push(query);
        if conditions == Conditions::Kept {
            meet(query, &rest);
        } else {
            // A period is a part of the order by creation, never a row to look at in vain.
            meet(query, &period(asked));
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
#[derive(Clone, Copy, Default)]
struct Stretch {
    is_merged: Option<bool>,
    stage: Option<Stage>,
    severity: Option<Severity>,
    urgency: Option<Urgency>,
    assignee: Option<Assignee>,
}

#[derive(Clone, Copy)]
enum Assignee {
    One(Uuid),
    Nobody,
}

impl Stretch {
    /// Words of ours rather than parameters where possible: the planner then knows the stretch's size.
    fn push(&self, query: &mut Statement) {
        if let Some(is_merged) = self.is_merged {
            query.push(format_args!(" and ticket.is_merged = {is_merged}"));
        }
        if let Some(stage) = self.stage {
            query.push(format_args!(" and ticket.stage = '{stage}'"));
        }
        if let Some(severity) = self.severity {
            query.push(format_args!(" and ticket.severity = {}", severity.step()));
        }
        if let Some(urgency) = self.urgency {
            let scores = scores(urgency);
            query.push(format_args!(
                " and ticket.urgency_score between {} and {}",
                scores.start(),
                scores.end()
            ));
        }
        match self.assignee {
            Some(Assignee::One(id)) => {
                query.push(" and ticket.assignee_id = ").push_bind(id);
            }
            Some(Assignee::Nobody) => {
                query.push(" and ticket.assignee_id is null");
            }
            None => {}
        }
    }
}

fn stretches(asked: &Asked) -> Vec<Stretch> {
    let filter = &asked.filter;
    let assignees = side_by_side(filter);
    match asked.sort.key {
        SortKey::Urgency | SortKey::Severity => queue_stretches(filter, &assignees),
        SortKey::Created if has_only_people(filter) => {
            assignees.into_iter().map(|assignee| Stretch { assignee, ..Stretch::default() }).collect()
        }
        SortKey::Created if is_past_new(filter) => {
            filter.stages.iter().map(|&stage| Stretch { stage: Some(stage), ..Stretch::default() }).collect()
        }
        SortKey::Created | SortKey::LastSeen => vec![Stretch::default()],
    }
}

fn queue_stretches(filter: &Filter, assignees: &[Option<Assignee>]) -> Vec<Stretch> {
    let stages = if filter.stages.is_empty() { Stage::ALL } else { &filter.stages };
    let urgencies = match filter.urgencies.as_slice() {
        [] => vec![None],
        some => some.iter().copied().map(Some).collect(),
    };
    let mut stretches = Vec::new();
    for &stage in stages {
        // A merged ticket is closed: the table says so.
        let merged: &[bool] =
            if filter.include_merged && stage == Stage::Closed { &[false, true] } else { &[false] };
        for &is_merged in merged {
            for severity in severities(filter) {
                for &urgency in &urgencies {
                    stretches.extend(assignees.iter().map(|&assignee| Stretch {
                        is_merged: Some(is_merged),
                        stage: Some(stage),
                        severity: Some(severity),
                        urgency,
                        assignee,
                    }));
                }
            }
        }
    }
    stretches
}

pub fn severities(filter: &Filter) -> Vec<Severity> {
    if filter.severities.is_empty() { Severity::ALL.to_vec() } else { filter.severities.clone() }
}

/// The index by stage leaves new tickets out: they are most of the table or few and young.
fn is_past_new(filter: &Filter) -> bool {
    !filter.stages.is_empty() && !filter.stages.contains(&Stage::New)
}

/// The assignees to read side by side; none at all, or a crowd, is left to the conditions.
fn side_by_side(filter: &Filter) -> Vec<Option<Assignee>> {
    let nobody = filter.or_unassigned.then_some(Assignee::Nobody);
    let people =
        filter.assignees.iter().copied().map(Assignee::One).chain(nobody).map(Some).collect::<Vec<_>>();
    if (1..=ASSIGNEES).contains(&people.len()) { people } else { vec![None] }
}

/// The index by age knows whose a ticket is, not that it is nobody's.
fn has_only_people(filter: &Filter) -> bool {
    !filter.or_unassigned && (1..=ASSIGNEES).contains(&filter.assignees.len())
}

/// The conditions that the stretches do not meet by themselves.
fn rest(asked: &Asked) -> Filter {
    let mut rest = asked.filter.clone();
    let is_queue = matches!(asked.sort.key, SortKey::Urgency | SortKey::Severity);
    let are_people_read = matches!(side_by_side(&rest).as_slice(), [Some(_), ..]);
    if (is_queue && are_people_read) || (asked.sort.key == SortKey::Created && has_only_people(&asked.filter))
    {
        rest.assignees.clear();
        rest.or_unassigned = false;
    } else if asked.sort.key == SortKey::Created && is_past_new(&asked.filter) {
        rest.stages.clear();
    }
    if is_queue {
        rest.stages.clear();
        rest.severities.clear();
        rest.urgencies.clear();
        rest.include_merged = true;
    }
    rest
}

/// Whether the rows in order all belong to the list, or nearly all: a period of creation is a part of the order by
/// creation, and merged tickets are few.
pub fn is_in_order(asked: &Asked) -> bool {
    let mut rest = rest(asked);
    rest.organizations.clear();
    rest.include_merged = false;
    if asked.sort.key == SortKey::Created {
        (rest.created_from, rest.created_to) = (None, None);
    }
    rest == Filter::default()
}

fn period(asked: &Asked) -> Filter {
    let mut period = Filter { include_merged: true, ..Filter::default() };
    if asked.sort.key == SortKey::Created {
        (period.created_from, period.created_to) = (asked.filter.created_from, asked.filter.created_to);
    }
    period
}

/// Pushes the filter's conditions on `ticket`, each beginning with `and`.
pub fn meet(query: &mut Statement, filter: &Filter) {
    if !filter.include_merged {
        query.push(" and not ticket.is_merged");
    }
    any_of(query, "stage", texts(&filter.stages, |stage| stage.as_str()));
    any_of(query, "verdict", texts(&filter.verdicts, |verdict| verdict.as_str()));
    any_of(query, "status_key", filter.statuses.clone());
    any_step_of(query, "severity", filter.severities.iter().map(|severity| severity.step()).collect());
    any_step_of(query, "urgency", filter.urgencies.iter().map(|urgency| urgency.step()).collect());
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

fn any_of(query: &mut Statement, column: &str, values: Vec<String>) {
    if !values.is_empty() {
        query.push(format_args!(" and ticket.{column} = any(")).push_bind(values).push("::text[])");
    }
}

fn any_step_of(query: &mut Statement, column: &str, steps: Vec<i16>) {
    if !steps.is_empty() {
        query.push(format_args!(" and ticket.{column} = any(")).push_bind(steps).push("::smallint[])");
    }
}

fn texts<T: Copy>(values: &[T], text: fn(T) -> &'static str) -> Vec<String> {
    values.iter().map(|value| text(*value).to_owned()).collect()
}

/// Pushes "comes after the last page's last row".
fn come_after(query: &mut Statement, asked: &Asked) {
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
