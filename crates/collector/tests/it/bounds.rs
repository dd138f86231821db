//! Hostile and careless senders: bounded, and others are served.

use std::net::Ipv4Addr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::node::{FORTIGATE, Node};

const KEPT: &str = "select coalesce(sum(received), 0)::bigint from source_counts";

#[tokio::test]
async fn a_line_of_a_hundred_megabytes_is_cut_and_what_follows_is_taken() {
    let (node, _, _) = Node::acme().await;
    let mut stream = node.connect().await;
    let chunk = vec![b'x'; 1024 * 1024];
    stream.write_all(b"<13>").await.unwrap();
    for _ in 0..100 {
        stream.write_all(&chunk).await.unwrap();
    }
    stream.write_all(format!("\n{FORTIGATE}\n").as_bytes()).await.unwrap();
    node.until(KEPT, 2).await;
    assert_eq!(node.listener("tcp").await["cut"], 1);
}

#[tokio::test]
async fn idle_connections_are_bounded_for_each_sender_and_others_are_served() {
    let node = Node::with(|ingest| ingest.connections_per_sender = 5).await;
    let acme = node.organization("Acme").await;
    node.source("All", &["127.0.0.0/8"], &acme).await;
    let mut open = Vec::new();
    for _ in 0..50 {
        open.push(node.connect_from(Ipv4Addr::new(127, 0, 0, 2)).await);
    }
    node.until_counted("tcp", "turned_away", 45).await;
    assert_eq!(node.listener("tcp").await["connections"], 5);
    let mut other = node.connect_from(Ipv4Addr::new(127, 0, 0, 3)).await;
    other.write_all(format!("{FORTIGATE}\n").as_bytes()).await.unwrap();
    node.until(KEPT, 1).await;
}

#[tokio::test]
async fn a_connection_on_which_nothing_comes_is_closed() {
    let (node, _, _) = Node::acme_with(|ingest| ingest.idle_seconds = 1).await;
    let mut stream = node.connect().await;
    assert_eq!(stream.read(&mut [0; 8]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_flood_from_an_unknown_address_leaves_one_row_and_others_are_served() {
    let (node, _, _) = Node::acme().await;
    let flood = tokio::net::UdpSocket::bind((Ipv4Addr::new(127, 0, 0, 66), 0)).await.unwrap();
    for _ in 0..5000 {
        flood.send_to(FORTIGATE.as_bytes(), node.address("udp")).await.unwrap();
    }
    node.until_counted("udp", "refused", 1).await;
    node.send_tcp(format!("{FORTIGATE}\n").as_bytes()).await;
    node.until(KEPT, 1).await;
    node.until("select count(*) from unknown_senders", 1).await;
}

#[tokio::test]
async fn a_full_spool_makes_connections_wait_and_drops_datagrams_with_a_count() {
    let setup = testkit::Setup { has_door: true, ..testkit::Setup::default() };
    let node = Node::with_setup(setup, |ingest| ingest.spool_bytes = 128 * 1024).await;
    let acme = node.organization("Acme").await;
    node.source("Firewall", &["127.0.0.1"], &acme).await;
    // Sign-in and report need no database while it is away.
    let admin = node.an_administrator().await;
    admin.get("/api/v1/listeners").await.expect(200);
    node.lose_database();
    let mut stream = node.connect().await;
    let lines = format!("{FORTIGATE}\n").repeat(2000);
    let writer = tokio::spawn(async move { stream.write_all(lines.as_bytes()).await.map(|()| stream) });
    for _ in 0..600 {
        node.send_udp(FORTIGATE).await;
        if node.shed("udp") > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert!(node.shed("udp") > 0);
    node.regain_database();
    writer.await.unwrap().unwrap().shutdown().await.unwrap();
    for _ in 0..600 {
        if node.received("tcp") == 2000 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(node.received("tcp"), 2000);
}
