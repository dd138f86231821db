//! A crate without tests, or without examples in its comments, says so, and nothing is built to find none; one with them does not.

use super::headers::crate_file;
use crate::tree::Source;

const MARKS: [&str; 2] = ["#[cfg(test)]", "#[test]"];
const FENCES: [&str; 2] = ["//! ```", "/// ```"];

pub fn check(files: &[Source]) -> Vec<String> {
    let manifests = files.iter().filter_map(|file| match crate_file(&file.path) {
        Some((name, "Cargo.toml")) => Some((name, file)),
        _ => None,
    });
    let complaints = manifests.flat_map(|(name, manifest)| {
        let has_tests = of_src(name, files).any(|file| has_line(file, |line| MARKS.contains(&line)));
        let is_fence = |line: &str| FENCES.iter().any(|fence| line.starts_with(fence));
        let has_examples = of_src(name, files).any(|file| has_line(file, is_fence));
        let has_library = of_src(name, files).any(|file| file.path.ends_with("src/lib.rs"));
        let examples = has_library.then(|| complain(manifest, "doctest = false", has_examples));
        [Some(complain(manifest, "test = false", has_tests)), examples].into_iter().flatten().flatten()
    });
    complaints.collect()
}

/// What is wrong with what a manifest says of its `src`.
fn complain(manifest: &Source, word: &str, has_some: bool) -> Option<String> {
    match (has_some, has_line(manifest, |line| line == word)) {
        (true, true) => Some(format!("{}: `{word}`, but its src has some", manifest.path)),
        (false, false) => Some(format!("{}: none in its src; say `{word}`", manifest.path)),
        _ => None,
    }
}

fn of_src<'a>(name: &'a str, files: &'a [Source]) -> impl Iterator<Item = &'a Source> {
    files.iter().filter(move |file| {
        crate_file(&file.path).is_some_and(|(its, rest)| its == name && rest.starts_with("src/"))
    })
}

fn has_line(file: &Source, is_it: impl Fn(&str) -> bool) -> bool {
    file.text.lines().any(|line| is_it(line.trim()))
}
