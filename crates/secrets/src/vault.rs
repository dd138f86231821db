//! HashiCorp Vault, OpenBao and others that speak their API: the key-value engine, version 1 or 2, signed in by AppRole.
//! <https://developer.hashicorp.com/vault/api-docs/secret/kv>

use std::fmt::{self, Debug};
use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail, ensure};
use http::{Method, Request};
use platform::config::VaultConfig;
use platform::secrets::{KeptSecret, SecretKeeper};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use ureq::Agent;
use zeroize::Zeroizing;

use crate::http::{Answer, agent, ask, base};

/// The one field of each secret.
const FIELD: &str = "value";
const TOKEN_VARIABLE: &str = "VAULT_TOKEN";

pub struct Vault {
    agent: Agent,
    base: String,
    engine: Engine,
    mount: String,
    path: String,
    door: Door,
    token: Mutex<Option<Zeroizing<String>>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Engine {
    One,
    Two,
}

/// How we show who we are.
enum Door {
    AppRole { role_id: String, secret_id_file: PathBuf },
    Token(Zeroizing<String>),
}

impl Vault {
    pub fn open(config: &VaultConfig) -> Result<Self> {
        let engine = match config.version {
            1 => Engine::One,
            2 => Engine::Two,
            other => bail!("secrets.vault.version: the key-value engine is of version 1 or 2, not {other}"),
        };
        let door = if config.role_id.is_empty() {
            let token = platform::config::variable(TOKEN_VARIABLE);
            let token = token
                .with_context(|| format!("secrets.vault.role_id is empty, and so is {TOKEN_VARIABLE}"))?;
            Door::Token(Zeroizing::new(token))
        } else {
            ensure!(!config.secret_id_file.as_os_str().is_empty(), "secrets.vault.secret_id_file is empty");
            Door::AppRole { role_id: config.role_id.clone(), secret_id_file: config.secret_id_file.clone() }
        };
        Ok(Self {
            agent: agent(&config.ca_file)?,
            base: base("secrets.vault.address", &config.address)?,
            engine,
            mount: segments("secrets.vault.mount", &config.mount)?,
            path: segments("secrets.vault.path", &config.path)?,
            door,
            token: Mutex::default(),
        })
    }

    fn data(&self, name: &str) -> String {
        match self.engine {
            Engine::One => format!("{}/{}/{name}", self.mount, self.path),
            Engine::Two => format!("{}/data/{}/{name}", self.mount, self.path),
        }
    }

    fn listing(&self) -> String {
        match self.engine {
            Engine::One => format!("{}/{}", self.mount, self.path),
            Engine::Two => format!("{}/metadata/{}", self.mount, self.path),
        }
    }

    /// Asks as who we are; a token that is no longer good is asked for anew, once.
    fn call(&self, method: &Method, path: &str, body: Option<&Value>) -> Result<Answer> {
        let answer = self.send(method, path, body, &self.signed_in()?)?;
        if answer.status != 403 || matches!(self.door, Door::Token(_)) {
            return Ok(answer);
        }
        self.token.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.send(method, path, body, &self.signed_in()?)
    }

    fn send(&self, method: &Method, path: &str, body: Option<&Value>, token: &str) -> Result<Answer> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}/v1/{path}", self.base))
            .header("X-Vault-Token", token)
            .header("X-Vault-Request", "true")
            .header("Content-Type", "application/json");
        ask(&self.agent, request.body(body.map(Value::to_string).unwrap_or_default())?)
    }

    fn signed_in(&self) -> Result<Zeroizing<String>> {
        let (role_id, secret_id_file) = match &self.door {
            Door::Token(token) => return Ok(token.clone()),
            Door::AppRole { role_id, secret_id_file } => (role_id, secret_id_file),
        };
        let mut known = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = &*known {
            return Ok(token.clone());
        }
        let secret_id = fs::read_to_string(secret_id_file)
            .with_context(|| format!("secrets.vault.secret_id_file: {}", secret_id_file.display()))?;
        let body = json!({ "role_id": role_id, "secret_id": secret_id.trim() });
        let request = Request::post(format!("{}/v1/auth/approle/login", self.base))
            .header("Content-Type", "application/json")
            .body(body.to_string())?;
        let answer = parsed(&ask(&self.agent, request)?, "signing in to the vault")?;
        let token = answer["auth"]["client_token"].as_str().context("the vault gave no token")?;
        let token = Zeroizing::new(token.to_owned());
        *known = Some(token.clone());
        Ok(token)
    }
}

impl SecretKeeper for Vault {
    fn get(&self, name: &str) -> Result<Option<String>> {
        let answer = self.call(&Method::GET, &self.data(name), None)?;
        if answer.status == 404 {
            return Ok(None);
        }
        let answer = parsed(&answer, &format!("reading {name} from the vault"))?;
        let data = match self.engine {
            Engine::One => &answer["data"],
            Engine::Two => &answer["data"]["data"],
        };
        let missing = || format!("the vault's secret {name} has no field {FIELD:?}");
        Ok(Some(data[FIELD].as_str().with_context(missing)?.to_owned()))
    }

    /// Version 2 writes only what is not there. Version 1 knows no such thing: there one process starts first.
    fn put_if_absent(&self, name: &str, secret: &str) -> Result<()> {
        let body = match self.engine {
            Engine::One => json!({ FIELD: secret }),
            Engine::Two => json!({ "options": { "cas": 0 }, "data": { FIELD: secret } }),
        };
        if self.engine == Engine::One && self.get(name)?.is_some() {
            return Ok(());
        }
        let answer = self.call(&Method::POST, &self.data(name), Some(&body))?;
        let was_there = answer.status == 400 && answer.body.contains("check-and-set");
        if was_there || answer.status == 204 {
            return Ok(());
        }
        parsed(&answer, &format!("writing {name} to the vault")).map(drop)
    }

    /// In either version a write is whole, and version 2 keeps what was there as an older version of its own.
    fn replace(&self, name: &str, secret: &str) -> Result<()> {
        let body = match self.engine {
            Engine::One => json!({ FIELD: secret }),
            Engine::Two => json!({ "data": { FIELD: secret } }),
        };
        let answer = self.call(&Method::POST, &self.data(name), Some(&body))?;
        if answer.status == 204 {
            return Ok(());
        }
        parsed(&answer, &format!("writing {name} to the vault")).map(drop)
    }

    fn list(&self) -> Result<Vec<KeptSecret>> {
        // Some that speak a vault's API know no other way than its method of its own.
        let answer = self.call(&Method::from_bytes(b"LIST")?, &self.listing(), None)?;
        if answer.status == 404 {
            return Ok(Vec::new());
        }
        let answer = parsed(&answer, "listing the vault's secrets")?;
        let names = answer["data"]["keys"].as_array().context("the vault listed no keys")?;
        let names = names.iter().filter_map(Value::as_str).filter(|name| !name.ends_with('/'));
        names.map(|name| Ok(KeptSecret { name: name.to_owned(), since: self.since(name)? })).collect()
    }
}

impl Vault {
    /// Version 1 keeps no times.
    fn since(&self, name: &str) -> Result<Option<OffsetDateTime>> {
        if self.engine == Engine::One {
            return Ok(None);
        }
        let answer =
            parsed(&self.call(&Method::GET, &self.data(name), None)?, "asking the vault for a time")?;
        let at = answer["data"]["metadata"]["created_time"].as_str();
        Ok(at.and_then(|at| OffsetDateTime::parse(at, &Rfc3339).ok()))
    }
}

/// The answer's JSON. Of a refusal what the vault gives as its reason; never a secret.
fn parsed(answer: &Answer, doing: &str) -> Result<Value> {
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    if (200..300).contains(&answer.status) {
        return Ok(body);
    }
    let reasons =
        body["errors"].as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>();
    bail!("{doing}: it answered {} {}", answer.status, reasons.join("; "))
}

/// A path of plain words.
fn segments(setting: &str, path: &str) -> Result<String> {
    let path = path.trim_matches('/');
    let is_word = |word: &str| {
        !word.is_empty()
            && word != ".."
            && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    };
    ensure!(path.split('/').all(is_word), "{setting}: {path:?} is no path of letters, digits, - _ and .");
    Ok(path.to_owned())
}

impl Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("base", &self.base).field("path", &self.path).finish_non_exhaustive()
    }
}
