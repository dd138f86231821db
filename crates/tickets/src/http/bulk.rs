//! One change of many tickets: what cannot be changed is named, the rest is.

use std::collections::BTreeSet;

use axum::extract::State;
use platform::{App, Error, ItemPermit, Json, Result, Routes, Tx, again, operations};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vocab::{OrganizationId, Severity, TicketId, UserId};

use super::change::with_members;
use crate::asking::{self, Found};
use crate::checks::Checks;
use crate::model::{Ending, OpenStage, TicketChange};
use crate::row::{self, AssetFacts, Changed, Known, TicketRow};
use crate::store::{rows, statuses};
use crate::{TicketsAssign, TicketsClose, TicketsWrite, deeds, people};

/// Tickets one request may change.
const MOST: usize = 500;

pub fn routes() -> Routes {
    operations![change_tickets]
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkChange {
    #[schema(min_items = 1, max_items = 500)]
    pub ids: Vec<TicketId>,
    pub change: Change,
}

/// What to do with each; closing goes alone.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Change {
    pub stage: Option<OpenStage>,
    #[serde(deserialize_with = "platform::http::present")]
    #[schema(value_type = Option<String>)]
    pub status: Option<Option<String>>,
    #[serde(deserialize_with = "platform::http::present")]
    #[schema(value_type = Option<Uuid>)]
    pub assignee_id: Option<Option<UserId>>,
    pub add_tags: Vec<String>,
    pub remove_tags: Vec<String>,
    pub severity: Option<Severity>,
    pub close: Option<Ending>,
}

#[derive(Debug, Default, Serialize, ToSchema)]
pub struct BulkOutcome {
    pub changed: Vec<BulkChanged>,
    pub failed: Vec<BulkFailed>,
}

impl BulkOutcome {
    fn fail(&mut self, id: TicketId, error: &Error) {
        self.failed.push(BulkFailed { id, code: error.code().to_owned() });
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct BulkChanged {
    pub id: TicketId,
    pub version: i32,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct BulkFailed {
    pub id: TicketId,
    /// The code a request for this ticket alone would have got.
    pub code: String,
}

/// Changes up to 500 tickets alike.
#[utoipa::path(post, path = "/api/v1/tickets/bulk", tag = "tickets", request_body = BulkChange,
    responses((status = 200, body = BulkOutcome)))]
async fn change_tickets(
    permit: ItemPermit<TicketsWrite>,
    State(app): State<App>,
    Json(asked): Json<BulkChange>,
) -> Result<Json<BulkOutcome>> {
    let (ids, change) = checked(asked)?;
    again!({
        let mut tx = permit.begin(&app).await?;
        let mut found = asking::lock(&mut tx, &permit, &ids).await?;
        let mut outcome = BulkOutcome::default();
        let mut rows = Vec::new();
        for id in &ids {
            match ask(&app, &permit, &mut found, *id, &change) {
                Ok(row) => rows.push(row),
                Err(error) => outcome.fail(*id, &error),
            }
        }
        let context = Context::read(&app, &mut tx, &permit, &rows, &change).await?;
        let mut changes = Vec::new();
        for row in rows {
            let id = row.id;
            match context.apply(&app, row, &change) {
                Ok(changed) => changes.push(changed),
                Err(error) => outcome.fail(id, &error),
            }
        }
        outcome.changed = changes.iter().map(version_after).collect();
        let changes = with_members(&mut tx, changes).await?;
        deeds::keep(&app, &mut tx, permit.actor(), app.clock.now(), &changes).await?;
        tx.commit().await?;
        Ok(Json(outcome))
    })
}

fn ask(
    app: &App,
    permit: &ItemPermit<TicketsWrite>,
    found: &mut Vec<Found>,
    id: TicketId,
    change: &Change,
) -> Result<TicketRow> {
    let place = found.iter().position(|found| found.id() == id).ok_or_else(Error::not_found)?;
    found.swap_remove(place).ask_to_assign(app, permit, change.assignee_id)
}

fn version_after(changed: &Changed) -> BulkChanged {
    let counts_up = i32::from(!changed.is_nothing());
    BulkChanged { id: changed.after.id, version: changed.before.version + counts_up }
}

fn checked(asked: BulkChange) -> Result<(Vec<TicketId>, Change)> {
    let mut checks = Checks::default();
    let ids = asked.ids.iter().copied().collect::<BTreeSet<_>>();
    if ids.is_empty() || asked.ids.len() > MOST {
        checks.wrong("ids", format!("has 1 to {MOST} ids"));
    }
    let mut change = asked.change;
    change.add_tags = checks.tags("change.add_tags", &change.add_tags);
    change.remove_tags = checks.tags("change.remove_tags", &change.remove_tags);
    change.status = change.status.map(|key| key.map(|key| checks.line("change.status", &key, 1, 50)));
    if let Some(ending) = &mut change.close {
        ending.reason = checks.text("change.close.reason", &ending.reason, 1, 4000);
        let goes_alone = change.stage.is_none() && change.status.is_none();
        if !goes_alone {
            checks.wrong("change.close", "does not go together with stage or status");
        }
    }
    checks.done((ids.into_iter().collect(), change))
}

/// What the changes need to know, read once for all of them.
struct Context<'a> {
    permit: &'a ItemPermit<TicketsWrite>,
    now: time::OffsetDateTime,
    assets: Vec<(vocab::AssetId, AssetFacts)>,
    statuses: Vec<crate::model::TicketStatus>,
    /// The organizations in which the new assignee may work.
    assignable_in: Vec<OrganizationId>,
}

impl<'a> Context<'a> {
    async fn read(
        app: &App,
        tx: &mut Tx,
        permit: &'a ItemPermit<TicketsWrite>,
        found: &[TicketRow],
        change: &Change,
    ) -> Result<Self> {
        let organizations = found.iter().map(|row| row.organization_id).collect::<BTreeSet<_>>();
        let assets = found.iter().filter_map(|row| Some(row.asset_id?.uuid())).collect::<Vec<Uuid>>();
        let mut assignable_in = Vec::new();
        if let Some(Some(user)) = change.assignee_id {
            for &organization in &organizations {
                if people::check_assignable(app, tx, organization, user).await.is_ok() {
                    assignable_in.push(organization);
                }
            }
        }
        Ok(Self {
            permit,
            now: app.clock.now(),
            assets: if change.severity.is_some() {
                rows::asset_facts(tx, &assets).await?
            } else {
                Vec::new()
            },
            statuses: statuses::list(tx, &organizations.into_iter().collect::<Vec<_>>()).await?,
            assignable_in,
        })
    }

    fn apply(&self, app: &App, row: TicketRow, change: &Change) -> Result<Changed> {
        let organization = row.organization_id;
        if let Some(to) = change.assignee_id
            && to != row.assignee_id
        {
            self.check_assignment(organization, &row, to)?;
        }
        let edit = self.edit_of(&row, change)?;
        let known = self.known(&row, change);
        let mut changed = row::edit(row, &edit, &known, self.now)?;
        asking::ask_severity(app, self.permit, &changed.after)?;
        if let Some(ending) = &change.close {
            super::change::require::<TicketsClose, _>(self.permit, organization)?;
            let closed = row::close(changed.after, ending, self.now)?;
            changed.entries.extend(closed.entries);
            (changed.after, changed.action) = (closed.after, closed.action);
        }
        Ok(changed)
    }

    fn edit_of(&self, row: &TicketRow, change: &Change) -> Result<TicketChange> {
        let mut tags =
            row.tags.iter().filter(|tag| !change.remove_tags.contains(tag)).cloned().collect::<Vec<_>>();
        for tag in &change.add_tags {
            if !tags.contains(tag) {
                tags.push(tag.clone());
            }
        }
        if tags.len() > 20 {
            return Err(Error::problem(
                http::StatusCode::CONFLICT,
                "too_many_tags",
                "A ticket has at most 20 tags.",
            ));
        }
        Ok(TicketChange {
            severity: change.severity,
            stage: change.stage,
            status: change.status.clone(),
            assignee_id: change.assignee_id,
            tags: Some(tags),
            ..TicketChange::default()
        })
    }

    fn known(&self, row: &TicketRow, change: &Change) -> Known {
        let key = change.status.as_ref().and_then(Option::as_deref);
        let status = self
            .statuses
            .iter()
            .find(|status| status.organization_id == row.organization_id && Some(status.key.as_str()) == key);
        let asset = self.assets.iter().find(|(id, _)| Some(*id) == row.asset_id);
        Known {
            asset: asset.map(|(_, facts)| *facts).unwrap_or_default(),
            status_stage: status.map(|status| status.stage),
        }
    }

    fn check_assignment(
        &self,
        organization: OrganizationId,
        row: &TicketRow,
        to: Option<UserId>,
    ) -> Result<()> {
        let me = self.permit.user_id();
        let is_own = to.unwrap_or(me) == me && row.assignee_id.unwrap_or(me) == me;
        if !is_own {
            super::change::require::<TicketsAssign, _>(self.permit, organization)?;
        }
        if to.is_none() || self.assignable_in.contains(&organization) {
            return Ok(());
        }
        Err(Error::invalid_field("assignee_id", "may not work on tickets of this organization"))
    }
}
