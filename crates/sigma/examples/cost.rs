//! What rules cost: CPU for each FortiGate line with the rules that come with the program, and with a thousand more.
#![expect(clippy::print_stdout, clippy::expect_used, reason = "a tool that prints figures")]

use std::fs;
use std::time::Instant;

use log_formats::{Context, read, text};
use sigma::{Armed, Moment, Rule, Ruleset};
use time::OffsetDateTime;

const ROUNDS: u32 = 200_000;

const TRAFFIC: &str = r#"date=2026-11-21 time=02:00:00 devname="fw-01" devid="FGT60F0000000001" eventtime=1795226400000000000 tz="+0000" logid="0000000013" type="traffic" subtype="forward" level="notice" vd="root" srcip=192.0.2.10 srcport=51000 srcintf="lan" srcintfrole="lan" dstip=203.0.113.80 dstport=443 dstintf="wan1" dstintfrole="wan" srccountry="Reserved" dstcountry="Spain" sessionid=123456 proto=6 action="close" policyid=7 policytype="policy" poluuid="c2d460aa-fe6f-51ea-9505-41b5117dfdd4" policyname="out" service="HTTPS" trandisp="snat" transip=198.51.100.1 transport=51000 appid=41540 app="SSL_TLSv1.3" appcat="Network.Service" apprisk="medium" duration=31 sentbyte=2314 rcvdbyte=9312 sentpkt=14 rcvdpkt=15 osname="Windows" mastersrcmac="00:09:0f:00:00:01" srcmac="00:09:0f:00:00:01" srcserver=0"#;

fn main() {
    let built_in = fs::read_dir("config/rules").expect("run at the top of the checkout");
    let built_in = built_in.map(|file| fs::read_to_string(file.expect("a file").path()).expect("a rule"));
    let mut rules = built_in.map(|yaml| Rule::parse(&yaml).expect("a rule")).collect::<Vec<_>>();
    for line in [("a traffic line", TRAFFIC.to_owned()), ("an IPS line that meets a rule", ips())] {
        report(&rules, line.0, &line.1);
    }
    rules.extend((0..1000).map(made_up));
    for line in [("a traffic line", TRAFFIC.to_owned()), ("an IPS line that meets a rule", ips())] {
        report(&rules, line.0, &line.1);
    }
}

fn ips() -> String {
    TRAFFIC
        .replace("\"traffic\"", "\"utm\"")
        .replace("\"forward\"", "\"ips\" severity=\"high\" attack=\"Log4j\"")
}

/// Rules of the kinds that collections have: 300 for FortiGate, the rest for Windows.
fn made_up(number: usize) -> Rule {
    let source = match number % 10 {
        0 => "product: fortigate",
        1 => "{product: fortigate, service: traffic}",
        2 => "{product: fortigate, service: event}",
        _ => "{product: windows, category: process_creation}",
    };
    let source = source.trim_matches(['{', '}']);
    let test = match number % 3 {
        0 => format!("dstip: 198.51.100.{}", number % 250),
        1 => format!("app|contains: 'thing{number}'"),
        _ => format!("policyname|startswith: 'p{number}'\n        dstport: {number}"),
    };
    let yaml = format!(
        "title: T{number}\nlogsource: {{{source}}}\ndetection:\n    it:\n        {test}\n    condition: it\n"
    );
    Rule::parse(&yaml).expect("a rule")
}

fn report(rules: &[Rule], what: &str, line: &str) {
    let keys = (0..rules.len()).map(|index| index.to_string()).collect::<Vec<_>>();
    let armed =
        rules.iter().zip(&keys).map(|(rule, key)| Armed { key, rule, quiet_seconds: None, threshold: None });
    let set = Ruleset::new(&armed.collect::<Vec<_>>(), None);
    let text = text(line.as_bytes());
    let event = read(&text, &Context { received_at: OffsetDateTime::UNIX_EPOCH, zone: None, format: None });
    let begun = Instant::now();
    let mut hits = 0;
    for round in 0..ROUNDS {
        hits += set
            .evaluate(&event, Moment { tenant: "t", id: "1", at: i64::from(round / 1000) }, |_| true)
            .len();
    }
    let each = begun.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS);
    println!("{} rules, {what}: {each:.2} us, {:.1} hits", rules.len(), hits as f64 / f64::from(ROUNDS));
}
