//! Messages over UDP and TCP, and what becomes of them.

use testkit::json;

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

fn incident_of(organization: &str, number: u32) -> String {
    INCIDENT
        .replacen("<incident ", &format!("<incident organization=\"{organization}\" "), 1)
        .replace("501", &number.to_string())
}

#[tokio::test]
async fn an_incident_that_names_an_unmapped_organization_is_held_until_it_is_mapped_and_its_event_is_kept() {
    let (node, acme, source) = Node::acme().await;
    let globex = node.organization("Globex").await;
    node.send_udp(&incident_of("globex-prod", 601)).await;
    // Over TCP with a syslog header before it; the line behind it is taken.
    let framed = format!("<13>Nov 21 10:00:00 siem phoenix: {}", incident_of("globex-prod", 602));
    node.send_tcp(format!("{} {framed}\n<13>just words\n", framed.len()).as_bytes()).await;
    node.until("select count(*) from quarantine where reason_code = 'organization_not_mapped'", 2).await;
    node.until("select count(*) from events", 3).await;
    assert_eq!(node.count("select count(*) from tickets").await, 0);
    let admin = node.an_administrator().await;
    let items = admin.get("/api/v1/quarantine").await.expect(200)["items"].take();
    assert_eq!(items.as_array().unwrap().len(), 2);
    assert!(items[0]["reason"].as_str().unwrap().contains("globex-prod"), "{items}");
    // It is somebody else's: who sees a part of the organizations does not see it.
    let ana = node.a_soc_manager_of(&acme).await;
    assert!(ana.get("/api/v1/quarantine").await.expect(200)["items"].as_array().unwrap().is_empty());
    let path = format!("/api/v1/sources/{}", source["id"].as_str().unwrap());
    node.until("select coalesce(sum(quarantined), 0)::bigint from source_counts", 2).await;
    let mapping = json!({ "organizations": [
        { "match": null, "organization_id": acme.id }, { "match": "globex-prod", "organization_id": globex.id },
    ] });
    let version = admin.get(&path).await.expect(200)["version"].as_i64().unwrap();
    admin.patch(&path, version, mapping).await.expect(200);
    for item in items.as_array().unwrap() {
        let path = format!("/api/v1/quarantine/{}/replay", item["id"].as_str().unwrap());
        admin.post(&path, json!({})).await.expect(200);
    }
    node.send_udp(&incident_of("globex-prod", 603)).await;
    let of_globex = format!("select count(*) from events where organization_id = '{}'", globex.id);
    node.until(&of_globex, 1).await;
    let alerts = format!("select count(*) from alerts where organization_id = '{}'", globex.id);
    node.until(&alerts, 3).await;
}

#[tokio::test]
async fn an_incident_that_cannot_be_read_is_held_with_the_reason_and_its_event_is_kept() {
    let (node, acme, _) = Node::acme().await;
    let (torn, _) = INCIDENT.split_at(INCIDENT.len() / 2);
    node.send_udp(torn).await;
    node.send_udp(INCIDENT).await;
    node.until("select count(*) from quarantine", 1).await;
    node.until("select count(*) from events", 2).await;
    node.until("select count(*) from tickets", 1).await;
    let manager = node.a_soc_manager_of(&acme).await;
    let items = manager.get("/api/v1/quarantine").await.expect(200)["items"].take();
    let path = format!("/api/v1/quarantine/{}", items[0]["id"].as_str().unwrap());
    assert_eq!(manager.get(&path).await.expect(200)["body_text"], torn);
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
    // The source counts the lines, and beside them what became of its alerts.
    node.until("select coalesce(sum(received), 0)::bigint from source_counts", 5).await;
    node.until("select coalesce(sum(created), 0)::bigint from source_counts", 1).await;
}
