//! Registered services: how they prove who they are, and what their tokens are good for.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use axum::body::Body;
use axum::http::{Method, header};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use platform::clock::Clock;
use testkit::{Actor, Answer, PASSWORD, Setup, TestApp, Value, json, opened, unsigned};
use time::Duration;

const TOKEN: &str = "/sts/token";
const SECRET: &str = "vbJf0gVzAqTn6oYkqjH2m8sP4wX1dLrE";
/// printf %s "$SECRET" | sha256sum
const HASH: &str = "72f7446aa068ae7f44695a5d6327f30d6ca123acec6ad1d71c4844bfb503c286";
const TICKETS: &str = "/api/v1/tickets";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn file(key: &EcdsaKeyPair) -> String {
    let [x, y] = [1..33, 33..65].map(|part| URL_SAFE_NO_PAD.encode(&key.public_key().as_ref()[part]));
    format!(
        r#"
version: 1
services:
  ticket-bot:
    description: Files tickets.
    organizations: [acme]
    scopes: [tickets:read, tickets:create, tickets:write]
    audiences: [api, "https://desk.example"]
    secret_hash: "sha256:{HASH}"
  gateway:
    description: Acts for people and services.
    organizations: ["*"]
    scopes: [tickets:read, alerts:read]
    secret_hash: "sha256:{HASH}"
    may_exchange: true
  signer:
    description: Proves itself with a key.
    organizations: [acme]
    scopes: [tickets:read]
    public_keys:
      - {{kty: EC, crv: P-256, x: "{x}", y: "{y}", kid: one}}
  desk:
    description: Takes tokens of others.
    organizations: ["*"]
    scopes: [alerts:read]
    audiences: ["https://desk.example"]
    secret_hash: "sha256:{HASH}"
  night-bot:
    description: Works at night.
    organizations: [acme]
    scopes: [tickets:read]
    secret_hash: "sha256:{HASH}"
    restrictions:
      networks: [10.0.0.0/8]
"#
    )
}

struct Scene {
    app: TestApp,
    clock: Clock,
    key: EcdsaKeyPair,
}

async fn scene() -> Scene {
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let clock = Clock::manual(super::now());
    let mut setup = Setup { clock: clock.clone(), services_file: file(&key), ..Setup::default() };
    setup.config.public_url = "https://soc.example.org".to_owned();
    Scene { app: TestApp::start_with(modules(), setup).await, clock, key }
}

fn modules() -> Vec<platform::Module> {
    vec![alerts::module(), assets::module(), notifications::module(), tickets::module()]
}

type Form<'a> = Vec<(&'a str, &'a str)>;

fn credentials(id: &str) -> Form<'_> {
    vec![("client_id", id), ("client_secret", SECRET)]
}

fn own(id: &str) -> Form<'_> {
    [vec![("grant_type", "client_credentials")], credentials(id)].concat()
}

fn exchange<'a>(id: &'a str, subject: &'a str) -> Form<'a> {
    let form =
        vec![("grant_type", EXCHANGE), ("subject_token", subject), ("subject_token_type", ACCESS_TOKEN)];
    [form, credentials(id)].concat()
}

fn text(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap().to_owned()
}

#[track_caller]
fn expect_error(answer: &Answer, status: u16, error: &str) {
    let body = answer.expect(status);
    assert_eq!(body["error"], error, "{}", answer.text());
    assert!(body["error_description"].is_string());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

impl Scene {
    async fn post(&self, path: &str, form: &Form<'_>) -> Answer {
        self.app.nobody().post_form(path, form).await
    }

    async fn token(&self, form: &Form<'_>) -> String {
        text(&self.post(TOKEN, form).await.expect(200), "access_token")
    }

    /// Somebody's own access token: cookies insist on TLS here.
    async fn person(&self, actor: &Actor) -> String {
        let form = [("grant_type", "password"), ("username", actor.email.as_str()), ("password", PASSWORD)];
        text(&self.app.nobody().post_form("/api/v1/auth/token", &form).await.expect(200), "access_token")
    }

    fn caller(&self, token: &str) -> Actor {
        self.app.nobody().with_bearer(token)
    }

    fn assertion(&self, change: impl FnOnce(&mut Value, &mut Value)) -> String {
        let mut header = json!({ "alg": "ES256", "typ": "JWT", "kid": "one" });
        let at = self.clock.now().unix_timestamp();
        let mut claims = json!({ "iss": "signer", "sub": "signer", "aud": "https://soc.example.org/sts/token",
            "jti": "first", "exp": at + 60, "iat": at });
        change(&mut header, &mut claims);
        let message = unsigned(&header.to_string(), &claims.to_string());
        let signature = self.key.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    async fn assert(&self, assertion: &str) -> Answer {
        let form = vec![
            ("grant_type", "client_credentials"),
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", assertion),
        ];
        self.post(TOKEN, &form).await
    }

    async fn basic(&self, value: &str, form: &Form<'_>) -> Answer {
        let pairs = form.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        let request = self.app.nobody().request(Method::POST, TOKEN);
        let request = request.header(header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(value)));
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.app.nobody().send(request.body(Body::from(pairs.join("&"))).unwrap()).await
    }
}

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
    local.nobody().get("/.well-known/oauth-authorization-server").await.expect_problem(404, "not_found");
    expect_error(&local.nobody().post_form(TOKEN, &own("ticket-bot")).await, 401, "invalid_client");
}
