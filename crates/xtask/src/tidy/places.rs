//! The project is nobody's checkout: no file names where this one lies, or holds what a merge left behind.

use crate::tree::{self, Source};

pub fn check(files: &[Source]) -> Vec<String> {
    let root = tree::root().display().to_string();
    let markers = ["<<<<<<< ", ">>>>>>> "];
    let mut complaints = Vec::new();
    for file in files {
        for (number, line) in (1..).zip(file.text.lines()) {
            if line.contains(&root) {
                complaints.push(format!("{}:{number}: names a directory of this machine", file.path));
            }
            if markers.iter().any(|marker| line.starts_with(marker)) {
                complaints.push(format!("{}:{number}: a merge is not finished", file.path));
            }
        }
    }
    complaints
}
