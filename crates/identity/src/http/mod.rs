//! What people and programs ask of the module.

pub mod audit;
mod organizations;
mod passkeys;
mod password;
mod proof;
mod providers;
mod reset;
mod roles;
mod second_factor;
mod session;
mod sessions;
mod token;
mod users;

use platform::{Error, Result, Routes};

pub use organizations::insert as insert_organization;
pub use users::email_taken;

pub const PERMISSIONS: &[&str] = &[
    "audit:read",
    "organizations:read",
    "organizations:write",
    "roles:read",
    "tickets:read",
    "users:read",
    "users:write",
];

platform::permission! {
    pub AuditRead = "audit:read",
    pub OrganizationsRead = "organizations:read",
    pub OrganizationsWrite = "organizations:write",
    pub RolesRead = "roles:read",
    /// Whoever reads tickets may know whom they can be given to.
    pub TicketsRead = "tickets:read",
    pub UsersRead = "users:read",
    pub UsersWrite = "users:write",
}

pub fn routes() -> Routes {
    session::routes()
        .merge(sessions::routes())
        .merge(providers::routes())
        .merge(password::routes())
        .merge(proof::routes())
        .merge(second_factor::routes())
        .merge(passkeys::routes())
        .merge(token::routes())
        .merge(organizations::routes())
        .merge(users::routes())
        .merge(reset::routes())
        .merge(roles::routes())
        .merge(audit::routes())
}

/// PostgreSQL's text has no NUL; a cursor of ours never does.
fn check_cursor(text: &str) -> Result<()> {
    if text.contains('\0') {
        return Err(Error::bad_request("invalid_cursor", "The cursor is not one of ours."));
    }
    Ok(())
}
