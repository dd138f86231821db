//! A provider of OpenID Connect on a loopback port, which says what a test wants it to.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::Router;
use axum::extract::{RawForm, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::Listener;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{HeaderMap, StatusCode, header};
use platform::clock::Clock;
use platform::config::ProviderConfig;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;

use crate::certificates::certificates;
use crate::forger::Forger;

const CLIENT: &str = "cibercase";
/// With characters that a form encodes.
const SECRET: &str = "a secret: of tests & nobody's";
const HOST: &str = "127.0.0.1";

/// What signs a token of these claims.
type Sign = Box<dyn Fn(&Forger, Value) -> String + Send>;

/// Ends when dropped.
pub struct IdentityProvider {
    pub issuer: String,
    shared: Shared,
    directory: TempDir,
    task: JoinHandle<()>,
}

type Shared = Arc<Mutex<Inner>>;

struct Inner {
    issuer: String,
    key: Forger,
    /// Claims beside the protocol's own.
    person: Value,
    /// What only userinfo says.
    user_info: Value,
    /// What it says of itself in place of the truth.
    metadata: Value,
    keys: Option<Value>,
    sign: Sign,
    codes: HashMap<String, HashMap<String, String>>,
    token_requests: usize,
}

impl IdentityProvider {
    pub async fn start() -> Self {
        let directory = tempfile::tempdir().expect("there is room for certificates");
        certificates(directory.path(), &[HOST]);
        let listener = TcpListener::bind((HOST, 0)).await.expect("there is a free port");
        let issuer = format!("https://{}", listener.local_addr().expect("a listener has an address"));
        let shared = Arc::new(Mutex::new(Inner {
            issuer: issuer.clone(),
            key: Forger::stranger(),
            person: json!({ "sub": "248289761001" }),
            user_info: json!({ "sub": "248289761001" }),
            metadata: json!({}),
            keys: None,
            sign: Box::new(|key, claims| key.sign(r#"{"alg":"ES256","kid":"one"}"#, &claims.to_string())),
            codes: HashMap::new(),
            token_requests: 0,
        }));
        let listener = Tls { listener, acceptor: acceptor(&directory) };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .route("/userinfo", get(user_info))
            .with_state(shared.clone());
        #[expect(clippy::disallowed_methods, reason = "dropping the provider ends the task")]
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("serving goes on") });
        Self { issuer, shared, directory, task }
    }

    /// The settings that name it.
    pub fn settings(&self, id: &str) -> ProviderConfig {
        ProviderConfig {
            id: id.to_owned(),
            label: format!("The provider {id}"),
            issuer: self.issuer.clone(),
            client_id: CLIENT.to_owned(),
            secret: "a-test-provider".to_owned(),
            egress: "127.0.0.0/8".to_owned(),
            ca_file: PathBuf::from(self.directory.path()).join("ca.pem"),
            second_factor_amr: Vec::new(),
            second_factor_acr: Vec::new(),
            new_people: None,
        }
    }

    /// The name and the text of the client's secret.
    pub fn secret() -> (String, String) {
        ("a-test-provider".to_owned(), SECRET.to_owned())
    }

    /// Says these claims of whoever signs in from now on.
    pub fn person(&self, claims: Value) {
        self.inner().person = claims;
    }

    /// Says these claims by userinfo.
    pub fn user_info(&self, claims: Value) {
        self.inner().user_info = claims;
    }

    /// Publishes these in place of its own members.
    pub fn metadata(&self, members: Value) {
        self.inner().metadata = members;
    }

    /// Publishes this in place of its own key set.
    pub fn keys(&self, set: Value) {
        self.inner().keys = Some(set);
    }

    /// Makes ID tokens otherwise from now on.
    pub fn sign(&self, sign: impl Fn(&Forger, Value) -> String + Send + 'static) {
        self.inner().sign = Box::new(sign);
    }

    /// The public key's coordinates.
    pub fn coordinates(&self) -> [String; 2] {
        self.inner().key.coordinates()
    }

    pub fn token_requests(&self) -> usize {
        self.inner().token_requests
    }

    /// Somebody follows the address that they were sent to and lets themselves be known: what the browser brings back.
    pub fn authorize(&self, address: &str) -> Value {
        let (place, query) = address.split_once('?').expect("the address has a query");
        assert_eq!(place, format!("{}/authorize", self.issuer));
        let asked: HashMap<String, String> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        assert_eq!(asked["response_type"], "code");
        assert_eq!(asked["client_id"], CLIENT);
        assert_eq!(asked["code_challenge_method"], "S256");
        assert!(asked["scope"].split(' ').any(|scope| scope == "openid"), "{}", asked["scope"]);
        let state = asked["state"].clone();
        let code = format!("code-{}", crate::app::next_number());
        self.inner().codes.insert(code.clone(), asked);
        json!({ "code": code, "state": state, "iss": self.issuer })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        lock(&self.shared)
    }
}

impl Drop for IdentityProvider {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(shared: &Shared) -> MutexGuard<'_, Inner> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn metadata(State(shared): State<Shared>) -> Json<Value> {
    let inner = lock(&shared);
    let at = |path: &str| format!("{}{path}", inner.issuer);
    let mut said = json!({
        "issuer": inner.issuer,
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "jwks_uri": at("/keys"),
        "userinfo_endpoint": at("/userinfo"),
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
    });
    for (name, value) in inner.metadata.as_object().expect("metadata are an object") {
        said[name] = value.clone();
    }
    Json(said)
}

async fn keys(State(shared): State<Shared>) -> Json<Value> {
    let inner = lock(&shared);
    let [x, y] = inner.key.coordinates();
    let own =
        json!({ "kty": "EC", "crv": "P-256", "kid": "one", "use": "sig", "alg": "ES256", "x": x, "y": y });
    Json(inner.keys.clone().unwrap_or(json!({ "keys": [own] })))
}

async fn user_info(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    if headers.get(header::AUTHORIZATION).is_none_or(|value| value != "Bearer an-access-token") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    Json(lock(&shared).user_info.clone()).into_response()
}

/// Once for each code, to the client that it was made for, with the verifier of its challenge.
async fn token(State(shared): State<Shared>, headers: HeaderMap, RawForm(form): RawForm) -> Response {
    let mut inner = lock(&shared);
    inner.token_requests += 1;
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let expected = format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(CLIENT), encode(SECRET))));
    if headers.get(header::AUTHORIZATION).is_none_or(|value| value != expected.as_str()) {
        return refuse("invalid_client");
    }
    let form: HashMap<String, String> = form_urlencoded::parse(&form).into_owned().collect();
    let asked = form.get("code").and_then(|code| inner.codes.remove(code));
    let Some(asked) = asked else { return refuse("invalid_grant") };
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(form["code_verifier"].as_bytes()));
    if challenge != asked["code_challenge"] || form["redirect_uri"] != asked["redirect_uri"] {
        return refuse("invalid_grant");
    }
    let now = Clock::System.now().unix_timestamp();
    let mut claims = json!({
        "iss": inner.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"],
    });
    for (name, value) in inner.person.as_object().expect("claims are an object") {
        claims[name] = value.clone();
    }
    let id_token = (inner.sign)(&inner.key, claims);
    Json(json!({ "access_token": "an-access-token", "token_type": "Bearer", "id_token": id_token }))
        .into_response()
}

fn refuse(error: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response()
}

struct Tls {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Ok((stream, address)) = self.listener.accept().await else { continue };
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

fn acceptor(directory: &TempDir) -> TlsAcceptor {
    let file = |end: &str| directory.path().join(format!("{HOST}.{end}"));
    let chain = CertificateDer::pem_file_iter(file("pem")).expect("the certificate can be read");
    let chain = chain.collect::<Result<Vec<_>, _>>().expect("it is a certificate");
    let key = PrivateKeyDer::from_pem_file(file("key")).expect("the key can be read");
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("TLS has versions")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("the key fits");
    TlsAcceptor::from(Arc::new(config))
}
