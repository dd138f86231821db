//! Secrets that change while processes serve, through HTTP on a real database.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test ends where it goes wrong"
)]

use platform::clock::Clock;
use platform::secrets::{SecretStore, Standing, Versions};
use testkit::{Actor, Answer, Authenticator, PASSWORD, Passkey, Setup, TestApp, Value, json};
use time::{Duration, OffsetDateTime};

const SECRETS: &str = "/api/v1/secrets";
const TOKEN: &str = "/api/v1/auth/token";
const ORIGIN: &str = "http://localhost:8080";
const FACTOR: &str = "/api/v1/session/second-factor";
const PROOF: &str = "/api/v1/session/proof";
const TOTP: &str = "/api/v1/session/second-factor/totp";
const SEALING: &str = "key-encryption-key";

fn installed(setup: Setup) -> Setup {
    setup.install(|builder| {
        let secrets = SecretStore::open(&builder.config().data_directory).unwrap();
        rotation::install(builder, &secrets, None)
    })
}

async fn scene() -> (TestApp, Clock) {
    let clock = Clock::manual(OffsetDateTime::now_utc());
    let mut setup = installed(Setup { clock: clock.clone(), ..Setup::default() });
    // Passkeys are of a name; the tests' own pages are elsewhere.
    setup.config.public_url = ORIGIN.to_owned();
    setup.config.web_origins.push("http://cibercase.test".to_owned());
    (TestApp::start_with(vec![rotation::module()], setup).await, clock)
}

/// A process that starts now.
fn another(app: &TestApp) -> TestApp {
    app.another_node_with(vec![rotation::module()], installed(Setup::default()))
}

fn store(app: &TestApp) -> SecretStore {
    SecretStore::open(&app.config.data_directory).unwrap()
}

fn standing(app: &TestApp, name: &str) -> Standing {
    store(app).versions(name).unwrap().unwrap().standing()
}

async fn rotate(app: &TestApp, name: &str) -> Answer {
    app.an_administrator().await.post(&format!("{SECRETS}/{name}/rotate"), json!({})).await
}

async fn run(app: &TestApp) {
    app.run_job("rotation.advance").await;
}

async fn entry(app: &TestApp, name: &str) -> Value {
    let list = app.an_administrator().await.get(SECRETS).await.expect(200);
    let items = list["items"].as_array().unwrap();
    items.iter().find(|item| item["name"] == name).unwrap_or_else(|| panic!("{name}: {list}")).clone()
}

/// Sets a second factor up.
async fn enrol(app: &TestApp, person: &Actor) -> Authenticator {
    let person = person.at(app);
    let proposal = person.post(TOTP, json!({})).await.expect(200);
    let authenticator = Authenticator::of(proposal["secret"].as_str().unwrap());
    let code = authenticator.code_at(app.clock.now());
    person.post(&format!("{TOTP}/confirm"), json!({ "code": code })).await.expect(200);
    authenticator
}

/// Sets a passkey up.
async fn add_passkey(person: &Actor) -> Passkey {
    let mut passkey = Passkey::of(ORIGIN);
    let options = person.post(&format!("{FACTOR}/passkeys/options"), json!({})).await.expect(200);
    let made = json!({ "name": "Key ring", "passkey": passkey.create(&options) });
    person.post(&format!("{FACTOR}/passkeys"), made).await.expect(201);
    passkey
}

async fn prove_by_passkey(person: &Actor, passkey: &mut Passkey) {
    let options = person.post(&format!("{PROOF}/passkey-options"), json!({})).await.expect(200);
    person.post(PROOF, json!({ "passkey": passkey.get(&options) })).await.expect(204);
}

async fn sign_in(app: &TestApp, person: &Actor, form: &[(&str, &str)]) -> Value {
    let known = [("grant_type", "password"), ("username", person.email.as_str()), ("password", PASSWORD)];
    app.nobody().post_form(TOKEN, &[&known, form].concat()).await.expect(200)
}

async fn refresh(app: &TestApp, tokens: &Value) -> Answer {
    let token = tokens["refresh_token"].as_str().unwrap();
    app.nobody().post_form(TOKEN, &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
}

#[tokio::test]
async fn the_secret_that_seals_changes_when_every_process_knows_the_next_and_goes_when_nobody_uses_it() {
    let (app, clock) = scene().await;
    let (other, ana, eva) = (another(&app), app.an_administrator().await, app.an_administrator().await);
    let of_ana = enrol(&app, &ana).await;
    let lea = app.an_administrator().await;
    let mut of_lea = add_passkey(&lea).await;
    let look = async || {
        rotation::look(&app).await.unwrap();
        rotation::look(&other).await.unwrap();
    };
    look().await;
    let before = store(&app).get(SEALING).unwrap().unwrap();
    let answer = rotate(&app, SEALING).await.expect(200);
    assert!(!answer.to_string().contains(&before), "a secret is told");
    run(&app).await;
    assert_eq!(standing(&app, SEALING), Standing::Prepared, "it was not known for long enough");

    clock.advance(Duration::seconds(61));
    run(&app).await;
    assert_eq!(standing(&app, SEALING), Standing::Prepared, "the other process does not know it");
    look().await;
    run(&app).await;
    assert_eq!(standing(&app, SEALING), Standing::Overlapping);

    // The other one seals with what it has, and both open both.
    let of_eva = enrol(&other, &eva).await;
    for _ in 0..6 {
        clock.advance(Duration::seconds(101));
        let mut root = app.superuser().await;
        sqlx::query("update secret_readers set seen_at = $1")
            .bind(clock.now())
            .execute(&mut root)
            .await
            .unwrap();
        run(&app).await;
        assert_eq!(standing(&app, SEALING), Standing::Overlapping, "the other process uses the one before");
    }
    for (node, person, codes) in [(&app, &eva, &of_eva), (&other, &ana, &of_ana)] {
        sign_in(node, person, &[("otp", &codes.code_at(clock.now()))]).await;
    }
    look().await;
    run(&app).await;
    assert_eq!(standing(&app, SEALING), Standing::Settled);
    assert_ne!(store(&app).get(SEALING).unwrap().unwrap(), before);

    // One that has never heard of the one before opens everything: what backups need is taken away here.
    let alone = Versions::read(&store(&app).get(SEALING).unwrap().unwrap()).unwrap();
    store(&app).replace(SEALING, &alone).unwrap();
    let fresh = another(&app);
    prove_by_passkey(&lea.at(&fresh), &mut of_lea).await;
    clock.advance(Duration::seconds(31));
    for (person, codes) in [(&eva, &of_eva), (&ana, &of_ana)] {
        sign_in(&fresh, person, &[("otp", &codes.code_at(clock.now()))]).await;
    }
    let actions = app.audit_actions().await;
    let steps = actions.iter().filter(|action| action.starts_with("secret.")).collect::<Vec<_>>();
    let wanted = ["secret.prepared", "secret.activated", "secret.sealed_anew", "secret.retired"];
    assert_eq!(steps, wanted);
}

#[tokio::test]
async fn a_refresh_token_that_comes_again_gets_the_same_successor_while_the_secret_changes() {
    let (app, clock) = scene().await;
    let (other, ana) = (another(&app), app.an_administrator().await);
    rotate(&app, identity::API_SECRET).await.expect(200);
    rotation::look(&other).await.unwrap();
    clock.advance(Duration::seconds(61));
    run(&app).await;
    assert_eq!(standing(&app, identity::API_SECRET), Standing::Overlapping);
    // One process uses the next value by now and the other the one before.
    for (first, second) in [(&app, &other), (&other, &app)] {
        let tokens = sign_in(&app, &ana, &[]).await;
        let once = refresh(first, &tokens).await.expect(200);
        let again = refresh(second, &tokens).await.expect(200);
        assert_eq!(once["refresh_token"], again["refresh_token"]);
        refresh(second, &once).await.expect(200);
    }
}

#[tokio::test]
async fn a_change_whose_process_is_killed_after_any_step_is_ended_by_those_that_start_next() {
    let (app, clock) = scene().await;
    let ana = app.an_administrator().await;
    let codes = enrol(&app, &ana).await;
    rotate(&app, SEALING).await.expect(200);
    for wanted in [Standing::Overlapping, Standing::Settled] {
        clock.advance(Duration::minutes(11));
        let next = another(&app);
        sign_in(&next, &ana, &[("otp", &codes.code_at(clock.now()))]).await;
        run(&next).await;
        assert_eq!(standing(&app, SEALING), wanted);
        clock.advance(Duration::seconds(31));
        sign_in(&another(&app), &ana, &[("otp", &codes.code_at(clock.now()))]).await;
    }
}

#[tokio::test]
async fn what_is_due_changes_by_itself_and_what_would_break_never_does() {
    let (app, clock) = scene().await;
    let secrets = store(&app);
    for name in ["audit-log-key", "of-somebody"] {
        secrets.get_or_make(name, || "kept".to_owned()).unwrap();
    }
    run(&app).await;
    assert_eq!(standing(&app, SEALING), Standing::Settled, "it is young");
    clock.advance(Duration::days(92));
    let late = entry(&app, SEALING).await;
    assert_eq!((&late["turn"], &late["is_overdue"]), (&json!("platform"), &json!(true)), "{late}");
    let overdue = rotation::overdue(&app).await.unwrap();
    assert!(overdue.iter().any(|one| one.name == SEALING), "{overdue:?}");
    run(&app).await;
    assert_eq!(standing(&app, SEALING), Standing::Prepared);
    for name in ["audit-log-key", "of-somebody"] {
        assert_eq!(standing(&app, name), Standing::Settled, "{name}");
        let told = entry(&app, name).await;
        assert_eq!((&told["turn"], &told["due_at"]), (&json!("nobody"), &json!(null)));
        rotate(&app, name).await.expect_problem(409, "secret_not_changeable");
    }
    for _ in 0..2 {
        clock.advance(Duration::minutes(11));
        run(&app).await;
    }
    let young = entry(&app, SEALING).await;
    assert_eq!((&young["is_overdue"], &young["standing"]), (&json!(false), &json!("settled")), "{young}");
    assert!(!rotation::overdue(&app).await.unwrap().iter().any(|one| one.name == SEALING));
}

#[tokio::test]
async fn an_older_copy_that_is_put_back_takes_no_secret_from_who_uses_the_newer() {
    let (app, clock) = scene().await;
    let ana = app.an_administrator().await;
    let codes = enrol(&app, &ana).await;
    let older = store(&app).versions(SEALING).unwrap().unwrap();
    rotation::look(&app).await.unwrap();
    rotate(&app, SEALING).await.expect(200);
    for _ in 0..2 {
        clock.advance(Duration::minutes(11));
        run(&app).await;
    }
    let newer = store(&app).versions(SEALING).unwrap().unwrap();
    assert_eq!(
        (newer.standing(), newer.secrets().len()),
        (Standing::Settled, 2),
        "backups may need the one before"
    );
    store(&app).replace(SEALING, &older).unwrap();
    let refused = rotation::look(&app).await.unwrap_err();
    assert!(format!("{refused:?}").contains("an older copy"), "{refused:?}");
    rotate(&app, SEALING).await.expect_problem(409, "secret_not_changeable");
    clock.advance(Duration::seconds(31));
    sign_in(&app, &ana, &[("otp", &codes.code_at(clock.now()))]).await;
    // Whoever puts the newer back has lost nothing.
    store(&app).replace(SEALING, &newer).unwrap();
    rotation::look(&app).await.unwrap();
    clock.advance(Duration::seconds(31));
    sign_in(&another(&app), &ana, &[("otp", &codes.code_at(clock.now()))]).await;
}

#[tokio::test]
async fn a_process_that_ends_is_waited_for_by_nobody() {
    let (app, clock) = scene().await;
    let ended = another(&app);
    rotation::look(&app).await.unwrap();
    rotation::look(&ended).await.unwrap();
    rotate(&app, SEALING).await.expect(200);
    rotation::leave(&ended).await.unwrap();
    clock.advance(Duration::seconds(61));
    run(&app).await;
    assert_eq!(standing(&app, SEALING), Standing::Overlapping);
}

#[tokio::test]
async fn after_the_database_was_away_those_are_waited_for_who_were_there_before() {
    let (app, clock) = scene().await;
    let other = another(&app);
    rotation::look(&app).await.unwrap();
    rotation::look(&other).await.unwrap();
    rotate(&app, SEALING).await.expect(200);
    // Nobody says anything meanwhile, and one is the first to speak again.
    clock.advance(Duration::hours(1));
    run(&app).await;
    assert_eq!(standing(&app, SEALING), Standing::Prepared, "the other process had no time to speak");
    rotation::look(&app).await.unwrap();
    clock.advance(Duration::seconds(60));
    rotation::look(&app).await.unwrap();
    run(&app).await;
    assert_eq!(standing(&app, SEALING), Standing::Prepared, "the other process may be about to speak");
    clock.advance(Duration::seconds(61));
    rotation::look(&app).await.unwrap();
    run(&app).await;
    assert_eq!(standing(&app, SEALING), Standing::Overlapping, "the other process is gone");
}

#[tokio::test]
async fn whoever_starts_waits_for_those_who_were_heard_of_before_until_they_speak() {
    let (app, clock) = scene().await;
    let other = another(&app);
    rotation::look(&other).await.unwrap();
    rotate(&app, SEALING).await.expect(200);
    clock.advance(Duration::minutes(5));
    let fresh = another(&app);
    run(&fresh).await;
    assert_eq!(standing(&app, SEALING), Standing::Prepared, "the other process does not know it");
    rotation::look(&other).await.unwrap();
    run(&fresh).await;
    assert_eq!(standing(&app, SEALING), Standing::Overlapping);
}

#[tokio::test]
async fn a_process_that_has_another_value_under_the_same_number_is_waited_for() {
    let (app, clock) = scene().await;
    rotation::look(&app).await.unwrap();
    rotate(&app, SEALING).await.expect(200);
    let mut root = app.superuser().await;
    sqlx::query(
        "insert into secret_readers select gen_random_uuid(), name, used, known, '\\x00', seen_at + interval '61 s'
         from secret_readers where name = 'key-encryption-key'",
    )
    .execute(&mut root)
    .await
    .unwrap();
    clock.advance(Duration::seconds(61));
    run(&app).await;
    assert_eq!(standing(&app, SEALING), Standing::Prepared);
}

#[tokio::test]
async fn secrets_are_for_who_administers_the_whole_installation_and_has_just_proven_to_be_there() {
    let (app, clock) = scene().await;
    let acme = app.organization("acme").await;
    let admin = app.an_administrator().await;
    let path = format!("{SECRETS}/{SEALING}/rotate");
    app.nobody().get(SECRETS).await.expect(401);
    for analyst in [app.an_analyst_of(&acme).await, app.a_soc_manager_of(&acme).await] {
        analyst.get(SECRETS).await.expect_problem(403, "forbidden");
        analyst.post(&path, json!({})).await.expect_problem(403, "forbidden");
    }
    let here = app.someone(&[(Some(&acme), "admin")]).await;
    here.get(SECRETS).await.expect_problem(403, "needs_everywhere");
    here.post(&path, json!({})).await.expect_problem(403, "needs_everywhere");
    admin.post(&format!("{SECRETS}/nothing/rotate"), json!({})).await.expect(404);
    clock.advance(Duration::minutes(16));
    admin.post(&path, json!({})).await.expect_problem(403, "reauthentication_required");
    assert_eq!(standing(&app, SEALING), Standing::Settled);
    rotate(&app, SEALING).await.expect(200);
    rotate(&app, SEALING).await.expect_problem(409, "secret_is_changing");
}
