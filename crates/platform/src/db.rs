//! The database and the transaction that sees its caller's organizations only.
//!
//! The organizations are set with SET LOCAL inside the transaction, never on the pooled connection, and in the same
//! message as BEGIN: one round trip. Row-level security compares them, so a forgotten filter returns nothing.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use log::LevelFilter;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection, PgPool, Postgres, Transaction};
use vocab::OrganizationId;

use crate::Result;
use crate::pulse::Pulse;
use crate::telemetry::ACCESS;

/// The application's role: it owns nothing and cannot bypass row-level security.
pub const APP_ROLE: &str = "cibercase_app";

/// How long the end waits for who uses connections.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Clone, Debug)]
pub struct Db {
    pool: PgPool,
    pulse: Pulse,
    /// Every pool of the process, so that all sign in alike and are closed at the end.
    pools: Arc<Mutex<Vec<PgPool>>>,
}

/// Which rows a transaction sees.
#[derive(Clone, Copy, Debug)]
pub enum Scope<'a> {
    /// The rows of these organizations.
    Organizations(&'a [OrganizationId]),
    /// Those, and the records that belong to no organization: for who may read every one of them.
    Everywhere(&'a [OrganizationId]),
    /// Every row: background work of the platform itself, never a request.
    System,
}

impl Db {
    /// Opens the pool as the application's role; the first connection is made by the first use.
    pub fn connect_lazy(url: &str, max_connections: u32) -> Result<Self> {
        let options: PgConnectOptions = url.parse()?;
        let options = options.application_name("cibercase").options([
            ("statement_timeout", "30s"),
            ("idle_in_transaction_session_timeout", "20s"),
            ("lock_timeout", "10s"),
            // A compiled plan costs more than the short statements here gain.
            ("jit", "off"),
        ]);
        // Slow statements are told; the others need not be weighed for it one by one.
        let options = options.log_statements(LevelFilter::Off);
        let pulse = Pulse::default();
        let known = pulse.clone();
        let pool = PgPoolOptions::new()
            .max_connections(max_connections)
            .min_connections(0)
            .acquire_timeout(Duration::from_secs(5))
            // A broken connection shows itself at BEGIN; asking first would cost a round trip each time.
            .test_before_acquire(false)
            .before_acquire(move |_, connection| {
                let is_good = !known.is_outlived(connection.age);
                Box::pin(async move { Ok(is_good) })
            })
            .after_connect(|connection, _| {
                Box::pin(async move {
                    // Whoever signed in, what works is the role that owns nothing.
                    sqlx::raw_sql(AssertSqlSafe(format!("set role {APP_ROLE}"))).execute(connection).await?;
                    tracing::info!(target: ACCESS, "a connection to the database is open");
                    Ok(())
                })
            })
            .connect_lazy_with(options);
        Ok(Self { pools: Arc::new(Mutex::new(vec![pool.clone()])), pool, pulse })
    }

    /// The same database over connections of its own. A pool hands its connections out in turn, each with what it has
    /// prepared and remembers; whoever asks all the time is answered sooner by one that is always the same. It finds
    /// everything by keys: a plan that was made while a partition was empty must not read it whole when it has grown.
    pub fn apart(&self, connections: u32) -> Self {
        self.with_pool(connections, self.options().options([("enable_seqscan", "off")]))
    }

    /// The same for who asks many times a second for what is new, of tables whose old partitions are dropped: no question
    /// is worth planning anew.
    pub(crate) fn following(&self, connections: u32) -> Self {
        let settings = [("enable_seqscan", "off"), ("plan_cache_mode", "force_generic_plan")];
        self.with_pool(connections, self.options().options(settings))
    }

    /// The same database over connections of its own, for a runtime of its own: a connection is heard by the runtime in
    /// which it was made.
    pub fn beside(&self, connections: u32) -> Self {
        self.with_pool(connections, self.options())
    }

    fn with_pool(&self, connections: u32, options: PgConnectOptions) -> Self {
        let pool = self.pool.options().clone().max_connections(connections).connect_lazy_with(options);
        self.pools.lock().unwrap_or_else(PoisonError::into_inner).push(pool.clone());
        Self { pool, pulse: self.pulse.clone(), pools: self.pools.clone() }
    }

    /// Ends all connections, once those who use them have given them back.
    pub async fn close(&self) {
        let pools = std::mem::take(&mut *self.pools.lock().unwrap_or_else(PoisonError::into_inner));
        let all = join_all(pools.iter().map(|pool| pool.close()));
        if tokio::time::timeout(PATIENCE, all).await.is_err() {
            tracing::warn!("connections to the database are in use at the end");
        }
    }

    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    pub(crate) fn options(&self) -> PgConnectOptions {
        (*self.pool.connect_options()).clone()
    }

    /// Opens connections in this name from now on, in every pool of the process; those that are open go on.
    pub fn sign_in_as(&self, user: &str, password: &str) {
        for pool in self.pools.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let options = (*pool.connect_options()).clone();
            pool.set_connect_options(options.username(user).password(password));
        }
    }

    /// Whether the database answers at all.
    pub fn pulse(&self) -> &Pulse {
        &self.pulse
    }

    /// Begins a transaction that sees `scope` and may write.
    pub async fn begin(&self, scope: Scope<'_>) -> Result<Tx, sqlx::Error> {
        self.open("begin", scope).await
    }

    /// Begins a transaction that sees `scope` and may not write.
    pub async fn read(&self, scope: Scope<'_>) -> Result<Tx, sqlx::Error> {
        self.open("begin read only", scope).await
    }

    /// Begins, and says all three settings each time: what a transaction sees never depends on an earlier one.
    ///
    /// A BEGIN whose future is dropped between question and answer (a browser that goes away) would leave its
    /// transaction open on a connection that goes back to the pool. So it runs to its end in a task of its own; when
    /// nobody waits for it any more, the transaction is dropped there and rolled back.
    async fn open(&self, begin: &str, scope: Scope<'_>) -> Result<Tx, sqlx::Error> {
        let (is_system, is_everywhere, organizations): (_, _, &[OrganizationId]) = match scope {
            Scope::Organizations(organizations) => ("off", "off", organizations),
            Scope::Everywhere(organizations) => ("off", "on", organizations),
            Scope::System => ("on", "off", &[]),
        };
        let mut statement = format!(
            "{begin}; set local cibercase.is_system = '{is_system}'; set local cibercase.is_everywhere = '{is_everywhere}'"
        );
        name(&mut statement, organizations);
        let pool = self.pool.clone();
        // Safe: the text is made of constants and of UUIDs in their canonical form.
        let opening = async move { pool.begin_with(AssertSqlSafe(statement)).await };
        #[expect(
            clippy::disallowed_methods,
            reason = "it ends with the answer to BEGIN, whoever waits for it"
        )]
        let opening = tokio::spawn(opening);
        tokio::select! {
            opened = opening => {
                let inner = opened.map_err(|_| sqlx::Error::WorkerCrashed)??;
                Ok(Tx { inner })
            }
            () = self.pulse.lost() => Err(sqlx::Error::PoolTimedOut),
        }
    }
}

fn name(statement: &mut String, organizations: &[OrganizationId]) {
    use std::fmt::Write;
    statement.push_str("; set local cibercase.organizations = '");
    for (index, organization) in organizations.iter().enumerate() {
        let separator = if index == 0 { "" } else { "," };
        let _ = write!(statement, "{separator}{}", organization.uuid());
    }
    statement.push('\'');
}

/// How often a transaction that lost a race begins anew.
const TRIES: u32 = 6;

/// Does a whole transaction, from its beginning to its commit, again where it lost a race against others: PostgreSQL has
/// undone it then, and nothing of it was kept. A macro, for a closure's future would not be known to be `Send`.
#[macro_export]
macro_rules! again {
    ($attempt:block) => {{
        let mut tries = 0;
        loop {
            let outcome: $crate::Result<_> = async { $attempt }.await;
            match outcome {
                Err(error) if $crate::db::may_try_again(&error, &mut tries).await => {}
                outcome => break outcome,
            }
        }
    }};
}

/// Whether a race was lost and another try is left. Waits a little longer each time, and each caller differently, so that two
/// of them do not meet again.
pub async fn may_try_again(error: &crate::Error, tries: &mut u32) -> bool {
    *tries += 1;
    if *tries >= TRIES || !error.is_lost_race() {
        return false;
    }
    let longest_millis = 10_u64 << *tries;
    let share = u64::from(crate::secrets::random_byte());
    tokio::time::sleep(Duration::from_millis(longest_millis * share / 255)).await;
    true
}

/// A transaction scoped to organizations. Dropped without `commit`, it rolls back.
pub struct Tx {
    inner: Transaction<'static, Postgres>,
}

impl Tx {
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        self.inner.commit().await
    }

    pub async fn rollback(self) -> Result<(), sqlx::Error> {
        self.inner.rollback().await
    }
}

impl Deref for Tx {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        &self.inner
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_pool_signs_in_by_the_new_name_whoever_learns_of_it() -> Result<()> {
        let db = Db::connect_lazy("postgres://old@127.0.0.1:1/nothing", 1)?;
        let (apart, beside) = (db.apart(1), db.beside(1));
        let names = || [&db, &apart, &beside].map(|db| db.options().get_username().to_owned());
        assert_eq!(names(), ["old", "old", "old"]);
        beside.sign_in_as("new", "secret");
        assert_eq!(names(), ["new", "new", "new"]);
        apart.following(1).sign_in_as("newer", "secret");
        assert_eq!(names(), ["newer", "newer", "newer"]);
        Ok(())
    }

    #[tokio::test]
    async fn all_pools_are_closed_together() -> Result<()> {
        let db = Db::connect_lazy("postgres://old@127.0.0.1:1/nothing", 1)?;
        let beside = db.beside(1);
        beside.close().await;
        assert!(db.pool().is_closed() && beside.pool().is_closed());
        db.close().await;
        Ok(())
    }
}
