//! A real rsyslogd that takes lines on a TCP port of its own and passes them on.

use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::Port;

pub struct Rsyslog {
    child: Child,
    pub port: Port,
    _directory: TempDir,
}

impl Drop for Rsyslog {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Rsyslog {
    /// Starts it with parameters of `global` and what follows its input, and waits until it listens.
    pub fn start(global: &str, rest: &str) -> Self {
        let (directory, port) = (tempfile::tempdir().expect("a directory for rsyslogd"), Port::take());
        let (work, number) = (directory.path().display(), port.number);
        let config = format!(
            "global(workDirectory=\"{work}\" {global})\nmodule(load=\"imtcp\")\n\
             input(type=\"imtcp\" port=\"{number}\" address=\"127.0.0.1\")\n{rest}\n"
        );
        let (file, pid) = (directory.path().join("rsyslog.conf"), directory.path().join("pid"));
        std::fs::write(&file, config).expect("the settings of rsyslogd can be written");
        let mut command = Command::new("/usr/sbin/rsyslogd");
        command.arg("-n").arg("-f").arg(&file).arg("-i").arg(&pid);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let child = child.expect("rsyslogd is installed (.ci/setup)");
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", number)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(60), "rsyslogd does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
        Self { child, port, _directory: directory }
    }
}
