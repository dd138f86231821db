//! Many at once, on two nodes.

use std::time::Duration;

use futures_util::future::join_all;
use http::Method;
use intake::Registry;
use sqlx::Connection;
use testkit::{Value, json};

use crate::incident::Incident;
use crate::node::{acme, alert_id, ticket_id};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_posts_of_the_same_bytes_to_two_nodes_are_one_ticket() {
    let (node, _, source) = acme().await;
    let other = node.another().await;
    let body = Incident::number(77).count(41).xml();
    let tasks = (0..16).map(|task| {
        let (node, other, source, body) = (&node, &other, &source, &body);
        async move {
            let mut outcomes = Vec::new();
            for post in 0..if task < 8 { 13 } else { 12 } {
                let at = if (task + post) % 2 == 0 { node } else { other };
                outcomes.push(at.deliver(source, body.clone()).await);
            }
            outcomes
        }
    });
    let answers = join_all(tasks).await.concat();
    assert_eq!(answers.len(), 200);
    assert_eq!(answers.iter().filter(|answer| answer["outcome"] == "created").count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer["outcome"] == "duplicate").count(), 199);
    assert!(answers.iter().all(|answer| answer["ticket"]["id"] == answers[0]["ticket"]["id"]));
    let alert = node.alert(&alert_id(&answers[0])).await;
    assert_eq!((&alert["deliveries"], &alert["occurrences"]), (&json!(200), &json!(41)));
    assert_eq!(
        node.count("alerts").await + node.count("tickets").await + node.count("alert_payloads").await,
        3
    );
    assert_eq!(node.ticket(&ticket_id(&answers[0])).await["occurrences"], 41);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_incident_in_different_payloads_at_two_nodes_is_one_ticket() {
    let (node, _, source) = acme().await;
    let other = node.another().await;
    for round in 0..20 {
        let incident = Incident::number(500 + round).to(&format!("10.0.0.{round}"));
        let (one, two) = tokio::join!(
            node.deliver(&source, incident.clone().count(3).xml()),
            other.deliver(&source, incident.clone().count(8).xml())
        );
        assert_eq!(one["ticket"], two["ticket"], "{round}");
        let mut outcomes = [one["outcome"].as_str().unwrap(), two["outcome"].as_str().unwrap()];
        outcomes.sort_unstable();
        assert_eq!(outcomes, ["created", "updated"]);
        let alert = node.alert(&alert_id(&one)).await;
        assert_eq!((&alert["deliveries"], &alert["occurrences"]), (&json!(2), &json!(8)));
        assert_eq!(node.ticket(&ticket_id(&one)).await["occurrences"], 8);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn overlapping_batches_in_opposite_orders_all_pass_and_share_no_number() {
    let (node, _, source) = acme().await;
    source.change(json!({ "storm_limit": null })).await;
    let other = node.another().await;
    let xml = |number: usize, round: usize| {
        let incident = Incident::number(number + 1).to(&format!("10.0.0.{number}")).told(round);
        incident.xml().replace("<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n", "")
    };
    let posts = (0..24).map(|round| {
        let mut numbers = (0..40).collect::<Vec<_>>();
        if round % 2 == 1 {
            numbers.reverse();
        }
        let body = numbers.iter().map(|number| xml(*number, round)).collect::<String>();
        let at = if round % 3 == 0 { &other } else { &node };
        let source = &source;
        async move { at.deliver(source, format!("<incidents>{body}</incidents>")).await }
    });
    for answer in join_all(posts).await {
        assert!(answer.as_array().unwrap().iter().all(|one| one["outcome"] != "quarantined"), "{answer}");
    }
    node.settled().await;
    assert_eq!(node.count("tickets").await, 40);
    assert_eq!(node.count("(select distinct reference from tickets) as found").await, 40);
    assert_eq!(node.count("alerts where deliveries <> 24").await, 0);
}

#[tokio::test]
async fn an_analyst_who_locks_the_other_way_round_holds_nothing_up_for_good() {
    let (node, _, source) = acme().await;
    let first = node.deliver(&source, Incident::number(1).xml()).await;
    let (ticket, alert) = (ticket_id(&first), alert_id(&first));
    for round in 2..5 {
        let mut database = node.sql().await;
        let mut analyst = database.begin().await.unwrap();
        let of_ticket =
            sqlx::query("update tickets set version = version + 1 where id = $1::uuid").bind(&ticket);
        of_ticket.execute(&mut *analyst).await.unwrap();
        // Intake locks the alert and waits for the ticket; the analyst then wants the alert.
        let delivery = node.deliver(&source, Incident::number(1).count(round).xml());
        let other_way = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let of_alert =
                sqlx::query("update alerts set version = version + 1 where id = $1::uuid").bind(&alert);
            let done = of_alert.execute(&mut *analyst).await;
            match done {
                Ok(_) => analyst.commit().await.unwrap(),
                // The analyst was the one to be sent back; the request is answered and can be repeated.
                Err(_) => analyst.rollback().await.unwrap(),
            }
        };
        let (answer, ()) = tokio::join!(delivery, other_way);
        assert_eq!(answer["outcome"], "updated");
    }
    assert_eq!(node.alert(&alert).await["occurrences"], 4);
}

#[tokio::test]
async fn a_sender_that_hangs_up_leaves_no_half_and_the_writers_running() {
    let (node, _, source) = acme().await;
    for number in 1..30_u32 {
        let nobody = node.nobody();
        let incident = Incident::number(number).to(&format!("10.0.0.{number}"));
        let request = nobody
            .request(Method::POST, "/api/v1/integrations/webhook")
            .header("authorization", format!("Bearer {}", source.token))
            .body(incident.xml().into())
            .unwrap();
        // Dropped somewhere between the first byte and the answer.
        let patience = Duration::from_micros(u64::from(number) * 150);
        let _ = tokio::time::timeout(patience, nobody.send(request)).await;
    }
    node.deliver(&source, Incident::number(99).to("10.9.9.9").xml()).await;
    node.settled().await;
    let loose = "alerts left join tickets on tickets.id = alerts.ticket_id where tickets.id is null";
    assert_eq!(node.count(loose).await, 0);
    let halves = "alerts full join alert_payloads on alert_payloads.alert_id = alerts.id
        where alerts.id is null or alert_payloads.alert_id is null";
    assert_eq!(node.count(halves).await, 0);
}

#[tokio::test]
async fn a_source_removed_between_look_up_and_commit_is_unknown_and_harms_nobody() {
    let (node, acme, source) = acme().await;
    let other = node.source("Other", &[(None, &acme)]).await;
    // This process has not heard of it yet.
    node.run_sql(&format!("delete from sources where id = '{}'", source.id)).await;
    node.post(&source.token, "<broken").await.expect_problem(401, "unknown_source");
    let late = node.post(&source.token, Incident::number(1).xml()).await;
    assert!([200, 401].contains(&late.status.as_u16()), "{}", late.text());
    node.deliver(&other, Incident::number(2).to("10.0.0.1").xml()).await;
    node.app.service::<Registry>().refresh(&node).await.unwrap();
    node.post(&source.token, Incident::number(1).xml()).await.expect_problem(401, "unknown_source");
    let ana = node.an_analyst_of(&acme).await;
    ana.get("/api/v1/alerts").await.items();
}

#[tokio::test]
async fn tenants_in_one_batch_learn_nothing_of_each_other() {
    let node = crate::node::Node::start().await;
    let (acme, beta) = (node.organization("Acme").await, node.organization("Beta").await);
    let of_acme = node.source("Acme's secret vendor", &[(None, &acme)]).await;
    let of_beta = node.source("Beta's SIEM", &[(None, &beta)]).await;
    let posts = (0..40).map(|number| {
        let source = if number % 2 == 0 { &of_acme } else { &of_beta };
        let node = &node;
        // The same rule, parties and number in both: alike for each tenant, and in each tenant only.
        async move { (number % 2, node.deliver(source, Incident::number(number / 2 + 1).xml()).await) }
    });
    let answers: Vec<(i32, Value)> = join_all(posts).await;
    for (tenant, answer) in &answers {
        let expected = if *tenant == 0 { acme.id } else { beta.id };
        assert_eq!(answer["alert"]["organization_id"], json!(expected));
    }
    assert_eq!(node.count("tickets").await, 2);
    let crossed = "ticket_activity activity join tickets ticket on ticket.id = activity.ticket_id
        where ticket.organization_id <> activity.organization_id
           or (activity.actor_kind = 'source' and activity.actor_id <> ticket.source_id)
           or activity.actor_name <> (select name from sources where id = ticket.source_id)";
    assert_eq!(node.count(crossed).await, 0);
    let payloads = "alert_payloads payload join alerts on alerts.id = payload.alert_id
        where alerts.organization_id <> payload.organization_id";
    assert_eq!(node.count(payloads).await, 0);
}

#[tokio::test]
async fn an_id_of_a_time_without_a_partition_is_kept_by_default() {
    let (node, _, source) = acme().await;
    for table in ["alerts", "alert_payloads", "ticket_activity", "audit_records", "outbox"] {
        let name = node
            .row(&format!(
                "select coalesce(jsonb_agg(inhrelid::regclass::text), '[]') as names from pg_inherits
                 where inhparent = '{table}'::regclass and inhrelid::regclass::text <> '{table}_default'"
            ))
            .await;
        for partition in name["names"].as_array().unwrap() {
            node.run_sql(&format!("drop table {}", partition.as_str().unwrap())).await;
        }
    }
    let answer = node.deliver(&source, Incident::number(1).xml()).await;
    assert_eq!(answer["outcome"], "created");
    assert_eq!(node.count("alerts_default").await, 1);
    assert_eq!(node.deliver(&source, Incident::number(1).count(2).xml()).await["outcome"], "updated");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn people_work_on_tickets_while_deliveries_pour_in_and_nothing_breaks() {
    let (node, acme, source) = acme().await;
    source.change(json!({ "storm_limit": null })).await;
    let other = node.another().await;
    let incident = |number: usize| Incident::number(number + 1).to(&format!("10.0.0.{number}"));
    let xml = |number: usize, told: usize| {
        let xml = incident(number).told(told).count(told + 1).xml();
        xml.replace("<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n", "")
    };
    let mut tickets = Vec::new();
    for number in 0..8 {
        tickets.push(ticket_id(&node.deliver(&source, incident(number).xml()).await));
    }
    let ana = node.a_senior_analyst_of(&acme).await;
    let pour = join_all((0..6).map(|sender| {
        let at = if sender % 2 == 0 { &node } else { &other };
        let source = &source;
        async move {
            for told in 0..12 {
                let mut numbers = (0..8).collect::<Vec<_>>();
                numbers.rotate_left((sender + told) % 8);
                let body = numbers.iter().map(|number| xml(*number, sender * 100 + told)).collect::<String>();
                let answers = at.deliver(source, format!("<incidents>{body}</incidents>")).await;
                assert!(
                    answers.as_array().unwrap().iter().all(|one| one["outcome"] != "quarantined"),
                    "{answers}"
                );
            }
        }
    }));
    let work = join_all((0..4).map(|person| {
        let ana = if person % 2 == 0 { ana.clone() } else { ana.at(&other) };
        let tickets = &tickets;
        async move {
            for round in 0..6 {
                let (first, second) =
                    (&tickets[(person * 2 + round) % 8], &tickets[(person * 2 + round + 3) % 8]);
                let ending =
                    json!({ "verdict": "true_positive", "impact": "low", "reason": "Seen and dealt with." });
                let merge = json!({ "survivor_id": second, "member_ids": [first] });
                let answers = [
                    ana.post(&format!("/api/v1/tickets/{first}/close"), ending).await,
                    ana.post(&format!("/api/v1/tickets/{first}/reopen"), json!({ "reason": "It goes on." }))
                        .await,
                    ana.post("/api/v1/tickets/merge", merge).await,
                    ana.post(&format!("/api/v1/tickets/{second}/split"), json!({ "member_id": first })).await,
                ];
                for answer in answers {
                    // A race that was lost is run again: nobody is told to come back.
                    assert!(answer.status.as_u16() < 500, "{} {}", answer.status, answer.text());
                }
            }
        }
    }));
    tokio::join!(pour, work);
    node.settled().await;
    let loose = "alerts left join tickets on tickets.id = alerts.ticket_id where tickets.id is null";
    assert_eq!(node.count(loose).await, 0);
    assert_eq!(node.count("alerts where deliveries <> 73").await, 0, "every delivery counts");
    assert_eq!(node.count("alerts where occurrences <> 512").await, 0, "the largest count stays");
    let followed = "alerts join tickets ticket on ticket.id = alerts.ticket_id
        join tickets survivor on survivor.id = ticket.merged_into where survivor.merged_into is not null";
    assert_eq!(node.count(followed).await, 0);
}
