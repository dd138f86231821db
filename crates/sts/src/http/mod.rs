//! What verifiers, administrators and services ask of the module.

mod keys;
mod metadata;
mod states;
mod token;

use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use platform::jobs::Job;
use platform::{App, Module, Routes};
use utoipa_axum::router::UtoipaMethodRouter;

use crate::phases;

/// A token and an assertion fit many times.
const FORM_BYTES: usize = 64 * 1024;

pub fn module() -> Module {
    let every_minute = Duration::from_secs(60);
    Module {
        name: "sts",
        routes: routes(),
        jobs: vec![Job::new("sts.keys", every_minute, |app| async move { phases::tend(&app).await })],
        permissions: &["keys:rotate"],
    }
}

fn routes() -> Routes {
    keys::routes().merge(metadata::routes()).merge(token::routes()).merge(states::routes())
}

/// A route that takes a form and no more.
fn bounded((schemas, paths, router): UtoipaMethodRouter<App>) -> UtoipaMethodRouter<App> {
    (schemas, paths, router.layer(DefaultBodyLimit::max(FORM_BYTES)))
}
