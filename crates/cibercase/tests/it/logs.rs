//! What is left in the log of who asked for what.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::process::{ADMIN, PASSWORD, Server, data, directory, log_files, program};

#[test]
fn every_call_of_the_api_is_recorded_with_who_asked_and_whether_they_were_let() {
    let directory = directory();
    let data = data(&directory);
    let server = Server::start_with(program(&data).env("CIBERCASE_ADMIN_PASSWORD", PASSWORD));
    let token = server.sign_in();
    server.get(&token, "/api/v1/session");
    assert_eq!(server.send("GET", "/api/v1/users", &[], "").0, 401);
    assert_eq!(server.send("GET", "/", &[], "").0, 200);
    // Text that would be another record, were it written as it came.
    let forged = r#"{"email":"eve@example.org\n{\"message\":\"request\",\"whom\":\"forged\"}\u001b[2J\u2028","password":"x"}"#;
    let kind = [("Content-Type", "application/json"), ("User-Agent", "x\t\u{9b}31mforged")];
    server.send("POST", "/api/v1/session", &kind, forged);
    let said = server.log.clone();
    assert!(server.stop().success());

    let text = log_files(&data);
    let records =
        text.lines().map(|line| serde_json::from_str::<Value>(line).expect(line)).collect::<Vec<_>>();
    let requests = records.iter().filter(|record| record["message"] == "request").collect::<Vec<_>>();
    let found = |route: &str, decision: &str| {
        requests.iter().find(|record| record["route"] == route && record["decision"] == decision).copied()
    };
    let seen = found("/api/v1/session", "allowed").expect(&text);
    assert_eq!((&seen["whom"], &seen["ip"]), (&Value::from(ADMIN), &Value::from("127.0.0.1")));
    assert!(seen["micros"].is_u64() && seen["request_id"].is_string() && seen["timestamp"].is_string());
    let refused = found("/api/v1/users", "unauthenticated").expect(&text);
    assert!(refused.get("whom").is_none(), "{refused}");
    assert!(records.iter().all(|record| record["whom"] != "forged"), "{text}");
    assert!(!text.contains(PASSWORD) && !text.contains(&token), "a secret is in the log");
    let is_quiet = !said.lock().unwrap().contains("\"request\"");
    assert!(is_quiet, "standard error is not for every access");

    let logs = data.join("logs");
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&logs), 0o700);
    for file in std::fs::read_dir(logs).unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }
}
