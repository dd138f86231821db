//! What the command line answers.

use crate::process::{Server, ask, data, directory, incident, run};

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
    let log = server.log.clone();
    assert!(server.stop().success());
    let log = log.lock().unwrap();
    assert!(log.contains("/api/v1/integrations/webhook/{token}"), "the route is logged: {log}");
    assert!(!log.contains(token), "the token is in the log");
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

#[test]
fn every_route_names_its_permission() {
    let directory = directory();
    let output = run(&data(&directory), &["routes"]);
    let routes: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert!(routes.len() > 80, "{}", routes.len());
    let open = routes
        .iter()
        .filter(|route| route["access"] == "public")
        .map(|route| route["path"].as_str().unwrap());
    let open = open.collect::<std::collections::BTreeSet<_>>();
    let allowed = [
        "/api/v1/auth/revoke",
        "/api/v1/auth/token",
        "/api/v1/integrations/webhook",
        "/api/v1/integrations/webhook/{token}",
        "/api/v1/live",
        "/api/v1/session",
        "/sts/jwks",
    ];
    assert!(open.iter().all(|path| allowed.contains(path)), "{open:?}");
}
