//! Getting to a migrated database: the private cluster, or an outside server.
//!
//! Roles: `cibercase_owner` owns everything and is used by migrations only; `cibercase_app` owns nothing and cannot
//! bypass row-level security; the program signs in as `cibercase` (or as the outside server's user) and works as
//! `cibercase_app`.

use std::path::Path;

use anyhow::{Context, Result};
use local_postgres::{Cluster, SUPERUSER, Settings};
use platform::config::Config;
use platform::db::{APP_ROLE, Db};
use platform::secrets::{SecretStore, random_password};
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

const DATABASE: &str = "cibercase";
const LOGIN: &str = "cibercase";
const OWNER: &str = "cibercase_owner";

/// A database that is ready, and the cluster that holds it when it is ours.
pub struct Ready {
    pub db: Db,
    /// Stops with its last owner.
    pub cluster: Option<Cluster>,
}

/// Opens the database of the settings and brings it to this version.
pub async fn open(config: &Config, secrets: &SecretStore) -> Result<Ready> {
    let ready = if config.database.url.is_empty() {
        open_private(config, secrets).await?
    } else {
        migrate_outside(&config.database.url).await?;
        let db = connect(&config.database.url, config)?;
        Ready { db, cluster: None }
    };
    Ok(ready)
}

fn connect(url: &str, config: &Config) -> Result<Db> {
    Db::connect_lazy(url, config.database.max_connections).map_err(|error| anyhow::anyhow!("{error:?}"))
}

async fn open_private(config: &Config, secrets: &SecretStore) -> Result<Ready> {
    let superuser_password = secrets.get_or_make("database-superuser-password", || random_password(24))?;
    let password = secrets.get_or_make("database-password", || random_password(24))?;
    let mut settings = Settings::new(&config.data_directory, &superuser_password);
    settings.port = config.database.port;
    settings.share = true;
    settings.extra = tuning();
    let cluster = tokio::task::spawn_blocking(move || Cluster::open(&settings)).await??;
    let root = cluster.connection_url("postgres", SUPERUSER, &superuser_password);
    make_database(&root, &password).await?;
    migrate_as_owner(&cluster.connection_url(DATABASE, SUPERUSER, &superuser_password)).await?;
    let url = cluster.connection_url(DATABASE, LOGIN, &password);
    Ok(Ready { db: connect(&url, config)?, cluster: Some(cluster) })
}

/// What a database of many small commits wants; the operator's own file in the cluster wins over it.
fn tuning() -> Vec<(String, String)> {
    [
        ("wal_buffers", "16MB"),
        ("wal_compression", "lz4"),
        ("autovacuum_naptime", "20s"),
        ("autovacuum_vacuum_insert_scale_factor", "0.05"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

async fn make_database(url: &str, password: &str) -> Result<()> {
    let mut root = PgConnection::connect(url).await.context("cannot sign in to the private database")?;
    make_roles(&mut root).await?;
    // Safe: the password is ours, letters and digits only.
    let login = format!(
        "do $$ begin
             if not exists (select from pg_roles where rolname = '{LOGIN}') then create role {LOGIN} login noinherit; end if;
         end $$;
         alter role {LOGIN} password '{password}';
         grant {APP_ROLE} to {LOGIN};"
    );
    sqlx::raw_sql(AssertSqlSafe(login)).execute(&mut root).await?;
    let is_there: bool = sqlx::query_scalar!(
        r#"select exists (select from pg_database where datname = $1) as "is_there!""#,
        DATABASE
    )
    .fetch_one(&mut root)
    .await?;
    if !is_there {
        sqlx::raw_sql(AssertSqlSafe(format!("create database {DATABASE} owner {OWNER}")))
            .execute(&mut root)
            .await?;
    }
    root.close().await?;
    Ok(())
}

/// Makes the two roles; two processes that start at once may both try.
async fn make_roles(root: &mut PgConnection) -> Result<()> {
    for role in [APP_ROLE, OWNER] {
        let statement = format!(
            "do $$ begin
                 create role {role} nologin;
             exception when duplicate_object or unique_violation then null;
             end $$"
        );
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *root).await?;
    }
    Ok(())
}

async fn migrate_as_owner(url: &str) -> Result<()> {
    let mut root = PgConnection::connect(url).await?;
    let prepare = format!("alter schema public owner to {OWNER}; set role {OWNER}");
    sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&mut root).await?;
    run(&mut root).await?;
    root.close().await?;
    Ok(())
}

/// An outside server: whoever signs in owns the tables, and works as the application's role afterwards.
async fn migrate_outside(url: &str) -> Result<()> {
    let mut user = PgConnection::connect(url).await.context(
        "cannot connect to DATABASE_URL: check host, port, user and password, and that the database exists",
    )?;
    let has_role = sqlx::query_scalar!(
        r#"select exists (select from pg_roles where rolname = $1) as "has_role!""#,
        APP_ROLE
    )
    .fetch_one(&mut user)
    .await?;
    if !has_role {
        sqlx::raw_sql(AssertSqlSafe(format!("create role {APP_ROLE} nologin")))
            .execute(&mut user)
            .await
            .with_context(|| {
                format!("create the role as the server's administrator: create role {APP_ROLE} nologin")
            })?;
    }
    let grant = format!("grant {APP_ROLE} to current_user");
    let granted = sqlx::raw_sql(AssertSqlSafe(grant)).execute(&mut user).await;
    let is_member = sqlx::query_scalar!(r#"select pg_has_role($1, 'member') as "is_member!""#, APP_ROLE)
        .fetch_one(&mut user)
        .await?;
    if !is_member {
        granted.with_context(|| format!("grant {APP_ROLE} to the user of DATABASE_URL"))?;
    }
    run(&mut user).await?;
    user.close().await?;
    Ok(())
}

async fn run(connection: &mut PgConnection) -> Result<()> {
    MIGRATIONS.run(&mut *connection).await.context("the database cannot be brought to this version")?;
    sqlx::query!("select ensure_partitions(now())").fetch_one(&mut *connection).await?;
    Ok(())
}

/// Makes the data directory: private, but as root its sub-directory must be reachable by the database's own account.
pub fn make_data_directory(path: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    if path.exists() {
        return Ok(());
    }
    let mode = if nix::unistd::geteuid().is_root() { 0o711 } else { 0o700 };
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(path)
        .with_context(|| format!("cannot create the data directory {}", path.display()))?;
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?;
    Ok(())
}
