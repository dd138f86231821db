//! Files, what stands in them, and what comes of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use tokio_rustls::rustls::{RootCertStore, ServerConfig};
use x509_parser::parse_x509_certificate;

/// What a listener speaks TLS with; all PEM.
#[derive(Debug, Clone)]
pub struct Files {
    /// With its chain, ours first.
    pub certificate: PathBuf,
    pub key: PathBuf,
    pub clients: Clients,
    /// The revocation lists of clients' authorities; without them nothing is revoked.
    pub revocations: Option<PathBuf>,
    /// What is spoken within, in the order of preference (ALPN).
    pub protocols: &'static [&'static str],
}

/// Who shows a certificate as well: one of these authorities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clients {
    Nobody,
    WhoHasOne(PathBuf),
    Everybody(PathBuf),
}

impl Clients {
    fn authorities(&self) -> Option<&Path> {
        match self {
            Self::Nobody => None,
            Self::WhoHasOne(file) | Self::Everybody(file) => Some(file),
        }
    }
}

/// What the files hold at one moment.
pub struct Content {
    certificate: Vec<u8>,
    key: Vec<u8>,
    authorities: Vec<u8>,
    revocations: Vec<u8>,
}

/// What connections are accepted with.
pub struct Loaded {
    pub config: Arc<ServerConfig>,
    /// Of clients' certificates, where they are asked for.
    pub verifier: Option<Arc<dyn ClientCertVerifier>>,
    pub expires_at: OffsetDateTime,
}

impl Content {
    pub fn read(files: &Files) -> Result<Self> {
        let read =
            |path: &Path| std::fs::read(path).with_context(|| format!("cannot read {}", path.display()));
        let authorities = files.clients.authorities().map(read).transpose()?.unwrap_or_default();
        let revocations = files.revocations.as_deref().map(read).transpose()?.unwrap_or_default();
        Ok(Self { certificate: read(&files.certificate)?, key: read(&files.key)?, authorities, revocations })
    }

    pub fn digest(&self) -> [u8; 32] {
        let all = [&self.certificate, &self.key, &self.authorities, &self.revocations];
        let each = all.map(Sha256::digest);
        each.iter().fold(Sha256::new(), |digest, one| digest.chain_update(one)).finalize().into()
    }

    pub fn load(&self, files: &Files) -> Result<Loaded> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder =
            ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
        let verifier = self.verifier(files, provider)?;
        let builder = match &verifier {
            None => builder.with_no_client_auth(),
            Some(verifier) => builder.with_client_cert_verifier(verifier.clone()),
        };
        let chain = certificates(&self.certificate, &files.certificate)?;
        let expires_at = expiry(&chain, &files.certificate)?;
        let key = PrivateKeyDer::from_pem_slice(&self.key)
            .with_context(|| format!("{} holds no key", files.key.display()))?;
        let mut config = builder.with_single_cert(chain, key).with_context(|| {
            format!("{} does not fit {}", files.key.display(), files.certificate.display())
        })?;
        config.alpn_protocols = files.protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        if files.clients != Clients::Nobody {
            // Whoever resumed a session would show the certificate of then, revoked or not.
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
        }
        Ok(Loaded { config: Arc::new(config), verifier, expires_at })
    }

    /// Who clients may be. Whoever shows a certificate that does not hold is refused, also where none is needed.
    fn verifier(
        &self,
        files: &Files,
        provider: Arc<CryptoProvider>,
    ) -> Result<Option<Arc<dyn ClientCertVerifier>>> {
        let Some(path) = files.clients.authorities() else { return Ok(None) };
        let mut roots = RootCertStore::empty();
        for authority in certificates(&self.authorities, path)? {
            roots.add(authority).with_context(|| format!("{} holds no authority", path.display()))?;
        }
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
            .with_crls(self.revocation_lists(files)?);
        let verifier = match files.clients {
            Clients::Everybody(_) => verifier,
            _ => verifier.allow_unauthenticated(),
        };
        Ok(Some(verifier.build().with_context(|| path.display().to_string())?))
    }

    fn revocation_lists(&self, files: &Files) -> Result<Vec<CertificateRevocationListDer<'static>>> {
        let Some(path) = &files.revocations else { return Ok(Vec::new()) };
        let lists =
            CertificateRevocationListDer::pem_slice_iter(&self.revocations).collect::<Result<Vec<_>, _>>();
        let lists = lists.with_context(|| format!("cannot read {}", path.display()))?;
        // An emptied file would let everybody in again.
        anyhow::ensure!(!lists.is_empty(), "{} holds no revocation list", path.display());
        Ok(lists)
    }
}

fn certificates(pem: &[u8], path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let found = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
    let found = found.with_context(|| format!("cannot read certificates from {}", path.display()))?;
    anyhow::ensure!(!found.is_empty(), "{} holds no certificate", path.display());
    Ok(found)
}

/// When the certificate in a file, the first of its chain, stops being good.
pub fn expires_at(path: &Path) -> Result<OffsetDateTime> {
    let pem = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    expiry(&certificates(&pem, path)?, path)
}

/// When the first of a chain stops being good.
fn expiry(chain: &[CertificateDer<'_>], path: &Path) -> Result<OffsetDateTime> {
    let ours = chain.first().context("no certificate")?;
    let (_, ours) = parse_x509_certificate(ours)
        .map_err(|error| anyhow::anyhow!("{} holds no readable certificate: {error}", path.display()))?;
    Ok(ours.validity().not_after.to_datetime())
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;
    use crate::Server;

    /// A self-signed certificate good until that year, and its key.
    fn pair(until: i32) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["soc.example.org".to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
    }

    struct Place {
        _directory: tempfile::TempDir,
        files: Files,
    }

    impl Place {
        fn with((certificate, key): &(String, String)) -> Self {
            let directory = tempfile::tempdir().unwrap();
            let at = |name: &str| directory.path().join(name);
            let (certificate_at, key_at) = (at("certificate.pem"), at("key.pem"));
            let files = Files {
                certificate: certificate_at,
                key: key_at,
                clients: Clients::Nobody,
                revocations: None,
                protocols: &["h2"],
            };
            std::fs::write(&files.certificate, certificate).unwrap();
            std::fs::write(&files.key, key).unwrap();
            Self { _directory: directory, files }
        }

        fn refusal(&self) -> String {
            format!("{:#}", Server::open(self.files.clone()).err().unwrap())
        }
    }

    #[test]
    fn a_renewed_certificate_is_taken_up_once_its_key_is_there() {
        let (old, new) = (pair(2040), pair(2050));
        let place = Place::with(&old);
        let server = Server::open(place.files.clone()).unwrap();
        assert!(!server.look().unwrap());
        std::fs::write(&place.files.certificate, &new.0).unwrap();
        let error = format!("{:#}", server.look().unwrap_err());
        assert!(error.contains("does not fit"), "{error}");
        assert_eq!(server.expires_at().year(), 2040);
        std::fs::write(&place.files.key, &new.1).unwrap();
        assert!(server.look().unwrap());
        assert_eq!(server.expires_at().year(), 2050);
        std::fs::remove_file(&place.files.key).unwrap();
        assert!(server.look().is_err());
        assert_eq!(server.expires_at().year(), 2050);
    }

    #[test]
    fn what_is_wrong_with_the_files_is_said_with_the_file() {
        let (one, other) = (pair(2040), pair(2040));
        let mut place = Place::with(&(one.0.clone(), other.1));
        assert!(place.refusal().contains("does not fit"));
        std::fs::write(&place.files.key, "no key").unwrap();
        assert!(place.refusal().contains("key.pem holds no key"), "{}", place.refusal());
        std::fs::write(&place.files.key, &one.1).unwrap();
        std::fs::write(&place.files.certificate, "nothing").unwrap();
        assert!(place.refusal().contains("certificate.pem holds no certificate"));
        std::fs::write(&place.files.certificate, &one.0).unwrap();
        place.files.clients = Clients::Everybody("/nowhere/authorities.pem".into());
        assert!(place.refusal().contains("cannot read /nowhere/authorities.pem"));
    }
}
