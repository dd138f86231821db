//! Registered services: how they prove who they are, and what their tokens are good for.

use axum::body::Body;
use axum::http::Method;
use platform::edge::OverTls;
use testkit::{Setup, TestApp, Value, json, opened};

use crate::scene::{
    EXCHANGE, HASH, JWT_BEARER, SECRET, TICKETS, TOKEN, credentials, expect_error, modules, own, scene, text,
};

#[tokio::test]
async fn a_service_gets_a_token_of_its_own_and_does_what_its_scopes_say_in_its_organizations() {
    let scene = scene().await;
    let (acme, other) = (scene.app.organization("Acme").await, scene.app.organization("Other").await);
    let answer = scene.post(TOKEN, &own("ticket-bot")).await;
    let body = answer.expect(200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(300)));
    assert_eq!(body["scope"], "tickets:create tickets:read tickets:write");
    assert!(body.get("refresh_token").is_none(), "RFC 6749, 4.4.3");
    let token = text(&body, "access_token");
    let [header, claims] = opened(&token);
    assert_eq!(header["typ"], "at+jwt");
    assert_eq!((&claims["sub"], &claims["client_id"]), (&json!("ticket-bot"), &json!("ticket-bot")));
    assert_eq!(
        (&claims["iss"], &claims["aud"]),
        (&json!("https://soc.example.org"), &json!("https://soc.example.org/api"))
    );
    for name in ["exp", "iat", "jti", "scope"] {
        assert!(!claims[name].is_null(), "{name}");
    }
    let bot = scene.caller(&token);
    let new = |organization: &testkit::Organization| json!({ "organization_id": organization.id, "title": "Printer on fire", "severity": "low" });
    let ticket = bot.post(TICKETS, new(&acme)).await.expect(201);
    bot.post(TICKETS, new(&other)).await.expect_problem(404, "not_found");
    assert_eq!(bot.get(TICKETS).await.items().len(), 1);
    bot.get("/api/v1/users").await.expect_problem(403, "forbidden");
    // What is kept under a person's name works under a service's too.
    let path = format!("{TICKETS}/{}", text(&ticket, "id"));
    bot.put(&format!("{path}/watch"), json!({})).await.expect(204);
    bot.post(&format!("{path}/comments"), json!({ "body_markdown": "Water is on its way." }))
        .await
        .expect(201);
    bot.post(&format!("{path}/claim"), json!({})).await.expect(200);
    // Nothing of people's own.
    for path in ["/api/v1/session", "/api/v1/session/list"] {
        bot.get(path).await.expect_problem(403, "people_only");
    }
    bot.post("/api/v1/live/tickets", json!({})).await.expect_problem(403, "people_only");
    let admin = scene.app.an_administrator().await;
    let admin = scene.caller(&scene.person(&admin).await);
    let audit = admin.get("/api/v1/audit").await.items();
    let created = audit.iter().find(|record| record["action"] == "ticket.created").unwrap();
    assert_eq!(
        (&created["actor"]["kind"], &created["actor"]["name"]),
        (&json!("service"), &json!("ticket-bot"))
    );
    let issued = audit.iter().find(|record| record["action"] == "service_token.issued").unwrap();
    assert_eq!(
        (&issued["actor"]["kind"], &issued["detail"]["subject"]),
        (&json!("service"), &json!("ticket-bot"))
    );
    let names = admin.get("/api/v1/users").await.items();
    assert!(names.iter().all(|user| user["display_name"] != "ticket-bot"), "it is nobody to sign in as");
    scene.app.nobody().sign_in("service:ticket-bot", "!").await.expect_problem(401, "invalid_credentials");
}

#[tokio::test]
async fn fewer_scopes_may_be_asked_for_and_no_others() {
    let scene = scene().await;
    let acme = scene.app.organization("Acme").await;
    let mut form = own("ticket-bot");
    form.push(("scope", "tickets:read"));
    let answer = scene.post(TOKEN, &form).await.expect(200);
    assert_eq!(answer["scope"], "tickets:read");
    let bot = scene.caller(&text(&answer, "access_token"));
    bot.get(TICKETS).await.expect(200);
    let new = json!({ "organization_id": acme.id, "title": "x", "severity": "low" });
    bot.post(TICKETS, new).await.expect_problem(403, "forbidden");
    for scope in ["users:write", "tickets:read users:write", "*", "tickets:*", "api", "nothing"] {
        let mut form = own("ticket-bot");
        form.push(("scope", scope));
        expect_error(&scene.post(TOKEN, &form).await, 400, "invalid_scope");
    }
    for (name, target) in [("resource", "https://evil.example"), ("audience", "https://desk.example/")] {
        let mut form = own("ticket-bot");
        form.push((name, target));
        expect_error(&scene.post(TOKEN, &form).await, 400, "invalid_target");
    }
}

#[tokio::test]
async fn a_token_for_another_audience_opens_nothing_here() {
    let scene = scene().await;
    let mut form = own("ticket-bot");
    form.push(("resource", "https://desk.example"));
    let token = scene.token(&form).await;
    assert_eq!(opened(&token)[1]["aud"], "https://desk.example");
    scene.caller(&token).get(TICKETS).await.expect_problem(401, "unauthenticated");
}

#[tokio::test]
async fn whoever_has_not_proven_who_they_are_gets_one_answer() {
    let scene = scene().await;
    let grant = ("grant_type", "client_credentials");
    let wrong = [
        vec![grant],
        vec![grant, ("client_id", "ticket-bot")],
        vec![grant, ("client_id", "ticket-bot"), ("client_secret", "wrong")],
        vec![grant, ("client_id", "ticket-bot"), ("client_secret", HASH)],
        vec![grant, ("client_id", "nobody"), ("client_secret", SECRET)],
        vec![grant, ("client_id", "signer"), ("client_secret", SECRET)],
    ];
    let mut told = Vec::new();
    for (number, form) in wrong.iter().enumerate() {
        let nobody = scene.app.nobody().from_address(&format!("198.51.100.{number}"));
        let answer = nobody.post_form(TOKEN, form).await;
        expect_error(&answer, 401, "invalid_client");
        assert!(answer.header("www-authenticate").unwrap().starts_with("Basic "));
        told.push(answer.body);
    }
    assert!(told.iter().all(|body| *body == told[0]));
    for value in ["ticket-bot", "ticket-bot:wrong", "nobody:x", ":"] {
        let answer = scene.basic(value, &vec![grant]).await;
        expect_error(&answer, 401, "invalid_client");
        assert!(answer.header("www-authenticate").unwrap().starts_with("Basic "));
    }
    scene.basic(&format!("ticket-bot:{SECRET}"), &vec![grant]).await.expect(200);
    // Percent-encoded before it was joined.
    scene.basic(&format!("ticket%2Dbot:{SECRET}"), &vec![grant]).await.expect(200);
    let two = [vec![grant], credentials("ticket-bot")].concat();
    expect_error(&scene.basic(&format!("ticket-bot:{SECRET}"), &two).await, 400, "invalid_request");
    assert!(scene.app.audit_actions().await.contains(&"service.refused".to_owned()));
}

#[tokio::test]
async fn guessing_a_secret_is_slowed_down_and_the_service_itself_never_waits() {
    let scene = scene().await;
    let guess = [
        vec![("grant_type", "client_credentials")],
        vec![("client_id", "ticket-bot"), ("client_secret", "x")],
    ]
    .concat();
    let guesser = scene.app.nobody().from_address("198.51.100.66");
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(guesser.post_form(TOKEN, &guess).await.status.as_u16());
    }
    assert_eq!((statuses[0], statuses[11]), (401, 429));
    let answer = guesser.post_form(TOKEN, &guess).await;
    expect_error(&answer, 429, "temporarily_unavailable");
    assert!(answer.header("retry-after").is_some());
    // Who is right does not wait, also not in a crowd.
    let form = own("ticket-bot");
    let crowd = futures_util::future::join_all((0..20).map(|_| guesser.post_form(TOKEN, &form))).await;
    crowd.iter().for_each(|answer| drop(answer.expect(200)));
}

#[tokio::test]
async fn the_token_endpoint_answers_as_oauth_does() {
    let scene = scene().await;
    for (form, error) in [
        (credentials("ticket-bot"), "invalid_request"),
        ([vec![("grant_type", "password")], credentials("ticket-bot")].concat(), "unsupported_grant_type"),
        (
            [vec![("grant_type", "authorization_code")], credentials("ticket-bot")].concat(),
            "unsupported_grant_type",
        ),
        (
            [own("ticket-bot"), vec![("scope", "tickets:read"), ("scope", "tickets:read")]].concat(),
            "invalid_request",
        ),
    ] {
        expect_error(&scene.post(TOKEN, &form).await, 400, error);
    }
    let more = [own("ticket-bot"), vec![("x", "y"), ("scope", "")]].concat();
    scene.post(TOKEN, &more).await.expect(200);
    scene.post(TOKEN, &vec![("x", &"y".repeat(100_000))]).await.expect(413);
    scene.app.nobody().get(TOKEN).await.expect(405);
}

#[tokio::test]
async fn a_service_proves_itself_with_a_signed_assertion_that_is_good_once() {
    let scene = scene().await;
    scene.app.organization("Acme").await;
    let assertion = scene.assertion(|_, _| {});
    let answer = scene.assert(&assertion).await.expect(200);
    scene.caller(&text(&answer, "access_token")).get(TICKETS).await.expect(200);
    expect_error(&scene.assert(&assertion).await, 401, "invalid_client");
    // The same name in another assertion is a replay as well, and so on another node.
    let again = scene.assertion(|_, claims| claims["nbf"] = json!(0));
    let other = scene.app.another_node(modules());
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", &again),
    ];
    expect_error(&other.nobody().post_form(TOKEN, &form).await, 401, "invalid_client");
    let at_issuer = scene.assertion(|header, claims| {
        claims["jti"] = json!("second");
        claims["aud"] = json!("https://soc.example.org");
        header.as_object_mut().unwrap().remove("kid");
    });
    scene.assert(&at_issuer).await.expect(200);
}

#[tokio::test]
async fn an_assertion_that_is_not_exactly_right_proves_nothing() {
    let scene = scene().await;
    let at = scene.clock.now().unix_timestamp();
    let wrong: Vec<(&str, &str, Value)> = vec![
        ("header", "alg", json!("none")),
        ("header", "alg", json!("HS256")),
        ("header", "alg", json!("RS256")),
        ("header", "kid", json!("two")),
        ("header", "typ", json!("at+jwt")),
        ("header", "crit", json!(["exp"])),
        ("claims", "iss", json!("ticket-bot")),
        ("claims", "sub", json!("ticket-bot")),
        ("claims", "aud", json!("https://evil.example")),
        ("claims", "aud", json!(["https://soc.example.org/sts/token", "https://evil.example"])),
        ("claims", "exp", json!(at)),
        ("claims", "exp", json!(at + 3600)),
        ("claims", "exp", json!((at + 60).to_string())),
        ("claims", "exp", json!(null)),
        ("claims", "nbf", json!(at + 120)),
        ("claims", "iat", json!(at + 120)),
        ("claims", "jti", json!("")),
        ("claims", "jti", json!(null)),
        ("claims", "jti", json!("x".repeat(300))),
    ];
    for (index, (part, name, value)) in wrong.into_iter().enumerate() {
        let assertion = scene.assertion(|header, claims| {
            let part = if part == "header" { header } else { claims };
            part[name] = value;
        });
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", &assertion),
        ];
        let nobody = scene.app.nobody().from_address(&format!("198.51.100.{index}"));
        expect_error(&nobody.post_form(TOKEN, &form).await, 401, "invalid_client");
    }
    let form = vec![("grant_type", "client_credentials"), ("client_assertion", "a.b.c")];
    expect_error(&scene.post(TOKEN, &form).await, 400, "invalid_request");
    scene.assert(&scene.assertion(|_, _| {})).await.expect(200);
}

#[tokio::test]
async fn a_service_bound_to_a_network_counts_only_there() {
    let scene = scene().await;
    scene.app.organization("Acme").await;
    let bot = scene.caller(&scene.token(&own("night-bot")).await);
    bot.from_address("10.1.2.3").get(TICKETS).await.expect(200);
    bot.from_address("198.51.100.1").get(TICKETS).await.expect_problem(403, "forbidden");
}

#[tokio::test]
async fn the_metadata_lists_what_is_enabled_and_nothing_else() {
    let scene = scene().await;
    let metadata = scene.app.nobody().get("/.well-known/oauth-authorization-server").await.expect(200);
    assert_eq!(metadata["issuer"], "https://soc.example.org");
    assert_eq!(metadata["issuer"], opened(&scene.token(&own("ticket-bot")).await)[1]["iss"]);
    assert_eq!(metadata["grant_types_supported"], json!(["client_credentials", EXCHANGE]));
    for (name, path) in
        [("token_endpoint", TOKEN), ("jwks_uri", "/sts/jwks"), ("revocation_endpoint", "/sts/revoke")]
    {
        assert_eq!(metadata[name], format!("https://soc.example.org{path}"));
    }
    // Without a service nothing is granted; without https there is no issuer to tell of.
    let mut setup = Setup::default();
    setup.config.public_url = "https://soc.example.org".to_owned();
    let plain = TestApp::start_with(vec![], setup).await;
    let metadata = plain.nobody().get("/.well-known/oauth-authorization-server").await.expect(200);
    assert_eq!(metadata["grant_types_supported"], json!([]));
    let local = TestApp::start(vec![]).await;
    let mut setup = Setup::default();
    setup.config.tls.certificate_file = "speaks-tls-but-has-no-name.pem".into();
    let unnamed = TestApp::start_with(vec![], setup).await;
    for app in [&local, &unnamed] {
        let nobody = app.nobody();
        let request =
            nobody.request(Method::GET, "/.well-known/oauth-authorization-server").extension(OverTls);
        nobody.send(request.body(Body::empty()).unwrap()).await.expect_problem(404, "not_found");
    }
    expect_error(&local.nobody().post_form(TOKEN, &own("ticket-bot")).await, 401, "invalid_client");
}
