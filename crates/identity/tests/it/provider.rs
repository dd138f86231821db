//! Signing in through a provider of OpenID Connect: who comes in, who does not, and what is believed.

use aws_lc_rs::hmac;
use axum::body::Body;
use axum::http::Method;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platform::config::NewPeopleConfig;
use testkit::{Actor, Answer, Authenticator, IdentityProvider, Setup, TestApp, Value, json, unsigned};

const PROVIDERS: &str = "/api/v1/session/providers";
const LINKS: &str = "/api/v1/session/links";
const SUBJECT: &str = "248289761001";

fn setup(providers: &[(&str, &IdentityProvider)]) -> Setup {
    let mut setup = Setup { secrets: vec![IdentityProvider::secret()], ..Setup::default() };
    setup.config.public_url = "http://cibercase.test".to_owned();
    setup.config.sign_in.providers = providers.iter().map(|(id, one)| one.settings(id)).collect();
    setup
}

/// One provider, at which people who are new get an account of a viewer of Acme.
async fn start() -> (TestApp, IdentityProvider) {
    let provider = IdentityProvider::start().await;
    let mut setup = setup(&[("example", &provider)]);
    let new_people = NewPeopleConfig { organization: "acme".to_owned(), role: "viewer".to_owned() };
    setup.config.sign_in.providers[0].new_people = Some(new_people);
    let app = TestApp::start_with(vec![], setup).await;
    app.organization("Acme").await;
    (app, provider)
}

fn person(email: &str) -> Value {
    json!({ "sub": SUBJECT, "email": email, "email_verified": true, "name": "Lucía Fernández" })
}

fn cookie(answer: &Answer, name: &str) -> Option<String> {
    answer.headers.get_all("set-cookie").iter().find_map(|value| {
        let (key, value) = value.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
        (key == name && !value.is_empty()).then(|| value.to_owned())
    })
}

/// A browser that was sent to a provider: its cookie, and where it was sent.
struct Sent {
    who: Actor,
    browser: String,
    address: String,
}

async fn sent(who: Actor, path: &str) -> Sent {
    let answer = who.post(path, json!({})).await;
    let address = answer.expect(200)["authorization_url"].as_str().unwrap().to_owned();
    Sent { who, browser: cookie(&answer, "cibercase-provider").expect("the browser is known again"), address }
}

impl Sent {
    async fn back(&self, path: &str, brought: &Value) -> Answer {
        let request = self.who.request(Method::POST, &format!("{path}/callback"));
        let request = request.header("cookie", format!("cibercase-provider={}", self.browser));
        let request = request.header("content-type", "application/json");
        self.who.send(request.body(Body::from(brought.to_string())).unwrap()).await
    }
}

/// Signs somebody in through `example`.
async fn sign_in(app: &TestApp, provider: &IdentityProvider) -> Answer {
    let path = format!("{PROVIDERS}/example");
    let sent = sent(app.nobody(), &path).await;
    sent.back(&path, &provider.authorize(&sent.address)).await
}

/// Links the account of a session.
async fn link(who: &Actor, provider: &IdentityProvider) -> Answer {
    let path = format!("{LINKS}/example");
    let sent = sent(who.clone(), &path).await;
    sent.back(&path, &provider.authorize(&sent.address)).await
}

/// The reasons in the audit log why nobody came in.
async fn reasons(app: &TestApp) -> Vec<String> {
    let mut database = app.superuser().await;
    let found = sqlx::query_scalar!(
        r#"select detail ->> 'reason' as "reason!" from audit_records where action = 'session.refused' order by id"#
    );
    found.fetch_all(&mut database).await.unwrap()
}

#[tokio::test]
async fn somebody_new_gets_the_account_that_the_settings_say_and_comes_back_to_it() {
    let (app, provider) = start().await;
    provider.person(person("Lucia@Example.org"));
    let me = sign_in(&app, &provider).await.expect(200);
    assert_eq!(me["user"]["email"], "lucia@example.org");
    assert_eq!(me["user"]["display_name"], "Lucía Fernández");
    assert_eq!(me["must_change_password"], false);
    assert_eq!(me["roles"][0]["role"], "viewer");
    assert_eq!(me["organizations"][0]["slug"], "acme");
    // The subject counts from now on: an address may change.
    provider.person(json!({ "sub": SUBJECT, "email": "other@example.org", "email_verified": false }));
    let again = sign_in(&app, &provider).await.expect(200);
    assert_eq!(again["user"]["id"], me["user"]["id"]);
    let actions = app.audit_actions().await;
    for action in ["user.created", "user.provider_linked", "session.opened"] {
        assert!(actions.iter().any(|known| known == action), "{action}: {actions:?}");
    }
}

#[tokio::test]
async fn the_buttons_show_the_providers_names_and_nothing_else() {
    let (app, _provider) = start().await;
    let choices = app.nobody().get(PROVIDERS).await.expect(200);
    assert_eq!(choices, json!({ "items": [{ "id": "example", "label": "The provider example" }] }));
    app.nobody().post(&format!("{PROVIDERS}/another"), json!({})).await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn an_address_alone_opens_no_account_that_is_there_until_its_person_links_it() {
    let (app, provider) = start().await;
    let acme = app.organization("Beta").await;
    let ana = app.an_analyst_of(&acme).await;
    provider.person(person(&ana.email));
    sign_in(&app, &provider).await.expect_problem(403, "link_required");
    link(&ana, &provider).await.expect(204);
    let me = sign_in(&app, &provider).await.expect(200);
    assert_eq!(me["user"]["id"], json!(ana.user_id));
    let links = ana.get(LINKS).await.expect(200);
    assert_eq!((&links["source"], &links["items"][0]["provider"]), (&json!("local"), &json!("example")));
    link(&ana, &provider).await.expect_problem(409, "already_linked");
    ana.delete(&format!("{LINKS}/example")).await.expect(204);
    sign_in(&app, &provider).await.expect_problem(403, "link_required");
}

#[tokio::test]
async fn only_an_address_that_the_provider_has_verified_counts() {
    let (app, provider) = start().await;
    let acme = app.organization("Beta").await;
    let ana = app.an_analyst_of(&acme).await;
    for verified in [json!(false), json!("true"), json!(1), Value::Null] {
        provider.person(json!({ "sub": SUBJECT, "email": ana.email, "email_verified": verified }));
        sign_in(&app, &provider).await.expect_problem(403, "email_not_verified");
        link(&ana, &provider).await.expect_problem(403, "email_not_verified");
    }
    provider.person(person("somebody@else.example"));
    link(&ana, &provider).await.expect_problem(409, "email_differs");
}

#[tokio::test]
async fn nobody_links_the_account_that_somebody_else_has_linked() {
    let (app, provider) = start().await;
    let acme = app.organization("Beta").await;
    let (ana, eve) = (app.an_analyst_of(&acme).await, app.an_analyst_of(&acme).await);
    provider.person(person(&ana.email));
    link(&ana, &provider).await.expect(204);
    provider.person(person(&eve.email));
    link(&eve, &provider).await.expect_problem(409, "already_linked");
    assert_eq!(sign_in(&app, &provider).await.expect(200)["user"]["id"], json!(ana.user_id));
}

#[tokio::test]
async fn where_no_new_people_are_taken_a_stranger_stays_out() {
    let provider = IdentityProvider::start().await;
    let app = TestApp::start_with(vec![], setup(&[("example", &provider)])).await;
    provider.person(person("stranger@example.org"));
    sign_in(&app, &provider).await.expect_problem(403, "no_account");
    assert_eq!(reasons(&app).await, ["no_account"]);
}

#[tokio::test]
async fn a_disabled_person_stays_out() {
    let (app, provider) = start().await;
    provider.person(person("lucia@example.org"));
    sign_in(&app, &provider).await.expect(200);
    let mut database = app.superuser().await;
    sqlx::query!("update users set is_active = false where email = 'lucia@example.org'")
        .execute(&mut database)
        .await
        .unwrap();
    sign_in(&app, &provider).await.expect_problem(403, "no_account");
    sqlx::query!("delete from linked_identities").execute(&mut database).await.unwrap();
    sign_in(&app, &provider).await.expect_problem(403, "no_account");
}

#[tokio::test]
async fn a_state_is_good_once_for_one_browser_one_provider_and_one_purpose() {
    let (provider, other) = (IdentityProvider::start().await, IdentityProvider::start().await);
    let app = TestApp::start_with(vec![], setup(&[("example", &provider), ("other", &other)])).await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    provider.person(person(&ana.email));
    link(&ana, &provider).await.expect(204);
    let path = format!("{PROVIDERS}/example");
    let first = sent(app.nobody(), &path).await;
    let brought = provider.authorize(&first.address);
    // Another browser, another provider, another purpose, no browser, another state.
    let second = sent(app.nobody(), &path).await;
    second.back(&path, &brought).await.expect_problem(401, "provider_attempt_over");
    first.back(&format!("{PROVIDERS}/other"), &brought).await.expect_problem(401, "provider_attempt_over");
    let of_ana = Sent { who: ana.clone(), browser: first.browser.clone(), address: String::new() };
    let linking = of_ana.back(&format!("{LINKS}/example"), &brought).await;
    linking.expect_problem(401, "provider_attempt_over");
    let bare = app.nobody().post(&format!("{path}/callback"), brought.clone()).await;
    bare.expect_problem(401, "provider_attempt_over");
    let mut forged = brought.clone();
    forged["state"] = json!("A".repeat(43));
    first.back(&path, &forged).await.expect_problem(401, "provider_attempt_over");
    assert_eq!(provider.token_requests(), 1, "nobody was asked but for the link");
    // None of that used it up; coming back does, and then it is over.
    first.back(&path, &brought).await.expect(200);
    first.back(&path, &brought).await.expect_problem(401, "provider_attempt_over");
}

#[tokio::test]
async fn a_link_that_was_begun_in_one_session_ends_in_no_other() {
    let (app, provider) = start().await;
    let acme = app.organization("Beta").await;
    let (ana, eve) = (app.an_analyst_of(&acme).await, app.an_analyst_of(&acme).await);
    provider.person(person(&eve.email));
    let path = format!("{LINKS}/example");
    let of_ana = sent(ana, &path).await;
    let brought = provider.authorize(&of_ana.address);
    let of_eve = Sent { who: eve, browser: of_ana.browser.clone(), address: String::new() };
    of_eve.back(&path, &brought).await.expect_problem(401, "provider_attempt_over");
    let nobody = Sent { who: app.nobody(), browser: of_ana.browser.clone(), address: String::new() };
    nobody.back(&format!("{PROVIDERS}/example"), &brought).await.expect_problem(401, "provider_attempt_over");
}

#[tokio::test]
async fn a_code_of_another_attempt_is_refused_by_its_verifier() {
    let (app, provider) = start().await;
    provider.person(person("lucia@example.org"));
    let path = format!("{PROVIDERS}/example");
    let (victim, thief) = (sent(app.nobody(), &path).await, sent(app.nobody(), &path).await);
    let stolen = provider.authorize(&victim.address)["code"].clone();
    let mut brought = provider.authorize(&thief.address);
    brought["code"] = stolen;
    thief.back(&path, &brought).await.expect_problem(401, "provider_attempt_over");
    assert_eq!(reasons(&app).await, ["code"]);
}

#[tokio::test]
async fn an_answer_in_another_issuers_name_or_in_none_is_refused() {
    let (app, provider) = start().await;
    let path = format!("{PROVIDERS}/example");
    for iss in [json!("https://evil.example"), Value::Null] {
        let sent = sent(app.nobody(), &path).await;
        let mut brought = provider.authorize(&sent.address);
        brought["iss"] = iss;
        sent.back(&path, &brought).await.expect_problem(401, "provider_refused");
    }
    assert_eq!(provider.token_requests(), 0);
}

#[tokio::test]
async fn what_the_provider_refuses_is_said_and_kept() {
    let (app, provider) = start().await;
    let path = format!("{PROVIDERS}/example");
    let sent = sent(app.nobody(), &path).await;
    let state = provider.authorize(&sent.address)["state"].clone();
    let brought = json!({ "state": state, "error": "access_denied", "iss": provider.issuer });
    sent.back(&path, &brought).await.expect_problem(401, "provider_denied");
    sent.back(&path, &brought).await.expect_problem(401, "provider_attempt_over");
    assert_eq!(reasons(&app).await, ["denied", "state"]);
}

#[tokio::test]
async fn a_token_that_is_not_for_us_and_for_now_is_refused() {
    let (app, provider) = start().await;
    let cases = [
        ("issuer", json!({ "iss": "https://evil.example" })),
        ("issuer", json!({ "iss": format!("{}/", provider.issuer) })),
        ("audience", json!({ "aud": "another" })),
        ("audience", json!({ "aud": ["cibercase", "another"] })),
        ("audience", json!({ "aud": [] })),
        ("authorized_party", json!({ "azp": "another" })),
        ("expired", json!({ "exp": 1_000_000_000 })),
        ("issued_at", json!({ "iat": 1_000_000_000 })),
        ("issued_at", json!({ "iat": 4_000_000_000_i64 })),
        ("issued_at", json!({ "nbf": 4_000_000_000_i64 })),
        ("nonce", json!({ "nonce": "another" })),
        ("subject", json!({ "sub": "" })),
        ("subject", json!({ "sub": "x".repeat(256) })),
        ("claims", json!({ "exp": "4000000000" })),
        ("claims", json!({ "nonce": null })),
    ];
    let mut expected = Vec::new();
    for (reason, claims) in cases {
        let mut said = person("lucia@example.org");
        for (name, value) in claims.as_object().unwrap() {
            said[name] = value.clone();
        }
        provider.person(said);
        sign_in(&app, &provider).await.expect_problem(401, "provider_refused");
        expected.push(reason);
    }
    assert_eq!(reasons(&app).await, expected);
}

#[tokio::test]
async fn a_token_that_the_provider_did_not_sign_is_refused() {
    let (app, provider) = start().await;
    provider.person(person("lucia@example.org"));
    let stranger = testkit::Forger::stranger();
    let [x, _] = provider.coordinates();
    let hs256 = move |header: &str, claims: &Value| {
        // The public key, which everybody knows, as a secret.
        let message = unsigned(header, &claims.to_string());
        let key = hmac::Key::new(hmac::HMAC_SHA256, x.as_bytes());
        let tag = URL_SAFE_NO_PAD.encode(hmac::sign(&key, message.as_bytes()));
        format!("{message}.{tag}")
    };
    type Sign = Box<dyn Fn(&testkit::Forger, Value) -> String + Send>;
    let cases: [(&str, Sign); 9] = [
        (
            "signature",
            Box::new(move |_, claims| stranger.sign(r#"{"alg":"ES256","kid":"one"}"#, &claims.to_string())),
        ),
        ("key", Box::new(|key, claims| key.sign(r#"{"alg":"ES256","kid":"two"}"#, &claims.to_string()))),
        (
            "algorithm",
            Box::new(|_, claims| format!("{}.", unsigned(r#"{"alg":"none"}"#, &claims.to_string()))),
        ),
        ("algorithm", Box::new(|key, claims| key.sign(r#"{"alg":"NONE","kid":"one"}"#, &claims.to_string()))),
        ("algorithm", Box::new(move |_, claims| hs256(r#"{"alg":"HS256","kid":"one"}"#, &claims))),
        ("key", Box::new(|key, claims| key.sign(r#"{"alg":"RS256","kid":"one"}"#, &claims.to_string()))),
        (
            "type",
            Box::new(|key, claims| {
                key.sign(r#"{"alg":"ES256","kid":"one","typ":"at+jwt"}"#, &claims.to_string())
            }),
        ),
        (
            "malformed",
            Box::new(|key, claims| {
                key.sign(r#"{"alg":"ES256","kid":"one","crit":["exp"]}"#, &claims.to_string())
            }),
        ),
        ("malformed", Box::new(|_, _| "not.a-token".to_owned())),
    ];
    let mut expected = Vec::new();
    for (reason, sign) in cases {
        provider.sign(sign);
        sign_in(&app, &provider).await.expect_problem(401, "provider_refused");
        expected.push(reason);
    }
    assert_eq!(reasons(&app).await, expected);
}

#[tokio::test]
async fn a_token_of_another_provider_is_refused_at_this_one() {
    let (provider, other) = (IdentityProvider::start().await, IdentityProvider::start().await);
    let app = TestApp::start_with(vec![], setup(&[("example", &provider), ("other", &other)])).await;
    let issuer = other.issuer.clone();
    provider
        .person(json!({ "sub": SUBJECT, "iss": issuer, "email": "a@example.org", "email_verified": true }));
    sign_in(&app, &provider).await.expect_problem(401, "provider_refused");
    assert_eq!(reasons(&app).await, ["issuer"]);
}

#[tokio::test]
async fn a_provider_that_claims_to_be_another_is_not_used() {
    let (app, provider) = start().await;
    provider.metadata(json!({ "issuer": "https://evil.example" }));
    let answer = app.nobody().post(&format!("{PROVIDERS}/example"), json!({})).await;
    answer.expect_problem(502, "provider_unreachable");
    // Nor may it send us to hosts that the settings do not name.
    provider.metadata(json!({ "token_endpoint": "https://169.254.169.254/latest" }));
    sign_in(&app, &provider).await.expect_problem(502, "provider_unreachable");
}

#[tokio::test]
async fn an_address_may_come_from_userinfo_if_it_is_of_the_same_subject() {
    let (app, provider) = start().await;
    provider.user_info(person("lucia@example.org"));
    assert_eq!(sign_in(&app, &provider).await.expect(200)["user"]["email"], "lucia@example.org");
    provider.user_info(json!({ "sub": "another", "email": "eve@example.org", "email_verified": true }));
    sign_in(&app, &provider).await.expect_problem(401, "provider_refused");
}

#[tokio::test]
async fn a_second_factor_is_wanted_unless_the_provider_may_vouch_for_one() {
    let (app, provider) = start().await;
    provider.person(person("lucia@example.org"));
    let opened = sign_in(&app, &provider).await;
    let lucia = app.nobody().with_cookie(&cookie(&opened, "cibercase").unwrap());
    let proposal = lucia.post("/api/v1/session/second-factor/totp", json!({})).await.expect(200);
    let code = Authenticator::of(proposal["secret"].as_str().unwrap()).code_at(app.clock.now());
    lucia.post("/api/v1/session/second-factor/totp/confirm", json!({ "code": code })).await.expect(200);
    let mut said = person("lucia@example.org");
    said["amr"] = json!(["pwd", "mfa"]);
    provider.person(said);
    let challenged = sign_in(&app, &provider).await;
    challenged.expect(202);
    assert_eq!(cookie(&challenged, "cibercase"), None);
    let mut trusting = setup(&[("example", &provider)]);
    trusting.config.sign_in.providers[0].second_factor_amr = vec!["mfa".to_owned()];
    let node = app.another_node_configured(vec![], trusting);
    sign_in(&node, &provider).await.expect(200);
    provider.person(person("lucia@example.org"));
    sign_in(&node, &provider).await.expect(202);
}

#[tokio::test]
async fn the_record_of_a_session_names_the_provider_when_a_code_was_wanted_too() {
    let (app, provider) = start().await;
    provider.person(person("lucia@example.org"));
    let opened = sign_in(&app, &provider).await;
    let lucia = app.nobody().with_cookie(&cookie(&opened, "cibercase").unwrap());
    let proposal = lucia.post("/api/v1/session/second-factor/totp", json!({})).await.expect(200);
    let code = Authenticator::of(proposal["secret"].as_str().unwrap()).code_at(app.clock.now());
    let confirmed = lucia.post("/api/v1/session/second-factor/totp/confirm", json!({ "code": code })).await;
    let recovery = json!({ "code": confirmed.expect(200)["codes"][0] });
    let challenged = sign_in(&app, &provider).await;
    challenged.expect(202);
    let browser = cookie(&challenged, "cibercase-challenge").unwrap();
    let request = app.nobody().request(Method::POST, "/api/v1/session/challenge");
    let request = request.header("cookie", format!("cibercase-challenge={browser}"));
    let request = request.header("content-type", "application/json");
    app.nobody().send(request.body(Body::from(recovery.to_string())).unwrap()).await.expect(200);
    let auditor = app.an_administrator().await;
    let opened = &auditor.get("/api/v1/audit?action=session.opened").await.items()[0];
    assert_eq!(
        (&opened["detail"]["provider"], &opened["detail"]["second_factor"]),
        (&json!("example"), &json!("recovery_code"))
    );
}

#[tokio::test]
async fn an_account_without_a_password_keeps_its_only_way_in() {
    let (app, provider) = start().await;
    provider.person(person("lucia@example.org"));
    let opened = sign_in(&app, &provider).await;
    let lucia = app.nobody().with_cookie(&cookie(&opened, "cibercase").unwrap());
    assert_eq!(lucia.get(LINKS).await.expect(200)["source"], "provider");
    lucia.delete(&format!("{LINKS}/example")).await.expect_problem(409, "only_way_in");
    lucia.delete(&format!("{LINKS}/another")).await.expect_problem(404, "not_found");
    sign_in(&app, &provider).await.expect(200);
}
