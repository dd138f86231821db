//! An audit log of a test.

use std::ops::Deref;
use std::path::Path;
use std::time::{Duration, Instant};

use ::audit::{Report, VerifyingKey, WitnessCopy};
use platform::Actor;
use platform::audit::{self, Deed};
use platform::db::Scope;
use platform::secrets::SecretStore;
use sqlx::{PgConnection, raw_sql};
use testkit::{Setup, TestApp, json};
use uuid::Uuid;

/// A running process with the module.
pub struct Log {
    pub app: TestApp,
}

impl Deref for Log {
    type Target = TestApp;
    fn deref(&self) -> &TestApp {
        &self.app
    }
}

pub fn setup() -> Setup {
    Setup::default().install(|builder| {
        let secrets = SecretStore::open(&builder.config().data_directory).unwrap();
        ::audit::install(builder, &secrets).unwrap()
    })
}

impl Log {
    pub async fn start() -> Self {
        Self { app: TestApp::start_with(vec![::audit::module()], setup()).await }
    }

    /// A second process on the same database and data directory.
    pub fn another_node(&self) -> Self {
        Self { app: self.app.another_node_with(vec![::audit::module()], setup()) }
    }

    /// Records one deed in a transaction of its own.
    pub async fn record(&self, name: &str) {
        let mut tx = self.app.app.db.begin(Scope::System).await.unwrap();
        record(&mut tx, name).await;
        tx.commit().await.unwrap();
    }

    pub async fn records(&self, count: usize) {
        for number in 0..count {
            self.record(&format!("number {number}")).await;
        }
    }

    pub fn directory(&self) -> &Path {
        &self.app.app.config.data_directory
    }

    pub fn key(&self) -> VerifyingKey {
        ::audit::public_key(&SecretStore::open(self.directory()).unwrap()).unwrap()
    }

    /// Verifies without a witness.
    pub async fn verify(&self) -> Report {
        ::audit::verify_database(&self.app.app.db, &self.key(), None).await.unwrap()
    }

    /// Verifies with the copy of the data directory, or another witness.
    pub async fn verify_with(&self, witness: &Path) -> Report {
        let witness = WitnessCopy::read(witness, &self.key()).unwrap();
        ::audit::verify_database(&self.app.app.db, &self.key(), Some(&witness)).await.unwrap()
    }

    pub async fn verify_with_mirror(&self) -> Report {
        self.verify_with(&::audit::mirror(self.directory())).await
    }

    /// As the superuser, past the triggers.
    pub async fn tamper(&self, statements: &'static str) {
        let mut root = self.app.superuser().await;
        raw_sql("set session_replication_role = replica").execute(&mut root).await.unwrap();
        raw_sql(statements).execute(&mut root).await.unwrap();
    }

    /// Runs the sequencer and tells the witnesses, once.
    pub async fn sequence(&self) {
        self.try_sequence().await.unwrap();
    }

    pub async fn try_sequence(&self) -> platform::Result<()> {
        for name in ["audit.sequence", "audit.witnesses"] {
            self.app.jobs.iter().find(|job| job.name == name).unwrap().run(&self.app.app).await?;
        }
        Ok(())
    }

    /// Runs the sequencer until every record has its leaf. Other databases of the server have transactions too, and what is
    /// settled is a matter of them all.
    pub async fn settle(&self) {
        let mut root = self.app.superuser().await;
        let began = Instant::now();
        loop {
            self.sequence().await;
            if count_of_records(&mut root).await == count_of_leaves(&mut root).await {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(120), "records stay without a leaf");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

pub async fn record(tx: &mut platform::Tx, name: &str) {
    let deed = Deed::new("test.done", "test", Uuid::now_v7()).called(name).with(json!({ "name": name }));
    audit::record(tx, &Actor::system(), deed).await.unwrap();
}

pub async fn count_of_records(root: &mut PgConnection) -> i64 {
    sqlx::query_scalar!(r#"select count(*) as "count!" from audit_records"#).fetch_one(root).await.unwrap()
}

pub async fn count_of_leaves(root: &mut PgConnection) -> i64 {
    sqlx::query_scalar!(r#"select count(*) as "count!" from audit_leaves"#).fetch_one(root).await.unwrap()
}

/// The records' ids in the order of their leaves, each index being the one after the last.
pub async fn order_of_leaves(root: &mut PgConnection) -> Vec<Uuid> {
    let rows = sqlx::query!("select index, record_id from audit_leaves order by index");
    let rows = rows.fetch_all(root).await.unwrap();
    for (expected, row) in rows.iter().enumerate() {
        assert_eq!(row.index, i64::try_from(expected).unwrap(), "no gap");
    }
    rows.into_iter().map(|row| row.record_id).collect()
}

/// The records' ids in the order of their transactions.
pub async fn order_of_records(root: &mut PgConnection) -> Vec<Uuid> {
    sqlx::query_scalar!("select id from audit_records order by xact, seq").fetch_all(root).await.unwrap()
}
