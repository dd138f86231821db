//! TLS by the program itself, what becomes of plain HTTP, and what a proxy says of it.

use std::io::Read;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use rcgen::{CertificateParams, KeyPair};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, version};

use crate::process::{PASSWORD, Reply, Server, converse, data, directory, exchange, program};

/// A certificate for this machine, its own authority, as files.
struct Certificate {
    certificate: PathBuf,
    key: PathBuf,
}

impl Certificate {
    fn make(directory: &Path) -> Self {
        let made = Self { certificate: directory.join("tls.pem"), key: directory.join("tls.key") };
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        std::fs::write(&made.key, key.serialize_pem()).unwrap();
        std::fs::write(&made.certificate, params.self_signed(&key).unwrap().pem()).unwrap();
        made
    }

    fn der(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(&self.certificate).unwrap()
    }

    fn server(&self, data: &Path) -> Server {
        let mut command = program(data);
        command.env("CIBERCASE_ADMIN_PASSWORD", PASSWORD).env("LOG_LEVEL", "debug");
        command.env("CIBERCASE_TLS__CERTIFICATE_FILE", &self.certificate);
        command.env("CIBERCASE_TLS__KEY_FILE", &self.key);
        Server::start_with(&mut command)
    }
}

/// One request by TLS from somebody who trusts that certificate alone.
fn ask(server: &Server, trusted: &CertificateDer<'static>, path: &str) -> std::io::Result<Reply> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&version::TLS12, &version::TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let session = ClientConnection::new(Arc::new(config), name).unwrap();
    let stream = TcpStream::connect(&server.address)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    converse(StreamOwned::new(session, stream), "localhost", "GET", path, &[], b"")
}

#[test]
fn the_program_speaks_https_and_takes_up_a_renewed_certificate() {
    let directory = directory();
    let first = Certificate::make(directory.path());
    let server = first.server(&data(&directory));
    let trusted = first.der();
    let page = ask(&server, &trusted, "/").unwrap();
    assert_eq!(page.status, 200);
    assert_eq!(page.header("strict-transport-security"), Some("max-age=31536000"));

    let renewed = Certificate::make(directory.path()).der();
    let began = Instant::now();
    while ask(&server, &renewed, "/health/live").is_err() {
        assert!(began.elapsed() < Duration::from_secs(60), "{}", server.log.lock().unwrap());
        std::thread::sleep(Duration::from_millis(200));
    }
    assert!(ask(&server, &trusted, "/health/live").is_err(), "the old certificate is shown still");
    assert!(server.stop().success());
}

#[test]
fn where_tls_is_spoken_plain_http_is_sent_there_or_refused() {
    let directory = directory();
    let certificate = Certificate::make(directory.path());
    let server = certificate.server(&data(&directory));
    let plain = |method: &str, path: &str| exchange(&server.address, method, path, &[], b"").unwrap();

    let page = plain("GET", "/tickets?stage=new");
    let there = format!("https://{}/tickets?stage=new", server.address);
    assert_eq!((page.status, page.header("location")), (308, Some(there.as_str())));
    assert_eq!(page.header("strict-transport-security"), None);
    for (method, path) in [
        ("GET", "/api/v1/session"),
        ("POST", "/api/v1/auth/token"),
        ("POST", "/api/v1/integrations/webhook/00112233445566778899aabbccddeeff"),
        ("GET", "/sts/jwks"),
        ("POST", "/"),
    ] {
        let answer = plain(method, path);
        assert_eq!(answer.status, 403, "{method} {path}");
        assert!(answer.body.contains("https_required"), "{}", answer.body);
    }
    assert_eq!(plain("GET", "/health/ready").status, 200);
    assert!(server.stop().success());
}

#[test]
fn a_thousand_who_never_finish_their_handshake_stop_nobody() {
    // This side of them is in this process, and an ordinary user begins with 1,024 descriptors.
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, most, most).unwrap();
    let directory = directory();
    let certificate = Certificate::make(directory.path());
    let server = certificate.server(&data(&directory));
    let slow = (0..1000).map(|number| {
        use std::io::Write;
        let mut stream = TcpStream::connect(&server.address).unwrap();
        // Nothing at all, half a record, and a request that does not go on.
        let begun: &[u8] = match number % 3 {
            0 => b"",
            1 => b"\x16\x03\x01\x02\x00\x01",
            _ => b"GET /health/live HTTP/1.1\r\nHost",
        };
        stream.write_all(begun).unwrap();
        stream
    });
    let mut slow = slow.collect::<Vec<_>>();
    assert_eq!(ask(&server, &certificate.der(), "/health/ready").unwrap().status, 200);
    // They are let go by and by.
    for stream in slow.iter_mut().take(3) {
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).map_err(|error| {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{error}");
        });
    }
    assert!(server.stop().success());
}

#[test]
fn behind_a_proxy_its_word_decides_who_came_by_tls() {
    let directory = directory();
    let mut command = program(&data(&directory));
    command.env("CIBERCASE_ADMIN_PASSWORD", PASSWORD).env("FORCE_HTTPS", "true");
    command.env("CIBERCASE_PUBLIC_URL", "https://soc.example.org").env("CIBERCASE_TRUSTED_PROXY_HOPS", "1");
    let server = Server::start_with(&mut command);
    let ask = |path: &str, proto: &str| {
        exchange(&server.address, "GET", path, &[("X-Forwarded-Proto", proto)], b"").unwrap()
    };
    let page = ask("/tickets", "http");
    assert_eq!((page.status, page.header("location")), (308, Some("https://soc.example.org/tickets")));
    assert_eq!(ask("/api/v1/session", "http").status, 403);
    assert_eq!(ask("/api/v1/session", "https, http").status, 403);
    assert_eq!(ask("/api/v1/session", "https").status, 401);
    let page = ask("/tickets", "https");
    assert_eq!((page.status, page.header("strict-transport-security")), (200, Some("max-age=31536000")));
    assert!(server.stop().success());
}

#[test]
fn settings_that_would_serve_nobody_or_everybody_are_refused_at_the_start() {
    let directory = directory();
    let refusal = |settings: &[(&str, &str)]| {
        let output =
            program(&data(&directory)).args(["serve"]).envs(settings.iter().copied()).output().unwrap();
        assert!(!output.status.success(), "{settings:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    for (settings, told) in [
        (&[("FORCE_HTTPS", "true")][..], "force_https: nothing here speaks TLS"),
        (&[("CIBERCASE_TLS__KEY_FILE", "/k.pem")], "certificate_file and key_file are set together"),
        (
            &[
                ("CIBERCASE_TLS__KEY_FILE", "/nowhere/k.pem"),
                ("CIBERCASE_TLS__CERTIFICATE_FILE", "/nowhere/c.pem"),
            ],
            "cannot read /nowhere/c.pem",
        ),
        (&[("CORS_ORIGINS", "*")], "\"*\" is no origin"),
        (&[("CORS_ORIGINS", "null")], "\"null\" is no origin"),
        (
            &[("CORS_ORIGINS", "https://a.example.org,https://*.example.org")],
            "\"https://*.example.org\" is no origin",
        ),
        (&[("CORS_ORIGINS", "https://a.example.org/")], "is no origin"),
        (&[("CORS_ORIGINS", "https://user@a.example.org")], "is no origin"),
    ] {
        let said = refusal(settings);
        assert!(said.contains(told), "{settings:?}: {said}");
    }
}
