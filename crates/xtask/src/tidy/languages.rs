//! Spanish and English have the same texts.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::tree::Source;

pub fn check(files: &[Source]) -> Result<Vec<String>> {
    let (spanish, english) = (keys(files, "es")?, keys(files, "en")?);
    let missing = |from: &BTreeSet<String>, other: &BTreeSet<String>, language: &str| {
        from.difference(other).map(|key| format!("{language} lacks {key}")).collect::<Vec<_>>()
    };
    let mut complaints = missing(&spanish, &english, "English");
    complaints.extend(missing(&english, &spanish, "Spanish"));
    Ok(complaints)
}

/// `file.json:path.of.the.text` of every text of a language.
fn keys(files: &[Source], language: &str) -> Result<BTreeSet<String>> {
    let directory = format!("web/src/i18n/{language}/");
    let mut keys = BTreeSet::new();
    for file in files {
        let Some(name) = file.path.strip_prefix(&directory).filter(|name| name.ends_with(".json")) else {
            continue;
        };
        let texts = serde_json::from_str(&file.text).with_context(|| format!("{} is no JSON", file.path))?;
        collect(&texts, &format!("{name}:"), &mut keys);
    }
    Ok(keys)
}

fn collect(value: &Value, path: &str, keys: &mut BTreeSet<String>) {
    match value {
        Value::Object(children) => {
            let separator = if path.ends_with(':') { "" } else { "." };
            children.iter().for_each(|(key, child)| collect(child, &format!("{path}{separator}{key}"), keys));
        }
        Value::String(text) if text.trim().is_empty() => {}
        _ => {
            keys.insert(path.to_owned());
        }
    }
}
