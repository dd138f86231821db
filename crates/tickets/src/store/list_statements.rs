//! The statements of [`list`](super::list). Every one answers rows of tickets in order, each with a doubt (mostly `is_unsure`), and at
//! least one row, which has no ticket where there is none. Parts of texts that are no parameters are words of ours.

use time::OffsetDateTime;
use uuid::Uuid;
use vocab::{Severity, Stage, Urgency};

use super::conditions::{Statement, come_after, meet, order};
use super::list::GATHERED;
use super::summary::{COLUMNS, JOINS};
use crate::filter::{Asked, Filter, scores};
use crate::order::{Sort, SortKey};

/// Rows an index of ids may offer for sorting: they lie closer together.
const READ: i64 = 10_000;
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

/// The first `walked` rows in order; sure when the page is full or nothing was left.
pub fn walk(asked: &Asked, walked: i64) -> Statement {
    let rows = share(walked, asked.filter.organizations.len(), asked.limit);
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

/// The part of rows to look at that falls to each of several stretches: at least a page.
pub fn share(rows: i64, of: usize, limit: i64) -> i64 {
    (rows / i64::try_from(of).unwrap_or(1).max(1)).max(limit + 1)
}

/// What an index says meets the rarest conditions; sure when that was not too much. `None` without such an index.
pub fn gather(asked: &Asked, is_small: bool) -> Option<Statement> {
    let mut query = Statement::new("with found as materialized (");
    let most = candidates(&mut query, &asked.filter, is_small)?;
    query.push("), hits as (select ").push(KEYS).push(" from found ticket where true");
    meet(&mut query, &Filter { words: None, ..asked.filter.clone() });
    come_after(&mut query, asked);
    query.push(" order by ").push(order(asked.sort, "ticket"));
    query.push(format_args!(
        " limit {}), doubt as (select count(*) > {most} as is_unsure from found)",
        asked.limit + 1
    ));
    finish(&mut query, asked.sort);
    Some(query)
}

/// What an index offers for the rarest conditions, and one more than the number that is answered.
fn candidates(query: &mut Statement, filter: &Filter, is_small: bool) -> Option<i64> {
    if let Some(words) = filter.index_query(is_small) {
        query.push("select ").push(STATE).push(" from search_tickets(").push_bind(words);
        query.push(format_args!("::tsquery, {}, ", GATHERED + 1));
        query.push_bind(filter.only_severity()).push("::smallint) ticket");
        return Some(GATHERED);
    }
    let is_assigned = !filter.assignees.is_empty() && !filter.or_unassigned;
    let is_past_new = is_past_new(filter);
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
    query.push(format_args!(" limit {}", READ + 1));
    Some(READ)
}

/// What the word index offers, group by group in order until the page is full: all of a group, or, where that is too
/// much, slice by slice; sure when no slice was too large.
/// `scores` are those that tickets have.
pub fn slices(asked: &Asked, is_small: bool, scores: &[i16], now: OffsetDateTime) -> Option<Statement> {
    let words = asked.filter.index_query(is_small)?;
    let groups = match asked.sort.key {
        SortKey::Urgency => by_score(asked.sort, scores),
        SortKey::Created => by_day(asked.sort, now),
        SortKey::Severity | SortKey::LastSeen => return None,
    };
    let (names, members): (Vec<_>, Vec<_>) =
        groups.into_iter().map(|(group, members)| (group, members.join(","))).unzip();
    let limit = asked.limit + 1;
    let mut query = Statement::new("with read as (select key.* from unnest(");
    query.push_bind(names).push("::text[], ").push_bind(members).push("::text[]) as grouped (word, slices)");
    query.push(" cross join lateral (with found as materialized (");
    offered(&mut query, asked, &words, "grouped.word", GATHERED);
    query.push(format_args!(
        "), size as materialized (select count(*) <= {GATHERED} as is_small from found) "
    ));
    query
        .push("(select ")
        .push(KEYS)
        .push(", false as is_large from found ticket where (select is_small from size)");
    in_page(&mut query, asked);
    query.push(
        ") union all (select slice.* from unnest(string_to_array(grouped.slices, ',')) as named (word)",
    );
    query.push(" cross join lateral (with found as materialized (");
    offered(&mut query, asked, &words, "named.word", SLICE);
    // First whether it was too large, for a full page ends the reading.
    query.push(") select null::uuid, null::uuid, null::smallint, null::smallint, null::timestamptz, true");
    query.push(format_args!(" from (select count(*) as rows from found) as counted where rows > {SLICE}"));
    query.push(" union all (select ").push(KEYS).push(", false from found ticket where true");
    in_page(&mut query, asked);
    query.push(format_args!(
        ")) as slice where not (select is_small from size) limit {limit})) as key limit {limit}), "
    ));
    query.push("hits as (select * from read where not is_large), ");
    query.push("doubt as (select coalesce(bool_or(is_large), false) as is_unsure from read)");
    finish(&mut query, asked.sort);
    Some(query)
}

/// Up to `most + 1` tickets of the word index that also have the word of `slice`.
fn offered(query: &mut Statement, asked: &Asked, words: &str, slice: &str, most: i64) {
    query.push("select ").push(STATE).push(" from search_tickets((").push_bind(words.to_owned());
    query.push(format_args!(" || ' & ' || {slice})::tsquery, {}, ", most + 1));
    query.push_bind(asked.filter.only_severity()).push("::smallint) ticket");
}

/// The conditions that the words do not tell, and the page's part of what meets them.
fn in_page(query: &mut Statement, asked: &Asked) {
    meet(query, &Filter { words: None, ..asked.filter.clone() });
    come_after(query, asked);
    query
        .push(" order by ")
        .push(order(asked.sort, "ticket"))
        .push(format_args!(" limit {}", asked.limit + 1));
}

/// Every score by itself, in order.
fn by_score(sort: Sort, scores: &[i16]) -> Vec<(String, Vec<String>)> {
    let slices = scores.iter().map(|score| format!("'=u:{score}'")).map(|word| (word.clone(), vec![word]));
    in_direction(slices.collect(), sort)
}

/// Every month with its days, in order; a month ahead of now too, for ids are made by clocks that may be ahead.
fn by_day(sort: Sort, now: OffsetDateTime) -> Vec<(String, Vec<String>)> {
    let last = now.year() * 12 + i32::from(u8::from(now.month()));
    let slices = (last - MONTHS..=last).map(|month| {
        let name = format!("{:04}{:02}", month.div_euclid(12), month.rem_euclid(12) + 1);
        let days = (1..=31).map(|day| format!("'=d:{name}{day:02}'")).collect();
        (format!("'=m:{name}'"), days)
    });
    in_direction(slices.collect(), sort)
}

fn in_direction(mut slices: Vec<(String, Vec<String>)>, sort: Sort) -> Vec<(String, Vec<String>)> {
    if sort.is_descending {
        slices.reverse();
        slices.iter_mut().for_each(|(_, members)| members.reverse());
    }
    slices
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Conditions {
    /// Rows that do not meet them are left out.
    Kept,
    /// Every row comes, with `is_hit`.
    Shown,
}

/// One organization's rows in order: those of the matching stretches of the index, merged as they are read.
pub fn in_order(query: &mut Statement, asked: &Asked, conditions: Conditions, rows: i64) {
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
        // With a limit of its own, or the planner would think it is read to its end and sort it.
        query.push(" order by ").push(order(asked.sort, "ticket")).push(format_args!(" limit {rows})"));
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

/// From `hits` and `doubt` to rows as lists show them; always one row at least, for the doubt.
pub fn finish(query: &mut Statement, sort: Sort) {
    query.push(" select doubt.*, ").push(COLUMNS).push(" from doubt left join (hits join tickets ticket");
    query
        .push(" using (organization_id, id)")
        .push(JOINS)
        .push(") on true order by ")
        .push(order(sort, "hits"));
}
