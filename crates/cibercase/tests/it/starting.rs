//! The first start, the second, and what is left on the disk.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::process::{Server, data, directory, program, run};

#[test]
fn a_first_start_says_the_generated_password_once_and_it_must_be_changed() {
    let directory = directory();
    let data = data(&directory);
    let server = Server::start_with(&mut program(&data));
    let output = server.output.lock().unwrap().clone();
    let password =
        output.lines().find_map(|line| line.split_once("first sign-in): ")).expect(&output).1.to_owned();
    let body = format!(r#"{{"email":"admin@cibercase.local","password":"{password}"}}"#);
    let kind = [("Content-Type", "application/json")];
    let (status, me) = server.send("POST", "/api/v1/session", &kind, &body);
    assert_eq!(status, 200, "{me}");
    assert!(me.contains(r#""must_change_password":true"#), "{me}");
    let log = server.log.clone();
    assert!(server.stop().success());
    assert!(!log.lock().unwrap().contains(&password), "the password is in the log");

    let again = Server::start_with(&mut program(&data));
    let output = again.output.clone();
    assert!(again.stop().success());
    assert!(!output.lock().unwrap().contains("Password"), "the password is said again");
}

#[test]
fn a_log_that_cannot_be_written_stops_nothing() {
    let directory = directory();
    let data = data(&directory);
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let server = Server::start_logging_to(full.into(), program(&data).env("LOG_LEVEL", "debug"));
    let (status, _) = server.send("GET", "/health/ready", &[], "");
    assert_eq!(status, 200);
    assert!(server.stop().success());
}

#[test]
fn a_second_start_is_quick_and_the_shell_is_served() {
    let directory = directory();
    let data = data(&directory);
    assert!(Server::start(&data).stop().success());
    let began = Instant::now();
    let server = Server::start(&data);
    let took = began.elapsed();
    let (status, page) = server.send("GET", "/", &[("Accept", "text/html")], "");
    assert_eq!(status, 200);
    assert!(page.contains("CiberCase"), "{page}");
    println!("a second start took {took:?}");
    // Not a benchmark: a start that initialises again would take many times this.
    assert!(took < Duration::from_secs(20), "{took:?}");
}

#[test]
fn secrets_are_private_whatever_the_umask() {
    let directory = directory();
    let data = data(&directory);
    let script = format!(
        "umask 000; exec {} --data-dir {} setup --file {}",
        env!("CARGO_BIN_EXE_cibercase"),
        data.display(),
        directory.path().join("env").display()
    );
    assert!(std::process::Command::new("sh").args(["-c", &script]).status().unwrap().success());
    let mut seen = 0;
    for entry in std::fs::read_dir(data.join("secrets")).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
        seen += 1;
    }
    assert!(seen >= 3, "only {seen} secrets");
    assert_eq!(mode(&data.join("secrets")), 0o700);
    assert_eq!(mode(&directory.path().join("env")), 0o600);
}

#[test]
fn setup_backs_an_old_env_up() {
    let directory = directory();
    let data = data(&directory);
    let file = directory.path().join("settings.env");
    std::fs::write(&file, "KEEP=me\n").unwrap();
    let output = run(&data, &["setup", "--production", "--file", file.to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let backup = std::fs::read_to_string(directory.path().join("settings.env.backup-1")).unwrap();
    assert_eq!(backup, "KEEP=me\n");
    assert!(std::fs::read_to_string(&file).unwrap().contains("CIBERCASE_PUBLIC_URL"));
}

#[test]
fn an_address_that_is_taken_is_told_clearly() {
    let directory = directory();
    let data = data(&directory);
    let held = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = held.local_addr().unwrap().to_string();
    let output = run(&data, &["serve", "--listen", &address]);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    assert!(message.contains(&address) && message.contains("--listen"), "{message}");
}

#[test]
fn a_mistake_in_the_settings_names_the_setting() {
    let directory = directory();
    let data = data(&directory);
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(data.join("cibercase.toml"), "[session]\nidle_seconds = \"soon\"\n").unwrap();
    let output = run(&data, &["doctor"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!output.status.success());
    assert!(text.contains("idle_seconds"), "{text}");
}

#[test]
fn a_provider_that_would_pass_for_the_directory_is_refused() {
    let directory = directory();
    let data = data(&directory);
    std::fs::create_dir_all(&data).unwrap();
    let settings = "[[sign_in.providers]]\nid = \"directory\"\nlabel = \"Example\"\n\
                    issuer = \"https://id.example.org\"\nclient_id = \"cibercase\"\n";
    std::fs::write(data.join("cibercase.toml"), settings).unwrap();
    let output = run(&data, &["doctor"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!output.status.success());
    assert!(text.contains("sign_in.providers: \"directory\"") && text.contains("another id"), "{text}");
}

#[test]
fn an_unknown_variable_is_named_with_the_nearest_setting_and_stops_nothing() {
    let directory = directory();
    let data = data(&directory);
    let output = program(&data).env("CIBERCASE_LISTN", "0.0.0.0:1").arg("doctor").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("CIBERCASE_LISTN") && said.contains("CIBERCASE_LISTEN?"), "{said}");
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}
