//! The key-value engine in both versions, as its manual writes requests and answers. Version 2 was not tried against a living
//! server; version 1 is, by `make test-integrations`.

use std::collections::HashMap;
use std::fs;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use platform::config::{Config, SecretProvider};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::peer::Peer;
use crate::{config, kept, refusal};

const ROLE: &str = "5a1b";
const SECRET_ID: &str = "9c-secret-id";

#[derive(Default)]
struct Shelf {
    kept: HashMap<String, Value>,
    logins: usize,
    /// Of the token that is good just now.
    token: usize,
}

type Shared = Arc<Mutex<Shelf>>;

fn errors(status: u16, text: &str) -> (StatusCode, String) {
    (StatusCode::from_u16(status).unwrap(), json!({ "errors": [text] }).to_string())
}

fn found(body: &Value) -> (StatusCode, String) {
    (StatusCode::OK, body.to_string())
}

async fn answer(
    State(shelf): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let mut shelf = shelf.lock().unwrap();
    let said: Value = serde_json::from_slice(&body).unwrap_or_default();
    if uri.path() == "/v1/auth/approle/login" {
        if said != json!({ "role_id": ROLE, "secret_id": SECRET_ID }) {
            return errors(400, "invalid role or secret ID");
        }
        shelf.logins += 1;
        let token = format!("hvs.{}", shelf.token);
        return found(&json!({ "auth": { "client_token": token, "lease_duration": 1200 } }));
    }
    if headers["x-vault-token"] != format!("hvs.{}", shelf.token) {
        return errors(403, "permission denied");
    }
    let path = uri.path().strip_prefix("/v1/").unwrap().to_owned();
    if method.as_str() == "LIST" {
        let prefix = path.replace("/metadata/", "/data/");
        let names = shelf.kept.keys().filter_map(|key| key.strip_prefix(&format!("{prefix}/")));
        return found(&json!({ "data": { "keys": names.collect::<Vec<_>>() } }));
    }
    match method {
        Method::GET => match shelf.kept.get(&path) {
            Some(data) => found(&json!({ "data": data })),
            None => errors(404, ""),
        },
        _ if path.starts_with("kv/data/") => {
            if said["options"]["cas"] == 0 && shelf.kept.contains_key(&path) {
                return errors(400, "check-and-set parameter did not match the current version");
            }
            let metadata = json!({ "created_time": "2026-03-22T02:24:06.945319214Z", "version": 1 });
            shelf.kept.insert(path, json!({ "data": said["data"], "metadata": metadata }));
            found(&json!({ "data": metadata_of_first() }))
        }
        _ => {
            shelf.kept.insert(path, said);
            (StatusCode::NO_CONTENT, String::new())
        }
    }
}

fn metadata_of_first() -> Value {
    json!({ "created_time": "2026-03-22T02:24:06.945319214Z", "deletion_time": "", "destroyed": false, "version": 1 })
}

struct Scene {
    shelf: Shared,
    config: Config,
    _directory: TempDir,
    _peer: Peer,
}

fn scene(version: u8) -> Scene {
    let shelf = Shared::default();
    let peer = Peer::new(Router::new().fallback(answer).with_state(shelf.clone()));
    let directory = TempDir::new().unwrap();
    let mut config = config(directory.path(), SecretProvider::Vault);
    let vault = &mut config.secrets.vault;
    vault.address = peer.base.clone();
    vault.version = version;
    vault.mount = "kv".to_owned();
    vault.path = "soc/cibercase".to_owned();
    vault.role_id = ROLE.to_owned();
    vault.secret_id_file = directory.path().join("secret-id");
    fs::write(&vault.secret_id_file, format!("{SECRET_ID}\n")).unwrap();
    Scene { shelf, config, _directory: directory, _peer: peer }
}

#[test]
fn both_versions_keep_what_is_made_once() {
    for (version, place) in [(1, "kv/soc/cibercase/api-secret"), (2, "kv/data/soc/cibercase/api-secret")] {
        let scene = scene(version);
        let store = secrets::open(&scene.config).unwrap();
        assert_eq!(store.get("api-secret").unwrap(), None, "version {version}");
        assert_eq!(store.get_or_make("api-secret", || "made".to_owned()).unwrap(), "made");
        assert!(scene.shelf.lock().unwrap().kept.contains_key(place), "version {version}");
        assert_eq!(kept(&secrets::open(&scene.config).unwrap(), "api-secret"), "made");
        let list = store.list().unwrap();
        assert_eq!(list.len(), 1, "version {version}: {list:?}");
        assert_eq!(list[0].since.is_some(), version == 2, "version {version}: {list:?}");
        assert!(!scene.config.data_directory.join("secrets").exists(), "version {version} wrote files");
    }
}

#[test]
fn of_two_who_write_at_once_version_two_keeps_the_first() {
    let scene = scene(2);
    let store = secrets::open(&scene.config).unwrap();
    let theirs = secrets::open(&scene.config).unwrap();
    let made = store.get_or_make("api-secret", || {
        theirs.get_or_make("api-secret", || "theirs".to_owned()).unwrap();
        "ours".to_owned()
    });
    assert_eq!(made.unwrap(), "theirs");
}

#[test]
fn a_token_that_ran_out_is_asked_for_anew() {
    let scene = scene(2);
    let store = secrets::open(&scene.config).unwrap();
    store.get_or_make("api-secret", || "made".to_owned()).unwrap();
    scene.shelf.lock().unwrap().token += 1;
    assert_eq!(kept(&store, "api-secret"), "made");
    assert_eq!(scene.shelf.lock().unwrap().logins, 2);
}

#[test]
fn a_refusal_says_why_and_gives_nothing_away() {
    let scene = scene(2);
    let mut wrong = scene.config.clone();
    wrong.secrets.vault.role_id = "another".to_owned();
    let said = refusal(secrets::open(&wrong).unwrap().get("api-secret"));
    assert!(said.contains("signing in to the vault") && said.contains("invalid role"), "{said}");
    assert!(!said.contains(SECRET_ID), "{said}");
    let mut gone = scene.config.clone();
    gone.secrets.vault.address = "http://127.0.0.1:1".to_owned();
    assert!(refusal(secrets::open(&gone).unwrap().get("api-secret")).contains("127.0.0.1:1"));
}

#[test]
fn settings_that_cannot_be_right_are_refused_by_name() {
    let scene = scene(2);
    let refused = |change: &dyn Fn(&mut Config)| {
        let mut config = scene.config.clone();
        change(&mut config);
        refusal(secrets::open(&config))
    };
    assert!(refused(&|config| config.secrets.vault.version = 3).contains("version 1 or 2"));
    for address in ["http://vault.example.org:8200", "http://127.0.0.1.example.org", "http://0.0.0.0:8200"] {
        assert!(
            refused(&|config| config.secrets.vault.address = address.to_owned()).contains("use https"),
            "{address}"
        );
    }
    for address in ["", "vault", "ftp://vault.example.org"] {
        assert!(
            refused(&|config| config.secrets.vault.address = address.to_owned()).contains("vault.address"),
            "{address}"
        );
    }
    for path in ["", "../sys", "a//b", "a?b", "a b"] {
        assert!(
            refused(&|config| config.secrets.vault.path = path.to_owned()).contains("vault.path"),
            "{path}"
        );
    }
    assert!(refused(&|config| config.secrets.vault.secret_id_file = "".into()).contains("secret_id_file"));
}
