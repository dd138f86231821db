//! Addresses as FortiSIEM writes them.

use std::net::IpAddr;

/// Why a text is no address that a lookup may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoAddress {
    /// `0.0.0.0` or `::`: the source did not know.
    Unspecified,
    /// Not an address. Leading zeros (`010.0.0.1`, `000.000.000.000`) are refused too: half the world reads them as
    /// octal, and an address that two programs read differently is worse than none. The text is kept where it stood.
    Unreadable,
}

/// Reads one address: with brackets (`[2001:db8::1]`), an IPv6 scope (`fe80::1%eth0`) or mapped IPv4
/// (`::ffff:192.0.2.1`, taken for IPv4); of several in one text, the first.
pub(crate) fn address(text: &str) -> Result<IpAddr, NoAddress> {
    let first = text.split([',', ';', ' ']).find(|part| !part.is_empty()).ok_or(NoAddress::Unreadable)?;
    let bare = first.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(first);
    let bare = bare.split_once('%').map_or(bare, |(address, _)| address);
    let address = bare.parse::<IpAddr>().map_err(|_| NoAddress::Unreadable)?.to_canonical();
    if address.is_unspecified() { Err(NoAddress::Unspecified) } else { Ok(address) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, NoAddress>) {
        assert_eq!(address(text).map(|address| address.to_string()), expected.map(str::to_owned), "{text:?}");
    }

    #[test]
    fn an_address_is_read_in_every_spelling_that_is_not_ambiguous() {
        check("192.0.2.7", Ok("192.0.2.7"));
        check("2001:DB8::7", Ok("2001:db8::7"));
        check("[2001:db8::7]", Ok("2001:db8::7"));
        check("fe80::1%eth0", Ok("fe80::1"));
        check("::ffff:192.0.2.7", Ok("192.0.2.7"));
        check("192.0.2.7, 192.0.2.8", Ok("192.0.2.7"));
        check("192.0.2.7;192.0.2.8", Ok("192.0.2.7"));
    }

    #[test]
    fn what_is_no_address_is_none() {
        for text in
            ["", "HOST-1", "000.000.000.000", "192.0.2.07", "192.0.2", "192.0.2.256", "3221225991", "-"]
        {
            check(text, Err(NoAddress::Unreadable));
        }
        check("0.0.0.0", Err(NoAddress::Unspecified));
        check("::", Err(NoAddress::Unspecified));
    }
}
