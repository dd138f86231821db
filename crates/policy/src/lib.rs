//! Who may do what: policies written in YAML, compiled to Cedar, decisions with their reasons.
//!
//! # Words
//! - **Permission**: `module:verb`, like `tickets:close`. The caller passes the **catalogue** of those that exist.
//! - **Role**: a named set of permissions in the policy file. It may *inherit* the permissions of other roles.
//! - **Restriction**: the circumstances in which the holders of a role may act: networks, hours, organizations, a second
//!   factor, a client certificate, their own items only, a ceiling of severity.
//! - **Service**: a program in a file of its own; its scopes are permissions, and Cedar sees a role of them.
//! - **Mistake**: what is wrong with a file, with its line, its column and a suggestion.
//! - **Decision**: an answer and the ids of the policies that made it, like `role:analyst/restriction:networks`.
//!
//! # Invariants
//! - What no role grants is denied. A role that the file does not have grants nothing.
//! - A restriction overrides every grant: it binds whoever holds the role, also in what another role grants them.
//! - Permissions are inherited, restrictions are not: a ceiling for a junior role does not bind the senior one above.
//! - A restriction looks at facts that the request carries. A fact that is absent breaks none, save for the second
//!   factor and the client certificate, which are absent unless proven; a severity that is not known counts as above
//!   every ceiling.
//! - A restriction on items holds for what people change: one that has nothing to refuse, or on a role that changes something
//!   else too, is a mistake (`Bearing`). What it says is also told apart from Cedar (`ItemLimit`), for who asks about many items.
//! - Every decision is Cedar's. People without restrictions are answered from a table of Cedar's answers, made when
//!   the file is read; a failure inside Cedar is a refusal.
//! - A file with a mistake is refused whole, with all of its mistakes. Anchors, aliases, tags, unknown and duplicate
//!   keys are mistakes.
//! - Pure: no clock, no file, no network.

mod compile;
mod decide;
mod diff;
mod items;
mod judge;
mod mistakes;
mod model;
mod restriction;
mod schema;
mod services;
mod yaml;
mod zones;

pub use decide::{ALL_ORGANIZATIONS, Context, Decision, Policies, Request};
pub use diff::{Diff, GrantChange, RestrictionChange, diff};
pub use items::{Bearing, Bears, ItemLimit};
pub use mistakes::{Mistake, Mistakes, Position};
pub use model::Role;
pub use schema::{POLICIES_SCHEMA, SERVICES_SCHEMA};
pub use services::{Service, ServiceKey, Services};
