//! Merging without loss.

use testkit::{Actor, Value, json};

use crate::support::*;

async fn merge(who: &Actor, survivor: &Value, members: &[&Value]) -> Value {
    let ids = members.iter().map(|member| id(member)).collect::<Vec<_>>();
    let body = json!({ "survivor_id": survivor["id"], "member_ids": ids });
    who.post("/api/v1/tickets/merge", body).await.expect(200)
}

/// What a split or an undo has to bring back.
fn essence(ticket: &Value) -> Value {
    let mut essence = ticket.clone();
    for passing in ["version", "updated_at", "links"] {
        essence.as_object_mut().unwrap().remove(passing);
    }
    essence
}

/// Gives tickets alert counts, as sources do.
async fn count_alerts(app: &testkit::TestApp) {
    let mut connection = app.superuser().await;
    sqlx::query(
        "update tickets set alert_count = 1 + length(title), occurrences = 10 * length(title),
                            last_seen_at = last_seen_at + length(title) * interval '1 second',
                            first_seen_at = first_seen_at - length(title) * interval '1 second'",
    )
    .execute(&mut connection)
    .await
    .unwrap();
}

#[tokio::test]
async fn a_merge_closes_the_members_and_the_survivor_counts_for_all() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let (one, two, three) =
        (ticket(&ana, &acme, "1").await, ticket(&ana, &acme, "22").await, ticket(&ana, &acme, "333").await);
    count_alerts(&app).await;
    // One named twice is one member.
    let merged = merge(&ana, &one, &[&two, &three, &two]).await;
    let survivor = &merged["survivor"];
    assert_eq!(survivor["alerts"], 2 + 3 + 4);
    assert_eq!(survivor["occurrences"], 10 + 20 + 30);
    assert_eq!(
        references(survivor["members"].as_array().unwrap()),
        references(&[two.clone(), three.clone()])
    );
    assert_eq!(survivor["merge"]["id"], merged["merge_id"]);
    assert_eq!(survivor["merge"]["undo_until"], merged["undo_until"]);
    let member = ana.get(&path(&two)).await.expect(200);
    assert_eq!(member["stage"], "closed");
    assert_eq!(member["merged_into"]["reference"], one["reference"]);
    // Members are out of sight unless asked for.
    assert_eq!(ana.get("/api/v1/tickets").await.items().len(), 1);
    assert_eq!(ana.get("/api/v1/tickets?include_merged=true").await.items().len(), 3);
    assert_eq!(ana.get("/api/v1/tickets?q=22").await.items().len(), 0);
    assert_eq!(ana.get("/api/v1/tickets?q=22&include_merged=true").await.items().len(), 1);
    assert_eq!(ana.get("/api/v1/tickets/count").await.expect(200)["count"], 1);
    assert_eq!(ana.get("/api/v1/tickets/count?include_merged=true").await.expect(200)["count"], 3);
    // Work goes on with the survivor alone.
    ana.patch(&path(&two), version(&member), json!({ "title": "x" }))
        .await
        .expect_problem(409, "ticket_is_merged");
    ana.post(&format!("{}/claim", path(&two)), json!({})).await.expect_problem(409, "ticket_is_merged");
    ana.post(&format!("{}/close", path(&two)), ending()).await.expect_problem(409, "ticket_is_merged");
}

#[tokio::test]
async fn an_undo_within_a_minute_restores_everything() {
    let app = start_with_clock().await;
    let acme = app.organization("Acme").await;
    let (ana, bob) = (app.an_analyst_of(&acme).await, app.an_analyst_of(&acme).await);
    let (one, two) = (ticket(&ana, &acme, "1").await, ticket(&ana, &acme, "22").await);
    count_alerts(&app).await;
    bob.post(&format!("{}/claim", path(&two)), json!({})).await.expect(200);
    ana.post(&format!("{}/resolve", path(&two)), ending()).await.expect(200);
    let before = (ana.get(&path(&one)).await.expect(200), ana.get(&path(&two)).await.expect(200));
    let merged = merge(&ana, &one, &[&two]).await;
    app.clock.advance(time::Duration::seconds(59));
    let undo = format!("/api/v1/tickets/merges/{}/undo", merged["merge_id"].as_str().unwrap());
    ana.post(&undo, json!({})).await.expect(204);
    let after = (ana.get(&path(&one)).await.expect(200), ana.get(&path(&two)).await.expect(200));
    assert_eq!(essence(&before.0), essence(&after.0));
    assert_eq!(essence(&before.1), essence(&after.1));
    assert!(version(&after.0) > version(&before.0));
    ana.post(&undo, json!({})).await.expect_problem(409, "already_undone");
    assert_eq!(ana.get("/api/v1/tickets?verdict=false_positive").await.items().len(), 1);
}

#[tokio::test]
async fn an_undo_is_refused_when_it_is_late_or_somebody_changed_something() {
    let app = start_with_clock().await;
    let acme = app.organization("Acme").await;
    let (ana, bob) = (app.an_analyst_of(&acme).await, app.an_analyst_of(&acme).await);
    let (one, two, three) =
        (ticket(&ana, &acme, "1").await, ticket(&ana, &acme, "22").await, ticket(&ana, &acme, "333").await);
    let merged = merge(&ana, &one, &[&two]).await;
    let undo = format!("/api/v1/tickets/merges/{}/undo", merged["merge_id"].as_str().unwrap());
    bob.patch(&path(&one), version(&merged["survivor"]), json!({ "title": "Bob's" })).await.expect(200);
    ana.post(&undo, json!({})).await.expect_problem(409, "changed_since");
    let late = merge(&ana, &one, &[&three]).await;
    app.clock.advance(time::Duration::seconds(61));
    let undo = format!("/api/v1/tickets/merges/{}/undo", late["merge_id"].as_str().unwrap());
    ana.post(&undo, json!({})).await.expect_problem(409, "undo_expired");
    assert!(ana.get(&path(&one)).await.expect(200)["merge"].is_null());
}

#[tokio::test]
async fn a_split_makes_a_member_what_it_was() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let (ana, bob) = (app.an_analyst_of(&acme).await, app.an_analyst_of(&acme).await);
    let (one, two, three) =
        (ticket(&ana, &acme, "1").await, ticket(&ana, &acme, "22").await, ticket(&ana, &acme, "333").await);
    count_alerts(&app).await;
    bob.post(&format!("{}/claim", path(&two)), json!({})).await.expect(200);
    let before = (ana.get(&path(&one)).await.expect(200), ana.get(&path(&two)).await.expect(200));
    merge(&ana, &one, &[&two, &three]).await;
    let split = format!("{}/split", path(&one));
    let out = ana.post(&split, json!({ "member_id": two["id"] })).await.expect(200);
    assert_eq!(essence(&before.1), essence(&out));
    ana.post(&split, json!({ "member_id": two["id"] })).await.expect_problem(409, "not_a_member");
    let survivor = ana.get(&path(&one)).await.expect(200);
    assert_eq!(survivor["alerts"], 2 + 4);
    assert_eq!(survivor["members"].as_array().unwrap().len(), 1);
    ana.post(&split, json!({ "member_id": three["id"] })).await.expect(200);
    let mut survivor = ana.get(&path(&one)).await.expect(200);
    survivor["merge"] = json!(null);
    assert_eq!(essence(&before.0), essence(&survivor));
    assert_eq!(history(&ana, &two).await.last().unwrap(), "split");
}

#[tokio::test]
async fn a_survivor_that_is_merged_brings_its_members_and_takes_them_back() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let (one, two, three) =
        (ticket(&ana, &acme, "1").await, ticket(&ana, &acme, "22").await, ticket(&ana, &acme, "333").await);
    count_alerts(&app).await;
    merge(&ana, &two, &[&three]).await;
    let before = ana.get(&path(&two)).await.expect(200);
    let merged = merge(&ana, &one, &[&two]).await;
    assert_eq!(merged["survivor"]["alerts"], 2 + 3 + 4);
    assert_eq!(merged["survivor"]["members"].as_array().unwrap().len(), 2);
    let third = ana.get(&path(&three)).await.expect(200);
    assert_eq!(third["merged_into"]["reference"], one["reference"]);
    // Merging into a member, or a member anew, is refused.
    let four = ticket(&ana, &acme, "4444").await;
    for (survivor, member) in [(&two, &four), (&four, &three)] {
        let body = json!({ "survivor_id": survivor["id"], "member_ids": [member["id"]] });
        ana.post("/api/v1/tickets/merge", body).await.expect_problem(409, "ticket_is_merged");
    }
    let out = ana.post(&format!("{}/split", path(&one)), json!({ "member_id": two["id"] })).await.expect(200);
    assert_eq!(out["alerts"], before["alerts"]);
    assert_eq!(references(out["members"].as_array().unwrap()), references(std::slice::from_ref(&three)));
    assert_eq!(ana.get(&path(&one)).await.expect(200)["alerts"], 2);
    // And the last one comes free of its first survivor.
    let out =
        ana.post(&format!("{}/split", path(&two)), json!({ "member_id": three["id"] })).await.expect(200);
    assert!(out["merged_into"].is_null());
    assert_eq!(out["stage"], "new");
    assert_eq!(ana.get(&path(&two)).await.expect(200)["alerts"], 3);
}

#[tokio::test]
async fn one_that_came_along_can_leave_alone() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let (one, two, three) =
        (ticket(&ana, &acme, "1").await, ticket(&ana, &acme, "22").await, ticket(&ana, &acme, "333").await);
    count_alerts(&app).await;
    merge(&ana, &two, &[&three]).await;
    merge(&ana, &one, &[&two]).await;
    let out =
        ana.post(&format!("{}/split", path(&one)), json!({ "member_id": three["id"] })).await.expect(200);
    assert!(out["merged_into"].is_null());
    assert_eq!(ana.get(&path(&one)).await.expect(200)["alerts"], 2 + 3);
    let out = ana.post(&format!("{}/split", path(&one)), json!({ "member_id": two["id"] })).await.expect(200);
    assert_eq!(out["alerts"], 3);
    assert_eq!(ana.get(&path(&one)).await.expect(200)["alerts"], 2);
}

#[tokio::test]
async fn undoing_a_merge_of_a_survivor_gives_it_its_members_again() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let (one, two, three) =
        (ticket(&ana, &acme, "1").await, ticket(&ana, &acme, "22").await, ticket(&ana, &acme, "333").await);
    count_alerts(&app).await;
    merge(&ana, &two, &[&three]).await;
    let before = (ana.get(&path(&one)).await.expect(200), ana.get(&path(&two)).await.expect(200));
    let merged = merge(&ana, &one, &[&two]).await;
    let undo = format!("/api/v1/tickets/merges/{}/undo", merged["merge_id"].as_str().unwrap());
    ana.post(&undo, json!({})).await.expect(204);
    let after = (ana.get(&path(&one)).await.expect(200), ana.get(&path(&two)).await.expect(200));
    assert_eq!(essence(&before.0), essence(&after.0));
    assert_eq!(essence(&before.1), essence(&after.1));
}

#[tokio::test]
async fn closing_the_survivor_gives_its_members_the_verdict_and_reopening_takes_it() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let sam = app.a_senior_analyst_of(&acme).await;
    let (one, two) = (ticket(&sam, &acme, "1").await, ticket(&sam, &acme, "22").await);
    merge(&sam, &one, &[&two]).await;
    assert!(sam.get(&path(&two)).await.expect(200)["verdict"].is_null());
    sam.post(&format!("{}/close", path(&one)), ending()).await.expect(200);
    assert_eq!(sam.get(&path(&two)).await.expect(200)["verdict"], "false_positive");
    assert_eq!(sam.get("/api/v1/tickets?verdict=false_positive&include_merged=true").await.items().len(), 2);
    sam.post(&format!("{}/reopen", path(&one)), json!({ "reason": "back" })).await.expect(200);
    assert!(sam.get(&path(&two)).await.expect(200)["verdict"].is_null());
    let out = sam.post(&format!("{}/split", path(&one)), json!({ "member_id": two["id"] })).await.expect(200);
    assert_eq!(out["stage"], "new");
}

#[tokio::test]
async fn what_cannot_be_merged_is_refused() {
    let app = start().await;
    let (acme, other) = (app.organization("Acme").await, app.organization("Other").await);
    let ana = app.someone(&[(Some(&acme), "analyst"), (Some(&other), "analyst")]).await;
    let (one, foreign) = (ticket(&ana, &acme, "1").await, ticket(&ana, &other, "22").await);
    let ask = async |survivor: &Value, members: Value| {
        ana.post("/api/v1/tickets/merge", json!({ "survivor_id": survivor["id"], "member_ids": members }))
            .await
    };
    ask(&one, json!([foreign["id"]])).await.expect_problem(409, "different_organizations");
    ask(&one, json!([one["id"]])).await.expect_problem(422, "validation_failed");
    ask(&one, json!([])).await.expect_problem(422, "validation_failed");
    ask(&one, json!([ana.user_id])).await.expect_problem(404, "not_found");
    let unknown = format!("/api/v1/tickets/merges/{}/undo", ana.user_id);
    ana.post(&unknown, json!({})).await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn later_alerts_of_a_member_reach_the_survivor() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let (one, two) = (ticket(&ana, &acme, "1").await, ticket(&ana, &acme, "22").await);
    merge(&ana, &one, &[&two]).await;
    let mut tx = app.db.read(platform::db::Scope::Organizations(&[acme.id])).await.unwrap();
    let member = id(&two).parse().unwrap();
    let survivor = tickets::survivor_of(&mut tx, acme.id, member).await.unwrap();
    assert_eq!(survivor.to_string(), id(&one));
    assert_eq!(tickets::survivor_of(&mut tx, acme.id, survivor).await.unwrap(), survivor);
}
