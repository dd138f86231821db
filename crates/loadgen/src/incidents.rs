//! FortiSIEM incidents, each of its own number, over a believable spread of rules, severities and addresses.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;

use crate::load::{self, Outcome, Request, Until};

pub struct Plan {
    pub token: String,
    pub is_repeat: bool,
    /// The first incident's number.
    pub first: u64,
}

const RULES: [(&str, &str, u8); 8] = [
    ("PH_RULE_HIGH_SEV_SEC_IPS_IN_PERMIT", "High severity inbound permitted IPS exploit", 9),
    ("PH_RULE_EXCESS_DNS_QUERY", "Excessive end user DNS queries", 7),
    ("PH_RULE_HEAVY_TCP_PORT_SCAN", "Heavy TCP port scan: single destination", 7),
    ("PH_RULE_FAILED_LOGON_MULTIPLE_ACCOUNTS", "Multiple logon failures: many accounts", 9),
    ("PH_RULE_INAPPROPRIATE_WEB_TRAFFIC", "Website access policy violation", 5),
    ("PH_RULE_AUTO_SRVC_DOWN", "Automatic service stopped", 10),
    ("PH_RULE_VPN_LOGON_UNUSUAL_COUNTRY", "VPN logon from an unusual country", 6),
    ("PH_RULE_MALWARE_FOUND", "Malware found and not remediated", 10),
];

/// A number that no earlier run has used.
pub fn fresh_number() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a load generator tells its runs apart by the clock")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    now.as_millis() as u64 * 1000
}

pub async fn run(server: &str, plan: &Plan, connections: usize, until: Until) -> Result<Outcome> {
    let (token, first, is_repeat) = (plan.token.clone(), plan.first, plan.is_repeat);
    load::run(server, connections, until, move |number| Request {
        method: "POST",
        path: "/api/v1/integrations/webhook".to_owned(),
        token: token.clone(),
        content_type: "application/xml",
        body: incident(if is_repeat { first } else { first + number }).into_bytes(),
    })
    .await
}

fn incident(number: u64) -> String {
    // A well-mixed number, so that neighbours share nothing.
    let mixed =
        number.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let (rule, name, severity) = RULES[(mixed % 8) as usize];
    let [a, b, c, d, e, ..] = mixed.to_be_bytes();
    // One in five hundred names a word of its own kind: the middle frequency of searches.
    let rare = if mixed.is_multiple_of(500) { " kerberoasting" } else { "" };
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<incident incidentId="{number}" organization="Super" repeatCount="1" ruleType="{rule}" severity="{severity}" status="0">
<name>{name}{rare}</name><remediation/>
<description>Detects what its name says, between these parties and in this window of time.</description><policyID/>
<displayTime>Tue Nov 11 12:56:30 UTC 2025</displayTime><incidentCategory>Security/Execution</incidentCategory>
<incidentSource><entry attribute="srcIpAddr" name="Source IP">198.51.{a}.{b}</entry></incidentSource>
<incidentTarget><entry attribute="destIpAddr" name="Destination IP">10.{c}.{d}.{e}</entry></incidentTarget>
<incidentDetails><entry attribute="attackName" name="Attack Name">udp_scan</entry><entry attribute="incidentCount" name="Triggered Event Count">2</entry></incidentDetails>
<affectedBizSrvc/><identityLocation/><mitreTactic>Execution</mitreTactic><mitreTechniqueId>T1203</mitreTechniqueId>
<rawEvents>[NonIPSHighSev] &lt;185&gt;date=2025-11-11 time=12:55:54 devname="FG-1" type="utm" subtype="anomaly" level="alert" severity="critical" srcip="198.51.{a}.{b}" dstip="10.{c}.{d}.{e}" attack="udp_scan"</rawEvents></incident>"#
    )
}
