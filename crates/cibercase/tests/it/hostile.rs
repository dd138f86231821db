//! Every operation that the API's description names, asked badly: whatever arrives, the answer is one that the
//! description names, and never a failure of ours.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Map, Value, json};

use crate::described::{Description, NOBODY, Operation};
use crate::process::{Reply, Server, ask, data, directory, exchange, incident};

/// Ending one's own session would end the test.
const LEFT_OUT: [&str; 1] = ["delete_session"];
const THREADS: usize = 4;

/// One request: what is wrong with it, and how it is sent.
struct Attempt {
    wrong: String,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

#[test]
fn whatever_is_asked_the_answer_is_one_the_description_names() {
    let directory = directory();
    let data = data(&directory);
    let server = Server::start(&data);
    let token = server.sign_in();
    let description = learn(&server, &data, &token);
    let complaints = each_operation(&description, |operation| {
        let attempts = attempts(operation);
        let wrong = attempts.iter().filter_map(|attempt| judge(&server, operation, attempt, &token));
        wrong.collect()
    });
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}

#[test]
fn without_a_credential_every_operation_is_refused_and_other_methods_are_named() {
    let directory = directory();
    let data = data(&directory);
    let server = Server::start(&data);
    let token = server.sign_in();
    let description = learn(&server, &data, &token);
    let complaints = each_operation(&description, |operation| {
        let mut complaints = Vec::new();
        if !operation.is_public() {
            let path = operation.path() + &operation.query();
            let reply = exchange(&server.address, &operation.method, &path, &[], b"").unwrap();
            if reply.status != 401 || !operation.names(401, reply.header("content-type")) {
                complaints.push(format!("{} without a token: {}", operation.id(), reply.status));
            }
        }
        complaints.extend(refuses_other_methods(&server, &description, operation, &token));
        complaints
    });
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}

/// The description, and ids of one thing of each kind.
fn learn(server: &Server, data: &std::path::Path, token: &str) -> Description {
    let source = ask(data, &["source", "add", "--kind", "generic", "--name", "siem"]);
    let bearer = format!("Bearer {}", source["token"].as_str().unwrap());
    for number in 1..4 {
        let path = "/api/v1/integrations/webhook";
        server.send("POST", path, &[("Authorization", &bearer)], &incident(number, 1));
    }
    let mut description = Description::new(server.get(token, "/api/openapi.json"));
    for list in ["alerts", "tickets", "sources", "organizations", "users", "assets", "quarantine"] {
        let path = format!("/api/v1/{list}");
        let items = server.get(token, &path);
        if let Some(id) = items["items"][0]["id"].as_str() {
            description.known_ids.insert(path, id.to_owned());
        }
    }
    description
}

fn each_operation(description: &Description, ask: impl Fn(&Operation) -> Vec<String> + Sync) -> Vec<String> {
    let operations = description.operations();
    assert!(operations.len() > 80, "{}", operations.len());
    let (next, complaints) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(operation) = operations.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if !LEFT_OUT.contains(&operation.id()) {
                        let found = ask(operation);
                        complaints.lock().unwrap().extend(found);
                    }
                }
            });
        }
    });
    complaints.into_inner().unwrap()
}

fn judge(server: &Server, operation: &Operation, attempt: &Attempt, token: &str) -> Option<String> {
    let bearer = format!("Bearer {token}");
    let mut headers = vec![("Authorization", bearer.as_str())];
    headers.extend(attempt.headers.iter().map(|(name, value)| (*name, value.as_str())));
    let reply = exchange(&server.address, &operation.method, &attempt.path, &headers, &attempt.body);
    let complaint = match reply {
        Ok(reply) => complaint(operation, &reply)?,
        Err(error) => error.to_string(),
    };
    let (id, path) = (operation.id(), attempt.path.chars().take(200).collect::<String>());
    Some(format!("{id}, {}: {complaint} ({} {path})", attempt.wrong, operation.method))
}

fn complaint(operation: &Operation, reply: &Reply) -> Option<String> {
    let kind = reply.header("content-type").filter(|_| !reply.body.is_empty());
    let is_named = operation.names(reply.status, kind);
    let may_fail = reply.status == 503 && is_named;
    if is_named && (reply.status < 500 || may_fail) {
        return None;
    }
    Some(format!("{} as {kind:?}: {}", reply.status, reply.body.chars().take(300).collect::<String>()))
}

fn refuses_other_methods(
    server: &Server,
    description: &Description,
    operation: &Operation,
    token: &str,
) -> Vec<String> {
    let known = description.methods(operation.template);
    let others = ["GET", "PUT", "POST", "DELETE", "PATCH", "TRACE", "OPTIONS", "QUERY"];
    let others = others.into_iter().filter(|method| !known.contains(*method));
    let complaint = |method: &str| {
        let bearer = format!("Bearer {token}");
        let headers = [("Authorization", bearer.as_str())];
        let path = operation.path_with(NOBODY);
        let reply = exchange(&server.address, method, &path, &headers, b"").unwrap();
        let allowed = reply.header("allow").unwrap_or_default();
        let mut allowed = allowed.split(',').map(|method| method.trim().to_owned()).collect::<Vec<_>>();
        allowed.sort();
        let is_right = reply.status == 405
            && allowed.iter().eq(&known)
            && reply.header("content-type") == Some("application/problem+json");
        (!is_right).then(|| format!("{method} {path}: {}, {allowed:?}", reply.status))
    };
    others.filter_map(complaint).collect()
}

fn attempts(operation: &Operation) -> Vec<Attempt> {
    let mut all = vec![Attempt::of(operation, "nothing")];
    all.extend(unreadable_ids(operation));
    all.extend(bad_queries(operation));
    all.extend(bad_versions(operation));
    all.extend(bad_bodies(operation));
    all.extend(bad_fields(operation));
    all
}

impl Attempt {
    /// A good request as far as the description says.
    fn of(operation: &Operation, wrong: &str) -> Self {
        let mut headers = Vec::new();
        if operation.takes_version() {
            headers.push(("If-Match", r#""1""#.to_owned()));
        }
        if let Some(kind) = operation.content_type() {
            headers.push(("Content-Type", kind.to_owned()));
        }
        let body = operation.body_schema().map(|_| json!(operation.least_body()).to_string());
        Self {
            wrong: wrong.to_owned(),
            path: operation.path() + &operation.query(),
            headers,
            body: body.unwrap_or_default().into_bytes(),
        }
    }

    fn with_header(mut self, name: &'static str, value: Option<&str>) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.extend(value.map(|value| (name, value.to_owned())));
        self
    }

    fn with_body(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self }
    }
}

fn unreadable_ids(operation: &Operation) -> Vec<Attempt> {
    if !operation.template.contains('{') {
        return Vec::new();
    }
    let long = "9".repeat(5000);
    let texts = [NOBODY, "nonsense", "%00", "%ff", "%ed%a0%80", "-1", "1e400", "..%2f..%2fetc", "'--", &long];
    let attempt = |text: &str| Attempt {
        path: operation.path_with(text) + &operation.query(),
        ..Attempt::of(operation, &format!("the id {:.20}", text))
    };
    texts.into_iter().map(attempt).collect()
}

fn bad_queries(operation: &Operation) -> Vec<Attempt> {
    let long = "x".repeat(30_000);
    let values = [
        "",
        "%00",
        "%ff",
        "%ed%a0%80",
        "a%00b",
        "-1",
        "0",
        "99999999999999999999",
        "1e400",
        "null",
        "[]",
        "%22",
        "2026-13-45T00:00:00Z",
        "-9999-01-01T00:00:00Z",
        "9999-12-31T23:59:59-23:59",
        "300000-01-01T00:00:00Z",
        "0001-01-01T00:00:00%2B23:59",
        "::ffff:1.2.3.4",
        "10.0.0.0/99",
        ",,,",
        "me,none,x",
        "%25_%5c",
        "%F0%9F%98%80",
        "W10",
        "bnVsbA",
        "MTcwMTQxMTgzNDYwNDY5MjMxNzMxNjg3MzAzNzE1ODg0MTA1NzI4",
        "InRleHQi",
        &long,
    ];
    let with = |pairs: String, wrong: String| {
        let mark = if operation.query().is_empty() { '?' } else { '&' };
        let good = Attempt::of(operation, &wrong);
        Attempt { path: format!("{}{mark}{pairs}", good.path), ..good }
    };
    let mut all = vec![with("unknown_key=1".to_owned(), "an unknown query key".to_owned())];
    for name in operation.query_names() {
        let bad = values.iter().map(|value| with(format!("{name}={value}"), format!("{name}={value:.30}")));
        all.extend(bad);
        all.push(with(format!("{name}=1&{name}=1"), format!("{name} twice")));
    }
    all
}

fn bad_versions(operation: &Operation) -> Vec<Attempt> {
    if !operation.takes_version() {
        return Vec::new();
    }
    let values =
        [None, Some(""), Some("3"), Some("\"x\""), Some("\"-1\""), Some("\"99999999999\""), Some("*")];
    let attempt = |value| Attempt::of(operation, "its version").with_header("If-Match", value);
    values.into_iter().map(attempt).collect()
}

fn bad_bodies(operation: &Operation) -> Vec<Attempt> {
    let Some(kind) = operation.content_type() else { return Vec::new() };
    let deep = "[".repeat(20_000);
    let bodies: [&[u8]; 14] = [
        b"",
        b"{",
        b"[]",
        b"null",
        b"true",
        b"\"text\"",
        b"1e400",
        b"{} {}",
        br#"{"unknown_field": 1}"#,
        br#"{"a": "\ud800"}"#,
        b"\xff\xfe\x00",
        b"<incident/>",
        b"a=%ff&a=1",
        deep.as_bytes(),
    ];
    let bad = bodies
        .iter()
        .enumerate()
        .map(|(number, body)| Attempt::of(operation, &format!("body {number}")).with_body(*body));
    let kinds = [
        None,
        Some("text/html"),
        Some("application/json; charset=latin1"),
        Some("multipart/form-data"),
        Some("x"),
    ];
    let bad_kinds = kinds.into_iter().map(|other| {
        Attempt::of(operation, &format!("the content type {other:?} for {kind}"))
            .with_header("Content-Type", other)
    });
    bad.chain(bad_kinds).collect()
}

/// Each field of the body with each bad value, the others as good as can be.
fn bad_fields(operation: &Operation) -> Vec<Attempt> {
    let Some(schema) = operation.body_schema() else { return Vec::new() };
    let no_fields = Map::new();
    let fields = schema["properties"].as_object().unwrap_or(&no_fields);
    let values = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1e308),
        json!(""),
        json!(" "),
        json!("\0"),
        json!("a\u{0}b\u{7f}\u{202e}"),
        json!("x".repeat(100_000)),
        json!("\u{1f600}".repeat(400)),
        json!(NOBODY),
        json!("9999999-01-01T00:00:00Z"),
        json!("-9999-01-01T00:00:00Z"),
        json!("9999-12-31T23:59:59-23:59"),
        json!([]),
        json!([null]),
        json!([[]]),
        json!({}),
        json!(vec![NOBODY; 600]),
        json!({ "a": { "b": 1 } }),
        json!(["\0"]),
        json!("10.0.0.0/99"),
    ];
    let mut all = Vec::new();
    for name in fields.keys().filter(|name| !is_password(operation, name)) {
        let bad = values.iter().map(|value| {
            let mut body = operation.least_body();
            body.insert(name.clone(), value.clone());
            let shown = value.to_string().chars().take(30).collect::<String>();
            Attempt::of(operation, &format!("{name} = {shown}")).with_body(Value::Object(body).to_string())
        });
        all.extend(bad);
    }
    all
}

/// Checking passwords takes its time by design, and too many wrong ones shut the door to the rest of the test.
fn is_password(operation: &Operation, name: &str) -> bool {
    matches!(operation.id(), "create_session" | "change_password" | "create_user")
        && name.contains("password")
}
