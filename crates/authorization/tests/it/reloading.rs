//! A changed policy file on a running process.

use platform::clock::Clock;
use testkit::json;
use time::{Duration, OffsetDateTime};

use crate::{POLICIES, Scene};

const WITHOUT_READER: &str = "permissions: [users:read]";

#[tokio::test]
async fn a_changed_file_counts_from_the_next_request_on_and_is_recorded_with_its_hash() {
    let scene = Scene::new().await;
    let acme = scene.app.organization("acme").await;
    let boss = scene.app.someone(&[(None, "boss")]).await;
    let reader = scene.app.someone(&[(Some(&acme), "reader")]).await;
    reader.get("/api/v1/users").await.expect(200);
    let before = boss.get("/api/v1/authorization/policies").await.expect(200);
    let changed = POLICIES.replacen(WITHOUT_READER, "permissions: [roles:read]", 1);
    assert!(scene.write(&changed).await);
    reader.get("/api/v1/users").await.expect(403);
    reader.get("/api/v1/roles").await.expect(200);
    let after = boss.get("/api/v1/authorization/policies").await.expect(200);
    assert_ne!(before["sha256"], after["sha256"]);
    assert_eq!(after["text"], changed);
    let records = boss.get("/api/v1/audit?action=policies.reloaded").await.items();
    assert_eq!(records.len(), 1, "{records:?}");
    assert_eq!(records[0]["detail"]["sha256"], after["sha256"]);
    assert_eq!(records[0]["detail"]["before"], before["sha256"]);
    assert!(!scene.write(&changed).await, "the same file is no news");
    assert_eq!(boss.get("/api/v1/audit?action=policies.reloaded").await.items().len(), 1);
}

#[tokio::test]
async fn a_file_with_a_mistake_changes_nothing_and_says_the_line() {
    let scene = Scene::new().await;
    let acme = scene.app.organization("acme").await;
    let boss = scene.app.someone(&[(None, "boss")]).await;
    let reader = scene.app.someone(&[(Some(&acme), "reader")]).await;
    let wrong = POLICIES.replacen(WITHOUT_READER, "permisions: [users:read]", 1);
    assert!(!scene.write(&wrong).await);
    reader.get("/api/v1/users").await.expect(200);
    let shown = boss.get("/api/v1/authorization/policies").await.expect(200);
    assert_eq!(shown["text"], POLICIES);
    let mistakes = shown["refused"]["mistakes"].as_array().unwrap();
    let is_named = |mistake: &&testkit::Value| {
        mistake["line"] == 8 && mistake["suggestion"] == "did you mean `permissions`?"
    };
    assert!(mistakes.iter().any(|mistake| is_named(&mistake)), "{mistakes:?}");
    let records = boss.get("/api/v1/audit?action=policies.refused").await.items();
    assert_eq!(records.len(), 1);
    assert!(records[0]["detail"]["mistakes"][0].as_str().unwrap().contains("line "), "{records:?}");
    assert!(!scene.write(&wrong).await, "the same mistake is told once");
    assert_eq!(boss.get("/api/v1/audit?action=policies.refused").await.items().len(), 1);
    assert!(!scene.write(POLICIES).await);
    let shown = boss.get("/api/v1/authorization/policies").await.expect(200);
    assert_eq!(shown["refused"], json!(null), "what is in force was put back");
}

#[tokio::test]
async fn a_file_that_is_gone_or_that_takes_a_permission_from_everybody_is_not_taken_up() {
    let scene = Scene::new().await;
    let boss = scene.app.someone(&[(None, "boss")]).await;
    let wrong = POLICIES.replacen("permissions: [\"*\"]", "permissions: [users:write]", 1);
    assert!(!scene.write(&wrong).await);
    let shown = boss.get("/api/v1/authorization/policies").await.expect(200);
    let text = shown["refused"].to_string();
    assert!(text.contains("no role grants authorization:preview"), "{text}");
    std::fs::remove_file(&scene.path).unwrap();
    assert!(!scene.file.look(&scene.app.app).await.unwrap());
    let shown = boss.get("/api/v1/authorization/policies").await.expect(200);
    assert!(shown["refused"].to_string().contains("cannot be read"), "{shown}");
    assert_eq!(shown["text"], POLICIES);
}

#[expect(clippy::disallowed_methods, reason = "a clock that starts now and is turned by hand")]
fn a_clock() -> Clock {
    Clock::manual(OffsetDateTime::now_utc())
}

#[tokio::test]
async fn a_file_that_was_cut_off_while_it_was_written_is_not_taken_up_however_long_it_stands() {
    let clock = a_clock();
    let scene = Scene::with(POLICIES, clock.clone()).await;
    let boss = scene.app.someone(&[(None, "boss")]).await;
    // Right as it stands, and without what binds its last role.
    let cut = POLICIES.split("    restrictions").next().unwrap();
    assert!(!scene.write(cut).await);
    let shown = boss.get("/api/v1/authorization/policies").await.expect(200);
    assert_eq!(shown["refused"], json!(null), "somebody may still be writing it");
    clock.advance(Duration::seconds(31));
    assert!(!scene.write(cut).await);
    let shown = boss.get("/api/v1/authorization/policies").await.expect(200);
    assert!(shown["refused"].to_string().contains("it may be cut off"), "{shown}");
    assert_eq!(shown["text"], POLICIES);
    clock.advance(Duration::hours(24));
    assert!(!scene.write(cut).await);
    assert!(scene.write(&format!("{cut}...\n")).await, "whoever means it says so at its end");
}

#[tokio::test]
async fn a_file_that_has_no_end_of_its_own_is_taken_up_once_nobody_writes_it_any_more() {
    let (clock, endless) = (a_clock(), POLICIES.replace("...\n", ""));
    let scene = Scene::with(&endless, clock.clone()).await;
    let changed = endless.replacen(WITHOUT_READER, "permissions: [roles:read]", 1);
    assert!(!scene.write(&changed[..changed.len() - 40]).await);
    clock.advance(Duration::seconds(29));
    assert!(!scene.write(&changed).await);
    clock.advance(Duration::seconds(29));
    assert!(!scene.write(&changed).await);
    clock.advance(Duration::seconds(1));
    assert!(scene.write(&changed).await);
}
