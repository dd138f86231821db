//! The services that may ask for tokens, and how each of them proves who it is.

use std::collections::HashMap;
use std::net::IpAddr;

use anyhow::{Context, Result, anyhow, ensure};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use mtls::Arrival;
use platform::config::Config;
use platform::peer::PeerCertificate;
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
        let clients = Self::from_yaml(&name, &text, permissions)?;
        let has_proof = |service: &&Service| clients.proofs.get(&service.id).is_some_and(Proof::is_portable);
        if !config.mtls.enabled
            && let Some(service) = clients.services.iter().find(|service| !has_proof(service))
        {
            anyhow::bail!(
                "{name}: the service {}: only certificates prove it, and mtls.enabled is false",
                service.id
            );
        }
        Ok(clients)
    }

    /// The services of a text; `name` is what its mistakes are told of.
    pub fn from_yaml(name: &str, text: &str, permissions: &[&str]) -> Result<Self> {
        let services =
            Services::from_yaml(text, permissions).map_err(|mistakes| anyhow!("{name}: {mistakes}"))?;
        let (mut proofs, mut named) = (HashMap::new(), HashMap::new());
        for service in services.iter() {
            for identity in service.certificate_names.iter().chain(&service.certificates) {
                let other = named.insert(identity.as_str(), service.id.as_str());
                ensure!(
                    other.is_none_or(|other| other == service.id),
                    "{name}: {identity} is a certificate of {} and of {}",
                    other.unwrap_or_default(),
                    service.id
                );
            }
            let proof = Proof::of(service).with_context(|| format!("{name}: the service {}", service.id))?;
            proofs.insert(service.id.clone(), proof);
        }
        Ok(Self { services, proofs, throttle: Throttle::default() })
    }

    pub fn find(&self, id: &str) -> Option<&Service> {
        self.services.find(id)
    }

    /// The permissions that a service has at this address and moment, sorted.
    pub fn grants(
        &self,
        id: &str,
        network: Option<IpAddr>,
        has_client_certificate: bool,
        now: OffsetDateTime,
    ) -> Vec<&str> {
        let unix_seconds = Some(now.unix_timestamp());
        let default = policy::Context::default();
        self.services
            .grants(id, &policy::Context { network, unix_seconds, has_client_certificate, ..default })
    }

    /// How many services there are.
    pub fn count(&self) -> usize {
        self.proofs.len()
    }

    /// Whether a certificate is this service's, and no other's: its names may be of several.
    pub fn is_certificate_of(&self, id: &str, certificate: &PeerCertificate) -> bool {
        let names = |service: &&Service| {
            service.certificate_names.iter().any(|name| certificate.names.contains(name))
                || service.certificates.contains(&certificate.thumbprint)
        };
        let mut named = self.services.iter().filter(names);
        named.next().is_some_and(|service| service.id == id) && named.next().is_none()
    }

    /// How a service comes that shows this certificate, or none.
    pub fn arrival(&self, id: &str, certificate: Option<&PeerCertificate>) -> Arrival {
        match certificate {
            None => Arrival::WithoutCertificate,
            Some(shown) if self.is_certificate_of(id, shown) => Arrival::Certified,
            Some(_) => Arrival::ForeignCertificate,
        }
    }

    /// The services' ids, in the order of the file.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.services.iter().map(|service| service.id.as_str())
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
        let has_certificate = !service.certificate_names.is_empty() || !service.certificates.is_empty();
        let proof = Self { secret_hashes, keys };
        ensure!(
            proof.is_portable() || has_certificate,
            "nothing proves it: write `secret_hash`, `public_keys` or `certificate_names`, or set {variable}"
        );
        Ok(proof)
    }

    /// Whether it proves the service on any listener.
    fn is_portable(&self) -> bool {
        !self.secret_hashes.is_empty() || !self.keys.is_empty()
    }
}
