//! What a service's client does and does not, against servers that speak TLS.

#![expect(clippy::unwrap_used, reason = "a test ends where it goes wrong")]

mod origin;

use std::collections::HashMap;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use http::StatusCode;
use secure_client::{Client, Egress, Error, Names, Refused, Settings};

use origin::{Origin, answer, redirect, token};

fn certificates() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    testkit::certificates(directory.path(), &["localhost", "client", "renewed"]);
    directory
}

/// For a client that may call the origin on this machine.
fn settings(directory: &Path, origin: &Origin) -> Settings {
    let egress = Egress::read(&format!("localhost:{},127.0.0.0/8", origin.port)).unwrap();
    let mut settings = Settings::new("desk", &origin.url(""), directory.join("ca.pem"), egress);
    settings.certificate = Some((directory.join("client.pem"), directory.join("client.key")));
    settings.names =
        Names::Fixed(HashMap::from([("localhost".to_owned(), vec!["127.0.0.1".parse().unwrap()])]));
    settings.deadline = Duration::from_secs(30);
    settings
}

fn client(directory: &Path, origin: &Origin) -> Client {
    Client::new(settings(directory, origin)).unwrap()
}

#[tokio::test]
async fn calls_show_the_certificate_and_share_one_token_until_it_is_nearly_over() {
    let directory = certificates();
    for (expires_in, tokens) in [(300, 1), (0, 3)] {
        let origin = Origin::start(directory.path(), move |asked| match asked.path.as_str() {
            "/sts/token" => token("one", expires_in),
            _ => answer(200, &asked.authorization),
        });
        let client = client(directory.path(), &origin);
        for _ in 0..3 {
            let reply = client.get(&origin.url("/tickets")).await.unwrap();
            assert_eq!((reply.status(), reply.body().as_ref()), (StatusCode::OK, &b"Bearer one"[..]));
        }
        let asked = origin.asked();
        assert_eq!(asked.iter().filter(|one| one.path == "/sts/token").count(), tokens);
        assert!(asked.iter().all(|one| one.certificate.is_some()), "without a certificate");
        assert!(asked[0].body.contains("client_id=desk") && !asked[0].body.contains("secret"));
        assert!(asked[0].authorization.is_empty());
    }
}

#[tokio::test]
async fn a_renewed_certificate_is_taken_up_with_the_next_token() {
    let directory = certificates();
    let origin = Origin::start(directory.path(), |asked| match asked.path.as_str() {
        "/sts/token" => token("one", 0),
        _ => answer(200, ""),
    });
    let client = client(directory.path(), &origin);
    client.get(&origin.url("/")).await.unwrap();
    for end in ["pem", "key"] {
        let at = |name: &str| directory.path().join(format!("{name}.{end}"));
        std::fs::copy(at("renewed"), at("client")).unwrap();
    }
    client.get(&origin.url("/")).await.unwrap();
    let shown = origin.asked().into_iter().map(|one| one.certificate.unwrap()).collect::<Vec<_>>();
    assert_eq!((&shown[0], &shown[2]), (&shown[1], &shown[3]), "a token and its call are of one certificate");
    assert_ne!(shown[0], shown[2]);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let directory = certificates();
    for (is_forgiven, status, calls) in [(true, 200, 2), (false, 401, 2)] {
        let origin = Origin::start(directory.path(), move |asked| match asked.path.as_str() {
            "/sts/token" => token(&format!("token-{}", asked.number), 300),
            _ if is_forgiven && asked.number > 2 => answer(200, ""),
            _ => answer(401, ""),
        });
        let reply = client(directory.path(), &origin).get(&origin.url("/tickets")).await.unwrap();
        assert_eq!(reply.status(), status);
        let asked = origin.asked();
        let called = asked.iter().filter(|one| one.path == "/tickets").collect::<Vec<_>>();
        assert_eq!(called.len(), calls);
        assert_ne!(called[0].authorization, called[1].authorization);
    }
}

#[tokio::test]
async fn what_may_be_done_twice_is_tried_again_and_the_rest_is_not() {
    let directory = certificates();
    let origin = Origin::start(directory.path(), |asked| match asked.path.as_str() {
        "/sts/token" => token("one", 300),
        "/always" => answer(503, ""),
        _ if asked.number < 4 => answer(503, ""),
        _ => answer(200, ""),
    });
    let client = client(directory.path(), &origin);
    assert_eq!(client.get(&origin.url("/tickets")).await.unwrap().status(), 200);
    assert_eq!(origin.asked().len(), 4, "a token, two failures, an answer");
    let posted = client.post_json(&origin.url("/always"), &serde_json::json!({})).await.unwrap();
    assert_eq!(posted.status(), 503);
    assert_eq!(origin.asked().len(), 5);
    assert_eq!(client.get(&origin.url("/always")).await.unwrap().status(), 503);
    assert_eq!(origin.asked().len(), 9, "four attempts");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let directory = certificates();
    let elsewhere = Origin::start(directory.path(), |_| answer(200, "secret"));
    let there = elsewhere.url("/latest/meta-data");
    let origin = Origin::start(directory.path(), move |asked| match asked.path.as_str() {
        "/sts/token" => token("one", 300),
        _ => redirect(&there),
    });
    let outcome = client(directory.path(), &origin).get(&origin.url("/tickets")).await;
    assert!(matches!(outcome, Err(Error::Redirect(status)) if status == 302), "{outcome:?}");
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_when_it_connects_however_it_is_written() {
    let directory = certificates();
    let canary = TcpListener::bind("127.0.0.1:0").unwrap();
    canary.set_nonblocking(true).unwrap();
    let port = canary.local_addr().unwrap().port();
    let fixed = |addresses: &[&str]| {
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        Names::Fixed(HashMap::from([("rebound.example".to_owned(), addresses)]))
    };
    for (host, names) in [
        // A list that names them does not make addresses inside public: networks are allowed apart.
        ("127.0.0.1", Names::System),
        ("localhost", Names::System),
        ("2130706433", Names::System),
        ("0x7f000001", Names::System),
        ("127.1", Names::System),
        ("0", Names::System),
        ("[::1]", Names::System),
        ("[::ffff:127.0.0.1]", Names::System),
        ("169.254.169.254", Names::System),
        ("rebound.example", fixed(&["127.0.0.1"])),
        ("rebound.example", fixed(&["::ffff:10.0.0.1"])),
        // The first answer is public, the second is not: none is tried.
        ("rebound.example", fixed(&["203.0.114.1", "127.0.0.1"])),
    ] {
        let egress = Egress::read(&format!("{host}:{port}")).unwrap();
        let base = format!("https://{host}:{port}");
        let mut settings = Settings::new("desk", &base, directory.path().join("ca.pem"), egress);
        settings.certificate =
            Some((directory.path().join("client.pem"), directory.path().join("client.key")));
        settings.names = names;
        let outcome = Client::new(settings).unwrap().get(&format!("{base}/")).await;
        assert!(matches!(outcome, Err(Error::Refused(Refused::Address { .. }))), "{host}: {outcome:?}");
    }
    assert_eq!(canary.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "somebody connected");
}

#[tokio::test]
async fn a_host_that_nobody_named_is_asked_nothing_and_gets_no_token() {
    let directory = certificates();
    let origin = Origin::start(directory.path(), |_| token("one", 300));
    let client = client(directory.path(), &origin);
    for url in [
        "https://evil.example/",
        "http://localhost/",
        "https://localhost:1/",
        "https://localhost@evil.example/",
    ] {
        let outcome = client.get(url).await;
        assert!(matches!(outcome, Err(Error::Refused(_))), "{url}: {outcome:?}");
    }
    assert!(origin.asked().is_empty(), "not even a token was asked for");
}

#[tokio::test]
async fn a_call_ends_with_its_deadline_and_an_answer_with_its_bound() {
    let directory = certificates();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = Origin::start(directory.path(), |asked| match asked.path.as_str() {
        "/sts/token" => token("one", 300),
        _ => answer(200, &"x".repeat(2000)),
    });
    let mut short = settings(directory.path(), &origin);
    short.answer_bytes = 1000;
    let outcome = Client::new(short).unwrap().get(&origin.url("/tickets")).await;
    assert!(matches!(outcome, Err(Error::TooLong(1000))), "{outcome:?}");
    // Takes connections and says nothing.
    let mut waiting = settings(directory.path(), &origin);
    let port = silent.local_addr().unwrap().port();
    waiting.egress = Egress::read(&format!("localhost:{port},127.0.0.0/8")).unwrap();
    waiting.sts_url = format!("https://localhost:{port}");
    waiting.deadline = Duration::from_millis(200);
    let outcome = Client::new(waiting).unwrap().get(&format!("https://localhost:{port}/")).await;
    assert!(matches!(outcome, Err(Error::Deadline)), "{outcome:?}");
}

#[tokio::test]
async fn a_server_of_another_authority_is_told_nothing() {
    let (ours, theirs) = (certificates(), certificates());
    let origin = Origin::start(theirs.path(), |_| token("one", 300));
    let mut settings = settings(ours.path(), &origin);
    settings.attempts = 1;
    let outcome = Client::new(settings).unwrap().get(&origin.url("/tickets")).await;
    assert!(matches!(outcome, Err(Error::Connect(_))), "{outcome:?}");
    assert!(origin.asked().is_empty());
}

#[test]
fn variables_say_who_calls_and_with_what() {
    let read = |set: &[(&str, &str)]| {
        let table = set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let table = table.collect::<HashMap<_, _>>();
        Settings::from_variables("ticket-bot", |name| table.get(name).cloned())
    };
    let base = [
        ("STS_URL", "https://soc.internal:8443/"),
        ("MTLS_CA_FILE", "/ca.pem"),
        ("EGRESS_ALLOW", "soc.internal:8443,10.0.0.0/8"),
    ];
    let refusal = read(&base).err().unwrap().to_string();
    assert!(refusal.contains("TICKET_BOT_CLIENT_SECRET"), "{refusal}");
    let by_secret = read(&[&base[..], &[("TICKET_BOT_CLIENT_SECRET", "s")]].concat()).unwrap();
    assert!(by_secret.certificate.is_none() && by_secret.secret.is_some());
    assert_eq!(by_secret.sts_url, "https://soc.internal:8443");
    let by_certificate =
        read(&[&base[..], &[("MTLS_ENABLED", "true"), ("MTLS_CERTIFICATE_FILE", "/bot.pem")]].concat())
            .unwrap();
    assert_eq!(by_certificate.certificate, Some(("/bot.pem".into(), "/bot.pem".into())));
}
