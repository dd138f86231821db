//! `cibercase policy`, and a policy file that changes under a running server.

use std::time::{Duration, Instant};

use crate::process::{Server, ask, data, directory, program, run};

const POLICIES: &str = include_str!("../../../../config/iam_policies.yaml");

#[test]
fn check_diff_and_schema_need_no_database() {
    let directory = directory();
    let data = data(&directory);
    let (old, new) = (directory.path().join("old.yaml"), directory.path().join("new.yaml"));
    std::fs::write(&old, POLICIES).unwrap();
    std::fs::write(&new, POLICIES.replace("      - rules:write\n", "")).unwrap();
    assert_eq!(ask(&data, &["policy", "check"])["is_valid"], true);
    let (old, new) = (old.to_str().unwrap(), new.to_str().unwrap());
    let difference = ask(&data, &["policy", "diff", old, new]);
    let lost = difference["lost"].as_array().unwrap().iter();
    let roles = lost.map(|change| change["role"].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(roles, ["senior_analyst", "soc_manager"], "{difference}");
    let text = String::from_utf8(run(&data, &["policy", "diff", old, new]).stdout).unwrap();
    assert!(text.contains("- senior_analyst: rules:write"), "{text}");
    let wrong = directory.path().join("wrong.yaml");
    let all = "    permissions: [\"*\"]\n";
    let limited = POLICIES.replace(all, &format!("{all}    restrictions: {{own_items: true}}\n"));
    std::fs::write(&wrong, limited).unwrap();
    let refused = run(&data, &["policy", "diff", old, wrong.to_str().unwrap()]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && said.contains("`own_items` is not asked about by"), "{said}");
    let schema = ask(&data, &["policy", "schema"]);
    let names = schema["$defs"]["permission"]["enum"].as_array().unwrap();
    assert!(["tickets:close", "tickets:*", "*"].iter().all(|name| names.contains(&(*name).into())));
    let of_services = ask(&data, &["policy", "schema", "--services"]);
    assert!(!of_services["$defs"]["permission"]["enum"].as_array().unwrap().contains(&"*".into()));
}

#[test]
fn explain_names_the_reason_and_a_changed_file_counts_while_the_server_runs() {
    let directory = directory();
    let data = data(&directory);
    let file = directory.path().join("policies.yaml");
    std::fs::write(&file, POLICIES).unwrap();
    let server = Server::start_with(program(&data).env("CIBERCASE_IAM_POLICIES_FILE", &file));
    ask(&data, &["organization", "add", "Acme Pagos"]);
    ask(&data, &["user", "add", "ana@example.org", "--role", "analyst", "--organization", "Acme Pagos"]);
    let explain = |permission: &str| {
        let asked = ["--json", "policy", "explain", "--user", "ana@example.org", "--permission", permission];
        let output = program(&data).args(asked).output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    let (is_allowed, text) = explain("tickets:close");
    assert!(is_allowed && text.contains(r#""kind":"granted","role":"analyst""#), "{text}");
    let (is_allowed, text) = explain("users:write");
    assert!(!is_allowed && text.contains("not_granted"), "{text}");
    let reloaded = |text: &str| server.log.lock().unwrap().contains(text);
    let until = |text: &str| {
        let began = Instant::now();
        while !reloaded(text) {
            assert!(began.elapsed() < Duration::from_secs(60), "the server has not said: {text}");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    std::fs::write(&file, POLICIES.replacen("permissions:", "permisions:", 1)).unwrap();
    until("a changed policy file is not taken up");
    std::fs::write(&file, POLICIES.replace("      - rules:write\n", "")).unwrap();
    until("a changed policy file is in force");
    assert!(server.stop().success());
}
