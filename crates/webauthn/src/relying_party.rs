//! For whom keys are made: the host name and the origin of the address that people type.

use std::net::{Ipv4Addr, Ipv6Addr};

/// This installation, as browsers know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelyingParty {
    id: String,
    origin: String,
}

/// Why no browser would make a key for an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    NoAddress,
    NoUrl,
    /// Neither TLS nor this machine itself.
    NoTls,
    /// Keys are made for names, not for addresses of a network.
    NoName,
}

impl RelyingParty {
    /// Of an address such as `https://soc.example.org`; plain HTTP is for `localhost` only.
    pub fn of(url: &str) -> Result<Self, Unusable> {
        if url.is_empty() {
            return Err(Unusable::NoAddress);
        }
        let (scheme, rest) = url.split_once("://").ok_or(Unusable::NoUrl)?;
        let scheme = scheme.to_ascii_lowercase();
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default().to_ascii_lowercase();
        if authority.contains(['@', '[', ' ']) || !authority.is_ascii() {
            return Err(if authority.contains('[') { Unusable::NoName } else { Unusable::NoUrl });
        }
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, Some(port.parse::<u16>().map_err(|_| Unusable::NoUrl)?)),
            None => (authority.as_str(), None),
        };
        if host.is_empty() {
            return Err(Unusable::NoUrl);
        }
        if host.parse::<Ipv4Addr>().is_ok() || host.parse::<Ipv6Addr>().is_ok() {
            return Err(Unusable::NoName);
        }
        let own_port = match scheme.as_str() {
            "https" => 443,
            "http" if host == "localhost" || host.ends_with(".localhost") => 80,
            "http" => return Err(Unusable::NoTls),
            _ => return Err(Unusable::NoUrl),
        };
        let port = port.filter(|port| *port != own_port).map(|port| format!(":{port}")).unwrap_or_default();
        Ok(Self { id: host.to_owned(), origin: format!("{scheme}://{host}{port}") })
    }

    /// The host name that keys belong to.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// As browsers write it.
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_tls_or_this_machine_can_have_keys() {
        let check = |url: &str, id: &str, origin: &str| {
            let found = RelyingParty::of(url).unwrap();
            assert_eq!((found.id(), found.origin()), (id, origin), "{url}");
        };
        check("https://soc.example.org", "soc.example.org", "https://soc.example.org");
        check("https://SOC.example.org:443/", "soc.example.org", "https://soc.example.org");
        check("https://soc.example.org:8443/x?y", "soc.example.org", "https://soc.example.org:8443");
        check("http://localhost:8080", "localhost", "http://localhost:8080");
    }

    #[test]
    fn what_browsers_make_no_keys_for_is_named() {
        let check = |url: &str, expected| assert_eq!(RelyingParty::of(url), Err(expected), "{url}");
        check("", Unusable::NoAddress);
        check("soc.example.org", Unusable::NoUrl);
        check("https://", Unusable::NoUrl);
        check("https://a@b.example", Unusable::NoUrl);
        check("https://soc.example.org:x", Unusable::NoUrl);
        check("ftp://soc.example.org", Unusable::NoUrl);
        check("http://soc.example.org", Unusable::NoTls);
        check("http://localhost.example.org", Unusable::NoTls);
        check("https://192.0.2.1:8443", Unusable::NoName);
        check("http://127.0.0.1:8080", Unusable::NoName);
        check("https://[::1]:8443", Unusable::NoName);
    }
}
