//! What the internal listener speaks TLS with.

use std::path::{Path, PathBuf};

use platform::config::{Config, MtlsMode};
use tls::{Clients, Files};

/// Where `cibercase certs` keeps the authority and what it issued.
pub fn certificates_directory(data_directory: &Path) -> PathBuf {
    data_directory.join("certs")
}

pub fn is_strict(config: &Config) -> bool {
    config.mtls.mode == MtlsMode::Strict
}

/// The files of the settings, or those of `cibercase certs`.
pub fn files(config: &Config) -> Files {
    let (mtls, ours) = (&config.mtls, certificates_directory(&config.data_directory));
    let is_ours = mtls.client_ca_file.as_os_str().is_empty();
    let or_ours = |file: &PathBuf, name: &str| if is_ours { ours.join(name) } else { file.clone() };
    let authorities = or_ours(&mtls.client_ca_file, "authority.pem");
    let revocations = or_ours(&mtls.crl_file, "revoked.pem");
    Files {
        certificate: or_ours(&mtls.certificate_file, "cibercase.pem"),
        key: or_ours(&mtls.key_file, "cibercase.pem"),
        clients: match mtls.mode {
            MtlsMode::Strict => Clients::Everybody(authorities),
            MtlsMode::Permissive => Clients::WhoHasOne(authorities),
        },
        revocations: Some(revocations).filter(|file| !file.as_os_str().is_empty()),
        protocols: &["h2", "http/1.1"],
    }
}
