//! Accounts that are made by the word of somebody else: of a provider, or of the directory.

use platform::audit::{Deed, record};
use platform::error::OnConstraint;
use platform::{Actor, App, Error, Result, Tx};
use serde_json::json;
use vocab::UserId;

use crate::announce;
use crate::model::{AccountSource, Membership, NewUser, check_name};
use crate::password::first_password;
use crate::service::IdentityService;
use crate::store::providers::{self as links, NewLink};
use crate::store::users;

/// Somebody new, and who vouches for them.
pub struct Vouched<'a> {
    pub source: AccountSource,
    pub issuer: &'a str,
    pub subject: &'a str,
    /// As the settings call who vouches.
    pub provider: &'a str,
    pub email: String,
    pub name: Option<&'a str>,
    pub memberships: Vec<Membership>,
}

/// Makes the account, linked from the start. Nobody knows the password that it has here. `taken` is the answer when
/// somebody has the address, or an account for the subject.
pub async fn make(
    app: &App,
    tx: &mut Tx,
    vouched: Vouched<'_>,
    actor: &Actor,
    taken: fn() -> Error,
) -> Result<UserId> {
    let Vouched { source, issuer, subject, provider, email, name, memberships } = vouched;
    let name = name.map(str::trim).filter(|name| check_name(name).is_none());
    let (password, _) = first_password(None);
    let new = NewUser {
        display_name: name.map_or_else(|| email.clone(), str::to_owned),
        email,
        password_hash: app.service::<IdentityService>().passwords.hash(&password).await?,
        must_change_password: false,
        memberships,
    };
    let user = users::insert(tx, &new).await.on_constraint("users_email_key", taken)?;
    users::set_source(tx, user, source).await?;
    let link = NewLink { issuer, subject, user, provider, now: app.clock.now() };
    if !links::insert_link(tx, link).await? {
        return Err(taken());
    }
    announce::user(tx, actor, "user.created", "created", user, &new.email, &new.memberships).await?;
    let deed = Deed::new("user.provider_linked", "user", user.uuid()).called(&new.email);
    record(tx, actor, deed.with(json!({ "provider": provider }))).await?;
    Ok(user)
}
