//! Tokens for whoever came to a service, what is told of tokens, and their end before their time.

use testkit::{json, opened};
use time::Duration;

use crate::scene::{
    ACCESS_TOKEN, TICKETS, TOKEN, credentials, exchange, expect_error, modules, own, scene, text,
};

#[tokio::test]
async fn a_service_acts_for_a_person_with_less_than_either_may_and_says_so() {
    let scene = scene().await;
    let (acme, other) = (scene.app.organization("Acme").await, scene.app.organization("Other").await);
    let ana = scene.app.someone(&[(Some(&acme), "analyst")]).await;
    let theirs = scene.app.an_analyst_of(&other).await;
    let new = |organization: &testkit::Organization| json!({ "organization_id": organization.id, "title": "x", "severity": "low" });
    let person = scene.person(&ana).await;
    scene.caller(&person).post(TICKETS, new(&acme)).await.expect(201);
    scene.caller(&scene.person(&theirs).await).post(TICKETS, new(&other)).await.expect(201);
    let answer = scene.post(TOKEN, &exchange("gateway", &person)).await.expect(200);
    assert_eq!(answer["issued_token_type"], ACCESS_TOKEN);
    assert_eq!(answer["scope"], "alerts:read tickets:read");
    let token = text(&answer, "access_token");
    let [_, claims] = opened(&token);
    assert_eq!((&claims["sub"], &claims["client_id"]), (&json!(ana.user_id), &json!("gateway")));
    assert_eq!(claims["act"], json!({ "sub": "gateway" }));
    let gateway = scene.caller(&token);
    assert_eq!(gateway.get(TICKETS).await.items().len(), 1, "the person's organizations only");
    gateway.post(TICKETS, new(&acme)).await.expect_problem(403, "forbidden");
    gateway.get("/api/v1/session").await.expect_problem(403, "people_only");
    gateway.delete("/api/v1/session").await.expect_problem(403, "people_only");
    // Another's token is none with which to end a session.
    scene.app.nobody().post_form("/api/v1/auth/revoke", &[("token", &token)]).await.expect(200);
    gateway.get(TICKETS).await.expect(200);
    ana.with_bearer(&person).delete("/api/v1/session").await.expect(204);
    gateway.get(TICKETS).await.expect_problem(401, "unauthenticated");
    expect_error(&scene.post(TOKEN, &exchange("gateway", &person)).await, 400, "invalid_request");
}

#[tokio::test]
async fn an_exchange_never_widens_a_scope_nor_lengthens_a_life_nor_a_chain() {
    let scene = scene().await;
    scene.app.organization("Acme").await;
    let subject = scene.token(&own("ticket-bot")).await;
    scene.clock.advance(Duration::seconds(100));
    let answer = scene.post(TOKEN, &exchange("gateway", &subject)).await.expect(200);
    assert_eq!(answer["scope"], "tickets:read", "what both may");
    assert_eq!(answer["expires_in"], 200, "no longer than what it was given for");
    for scope in ["tickets:create", "alerts:read", "tickets:read alerts:read"] {
        let form = [exchange("gateway", &subject), vec![("scope", scope)]].concat();
        expect_error(&scene.post(TOKEN, &form).await, 400, "invalid_scope");
    }
    let mut token = text(&answer, "access_token");
    assert_eq!(opened(&token)[1]["sub"], "ticket-bot");
    scene.caller(&token).get(TICKETS).await.expect(200);
    for length in 2..=3 {
        token = scene.token(&exchange("gateway", &token)).await;
        assert_eq!(opened(&token)[1]["act"].to_string().matches("gateway").count(), length);
    }
    expect_error(&scene.post(TOKEN, &exchange("gateway", &token)).await, 400, "invalid_request");
    expect_error(&scene.post(TOKEN, &exchange("ticket-bot", &subject)).await, 400, "unauthorized_client");
    for (name, value) in [
        ("actor_token", subject.as_str()),
        ("requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token"),
    ] {
        let form = [exchange("gateway", &subject), vec![(name, value)]].concat();
        expect_error(&scene.post(TOKEN, &form).await, 400, "invalid_request");
    }
    expect_error(&scene.post(TOKEN, &exchange("gateway", "a.b.c")).await, 400, "invalid_request");
}

#[tokio::test]
async fn a_service_learns_of_tokens_that_are_its_own_or_address_it() {
    let scene = scene().await;
    let own_token = scene.token(&own("ticket-bot")).await;
    let for_desk =
        scene.token(&[own("ticket-bot"), vec![("audience", "https://desk.example")]].concat()).await;
    let ask = async |id: &'static str, token: &str| {
        let form = [credentials(id), vec![("token", token)]].concat();
        scene.post("/sts/introspect", &form).await.expect(200)
    };
    let state = ask("ticket-bot", &own_token).await;
    assert_eq!((&state["active"], &state["client_id"]), (&json!(true), &json!("ticket-bot")));
    assert_eq!(state["scope"], "tickets:create tickets:read tickets:write");
    assert_eq!(state["exp"], opened(&own_token)[1]["exp"]);
    assert_eq!(ask("desk", &for_desk).await["aud"], "https://desk.example");
    for (id, token) in [("desk", own_token.as_str()), ("desk", "a.b.c"), ("ticket-bot", "x")] {
        assert_eq!(ask(id, token).await, json!({ "active": false }), "{id}");
    }
    scene.post("/sts/introspect", &vec![("token", &own_token)]).await.expect(401);
    scene.clock.advance(Duration::seconds(300));
    assert_eq!(ask("ticket-bot", &own_token).await, json!({ "active": false }));
}

#[tokio::test]
async fn a_revoked_token_is_dead_on_every_node() {
    let scene = scene().await;
    let other = scene.app.another_node(modules());
    scene.app.live().await;
    other.live().await;
    scene.app.organization("Acme").await;
    let token = scene.token(&own("ticket-bot")).await;
    let (here, there) = (scene.caller(&token), scene.caller(&token).at(&other));
    here.get(TICKETS).await.expect(200);
    there.get(TICKETS).await.expect(200);
    let revoke = async |id: &'static str| {
        scene.post("/sts/revoke", &[credentials(id), vec![("token", token.as_str())]].concat()).await
    };
    expect_error(&revoke("gateway").await, 400, "unauthorized_client");
    here.get(TICKETS).await.expect(200);
    revoke("ticket-bot").await.expect(200);
    here.get(TICKETS).await.expect_problem(401, "unauthenticated");
    for _ in 0..2000 {
        if there.get(TICKETS).await.status == 401 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    there.get(TICKETS).await.expect_problem(401, "unauthenticated");
    let form = [credentials("ticket-bot"), vec![("token", token.as_str())]].concat();
    assert_eq!(scene.post("/sts/introspect", &form).await.expect(200), json!({ "active": false }));
    revoke("ticket-bot").await.expect(200);
    scene
        .post("/sts/revoke", &[credentials("ticket-bot"), vec![("token", "whatever")]].concat())
        .await
        .expect(200);
    let actions = scene.app.audit_actions().await;
    assert_eq!(actions.iter().filter(|action| *action == "service_token.revoked").count(), 1);
}
