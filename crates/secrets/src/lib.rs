//! Who keeps the secrets of an installation: sealed files, whose key a master key or AWS KMS holds, or a Vault.

pub mod aws;
mod http;
mod kms;
mod local;
mod sealed;
mod vault;

use anyhow::Result;
use platform::config::{Config, SecretProvider};
use platform::secrets::{PrivateFiles, SecretStore};

pub use http::Answer;
pub use local::MASTER_KEY;
pub use sealed::{DATA_KEY, OWN_FILES};

/// Opens what the configuration names. Reads over the network where it has to: not for a thread that serves.
pub fn open(config: &Config) -> Result<SecretStore> {
    let settings = &config.secrets;
    if settings.provider == SecretProvider::Vault {
        return Ok(SecretStore::new(vault::Vault::open(&settings.vault)?));
    }
    let files = PrivateFiles::open(&config.data_directory)?;
    let sealed = match settings.provider {
        SecretProvider::AwsKms => sealed::SealedFiles::open(files, Box::new(kms::Kms::open(&settings.kms)?))?,
        _ => {
            let master = local::MasterKey::new(&settings.master_key_file, &files);
            sealed::SealedFiles::open(files, Box::new(master))?
        }
    };
    Ok(SecretStore::new(sealed))
}
