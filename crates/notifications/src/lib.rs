//! Notices: what a person should know of, inside the application.
//!
//! Words: a *notice* tells one person that a ticket was assigned to them, that somebody mentioned them, or that what
//! they watch changed; an *account notice* tells of their own account.
//! Tables: `notices`, `account_notices`.
//! Invariants: a notice is written in the transaction of what it tells of; nobody is told of their own deeds, but everybody of
//! what was done to their account, for it may have been somebody else; a notice
//! shows nothing of an organization that its reader may no longer read.

mod account;
mod http;
mod model;
mod store;

use platform::{Module, permission};

pub use account::{AccountNotice, tell_owner};
pub use model::{NewNotice, NoticeKind};
pub use store::{notify, unread};

permission! {
    pub NoticesRead = "notices:read",
}

pub fn module() -> Module {
    Module { name: "notifications", routes: http::routes(), jobs: Vec::new(), permissions: &["notices:read"] }
}
