//! The working tree: where it is, which files belong to it, what its manifests say.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

/// The workspace's directory.
pub fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap_or(root)
}

/// A file of the tree with its path from the root.
pub struct Source {
    pub path: String,
    pub text: String,
}

/// Every text file that git knows or would add, in order of path.
pub fn files() -> Result<Vec<Source>> {
    let listing =
        output(Command::new("git").args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]))?;
    let mut paths = listing.split('\0').filter(|path| !path.is_empty()).collect::<Vec<_>>();
    paths.sort_unstable();
    paths.dedup();
    // What is not UTF-8 is a picture or a fixture; what is gone was removed and not yet committed.
    let read = |path: &str| {
        let text = fs::read_to_string(root().join(path)).ok()?;
        Some(Source { path: path.to_owned(), text })
    };
    Ok(paths.into_iter().filter_map(read).collect())
}

/// One of the workspace's crates, and those of the workspace and of others that it names.
pub struct Package {
    pub name: String,
    pub dependencies: Vec<Dependency>,
}

pub struct Dependency {
    pub name: String,
    pub is_ours: bool,
    pub is_for_tests: bool,
}

/// The workspace's crates in order of name.
pub fn packages() -> Result<Vec<Package>> {
    let metadata = metadata()?;
    let list = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let mut packages = list.iter().map(package).collect::<Vec<_>>();
    packages.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(packages)
}

fn package(value: &Value) -> Package {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let dependencies = value["dependencies"].as_array().into_iter().flatten().map(|dependency| Dependency {
        name: text(&dependency["name"]),
        is_ours: dependency["path"].is_string(),
        is_for_tests: dependency["kind"] == "dev",
    });
    Package { name: text(&value["name"]), dependencies: dependencies.collect() }
}

/// Cargo's target directory.
pub fn target_directory() -> Result<PathBuf> {
    let metadata = metadata()?;
    Ok(metadata["target_directory"].as_str().context("cargo metadata names no target directory")?.into())
}

fn metadata() -> Result<Value> {
    let text = output(Command::new("cargo").args(["metadata", "--format-version", "1", "--no-deps"]))?;
    Ok(serde_json::from_str(&text)?)
}

/// Runs a program in the root and gives what it wrote to standard output.
pub fn output(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.current_dir(root()).output().with_context(|| format!("{name} could not be run"))?;
    if !output.status.success() {
        bail!("{name} failed:\n{}", String::from_utf8_lossy(&output.stderr).trim_end());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Runs a program in the root, its output for the reader.
pub fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.current_dir(root()).status().with_context(|| format!("{name} could not be run"))?;
    ensure!(status.success(), "{name} failed");
    Ok(())
}
