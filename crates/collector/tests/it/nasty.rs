//! Lines that nobody should send: each is an event, none stops what comes behind it, and what a rule finds in one is told.

use tokio::io::AsyncWriteExt;

use crate::node::{FORTIGATE, Node};

/// What databases, encodings and calendars choke on, in every format.
fn nasty() -> Vec<Vec<u8>> {
    let texts = [
        "<13>NUL \0 in the middle",
        "<13>\u{feff}\u{202e}\u{0}\u{1b}[31m",
        "<13>{\"message\":\"a \\u0000 and a half \\ud800 pair\",\"user\":\"\\u0000\"}",
        "<13>{\"@timestamp\":\"-9999-01-01T00:00:00Z\",\"event\":{\"code\":99999999999999999999999}}",
        "<13>{\"@timestamp\":\"+292278994-08-17T07:12:55Z\",\"winlog\":{\"event_id\":-1e308,\"channel\":\"Security\"}}",
        "<13>1 0000-00-00T00:00:00Z - - - - - nothing",
        "<13>1 9999-12-31T23:59:59.999999999+23:59 h a p m [x y=\"\\]\"] end of time",
        "<999999999999>Feb 30 25:61:61 host tag: no such day",
        "<13>CEF:0|a|b|c|d|e|99999999999999999999|rt=99999999999999999999 src=::ffff:256.1.1.1 spt=-1 dpt=65536",
        "<13>LEEF:2.0|a|b|c|d|\0|devTime=0001-01-01\0src=fe80::1%eth0",
        "<13><Event xmlns='x'><System><EventID>\u{0}</EventID><TimeCreated SystemTime='30000-01-01T00:00:00Z'/></System></Event>",
        "<13><incident><![CDATA[",
        "<incident incidentId=\"\u{0}\" severity=\"-1\"/>",
        "<13>CEF:0|Fortinet|FortiSIEM|1|PH_RULE_X|\u{0}|10|",
        "0 0 0 0",
        "<",
        "<13>",
        " ",
    ];
    let mut all = texts.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>();
    all.push([b"<13>not text ".as_slice(), &[0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80]].concat());
    all.push([b"<13>{".as_slice(), &b"\"a\":{".repeat(5000)].concat());
    all.push([b"<13>".as_slice(), &b"a=b ".repeat(16_000)].concat());
    all.push(
        [
            b"<13>date=2026-11-20 time=10:15:01 devid=\"X\" user=\"".as_slice(),
            "\u{1d573}".repeat(9000).as_bytes(),
        ]
        .concat(),
    );
    all.push(
        FORTIGATE.replace("eventtime=1795169701000000000", "eventtime=-9223372036854775808").into_bytes(),
    );
    all.push(
        FORTIGATE.replace("eventtime=1795169701000000000", "eventtime=9223372036854775807").into_bytes(),
    );
    all
}

#[tokio::test]
async fn each_nasty_line_is_one_event_and_none_is_lost() {
    let (node, _, _) = Node::acme().await;
    let lines = nasty();
    for line in &lines {
        let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.send_to(line.get(..65_000.min(line.len())).unwrap(), node.address("udp")).await.unwrap();
    }
    // Over TCP each with its count, and all of them in one batch.
    let mut stream = node.connect().await;
    let mut sent = lines.len();
    for line in
        lines.iter().filter(|line| line.starts_with(b"<") && line.iter().any(u8::is_ascii_alphanumeric))
    {
        stream.write_all(format!("{} ", line.len()).as_bytes()).await.unwrap();
        stream.write_all(line).await.unwrap();
        sent += 1;
    }
    stream.write_all(format!("{} {FORTIGATE}", FORTIGATE.len()).as_bytes()).await.unwrap();
    node.until("select count(*) from events", i64::try_from(sent).unwrap() + 1).await;
    let report = node.until_reported(|report| report["oldest_waiting_at"].is_null()).await;
    assert_eq!((&report["lost"], &report["state"]), (&0.into(), &"ok".into()), "{report}");
}

#[tokio::test]
async fn what_a_rule_finds_in_a_nasty_line_is_told_all_the_same() {
    let (node, _, _) = Node::acme().await;
    let attack = "attack=\"Apache.Log4j.Error.Log.Remote.Code.Execution\"";
    let long = format!("attack=\"{}\"", "\u{1d573}".repeat(5000));
    let nasty = ["attack=\"a\0b\u{202e}c\"", "attack=\"\u{fffe}\u{7f}\"", "attack=\"\"", &long];
    for (number, nasty) in (1..).zip(nasty) {
        let line = FORTIGATE.replace(attack, nasty).replace("203.0.113.66", &format!("203.0.113.{number}"));
        node.send_udp(&line).await;
    }
    node.until("select count(*) from events where rules is not null", 4).await;
    node.until("select count(distinct id) from alerts", 4).await;
}
