//! A module writes its own tables, and reads those of what it depends on: whose a table is, its owner's header says.

use std::collections::BTreeMap;

use super::headers::{crate_file, header};
use super::imports::{is_module, may_read};
use crate::tree::{Package, Source};

/// Reads that follow no dependency: (module, table).
const READ_WITHOUT_DEPENDENCY: &[(&str, &str)] = &[
    // Names beside ids: docs/decisions/0009.
    ("alerts", "assets"),
    ("alerts", "sources"),
    ("alerts", "tickets"),
    ("dashboard", "assets"),
    ("dashboard", "users"),
    ("intake", "organizations"),
];

/// Writes to others' tables: (module, table). Who makes what is counted appends to the counts: docs/decisions/0027.
const WRITTEN_FOR_OTHERS: &[(&str, &str)] =
    &[("alerts", "dashboard_count_changes"), ("tickets", "dashboard_count_changes")];

pub fn check(files: &[Source], packages: &[Package]) -> Vec<String> {
    let (owners, mut complaints) = owners(files, packages);
    for name in created(files) {
        if !owners.contains_key(name.as_str()) {
            complaints.push(format!("the table {name} is in no crate's header (`Tables: ...`)"));
        }
    }
    for file in files {
        let Some((module, rest)) = crate_file(&file.path) else { continue };
        if !is_module(module) || !rest.starts_with("src/") || !rest.ends_with(".rs") {
            continue;
        }
        for (table, is_written) in uses(&file.text, &owners) {
            let owner = &owners[table];
            let is_allowed = if is_written {
                owner == module || WRITTEN_FOR_OTHERS.contains(&(module, table))
            } else {
                may_read(module, owner) || READ_WITHOUT_DEPENDENCY.contains(&(module, table))
            };
            if !is_allowed {
                let verb = if is_written { "writes" } else { "reads" };
                complaints.push(format!("{}: {verb} {table}, which is {owner}'s", file.path));
            }
        }
    }
    complaints.sort();
    complaints.dedup();
    complaints
}

/// The tables of the migrations.
fn created(files: &[Source]) -> Vec<String> {
    let migrations = files.iter().filter(|file| {
        file.path
            .strip_prefix("migrations/")
            .is_some_and(|name| name.starts_with(|c: char| c.is_ascii_digit()))
    });
    let lines = migrations.flat_map(|file| file.text.lines());
    let names = lines.filter_map(|line| line.strip_prefix("create table "));
    let names = names.filter_map(|rest| rest.split([' ', '(']).next());
    names.filter(|name| !name.ends_with("_default")).map(str::to_owned).collect()
}

/// Table to crate, from the headers: "Tables: `one`, `another`" up to the next full stop or semicolon.
fn owners(files: &[Source], packages: &[Package]) -> (BTreeMap<String, String>, Vec<String>) {
    let (mut owners, mut complaints) = (BTreeMap::new(), Vec::new());
    for package in packages {
        let path = format!("crates/{}/src/lib.rs", package.name);
        let Some(file) = files.iter().find(|file| file.path == path) else { continue };
        let header = header(&file.text);
        let Some((_, list)) = header.split_once("Tables:") else { continue };
        let list = list.split(['.', ';']).next().unwrap_or_default();
        for table in list.split('`').skip(1).step_by(2) {
            if let Some(other) = owners.insert(table.to_owned(), package.name.clone()) {
                complaints.push(format!("the table {table} is {other}'s and {}'s", package.name));
            }
        }
    }
    (owners, complaints)
}

/// The known tables that stand behind a word of SQL, and whether they are written.
fn uses<'a>(text: &str, owners: &'a BTreeMap<String, String>) -> Vec<(&'a str, bool)> {
    let code =
        text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let words =
        code.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
    let words = words.collect::<Vec<_>>();
    let mut found = Vec::new();
    for (index, word) in words.iter().enumerate().skip(2) {
        let Some((table, _)) = owners.get_key_value(*word) else { continue };
        match (words[index - 2], words[index - 1]) {
            // A lock's clause, with the next argument behind it.
            ("for" | "key", "update") => {}
            ("delete", "from") | (_, "into" | "update") => found.push((table.as_str(), true)),
            (_, "from" | "join") => found.push((table.as_str(), false)),
            _ => {}
        }
    }
    found
}
