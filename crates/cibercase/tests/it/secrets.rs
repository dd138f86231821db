//! Kept secrets change under a running server.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions};

use crate::process::{PASSWORD, Server, ask, data, directory, program, run};

/// Nobody waits ten minutes for a step here.
const QUICKLY: [(&str, &str); 3] = [
    ("CIBERCASE_SECRETS__LOOK_SECONDS", "1"),
    ("CIBERCASE_SECRETS__PREPARE_SECONDS", "1"),
    ("CIBERCASE_SECRETS__OVERLAP_SECONDS", "5"),
];

fn start(data: &Path) -> Server {
    let mut program = program(data);
    program.env("CIBERCASE_ADMIN_PASSWORD", PASSWORD).env("LOG_LEVEL", "warn").envs(QUICKLY);
    program.env("CIBERCASE_SESSION__ACCESS_TOKEN_SECONDS", "3600");
    Server::start_with(&mut program)
}

fn shown(data: &Path, name: &str) -> String {
    ask(data, &["secrets", "show", name])["secret"].as_str().unwrap().to_owned()
}

/// A number that the database's superuser asks for.
#[expect(clippy::disallowed_methods, reason = "the statement is the test's own")]
fn number(data: &Path, statement: &str) -> i64 {
    let options = PgConnectOptions::new()
        .host(data.join("postgres-socket").to_str().unwrap())
        .port(5432)
        .username("postgres")
        .password(&shown(data, "database-superuser-password"))
        .database("cibercase");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut root = options.connect().await.unwrap();
        sqlx::query_scalar(AssertSqlSafe(statement.to_owned())).fetch_one(&mut root).await.unwrap()
    })
}

#[test]
fn every_secret_that_can_change_does_under_a_running_server_and_nothing_is_restarted() {
    let directory = directory();
    let data = data(&directory);
    let server = start(&data);
    let token = server.sign_in();
    let names = ["api-secret", "database-password", "database-superuser-password", "key-encryption-key"];
    let before = names.map(|name| shown(&data, name));

    let said = ask(&data, &["setup", "--rotate"]);
    assert_eq!(said["restart"], serde_json::json!([]), "{said}");
    let backup = Path::new(said["backup"].as_str().unwrap()).to_owned();
    for file in std::fs::read_dir(&backup).unwrap() {
        let mode = file.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let began = Instant::now();
    let is_settled =
        |list: &Value| list.as_array().unwrap().iter().all(|secret| secret["standing"] == "settled");
    while !is_settled(&ask(&data, &["secrets", "list"])) {
        // Whoever is signed in is served all the while.
        server.get(&token, "/api/v1/session");
        assert!(began.elapsed() < Duration::from_secs(240), "{}", server.log.lock().unwrap());
        std::thread::sleep(Duration::from_millis(500));
    }
    for (name, before) in names.iter().zip(before) {
        assert_ne!(shown(&data, name), before, "{name}");
    }

    // Connections that break off come back in the name that is let in now.
    let of = |login: &str| format!("select count(*) from pg_stat_activity where usename = '{login}'");
    let broken =
        "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename like 'cibercase%'";
    assert!(number(&data, broken) > 0);
    let may_sign_in = "select count(*) from pg_roles where rolname like 'cibercase%' and rolcanlogin";
    assert_eq!(number(&data, may_sign_in), 1);
    let bearer = format!("Bearer {token}");
    let began = Instant::now();
    let is_served = || server.send("GET", "/api/v1/session", &[("Authorization", &bearer)], "").0 == 200;
    while !is_served() || number(&data, &of("cibercase_2")) == 0 {
        assert!(began.elapsed() < Duration::from_secs(60), "{}", server.log.lock().unwrap());
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(number(&data, &of("cibercase")), 0);
    assert!(server.stop().success());

    let server = start(&data);
    server.sign_in();
    let refused = run(&data, &["secrets", "rotate", "audit-log-key"]);
    assert!(!refused.status.success());
    assert!(
        String::from_utf8_lossy(&refused.stdout).contains("not changed: The audit log is named after it")
    );
    assert!(server.stop().success());
}
