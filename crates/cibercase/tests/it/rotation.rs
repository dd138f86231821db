//! Signing keys change while two processes serve.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::ScopedJoinHandle;
use std::time::Duration;

use serde_json::Value;

use crate::process::{PASSWORD, Server, data, directory, program};

const SECRET: &str = "vbJf0gVzAqTn6oYkqjH2m8sP4wX1dLrE";
const SERVICES: &str = r#"
version: 1
services:
  reader:
    description: Reads tickets.
    organizations: ["*"]
    scopes: [tickets:read]
    secret_hash: "sha256:72f7446aa068ae7f44695a5d6327f30d6ca123acec6ad1d71c4844bfb503c286"
"#;
const FORM: [(&str, &str); 1] = [("Content-Type", "application/x-www-form-urlencoded")];

/// How often every asker is heard between two changes.
const ROUNDS: usize = 5;

struct Nodes([Server; 2]);

impl Nodes {
    fn start(directory: &tempfile::TempDir) -> Self {
        let (data, services) = (data(directory), directory.path().join("services.yaml"));
        std::fs::write(&services, SERVICES).unwrap();
        let start = || {
            let mut program = program(&data);
            program.env("CIBERCASE_ADMIN_PASSWORD", PASSWORD).env("LOG_LEVEL", "warn");
            program.env("CIBERCASE_SERVICE_IDENTITIES_FILE", &services);
            // Many ask at once here, and nobody waits ten minutes for a key.
            program.env("CIBERCASE_LIMITS__REQUESTS_PER_MINUTE", "0");
            Server::start_with(program.env("CIBERCASE_TOKENS__PUBLISH_SECONDS", "1"))
        };
        Self([start(), start()])
    }

    fn token(&self, node: usize) -> String {
        let form = format!("grant_type=client_credentials&client_id=reader&client_secret={SECRET}");
        let (status, body) = self.0[node].send("POST", "/sts/token", &FORM, &form);
        assert_eq!(status, 200, "{body}");
        let answer: Value = serde_json::from_str(&body).unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// What a node answers to a token.
    fn status(&self, node: usize, token: &str) -> u16 {
        let bearer = format!("Bearer {token}");
        self.0[node].send("GET", "/api/v1/tickets?limit=1", &[("Authorization", &bearer)], "").0
    }

    /// Changes the keys; waits until the next one has been published for long enough.
    fn rotate(&self, session: &str, body: &str) {
        let bearer = format!("Bearer {session}");
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        for _ in 0..1000 {
            let (status, answer) = self.0[0].send("POST", "/sts/rotate-keys", &headers, body);
            if status == 200 {
                return;
            }
            assert!(status == 409 && answer.contains("key_too_young"), "{status} {answer}");
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("the next key never comes of age");
    }
}

/// Those who ask all the while, with a fresh token and with the first one, on both nodes.
struct Askers {
    is_over: AtomicBool,
    rounds: [AtomicUsize; 4],
}

impl Askers {
    fn ask(&self, number: usize, nodes: &Nodes, first: &str) {
        while !self.is_over.load(Ordering::Relaxed) {
            let fresh = nodes.token(number % 2);
            for token in [fresh.as_str(), first] {
                for node in [0, 1] {
                    assert_eq!(nodes.status(node, token), 200, "a valid token is refused");
                }
            }
            self.rounds[number].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until everybody has been heard so many times more.
    fn hear(&self, tasks: &[ScopedJoinHandle<'_, ()>]) {
        let seen = self.rounds.each_ref().map(|rounds| rounds.load(Ordering::Relaxed));
        let is_behind =
            |(rounds, seen): (&AtomicUsize, usize)| rounds.load(Ordering::Relaxed) < seen + ROUNDS;
        while self.rounds.iter().zip(seen).any(is_behind) {
            assert!(!tasks.iter().any(ScopedJoinHandle::is_finished), "somebody was refused");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Ends the asking, also where the test goes wrong.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn no_valid_request_is_refused_on_two_servers_while_keys_change_three_times_and_a_revoked_key_holds_on_neither()
 {
    let directory = directory();
    let nodes = Nodes::start(&directory);
    let session = nodes.0[0].sign_in();
    let first = nodes.token(0);
    let askers = Askers { is_over: AtomicBool::new(false), rounds: Default::default() };
    std::thread::scope(|scope| {
        let (askers, nodes, first) = (&askers, &nodes, first.as_str());
        let ask = |number| scope.spawn(move || askers.ask(number, nodes, first));
        let tasks = (0..askers.rounds.len()).map(ask).collect::<Vec<_>>();
        let _over = Over(&askers.is_over);
        for _ in 0..3 {
            askers.hear(&tasks);
            nodes.rotate(&session, "{}");
        }
        askers.hear(&tasks);
    });
    let mut kids =
        [&first, &nodes.token(1)].map(|token| token.split('.').next().unwrap().to_owned()).to_vec();
    kids.dedup();
    assert_eq!(kids.len(), 2, "another key signs now");

    let last = nodes.token(1);
    nodes.rotate(&session, r#"{"is_compromised":true}"#);
    for token in [&first, &last] {
        assert_eq!(nodes.status(0, token), 401, "refused at once where it was revoked");
        // The signal is on its way; without one it takes 20 seconds at most.
        let is_refused = |_| {
            std::thread::sleep(Duration::from_millis(10));
            nodes.status(1, token) == 401
        };
        assert!((0..2000).any(is_refused), "a revoked key holds on the other node");
    }
    // Who is who goes on with the new keys, on both.
    let fresh = nodes.token(1);
    assert_eq!([0, 1].map(|node| nodes.status(node, &fresh)), [200, 200]);
}
