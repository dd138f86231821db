//! Mutual TLS by the program itself: its own authority, the internal listener, tokens bound to certificates.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, HandshakeKind, RootCertStore, StreamOwned, version,
};

use crate::process::{PASSWORD, Reply, Server, ask, converse, data, directory, program, run};

const SERVICES: &str = r#"
version: 1
services:
  desk:
    description: Shows a certificate.
    organizations: ["*"]
    scopes: [tickets:read]
    certificate_names: ["spiffe://cibercase/desk"]
  relay:
    description: Shows another.
    organizations: ["*"]
    scopes: [tickets:read]
    certificate_names: ["spiffe://cibercase/relay"]
"#;
const TICKETS: &str = "/api/v1/tickets";
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

type Stream = StreamOwned<ClientConnection, TcpStream>;

/// A server with an internal listener, and certificates of its own authority for `desk` and `relay`.
struct Scene {
    directory: tempfile::TempDir,
    server: Server,
    inside: String,
}

fn scene(mode: &str) -> Scene {
    let directory = directory();
    let data = data(&directory);
    ask(&data, &["certs", "init"]);
    for name in ["desk", "relay"] {
        ask(&data, &["certs", "issue", name]);
    }
    let services = directory.path().join("services.yaml");
    std::fs::write(&services, SERVICES).unwrap();
    let mut command = program(&data);
    command.env("CIBERCASE_ADMIN_PASSWORD", PASSWORD).env("LOG_LEVEL", "debug");
    command.env("MTLS_ENABLED", "true").env("MTLS_MODE", mode).env("CIBERCASE_MTLS__LISTEN", "127.0.0.1:0");
    command.env("CIBERCASE_SERVICE_IDENTITIES_FILE", &services);
    let server = Server::start_with(&mut command);
    let output = server.output.lock().unwrap().clone();
    let inside =
        output.lines().find_map(|line| line.strip_prefix("Services are awaited at https://")).unwrap();
    let inside = inside.split(' ').next().unwrap().to_owned();
    Scene { directory, server, inside }
}

impl Scene {
    fn data(&self) -> std::path::PathBuf {
        data(&self.directory)
    }

    /// A client with the certificate in this file, or with none; it would resume sessions.
    fn client(&self, own: Option<&Path>) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        let authority = CertificateDer::from_pem_file(self.data().join("certs/authority.pem")).unwrap();
        roots.add(authority).unwrap();
        let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&version::TLS12, &version::TLS13])
            .unwrap()
            .with_root_certificates(roots);
        Arc::new(match own {
            None => builder.with_no_client_auth(),
            Some(path) => {
                let chain = vec![CertificateDer::from_pem_file(path).unwrap()];
                builder.with_client_auth_cert(chain, PrivateKeyDer::from_pem_file(path).unwrap()).unwrap()
            }
        })
    }

    fn client_of(&self, name: &str) -> Arc<ClientConfig> {
        self.client(Some(&self.data().join(format!("certs/{name}.pem"))))
    }

    fn connect(&self, client: &Arc<ClientConfig>) -> std::io::Result<Stream> {
        let name = ServerName::try_from("localhost").unwrap();
        let session = ClientConnection::new(client.clone(), name).unwrap();
        let stream = TcpStream::connect(&self.inside)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(StreamOwned::new(session, stream))
    }

    fn send(
        &self,
        client: &Arc<ClientConfig>,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> std::io::Result<Reply> {
        converse(self.connect(client)?, "localhost", method, path, headers, body.as_bytes())
    }

    fn token_of(&self, name: &str) -> String {
        let body = format!("grant_type=client_credentials&client_id={name}");
        let reply = self.send(&self.client_of(name), "POST", "/sts/token", &[FORM], &body).unwrap();
        assert_eq!(reply.status, 200, "{}", reply.body);
        let answer: Value = serde_json::from_str(&reply.body).unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }
}

/// Asks over a connection that stays open: the status and the body.
fn ask_on(stream: &mut Stream, path: &str) -> std::io::Result<(u16, String)> {
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.trim().parse().unwrap()];
    stream.read_exact(&mut body)?;
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Ok((status, String::from_utf8(body).unwrap()))
}

#[test]
fn a_bound_token_works_with_its_certificate_and_with_nothing_else() {
    let scene = scene("permissive");
    let token = scene.token_of("desk");
    let bearer = format!("Bearer {token}");
    let authorization = [("Authorization", bearer.as_str())];
    let by =
        |client: &Arc<ClientConfig>| scene.send(client, "GET", TICKETS, &authorization, "").unwrap().status;
    assert_eq!(by(&scene.client_of("desk")), 200);
    assert_eq!(by(&scene.client_of("relay")), 401);
    assert_eq!(by(&scene.client(None)), 401);
    assert_eq!(scene.server.send("GET", TICKETS, &authorization, "").0, 401, "by the public listener");
    let claim = [authorization[0], ("X-Forwarded-Client-Cert", "URI=spiffe://cibercase/desk")];
    assert_eq!(scene.send(&scene.client(None), "GET", TICKETS, &claim, "").unwrap().status, 401);
    // Somebody else's certificate proves nobody.
    let body = "grant_type=client_credentials&client_id=desk";
    let reply = scene.send(&scene.client_of("relay"), "POST", "/sts/token", &[FORM], body).unwrap();
    assert_eq!(reply.status, 401, "{}", reply.body);
    // The internal listener speaks TLS only.
    let plain = crate::process::try_send(&scene.inside, "GET", "/health/live", &[], "");
    assert!(plain.is_err(), "{plain:?}");
    // A service that came with its certificate is ready; the other has not come.
    let readiness = program(&scene.data())
        .args(["--json", "mtls", "readiness", "--days", "1"])
        .env("MTLS_ENABLED", "true")
        .env("CIBERCASE_SERVICE_IDENTITIES_FILE", scene.directory.path().join("services.yaml"))
        .output()
        .unwrap();
    assert!(!readiness.status.success());
    let readiness: Value = serde_json::from_slice(&readiness.stdout).unwrap();
    let states = readiness["services"].as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap());
    assert_eq!(states.collect::<Vec<_>>(), ["ready", "unseen"], "{readiness}");
    assert!(scene.server.stop().success());
}

#[test]
fn a_revoked_certificate_is_neither_resumed_nor_let_in_again_and_ends_what_is_open() {
    let scene = scene("permissive");
    let desk = scene.client_of("desk");
    let mut open = scene.connect(&desk).unwrap();
    assert_eq!(ask_on(&mut open, "/health/live").unwrap().0, 200);
    // The client has been told of no session that it could resume.
    let mut again = scene.connect(&desk).unwrap();
    assert_eq!(ask_on(&mut again, "/health/live").unwrap().0, 200);
    assert_eq!(again.conn.handshake_kind(), Some(HandshakeKind::Full));

    ask(&scene.data(), &["certs", "revoke", "desk"]);
    let began = Instant::now();
    while scene.send(&desk, "GET", "/health/live", &[], "").is_ok() {
        assert!(began.elapsed() < Duration::from_secs(60), "{}", scene.server.log.lock().unwrap());
        std::thread::sleep(Duration::from_millis(200));
    }
    let (status, body) = ask_on(&mut open, "/health/live").unwrap();
    assert_eq!(status, 401);
    assert!(body.contains("certificate_withdrawn"), "{body}");
    // Nobody else has noticed.
    assert_eq!(scene.send(&scene.client_of("relay"), "GET", "/health/live", &[], "").unwrap().status, 200);
    assert!(scene.server.stop().success());
}

#[test]
fn a_certificate_of_another_authority_fails_where_none_is_needed_and_strict_needs_one() {
    let scene = scene("permissive");
    let elsewhere = directory();
    testkit::certificates(elsewhere.path(), &["desk"]);
    let both = elsewhere.path().join("both.pem");
    let text = |name: &str| std::fs::read_to_string(elsewhere.path().join(name)).unwrap();
    std::fs::write(&both, text("desk.pem") + &text("desk.key")).unwrap();
    let foreign = scene.client(Some(&both));
    assert!(scene.send(&foreign, "GET", "/health/live", &[], "").is_err());
    assert_eq!(scene.send(&scene.client(None), "GET", "/health/live", &[], "").unwrap().status, 200);
    assert!(scene.server.stop().success());
    let strict = self::scene("strict");
    assert!(strict.send(&strict.client(None), "GET", "/health/live", &[], "").is_err());
    assert_eq!(strict.send(&strict.client_of("desk"), "GET", "/health/live", &[], "").unwrap().status, 200);
    assert!(strict.server.stop().success());
}

#[test]
fn settings_of_mutual_tls_that_cannot_hold_are_refused_at_the_start() {
    let directory = directory();
    let services = directory.path().join("services.yaml");
    std::fs::write(&services, SERVICES).unwrap();
    let refusal = |settings: &[(&str, &str)]| {
        let output =
            program(&data(&directory)).args(["serve"]).envs(settings.iter().copied()).output().unwrap();
        assert!(!output.status.success(), "{settings:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    for (settings, told) in [
        (&[("MTLS_ENABLED", "true")][..], "`cibercase certs init`"),
        (&[("MTLS_MODE", "lax")], "`permissive` or `strict`"),
        (&[("STS_URL", "http://soc.internal")], "mtls.url"),
        (&[("CIBERCASE_MTLS__KEY_FILE", "/k.pem")], "are set together"),
    ] {
        let said = refusal(settings);
        assert!(said.contains(told), "{settings:?}: {said}");
    }
    let services = services.display().to_string();
    let output = run(&data(&directory), &["certs", "list"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("cibercase certs init"));
    // Certificates alone prove nobody while no listener asks for them.
    let said =
        refusal(&[("CIBERCASE_SERVICE_IDENTITIES_FILE", &services), ("CIBERCASE_LISTEN", "127.0.0.1:0")]);
    assert!(said.contains("mtls.enabled is false"), "{said}");
}
