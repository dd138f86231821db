//! A crate without tests in its `src` says so, and its empty test program is not built; one with tests does not.

use super::headers::crate_file;
use crate::tree::Source;

const MARKS: [&str; 2] = ["#[cfg(test)]", "#[test]"];

pub fn check(files: &[Source]) -> Vec<String> {
    let manifests = files.iter().filter_map(|file| match crate_file(&file.path) {
        Some((name, "Cargo.toml")) => Some((name, file)),
        _ => None,
    });
    let complaints = manifests.filter_map(|(name, manifest)| {
        let says_none = manifest.text.lines().any(|line| line.trim() == "test = false");
        match (has_tests(name, files), says_none) {
            (true, true) => Some(format!("{}: `test = false`, but its src has tests", manifest.path)),
            (false, false) => Some(format!("{}: no tests in its src; say `test = false`", manifest.path)),
            _ => None,
        }
    });
    complaints.collect()
}

fn has_tests(name: &str, files: &[Source]) -> bool {
    let of_src = |file: &&Source| {
        crate_file(&file.path).is_some_and(|(its, rest)| its == name && rest.starts_with("src/"))
    };
    let is_mark = |line: &str| MARKS.contains(&line.trim());
    files.iter().filter(of_src).any(|file| file.text.lines().any(is_mark))
}
