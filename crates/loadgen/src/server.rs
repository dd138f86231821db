//! A server of the benchmark's own: started on an empty directory, asked through its own commands, stopped at the end.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::client::Client;

const PASSWORD: &str = "bench-correct-horse-battery-staple";

pub struct Server {
    pub address: String,
    pub first_start: Duration,
    pub second_start: Duration,
    /// Where it takes syslog, over UDP and over TCP.
    pub syslog: String,
    child: Child,
    directory: TempDir,
    binary: PathBuf,
}

/// CPU and memory of the server and of its database.
#[derive(Clone, Copy, Default)]
pub struct Usage {
    pub server_cpu: Duration,
    pub database_cpu: Duration,
    pub server_resident_bytes: u64,
    /// Of these, what is not a page of the program's own file.
    pub server_anonymous_bytes: u64,
}

/// Settings as variables.
pub type Settings<'a> = &'a [(&'a str, &'a str)];

impl Server {
    pub async fn start(binary: &Path) -> Result<Self> {
        Self::start_with(binary, &[]).await
    }

    pub async fn start_with(binary: &Path, settings: Settings<'_>) -> Result<Self> {
        let directory = tempfile::Builder::new().prefix("cibercase-bench").tempdir()?;
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o711))?;
        let (address, syslog) = (free_address()?, free_address()?);
        let binary = std::fs::canonicalize(binary).context("build the release binary first")?;
        let (mut child, first_start) = launch(&binary, directory.path(), &address, &syslog, settings).await?;
        stop(&mut child).await?;
        let (child, second_start) = launch(&binary, directory.path(), &address, &syslog, settings).await?;
        Ok(Self { address, first_start, second_start, syslog, child, directory, binary })
    }

    /// A second process on the same database: where it answers, and itself.
    pub async fn beside(&self, settings: Settings<'_>) -> Result<(String, Child)> {
        let (address, syslog) = (free_address()?, free_address()?);
        let (child, _) = launch(&self.binary, self.directory.path(), &address, &syslog, settings).await?;
        Ok((address, child))
    }

    /// An access token of the administrator; lives five minutes.
    pub async fn sign_in(&self) -> Result<String> {
        let mut client = Client::connect(&self.address).await?;
        let form = format!("grant_type=password&username=admin%40cibercase.local&password={PASSWORD}");
        let answer = client
            .send("POST", "/api/v1/auth/token", None, "application/x-www-form-urlencoded", form.as_bytes())
            .await?;
        let token = answer.expect(200)?.json()?;
        Ok(token["access_token"].as_str().context("no access token")?.to_owned())
    }

    /// Adds a source by the command line; returns its id and token.
    pub async fn add_source(&self, name: &str) -> Result<(String, String)> {
        let added = self.add(&["--kind", "fortisiem", "--name", name]).await?;
        let text = |name: &str| added[name].as_str().map(str::to_owned).with_context(|| format!("no {name}"));
        Ok((text("id")?, text("token")?))
    }

    /// Adds a source for log lines from this machine.
    pub async fn add_firewall(&self) -> Result<()> {
        let network = ["--kind", "syslog", "--name", "firewall", "--network", "127.0.0.0/8"];
        self.add(&network).await.map(|_| ())
    }

    async fn add(&self, source: &[&str]) -> Result<serde_json::Value> {
        let output = Command::new(&self.binary)
            .args(["--json", "--data-dir"])
            .arg(self.directory.path().join("data"))
            .args(["source", "add"])
            .args(source)
            .output()
            .await?;
        if !output.status.success() {
            bail!("source add: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    pub fn usage(&self) -> Result<Usage> {
        let server = self.child.id().context("the server is gone")?;
        let mut usage = Usage { server_cpu: cpu(server)?, ..Usage::default() };
        usage.server_resident_bytes = memory(server, "VmRSS:")?;
        usage.server_anonymous_bytes = memory(server, "RssAnon:")?;
        let data = self.directory.path().join("data");
        let pid = std::fs::read_to_string(data.join("postgres/postmaster.pid"))?;
        let postmaster: u32 = pid.lines().next().unwrap_or_default().trim().parse()?;
        usage.database_cpu = cpu(postmaster)? + children(postmaster)?;
        Ok(usage)
    }

    /// A transaction that reads once and stays open until it is dropped, as a backup's does.
    pub async fn hold_snapshot(&self) -> Result<Child> {
        let hold =
            "begin isolation level repeatable read; select count(*) from sources; select pg_sleep(3600)";
        let mut psql = self.psql(hold).await?;
        let child =
            psql.stdout(Stdio::null()).kill_on_drop(true).spawn().context("psql holds the snapshot")?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        Ok(child)
    }

    /// The one number that a query gives, asked as the database's superuser.
    pub async fn number(&self, query: &str) -> Result<u64> {
        let output = self.psql(query).await?.output().await.context("psql asks")?;
        let text = String::from_utf8_lossy(&output.stdout);
        text.trim()
            .parse()
            .with_context(|| format!("psql: {text} {}", String::from_utf8_lossy(&output.stderr)))
    }

    async fn psql(&self, command: &str) -> Result<Command> {
        let data = self.directory.path().join("data");
        let running = std::fs::read_to_string(data.join("postgres/postmaster.pid"))?;
        let socket = running.lines().nth(4).context("the database has no socket")?;
        let shown = Command::new(&self.binary)
            .arg("--data-dir")
            .arg(&data)
            .args(["secrets", "show", "database-superuser-password"])
            .output();
        let password = String::from_utf8(shown.await.context("the binary does not start")?.stdout)?;
        let mut psql = Command::new("psql");
        psql.args(["-qAt", "-h", socket, "-U", "postgres", "-d", "cibercase", "-c", command]);
        psql.env("PGPASSWORD", password.trim());
        Ok(psql)
    }

    pub async fn stop(mut self) -> Result<()> {
        stop(&mut self.child).await
    }
}

async fn launch(
    binary: &Path,
    directory: &Path,
    address: &str,
    syslog: &str,
    settings: Settings<'_>,
) -> Result<(Child, Duration)> {
    let began = Instant::now();
    let child = Command::new(binary)
        .arg("--data-dir")
        .arg(directory.join("data"))
        .args(["serve", "--listen", address])
        .env("CIBERCASE_ADMIN_PASSWORD", PASSWORD)
        .env("CIBERCASE_INGEST__UDP", syslog)
        .env("CIBERCASE_INGEST__TCP", syslog)
        .env("LOG_LEVEL", "warn")
        .env("CIBERCASE_LIMITS__REQUESTS_PER_MINUTE", "0")
        .env("CIBERCASE_LIMITS__UNKNOWN_REQUESTS_PER_MINUTE", "0")
        .envs(settings.iter().copied())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    while began.elapsed() < Duration::from_secs(60) {
        if let Ok(mut client) = Client::connect(address).await
            && let Ok(answer) = client.send("GET", "/health/ready", None, "text/plain", b"").await
            && answer.status == 200
        {
            return Ok((child, began.elapsed()));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    bail!("the server did not start within a minute")
}

pub async fn stop(child: &mut Child) -> Result<()> {
    let pid = child.id().context("the server is gone")?.to_string();
    Command::new("kill").args(["-TERM", &pid]).status().await?;
    tokio::time::timeout(Duration::from_secs(60), child.wait()).await??;
    Ok(())
}

pub fn free_address() -> Result<String> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    Ok(listener.local_addr()?.to_string())
}

/// User and system time of a process, by its clock ticks of 10 ms.
pub fn cpu(pid: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    Ok(ticks(&stat, &[11, 12]))
}

/// Of the children of a process that live, and of those that have ended.
fn children(parent: u32) -> Result<Duration> {
    let own = std::fs::read_to_string(format!("/proc/{parent}/stat"))?;
    let mut sum = ticks(&own, &[13, 14]);
    for entry in std::fs::read_dir("/proc")?.flatten() {
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        let is_child = fields(&stat).nth(1).is_some_and(|field| field == parent.to_string());
        if is_child {
            sum += ticks(&stat, &[11, 12]);
        }
    }
    Ok(sum)
}

/// What stands behind the process's name, which may hold spaces.
fn fields(stat: &str) -> impl Iterator<Item = &str> {
    stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace()
}

fn ticks(stat: &str, which: &[usize]) -> Duration {
    let sum = which.iter().filter_map(|index| fields(stat).nth(*index)?.parse::<u64>().ok()).sum::<u64>();
    Duration::from_millis(sum * 10)
}

fn memory(pid: u32, name: &str) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line =
        status.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("no {name}"))?;
    Ok(line.trim().trim_end_matches("kB").trim().parse::<u64>()? * 1024)
}
