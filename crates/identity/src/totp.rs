//! Codes of an authenticator app: TOTP (RFC 6238) with what every app knows, SHA-1, six digits and half minutes.
//!
//! SHA-1 is sound here: HMAC does not need its collisions to be hard, and some apps know nothing else.

use aws_lc_rs::hmac;
use platform::{Error, Result};
use rand::{RngCore, TryRngCore};
use time::OffsetDateTime;
use zeroize::Zeroizing;

const STEP_SECONDS: i64 = 30;
/// Of either side, for clocks that differ and people who type slowly (RFC 6238, 5.2).
const TOLERATED_STEPS: i64 = 1;
const MODULUS: u32 = 1_000_000;
/// As many as SHA-1 gives (RFC 4226, 4).
const SECRET_BYTES: usize = 20;
const ISSUER: &str = "CiberCase";

/// What the app and we share.
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    pub fn make() -> Self {
        let mut bytes = Zeroizing::new(vec![0; SECRET_BYTES]);
        rand::rngs::OsRng.unwrap_err().fill_bytes(&mut bytes);
        Self(bytes)
    }

    pub fn of(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// As people type it into their app (RFC 4648, base32 without padding).
    pub fn text(&self) -> String {
        base32(&self.0)
    }

    /// What a QR code says, in the form that authenticator apps agreed on.
    pub fn uri(&self, email: &str) -> String {
        let account: String = form_urlencoded::byte_serialize(email.as_bytes()).collect();
        let secret = self.text();
        format!(
            "otpauth://totp/{ISSUER}:{account}?secret={secret}&issuer={ISSUER}&algorithm=SHA1&digits=6&period=30"
        )
    }

    /// The half minute after `last_step` whose code this is, around `now`.
    pub fn step_of(&self, code: u32, now: OffsetDateTime, last_step: i64) -> Option<i64> {
        let current = now.unix_timestamp().div_euclid(STEP_SECONDS);
        let near = current - TOLERATED_STEPS..=current + TOLERATED_STEPS;
        // All are computed, so that the time taken does not tell which was near.
        let is_it = |step: i64| (self.code(step) == code) & (step > last_step);
        near.fold(None, |found, step| if is_it(step) { Some(step) } else { found })
    }

    /// RFC 4226, 5.3.
    fn code(&self, step: i64) -> u32 {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let bytes = tag.as_ref();
        let offset = usize::from(bytes.last().copied().unwrap_or_default() & 0x0f);
        let chosen = bytes.iter().skip(offset).take(4).fold(0, |sum, byte| sum << 8 | u32::from(*byte));
        (chosen & 0x7fff_ffff) % MODULUS
    }
}

/// RFC 4648, 6, without padding.
pub fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::with_capacity(bytes.len() * 8 / 5 + 1);
    for chunk in bytes.chunks(5) {
        let number = (0..5).fold(0_u64, |sum, at| sum << 8 | chunk.get(at).copied().map_or(0, u64::from));
        for at in 0..(chunk.len() * 8).div_ceil(5) {
            let index = (number >> (35 - 5 * at)) & 0x1f;
            text.extend(ALPHABET.get(usize::try_from(index).unwrap_or(0)).map(|letter| char::from(*letter)));
        }
    }
    text
}

/// A QR code as an SVG path of unit squares.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct QrCode {
    /// Squares of a side, without a margin.
    pub size: i32,
    /// For the attribute `d`.
    pub path: String,
}

impl QrCode {
    pub fn of(text: &str) -> Result<Self> {
        let code = qrcodegen::QrCode::encode_text(text, qrcodegen::QrCodeEcc::Medium)
            .map_err(|_| Error::invalid_field("email", "is too long for a QR code"))?;
        let size = code.size();
        let squares = (0..size).flat_map(|y| (0..size).map(move |x| (x, y)));
        let path = squares
            .filter(|(x, y)| code.get_module(*x, *y))
            .map(|(x, y)| format!("M{x} {y}h1v1h-1z"))
            .collect();
        Ok(Self { size, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(seconds).unwrap()
    }

    #[test]
    fn the_codes_are_those_of_the_standard() {
        // RFC 6238, appendix B; of its eight digits an app of six shows the last.
        let secret = Secret::of(b"12345678901234567890".to_vec());
        for (seconds, code) in [
            (59, 287_082),
            (1_111_111_109, 81_804),
            (1_111_111_111, 50_471),
            (1_234_567_890, 5_924),
            (2_000_000_000, 279_037),
            (20_000_000_000, 353_130),
        ] {
            assert_eq!(secret.code(seconds / STEP_SECONDS), code, "{seconds}");
        }
    }

    #[test]
    fn the_half_minutes_beside_the_present_one_are_tolerated_and_no_others() {
        let secret = Secret::of(b"12345678901234567890".to_vec());
        let code = secret.code(1000);
        for (step, is_good) in [(998, false), (999, true), (1000, true), (1001, true), (1002, false)] {
            let found = secret.step_of(code, at(step * STEP_SECONDS + 29), 0);
            assert_eq!(found, is_good.then_some(1000), "{step}");
        }
    }

    #[test]
    fn neither_the_last_step_nor_an_earlier_one_is_good_again() {
        let secret = Secret::of(b"12345678901234567890".to_vec());
        let now = at(1000 * STEP_SECONDS);
        for (step, last, is_good) in
            [(1000, 999, true), (1000, 1000, false), (999, 1000, false), (1001, 1000, true)]
        {
            assert_eq!(secret.step_of(secret.code(step), now, last).is_some(), is_good, "{step} {last}");
        }
    }

    #[test]
    fn base32_is_that_of_the_standard() {
        // RFC 4648, 10.
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn the_uri_names_us_and_the_account() {
        let uri = Secret::of(b"12345678901234567890".to_vec()).uri("ana+soc@example.org");
        assert_eq!(
            uri,
            "otpauth://totp/CiberCase:ana%2Bsoc%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=CiberCase\
             &algorithm=SHA1&digits=6&period=30"
        );
        assert!(QrCode::of(&uri).unwrap().path.starts_with("M0 0h1v1h-1z"));
    }
}
