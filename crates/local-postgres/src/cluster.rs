//! The cluster as its users see it.

use crate::account::Account;
use crate::initialize::initialize;
use crate::layout::Layout;
use crate::server::Launcher;
use crate::supervisor::Supervisor;
use crate::{Error, Programs, Settings, Version};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process;

/// A cluster whose server accepts connections. Dropping it stops the server, unless another process holds it.
pub struct Cluster {
    programs: Programs,
    socket_directory: PathBuf,
    port: u16,
    /// None when another process holds the server.
    held: Option<Held>,
}

/// What the holder has. The server stops before the lock is given up.
struct Held {
    supervisor: Supervisor,
    _lock: Lock,
}

/// The right to run the server. The kernel takes it back from a process that was killed.
struct Lock(File);

impl Cluster {
    /// Makes the cluster if there is none, starts its server (or adopts a live one), and keeps it alive.
    ///
    /// Takes about a second the first time and a fraction of it later; at most two minutes, after a crash.
    pub fn open(settings: &Settings) -> Result<Self, Error> {
        let account = Account::of_the_server()?;
        let layout = Layout::prepare(&settings.directory, &account)?;
        let lock = Lock::take(&layout)?;
        if let Err(holder) = &lock
            && !settings.share
        {
            return Err(Error::Held { directory: layout.directory, holder: holder.clone() });
        }
        let cluster = layout.cluster_major(&account)?;
        let programs = Programs::find_for(cluster, settings.program_override.as_deref())?;
        refuse_other_version(&layout, cluster, &programs)?;
        account.check_reach(&programs, &layout.directory)?;
        let launcher = Launcher { layout, account, programs };
        match lock {
            Ok(lock) => Self::hold(launcher, settings, lock),
            Err(_) => Self::share(launcher, settings),
        }
    }

    /// Fast shutdown: sessions end, committed work stays. Does nothing to a shared server.
    pub fn stop(mut self) -> Result<(), Error> {
        self.held.as_mut().map_or(Ok(()), |held| held.supervisor.stop())
    }

    /// `postgres://user:password@localhost/database?host=/socket/directory&port=5432`, percent-encoded.
    pub fn connection_url(&self, database: &str, user: &str, password: &str) -> String {
        format!(
            "postgres://{}:{}@localhost/{}?host={}&port={}",
            percent_encode(user),
            percent_encode(password),
            percent_encode(database),
            percent_encode(&self.socket_directory.to_string_lossy()),
            self.port
        )
    }

    pub fn socket_directory(&self) -> &Path {
        &self.socket_directory
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn version(&self) -> Version {
        self.programs.version()
    }

    /// For `pg_dump` and its like.
    pub fn programs(&self) -> &Programs {
        &self.programs
    }

    /// Another process of ours holds the server.
    pub fn is_shared(&self) -> bool {
        self.held.is_none()
    }

    fn hold(launcher: Launcher, settings: &Settings, lock: Lock) -> Result<Self, Error> {
        if launcher.layout.cluster_major(&launcher.account)?.is_none() {
            initialize(settings, &launcher)?;
        }
        let server = match launcher.adopt()? {
            Some(server) => {
                tracing::warn!("adopted a PostgreSQL server that was left running, with the settings it has");
                server
            }
            None => launcher.start(settings)?,
        };
        let mut cluster = Self::of_running(&launcher)?;
        cluster.held = Some(Held { supervisor: Supervisor::start(launcher, server)?, _lock: lock });
        Ok(cluster)
    }

    /// Uses the holder's server, or becomes the holder if that one gives up before the server is ready.
    fn share(launcher: Launcher, settings: &Settings) -> Result<Self, Error> {
        let mut lock = None;
        launcher.wait_until_served(|| {
            lock = Lock::take(&launcher.layout).ok().and_then(Result::ok);
            lock.is_some()
        })?;
        match lock {
            Some(lock) => Self::hold(launcher, settings, lock),
            None => Self::of_running(&launcher),
        }
    }

    fn of_running(launcher: &Launcher) -> Result<Self, Error> {
        let path = launcher.layout.pid_file();
        let gone = || Error::Io { path, source: std::io::ErrorKind::NotFound.into() };
        let file = launcher.pid_file().ok_or_else(gone)?;
        Ok(Self {
            programs: launcher.programs.clone(),
            socket_directory: file.socket_directory,
            port: file.port,
            held: None,
        })
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(Err(error)) = self.held.as_mut().map(|held| held.supervisor.stop()) {
            tracing::error!(%error, "the PostgreSQL server could not be stopped");
        }
    }
}

impl Lock {
    /// The lock, or who has it.
    fn take(layout: &Layout) -> Result<Result<Self, String>, Error> {
        let path = &layout.lock;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(path).map_err(Error::io(path))?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0)
                    .and_then(|()| writeln!(file, "{}", process::id()))
                    .map_err(Error::io(path))?;
                Ok(Ok(Self(file)))
            }
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.read_to_string(&mut holder).map_err(Error::io(path))?;
                Ok(Err(holder.trim().to_owned()))
            }
            Err(TryLockError::Error(error)) => Err(Error::io(path)(error)),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing would not be enough while a process being started still has a copy of the descriptor.
        let _ = self.0.unlock();
    }
}

fn refuse_other_version(layout: &Layout, cluster: Option<u32>, programs: &Programs) -> Result<(), Error> {
    match cluster {
        Some(cluster) if cluster != programs.version().major => Err(Error::OtherVersion {
            path: layout.cluster.clone(),
            cluster,
            programs: programs.version(),
            program_directory: programs.directory().to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Encodes all but the unreserved characters of RFC 3986.
fn percent_encode(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_url_could_misread_is_encoded() {
        for (text, expected) in [
            ("plain-1.2_3~", "plain-1.2_3~"),
            ("a b+c", "a%20b%2Bc"),
            ("p@ss:w/r?d#%&=", "p%40ss%3Aw%2Fr%3Fd%23%25%26%3D"),
            ("contraseña", "contrase%C3%B1a"),
        ] {
            assert_eq!(percent_encode(text), expected);
        }
    }
}
