//! People and their memberships.

use testkit::{Actor, Organization, TestApp, Value, json};

const USERS: &str = "/api/v1/users";

/// An administrator of one organization: everything there, nothing elsewhere.
async fn an_administrator_of(app: &TestApp, organization: &Organization) -> Actor {
    app.someone(&[(Some(organization), "admin")]).await
}

fn draft(email: &str, memberships: Value) -> Value {
    json!({ "email": email, "display_name": "Somebody New", "memberships": memberships })
}

async fn version(admin: &Actor, actor: &Actor) -> i64 {
    let items = admin.get(USERS).await.items();
    let found = items.iter().find(|user| user["id"] == json!(actor.user_id)).expect("the user is listed");
    found["version"].as_i64().unwrap()
}

fn path(actor: &Actor) -> String {
    format!("{USERS}/{}", actor.user_id)
}

#[tokio::test]
async fn somebody_new_gets_a_first_password_that_is_shown_once() {
    let app = TestApp::start(vec![]).await;
    let acme = app.organization("Acme").await;
    let admin = an_administrator_of(&app, &acme).await;
    let memberships = json!([{ "organization_id": acme.id, "role": "analyst" }]);
    let answer = admin.post(USERS, draft("Eva@Example.org", memberships)).await;
    let created = answer.expect(201);
    assert_eq!(answer.header("etag"), Some("\"1\""));
    assert_eq!(created["user"]["email"], "eva@example.org");
    assert_eq!(created["user"]["must_change_password"], true);
    assert_eq!(created["user"]["memberships"][0]["organization_name"], "Acme");
    let password = created["initial_password"].as_str().unwrap();
    assert!(password.len() >= 20);
    app.nobody().sign_in("eva@example.org", password).await.expect(200);
    assert!(!admin.get(USERS).await.text().contains(password));
    assert_eq!(app.audit_actions().await, ["user.created", "session.opened"]);
}

#[tokio::test]
async fn a_password_given_for_somebody_is_judged_too() {
    let app = TestApp::start(vec![]).await;
    let admin = app.an_administrator().await;
    let with = |email: &str, password: &str| {
        json!({ "email": email, "display_name": "Eva", "password": password,
            "memberships": [{ "organization_id": null, "role": "viewer" }] })
    };
    admin.post(USERS, with("eva@example.org", "short")).await.expect_problem(422, "validation_failed");
    let created =
        admin.post(USERS, with("eva@example.org", "correct horse battery staple")).await.expect(201);
    assert!(created.get("initial_password").is_none());
    app.nobody().sign_in("eva@example.org", "correct horse battery staple").await.expect(200);
}

#[tokio::test]
async fn what_is_wrong_with_somebody_new_is_said_by_field() {
    let app = TestApp::start(vec![]).await;
    let admin = app.an_administrator().await;
    let wrong =
        json!({ "email": "no address", "display_name": "\u{0}", "memberships": [{ "role": "king" }] });
    let problem = admin.post(USERS, wrong).await.expect_problem(422, "validation_failed");
    let paths: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().filter_map(|e| e["path"].as_str()).collect();
    assert_eq!(paths, ["email", "display_name", "memberships[0].role"]);
    admin.post(USERS, draft("a@example.org", json!([]))).await.expect_problem(422, "validation_failed");
    let everywhere = json!([{ "organization_id": null, "role": "viewer" }]);
    admin.post(USERS, draft("a@example.org", everywhere.clone())).await.expect(201);
    admin.post(USERS, draft("A@example.org", everywhere)).await.expect_problem(409, "email_taken");
}

#[tokio::test]
async fn mass_assignment_is_refused() {
    let app = TestApp::start(vec![]).await;
    let (admin, ana) = (app.an_administrator().await, app.an_administrator().await);
    for (name, value) in [
        ("role", json!("admin")),
        ("organization_id", json!(null)),
        ("is_active", json!(true)),
        ("must_change_password", json!(false)),
        ("password_hash", json!("x")),
        ("id", json!(admin.user_id)),
        ("version", json!(7)),
    ] {
        let mut new = draft("x@example.org", json!([{ "organization_id": null, "role": "viewer" }]));
        new[name] = value.clone();
        admin.post(USERS, new).await.expect_problem(422, "validation_failed");
        if name != "is_active" {
            admin
                .patch(&path(&ana), 1, json!({ name: value }))
                .await
                .expect_problem(422, "validation_failed");
        }
    }
    let nested = json!([{ "organization_id": null, "role": "viewer", "user_id": admin.user_id }]);
    admin.post(USERS, draft("x@example.org", nested)).await.expect(422);
}

#[tokio::test]
async fn people_of_another_organization_are_invisible() {
    let app = TestApp::start(vec![]).await;
    let (acme, other) = (app.organization("Acme").await, app.organization("Other").await);
    let admin = an_administrator_of(&app, &acme).await;
    let (ana, eva) = (app.an_analyst_of(&acme).await, app.an_analyst_of(&other).await);
    let both = app.someone(&[(Some(&acme), "viewer"), (Some(&other), "analyst")]).await;
    let everywhere = app.an_administrator().await;
    let items = admin.get(USERS).await.items();
    let ids: Vec<&str> = items.iter().filter_map(|user| user["id"].as_str()).collect();
    assert!(ids.contains(&ana.user_id.to_string().as_str()));
    assert!(ids.contains(&both.user_id.to_string().as_str()));
    assert!(!ids.contains(&eva.user_id.to_string().as_str()));
    assert!(!ids.contains(&everywhere.user_id.to_string().as_str()));
    assert!(!admin.get(USERS).await.text().contains("Other"));
    for stranger in [&eva, &everywhere] {
        admin
            .patch(&path(stranger), 1, json!({ "display_name": "X" }))
            .await
            .expect_problem(404, "not_found");
        let reset = format!("{}/reset-password", path(stranger));
        admin.post(&reset, json!({})).await.expect_problem(404, "not_found");
    }
    assert_eq!(everywhere.get(USERS).await.items().len(), 5);
}

#[tokio::test]
async fn the_list_goes_on_page_by_page_in_the_order_of_names() {
    let app = TestApp::start(vec![]).await;
    let acme = app.organization("Acme").await;
    let admin = an_administrator_of(&app, &acme).await;
    for _ in 0..6 {
        app.an_analyst_of(&acme).await;
    }
    let (mut names, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = admin.get(&format!("{USERS}?limit=3{cursor}")).await.expect(200);
        names.extend(page["items"].as_array().unwrap().iter().map(|user| user["display_name"].to_string()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(names.len(), 7);
    assert!(names.is_sorted());
    admin.get(&format!("{USERS}?cursor=x")).await.expect_problem(400, "invalid_cursor");
    // base64url of ["\u0000","019a0000-0000-7000-8000-000000000000"]
    let nul = "WyJcdTAwMDAiLCIwMTlhMDAwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDAiXQ";
    admin.get(&format!("{USERS}?cursor={nul}")).await.expect_problem(400, "invalid_cursor");
    admin.get(&format!("{USERS}?limit=0")).await.expect_problem(422, "validation_failed");
    admin.get(&format!("{USERS}?nonsense=1")).await.expect(422);
}

#[tokio::test]
async fn nobody_grants_what_they_lack() {
    let roles = r#"
version: 1
roles:
  admin:
    description: Everything.
    permissions: ["*"]
  viewer:
    description: Reads.
    permissions: [tickets:read]
  lead:
    description: Leads people and reads.
    inherits: [viewer]
    permissions: [users:read, users:write]
"#;
    let setup = testkit::Setup { policies: roles.to_owned(), ..testkit::Setup::default() };
    let app = TestApp::start_with(vec![], setup).await;
    let (acme, other) = (app.organization("Acme").await, app.organization("Other").await);
    let lead = app.someone(&[(Some(&acme), "lead")]).await;
    let member = |organization: Option<&Organization>, role: &str| json!([{ "organization_id": organization.map(|organization| organization.id), "role": role }]);
    lead.post(USERS, draft("a@example.org", member(Some(&acme), "viewer"))).await.expect(201);
    lead.post(USERS, draft("b@example.org", member(Some(&acme), "lead"))).await.expect(201);
    let beyond = lead.post(USERS, draft("c@example.org", member(Some(&acme), "admin"))).await;
    beyond.expect_problem(403, "beyond_own_permissions");
    let everywhere = lead.post(USERS, draft("d@example.org", member(None, "viewer"))).await;
    everywhere.expect_problem(403, "beyond_own_permissions");
    let elsewhere = lead.post(USERS, draft("e@example.org", member(Some(&other), "viewer"))).await;
    let unknown = json!([{ "organization_id": uuid::Uuid::now_v7(), "role": "viewer" }]);
    let unknown = lead.post(USERS, draft("e@example.org", unknown)).await;
    let strip = |mut problem: Value| {
        problem["request_id"].take();
        problem
    };
    assert_eq!(
        strip(elsewhere.expect_problem(422, "validation_failed")),
        strip(unknown.expect_problem(422, "validation_failed"))
    );

    let viewer = app.someone(&[(Some(&acme), "viewer")]).await;
    let boss = app.someone(&[(Some(&acme), "admin")]).await;
    let raise = json!({ "memberships": member(Some(&acme), "admin") });
    lead.patch(&path(&viewer), 1, raise).await.expect_problem(403, "beyond_own_permissions");
    let demote = json!({ "memberships": member(Some(&acme), "viewer") });
    lead.patch(&path(&boss), 1, demote).await.expect_problem(403, "beyond_own_permissions");
    lead.patch(&path(&boss), 1, json!({ "is_active": false }))
        .await
        .expect_problem(403, "beyond_own_permissions");
    // Whoever could reset the password of somebody stronger could become them.
    let reset = format!("{}/reset-password", path(&boss));
    lead.post(&reset, json!({})).await.expect_problem(403, "beyond_own_permissions");
    lead.post(&format!("{}/reset-password", path(&viewer)), json!({})).await.expect(200);
}

#[tokio::test]
async fn somebody_who_also_belongs_elsewhere_is_changed_only_in_ones_own_organization() {
    let app = TestApp::start(vec![]).await;
    let (acme, other) = (app.organization("Acme").await, app.organization("Other").await);
    let admin = an_administrator_of(&app, &acme).await;
    let both = app.someone(&[(Some(&acme), "viewer"), (Some(&other), "analyst")]).await;
    for change in [json!({ "display_name": "X" }), json!({ "is_active": false })] {
        admin.patch(&path(&both), 1, change).await.expect_problem(403, "belongs_elsewhere");
    }
    let reset = format!("{}/reset-password", path(&both));
    admin.post(&reset, json!({})).await.expect_problem(403, "belongs_elsewhere");
    // Whether they hold a role elsewhere or not, the answer is the same.
    let mut answers = Vec::new();
    for role in ["analyst", "viewer"] {
        let change = json!({ "memberships": [{ "organization_id": other.id, "role": role }] });
        let answer = admin.patch(&path(&both), 1, change).await;
        answers.push(answer.expect_problem(422, "validation_failed")["errors"].take());
    }
    assert_eq!(answers[0], answers[1]);
    let change = json!({ "memberships": [{ "organization_id": acme.id, "role": "senior_analyst" }] });
    let changed = admin.patch(&path(&both), 1, change).await.expect(200);
    assert_eq!(changed["memberships"].as_array().unwrap().len(), 1);
    let records = app.an_administrator().await.get("/api/v1/audit?action=user.updated").await.items();
    assert_eq!(records.len(), 1);
    let roles = json!({ "roles": { "added": ["senior_analyst"], "removed": ["viewer"] } });
    assert_eq!(records[0]["detail"], roles);
    let me = both.get("/api/v1/session").await.expect(200);
    let roles: Vec<&str> =
        me["roles"].as_array().unwrap().iter().filter_map(|role| role["role"].as_str()).collect();
    assert_eq!(roles.len(), 2);
    assert!(roles.contains(&"senior_analyst") && roles.contains(&"analyst"));
    // Leaving Acme, they vanish from its list and stay in the other.
    admin.patch(&path(&both), 2, json!({ "memberships": [] })).await.expect(200);
    admin.patch(&path(&both), 3, json!({ "memberships": [] })).await.expect(404);
    assert_eq!(both.get("/api/v1/session").await.expect(200)["roles"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn disabling_somebody_ends_their_sessions_at_once() {
    let app = TestApp::start(vec![]).await;
    let acme = app.organization("Acme").await;
    let (admin, ana) = (an_administrator_of(&app, &acme).await, app.an_analyst_of(&acme).await);
    ana.get("/api/v1/session").await.expect(200);
    admin.patch(&path(&ana), version(&admin, &ana).await, json!({ "is_active": false })).await.expect(200);
    ana.get("/api/v1/session").await.expect(401);
    app.nobody().sign_in(&ana.email, testkit::PASSWORD).await.expect(401);
    admin.patch(&path(&ana), 2, json!({ "is_active": true })).await.expect(200);
    ana.get("/api/v1/session").await.expect(401);
    app.nobody().sign_in(&ana.email, testkit::PASSWORD).await.expect(200);
}

#[tokio::test]
async fn another_role_counts_at_once() {
    let app = TestApp::start(vec![]).await;
    let acme = app.organization("Acme").await;
    let (admin, ana) = (an_administrator_of(&app, &acme).await, app.an_analyst_of(&acme).await);
    ana.get(USERS).await.expect_problem(403, "forbidden");
    let change = json!({ "memberships": [{ "organization_id": acme.id, "role": "soc_manager" }] });
    admin.patch(&path(&ana), 1, change).await.expect(200);
    ana.get(USERS).await.expect(200);
}

#[tokio::test]
async fn resetting_a_password_ends_the_sessions_and_forces_a_new_one() {
    let app = TestApp::start(vec![]).await;
    let acme = app.organization("Acme").await;
    let (admin, ana) = (an_administrator_of(&app, &acme).await, app.an_analyst_of(&acme).await);
    ana.get("/api/v1/session").await.expect(200);
    let reset = admin.post(&format!("{}/reset-password", path(&ana)), json!({})).await.expect(200);
    ana.get("/api/v1/session").await.expect(401);
    app.nobody().sign_in(&ana.email, testkit::PASSWORD).await.expect(401);
    let password = reset["initial_password"].as_str().unwrap();
    assert_eq!(app.nobody().sign_in(&ana.email, password).await.expect(200)["must_change_password"], true);
}

#[tokio::test]
async fn nobody_disables_or_promotes_themselves() {
    let app = TestApp::start(vec![]).await;
    let admin = app.an_administrator().await;
    for change in [json!({ "is_active": false }), json!({ "memberships": [] })] {
        admin.patch(&path(&admin), 1, change).await.expect_problem(409, "own_account");
    }
    admin
        .post(&format!("{}/reset-password", path(&admin)), json!({}))
        .await
        .expect_problem(409, "own_account");
    admin.patch(&path(&admin), 1, json!({ "display_name": "Me" })).await.expect(200);
}

#[tokio::test]
async fn nobodys_change_is_overwritten() {
    let app = TestApp::start(vec![]).await;
    let (admin, ana) = (app.an_administrator().await, app.an_administrator().await);
    let rename = |name: &str| json!({ "display_name": name });
    let request =
        admin.request(axum::http::Method::PATCH, &path(&ana)).header("content-type", "application/json");
    let request = request.body(axum::body::Body::from(rename("x").to_string())).unwrap();
    admin.send(request).await.expect_problem(428, "precondition_required");
    let first = admin.patch(&path(&ana), 1, rename("first")).await.expect(200);
    let records = admin.get("/api/v1/audit?action=user.updated").await.items();
    assert_eq!(records[0]["detail"]["display_name"]["to"], first["display_name"]);
    assert!(records[0]["detail"]["display_name"]["from"].is_string());
    let stale = admin.patch(&path(&ana), 1, rename("second")).await.expect_problem(412, "version_conflict");
    assert_eq!(stale["context"]["current_version"], 2);
}

#[tokio::test]
async fn work_is_given_to_those_who_can_do_it_there() {
    let app = TestApp::start(vec![]).await;
    let (acme, other) = (app.organization("Acme").await, app.organization("Other").await);
    let (ana, viewer) = (app.an_analyst_of(&acme).await, app.a_viewer_of(&acme).await);
    let (eva, admin) = (app.an_analyst_of(&other).await, app.an_administrator().await);
    let items = viewer.get(&format!("{USERS}/assignable?organization_id={}", acme.id)).await.items();
    let ids: Vec<&Value> = items.iter().map(|item| &item["id"]).collect();
    assert!(ids.contains(&&json!(ana.user_id)) && ids.contains(&&json!(admin.user_id)));
    assert!(!ids.contains(&&json!(viewer.user_id)) && !ids.contains(&&json!(eva.user_id)));
    let elsewhere = format!("{USERS}/assignable?organization_id={}", other.id);
    viewer.get(&elsewhere).await.expect_problem(404, "not_found");
    viewer.get(&format!("{USERS}/assignable?organization_id=x")).await.expect(422);
}
