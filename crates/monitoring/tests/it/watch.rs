//! The audit log, met with the rules.

use platform::Actor as Deeder;
use platform::audit::{Deed, record};
use platform::db::Scope;
use testkit::PASSWORD;
use uuid::Uuid;

use crate::node::{Node, alerts, text, titles};

const BURST: &str = "Sign-ins to CiberCase fail in a burst";
const SPRAYING: &str = "Password spraying against CiberCase accounts";
const GUESSED: &str = "CiberCase account tried from many addresses";
const AFTER: &str = "Sign-in to CiberCase succeeds after a burst of failures";
const NETWORK: &str = "Sign-in to CiberCase from a new network";
const CANARY: &str = "Canary credentials of CiberCase were tried";
const SERVICES: &str = "Services fail to prove themselves to CiberCase";
const CONTRADICTED: &str = "Audit log contradicts what its witness knows";

#[tokio::test]
async fn a_burst_of_failed_sign_ins_is_one_alert_and_a_success_behind_it_another() {
    let node = Node::start().await;
    let own = node.organization("Own").await;
    let ana = node.an_analyst_of(&own).await;
    for number in 0..4 {
        node.fail(&format!("nobody{number}@example.org"), "203.0.113.9", 3).await;
    }
    node.watch().await;
    assert_eq!(titles(&ana).await, [BURST]);
    let alert = alerts(&ana).await.remove(0);
    assert_eq!((&alert["source_name"], &alert["severity"]), (&"CiberCase".into(), &"medium".into()));
    let queue = ana.get("/api/v1/tickets").await.expect(200);
    assert_eq!(queue["items"][0]["title"], alert["title"]);
    let path = format!("/api/v1/alerts/{}/why", text(&alert["id"]));
    let why = ana.get(&path).await.expect(200);
    assert_eq!(why["correlation"]["group"][0], testkit::json!(["source_ip", "203.0.113.9"]));
    assert_eq!(why["correlation"]["threshold"], 10);

    node.nobody().from_address("203.0.113.9").sign_in(&ana.email, PASSWORD).await.expect(200);
    node.watch().await;
    assert_eq!(titles(&ana).await, [AFTER, BURST]);
}

#[tokio::test]
async fn many_accounts_from_one_address_and_many_addresses_at_one_account_are_told_apart() {
    let node = Node::start().await;
    let own = node.organization("Own").await;
    let ana = node.an_analyst_of(&own).await;
    for _ in 0..5 {
        let somebody = node.a_viewer_of(&own).await;
        node.fail(&somebody.email, "203.0.113.9", 1).await;
    }
    node.watch().await;
    assert_eq!(titles(&ana).await, [SPRAYING]);
    let victim = node.a_viewer_of(&own).await;
    for number in 1..=5 {
        node.fail(&victim.email, &format!("198.51.{number}.7"), 1).await;
    }
    node.watch().await;
    assert_eq!(titles(&ana).await, [GUESSED, SPRAYING]);
}

#[tokio::test]
async fn a_sign_in_from_a_network_that_its_owner_never_used_is_told_once() {
    let node = Node::start().await;
    let own = node.organization("Own").await;
    let ana = node.an_analyst_of(&own).await;
    for address in ["203.0.113.9", "203.0.113.200"] {
        node.nobody().from_address(address).sign_in(&ana.email, PASSWORD).await.expect(200);
    }
    node.watch().await;
    assert!(titles(&ana).await.is_empty());
    node.nobody().from_address("198.51.100.7").sign_in(&ana.email, PASSWORD).await.expect(200);
    node.watch().await;
    node.nobody().from_address("198.51.100.8").sign_in(&ana.email, PASSWORD).await.expect(200);
    node.watch().await;
    assert_eq!(titles(&ana).await, [NETWORK]);
    let alert = alerts(&ana).await.remove(0);
    let detail = ana.get(&format!("/api/v1/alerts/{}", text(&alert["id"]))).await.expect(200).to_string();
    assert!(detail.contains(&ana.email) && detail.contains("198.51.100.7"), "{detail}");
}

#[tokio::test]
async fn canary_accounts_and_services_raise_an_alert_at_the_first_try() {
    let node = Node::with(|config| {
        config.monitoring.canary_accounts = vec!["viewer-canary@example.org".to_owned()];
        config.monitoring.canary_services = vec!["old-sync".to_owned()];
    })
    .await;
    let own = node.organization("Own").await;
    let (ana, canary) = (node.an_analyst_of(&own).await, node.a_viewer_of(&own).await);
    let mut root = node.superuser().await;
    sqlx::query("update users set email = 'viewer-canary@example.org', is_active = false where id = $1")
        .bind(canary.user_id.uuid())
        .execute(&mut root)
        .await
        .unwrap();
    node.fail("viewer-canary@example.org", "203.0.113.9", 1).await;
    node.watch().await;
    assert_eq!(titles(&ana).await, [CANARY]);
    let form = [("grant_type", "client_credentials"), ("client_id", "old-sync"), ("client_secret", "found")];
    node.nobody().from_address("198.51.100.7").post_form("/sts/token", &form).await.expect(401);
    node.watch().await;
    let seen = alerts(&ana).await;
    assert_eq!((seen.len(), &seen[0]["severity"]), (2, &"critical".into()));
    assert_eq!(titles(&ana).await, [CANARY, CANARY]);
}

#[tokio::test]
async fn services_that_cannot_prove_themselves_are_told() {
    let node = Node::start().await;
    let own = node.organization("Own").await;
    let ana = node.an_analyst_of(&own).await;
    for number in 0..5 {
        let id = format!("bot{number}");
        let form = [("grant_type", "client_credentials"), ("client_id", &id), ("client_secret", "guess")];
        node.nobody().post_form("/sts/token", &form).await.expect(401);
    }
    node.watch().await;
    assert_eq!(titles(&ana).await, [SERVICES]);
}

#[tokio::test]
async fn a_contradicted_audit_log_is_told_and_what_belongs_to_an_organization_is_not() {
    let node = Node::start().await;
    let (own, other) = (node.organization("Own").await, node.organization("Other").await);
    let (ana, luis) = (node.an_analyst_of(&own).await, node.an_analyst_of(&other).await);
    let mut tx = node.db.begin(Scope::System).await.unwrap();
    let deed = Deed::new("audit_log.contradicted", "audit_log", Uuid::now_v7()).called("elsewhere");
    record(&mut tx, &Deeder::system(), deed.clone().of(other.id)).await.unwrap();
    tx.commit().await.unwrap();
    node.watch().await;
    assert!(titles(&ana).await.is_empty() && titles(&luis).await.is_empty());
    let mut tx = node.db.begin(Scope::System).await.unwrap();
    record(&mut tx, &Deeder::system(), deed).await.unwrap();
    tx.commit().await.unwrap();
    node.watch().await;
    assert_eq!(titles(&ana).await, [CONTRADICTED]);
    assert!(titles(&luis).await.is_empty());
}

#[tokio::test]
async fn alerts_about_the_platform_stand_in_the_organization_that_the_settings_name() {
    let node = Node::unwatched_with(|config| config.monitoring.organization = "second".to_owned()).await;
    let (first, second) = (node.organization("First").await, node.organization("Second").await);
    let (first, second) = (node.an_analyst_of(&first).await, node.an_analyst_of(&second).await);
    node.run_job("monitoring.watch").await;
    node.fail("nobody@example.org", "203.0.113.9", 5).await;
    node.fail("nobody.else@example.org", "203.0.113.9", 5).await;
    node.watch().await;
    assert!(titles(&first).await.is_empty());
    assert_eq!(titles(&second).await, [BURST]);
}

#[tokio::test]
async fn another_node_goes_on_where_the_first_one_ended() {
    let node = Node::start().await;
    let own = node.organization("Own").await;
    let ana = node.an_analyst_of(&own).await;
    node.fail("nobody@example.org", "203.0.113.9", 5).await;
    node.watch().await;
    let beside = node.beside().await;
    node.fail("nobody.else@example.org", "203.0.113.9", 4).await;
    beside.watch().await;
    assert!(titles(&ana).await.is_empty());
    // The first one's memory is older than the database's now.
    node.fail("somebody@example.org", "203.0.113.9", 1).await;
    node.watch().await;
    assert_eq!(titles(&ana).await, [BURST]);
}

#[tokio::test]
async fn what_was_recorded_before_the_watch_began_is_no_alert() {
    let node = Node::unwatched().await;
    let own = node.organization("Own").await;
    let ana = node.an_analyst_of(&own).await;
    node.fail("nobody@example.org", "203.0.113.9", 5).await;
    node.fail("nobody.else@example.org", "203.0.113.9", 5).await;
    node.nobody().from_address("203.0.113.200").sign_in(&ana.email, PASSWORD).await.expect(200);
    node.watch().await;
    assert!(titles(&ana).await.is_empty());
    // Where people came from was learned.
    node.nobody().from_address("198.51.100.7").sign_in(&ana.email, PASSWORD).await.expect(200);
    node.watch().await;
    assert_eq!(titles(&ana).await, [NETWORK]);
}
