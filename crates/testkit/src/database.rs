//! A database for each test, copied from a migrated template.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use platform::db::APP_ROLE;
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::sync::OnceCell;

use crate::server::{self, Server};

const MIGRATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");
/// Owns everything in the databases and is no superuser, as in production.
const OWNER_ROLE: &str = "cibercase_owner";
const PREFIX: &str = "cibercase_test_";

/// How long a test waits for its database to be dropped.
const PATIENCE: Duration = Duration::from_secs(1);

static TEMPLATE: OnceCell<String> = OnceCell::const_new();
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// One test's database; dropped with it.
pub struct Database {
    pub name: String,
    pub url: String,
    server: &'static Server,
}

impl Database {
    pub async fn create() -> Self {
        let server = tokio::task::spawn_blocking(server::get).await.expect("the server starts");
        let template = TEMPLATE.get_or_init(|| make_template(server)).await;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}{}_{number}", std::process::id());
        let mut connection = connect(&server.url).await;
        run(&mut connection, format!("drop database if exists {name} with (force)")).await;
        // Copying files forces a checkpoint, which costs nothing where nothing waits for the disk.
        let strategy = if server.is_ours { "file_copy" } else { "wal_log" };
        let statement =
            format!("create database {name} template {template} owner {OWNER_ROLE} strategy {strategy}");
        run(&mut connection, statement).await;
        let url = server.url_of(&name);
        Self { name, url, server }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (url, name) = (self.server.url.clone(), self.name.clone());
        let (done, is_done) = mpsc::channel();
        // A thread of its own: the test's runtime may be gone already. What fails here is cleared away later.
        std::thread::spawn(move || {
            let _ = done.send(drop_database(&url, &name));
        });
        // Not for ever: the server itself waits for connections half made, and those of this test's runtime are made no
        // further while we wait here.
        let _ = is_done.recv_timeout(PATIENCE);
    }
}

fn drop_database(url: &str, name: &str) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut connection = PgConnection::connect(url).await.map_err(std::io::Error::other)?;
        let statement = format!("drop database if exists {name} with (force)");
        let dropped = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await;
        dropped.map(drop).map_err(std::io::Error::other)
    })
}

/// The template of the migrations as they are now, made by the first process that needs it.
async fn make_template(server: &'static Server) -> String {
    let migrator = Migrator::new(Path::new(MIGRATIONS)).await.expect("the migrations can be read");
    let name = format!("cibercase_template_{:016x}", content_hash(&migrator));
    let lock = tokio::task::spawn_blocking(|| server.lock()).await.expect("the lock is free some time");
    let mut connection = connect(&server.url).await;
    make_roles(&mut connection).await;
    clear_away(&mut connection, server).await;
    if !exists(&mut connection, &name).await {
        // Migrated under another name: what is interrupted is never taken for the template.
        let draft = format!("{name}_draft");
        run(&mut connection, format!("drop database if exists {draft} with (force)")).await;
        run(&mut connection, format!("create database {draft} owner {OWNER_ROLE}")).await;
        migrate(&server.url_of(&draft), &migrator).await;
        run(&mut connection, format!("alter database {draft} rename to {name}")).await;
    }
    drop(lock);
    name
}

async fn migrate(url: &str, migrator: &Migrator) {
    let mut connection = connect(url).await;
    run(&mut connection, format!("set role {OWNER_ROLE}; alter schema public owner to {OWNER_ROLE}")).await;
    if let Err(error) = migrator.run(&mut connection).await {
        panic!("the migrations fail: {error}");
    }
    run(&mut connection, "select ensure_partitions(now())".to_owned()).await;
    connection.close().await.expect("the template is left alone");
}

async fn make_roles(connection: &mut PgConnection) {
    for (role, options) in [(APP_ROLE, "nologin"), (OWNER_ROLE, "nologin")] {
        let statement = format!(
            "do $$ begin
                 if not exists (select from pg_roles where rolname = '{role}') then create role {role} {options}; end if;
             end $$"
        );
        run(connection, statement).await;
    }
}

/// Drops the databases of test processes that are gone.
async fn clear_away(connection: &mut PgConnection, server: &Server) {
    if !server.is_ours {
        return;
    }
    let names: Vec<String> = sqlx::query_scalar!(
        r#"select datname::text as "name!" from pg_database where starts_with(datname, $1)"#,
        PREFIX
    )
    .fetch_all(&mut *connection)
    .await
    .expect("the databases can be listed");
    for name in names {
        let pid = name.trim_start_matches(PREFIX).split('_').next().unwrap_or_default().to_owned();
        if !Path::new("/proc").join(&pid).exists() {
            run(connection, format!("drop database if exists {name} with (force)")).await;
        }
    }
}

async fn exists(connection: &mut PgConnection, name: &str) -> bool {
    sqlx::query_scalar!(r#"select exists (select from pg_database where datname = $1) as "exists!""#, name)
        .fetch_one(connection)
        .await
        .expect("the databases can be listed")
}

/// FNV-1a over the migrations' checksums, in order.
fn content_hash(migrator: &Migrator) -> u64 {
    let bytes = migrator.iter().flat_map(|migration| migration.checksum.iter());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url)
        .await
        .unwrap_or_else(|error| panic!("the server for tests does not answer: {error}"))
}

async fn run(connection: &mut PgConnection, statement: String) {
    let outcome = sqlx::raw_sql(AssertSqlSafe(statement.as_str())).execute(connection).await;
    if let Err(error) = outcome {
        panic!("{statement}: {error}");
    }
}
