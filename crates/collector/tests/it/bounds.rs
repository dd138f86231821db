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
async fn however_many_connections_known_addresses_open_another_one_still_gets_in() {
    let node = Node::with(|ingest| ingest.connections = 20).await;
    let acme = node.organization("Acme").await;
    node.source("All", &["127.0.0.0/8"], &acme).await;
    let mut open = Vec::new();
    for number in 0..60 {
        open.push(node.connect_from(Ipv4Addr::new(127, 0, 0, 2 + number % 3)).await);
    }
    node.until_reported(|report| report["listeners"][1]["turned_away"].as_i64() > Some(40)).await;
    let mut other = node.connect_from(Ipv4Addr::new(127, 0, 0, 9)).await;
    other.write_all(format!("{FORTIGATE}\n").as_bytes()).await.unwrap();
    node.until(KEPT, 1).await;
}

#[tokio::test]
async fn a_frame_that_never_ends_takes_no_more_than_a_message_and_others_are_served() {
    let (node, _, _) = Node::acme().await;
    let mut announced = node.connect().await;
    announced.write_all(b"1000000000 <13>a gigabyte is announced").await.unwrap();
    let mut counted = node.connect().await;
    counted.write_all(b"16000000 <13>and here as much as is believed").await.unwrap();
    let drip = tokio::spawn(async move {
        while announced.write_all(b" drip").await.is_ok() && counted.write_all(b" drip").await.is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    });
    node.send_tcp(format!("{FORTIGATE}\n").as_bytes()).await;
    node.until(KEPT, 1).await;
    drip.abort();
    // What they said is kept when they are gone; the second never came to its end.
    node.until(KEPT, 3).await;
}

#[tokio::test]
async fn who_does_not_finish_a_handshake_is_let_go_and_others_are_served_meanwhile() {
    let directory = tempfile::tempdir().unwrap();
    testkit::certificates(directory.path(), &["localhost"]);
    let (node, _, _) = Node::acme_with(|ingest| {
        ingest.tls_certificate_file = directory.path().join("localhost.pem");
        ingest.tls_key_file = directory.path().join("localhost.key");
    })
    .await;
    let mut slow = Vec::new();
    for _ in 0..50 {
        let mut stream = tokio::net::TcpStream::connect(node.address("tls")).await.unwrap();
        stream.write_all(&[0x16, 0x03]).await.unwrap();
        slow.push(stream);
    }
    node.until_reported(|report| report["listeners"][2]["connections"].as_i64() > Some(0)).await;
    node.send_tcp(format!("{FORTIGATE}\n").as_bytes()).await;
    node.until(KEPT, 1).await;
    for stream in &mut slow {
        assert!(matches!(stream.read(&mut [0; 8]).await, Ok(0) | Err(_)));
    }
    node.until_counted("tls", "failed_handshakes", 50).await;
    node.until_reported(|report| report["listeners"][2]["connections"] == 0).await;
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
    let began = std::time::Instant::now();
    while node.shed("udp") == 0 {
        assert!(began.elapsed().as_secs() < 60, "nothing is dropped");
        node.send_udp(FORTIGATE).await;
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
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

#[tokio::test]
async fn a_listener_that_cannot_listen_is_told_with_a_code_and_the_others_listen() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (node, _, _) = Node::acme_with(|ingest| {
        ingest.tcp = taken.local_addr().unwrap().to_string();
        ingest.tls_certificate_file = "/nowhere/certificate.pem".into();
    })
    .await;
    for (transport, code) in [("tcp", "port_in_use"), ("tls", "bad_certificate")] {
        let listener = node.listener(transport).await;
        assert_eq!(
            (&listener["problem"]["code"], &listener["address"]),
            (&code.into(), &().into()),
            "{listener}"
        );
    }
    let report = node.report();
    assert_eq!((&report["state"], &report["problems"][0]), (&"failing".into(), &"listener_down".into()));
    node.send_udp(FORTIGATE).await;
    node.until(KEPT, 1).await;
}

#[tokio::test]
async fn who_sends_unreadable_incidents_without_end_does_not_fill_the_quarantine_and_every_line_is_kept() {
    let (node, ..) = Node::acme().await;
    let lines = (0..1200).map(|number| format!("<13><incident incidentId=\"{number}\" torn\n"));
    node.send_tcp(lines.collect::<String>().as_bytes()).await;
    node.until("select count(*) from events", 1200).await;
    node.until("select count(*) from quarantine", 1000).await;
}
