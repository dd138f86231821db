//! Roles, and who reaches what.

use testkit::{Actor, TestApp, json};

#[tokio::test]
async fn the_role_matrix_says_which_role_grants_what() {
    let app = TestApp::start(vec![]).await;
    let acme = app.organization("Acme").await;
    let matrix = app.a_soc_manager_of(&acme).await.get("/api/v1/roles").await.expect(200);
    let roles = matrix["items"].as_array().unwrap();
    let names: Vec<&str> = roles.iter().filter_map(|role| role["name"].as_str()).collect();
    assert_eq!(names, ["viewer", "analyst", "senior_analyst", "soc_manager", "auditor", "admin"]);
    let analyst = &roles[1]["permissions"];
    assert!(analyst.as_array().unwrap().contains(&json!("tickets:read")), "inherited ones too");
    assert!(matrix["permissions"].as_array().unwrap().contains(&json!("users:write")));
}

/// Every operation of this module with every role: a new operation fails here until its row is written.
#[tokio::test]
async fn every_operation_is_open_to_those_who_may_and_nobody_else() {
    let app = TestApp::start(vec![]).await;
    let acme = app.organization("Acme").await;
    let actors: Vec<(&str, Actor)> = vec![
        ("viewer", app.a_viewer_of(&acme).await),
        ("analyst", app.an_analyst_of(&acme).await),
        ("soc_manager", app.a_soc_manager_of(&acme).await),
        ("auditor", app.an_auditor_of(&acme).await),
        ("admin", app.an_administrator().await),
    ];
    for route in &app.routes {
        let allowed: &[&str] = match route.access {
            "public" | "signed_in" => continue,
            "tickets:read" => &["viewer", "analyst", "soc_manager", "auditor", "admin"],
            "users:read" | "organizations:read" | "roles:read" => &["soc_manager", "auditor", "admin"],
            "audit:read" => &["auditor", "admin"],
            "users:write" | "organizations:write" | "keys:rotate" => &["admin"],
            other => panic!("{} {} asks for {other}: say who has it", route.method, route.path),
        };
        let path = route.path.replace("{id}", "019a0000-0000-7000-8000-000000000000");
        let method: axum::http::Method = route.method.parse().unwrap();
        let ask = async |actor: &Actor| {
            let request = actor.request(method.clone(), &path).header("content-type", "application/json");
            actor.send(request.body(axum::body::Body::from("{}")).unwrap()).await
        };
        ask(&app.nobody()).await.expect_problem(401, "unauthenticated");
        for (role, actor) in &actors {
            let answer = ask(actor).await;
            if allowed.contains(role) {
                assert!(!matches!(answer.status.as_u16(), 401 | 403), "{role} {} {path}", route.method);
            } else {
                answer.expect_problem(403, "forbidden");
            }
        }
    }
}

#[tokio::test]
async fn the_public_operations_are_these() {
    let app = TestApp::start(vec![]).await;
    let public: Vec<String> = app
        .routes
        .iter()
        .filter(|route| route.access == "public")
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    assert_eq!(
        public,
        [
            "GET /.well-known/oauth-authorization-server",
            "POST /api/v1/auth/revoke",
            "POST /api/v1/auth/token",
            "GET /api/v1/live",
            "POST /api/v1/session",
            "POST /api/v1/session/challenge",
            "POST /api/v1/session/challenge/passkey-options",
            "GET /api/v1/session/providers",
            "POST /api/v1/session/providers/{id}",
            "POST /api/v1/session/providers/{id}/callback",
            "POST /sts/introspect",
            "GET /sts/jwks",
            "POST /sts/revoke",
            "POST /sts/token",
        ]
    );
}

#[tokio::test]
async fn a_policy_file_that_leaves_a_permission_to_nobody_stops_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = platform::config::Config::defaults().unwrap();
    config.iam_policies_file = directory.path().join("policies.yaml");
    let write = |text: &str| std::fs::write(&config.iam_policies_file, text).unwrap();
    write("version: 1\nroles:\n  reader:\n    description: Reads.\n    permissions: [a:read]\n");
    assert!(identity::read_policies(&config, &["a:read"]).is_ok());
    let error = identity::read_policies(&config, &["a:read", "a:write"]).unwrap_err().to_string();
    assert!(error.contains("a:write"), "{error}");
    let error = identity::read_policies(&config, &["b:read"]).unwrap_err().to_string();
    assert!(error.contains("a:read"), "{error}");
    write("version: 1\nroles:\n  reader:\n    permisions: [a:read]\n");
    assert!(identity::read_policies(&config, &["a:read"]).is_err());
}

#[tokio::test]
async fn a_limit_on_items_stops_the_start_where_nobody_asks_about_them() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = platform::config::Config::defaults().unwrap();
    config.iam_policies_file = directory.path().join("policies.yaml");
    let text = "version: 1\nroles:\n  clerk:\n    description: Works.\n    permissions: [\"*\"]\n    \
                restrictions:\n      severity_ceiling: high\n";
    std::fs::write(&config.iam_policies_file, text).unwrap();
    let refusal =
        |permissions: &[&str]| identity::read_policies(&config, permissions).unwrap_err().to_string();
    let error = refusal(&["a:read"]);
    assert!(error.contains("line 7, column 7") && error.contains("role `clerk` changes none"), "{error}");
    let error = refusal(&["a:read", "a:write", "tickets:write"]);
    assert!(error.contains("line 7, column 7") && error.contains("not asked about by `a:write`"), "{error}");
    assert!(identity::read_policies(&config, &["a:read", "tickets:write"]).is_ok());
}

#[tokio::test]
async fn a_role_bound_to_a_network_counts_only_there() {
    let policies = r#"
version: 1
roles:
  admin:
    description: Everything.
    permissions: ["*"]
  inside:
    description: Reads people from the office.
    permissions: [users:read]
    restrictions:
      networks: [10.0.0.0/8]
"#;
    let setup = testkit::Setup { policies: policies.to_owned(), ..testkit::Setup::default() };
    let app = TestApp::start_with(vec![], setup).await;
    let acme = app.organization("Acme").await;
    let ana = app.someone(&[(Some(&acme), "inside")]).await;
    for _ in 0..2 {
        ana.from_address("10.1.2.3").get("/api/v1/users").await.expect(200);
        ana.from_address("198.51.100.1").get("/api/v1/users").await.expect_problem(403, "forbidden");
    }
    ana.from_address("198.51.100.1").get("/api/v1/session").await.expect(200);
}
