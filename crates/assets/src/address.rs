//! Addresses of assets: one host or one network, in the one spelling the database compares.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A host (`10.0.0.5`, kept as /32 or /128) or a network without host bits (`10.0.0.0/24`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(IpNet);

impl Address {
    pub const fn net(self) -> IpNet {
        self.0
    }

    /// Takes over what the database holds, which is without host bits already.
    pub fn from_net(net: IpNet) -> Self {
        Self(net.trunc())
    }

    /// Every network that holds this one, itself included; none where the list would name the whole Internet.
    pub fn supernets(self) -> Vec<IpNet> {
        (1..=self.0.prefix_len())
            .filter_map(|length| IpNet::new(self.0.addr(), length).ok())
            .map(|net| net.trunc())
            .collect()
    }

    /// The last host inside, as the end of a range.
    pub fn last_host(self) -> IpNet {
        IpNet::from(self.0.broadcast())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.prefix_len() == self.0.max_prefix_len() { self.0.addr().fmt(f) } else { self.0.fmt(f) }
    }
}

impl FromStr for Address {
    /// What is wrong, with the text to write instead where there is one.
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Ok(host) = text.parse::<IpAddr>() {
            return Ok(Self(IpNet::from(host.to_canonical())));
        }
        let Ok(net) = text.parse::<IpNet>() else { return Err(unreadable(text)) };
        let net = unmapped(net)?;
        if net.prefix_len() == 0 {
            return Err(format!("{net} is every address there is; name the asset's own"));
        }
        if net.trunc() != net {
            let (network, host) = (net.trunc(), net.addr());
            return Err(format!(
                "{net} has bits beyond its prefix: write {network} for the network or {host} for the host"
            ));
        }
        Ok(Self(net))
    }
}

fn unreadable(text: &str) -> String {
    let shown = text.chars().filter(|character| !character.is_control()).take(60).collect::<String>();
    if text.contains('%') {
        return format!("\"{shown}\" has a zone, which means something on one host only; leave it out");
    }
    format!("\"{shown}\" is not an address: write one such as 10.0.0.5, 10.0.0.0/24 or 2001:db8::/32")
}

/// `::ffff:10.0.0.0/120` is `10.0.0.0/24` (RFC 4291, 2.5.5.2).
fn unmapped(net: IpNet) -> Result<IpNet, String> {
    let IpNet::V6(v6) = net else { return Ok(net) };
    let Some(v4) = v6.addr().to_ipv4_mapped() else { return Ok(net) };
    match v6.prefix_len().checked_sub(96).map(|length| Ipv4Net::new(v4, length)) {
        Some(Ok(v4)) => Ok(IpNet::V4(v4)),
        _ => Err(format!("{net} mixes IPv4 and IPv6; write the IPv4 network")),
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    fn check(text: &str, expected: Result<&str, &str>) {
        let read = text.parse::<Address>().map(|address| address.to_string());
        assert_eq!(read.as_deref().map_err(|error| error.as_str()), expected, "{text}");
    }

    #[test]
    fn hosts_and_networks_have_one_spelling() {
        check("10.0.0.5", Ok("10.0.0.5"));
        check(" 10.0.0.5/32 ", Ok("10.0.0.5"));
        check("10.0.0.0/24", Ok("10.0.0.0/24"));
        check("2001:DB8:0:0::1", Ok("2001:db8::1"));
        check("2001:db8::/32", Ok("2001:db8::/32"));
    }

    #[test]
    fn ipv4_inside_ipv6_is_ipv4() {
        check("::ffff:10.0.0.5", Ok("10.0.0.5"));
        check("::ffff:10.0.0.0/120", Ok("10.0.0.0/24"));
        check("::ffff:0:0/90", Err("::ffff:0.0.0.0/90 mixes IPv4 and IPv6; write the IPv4 network"));
    }

    #[test]
    fn bits_beyond_the_prefix_are_refused_with_what_to_write_instead() {
        check(
            "10.0.0.5/24",
            Err(
                "10.0.0.5/24 has bits beyond its prefix: write 10.0.0.0/24 for the network or 10.0.0.5 for the host",
            ),
        );
        check(
            "2001:db8::1/64",
            Err(
                "2001:db8::1/64 has bits beyond its prefix: write 2001:db8::/64 for the network or 2001:db8::1 for the host",
            ),
        );
    }

    #[test]
    fn what_names_no_asset_is_refused() {
        check("0.0.0.0/0", Err("0.0.0.0/0 is every address there is; name the asset's own"));
        check("::/0", Err("::/0 is every address there is; name the asset's own"));
        for text in ["", "10.0.0", "10.0.0.5/33", "010.0.0.1", "web01", "fe80::1%eth0", "10.0.0.1\0"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn supernets_hold_the_network_from_the_shortest_prefix_to_itself() -> Result<(), String> {
        let supernets = "10.0.0.0/8".parse::<Address>()?.supernets();
        assert_eq!(supernets.len(), 8);
        assert_eq!(supernets.first().map(ToString::to_string).as_deref(), Some("0.0.0.0/1"));
        assert_eq!(supernets.last().map(ToString::to_string).as_deref(), Some("10.0.0.0/8"));
        Ok(())
    }
}
