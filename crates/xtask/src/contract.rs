//! `openapi.json`: the API's contract as the program describes it, and the web's types made from it.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::{say, tree};

const PATH: &str = "openapi.json";
const TYPES: &str = "web/src/api/generated/schema.ts";

pub fn write(binary: &Path) -> Result<()> {
    fs::write(tree::root().join(PATH), describe(binary)?)?;
    say(&format!("Wrote {PATH}."));
    if tree::root().join("web/node_modules/.bin/openapi-typescript").exists() {
        let path = tree::root().join(TYPES);
        fs::create_dir_all(path.parent().unwrap_or(&path))?;
        fs::write(&path, types()?)?;
        say(&format!("Wrote {TYPES}."));
    }
    Ok(())
}

/// What is wrong with the committed contract, compared with what `binary` says.
pub fn check(binary: Option<&Path>) -> Result<Vec<String>> {
    let mut complaints = Vec::new();
    let read = |path: &str| fs::read_to_string(tree::root().join(path)).unwrap_or_default();
    if read(PATH).is_empty() {
        return Ok(vec![format!("there is no {PATH}: run make openapi")]);
    }
    match binary {
        Some(binary) if describe(binary)? != read(PATH) => {
            complaints.push(format!("{PATH} is not what the program describes: run make openapi"));
        }
        Some(_) => {}
        None => say("     openapi.json was not compared: name the program with --binary"),
    }
    if !tree::root().join("web/node_modules/.bin/openapi-typescript").exists() {
        say("     the web's types were not compared: run make web first");
    } else if types()? != read(TYPES) {
        complaints.push(format!("{TYPES} is not what {PATH} makes: run make openapi"));
    }
    Ok(complaints)
}

fn describe(binary: &Path) -> Result<String> {
    // A path without a directory would be looked for among the system's programs.
    let binary = binary.canonicalize().unwrap_or_else(|_| binary.to_path_buf());
    let text = tree::output(Command::new(binary).arg("openapi"))?;
    Ok(format!("{}\n", text.trim_end()))
}

fn types() -> Result<String> {
    let generator = tree::root().join("web/node_modules/.bin/openapi-typescript");
    tree::output(Command::new(generator).arg(PATH))
}
