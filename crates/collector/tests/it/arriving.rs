//! Messages over UDP and TCP, and what becomes of them.

use crate::node::{FORTIGATE, Node};

const INCIDENT: &str = "<incident incidentId=\"501\" ruleType=\"PH_RULE_SCAN\" severity=\"9\" repeatCount=\"2\" status=\"0\">\
<name>Port scan</name><description>Many ports</description>\
<incidentSource><entry attribute=\"srcIpAddr\" name=\"\">198.51.100.9</entry></incidentSource>\
<incidentTarget><entry attribute=\"destIpAddr\" name=\"\">10.0.0.9</entry></incidentTarget></incident>";

#[tokio::test]
async fn an_incident_of_fortisiem_in_a_datagram_becomes_a_ticket() {
    let (node, acme, _) = Node::acme().await;
    node.send_udp(INCIDENT).await;
    node.until("select count(*) from tickets where rule_id = 'PH_RULE_SCAN'", 1).await;
    let ana = node.an_analyst_of(&acme).await;
    let tickets = ana.get("/api/v1/tickets").await.expect(200);
    assert_eq!(tickets["items"][0]["source_ip"], "198.51.100.9");
    // Told twice, over another transport too: still one.
    node.send_tcp(format!("{} {INCIDENT}", INCIDENT.len()).as_bytes()).await;
    node.until_counted("tcp", "received", 1).await;
    assert_eq!(node.count("select count(*) from tickets").await, 1);
}

#[tokio::test]
async fn lines_of_a_source_are_counted_with_those_that_no_format_fits() {
    let (node, _, source) = Node::acme().await;
    node.send_udp(FORTIGATE).await;
    node.send_tcp(format!("{FORTIGATE}\n<13>just words\n").as_bytes()).await;
    node.until("select coalesce(sum(received), 0)::bigint from source_counts", 3).await;
    let path = format!("/api/v1/sources/{}", source["id"].as_str().unwrap());
    let source = node.an_administrator().await.get(&path).await.expect(200);
    assert_eq!(
        (source["counts"]["received"].as_i64(), source["counts"]["unparsed"].as_i64()),
        (Some(3), Some(1))
    );
    assert_eq!(
        source["rate_per_minute"].as_array().unwrap().iter().filter_map(|one| one.as_i64()).sum::<i64>(),
        3
    );
}

#[tokio::test]
async fn a_line_that_a_rule_meets_becomes_one_ticket_however_often_it_comes_and_says_why() {
    let (node, acme, _) = Node::acme().await;
    for _ in 0..5 {
        node.send_udp(FORTIGATE).await;
    }
    node.until("select count(*) from events where rules is not null", 5).await;
    assert_eq!(node.count("select count(*) from tickets").await, 1);
    let ana = node.an_analyst_of(&acme).await;
    let tickets = ana.get("/api/v1/tickets").await.expect(200);
    assert_eq!(tickets["items"][0]["source_ip"], "203.0.113.66");
    let alerts = ana.get("/api/v1/alerts").await.expect(200);
    let path = format!("/api/v1/alerts/{}/why", alerts["items"][0]["id"].as_str().unwrap());
    ana.get(&path).await.expect(200);
}
