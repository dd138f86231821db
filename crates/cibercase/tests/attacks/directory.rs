//! Whoever writes more than a name, or less than a password, to a directory.

use testkit::slapd::{group, person};
use testkit::{PASSWORD, Setup, Slapd, TestApp};

const SECRET: &str = "the directory knows this password";

async fn scene() -> (TestApp, Slapd) {
    let people = [person("lucia", "lucia@example.org", SECRET), group("soc", &["lucia"])];
    let slapd = Slapd::start(&people.concat());
    let mut setup = Setup { secrets: vec![Slapd::secret()], ..Setup::default() };
    setup.config.sign_in.directory = slapd.settings("acme", "analyst");
    let app = TestApp::start_with(vec![], setup).await;
    app.organization("Acme").await;
    (app, slapd)
}

#[tokio::test]
async fn a_name_that_is_a_filter_finds_nobody() {
    let (app, _slapd) = scene().await;
    let names = [
        "*",
        "*@example.org",
        "l*@example.org",
        "lucia@example.or*",
        "*)(uid=lucia",
        "*)(|(mail=*",
        "lucia@example.org)(objectClass=*",
        "x)(|(mail=lucia@example.org",
        "lucia@example.org)%00",
        "luc*@example.org",
        "*a@example.org",
        "lucia@*",
        "lucia@example.*",
        "lucia@example.org\u{0}",
        "lucia@example.org))\u{0}",
        "lucia\\40example.org",
        "\\2a",
        "(&)",
        "!(mail=*)",
        "cn=reader,dc=example,dc=org",
        "uid=lucia,ou=people,dc=example,dc=org",
    ];
    for (number, name) in names.into_iter().enumerate() {
        let stranger = app.nobody().from_address(&format!("198.51.100.{number}"));
        stranger.sign_in(name, SECRET).await.expect_problem(401, "invalid_credentials");
    }
    assert!(!app.audit_actions().await.contains(&"user.created".to_owned()));
    app.nobody().sign_in("lucia@example.org", SECRET).await.expect(200);
}

#[tokio::test]
async fn a_bind_without_a_password_proves_nothing() {
    let (app, slapd) = scene().await;
    assert!(slapd.takes_empty_passwords("lucia"), "or it would not be us who refuse");
    for password in ["", "\u{0}", " ", PASSWORD] {
        app.nobody().sign_in("lucia@example.org", password).await.expect_problem(401, "invalid_credentials");
    }
}
