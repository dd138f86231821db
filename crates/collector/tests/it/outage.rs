//! The database away, and processes that end in the middle.

use testkit::{Setup, json};
use tokio::io::AsyncWriteExt;

use crate::node::{FORTIGATE, Node};

const KEPT: &str = "select coalesce(sum(received), 0)::bigint from source_counts";

#[tokio::test]
async fn what_comes_while_the_database_is_away_waits_on_disk_and_is_kept_when_it_is_back() {
    let node = Node::with_setup(Setup { has_door: true, ..Setup::default() }, |_| {}).await;
    let acme = node.organization("Acme").await;
    node.source("Firewall", &["127.0.0.1"], &acme).await;
    node.lose_database();
    for _ in 0..20 {
        node.send_udp(FORTIGATE).await;
    }
    node.send_tcp(format!("{FORTIGATE}\n").repeat(20).as_bytes()).await;
    node.regain_database();
    node.until(KEPT, 40).await;
    assert_eq!(node.count("select count(*) from events").await, 40);
}

#[tokio::test]
async fn a_stream_goes_on_while_the_database_is_away_which_is_told_until_all_of_it_is_kept() {
    let node = Node::with_setup(Setup { has_door: true, ..Setup::default() }, |_| {}).await;
    let acme = node.organization("Acme").await;
    node.source("Firewall", &["127.0.0.1"], &acme).await;
    node.watch_database();
    let mut stream = node.connect().await;
    let mut send = async |numbers: std::ops::Range<usize>| {
        for number in numbers {
            stream.write_all(format!("{FORTIGATE} sessionid={number}\n").as_bytes()).await.unwrap();
        }
    };
    send(0..200).await;
    node.hang_database();
    send(200..400).await;
    node.until_reported(|report| report["problems"] == json!(["database_away"])).await;
    send(400..600).await;
    node.until_reported(|report| report["listeners"][1]["received"] == 600).await;
    node.regain_database();
    send(600..700).await;
    node.until("select count(*) from events", 700).await;
    node.until("select count(distinct raw) from events", 700).await;
    node.until_reported(|report| report["state"] == "ok").await;
}

#[tokio::test]
async fn what_the_database_refuses_whatever_the_line_waits_until_that_is_mended() {
    let (node, _, _) = Node::acme().await;
    let run = async |statements: &'static str| {
        sqlx::raw_sql(statements).execute(&mut node.superuser().await).await.unwrap();
    };
    // As a right that is missing, with a count of the tries that outlives them.
    run("create sequence tries;
        create function refuse() returns trigger language plpgsql security definer as $$
        begin
            perform nextval('public.tries');
            raise exception 'not now' using errcode = 'insufficient_privilege';
        end $$;
        create trigger refused before insert on events for each statement execute function refuse();
        create trigger refused before insert on alerts for each statement execute function refuse()")
    .await;
    node.send_udp("<13>just words").await;
    for number in 0..20 {
        node.send_udp(&FORTIGATE.replace("203.0.113.66", &format!("203.0.113.{number}"))).await;
    }
    node.until_reported(|report| report["listeners"][0]["received"] == 21).await;
    // It has tried: the alerts wait, or the events do.
    node.until("select least(last_value, 3) from tries", 3).await;
    node.until_reported(|report| !report["oldest_waiting_at"].is_null()).await;
    run("drop trigger refused on events; drop trigger refused on alerts").await;
    node.until("select count(*) from events", 21).await;
    node.until("select count(*) from alerts", 20).await;
    assert_eq!(node.report()["lost"], 0);
}

#[tokio::test]
async fn what_a_process_left_behind_is_kept_by_one_that_had_started_before() {
    let node = Node::with_setup(Setup { has_door: true, ..Setup::default() }, |_| {}).await;
    let acme = node.organization("Acme").await;
    node.source("Firewall", &["127.0.0.1"], &acme).await;
    let other = node.beside().await;
    node.lose_database();
    for _ in 0..20 {
        node.send_udp(FORTIGATE).await;
    }
    node.until_reported(|report| report["listeners"][0]["received"] == 20).await;
    drop(node);
    other.until("select count(*) from events", 20).await;
    other.send_udp(FORTIGATE).await;
    other.until("select count(*) from events", 21).await;
}

#[tokio::test]
async fn what_a_process_had_taken_when_it_ended_is_kept_once_by_the_next() {
    let (node, _, _) = Node::acme_with(|_| {}).await;
    let mut stream = node.connect().await;
    for number in 0..500 {
        let line = format!("{FORTIGATE} sessionid={number}\n");
        stream.write_all(line.as_bytes()).await.unwrap();
    }
    // A stop hears out what is on its way, and leaves to the next process what is not kept yet.
    let app = node.stop().await;
    let node = Node::successor(app).await;
    node.until("select count(*) from events", 500).await;
    node.send_udp(FORTIGATE).await;
    node.until("select count(*) from events", 501).await;
    node.until("select count(distinct raw) from events", 501).await;
}
