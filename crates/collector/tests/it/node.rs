//! A running process that collects, and peers that send to it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Deref;
use std::time::Duration;

use assets::Inventory;
use collector::{Collector, Running};
use intake::{Intake, Registry};
use platform::clock::Clock;
use platform::config::{Config, IngestConfig};
use platform::{Module, jobs};
use sqlx::AssertSqlSafe;
use testkit::{Organization, Setup, TestApp, Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream, UdpSocket};
use tokio::task::JoinSet;

/// An IPS alert as a FortiGate sends it.
pub const FORTIGATE: &str = concat!(
    "<185>date=2026-11-20 time=10:15:01 devname=\"FGT-EDGE\" devid=\"FGT60F0000000001\" eventtime=1795169701000000000 ",
    "tz=\"+0000\" logid=\"0419016384\" type=\"utm\" subtype=\"ips\" eventtype=\"signature\" level=\"alert\" vd=\"root\" ",
    "severity=\"critical\" srcip=203.0.113.66 srccountry=\"Reserved\" dstip=10.0.5.20 srcport=44821 dstport=443 ",
    "action=\"detected\" proto=6 service=\"HTTPS\" attack=\"Apache.Log4j.Error.Log.Remote.Code.Execution\" ",
    "attackid=51006 msg=\"web: Apache.Log4j.Error.Log.Remote.Code.Execution\""
);

/// A process with listeners on ports of its own.
pub struct Node {
    pub app: TestApp,
    running: Option<(JoinSet<()>, Running)>,
}

impl Deref for Node {
    type Target = TestApp;
    fn deref(&self) -> &TestApp {
        &self.app
    }
}

fn modules() -> Vec<Module> {
    vec![
        alerts::module(),
        assets::module(),
        collector::module(),
        intake::module(),
        rules::module(),
        tickets::module(),
    ]
}

/// The shipped settings, on ports that the system chooses.
pub fn config() -> Config {
    let mut config = Config::defaults().expect("the shipped settings are right");
    config.ingest.udp = "127.0.0.1:0".to_owned();
    config.ingest.tcp = "127.0.0.1:0".to_owned();
    config.ingest.tls = "127.0.0.1:0".to_owned();
    config
}

fn install(setup: Setup) -> Setup {
    setup.install(|builder| {
        let intake = Intake::open(builder.config()).expect("the spool opens");
        let builder = builder.with(Inventory::default()).with(Registry::default()).with(intake);
        builder.with(rules::Engine::default()).with(Collector::default())
    })
}

impl Node {
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut IngestConfig)) -> Self {
        Self::with_setup(Setup::default(), change).await
    }

    pub async fn with_setup(setup: Setup, change: impl FnOnce(&mut IngestConfig)) -> Self {
        let mut config = config();
        change(&mut config.ingest);
        let setup = install(Setup { config, ..setup });
        Self::run(TestApp::start_with(modules(), setup).await).await
    }

    pub async fn with_clock(clock: &Clock) -> Self {
        Self::with_setup(Setup { clock: clock.clone(), ..Setup::default() }, |_| {}).await
    }

    /// Another process that takes over: same database, same data directory.
    pub async fn successor(app: TestApp) -> Self {
        let next = app.another_node_with(modules(), install(Setup::default()));
        drop(app);
        Self::run(next).await
    }

    /// A second process: same database, same data directory.
    pub async fn beside(&self) -> Self {
        Self::run(self.app.another_node_with(modules(), install(Setup::default()))).await
    }

    async fn run(app: TestApp) -> Self {
        jobs::partitions(&app).await.expect("partitions can be made");
        app.live().await;
        app.service::<Registry>().refresh(&app).await.expect("the registry can be read");
        app.service::<rules::Engine>().refresh(&app).await.expect("the rules can be read");
        let intake = intake::start(&app).await.expect("intake starts");
        let collecting = collector::start(&app).await.expect("the collector starts");
        Self { app, running: Some((intake, collecting)) }
    }

    /// Stops as the program does.
    pub async fn stop(mut self) -> TestApp {
        let (intake, collecting) = self.running.take().expect("it runs");
        collecting.stop().await;
        drop(intake);
        self.app
    }

    pub fn address(&self, transport: &str) -> SocketAddr {
        let addresses = self.service::<Collector>().addresses();
        let found = addresses.iter().find(|(name, _)| *name == transport);
        found.unwrap_or_else(|| panic!("{transport} does not listen")).1
    }

    pub async fn source(&self, name: &str, networks: &[&str], organization: &Organization) -> Value {
        let body = json!({
            "name": name, "kind": "syslog", "networks": networks,
            "organizations": [{ "match": null, "organization_id": organization.id }],
        });
        self.an_administrator().await.post("/api/v1/sources", body).await.expect(201)["source"].take()
    }

    /// One source for this machine, in a new organization.
    pub async fn acme() -> (Self, Organization, Value) {
        Self::acme_with(|_| {}).await
    }

    pub async fn acme_with(change: impl FnOnce(&mut IngestConfig)) -> (Self, Organization, Value) {
        let node = Self::with(change).await;
        let acme = node.organization("Acme").await;
        let source = node.source("Firewall", &["127.0.0.1"], &acme).await;
        (node, acme, source)
    }

    pub async fn send_udp(&self, message: &str) {
        self.send_udp_from(Ipv4Addr::LOCALHOST.into(), message).await;
    }

    pub async fn send_udp_from(&self, from: IpAddr, message: &str) {
        let socket = UdpSocket::bind((from, 0)).await.unwrap();
        socket.send_to(message.as_bytes(), self.address("udp")).await.unwrap();
    }

    pub async fn connect(&self) -> TcpStream {
        self.connect_from(Ipv4Addr::LOCALHOST).await
    }

    pub async fn connect_from(&self, from: Ipv4Addr) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((from, 0).into()).unwrap();
        socket.connect(self.address("tcp")).await.unwrap()
    }

    pub async fn send_tcp(&self, bytes: &[u8]) {
        let mut stream = self.connect().await;
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
    }

    pub async fn count(&self, sql: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
            .fetch_one(&mut self.superuser().await)
            .await
            .unwrap()
    }

    /// Waits until a count is what it should be.
    pub async fn until(&self, sql: &str, expected: i64) {
        let mut found = 0;
        for _ in 0..600 {
            found = self.count(sql).await;
            if found == expected {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{sql}: {found}, not {expected}");
    }

    /// As the process itself counts, without a question to the database.
    pub fn received(&self, transport: &str) -> u64 {
        self.service::<Collector>().received_and_shed(transport).0
    }

    pub fn shed(&self, transport: &str) -> u64 {
        self.service::<Collector>().received_and_shed(transport).1
    }

    pub async fn listener(&self, transport: &str) -> Value {
        let report = self.an_administrator().await.get("/api/v1/listeners").await.expect(200);
        let listeners = report["nodes"][0]["listeners"].as_array().unwrap().clone();
        listeners.into_iter().find(|one| one["transport"] == transport).unwrap()
    }

    /// What the process says of itself, asked without the database.
    pub fn report(&self) -> Value {
        let report = collector::report(&self.app).expect("it collects");
        serde_json::to_value(report).unwrap()
    }

    /// Waits until the process says something of itself.
    pub async fn until_reported(&self, is_so: impl Fn(&Value) -> bool) -> Value {
        let mut report = Value::Null;
        for _ in 0..600 {
            report = self.report();
            if is_so(&report) {
                return report;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{report}");
    }

    /// Waits until a listener has counted so much.
    pub async fn until_counted(&self, transport: &str, counter: &str, least: i64) {
        let mut listener = Value::Null;
        for _ in 0..600 {
            listener = self.listener(transport).await;
            if listener[counter].as_i64().unwrap() >= least {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{listener}: {counter} is not {least}");
    }
}
