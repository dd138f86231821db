//! The server process: starting it, knowing it again, stopping it.

use crate::account::Account;
use crate::error::is_disk_full;
use crate::layout::{Layout, remove_if_temporary, socket_in};
use crate::wait::wait_until;
use crate::{Error, Programs, Settings};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

/// Long enough for the recovery of `max_wal_size` on a slow disk.
const START_LIMIT: Duration = Duration::from_secs(120);
/// A fast shutdown ends with a checkpoint.
const FAST_STOP_LIMIT: Duration = Duration::from_secs(30);
/// An immediate one does not; the server itself kills its children after five seconds.
const IMMEDIATE_STOP_LIMIT: Duration = Duration::from_secs(10);
const LAST_WORDS_LIMIT: Duration = Duration::from_secs(5);
const LEFTOVERS_LIMIT: Duration = Duration::from_secs(10);

/// A running server. `child` is none for one that was adopted.
pub(crate) struct Server {
    pid: u32,
    child: Option<Child>,
}

/// What `postmaster.pid` says; its lines are described in PostgreSQL's `pidfile.h`.
#[derive(Debug, PartialEq)]
pub(crate) struct PidFile {
    pub(crate) pid: u32,
    pub(crate) port: u16,
    pub(crate) socket_directory: PathBuf,
    status: String,
}

/// All that it takes to start the server, and start it again.
pub(crate) struct Launcher {
    pub(crate) layout: Layout,
    pub(crate) account: Account,
    pub(crate) programs: Programs,
}

impl Launcher {
    /// Takes over a server whose holder was killed, if there is one that runs on.
    pub(crate) fn adopt(&self) -> Result<Option<Server>, Error> {
        let Some(file) = self.live_pid_file() else { return Ok(None) };
        let mut server = Server { pid: file.pid, child: None };
        if file.status == "stopping" && wait_until(FAST_STOP_LIMIT, || !self.is_running(&mut server)) {
            return Ok(None);
        }
        match self.wait_until_ready(&mut server) {
            Ok(()) => Ok(Some(server)),
            Err(_) if !self.is_running(&mut server) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn start(&self, settings: &Settings) -> Result<Server, Error> {
        self.pid_file().iter().for_each(|old| remove_if_temporary(&old.socket_directory));
        let mut remains = Ok(());
        wait_until(LEFTOVERS_LIMIT, || {
            remains = self.clear_remains();
            !matches!(remains, Err(Error::Leftovers { .. }))
        });
        remains?;
        let sockets = self.layout.make_socket_directory(settings.port, &self.account)?;
        let configuration = settings.configuration(&self.layout, &sockets)?;
        let path = &self.layout.configuration;
        if path.exists() {
            fs::remove_file(path).map_err(Error::io(path))?;
        }
        self.account.write_private(path, &configuration)?;
        let mut server = self.spawn()?;
        self.wait_until_ready(&mut server).inspect_err(|_| {
            if !self.is_running(&mut server) {
                remove_if_temporary(&sockets);
            }
        })?;
        Ok(server)
    }

    /// Starts the server again with the configuration of the first time; does not wait.
    pub(crate) fn restart(&self) -> Result<Server, Error> {
        self.clear_remains()?;
        self.spawn()
    }

    /// Ends when the server accepts connections, or is found dead.
    pub(crate) fn wait_until_ready(&self, server: &mut Server) -> Result<(), Error> {
        let is_over = wait_until(START_LIMIT, || self.is_ready(server) || !self.is_running(server));
        if !is_over {
            return Err(self.timeout());
        }
        if self.is_running(server) {
            return Ok(());
        }
        self.wait_for_last_words();
        let (path, log) = (self.layout.cluster.clone(), self.layout.log_tail());
        if is_disk_full(&log) {
            return Err(Error::DiskFull { path, detail: log });
        }
        if log.contains("could not create any Unix-domain sockets") {
            return Err(Error::Socket { path: self.layout.directory.join("postgres-socket"), detail: log });
        }
        Err(Error::Start { path, status: server.exit_status(), log })
    }

    /// Waits for a server that somebody else starts, or for `is_over`.
    pub(crate) fn wait_until_served(&self, mut is_over: impl FnMut() -> bool) -> Result<(), Error> {
        let is_done = wait_until(START_LIMIT, || self.is_served() || is_over());
        if is_done { Ok(()) } else { Err(self.timeout()) }
    }

    pub(crate) fn is_ready(&self, server: &Server) -> bool {
        let says_ready = || self.pid_file().filter(|file| file.pid == server.pid && file.status == "ready");
        // In a container a stale file may name the new server's own id. Once the socket answers, the file is new.
        let answers =
            |file: PidFile| UnixStream::connect(socket_in(&file.socket_directory, file.port)).is_ok();
        says_ready().is_some_and(answers) && says_ready().is_some()
    }

    pub(crate) fn is_running(&self, server: &mut Server) -> bool {
        match &mut server.child {
            Some(child) => matches!(child.try_wait(), Ok(None)),
            None => self.is_our_server(server.pid),
        }
    }

    /// The file of a server that runs on this cluster, whoever started it.
    fn live_pid_file(&self) -> Option<PidFile> {
        self.pid_file().filter(|file| self.is_our_server(file.pid))
    }

    pub(crate) fn pid_file(&self) -> Option<PidFile> {
        PidFile::parse(&fs::read_to_string(self.layout.pid_file()).ok()?)
    }

    /// A server runs and is ready, whoever started it.
    fn is_served(&self) -> bool {
        self.live_pid_file().is_some_and(|file| self.is_ready(&Server { pid: file.pid, child: None }))
    }

    /// Fast shutdown; immediate shutdown if that takes too long.
    pub(crate) fn stop(&self, server: &mut Server) -> Result<(), Error> {
        let sockets = self.pid_file().map(|file| file.socket_directory);
        for (signal, limit) in [(Signal::SIGINT, FAST_STOP_LIMIT), (Signal::SIGQUIT, IMMEDIATE_STOP_LIMIT)] {
            if self.is_running(server) {
                send(signal, server.pid);
            }
            if wait_until(limit, || !self.is_running(server)) {
                self.wait_for_last_words();
                sockets.as_deref().map(remove_if_temporary);
                return Ok(());
            }
            tracing::warn!(pid = server.pid, %signal, ?limit, "the PostgreSQL server did not stop in time");
        }
        Err(Error::StopTimeout { pid: server.pid })
    }

    /// The process that writes the log ends a little after the server.
    fn wait_for_last_words(&self) {
        wait_until(LAST_WORDS_LIMIT, || self.processes_at_work().is_empty());
    }

    fn timeout(&self) -> Error {
        Error::StartTimeout {
            path: self.layout.cluster.clone(),
            limit: START_LIMIT,
            log: self.layout.log_tail(),
        }
    }

    fn spawn(&self) -> Result<Server, Error> {
        let log = &self.layout.startup_log;
        let mut options = OpenOptions::new();
        let output =
            options.write(true).create(true).truncate(true).mode(0o600).open(log).map_err(Error::io(log))?;
        let program = self.programs.path("postgres");
        let mut command = self.account.command(&program, &self.layout.directory);
        command.arg("-D").arg(&self.layout.cluster);
        command.arg("-c").arg(format!("config_file={}", self.layout.configuration.display()));
        // A Ctrl-C on our terminal is for us: we stop the server when we no longer need it.
        command.process_group(0).stdout(Stdio::null()).stderr(output);
        let child = command.spawn().map_err(|source| Error::Run { program, source })?;
        Ok(Server { pid: child.id(), child: Some(child) })
    }

    /// Ends what a server that died left running, and forgets a `postmaster.pid` whose process is something else.
    fn clear_remains(&self) -> Result<(), Error> {
        let path = self.layout.pid_file();
        let Ok(content) = fs::read_to_string(&path) else { return Ok(()) };
        let file = PidFile::parse(&content);
        if file.is_none() && !content.trim().is_empty() {
            // Single-user mode writes a negative id. The server will refuse and say so.
            return Ok(());
        }
        let leftovers = self.processes_at_work();
        if !leftovers.is_empty() {
            leftovers.iter().for_each(|pid| send(Signal::SIGQUIT, *pid));
            let pids = leftovers.iter().map(u32::to_string).collect::<Vec<_>>().join(" ");
            return Err(Error::Leftovers { path: self.layout.cluster.clone(), pids });
        }
        if let Some(PidFile { pid, port, socket_directory, .. }) = file {
            // The server judges a dead process by itself, and better: it looks for shared memory still in use.
            if !Path::new(&format!("/proc/{pid}")).exists() {
                return Ok(());
            }
            // The socket's own lock names the same process. There may be none.
            let _ = fs::remove_file(socket_in(&socket_directory, port).with_added_extension("lock"));
        }
        tracing::warn!(path = %path.display(), "removing a stale file: its process is something else, or a zombie");
        fs::remove_file(&path).map_err(Error::io(&path))
    }

    /// Whether the process that `postmaster.pid` names is this cluster's server. A container may not let root see
    /// where a process works, but everybody sees its command line.
    fn is_our_server(&self, pid: u32) -> bool {
        (self.is_at_work(pid) || self.is_on_command_line(pid)) && self.account.owns_process(pid)
    }

    fn is_on_command_line(&self, pid: u32) -> bool {
        let Ok(line) = fs::read(format!("/proc/{pid}/cmdline")) else { return false };
        let arguments: Vec<&[u8]> = line.split(|byte| *byte == 0).collect();
        let program = arguments.first().and_then(|program| Path::new(OsStr::from_bytes(program)).file_name());
        let cluster = self.layout.cluster.as_os_str().as_bytes();
        program.is_some_and(|name| name == "postgres")
            && arguments.windows(2).any(|pair| pair == [b"-D", cluster])
    }

    /// Every process of a server changes to the cluster's directory.
    fn is_at_work(&self, pid: u32) -> bool {
        let is_here =
            |directory: PathBuf| self.layout.cluster.canonicalize().is_ok_and(|ours| ours == directory);
        fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(is_here)
            && fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "postgres")
    }

    fn processes_at_work(&self) -> Vec<u32> {
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = processes.filter_map(|process| process.file_name().to_str()?.parse().ok());
        pids.filter(|pid| self.is_at_work(*pid)).collect()
    }
}

impl Server {
    pub(crate) fn exit_status(&mut self) -> String {
        let status = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
        status.map_or("it was not our child".to_owned(), |status| status.to_string())
    }
}

impl PidFile {
    fn parse(text: &str) -> Option<Self> {
        let line = |number: usize| text.lines().nth(number - 1).map(str::trim);
        Some(Self {
            pid: line(1)?.parse().ok()?,
            port: line(4).unwrap_or_default().parse().unwrap_or(0),
            socket_directory: line(5).unwrap_or_default().into(),
            status: line(8).unwrap_or_default().to_owned(),
        })
    }
}

/// A process that is gone needs no signal, so the result does not matter.
fn send(signal: Signal, pid: u32) {
    if let Ok(pid) = i32::try_from(pid) {
        let _ = kill(Pid::from_raw(pid), signal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_file_is_read_at_every_stage_of_its_life() {
        let ready = "42\n/data/postgres\n1700000000\n5433\n/data/socket\n\n  5432001   65538\nready   \n";
        let file = PidFile::parse(ready);
        let expected =
            PidFile { pid: 42, port: 5433, socket_directory: "/data/socket".into(), status: "ready".into() };
        assert_eq!(file, Some(expected));
        assert_eq!(
            PidFile::parse("42\n/data/postgres\n").map(|file| (file.pid, file.status)),
            Some((42, "".into()))
        );
        assert_eq!(PidFile::parse(""), None);
        assert_eq!(PidFile::parse("-7\n"), None);
    }
}
