//! The directory (LDAP, RFC 4511): asked whether a password is somebody's, and which groups they are in.
//!
//! Whoever is found by no entry, or by more than one, is tried against an entry that there is not: it takes as long.

mod admit;
mod ask;
mod failures;
mod groups;

use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use platform::config::{Config, DirectoryConfig};
use platform::secrets::{Secret, SecretStore};
use policy::Policies;
use tokio::sync::Semaphore;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;

use failures::Failures;

pub use admit::{ISSUER, confirms, prove};

const LOGIN: &str = "{login}";
const DN: &str = "{dn}";
/// Whoever comes beyond that waits: a directory has other work.
const CONVERSATIONS: usize = 8;

/// The directory, where the settings name one.
#[derive(Default)]
pub struct Directory(Option<Server>);

/// What is needed to ask it.
struct Server {
    settings: DirectoryConfig,
    secret: Secret,
    tls: Arc<ClientConfig>,
    conversations: Semaphore,
    failures: Failures,
}

/// Somebody whose password the directory takes.
#[derive(Debug)]
struct Person {
    /// What the directory never gives to another entry.
    subject: String,
    email: String,
    name: String,
    /// The names of their groups.
    groups: Vec<String>,
}

impl Directory {
    /// Fails when the settings do not fit together; asks nobody yet.
    pub fn open(config: &Config, secrets: &SecretStore, policies: &Policies) -> Result<Self> {
        let settings = &config.sign_in.directory;
        if settings.url.is_empty() {
            return Ok(Self(None));
        }
        Ok(Self(Some(Server::open(settings, secrets, policies).context("sign_in.directory")?)))
    }
}

impl Server {
    fn open(settings: &DirectoryConfig, secrets: &SecretStore, policies: &Policies) -> Result<Self> {
        check_transport(settings)?;
        ensure!(!settings.base.is_empty() && !settings.bind_dn.is_empty(), "base and bind_dn are set");
        ensure!(settings.filter.contains(LOGIN), "the filter says where the address goes: {LOGIN}");
        let is_told = settings.group_base.is_empty() || settings.group_filter.contains(DN);
        ensure!(is_told, "the group_filter says where the person's name goes: {DN}");
        for group in &settings.groups {
            ensure!(policies.role(&group.role).is_some(), "groups: there is no role {:?}", group.role);
        }
        let name = &settings.secret;
        let secret = secrets.get(name)?;
        let secret =
            secret.with_context(|| format!("there is no secret {name}: cibercase secrets put {name}"))?;
        let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(secure_client::roots(&settings.ca_file)?)
            .with_no_client_auth();
        Ok(Self {
            settings: settings.clone(),
            secret: secret.into(),
            tls: Arc::new(tls),
            conversations: Semaphore::new(CONVERSATIONS),
            failures: Failures::default(),
        })
    }
}

/// Passwords go over TLS, or no further than this machine and only when that is said.
fn check_transport(settings: &DirectoryConfig) -> Result<()> {
    let uri: http::Uri = settings.url.parse().context("the url is no address")?;
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    ensure!(!host.is_empty(), "the url has no host");
    let is_literal_v6 = uri.host().is_some_and(|host| host.starts_with('['));
    let is_here = host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match (uri.scheme_str(), settings.starttls) {
        (_, true) | (Some("ldaps"), _) if is_literal_v6 => {
            bail!("certificates are of names: write one in place of the address")
        }
        (Some("ldaps"), false) | (Some("ldap"), true) => Ok(()),
        (Some("ldaps"), true) => bail!("ldaps is TLS from the start: set starttls = false"),
        (Some("ldap"), false) if settings.allow_plain && is_here => Ok(()),
        (Some("ldap"), false) => {
            bail!("without TLS passwords go no further than a loopback address, and there with allow_plain")
        }
        _ => bail!("the url is ldaps://host or ldap://host"),
    }
}
