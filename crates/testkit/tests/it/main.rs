//! The test kit tests itself.

mod transactions;

use testkit::{TestApp, json};

#[tokio::test]
async fn an_actor_is_signed_in_and_nobody_is_not() {
    let app = TestApp::start(vec![]).await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    ana.post("/api/v1/live/tickets", json!({})).await.expect(200);
    app.nobody().post("/api/v1/live/tickets", json!({})).await.expect_problem(401, "unauthenticated");
}

#[tokio::test]
async fn every_test_has_a_database_of_its_own() {
    let (one, other) = (TestApp::start(vec![]).await, TestApp::start(vec![]).await);
    one.organization("Acme").await;
    other.organization("Acme").await;
}

#[tokio::test]
async fn the_same_process_serves_on_a_port_and_follows_live_changes() {
    let app = TestApp::start(vec![]).await;
    app.live().await;
    let address = app.serve().await;
    tokio::net::TcpStream::connect(address).await.expect("it serves");
}

#[tokio::test]
async fn the_application_works_as_a_role_that_cannot_pass_row_level_security() {
    let app = TestApp::start(vec![]).await;
    let role = sqlx::query!(
        r#"select rolname::text as "name!", rolsuper or rolbypassrls as "is_above!" from pg_roles where rolname = current_user"#
    );
    let role = role.fetch_one(app.db.pool()).await.expect("the database answers");
    assert_eq!((role.name.as_str(), role.is_above), ("cibercase_app", false));
}
