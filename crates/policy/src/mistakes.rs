//! What is wrong with a policy file: where, what, and what was probably meant.

use std::fmt;

/// A place in the file, as an editor counts: both from 1, columns in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

impl Position {
    /// Where a mistake that belongs to the file as a whole is reported.
    pub(crate) const START: Position = Position { line: 1, column: 1 };
}

/// One thing that the author of the file has to change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    pub at: Position,
    pub problem: String,
    pub suggestion: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { line, column } = self.at;
        write!(f, "line {line}, column {column}: {}; {}", self.problem, self.suggestion)
    }
}

/// Every mistake found in a file, in the order of the file and never empty. Displays one on each line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.lines())]
pub struct Mistakes(Vec<Mistake>);

impl Mistakes {
    /// The mistakes, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Mistake> {
        self.0.iter()
    }

    /// A failure after the file was found right, and therefore this crate's own.
    pub(crate) fn defect(problem: String) -> Mistakes {
        let suggestion = "the file is not to blame: report a defect".to_owned();
        Mistakes(vec![Mistake { at: Position::START, problem, suggestion }])
    }

    fn lines(&self) -> String {
        self.0.iter().map(Mistake::to_string).collect::<Vec<_>>().join("\n")
    }
}

/// Gathers mistakes while the file is read, so that one attempt shows all of them.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<Mistake>);

impl Findings {
    pub(crate) fn add(&mut self, at: Position, problem: impl Into<String>, suggestion: impl Into<String>) {
        self.0.push(Mistake { at, problem: problem.into(), suggestion: suggestion.into() });
    }

    pub(crate) fn into_result(mut self) -> Result<(), Mistakes> {
        if self.0.is_empty() {
            return Ok(());
        }
        self.0.sort();
        Err(Mistakes(self.0))
    }
}

/// The author's own text inside a message: control characters made visible, and not longer than a line bears.
pub(crate) fn quoted(text: &str) -> String {
    const LONGEST_CHARS: usize = 60;
    let shown: String = text.chars().take(LONGEST_CHARS).flat_map(char::escape_debug).collect();
    let ellipsis = if text.chars().nth(LONGEST_CHARS).is_some() { "..." } else { "" };
    format!("`{shown}{ellipsis}`")
}

/// "did you mean" the closest known name, or the known names when none resembles what was written.
pub(crate) fn suggest(written: &str, known: &[&str]) -> String {
    match closest(written, known) {
        Some(name) => format!("did you mean {}?", quoted(name)),
        None => format!("known here: {}", list(known)),
    }
}

/// Names side by side, cut short where they would fill the screen.
pub(crate) fn list(names: &[&str]) -> String {
    const MOST_NAMES: usize = 12;
    let shown = names.iter().take(MOST_NAMES).map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(MOST_NAMES) {
        None | Some(0) => shown,
        Some(others) => format!("{shown} and {others} more"),
    }
}

/// The known name that takes the fewest slips of the finger, if that is few for its length.
fn closest<'k>(written: &str, known: &[&'k str]) -> Option<&'k str> {
    // Whoever wrote this much did not mistype a name; the comparison is quadratic.
    const LONGEST_BYTES: usize = 100;
    if written.len() > LONGEST_BYTES {
        return None;
    }
    let by_distance = known.iter().map(|name| (slips(written, name), *name));
    let (distance, name) = by_distance.min_by_key(|(distance, _)| *distance)?;
    (distance <= 2.max(name.len() / 3)).then_some(name)
}

/// Letters inserted, left out, replaced or swapped with their neighbour (optimal string alignment distance).
fn slips(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swap_of_neighbours_is_one_slip() {
        let cases =
            [("", "", 0), ("abc", "abc", 0), ("hours", "huors", 1), ("read", "red", 1), ("abc", "xyz", 3)];
        for (a, b, expected) in cases {
            assert_eq!(slips(a, b), expected, "{a} against {b}");
        }
    }

    #[test]
    fn a_name_that_resembles_nothing_gets_the_list() {
        assert_eq!(suggest("zzzzzzzz", &["from", "to"]), "known here: `from`, `to`");
        assert_eq!(suggest("form", &["from", "to"]), "did you mean `from`?");
    }

    #[test]
    fn control_characters_are_shown_and_long_text_is_cut() {
        assert_eq!(quoted("a\u{1b}[2J\n"), "`a\\u{1b}[2J\\n`");
        assert_eq!(quoted(&"x".repeat(100)).len(), 65);
    }
}
