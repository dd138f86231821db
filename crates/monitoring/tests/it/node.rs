//! A running process that watches itself.

use std::ops::Deref;
use std::time::{Duration, Instant};

use assets::Inventory;
use intake::{Intake, Registry};
use platform::clock::Clock;
use platform::config::Config;
use platform::secrets::SecretStore;
use platform::{Module, jobs};
use sqlx::AssertSqlSafe;
use testkit::{Actor, Setup, TestApp, Value};
use tokio::task::JoinSet;

/// A service that nobody uses, whose secret is nowhere, and one that reads figures.
const SERVICES: &str = "
version: 1
services:
  old-sync:
    description: Nobody uses it.
    organizations: [\"*\"]
    scopes: [tickets:read]
    secret_hash: \"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"
  prometheus:
    description: Reads figures.
    organizations: [\"*\"]
    scopes: [metrics:read]
    secret_hash: \"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"
";

pub struct Node {
    pub app: TestApp,
    _running: JoinSet<()>,
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
        audit::module(),
        collector::module(),
        intake::module(),
        monitoring::module(),
        rules::module(),
        tickets::module(),
    ]
}

fn install(setup: Setup) -> Setup {
    setup.install(|builder| {
        let secrets = SecretStore::open(&builder.config().data_directory).expect("secrets can be kept");
        let builder = audit::install(builder, &secrets).expect("the audit log's key can be made");
        let builder = rotation::install(builder, &secrets, None);
        let intake = Intake::open(builder.config()).expect("the spool opens");
        let builder = builder.with(Inventory::default()).with(Registry::default()).with(intake);
        builder
            .with(rules::Engine::default())
            .with(collector::Collector::default())
            .with(monitoring::Watch::default())
            .with(monitoring::Requests::default())
    })
}

impl Node {
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// With other settings; the watch has begun.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let node = Self::unwatched_with(change).await;
        node.run_job("monitoring.watch").await;
        node
    }

    /// Before the first watch.
    pub async fn unwatched() -> Self {
        Self::unwatched_with(|_| {}).await
    }

    pub async fn unwatched_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::with_clock(Clock::System, change).await
    }

    pub async fn with_clock(clock: Clock, change: impl FnOnce(&mut Config)) -> Self {
        let mut setup = Setup { services_file: SERVICES.to_owned(), clock, ..Setup::default() };
        // A disk of this machine that is nearly full is no finding of a test that asks about something else.
        setup.config.monitoring.full_percent = 100;
        change(&mut setup.config);
        Self::run(TestApp::start_with(modules(), install(setup)).await).await
    }

    /// A second process on the same database.
    pub async fn beside(&self) -> Self {
        Self::run(self.app.another_node_with(modules(), install(Setup::default()))).await
    }

    async fn run(app: TestApp) -> Self {
        jobs::partitions(&app).await.expect("partitions can be made");
        app.live().await;
        app.service::<Registry>().refresh(&app).await.expect("the registry can be read");
        app.service::<rules::Engine>().refresh(&app).await.expect("the rules can be read");
        let running = intake::start(&app).await.expect("intake starts");
        Self { app, _running: running }
    }

    /// Waits until every record has its leaf (what is settled is a matter of all databases of the server), and watches.
    pub async fn watch(&self) {
        let (mut root, began) = (self.superuser().await, Instant::now());
        loop {
            self.run_job("audit.sequence").await;
            let left = "select (select count(*) from audit_records) - (select count(*) from audit_leaves)";
            let left: i64 = sqlx::query_scalar(left).fetch_one(&mut root).await.unwrap();
            if left == 0 {
                break;
            }
            assert!(began.elapsed() < Duration::from_secs(120), "records stay without a leaf");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.run_job("monitoring.watch").await;
    }

    /// The rows of a table.
    pub async fn count(&self, of: &str) -> i64 {
        let statement = AssertSqlSafe(format!("select count(*) from {of}"));
        sqlx::query_scalar(statement).fetch_one(&mut self.superuser().await).await.unwrap()
    }

    /// Sequences while a witness takes nothing, until something is signed that it lacks. A run may find nothing that is settled
    /// (a matter of all databases of the server), and a witness that has just refused is left alone for a while.
    pub async fn sequence_in_vain(&self) {
        let named = |name: &str| self.jobs.iter().find(|job| job.name == name).expect("there is such a job");
        let (sequencer, witnesses) = (named("audit.sequence"), named("audit.witnesses"));
        let (mut root, began) = (self.superuser().await, Instant::now());
        loop {
            let _ = sequencer.run(self).await;
            let _ = witnesses.run(self).await;
            let refused = "select count(*) from audit_followers, audit_checkpoints where problem is not null";
            let refused: i64 = sqlx::query_scalar(refused).fetch_one(&mut root).await.unwrap();
            if refused > 0 {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(120), "nothing is signed");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Fails to sign in.
    pub async fn fail(&self, email: &str, address: &str, times: usize) {
        let guesser = self.nobody().from_address(address);
        for _ in 0..times {
            guesser.sign_in(email, "some wrong password").await.expect(401);
        }
    }
}

/// The titles of the alerts that somebody sees, sorted.
pub async fn titles(reader: &Actor) -> Vec<String> {
    let mut titles = alerts(reader).await.iter().map(|alert| text(&alert["title"])).collect::<Vec<_>>();
    titles.sort();
    titles
}

pub async fn alerts(reader: &Actor) -> Vec<Value> {
    reader.get("/api/v1/alerts").await.expect(200)["items"].as_array().unwrap().clone()
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}
