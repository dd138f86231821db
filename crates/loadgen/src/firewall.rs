//! Lines of a FortiGate, each of its own, as a busy office's firewall writes them: mostly traffic, now and then an event.

use std::io::Write;

/// The `number`th line, appended to `to` without a line end.
pub fn line(number: u64, to: &mut Vec<u8>) {
    // A well-mixed number, so that neighbours share nothing.
    let mixed =
        number.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let [a, b, c, d, e, f, ..] = mixed.to_be_bytes();
    let seconds = number / 1000 % 60;
    let _ = write!(
        to,
        "<189>date=2026-11-21 time=10:15:{seconds:02} devname=\"FGT-EDGE-01\" devid=\"FG100FTK20001234\" \
         eventtime=1795256130{number:09} tz=\"+0000\" "
    );
    let port = 1024 + mixed % 60_000;
    let _ = match mixed % 100 {
        // Somebody leaves or enters.
        0 | 1 => write!(
            to,
            "logid=\"0100032001\" type=\"event\" subtype=\"system\" level=\"information\" vd=\"root\" \
             logdesc=\"Admin login successful\" sn=\"1763715600\" user=\"admin{a}\" ui=\"https(10.1.{b}.{c})\" method=\"https\" \
             srcip=10.1.{b}.{c} dstip=10.1.0.1 action=\"login\" status=\"success\" reason=\"none\" profile=\"super_admin\" \
             msg=\"Administrator admin{a} logged in successfully from https(10.1.{b}.{c})\""
        ),
        // A site is looked at by the web filter.
        2..=11 => write!(
            to,
            "logid=\"0316013056\" type=\"utm\" subtype=\"webfilter\" eventtype=\"ftgd_allow\" level=\"notice\" vd=\"root\" \
             policyid=17 sessionid={mixed} user=\"jperez{a}\" group=\"Employees\" srcip=10.20.{b}.{c} srcport={port} srcintf=\"lan\" \
             srcintfrole=\"lan\" dstip=198.51.{d}.{e} dstport=443 dstintf=\"wan1\" dstintfrole=\"wan\" proto=6 service=\"HTTPS\" \
             hostname=\"www{f}.example.org\" profile=\"default\" action=\"passthrough\" reqtype=\"direct\" url=\"https://www{f}.example.org/\" \
             sentbyte=517 rcvdbyte=0 direction=\"outgoing\" msg=\"URL belongs to an allowed category in policy\" method=\"domain\" \
             cat=52 catdesc=\"Information Technology\""
        ),
        _ => write!(
            to,
            "logid=\"0000000013\" type=\"traffic\" subtype=\"forward\" level=\"notice\" vd=\"root\" srcip=10.20.{a}.{b} \
             srcname=\"pc-{a:03}{b:03}\" srcport={port} srcintf=\"lan\" srcintfrole=\"lan\" dstip=198.51.{c}.{d} dstport=443 \
             dstintf=\"wan1\" dstintfrole=\"wan\" srccountry=\"Reserved\" dstcountry=\"Spain\" sessionid={mixed} proto=6 \
             action=\"close\" policyid=17 policytype=\"policy\" poluuid=\"4470d4c5-7e12-4a8f-a369-08eff4a43b5b\" \
             policyname=\"Users to internet\" user=\"jperez{a}\" group=\"Employees\" authserver=\"corporate-ldap\" service=\"HTTPS\" \
             trandisp=\"snat\" transip=203.0.113.8 transport={port} appid=41540 app=\"SSL_TLSv1.2\" appcat=\"Network.Service\" \
             apprisk=\"medium\" applist=\"default\" duration={e} sentbyte={} rcvdbyte={} sentpkt=22 rcvdpkt=31 utmaction=\"allow\" \
             countapp=1 mastersrcmac=\"02:09:0f:00:{e:02x}:{f:02x}\" srcmac=\"02:09:0f:00:{e:02x}:{f:02x}\" srcserver=0 \
             osname=\"Windows\" srcswversion=\"10\"",
            mixed % 100_000,
            mixed % 300_000
        ),
    };
}
