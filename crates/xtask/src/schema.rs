//! `migrations/schema.sql`: what the migrations amount to, for reading and for reviewing what a new one changes.

use std::fs;

use anyhow::Result;

use crate::sandbox::Sandbox;
use crate::{say, tree};

const PATH: &str = "migrations/schema.sql";

pub fn write() -> Result<()> {
    let sandbox = Sandbox::open()?;
    fs::write(tree::root().join(PATH), dump(&sandbox)?)?;
    say(&format!("Wrote {PATH}."));
    Ok(())
}

/// What is wrong with the committed file; nothing where this machine cannot tell.
pub fn check() -> Result<Vec<String>> {
    if local_postgres::Programs::find(None).is_err() {
        say("     schema.sql was not compared: there is no PostgreSQL here");
        return Ok(Vec::new());
    }
    let committed = fs::read_to_string(tree::root().join(PATH)).unwrap_or_default();
    let sandbox = Sandbox::open()?;
    let header = header(&sandbox);
    if !committed.is_empty() && !committed.starts_with(&header) {
        say(&format!(
            "     schema.sql was not compared: it is another version's, this is PostgreSQL {}",
            sandbox.major()
        ));
        return Ok(Vec::new());
    }
    let is_fresh = dump(&sandbox)? == committed;
    Ok(if is_fresh {
        Vec::new()
    } else {
        vec![format!("{PATH} is not what the migrations make: run make schema")]
    })
}

/// Versions of pg_dump write the same schema differently.
fn header(sandbox: &Sandbox) -> String {
    format!("-- Made by `make schema` with PostgreSQL {}: what the migrations amount to.\n", sandbox.major())
}

fn dump(sandbox: &Sandbox) -> Result<String> {
    let mut pg_dump = sandbox.program("pg_dump");
    pg_dump.args(["--schema-only", "--no-owner", "--schema", "public", "--dbname", sandbox.url()]);
    let text = tree::output(&mut pg_dump)?;
    let mut kept = header(sandbox);
    // Comments, session settings and the random words that pg_dump puts around its commands say nothing of the schema.
    let is_noise = |line: &str| {
        line.starts_with("--")
            || line.starts_with("SET ")
            || line.starts_with('\\')
            || line.starts_with("SELECT pg_catalog.")
            || line.contains(" SCHEMA public ")
            || line == "CREATE SCHEMA public;"
    };
    let mut was_blank = false;
    for line in text.lines().filter(|line| !is_noise(line)) {
        if !(line.is_empty() && was_blank) {
            kept.push_str(line);
            kept.push('\n');
        }
        was_blank = line.is_empty();
    }
    Ok(format!("{}\n", kept.trim_end()))
}
