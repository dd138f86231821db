//! People, organizations, roles and sessions: who calls, and what they may do.
//!
//! Words: a **user** is a person; a **membership** is a role in one organization, or in all of them; a **session** is
//! carried by a browser's cookie or by a program's tokens; a **principal** is a user as a request knows them; a **second factor**
//! is a code of an authenticator app or a **passkey**, or a recovery code in their place; a **challenge** asks a browser for one;
//! a **provider** (OpenID Connect) vouches for whoever is **linked** with it, by issuer and subject; the **directory** (LDAP) says
//! whether a password is that of somebody of its own.
//! Tables: `organizations`, `users`, `memberships`, `sessions`, `refresh_tokens`, `totp_factors`,
//! `recovery_codes`, `sign_in_challenges`, `passkeys`, `passkey_challenges`, `enrolled_people`, `devices`,
//! `linked_identities`, `provider_attempts`; reads `audit_records`.
//! Invariants: a token is kept as its hash only; whatever ends a session ends it at once on this node and, by a signal,
//! on the others; nobody grants what they lack; an unknown user is answered like a wrong password, and as slowly; a code is good once;
//! whoever has a second factor opens no session without it;
//! an account is linked by its own person, or made by a provider's word: never found by an address alone;
//! a dangerous act takes a fresh proof;
//! the way of a request with a known session is one look-up in memory.

mod access;
mod announce;
mod cache;
mod challenge;
mod command_line;
mod cookie;
mod danger;
mod device;
mod directory;
mod holders;
mod http;
mod jobs;
mod layer;
mod limits;
mod me;
mod model;
mod passkey;
mod password;
mod provider;
mod refresh;
mod rights;
mod second_factor;
mod service;
mod services;
mod setup;
mod sign_in;
mod signals;
mod store;
mod totp;
mod vouched;

use platform::Module;

pub use command_line::{
    FirstAdministrator, add_organization, add_user, ensure_first_administrator, reset_password,
    reset_second_factor,
};
pub use danger::{Asks, DANGEROUS};
pub use holders::holders;
pub use layer::layer;
pub use limits::bearing;
pub use me::{Me, me};
pub use model::{Membership, NewUser, SessionKind};
pub use service::IdentityService;
pub use setup::{
    API_SECRET, SHIPPED_POLICIES, adopt_api_secrets, adopt_sealing_secret, find_organization, hash_password,
    insert_organization, insert_user, install, open_browser_session, parse_policies, read_policies,
    read_policies_and_text, seal_anew,
};
pub use signals::{organizations_changed, start};

/// What the process needs to know of the module.
pub fn module() -> Module {
    Module { name: "identity", routes: http::routes(), jobs: jobs::jobs(), permissions: http::PERMISSIONS }
}
