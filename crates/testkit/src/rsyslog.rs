//! A real rsyslogd that takes lines on a TCP port of its own and passes them on, or takes them over TLS and keeps them.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::Port;

pub struct Rsyslog {
    child: Option<Child>,
    pub port: Port,
    directory: TempDir,
}

impl Drop for Rsyslog {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Rsyslog {
    /// Starts it with parameters of `global` and what follows its input, and waits until it listens.
    pub fn start(global: &str, rest: &str) -> Self {
        Self::with(global, "", |_| rest.to_owned())
    }

    /// One that takes lines over TLS as `name`, with the certificates of a directory, and keeps them as they came.
    pub fn keeping(certificates: &Path, name: &str) -> Self {
        let file = |name: String| certificates.join(name).display().to_string();
        let global = format!(
            "maxMessageSize=\"64k\" DefaultNetstreamDriverCAFile=\"{}\" DefaultNetstreamDriverCertFile=\"{}\" \
             DefaultNetstreamDriverKeyFile=\"{}\"",
            file("ca.pem".to_owned()),
            file(format!("{name}.pem")),
            file(format!("{name}.key"))
        );
        let driver = "StreamDriver.Name=\"gtls\" StreamDriver.Mode=\"1\" StreamDriver.AuthMode=\"anon\"";
        Self::with(&global, driver, |directory| {
            let kept = kept(directory).display().to_string();
            format!(
                "template(name=\"asitcame\" type=\"string\" string=\"%rawmsg%\\n\")\n\
                 action(type=\"omfile\" file=\"{kept}\" template=\"asitcame\")"
            )
        })
    }

    fn with(global: &str, driver: &str, rest: impl FnOnce(&Path) -> String) -> Self {
        let (directory, port) = (tempfile::tempdir().expect("a directory for rsyslogd"), Port::take());
        let (work, number) = (directory.path().display(), port.number);
        let config = format!(
            "global(workDirectory=\"{work}\" {global})\nmodule(load=\"imtcp\" {driver})\n\
             input(type=\"imtcp\" port=\"{number}\" address=\"127.0.0.1\")\n{}\n",
            rest(directory.path())
        );
        std::fs::write(directory.path().join("rsyslog.conf"), config)
            .expect("the settings of rsyslogd can be written");
        let mut rsyslog = Self { child: None, port, directory };
        rsyslog.start_again();
        rsyslog
    }

    pub fn start_again(&mut self) {
        let (file, pid) = (self.directory.path().join("rsyslog.conf"), self.directory.path().join("pid"));
        let mut command = Command::new("/usr/sbin/rsyslogd");
        command.arg("-n").arg("-f").arg(&file).arg("-i").arg(&pid);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        self.child = Some(child.expect("rsyslogd is installed (.ci/setup)"));
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port.number)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(60), "rsyslogd does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Stops it as a service manager does, and waits for its end.
    pub fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let stopped = Command::new("kill").arg(child.id().to_string()).status();
        assert!(stopped.is_ok_and(|status| status.success()), "rsyslogd can be told to stop");
        child.wait().expect("rsyslogd ends");
    }

    /// What it has kept, in the order of arrival.
    pub fn kept(&self) -> Vec<String> {
        let text = std::fs::read_to_string(kept(self.directory.path())).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

fn kept(directory: &Path) -> PathBuf {
    directory.join("kept")
}
