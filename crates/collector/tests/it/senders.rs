//! Who may send, and whose it is.

use std::net::{IpAddr, Ipv4Addr};

use platform::clock::Clock;
use testkit::json;
use tokio::io::AsyncWriteExt;

use crate::node::{FORTIGATE, Node};

const LOCAL: fn(u8) -> IpAddr = |last| IpAddr::V4(Ipv4Addr::new(127, 0, 0, last));

#[tokio::test]
async fn an_unknown_sender_is_refused_counted_and_shown_until_a_source_has_it() {
    let node = Node::start().await;
    let acme = node.organization("Acme").await;
    for _ in 0..3 {
        node.send_udp_from(LOCAL(77), FORTIGATE).await;
    }
    node.until("select coalesce(sum(messages), 0)::bigint from unknown_senders", 3).await;
    let admin = node.an_administrator().await;
    let shown = admin.get("/api/v1/unknown-senders").await.expect(200);
    assert_eq!(shown["policy"], "refuse");
    assert_eq!(shown["items"][0]["address"], "127.0.0.77");
    assert!(shown["items"][0]["sample"].as_str().unwrap().starts_with("<185>date="));
    assert_eq!(
        node.a_soc_manager_of(&acme).await.get("/api/v1/unknown-senders").await.expect(200)["items"],
        json!([])
    );
    node.source("Edge", &["127.0.0.64/26"], &acme).await;
    let shown = admin.get("/api/v1/unknown-senders").await.expect(200);
    assert_eq!(shown["items"], json!([]));
    node.send_udp_from(LOCAL(77), FORTIGATE).await;
    node.until("select coalesce(sum(received), 0)::bigint from source_counts", 1).await;
}

#[tokio::test]
async fn where_unknown_senders_are_kept_they_have_a_source_of_their_own_and_are_listed_all_the_same() {
    let node = Node::with(|ingest| ingest.unknown_senders = platform::config::UnknownSenders::Keep).await;
    let acme = node.organization("Acme").await;
    // At the start it is made for the first organization; there was none.
    let node = Node::successor(node.stop().await).await;
    node.send_udp_from(LOCAL(77), FORTIGATE).await;
    let mut stream = node.connect_from(Ipv4Addr::new(127, 0, 0, 78)).await;
    stream.write_all(format!("{FORTIGATE}\n").as_bytes()).await.unwrap();
    node.until(&format!("select count(*) from events where organization_id = '{}'", acme.id), 2).await;
    node.until("select count(*) from unknown_senders", 2).await;
    let admin = node.an_administrator().await;
    let shown = admin.get("/api/v1/unknown-senders").await.expect(200);
    assert_eq!((&shown["policy"], shown["items"].as_array().unwrap().len()), (&json!("keep"), 2));
    let sources = admin.get("/api/v1/sources").await.expect(200);
    let networks = &sources["items"][0]["networks"];
    assert_eq!(*networks, json!(["0.0.0.0/0", "::/0"]));
    // A restart makes no second one.
    let node = Node::successor(node.stop().await).await;
    assert_eq!(node.count("select count(*) from sources where kind <> 'platform'").await, 1);
}

#[tokio::test]
async fn behind_a_relay_the_devices_number_or_name_chooses_the_organization_and_what_is_not_mapped_is_the_relays()
 {
    let node = Node::start().await;
    let (relays, acme, globex) = (
        node.organization("Relay").await,
        node.organization("Acme").await,
        node.organization("Globex").await,
    );
    let body = json!({ "name": "Relay", "kind": "syslog", "networks": ["127.0.0.1"], "organizations": [
        { "match": null, "organization_id": relays.id },
        { "match": "FGT60F0000000001", "organization_id": acme.id },
        { "match": "dc01.globex.example", "organization_id": globex.id },
    ] });
    node.an_administrator().await.post("/api/v1/sources", body).await.expect(201);
    // By number, whatever its case; by the header's name; by neither. The text of a message chooses nothing.
    node.send_udp(&FORTIGATE.replace("FGT60F0000000001", "fgt60f0000000001")).await;
    node.send_udp("<13>Nov 21 10:00:00 DC01.globex.example sshd[1]: session opened").await;
    node.send_udp("<13>Nov 21 10:00:00 printer lpd: for dc01.globex.example and FGT60F0000000001").await;
    node.send_udp(&FORTIGATE.replace("FGT60F0000000001", "FGT60F0000000002")).await;
    for (organization, count) in [(&acme, 1), (&globex, 1), (&relays, 2)] {
        let of = format!("select count(*) from events where organization_id = '{}'", organization.id);
        node.until(&of, count).await;
    }
}

#[tokio::test]
async fn the_smallest_network_says_whose_a_sender_is_and_each_network_is_one_sources() {
    let node = Node::start().await;
    let (acme, globex) = (node.organization("Acme").await, node.organization("Globex").await);
    node.source("All", &["127.0.0.0/8"], &acme).await;
    node.source("One", &["127.0.0.9"], &globex).await;
    node.send_udp_from(LOCAL(9), FORTIGATE).await;
    node.send_udp_from(LOCAL(10), FORTIGATE).await;
    let of = |name: &str| {
        format!(
            "select coalesce(sum(received), 0)::bigint from source_counts join sources on id = source_id where name = '{name}'"
        )
    };
    node.until(&of("One"), 1).await;
    node.until(&of("All"), 1).await;
    let body = json!({ "name": "Again", "kind": "syslog", "networks": ["127.0.0.9/32"],
        "organizations": [{ "match": null, "organization_id": acme.id }] });
    let admin = node.an_administrator().await;
    assert_eq!(admin.post("/api/v1/sources", body).await.expect(409)["code"], "network_taken");
    let body = json!({ "name": "None", "kind": "syslog", "networks": [],
        "organizations": [{ "match": null, "organization_id": acme.id }] });
    admin.post("/api/v1/sources", body).await.expect(422);
}

#[tokio::test]
async fn a_source_that_falls_silent_raises_one_alert_and_is_marked_until_it_is_heard() {
    let clock = Clock::manual(time::OffsetDateTime::now_utc());
    let node = Node::with_clock(&clock).await;
    let acme = node.organization("Acme").await;
    let source = node.source("Firewall", &["127.0.0.1"], &acme).await;
    let (admin, path) =
        (node.an_administrator().await, format!("/api/v1/sources/{}", source["id"].as_str().unwrap()));
    admin.patch(&path, 1, json!({ "silent_after_minutes": 10 })).await.expect(200);
    node.send_udp(FORTIGATE).await;
    node.until("select count(*) from source_counts where last_seen_at is not null", 1).await;
    node.run_job("collector.silence").await;
    assert_eq!(node.count("select count(*) from alerts where rule_id = 'cibercase.silent_source'").await, 0);
    clock.advance(time::Duration::minutes(11));
    for _ in 0..2 {
        node.run_job("collector.silence").await;
    }
    assert_eq!(node.count("select count(*) from alerts where rule_id = 'cibercase.silent_source'").await, 1);
    assert!(admin.get(&path).await.expect(200)["silent_since"].is_string());
    node.send_udp(FORTIGATE).await;
    node.until("select count(*) from source_counts where silent_since is null", 1).await;
}
