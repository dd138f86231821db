//! What TLS is spoken with to those who are told of the log.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Believes certificates of `authorities` alone; shows its own certificate with its key, where there is one.
pub fn connector(authorities: &Path, own: Option<(&Path, &Path)>) -> Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    for authority in certificates(authorities)? {
        roots.add(authority).with_context(|| format!("{} is no authority's", authorities.display()))?;
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    let client = match own {
        None => builder.with_no_client_auth(),
        Some((chain, key)) => {
            let cannot = || format!("cannot read the key {}", key.display());
            let key = PrivateKeyDer::from_pem_file(key).with_context(cannot)?;
            let client = builder.with_client_auth_cert(certificates(chain)?, key);
            client.context("the key does not fit the certificate")?
        }
    };
    Ok(TlsConnector::from(Arc::new(client)))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let cannot = || format!("cannot read certificates from {}", path.display());
    let found = CertificateDer::pem_file_iter(path).with_context(cannot)?.collect::<Result<Vec<_>, _>>();
    let found = found.with_context(cannot)?;
    ensure!(!found.is_empty(), "{} holds no certificate", path.display());
    Ok(found)
}
