//! Asking about tickets before they are changed, under the lock under which they are.
//!
//! A ticket is somebody's own when they have it, or when nobody has it and they made it. What nobody has may be taken as
//! long as it is open. A survivor is as severe as the severest that was merged into it, for its end is theirs too; whoever
//! has it has what was merged into it.

use std::collections::BTreeSet;

use platform::items::Item;
use platform::{App, Error, ItemPermit, Permission, Result, Tx};
use vocab::{Severity, TicketId, UserId};

use crate::row::TicketRow;
use crate::store::{merges, rows};

/// A locked ticket that is yet to be asked about.
pub struct Found {
    row: TicketRow,
    severity: Severity,
}

impl Found {
    pub fn id(&self) -> TicketId {
        self.row.id
    }

    /// The ticket, where the caller may change it.
    pub fn ask<P: Permission>(self, app: &App, permit: &ItemPermit<P>) -> Result<TicketRow> {
        self.ask_to_assign(app, permit, None)
    }

    /// The ticket, where the caller may change it, and with it who has it.
    pub fn ask_to_assign<P: Permission>(
        self,
        app: &App,
        permit: &ItemPermit<P>,
        to: Option<Option<UserId>>,
    ) -> Result<TicketRow> {
        let me = permit.user_id();
        let is_taken = to == Some(Some(me)) && self.row.assignee_id.is_none() && self.row.stage.is_open();
        let is_own = is_taken || is_own(&self.row, me);
        let organization = self.row.organization_id;
        permit.ask(app, Item { organization, is_own, severity: self.severity })?;
        Ok(self.row)
    }
}

fn is_own(row: &TicketRow, me: UserId) -> bool {
    match row.assignee_id {
        Some(holder) => holder == me,
        None => row.created_by == Some(me),
    }
}

/// Refuses a severity that the caller may not give to a ticket which is theirs to change.
pub fn ask_severity<P: Permission>(app: &App, permit: &ItemPermit<P>, row: &TicketRow) -> Result<()> {
    let (organization, severity) = (row.organization_id, row.severity);
    permit.ask(app, Item { organization, is_own: true, severity })
}

/// One ticket, locked; 404 when it is not there for the caller.
pub async fn find<P: Permission>(tx: &mut Tx, permit: &ItemPermit<P>, id: TicketId) -> Result<Found> {
    lock(tx, permit, &[id]).await?.pop().ok_or_else(Error::not_found)
}

/// One ticket, locked, that the caller may change.
pub async fn lock_one<P: Permission>(
    app: &App,
    tx: &mut Tx,
    permit: &ItemPermit<P>,
    id: TicketId,
) -> Result<TicketRow> {
    find(tx, permit, id).await?.ask(app, permit)
}

/// These tickets, locked; the caller may change all of them.
pub async fn lock_all<P: Permission>(
    app: &App,
    tx: &mut Tx,
    permit: &ItemPermit<P>,
    ids: &[TicketId],
) -> Result<Vec<TicketRow>> {
    lock(tx, permit, ids).await?.into_iter().map(|found| found.ask(app, permit)).collect()
}

/// These tickets, locked until the transaction ends.
pub async fn lock<P: Permission>(
    tx: &mut Tx,
    permit: &ItemPermit<P>,
    ids: &[TicketId],
) -> Result<Vec<Found>> {
    let rows = rows::lock(tx, permit.reach(), ids).await?;
    let members = members_where_limited(tx, permit, &rows).await?;
    let severity = |row: &TicketRow| {
        let its = members.iter().filter(|member| member.merged_into == Some(row.id));
        its.map(|member| member.severity).fold(row.severity, Ord::max)
    };
    Ok(rows.into_iter().map(|row| Found { severity: severity(&row), row }).collect())
}

/// What was merged into these tickets, where that makes a difference to the caller.
async fn members_where_limited<P: Permission>(
    tx: &mut Tx,
    permit: &ItemPermit<P>,
    rows: &[TicketRow],
) -> Result<Vec<TicketRow>> {
    let organizations = rows.iter().map(|row| row.organization_id);
    let limited = organizations.filter(|id| permit.is_limited_in(*id)).collect::<BTreeSet<_>>();
    let mut members = Vec::new();
    for organization in limited {
        let survivors = rows.iter().filter(|row| row.organization_id == organization);
        let survivors = survivors.map(|row| row.id.uuid()).collect::<Vec<_>>();
        let ids = merges::member_ids(tx, organization, &survivors).await?;
        members.extend(rows::lock(tx, &[organization], &ids).await?);
    }
    Ok(members)
}
