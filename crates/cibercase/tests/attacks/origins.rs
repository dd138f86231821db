//! Pages of other sites that use a browser's session.

use axum::body::Body;
use futures_util::StreamExt;
use http::{Method, StatusCode, header};
use testkit::{TestApp, json};
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
