//! The chores of the workspace that `cargo` and `make` cannot do by themselves: `cargo xtask <chore>`.
//!
//! What the repository holds that is made from something else (`.sqlx/`, `openapi.json`, `migrations/schema.sql`) is
//! written here and compared here; nothing here is part of the program.

mod contract;
mod queries;
mod sandbox;
mod schema;
mod test_postgres;
mod tidy;
mod tree;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

const USAGE: &str = "\
cargo xtask tidy [--binary PATH]     what the compiler and the tests cannot see: imports, tables, sizes, contracts
cargo xtask sqlx                     writes .sqlx/ anew, against a private PostgreSQL
cargo xtask schema                   writes migrations/schema.sql anew
cargo xtask openapi --binary PATH    writes openapi.json anew
cargo xtask stop-test-postgres       stops the server that tests leave running
";

fn main() -> ExitCode {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            complain(&format!("xtask: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Says whether everything was right.
fn run(arguments: &[String]) -> Result<bool> {
    let arguments = arguments.iter().map(String::as_str).collect::<Vec<_>>();
    match arguments.as_slice() {
        ["tidy"] => tidy::run(None),
        ["tidy", "--binary", path] => tidy::run(Some(&PathBuf::from(path))),
        ["sqlx"] => queries::write().map(|()| true),
        ["schema"] => schema::write().map(|()| true),
        ["openapi", "--binary", path] => contract::write(&PathBuf::from(path)).map(|()| true),
        ["stop-test-postgres"] => test_postgres::stop().map(|()| true),
        _ => {
            complain(USAGE.trim_end());
            Ok(false)
        }
    }
}

/// Writes a line to standard output; a reader that has gone away is no error.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Writes a line to standard error.
fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
