//! A real redis-server, which tests kill, halt and bring back.

use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::Port;

/// Whoever does not say it is not let in.
const PASSWORD: &str = "of a test";

pub struct Redis {
    child: Option<Child>,
    port: Port,
    directory: TempDir,
    options: Vec<String>,
    scheme: &'static str,
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Redis {
    /// On a port of its own, with a password and without a file.
    pub fn start() -> Self {
        let port = Port::take();
        let options = vec!["--port".to_owned(), port.number.to_string()];
        Self::with(port, options, "redis")
    }

    /// The same over TLS alone, as `name`, with the certificates of a directory.
    pub fn over_tls(certificates: &Path, name: &str) -> Self {
        let port = Port::take();
        let file = |name: String| certificates.join(name).display().to_string();
        let options = [
            ("--port", "0".to_owned()),
            ("--tls-port", port.number.to_string()),
            ("--tls-cert-file", file(format!("{name}.pem"))),
            ("--tls-key-file", file(format!("{name}.key"))),
            ("--tls-ca-cert-file", file("ca.pem".to_owned())),
            ("--tls-auth-clients", "no".to_owned()),
        ];
        let options = options.into_iter().flat_map(|(name, value)| [name.to_owned(), value]).collect();
        Self::with(port, options, "rediss")
    }

    fn with(port: Port, options: Vec<String>, scheme: &'static str) -> Self {
        let directory = tempfile::tempdir().expect("a directory for redis-server");
        let mut redis = Self { child: None, port, directory, options, scheme };
        redis.start_again();
        redis
    }

    pub fn url(&self) -> String {
        let Self { scheme, port, .. } = self;
        format!("{scheme}://:{}@localhost:{}", PASSWORD.replace(' ', "%20"), port.number)
    }

    /// Whatever it knew, it knows no more.
    pub fn start_again(&mut self) {
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--requirepass", PASSWORD]);
        command.args(&self.options).current_dir(self.directory.path());
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        self.child = Some(child.expect("redis-server is installed (.ci/setup)"));
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port.number)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(60), "redis-server does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// It keeps its connections and says nothing more, until [`Redis::go_on`].
    pub fn halt(&self) {
        self.signal("-STOP");
    }

    pub fn go_on(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let id = self.child.as_ref().expect("redis-server runs").id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status();
        assert!(sent.is_ok_and(|status| status.success()), "redis-server can be signalled");
    }
}
