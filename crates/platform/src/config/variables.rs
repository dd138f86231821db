//! The names of variables that set something, and what a misspelt one may have meant.

use figment::Provider;
use figment::providers::{Format, Toml};
use figment::value::{Dict, Value};

use super::{DEFAULTS, PREFIX};

/// Variables with our prefix that are read elsewhere, or by tests.
const NO_SETTINGS: [&str; 5] = ["ADMIN_PASSWORD", "KEY_ENCRYPTION_KEY", "LOG", "TEST_DATABASE_URL", "BINARY"];

/// A `CIBERCASE_*` variable that sets nothing, and the one that may have been meant.
#[derive(Debug, PartialEq, Eq)]
pub struct UnknownVariable {
    pub name: String,
    pub nearest: Option<String>,
}

/// The `CIBERCASE_*` variables that set nothing: misspelt, or of another version. They are left alone.
pub fn unknown_variables() -> Vec<UnknownVariable> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let unknown = names.filter_map(|name| {
        let rest = name.strip_prefix(PREFIX)?;
        let is_known = is_setting(rest) || NO_SETTINGS.contains(&rest);
        let nearest = nearest(rest).map(|setting| format!("{PREFIX}{setting}"));
        (!is_known).then_some(UnknownVariable { name, nearest })
    });
    unknown.collect()
}

pub fn is_setting(name: &str) -> bool {
    settings().iter().any(|setting| setting.eq_ignore_ascii_case(name))
}

/// The settings as the rest of a variable's name: `SESSION__IDLE_SECONDS`.
fn settings() -> Vec<String> {
    fn gather(dict: &Dict, before: &str, into: &mut Vec<String>) {
        for (key, value) in dict {
            let name = format!("{before}{}", key.to_uppercase());
            match value {
                Value::Dict(_, inner) => gather(inner, &format!("{name}__"), into),
                _ => into.push(name),
            }
        }
    }
    let mut names = Vec::new();
    for dict in Toml::string(DEFAULTS).data().unwrap_or_default().values() {
        gather(dict, "", &mut names);
    }
    names
}

/// The setting that takes the fewest letters to change, unless it takes so many that it is another word.
fn nearest(name: &str) -> Option<String> {
    let distances = settings().into_iter().map(|setting| (distance(name, &setting), setting));
    let (letters, setting) = distances.min()?;
    (letters <= 2.max(name.len() / 3)).then_some(setting)
}

/// Letters to add, drop or change (Levenshtein's distance).
fn distance(one: &str, other: &str) -> usize {
    let mut row = (0..=other.chars().count()).collect::<Vec<_>>();
    for (line, letter) in one.chars().enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        for (cell, known) in row.iter_mut().skip(1).zip(other.chars()) {
            let changed = diagonal + usize::from(letter != known);
            diagonal = *cell;
            left = changed.min(left + 1).min(diagonal + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_setting_has_a_nearest_one() {
        assert_eq!(nearest("LISTN").as_deref(), Some("LISTEN"));
        assert_eq!(nearest("SESSION_IDLE_SECONDS").as_deref(), Some("SESSION__IDLE_SECONDS"));
        assert_eq!(nearest("DATABASE_URL").as_deref(), Some("DATABASE__URL"));
        assert_eq!(nearest("ZZZZZZZZ"), None);
    }

    #[test]
    fn every_shipped_setting_is_one() {
        assert!(is_setting("session__idle_seconds") && is_setting("LISTEN") && is_setting("WEB_ORIGINS"));
        assert!(!is_setting("SESSION") && !is_setting("LISTN"));
    }
}
