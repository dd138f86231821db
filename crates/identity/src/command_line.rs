//! What the command line and the first start do: the installation's own deeds, recorded as such.

use notifications::{AccountNotice, NoticeKind, tell_owner};
use platform::audit::{Deed, record};
use platform::db::Scope;
use platform::error::OnConstraint;
use platform::{Actor, App, Error, Result};
use vocab::OrganizationId;

use crate::http::{email_taken, insert_organization};
use crate::model::{
    Membership, NewUser, check_email, check_memberships, check_name, field_errors, normal_email,
};
use crate::password::{Password, first_password, judge};
use crate::service::IdentityService;
use crate::signals::{Changed, commit};
use crate::{announce, store};

/// Who the first administrator is until they say otherwise.
const FIRST_EMAIL: &str = "admin@cibercase.local";
const FIRST_NAME: &str = "Administrator";
const FIRST_ROLE: &str = "admin";

/// What was made at the first start.
#[derive(Debug)]
pub struct FirstAdministrator {
    pub email: &'static str,
    /// Shown once and to be changed at the first sign-in; none when the caller preset one.
    pub generated_password: Option<String>,
    pub organization: OrganizationId,
}

/// Makes the first administrator and the first organization when there is no user yet.
///
/// A preset password is for automation: it must be as good as any other, and need not be changed.
pub async fn ensure_first_administrator(
    app: &App,
    password: Option<String>,
    organization: &str,
) -> Result<Option<FirstAdministrator>> {
    let mut tx = app.db.begin(Scope::System).await?;
    if store::users::is_anybody_there(&mut tx).await? {
        return Ok(None);
    }
    let chosen = password.map(Password::new);
    if let Some(password) = &chosen {
        refuse(judge("password", password, &[FIRST_EMAIL, FIRST_NAME]))?;
    }
    let is_preset = chosen.is_some();
    let (password, generated_password) = first_password(chosen);
    let new = NewUser {
        email: FIRST_EMAIL.to_owned(),
        display_name: FIRST_NAME.to_owned(),
        password_hash: app.service::<IdentityService>().passwords.hash(&password).await?,
        must_change_password: !is_preset,
        memberships: vec![Membership { organization_id: None, role: FIRST_ROLE.to_owned() }],
    };
    let user = store::users::insert(&mut tx, &new).await?;
    let (actor, memberships) = (Actor::system(), &new.memberships);
    announce::user(&mut tx, &actor, "user.created", "created", user, FIRST_EMAIL, memberships).await?;
    let organization = insert_organization(&mut tx, organization, None).await?;
    let deed = Deed::new("organization.created", "organization", organization.id.uuid());
    record(&mut tx, &actor, deed.of(organization.id).called(&organization.name)).await?;
    commit(app, tx, &[Changed::Organizations]).await?;
    Ok(Some(FirstAdministrator { email: FIRST_EMAIL, generated_password, organization: organization.id }))
}

/// Adds a user with one role, in the organization of that name or slug or everywhere, and gives their first password.
pub async fn add_user(
    app: &App,
    email: &str,
    display_name: &str,
    role: &str,
    organization: Option<&str>,
) -> Result<String> {
    let service = app.service::<IdentityService>();
    let mut tx = app.db.begin(Scope::System).await?;
    let organization_id = match organization {
        None => None,
        Some(name) => {
            Some(store::organizations::by_name(&mut tx, name).await?.ok_or_else(|| no_such("organization"))?)
        }
    };
    let memberships = vec![Membership { organization_id, role: role.to_owned() }];
    let (email, display_name) = (normal_email(email), display_name.trim().to_owned());
    let mut errors =
        field_errors([("email", check_email(&email)), ("display_name", check_name(&display_name))]);
    errors.extend(check_memberships(&memberships, |role| service.policies().role(role).is_some()));
    refuse(errors)?;
    let (password, made) = first_password(None);
    let password_hash = service.passwords.hash(&password).await?;
    let new = NewUser { email, display_name, password_hash, must_change_password: true, memberships };
    let user = store::users::insert(&mut tx, &new).await.on_constraint("users_email_key", email_taken)?;
    let actor = Actor::system();
    announce::user(&mut tx, &actor, "user.created", "created", user, &new.email, &new.memberships).await?;
    tx.commit().await?;
    Ok(made.unwrap_or_default())
}

/// Gives a user a new first password and ends their sessions.
pub async fn reset_password(app: &App, email: &str) -> Result<String> {
    let email = normal_email(email);
    let account = store::sessions::account_by_email(app, &email).await?.ok_or_else(|| no_such("user"))?;
    let (password, made) = first_password(None);
    let hash = app.service::<IdentityService>().passwords.hash(&password).await?;
    let mut tx = app.db.begin(Scope::System).await?;
    let held = store::users::lock_memberships(&mut tx, account.id).await?;
    store::users::reset_password(&mut tx, account.id, &hash).await?;
    store::sessions::revoke_all(&mut tx, account.id, None, "password_reset", app.clock.now()).await?;
    let actor = Actor::system();
    tell_owner(&mut tx, &actor, app.clock.now(), AccountNotice::of(account.id, NoticeKind::PasswordReset))
        .await?;
    announce::user(&mut tx, &actor, "user.password_reset", "updated", account.id, &email, &held).await?;
    commit(app, tx, &[Changed::User(account.id)]).await?;
    Ok(made.unwrap_or_default())
}

/// Takes somebody's second factor and recovery codes away and ends their sessions.
pub async fn reset_second_factor(app: &App, email: &str) -> Result<()> {
    let email = normal_email(email);
    let account = store::sessions::account_by_email(app, &email).await?.ok_or_else(|| no_such("user"))?;
    let mut tx = app.db.begin(Scope::System).await?;
    let held = store::users::lock_memberships(&mut tx, account.id).await?;
    if !store::second_factors::remove_all(&mut tx, account.id).await? {
        return Err(no_such("second factor"));
    }
    store::sessions::revoke_all(&mut tx, account.id, None, "second_factor_reset", app.clock.now()).await?;
    let actor = Actor::system();
    tell_owner(
        &mut tx,
        &actor,
        app.clock.now(),
        AccountNotice::of(account.id, NoticeKind::SecondFactorReset),
    )
    .await?;
    announce::user(&mut tx, &actor, "user.second_factor_reset", "updated", account.id, &email, &held).await?;
    commit(app, tx, &[Changed::User(account.id)]).await?;
    Ok(())
}

/// Adds an organization; its slug is made of the name when absent.
pub async fn add_organization(app: &App, name: &str, slug: Option<&str>) -> Result<OrganizationId> {
    let mut tx = app.db.begin(Scope::System).await?;
    let organization = insert_organization(&mut tx, name, slug).await?;
    let deed = Deed::new("organization.created", "organization", organization.id.uuid());
    record(&mut tx, &Actor::system(), deed.of(organization.id).called(&organization.name)).await?;
    commit(app, tx, &[Changed::Organizations]).await?;
    Ok(organization.id)
}

fn refuse(errors: Vec<platform::error::FieldError>) -> Result<()> {
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid(errors)) }
}

fn no_such(noun: &str) -> Error {
    Error::problem(axum::http::StatusCode::NOT_FOUND, "not_found", format!("There is no such {noun}."))
}
