//! An authenticator app, written apart from the program's own codes.

use aws_lc_rs::hmac;
use time::OffsetDateTime;

/// What somebody's telephone computes from a secret (RFC 6238).
pub struct Authenticator(Vec<u8>);

impl Authenticator {
    /// With the secret as people type it (base32).
    pub fn of(secret: &str) -> Self {
        const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let mut bits = String::new();
        for letter in secret.chars() {
            let value = ALPHABET.find(letter).unwrap_or_else(|| panic!("{letter} is no letter of base32"));
            bits.push_str(&format!("{value:05b}"));
        }
        let bytes = bits.as_bytes().chunks_exact(8);
        let byte = |bits: &[u8]| bits.iter().fold(0, |sum, bit| sum << 1 | (bit - b'0'));
        Self(bytes.map(byte).collect())
    }

    /// What it shows at a moment.
    pub fn code_at(&self, moment: OffsetDateTime) -> String {
        let counter = moment.unix_timestamp() / 30;
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = hmac::sign(&key, &counter.to_be_bytes());
        let at = usize::from(tag.as_ref()[19] & 15);
        let word = u32::from_be_bytes([
            tag.as_ref()[at],
            tag.as_ref()[at + 1],
            tag.as_ref()[at + 2],
            tag.as_ref()[at + 3],
        ]);
        format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
    }
}
