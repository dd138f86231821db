//! A policy file that says something else than a reviewer reads.

use std::path::Path;
use std::process::{Command, Output};

const HEAD: &str = "version: 1\nroles:\n  admin:\n    description: All.\n    permissions: [\"*\"]\n";
const ROLE: &str = "  clerk:\n    description: Reads.\n    permissions: [tickets:read]\n";

/// What is tried, the line that it stands in, and what is said of it.
const TRICKS: [(&str, &str, usize, &str); 10] = [
    ("a typo in a key", "    permisions: [tickets:close]\n", 9, "unknown key `permisions`"),
    ("a key twice", "    permissions: [tickets:close]\n", 9, "duplicate key `permissions`"),
    ("a role twice", "  admin:\n    description: x\n", 9, "duplicate key `admin`"),
    ("a permission that nobody has", "    inherits: [adimn]\n", 9, "did you mean `admin`?"),
    ("an anchor", "    inherits: &all [admin]\n", 9, "an anchor"),
    ("a tag", "    inherits: !!set [admin]\n", 9, "a tag"),
    ("a restriction misspelt", "    restrictions: {network: [10.0.0.0/8]}\n", 9, "did you mean `networks`?"),
    ("a limit for who changes nothing", "    restrictions: {severity_ceiling: low}\n", 9, "changes none"),
    (
        "a limit that nobody asks about",
        "    inherits: [admin]\n    restrictions: {own_items: true}\n",
        10,
        "`own_items` is not asked about by `alerts:write`",
    ),
    ("a second document", "---\nversion: 1\n", 9, "a second document"),
];

fn program(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cibercase"));
    command.env_remove("DATABASE_URL").arg("--data-dir").arg(data.join("data")).current_dir(data);
    command
}

fn check(directory: &Path, text: &str) -> Output {
    let file = directory.join("policies.yaml");
    std::fs::write(&file, text).unwrap();
    program(directory).args(["policy", "check"]).arg(file).output().unwrap()
}

#[test]
fn a_policy_file_with_a_trick_in_it_is_refused_with_the_line() {
    let directory = tempfile::tempdir().unwrap();
    let good = check(directory.path(), &format!("{HEAD}{ROLE}"));
    assert!(good.status.success(), "{}", String::from_utf8_lossy(&good.stdout));
    for (trick, lines, line, problem) in TRICKS {
        let refused = check(directory.path(), &format!("{HEAD}{ROLE}{lines}"));
        let said = String::from_utf8_lossy(&refused.stdout).into_owned();
        assert!(!refused.status.success(), "{trick}: {said}");
        assert!(said.contains(&format!("line {line}, ")) && said.contains(problem), "{trick}: {said}");
    }
}

#[test]
fn a_limit_is_taken_where_every_change_asks_about_its_item() {
    let directory = tempfile::tempdir().unwrap();
    let changes = "    permissions: [tickets:write]\n    inherits: [clerk]\n";
    let limits = "    restrictions: {own_items: true, severity_ceiling: medium}\n";
    let role = format!("  trainee:\n    description: Learns.\n{changes}{limits}");
    let taken = check(directory.path(), &format!("{HEAD}{ROLE}{role}"));
    assert!(taken.status.success(), "{}", String::from_utf8_lossy(&taken.stdout));
}

#[test]
fn nothing_starts_with_a_policy_file_that_has_a_mistake() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("policies.yaml");
    std::fs::write(&file, format!("{HEAD}{ROLE}    permisions: [tickets:close]\n")).unwrap();
    let mut doctor = program(directory.path());
    doctor.env("CIBERCASE_IAM_POLICIES_FILE", &file);
    let found = doctor.arg("doctor").output().unwrap();
    let said = String::from_utf8_lossy(&found.stdout).into_owned();
    assert!(!found.status.success() && said.contains("BAD policies") && said.contains("line 9"), "{said}");
    let database = "postgres://nobody@127.0.0.1:1/none";
    let mut serve = program(directory.path());
    serve.env("CIBERCASE_IAM_POLICIES_FILE", &file).env("DATABASE_URL", database);
    let ended = serve.args(["serve", "--listen", "127.0.0.1:0"]).output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(!ended.status.success() && said.contains("line 9, column 5"), "{said}");
}
