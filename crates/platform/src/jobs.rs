//! Background work that recurs: one node at a time holds a job's lease, runs it, and says how it went.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use time::OffsetDateTime;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::db::Scope;
use crate::{App, Result, threads};

type Work = Arc<dyn Fn(App) -> Pin<Box<dyn Future<Output = Result<()>> + Send>> + Send + Sync>;

/// Something to do every so often, on one node.
#[derive(Clone)]
pub struct Job {
    pub name: &'static str,
    pub every: Duration,
    /// How long another node waits before it takes over from one that has died at it.
    lease: Duration,
    work: Work,
}

impl Job {
    /// `work` must bear being run twice: a lease can run out under a stalled node.
    pub fn new<F>(
        name: &'static str,
        every: Duration,
        work: impl Fn(App) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let lease = Duration::from_secs(300).max(every);
        Self { name, every, lease, work: Arc::new(move |app| Box::pin(work(app))) }
    }

    /// The same with a lease of its own, for what others wait for.
    pub fn leased_for(self, lease: Duration) -> Self {
        Self { lease, ..self }
    }

    pub async fn run(&self, app: &App) -> Result<()> {
        (self.work)(app.clone()).await
    }
}

/// The platform's own housekeeping: partitions ahead, old ones dropped, used-up rows removed.
pub fn housekeeping() -> Vec<Job> {
    vec![
        Job::new(
            "platform.partitions",
            Duration::from_secs(3600),
            |app| async move { partitions(&app).await },
        ),
        Job::new("platform.live_tickets", Duration::from_secs(600), |app| async move {
            let now = app.clock.now();
            sqlx::query!("delete from live_tickets where expires_at < $1", now)
                .execute(app.db.pool())
                .await?;
            Ok(())
        }),
    ]
}

/// Makes the partitions of now and of the periods ahead.
pub async fn partitions(app: &App) -> Result<()> {
    let now = app.clock.now();
    sqlx::query!("select ensure_partitions($1)", now).fetch_one(app.db.pool()).await?;
    sqlx::query!("select drop_old_partitions($1)", now).fetch_one(app.db.pool()).await?;
    Ok(())
}

/// Connections of all jobs together.
const CONNECTIONS: u32 = 8;

/// Runs `jobs`, on a thread of their own, until the returned set is dropped: some compute for as long as many requests.
pub fn start(app: &App, jobs: Vec<Job>) -> Result<JoinSet<()>> {
    let (holder, app) = (Uuid::now_v7(), app.beside(CONNECTIONS));
    let all = async move {
        let mut running = JoinSet::new();
        for job in jobs {
            #[expect(clippy::disallowed_methods, reason = "the set owns the task")]
            running.spawn(recur(app.clone(), job, holder));
        }
        while running.join_next().await.is_some() {}
    };
    let thread = threads::run("jobs", all).context("a thread for jobs")?;
    let mut running = JoinSet::new();
    #[expect(clippy::disallowed_methods, reason = "the set owns the task")]
    running.spawn(thread.ended());
    Ok(running)
}

async fn recur(app: App, job: Job, holder: Uuid) {
    loop {
        if let Err(error) = run_if_due(&app, &job, holder).await {
            tracing::warn!(job = job.name, ?error, "a job did not finish");
        }
        tokio::time::sleep(job.every.min(Duration::from_secs(60))).await;
    }
}

async fn run_if_due(app: &App, job: &Job, holder: Uuid) -> Result<()> {
    let now = app.clock.now();
    if !take_lease(app, job, holder, now).await? {
        return Ok(());
    }
    let outcome = job.run(app).await;
    let problem = outcome.as_ref().err().map(|error| format!("{error:?}"));
    sqlx::query!(
        "update job_leases set held_until = $3, last_run_at = $3, last_problem = $4 where name = $1 and holder = $2",
        job.name,
        holder,
        app.clock.now(),
        problem
    )
    .execute(app.db.pool())
    .await?;
    outcome
}

async fn take_lease(app: &App, job: &Job, holder: Uuid, now: OffsetDateTime) -> Result<bool> {
    let until = now + job.lease;
    let due_before = now - job.every;
    let taken = sqlx::query!(
        "insert into job_leases as lease (name, holder, held_until) values ($1, $2, $3)
         on conflict (name) do update set holder = excluded.holder, held_until = excluded.held_until
             where lease.held_until < $4 and (lease.last_run_at is null or lease.last_run_at <= $5)
         returning name",
        job.name,
        holder,
        until,
        now,
        due_before
    )
    .fetch_optional(app.db.pool())
    .await?;
    Ok(taken.is_some())
}

/// A system-scoped transaction for a job.
pub async fn begin(app: &App) -> Result<crate::Tx> {
    Ok(app.db.begin(Scope::System).await?)
}
