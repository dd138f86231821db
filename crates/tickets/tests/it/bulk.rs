//! Many tickets at once.

use testkit::json;

use crate::support::*;

#[tokio::test]
async fn what_can_be_changed_is_and_the_rest_is_named() {
    let app = start().await;
    let (acme, other) = (app.organization("Acme").await, app.organization("Other").await);
    let (ana, bob) = (app.an_analyst_of(&acme).await, app.an_analyst_of(&acme).await);
    let stranger = app.an_analyst_of(&other).await;
    let (one, two, done) =
        (ticket(&ana, &acme, "1").await, ticket(&ana, &acme, "2").await, ticket(&ana, &acme, "3").await);
    let foreign = ticket(&stranger, &other, "4").await;
    ana.post(&format!("{}/close", path(&done)), ending()).await.expect(200);
    let ids = json!([one["id"], two["id"], done["id"], foreign["id"], one["id"]]);
    let body = json!({ "ids": ids, "change": {
        "stage": "in_progress", "assignee_id": bob.user_id, "add_tags": ["Wave"], "severity": "critical" } });
    let outcome = ana.post("/api/v1/tickets/bulk", body).await.expect(200);
    let mut changed = outcome["changed"].as_array().unwrap().clone();
    changed.sort_by_key(|item| item["id"].to_string());
    assert_eq!(changed, [json!({ "id": one["id"], "version": 2 }), json!({ "id": two["id"], "version": 2 })]);
    let mut failed = outcome["failed"].as_array().unwrap().clone();
    failed.sort_by_key(|item| item["code"].to_string());
    assert_eq!(
        failed,
        [
            json!({ "id": done["id"], "code": "invalid_transition" }),
            json!({ "id": foreign["id"], "code": "not_found" })
        ]
    );
    for made in [&one, &two] {
        let now = ana.get(&path(made)).await.expect(200);
        assert_eq!(now["stage"], "in_progress");
        assert_eq!(now["tags"], json!(["wave"]));
        assert_eq!(now["severity"], "critical");
        assert_eq!(now["assignee"]["id"], json!(bob.user_id));
    }
    assert_eq!(ana.get("/api/v1/tickets?tag=wave&severity=critical").await.items().len(), 2);
    assert_eq!(bob.get("/api/v1/notices/count").await.expect(200)["unread"], 2);
    assert_eq!(stranger.get(&path(&foreign)).await.expect(200)["version"], 1);
    let body = json!({ "ids": [one["id"]], "change": { "remove_tags": ["wave"], "close": ending() } });
    ana.post("/api/v1/tickets/bulk", body).await.expect(200);
    let closed = ana.get(&path(&one)).await.expect(200);
    assert_eq!((&closed["stage"], &closed["tags"]), (&json!("closed"), &json!([])));
    assert_eq!(ana.get("/api/v1/tickets?tag=wave").await.items().len(), 1);
    assert_eq!(app.audit_actions().await.last().unwrap(), "ticket.closed");
}

#[tokio::test]
async fn each_ticket_needs_the_permission_of_its_own_organization() {
    let app = start().await;
    let (acme, other) = (app.organization("Acme").await, app.organization("Other").await);
    let ana = app.someone(&[(Some(&acme), "analyst"), (Some(&other), "viewer")]).await;
    let there = app.an_analyst_of(&other).await;
    let (mine, theirs) = (ticket(&ana, &acme, "1").await, ticket(&there, &other, "2").await);
    let body = json!({ "ids": [mine["id"], theirs["id"]], "change": { "close": ending() } });
    let outcome = ana.post("/api/v1/tickets/bulk", body).await.expect(200);
    assert_eq!(outcome["changed"][0]["id"], mine["id"]);
    assert_eq!(outcome["failed"], json!([{ "id": theirs["id"], "code": "not_found" }]));
}

#[tokio::test]
async fn a_bulk_change_has_its_bounds() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let made = ticket(&ana, &acme, "1").await;
    let many = vec![made["id"].clone(); 501];
    for body in [
        json!({ "ids": [], "change": {} }),
        json!({ "ids": many, "change": {} }),
        json!({ "ids": [made["id"]], "change": { "stage": "new", "close": ending() } }),
        json!({ "ids": [made["id"]], "change": { "add_tags": ["a,b"] } }),
        json!({ "ids": [made["id"]], "change": { "verdict": "x" } }),
        json!({ "ids": ["nonsense"], "change": {} }),
    ] {
        ana.post("/api/v1/tickets/bulk", body).await.expect_problem(422, "validation_failed");
    }
}

#[tokio::test]
async fn five_hundred_tickets_change_in_one_go() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let mut connection = app.superuser().await;
    sqlx::query(
        "insert into tickets (id, organization_id, reference, title, stage, severity, urgency, urgency_score,
                              urgency_terms, first_seen_at, last_seen_at, created_at, updated_at, terms)
         select id, $1, 'F-' || number, 'flood', 'new', 3, 3, 50, '[]', now(), now(), now(), now(),
                array_to_tsvector(ticket_state_words('new', 3::smallint, 50::smallint, null, null, false, id)
                                  || ('=o:' || $1::text))
         from generate_series(1, 500) as number, lateral (select gen_random_uuid() as id where number > 0) as made",
    )
    .bind(acme.id.uuid())
    .execute(&mut connection)
    .await
    .unwrap();
    let ids: Vec<uuid::Uuid> =
        sqlx::query_scalar("select id from tickets").fetch_all(&mut connection).await.unwrap();
    let body = json!({ "ids": ids, "change": { "close": ending() } });
    let outcome = ana.post("/api/v1/tickets/bulk", body).await.expect(200);
    assert_eq!(outcome["changed"].as_array().unwrap().len(), 500);
    assert_eq!(ana.get("/api/v1/tickets/count?verdict=false_positive").await.expect(200)["count"], 500);
}
