//! Putting the module into a process, and what the command line does.

use std::net::IpAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use mtls::Watch;
use platform::app::AppBuilder;
use platform::config::Config;
use platform::live::{SessionSource, Sessions};
use platform::secrets::{SecretStore, random_hex};
use platform::{App, Principal, Tx};
use policy::{Mistake, Policies, Position};
use sts::{Clients, Sealer, Sts};
use vocab::{OrganizationId, SessionId, UserId};

use crate::directory::Directory;
use crate::limits::bearing;
use crate::model::{NewUser, SessionKind};
use crate::passkey;
use crate::password::Password;
use crate::provider::Providers;
use crate::service::{IdentityService, hash_of, new_token};
use crate::store;

/// The roles that come with the program.
pub const SHIPPED_POLICIES: &str = include_str!("../../../config/iam_policies.yaml");

/// Reads the policy file of the settings, or the shipped one.
///
/// Fails when the file is wrong, when it names a permission that no module has, or when a module asks for a permission
/// that no role grants.
pub fn read_policies(config: &Config, permissions: &[&str]) -> Result<Policies> {
    Ok(read_policies_and_text(config, permissions)?.0)
}

/// The same with the text that they are of.
pub fn read_policies_and_text(config: &Config, permissions: &[&str]) -> Result<(Policies, String)> {
    let path = &config.iam_policies_file;
    let (name, text) = if path.as_os_str().is_empty() {
        ("the shipped roles".to_owned(), SHIPPED_POLICIES.to_owned())
    } else {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
        (name, text)
    };
    let policies = parse_policies(&text, permissions).map_err(|mistakes| {
        let lines = mistakes.iter().map(Mistake::to_string).collect::<Vec<_>>();
        anyhow::anyhow!("{name}: {}", lines.join("\n"))
    });
    Ok((policies?, text))
}

/// The policies of a text, or everything that is wrong with it.
pub fn parse_policies(text: &str, permissions: &[&str]) -> Result<Policies, Vec<Mistake>> {
    let policies = Policies::from_yaml_bearing(text, permissions, bearing)
        .map_err(|mistakes| mistakes.iter().cloned().collect::<Vec<_>>())?;
    let mut found = Vec::new();
    let mut add = |problem: String, suggestion: &str| {
        let at = Position { line: 1, column: 1 };
        found.push(Mistake { at, problem, suggestion: suggestion.to_owned() });
    };
    for permission in permissions {
        let is_granted = policies.roles().any(|role| role.permissions.iter().any(|name| name == permission));
        if !is_granted {
            add(format!("no role grants {permission}"), "some role must, or nobody could use it");
        }
    }
    if found.is_empty() { Ok(policies) } else { Err(found) }
}

/// What refresh tokens are derived with.
pub const API_SECRET: &str = "api-secret";

/// Derives refresh tokens with the first of these from now on, and knows those that the other gave.
pub fn adopt_api_secrets(app: &App, secrets: &[String]) {
    app.service::<IdentityService>().adopt_api_secrets(secrets);
}

/// Opens second factors with all of these secrets from now on, and seals with the first.
pub fn adopt_sealing_secret(app: &App, secrets: &[String]) -> Result<()> {
    app.service::<IdentityService>().sealer.adopt(secrets)
}

/// Seals every second factor anew that another secret than the first seals; says how many.
pub async fn seal_anew(app: &App, tx: &mut Tx) -> platform::Result<usize> {
    let (service, mut count) = (app.service::<IdentityService>(), 0);
    for (user, sealed) in store::second_factors::all_sealed(tx).await? {
        if let Some(anew) = service.sealer.seal_anew(user.uuid().as_bytes(), &sealed)? {
            store::second_factors::keep_sealed(tx, user, &anew).await?;
            count += 1;
        }
    }
    for one in store::passkeys::all_sealed(tx).await? {
        let context = passkey::context(one.user, &one.credential_id);
        if let Some(anew) = service.sealer.seal_anew(&context, &one.sealed_public_key)? {
            store::passkeys::keep_sealed(tx, one.id, &anew).await?;
            count += 1;
        }
    }
    Ok(count)
}

/// Installs the module's state: keys, policies, services, sessions.
pub fn install(
    builder: AppBuilder,
    config: &Config,
    secrets: &SecretStore,
    policies: Arc<Policies>,
    clients: Clients,
) -> Result<AppBuilder> {
    let sts = Sts::open(secrets, &config.public_url)?;
    let sealer = Sealer::open(secrets, crate::second_factor::PURPOSE)?;
    let api_secrets = secrets.versions_or_make(API_SECRET, || random_hex(32))?.secrets();
    let providers = Providers::open(config, secrets, &policies)?;
    let directory = Directory::open(config, secrets, &policies)?;
    let service = IdentityService::new(policies, sts.clone(), sealer, &api_secrets, config);
    let builder = builder.with(Watch::of(&config.mtls, clients.ids()));
    let builder = builder.with(providers).with(directory);
    Ok(builder.with(sts).with(clients).with(service).with(SessionSource(Box::new(Lookup))))
}

/// Tells live connections who their session is.
struct Lookup;

#[async_trait::async_trait]
impl Sessions for Lookup {
    async fn principal(
        &self,
        app: &App,
        session: SessionId,
        ip: Option<IpAddr>,
    ) -> platform::Result<Option<Arc<Principal>>> {
        app.service::<IdentityService>().principal_of(app, session, ip).await
    }
}

/// Adds a user whose password is hashed already.
pub async fn insert_user(tx: &mut Tx, new: &NewUser) -> platform::Result<UserId> {
    Ok(store::users::insert(tx, new).await?)
}

/// The hash to keep of a password that the program itself sets.
pub async fn hash_password(app: &App, password: &str) -> platform::Result<String> {
    app.service::<IdentityService>().passwords.hash(&Password::new(password.to_owned())).await
}

/// The organization of this slug, which never changes; without one, the first there was.
pub async fn find_organization(tx: &mut Tx, name: &str) -> platform::Result<Option<OrganizationId>> {
    Ok(match name {
        "" => store::organizations::first(tx).await?,
        name => store::organizations::by_slug(tx, name).await?,
    })
}

pub async fn insert_organization(tx: &mut Tx, name: &str, slug: &str) -> platform::Result<OrganizationId> {
    Ok(store::organizations::insert(tx, name, slug).await?.id)
}

/// Opens a browser session without asking for a password, and returns the cookie's value.
pub async fn open_browser_session(
    app: &App,
    tx: &mut Tx,
    user: UserId,
) -> platform::Result<(SessionId, String)> {
    let (token, now) = (new_token(), app.clock.now());
    let new = store::sessions::NewSession {
        user,
        kind: SessionKind::Browser,
        token_hash: Some(hash_of(&token)),
        has_second_factor: false,
        now,
        expires_at: now + app.service::<IdentityService>().limits.absolute,
        ip: None,
        user_agent: None,
    };
    Ok((store::sessions::insert(tx, new).await?, token))
}
