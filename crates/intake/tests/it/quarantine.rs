//! What could not be taken lies where people see it, and can be taken again.

use testkit::{Actor, Value, json};

use crate::incident::Incident;
use crate::node::{Node, acme, text};

async fn held(actor: &Actor) -> Vec<Value> {
    actor.get("/api/v1/quarantine").await.items()
}

#[tokio::test]
async fn bad_xml_says_line_and_column_and_lies_in_quarantine() {
    let (node, _, source) = acme().await;
    let body = "<incident incidentId=\"1\">\n  <name>x</nome>\n</incident>";
    let headers = [("content-type", "text/xml; charset=utf-8")];
    let problem = node.post_with(&source.token, body, &headers).await.expect_problem(422, "xml_malformed");
    let position = &problem["context"]["position"];
    assert_eq!(position["line"], 2, "{problem}");
    assert!(position["column"].as_u64().unwrap() >= 3);
    assert!(text(&problem["errors"][0]["message"]).contains("line 2"), "{problem}");
    let items = held(&source.admin).await;
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["id"], problem["context"]["quarantine_id"]);
    assert_eq!((&items[0]["reason_code"], &items[0]["state"]), (&json!("xml_malformed"), &json!("held")));
    assert_eq!(items[0]["content_type"], "text/xml; charset=utf-8");
    let path = format!("/api/v1/quarantine/{}", text(&items[0]["id"]));
    let item = source.admin.get(&path).await.expect(200);
    assert_eq!((&item["body_text"], &item["is_lossy"]), (&json!(body), &json!(false)));
    let raw = source.admin.get(&format!("{path}/raw")).await;
    assert_eq!(raw.body, body.as_bytes());
    assert_eq!(raw.header("content-type"), Some("application/octet-stream"));
}

#[tokio::test]
async fn quarantine_is_listed_only_to_those_who_see_all_of_the_sources_organizations() {
    let node = Node::start().await;
    let (acme, beta) = (node.organization("Acme").await, node.organization("Beta").await);
    let source = node.source("Shared", &[(Some("acme"), &acme), (Some("beta"), &beta)]).await;
    node.post(&source.token, "<broken").await.expect(422);
    let of_acme = node.a_soc_manager_of(&acme).await;
    assert!(held(&of_acme).await.is_empty());
    let of_both = node.someone(&[(Some(&acme), "soc_manager"), (Some(&beta), "soc_manager")]).await;
    let items = held(&of_both).await;
    assert_eq!(items.len(), 1);
    let path = format!("/api/v1/quarantine/{}", text(&items[0]["id"]));
    for hidden in ["", "/raw"] {
        of_acme.get(&format!("{path}{hidden}")).await.expect_problem(404, "not_found");
    }
    of_acme.post(&format!("{path}/replay"), json!({})).await.expect_problem(404, "not_found");
    of_acme
        .post(&format!("{path}/discard"), json!({ "reason": "no" }))
        .await
        .expect_problem(404, "not_found");
    node.an_analyst_of(&acme).await.get("/api/v1/quarantine").await.expect_problem(403, "forbidden");
}

#[tokio::test]
async fn what_names_another_organization_or_came_for_one_is_hidden_from_who_sees_only_the_mapped_now() {
    let node = Node::start().await;
    let (acme, beta) = (node.organization("Acme").await, node.organization("Beta").await);
    let source = node.source("Shared", &[(None, &acme), (Some("beta"), &beta)]).await;
    node.post(&source.token, "<broken").await.expect(422);
    source.change(json!({ "organizations": [{ "match": null, "organization_id": acme.id }] })).await;
    node.post(&source.token, Incident::number(1).of("beta").xml()).await.expect(422);
    node.post(&source.token, "<of acme").await.expect(422);
    let of_acme = node.a_soc_manager_of(&acme).await;
    let seen = held(&of_acme).await;
    assert_eq!(seen.len(), 1, "{seen:?}");
    let all = held(&source.admin).await;
    assert_eq!(all.len(), 3);
    for hidden in all.iter().filter(|item| item["id"] != seen[0]["id"]) {
        let path = format!("/api/v1/quarantine/{}", text(&hidden["id"]));
        of_acme.get(&path).await.expect_problem(404, "not_found");
        of_acme.get(&format!("{path}/raw")).await.expect_problem(404, "not_found");
        of_acme.post(&format!("{path}/replay"), json!({})).await.expect_problem(404, "not_found");
        let reason = json!({ "reason": "no" });
        of_acme.post(&format!("{path}/discard"), reason).await.expect_problem(404, "not_found");
    }
}

#[tokio::test]
async fn what_was_not_mapped_is_mapped_and_replayed_once() {
    let node = Node::start().await;
    let acme = node.organization("Acme").await;
    let source = node.source("SIEM", &[(None, &acme)]).await;
    node.post(&source.token, Incident::number(1).of("Harbor").xml()).await.expect(422);
    let id = text(&held(&source.admin).await[0]["id"]);
    let replay = format!("/api/v1/quarantine/{id}/replay");
    source.admin.post(&replay, json!({})).await.expect_problem(422, "organization_not_mapped");
    assert_eq!(held(&source.admin).await.len(), 1, "it stays");
    let mapping = json!([{ "match": "Harbor", "organization_id": acme.id }]);
    source.change(json!({ "organizations": mapping })).await;
    let answer = source.admin.post(&replay, json!({})).await.expect(200);
    assert_eq!(answer["outcome"], "created");
    source.admin.post(&replay, json!({})).await.expect_problem(409, "already_settled");
    assert!(held(&source.admin).await.is_empty());
    let replayed = source.admin.get("/api/v1/quarantine?state=replayed").await.items();
    assert_eq!(replayed[0]["id"], json!(id));
    assert_eq!(node.row("select deliveries from alerts").await["deliveries"], 1);
    assert!(node.audit_actions().await.contains(&"delivery.replayed".to_owned()));
}

#[tokio::test]
async fn of_many_who_replay_it_at_once_one_does() {
    let node = Node::start().await;
    let (acme, other) = (node.organization("Acme").await, node.another().await);
    let source = node.source("SIEM", &[(None, &acme)]).await;
    node.post(&source.token, Incident::number(1).of("Harbor").xml()).await.expect(422);
    let id = text(&held(&source.admin).await[0]["id"]);
    let mapping = json!([{ "match": "Harbor", "organization_id": acme.id }]);
    source.change(json!({ "organizations": mapping })).await;
    let replay = format!("/api/v1/quarantine/{id}/replay");
    let there = source.admin.at(&other);
    other.app.service::<intake::Registry>().refresh(&other).await.unwrap();
    let answers = tokio::join!(
        source.admin.post(&replay, json!({})),
        there.post(&replay, json!({})),
        source.admin.post(&replay, json!({})),
        there.post(&replay, json!({})),
    );
    let mut statuses = [answers.0, answers.1, answers.2, answers.3].map(|answer| answer.status.as_u16());
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409]);
    assert_eq!(node.row("select deliveries from alerts").await["deliveries"], 1);
}

#[tokio::test]
async fn a_discarded_item_is_kept_with_the_reason_and_replayed_no_more() {
    let (node, _, source) = acme().await;
    node.post(&source.token, "nonsense").await.expect(422);
    let id = text(&held(&source.admin).await[0]["id"]);
    let path = format!("/api/v1/quarantine/{id}/discard");
    for reason in ["", "  ", "a\u{0}b", "\u{0}"] {
        source.admin.post(&path, json!({ "reason": reason })).await.expect_problem(422, "validation_failed");
    }
    source.admin.post(&path, json!({ "reason": "a test of theirs" })).await.expect(204);
    source.admin.post(&path, json!({ "reason": "again" })).await.expect_problem(409, "already_settled");
    source
        .admin
        .post(&format!("/api/v1/quarantine/{id}/replay"), json!({}))
        .await
        .expect_problem(409, "already_settled");
    let item = source.admin.get(&format!("/api/v1/quarantine/{id}")).await.expect(200);
    assert_eq!((&item["state"], &item["settled_reason"]), (&json!("discarded"), &json!("a test of theirs")));
    assert!(node.audit_actions().await.contains(&"delivery.discarded".to_owned()));
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_and_its_beginning_kept() {
    let (node, _, source) = acme().await;
    let limit = node.config.intake.body_bytes;
    let body = format!("<incident><name>{}</name></incident>", "x".repeat(limit));
    node.post(&source.token, body.clone()).await.expect_problem(413, "too_large");
    let items = held(&source.admin).await;
    assert_eq!((&items[0]["reason_code"], &items[0]["size_bytes"]), (&json!("too_large"), &json!(limit)));
    let raw = source.admin.get(&format!("/api/v1/quarantine/{}/raw", text(&items[0]["id"]))).await;
    assert_eq!(raw.body, &body.as_bytes()[..limit]);
    let exact = format!("{}{}", Incident::number(1).xml(), " ".repeat(limit));
    node.post(&source.token, exact.as_bytes()[..limit].to_vec()).await.expect(200);
}

#[tokio::test]
async fn the_list_pages_and_filters() {
    let (node, acme, source) = acme().await;
    let other = node.source("Other", &[(None, &acme)]).await;
    for number in 0..5 {
        node.post(&source.token, format!("nonsense {number}")).await.expect(422);
    }
    node.post(&other.token, "nonsense").await.expect(422);
    let page = source.admin.get("/api/v1/quarantine?limit=4").await.expect(200);
    let cursor = text(&page["next_cursor"]);
    let rest = source.admin.get(&format!("/api/v1/quarantine?limit=4&cursor={cursor}")).await.expect(200);
    let ids = |page: &Value| {
        page["items"].as_array().unwrap().iter().map(|item| text(&item["id"])).collect::<Vec<_>>()
    };
    let mut all = [ids(&page), ids(&rest)].concat();
    assert_eq!((all.len(), &rest["next_cursor"]), (6, &json!(null)));
    all.dedup();
    assert!(all.len() == 6 && all.is_sorted_by(|one, next| one > next));
    let of_other = source.admin.get(&format!("/api/v1/quarantine?source_id={}", other.id)).await.items();
    assert_eq!(of_other.len(), 1);
    source.admin.get("/api/v1/quarantine?cursor=nonsense").await.expect_problem(400, "invalid_cursor");
    source.admin.get("/api/v1/quarantine?state=lost").await.expect_problem(422, "validation_failed");
}

#[tokio::test]
async fn of_a_list_with_many_bad_elements_the_whole_is_held_once() {
    let (node, _, source) = acme().await;
    let bad = (0..51).map(|number| json!({ "titel": number })).collect::<Vec<_>>();
    let mut body = bad[..50].to_vec();
    let problem =
        node.post(&source.token, json!(body).to_string()).await.expect_problem(422, "invalid_alert");
    assert_eq!(problem["context"]["quarantine_ids"].as_array().unwrap().len(), 50);
    body.push(bad[50].clone());
    body.push(json!({ "title": "good" }));
    let answers = node.post(&source.token, json!(body).to_string()).await.expect(200);
    assert_eq!((&answers[51]["outcome"], &answers[0]["outcome"]), (&json!("created"), &json!("quarantined")));
    assert_eq!(answers[0]["quarantine_id"], answers[50]["quarantine_id"]);
    assert_eq!(node.count("quarantine").await, 51);
    let path = format!("/api/v1/quarantine/{}", text(&answers[0]["quarantine_id"]));
    assert_eq!(source.admin.get(&path).await.expect(200)["body_text"], json!(body).to_string());
}
