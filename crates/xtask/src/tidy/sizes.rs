//! Files that a reader can hold in mind.

use crate::tree::Source;

/// Where it is time to look for a second meaning in the file.
const WARN: usize = 450;
const MOST: usize = 500;

pub fn check(files: &[Source]) -> Vec<String> {
    let is_code = |path: &str| path.ends_with(".rs") || path.ends_with(".ts") || path.ends_with(".tsx");
    let is_counted = |path: &str| is_code(path) && !path.contains("/tests/") && !path.contains("/generated/");
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| is_counted(&file.path)) {
        let lines = file.text.lines().count();
        if lines > MOST {
            complaints.push(format!("{}: {lines} lines, at most {MOST}: split it by meaning", file.path));
        } else if lines > WARN {
            crate::say(&format!("     {}: {lines} lines, soon too many", file.path));
        }
    }
    complaints
}
