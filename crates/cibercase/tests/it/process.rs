//! A running program on a data directory of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

pub const ADMIN: &str = "admin@cibercase.local";
pub const PASSWORD: &str = "an operator's preset passphrase";

/// A data directory that the database's own account can reach.
pub fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o711)).unwrap();
    directory
}

pub fn data(directory: &tempfile::TempDir) -> PathBuf {
    directory.path().join("data")
}

/// The program with a clean environment.
pub fn program(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cibercase"));
    command.env_remove("DATABASE_URL").env_remove("LOG_LEVEL").env("RUST_BACKTRACE", "0");
    // A machine that is busy with tests is no finding of theirs.
    command.env("CIBERCASE_MONITORING__FULL_PERCENT", "100");
    // Nor is a port that a test beside has.
    command.env("CIBERCASE_INGEST__UDP", "").env("CIBERCASE_INGEST__TCP", "");
    command.arg("--data-dir").arg(data).current_dir(data.parent().unwrap());
    command
}

/// Runs a command to its end.
pub fn run(data: &Path, arguments: &[&str]) -> Output {
    program(data).args(arguments).output().unwrap()
}

/// Runs a command that answers in JSON.
pub fn ask(data: &Path, arguments: &[&str]) -> Value {
    let output = program(data).arg("--json").args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What the log files hold.
pub fn log_files(data: &Path) -> String {
    let files = std::fs::read_dir(data.join("logs")).unwrap().map(|entry| entry.unwrap().path());
    files.map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

/// A started server; killed with its last owner.
pub struct Server {
    child: Child,
    pub address: String,
    /// What it has written so far.
    pub output: Arc<Mutex<String>>,
    pub log: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
}

impl Server {
    /// Starts with the administrator's password preset, and waits until it serves.
    pub fn start(data: &Path) -> Self {
        Self::start_with(program(data).env("CIBERCASE_ADMIN_PASSWORD", PASSWORD).env("LOG_LEVEL", "debug"))
    }

    pub fn start_with(command: &mut Command) -> Self {
        Self::start_logging_to(Stdio::piped(), command)
    }

    pub fn start_logging_to(log: Stdio, command: &mut Command) -> Self {
        let mut child = command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut readers = Vec::new();
        let output = gather(child.stdout.take().unwrap(), &mut readers);
        let log = child.stderr.take().map(|log| gather(log, &mut readers)).unwrap_or_default();
        let began = Instant::now();
        let address = loop {
            let text = output.lock().unwrap().clone();
            let place = text.lines().find_map(|line| line.strip_prefix("CiberCase is at "));
            if let Some((_, address)) = place.and_then(|place| place.split_once("://")) {
                break address.trim().to_owned();
            }
            if let Some(status) = child.try_wait().unwrap() {
                panic!("the server ended with {status}: {text}\n{}", log.lock().unwrap());
            }
            assert!(began.elapsed() < Duration::from_secs(120), "no start: {text}\n{}", log.lock().unwrap());
            std::thread::sleep(Duration::from_millis(10));
        };
        Self { child, address, output, log, readers }
    }

    pub fn pid(&self) -> i32 {
        i32::try_from(self.child.id()).unwrap()
    }

    /// kill -9: nothing is said and nothing is put in order.
    pub fn kill_nine(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and the end: what it wrote has been read whole.
    pub fn stop(mut self) -> std::process::ExitStatus {
        let pid = nix::unistd::Pid::from_raw(self.pid());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
        let status = self.child.wait().unwrap();
        for reader in std::mem::take(&mut self.readers) {
            reader.join().unwrap();
        }
        status
    }

    /// One request over a connection of its own: status and body.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        try_send(&self.address, method, path, headers, body).unwrap()
    }

    pub fn get(&self, token: &str, path: &str) -> Value {
        let (status, body) = self.send("GET", path, &[("Authorization", &format!("Bearer {token}"))], "");
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    pub fn sign_in(&self) -> String {
        let form = format!(
            "grant_type=password&username={ADMIN}&password={}",
            PASSWORD.replace(' ', "+").replace('\'', "%27")
        );
        let kind = [("Content-Type", "application/x-www-form-urlencoded")];
        let (status, body) = self.send("POST", "/api/v1/auth/token", &kind, &form);
        assert_eq!(status, 200, "{body}");
        let token: Value = serde_json::from_str(&body).unwrap();
        token["access_token"].as_str().unwrap().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            // The database is ours too: let the program stop it.
            let pid = nix::unistd::Pid::from_raw(self.pid());
            let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM);
            let _ = self.child.wait();
        }
    }
}

fn gather(stream: impl Read + Send + 'static, readers: &mut Vec<JoinHandle<()>>) -> Arc<Mutex<String>> {
    let gathered = Arc::new(Mutex::new(String::new()));
    let into = gathered.clone();
    readers.push(std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let mut text = into.lock().unwrap_or_else(PoisonError::into_inner);
            text.push_str(&line);
            text.push('\n');
        }
    }));
    gathered
}

/// A request that may fail because the server is killed meanwhile.
pub fn try_send(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> std::io::Result<(u16, String)> {
    let reply = exchange(address, method, path, headers, body.as_bytes())?;
    Ok((reply.status, reply.body))
}

/// What came back.
pub struct Reply {
    pub status: u16,
    head: String,
    pub body: String,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// The same with a body of any bytes.
pub fn exchange(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> std::io::Result<Reply> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    converse(stream, address, method, path, headers, body)
}

/// The same over a connection that is there.
pub fn converse(
    mut stream: impl Read + Write,
    host: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> std::io::Result<Reply> {
    let headers = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<String>();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    )?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let text = String::from_utf8_lossy(&answer);
    let (head, body) = text.split_once("\r\n\r\n").ok_or(std::io::ErrorKind::UnexpectedEof)?;
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.ok_or(std::io::ErrorKind::InvalidData)?;
    Ok(Reply { status, head: head.to_owned(), body: body.to_owned() })
}

/// A FortiSIEM incident between documentation addresses.
pub fn incident(number: u64, repeat_count: u64) -> String {
    format!(
        r#"<incident incidentId="{number}" organization="Super" repeatCount="{repeat_count}" ruleType="PH_RULE_TEST_{number}" severity="9" status="0">
        <name>Test incident {number}</name>
        <incidentSource><entry attribute="srcIpAddr" name="Source IP">198.51.100.7</entry></incidentSource>
        <incidentTarget><entry attribute="destIpAddr" name="Destination IP">192.0.2.{}</entry></incidentTarget>
        </incident>"#,
        number % 250 + 1
    )
}
