//! How many FortiGate lines a second one connection keeps, and the CPU each takes here (PostgreSQL's comes on top).
//!
//! `cargo run --release -p events --example keep_speed -- 200000`
#![expect(clippy::print_stdout, clippy::expect_used, reason = "it reports to a person")]
#![expect(clippy::disallowed_methods, reason = "it asks a statement of its own")]

use std::net::{IpAddr, Ipv4Addr};
use std::time::Instant;

use events::{NewEvent, keep};
use log_formats::{Context, read};
use platform::db::Scope;
use testkit::TestApp;
use time::OffsetDateTime;
use uuid::{NoContext, Timestamp, Uuid};
use vocab::SourceId;

const BATCH: usize = 1000;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let count = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(100_000_usize);
    let app = TestApp::start(vec![events::module()]).await;
    let acme = app.organization("Acme").await;
    let source = SourceId::new();
    let now = app.app.clock.now();
    let (started, before) = (Instant::now(), cpu_milliseconds());
    for batch in 0..count.div_ceil(BATCH) {
        let lines = (0..BATCH).map(|index| line(batch * BATCH + index)).collect::<Vec<_>>();
        let context = Context { received_at: now, zone: None, format: None };
        let read = lines.iter().map(|line| read(line, &context)).collect::<Vec<_>>();
        let events = lines.iter().zip(&read).enumerate().map(|(index, (line, event))| NewEvent {
            id: id(now, batch * BATCH + index),
            organization: acme.id,
            source,
            event,
            raw: line.as_bytes(),
            sender: IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)),
            rules: Vec::new(),
        });
        let events = events.collect::<Vec<_>>();
        let mut tx = app.app.db.begin(Scope::Organizations(&[acme.id])).await.expect("begins");
        keep(&mut tx, &events).await.expect("is kept");
        tx.commit().await.expect("commits");
    }
    let took = started.elapsed();
    println!("{count} events of {} bytes in {took:?}", line(0).len());
    println!("{:.0} a second", count as f64 / took.as_secs_f64());
    println!(
        "{:.1} us CPU each in this process",
        (cpu_milliseconds() - before) as f64 * 1000.0 / count as f64
    );
    let mut database = app.superuser().await;
    let size: i64 = sqlx::query_scalar("select sum(bytes)::bigint from event_days()")
        .fetch_one(&mut database)
        .await
        .expect("is told");
    println!("{} bytes each with indexes", size / i64::try_from(count).unwrap_or(1));
}

fn id(at: OffsetDateTime, index: usize) -> Uuid {
    let nanos = at.unix_timestamp_nanos() + i128::try_from(index).unwrap_or(0) * 100_000;
    let seconds = u64::try_from(nanos / 1_000_000_000).unwrap_or(0);
    Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, u32::try_from(nanos % 1_000_000_000).unwrap_or(0)))
}

fn line(index: usize) -> String {
    let scattered = (index as u32).wrapping_mul(0x9e37_79b1);
    let (a, b) = (scattered & 0xff, (scattered >> 8) & 0xff);
    format!(
        "<189>date=2026-11-21 time=10:15:30 devname=\"FGT-EDGE-01\" devid=\"FG100FTK20001234\" eventtime=1795256130{index:09} \
         tz=\"+0000\" logid=\"0000000013\" type=\"traffic\" subtype=\"forward\" level=\"notice\" vd=\"root\" srcip=10.20.{a}.{b} \
         srcname=\"pc-{a:03}{b:03}\" srcport={} srcintf=\"lan\" srcintfrole=\"lan\" dstip=198.51.{b}.{a} dstport=443 \
         dstintf=\"wan1\" dstintfrole=\"wan\" srccountry=\"Reserved\" dstcountry=\"Spain\" sessionid={scattered} proto=6 \
         action=\"close\" policyid=17 policytype=\"policy\" poluuid=\"4470d4c5-7e12-4a8f-a369-08eff4a43b5b\" \
         policyname=\"Users to internet\" user=\"jperez{a}\" group=\"Employees\" authserver=\"corporate-ldap\" service=\"HTTPS\" \
         trandisp=\"snat\" transip=203.0.113.8 transport={} appid=41540 app=\"SSL_TLSv1.2\" appcat=\"Network.Service\" \
         apprisk=\"medium\" applist=\"default\" duration={} sentbyte={} rcvdbyte={} sentpkt=22 rcvdpkt=31 \
         wanin=4211 wanout=1822 lanin=1822 lanout=4211 utmaction=\"allow\" countapp=1 mastersrcmac=\"02:09:0f:00:0a:01\" \
         srcmac=\"02:09:0f:00:0a:01\" srcserver=0 osname=\"Windows\" srcswversion=\"10\"",
        1024 + scattered % 60000,
        1024 + scattered % 50000,
        a,
        scattered % 100_000,
        scattered % 300_000
    )
}

fn cpu_milliseconds() -> u64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect::<Vec<_>>();
    let ticks = |index: usize| fields.get(index).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    (ticks(11) + ticks(12)) * 10
}
