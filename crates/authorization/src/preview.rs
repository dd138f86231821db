//! What a changed policy file would make different: in what it says, and in what people did of late.

use std::sync::Arc;

use identity::{IdentityService, parse_policies};
use platform::{App, Result, Tx};
use policy::{Bearing, Context, Diff, Policies, Request};
use serde::Serialize;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use crate::decisions::KEPT_DAYS;
use crate::explain::{context, decide, reasons};
use crate::file::PolicyFile;
use crate::model::{DecisionReason, KeptDecision, MistakeView};
use crate::store;

/// Of each list of a preview; the counts go on.
const MOST_SHOWN: usize = 200;

/// A permission of a role.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RoleGrant {
    pub role: String,
    pub permission: String,
}

/// A restriction of a role, like `hours: 08:00-20:00 UTC`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RoleRestriction {
    pub role: String,
    pub restriction: String,
}

/// What the file says otherwise than the policies in force.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Difference {
    pub roles_added: Vec<String>,
    pub roles_removed: Vec<String>,
    pub gained: Vec<RoleGrant>,
    pub lost: Vec<RoleGrant>,
    pub restrictions_added: Vec<RoleRestriction>,
    pub restrictions_removed: Vec<RoleRestriction>,
}

/// The decisions kept, asked again.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Replay {
    pub days: i64,
    /// How many decisions were asked again.
    pub decisions: i64,
    /// How many of them would be allowed where they are not now.
    pub gained_count: i64,
    /// How many of them would be refused where they are not now.
    pub lost_count: i64,
    /// The first 200, with the reasons that the changed file gives.
    pub gained: Vec<KeptDecision>,
    pub lost: Vec<KeptDecision>,
}

/// Only one text is looked at at a time.
static TURN: Semaphore = Semaphore::const_new(1);

/// What would come of a changed policy file.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Preview {
    /// Whether the file would be taken up.
    pub is_valid: bool,
    pub mistakes: Vec<MistakeView>,
    pub difference: Difference,
    pub replay: Replay,
}

/// Checks a text and asks what was decided in the transaction's organizations again.
pub async fn preview(app: &App, tx: &mut Tx, text: String) -> Result<Preview> {
    let file = app.service::<PolicyFile>();
    // One at a time: what a text asks for is bounded, and takes a processor for a while.
    let turn = Arc::new(TURN.acquire().await.map_err(anyhow::Error::from)?);
    let reading = turn.clone();
    let read = tokio::task::spawn_blocking(move || {
        let _turn = reading;
        parse_policies(&text, file.permissions())
    });
    let new = match read.await.map_err(anyhow::Error::from)? {
        Ok(new) => new,
        Err(mistakes) => {
            let mistakes = mistakes.iter().map(MistakeView::from).collect();
            return Ok(Preview { mistakes, ..Preview::default() });
        }
    };
    let old = app.service::<IdentityService>().policies();
    let since = (app.clock.now() - time::Duration::days(KEPT_DAYS)).date();
    let kept = store::kept(app, tx, None, since).await?;
    let difference = policy::diff(&old, &new).into();
    let replay = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        replay(&old, &new, kept)
    })
    .await;
    let replay = replay.map_err(anyhow::Error::from)?;
    Ok(Preview { is_valid: true, mistakes: Vec::new(), difference, replay })
}

/// Both are asked with the facts of the last time: what counts is what this file changes, not what others have since.
fn replay(old: &Policies, new: &Policies, kept: Vec<(KeptDecision, Option<String>)>) -> Replay {
    let mut replay = Replay { days: KEPT_DAYS, ..Replay::default() };
    for (mut decision, short_name) in kept.into_iter().filter(|(decision, _)| !is_of_item(decision)) {
        let roles = decision.roles.iter().map(String::as_str).collect::<Vec<_>>();
        let context = context(short_name.as_deref(), decision.last_address, decision.last_at);
        let bare = Request { roles: &roles, permission: &decision.permission, context };
        // Who was let in by policies that ask for a second factor or a certificate had shown it; of others nobody knows.
        let had_shown = decision.is_allowed && !old.decide(&bare).is_allowed;
        let context = Context { has_mfa: had_shown, has_client_certificate: had_shown, ..bare.context };
        let request = Request { context, ..bare };
        let (before, after) = (decide(old, &request), decide(new, &request));
        replay.decisions += decision.count;
        let (count, shown) = match (before.is_allowed, after.is_allowed) {
            (false, true) => (&mut replay.gained_count, &mut replay.gained),
            (true, false) => (&mut replay.lost_count, &mut replay.lost),
            _ => continue,
        };
        *count += decision.count;
        if shown.len() < MOST_SHOWN {
            decision.reasons = reasons(new, &after.reasons);
            shown.push(decision);
        }
    }
    replay
}

/// Whether it is a refusal of items: which they were is not kept, and without them nothing would refuse.
fn is_of_item(decision: &KeptDecision) -> bool {
    let is_asked = |reason: &DecisionReason| {
        let key = reason.restriction.as_deref().and_then(|text| text.split(':').next());
        key.is_some_and(|key| {
            matches!(key, "own_items" | "severity_ceiling")
                && identity::bearing(key, &decision.permission) == Bearing::Asks
        })
    };
    !decision.is_allowed && decision.reasons.iter().any(is_asked)
}

impl From<Diff> for Difference {
    fn from(diff: Diff) -> Self {
        let grants = |changes: Vec<policy::GrantChange>| {
            changes
                .into_iter()
                .map(|change| RoleGrant { role: change.role, permission: change.permission })
                .collect()
        };
        let restrictions = |changes: Vec<policy::RestrictionChange>| {
            let view = |change: policy::RestrictionChange| RoleRestriction {
                role: change.role,
                restriction: change.restriction,
            };
            changes.into_iter().map(view).collect()
        };
        Self {
            roles_added: diff.roles_added,
            roles_removed: diff.roles_removed,
            gained: grants(diff.gained),
            lost: grants(diff.lost),
            restrictions_added: restrictions(diff.restrictions_added),
            restrictions_removed: restrictions(diff.restrictions_removed),
        }
    }
}
