//! Who may depend on whom. Cargo refuses circles; this refuses what would still be a wrong direction.

use crate::tree::Package;

/// Libraries without I/O: bytes and values in, values out.
const PURE: &[&str] =
    &["detection", "fortisiem", "log-formats", "merkle", "policy", "sigma", "syslog", "vocab", "webauthn"];

/// What would bring I/O into a pure crate.
const IMPURE: &[&str] = &["tokio", "axum", "hyper", "reqwest", "sqlx", "tracing"];

/// `#[derive(sqlx::Type)]` gives an enum one spelling in SQL and JSON; nothing of these crates talks to a database.
const DERIVES_ONLY: &[(&str, &str)] = &[("vocab", "sqlx"), ("detection", "sqlx")];

/// What stands beneath the modules, and what each may use of ours.
const GROUND: &[(&str, &[&str])] = &[
    ("vocab", &[]),
    ("platform", &["vocab"]),
    ("local-postgres", &[]),
    ("detection", &["vocab"]),
    ("fortisiem", &["log-formats", "vocab"]),
    ("log-formats", &["syslog"]),
    ("merkle", &[]),
    ("policy", &["vocab"]),
    ("secrets", &["platform"]),
    ("secure-client", &[]),
    ("sigma", &["log-formats", "vocab"]),
    ("syslog", &[]),
    ("tls", &[]),
    ("webauthn", &[]),
];

/// The modules, and what each may use beside `platform`, `vocab` and the pure crates.
const MODULES: &[(&str, &[&str])] = &[
    ("mtls", &["tls"]),
    ("sts", &["mtls"]),
    ("identity", &["mtls", "notifications", "secure-client", "sts"]),
    ("rotation", &["identity", "sts"]),
    ("assets", &[]),
    ("audit", &["secrets"]),
    ("authorization", &["identity"]),
    ("notifications", &[]),
    ("alerts", &[]),
    ("events", &[]),
    ("tickets", &["alerts", "assets", "identity", "notifications"]),
    ("intake", &["alerts", "assets", "tickets"]),
    ("collector", &["assets", "events", "identity", "intake", "rules", "tls"]),
    ("rules", &["alerts", "events", "tickets"]),
    ("dashboard", &["alerts", "tickets"]),
    (
        "monitoring",
        &["assets", "audit", "collector", "identity", "intake", "mtls", "rotation", "rules", "sts", "tls"],
    ),
];

/// Tools; they are no part of the program.
const TOOLS: &[(&str, &[&str])] = &[
    ("testkit", &["identity", "local-postgres", "platform", "policy", "sts", "vocab"]),
    ("xtask", &["local-postgres"]),
    ("loadgen", &[]),
];

pub fn check(packages: &[Package]) -> Vec<String> {
    packages.iter().flat_map(check_one).collect()
}

fn check_one(package: &Package) -> Vec<String> {
    let name = package.name.as_str();
    let mut complaints = Vec::new();
    let allowed = allowed(name);
    if allowed.is_none() && name != "cibercase" {
        complaints.push(format!("{name}: say in crates/xtask/src/tidy/imports.rs what it may use"));
    }
    for dependency in &package.dependencies {
        let to = dependency.name.as_str();
        if dependency.is_for_tests {
            continue;
        }
        if to == "cibercase" || to == "testkit" {
            complaints.push(format!("{name} -> {to}: nothing of the program uses it"));
        } else if dependency.is_ours && allowed.as_ref().is_some_and(|allowed| !allowed.contains(&to)) {
            complaints.push(format!("{name} -> {to}: not among what {name} may use"));
        } else if PURE.contains(&name) && IMPURE.contains(&to) && !DERIVES_ONLY.contains(&(name, to)) {
            complaints.push(format!("{name} -> {to}: a pure crate does no I/O"));
        }
    }
    complaints
}

fn allowed(name: &str) -> Option<Vec<&'static str>> {
    let find = |table: &[(&str, &'static [&'static str])]| {
        table.iter().find(|(known, _)| *known == name).map(|(_, uses)| uses.to_vec())
    };
    let module = find(MODULES).map(|uses| {
        let beneath = PURE.iter().copied().chain(["platform", "policy"]);
        uses.into_iter().chain(beneath).collect()
    });
    module.or_else(|| find(GROUND)).or_else(|| find(TOOLS))
}

/// Whether `module` may read tables of `owner`.
pub fn may_read(module: &str, owner: &str) -> bool {
    module == owner
        || owner == "platform"
        || MODULES.iter().any(|(name, uses)| *name == module && uses.contains(&owner))
}

pub fn is_module(name: &str) -> bool {
    MODULES.iter().any(|(module, _)| *module == name)
}
