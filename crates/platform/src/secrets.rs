//! Secrets made on first start: files of mode 0600 in the data directory, never logged.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rand::{RngCore, TryRngCore};

/// The directory of secrets under the data directory, private to its owner.
#[derive(Clone, Debug)]
pub struct SecretStore {
    directory: PathBuf,
}

impl SecretStore {
    pub fn open(data_directory: &Path) -> Result<Self> {
        let directory = data_directory.join("secrets");
        if !directory.exists() {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&directory)
                .with_context(|| format!("cannot create {}", directory.display()))?;
        }
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o700))
            .with_context(|| format!("cannot make {} private", directory.display()))?;
        Ok(Self { directory })
    }

    /// The secret `name`, made by `make` when there is none yet. Two processes starting at once agree on one.
    pub fn get_or_make(&self, name: &str, make: impl FnOnce() -> String) -> Result<String> {
        if let Some(secret) = self.get(name)? {
            return Ok(secret);
        }
        self.put_if_absent(name, &make())?;
        self.get(name)?.with_context(|| format!("the secret {name} vanished while it was being made"))
    }

    pub fn get(&self, name: &str) -> Result<Option<String>> {
        let path = self.directory.join(name);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text.trim_end().to_owned())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// Writes the whole file beside its place and links it there: nobody ever reads half a secret.
    fn put_if_absent(&self, name: &str, secret: &str) -> Result<()> {
        let path = self.directory.join(name);
        let draft = self.directory.join(format!(".{name}.{}", random_hex(8)));
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)
            .with_context(|| format!("cannot write in {}", self.directory.display()))?;
        file.write_all(secret.as_bytes())?;
        file.sync_all()?;
        let linked = fs::hard_link(&draft, &path);
        fs::remove_file(&draft)?;
        match linked {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                Err(error).with_context(|| format!("cannot write {}", path.display()))
            }
            _ => Ok(()),
        }
    }
}

/// `bytes` random bytes as lower-case hexadecimal.
pub fn random_hex(bytes: usize) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(bytes * 2);
    for byte in random_bytes(bytes) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// A password of `bytes` random bytes in base64's alphabet, letters and digits only.
pub fn random_password(bytes: usize) -> String {
    use base64::Engine;
    let alphanumeric = |text: String| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let wanted = bytes * 4 / 3;
    let mut password = String::new();
    while password.len() < wanted {
        let draw = base64::engine::general_purpose::STANDARD_NO_PAD.encode(random_bytes(bytes));
        password.push_str(&alphanumeric(draw));
    }
    password.truncate(wanted);
    password
}

/// Any of 256, for waits that should differ.
pub(crate) fn random_byte() -> u8 {
    random_bytes(1).first().copied().unwrap_or(0)
}

fn random_bytes(count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    rand::rngs::OsRng.unwrap_err().fill_bytes(&mut bytes);
    bytes
}
