//! The database is away: what comes is safe on disk, and is taken in its order when the database is back.

use std::path::Path;
use std::time::Duration;

use platform::config::Config;
use testkit::{Setup, Value, json};

use crate::incident::Incident;
use crate::node::{Node, Source, on, text, until};

fn with_door() -> Setup {
    Setup { has_door: true, ..Setup::default() }
}

async fn health(node: &Node) -> Value {
    node.row("select 1").await;
    let spool = &node.app.service::<intake::Intake>();
    json!({ "items": spool.waiting().0, "bytes": spool.waiting().1 })
}

async fn is_empty(node: &Node) -> bool {
    node.app.service::<intake::Intake>().waiting().0 == 0
}

/// A count in the payload's description tells the order of arrival: the alert keeps the newest payload.
async fn told(node: &Node) -> Vec<String> {
    use sqlx::Row;
    let mut database = node.sql().await;
    let rows = sqlx::query("select convert_from(body, 'UTF8') from alert_payloads order by id")
        .fetch_all(&mut database)
        .await
        .unwrap();
    let texts = rows.iter().map(|row| row.get::<String, _>(0));
    texts
        .map(|text| {
            let (_, rest) = text.split_once("<description>").unwrap();
            rest.split_once('<').unwrap().0.to_owned()
        })
        .collect()
}

async fn spooled(node: &Node, source: &Source, body: String) {
    let answer = node.post(&source.token, body).await;
    assert_eq!(answer.expect(202), json!({ "outcome": "spooled" }));
}

#[tokio::test]
async fn what_comes_meanwhile_is_spooled_and_replayed_in_its_order_nothing_lost_nothing_twice() {
    let (node, _, source) = on(Node::start_with(with_door()).await).await;
    node.deliver(&source, Incident::number(1).told("before").xml()).await;
    node.lose_database();
    for number in 0..20 {
        spooled(&node, &source, Incident::number(1).told(number).xml()).await;
    }
    spooled(&node, &source, "<broken".to_owned()).await;
    spooled(&node, &source, Incident::number(1).told(3).xml()).await;
    assert_eq!(health(&node).await["items"], 22);
    node.regain_database();
    until("all is replayed", || is_empty(&node)).await;
    let mut expected = vec!["before".to_owned()];
    expected.extend((0..20).map(|number| number.to_string()));
    assert_eq!(told(&node).await, expected);
    node.settled().await;
    let alert = node.row("select deliveries, occurrences from alerts").await;
    assert_eq!(alert["deliveries"], 22, "the repeat is a delivery, none is counted twice");
    assert_eq!(node.count("tickets").await, 1);
    assert_eq!(node.count("quarantine").await, 1);
    let after = node.deliver(&source, Incident::number(1).told("after").xml()).await;
    assert_eq!(after["outcome"], "updated");
}

#[tokio::test]
async fn deliveries_that_race_with_the_outage_are_kept_or_refused_but_never_lost() {
    let (node, _, source) = on(Node::start_with(with_door()).await).await;
    source.change(json!({ "storm_limit": null })).await;
    let posts = (0..200).map(|number| {
        let (node, source) = (&node, &source);
        async move {
            tokio::time::sleep(Duration::from_millis(number % 50)).await;
            let incident = Incident::number(number + 1).to(&format!("10.0.0.{number}"));
            (number + 1, node.post(&source.token, incident.xml()).await.status.as_u16())
        }
    });
    let flicker = async {
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_millis(15)).await;
            node.lose_database();
            tokio::time::sleep(Duration::from_millis(15)).await;
            node.regain_database();
        }
    };
    let (answers, ()) = tokio::join!(futures_util::future::join_all(posts), flicker);
    until("all is replayed", || is_empty(&node)).await;
    for (number, status) in answers {
        assert!([200, 202].contains(&status), "{number}: {status}");
        assert_eq!(
            node.count(&format!("alerts where incident_id = '{number}'")).await,
            1,
            "{number}: {status}"
        );
    }
    assert_eq!(node.count("(select distinct reference from tickets) as found").await, 200);
    assert_eq!(node.count("tickets").await, 200);
}

#[tokio::test]
async fn a_known_source_is_still_known_and_a_stranger_still_is_none() {
    let (node, _, source) = on(Node::start_with(with_door()).await).await;
    node.lose_database();
    spooled(&node, &source, Incident::number(1).xml()).await;
    node.post("nonsense", Incident::number(1).xml()).await.expect(401);
}

#[tokio::test]
async fn the_spool_survives_a_restart_and_a_torn_last_record() {
    let spool = tempfile::tempdir().unwrap();
    let (node, _, source) = on(Node::with_spool(with_door(), spool.path()).await).await;
    node.lose_database();
    for number in 0..3 {
        spooled(&node, &source, Incident::number(1).told(number).xml()).await;
    }
    node.regain_database();
    node.lose_database();
    let app = node.stop().await;
    let standing = app.another_node(vec![]);
    drop((app, source));
    let file = std::fs::File::open(spool.path().join("spool/spool-0")).unwrap();
    until("the process before is gone", || async { file.try_lock().is_ok() }).await;
    drop(file);
    tear(spool.path());
    let anew = Node::on_database_of(&standing, spool.path()).await;
    until("all is replayed", || is_empty(&anew)).await;
    assert_eq!(told(&anew).await, ["0", "1", "2"]);
    anew.settled().await;
    assert_eq!(anew.row("select deliveries from alerts").await["deliveries"], 3);
}

/// What a crash in the middle of a write leaves behind.
fn tear(spool: &Path) {
    use std::io::Write;
    let file = spool.join("spool/spool-0");
    let whole = std::fs::read(&file).unwrap();
    let mut file = std::fs::OpenOptions::new().append(true).open(file).unwrap();
    file.write_all(&whole[..whole.len() / 3 - 10]).unwrap();
}

#[tokio::test]
async fn a_full_spool_refuses_with_503_and_keeps_what_it_has() {
    let mut setup = with_door();
    setup.config = Config { ..Config::defaults().unwrap() };
    setup.config.intake.spool_bytes = 4096;
    let (node, _, source) = on(Node::start_with(setup).await).await;
    node.lose_database();
    let (mut taken, mut refused) = (0, 0);
    for number in 0..20 {
        let answer = node.post(&source.token, Incident::number(1).told(number).xml()).await;
        match answer.status.as_u16() {
            202 => taken += 1,
            503 => {
                answer.expect_problem(503, "spool_full");
                assert!(answer.header("retry-after").is_some());
                refused += 1;
            }
            other => panic!("{other}"),
        }
    }
    assert!(taken > 2 && refused > 2, "{taken} taken, {refused} refused");
    node.regain_database();
    until("all is replayed", || is_empty(&node)).await;
    node.settled().await;
    assert_eq!(node.row("select deliveries from alerts").await["deliveries"], taken);
    node.deliver(&source, Incident::number(1).told("after").xml()).await;
}

#[tokio::test]
async fn what_the_database_will_not_keep_does_not_block_what_waits_behind_it() {
    let (node, _, source) = on(Node::start_with(with_door()).await).await;
    // A rule that no release has: whatever makes a statement fail must not stop the spool for ever.
    node.run_sql("alter table alerts add constraint no_poison check (rule_id <> 'POISON')").await;
    node.lose_database();
    spooled(&node, &source, Incident::number(1).told("first").xml()).await;
    spooled(&node, &source, Incident::number(2).rule("POISON").to("10.1.1.1").xml()).await;
    spooled(&node, &source, Incident::number(3).to("10.1.1.2").told("last").xml()).await;
    node.regain_database();
    until("all is replayed", || is_empty(&node)).await;
    assert_eq!(told(&node).await, ["first", "last"]);
    let held = source.admin.get("/api/v1/quarantine").await.items();
    assert_eq!((held.len(), &held[0]["reason_code"]), (1, &json!("not_kept")));
    node.run_sql("alter table alerts drop constraint no_poison").await;
    let replay = format!("/api/v1/quarantine/{}/replay", text(&held[0]["id"]));
    assert_eq!(source.admin.post(&replay, json!({})).await.expect(200)["outcome"], "created");
}

#[tokio::test]
async fn a_poisoned_incident_sinks_neither_its_batch_nor_the_writers() {
    let (node, _, source) = on(Node::start().await).await;
    node.run_sql("alter table alerts add constraint no_poison check (rule_id <> 'POISON')").await;
    let xml =
        |incident: Incident| incident.xml().replace("<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n", "");
    for round in 0..5 {
        let body = [
            xml(Incident::number(10 * round + 1).to("10.0.0.1").rule(&format!("A{round}"))),
            xml(Incident::number(10 * round + 2).rule("POISON")),
            xml(Incident::number(10 * round + 3).to("10.0.0.2").rule(&format!("B{round}"))),
        ];
        let answers = node.deliver(&source, format!("<incidents>{}</incidents>", body.concat())).await;
        let outcomes =
            answers.as_array().unwrap().iter().map(|answer| &answer["outcome"]).collect::<Vec<_>>();
        assert_eq!(outcomes, ["created", "quarantined", "created"]);
    }
    let year = node.clock.now().year();
    let references = node.row("select jsonb_agg(reference order by reference) as list from tickets").await;
    let expected = (1..=10).map(|number| format!("TCK-{year}-{number:06}")).collect::<Vec<_>>();
    assert_eq!(references["list"], json!(expected), "what failed leaves no gap in the numbers");
}

#[tokio::test]
async fn a_database_that_hangs_is_away_for_people_and_deliveries_are_spooled() {
    let mut setup = with_door();
    setup.config.database.answer_seconds = 1;
    let (node, acme, source) = on(Node::start_with(setup).await).await;
    node.watch_database();
    let ana = node.an_analyst_of(&acme).await;
    node.deliver(&source, Incident::number(1).told("before").xml()).await;
    ana.get("/api/v1/tickets").await.expect(200);
    node.hang_database();
    // The first ones wait in the middle of a question, the later ones are told at once.
    for number in 0..3 {
        spooled(&node, &source, Incident::number(1).told(number).xml()).await;
        ana.get("/api/v1/tickets").await.expect_problem(503, "database_away");
        let claim = format!("/api/v1/tickets/{}/claim", uuid::Uuid::now_v7());
        ana.post(&claim, json!({})).await.expect_problem(503, "database_away");
    }
    node.regain_database();
    until("all is replayed", || is_empty(&node)).await;
    assert_eq!(told(&node).await, ["before", "0", "1", "2"]);
    let later = until_answered(&node, &source).await;
    assert_eq!(later["outcome"], "updated");
    ana.get("/api/v1/tickets").await.expect(200);
}

/// The pulse is felt a moment after the spool is empty.
async fn until_answered(node: &Node, source: &Source) -> Value {
    loop {
        let answer = node.post(&source.token, Incident::number(1).told("after").count(9).xml()).await;
        if answer.status == 200 {
            return answer.json();
        }
    }
}

#[tokio::test]
async fn while_the_audit_log_cannot_be_written_deliveries_are_spooled_and_none_is_kept_unrecorded() {
    let (node, _, source) = on(Node::start().await).await;
    node.run_sql("revoke insert on audit_records from cibercase_app").await;
    for number in 0..3 {
        spooled(&node, &source, Incident::number(1).told(number).xml()).await;
    }
    spooled(&node, &source, "<broken".to_owned()).await;
    assert_eq!((node.count("alerts").await, node.count("quarantine").await), (0, 0));
    node.run_sql(
        "grant insert (id, organization_id, actor_kind, actor_id, actor_name, action, object_kind, object_id,
             object_reference, detail, ip, request_id) on audit_records to cibercase_app",
    )
    .await;
    until("all is replayed", || is_empty(&node)).await;
    assert_eq!(told(&node).await, ["0", "1", "2"]);
    assert_eq!((node.count("alerts").await, node.count("quarantine").await), (1, 1));
}
