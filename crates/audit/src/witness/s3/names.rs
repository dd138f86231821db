//! Names that only the log's key can make: nobody puts something under one before we do, and what has another name is not ours.

use anyhow::Result;
use merkle::{SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

/// Of a name's end; more than anybody guesses.
const END_BYTES: usize = 16;

/// The names of the objects of one log.
pub struct Names {
    /// What each begins with. Others may begin with it too.
    pub prefix: String,
    key: SigningKey,
}

impl Names {
    pub fn of(prefix: &str, key: SigningKey) -> Self {
        Self { prefix: format!("{prefix}{}/", key.public().name()), key }
    }

    pub fn key(&self) -> &VerifyingKey {
        self.key.public()
    }

    /// The name of the checkpoint of so many records. Lists go by the bytes of names: the greatest log comes first. The end is made of
    /// a signature, of which Ed25519 has one for each text (RFC 8032), so that each of our nodes makes the same.
    pub fn name(&self, size: u64) -> Result<String> {
        // Two lines: no checkpoint, which has three.
        let signed = self.key.sign(&format!("the name of an object of {}\n{size}\n", self.key().name()))?;
        let end = Sha256::digest(signed);
        let end = end.iter().take(END_BYTES).map(|byte| format!("{byte:02x}")).collect::<String>();
        Ok(format!("{}{:020}-{size}-{end}", self.prefix, u64::MAX - size))
    }

    pub fn is_ours(&self, name: &str) -> bool {
        let rest = name.strip_prefix(self.prefix.as_str());
        let size = rest.and_then(|rest| rest.split('-').nth(1)?.parse::<u64>().ok());
        size.is_some_and(|size| self.name(size).is_ok_and(|own| own == name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(seed: u8) -> Names {
        Names::of("audit/", SigningKey::of("a-log", &[seed; 32]).unwrap())
    }

    #[test]
    fn the_greatest_log_comes_first_in_a_list() {
        let sizes = [u64::MAX, 100, 20, 3, 0];
        let made = sizes.map(|size| names(1).name(size).unwrap());
        assert!(made.is_sorted(), "{made:?}");
        assert!(made.iter().all(|name| name.starts_with("audit/a-log/") && names(1).is_ours(name)));
    }

    #[test]
    fn what_another_key_or_nobody_made_is_not_ours() {
        let (own, others) = (names(1).name(7).unwrap(), names(2).name(7).unwrap());
        assert_ne!(own, others);
        let place = own.rsplit_once('-').unwrap().0;
        let (longer, elsewhere) = (format!("{own}0"), own.replacen("audit/", "", 1));
        for name in [others.as_str(), place, &longer, &elsewhere, "audit/a-log/-7-", "audit/a-log/\u{1}"] {
            assert!(!names(1).is_ours(name), "{name}");
        }
    }
}
