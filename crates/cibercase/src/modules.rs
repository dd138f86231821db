//! THE list of modules.

use platform::{Module, live};

pub fn all() -> Vec<Module> {
    vec![
        alerts::module(),
        assets::module(),
        dashboard::module(),
        identity::module(),
        intake::module(),
        live::module(),
        notifications::module(),
        sts::module(),
        tickets::module(),
    ]
}

/// Every permission that some module's routes ask for.
pub fn permissions() -> Vec<&'static str> {
    let mut permissions = all().iter().flat_map(|module| module.permissions).copied().collect::<Vec<_>>();
    permissions.sort_unstable();
    permissions.dedup();
    permissions
}
