//! Alerts as people find them, and whose they are.

use testkit::{Setup, Value, json};

use crate::incident::Incident;
use crate::node::{Node, acme, alert_id, text};

#[tokio::test]
async fn the_list_pages_across_organizations_without_gap_or_repetition() {
    let node = Node::start().await;
    let (acme, beta) = (node.organization("Acme").await, node.organization("Beta").await);
    let source = node.source("Shared", &[(Some("acme"), &acme), (Some("beta"), &beta)]).await;
    source.change(json!({ "storm_limit": null })).await;
    let mut expected = Vec::new();
    for number in 0..25 {
        let organization = if number % 3 == 0 { "beta" } else { "acme" };
        let incident = Incident::number(number + 1).of(organization).to(&format!("192.0.2.{number}"));
        expected.push(alert_id(&node.deliver(&source, incident.xml()).await));
    }
    expected.reverse();
    let both = node.someone(&[(Some(&acme), "analyst"), (Some(&beta), "analyst")]).await;
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = both.get(&format!("/api/v1/alerts?limit=4{cursor}")).await.expect(200);
        let items = page["items"].as_array().unwrap();
        seen.extend(items.iter().map(|alert| text(&alert["id"])));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, expected);
    let of_acme = both.get(&format!("/api/v1/alerts?organization_id={}", acme.id)).await.items();
    assert_eq!(of_acme.len(), 16);
}

#[tokio::test]
async fn the_list_filters() {
    let (node, acme, source) = acme().await;
    let low = node.deliver(&source, Incident::number(1).severity(2).from("203.0.113.1").xml()).await;
    node.deliver(&source, Incident::number(2).severity(10).rule("PH_RULE_OTHER").to("192.0.2.77").xml())
        .await;
    let ana = node.an_analyst_of(&acme).await;
    ana.post(&format!("/api/v1/alerts/{}/acknowledge", alert_id(&low)), json!({})).await.expect(200);
    for (filter, found) in [
        ("severity=low", 1),
        ("severity=low,critical", 2),
        ("severity=high", 0),
        ("state=acknowledged", 1),
        ("state=new,acknowledged", 2),
        ("rule_id=PH_RULE_OTHER", 1),
        ("ip=203.0.113.1", 1),
        ("ip=192.0.2.77", 1),
        ("q=FAILED", 2),
        ("q=other", 1),
        ("q=nothing", 0),
        ("from=1960-01-01T00:00:00Z", 2),
        ("from=9999-12-31T23:59:59-23:59", 0),
        ("to=9999-12-31T23:59:59-23:59", 2),
        ("to=0000-01-01T00:00:00%2B23:59", 0),
        ("to=1960-01-01T00:00:00Z", 0),
        (&format!("source_id={}", source.id), 2),
    ] {
        let items = ana.get(&format!("/api/v1/alerts?{filter}")).await.items();
        assert_eq!(items.len(), found, "{filter}");
        assert!(
            items.iter().all(|alert| alert.get("notification").is_none() && alert.get("sources").is_none())
        );
    }
    for wrong in [
        "severity=loud",
        "ip=nowhere",
        "q=%00",
        "rule_id=a%00",
        "limit=0",
        "limit=201",
        "limit=x",
        "from=soon",
        "unknown=1",
    ] {
        ana.get(&format!("/api/v1/alerts?{wrong}")).await.expect_problem(422, "validation_failed");
    }
}

#[tokio::test]
async fn another_organizations_analyst_sees_none_of_it() {
    let (node, acme, source) = acme().await;
    let beta = node.organization("Beta").await;
    let answer = node.deliver(&source, Incident::number(1).xml()).await;
    let manager = node.a_soc_manager_of(&acme).await;
    let policy = json!({ "organization_id": acme.id, "action": "alert_only", "reason": "noise" });
    let policy = manager.post("/api/v1/alert-policies", policy).await.expect(201);
    let stranger = node.a_soc_manager_of(&beta).await;
    let path = format!("/api/v1/alerts/{}", alert_id(&answer));
    assert!(stranger.get("/api/v1/alerts").await.items().is_empty());
    assert!(stranger.get(&format!("/api/v1/alerts?organization_id={}", acme.id)).await.items().is_empty());
    stranger.get(&path).await.expect_problem(404, "not_found");
    stranger.get(&format!("{path}/raw")).await.expect_problem(404, "not_found");
    stranger.post(&format!("{path}/acknowledge"), json!({})).await.expect_problem(404, "not_found");
    assert!(stranger.get("/api/v1/alert-policies").await.items().is_empty());
    let of_policy = format!("/api/v1/alert-policies/{}", text(&policy["id"]));
    stranger.patch(&of_policy, 1, json!({ "reason": "mine" })).await.expect_problem(404, "not_found");
    stranger.delete(&of_policy).await.expect_problem(404, "not_found");
    let planted =
        json!({ "organization_id": acme.id, "action": "alert_only", "rule_id": "R", "reason": "x" });
    stranger.post("/api/v1/alert-policies", planted).await.expect_problem(404, "not_found");
    node.nobody().get(&path).await.expect_problem(401, "unauthenticated");
    assert_eq!(manager.get(&path).await.expect(200)["state"], "new");
    assert_eq!(manager.get("/api/v1/alert-policies").await.items().len(), 1);
}

#[tokio::test]
async fn raw_payloads_are_read_apart_and_as_they_came() {
    let (node, acme, source) = acme().await;
    let bodies = [Incident::number(1).xml(), Incident::number(1).count(2).xml()];
    let mut answer = Value::Null;
    for body in &bodies {
        let headers = [("content-type", "application/xml")];
        answer = node.post_with(&source.token, body.clone(), &headers).await.expect(200);
    }
    let path = format!("/api/v1/alerts/{}/raw", alert_id(&answer));
    let ana = node.an_analyst_of(&acme).await;
    let items = ana.get(&path).await.items();
    let texts = items.iter().map(|item| text(&item["body_text"])).collect::<Vec<_>>();
    assert_eq!(texts, [bodies[1].clone(), bodies[0].clone()], "newest first");
    assert_eq!(
        (&items[0]["content_type"], &items[0]["is_lossy"]),
        (&json!("application/xml"), &json!(false))
    );
    node.a_viewer_of(&acme).await.get(&path).await.expect_problem(403, "forbidden");
}

#[tokio::test]
async fn acknowledging_is_recorded_once() {
    let (node, acme, source) = acme().await;
    let answer = node.deliver(&source, Incident::number(1).xml()).await;
    let ana = node.an_analyst_of(&acme).await;
    let path = format!("/api/v1/alerts/{}/acknowledge", alert_id(&answer));
    for _ in 0..2 {
        assert_eq!(ana.post(&path, json!({})).await.expect(200)["state"], "acknowledged");
    }
    let actions = node.audit_actions().await;
    assert_eq!(actions.iter().filter(|action| *action == "alert.acknowledged").count(), 1);
    node.a_viewer_of(&acme).await.post(&path, json!({})).await.expect_problem(403, "forbidden");
}

/// Beside the shipped roles.
const LIMITED: &str = "
roles:
  junior:
    description: Works up to a severity.
    permissions: [alerts:read, alerts:write, tickets:create]
    restrictions: {severity_ceiling: medium}
  trainee:
    description: Works with what is their own, which no alert is.
    permissions: [alerts:read, alerts:write, tickets:create]
    restrictions: {own_items: true}
";

#[tokio::test]
async fn who_may_change_only_some_items_acknowledges_and_promotes_no_others() {
    let policies = Setup::default().policies.replacen("\nroles:\n", LIMITED, 1);
    let node = Node::start_with(Setup { policies, ..Setup::default() }).await;
    let acme = node.organization("Acme").await;
    let source = node.source("FortiSIEM", &[(None, &acme)]).await;
    let low = node.deliver(&source, Incident::number(1).severity(2).from("203.0.113.1").xml()).await;
    let critical = Incident::number(2).severity(10).rule("PH_RULE_OTHER").to("192.0.2.77").xml();
    let critical = node.deliver(&source, critical).await;
    let junior = node.someone(&[(Some(&acme), "junior")]).await;
    let trainee = node.someone(&[(Some(&acme), "trainee")]).await;
    let of = |answer: &Value, deed: &str| format!("/api/v1/alerts/{}/{deed}", alert_id(answer));
    for deed in ["acknowledge", "promote"] {
        let refused = junior.post(&of(&critical, deed), json!({})).await;
        refused.expect_problem(403, "above_severity_ceiling");
        trainee.post(&of(&low, deed), json!({})).await.expect_problem(403, "not_your_item");
    }
    junior.post(&of(&low, "acknowledge"), json!({})).await.expect(200);
    junior.post(&of(&low, "promote"), json!({})).await.expect_problem(409, "already_promoted");
    assert_eq!(junior.get("/api/v1/alerts?state=new").await.items().len(), 1, "reading is not narrowed");
}

#[tokio::test]
async fn an_asset_found_by_address_or_host_name_raises_urgency_and_the_arithmetic_is_kept() {
    let (node, acme, source) = acme().await;
    let manager = node.a_soc_manager_of(&acme).await;
    for (name, fields) in [
        ("dc01", json!({ "addresses": ["192.0.2.10"] })),
        ("db01", json!({ "hostnames": ["db01.acme.example"] })),
    ] {
        let mut body =
            json!({ "organization_id": acme.id, "name": name, "kind": "server", "criticality": "critical" });
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        manager.post("/api/v1/assets", body).await.expect(201);
    }
    node.app.service::<assets::Inventory>().heal(&node.db).await.unwrap();
    let mut named = Incident::number(2);
    named.targets = vec![("hostName".to_owned(), "DB01.acme.example".to_owned())];
    for (incident, asset) in [(Incident::number(1), "dc01"), (named, "db01")] {
        let answer = node.deliver(&source, incident.severity(9).xml()).await;
        assert_eq!(
            (&answer["alert"]["severity"], &answer["alert"]["urgency"]),
            (&json!("high"), &json!("critical"))
        );
        let alert = manager.get(&format!("/api/v1/alerts/{}", alert_id(&answer))).await.expect(200);
        assert_eq!(
            (&alert["asset"]["name"], &alert["asset"]["criticality"]),
            (&json!(asset), &json!("critical"))
        );
        let terms = alert["urgency_terms"].as_array().unwrap();
        assert_eq!(terms[0], json!({ "factor": "severity", "value": "high", "points": 65 }));
        assert_eq!(terms[1], json!({ "factor": "asset_criticality", "value": "critical", "points": 15 }));
        let ticket = node.ticket(&text(&answer["ticket"]["id"])).await;
        let sum = terms.iter().filter_map(|term| term["points"].as_i64()).sum::<i64>();
        assert_eq!((&ticket["urgency_score"], &ticket["urgency"]), (&json!(sum), &json!(5)));
        assert_eq!(ticket["urgency_terms"], alert["urgency_terms"]);
    }
    let plain = node.deliver(&source, Incident::number(9).severity(9).to("192.0.2.200").xml()).await;
    assert_eq!(plain["alert"]["urgency"], "high");
}

#[tokio::test]
async fn what_comes_is_counted_for_dashboards_and_tickets_have_the_words_of_their_state() {
    let (node, _, source) = acme().await;
    let incidents = (1..4).map(|number| Incident::number(number).to(&format!("10.0.0.{number}")).xml());
    for incident in incidents.chain([Incident::number(9).cleared().xml()]) {
        node.deliver(&source, incident).await;
    }
    let counted = node
        .row(
            "select coalesce(sum(count) filter (where noun = 'alert'), 0)::bigint as alerts,
                    coalesce(sum(count) filter (where noun = 'ticket' and stage = 'new'
                        and (severity, hour) in (select severity, date_trunc('hour', created_at, 'UTC') from tickets)),
                        0)::bigint as tickets
             from dashboard_count_changes",
        )
        .await;
    assert_eq!((&counted["alerts"], &counted["tickets"]), (&json!(4), &json!(3)));
    let worded = node
        .row(
            "select count(*) as tickets from tickets
             where ticket_state_words(stage, severity, urgency_score, verdict, status_key, is_merged, id)
                 <@ tsvector_to_array(terms)",
        )
        .await;
    assert_eq!(worded["tickets"], 3);
}
