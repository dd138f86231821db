//! What a caller got.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// An answer, its body read to the end.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// For messages: what was asked.
    asked: String,
}

impl Answer {
    pub(crate) async fn read(asked: String, response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("the body can be read").to_bytes().to_vec();
        Self { status: parts.status, headers: parts.headers, body, asked }
    }

    /// The body, after making sure of the status.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        let Self { status: got, asked, .. } = self;
        assert!(got.as_u16() == status, "{asked}\nexpected {status}, got {got}:\n{}", self.text());
        if self.body.is_empty() { Value::Null } else { self.json() }
    }

    /// Makes sure of a problem's status and code, and gives the problem.
    #[track_caller]
    pub fn expect_problem(&self, status: u16, code: &str) -> Value {
        let problem = self.expect(status);
        assert!(problem["code"] == code, "{}\nexpected the code {code}, got:\n{}", self.asked, self.text());
        let content_type = self.headers.get("content-type").map(|value| value.to_str().unwrap_or_default());
        assert_eq!(content_type, Some("application/problem+json"), "{}", self.asked);
        problem
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("{}\nthe body is not JSON ({error}):\n{}", self.asked, self.text()),
        }
    }

    /// The body as a type of the module's.
    #[track_caller]
    pub fn body<T: DeserializeOwned>(&self) -> T {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("{}\nthe body is another type ({error}):\n{}", self.asked, self.text()),
        }
    }

    /// The `items` of a list.
    #[track_caller]
    pub fn items(&self) -> Vec<Value> {
        self.expect(200)["items"].as_array().expect("a list has items").clone()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}
