//! Lock files pin what the public registries hold; a mirror's address would bind everybody to somebody's network.

use crate::tree::Source;

const CRATES: &str = "\"registry+https://github.com/rust-lang/crates.io-index\"";
const NPM: &str = "\"https://registry.npmjs.org/";

pub fn check(files: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files {
        let (key, wanted) = match file.path.rsplit('/').next() {
            Some("Cargo.lock") => ("source = ", CRATES),
            Some("package-lock.json") => ("\"resolved\": ", NPM),
            _ => continue,
        };
        for (number, line) in (1..).zip(file.text.lines()) {
            if line.trim_start().strip_prefix(key).is_some_and(|source| !source.starts_with(wanted)) {
                complaints.push(format!("{}:{number}: not from the public registry", file.path));
            }
        }
    }
    complaints
}
