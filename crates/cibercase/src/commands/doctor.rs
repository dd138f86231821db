//! `cibercase doctor`: looks at everything a start needs, and says what to do.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use platform::config::{Config, IngestConfig};
use serde::Serialize;
use sqlx::{Connection, PgConnection};

use super::Context;

/// One thing that was looked at.
#[derive(Serialize)]
struct Finding {
    check: &'static str,
    is_ok: bool,
    found: String,
    /// What to do about it.
    advice: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, is_ok: true, found: found.into(), advice: None }
    }

    fn bad(check: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { check, is_ok: false, found: found.into(), advice: Some(advice.into()) }
    }
}

pub async fn run(context: &Context) -> Result<ExitCode> {
    let mut findings = Vec::new();
    match context.config() {
        Ok(config) => {
            findings.push(Finding::ok("configuration", "readable"));
            findings.push(policies(&config));
            findings.push(services(&config));
            findings.push(data_directory(&config.data_directory));
            findings.push(secrets(&config.data_directory));
            findings.push(port(&config.listen).await);
            findings.extend(certificate("tls", &config.tls.certificate_file, &config.tls.key_file));
            findings.extend(mutual_tls(&config));
            let ingest = &config.ingest;
            findings.extend(certificate("syslog tls", &ingest.tls_certificate_file, &ingest.tls_key_file));
            findings.extend(syslog(ingest));
            findings.extend(redis(&config).await);
            findings.extend(database(&config).await);
        }
        Err(error) => {
            findings.push(Finding::bad("configuration", format!("{error:#}"), "correct the named setting"))
        }
    }
    let is_ok = findings.iter().all(|finding| finding.is_ok);
    let lines = findings.iter().map(|finding| {
        let mark = if finding.is_ok { "ok " } else { "BAD" };
        let advice =
            finding.advice.as_ref().map_or_else(String::new, |advice| format!("\n      -> {advice}"));
        format!("{mark} {:<15} {}{advice}", finding.check, finding.found)
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    context.answer(&serde_json::json!({ "is_ok": is_ok, "findings": findings }), &text)?;
    Ok(if is_ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn policies(config: &Config) -> Finding {
    match identity::read_policies(config, &crate::modules::permissions()) {
        Ok(policies) => Finding::ok("policies", format!("{} roles", policies.roles().count())),
        Err(error) => Finding::bad("policies", format!("{error:#}"), "correct the file; the line is named"),
    }
}

fn services(config: &Config) -> Finding {
    match sts::Clients::read(config, &crate::modules::permissions()) {
        Ok(clients) => Finding::ok("services", format!("{} registered", clients.count())),
        Err(error) => Finding::bad("services", format!("{error:#}"), "correct the file; the line is named"),
    }
}

fn data_directory(path: &Path) -> Finding {
    let check = "data directory";
    match std::fs::metadata(path) {
        Err(_) => Finding::ok(check, format!("{} will be made", path.display())),
        Ok(found) if !found.is_dir() => Finding::bad(
            check,
            format!("{} is no directory", path.display()),
            "choose another with --data-dir",
        ),
        Ok(found) => {
            let mode = found.permissions().mode() & 0o777;
            if mode & 0o066 == 0 {
                Finding::ok(check, format!("{} ({mode:o})", path.display()))
            } else {
                let advice = format!("chmod go-rw {}", path.display());
                Finding::bad(check, format!("{} can be read by others ({mode:o})", path.display()), advice)
            }
        }
    }
}

fn secrets(data_directory: &Path) -> Finding {
    let check = "secrets";
    let Ok(entries) = std::fs::read_dir(data_directory.join("secrets")) else {
        return Finding::ok(check, "will be made");
    };
    let open = entries
        .flatten()
        .filter(|entry| entry.metadata().is_ok_and(|found| found.permissions().mode() & 0o077 != 0));
    let names = open.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect::<Vec<_>>();
    if names.is_empty() {
        Finding::ok(check, "private")
    } else {
        let advice = format!("chmod 600 {}/secrets/*", data_directory.display());
        Finding::bad(check, format!("others can read {}", names.join(", ")), advice)
    }
}

async fn port(listen: &str) -> Finding {
    match tokio::net::TcpListener::bind(listen).await {
        Ok(_) => Finding::ok("port", format!("{listen} is free")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Finding::ok(
            "port",
            format!(
                "{listen} is taken; that is right when CiberCase runs already, else choose another with --listen"
            ),
        ),
        Err(error) => {
            Finding::bad("port", format!("{listen}: {error}"), "choose another with --listen ADDRESS:PORT")
        }
    }
}

/// Whether a certificate can be used, and for how long.
fn certificate(check: &'static str, certificate: &Path, key: &Path) -> Option<Finding> {
    /// Renewal is late when this little is left.
    const LATE: time::Duration = time::Duration::days(14);
    if certificate.as_os_str().is_empty() {
        return None;
    }
    let (certificate, key) = (certificate.to_owned(), key.to_owned());
    let files =
        tls::Files { certificate, key, clients: tls::Clients::Nobody, revocations: None, protocols: &[] };
    Some(match tls::Server::open(files) {
        Err(error) => {
            Finding::bad(check, format!("{error:#}"), "correct the files or the settings that name them")
        }
        Ok(server) => {
            let left = server.expires_at() - platform::clock::Clock::System.now();
            let found = format!("the certificate is good until {}", server.expires_at().date());
            match left {
                left if left < time::Duration::ZERO => Finding::bad(
                    check,
                    format!("the certificate ran out on {}", server.expires_at().date()),
                    "renew it",
                ),
                left if left < LATE => Finding::bad(check, found, "renew it"),
                _ => Finding::ok(check, found),
            }
        }
    })
}

/// The internal listener's files, and what the installation's own authority has issued.
fn mutual_tls(config: &Config) -> Vec<Finding> {
    let check = "mutual tls";
    let mut findings = Vec::new();
    if config.mtls.enabled {
        findings.push(match tls::Server::open(mtls::files(config)) {
            Ok(_) => Finding::ok(check, format!("{} is ready", config.mtls.listen)),
            Err(error) => {
                Finding::bad(check, format!("{error:#}"), "cibercase certs init, or correct [mtls]")
            }
        });
    }
    match mtls::warnings(config, platform::clock::Clock::System.now()) {
        Err(error) => {
            findings.push(Finding::bad(check, format!("{error:#}"), "cibercase certs list says more"))
        }
        Ok(warnings) => findings.extend(warnings.into_iter().map(|warning| {
            let advice = format!("cibercase certs renew {}", warning.name);
            Finding::bad(check, warning.to_string(), advice)
        })),
    }
    findings
}

/// Where syslog would be taken, and what the system grants of it.
fn syslog(config: &IngestConfig) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (check, asked) in [("syslog udp", &config.udp), ("syslog tcp", &config.tcp)] {
        if asked.is_empty() {
            findings.push(Finding::ok(check, "switched off"));
            continue;
        }
        let is_udp = check.ends_with("udp");
        let bound = match is_udp {
            true => std::net::UdpSocket::bind(asked).map(drop),
            false => std::net::TcpListener::bind(asked).map(drop),
        };
        findings.push(match bound {
            Ok(()) => Finding::ok(check, format!("{asked} is free")),
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
                Finding::ok(check, format!("{asked} is taken; that is right when CiberCase runs already"))
            }
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied && asked.ends_with(":514") => {
                let advice = "5514 is taken instead; to have 514: setcap cap_net_bind_service=+ep on the program, \
                              or AmbientCapabilities=CAP_NET_BIND_SERVICE in its unit";
                Finding { advice: Some(advice.to_owned()), ..Finding::ok(check, format!("{asked}: {error}")) }
            }
            Err(error) => Finding::bad(check, format!("{asked}: {error}"), "set ingest.udp and ingest.tcp to addresses of this machine"),
        });
    }
    if let Ok(most) = std::fs::read_to_string("/proc/sys/net/core/rmem_max") {
        let most = most.trim().parse::<usize>().unwrap_or(usize::MAX);
        if most < config.receive_buffer_bytes {
            let advice =
                format!("sysctl -w net.core.rmem_max={}, or CAP_NET_ADMIN", config.receive_buffer_bytes);
            let found = format!("the system gives a UDP socket at most {most} bytes");
            findings.push(Finding { advice: Some(advice), ..Finding::ok("syslog buffer", found) });
        }
    }
    findings
}

async fn database(config: &Config) -> Vec<Finding> {
    if config.database.url.is_empty() {
        return vec![private_database(config)];
    }
    let mut connection = match PgConnection::connect(config.database.url.expose()).await {
        Ok(connection) => connection,
        Err(error) => {
            let advice = "check host, port, user, password and that the database exists";
            return vec![Finding::bad("database", format!("{error}"), advice)];
        }
    };
    let looked = async {
        let mut findings = outside_database(&mut connection).await?;
        findings.extend(followers(&mut connection, config).await?);
        Ok::<_, sqlx::Error>(findings)
    };
    looked.await.unwrap_or_else(|error| {
        vec![Finding::bad("database", format!("{error}"), "look into the server's log")]
    })
}

/// What nodes share and may do without.
async fn redis(config: &Config) -> Option<Finding> {
    let (check, is_named) = ("redis", !config.redis.url.is_empty());
    let looked = platform::limits::check(&config.redis).await;
    is_named.then(|| match looked {
        Ok(()) => Finding::ok(check, "nodes count requests together"),
        Err(error) => {
            let advice = "correct [redis] or start it; until then each node counts requests by itself";
            Finding::bad(check, format!("{error:#}"), advice)
        }
    })
}

fn private_database(config: &Config) -> Finding {
    match local_postgres::Programs::find(None) {
        Ok(programs) => {
            let cluster = config.data_directory.join("postgres");
            let state = if cluster.exists() { "its cluster is there" } else { "its cluster will be made" };
            Finding::ok("database", format!("private, PostgreSQL {}, {state}", programs.version()))
        }
        Err(error) => Finding::bad(
            "database",
            format!("{error}"),
            "install PostgreSQL 15 or newer, or set DATABASE_URL",
        ),
    }
}

/// Witnesses and a SIEM that take nothing of the audit log; those that the settings name no more are forgotten.
async fn followers(connection: &mut PgConnection, config: &Config) -> Result<Vec<Finding>, sqlx::Error> {
    let is_there = sqlx::query_scalar!(r#"select to_regclass('audit_followers') is not null as "is_there!""#);
    if !is_there.fetch_one(&mut *connection).await? {
        return Ok(Vec::new());
    }
    let failing = sqlx::query!(
        r#"select name, problem as "problem!" from audit_followers where problem is not null order by name"#
    );
    let audit = &config.audit;
    let is_named = |name: &String| {
        audit.witnesses.iter().any(|text| text.trim_end_matches('/') == name)
            || audit.siem.address == *name
            || audit.s3.name().as_ref() == Some(name)
    };
    let failing =
        failing.fetch_all(connection).await?.into_iter().filter(|row| is_named(&row.name)).map(|row| {
            let advice = "correct it or what [audit] says of it; nothing is lost meanwhile";
            Finding::bad("audit log", format!("{}: {}", row.name, row.problem), advice)
        });
    Ok(failing.collect())
}

async fn outside_database(connection: &mut PgConnection) -> Result<Vec<Finding>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select current_setting('server_version_num')::integer as "version!",
                  current_setting('server_encoding') as "encoding!",
                  abs(extract(epoch from clock_timestamp()))::double precision as "now!",
                  exists (select from pg_roles where rolname = 'cibercase_app') as "has_role!""#
    )
    .fetch_one(&mut *connection)
    .await?;
    let mut findings = vec![if row.version >= 150_000 {
        Finding::ok("database", format!("PostgreSQL {}", row.version / 10_000))
    } else {
        Finding::bad(
            "database",
            format!("PostgreSQL {}", row.version / 10_000),
            "PostgreSQL 15 or newer is needed",
        )
    }];
    if row.encoding != "UTF8" {
        findings.push(Finding::bad("encoding", row.encoding, "make the database with encoding UTF8"));
    }
    let ours = platform::clock::Clock::System.now().unix_timestamp() as f64;
    let apart = (ours - row.now).abs();
    findings.push(if apart < 5.0 {
        Finding::ok("clock", format!("{apart:.1} s from the database's"))
    } else {
        Finding::bad(
            "clock",
            format!("{apart:.0} s from the database's"),
            "set up time synchronisation on both machines",
        )
    });
    if !row.has_role {
        findings.push(Finding::bad(
            "role",
            "cibercase_app is missing",
            "run cibercase migrate, or create the role",
        ));
    }
    Ok(findings)
}
