//! Signed notes: a text and Ed25519 signatures below it (C2SP `signed-note`).

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The kind of a key: Ed25519.
const KIND: u8 = 1;
const MARK: &str = "\u{2014} ";
/// What leads a signature: the beginning of its key's hash.
const ID_BYTES: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadNote {
    /// No text with signatures below it.
    Shape,
    /// Nothing in it is signed by the key asked for.
    Unsigned,
    /// The key's signature is not one of this text.
    Forged,
    /// A key or a name that cannot be one.
    Key,
}

impl fmt::Display for BadNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BadNote::Shape => "the note is not a text with signatures below it",
            BadNote::Unsigned => "the note has no signature of this key",
            BadNote::Forged => "the signature is not one of this text",
            BadNote::Key => "the key or its name cannot be one",
        })
    }
}

impl std::error::Error for BadNote {}

/// The half of a key that signs.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    public: VerifyingKey,
}

/// The half that anybody may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    name: String,
    bytes: Vec<u8>,
}

impl SigningKey {
    /// The key of a seed of 32 random bytes.
    pub fn of(name: &str, seed: &[u8; 32]) -> Result<Self, BadNote> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| BadNote::Key)?;
        let public = VerifyingKey::of(name, pair.public_key().as_ref())?;
        Ok(Self { pair, public })
    }

    pub fn public(&self) -> &VerifyingKey {
        &self.public
    }

    /// The text with this key's signature below it. It ends with a line end and has no empty line at its end.
    pub fn sign(&self, text: &str) -> Result<String, BadNote> {
        if !text.ends_with('\n') || text.chars().any(|c| c.is_control() && c != '\n') {
            return Err(BadNote::Shape);
        }
        let signed = [&self.public.id()[..], self.pair.sign(text.as_bytes()).as_ref()].concat();
        Ok(format!("{text}\n{MARK}{} {}\n", self.public.name, STANDARD.encode(signed)))
    }
}

impl VerifyingKey {
    fn of(name: &str, bytes: &[u8]) -> Result<Self, BadNote> {
        let is_name =
            !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+');
        if !is_name || bytes.len() != 32 {
            return Err(BadNote::Key);
        }
        Ok(Self { name: name.to_owned(), bytes: bytes.to_vec() })
    }

    /// Reads `name+id+key`, as it is handed on.
    pub fn read(text: &str) -> Result<Self, BadNote> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(BadNote::Key);
        };
        let key = STANDARD.decode(key).map_err(|_| BadNote::Key)?;
        let Some((&KIND, bytes)) = key.split_first() else { return Err(BadNote::Key) };
        let key = Self::of(name, bytes)?;
        (hexadecimal(&key.id()) == id).then_some(key).ok_or(BadNote::Key)
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    fn id(&self) -> [u8; ID_BYTES] {
        let hash = Sha256::new_with_prefix(&self.name).chain_update([b'\n', KIND]).chain_update(&self.bytes);
        let [a, b, c, d, ..] = <[u8; 32]>::from(hash.finalize());
        [a, b, c, d]
    }

    /// The text of a note, when this key has signed it. Signatures of keys that are not asked for do not matter.
    pub fn open<'a>(&self, note: &'a str) -> Result<&'a str, BadNote> {
        let end = note.rfind("\n\n").ok_or(BadNote::Shape)?;
        let (Some(text), Some(below)) = (note.get(..=end), note.get(end + 2..)) else {
            return Err(BadNote::Shape);
        };
        let mut verdict = Err(BadNote::Unsigned);
        for line in below.strip_suffix('\n').ok_or(BadNote::Shape)?.split('\n') {
            let (name, signed) =
                line.strip_prefix(MARK).and_then(|line| line.split_once(' ')).ok_or(BadNote::Shape)?;
            let signed = STANDARD.decode(signed).map_err(|_| BadNote::Shape)?;
            let (id, signature) = signed.split_at_checked(ID_BYTES).ok_or(BadNote::Shape)?;
            if name == self.name && id == self.id() {
                let key = UnparsedPublicKey::new(&ED25519, &self.bytes);
                key.verify(text.as_bytes(), signature).map_err(|_| BadNote::Forged)?;
                verdict = Ok(text);
            }
        }
        verdict
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[KIND][..], &self.bytes].concat();
        write!(f, "{}+{}+{}", self.name, hexadecimal(&self.id()), STANDARD.encode(key))
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
