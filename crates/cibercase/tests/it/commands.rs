//! What the command line answers.

use crate::process::{Server, ask, data, directory, incident, log_files, run};

#[test]
fn commands_work_beside_a_running_server_and_answer_in_json() {
    let directory = directory();
    let data = data(&directory);
    let server = Server::start(&data);
    let organization = ask(&data, &["organization", "add", "Acme Pagos"]);
    assert!(organization["id"].is_string(), "{organization}");
    let user =
        ask(&data, &["user", "add", "ana@example.org", "--role", "analyst", "--organization", "Acme Pagos"]);
    assert!(user["initial_password"].as_str().unwrap().len() >= 15, "{user}");
    let reset = ask(&data, &["user", "reset", "ana@example.org"]);
    assert_ne!(reset["initial_password"], user["initial_password"]);
    let source = ask(
        &data,
        &["source", "add", "--kind", "fortisiem", "--name", "siem", "--organization", "Acme Pagos"],
    );
    let token = source["token"].as_str().unwrap();
    assert_eq!(token.len(), 32, "{source}");
    let bearer = format!("Bearer {token}");
    let (status, answer) =
        server.send("POST", "/api/v1/integrations/webhook", &[("Authorization", &bearer)], &incident(1, 1));
    assert_eq!(status, 200, "a running server knows a new source at once: {answer}");
    assert!(answer.contains(r#""outcome":"created""#), "{answer}");
}

#[test]
fn a_token_in_the_path_works_and_reaches_no_log() {
    let directory = directory();
    let data = data(&directory);
    let server = Server::start(&data);
    let source = ask(&data, &["source", "add", "--kind", "fortisiem", "--name", "siem"]);
    let token = source["token"].as_str().unwrap();
    let (status, answer) = server.send("POST", source["path"].as_str().unwrap(), &[], &incident(2, 1));
    assert_eq!(status, 200, "{answer}");
    let (status, _) =
        server.send("POST", &format!("/api/v1/integrations/webhook/{token}"), &[], "not an incident");
    assert_eq!(status, 422);
    let said = server.log.clone();
    assert!(server.stop().success());
    let said = said.lock().unwrap();
    let log = log_files(&data);
    assert!(log.contains("/api/v1/integrations/webhook/{token}"), "the route is logged: {log}");
    assert!(!log.contains(token) && !said.contains(token), "the token is in the log");
}

#[test]
fn the_audit_log_of_a_running_server_can_be_verified() {
    let directory = directory();
    let data = data(&directory);
    let server = Server::start(&data);
    ask(&data, &["organization", "add", "Acme Pagos"]);
    let began = std::time::Instant::now();
    let report = loop {
        let report = ask(&data, &["audit", "verify"]);
        if report["size"].as_u64() > Some(0) && report["witnessed"] == report["size"] {
            break report;
        }
        assert!(began.elapsed() < std::time::Duration::from_secs(120), "nothing is sequenced: {report}");
    };
    assert_eq!(report["is_intact"], true, "{report}");
    let key = ask(&data, &["audit", "key"]);
    assert!(key["key"].as_str().unwrap().starts_with("cibercase-audit-"), "{key}");
    let token = server.sign_in();
    let bearer = format!("Bearer {token}");
    let (status, export) = server.send("GET", "/api/v1/audit/export", &[("Authorization", &bearer)], "");
    assert_eq!(status, 200, "{export}");
    let (export_file, key_file) = (directory.path().join("audit.ndjson"), directory.path().join("key"));
    std::fs::write(&export_file, dechunked(&export)).unwrap();
    std::fs::write(&key_file, key["key"].as_str().unwrap()).unwrap();
    let (export_file, key_file) = (export_file.to_str().unwrap(), key_file.to_str().unwrap());
    let elsewhere = directory.path().join("elsewhere");
    let report = ask(&elsewhere, &["audit", "verify", "--export", export_file, "--key", key_file]);
    assert_eq!(report["is_intact"], true, "{report}");
    assert!(!elsewhere.exists(), "nothing of an installation is needed");
    drop(server);
    // The copy outside and the log no longer agree.
    let leaves = data.join("audit/leaves");
    let mut bytes = std::fs::read(&leaves).unwrap();
    bytes[0] ^= 1;
    std::fs::write(&leaves, bytes).unwrap();
    let output = run(&data, &["audit", "verify"]);
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("index 0"), "{said}");
}

/// The lines of JSON of a body that came in pieces.
fn dechunked(body: &str) -> String {
    body.lines().filter(|line| line.starts_with('{')).map(|line| format!("{line}\n")).collect()
}

#[test]
fn doctor_finds_nothing_wrong_with_a_fresh_directory() {
    let directory = directory();
    let data = data(&directory);
    let found = ask(&data, &["doctor"]);
    assert_eq!(found["is_ok"], true, "{found}");
}

#[test]
fn an_unknown_organization_is_named_in_the_refusal() {
    let directory = directory();
    let data = data(&directory);
    let _server = Server::start(&data);
    let output =
        run(&data, &["source", "add", "--kind", "fortisiem", "--name", "x", "--organization", "Nowhere"]);
    assert!(!output.status.success());
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("Nowhere"), "{message}");
}

#[test]
fn the_committed_description_of_the_api_is_fresh() {
    let directory = directory();
    let output = run(&data(&directory), &["openapi"]);
    let fresh: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi.json");
    let committed: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(committed).unwrap()).unwrap();
    assert!(fresh == committed, "openapi.json is stale: run make openapi");
}
