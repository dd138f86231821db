//! A changed policy file on a running process.

use testkit::json;

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
