//! Getting to a migrated database: the private cluster, or an outside server.
//!
//! Roles: `cibercase_owner` owns everything and is used by migrations only; `cibercase_app` owns nothing and cannot
//! bypass row-level security; the program signs in as `cibercase` (or as the outside server's user) and works as
//! `cibercase_app`.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use local_postgres::{Cluster, SUPERUSER, Settings};
use platform::App;
use platform::config::Config;
use platform::db::{APP_ROLE, Db};
use platform::secrets::{SecretStore, Version, Versions, random_password};
use rotation::{DATABASE_PASSWORD, DatabasePasswords, SUPERUSER_PASSWORD};
use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

const DATABASE: &str = "cibercase";
/// They take turns: while the password changes both let in.
const LOGINS: [&str; 2] = ["cibercase", "cibercase_2"];
const OWNER: &str = "cibercase_owner";

/// A database that is ready, and the cluster that holds it when it is ours.
pub struct Ready {
    pub db: Db,
    /// Stops with its last owner.
    pub cluster: Option<Cluster>,
    /// Of the same.
    pub passwords: Option<Arc<dyn DatabasePasswords>>,
}

/// Opens the database of the settings and brings it to this version.
pub async fn open(config: &Config, secrets: &SecretStore) -> Result<Ready> {
    let ready = if config.database.url.is_empty() {
        open_private(config, secrets).await?
    } else {
        migrate_outside(config.database.url.expose()).await?;
        let db = connect(config.database.url.expose(), config)?;
        Ready { db, cluster: None, passwords: None }
    };
    Ok(ready)
}

fn connect(url: &str, config: &Config) -> Result<Db> {
    Db::connect_lazy(url, config.database.max_connections).map_err(|error| anyhow::anyhow!("{error:?}"))
}

async fn open_private(config: &Config, secrets: &SecretStore) -> Result<Ready> {
    let superuser = secrets.versions_or_make(SUPERUSER_PASSWORD, || random_password(24))?;
    let mut settings = Settings::new(&config.data_directory, &superuser.current().secret);
    settings.port = config.database.port;
    settings.share = true;
    settings.extra = tuning();
    let cluster = tokio::task::spawn_blocking(move || Cluster::open(&settings)).await??;
    let options: PgConnectOptions = cluster.connection_url("postgres", SUPERUSER, "").parse()?;
    let passwords = Passwords { options, secrets: secrets.clone() };
    let mut root = passwords.sign_in("postgres").await?;
    make_database(&mut root).await?;
    root.close().await?;
    let mut root = passwords.sign_in(DATABASE).await?;
    let versions = admit_kept(&mut root, secrets).await?;
    migrate_as_owner(root).await?;
    let current = versions.current();
    let url = cluster.connection_url(DATABASE, login(current), &current.secret);
    let passwords = Some(Arc::new(passwords) as Arc<dyn DatabasePasswords>);
    Ok(Ready { db: connect(&url, config)?, cluster: Some(cluster), passwords })
}

fn login(version: &Version) -> &'static str {
    if version.number % 2 == 1 { LOGINS[0] } else { LOGINS[1] }
}

/// The passwords of the private cluster.
struct Passwords {
    /// As its superuser, without the password.
    options: PgConnectOptions,
    secrets: SecretStore,
}

impl Passwords {
    /// Signs in as the superuser. Who changed the password may have been killed before the database heard of it, or before it
    /// was kept that it has.
    async fn sign_in(&self, database: &str) -> Result<PgConnection> {
        let secrets = self.secrets.clone();
        let read = tokio::task::spawn_blocking(move || secrets.versions(SUPERUSER_PASSWORD)).await??;
        let mut outcome = None;
        for password in read.context("there is no superuser's password")?.secrets() {
            let options = self.options.clone().database(database).password(&password);
            let connected = options.connect().await;
            let is_over = connected.is_ok();
            outcome = Some(connected);
            if is_over {
                break;
            }
        }
        let outcome = outcome.context("there is no superuser's password")?;
        outcome.context("cannot sign in to the private database")
    }
}

#[async_trait::async_trait]
impl DatabasePasswords for Passwords {
    async fn admit(&self, versions: &Versions) -> Result<()> {
        let mut root = self.sign_in("postgres").await?;
        admit(&mut root, versions).await?;
        Ok(root.close().await?)
    }

    fn adopt(&self, app: &App, versions: &Versions) {
        let current = versions.current();
        app.db.sign_in_as(login(current), &current.secret);
    }

    async fn set_superuser_password(&self, password: &str) -> Result<()> {
        let mut root = self.sign_in("postgres").await?;
        // Safe: the password is ours, letters and digits only.
        let statement = format!("alter role {SUPERUSER} password '{password}'");
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut root).await?;
        Ok(root.close().await?)
    }
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

/// Lets in whoever has one of the passwords that are kept. Under the lock of those who change them: what was read before
/// a step and let in after it would open a login that the step has shut.
async fn admit_kept(root: &mut PgConnection, secrets: &SecretStore) -> Result<Versions> {
    let mut tx = root.begin().await?;
    rotation::lock(&mut tx).await?;
    let versions = secrets.versions_or_make(DATABASE_PASSWORD, || random_password(24))?;
    admit(&mut tx, &versions).await?;
    tx.commit().await?;
    Ok(versions)
}

/// Lets in whoever has one of these passwords, each as its login; the other login is shut. Under the lock.
async fn admit(root: &mut PgConnection, versions: &Versions) -> Result<()> {
    // One simple query is one transaction.
    let mut statements = String::new();
    for name in LOGINS {
        let version = versions.each().find(|version| login(version) == name);
        // Safe: the password is ours, letters and digits only.
        statements.push_str(&match version {
            Some(version) => format!(
                "do $$ begin
                     create role {name} login noinherit;
                 exception when duplicate_object or unique_violation then null;
                 end $$;
                 alter role {name} login password '{}';
                 grant {APP_ROLE} to {name};",
                version.secret
            ),
            None => format!(
                "do $$ begin
                     if exists (select from pg_roles where rolname = '{name}') then
                         alter role {name} nologin password null;
                     end if;
                 end $$;"
            ),
        });
    }
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(root).await?;
    Ok(())
}

async fn make_database(root: &mut PgConnection) -> Result<()> {
    make_roles(root).await?;
    let is_there: bool = sqlx::query_scalar!(
        r#"select exists (select from pg_database where datname = $1) as "is_there!""#,
        DATABASE
    )
    .fetch_one(&mut *root)
    .await?;
    if !is_there {
        sqlx::raw_sql(AssertSqlSafe(format!("create database {DATABASE} owner {OWNER}")))
            .execute(root)
            .await?;
    }
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

async fn migrate_as_owner(mut root: PgConnection) -> Result<()> {
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
