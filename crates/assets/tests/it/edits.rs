//! Adding, editing, removing.

use assets::{Inventory, OpenTickets};
use sqlx::{Connection, PgConnection};
use testkit::{Setup, TestApp, json};

use crate::{acme, add, path, try_to_add};

#[tokio::test]
async fn an_asset_comes_back_as_it_was_sent_in_its_one_spelling() {
    let (app, acme, manager) = acme().await;
    let fields = json!({
        "kind": "server", "criticality": "critical", "state": "planned", "owner": " Ana ", "department": "IT",
        "description": "Two\nlines", "is_internet_facing": true,
        "addresses": ["::ffff:10.0.0.5", "10.0.0.5", "2001:DB8::/32", "10.0.0.0/24"],
        "hostnames": ["MAIL.Example.org.", "mail.example.org"], "tags": ["PCI", "pci", "Mail"],
    });
    let answer = try_to_add(&manager, &acme, " Mail ", fields).await;
    let asset = answer.expect(201);
    assert_eq!(answer.header("location"), Some(path(&asset).as_str()));
    assert_eq!(answer.header("etag"), Some("\"1\""));
    assert_eq!(asset["name"], "Mail");
    assert_eq!(asset["owner"], "Ana");
    assert_eq!(asset["addresses"], json!(["10.0.0.0/24", "10.0.0.5", "2001:db8::/32"]));
    assert_eq!(asset["hostnames"], json!(["mail.example.org"]));
    assert_eq!(asset["tags"], json!(["pci", "mail"]));
    let mut read = manager.get(&path(&asset)).await.expect(200);
    assert_eq!(read["relations"], json!([]));
    assert_eq!(read["open_tickets"], json!(null));
    for field in ["relations", "open_tickets"] {
        read.as_object_mut().unwrap().remove(field);
    }
    assert_eq!(read, asset);
    assert_eq!(app.audit_actions().await.last().map(String::as_str), Some("asset.created"));
}

#[tokio::test]
async fn every_mistake_in_an_asset_is_named_at_once_and_nothing_is_kept() {
    let (app, acme, manager) = acme().await;
    let fields = json!({
        "owner": "a\u{0}b", "addresses": ["10.0.0.5/24"], "hostnames": ["a_b"], "tags": ["a;b"],
    });
    let problem = try_to_add(&manager, &acme, "", fields).await.expect_problem(422, "validation_failed");
    let paths = problem["errors"].as_array().unwrap().iter().map(|error| error["path"].as_str().unwrap());
    assert_eq!(paths.collect::<Vec<_>>(), ["name", "owner", "addresses[0]", "hostnames[0]", "tags[0]"]);
    let message = problem["errors"][2]["message"].as_str().unwrap();
    assert!(message.contains("10.0.0.0/24 for the network or 10.0.0.5 for the host"), "{message}");
    assert!(!app.audit_actions().await.contains(&"asset.created".to_owned()));
}

#[tokio::test]
async fn fields_nobody_declared_are_refused() {
    let (_app, acme, manager) = acme().await;
    try_to_add(&manager, &acme, "a", json!({ "version": 7 })).await.expect_problem(422, "validation_failed");
    let asset = add(&manager, &acme, "a", json!({})).await;
    let answer = manager.patch(&path(&asset), 1, json!({ "organization_id": acme.id })).await;
    answer.expect_problem(422, "validation_failed");
}

#[tokio::test]
async fn a_name_is_unique_in_its_organization_whatever_its_case() {
    let (app, acme, manager) = acme().await;
    add(&manager, &acme, "Mail", json!({})).await;
    try_to_add(&manager, &acme, "MAIL", json!({})).await.expect_problem(409, "name_taken");
    let other = add(&manager, &acme, "Other", json!({})).await;
    manager.patch(&path(&other), 1, json!({ "name": "mail" })).await.expect_problem(409, "name_taken");
    let elsewhere = app.organization("Elsewhere").await;
    let their_manager = app.a_soc_manager_of(&elsewhere).await;
    add(&their_manager, &elsewhere, "Mail", json!({})).await;
}

#[tokio::test]
async fn one_address_names_one_asset_and_the_refusal_names_that_asset() {
    let (_app, acme, manager) = acme().await;
    let mail = add(&manager, &acme, "Mail", json!({ "addresses": ["10.0.0.5", "10.1.0.0/16"] })).await;
    let answer =
        try_to_add(&manager, &acme, "Web", json!({ "addresses": ["10.0.0.5/32", "10.0.0.6"] })).await;
    let problem = answer.expect_problem(409, "address_taken");
    assert_eq!(
        problem["errors"],
        json!([{ "path": "addresses", "message": "10.0.0.5 belongs to \"Mail\"" }])
    );
    // A smaller network inside another asset's is another address.
    let web = add(&manager, &acme, "Web", json!({ "addresses": ["10.1.2.0/24"] })).await;
    let answer = manager.patch(&path(&web), 1, json!({ "addresses": ["10.1.0.0/16"] })).await;
    answer.expect_problem(409, "address_taken");
    // Its own addresses are no obstacle, and a retired asset says so.
    manager
        .patch(&path(&mail), 1, json!({ "state": "retired", "addresses": ["10.0.0.5"] }))
        .await
        .expect(200);
    let answer = manager.patch(&path(&web), 1, json!({ "addresses": ["10.0.0.5"] })).await;
    let detail = answer.expect_problem(409, "address_taken")["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("\"Mail\", which is retired"), "{detail}");
}

#[tokio::test]
async fn an_edit_changes_what_it_names_and_leaves_the_rest() {
    let (app, acme, manager) = acme().await;
    let fields = json!({ "owner": "Ana", "department": "IT", "addresses": ["10.0.0.5"], "tags": ["a"] });
    let asset = add(&manager, &acme, "Mail", fields).await;
    let answer = manager.patch(&path(&asset), 1, json!({ "owner": null, "criticality": "high" })).await;
    let edited = answer.expect(200);
    assert_eq!(answer.header("etag"), Some("\"2\""));
    assert_eq!(edited["owner"], json!(null));
    assert_eq!(edited["criticality"], "high");
    assert_eq!(edited["version"], 2);
    for field in ["name", "department", "addresses", "tags", "created_at"] {
        assert_eq!(edited[field], asset[field], "{field}");
    }
    let manager_sees = manager.get(&path(&asset)).await.expect(200);
    assert_eq!(manager_sees["version"], 2);
    assert_eq!(app.audit_actions().await.last().map(String::as_str), Some("asset.updated"));
}

#[tokio::test]
async fn an_edit_that_changes_nothing_leaves_version_and_audit_log_alone() {
    let (app, acme, manager) = acme().await;
    let asset = add(&manager, &acme, "Mail", json!({ "addresses": ["10.0.0.6", "10.0.0.5"] })).await;
    let same = json!({ "name": " Mail", "addresses": ["10.0.0.5", "10.0.0.6"] });
    assert_eq!(manager.patch(&path(&asset), 1, same).await.expect(200), asset);
    assert_eq!(app.audit_actions().await.last().map(String::as_str), Some("asset.created"));
}

#[tokio::test]
async fn a_concurrent_edit_is_refused_and_overwrites_nothing() {
    let (app, acme, manager) = acme().await;
    let asset = add(&manager, &acme, "Mail", json!({ "owner": "Ana" })).await;
    let path = path(&asset);
    let edits = (0..8).map(|number| {
        let (manager, path) = (manager.clone(), path.clone());
        async move { manager.patch(&path, 1, json!({ "owner": format!("owner {number}") })).await }
    });
    // All eight have read version 1 before any of them may write.
    let mut superuser = app.superuser().await;
    let mut holding = superuser.begin().await.unwrap();
    sqlx::query!("update asset_revisions set revision = revision").execute(&mut *holding).await.unwrap();
    // Another connection, for one transaction sees one state of the others.
    let mut watcher = app.superuser().await;
    let release = async {
        while waiting(&mut watcher).await < 8 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        holding.rollback().await.unwrap();
    };
    let (answers, ()) = futures_util::future::join(futures_util::future::join_all(edits), release).await;
    let (done, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!((done.len(), refused.len()), (1, 7));
    for answer in refused {
        let problem = answer.expect_problem(412, "version_conflict");
        assert_eq!(problem["context"]["current_version"], 2);
    }
    let kept = manager.get(&path).await.expect(200);
    assert_eq!(kept["owner"], done[0].expect(200)["owner"]);
    assert_eq!(kept["version"], 2);
}

/// How many transactions wait for a lock.
async fn waiting(watcher: &mut PgConnection) -> i64 {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock'"#
    )
    .fetch_one(watcher)
    .await
    .unwrap()
}

#[tokio::test]
async fn an_edit_without_the_version_read_is_refused() {
    let (_app, acme, manager) = acme().await;
    let asset = add(&manager, &acme, "Mail", json!({})).await;
    let request =
        manager.request(http::Method::PATCH, &path(&asset)).header("content-type", "application/json");
    let answer = manager.send(request.body("{}".into()).unwrap()).await;
    answer.expect_problem(428, "precondition_required");
}

#[tokio::test]
async fn an_asset_entered_by_mistake_can_be_removed_and_the_audit_log_keeps_what_it_was() {
    let (app, acme, manager) = acme().await;
    let asset = add(&manager, &acme, "Mail", json!({ "addresses": ["10.0.0.5"] })).await;
    manager.delete(&path(&asset)).await.expect(204);
    manager.get(&path(&asset)).await.expect_problem(404, "not_found");
    manager.delete(&path(&asset)).await.expect_problem(404, "not_found");
    add(&manager, &acme, "Mail", json!({ "addresses": ["10.0.0.5"] })).await;
    let actions = app.audit_actions().await;
    let of_assets = actions.iter().filter(|action| action.starts_with("asset."));
    assert_eq!(of_assets.collect::<Vec<_>>(), ["asset.created", "asset.deleted", "asset.created"]);
}

#[tokio::test]
async fn reading_writing_importing_and_exporting_are_four_permissions() {
    let (app, acme, manager) = acme().await;
    let asset = add(&manager, &acme, "Mail", json!({})).await;
    let viewer = app.a_viewer_of(&acme).await;
    viewer.get(&path(&asset)).await.expect(200);
    try_to_add(&viewer, &acme, "Web", json!({})).await.expect_problem(403, "forbidden");
    viewer.patch(&path(&asset), 1, json!({ "name": "x" })).await.expect_problem(403, "forbidden");
    viewer.delete(&path(&asset)).await.expect_problem(403, "forbidden");
    viewer.get("/api/v1/assets/export.csv").await.expect_problem(403, "forbidden");
    let senior = app.a_senior_analyst_of(&acme).await;
    add(&senior, &acme, "Web", json!({})).await;
    assert_eq!(senior.get("/api/v1/assets/export.csv").await.status, 200);
    crate::imports::import(&senior, &acme, "", "name\nx\n").await.expect_problem(403, "forbidden");
    app.nobody().get("/api/v1/assets").await.expect_problem(401, "unauthenticated");
}

#[tokio::test]
async fn browsers_hear_of_every_change_and_the_audit_log_says_what_changed() {
    let (app, acme, manager) = acme().await;
    let asset = add(&manager, &acme, "Mail", json!({ "owner": "Ana" })).await;
    manager.patch(&path(&asset), 1, json!({ "owner": "Eva", "tags": ["a"] })).await.expect(200);
    manager.delete(&path(&asset)).await.expect(204);
    let mut superuser = app.superuser().await;
    let told = sqlx::query!("select change, data from outbox where topic = 'assets' order by xact, seq")
        .fetch_all(&mut superuser)
        .await
        .unwrap();
    let heard = told.iter().map(|row| (row.change.as_str(), row.data.as_ref().unwrap()["version"].as_i64()));
    let expected = [("created", Some(1)), ("updated", Some(2)), ("deleted", Some(2))];
    assert_eq!(heard.collect::<Vec<_>>(), expected);
    let detail = sqlx::query_scalar!("select detail from audit_records where action = 'asset.updated'")
        .fetch_one(&mut superuser)
        .await
        .unwrap();
    let changed = json!({ "owner": { "from": "Ana", "to": "Eva" }, "tags": { "from": [], "to": ["a"] } });
    assert_eq!(detail, Some(changed));
}

#[tokio::test]
async fn an_asset_s_page_says_how_many_open_tickets_name_it_where_tickets_are_counted() {
    let count = OpenTickets::counted_by(|_, asset| {
        let is_mail = asset.content.name == "Mail";
        Box::pin(async move { Ok(if is_mail { 3 } else { 0 }) })
    });
    let setup = Setup::default().install(|builder| builder.with(Inventory::default()).with(count));
    let app = TestApp::start_with(vec![assets::module()], setup).await;
    let acme = app.organization("Acme").await;
    let manager = app.a_soc_manager_of(&acme).await;
    let asset = add(&manager, &acme, "Mail", json!({})).await;
    assert_eq!(manager.get(&path(&asset)).await.expect(200)["open_tickets"], 3);
}
