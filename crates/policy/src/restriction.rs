//! The circumstances under which the people who hold a role may act at all.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::mistakes::{Findings, Position, quoted, suggest};
use crate::model::read_names;
use crate::yaml::{Entry, Node, Value};
use crate::zones;

/// From the least to the most severe. The rank of a severity is its place here.
pub(crate) const SEVERITIES: [&str; 5] = ["informational", "low", "medium", "high", "critical"];

/// Of a role.
pub(crate) const KEYS: [&str; 7] =
    ["networks", "hours", "organizations", "requires_mfa", "requires_mtls", "own_items", "severity_ceiling"];

/// The zone of hours that name none.
pub(crate) const UTC: &str = "UTC";

/// The end of the day, written `24:00`.
pub(crate) const MINUTES_A_DAY: u16 = 24 * 60;

/// Displays as `networks: 10.0.0.0/8`, the text of the role matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Restriction {
    Networks(Vec<Network>),
    /// From the first minute of the day to just before the last, on the clocks of the zone; over midnight when `from` is
    /// after `to`.
    Hours {
        from_minute: u16,
        to_minute: u16,
        zone: String,
    },
    /// Short names.
    Organizations(Vec<String>),
    RequiresMfa,
    RequiresMtls,
    OwnItems,
    SeverityCeiling(usize),
}

/// An address range whose host bits are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    pub(crate) address: IpAddr,
    pub(crate) prefix_bits: u8,
}

impl Restriction {
    /// The key in the file, and the last part of the policy's id.
    pub(crate) fn key(&self) -> &'static str {
        match self {
            Restriction::Networks(_) => "networks",
            Restriction::Hours { .. } => "hours",
            Restriction::Organizations(_) => "organizations",
            Restriction::RequiresMfa => "requires_mfa",
            Restriction::RequiresMtls => "requires_mtls",
            Restriction::OwnItems => "own_items",
            Restriction::SeverityCeiling(_) => "severity_ceiling",
        }
    }
}

impl fmt::Display for Restriction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.key();
        match self {
            Restriction::Networks(networks) => {
                let networks = networks.iter().map(Network::to_string).collect::<Vec<_>>();
                write!(f, "{key}: {}", networks.join(", "))
            }
            Restriction::Hours { from_minute: from, to_minute: to, zone } => {
                write!(f, "{key}: {:02}:{:02}-{:02}:{:02} {zone}", from / 60, from % 60, to / 60, to % 60)
            }
            Restriction::Organizations(names) => write!(f, "{key}: {}", names.join(", ")),
            Restriction::RequiresMfa | Restriction::RequiresMtls | Restriction::OwnItems => {
                write!(f, "{key}: true")
            }
            Restriction::SeverityCeiling(rank) => write!(f, "{key}: {}", SEVERITIES[*rank]),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix_bits)
    }
}

/// The `restrictions` of a role or service, which may have those of `keys`; what cannot be read is reported and left out.
pub(crate) fn read_restrictions(node: Node, keys: &[&str], findings: &mut Findings) -> Vec<Restriction> {
    let at = node.at;
    if matches!(&node.value, Value::Mapping(entries) if entries.is_empty()) {
        findings.add(at, "`restrictions` is empty", "fill it or leave the key out");
    }
    let fields = node.into_fields("`restrictions`", keys, findings);
    fields.into_iter().filter_map(|field| read_restriction(field, findings)).collect()
}

/// Where each key of a role's `restrictions` stands.
pub(crate) fn places(node: &Node) -> Vec<(String, Position)> {
    match &node.value {
        Value::Mapping(entries) => entries.iter().map(|entry| (entry.key.clone(), entry.key_at)).collect(),
        _ => Vec::new(),
    }
}

fn read_restriction(Entry { key, value, .. }: Entry, findings: &mut Findings) -> Option<Restriction> {
    let mut switch = |value: Node, rule| value.into_boolean(&format!("`{key}`"), findings)?.then_some(rule);
    match key.as_str() {
        "networks" => read_networks(value, findings).map(Restriction::Networks),
        "hours" => read_hours(value, findings),
        "organizations" => read_organizations(value, findings).map(Restriction::Organizations),
        "requires_mfa" => switch(value, Restriction::RequiresMfa),
        "requires_mtls" => switch(value, Restriction::RequiresMtls),
        "own_items" => switch(value, Restriction::OwnItems),
        _ => read_ceiling(value, findings),
    }
}

/// Short names as they stand in URLs; which organizations there are, the file's reader does not know.
fn read_organizations(node: Node, findings: &mut Findings) -> Option<Vec<String>> {
    const LONGEST: usize = 48;
    let is_short_name = |name: &str| {
        let is_plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        is_plain
            && !name.is_empty()
            && !name.starts_with('-')
            && !name.ends_with('-')
            && name.len() <= LONGEST
    };
    let names = read_names(node, "`organizations`", findings).into_iter().filter_map(|(name, at)| {
        if is_short_name(&name) {
            return Some(name);
        }
        let suggestion = "write short names: lower-case letters, digits and `-`";
        findings.add(at, format!("{} is no organization's short name", quoted(&name)), suggestion);
        None
    });
    Some(names.collect::<Vec<_>>()).filter(|names| !names.is_empty())
}

fn read_networks(node: Node, findings: &mut Findings) -> Option<Vec<Network>> {
    let items = node.into_items("`networks`", findings)?;
    let networks = items.into_iter().filter_map(|item| {
        let at = item.at;
        let text = item.into_text("the network", findings)?;
        parse_network(&text)
            .map_err(|suggestion| {
                findings.add(at, format!("{} is not a network", quoted(&text)), suggestion);
            })
            .ok()
    });
    Some(networks.collect())
}

/// An address (`10.1.2.3`) or a range (`10.0.0.0/8`, `2001:db8::/32`); the error is the suggestion.
fn parse_network(text: &str) -> Result<Network, String> {
    let (address, prefix) = text.split_once('/').map_or((text, None), |(a, prefix)| (a, Some(prefix)));
    let address: IpAddr =
        address.parse().map_err(|_| "write it like `10.0.0.0/8` or `2001:db8::/32`".to_owned())?;
    if address.to_canonical() != address {
        // Callers' addresses are compared in their IPv4 form, so such a range would never match.
        return Err(format!("write the IPv4 form: `{}`", address.to_canonical()));
    }
    let longest: u8 = if address.is_ipv4() { 32 } else { 128 };
    let prefix_bits = match prefix {
        None => longest,
        Some(digits) => parse_number(digits)
            .filter(|bits| *bits <= u16::from(longest))
            .and_then(|bits| u8::try_from(bits).ok())
            .ok_or_else(|| format!("the part after `/` is a number from 0 to {longest}"))?,
    };
    let network = Network { address: without_host_bits(address, prefix_bits), prefix_bits };
    if network.address != address { Err(format!("did you mean `{network}`?")) } else { Ok(network) }
}

fn without_host_bits(address: IpAddr, prefix_bits: u8) -> IpAddr {
    let prefix_bits = u32::from(prefix_bits);
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - prefix_bits).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & mask))
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - prefix_bits).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
        }
    }
}

fn read_hours(node: Node, findings: &mut Findings) -> Option<Restriction> {
    let at = node.at;
    let is_mapping = matches!(node.value, Value::Mapping(_));
    let (mut from, mut to, mut zone) = (None, None, Some(UTC.to_owned()));
    for field in node.into_fields("`hours`", &["from", "to", "zone"], findings) {
        match field.key.as_str() {
            "from" => from = Some(read_minute(field.value, findings)),
            "to" => to = Some(read_minute(field.value, findings)),
            _ => zone = read_zone(field.value, findings),
        }
    }
    if is_mapping && (from.is_none() || to.is_none()) {
        findings.add(at, "`hours` lacks `from` or `to`", "write {from: \"08:00\", to: \"20:00\"}");
    }
    let (from_minute, to_minute, zone) = (from??, to??, zone?);
    if from_minute == to_minute || from_minute == MINUTES_A_DAY {
        findings.add(at, "`hours` has no length", "`from` is before 24:00 and differs from `to`");
        return None;
    }
    Some(Restriction::Hours { from_minute, to_minute, zone })
}

fn read_zone(node: Node, findings: &mut Findings) -> Option<String> {
    let at = node.at;
    let text = node.into_text("`zone`", findings)?;
    if zones::is_known(&text) {
        return Some(text);
    }
    let known = zones::names();
    let known = known.iter().map(String::as_str).collect::<Vec<_>>();
    findings.add(at, format!("unknown time zone {}", quoted(&text)), suggest(&text, &known));
    None
}

fn read_minute(node: Node, findings: &mut Findings) -> Option<u16> {
    let at = node.at;
    let text = node.into_text("the hour", findings)?;
    let minute = parse_minute(&text);
    if minute.is_none() {
        let problem = format!("{} is not a time of day", quoted(&text));
        findings.add(at, problem, "write it like \"08:30\", at most \"24:00\"");
    }
    minute
}

fn parse_minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':').filter(|(h, m)| h.len() == 2 && m.len() == 2)?;
    let (hours, minutes) = (parse_number(hours)?, parse_number(minutes)?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= MINUTES_A_DAY).then_some(minute)
}

/// Digits only, at most three: `str::parse` would take a sign.
fn parse_number(digits: &str) -> Option<u16> {
    let is_short_and_plain = digits.len() <= 3 && digits.bytes().all(|b| b.is_ascii_digit());
    is_short_and_plain.then(|| digits.parse().ok()).flatten()
}

fn read_ceiling(node: Node, findings: &mut Findings) -> Option<Restriction> {
    let at = node.at;
    let text = node.into_text("`severity_ceiling`", findings)?;
    let rank = SEVERITIES.iter().position(|known| *known == text);
    if rank.is_none() {
        findings.add(at, format!("unknown severity {}", quoted(&text)), suggest(&text, &SEVERITIES));
    }
    if rank == Some(SEVERITIES.len() - 1) {
        let problem = format!("{} is no ceiling: nothing is more severe", quoted(&text));
        findings.add(at, problem, "name a lower severity, or remove it");
    }
    rank.map(Restriction::SeverityCeiling)
}
