//! From new to closed, and back.

use testkit::json;

use crate::support::*;

#[tokio::test]
async fn a_ticket_made_by_hand_is_new_and_has_a_reference_and_an_urgency() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let made = ticket_with(
        &ana,
        &acme,
        json!({ "title": "A call", "tags": ["VIP", "vip"], "source_ip": "203.0.113.9" }),
    )
    .await;
    assert_eq!(made["stage"], "new");
    assert_eq!(made["version"], 1);
    assert_eq!(made["tags"], json!(["vip"]));
    assert!(made["reference"].as_str().unwrap().starts_with("TCK-"), "{made}");
    assert!(!made["urgency_terms"].as_array().unwrap().is_empty());
    let second = ticket(&ana, &acme, "Another").await;
    assert_eq!(made["reference"].as_str().unwrap().replace("000001", "000002"), second["reference"]);
    assert_eq!(history(&ana, &made).await, ["created"]);
    assert_eq!(app.audit_actions().await, ["ticket.created", "ticket.created"]);
}

#[tokio::test]
async fn a_ticket_made_by_hand_has_the_words_of_its_state_and_is_counted_for_dashboards() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    for severity in ["informational", "low", "medium", "high", "critical"] {
        ticket_with(&ana, &acme, json!({ "severity": severity })).await;
    }
    let kept: (i64, i64, i64) = sqlx::query_as(
        "select count(*),
                count(*) filter (where ticket_state_words(stage, severity, urgency_score, verdict, status_key, is_merged, id)
                    <@ tsvector_to_array(terms)),
                (select sum(count)::bigint from dashboard_count_changes where noun = 'ticket' and stage = 'new')
         from tickets",
    )
    .fetch_one(&mut app.superuser().await)
    .await
    .unwrap();
    assert_eq!(kept, (5, 5, 5));
}

#[tokio::test]
async fn claiming_makes_it_mine_and_begins_the_work_once() {
    let app = start_with_clock().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let made = ticket(&ana, &acme, "A call").await;
    app.clock.advance(time::Duration::minutes(5));
    let claimed = ana.post(&format!("{}/claim", path(&made)), json!({})).await.expect(200);
    assert_eq!(claimed["stage"], "in_progress");
    assert_eq!(claimed["assignee"]["id"], json!(ana.user_id));
    assert_eq!(claimed["version"], 2);
    let acknowledged = claimed["acknowledged_at"].clone();
    assert!(acknowledged.is_string());
    app.clock.advance(time::Duration::minutes(5));
    let back = ana.patch(&path(&made), 2, json!({ "stage": "pending" })).await.expect(200);
    let again = ana.patch(&path(&made), version(&back), json!({ "stage": "in_progress" })).await.expect(200);
    assert_eq!(again["acknowledged_at"], acknowledged);
}

#[tokio::test]
async fn what_somebody_has_is_not_claimed_from_them() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let (ana, bob) = (app.an_analyst_of(&acme).await, app.an_analyst_of(&acme).await);
    let made = ticket(&ana, &acme, "A call").await;
    let claim = format!("{}/claim", path(&made));
    ana.post(&claim, json!({})).await.expect(200);
    // Claiming again what is mine changes nothing.
    assert_eq!(ana.post(&claim, json!({})).await.expect(200)["version"], 2);
    let problem = bob.post(&claim, json!({})).await.expect_problem(409, "already_claimed");
    assert_eq!(problem["context"]["assignee"]["display_name"], json!(ana.display_name));
}

#[tokio::test]
async fn of_two_who_claim_at_once_one_gets_it() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let (ana, bob) = (app.an_analyst_of(&acme).await, app.an_analyst_of(&acme).await);
    let made = ticket(&ana, &acme, "A call").await;
    let claim = format!("{}/claim", path(&made));
    let (one, other) = tokio::join!(ana.post(&claim, json!({})), bob.post(&claim, json!({})));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
}

#[tokio::test]
async fn closing_needs_a_verdict_an_impact_and_a_reason() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let made = ticket(&ana, &acme, "A call").await;
    let close = format!("{}/close", path(&made));
    for body in [
        json!({}),
        json!({ "verdict": "false_positive", "impact": "none" }),
        json!({ "verdict": "false_positive", "impact": "none", "reason": "  " }),
        json!({ "verdict": "maybe", "impact": "none", "reason": "x" }),
        json!({ "verdict": "false_positive", "impact": "none", "reason": "x", "closed_at": "now" }),
    ] {
        ana.post(&close, body).await.expect_problem(422, "validation_failed");
    }
    let closed = ana.post(&close, ending()).await.expect(200);
    assert_eq!(closed["stage"], "closed");
    assert_eq!(closed["resolution"]["reason"], "A scanner of ours.");
    assert!(closed["closed_at"].is_string() && closed["resolved_at"].is_string());
    assert_eq!(history(&ana, &made).await, ["created", "status", "verdict"]);
    assert_eq!(app.audit_actions().await, ["ticket.created", "ticket.closed"]);
}

#[tokio::test]
async fn a_closed_ticket_moves_only_by_reopening_which_needs_a_permission() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let (ana, sam) = (app.an_analyst_of(&acme).await, app.a_senior_analyst_of(&acme).await);
    let made = ticket(&ana, &acme, "A call").await;
    let closed = ana.post(&format!("{}/close", path(&made)), ending()).await.expect(200);
    ana.patch(&path(&made), version(&closed), json!({ "stage": "new" }))
        .await
        .expect_problem(409, "invalid_transition");
    ana.post(&format!("{}/resolve", path(&made)), ending()).await.expect_problem(409, "invalid_transition");
    ana.post(&format!("{}/claim", path(&made)), json!({})).await.expect_problem(409, "invalid_transition");
    let reopen = format!("{}/reopen", path(&made));
    ana.post(&reopen, json!({ "reason": "It is back." })).await.expect_problem(403, "forbidden");
    sam.post(&reopen, json!({ "reason": "" })).await.expect_problem(422, "validation_failed");
    let reopened = sam.post(&reopen, json!({ "reason": "It is back." })).await.expect(200);
    assert_eq!(reopened["stage"], "in_progress");
    assert!(
        reopened["verdict"].is_null() && reopened["closed_at"].is_null() && reopened["resolution"].is_null()
    );
    assert_eq!(history(&ana, &made).await.last().unwrap(), "reopened");
    // What was said before stays in the history.
    let lines = ana.get(&format!("{}/activity", path(&made))).await.items();
    assert_eq!(lines[0]["detail"]["verdict"], "false_positive");
}

#[tokio::test]
async fn nothing_is_overwritten_that_somebody_changed_since() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let (ana, bob) = (app.an_analyst_of(&acme).await, app.an_analyst_of(&acme).await);
    let made = ticket(&ana, &acme, "A call").await;
    ana.patch(&path(&made), 1, json!({ "title": "Ana's title" })).await.expect(200);
    let problem = bob
        .patch(&path(&made), 1, json!({ "description": "Bob's" }))
        .await
        .expect_problem(412, "version_conflict");
    assert_eq!(problem["context"]["current_version"], 2);
    let now = bob.get(&path(&made)).await;
    assert_eq!(now.header("etag"), Some("\"2\""));
    let now = now.expect(200);
    assert_eq!(now["title"], "Ana's title");
    bob.patch(&path(&made), version(&now), json!({ "description": "Bob's" })).await.expect(200);
    let request = bob.request(http::Method::PATCH, &path(&made)).header("content-type", "application/json");
    bob.send(request.body("{}".into()).unwrap()).await.expect_problem(428, "precondition_required");
    // The close says which version it means when it wants to.
    let request = bob.request(http::Method::POST, &format!("{}/close", path(&made)));
    let request = request.header("content-type", "application/json").header("if-match", "\"1\"");
    bob.send(request.body(ending().to_string().into()).unwrap())
        .await
        .expect_problem(412, "version_conflict");
}

#[tokio::test]
async fn many_edits_at_once_lose_nothing() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let made = ticket(&ana, &acme, "A call").await;
    let edit = async |number: usize| {
        loop {
            let read = ana.get(&path(&made)).await.expect(200);
            let mut tags = read["tags"].as_array().unwrap().clone();
            tags.push(json!(format!("t{number}")));
            let answer = ana.patch(&path(&made), version(&read), json!({ "tags": tags })).await;
            if answer.status == 200 {
                return;
            }
            answer.expect_problem(412, "version_conflict");
        }
    };
    futures_util::future::join_all((0..8).map(edit)).await;
    let now = ana.get(&path(&made)).await.expect(200);
    assert_eq!(now["tags"].as_array().unwrap().len(), 8);
    assert_eq!(now["version"], 9);
}

#[tokio::test]
async fn an_edit_says_what_it_changed_and_keeps_the_old_text() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let made = ticket_with(&ana, &acme, json!({ "description": "First words" })).await;
    let edited = ana
        .patch(&path(&made), 1, json!({ "description": "Second words", "severity": "low" }))
        .await
        .expect(200);
    assert!(edited["urgency_score"].as_i64() < made["urgency_score"].as_i64());
    let lines = ana.get(&format!("{}/activity", path(&made))).await.items();
    assert_eq!(lines[1]["detail"]["description"]["from"], "First words");
    assert_eq!(lines[0]["detail"]["severity"], json!({ "from": "high", "to": "low" }));
    let cleared = ana.patch(&path(&made), 2, json!({ "description": null })).await.expect(200);
    assert!(cleared["description"].is_null());
    // An edit that changes nothing is no change.
    assert_eq!(ana.patch(&path(&made), 3, json!({ "severity": "low" })).await.expect(200)["version"], 3);
    for wrong in [
        json!({ "title": "" }),
        json!({ "title": "a\u{0}b" }),
        json!({ "stage": "closed" }),
        json!({ "reference": "X" }),
    ] {
        ana.patch(&path(&made), 3, wrong).await.expect_problem(422, "validation_failed");
    }
}

#[tokio::test]
async fn only_who_may_work_here_is_assigned() {
    let app = start().await;
    let (acme, other) = (app.organization("Acme").await, app.organization("Other").await);
    let (ana, bob) = (app.an_analyst_of(&acme).await, app.an_analyst_of(&acme).await);
    let stranger = app.an_analyst_of(&other).await;
    let viewer = app.a_viewer_of(&acme).await;
    let admin = app.an_administrator().await;
    let made = ticket(&ana, &acme, "A call").await;
    for wrong in [json!(stranger.user_id), json!(viewer.user_id), json!(made["id"])] {
        ana.patch(&path(&made), 1, json!({ "assignee_id": wrong }))
            .await
            .expect_problem(422, "validation_failed");
    }
    let assigned = ana.patch(&path(&made), 1, json!({ "assignee_id": bob.user_id })).await.expect(200);
    assert_eq!(assigned["assignee"]["display_name"], json!(bob.display_name));
    assert_eq!(assigned["stage"], "new");
    ana.patch(&path(&made), 2, json!({ "assignee_id": admin.user_id })).await.expect(200);
    let free = ana.patch(&path(&made), 3, json!({ "assignee_id": null })).await.expect(200);
    assert!(free["assignee"].is_null());
    // Bob was told, and nobody is told of their own deeds.
    let notices = bob.get("/api/v1/notices").await.items();
    assert_eq!(notices.len(), 1);
    assert_eq!(notices[0]["kind"], "assigned");
    assert_eq!(notices[0]["ticket"]["reference"], made["reference"]);
    assert!(ana.get("/api/v1/notices").await.items().is_empty());
}

#[tokio::test]
async fn an_organization_names_statuses_within_the_stages() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let (ana, boss) = (app.an_analyst_of(&acme).await, app.a_soc_manager_of(&acme).await);
    let status = json!({ "organization_id": acme.id, "key": "waiting_client", "label": "Espera al cliente", "stage": "pending" });
    ana.post("/api/v1/ticket-statuses", status.clone()).await.expect_problem(403, "forbidden");
    boss.post("/api/v1/ticket-statuses", status.clone()).await.expect(201);
    boss.post("/api/v1/ticket-statuses", status).await.expect_problem(409, "status_exists");
    let made = ticket(&ana, &acme, "A call").await;
    ana.patch(&path(&made), 1, json!({ "status": "lost" })).await.expect_problem(422, "validation_failed");
    let waiting = ana.patch(&path(&made), 1, json!({ "status": "waiting_client" })).await.expect(200);
    assert_eq!(waiting["stage"], "pending");
    assert_eq!(waiting["status"], json!({ "key": "waiting_client", "label": "Espera al cliente" }));
    let listed = ana.get("/api/v1/tickets?status=waiting_client").await.items();
    assert_eq!(listed.len(), 1);
    let place = format!("/api/v1/ticket-statuses/{}/waiting_client", acme.id);
    boss.delete(&place).await.expect_problem(409, "status_in_use");
    boss.patch(&place, 1, json!({ "label": "Cliente" })).await.expect(200);
    boss.patch(&place, 1, json!({ "label": "Otro" })).await.expect_problem(412, "version_conflict");
    // Moving to another stage leaves the status behind.
    let working = ana.patch(&path(&made), 2, json!({ "stage": "in_progress" })).await.expect(200);
    assert!(working["status"].is_null());
    assert!(ana.get("/api/v1/tickets?status=waiting_client").await.items().is_empty());
    boss.delete(&place).await.expect(204);
    assert!(ana.get("/api/v1/ticket-statuses").await.items().is_empty());
}
