//! Bodies that mean harm, or nothing.

use std::time::Instant;

use testkit::json;

use crate::incident::Incident;
use crate::node::{acme, alert_id, text, ticket_id};

#[tokio::test]
async fn every_unreadable_body_is_refused_with_a_reason_and_kept() {
    let (node, _, source) = acme().await;
    let deep = format!("<incident>{}{}</incident>", "<a>".repeat(500), "</a>".repeat(500));
    let attributes = (0..100_000).map(|number| format!(" a{number}=\"\"")).collect::<String>();
    let laughs =
        "<!DOCTYPE i [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><incident ruleType=\"R\">&b;</incident>";
    let external = "<!DOCTYPE i SYSTEM \"http://127.0.0.1:1/x\"><incident ruleType=\"R\"/>";
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let bodies: Vec<(Vec<u8>, &str)> = vec![
        (b"".to_vec(), "empty"),
        (b" \n\t".to_vec(), "empty"),
        (b"<incident ruleType=\"\xff\xfe\"/>".to_vec(), "not_utf8"),
        (b"{\"title\":\"\xff\"}".to_vec(), "not_utf8"),
        (b"\x00\x01\x02\x03".to_vec(), "unknown_shape"),
        (laughs.into(), "xml_doctype"),
        (external.into(), "xml_doctype"),
        (format!("<incident ruleType=\"R\"{attributes}/>").into(), "too_many_attributes"),
        (deep.into(), "too_deep"),
        (b"<incident/>".to_vec(), "not_an_incident"),
        (b"plain words".to_vec(), "unknown_shape"),
        (b"{\"title\":".to_vec(), "json_malformed"),
        (b"{\"alerts\":[{\"title\":\"a\"},]}".to_vec(), "json_malformed"),
        (b"{\"title\":\"a\",\"title\":\"b\"}".to_vec(), "invalid_alert"),
        (b"{\"title\":\"a\",\"occurrences\":18446744073709551616}".to_vec(), "invalid_alert"),
        (b"{\"title\":\"a\",\"occurrences\":1e400}".to_vec(), "json_malformed"),
        (b"{\"title\":\"a\",\"occurrences\":-1}".to_vec(), "invalid_alert"),
        (b"{\"title\":\"\"}".to_vec(), "invalid_alert"),
        (b"{\"title\":\"a\",\"\\u0000\\u0001\":1}".to_vec(), "invalid_alert"),
        (nested.into(), "too_deep"),
    ];
    for (index, (body, code)) in bodies.iter().enumerate() {
        let started = Instant::now();
        let answer = node.post(&source.token, body.clone()).await;
        assert!(answer.status == 422, "{index} {code}: {} {}", answer.status, answer.text());
        let problem = answer.json();
        let is_known =
            problem["code"] == *code || (*code == "too_deep" && problem["code"] == "json_malformed");
        assert!(is_known, "{index}: {problem}");
        assert!(problem["context"]["quarantine_id"].is_string(), "{index}: {problem}");
        assert!(answer.body.len() < 4096, "{index}: the answer does not give the body back");
        assert!(started.elapsed().as_secs() < 5, "{index} took {:?}", started.elapsed());
    }
    assert_eq!(node.count("quarantine").await, i64::try_from(bodies.len()).unwrap());
    assert_eq!(node.count("alerts").await + node.count("tickets").await, 0);
}

#[tokio::test]
async fn what_is_refused_is_quoted_only_in_part() {
    let (node, _, source) = acme().await;
    let long = "x".repeat(500_000);
    for body in [
        format!("{{\"title\":\"a\",\"{long}\":1}}"),
        Incident::number(1).of(&long[..200_000]).xml(),
        format!("<incident ruleType=\"R\"><{long}></incident>"),
    ] {
        let answer = node.post(&source.token, body).await;
        answer.expect(422);
        assert!(answer.body.len() < 8192, "{} bytes", answer.body.len());
    }
    assert_eq!(node.count("quarantine where length(reason) > 600").await, 0);
}

#[tokio::test]
async fn a_compressed_body_is_refused_unread() {
    let (node, _, source) = acme().await;
    let body = Incident::number(1).xml();
    for encoding in ["gzip", "br", "gzip, identity"] {
        let answer = node.post_with(&source.token, body.clone(), &[("content-encoding", encoding)]).await;
        answer.expect_problem(415, "unsupported_encoding");
    }
    node.post_with(&source.token, body, &[("content-encoding", "identity")]).await.expect(200);
    assert_eq!(node.count("quarantine").await, 0);
}

#[tokio::test]
async fn control_characters_nul_included_become_visible() {
    let (node, acme, source) = acme().await;
    let body = r#"{"incidentId":5,"eventType":"PH_RULE_X\u0000","eventName":"a\u0000b\u001b[31m","incidentTitle":"t\u0000","incidentSrc":"srcIpAddr:10.0.0.1\u0000,","incidentTarget":"hostName:x\u0000y,","eventSeverity":9}"#;
    let answer = node.deliver(&source, body.to_owned()).await;
    assert_eq!(answer["outcome"], "created");
    let ana = node.an_analyst_of(&acme).await;
    let alert = ana.get(&format!("/api/v1/alerts/{}", alert_id(&answer))).await;
    alert.expect(200);
    let words =
        [&alert.json()["title"], &alert.json()["rule_name"], &alert.json()["targets"][0]["value"]].map(text);
    assert!(words.concat().chars().all(|character| !character.is_control()), "{words:?}");
    let generic = json!({ "title": "a\u{0}b", "rule_id": "r\u{1}", "description": "\u{0}", "entities": [
        { "role": "source", "attribute": "user\u{0}", "value": "\u{0}" }] });
    node.deliver(&source, generic.to_string()).await;
}

#[tokio::test]
async fn oddities_of_unicode_are_kept_and_searchable() {
    let (node, _, source) = acme().await;
    for (number, title) in [
        "\u{202e}txt.exe",
        "\u{200b}\u{200b}",
        "e\u{301}\u{301}\u{301}",
        "\u{1f469}\u{200d}\u{1f4bb}",
        "ﷺ".repeat(300).as_str(),
        "İstanbul ẞ ς",
        "\u{fffd}\u{feff}",
        "' or 1=1 --",
        "<script>alert(1)</script>",
        "=cmd|' /C calc'!A0",
        "\u{10ffff}",
        "--",
        "...",
        "@",
    ]
    .into_iter()
    .enumerate()
    {
        let alert = json!({ "title": title, "external_id": format!("{}", number + 1) });
        let answer = node.deliver(&source, alert.to_string()).await;
        assert_eq!(answer["outcome"], "created", "{title:?}");
        assert_eq!(node.ticket(&ticket_id(&answer)).await["title"], title);
    }
}

#[tokio::test]
async fn counts_beyond_every_number_are_drawn_into_bounds_and_added_up() {
    let (node, _, source) = acme().await;
    let most = 9_007_199_254_740_991_i64;
    let first = node.deliver(&source, Incident::number(1).count(u64::MAX).xml()).await;
    assert_eq!(node.alert(&alert_id(&first)).await["occurrences"], most);
    // Onto the ticket of the same batch, and onto the ticket that was there before.
    let body = (2..300).map(|number| Incident::number(number).count(u64::MAX).xml());
    let body =
        body.map(|xml| xml.replace("<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n", "")).collect::<String>();
    let answers = node.deliver(&source, format!("<incidents>{body}</incidents>")).await;
    assert!(answers.as_array().unwrap().iter().all(|answer| answer["outcome"] == "linked"));
    let apart = (400..650).map(|number| Incident::number(number).count(u64::MAX).to("10.0.0.1").xml());
    let body =
        apart.map(|xml| xml.replace("<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n", "")).collect::<String>();
    node.deliver(&source, format!("<incidents>{body}</incidents>")).await;
    let far =
        node.deliver(&source, Incident::number(2).count("99999999999999999999999").told("x").xml()).await;
    assert_eq!(far["outcome"], "updated");
    node.settled().await;
    assert_eq!(node.row("select max(occurrences) as most from tickets").await["most"], most);
}

#[tokio::test]
async fn times_far_away_are_no_harm() {
    let (node, acme, source) = acme().await;
    let times = [
        "9999-12-31T23:59:59-23:59",
        "0000-01-01T00:00:00+23:59",
        "0001-01-01T00:00:00Z",
        "1601-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "9999-12-31T23:59:59Z",
        "2999-01-01T00:00:00Z",
        "soon",
    ];
    for (number, time) in times.iter().enumerate() {
        let alert = json!({ "title": format!("generic {number}"), "external_id": format!("g{number}"), "event_time": time });
        assert_eq!(node.deliver(&source, alert.to_string()).await["outcome"], "created", "{time}");
        let body = format!(
            "<incident ruleType=\"R{number}\" incidentId=\"{}\"><displayTime>{time}</displayTime></incident>",
            number + 1
        );
        assert_eq!(node.deliver(&source, body).await["outcome"], "created", "{time}");
    }
    for (number, epoch) in
        ["-9223372036854775808", "-99999999999999", "-1", "253402300799999", "9223372036854775807"]
            .iter()
            .enumerate()
    {
        let body = format!(
            "{{\"incidentId\":{},\"eventType\":\"PH_RULE_E{number}\",\"incidentTitle\":\"t\",\"incidentFirstSeen\":{epoch},\"incidentLastSeen\":{epoch}}}",
            900 + number
        );
        assert_eq!(node.deliver(&source, body).await["outcome"], "created", "{epoch}");
    }
    let ana = node.an_analyst_of(&acme).await;
    for alert in ana.get("/api/v1/alerts?limit=200").await.items() {
        let (first, last) =
            (alert["first_seen_at"].as_str().unwrap(), alert["last_seen_at"].as_str().unwrap());
        assert!(first <= last && first >= "1970", "{alert}");
        assert!(last < "2100", "{alert}");
    }
}

#[tokio::test]
async fn texts_too_long_for_an_index_are_shortened_and_the_incident_kept() {
    let (node, _, source) = acme().await;
    // What does not compress: an index would take a long run of one letter.
    let mut state = 7_u64;
    let long = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{:x}", state >> 32)
    })
    .take(20_000)
    .collect::<String>();
    let mut incident = Incident::number(&long[..50_000]).rule(&long[..100_000]);
    incident.name.clone_from(&long);
    incident.targets = vec![("hostName".to_owned(), long[..60_000].to_owned())];
    let answer = node.deliver(&source, incident.xml()).await;
    assert_eq!(answer["outcome"], "created");
    assert_eq!(node.deliver(&source, incident.told("again").xml()).await["outcome"], "updated");
    let title = json!({ "title": "x".repeat(1_000_000 - 100) });
    node.post(&source.token, title.to_string()).await.expect_problem(422, "invalid_alert");
}

#[tokio::test]
async fn what_is_twice_in_one_body_is_one_alert() {
    let (node, _, source) = acme().await;
    let one = json!({ "title": "a", "external_id": "7" });
    let other = json!({ "title": "b", "external_id": "7", "occurrences": 4 });
    let answers = node.deliver(&source, json!([one, one, other]).to_string()).await;
    let outcomes = answers
        .as_array()
        .unwrap()
        .iter()
        .map(|answer| answer["outcome"].as_str().unwrap())
        .collect::<Vec<_>>();
    assert_eq!(outcomes, ["created", "duplicate", "updated"]);
    let alert = node.alert(&alert_id(&answers[0])).await;
    assert_eq!((&alert["deliveries"], &alert["occurrences"]), (&json!(3), &json!(4)));
    assert_eq!(node.count("alerts").await, 1);
}
