//! Merging without loss: what a member was is written down, and a split or an undo makes it that again.
//!
//! The survivor adds its members' counts to its own; a member keeps its alerts, its counts and its history. A survivor
//! that is merged brings its members along, so that the way from any ticket to the one worked on is one step.

use platform::{App, Error, ItemPermit, Result, Tx};
use serde_json::json;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use vocab::{OrganizationId, Stage, TicketId};

use crate::row::{Changed, TicketRow, refuse_merged};
use crate::store::merges::{self, Member, Merge, Seen, UNDO_SECONDS, Was};
use crate::store::rows;
use crate::{TicketsMerge, asking, deeds};

/// Merges `members` into `survivor` and returns the merge's id.
pub async fn merge(
    app: &App,
    tx: &mut Tx,
    permit: &ItemPermit<TicketsMerge>,
    now: OffsetDateTime,
    survivor: TicketId,
    members: &[TicketId],
) -> Result<Uuid> {
    let asked = [&[survivor], members].concat();
    let found = asking::lock_all(app, tx, permit, &asked).await?;
    let find = |id: TicketId| found.iter().find(|row| row.id == id).cloned().ok_or_else(Error::not_found);
    let into = find(survivor)?;
    let named = members.iter().map(|id| find(*id)).collect::<Result<Vec<_>>>()?;
    check(&into, &named)?;
    // The members of members come along.
    let organization = into.organization_id;
    let named_ids = named.iter().map(|row| row.id.uuid()).collect::<Vec<_>>();
    let further = merges::member_ids(tx, organization, &named_ids).await?;
    let further = rows::lock(tx, &[organization], &further).await?;
    let mut changes =
        named.iter().chain(&further).map(|row| become_member(row, &into, now)).collect::<Vec<_>>();
    let written = changes.iter().map(member_of).collect::<Vec<_>>();
    changes.push(take_in(&into, &named));
    deeds::keep(app, tx, permit.actor(), now, &changes).await?;
    if let Some(survivor) = changes.last() {
        merges::set_counts(tx, &survivor.after).await?;
    }
    let merge = Merge {
        id: Uuid::now_v7(),
        organization,
        survivor,
        merged_at: now,
        survivor_was: Seen { first_at: into.first_seen_at, last_at: into.last_seen_at },
        survivor_version: into.version + 1,
        is_undone: false,
    };
    merges::insert(tx, &merge, permit.user_id(), &written).await?;
    Ok(merge.id)
}

fn check(into: &TicketRow, members: &[TicketRow]) -> Result<()> {
    refuse_merged(into)?;
    if members.iter().any(|row| row.organization_id != into.organization_id) {
        return Err(Error::conflict(
            "different_organizations",
            "Tickets of different organizations stay apart.",
        ));
    }
    match members.iter().find(|row| row.merged_into.is_some()) {
        None => Ok(()),
        Some(row) => {
            Err(Error::conflict("ticket_is_merged", format!("{} was merged already.", row.reference))
                .with_context(json!({ "id": row.id, "survivor_id": row.merged_into })))
        }
    }
}

fn become_member(row: &TicketRow, into: &TicketRow, now: OffsetDateTime) -> Changed {
    let mut changed = Changed::of(row.clone(), "ticket.merged");
    let after = &mut changed.after;
    after.merged_into = Some(into.id);
    after.stage = Stage::Closed;
    after.status_key = None;
    after.closed_at = after.closed_at.or(Some(now));
    changed.note("merged", json!({ "into": { "id": into.id, "reference": into.reference } }));
    changed
}

fn member_of(changed: &Changed) -> Member {
    Member {
        merge: Uuid::nil(),
        id: changed.before.id,
        was: Was::of(&changed.before),
        version: changed.before.version + 1,
        is_split: false,
    }
}

/// The survivor with the counts of what it takes in. Members of members are part of their survivor's counts.
fn take_in(into: &TicketRow, members: &[TicketRow]) -> Changed {
    let mut changed = Changed::of(into.clone(), "ticket.merged");
    let after = &mut changed.after;
    for member in members {
        after.alert_count += member.alert_count;
        after.occurrences += member.occurrences;
        after.first_seen_at = after.first_seen_at.min(member.first_seen_at);
        after.last_seen_at = after.last_seen_at.max(member.last_seen_at);
    }
    let taken =
        members.iter().map(|row| json!({ "id": row.id, "reference": row.reference })).collect::<Vec<_>>();
    changed.note("merged", json!({ "members": taken }));
    changed
}

/// Makes a member what it was before its first merge. What had been merged into it before goes with it.
pub async fn split(
    app: &App,
    tx: &mut Tx,
    permit: &ItemPermit<TicketsMerge>,
    now: OffsetDateTime,
    survivor: TicketId,
    member: TicketId,
) -> Result<()> {
    let found = asking::lock_all(app, tx, permit, &[survivor, member]).await?;
    let find = |id: TicketId| found.iter().find(|row| row.id == id).cloned().ok_or_else(Error::not_found);
    let (from, out) = (find(survivor)?, find(member)?);
    if out.merged_into != Some(from.id) {
        return Err(Error::conflict("not_a_member", "That ticket is not merged into this one."));
    }
    let organization = from.organization_id;
    let way = merges::way_of(tx, organization, member).await?;
    let Some(first) = way.first() else { return Err(Error::not_found()) };
    let mut changes = vec![restore(&out, Was { merged_into: None, ..first.was.clone() }, &from)];
    // Where it came along with another one, that one has lost it too.
    let via = way.last().and_then(|last| last.was.merged_into);
    let with_it = followers(tx, organization, &way, member).await?;
    changes.extend(with_it.iter().map(|(row, was)| restore(row, was.clone(), &from)));
    changes.push(let_go(&from, std::slice::from_ref(&out)));
    deeds::keep(app, tx, permit.actor(), now, &changes).await?;
    let merged = way.iter().map(|step| step.merge).collect::<Vec<_>>();
    merges::mark_split(tx, organization, &merged, &[member.uuid()], now).await?;
    let gone = with_it.iter().map(|(row, _)| row.id.uuid()).collect::<Vec<_>>();
    merges::mark_split(tx, organization, &merged, &gone, now).await?;
    recount(tx, organization, survivor, &out).await?;
    if let Some(via) = via {
        recount(tx, organization, via, &out).await?;
    }
    Ok(())
}

/// The tickets that came along with `member` in its latest merge, and what they are without it.
async fn followers(
    tx: &mut Tx,
    organization: OrganizationId,
    way: &[Member],
    member: TicketId,
) -> Result<Vec<(TicketRow, Was)>> {
    let Some(last) = way.last() else { return Ok(Vec::new()) };
    let all = merges::members_of(tx, organization, last.merge).await?;
    let came_along = all.into_iter().filter(|other| other.was.merged_into == Some(member) && !other.is_split);
    let came_along = came_along.collect::<Vec<_>>();
    let ids = came_along.iter().map(|other| other.id).collect::<Vec<_>>();
    let rows = rows::lock(tx, &[organization], &ids).await?;
    let with_was = rows.into_iter().filter_map(|row| {
        let was = came_along.iter().find(|other| other.id == row.id)?.was.clone();
        Some((row, was))
    });
    Ok(with_was.collect())
}

fn restore(row: &TicketRow, was: Was, from: &TicketRow) -> Changed {
    let mut changed = Changed::of(row.clone(), "ticket.split");
    was.restore(&mut changed.after);
    changed.note("split", json!({ "from": { "id": from.id, "reference": from.reference } }));
    changed
}

fn let_go(from: &TicketRow, members: &[TicketRow]) -> Changed {
    let mut changed = Changed::of(from.clone(), "ticket.split");
    let gone =
        members.iter().map(|row| json!({ "id": row.id, "reference": row.reference })).collect::<Vec<_>>();
    changed.note("split", json!({ "members": gone }));
    changed
}

/// Takes what left out of a survivor's counts, and works out anew when its alerts were seen.
async fn recount(
    tx: &mut Tx,
    organization: OrganizationId,
    survivor: TicketId,
    gone: &TicketRow,
) -> Result<()> {
    let Some(mut row) = rows::lock(tx, &[organization], &[survivor]).await?.pop() else { return Ok(()) };
    row.alert_count = (row.alert_count - gone.alert_count).max(0);
    row.occurrences = (row.occurrences - gone.occurrences).max(0);
    if let Some(own) = merges::seen_before(tx, organization, survivor).await? {
        let ids = merges::member_ids(tx, organization, &[survivor.uuid()]).await?;
        let rest = rows::lock(tx, &[organization], &ids).await?;
        row.first_seen_at = rest.iter().map(|member| member.first_seen_at).fold(own.first_at, Ord::min);
        let last = rest.iter().map(|member| member.last_seen_at).fold(own.last_at, Ord::max);
        // Later than anything that was merged: alerts came to the survivor itself since.
        let came_later = row.last_seen_at > last.max(gone.last_seen_at);
        row.last_seen_at = if came_later { row.last_seen_at } else { last };
    }
    Ok(merges::set_counts(tx, &row).await?)
}

/// Undoes a merge within [`UNDO_SECONDS`], unless one of its tickets was changed since.
pub async fn undo(
    app: &App,
    tx: &mut Tx,
    permit: &ItemPermit<TicketsMerge>,
    now: OffsetDateTime,
    merge_id: Uuid,
) -> Result<()> {
    let merge = merges::find(tx, permit.reach(), merge_id).await?.ok_or_else(Error::not_found)?;
    if merge.is_undone {
        return Err(Error::conflict("already_undone", "That merge was undone already."));
    }
    if now > merge.merged_at + Duration::seconds(UNDO_SECONDS) {
        return Err(Error::conflict(
            "undo_expired",
            "That merge is too old to undo; split the tickets instead.",
        ));
    }
    let organization = merge.organization;
    let members = merges::members_of(tx, organization, merge_id).await?;
    let ids = members.iter().map(|member| member.id).chain([merge.survivor]).collect::<Vec<_>>();
    let found = asking::lock_all(app, tx, permit, &ids).await?;
    let from = found.iter().find(|row| row.id == merge.survivor).ok_or_else(Error::not_found)?;
    let mut changes = Vec::new();
    let mut is_changed = from.version != merge.survivor_version;
    for member in &members {
        let row = found.iter().find(|row| row.id == member.id).ok_or_else(Error::not_found)?;
        is_changed |= member.is_split || row.version != member.version;
        changes.push(restore(row, member.was.clone(), from));
    }
    if is_changed {
        return Err(Error::conflict(
            "changed_since",
            "Somebody changed one of these tickets since the merge.",
        ));
    }
    // Members of members are part of their survivor's counts.
    let own = changes.iter().filter(|change| change.after.merged_into.is_none());
    let gone = own.map(|change| change.after.clone()).collect::<Vec<_>>();
    changes.push(let_go(from, &gone));
    deeds::keep(app, tx, permit.actor(), now, &changes).await?;
    for row in &gone {
        recount(tx, organization, merge.survivor, row).await?;
    }
    Ok(merges::mark_undone(tx, merge_id, now).await?)
}
