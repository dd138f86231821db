//! The demonstration's world: two organizations, their machines and people, and what happens to them.

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

pub struct Company {
    pub name: &'static str,
    /// What FortiSIEM calls it.
    pub tenant: &'static str,
    /// The second byte of its network 10.x.0.0/16.
    pub network: u8,
    pub domain: &'static str,
    /// Its firewall's serial number.
    pub firewall: &'static str,
}

pub const COMPANIES: [Company; 2] = [
    Company {
        name: "Banco del Sur",
        tenant: "BancoDelSur",
        network: 20,
        domain: "bancodelsur.example",
        firewall: "FG100FTK20000020",
    },
    Company {
        name: "Clínica Santa Elena",
        tenant: "ClinicaSE",
        network: 40,
        domain: "santaelena.example",
        firewall: "FG100FTK20000040",
    },
];

pub struct Rule {
    pub id: &'static str,
    pub name: &'static str,
    pub description: &'static str,
    pub severity: u8,
    pub tactic: &'static str,
    pub technique: &'static str,
    pub category: &'static str,
    /// How often it fires beside the others.
    pub weight: u32,
    /// Percent of its alerts that turn out to be nothing.
    pub false_percent: u32,
    pub is_from_outside: bool,
}

pub const RULES: [Rule; 14] = [
    rule(
        "PH_RULE_FAILED_LOGON_MULTIPLE_ACCOUNTS",
        "Multiple logon failures: same source, many accounts",
        "One source fails to log on to many different accounts of the same host within a few minutes.",
        9,
        "Credential Access",
        "T1110.003",
        "Security/Credential Access",
        10,
        25,
        true,
    ),
    rule(
        "PH_RULE_VPN_BRUTE_FORCE",
        "SSL VPN brute force",
        "Repeated failed SSL VPN logons from one address.",
        8,
        "Credential Access",
        "T1110.001",
        "Security/Credential Access",
        12,
        15,
        true,
    ),
    rule(
        "PH_RULE_VPN_LOGON_UNUSUAL_COUNTRY",
        "VPN logon from a country not seen before",
        "A user opened a VPN session from a country that is not in the user's history.",
        7,
        "Initial Access",
        "T1078",
        "Security/Initial Access",
        7,
        55,
        true,
    ),
    rule(
        "PH_RULE_HIGH_SEV_SEC_IPS_IN_PERMIT",
        "High severity inbound permitted IPS exploit",
        "An exploit attempt from outside that the firewall let through.",
        9,
        "Execution",
        "T1203",
        "Security/Execution",
        9,
        30,
        true,
    ),
    rule(
        "PH_RULE_HEAVY_TCP_PORT_SCAN",
        "Heavy TCP port scan: single destination",
        "One source tries many ports of one host.",
        5,
        "Discovery",
        "T1046",
        "Security/Discovery",
        16,
        60,
        true,
    ),
    rule(
        "PH_RULE_EXCESS_DNS_QUERY",
        "Excessive end user DNS queries",
        "A workstation asks far more DNS questions than its peers.",
        6,
        "Command And Control",
        "T1071.004",
        "Security/Command and Control",
        9,
        50,
        false,
    ),
    rule(
        "PH_RULE_MALWARE_FOUND_NOT_REMEDIATED",
        "Malware found and not remediated",
        "The endpoint agent found malware that it could not remove.",
        10,
        "Execution",
        "T1204.002",
        "Security/Execution",
        5,
        8,
        false,
    ),
    rule(
        "PH_RULE_RANSOMWARE_FILE_RENAMES",
        "Mass file renames typical of ransomware",
        "Thousands of files were renamed to one extension within a minute.",
        10,
        "Impact",
        "T1486",
        "Security/Impact",
        1,
        20,
        false,
    ),
    rule(
        "PH_RULE_DOMAIN_ADMIN_ADDED",
        "User added to a domain administrators group",
        "Membership of a privileged group changed.",
        9,
        "Persistence",
        "T1098",
        "Security/Persistence",
        4,
        65,
        false,
    ),
    rule(
        "PH_RULE_AUDIT_LOG_CLEARED",
        "Windows security log cleared",
        "Somebody cleared the security event log of a server.",
        9,
        "Defense Evasion",
        "T1070.001",
        "Security/Defense Evasion",
        2,
        30,
        false,
    ),
    rule(
        "PH_RULE_OUTBOUND_TOR",
        "Traffic to a Tor entry node",
        "A host talks to a known Tor entry node.",
        7,
        "Command And Control",
        "T1090.003",
        "Security/Command and Control",
        4,
        20,
        false,
    ),
    rule(
        "PH_RULE_DATA_EXFIL_VOLUME",
        "Unusual outbound volume to a new destination",
        "A host sent far more data to a destination than ever before.",
        8,
        "Exfiltration",
        "T1048",
        "Security/Exfiltration",
        4,
        45,
        false,
    ),
    rule(
        "PH_RULE_INAPPROPRIATE_WEB_TRAFFIC",
        "Website access policy violation",
        "A user opened a site of a category that is not allowed.",
        3,
        "",
        "",
        "Security/Policy Violation",
        14,
        35,
        false,
    ),
    rule(
        "PH_RULE_AUTO_SRVC_DOWN",
        "Automatically running service stopped",
        "A service that should always run has stopped.",
        5,
        "",
        "",
        "Availability/Service",
        8,
        40,
        false,
    ),
];

#[expect(clippy::too_many_arguments, reason = "a table's row")]
const fn rule(
    id: &'static str,
    name: &'static str,
    description: &'static str,
    severity: u8,
    tactic: &'static str,
    technique: &'static str,
    category: &'static str,
    weight: u32,
    false_percent: u32,
    is_from_outside: bool,
) -> Rule {
    Rule {
        id,
        name,
        description,
        severity,
        tactic,
        technique,
        category,
        weight,
        false_percent,
        is_from_outside,
    }
}

pub const PEOPLE: [(&str, &str, &str); 7] = [
    ("lucia.ferrer", "Lucía Ferrer", "soc_manager"),
    ("marcos.ibanez", "Marcos Ibáñez", "senior_analyst"),
    ("noelia.quispe", "Noelia Quispe", "analyst"),
    ("tom.becker", "Tom Becker", "analyst"),
    ("ines.duarte", "Inês Duarte", "analyst"),
    ("hugo.salas", "Hugo Salas", "auditor"),
    ("vera.lind", "Vera Lind", "viewer"),
];

pub const ACCOUNTS: [&str; 12] = [
    "jmartinez",
    "acastro",
    "rnunez",
    "svc_backup",
    "mlopez",
    "dgarcia",
    "helpdesk",
    "pruiz",
    "svc_sql",
    "tvargas",
    "egomez",
    "ksilva",
];

/// Kind, name prefix, criticality, department, third byte of the address.
pub const MACHINES: [(&str, &str, &str, &str, u8, usize); 8] = [
    ("firewall", "fw-perimeter", "critical", "Networks", 1, 2),
    ("server", "dc", "critical", "Systems", 10, 4),
    ("database", "sql", "critical", "Systems", 11, 6),
    ("application", "app", "high", "Applications", 12, 16),
    ("server", "file", "high", "Systems", 13, 6),
    ("network", "sw-access", "medium", "Networks", 2, 16),
    ("workstation", "pc", "low", "Operations", 30, 46),
    ("iot", "cam", "low", "Facilities", 60, 4),
];

/// One incident of the story, ready to be written as FortiSIEM would.
pub struct Happening<'a> {
    pub company: &'a Company,
    pub rule: &'static Rule,
    pub number: u64,
    pub source: String,
    pub target: String,
    pub target_name: String,
    pub account: &'static str,
    pub count: u32,
}

/// Draws what happens next in a company.
pub fn happen<'a>(company: &'a Company, number: u64, random: &mut StdRng) -> Happening<'a> {
    let rule = RULES.choose_weighted(random, |rule| rule.weight).unwrap_or(&RULES[0]);
    let (_, prefix, _, _, third, count) = MACHINES[random.random_range(1..MACHINES.len())];
    let machine = random.random_range(1..=count);
    let outside = format!("203.0.113.{}", random.random_range(1..60));
    let inside = format!("10.{}.30.{}", company.network, random.random_range(1..=46));
    Happening {
        company,
        rule,
        number,
        source: if rule.is_from_outside { outside } else { inside },
        target: format!("10.{}.{third}.{machine}", company.network),
        target_name: format!("{prefix}-{machine:02}.{}", company.domain),
        account: ACCOUNTS.choose(random).copied().unwrap_or("unknown"),
        count: random.random_range(2..60),
    }
}

impl Happening<'_> {
    /// The incident as FortiSIEM's notification policy sends it.
    pub fn to_xml(&self) -> String {
        let Happening { rule, source, target, target_name, account, count, number, company } = self;
        let tenant = company.tenant;
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<incident incidentId="{number}" organization="{tenant}" repeatCount="{count}" ruleType="{id}" severity="{severity}" status="0">
  <name>{name}</name>
  <remediation>Find out who was at the source at that time, look for more incidents of the same source, and isolate it when in doubt.</remediation>
  <description>{description}</description>
  <incidentCategory>{category}</incidentCategory>
  <incidentSource><entry attribute="srcIpAddr" name="Source IP">{source}</entry></incidentSource>
  <incidentTarget><entry attribute="destIpAddr" name="Destination IP">{target}</entry><entry attribute="destName" name="Destination Host Name">{target_name}</entry><entry attribute="user" name="User">{account}</entry></incidentTarget>
  <incidentDetails><entry attribute="incidentCount" name="Triggered Event Count">{count}</entry></incidentDetails>
  <mitreTactic>{tactic}</mitreTactic><mitreTechniqueId>{technique}</mitreTechniqueId>
  <rawEvents>[{id}] &lt;185&gt;devname="FG-{network}" type="event" srcip={source} dstip={target} user="{account}" msg="{name}"</rawEvents>
</incident>"#,
            id = rule.id,
            severity = rule.severity,
            name = rule.name,
            description = rule.description,
            category = rule.category,
            tactic = rule.tactic,
            technique = rule.technique,
            network = company.network,
        )
    }
}
