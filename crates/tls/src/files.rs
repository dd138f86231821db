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
use tokio_rustls::rustls::server::{
    ClientHello, NoServerSessionStorage, ResolvesServerCert, WebPkiClientVerifier,
};
use tokio_rustls::rustls::sign::CertifiedKey;
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

/// What the files of our certificate hold at one moment.
pub struct OwnContent {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// What the files about clients hold at one moment.
pub struct TrustContent {
    authorities: Vec<u8>,
    revocations: Vec<u8>,
}

/// Our certificate, ready for use.
#[derive(Clone)]
pub struct Own {
    certified: Arc<CertifiedKey>,
    expires_at: OffsetDateTime,
}

/// Of clients' certificates, where they are asked for.
pub type Trust = Option<Arc<dyn ClientCertVerifier>>;

/// What connections are accepted with.
pub struct Loaded {
    pub config: Arc<ServerConfig>,
    pub verifier: Trust,
    pub own: Own,
}

impl Loaded {
    pub fn of(files: &Files, own: Own, verifier: Trust) -> Result<Self> {
        let builder =
            ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
        let builder = match &verifier {
            None => builder.with_no_client_auth(),
            Some(verifier) => builder.with_client_cert_verifier(verifier.clone()),
        };
        let mut config = builder.with_cert_resolver(Arc::new(Always(own.certified.clone())));
        config.alpn_protocols = files.protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        if files.clients != Clients::Nobody {
            // Whoever resumed a session would show the certificate of then, revoked or not.
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
        }
        Ok(Self { config: Arc::new(config), verifier, own })
    }

    pub fn expires_at(&self) -> OffsetDateTime {
        self.own.expires_at
    }
}

/// The one certificate there is.
#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn digest(parts: [&Vec<u8>; 2]) -> [u8; 32] {
    let each = parts.map(Sha256::digest);
    each.iter().fold(Sha256::new(), |digest, one| digest.chain_update(one)).finalize().into()
}

impl OwnContent {
    pub fn read(files: &Files) -> Result<Self> {
        Ok(Self { certificate: read(&files.certificate)?, key: read(&files.key)? })
    }

    pub fn digest(&self) -> [u8; 32] {
        digest([&self.certificate, &self.key])
    }

    /// Fails when the key is another certificate's.
    pub fn load(&self, files: &Files) -> Result<Own> {
        let chain = certificates(&self.certificate, &files.certificate)?;
        let expires_at = expiry(&chain, &files.certificate)?;
        let key = PrivateKeyDer::from_pem_slice(&self.key)
            .with_context(|| format!("{} holds no key", files.key.display()))?;
        let certified = CertifiedKey::from_der(chain, key, &provider()).with_context(|| {
            format!("{} does not fit {}", files.key.display(), files.certificate.display())
        })?;
        Ok(Own { certified: Arc::new(certified), expires_at })
    }
}

impl TrustContent {
    pub fn read(files: &Files) -> Result<Self> {
        let authorities = files.clients.authorities().map(read).transpose()?.unwrap_or_default();
        let revocations = files.revocations.as_deref().map(read).transpose()?.unwrap_or_default();
        Ok(Self { authorities, revocations })
    }

    pub fn digest(&self) -> [u8; 32] {
        digest([&self.authorities, &self.revocations])
    }

    /// Who clients may be. Whoever shows a certificate that does not hold is refused, also where none is needed.
    pub fn load(&self, files: &Files) -> Result<Trust> {
        let Some(path) = files.clients.authorities() else { return Ok(None) };
        let mut roots = RootCertStore::empty();
        for authority in certificates(&self.authorities, path)? {
            roots.add(authority).with_context(|| format!("{} holds no authority", path.display()))?;
        }
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider())
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

    struct Authority {
        params: CertificateParams,
        key: KeyPair,
        pem: String,
    }

    fn authority() -> Authority {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign, rcgen::KeyUsagePurpose::CrlSign];
        let pem = params.self_signed(&key).unwrap().pem();
        Authority { params, key, pem }
    }

    /// A revocation list of these serial numbers.
    fn revoking(serials: &[u64], authority: &Authority) -> String {
        let revoked = serials.iter().map(|serial| rcgen::RevokedCertParams {
            serial_number: rcgen::SerialNumber::from(*serial),
            revocation_time: rcgen::date_time_ymd(2026, 1, 1),
            reason_code: None,
            invalidity_date: None,
        });
        let list = rcgen::CertificateRevocationListParams {
            this_update: rcgen::date_time_ymd(2026, 1, 1),
            next_update: rcgen::date_time_ymd(2060, 1, 1),
            crl_number: rcgen::SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: rcgen::KeyIdMethod::Sha256,
        };
        let issuer = rcgen::Issuer::from_params(&authority.params, &authority.key);
        list.signed_by(&issuer).unwrap().pem().unwrap()
    }

    #[test]
    fn a_changed_revocation_list_is_taken_up_though_our_own_certificate_and_key_do_not_fit() {
        let (authority, (old, new)) = (authority(), (pair(2040), pair(2050)));
        let client = {
            let key = KeyPair::generate().unwrap();
            let mut params = CertificateParams::new(vec!["desk.example.org".to_owned()]).unwrap();
            params.serial_number = Some(rcgen::SerialNumber::from(7));
            params.not_before = rcgen::date_time_ymd(2026, 1, 1);
            params.not_after = rcgen::date_time_ymd(2050, 1, 1);
            params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
            let issuer = rcgen::Issuer::from_params(&authority.params, &authority.key);
            params.signed_by(&key, &issuer).unwrap().der().clone()
        };
        let mut place = Place::with(&old);
        let at = |name: &str| place.files.certificate.with_file_name(name);
        let (authorities, revocations) = (at("authority.pem"), at("revoked.pem"));
        std::fs::write(&authorities, &authority.pem).unwrap();
        std::fs::write(&revocations, revoking(&[], &authority)).unwrap();
        place.files.clients = Clients::Everybody(authorities);
        place.files.revocations = Some(revocations.clone());
        let server = Server::open(place.files.clone()).unwrap();
        let now = tokio_rustls::rustls::pki_types::UnixTime::since_unix_epoch(
            std::time::Duration::from_secs(1_800_000_000),
        );
        let is_let_in = || {
            let loaded = server.loaded();
            loaded.verifier.as_ref().unwrap().verify_client_cert(&client, &[], now).is_ok()
        };
        assert!(is_let_in());

        std::fs::write(&place.files.certificate, &new.0).unwrap();
        std::fs::write(&revocations, revoking(&[7], &authority)).unwrap();
        let error = format!("{:#}", server.look().unwrap_err());
        assert!(error.contains("does not fit"), "{error}");
        assert!(!is_let_in());
        assert_eq!(server.expires_at().year(), 2040);

        // And the other way round: a list that is none leaves the one before, and the certificate is renewed.
        std::fs::write(&revocations, "no list").unwrap();
        std::fs::write(&place.files.key, &new.1).unwrap();
        let error = format!("{:#}", server.look().unwrap_err());
        assert!(error.contains("holds no revocation list"), "{error}");
        assert!(!is_let_in());
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
