//! What the program does at its first start, and on the command line.

use testkit::{TestApp, json};

#[tokio::test]
async fn the_first_start_makes_one_administrator_and_one_organization() {
    let app = TestApp::start(vec![]).await;
    let made = identity::ensure_first_administrator(&app, None, "Principal").await.unwrap().unwrap();
    let password = made.generated_password.unwrap();
    let me = app.nobody().sign_in(made.email, &password).await.expect(200);
    assert_eq!(me["must_change_password"], true);
    assert_eq!(me["organizations"][0]["name"], "Principal");
    assert_eq!(me["permissions"]["users:write"], json!([made.organization]));
    assert!(identity::ensure_first_administrator(&app, None, "Principal").await.unwrap().is_none());
}

#[tokio::test]
async fn a_preset_password_is_good_and_need_not_be_changed() {
    let app = TestApp::start(vec![]).await;
    let weak = identity::ensure_first_administrator(&app, Some("admin".to_owned()), "Principal").await;
    assert_eq!(weak.unwrap_err().code(), "validation_failed");
    let preset = "correct horse battery staple";
    let made =
        identity::ensure_first_administrator(&app, Some(preset.to_owned()), "Principal").await.unwrap();
    assert!(made.unwrap().generated_password.is_none());
    let me = app.nobody().sign_in("admin@cibercase.local", preset).await.expect(200);
    assert_eq!(me["must_change_password"], false);
}

#[tokio::test]
async fn two_processes_that_start_at_once_make_one_administrator() {
    let app = TestApp::start(vec![]).await;
    let (one, other) = tokio::join!(
        identity::ensure_first_administrator(&app, None, "Principal"),
        identity::ensure_first_administrator(&app, None, "Principal"),
    );
    assert_eq!([one.unwrap().is_some(), other.unwrap().is_some()].iter().filter(|made| **made).count(), 1);
}

#[tokio::test]
async fn the_command_line_adds_people_and_organizations_and_resets_passwords() {
    let app = TestApp::start(vec![]).await;
    identity::add_organization(&app, "Acme Spain", None).await.unwrap();
    let password =
        identity::add_user(&app, "Ana@Example.org", "Ana", "analyst", Some("acme-spain")).await.unwrap();
    app.nobody().sign_in("ana@example.org", &password).await.expect(200);
    let taken = identity::add_user(&app, "ana@example.org", "Ana", "analyst", None).await;
    assert_eq!(taken.unwrap_err().code(), "email_taken");
    let unknown = identity::add_user(&app, "eva@example.org", "Eva", "king", None).await;
    assert_eq!(unknown.unwrap_err().code(), "validation_failed");
    let nowhere = identity::add_user(&app, "eva@example.org", "Eva", "analyst", Some("nowhere")).await;
    assert_eq!(nowhere.unwrap_err().code(), "not_found");
    let reset = identity::reset_password(&app, "ana@example.org").await.unwrap();
    app.nobody().sign_in("ana@example.org", &password).await.expect(401);
    app.nobody().sign_in("ana@example.org", &reset).await.expect(200);
    assert!(identity::reset_password(&app, "nobody@example.org").await.is_err());
}
