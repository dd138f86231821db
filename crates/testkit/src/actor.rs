//! Somebody who calls the API.

use std::net::{IpAddr, SocketAddr};
use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{HeaderName, HeaderValue, Method, Request, header};
use identity::NewUser;
use platform::edge::OverTls;
use platform::peer::Inside;
use serde_json::{Value, json};
use tower::ServiceExt;
use vocab::{SessionId, UserId};

use crate::answer::Answer;

/// Every actor's password.
pub const PASSWORD: &str = "tests know this password by heart";

/// Where our own pages are, to requests that need no connection.
const HOST: &str = "cibercase.test";
const FIRST_ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

/// A hash of [`PASSWORD`] with the least work that Argon2 allows: tests check passwords, not Argon2.
pub(crate) fn test_hash() -> String {
    static HASH: LazyLock<String> = LazyLock::new(|| {
        let params = Params::new(Params::MIN_M_COST, 1, 1, None).expect("the least parameters are allowed");
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let hash: PasswordHash = argon2.hash_password(PASSWORD.as_bytes()).expect("a password can be hashed");
        hash.to_string()
    });
    HASH.clone()
}

#[derive(Debug, Clone)]
enum Credential {
    None,
    Cookie(String),
    Bearer(String),
}

/// Somebody who calls the API, signed in or not. Changes made with a cookie carry our own pages' origin.
#[derive(Clone)]
pub struct Actor {
    router: Router,
    credential: Credential,
    address: IpAddr,
    inside: Option<Inside>,
    /// Nil for nobody.
    pub user_id: UserId,
    /// Nil for nobody.
    pub session_id: SessionId,
    pub email: String,
    pub display_name: String,
}

impl Actor {
    pub(crate) fn nobody(router: Router) -> Self {
        Self {
            router,
            credential: Credential::None,
            address: FIRST_ADDRESS,
            inside: None,
            user_id: UserId(uuid::Uuid::nil()),
            session_id: SessionId(uuid::Uuid::nil()),
            email: String::new(),
            display_name: String::new(),
        }
    }

    pub(crate) fn signed_in(
        router: Router,
        user_id: UserId,
        session_id: SessionId,
        user: NewUser,
        token: String,
    ) -> Self {
        Self {
            credential: Credential::Cookie(token),
            user_id,
            session_id,
            email: user.email,
            display_name: user.display_name,
            ..Self::nobody(router)
        }
    }

    /// The same person with another cookie.
    pub fn with_cookie(&self, token: &str) -> Self {
        Self { credential: Credential::Cookie(token.to_owned()), ..self.clone() }
    }

    /// The same person as a program.
    pub fn with_bearer(&self, token: &str) -> Self {
        Self { credential: Credential::Bearer(token.to_owned()), ..self.clone() }
    }

    /// The same person from elsewhere.
    pub fn from_address(&self, address: &str) -> Self {
        Self { address: address.parse().expect("an address"), ..self.clone() }
    }

    /// The same by the internal listener, with what its handshake showed.
    pub fn inside(&self, inside: Inside) -> Self {
        Self { inside: Some(inside), ..self.clone() }
    }

    /// The same person in front of another process.
    pub fn at(&self, app: &crate::TestApp) -> Self {
        Self { router: app.router(), ..self.clone() }
    }

    /// The cookie's value.
    pub fn cookie(&self) -> &str {
        match &self.credential {
            Credential::Cookie(token) => token,
            _ => panic!("{} has no cookie", self.display_name),
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, None, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PUT, path, None, Some(body)).await
    }

    /// Edits the `version` read.
    pub async fn patch(&self, path: &str, version: i64, body: Value) -> Answer {
        self.call(Method::PATCH, path, Some(version), Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, None, None).await
    }

    /// Sends a form, as OAuth clients do.
    pub async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let pairs = fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        let request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body));
        self.send(request.expect("the request is right")).await
    }

    /// Signs in with [`PASSWORD`], or another: the answer of `POST /api/v1/session`.
    pub async fn sign_in(&self, email: &str, password: &str) -> Answer {
        self.post("/api/v1/session", json!({ "email": email, "password": password })).await
    }

    /// A request with this person's credential and origin, to be finished and given to [`send`](Self::send).
    pub fn request(&self, method: Method, path: &str) -> http::request::Builder {
        let mut request = Request::builder().method(method.clone()).uri(path).header(header::HOST, HOST);
        match &self.credential {
            Credential::None => {}
            Credential::Cookie(token) => {
                request = request.header(header::COOKIE, format!("cibercase={token}"));
                if !method.is_safe() {
                    request = request.header(header::ORIGIN, format!("http://{HOST}"));
                }
            }
            Credential::Bearer(token) => {
                request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
            }
        }
        request
    }

    /// Sends a request as it is.
    pub async fn send(&self, mut request: Request<Body>) -> Answer {
        let peer = SocketAddr::new(self.address, 40_000);
        request.extensions_mut().insert(ConnectInfo(peer));
        if let Some(inside) = &self.inside {
            request.extensions_mut().insert(OverTls);
            request.extensions_mut().insert(inside.clone());
        }
        let asked = format!("{} {}", request.method(), request.uri());
        let response = self.router.clone().oneshot(request).await.expect("the router never fails");
        Answer::read(asked, response).await
    }

    async fn call(&self, method: Method, path: &str, version: Option<i64>, body: Option<Value>) -> Answer {
        let mut request = self.request(method, path);
        if let Some(version) = version {
            request = request.header(header::IF_MATCH, format!("\"{version}\""));
        }
        let body = match body {
            Some(body) => {
                let json = HeaderValue::from_static("application/json");
                request = request.header(HeaderName::from_static("content-type"), json);
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.send(request.body(body).expect("the request is right")).await
    }
}
