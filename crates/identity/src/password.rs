//! Passwords: what is a good one, and hashing them without letting memory run out.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use axum::http::{HeaderValue, StatusCode, header};
use platform::error::FieldError;
use platform::secrets::random_password;
use platform::{Error, Result};
use serde::{Deserialize, Deserializer};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zeroize::Zeroizing;

/// NIST 800-63B-4: at least 15 characters where a password stands alone.
const SHORTEST_CHARS: usize = 15;
/// Longer ones only cost time: zxcvbn and Argon2 read all of it.
pub const LONGEST_BYTES: usize = 1024;
/// zxcvbn's estimate looks at the beginning; the rest cannot make a password weaker.
const JUDGED_CHARS: usize = 100;
/// Of zxcvbn's scores 0 to 4: safely unguessable by whoever stole the hashes is 3.
const LOWEST_SCORE: u8 = 3;

/// Letters and digits that stay when the person's own words are taken out.
const LEAST_OF_ONES_OWN: usize = 8;

/// OWASP's floor for Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const CURRENT_FORM: &str = "$argon2id$v=19$m=19456,t=2,p=1$";

/// How long somebody waits for a turn at Argon2, and how many wait.
const PATIENCE: Duration = Duration::from_secs(10);
const MOST_WAITING: usize = 64;

/// What a user that does not exist is checked against, so that the answer takes as long.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hash_now("nobody has this password").ok());

/// A password as somebody typed it: never shown, and wiped from memory.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_too_long(&self) -> bool {
        self.0.len() > LONGEST_BYTES
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(..)")
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// What is wrong with a new password; codes in `message`, for the field `path`.
///
/// No rule of composition: length, and not being guessable by somebody who knows the person.
pub fn judge(path: &str, password: &Password, known_words: &[&str]) -> Vec<FieldError> {
    let text = password.as_str();
    let problem = if text.chars().count() < SHORTEST_CHARS {
        Some("password_too_short: has fewer than 15 characters")
    } else if password.is_too_long() {
        Some("password_too_long: has more than 1024 bytes")
    } else if text.contains('\0') {
        Some("password_has_nul: has a NUL character")
    } else if is_guessable(text, known_words) {
        Some("password_guessable: is easy to guess; use several words that do not belong together")
    } else {
        None
    };
    problem
        .map(|message| FieldError { path: path.to_owned(), message: message.to_owned() })
        .into_iter()
        .collect()
}

fn is_guessable(text: &str, known_words: &[&str]) -> bool {
    // Parts of an address are what people build passwords from.
    let mut words = vec!["cibercase"];
    for word in known_words {
        words.push(word);
        words.extend(word.split(|c: char| !c.is_alphanumeric()).filter(|part| part.chars().count() > 2));
    }
    // zxcvbn takes three such words in a row for a good password.
    let mut rest = text.to_lowercase();
    for word in &words {
        rest = rest.replace(&word.to_lowercase(), "");
    }
    if rest.chars().filter(|c| c.is_alphanumeric()).count() < LEAST_OF_ONES_OWN {
        return true;
    }
    let beginning: String = text.chars().take(JUDGED_CHARS).collect();
    u8::from(zxcvbn::zxcvbn(&beginning, &words).score()) < LOWEST_SCORE
}

/// Random bytes of a password that we make: more than anybody guesses, and fit for reading out.
const MADE_BYTES: usize = 15;

/// The password chosen for somebody, or one made for them, which is then also given to be shown once.
pub fn first_password(chosen: Option<Password>) -> (Password, Option<String>) {
    match chosen {
        Some(password) => (password, None),
        None => {
            let made = random_password(MADE_BYTES);
            (Password::new(made.clone()), Some(made))
        }
    }
}

/// Takes turns at Argon2: so many at once, each with 19 MiB, a few waiting, the rest sent away.
pub struct PasswordHasherPool {
    turns: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl PasswordHasherPool {
    pub fn new(at_once: usize) -> Self {
        let at_once = at_once.max(1);
        Self {
            turns: Arc::new(Semaphore::new(at_once)),
            waiting: Arc::new(Semaphore::new(at_once + MOST_WAITING)),
        }
    }

    pub async fn hash(&self, password: &Password) -> Result<String> {
        let turn = self.turn().await?;
        let password = password.clone();
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            hash_now(password.as_str())
        })
        .await?
    }

    /// Whether `password` is the one of `hash`; without a hash it takes as long and is not.
    pub async fn verify(&self, password: &Password, hash: Option<&str>) -> Result<bool> {
        let turn = self.turn().await?;
        let password = password.clone();
        let hash = hash.map(str::to_owned);
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            match (&hash, &*NOBODY) {
                (Some(hash), _) => verify_now(password.as_str(), hash),
                (None, Some(nobody)) => {
                    verify_now(password.as_str(), nobody);
                    false
                }
                (None, None) => false,
            }
        })
        .await
        .map_err(Error::from)
    }

    async fn turn(&self) -> Result<(OwnedSemaphorePermit, OwnedSemaphorePermit)> {
        let place = self.waiting.clone().try_acquire_owned().map_err(|_| busy())?;
        let turn = tokio::time::timeout(PATIENCE, self.turns.clone().acquire_owned())
            .await
            .map_err(|_| busy())??;
        Ok((turn, place))
    }
}

/// Whether a hash was made with weaker parameters than today's.
pub fn is_outdated(hash: &str) -> bool {
    !hash.starts_with(CURRENT_FORM)
}

fn busy() -> Error {
    Error::problem(
        StatusCode::TOO_MANY_REQUESTS,
        "too_many_attempts",
        "Too many sign-ins at once; try again shortly.",
    )
    .with_header(header::RETRY_AFTER, HeaderValue::from_static("2"))
}

fn hash_now(password: &str) -> Result<String> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| anyhow::anyhow!("{error}"))?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash: PasswordHash =
        argon2.hash_password(password.as_bytes()).map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(hash.to_string())
}

fn verify_now(password: &str, hash: &str) -> bool {
    // The hash brings its own parameters.
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(password: &str) -> Option<String> {
        let known = ["lucia.fernandez@acme.example", "Lucía Fernández"];
        let errors = judge("new_password", &Password::new(password.to_owned()), &known);
        errors.first().map(|error| error.message.split(':').next().unwrap_or_default().to_owned())
    }

    #[test]
    fn a_good_password_is_long_and_not_guessable() {
        for (password, expected) in [
            ("correct horse battery staple", None),
            ("tres tristes tigres tragan 9", None),
            ("mzR7-qk2v-W9pL-xx", None),
            ("short8ch", Some("password_too_short")),
            ("fourteen chars", Some("password_too_short")),
            ("aaaaaaaaaaaaaaaaaaaaaa", Some("password_guessable")),
            ("passwordpassword", Some("password_guessable")),
            ("123456789012345", Some("password_guessable")),
            ("cibercasecibercase", Some("password_guessable")),
            ("luciafernandezacme", Some("password_guessable")),
            ("with a \0 inside of it", Some("password_has_nul")),
        ] {
            assert_eq!(code(password).as_deref(), expected, "{password:?}");
        }
        let words = "correct horse battery staple ";
        assert_eq!(code(&words.repeat(35)), None);
        assert_eq!(code(&words.repeat(36)).as_deref(), Some("password_too_long"));
    }

    #[test]
    fn length_counts_characters_and_not_bytes() {
        assert_eq!(code("ñandú ñoño año").as_deref(), Some("password_too_short"));
        assert_eq!(code("ñandú vuela sobre Teruel"), None);
    }

    #[test]
    fn a_password_is_never_shown() {
        assert_eq!(format!("{:?}", Password::new("secret".into())), "Password(..)");
    }

    #[tokio::test]
    async fn a_hash_verifies_its_password_only_and_is_up_to_date() {
        let pool = PasswordHasherPool::new(2);
        let password = Password::new("correct horse battery staple".to_owned());
        let hash = pool.hash(&password).await.unwrap();
        assert!(!is_outdated(&hash));
        assert!(pool.verify(&password, Some(&hash)).await.unwrap());
        assert!(!pool.verify(&Password::new("another one".into()), Some(&hash)).await.unwrap());
        assert!(!pool.verify(&password, None).await.unwrap());
        assert!(!pool.verify(&password, Some("not a hash")).await.unwrap());
        assert!(is_outdated("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$abcd"));
    }
}
