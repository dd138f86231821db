//! The services that may ask for tokens, and how each of them proves who it is.

use std::collections::HashMap;
use std::net::IpAddr;

use anyhow::{Context, Result, anyhow, ensure};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use platform::config::Config;
use platform::throttle::Throttle;
use policy::{Service, Services};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use crate::client_key::ClientKey;

/// What ships: no service at all, and how to write one.
pub const SHIPPED_SERVICES: &str = include_str!("../../../config/service_identities.yaml");

/// Whoever has the hash must not find the secret by trying: 32 characters of base64 are 192 bits.
const SHORTEST_SECRET: usize = 32;

/// The registered services of this installation.
pub struct Clients {
    services: Services,
    proofs: HashMap<String, Proof>,
    pub(crate) throttle: Throttle,
}

#[derive(Default)]
struct Proof {
    /// Either may be given while a secret changes.
    secret_hashes: Vec<[u8; 32]>,
    keys: Vec<ClientKey>,
}

impl Clients {
    /// Reads the file of the settings, or the shipped one; secrets may come from the environment.
    pub fn read(config: &Config, permissions: &[&str]) -> Result<Self> {
        let path = &config.service_identities_file;
        if path.as_os_str().is_empty() {
            return Self::from_yaml("the shipped services", SHIPPED_SERVICES, permissions);
        }
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
        Self::from_yaml(&name, &text, permissions)
    }

    /// The services of a text; `name` is what its mistakes are told of.
    pub fn from_yaml(name: &str, text: &str, permissions: &[&str]) -> Result<Self> {
        let services =
            Services::from_yaml(text, permissions).map_err(|mistakes| anyhow!("{name}: {mistakes}"))?;
        let mut proofs = HashMap::new();
        for service in services.iter() {
            let proof = Proof::of(service).with_context(|| format!("{name}: the service {}", service.id))?;
            proofs.insert(service.id.clone(), proof);
        }
        Ok(Self { services, proofs, throttle: Throttle::default() })
    }

    pub fn find(&self, id: &str) -> Option<&Service> {
        self.services.find(id)
    }

    /// The permissions that a service has at this address and moment, sorted.
    pub fn grants(&self, id: &str, network: Option<IpAddr>, now: OffsetDateTime) -> Vec<&str> {
        let unix_seconds = Some(now.unix_timestamp());
        self.services.grants(id, &policy::Context { network, unix_seconds, ..policy::Context::default() })
    }

    /// How many services there are.
    pub fn count(&self) -> usize {
        self.proofs.len()
    }

    pub(crate) fn may_any_exchange(&self) -> bool {
        self.services.iter().any(|service| service.may_exchange)
    }

    /// Whether this is the service's secret. What takes time is hashing, which unknown services' pass too.
    pub(crate) fn is_secret(&self, id: &str, secret: &str) -> bool {
        let hash = Sha256::digest(secret.as_bytes());
        let known = self.proofs.get(id).map(|proof| proof.secret_hashes.as_slice()).unwrap_or_default();
        let is_equal = |kept: &[u8; 32]| verify_slices_are_equal(&hash, kept).is_ok();
        known.iter().filter(|kept| is_equal(kept)).count() > 0
    }

    pub(crate) fn keys(&self, id: &str) -> &[ClientKey] {
        self.proofs.get(id).map(|proof| proof.keys.as_slice()).unwrap_or_default()
    }
}

impl Proof {
    fn of(service: &Service) -> Result<Self> {
        let mut secret_hashes = service.secret_hash.into_iter().collect::<Vec<_>>();
        let variable = format!("{}_CLIENT_SECRET", service.id.to_uppercase().replace('-', "_"));
        if let Some(secret) = platform::config::variable(&variable) {
            ensure!(
                secret.len() >= SHORTEST_SECRET,
                "{variable} has fewer than {SHORTEST_SECRET} characters: openssl rand -base64 32"
            );
            secret_hashes.push(Sha256::digest(secret.as_bytes()).into());
        }
        let keys = service.public_keys.iter().map(|key| {
            ClientKey::read(&key.members).with_context(|| format!("line {}: a public key", key.at.line))
        });
        let keys = keys.collect::<Result<Vec<_>>>()?;
        ensure!(
            !secret_hashes.is_empty() || !keys.is_empty(),
            "nothing proves it: write `secret_hash` or `public_keys`, or set {variable}; certificates alone need a \
             listener with TLS"
        );
        Ok(Self { secret_hashes, keys })
    }
}
