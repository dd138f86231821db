//! What TLS is spoken with: our certificate, and what is asked of senders.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use platform::config::{ClientCertificates, IngestConfig};
use sha2::{Digest, Sha256};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

pub fn acceptor(config: &IngestConfig) -> Result<TlsAcceptor> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder =
        ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
    let asks = config.tls_client_certificates;
    let has_authorities = !config.tls_client_ca_file.as_os_str().is_empty();
    let builder = match asks {
        ClientCertificates::Off => builder.with_no_client_auth(),
        ClientCertificates::Optional if !has_authorities => builder.with_no_client_auth(),
        _ => {
            let mut roots = RootCertStore::empty();
            for authority in certificates(&config.tls_client_ca_file)? {
                roots.add(authority).context("an authority of tls_client_ca_file is no certificate")?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            let verifier = match asks {
                ClientCertificates::Required => verifier,
                _ => verifier.allow_unauthenticated(),
            };
            builder.with_client_cert_verifier(verifier.build().context("tls_client_ca_file")?)
        }
    };
    let key = &config.tls_key_file;
    let key = PrivateKeyDer::from_pem_file(key)
        .with_context(|| format!("cannot read the key {}", key.display()))?;
    let chain = certificates(&config.tls_certificate_file)?;
    let server = builder.with_single_cert(chain, key).context("the key does not fit the certificate")?;
    Ok(TlsAcceptor::from(Arc::new(server)))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let cannot = || format!("cannot read certificates from {}", path.display());
    let found = CertificateDer::pem_file_iter(path).with_context(cannot)?.collect::<Result<Vec<_>, _>>();
    let found = found.with_context(cannot)?;
    anyhow::ensure!(!found.is_empty(), "{} holds no certificate", path.display());
    Ok(found)
}

/// A certificate as RFC 5425 (4.2.2) names it.
pub fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    Sha256::digest(certificate).iter().map(|byte| format!("{byte:02x}")).collect()
}
