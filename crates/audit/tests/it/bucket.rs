//! A bucket that keeps objects as S3 does with Object Lock, as far as a witness asks it, and checks every signature.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

pub const KEY_ID: &str = "AKIDEXAMPLE";
pub const SECRET: &str = "canary-of-a-bucket";
const BUCKET: &str = "/witness/";

#[derive(Clone)]
pub struct Version {
    /// None: a mark of deletion.
    pub body: Option<String>,
    pub is_locked: bool,
}

/// By key; the newest version last.
type Objects = BTreeMap<String, Vec<Version>>;

#[derive(Clone, Default)]
pub struct Bucket(Arc<Mutex<Objects>>);

impl Bucket {
    /// Answers from now on, at the address returned.
    pub async fn serve() -> (Self, String) {
        let bucket = Self::default();
        let router = Router::new().fallback(answer).with_state(bucket.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (bucket, format!("http://{address}"))
    }

    pub fn objects(&self) -> MutexGuard<'_, Objects> {
        self.0.lock().unwrap()
    }

    /// A page of the list, the newest version of each key first, with keys encoded where that is asked.
    fn list(&self, query: impl Fn(&str) -> Option<String>) -> String {
        let asked = |name: &str| query(name).unwrap_or_default();
        let (prefix, most) = (asked("prefix"), asked("max-keys").parse::<usize>().unwrap());
        let after =
            query("key-marker").map(|key| (key, asked("version-id-marker").parse::<usize>().unwrap()));
        let is_encoded = asked("encoding-type") == "url";
        let name = |key: &str| match is_encoded {
            true => utf8_percent_encode(key, NON_ALPHANUMERIC).to_string(),
            false => key.to_owned(),
        };
        let objects = self.objects();
        let entries =
            objects.iter().filter(|(key, _)| key.starts_with(&prefix)).flat_map(|(key, versions)| {
                versions.iter().enumerate().rev().map(move |(number, version)| (key, number, version))
            });
        let is_next = |key: &String, number: usize| {
            after.as_ref().is_none_or(|(before, last)| (key, *last) > (before, number))
        };
        let rest = entries.filter(|(key, number, _)| is_next(key, *number));
        let page = rest.take(most + 1).collect::<Vec<_>>();
        let mut text = format!("<ListVersionsResult><IsTruncated>{}</IsTruncated>", page.len() > most);
        for (key, number, version) in page.iter().take(most) {
            let (kind, key) = (if version.body.is_some() { "Version" } else { "DeleteMarker" }, name(key));
            text += &format!("<{kind}><Key>{key}</Key><VersionId>{number}</VersionId></{kind}>");
        }
        if page.len() > most {
            let (key, number, _) = page[most - 1];
            text += &format!("<NextKeyMarker>{}</NextKeyMarker>", name(key));
            text += &format!("<NextVersionIdMarker>{number}</NextVersionIdMarker>");
        }
        if is_encoded {
            text += "<EncodingType>url</EncodingType>";
        }
        text + "</ListVersionsResult>"
    }

    fn put(&self, key: &str, headers: &HeaderMap, body: String) -> Response {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        assert_eq!((header("if-none-match"), header("x-amz-sdk-checksum-algorithm")), ("*", "SHA256"));
        let until = header("x-amz-object-lock-retain-until-date");
        assert!(until.ends_with('Z') && until.len() == 20, "{until}");
        let versions = &mut *self.objects();
        let versions = versions.entry(key.to_owned()).or_default();
        if versions.last().is_some_and(|version| version.body.is_some()) {
            return StatusCode::PRECONDITION_FAILED.into_response();
        }
        versions
            .push(Version { body: Some(body), is_locked: header("x-amz-object-lock-mode") == "COMPLIANCE" });
        StatusCode::OK.into_response()
    }

    fn get(&self, key: &str, number: usize) -> Response {
        let version = self.objects()[key][number].clone();
        let lock = version.is_locked.then_some([("x-amz-object-lock-mode", "COMPLIANCE")]);
        (lock, version.body.unwrap()).into_response()
    }
}

async fn answer(
    State(bucket): State<Bucket>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !is_signed(&method, &uri, &headers, &body) {
        let text = "<Error><Code>SignatureDoesNotMatch</Code></Error>";
        return (StatusCode::FORBIDDEN, text).into_response();
    }
    let path = plain(uri.path());
    let key = path.strip_prefix(BUCKET).unwrap();
    let query = |name: &str| {
        let pairs = uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
        pairs.into_iter().find(|(known, _)| *known == name).map(|(_, value)| plain(value))
    };
    match method {
        Method::PUT => bucket.put(key, &headers, String::from_utf8(body.to_vec()).unwrap()),
        _ if key.is_empty() => bucket.list(query).into_response(),
        _ => bucket.get(key, query("versionId").unwrap().parse().unwrap()),
    }
}

fn plain(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8().unwrap().into_owned()
}

/// Signature Version 4, computed anew from what arrived.
fn is_signed(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> bool {
    let header = |name: &str| headers.get(name).map_or("", |value| value.to_str().unwrap()).trim();
    let authorization = header("authorization").to_owned();
    let part = |name: &str| {
        let (_, rest) = authorization.split_once(name).unwrap_or_default();
        rest.split(',').next().unwrap_or_default().trim().to_owned()
    };
    let (signed, content) = (part("SignedHeaders="), hex(digest(&SHA256, body).as_ref()));
    let needed = ["host", "x-amz-content-sha256", "x-amz-date"];
    let is_whole = needed.iter().all(|name| signed.split(';').any(|known| known == *name))
        && headers
            .keys()
            .filter(|name| name.as_str().starts_with("x-amz-object-lock"))
            .all(|name| signed.split(';').any(|known| known == name.as_str()));
    let mut query = uri.query().unwrap_or_default().split('&').collect::<Vec<_>>();
    query.sort_unstable();
    let lines = signed.split(';').map(|name| format!("{name}:{}\n", header(name))).collect::<String>();
    let request = format!("{method}\n{}\n{}\n{lines}\n{signed}\n{content}", uri.path(), query.join("&"));
    let time = header("x-amz-date");
    let scope = format!("{}/eu-west-1/s3/aws4_request", time.get(..8).unwrap_or_default());
    let text =
        format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(digest(&SHA256, request.as_bytes()).as_ref()));
    let mut key = format!("AWS4{SECRET}").into_bytes();
    for step in scope.split('/') {
        key = sign(&Key::new(HMAC_SHA256, &key), step.as_bytes()).as_ref().to_vec();
    }
    let signature = hex(sign(&Key::new(HMAC_SHA256, &key), text.as_bytes()).as_ref());
    is_whole
        && header("x-amz-content-sha256") == content
        && authorization.contains(&format!("Credential={KEY_ID}/{scope}"))
        && part("Signature=") == signature
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
