//! A running process with intake, and sources that deliver to it.

use std::ops::Deref;
use std::time::Duration;

use assets::Inventory;
use http::Method;
use intake::{Intake, Registry};
use platform::clock::Clock;
use platform::config::Config;
use platform::{Module, jobs};
use sqlx::postgres::PgArguments;
use sqlx::{AssertSqlSafe, PgConnection};
use tempfile::TempDir;
use testkit::{Actor, Answer, Organization, Request, Setup, TestApp, Value, json};
use tokio::task::JoinSet;

/// A process that takes deliveries.
pub struct Node {
    pub app: TestApp,
    running: Option<JoinSet<()>>,
    /// Removed with the node.
    _spool: Option<TempDir>,
}

impl Deref for Node {
    type Target = TestApp;
    fn deref(&self) -> &TestApp {
        &self.app
    }
}

fn modules() -> Vec<Module> {
    vec![alerts::module(), assets::module(), intake::module(), tickets::module()]
}

/// Intake looks for its spool in the data directory, which only the process itself knows.
fn with_services(setup: Setup, data_directory: std::path::PathBuf) -> Setup {
    let config = Config { data_directory, ..setup.config.clone() };
    setup.install(move |builder| {
        let intake = Intake::open(&config).expect("the spool opens");
        builder.with(Inventory::default()).with(Registry::default()).with(intake)
    })
}

impl Node {
    pub async fn start() -> Self {
        Self::start_with(Setup::default()).await
    }

    pub async fn with_clock(clock: &Clock) -> Self {
        Self::start_with(Setup { clock: clock.clone(), ..Setup::default() }).await
    }

    pub async fn start_with(setup: Setup) -> Self {
        let spool = tempfile::tempdir().unwrap();
        let app = TestApp::start_with(modules(), with_services(setup, spool.path().to_owned())).await;
        Self { _spool: Some(spool), ..Self::run(app).await }
    }

    /// With a spool that a later process can take over, and perhaps a door before the database.
    pub async fn with_spool(setup: Setup, spool: &std::path::Path) -> Self {
        let app = TestApp::start_with(modules(), with_services(setup, spool.to_owned())).await;
        Self::run(app).await
    }

    /// A second process on the same database.
    pub async fn another(&self) -> Self {
        let spool = tempfile::tempdir().unwrap();
        let node = self.another_with_spool(spool.path()).await;
        Self { _spool: Some(spool), ..node }
    }

    pub async fn another_with_spool(&self, spool: &std::path::Path) -> Self {
        let config = self.app.config.clone();
        let setup = with_services(Setup { config, ..Setup::default() }, spool.to_owned());
        Self::run(self.app.another_node_with(modules(), setup)).await
    }

    /// A process on the database of another.
    pub async fn on_database_of(app: &TestApp, spool: &std::path::Path) -> Self {
        let config = app.config.clone();
        let setup = with_services(Setup { config, ..Setup::default() }, spool.to_owned());
        Self::run(app.another_node_with(modules(), setup)).await
    }

    async fn run(app: TestApp) -> Self {
        jobs::partitions(&app).await.expect("partitions can be made");
        app.live().await;
        app.service::<Registry>().refresh(&app).await.expect("the registry can be read");
        app.service::<Inventory>().heal(&app.db).await.expect("the inventory can be read");
        let running = intake::start(&app).await.expect("intake starts");
        Self { app, running: Some(running), _spool: None }
    }

    /// Ends the process's tasks, as a crash does.
    pub async fn stop(mut self) -> TestApp {
        self.running.take().expect("it runs").shutdown().await;
        self.app
    }

    pub async fn source(&self, name: &str, mapping: &[(Option<&str>, &Organization)]) -> Source {
        self.source_of_kind("fortisiem", name, mapping).await
    }

    pub async fn source_of_kind(
        &self,
        kind: &str,
        name: &str,
        mapping: &[(Option<&str>, &Organization)],
    ) -> Source {
        let admin = self.an_administrator().await;
        let organizations = mapping
            .iter()
            .map(|(text, organization)| json!({ "match": text, "organization_id": organization.id }))
            .collect::<Vec<_>>();
        let body = json!({ "name": name, "kind": kind, "organizations": organizations });
        let created = admin.post("/api/v1/sources", body).await.expect(201);
        Source { id: text(&created["source"]["id"]), token: text(&created["token"]), admin }
    }

    /// Sends bytes with a token.
    pub async fn post(&self, token: &str, body: impl Into<Vec<u8>>) -> Answer {
        self.post_with(token, body, &[]).await
    }

    pub async fn post_with(&self, token: &str, body: impl Into<Vec<u8>>, headers: &[(&str, &str)]) -> Answer {
        let nobody = self.nobody();
        let mut request = nobody
            .request(Method::POST, "/api/v1/integrations/webhook")
            .header("authorization", format!("Bearer {token}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request: Request<axum::body::Body> = request.body(body.into().into()).unwrap();
        nobody.send(request).await
    }

    /// Delivers and gives the answer's JSON.
    #[track_caller]
    pub fn deliver(&self, source: &Source, body: String) -> impl Future<Output = Value> {
        let caller = std::panic::Location::caller();
        async move {
            let answer = self.post(&source.token, body).await;
            assert!(answer.status == 200, "{caller}: {} {}", answer.status, answer.text());
            answer.json()
        }
    }

    pub async fn sql(&self) -> PgConnection {
        self.superuser().await
    }

    pub async fn count(&self, of: &str) -> i64 {
        let mut database = self.sql().await;
        let query = format!("select count(*) from {of}");
        sqlx::query_scalar(AssertSqlSafe(query.as_str())).fetch_one(&mut database).await.unwrap()
    }

    /// The first row of a query as JSON.
    pub async fn row(&self, query: &str) -> Value {
        let mut database = self.sql().await;
        let query = format!("select to_jsonb(found) from ({query}) as found");
        sqlx::query_scalar(AssertSqlSafe(query.as_str())).fetch_one(&mut database).await.unwrap()
    }

    pub async fn run_sql(&self, statement: &str) {
        let mut database = self.sql().await;
        sqlx::query_with::<sqlx::Postgres, PgArguments>(AssertSqlSafe(statement), PgArguments::default())
            .execute(&mut database)
            .await
            .unwrap();
    }

    /// Ends a ticket as an analyst does.
    pub async fn close(&self, ticket: &str, verdict: &str) {
        let now = self.clock.now().unix_timestamp();
        self.run_sql(&format!(
            "update tickets set stage = 'closed', verdict = '{verdict}', closed_at = to_timestamp({now}),
                 version = version + 1 where id = '{ticket}'"
        ))
        .await;
    }

    /// Waits until alerts and tickets have taken over what repeats counted.
    pub async fn settled(&self) {
        let pending = "alert_counts, alert_counts_taken where xact >= until";
        until("counts are taken over", || async { self.count(pending).await == 0 }).await;
        until("gains are taken over", || async { self.count("ticket_gains").await == 0 }).await;
    }

    pub async fn ticket(&self, id: &str) -> Value {
        self.settled().await;
        self.row(&format!("select * from tickets where id = '{id}'")).await
    }

    pub async fn alert(&self, id: &str) -> Value {
        self.settled().await;
        self.row(&format!("select * from alerts where id = '{id}'")).await
    }

    pub async fn timeline(&self, ticket: &str) -> Vec<String> {
        let mut database = self.sql().await;
        sqlx::query_scalar("select kind from ticket_activity where ticket_id = $1::uuid order by id")
            .bind(ticket.to_owned())
            .fetch_all(&mut database)
            .await
            .unwrap()
    }
}

/// A source as its sender knows it, and somebody who administers it.
pub struct Source {
    pub id: String,
    pub token: String,
    pub admin: Actor,
}

impl Source {
    pub async fn change(&self, change: Value) -> Value {
        let path = format!("/api/v1/sources/{}", self.id);
        let version = self.admin.get(&path).await.expect(200)["version"].as_i64().unwrap();
        self.admin.patch(&path, version, change).await.expect(200)
    }
}

/// A node, an organization, and a source of it for payloads that name none.
pub async fn acme() -> (Node, Organization, Source) {
    on(Node::start().await).await
}

pub async fn on(node: Node) -> (Node, Organization, Source) {
    let acme = node.organization("Acme").await;
    let source = node.source("Acme's SIEM", &[(None, &acme)]).await;
    (node, acme, source)
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

pub fn ticket_id(answer: &Value) -> String {
    text(&answer["ticket"]["id"])
}

pub fn alert_id(answer: &Value) -> String {
    text(&answer["alert"]["id"])
}

/// Looks again until it is so; fails after a minute.
pub async fn until<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    for _ in 0..12_000 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("in vain: {what}");
}
