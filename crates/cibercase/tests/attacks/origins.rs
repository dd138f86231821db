//! Pages of other sites that use a browser's session.

use axum::body::Body;
use futures_util::StreamExt;
use http::{Method, StatusCode, header};
use testkit::{Setup, TestApp, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use super::SESSION;

/// Origins that are not ours, though some look like it.
const FOREIGN: [&str; 7] = [
    "https://evil.example",
    "null",
    "http://cibercase.test.evil.example",
    "http://evilcibercase.test",
    "http://cibercase.test:81",
    "http://cibercase.test@evil.example",
    "",
];

async fn refusal(request: http::Request<()>) -> StatusCode {
    match connect_async(request).await {
        Err(Error::Http(answer)) => answer.status(),
        Err(error) => unreachable!("no answer: {error}"),
        Ok(_) => StatusCode::SWITCHING_PROTOCOLS,
    }
}

#[tokio::test]
async fn a_live_connection_opens_from_our_pages_once_a_ticket_and_closes_with_its_session() {
    let app = TestApp::start(vec![]).await;
    app.live().await;
    let address = app.serve().await;
    let ana = app.an_administrator().await;
    let ticket = ana.post("/api/v1/live/tickets", json!({})).await.expect(200)["ticket"].clone();
    let url = format!("ws://{address}/api/v1/live?ticket={}", ticket.as_str().unwrap());
    for origin in FOREIGN {
        let mut request = url.as_str().into_client_request().unwrap();
        request.headers_mut().insert(header::ORIGIN, origin.parse().unwrap());
        assert_eq!(refusal(request).await, StatusCode::FORBIDDEN, "{origin}");
    }
    let mut request = url.as_str().into_client_request().unwrap();
    request.headers_mut().insert(header::ORIGIN, format!("http://{address}").parse().unwrap());
    let (mut socket, _) = connect_async(request).await.unwrap();
    assert!(socket.next().await.unwrap().unwrap().into_text().unwrap().contains("hello"));
    for url in [url, format!("ws://{address}/api/v1/live?ticket=0123456789abcdef0123456789abcdef")] {
        assert_eq!(refusal(url.into_client_request().unwrap()).await, StatusCode::UNAUTHORIZED);
    }
    ana.delete(SESSION).await.expect(204);
    assert!(socket.next().await.unwrap().unwrap().into_text().unwrap().contains("signed_out"));
}

#[tokio::test]
async fn a_change_with_a_cookie_comes_from_our_pages_only() {
    let app = TestApp::start(vec![]).await;
    let ana = app.an_administrator().await;
    for origin in FOREIGN {
        for (method, path) in [(Method::DELETE, SESSION), (Method::POST, "/api/v1/live/tickets")] {
            let mut request = ana.request(method, path).body(Body::empty()).unwrap();
            request.headers_mut().insert(header::ORIGIN, origin.parse().unwrap());
            ana.send(request).await.expect_problem(403, "foreign_origin");
        }
    }
    let mut request = ana.request(Method::DELETE, SESSION).body(Body::empty()).unwrap();
    request.headers_mut().remove(header::ORIGIN);
    ana.send(request).await.expect_problem(403, "foreign_origin");
    ana.get(SESSION).await.expect(200);
}

#[tokio::test]
async fn a_page_of_a_named_origin_may_call_with_its_session_and_one_that_looks_like_it_may_not() {
    let mut setup = Setup::default();
    setup.config.web_origins =
        vec!["https://wall.example.org".to_owned(), "http://plain.example.org".to_owned()];
    setup.config.public_url = "https://soc.example.org".to_owned();
    let app = TestApp::start_with(vec![], setup).await;
    let allowed = async |method: Method, origin: &str| {
        let nobody = app.nobody();
        let mut request = nobody.request(method, SESSION).body(Body::empty()).unwrap();
        request.headers_mut().insert(header::ORIGIN, origin.parse().unwrap());
        request.headers_mut().insert("access-control-request-method", "DELETE".parse().unwrap());
        let headers = nobody.send(request).await.headers;
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        let credentials = text("access-control-allow-credentials");
        (text("access-control-allow-origin"), credentials, text("access-control-allow-methods"))
    };
    let wall = Some("https://wall.example.org".to_owned());
    let (origin, credentials, methods) = allowed(Method::OPTIONS, "https://wall.example.org").await;
    assert_eq!((origin, credentials.as_deref()), (wall.clone(), Some("true")));
    assert!(methods.unwrap().contains("DELETE"));
    assert_eq!(allowed(Method::GET, "https://wall.example.org").await.0, wall);
    for origin in [
        "http://wall.example.org",
        "https://wall.example.org.evil.example",
        "https://evilwall.example.org",
        "https://wall.example.org:444",
        "https://WALL.example.org",
        "http://plain.example.org",
        "null",
    ] {
        assert_eq!(allowed(Method::OPTIONS, origin).await, (None, None, None), "{origin}");
    }
}

#[tokio::test]
async fn no_page_elsewhere_is_allowed_to_read_an_answer() {
    let app = TestApp::start(vec![]).await;
    let ana = app.an_administrator().await;
    for origin in FOREIGN.into_iter().chain(["http://cibercase.test"]) {
        for method in [Method::GET, Method::OPTIONS] {
            let mut request = ana.request(method, SESSION).body(Body::empty()).unwrap();
            request.headers_mut().insert(header::ORIGIN, origin.parse().unwrap());
            request.headers_mut().insert("access-control-request-method", "DELETE".parse().unwrap());
            let answer = ana.send(request).await;
            let mut names = answer.headers.keys().map(ToString::to_string);
            assert!(!names.any(|name| name.starts_with("access-control-")), "{origin}: {:?}", answer.headers);
        }
    }
}
