//! Rules over HTTP: what people see, set and try, and that the engine of every node follows.

use rules::Engine;
use sqlx::Row;
use testkit::{Actor, Organization, Setup, TestApp, Value, json};
use time::format_description::well_known::Rfc3339;

use crate::lines::{IPS, Stream};

const IPS_TITLE: &str = "FortiGate IPS detected an attack";
const OWN: &str = "title: Denied\nid: 11111111-2222-4333-8444-555555555555\nlogsource:\n    product: fortigate\ndetection:\n    it:\n        action: dropped\n    condition: it\nlevel: low\n";

async fn started() -> (TestApp, Organization) {
    let setup = Setup::default().install(|builder| builder.with(Engine::default()));
    let app = TestApp::start_with(vec![rules::module(), alerts::module()], setup).await;
    app.app.service::<Engine>().refresh(&app.app).await.expect("the rules are read");
    let acme = app.organization("Acme").await;
    (app, acme)
}

async fn by_title(actor: &Actor, title: &str) -> Value {
    let items = actor.get("/api/v1/rules?limit=200").await.items();
    items.into_iter().find(|rule| rule["title"] == title).expect("the rule is listed")
}

fn titles(app: &TestApp, acme: &Organization, lines: &[&str]) -> Vec<String> {
    let mut stream = Stream::of(acme.id, app.app.clock.now());
    let firings = stream.send(&app.app.service::<Engine>(), lines);
    let mut titles = firings.into_iter().map(|firing| firing.notification.rule_name).collect::<Vec<_>>();
    titles.sort();
    titles
}

fn in_an_hour(app: &TestApp) -> String {
    (app.app.clock.now() + time::Duration::hours(1)).format(&Rfc3339).expect("a moment")
}

#[tokio::test]
async fn built_in_rules_are_listed_and_settings_reach_every_node() {
    let (app, acme) = started().await;
    let setup = Setup::default().install(|builder| builder.with(Engine::default()));
    let other = app.another_node_with(vec![rules::module(), alerts::module()], setup);
    let administrator = app.an_administrator().await;
    let rule = by_title(&administrator, IPS_TITLE).await;
    assert_eq!((rule["origin"].as_str(), rule["severity"].as_str()), (Some("built_in"), Some("high")));
    let path = format!("/api/v1/rules/{}", rule["id"].as_str().expect("an id"));
    let detail = administrator.get(&path).await.expect(200);
    assert!(detail["yaml"].as_str().expect("text").contains("subtype: ips"));
    let change = json!({ "severity": "critical", "throttle_seconds": 0 });
    let changed = administrator.patch(&path, 1, change).await.expect(200);
    assert_eq!(
        (changed["severity"].as_str(), changed["own_severity"].as_str()),
        (Some("critical"), Some("high"))
    );
    administrator
        .patch(&path, 1, json!({ "is_enabled": false }))
        .await
        .expect_problem(412, "version_conflict");
    for node in [&app, &other] {
        node.app.service::<Engine>().refresh(&node.app).await.expect("the rules are read");
        assert_eq!(titles(node, &acme, &[IPS, IPS]), [IPS_TITLE, IPS_TITLE]);
    }
    administrator.patch(&path, 2, json!({ "is_enabled": false })).await.expect(200);
    assert_eq!(titles(&app, &acme, &[IPS]), [""; 0]);
    administrator.patch(&path, 3, json!({ "yaml": OWN })).await.expect_problem(409, "built_in");
    administrator.delete(&path).await.expect_problem(409, "built_in");
    assert!(app.audit_actions().await.contains(&"rule.updated".to_owned()));
}

#[tokio::test]
async fn a_rule_of_an_organization_meets_its_events_only_and_is_seen_by_it_only() {
    let (app, acme) = started().await;
    let umbrella = app.organization("Umbrella").await;
    let (manager, stranger) = (app.a_soc_manager_of(&acme).await, app.a_soc_manager_of(&umbrella).await);
    let new = json!({ "organization_id": acme.id, "yaml": OWN, "is_enabled": true });
    let rule = manager.post("/api/v1/rules", new.clone()).await.expect(201);
    manager.post("/api/v1/rules", new).await.expect_problem(409, "rule_exists");
    let path = format!("/api/v1/rules/{}", rule["id"].as_str().expect("an id"));
    assert_eq!(titles(&app, &acme, &[IPS]), ["Denied", IPS_TITLE]);
    assert_eq!(titles(&app, &umbrella, &[IPS]), [IPS_TITLE]);
    stranger.get(&path).await.expect_problem(404, "not_found");
    stranger.patch(&path, 1, json!({ "is_enabled": false })).await.expect_problem(404, "not_found");
    let everywhere = json!({ "yaml": OWN });
    manager.post("/api/v1/rules", everywhere).await.expect_problem(403, "needs_everywhere");
    let built_in = by_title(&manager, IPS_TITLE).await;
    let theirs = format!("/api/v1/rules/{}", built_in["id"].as_str().expect("an id"));
    manager.patch(&theirs, 1, json!({ "is_enabled": false })).await.expect_problem(403, "needs_everywhere");
    app.an_analyst_of(&acme).await.delete(&path).await.expect_problem(403, "forbidden");
    manager.delete(&path).await.expect(204);
    let from_elsewhere = IPS.replace("203.0.113.9", "203.0.113.10");
    assert_eq!(titles(&app, &acme, &[&from_elsewhere]), [IPS_TITLE]);
}

#[tokio::test]
async fn an_import_takes_what_it_can_and_names_the_rest_with_its_line() {
    let (app, acme) = started().await;
    let manager = app.a_soc_manager_of(&acme).await;
    let old = "title: Old\nlogsource: {product: windows}\ndetection:\n    a: {EventID: 1}\n    timeframe: 5m\n    condition: a\n";
    let body = |dry_run: bool| json!({ "organization_id": acme.id, "yaml": format!("{OWN}---\n{old}"), "dry_run": dry_run });
    for (dry_run, outcome) in [(true, "created"), (false, "created"), (false, "updated")] {
        let answer = manager.post("/api/v1/rules/import", body(dry_run)).await.expect(200);
        assert_eq!(answer["items"][0]["outcome"], outcome);
        let refused = &answer["items"][1];
        assert_eq!((refused["outcome"].as_str(), refused["line"].as_i64()), (Some("refused"), Some(15)));
        assert!(refused["unsupported"].as_str().expect("named").contains("timeframe"));
    }
    // What was imported waits to be switched on.
    assert_eq!(by_title(&manager, "Denied").await["is_enabled"], false);
    let broken = json!({ "organization_id": acme.id, "yaml": old });
    let problem = manager.post("/api/v1/rules", broken).await.expect_problem(422, "validation_failed");
    assert!(problem["errors"][0]["message"].as_str().expect("told").starts_with("line 5"));
}

#[tokio::test]
async fn a_suppression_keeps_a_rule_quiet_about_what_it_names_and_can_be_ended() {
    let (app, acme) = started().await;
    let manager = app.a_soc_manager_of(&acme).await;
    let rule = by_title(&manager, IPS_TITLE).await;
    let path = format!("/api/v1/rules/{}/suppressions", rule["id"].as_str().expect("an id"));
    let new = |value: &str, until: String| json!({ "organization_id": acme.id, "field": "source_ip", "value": value, "until": until, "reason": "our scanner" });
    let past = "2020-01-01T00:00:00Z".to_owned();
    manager.post(&path, new("203.0.113.9", past)).await.expect_problem(422, "validation_failed");
    manager.post(&path, new("203.0.113.8", in_an_hour(&app))).await.expect(201);
    assert_eq!(titles(&app, &acme, &[IPS]), [IPS_TITLE]);
    let kept = manager.post(&path, new("203.0.113.9", in_an_hour(&app))).await.expect(201);
    assert_eq!(titles(&app, &acme, &[IPS]), [""; 0]);
    let umbrella = app.organization("Umbrella").await;
    assert_eq!(titles(&app, &umbrella, &[IPS]), [IPS_TITLE]);
    assert_eq!(manager.get(&path).await.items().len(), 2);
    manager.delete(&format!("{path}/{}", kept["id"].as_str().expect("an id"))).await.expect(204);
    assert_eq!(titles(&app, &acme, &[IPS, IPS]).len(), 0, "the same parties were told of a moment ago");
    let actions = app.audit_actions().await;
    assert!(
        ["rule.suppressed", "rule.suppression_ended"]
            .iter()
            .all(|action| actions.contains(&(*action).to_owned()))
    );
}

#[tokio::test]
async fn a_rule_is_tried_on_a_pasted_line() {
    let (app, acme) = started().await;
    let analyst = app.an_analyst_of(&acme).await;
    let test = json!({ "yaml": OWN, "log": format!("<189>{IPS}") });
    let answer = analyst.post("/api/v1/rules/test", test).await.expect(200);
    assert_eq!(
        (answer["is_match"].as_bool(), answer["format"].as_str()),
        (Some(true), Some("fortigate_key_value"))
    );
    let windows = json!({ "yaml": OWN.replace("fortigate", "windows"), "log": IPS });
    let answer = analyst.post("/api/v1/rules/test", windows).await.expect(200);
    assert_eq!((answer["is_match"].as_bool(), answer["is_for_source"].as_bool()), (Some(false), Some(false)));
    analyst.post("/api/v1/rules/test", json!({ "log": IPS })).await.expect_problem(422, "validation_failed");
}

#[tokio::test]
async fn hits_are_counted_and_an_alert_says_why_it_was_made() {
    let (app, acme) = started().await;
    let engine = app.app.service::<Engine>();
    let mut stream = Stream::of(acme.id, app.app.clock.now());
    let firings = stream.send(&engine, &[IPS, IPS, IPS]);
    engine.flush(&app.app).await.expect("hits are written down");
    let mut tx = app.app.db.begin(platform::db::Scope::System).await.expect("the database answers");
    let alert = vocab::AlertId::new();
    let kept = sqlx::query(
        "insert into alerts (id, organization_id, rule_id, rule_name, title, severity, urgency, urgency_terms, state,
             source_state, first_seen_at, last_seen_at, last_received_at, why_grouped, notification)
         values ($1, $2, $3, 'r', 't', 3, 3, '[]', 'new', 'active', now(), now(), now(), 'new', $4) returning id",
    )
    .bind(alert.uuid())
    .bind(acme.id.uuid())
    .bind(firings[0].rule.to_string())
    .bind(serde_json::to_value(&firings[0].notification).expect("JSON"));
    let kept: uuid::Uuid = kept.fetch_one(&mut *tx).await.expect("the alert is kept").get(0);
    tx.commit().await.expect("the alert is kept");
    let analyst = app.an_analyst_of(&acme).await;
    let path = format!("/api/v1/alerts/{kept}/why");
    assert_eq!(analyst.get(&path).await.expect(200), json!(null), "as of alerts that no rule made");
    let mut tx = app.app.db.begin(platform::db::Scope::System).await.expect("the database answers");
    rules::record(&mut tx, &[(&firings[0], acme.id, alert)]).await.expect("reasons are kept");
    tx.commit().await.expect("reasons are kept");
    let why = analyst.get(&path).await.expect(200);
    assert_eq!(
        (why["rule_title"].as_str(), why["matched"][0]["field"].as_str()),
        (Some(IPS_TITLE), Some("subtype"))
    );
    let rule = by_title(&analyst, IPS_TITLE).await;
    assert_eq!(rule["numbers"]["hits_7_days"], 3);
    assert_eq!(rule["numbers"]["verdicts"], 0);
    let umbrella = app.organization("Umbrella").await;
    let stranger = app.an_analyst_of(&umbrella).await;
    stranger.get(&format!("/api/v1/alerts/{kept}/why")).await.expect_problem(404, "not_found");
    assert_eq!(by_title(&stranger, IPS_TITLE).await["numbers"]["hits_7_days"], 0);
}

#[tokio::test]
async fn a_dry_run_says_what_a_rule_would_have_made_of_the_kept_events() {
    let (app, acme) = started().await;
    let now = app.app.clock.now();
    let context = log_formats::Context { received_at: now, zone: None, format: None };
    let text = log_formats::text(IPS.as_bytes());
    let event = log_formats::read(&text, &context);
    let kept = [1, 2, 3].map(|_| events::NewEvent {
        id: uuid::Uuid::now_v7(),
        organization: acme.id,
        source: vocab::SourceId::new(),
        event: &event,
        raw: IPS.as_bytes(),
        sender: std::net::IpAddr::from([192, 0, 2, 1]),
        rules: Vec::new(),
    });
    let mut tx = app.app.db.begin(platform::db::Scope::System).await.expect("the database answers");
    events::keep(&mut tx, &kept).await.expect("the events are kept");
    tx.commit().await.expect("they stay");
    let umbrella = app.organization("Umbrella").await;
    let id = by_title(&app.an_administrator().await, IPS_TITLE).await["id"].clone();
    let path = format!("/api/v1/rules/{}/dry-run", id.as_str().expect("an id"));
    for (organization, events, firings) in [(&acme, 3, 1), (&umbrella, 0, 0)] {
        let analyst = app.an_analyst_of(organization).await;
        let answer = analyst.post(&path, json!({ "days": 1 })).await;
        assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
        let lines = answer.text();
        let told = serde_json::from_str::<serde_json::Value>(lines.lines().last().expect("a line"));
        let told = told.expect("JSON");
        assert_eq!((told["events"].as_u64(), told["total"].as_u64()), (Some(events), Some(events)));
        assert_eq!((told["hits"].as_u64(), told["firings"].as_u64()), (Some(events), Some(firings)));
        assert_eq!(told["state"], "complete");
    }
    let hits = by_title(&app.an_analyst_of(&acme).await, IPS_TITLE).await;
    assert_eq!(hits["numbers"]["hits_7_days"], 0, "nothing of it is counted");
}
