//! What people and programs ask of the module.

use platform::Routes;

pub const PERMISSIONS: &[&str] = &[];

pub fn routes() -> Routes {
    Routes::default()
}
