//! `cibercase secrets keep`: a secret that others have made, such as that of a bucket.

use std::io::read_to_string;

use anyhow::{Result, ensure};
use platform::secrets::{Secret, SecretStore};
use serde_json::json;

use super::Context;

/// Reads it from standard input, where neither the shell's history nor a list of processes shows it.
pub fn run(context: &Context, store: &SecretStore, name: &str) -> Result<()> {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    ensure!(
        name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(is_word),
        "the name of a secret has small letters, digits and hyphens"
    );
    let text = Secret::from(read_to_string(std::io::stdin())?.trim().to_owned());
    ensure!(!text.is_empty(), "standard input says nothing");
    let kept = Secret::from(store.get_or_make(name, || text.expose().to_owned())?);
    ensure!(kept == text, "there is another secret {name:?} already");
    context.answer(&json!({ "name": name }), &format!("{name} is kept."))
}
