//! Rules: what in the stream of events is worth an alert.
//!
//! Words: a *rule* is a Sigma rule with its settings; a *built-in* rule comes with the program and is for every organization;
//! a *firing* is a rule that wants an alert; a *suppression* keeps a rule quiet about some events until a date.
//! Tables: `rules`, `rule_suppressions`, `rule_hits`, `rule_firings`.
//! Invariants: a rule of an organization never meets another's events; what fires twice after a replay has the same
//! delivery key; every node follows changes without a restart.

mod built_in;
mod engine;
mod firing;
mod follow;
mod http;
mod model;
mod quiet;
mod store;

use std::time::Duration;

use platform::db::Scope;
use platform::jobs::Job;
use platform::{App, Module, Result, permission};

pub use engine::{Engine, Evaluation, Seen};
pub use firing::Firing;
pub use follow::{record, start};
pub use model::{RuleDetail, RuleSummary};

permission! {
    pub RulesRead = "rules:read",
    pub RulesWrite = "rules:write",
}

/// Hits are counted by the hour, and kept so long.
const HITS_KEPT: time::Duration = time::Duration::days(90);

pub fn module() -> Module {
    Module {
        name: "rules",
        routes: http::routes(),
        jobs: vec![Job::new("rules.hits", Duration::from_secs(24 * 3600), |app| async move {
            forget_old_hits(&app).await
        })],
        permissions: &["rules:read", "rules:write"],
    }
}

async fn forget_old_hits(app: &App) -> Result<()> {
    let mut tx = app.db.begin(Scope::System).await?;
    store::forget_old_hits(&mut tx, app.clock.now() - HITS_KEPT).await?;
    Ok(tx.commit().await?)
}
