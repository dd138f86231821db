//! Where one may connect: names that are written down, and addresses of the Internet or of networks that are.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use anyhow::{Context, Result, ensure};
use http::Uri;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

const HTTPS: u16 = 443;

/// Addresses that are no host's of the Internet (the IANA's special-purpose registries).
const SPECIAL_V4: [(Ipv4Addr, u8); 15] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];
/// Within 2000::/3, outside of which nothing is; 2001::/23 has Teredo and 2002::/16 is 6to4, which hold other addresses.
const SPECIAL_V6: [(Ipv6Addr, u8); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Why nothing is sent there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("{0} is not an https address without a user")]
    Url(String),
    #[error("{0} is not among the hosts that may be called")]
    Host(String),
    #[error("{host} is at {address}, which is in no network that may be called")]
    Address { host: String, address: IpAddr },
}

/// Hosts with their ports, and networks beside the Internet's.
#[derive(Debug, Clone, Default)]
pub struct Egress {
    hosts: Vec<(String, u16)>,
    networks: Vec<IpNet>,
}

/// Where a call goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// Without the brackets of an IPv6 address.
    pub host: String,
    pub port: u16,
}

impl Egress {
    /// Reads hosts (`soc.internal:8443`, port 443 without one) and networks (`10.0.0.0/8`), separated by commas.
    pub fn read(text: &str) -> Result<Self> {
        let mut egress = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            if part.contains('/') {
                egress.networks.push(part.parse().with_context(|| format!("{part:?} is no network"))?);
                continue;
            }
            let uri =
                format!("https://{part}").parse::<Uri>().with_context(|| format!("{part:?} is no host"))?;
            let target = target(&uri)?;
            egress.hosts.push((target.host, target.port));
        }
        ensure!(!egress.hosts.is_empty(), "no host may be called: name one");
        Ok(egress)
    }

    /// Whether a call may be made there at all; its addresses are checked when it connects.
    pub(crate) fn admit(&self, uri: &Uri) -> Result<Target, Refused> {
        let target = target(uri)?;
        let is_named = self.hosts.iter().any(|(host, port)| *host == target.host && *port == target.port);
        if is_named { Ok(target) } else { Err(Refused::Host(format!("{}:{}", target.host, target.port))) }
    }

    /// Checks the address that a connection is about to go to.
    pub(crate) fn admit_address(&self, host: &str, address: IpAddr) -> Result<(), Refused> {
        let plain = address.to_canonical();
        let is_allowed = is_public(address) || self.networks.iter().any(|network| network.contains(&plain));
        if is_allowed { Ok(()) } else { Err(Refused::Address { host: host.to_owned(), address }) }
    }
}

fn target(uri: &Uri) -> Result<Target, Refused> {
    let refused = || Refused::Url(uri.to_string());
    let authority =
        uri.authority().filter(|authority| !authority.as_str().contains('@')).ok_or_else(refused)?;
    if uri.scheme_str() != Some("https") {
        return Err(refused());
    }
    let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_lowercase();
    if host.is_empty() {
        return Err(refused());
    }
    Ok(Target { host, port: authority.port_u16().unwrap_or(HTTPS) })
}

/// Whether an address is a host's of the Internet; one that holds another is what it holds.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => !SPECIAL_V4.iter().any(|(network, length)| {
            Ipv4Net::new(*network, *length).is_ok_and(|network| network.contains(&address))
        }),
        IpAddr::V6(address) => {
            let is_unicast = address.segments()[0] & 0xe000 == 0x2000;
            let is_special = SPECIAL_V6.iter().any(|(network, length)| {
                Ipv6Net::new(*network, *length).is_ok_and(|network| network.contains(&address))
            });
            is_unicast && !is_special
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(address: &str, expected: bool) {
        assert_eq!(is_public(address.parse().unwrap()), expected, "{address}");
    }

    #[test]
    fn only_addresses_of_the_internet_are_public() {
        for address in
            ["1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:1.1.1.1"]
        {
            check(address, true);
        }
        for address in [
            "0.0.0.0",
            "127.0.0.1",
            "127.255.255.255",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "198.18.0.1",
            "192.0.2.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "100::1",
        ] {
            check(address, false);
        }
    }

    #[test]
    fn a_host_is_called_at_its_port_by_https_and_in_its_own_spelling() {
        let egress = Egress::read("soc.internal:8443, api.example.org,10.0.0.0/8").unwrap();
        let admit = |url: &str| egress.admit(&url.parse().unwrap()).is_ok();
        for url in ["https://soc.internal:8443/x", "https://SOC.internal:8443", "https://api.example.org/"] {
            assert!(admit(url), "{url}");
        }
        for url in [
            "http://api.example.org/",
            "https://api.example.org:8443/",
            "https://soc.internal/",
            "https://api.example.org.evil.example/",
            "https://api.example.org@evil.example/",
            "https://user@api.example.org/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://[::ffff:127.0.0.1]/",
            "/relative",
        ] {
            assert!(!admit(url), "{url}");
        }
        assert!(egress.admit_address("x", "10.9.9.9".parse().unwrap()).is_ok());
        assert!(egress.admit_address("x", "::ffff:10.9.9.9".parse().unwrap()).is_ok());
        assert!(egress.admit_address("x", "11.9.9.9".parse().unwrap()).is_ok());
        assert!(egress.admit_address("x", "192.168.0.1".parse().unwrap()).is_err());
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for text in ["", "10.0.0.0/8", "10.0.0.0/99,a.example", "a b", "user@a.example"] {
            assert!(Egress::read(text).is_err(), "{text}");
        }
    }
}
