//! The files: our certificate and whom we trust.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::settings::Settings;

/// What connections are made with, and of which files it came.
pub struct Identity {
    pub config: Arc<ClientConfig>,
    pub digest: [u8; 32],
}

impl Identity {
    pub fn read(settings: &Settings) -> Result<Self> {
        let read = |path: &Path| fs::read(path).with_context(|| format!("cannot read {}", path.display()));
        let is_public = settings.authorities.as_os_str().is_empty();
        let authorities = if is_public { Vec::new() } else { read(&settings.authorities)? };
        let own = match &settings.certificate {
            Some((certificate, key)) => Some((read(certificate)?, read(key)?)),
            None => None,
        };
        let roots = if is_public { public_roots() } else { roots_of(&authorities, &settings.authorities)? };
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots);
        let mut digest = Sha256::new_with_prefix(Sha256::digest(&authorities));
        let config = match (&own, &settings.certificate) {
            (Some((certificate, key)), Some((path, key_path))) => {
                digest.update(Sha256::digest(certificate));
                let key = PrivateKeyDer::from_pem_slice(key)
                    .with_context(|| format!("{} holds no key", key_path.display()))?;
                builder
                    .with_client_auth_cert(certificates(certificate, path)?, key)
                    .with_context(|| format!("{} does not fit {}", key_path.display(), path.display()))?
            }
            _ => builder.with_no_client_auth(),
        };
        Ok(Self { config: Arc::new(config), digest: digest.finalize().into() })
    }
}

/// The authorities in a file, or those that browsers believe where there is none.
pub fn roots(authorities: &Path) -> Result<RootCertStore> {
    if authorities.as_os_str().is_empty() {
        return Ok(public_roots());
    }
    let pem = fs::read(authorities).with_context(|| format!("cannot read {}", authorities.display()))?;
    roots_of(&pem, authorities)
}

fn public_roots() -> RootCertStore {
    RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned())
}

fn roots_of(pem: &[u8], path: &Path) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for authority in certificates(pem, path)? {
        roots.add(authority).with_context(|| format!("{} holds no authority", path.display()))?;
    }
    Ok(roots)
}

fn certificates(pem: &[u8], path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let found = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
    let found = found.with_context(|| format!("cannot read certificates from {}", path.display()))?;
    ensure!(!found.is_empty(), "{} holds no certificate", path.display());
    Ok(found)
}
