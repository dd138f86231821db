//! Comments, mentions and notices.

use testkit::json;

use crate::support::*;

#[tokio::test]
async fn a_comment_is_kept_as_typed_and_can_be_searched() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let made = ticket(&ana, &acme, "A call").await;
    let body = "  **Exfiltración** por DNS  \n\n<script>alert(1)</script>";
    let comment =
        ana.post(&format!("{}/comments", path(&made)), json!({ "body_markdown": body })).await.expect(201);
    assert_eq!(comment["kind"], "comment");
    assert_eq!(comment["comment"]["body_markdown"], body);
    assert_eq!(comment["actor"]["name"], json!(ana.display_name));
    let found = ana.get("/api/v1/tickets?q=exfiltracion").await.items();
    assert_eq!(references(&found), [made["reference"].as_str().unwrap()]);
    // A comment does not disturb who edits the ticket.
    assert_eq!(ana.get(&path(&made)).await.expect(200)["version"], 1);
}

#[tokio::test]
async fn a_comment_is_edited_by_its_author_and_its_old_text_stays() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let (ana, bob) = (app.an_analyst_of(&acme).await, app.an_analyst_of(&acme).await);
    let made = ticket(&ana, &acme, "A call").await;
    let comments = format!("{}/comments", path(&made));
    let comment = ana.post(&comments, json!({ "body_markdown": "zebra" })).await.expect(201);
    let place = format!("{comments}/{}", comment["comment"]["id"].as_str().unwrap());
    bob.patch(&place, 1, json!({ "body_markdown": "mine" })).await.expect_problem(403, "not_your_comment");
    let edited = ana.patch(&place, 1, json!({ "body_markdown": "giraffe" })).await;
    assert_eq!(edited.header("etag"), Some("\"2\""));
    let edited = edited.expect(200);
    assert_eq!(edited["detail"]["history"][0]["body_markdown"], "zebra");
    assert!(edited["comment"]["edited_at"].is_string());
    ana.patch(&place, 1, json!({ "body_markdown": "late" })).await.expect_problem(412, "version_conflict");
    assert!(ana.get("/api/v1/tickets?q=zebra").await.items().is_empty());
    assert_eq!(ana.get("/api/v1/tickets?q=giraffe").await.items().len(), 1);
    let elsewhere = ticket(&ana, &acme, "Another").await;
    let wrong = format!("{}/comments/{}", path(&elsewhere), comment["comment"]["id"].as_str().unwrap());
    ana.patch(&wrong, 2, json!({ "body_markdown": "x" })).await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn a_comment_has_its_bounds() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let made = ticket(&ana, &acme, "A call").await;
    let comments = format!("{}/comments", path(&made));
    for body in ["", "   ", "a\u{0}b", &"x".repeat(65_537)] {
        ana.post(&comments, json!({ "body_markdown": body })).await.expect_problem(422, "validation_failed");
    }
    ana.post(&comments, json!({ "body_markdown": "x".repeat(65_536) })).await.expect(201);
}

#[tokio::test]
async fn a_mention_tells_only_who_may_read_the_ticket() {
    let app = start().await;
    let (acme, other) = (app.organization("Acme").await, app.organization("Other").await);
    let (ana, bob) = (app.an_analyst_of(&acme).await, app.a_viewer_of(&acme).await);
    let stranger = app.an_analyst_of(&other).await;
    let made = ticket(&ana, &acme, "A call").await;
    let at = |who: &testkit::Actor| format!("@[{}](user:{})", who.display_name, who.user_id);
    let body = format!("{} {} {} look", at(&bob), at(&stranger), at(&ana));
    let comment =
        ana.post(&format!("{}/comments", path(&made)), json!({ "body_markdown": body })).await.expect(201);
    assert_eq!(comment["comment"]["mentions"].as_array().unwrap().len(), 3);
    let notices = bob.get("/api/v1/notices").await.items();
    assert_eq!(notices[0]["kind"], "mentioned");
    assert!(notices[0]["excerpt"].as_str().unwrap().ends_with("look"));
    assert!(stranger.get("/api/v1/notices").await.items().is_empty());
    assert!(ana.get("/api/v1/notices").await.items().is_empty());
    // Editing the comment does not tell bob again.
    let place = format!("{}/comments/{}", path(&made), comment["comment"]["id"].as_str().unwrap());
    ana.patch(&place, 1, json!({ "body_markdown": format!("{} again", at(&bob)) })).await.expect(200);
    assert_eq!(bob.get("/api/v1/notices/count").await.expect(200)["unread"], 1);
}

#[tokio::test]
async fn who_watches_is_told_of_what_others_do_until_they_have_read_it() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let (ana, bob) = (app.an_analyst_of(&acme).await, app.a_viewer_of(&acme).await);
    let made = ticket(&ana, &acme, "A call").await;
    bob.put(&format!("{}/watch", path(&made)), json!({})).await.expect(204);
    bob.put(&format!("{}/watch", path(&made)), json!({})).await.expect(204);
    assert_eq!(bob.get(&path(&made)).await.expect(200)["is_watching"], true);
    assert_eq!(ana.get(&path(&made)).await.expect(200)["is_watching"], false);
    ana.post(&format!("{}/comments", path(&made)), json!({ "body_markdown": "hm" })).await.expect(201);
    ana.post(&format!("{}/close", path(&made)), ending()).await.expect(200);
    let notices = bob.get("/api/v1/notices").await.items();
    assert_eq!(notices.len(), 2);
    assert!(notices.iter().all(|notice| notice["kind"] == "watched"));
    bob.post("/api/v1/notices/read", json!({ "ids": [notices[0]["id"]] })).await.expect(204);
    assert_eq!(bob.get("/api/v1/notices/count").await.expect(200)["unread"], 1);
    ana.post("/api/v1/notices/read", json!({})).await.expect(204);
    assert_eq!(bob.get("/api/v1/notices/count").await.expect(200)["unread"], 1);
    bob.post("/api/v1/notices/read", json!({})).await.expect(204);
    assert_eq!(bob.get("/api/v1/notices/count").await.expect(200)["unread"], 0);
    bob.delete(&format!("{}/watch", path(&made))).await.expect(204);
    ana.post(&format!("{}/comments", path(&made)), json!({ "body_markdown": "hm" })).await.expect(201);
    assert_eq!(bob.get("/api/v1/notices/count").await.expect(200)["unread"], 0);
}

#[tokio::test]
async fn notices_come_in_pages() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let (ana, bob) = (app.an_analyst_of(&acme).await, app.a_viewer_of(&acme).await);
    let made = ticket(&ana, &acme, "A call").await;
    bob.put(&format!("{}/watch", path(&made)), json!({})).await.expect(204);
    for number in 0..3 {
        let body = json!({ "body_markdown": format!("number {number}") });
        ana.post(&format!("{}/comments", path(&made)), body).await.expect(201);
    }
    let first = bob.get("/api/v1/notices?limit=2").await.expect(200);
    assert_eq!(first["items"][0]["excerpt"], "number 2");
    let next = format!("/api/v1/notices?limit=2&cursor={}", first["next_cursor"].as_str().unwrap());
    let second = bob.get(&next).await.expect(200);
    assert_eq!(second["items"][0]["excerpt"], "number 0");
    assert!(second["next_cursor"].is_null());
    bob.get("/api/v1/notices?cursor=nonsense").await.expect_problem(400, "invalid_cursor");
}
