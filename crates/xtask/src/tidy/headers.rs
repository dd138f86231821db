//! Every crate begins with what it is; a module also with its words, tables and invariants.

use super::imports::is_module;
use crate::tree::Source;

pub fn check(files: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files {
        let Some((name, "src/lib.rs" | "src/main.rs")) = crate_file(&file.path) else { continue };
        let header = header(&file.text);
        if header.is_empty() {
            complaints.push(format!("{}: begins without saying what the crate is", file.path));
            continue;
        }
        if is_module(name) {
            let missing = ["Words", "Tables", "Invariants"].into_iter().filter(|word| !header.contains(word));
            complaints.extend(missing.map(|word| format!("{}: the header lacks \"{word}\"", file.path)));
        }
    }
    complaints
}

/// `crates/<name>/<rest>`.
pub fn crate_file(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix("crates/")?.split_once('/')
}

/// The `//!` lines at the top, joined.
pub fn header(text: &str) -> String {
    let lines = text.lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(str::trim).collect::<Vec<_>>().join(" ")
}
