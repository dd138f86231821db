//! What the TLS listener speaks with, and what is asked of senders.

use std::path::Path;

use platform::config::{ClientCertificates, IngestConfig};
use tls::{Clients, Files};

pub fn of(config: &IngestConfig) -> Files {
    Files {
        certificate: config.tls_certificate_file.clone(),
        key: config.tls_key_file.clone(),
        clients: clients(config.tls_client_certificates, &config.tls_client_ca_file),
        revocations: None,
        protocols: &[],
    }
}

fn clients(asks: ClientCertificates, authorities: &Path) -> Clients {
    let has_authorities = !authorities.as_os_str().is_empty();
    match asks {
        ClientCertificates::Required => Clients::Everybody(authorities.to_owned()),
        ClientCertificates::Optional if has_authorities => Clients::WhoHasOne(authorities.to_owned()),
        ClientCertificates::Optional | ClientCertificates::Off => Clients::Nobody,
    }
}
