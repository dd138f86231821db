//! THE list of modules.

use platform::config::Config;
use platform::{Module, live};

pub fn all() -> Vec<Module> {
    vec![
        alerts::module(),
        assets::module(),
        audit::module(),
        authorization::module(),
        collector::module(),
        dashboard::module(),
        events::module(),
        identity::module(),
        intake::module(),
        live::module(),
        mtls::module(),
        monitoring::module(),
        notifications::module(),
        rotation::module(),
        rules::module(),
        sts::module(),
        tickets::module(),
    ]
}

/// What a process of these roles serves: people's side with `api`, senders' side with `ingest`.
pub fn of_roles(config: &Config) -> Vec<Module> {
    match (config.has_role("api"), config.has_role("ingest")) {
        (true, true) => all(),
        (true, false) => {
            let mut modules = all();
            modules.retain(|module| module.name != "intake");
            modules.push(intake::administration());
            modules
        }
        (false, true) => vec![intake::receiving()],
        (false, false) => Vec::new(),
    }
}

/// Every permission that some module's routes ask for.
pub fn permissions() -> Vec<&'static str> {
    let mut permissions = all().iter().flat_map(|module| module.permissions).copied().collect::<Vec<_>>();
    permissions.sort_unstable();
    permissions.dedup();
    permissions
}
