//! What is decided, why, and what a change would do to it.

use platform::clock::Clock;
use platform::items::Item;
use testkit::{Setup, TestApp, Value, json};
use vocab::Severity;

use crate::{POLICIES, Scene};

const WHY: &str = "/api/v1/authorization/why";

fn reasons(answer: &Value) -> Vec<(Value, Value)> {
    let organizations = answer["organizations"].as_array().unwrap().iter();
    let reasons = organizations.flat_map(|decision| decision["reasons"].as_array().unwrap().clone());
    reasons.map(|reason| (reason["kind"].clone(), reason["role"].clone())).collect()
}

#[tokio::test]
async fn why_names_the_role_that_grants_and_the_restriction_that_is_broken() {
    let scene = Scene::new().await;
    let (acme, globex) = (scene.app.organization("acme").await, scene.app.organization("globex").await);
    let boss = scene.app.someone(&[(None, "boss")]).await;
    let bound = scene.app.someone(&[(Some(&acme), "at_office"), (Some(&globex), "at_office")]).await;
    let ask = |rest: &str| format!("{WHY}?email={}&permission=users:read{rest}", bound.email);
    let inside = boss.get(&ask("&address=10.1.2.3")).await.expect(200);
    let allowed = |answer: &Value| {
        let decisions = answer["organizations"].as_array().unwrap().iter();
        decisions.map(|decision| decision["is_allowed"] == true).collect::<Vec<_>>()
    };
    assert_eq!(allowed(&inside), [true, false], "it counts in acme only: {inside}");
    assert_eq!(
        reasons(&inside),
        [(json!("granted"), json!("at_office")), (json!("restricted"), json!("at_office"))]
    );
    assert_eq!(inside["organizations"][1]["reasons"][0]["restriction"], "organizations: acme");
    let outside = boss.get(&ask("&address=203.0.113.9")).await.expect(200);
    assert_eq!(allowed(&outside), [false, false]);
    assert!(outside.to_string().contains("networks: 10.0.0.0/8"), "{outside}");
    let other = boss.get(&format!("{WHY}?email={}&permission=roles:read", bound.email)).await.expect(200);
    assert_eq!(reasons(&other)[0].0, "not_granted");
    let none = boss.get(&format!("{WHY}?email={}&permission=a:b", bound.email)).await.expect(200);
    assert_eq!(reasons(&none)[0].0, "unknown_permission");
    boss.get(&format!("{WHY}?email=x@example.org&permission=a:b")).await.expect(404);
    boss.get(&ask("&address=here")).await.expect(422);
}

#[tokio::test]
async fn nobody_learns_of_people_and_decisions_elsewhere() {
    let scene = Scene::new().await;
    let (acme, globex) = (scene.app.organization("acme").await, scene.app.organization("globex").await);
    let here = scene.app.someone(&[(Some(&acme), "boss")]).await;
    let there = scene.app.someone(&[(Some(&globex), "reader")]).await;
    there.get("/api/v1/users").await.expect(200);
    there.get("/api/v1/roles").await.expect(403);
    here.get(&format!("{WHY}?email={}&permission=users:read", there.email)).await.expect(404);
    let narrowed = format!("{WHY}?email={}&permission=users:read&organization_id={}", here.email, globex.id);
    here.get(&narrowed).await.expect(404);
    there.get(&format!("{WHY}?email={}&permission=users:read", there.email)).await.expect(403);
    let without = POLICIES.replacen("permissions: [users:read]", "permissions: [roles:read]", 1);
    let preview = here.post("/api/v1/authorization/preview", json!({ "text": without })).await;
    preview.expect_problem(403, "needs_everywhere");
    here.get("/api/v1/authorization/policies").await.expect_problem(403, "needs_everywhere");
    let matrix = here.get("/api/v1/authorization/matrix").await.expect(200).to_string();
    assert!(!matrix.contains("10.0.0.0/8") && !matrix.contains("organizations: acme"), "{matrix}");
}

#[tokio::test]
async fn a_denial_is_kept_with_its_reason_and_counted() {
    let scene = Scene::new().await;
    let (acme, globex) = (scene.app.organization("acme").await, scene.app.organization("globex").await);
    let boss = scene.app.someone(&[(None, "boss")]).await;
    let both = scene.app.someone(&[(Some(&acme), "reader"), (Some(&globex), "nobody")]).await;
    both.get("/api/v1/users").await.expect(200);
    for _ in 0..3 {
        both.get("/api/v1/authorization/matrix").await.expect(403);
    }
    let why = |permission: &str| format!("{WHY}?email={}&permission={permission}", both.email);
    let denied = boss.get(&why("authorization:read")).await.expect(200);
    let kept = denied["kept"].as_array().unwrap();
    assert_eq!(kept.len(), 2, "denied in both: {kept:?}");
    assert!(kept.iter().all(|kept| kept["count"] == 3 && kept["is_allowed"] == false), "{kept:?}");
    assert_eq!(kept[0]["reasons"][0]["kind"], "not_granted");
    let allowed = boss.get(&why("users:read")).await.expect(200);
    let kept = allowed["kept"].as_array().unwrap();
    assert_eq!(kept.len(), 1, "what is allowed in one organization is no refusal in the other: {kept:?}");
    assert_eq!(kept[0]["organization_name"], "acme");
    both.get("/api/v1/authorization/matrix").await.expect(403);
    let denied = boss.get(&why("authorization:read")).await.expect(200);
    assert_eq!(denied["kept"][0]["count"], 4, "alike ones of a day are one row");
}

const LIMITED: &str = "version: 1
roles:
  boss:
    description: Everything.
    permissions: ['*']
  keeper:
    description: Keeps people.
    permissions: [users:read, users:write]
  trainee:
    description: Works with what is their own.
    permissions: [tickets:read, tickets:write]
    restrictions: {own_items: true}
  visitor:
    description: Works with what is their own in one organization.
    permissions: [tickets:write]
    restrictions: {own_items: true, organizations: [acme]}
";

async fn start_limited() -> TestApp {
    let setup = Setup { policies: LIMITED.to_owned(), ..Setup::default() };
    TestApp::start_with(vec![authorization::module()], setup).await
}

#[tokio::test]
async fn a_refused_item_is_kept_with_its_restriction_and_why_names_what_binds() {
    let app = start_limited().await;
    let (acme, globex) = (app.organization("acme").await, app.organization("globex").await);
    let boss = app.someone(&[(None, "boss")]).await;
    let trainee = app.someone(&[(Some(&acme), "trainee"), (Some(&globex), "trainee")]).await;
    for severity in [Severity::Low, Severity::High] {
        let item = Item { organization: acme.id, is_own: false, severity };
        app.decisions.count_item(trainee.user_id, "tickets:write", item, None, app.clock.now());
    }
    let why = |permission: &str| format!("{WHY}?email={}&permission={permission}", trainee.email);
    let answer = boss.get(&format!("{}&organization_id={}", why("tickets:write"), acme.id)).await.expect(200);
    assert_eq!(answer["organizations"][0]["is_allowed"], true, "some items are theirs");
    let role = json!("trainee");
    let expected = [(json!("granted"), role.clone()), (json!("restricted"), role.clone())];
    assert_eq!(reasons(&answer), expected);
    let kept = answer["kept"].as_array().unwrap();
    assert_eq!(kept.len(), 1, "in the item's organization: {answer}");
    assert_eq!((&kept[0]["count"], &kept[0]["organization_name"]), (&json!(2), &json!("acme")));
    assert_eq!(kept[0]["reasons"][0]["restriction"], "own_items: true");
    let reading = format!("{}&organization_id={}", why("tickets:read"), acme.id);
    let reading = boss.get(&reading).await.expect(200);
    assert_eq!(reasons(&reading), [(json!("granted"), role)], "reading is not narrowed");
}

#[tokio::test]
async fn a_refused_item_is_kept_in_its_organization_also_for_a_role_in_all() {
    let app = start_limited().await;
    let acme = app.organization("acme").await;
    let boss = app.someone(&[(None, "boss")]).await;
    let visitor = app.someone(&[(None, "visitor")]).await;
    let item = Item { organization: acme.id, is_own: false, severity: Severity::Low };
    app.decisions.count_item(visitor.user_id, "tickets:write", item, None, app.clock.now());
    let why = format!("{WHY}?email={}&permission=tickets:write", visitor.email);
    let answer = boss.get(&why).await.expect(200);
    let kept = answer["kept"].as_array().unwrap();
    assert_eq!((kept.len(), &kept[0]["organization_name"]), (1, &json!("acme")), "{answer}");
    let broken = kept[0]["reasons"].as_array().unwrap().iter().map(|reason| &reason["restriction"]);
    assert_eq!(broken.collect::<Vec<_>>(), ["own_items: true"], "it counts in acme");
}

#[tokio::test]
async fn a_refusal_of_what_asks_about_no_items_is_kept_with_the_limit() {
    let app = start_limited().await;
    let (acme, _) = (app.organization("acme").await, app.organization("globex").await);
    let boss = app.someone(&[(None, "boss")]).await;
    let bound = app.someone(&[(None, "trainee"), (Some(&acme), "keeper")]).await;
    bound.post("/api/v1/users", json!({})).await.expect_problem(403, "forbidden");
    let why = format!("{WHY}?email={}&permission=users:write", bound.email);
    let answer = boss.get(&why).await.expect(200);
    let kept = answer["kept"].as_array().unwrap();
    let here = kept.iter().find(|kept| kept["organization_name"] == "acme").unwrap();
    assert_eq!((&here["is_allowed"], &here["count"]), (&json!(false), &json!(1)), "{answer}");
    assert_eq!(here["reasons"][0]["restriction"], "own_items: true");
    assert!(kept.iter().all(|kept| kept["is_allowed"] == false), "{answer}");
}

#[tokio::test]
async fn what_is_held_elsewhere_is_not_kept_as_allowed_where_a_limit_binds() {
    let app = start_limited().await;
    let acme = app.organization("acme").await;
    let boss = app.someone(&[(None, "boss")]).await;
    let both = app.someone(&[(None, "keeper"), (Some(&acme), "trainee")]).await;
    app.decisions.count(both.user_id, "users:write", true, None, app.clock.now());
    let why = format!("{WHY}?email={}&permission=users:write", both.email);
    let answer = boss.get(&why).await.expect(200);
    let kept = answer["kept"].as_array().unwrap();
    assert_eq!((kept.len(), &kept[0]["organization_id"]), (1, &json!(null)), "{answer}");
    let [all, here] = [&answer["organizations"][0], &answer["organizations"][1]];
    assert_eq!((&all["is_allowed"], &all["organization_id"]), (&json!(true), &json!(null)), "{answer}");
    assert_eq!(all["reasons"][1]["role"], "trainee", "what is for all organizations is not theirs: {answer}");
    assert_eq!(here["is_allowed"], false);
    assert_eq!(here["reasons"][0]["restriction"], "own_items: true");
}

#[tokio::test]
async fn a_preview_does_not_ask_refused_items_again() {
    let scene = Scene::with(LIMITED, Clock::System).await;
    let acme = scene.app.organization("acme").await;
    let boss = scene.app.someone(&[(None, "boss")]).await;
    let trainee = scene.app.someone(&[(Some(&acme), "trainee")]).await;
    let other = scene.app.someone(&[(Some(&acme), "trainee")]).await;
    let (decisions, now) = (&scene.app.decisions, scene.app.clock.now());
    let item = Item { organization: acme.id, is_own: false, severity: Severity::High };
    decisions.count_item(trainee.user_id, "tickets:write", item, None, now);
    decisions.count(other.user_id, "tickets:write", true, None, now);
    let changed = LIMITED
        .replacen("permissions: [tickets:read, tickets:write]", "permissions: [tickets:read]", 1)
        .replacen("    restrictions: {own_items: true}\n", "", 1);
    let preview = boss.post("/api/v1/authorization/preview", json!({ "text": changed })).await.expect(200);
    assert_eq!(preview["is_valid"], true, "{preview}");
    let replay = &preview["replay"];
    assert_eq!((&replay["lost_count"], &replay["gained_count"]), (&json!(1), &json!(0)), "{replay}");
    assert_eq!(replay["lost"][0]["email"], other.email, "who was refused lost nothing");
}

#[tokio::test]
async fn a_preview_replays_what_was_decided_and_changes_nothing() {
    let scene = Scene::new().await;
    let acme = scene.app.organization("acme").await;
    let boss = scene.app.someone(&[(None, "boss")]).await;
    let reader = scene.app.someone(&[(Some(&acme), "reader")]).await;
    for _ in 0..2 {
        reader.get("/api/v1/users").await.expect(200);
    }
    reader.get("/api/v1/roles").await.expect(403);
    let changed = POLICIES.replacen("permissions: [users:read]", "permissions: [roles:read]", 1);
    let preview = boss.post("/api/v1/authorization/preview", json!({ "text": changed })).await.expect(200);
    assert_eq!(preview["is_valid"], true, "{preview}");
    assert_eq!(preview["difference"]["lost"], json!([{ "role": "reader", "permission": "users:read" }]));
    assert_eq!(preview["difference"]["gained"], json!([{ "role": "reader", "permission": "roles:read" }]));
    let replay = &preview["replay"];
    assert_eq!((&replay["lost_count"], &replay["gained_count"]), (&json!(2), &json!(1)), "{replay}");
    assert_eq!(replay["lost"][0]["email"], reader.email);
    assert_eq!(replay["lost"][0]["reasons"][0]["kind"], "not_granted");
    reader.get("/api/v1/users").await.expect(200);
    let wrong = POLICIES.replacen("users:read", "user:read", 1);
    let preview = boss.post("/api/v1/authorization/preview", json!({ "text": wrong })).await.expect(200);
    assert_eq!(preview["is_valid"], false);
    assert_eq!(preview["mistakes"][0]["line"], 8, "{preview}");
    let long = "#".repeat(131_073);
    boss.post("/api/v1/authorization/preview", json!({ "text": long })).await.expect(422);
}

#[tokio::test]
async fn the_matrix_and_the_operations_come_from_the_policies_and_the_routes() {
    let scene = Scene::new().await;
    let boss = scene.app.someone(&[(None, "boss")]).await;
    let matrix = boss.get("/api/v1/authorization/matrix").await.expect(200);
    let roles = matrix["roles"].as_array().unwrap();
    assert_eq!(roles.len(), 4);
    let office = roles.iter().find(|role| role["name"] == "at_office").unwrap();
    assert_eq!(office["restrictions"], json!(["networks: 10.0.0.0/8", "organizations: acme"]));
    let operations = boss.get("/api/v1/authorization/operations").await.items();
    let of = |id: &str| operations.iter().find(|operation| operation["operation_id"] == id).unwrap();
    assert_eq!(of("list_users")["roles"], json!(["boss", "reader", "at_office"]));
    assert_eq!(of("preview_policies")["access"], "authorization:preview");
    let permissions = matrix["permissions"].as_array().unwrap();
    for permission in permissions {
        let asked = operations.iter().filter(|operation| operation["access"] == permission["name"]).count();
        assert_eq!(permission["operations"], asked, "{permission}");
    }
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "tests ask for themselves")]
async fn decisions_are_let_go_after_thirty_days() {
    let scene = Scene::new().await;
    let acme = scene.app.organization("acme").await;
    let boss = scene.app.someone(&[(None, "boss")]).await;
    let reader = scene.app.someone(&[(Some(&acme), "reader")]).await;
    reader.get("/api/v1/users").await.expect(200);
    authorization::flush(&scene.app.app).await;
    let mut database = scene.app.superuser().await;
    for (days, kept) in [(30, 1), (1, 0)] {
        sqlx::query("update access_decisions set day = day - $1::int where user_id = $2")
            .bind(days)
            .bind(reader.user_id.uuid())
            .execute(&mut database)
            .await
            .unwrap();
        scene.app.run_job("authorization.forget").await;
        let why = format!("{WHY}?email={}&permission=users:read", reader.email);
        let answer = boss.get(&why).await.expect(200);
        assert_eq!(answer["kept"].as_array().unwrap().len(), kept, "{answer}");
    }
}
