//! PostgreSQL's programs: where they are, and which version.

use crate::Error;
use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest version we run on: ICU as a cluster's collation provider came with it.
pub const MINIMUM_MAJOR: u32 = 15;

/// Where Debian and Ubuntu put `<major>/bin`, outside of PATH.
const DEBIAN_DIRECTORY: &str = "/usr/lib/postgresql";

/// A PostgreSQL version, such as 15.14. Newer compares greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    pub major: u32,
    pub minor: u32,
}

/// One installation of PostgreSQL.
#[derive(Debug, Clone)]
pub struct Programs {
    directory: PathBuf,
    version: Version,
}

impl Programs {
    /// The newest of what Debian's directory and PATH hold, or exactly `program_override`, a directory of programs.
    pub fn find(program_override: Option<&Path>) -> Result<Self, Error> {
        Self::find_for(None, program_override)
    }

    /// As `find`, but prefers the version that an existing cluster needs over a newer one.
    pub(crate) fn find_for(cluster: Option<u32>, program_override: Option<&Path>) -> Result<Self, Error> {
        let directories = match program_override {
            Some(directory) => vec![directory.to_owned()],
            None => usual_directories(),
        };
        directories
            .iter()
            .filter_map(|directory| Self::in_directory(directory))
            .max_by_key(|found| (Some(found.version.major) == cluster, found.version))
            .ok_or_else(|| Error::NoPrograms { looked: describe(&directories) })
    }

    /// Where a program of this installation is, for instance `pg_dump`.
    pub fn path(&self, program: &str) -> PathBuf {
        self.directory.join(program)
    }

    pub fn directory(&self) -> &Path {
        &self.directory
    }

    pub fn version(&self) -> Version {
        self.version
    }

    fn in_directory(directory: &Path) -> Option<Self> {
        let version = version_in(directory).filter(|version| version.major >= MINIMUM_MAJOR)?;
        // PATH may have links to a few of the programs; all of them are where the links lead.
        let directory = directory.join("postgres").canonicalize().ok()?.parent()?.to_owned();
        directory.join("initdb").is_file().then_some(Self { directory, version })
    }
}

impl Version {
    /// Reads `postgres --version`: `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`, `... 19beta1`.
    fn parse(output: &str) -> Option<Self> {
        let number = output.split_once("(PostgreSQL)")?.1.split_whitespace().next()?;
        let mut parts = number.split('.').map(leading_number);
        Some(Self { major: parts.next()??, minor: parts.next().flatten().unwrap_or(0) })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}

fn usual_directories() -> Vec<PathBuf> {
    let debian =
        fs::read_dir(DEBIAN_DIRECTORY).into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    #[expect(clippy::disallowed_methods, reason = "where programs are is no setting of ours")]
    let path = env::var_os("PATH").unwrap_or_default();
    debian.chain(env::split_paths(&path)).filter(|directory| directory.join("postgres").is_file()).collect()
}

fn version_in(directory: &Path) -> Option<Version> {
    let output = Command::new(directory.join("postgres")).arg("--version").env_clear().output().ok()?;
    Version::parse(&String::from_utf8_lossy(&output.stdout))
}

fn describe(directories: &[PathBuf]) -> String {
    if directories.is_empty() {
        return format!("{DEBIAN_DIRECTORY}/*/bin and PATH");
    }
    let described = directories.iter().map(|directory| match version_in(directory) {
        Some(version) => format!("{}, which has version {version}", directory.display()),
        None => format!("{}, which has no PostgreSQL server", directory.display()),
    });
    described.collect::<Vec<_>>().join("; ")
}

fn leading_number(text: &str) -> Option<u32> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_what_the_server_says_of_itself() {
        let cases = [
            ("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n", Some((15, 14))),
            ("postgres (PostgreSQL) 19beta1\n", Some((19, 0))),
            ("postgres (PostgreSQL) 18devel\n", Some((18, 0))),
            ("postgres (PostgreSQL) \n", None),
            ("command not found", None),
        ];
        for (output, expected) in cases {
            assert_eq!(
                Version::parse(output),
                expected.map(|(major, minor)| Version { major, minor }),
                "{output}"
            );
        }
    }
}
