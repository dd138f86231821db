//! A source writes to the organizations mapped on it, and only while its token and its switch say so.

use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use http::Method;
use testkit::{Value, json};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::incident::Incident;
use crate::node::{Node, acme, text, until};

#[tokio::test]
async fn a_source_writes_only_to_its_mapped_organizations() {
    let node = Node::start().await;
    let (acme, beta, gamma) =
        (node.organization("Acme").await, node.organization("Beta").await, node.organization("Gamma").await);
    let source = node.source("Shared", &[(Some("Acme Bank"), &acme), (Some("super"), &beta)]).await;
    let to_acme = node.deliver(&source, Incident::number(1).of(" ACME bank ").xml()).await;
    assert_eq!(to_acme["alert"]["organization_id"], json!(acme.id));
    let to_beta = node.deliver(&source, Incident::number(1).of("Super").xml()).await;
    assert_eq!(to_beta["alert"]["organization_id"], json!(beta.id));
    assert_eq!(
        (&to_beta["outcome"], &to_beta["ticket"]["reference"]),
        (&json!("created"), &to_acme["ticket"]["reference"])
    );
    for unmapped in
        [Incident::number(3).of("Gamma"), Incident::number(4), Incident::number(5).of(&gamma.id.to_string())]
    {
        let problem = node.post(&source.token, unmapped.xml()).await;
        let problem = problem.expect_problem(422, "organization_not_mapped");
        assert_eq!(problem["errors"][0]["path"], "organization");
        assert_eq!(problem["context"]["position"]["path"], "organization");
        let held = text(&problem["context"]["quarantine_id"]);
        assert_eq!(node.count(&format!("quarantine where id = '{held}'")).await, 1);
    }
    assert_eq!(node.count("alerts").await, 2);
    assert_eq!(node.count("tickets").await, 2);
    assert_eq!(node.count("alert_keys").await, 6);
    assert_eq!(node.count("alert_payloads").await, 2);
}

#[tokio::test]
async fn a_source_that_is_switched_off_is_refused_on_both_nodes_at_once() {
    let (node, _, source) = acme().await;
    let other = node.another().await;
    source.change(json!({ "is_enabled": false })).await;
    node.post(&source.token, Incident::number(1).xml()).await.expect_problem(403, "source_disabled");
    until("the other node knows", || async {
        other.post(&source.token, Incident::number(1).xml()).await.status == 403
    })
    .await;
    source.change(json!({ "is_enabled": true })).await;
    node.deliver(&source, Incident::number(2).to("192.0.2.2").xml()).await;
}

#[tokio::test]
async fn a_rotated_token_is_worthless_on_both_nodes_at_once() {
    let (node, _, source) = acme().await;
    let other = node.another().await;
    let path = format!("/api/v1/sources/{}/rotate-token", source.id);
    let rotated = source.admin.post(&path, json!({})).await.expect(200);
    node.post(&source.token, Incident::number(1).xml()).await.expect_problem(401, "unknown_source");
    until("the other node knows", || async {
        other.post(&source.token, Incident::number(1).xml()).await.status == 401
    })
    .await;
    let answer = other.post(&text(&rotated["token"]), Incident::number(2).xml()).await.expect(200);
    assert!(["created", "linked"].contains(&text(&answer["outcome"]).as_str()));
}

#[tokio::test]
async fn without_a_known_token_nothing_is_read_nor_kept() {
    let (node, _, source) = acme().await;
    let nobody = node.nobody();
    let path = "/api/v1/integrations/webhook";
    for credential in
        [None, Some("Bearer nonsense".to_owned()), Some("Basic abc".to_owned()), Some(source.token.clone())]
    {
        let mut request = nobody.request(Method::POST, path);
        if let Some(credential) = credential {
            request = request.header("authorization", credential);
        }
        let answer = nobody.send(request.body(Incident::number(1).xml().into()).unwrap()).await;
        answer.expect_problem(401, "unknown_source");
        assert!(answer.header("www-authenticate").is_some_and(|value| value.starts_with("Bearer")));
    }
    assert_eq!(node.count("quarantine").await + node.count("alerts").await, 0);
}

/// What the whole process logs while somebody listens: a subscriber of one thread alone would miss what other threads
/// met first without one.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static IS_LISTENING: AtomicBool = AtomicBool::new(false);

struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn listen_to_the_log() {
    let is_listening = dynamic_filter_fn(|_, _| IS_LISTENING.load(Ordering::Relaxed));
    let lines =
        tracing_subscriber::fmt::layer().with_ansi(false).with_writer(|| Log).with_filter(is_listening);
    tracing_subscriber::registry().with(lines).init();
    IS_LISTENING.store(true, Ordering::Relaxed);
}

#[tokio::test]
async fn a_token_in_the_path_works_and_never_reaches_the_log() {
    listen_to_the_log();
    let (node, _, source) = acme().await;
    let nobody = node.nobody();
    let path = format!("/api/v1/integrations/webhook/{}", source.token);
    for (body, status) in [(Incident::number(1).xml(), 200), ("<broken".to_owned(), 422)] {
        let request = nobody.request(Method::POST, &path).body(body.into()).unwrap();
        nobody.send(request).await.expect(status);
    }
    // A method that is not served, and a path that goes on behind the token.
    nobody.get(&path).await;
    nobody.post(&format!("{path}/more"), json!({})).await;
    IS_LISTENING.store(false, Ordering::Relaxed);
    let text = String::from_utf8_lossy(&LOG.lock().unwrap()).into_owned();
    assert!(text.contains("/api/v1/integrations/webhook/{token}"), "the template is logged");
    assert!(!text.contains(&source.token), "the token is in the log");
}

#[tokio::test]
async fn a_payload_whose_mapping_changed_is_another_organizations_alert() {
    let node = Node::start().await;
    let (acme, beta) = (node.organization("Acme").await, node.organization("Beta").await);
    let source = node.source("Moves", &[(None, &acme)]).await;
    let body = Incident::number(1).xml();
    let first = node.deliver(&source, body.clone()).await;
    source.change(json!({ "organizations": [{ "match": null, "organization_id": beta.id }] })).await;
    let second = node.deliver(&source, body).await;
    assert_eq!(
        (&second["outcome"], &second["alert"]["organization_id"]),
        (&json!("created"), &json!(beta.id))
    );
    assert_ne!(first["alert"]["id"], second["alert"]["id"]);
}

#[tokio::test]
async fn a_source_shared_with_others_is_not_one_managers_to_change() {
    let node = Node::start().await;
    let (acme, beta) = (node.organization("Acme").await, node.organization("Beta").await);
    let source = node.source("Shared", &[(Some("acme"), &acme), (Some("beta"), &beta)]).await;
    let manager = node.a_soc_manager_of(&acme).await;
    let path = format!("/api/v1/sources/{}", source.id);
    let seen = manager.get(&path).await.expect(200);
    assert_eq!(seen["organizations"].as_array().map(Vec::len), Some(1), "another tenant's name is not shown");
    assert_eq!(seen["is_shared"], true);
    assert_eq!((&seen["counts"], &seen["rate_per_minute"]), (&json!(null), &json!(null)), "nor its volume");
    assert_eq!(source.admin.get(&path).await.expect(200)["counts"]["received"], 0);
    manager.patch(&path, 1, json!({ "is_enabled": false })).await.expect_problem(409, "shared_source");
    manager.delete(&path).await.expect_problem(409, "shared_source");
    manager.post(&format!("{path}/rotate-token"), json!({})).await.expect_problem(409, "shared_source");
    let stranger = node.a_soc_manager_of(&node.organization("Gamma").await).await;
    stranger.get(&path).await.expect_problem(404, "not_found");
    let body = json!({ "name": "Mine", "kind": "generic", "organizations": [{ "match": null, "organization_id": beta.id }] });
    manager.post("/api/v1/sources", body).await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn counters_flush_and_show_the_rate() {
    let (node, _, source) = acme().await;
    let body = Incident::number(1).xml();
    for _ in 0..3 {
        node.deliver(&source, body.clone()).await;
    }
    node.post(&source.token, "no").await.expect(422);
    until("the counts are written", || async {
        let seen = source.admin.get(&format!("/api/v1/sources/{}", source.id)).await.expect(200);
        seen["counts"]["received"] == 4
    })
    .await;
    let seen = source.admin.get(&format!("/api/v1/sources/{}", source.id)).await.expect(200);
    let counts = &seen["counts"];
    assert_eq!(
        (&counts["created"], &counts["duplicate"], &counts["quarantined"]),
        (&json!(1), &json!(2), &json!(1))
    );
    let rates = seen["rate_per_minute"].as_array().unwrap();
    assert_eq!((rates.len(), rates.iter().filter_map(Value::as_u64).sum::<u64>()), (60, 4));
    assert!(seen["last_seen_at"].is_string());
}

#[tokio::test]
async fn changes_of_sources_leave_their_audit_records() {
    let (node, _, source) = acme().await;
    source.change(json!({ "name": "Renamed", "storm_limit": 7 })).await;
    let updated = "select detail from audit_records where action = 'source.updated'";
    let told = node.row(updated).await["detail"].clone();
    assert_eq!((&told["name"]["to"], &told["storm_limit"]["to"]), (&json!("Renamed"), &json!(7)), "{told}");
    assert_eq!(told.as_object().unwrap().len(), 2, "{told}");
    source.change(json!({ "storm_limit": null })).await;
    let told = node.row(&format!("{updated} order by id desc limit 1")).await["detail"].clone();
    assert_eq!(told, json!({ "storm_limit": { "from": 7, "to": null } }));
    source.admin.post(&format!("/api/v1/sources/{}/rotate-token", source.id), json!({})).await.expect(200);
    source.admin.delete(&format!("/api/v1/sources/{}", source.id)).await.expect(204);
    let actions = node.audit_actions().await;
    let of_sources = actions.iter().filter(|action| action.starts_with("source.")).collect::<Vec<_>>();
    assert_eq!(
        of_sources,
        ["source.created", "source.updated", "source.updated", "source.token_rotated", "source.deleted"]
    );
    let details = node.row("select jsonb_agg(detail)::text as details from audit_records").await.to_string();
    assert!(!details.contains(&source.token));
}
