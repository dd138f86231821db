use std::net::IpAddr;

/// Reads one address: with brackets, a scope (`fe80::1%12`), mapped IPv4 (`::ffff:192.0.2.1`, taken for IPv4), or the
/// first of several. `0.0.0.0` and `::` are none; loopback is one: it says that nobody came over the network. Leading zeros
/// are refused, for half the world reads them as octal.
pub(crate) fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim_start_matches(['\\', '"', ' ']);
    let end = text.bytes().position(|byte| matches!(byte, b',' | b';' | b' ' | b'"' | b'%' | b'/'));
    let first = end.and_then(|end| text.get(..end)).unwrap_or(text);
    let bare =
        first.strip_prefix('[').map_or(first, |rest| rest.split_once(']').map_or(rest, |inside| inside.0));
    let address = bare.parse::<IpAddr>().ok()?.to_canonical();
    (!address.is_unspecified()).then_some(address)
}

/// Reads `192.0.2.1:56914` or `[2001:db8::1]:443`, and a bare address.
pub(crate) fn address_and_port(text: &str) -> (Option<IpAddr>, Option<u16>) {
    if let Some(address) = address(text) {
        let behind = text.rsplit_once("]:").and_then(|(_, port)| port.parse().ok());
        return (Some(address), behind);
    }
    match text.trim().rsplit_once(':') {
        Some((before, port)) => match (address(before), port.parse()) {
            (Some(address), Ok(port)) => (Some(address), Some(port)),
            _ => (None, None),
        },
        None => (None, None),
    }
}

/// The address within `https(192.0.2.1)`.
pub(crate) fn address_in_brackets(text: &str) -> Option<IpAddr> {
    address(text.split_once('(')?.1.split_once(')')?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(address(text).map(|address| address.to_string()).as_deref(), expected, "{text:?}");
    }

    #[test]
    fn an_address_is_read_in_every_spelling_that_is_not_ambiguous() {
        check("192.0.2.7", Some("192.0.2.7"));
        check("::ffff:192.0.2.7", Some("192.0.2.7"));
        check("::1", Some("::1"));
        check("127.0.0.1", Some("127.0.0.1"));
        check("fe80::1%12", Some("fe80::1"));
        check("[2001:DB8::7]", Some("2001:db8::7"));
        check("192.0.2.7, 192.0.2.8", Some("192.0.2.7"));
        check("\\\\192.0.2.7", Some("192.0.2.7"));
        for text in ["", "-", "0.0.0.0", "::", "LOCAL", "host.example", "192.0.2.07", "1.2.3", "4294967295"] {
            check(text, None);
        }
    }

    #[test]
    fn an_address_may_have_a_port_behind_it_or_an_interface_before_it() {
        let text = |text| {
            let (address, port) = address_and_port(text);
            (address.map(|address| address.to_string()), port)
        };
        assert_eq!(text("192.0.2.1:56914"), (Some("192.0.2.1".to_owned()), Some(56914)));
        assert_eq!(text("[2001:db8::1]:443"), (Some("2001:db8::1".to_owned()), Some(443)));
        assert_eq!(text("2001:db8::1"), (Some("2001:db8::1".to_owned()), None));
        assert_eq!(text("a:b"), (None, None));
        let within = |text| address_in_brackets(text).map(|address| address.to_string());
        assert_eq!(within("https(192.0.2.1)").as_deref(), Some("192.0.2.1"));
        assert_eq!(within("jsconsole"), None);
    }
}
