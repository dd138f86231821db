//! A data directory of one's own, a client, and other processes of ours to quarrel with.

use local_postgres::{Cluster, Durability, Programs, Settings};
use nix::sys::signal::Signal;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Lines, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub const PASSWORD: &str = "a secret of the tests";

/// Tells the test binary, run again, which directory to hold.
const DIRECTORY_VARIABLE: &str = "LOCAL_POSTGRES_TEST_DIRECTORY";

/// A data directory that the server's user can reach.
pub struct Place(TempDir);

/// Another process that holds the cluster of a directory.
pub struct OtherProcess {
    child: Child,
    /// Kept open, or its next word would kill it.
    _words: Lines<BufReader<ChildStdout>>,
}

impl Place {
    pub fn new() -> Self {
        let directory = tempfile::Builder::new().prefix("local-postgres-").tempdir_in("/tmp").unwrap();
        fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
        Self(directory)
    }

    pub fn path(&self) -> PathBuf {
        self.0.path().join("data")
    }

    pub fn settings(&self) -> Settings {
        settings_for(&self.path())
    }

    pub fn open(&self) -> Cluster {
        Cluster::open(&self.settings()).unwrap()
    }

    pub fn refusal(&self) -> String {
        refusal(&self.settings())
    }

    pub fn cluster(&self) -> PathBuf {
        self.path().join("postgres")
    }

    pub fn server_pid(&self) -> Option<u32> {
        let file = fs::read_to_string(self.cluster().join("postmaster.pid")).ok()?;
        file.lines().next()?.parse().ok()
    }

    /// Every process that works in the cluster.
    pub fn server_processes(&self) -> Vec<u32> {
        let cluster = self.cluster();
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let pids = processes.filter_map(|process| process.file_name().to_str()?.parse().ok());
        let is_here = |pid: &u32| fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|path| path == cluster);
        pids.filter(is_here).collect()
    }

    /// The server's child that calls itself so; on a busy machine it takes its name a moment after its start.
    pub fn server_process(&self, name: &str) -> u32 {
        let line = |pid: &u32| fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let found = || self.server_processes().into_iter().find(|pid| line(pid).contains(name));
        eventually("the server's child has its name", || found().is_some());
        found().unwrap()
    }

    pub fn entries(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).unwrap().flatten();
        let mut names: Vec<String> =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Runs this test binary again to hold the cluster; returns when its server is ready.
    pub fn held_by_another_process(&self) -> OtherProcess {
        // Whoever runs the tests in the background has them ignore Ctrl-C, and what they start with them.
        let mut command = Command::new("env");
        command
            .arg("--default-signal=INT")
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "another_process_of_ours", "--nocapture"])
            .env(DIRECTORY_VARIABLE, self.path());
        let mut child =
            command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut words = BufReader::new(child.stdout.take().unwrap()).lines();
        let is_holding = words.by_ref().map_while(Result::ok).any(|line| line.contains("holding"));
        assert!(is_holding, "it could not open the cluster");
        OtherProcess { child, _words: words }
    }
}

impl OtherProcess {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// As the kernel does when memory runs out.
    pub fn kill_nine(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// What a terminal does: the signal goes to the whole process group.
    pub fn press_control_c(mut self) {
        signal(Signal::SIGINT, -i32::try_from(self.child.id()).unwrap());
        self.child.wait().unwrap();
    }

    pub fn end(mut self) {
        drop(self.child.stdin.take());
        self.child.wait().unwrap();
    }
}

/// The part of the other process: holds the cluster until its input ends. Does nothing in an ordinary run.
pub fn hold_if_asked() {
    #[expect(clippy::disallowed_methods, reason = "how this test tells its own second process what to do")]
    let Some(directory) = std::env::var_os(DIRECTORY_VARIABLE) else { return };
    let cluster = Cluster::open(&settings_for(Path::new(&directory))).unwrap();
    std::io::stdout().write_all(b"holding\n").unwrap();
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).unwrap();
    cluster.stop().unwrap();
}

pub fn settings_for(directory: &Path) -> Settings {
    Settings { durability: Durability::None, ..Settings::new(directory, PASSWORD) }
}

pub fn refusal(settings: &Settings) -> String {
    match Cluster::open(settings) {
        Ok(_) => "it was not refused".into(),
        Err(error) => error.to_string(),
    }
}

/// Runs a statement as the superuser; its rows, fields separated by `|`.
pub fn query(cluster: &Cluster, statement: &str) -> Result<String, String> {
    query_with(cluster, PASSWORD, statement)
}

pub fn query_with(cluster: &Cluster, password: &str, statement: &str) -> Result<String, String> {
    let output = client(cluster, password, statement).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

pub fn start_query(cluster: &Cluster, statement: &str) -> Child {
    client(cluster, PASSWORD, statement).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

fn client(cluster: &Cluster, password: &str, statement: &str) -> Command {
    let url = cluster.connection_url("postgres", "postgres", password);
    let mut psql = Command::new(cluster.programs().path("psql"));
    psql.args(["-qAtX", "-v", "ON_ERROR_STOP=1", "-c", statement, &url]);
    psql
}

/// A directory of programs that say `version` and whose initdb runs `initdb`, a shell script.
pub fn pretended_programs(place: &Place, version: &str, initdb: &str) -> PathBuf {
    let directory = place.path().with_file_name("programs");
    fs::create_dir(&directory).unwrap();
    fs::set_permissions(&directory, Permissions::from_mode(0o755)).unwrap();
    let server = format!("echo 'postgres (PostgreSQL) {version}'");
    for (name, body) in [("postgres", server.as_str()), ("initdb", initdb)] {
        // Written by a shell: a file that this process still had open for writing could not be run.
        let script = format!("printf '#!/bin/sh\\n%s\\n' \"$0\" > {name} && chmod 755 {name}");
        let status = Command::new("sh").current_dir(&directory).args(["-c", &script, body]).status().unwrap();
        assert!(status.success());
    }
    directory
}

/// Runs a copy of this test binary, since nobody may not be able to reach it where it is.
pub fn run_these_tests_as_nobody() {
    let nobody = nix::unistd::User::from_name("nobody").unwrap().unwrap();
    let place = Place::new();
    let copy = place.path().with_file_name("tests");
    // Copied by another process: a file that this one still had open for writing could not be run.
    assert!(Command::new("cp").arg(std::env::current_exe().unwrap()).arg(&copy).status().unwrap().success());
    let mut again = Command::new(&copy);
    again.uid(nobody.uid.as_raw()).gid(nobody.gid.as_raw()).current_dir("/tmp");
    let output = again.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

pub fn installed() -> Programs {
    Programs::find(None).unwrap()
}

pub fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

pub fn mode_of(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

pub fn kill_nine(pid: u32) {
    signal(Signal::SIGKILL, i32::try_from(pid).unwrap());
}

pub fn freeze(pid: u32) {
    signal(Signal::SIGSTOP, i32::try_from(pid).unwrap());
}

pub fn thaw(pid: u32) {
    signal(Signal::SIGCONT, i32::try_from(pid).unwrap());
}

/// Whether SIGQUIT waits for a frozen process to wake up.
pub fn is_told_to_quit(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let pending = status.lines().find_map(|line| line.strip_prefix("ShdPnd:")).unwrap();
    u64::from_str_radix(pending.trim(), 16).unwrap() & (1 << (Signal::SIGQUIT as u64 - 1)) != 0
}

#[track_caller]
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(30), "not in 30 seconds: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn signal(signal: Signal, pid: i32) {
    // It may be gone already.
    let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), signal);
}
