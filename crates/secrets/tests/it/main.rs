//! What keeps secrets, through the interface that the program uses.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed expectation ends a test")]

mod kms;
mod local;
mod peer;
mod vault;

use std::path::Path;

use platform::config::{Config, SecretProvider};
use platform::secrets::SecretStore;

fn config(data_directory: &Path, provider: SecretProvider) -> Config {
    let mut config = Config::defaults().unwrap();
    config.data_directory = data_directory.to_owned();
    config.secrets.provider = provider;
    config
}

/// The secret of this name, which has to be there.
fn kept(store: &SecretStore, name: &str) -> String {
    store.get_or_make(name, || panic!("{name} is not there")).unwrap()
}

fn refusal<T>(result: anyhow::Result<T>) -> String {
    match result {
        Ok(_) => panic!("it was not refused"),
        Err(error) => format!("{error:#}"),
    }
}
