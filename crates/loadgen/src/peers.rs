//! The same lines through the programs that people use today, for a measure to compare with: what rsyslog and syslog-ng
//! spend on each, with the header read only and with the fields taken apart and written as JSON.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::process::{Child, Command};

use crate::report::{ms, say};
use crate::server::{cpu, free_address};
use crate::syslog::pour;

struct Peer {
    name: &'static str,
    program: &'static str,
    /// The last of them takes the file with its settings.
    arguments: &'static [&'static str],
    /// `PORT` and `DIRECTORY` stand for what they say.
    settings: &'static str,
}

const SYSLOG_NG: &[&str] =
    &["-F", "--no-caps", "-R", "DIRECTORY/state", "-c", "DIRECTORY/control", "-p", "DIRECTORY/pid", "-f"];

const PEERS: [Peer; 4] = [
    Peer {
        name: "rsyslog, header only",
        program: "rsyslogd",
        arguments: &["-n", "-i", "NONE", "-f"],
        settings: r#"
module(load="imtcp")
input(type="imtcp" address="127.0.0.1" port="PORT")
action(type="omfile" file="DIRECTORY/out" template="RSYSLOG_FileFormat")
"#,
    },
    Peer {
        // Without taking FortiGate's quoted values apart: that was not brought about with Debian's liblognorm.
        name: "rsyslog, header to JSON",
        program: "rsyslogd",
        arguments: &["-n", "-i", "NONE", "-f"],
        settings: r#"
module(load="imtcp")
template(name="fields" type="list" option.jsonf="on") {
    property(outname="received" name="timegenerated" dateFormat="rfc3339" format="jsonf")
    property(outname="sender" name="fromhost-ip" format="jsonf")
    property(outname="severity" name="syslogseverity" format="jsonf")
    property(outname="message" name="rawmsg" format="jsonf")
}
input(type="imtcp" address="127.0.0.1" port="PORT")
action(type="omfile" file="DIRECTORY/out" template="fields")
"#,
    },
    Peer {
        name: "syslog-ng, header only",
        program: "syslog-ng",
        arguments: SYSLOG_NG,
        settings: r#"
@version: 3.35
log { source { network(ip("127.0.0.1") port(PORT) transport("tcp")); }; destination { file("DIRECTORY/out"); }; flags(flow-control); };
"#,
    },
    Peer {
        name: "syslog-ng, kv-parser to JSON",
        program: "syslog-ng",
        arguments: SYSLOG_NG,
        settings: r#"
@version: 3.35
log {
    source { network(ip("127.0.0.1") port(PORT) transport("tcp") flags(no-parse)); };
    parser { kv-parser(prefix(".kv.")); };
    destination { file("DIRECTORY/out" template("$(format-json --key .kv.*)\n")); };
    flags(flow-control);
};
"#,
    },
];

pub async fn compare(lines: u64) -> Result<()> {
    for peer in &PEERS {
        match peer.measure(lines).await {
            Ok(Some(each)) => say(&format!("{}: {each:.1} us CPU each of {lines} lines", peer.name)),
            Ok(None) => say(&format!("{}: {} is not installed", peer.name, peer.program)),
            Err(error) => say(&format!("{}: not measured, {error:#}", peer.name)),
        }
    }
    Ok(())
}

impl Peer {
    /// Microseconds of CPU that it spends on each line; none where it is not installed.
    async fn measure(&self, lines: u64) -> Result<Option<f64>> {
        let directory = tempfile::Builder::new().prefix("cibercase-peer").tempdir()?;
        let address = free_address()?;
        let Some(mut child) = self.start(directory.path(), &address).await? else { return Ok(None) };
        let pid = child.id().context("it ended at once")?;
        let before = cpu(pid)?;
        let to = address.clone();
        tokio::task::spawn_blocking(move || pour(&to, lines)).await??;
        let written = settle(&directory.path().join("out"), lines).await?;
        let spent = cpu(pid)? - before;
        child.kill().await?;
        if written < lines {
            bail!("{written} of {lines} lines came out");
        }
        Ok(Some(ms(spent) * 1000.0 / lines as f64))
    }

    async fn start(&self, directory: &Path, address: &str) -> Result<Option<Child>> {
        let port = address.rsplit(':').next().unwrap_or_default();
        let place = directory.to_string_lossy();
        let fill = |text: &str| text.replace("PORT", port).replace("DIRECTORY", &place);
        let settings = directory.join("settings.conf");
        std::fs::write(&settings, fill(self.settings))?;
        let mut command = Command::new(self.program);
        command.args(self.arguments.iter().map(|argument| fill(argument))).arg(&settings);
        command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        let child = match command.spawn() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            spawned => spawned?,
        };
        for _ in 0..200 {
            if tokio::net::TcpStream::connect(address).await.is_ok() {
                return Ok(Some(child));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("it does not listen")
    }
}

/// Waits until all lines are written, or nothing more is; returns how many are.
async fn settle(file: &Path, lines: u64) -> Result<u64> {
    let (mut before, mut still) = (0, 0);
    while still < 6 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let length = std::fs::metadata(file).map_or(0, |about| about.len());
        still = if length == before { still + 1 } else { 0 };
        before = length;
    }
    let text = std::fs::read(file)?;
    Ok((text.iter().filter(|byte| **byte == b'\n').count() as u64).min(lines))
}
