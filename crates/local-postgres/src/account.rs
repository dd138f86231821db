//! Whom the server runs as: ourselves, or the `postgres` user when we are root, which PostgreSQL refuses.

use crate::{Error, Programs};
use nix::unistd::{User, getegid, geteuid};
use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// Debian's package creates this user.
const SERVER_USER: &str = "postgres";

pub(crate) struct Account {
    name: String,
    uid: u32,
    gid: u32,
    /// We are root, and the server runs as somebody else.
    is_other: bool,
}

impl Account {
    pub(crate) fn of_the_server() -> Result<Self, Error> {
        let me = geteuid();
        if !me.is_root() {
            let name = User::from_uid(me).ok().flatten().map_or(me.to_string(), |user| user.name);
            return Ok(Self { name, uid: me.as_raw(), gid: getegid().as_raw(), is_other: false });
        }
        match User::from_name(SERVER_USER) {
            Ok(Some(user)) if !user.uid.is_root() => {
                Ok(Self { name: user.name, uid: user.uid.as_raw(), gid: user.gid.as_raw(), is_other: true })
            }
            _ => Err(Error::NoAccount),
        }
    }

    /// A command run as this account, with none of our environment: that may hold secrets.
    pub(crate) fn command(&self, program: &Path, working_directory: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(working_directory).stdin(Stdio::null());
        command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C");
        if self.is_other {
            // As root, `uid` also drops our supplementary groups.
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// The mode for directories that this account must pass through.
    pub(crate) fn passage_mode(&self) -> u32 {
        if self.is_other { 0o711 } else { 0o700 }
    }

    /// Writes a new file that only this account may read.
    pub(crate) fn write_private(&self, path: &Path, content: &str) -> Result<(), Error> {
        let mut options = OpenOptions::new();
        let mut file =
            options.write(true).create_new(true).mode(0o600).open(path).map_err(Error::io(path))?;
        file.write_all(content.as_bytes()).map_err(Error::io(path))?;
        self.give(path)
    }

    pub(crate) fn give(&self, path: &Path) -> Result<(), Error> {
        if self.is_other {
            chown(path, Some(self.uid), Some(self.gid)).map_err(Error::io(path))
        } else {
            Ok(())
        }
    }

    /// Makes a directory that only this account may enter; one that is there already must be its own.
    pub(crate) fn make_private(&self, path: &Path) -> Result<(), Error> {
        match DirBuilder::new().mode(0o700).create(path) {
            Ok(()) => self.give(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => self.claim(path),
            Err(error) => Err(Error::io(path)(error)),
        }
    }

    /// Refuses what belongs to others, and closes what is open to them (the server insists).
    pub(crate) fn claim(&self, path: &Path) -> Result<(), Error> {
        let metadata = fs::metadata(path).map_err(Error::io(path))?;
        if metadata.uid() != self.uid {
            return Err(self.refuse(path, metadata.uid()));
        }
        if metadata.permissions().mode() & 0o777 == 0o700 {
            return Ok(());
        }
        tracing::warn!(path = %path.display(), "the permissions were too wide or too narrow; they are 0700 now");
        fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(Error::io(path))
    }

    pub(crate) fn owns_process(&self, pid: u32) -> bool {
        fs::metadata(format!("/proc/{pid}")).is_ok_and(|process| process.uid() == self.uid)
    }

    /// Finds the directory that keeps this account from `path`. It tries, so that access lists count too.
    pub(crate) fn check_reach(&self, programs: &Programs, path: &Path) -> Result<(), Error> {
        if !self.is_other || self.try_to_enter(programs, path).is_ok() {
            return Ok(());
        }
        let program = programs.path("postgres");
        let root = Path::new("/");
        self.try_to_enter(programs, root).map_err(|source| Error::Run { program, source })?;
        let mut way: Vec<&Path> = path.ancestors().collect();
        way.reverse();
        let blocked = way.into_iter().find(|directory| self.try_to_enter(programs, directory).is_err());
        blocked.map_or(Ok(()), |blocked| {
            let account = self.name.clone();
            Err(Error::Unreachable { path: path.to_owned(), blocked: blocked.to_owned(), account })
        })
    }

    fn try_to_enter(&self, programs: &Programs, directory: &Path) -> io::Result<()> {
        let mut command = self.command(&programs.path("postgres"), directory);
        command.arg("--version").stdout(Stdio::null()).status().map(drop)
    }

    fn refuse(&self, path: &Path, owner: u32) -> Error {
        Error::OtherOwner { path: path.to_owned(), owner, account: self.name.clone() }
    }
}
