//! Providers of OpenID Connect: who they are, and how they are asked (Core 1.0, Discovery 1.0, RFC 7636, RFC 9207).
//!
//! What a provider says is believed as far as its issuer's own keys sign it for us and for this one attempt.

mod discovery;
mod exchange;
mod flow;
mod id_token;

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use platform::config::{Config, NewPeopleConfig, ProviderConfig};
use platform::secrets::SecretStore;
use policy::Policies;
use secure_client::{Client, Egress, Settings};
use zeroize::Zeroizing;

pub use flow::{Arrived, Attempt, LIFETIME, begin, link, sign_in};

/// Of one request to a provider, with whatever is repeated for it.
const PATIENCE: Duration = Duration::from_secs(8);
const MOST_BYTES: usize = 1 << 20;
const MOST_TRIES: u32 = 2;

/// The providers of the settings.
#[derive(Default)]
pub struct Providers(Vec<Provider>);

/// One of them, with what is known of it.
pub struct Provider {
    pub id: String,
    pub label: String,
    pub issuer: String,
    client_id: String,
    secret: Zeroizing<String>,
    redirect_uri: String,
    second_factor_amr: Vec<String>,
    second_factor_acr: Vec<String>,
    new_people: Option<NewPeopleConfig>,
    client: Client,
    known: discovery::Known,
}

/// Why a provider vouches for nobody.
#[derive(Debug)]
pub enum Failure {
    /// It does not answer, or not as it should; whoever signs in can only wait.
    Unreachable(anyhow::Error),
    /// What it says is not believed; the word is for the audit log.
    Refused(&'static str),
}

impl Providers {
    /// Fails when a provider's settings do not fit together; asks nobody yet.
    pub fn open(config: &Config, secrets: &SecretStore, policies: &Policies) -> Result<Self> {
        let mut providers = Vec::new();
        for settings in &config.sign_in.providers {
            let known = |other: &Provider| other.id == settings.id;
            ensure!(!providers.iter().any(known), "sign_in.providers: {:?} is there twice", settings.id);
            let provider = Provider::open(settings, config, secrets, policies);
            providers.push(provider.with_context(|| format!("sign_in.providers: {:?}", settings.id))?);
        }
        Ok(Self(providers))
    }

    pub fn find(&self, id: &str) -> Option<&Provider> {
        self.0.iter().find(|provider| provider.id == id)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Provider> {
        self.0.iter()
    }
}

impl Provider {
    fn open(
        settings: &ProviderConfig,
        config: &Config,
        secrets: &SecretStore,
        policies: &Policies,
    ) -> Result<Self> {
        let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let is_named = (1..=40).contains(&settings.id.len()) && settings.id.chars().all(is_word);
        ensure!(is_named, "the id is small letters, digits and hyphens");
        ensure!(
            !settings.label.trim().is_empty() && !settings.client_id.is_empty(),
            "label and client_id are set"
        );
        ensure!(!config.public_url.is_empty(), "public_url says where people come back to: set it");
        if let Some(new) = &settings.new_people {
            ensure!(policies.role(&new.role).is_some(), "new_people: there is no role {:?}", new.role);
        }
        let secret_name = settings.secret_name();
        let secret = secrets.get(&secret_name)?.with_context(|| {
            format!("there is no secret {secret_name}: cibercase secrets put {secret_name}")
        })?;
        Ok(Self {
            id: settings.id.clone(),
            label: settings.label.trim().to_owned(),
            issuer: settings.issuer.clone(),
            client_id: settings.client_id.clone(),
            secret: Zeroizing::new(secret),
            redirect_uri: format!(
                "{}/sign-in/callback/{}",
                config.public_url.trim_end_matches('/'),
                settings.id
            ),
            second_factor_amr: settings.second_factor_amr.clone(),
            second_factor_acr: settings.second_factor_acr.clone(),
            new_people: settings.new_people.clone(),
            client: client(settings)?,
            known: discovery::Known::default(),
        })
    }
}

/// Calls the issuer's host and what the settings name beside it, and nothing else.
fn client(settings: &ProviderConfig) -> Result<Client> {
    let issuer: http::Uri = settings.issuer.parse().context("the issuer is no address")?;
    let is_plain = issuer.scheme_str() == Some("https") && issuer.query().is_none();
    let authority = issuer.authority().filter(|_| is_plain).context("the issuer is an https address")?;
    let egress = Egress::read(&format!("{authority},{}", settings.egress))?;
    let mut calls = Settings::anonymous(settings.ca_file.clone(), egress);
    (calls.deadline, calls.attempts, calls.answer_bytes) = (PATIENCE, MOST_TRIES, MOST_BYTES);
    Ok(Client::new(calls)?)
}
