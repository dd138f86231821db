//! What the audit log's tree costs: how fast records become leaves, whether that keeps up with 3,000 a second, and what a
//! mutation waits longer. Against the server of CIBERCASE_TEST_DATABASE_URL, or the tests' own, which syncs nothing.

#![expect(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, reason = "a measurement")]

use std::time::{Duration, Instant};

use platform::Actor;
use platform::audit::{Deed, record};
use platform::db::Scope;
use platform::secrets::SecretStore;
use sqlx::raw_sql;
use testkit::{Setup, TestApp, json};
use uuid::Uuid;

const BACKLOG: u32 = 60_000;
const A_SECOND: u32 = 3_000;
const SECONDS: u32 = 30;
const MUTATIONS: usize = 2_000;

#[tokio::main]
async fn main() {
    let setup = Setup::default().install(|builder| {
        let secrets = SecretStore::open(&builder.config().data_directory).unwrap();
        audit::install(builder, &secrets).unwrap()
    });
    let app = TestApp::start_with(vec![audit::module()], setup).await;
    backlog(&app).await;
    stream(&app).await;
    mutations(&app).await;
}

/// Records like those that intake writes, as many as asked in one transaction.
async fn write(root: &mut sqlx::PgConnection, count: u32) {
    let insert = "insert into audit_records
            (id, organization_id, actor_kind, actor_id, actor_name, action, object_kind, object_id, object_reference, detail, ip)
        select gen_random_uuid(), gen_random_uuid(), 'source', gen_random_uuid(), 'FortiSIEM', 'ticket.opened', 'ticket',
               gen_random_uuid(), 'TCK-2026-000001', jsonb_build_object('rule', 'PH_RULE_BRUTE_FORCE', 'urgency', number,
               'why', 'new', 'alert', gen_random_uuid()), '192.0.2.7'
        from generate_series(1, $1) number";
    sqlx::query(insert).bind(i32::try_from(count).unwrap()).execute(root).await.unwrap();
}

async fn without_leaf(root: &mut sqlx::PgConnection) -> i64 {
    let query = "select (select count(*) from audit_records) - (select count(*) from audit_leaves)";
    sqlx::query_scalar(query).fetch_one(root).await.unwrap()
}

async fn backlog(app: &TestApp) {
    let mut root = app.superuser().await;
    write(&mut root, BACKLOG).await;
    let began = Instant::now();
    while without_leaf(&mut root).await > 0 {
        app.run_job("audit.sequence").await;
    }
    let rate = f64::from(BACKLOG) / began.elapsed().as_secs_f64();
    println!("a backlog of {BACKLOG} records: {rate:.0} leaves a second");
}

/// Thirty records a hundredth of a second, while the sequencer runs once a second as in the program.
async fn stream(app: &TestApp) {
    let (mut writer, mut looker) = (app.superuser().await, app.superuser().await);
    let began = Instant::now();
    let writing = async {
        let parts = SECONDS * 100;
        for part in 0..parts {
            write(&mut writer, A_SECOND / 100).await;
            tokio::time::sleep_until((began + Duration::from_millis(10) * (part + 1)).into()).await;
        }
        f64::from(parts * (A_SECOND / 100)) / began.elapsed().as_secs_f64()
    };
    let sequencing = async {
        let (mut most, mut busy) = (0, Duration::ZERO);
        while began.elapsed() < Duration::from_secs(SECONDS.into()) {
            let run = Instant::now();
            app.run_job("audit.sequence").await;
            busy += run.elapsed();
            most = most.max(without_leaf(&mut looker).await);
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        (most, busy)
    };
    let (rate, (most, busy)) = tokio::join!(writing, sequencing);
    println!(
        "{rate:.0} records a second for {SECONDS} s: at most {most} without a leaf right after a run, the sequencer busy {:.0} %",
        100.0 * busy.as_secs_f64() / f64::from(SECONDS)
    );
}

/// The median of a transaction with one record, with what the tree asks of `audit_records` and without.
async fn mutations(app: &TestApp) {
    let mut root = app.superuser().await;
    for round in 1..=3 {
        let with = median(app).await;
        raw_sql("drop index audit_records_position").execute(&mut root).await.unwrap();
        let without = median(app).await;
        raw_sql("create index audit_records_position on audit_records (xact, seq)")
            .execute(&mut root)
            .await
            .unwrap();
        println!(
            "a mutation, round {round}: {with:?} with the index that the tree needs, {without:?} without"
        );
    }
}

async fn median(app: &TestApp) -> Duration {
    let mut times = Vec::new();
    for number in 0..MUTATIONS {
        let began = Instant::now();
        let mut tx = app.app.db.begin(Scope::System).await.unwrap();
        let deed = Deed::new("test.done", "test", Uuid::now_v7())
            .called("TCK-2026-000001")
            .with(json!({ "number": number }));
        record(&mut tx, &Actor::system(), deed).await.unwrap();
        tx.commit().await.unwrap();
        times.push(began.elapsed());
    }
    times.sort_unstable();
    times[MUTATIONS / 2]
}
