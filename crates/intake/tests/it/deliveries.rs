//! One incident, the same again, and what its keys make of the next.

use testkit::{Value, json};

use crate::incident::Incident;
use crate::node::{acme, alert_id, text, ticket_id};

#[tokio::test]
async fn an_incident_opens_a_ticket_with_the_mapped_severity_and_an_alert() {
    let (node, acme, source) = acme().await;
    let answer = node.deliver(&source, Incident::number(1_814_999).severity(9).count(23).xml()).await;
    assert_eq!(answer["outcome"], "created");
    assert_eq!(answer["why"], "new");
    assert_eq!(answer["alert"]["severity"], "high");
    assert_eq!(answer["alert"]["rule_id"], "PH_RULE_BRUTE_FORCE");
    assert_eq!(answer["alert"]["organization_id"], json!(acme.id));
    assert_eq!(answer["ticket"]["stage"], "new");
    let reference = text(&answer["ticket"]["reference"]);
    let year = node.clock.now().year();
    assert_eq!(reference, format!("TCK-{year}-000001"));
    let ticket = node.ticket(&ticket_id(&answer)).await;
    assert_eq!((&ticket["severity"], &ticket["stage"]), (&json!(4), &json!("new")));
    assert_eq!((&ticket["alert_count"], &ticket["occurrences"]), (&json!(1), &json!(23)));
    assert_eq!(ticket["source_ip"], "198.51.100.23");
    let ana = node.an_analyst_of(&acme).await;
    let alert = ana.get(&format!("/api/v1/alerts/{}", alert_id(&answer))).await.expect(200);
    assert_eq!(alert["incident_id"], "1814999");
    assert_eq!((&alert["severity"], &alert["occurrences"]), (&json!("high"), &json!(23)));
    assert_eq!(alert["ticket"]["reference"], json!(reference));
    assert_eq!(alert["sources"][0]["value"], "198.51.100.23");
    assert_eq!(node.timeline(&ticket_id(&answer)).await, ["created"]);
}

#[tokio::test]
async fn the_severities_of_fortisiem_are_mapped() {
    let (node, _, source) = acme().await;
    let expected = [(0, "informational"), (1, "low"), (4, "low"), (5, "medium"), (8, "medium"), (9, "high")];
    for (number, name) in expected.into_iter().chain([(10, "critical")]) {
        let incident =
            Incident::number(100 + i32::from(number)).severity(number).to(&format!("192.0.2.{number}"));
        let answer = node.deliver(&source, incident.xml()).await;
        assert_eq!(answer["alert"]["severity"], name, "{number}");
    }
}

#[tokio::test]
async fn the_same_bytes_again_are_a_duplicate_and_only_deliveries_rises() {
    let (node, _, source) = acme().await;
    let body = Incident::number(7).count(5).xml();
    let first = node.deliver(&source, body.clone()).await;
    let (ticket_before, alert_before) =
        (node.ticket(&ticket_id(&first)).await, node.alert(&alert_id(&first)).await);
    for _ in 0..3 {
        let again = node.deliver(&source, format!("\n{body}  ")).await;
        assert_eq!((&again["outcome"], &again["why"]), (&json!("duplicate"), &json!("same_payload")));
        assert_eq!(again["ticket"], first["ticket"]);
    }
    let mut alert = node.alert(&alert_id(&first)).await;
    assert_eq!(alert["deliveries"], 4);
    for counted in ["deliveries", "last_received_at", "version"] {
        alert[counted] = alert_before[counted].clone();
    }
    assert_eq!(alert, alert_before);
    assert_eq!(node.ticket(&ticket_id(&first)).await, ticket_before);
    assert_eq!(node.count("alert_payloads").await, 1);
    assert_eq!(node.timeline(&ticket_id(&first)).await, ["created"]);
}

#[tokio::test]
async fn a_larger_count_raises_occurrences_in_any_order_of_arrival() {
    for order in [[1, 5, 9], [9, 5, 1], [5, 9, 1]] {
        let (node, _, source) = acme().await;
        let mut last = Value::Null;
        for count in order {
            last = node.deliver(&source, Incident::number(7).count(count).xml()).await;
        }
        assert_eq!((&last["outcome"], &last["why"]), (&json!("updated"), &json!("same_incident")));
        let alert = node.alert(&alert_id(&last)).await;
        assert_eq!((&alert["occurrences"], &alert["deliveries"]), (&json!(9), &json!(3)), "{order:?}");
        let ticket = node.ticket(&ticket_id(&last)).await;
        assert_eq!((&ticket["occurrences"], &ticket["alert_count"]), (&json!(9), &json!(1)), "{order:?}");
        assert_eq!(node.count("tickets").await, 1);
    }
}

#[tokio::test]
async fn absent_and_zero_incident_ids_match_only_by_rule_and_parties() {
    let (node, _, source) = acme().await;
    let ids = ["", "0", "00000"];
    for (index, id) in ids.iter().enumerate() {
        let apart = Incident::number(id).to(&format!("192.0.2.{index}"));
        assert_eq!(node.deliver(&source, apart.xml()).await["outcome"], "created", "{id:?}");
    }
    assert_eq!(node.count("tickets").await, 3);
    for id in ids {
        let alike = Incident::number(id).to("192.0.2.0").told(format!("again {id}"));
        let answer = node.deliver(&source, alike.xml()).await;
        assert_eq!(answer["outcome"], "updated", "{id:?}: {answer}");
    }
    assert_eq!(node.count("tickets").await, 3);
}

#[tokio::test]
async fn generic_ids_of_zeros_and_white_space_are_none() {
    let (node, acme, _) = acme().await;
    let source = node.source_of_kind("generic", "Scanner", &[(None, &acme)]).await;
    for (index, id) in ["0", " 0 ", "000", "  "].iter().enumerate() {
        let alert = json!({ "title": format!("Finding {index}"), "external_id": id });
        assert_eq!(node.deliver(&source, alert.to_string()).await["outcome"], "created", "{id:?}");
    }
    assert_eq!(node.count("alerts where incident_id is not null").await, 0);
}

#[tokio::test]
async fn empty_lists_of_parties_never_group() {
    let (node, _, source) = acme().await;
    for (number, incident) in [
        Incident::number(1).without_source(),
        Incident::number(2).without_source(),
        Incident::number(3).without_target(),
        Incident::number(4).without_target(),
        Incident::number("").without_target().told("one"),
        Incident::number("").without_target().told("two"),
    ]
    .iter()
    .enumerate()
    {
        assert_eq!(node.deliver(&source, incident.xml()).await["outcome"], "created", "{number}");
    }
    assert_eq!(node.count("tickets").await, 6);
}

#[tokio::test]
async fn the_same_rule_and_parties_with_a_new_number_join_the_open_ticket_and_say_why() {
    let (node, acme, source) = acme().await;
    let first = node.deliver(&source, Incident::number(1).xml()).await;
    let second = node.deliver(&source, Incident::number(2).count(4).xml()).await;
    assert_eq!(second["outcome"], "linked");
    assert_eq!(second["why"], "same_rule_and_entities");
    assert_eq!(second["ticket"], first["ticket"]);
    assert_ne!(second["alert"]["id"], first["alert"]["id"]);
    let ticket = node.ticket(&ticket_id(&first)).await;
    assert_eq!((&ticket["alert_count"], &ticket["occurrences"]), (&json!(2), &json!(5)));
    assert_eq!(ticket["version"], 1, "what arrives leaves an analyst's version alone");
    assert_eq!(node.timeline(&ticket_id(&first)).await, ["created", "alert"]);
    let ana = node.an_analyst_of(&acme).await;
    let alert = ana.get(&format!("/api/v1/alerts/{}", alert_id(&second))).await.expect(200);
    assert_eq!(alert["why_grouped"], "same_rule_and_entities");
}

#[tokio::test]
async fn generic_alerts_come_alone_in_a_list_and_wrapped() {
    let (node, acme, _) = acme().await;
    let source = node.source_of_kind("generic", "Scanner", &[(None, &acme)]).await;
    let one = node.deliver(&source, json!({ "title": "Port scan", "severity": "high" }).to_string()).await;
    assert_eq!((&one["outcome"], &one["alert"]["severity"]), (&json!("created"), &json!("high")));
    let list = node.deliver(&source, json!([{ "title": "a" }, { "title": "b" }]).to_string()).await;
    assert_eq!(list.as_array().map(Vec::len), Some(2));
    let wrapped = node.deliver(&source, json!({ "alerts": [{ "title": "c" }] }).to_string()).await;
    assert_eq!(wrapped[0]["outcome"], "created");
    for empty in ["[]", "{\"alerts\":[]}"] {
        assert_eq!(node.deliver(&source, empty.to_owned()).await, json!([]));
    }
    assert_eq!(node.count("tickets").await, 4);
}

#[tokio::test]
async fn in_a_list_a_clear_never_overtakes_what_it_clears() {
    let (node, _, source) = acme().await;
    let pairs = (1..60).flat_map(|number| {
        let incident = || Incident::number(number).to(&format!("10.7.0.{number}"));
        [incident().xml(), incident().cleared().xml()]
    });
    let body = pairs.map(|xml| xml.replace("<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n", ""));
    node.deliver(&source, format!("<incidents>{}</incidents>", body.collect::<String>())).await;
    assert_eq!(node.count("alerts").await, 59);
    assert_eq!(node.count("alerts where source_state = 'cleared'").await, 59);
}

#[tokio::test]
async fn a_list_with_a_bad_element_keeps_its_neighbours() {
    let (node, acme, _) = acme().await;
    let source = node.source_of_kind("generic", "Scanner", &[(None, &acme)]).await;
    let body = r#"[{"title":"a"}, {"titel":"b"}, {"title":"c"}]"#;
    let answers = node.deliver(&source, body.to_owned()).await;
    let outcomes = answers.as_array().unwrap().iter().map(|answer| &answer["outcome"]).collect::<Vec<_>>();
    assert_eq!(outcomes, ["created", "quarantined", "created"]);
    assert_eq!(answers[1]["code"], "invalid_alert");
    let (line, column) =
        (&answers[1]["position"]["line"], answers[1]["position"]["column"].as_u64().unwrap());
    assert!(*line == 1 && (17..=26).contains(&column), "within the second alert: {}", answers[1]);
    assert_eq!(node.count("quarantine where convert_from(body, 'UTF8') = '{\"titel\":\"b\"}'").await, 1);
}

#[tokio::test]
async fn every_change_leaves_its_audit_record() {
    let (node, _, source) = acme().await;
    let before = node.audit_actions().await.len();
    let first = node.deliver(&source, Incident::number(1).xml()).await;
    node.deliver(&source, Incident::number(1).xml()).await;
    node.deliver(&source, Incident::number(2).xml()).await;
    node.close(&ticket_id(&first), "true_positive").await;
    node.deliver(&source, Incident::number(1).severity(10).xml()).await;
    node.post(&source.token, "<incident").await.expect_problem(422, "xml_malformed");
    let actions = node.audit_actions().await;
    assert_eq!(
        actions[before..],
        [
            "ticket.opened",
            "alert.repeated",
            "alert.received",
            "ticket.reopened",
            "alert.received",
            "delivery.quarantined"
        ]
    );
    let record = node.row("select * from audit_records where action = 'ticket.opened'").await;
    assert_eq!((&record["actor_kind"], &record["actor_id"]), (&json!("source"), &json!(source.id)));
    assert_eq!(record["object_reference"], first["ticket"]["reference"]);
}
