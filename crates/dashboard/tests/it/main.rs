//! The dashboard, through HTTP on a real database.
#![expect(clippy::unwrap_used, reason = "a test ends where it goes wrong")]
#![expect(clippy::disallowed_methods, reason = "a test prepares rows by statements of its own")]

use testkit::{Actor, Organization, TestApp, Value, json};

async fn start() -> TestApp {
    TestApp::start(vec![dashboard::module(), tickets::module(), notifications::module(), alerts::module()])
        .await
}

async fn ticket(who: &Actor, organization: &Organization, severity: &str) -> String {
    let body = json!({ "organization_id": organization.id, "title": "Something", "severity": severity });
    let made = who.post("/api/v1/tickets", body).await.expect(201);
    format!("/api/v1/tickets/{}", made["id"].as_str().unwrap())
}

async fn close(who: &Actor, ticket: &str) {
    let ending = json!({ "verdict": "false_positive", "impact": "none", "reason": "x" });
    who.post(&format!("{ticket}/close"), ending).await.expect(200);
}

fn count<'a>(list: &'a Value, name: &str, value: &str) -> &'a Value {
    &list.as_array().unwrap().iter().find(|item| item[name] == value).unwrap()["count"]
}

#[tokio::test]
async fn the_figures_follow_every_change_whether_folded_or_not() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let (one, two) = (ticket(&ana, &acme, "high").await, ticket(&ana, &acme, "low").await);
    ticket(&ana, &acme, "low").await;
    for is_folded in [false, true] {
        if is_folded {
            app.run_job("dashboard.fold").await;
        } else {
            ana.post(&format!("{one}/claim"), json!({})).await.expect(200);
            close(&ana, &two).await;
        }
        let dashboard = ana.get("/api/v1/dashboard").await.expect(200);
        let tiles = &dashboard["tiles"];
        assert_eq!((&tiles["open"], &tiles["new"], &tiles["unassigned"]), (&json!(2), &json!(1), &json!(1)));
        assert!(tiles["mtta_seconds"].is_number() && tiles["mttr_seconds"].is_number());
        assert!(tiles["previous"]["mtta_seconds"].is_null() && tiles["previous"]["open"].is_null());
        assert_eq!(count(&dashboard["by_stage"], "stage", "closed"), 1);
        assert_eq!(count(&dashboard["by_severity"], "severity", "low"), 1);
        assert_eq!(count(&dashboard["by_severity"], "severity", "high"), 1);
        assert_eq!(count(&dashboard["verdicts"], "verdict", "false_positive"), 1);
        assert_eq!(dashboard["volume"].as_array().unwrap().len(), 24);
        // Of this hour, and of the one before where it has just begun.
        let low = |hour: usize| dashboard["volume"][hour]["low"].as_i64().unwrap_or_default();
        assert_eq!(low(22) + low(23), 2);
        assert_eq!(dashboard["workload"][0], json!({ "user_id": null, "display_name": null, "open": 1 }));
        assert_eq!(dashboard["workload"][1]["display_name"], json!(ana.display_name));
    }
    // What moves after folding is added to what was folded.
    close(&ana, &one).await;
    let dashboard = ana.get("/api/v1/dashboard?period=90d").await.expect(200);
    assert_eq!(dashboard["tiles"]["open"], 1);
    assert_eq!(dashboard["volume"].as_array().unwrap().len(), 90);
}

#[tokio::test]
async fn merged_tickets_do_not_count_until_they_are_split() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let (one, two) = (ticket(&ana, &acme, "high").await, ticket(&ana, &acme, "low").await);
    let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let body = json!({ "survivor_id": id(&one), "member_ids": [id(&two)] });
    ana.post("/api/v1/tickets/merge", body).await.expect(200);
    assert_eq!(ana.get("/api/v1/dashboard").await.expect(200)["tiles"]["open"], 1);
    ana.post(&format!("{one}/split"), json!({ "member_id": id(&two) })).await.expect(200);
    assert_eq!(ana.get("/api/v1/dashboard").await.expect(200)["tiles"]["open"], 2);
}

#[tokio::test]
async fn figures_are_those_of_the_callers_organizations() {
    let app = start().await;
    let (acme, other) = (app.organization("Acme").await, app.organization("Other").await);
    let (ana, stranger) = (app.an_analyst_of(&acme).await, app.an_analyst_of(&other).await);
    ticket(&ana, &acme, "high").await;
    assert_eq!(stranger.get("/api/v1/dashboard").await.expect(200)["tiles"]["open"], 0);
    let asked = format!("/api/v1/dashboard?organization_id={}", acme.id);
    assert_eq!(stranger.get(&asked).await.expect(200)["tiles"]["open"], 0);
    assert_eq!(ana.get(&asked).await.expect(200)["tiles"]["open"], 1);
    let admin = app.an_administrator().await;
    assert_eq!(admin.get("/api/v1/dashboard").await.expect(200)["tiles"]["open"], 1);
    ana.get("/api/v1/dashboard?period=1y").await.expect_problem(422, "validation_failed");
    app.nobody().get("/api/v1/dashboard").await.expect_problem(401, "unauthenticated");
}

#[tokio::test]
async fn what_was_open_a_day_ago_is_compared_with() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    ticket(&ana, &acme, "high").await;
    app.run_job("dashboard.snapshots").await;
    app.run_job("dashboard.snapshots").await;
    sqlx::query("update dashboard_snapshots set at = at - interval '24 hours'")
        .execute(&mut app.superuser().await)
        .await
        .unwrap();
    ticket(&ana, &acme, "high").await;
    let tiles = &ana.get("/api/v1/dashboard").await.expect(200)["tiles"];
    assert_eq!((&tiles["open"], &tiles["previous"]["open"]), (&json!(2), &json!(1)));
}
