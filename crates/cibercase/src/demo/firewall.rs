//! The companies' firewalls: log lines by syslog to the product's own listener, as any FortiGate sends them.

use std::net::SocketAddr;
use std::time::Duration;

use collector::Collector;
use platform::App;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use time::macros::format_description;
use tokio::net::UdpSocket;
use tokio::task::JoinSet;

use super::story::{ACCOUNTS, COMPANIES, Company};

/// Sends lines until the set is dropped: traffic mostly, an attack now and then, and seldom a burst of failed sign-ins.
pub fn start(app: &App, running: &mut JoinSet<()>) {
    let bound = app.service::<Collector>().addresses().into_iter().find(|(transport, _)| *transport == "udp");
    let Some((_, listener)) = bound else { return };
    let app = app.clone();
    #[expect(clippy::disallowed_methods, reason = "the set owns the task")]
    running.spawn(async move {
        if let Err(error) = send(&app, listener).await {
            tracing::warn!(%error, "the demonstration's firewalls are silent");
        }
    });
}

async fn send(app: &App, listener: SocketAddr) -> std::io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    let mut random = StdRng::from_os_rng();
    loop {
        tokio::time::sleep(Duration::from_millis(random.random_range(200..1_500))).await;
        let company = &COMPANIES[random.random_range(0..COMPANIES.len())];
        let bodies = match random.random_range(0..400) {
            0 => {
                let from = outside(&mut random);
                (0..6).map(|_| failed_sign_in(&from)).collect()
            }
            1..4 => vec![attack(company, &mut random)],
            _ => vec![traffic(company, &mut random)],
        };
        for body in bodies {
            let line = format!("<189>{} {body}", head(app, company));
            socket.send_to(line.as_bytes(), listener).await?;
        }
    }
}

fn head(app: &App, company: &Company) -> String {
    let now = app.clock.now();
    let date = now.format(format_description!("[year]-[month]-[day]")).unwrap_or_default();
    let time = now.format(format_description!("[hour]:[minute]:[second]")).unwrap_or_default();
    let (device, network, nanos) = (company.firewall, company.network, now.unix_timestamp_nanos());
    format!(
        "date={date} time={time} devname=\"fw-perimeter-{network}\" devid=\"{device}\" eventtime={nanos} tz=\"+0000\""
    )
}

fn outside(random: &mut StdRng) -> String {
    format!("203.0.113.{}", random.random_range(1..60))
}

fn traffic(company: &Company, random: &mut StdRng) -> String {
    let (machine, account) = (random.random_range(1..=46), ACCOUNTS[random.random_range(0..ACCOUNTS.len())]);
    let (port, service) = [(443, "HTTPS"), (53, "DNS"), (25, "SMTP"), (22, "SSH")][random.random_range(0..4)];
    let action = if random.random_range(0..12) == 0 { "deny" } else { "close" };
    format!(
        "logid=\"0000000013\" type=\"traffic\" subtype=\"forward\" level=\"notice\" vd=\"root\" srcip=10.{}.30.{machine} \
         srcport={} srcintf=\"lan\" srcintfrole=\"lan\" dstip={} dstport={port} dstintf=\"wan1\" dstintfrole=\"wan\" \
         sessionid={} proto=6 action=\"{action}\" policyid=17 policyname=\"Users to internet\" user=\"{account}\" \
         service=\"{service}\" duration={} sentbyte={} rcvdbyte={}",
        company.network,
        random.random_range(1_024..60_000),
        outside(random),
        random.random_range(1_000..9_999_999),
        random.random_range(1..240),
        random.random_range(100..90_000),
        random.random_range(100..900_000),
    )
}

fn attack(company: &Company, random: &mut StdRng) -> String {
    let names =
        ["Apache.Log4j.Error.Log.Remote.Code.Execution", "MS.IIS.WebDAV.Overflow", "HTTP.URI.SQL.Injection"];
    let (name, machine) = (names[random.random_range(0..names.len())], random.random_range(1..=16));
    format!(
        "logid=\"0419016384\" type=\"utm\" subtype=\"ips\" eventtype=\"signature\" level=\"alert\" vd=\"root\" \
         severity=\"critical\" srcip={} srccountry=\"Reserved\" dstip=10.{}.12.{machine} srcintf=\"wan1\" dstintf=\"dmz\" \
         sessionid={} action=\"dropped\" proto=6 service=\"HTTPS\" policyid=4 attack=\"{name}\" srcport={} dstport=443 \
         direction=\"outgoing\" attackid=51006 profile=\"default\" crscore=50 crlevel=\"critical\" \
         msg=\"applications: {name}\"",
        outside(random),
        company.network,
        random.random_range(1_000..9_999_999),
        random.random_range(1_024..60_000),
    )
}

fn failed_sign_in(from: &str) -> String {
    format!(
        "logid=\"0100032002\" type=\"event\" subtype=\"system\" level=\"alert\" vd=\"root\" logdesc=\"Admin login failed\" \
         user=\"admin\" ui=\"https({from})\" method=\"https\" srcip={from} dstip=198.51.100.2 action=\"login\" status=\"failed\" \
         reason=\"passwd_invalid\" msg=\"Administrator admin login failed from https({from}) because of invalid password\""
    )
}
