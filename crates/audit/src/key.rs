//! The key that signs checkpoints: a secret of the data directory.

use anyhow::{Context, Result};
use merkle::SigningKey;
use platform::secrets::{SecretStore, random_hex};
use sha2::{Digest, Sha256};

const SECRET: &str = "audit-log-key";

/// The key, made when there is none. The log's name is derived from it: another log has another one.
pub fn open(secrets: &SecretStore) -> Result<SigningKey> {
    of_text(&secrets.get_or_make(SECRET, || random_hex(32))?)
}

fn of_text(text: &str) -> Result<SigningKey> {
    let seed = seed(text).context("the secret audit-log-key is not 64 hexadecimal digits")?;
    let hash: [u8; 32] = Sha256::new_with_prefix("cibercase audit log").chain_update(seed).finalize().into();
    let name = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>();
    Ok(SigningKey::of(&format!("cibercase-audit-{name}"), &seed)?)
}

fn seed(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    let pair = |at: usize| {
        let pair = std::str::from_utf8(digits.get(at..at + 2)?).ok()?;
        u8::from_str_radix(pair, 16).ok()
    };
    let bytes = (0..digits.len()).step_by(2).map(pair).collect::<Option<Vec<_>>>()?;
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_kept_and_found_again_under_its_name() {
        let directory = tempfile::tempdir().unwrap();
        let secrets = SecretStore::open(directory.path()).unwrap();
        let (first, second) = (open(&secrets).unwrap(), open(&secrets).unwrap());
        assert_eq!(first.public(), second.public());
        assert!(first.public().name().starts_with("cibercase-audit-"));
    }

    #[test]
    fn another_key_is_another_log() {
        let (one, other) = (of_text(&"00".repeat(32)).unwrap(), of_text(&"01".repeat(32)).unwrap());
        assert_ne!(one.public().name(), other.public().name());
    }

    #[test]
    fn a_secret_that_is_no_key_is_refused() {
        for text in ["", "00", "zz", &"0".repeat(63), &"00".repeat(33), "ñññ"] {
            assert!(of_text(text).is_err(), "{text}");
        }
    }
}
