//! People: their sessions and tokens, and who vouches for them.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use serde::Deserialize;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionConfig {
    pub idle_seconds: u64,
    pub absolute_seconds: u64,
    pub access_token_seconds: u64,
    pub allow_password_grant: bool,
    pub concurrent_password_checks: usize,
}

/// Signing in through others.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInConfig {
    pub providers: Vec<ProviderConfig>,
    pub directory: DirectoryConfig,
}

impl SignInConfig {
    /// The names of the secrets that providers and the directory have given.
    pub fn secrets(&self) -> BTreeSet<String> {
        let of_providers = self.providers.iter().map(|provider| provider.secret_name().into_owned());
        let of_directory = (!self.directory.url.is_empty()).then(|| self.directory.secret.clone());
        of_providers.chain(of_directory).collect()
    }

    /// Whoever reads the audit log tells a provider from the directory by its id.
    pub(super) fn check(&self) -> Result<()> {
        ensure!(
            self.providers.iter().all(|provider| provider.id != "directory"),
            "sign_in.providers: \"directory\" is what the directory (LDAP) is called in the audit log and in links; choose another id"
        );
        Ok(())
    }
}

/// A provider of OpenID Connect.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// Small letters, digits and hyphens: part of the address that people come back to.
    pub id: String,
    pub label: String,
    /// Exactly as the provider spells it.
    pub issuer: String,
    pub client_id: String,
    /// The name of the client's secret among the secrets; empty: `oidc-` and the id.
    #[serde(default)]
    pub secret: String,
    /// Hosts beside the issuer's, and networks beside the Internet's, that may be called for it.
    #[serde(default)]
    pub egress: String,
    /// Empty: the authorities that browsers believe.
    #[serde(default)]
    pub ca_file: PathBuf,
    /// Values of `amr` and of `acr` that stand for a second factor.
    #[serde(default)]
    pub second_factor_amr: Vec<String>,
    #[serde(default)]
    pub second_factor_acr: Vec<String>,
    /// What somebody gets who has no account yet; absent: none is made.
    #[serde(default)]
    pub new_people: Option<NewPeopleConfig>,
}

impl ProviderConfig {
    /// The name of the client's secret among the secrets.
    pub fn secret_name(&self) -> Cow<'_, str> {
        match self.secret.as_str() {
            "" => format!("oidc-{}", self.id).into(),
            name => name.into(),
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPeopleConfig {
    /// The organization's slug.
    pub organization: String,
    pub role: String,
}

/// A directory (LDAP) whose people sign in with their password there.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectoryConfig {
    /// Empty: none.
    pub url: String,
    /// TLS over the port of `ldap://`.
    pub starttls: bool,
    /// Without TLS, to this machine alone.
    pub allow_plain: bool,
    /// Empty: the authorities that browsers believe.
    pub ca_file: PathBuf,
    /// Who looks people up there.
    pub bind_dn: String,
    /// The name of its password among the secrets.
    pub secret: String,
    pub base: String,
    /// `{login}` is the address that somebody signs in with.
    pub filter: String,
    /// What the directory never gives to somebody else.
    pub subject_attribute: String,
    pub email_attribute: String,
    pub name_attribute: String,
    /// Empty: groups are read from `memberOf` of the person.
    pub group_base: String,
    /// `{dn}` is the person's name in the directory.
    pub group_filter: String,
    /// What groups stand for; whoever is in none of these stays out.
    pub groups: Vec<GroupConfig>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupConfig {
    /// The group's whole name: `cn=soc,ou=groups,dc=example,dc=org`.
    pub group: String,
    /// The organization's slug; `*` for all of them.
    pub organization: String,
    pub role: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokensConfig {
    /// How long a key signs before the next one does.
    pub key_days: u32,
    /// How long a key is published before it signs.
    pub publish_seconds: u32,
}
