//! The client's side of a connection that showed a certificate.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use tokio_rustls::rustls::pki_types::{CertificateDer, UnixTime};
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;

use crate::Server;
use crate::files::Loaded;

/// A client's certificate on one connection, for as long as that lasts.
pub struct Peer {
    chain: Vec<CertificateDer<'static>>,
    /// URIs and DNS names; what else a certificate may be called is nobody's name here.
    pub names: Vec<String>,
    expires_at: OffsetDateTime,
    server: Arc<Server>,
    /// With what it was found good last.
    found_good: Mutex<Arc<Loaded>>,
}

impl Peer {
    /// `chain` begins with the client's own certificate, and was accepted with `loaded`.
    pub fn read(server: Arc<Server>, loaded: Arc<Loaded>, chain: &[CertificateDer<'_>]) -> Result<Self> {
        let chain = chain.iter().map(|one| one.clone().into_owned()).collect::<Vec<_>>();
        let own = chain.first().context("no certificate")?;
        let (_, read) = parse_x509_certificate(own).context("the certificate cannot be read")?;
        let alternatives = read.subject_alternative_name().context("the names cannot be read")?;
        let names = alternatives.iter().flat_map(|found| &found.value.general_names).filter_map(named);
        let (names, expires_at) = (names.collect(), read.validity().not_after.to_datetime());
        Ok(Self { chain, names, expires_at, server, found_good: Mutex::new(loaded) })
    }

    pub fn thumbprint(&self) -> String {
        self.chain.first().map(|own| thumbprint(own)).unwrap_or_default()
    }

    /// Whether the connection would be accepted at `now`, with the files of this moment.
    pub fn is_good(&self, now: OffsetDateTime) -> bool {
        if now >= self.expires_at {
            return false;
        }
        let current = self.server.loaded();
        let mut found_good = self.found_good.lock().unwrap_or_else(PoisonError::into_inner);
        if Arc::ptr_eq(&current, &found_good) {
            return true;
        }
        let (Some(verifier), Some((own, rest))) = (&current.verifier, self.chain.split_first()) else {
            return false;
        };
        let since_epoch = u64::try_from(now.unix_timestamp()).unwrap_or_default();
        let at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(since_epoch));
        let is_good = verifier.verify_client_cert(own, rest, at).is_ok();
        if is_good {
            *found_good = current;
        }
        is_good
    }
}

fn named(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::URI(text) | GeneralName::DNSName(text) => Some((*text).to_owned()),
        _ => None,
    }
}

/// `x5t#S256` of RFC 8705, 3.1.
pub fn thumbprint(certificate: &CertificateDer<'_>) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(certificate))
}
