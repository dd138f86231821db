//! Secrets made on first start and never logged. Who keeps them is a matter of configuration: here are the interface and
//! private files, which need nothing else.

use std::fmt::Debug;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::{Context, Result};
use rand::{RngCore, TryRngCore};
use serde::Deserialize;
use time::OffsetDateTime;
use zeroize::Zeroize;

/// A text that is nobody's business: it is shown by no `Debug`, so by no log and no panic, and has no `Display`. It is
/// wiped from memory at its end.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The text itself, for whoever has to use it. Every use says so by this word.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(if self.is_empty() { "Secret(none)" } else { "Secret(redacted)" })
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

pub use crate::versions::{Standing, Version, Versions};

/// Who keeps secrets. Names are words of this program: small letters and hyphens.
pub trait SecretKeeper: Debug + Send + Sync {
    fn get(&self, name: &str) -> Result<Option<String>>;

    /// Keeps a secret unless there is one of this name: two processes starting at once agree on one.
    fn put_if_absent(&self, name: &str, secret: &str) -> Result<()>;

    /// Writes over what is there, in one step: whoever reads has one or the other.
    fn replace(&self, name: &str, secret: &str) -> Result<()>;

    fn list(&self) -> Result<Vec<KeptSecret>>;

    /// The keys under which it seals what it keeps, if it does.
    fn sealing_keys(&self) -> Result<Vec<SealingKey>> {
        Ok(Vec::new())
    }

    /// Puts another in the place of one of them and seals what is kept anew. Whoever is killed at it leaves what still
    /// opens; the next start goes on.
    fn change_sealing_key(&self, name: &str, _now: OffsetDateTime) -> Result<()> {
        anyhow::bail!("there is no sealing key {name:?} here")
    }
}

/// A key under which secrets are sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealingKey {
    pub name: &'static str,
    pub since: Option<OffsetDateTime>,
    /// Why it cannot be changed from here.
    pub obstacle: Option<String>,
    /// A change was begun and is not at its end.
    pub is_changing: bool,
}

/// That a secret is there, and since when it is this one, as far as its keeper knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSecret {
    pub name: String,
    pub since: Option<OffsetDateTime>,
}

/// The secrets of this installation, whoever keeps them.
#[derive(Clone, Debug)]
pub struct SecretStore(Arc<dyn SecretKeeper>);

impl SecretStore {
    pub fn new(keeper: impl SecretKeeper + 'static) -> Self {
        Self(Arc::new(keeper))
    }

    /// Plain private files under the data directory.
    pub fn open(data_directory: &Path) -> Result<Self> {
        Ok(Self::new(PrivateFiles::open(data_directory)?))
    }

    /// The secret `name`, made by `make` when there is none yet.
    pub fn get_or_make(&self, name: &str, make: impl FnOnce() -> String) -> Result<String> {
        if let Some(secret) = self.get(name)? {
            return Ok(secret);
        }
        self.0.put_if_absent(name, &make())?;
        self.get(name)?.with_context(|| format!("the secret {name} vanished while it was being made"))
    }

    /// The value in use.
    pub fn get(&self, name: &str) -> Result<Option<String>> {
        Ok(self.versions(name)?.map(|versions| versions.current().secret.clone()))
    }

    /// Every value that counts.
    pub fn versions(&self, name: &str) -> Result<Option<Versions>> {
        let Some(text) = self.0.get(name)? else { return Ok(None) };
        Versions::read(&text).map(Some).with_context(|| format!("the secret {name}"))
    }

    /// Every value that counts, made by `make` when there is none yet.
    pub fn versions_or_make(&self, name: &str, make: impl FnOnce() -> String) -> Result<Versions> {
        self.get_or_make(name, make)?;
        self.versions(name)?.with_context(|| format!("the secret {name} vanished"))
    }

    /// Takes a step of a change.
    pub fn replace(&self, name: &str, versions: &Versions) -> Result<()> {
        self.0.replace(name, &versions.write()?)
    }

    pub fn sealing_keys(&self) -> Result<Vec<SealingKey>> {
        self.0.sealing_keys()
    }

    pub fn change_sealing_key(&self, name: &str, now: OffsetDateTime) -> Result<()> {
        self.0.change_sealing_key(name, now)
    }

    /// Every secret that is kept, by name.
    pub fn list(&self) -> Result<Vec<KeptSecret>> {
        let mut kept = self.0.list()?;
        for secret in &mut kept {
            // One that is damaged is there all the same.
            let versions = self.versions(&secret.name).ok().flatten();
            let made_at = versions.and_then(|versions| versions.current().made_at);
            secret.since = made_at.or(secret.since);
        }
        kept.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(kept)
    }
}

/// Files of mode 0600 in the directory `secrets`, private to its owner.
#[derive(Clone, Debug)]
pub struct PrivateFiles {
    directory: PathBuf,
}

impl PrivateFiles {
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

    /// Writes the same secret in another form; it is as old as it was.
    pub fn rewrite(&self, name: &str, text: &str) -> Result<()> {
        let path = self.directory.join(name);
        let modified = fs::metadata(&path).and_then(|data| data.modified()).ok();
        replace_file(&path, text, modified)
    }

    /// Waits until nobody else writes here, in whichever process; until what it gives is dropped nobody does.
    pub fn lock(&self) -> Result<fs::File> {
        let path = self.directory.join(".lock");
        if !path.exists() {
            put_file_once(&path, "")?;
        }
        let file = fs::OpenOptions::new().read(true).write(true).open(&path);
        let file = file.with_context(|| format!("cannot open {}", path.display()))?;
        file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
        Ok(file)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

/// Writes a private file in one step over whatever stood there, as if it had been written at `modified`.
pub fn replace_file(path: &Path, text: &str, modified: Option<SystemTime>) -> Result<()> {
    let draft = draft(path, text)?;
    let moved = (|| {
        if let Some(modified) = modified {
            fs::File::open(&draft)?.set_modified(modified)?;
        }
        fs::rename(&draft, path)
    })();
    if moved.is_err() {
        let _ = fs::remove_file(&draft);
    }
    moved.with_context(|| format!("cannot write {}", path.display()))?;
    keep_entry(path)
}

/// Writes a private file where there is none; one that is there stays. Nobody ever reads half of it.
pub fn put_file_once(path: &Path, text: &str) -> Result<()> {
    let draft = draft(path, text)?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(error).with_context(|| format!("cannot write {}", path.display()))
        }
        _ => keep_entry(path),
    }
}

/// The whole text in a file beside its place, of whoever the directory belongs to: what root writes the service reads too.
fn draft(path: &Path, text: &str) -> Result<PathBuf> {
    let directory = directory_of(path);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let draft = directory.join(format!(".{name}.{}", random_hex(8)));
    let cannot = || format!("cannot write in {}", directory.display());
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft);
    let mut file = file.with_context(cannot)?;
    let (owner, ours) = (directory.metadata().with_context(cannot)?, file.metadata().with_context(cannot)?);
    if ours.uid() == 0 && owner.uid() != 0 {
        fchown(&file, Some(owner.uid()), Some(owner.gid())).with_context(cannot)?;
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(draft)
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The name outlives a loss of power, as the file does.
fn keep_entry(path: &Path) -> Result<()> {
    let directory = directory_of(path);
    let synced = fs::File::open(directory).and_then(|directory| directory.sync_all());
    synced.with_context(|| format!("cannot write {}", directory.display()))
}

impl SecretKeeper for PrivateFiles {
    fn get(&self, name: &str) -> Result<Option<String>> {
        let path = self.directory.join(name);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text.trim_end().to_owned())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    fn put_if_absent(&self, name: &str, secret: &str) -> Result<()> {
        put_file_once(&self.directory.join(name), secret)
    }

    fn replace(&self, name: &str, secret: &str) -> Result<()> {
        replace_file(&self.directory.join(name), secret, None)
    }

    fn list(&self) -> Result<Vec<KeptSecret>> {
        let cannot = || format!("cannot list {}", self.directory.display());
        let mut kept = Vec::new();
        for entry in fs::read_dir(&self.directory).with_context(cannot)? {
            let entry = entry.with_context(cannot)?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            // A draft that a killed process left behind is no secret.
            if name.starts_with('.') {
                continue;
            }
            let since = entry.metadata().and_then(|data| data.modified()).ok().map(OffsetDateTime::from);
            kept.push(KeptSecret { name, since });
        }
        Ok(kept)
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
