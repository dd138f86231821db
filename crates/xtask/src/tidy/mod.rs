//! `cargo xtask tidy`: the rules of ARCHITECTURE.md that neither the compiler nor the tests can see.

mod headers;
mod imports;
mod languages;
mod lockfiles;
mod places;
mod sizes;
mod tables;
mod tests;
mod web;

use std::path::Path;

use anyhow::Result;

use crate::{contract, queries, say, schema, tree};

/// Says whether everything was in order.
pub fn run(binary: Option<&Path>) -> Result<bool> {
    let files = tree::files()?;
    let packages = tree::packages()?;
    let checks = [
        ("crates import what they may", imports::check(&packages)),
        ("every crate says what it is", headers::check(&files)),
        ("modules touch the tables they may", tables::check(&files, &packages)),
        ("the web's parts import what they may", web::check(&files)),
        ("both languages are whole", told(languages::check(&files))),
        ("no test program is built for nothing", tests::check(&files)),
        ("files are short", sizes::check(&files)),
        ("nothing names this machine", places::check(&files)),
        ("lock files name public registries only", lockfiles::check(&files)),
        (".sqlx is fresh", told(queries::check(&files))),
        ("the contract is fresh", told(contract::check(binary))),
        ("schema.sql is fresh", told(schema::check())),
    ];
    for (name, complaints) in &checks {
        say(&format!("{} {name}", if complaints.is_empty() { "ok  " } else { "BAD " }));
        complaints.iter().for_each(|complaint| say(&format!("     {complaint}")));
    }
    Ok(checks.iter().all(|(_, complaints)| complaints.is_empty()))
}

/// A check that could not be made is a complaint too.
fn told(outcome: Result<Vec<String>>) -> Vec<String> {
    outcome.unwrap_or_else(|error| vec![format!("{error:#}")])
}
