//! Keeping what a deed made of tickets: the rows, their history, the audit log, the live changes and the notices, all
//! in the caller's transaction.

use std::collections::BTreeSet;

use notifications::{NewNotice, NoticeKind};
use platform::batch::{self, BatchChange, BatchDeed};
use platform::principal::Actor;
use platform::{App, Result, Tx};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use vocab::{TicketId, UserId};

use crate::people;
use crate::row::{Changed, Entry, TicketRow};
use crate::store::activity::Line;
use crate::store::{activity, links, rows, terms};

/// Larger details are named, not repeated, in the audit log: the ticket's history has them.
const DETAIL_BYTES: usize = 4096;

/// Keeps changes of tickets that this transaction has locked. What changed nothing is left out.
pub async fn keep(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    now: OffsetDateTime,
    changes: &[Changed],
) -> Result<()> {
    let changes = changes.iter().filter(|change| !change.is_nothing()).cloned().collect::<Vec<_>>();
    if changes.is_empty() {
        return Ok(());
    }
    rows::save(tx, &changes).await?;
    for change in changes.iter().filter(|change| change.after.has_other_texts(&change.before)) {
        terms::rebuild(tx, &change.after).await?;
    }
    write_lines(tx, actor, &changes).await?;
    tell(tx, actor, &changes).await?;
    notice(app, tx, actor, now, &changes).await
}

async fn write_lines(tx: &mut Tx, actor: &Actor, changes: &[Changed]) -> Result<(), sqlx::Error> {
    let lines = changes.iter().flat_map(|change| {
        change.entries.iter().map(|entry| Line {
            organization: change.after.organization_id,
            ticket: change.after.id,
            entry,
        })
    });
    activity::write(tx, actor, &lines.collect::<Vec<_>>()).await
}

/// The audit record and the live change of each.
async fn tell(tx: &mut Tx, actor: &Actor, changes: &[Changed]) -> Result<()> {
    let deeds =
        changes.iter().map(|change| deed(actor, change.action, &change.after, detail(&change.entries)));
    let told = changes.iter().map(|change| {
        // The rows were saved just now, which counted their versions up.
        let after = TicketRow { version: change.before.version + 1, ..change.after.clone() };
        live(&after, "updated")
    });
    batch::record_and_tell(tx, &deeds.collect::<Vec<_>>(), &told.collect::<Vec<_>>()).await
}

/// An audit record of a deed on a ticket.
pub fn deed(actor: &Actor, action: &'static str, row: &TicketRow, detail: Option<String>) -> BatchDeed {
    BatchDeed {
        organization: row.organization_id,
        actor_kind: actor.kind,
        actor_id: actor.id,
        actor_name: actor.name.clone(),
        action,
        object_kind: "ticket",
        object_id: row.id.uuid(),
        object_reference: Some(row.reference.clone()),
        detail,
        ip: actor.ip,
        request_id: actor.request_id,
    }
}

/// What lists hear of a ticket.
pub fn live(row: &TicketRow, change: &'static str) -> BatchChange {
    BatchChange {
        organization: row.organization_id,
        topic: "tickets",
        id: row.id.uuid(),
        change,
        data: Some(row.live_data().to_string()),
    }
}

fn detail(entries: &[Entry]) -> Option<String> {
    let mut detail = Map::new();
    for entry in entries {
        detail.insert(entry.kind.to_owned(), entry.detail.clone());
    }
    let text = Value::Object(detail).to_string();
    if text.len() <= DETAIL_BYTES {
        return Some(text);
    }
    let kinds = entries.iter().map(|entry| entry.kind).collect::<Vec<_>>();
    Some(json!({ "changed": kinds }).to_string())
}

async fn notice(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    now: OffsetDateTime,
    changes: &[Changed],
) -> Result<()> {
    let watchers = watchers_who_read(app, tx, changes).await?;
    let mut notices = Vec::new();
    for change in changes {
        let assignee = change.new_assignee();
        notices.extend(assignee.map(|user| new_notice(&change.after, user, NoticeKind::Assigned, None)));
        let watching =
            watchers.iter().filter(|(ticket, user)| *ticket == change.after.id && Some(*user) != assignee);
        let excerpt = change.entries.iter().map(|entry| entry.kind).collect::<Vec<_>>().join(", ");
        notices.extend(
            watching.map(|(_, user)| {
                new_notice(&change.after, *user, NoticeKind::Watched, Some(excerpt.clone()))
            }),
        );
    }
    Ok(notifications::notify(tx, actor, now, &notices).await?)
}

/// The watchers of these tickets who may still read them.
async fn watchers_who_read(app: &App, tx: &mut Tx, changes: &[Changed]) -> Result<Vec<(TicketId, UserId)>> {
    let organizations = changes.iter().map(|change| change.after.organization_id).collect::<BTreeSet<_>>();
    let mut readers = Vec::new();
    for organization in organizations {
        let of_it = changes.iter().filter(|change| change.after.organization_id == organization);
        let ids = of_it.map(|change| change.after.id.uuid()).collect::<Vec<_>>();
        let watchers = links::watchers_of(tx, &ids).await?;
        let people = watchers.iter().map(|(_, user)| *user).collect::<BTreeSet<_>>();
        let people = people.into_iter().collect::<Vec<_>>();
        let able = people::readers(app, tx, organization, &people).await?;
        readers.extend(watchers.into_iter().filter(|(_, user)| able.contains(user)));
    }
    Ok(readers)
}

pub fn new_notice(row: &TicketRow, user: UserId, kind: NoticeKind, excerpt: Option<String>) -> NewNotice {
    NewNotice {
        organization: row.organization_id,
        user,
        kind,
        ticket: row.id,
        ticket_reference: row.reference.clone(),
        ticket_title: row.title.clone(),
        excerpt,
    }
}
