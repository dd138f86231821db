//! From incoming incidents to committed rows: writers take what has gathered since their last commit and keep it in one
//! transaction. The more comes at once, the larger the batch and the smaller the cost of each.

mod batch;
mod decide;
mod outcome;
mod references;
mod settle;
mod state;
mod work;
mod write;

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use anyhow::Context;
use futures_util::FutureExt;
use platform::principal::{Actor, ActorKind};
use platform::{App, Error, Result, again, threads};
use tokio::sync::{Mutex, Notify, Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::counters::{Counters, Observed};
use crate::reading::{Arrival, Incoming};
use crate::spool::Spool;

pub use outcome::Answer;
use references::References;

/// Batches being written at the same time, at most.
const MOST_WRITERS: usize = 4;
/// Incidents that may wait; beyond, senders wait to hand theirs over.
const QUEUE: usize = 8192;
/// A quarter of a GiB.
const ROOM_KIB: usize = 256 * 1024;
/// Fewer than this are not worth a second writer's statements.
const SMALL_BATCH: usize = 6;
/// How long a batch waits at most for as many as the one before it had.
const GATHERING: Duration = Duration::from_millis(1);

/// What is kept in one transaction, in its order.
struct Job {
    incoming: Vec<Incoming>,
    answer: oneshot::Sender<Vec<Result<Answer>>>,
}

/// The intake of one process.
pub struct Intake {
    pub(crate) counters: Counters,
    pub(crate) spool: Spool,
    /// KiB of bodies that may be in memory at once; each holds its own until the last of it is let go.
    pub(crate) room: Arc<Semaphore>,
    references: References,
    /// Called when a batch has appended counts.
    repeated: Arc<Notify>,
    jobs: mpsc::Sender<Job>,
    waiting: Mutex<Waiting>,
}

/// What waits to be kept.
struct Waiting {
    jobs: mpsc::Receiver<Job>,
    /// How many the last batch of each writer had.
    last: [usize; MOST_WRITERS],
}

impl Intake {
    pub fn open(config: &platform::config::Config) -> anyhow::Result<Self> {
        let (jobs, waiting) = mpsc::channel(QUEUE);
        Ok(Self {
            counters: Counters::default(),
            spool: Spool::at(config.data_directory.join("spool"), config.intake.spool_bytes),
            room: Arc::new(Semaphore::new(ROOM_KIB)),
            references: References::default(),
            repeated: Arc::default(),
            jobs,
            waiting: Mutex::new(Waiting { jobs: waiting, last: [0; MOST_WRITERS] }),
        })
    }

    /// Deliveries and bytes that wait on disk for the database.
    pub fn waiting(&self) -> (u64, u64) {
        (self.spool.items(), self.spool.bytes())
    }

    /// Counts log lines of a source.
    pub fn observe(&self, source: vocab::SourceId, at: time::OffsetDateTime, observed: Observed) {
        self.counters.observe(source, at, observed);
    }

    /// Counts what became of an alert out of a source's log lines.
    pub fn count_alert(&self, source: vocab::SourceId, answer: &Answer) {
        self.counters.became(source, answer.outcome.into());
    }

    /// Keeps an incident; answers after the commit. An error that [`Error::is_database_away`] means nothing is kept.
    pub async fn keep(&self, incoming: Box<Incoming>) -> Result<Answer> {
        self.keep_together(vec![*incoming]).await?.pop().unwrap_or_else(|| Err(stopping()))
    }

    /// Keeps what came as one list, in its order: a clear never overtakes what it clears.
    pub async fn keep_list(&self, app: &App, incoming: Vec<Incoming>) -> Vec<Result<Answer>> {
        let mut outcomes = Vec::with_capacity(incoming.len());
        let mut incoming = incoming.into_iter().peekable();
        while incoming.peek().is_some() {
            let together = incoming.by_ref().take(app.config.intake.batch_size).collect::<Vec<_>>();
            let count = together.len();
            match self.keep_together(together).await {
                Ok(kept) => outcomes.extend(kept),
                Err(_) => outcomes.extend((0..count).map(|_| Err(stopping()))),
            }
        }
        outcomes
    }

    async fn keep_together(&self, incoming: Vec<Incoming>) -> Result<Vec<Result<Answer>>> {
        let (answer, answered) = oneshot::channel();
        self.jobs.send(Job { incoming, answer }).await.map_err(|_| stopping())?;
        answered.await.map_err(|_| stopping())
    }

    /// Keeps incidents in their order, past those that wait: for deliveries that have waited longer.
    pub(crate) async fn keep_in_order(&self, app: &App, incoming: Vec<Incoming>) -> Vec<Result<Answer>> {
        let mut outcomes = Vec::with_capacity(incoming.len());
        let mut incoming = incoming.into_iter().peekable();
        while incoming.peek().is_some() {
            let batch = incoming.by_ref().take(app.config.intake.batch_size).collect();
            outcomes.extend(self.keep_all(app, batch).await);
        }
        outcomes
    }

    /// Starts the writers and the replay of what waits on disk.
    pub(crate) fn start(self: &Arc<Self>, app: &App, running: &mut JoinSet<()>) -> Result<()> {
        // Now, so that a directory that cannot be written is told before the first delivery.
        self.spool.own()?;
        for writer in 0..writers() {
            let (intake, app) = (self.clone(), app.apart(1));
            // Between its statements a batch waits for this process: nothing else may come before it.
            let writing = async move { intake.write(&app, writer).await };
            let thread = threads::run(&format!("intake-{writer}"), writing).context("a writer's thread")?;
            #[expect(clippy::disallowed_methods, reason = "the set owns the task")]
            running.spawn(thread.ended());
        }
        settle::start(&app.apart(1), self.repeated.clone(), running);
        crate::spool::start_replay(self, app, running);
        Ok(())
    }

    async fn write(&self, app: &App, writer: usize) {
        let mut jobs = Vec::with_capacity(app.config.intake.batch_size);
        loop {
            self.gather(&mut jobs, app.config.intake.batch_size, writer).await;
            if jobs.is_empty() {
                return;
            }
            let (mut incoming, mut answers) = (Vec::new(), Vec::with_capacity(jobs.len()));
            for job in jobs.drain(..) {
                answers.push((job.answer, job.incoming.len()));
                incoming.extend(job.incoming);
            }
            let mut outcomes = self.keep_all(app, incoming).await.into_iter();
            for (answer, count) in answers {
                // A sender that has gone away needs no answer.
                let _ = answer.send(outcomes.by_ref().take(count).collect());
            }
        }
    }

    /// Waits for a first job and takes what has come with it. Under load those who were answered last come again at
    /// once: they are waited for a moment, or the next batch were the few that came first. Nobody takes more than a
    /// share of all that is under way, or the other writers were left with nothing.
    async fn gather(&self, jobs: &mut Vec<Job>, most: usize, writer: usize) {
        // Whoever holds the lock waits; the other writers are busy with their batches meanwhile.
        let mut waiting = self.waiting.lock().await;
        let Waiting { jobs: queue, last } = &mut *waiting;
        let expected = last.get(writer).copied().unwrap_or_default();
        let Some(first) = queue.recv().await else { return };
        let under_way = last.iter().sum::<usize>() + queue.len() + first.incoming.len();
        let share = (under_way / writers()).clamp(SMALL_BATCH, most);
        let mut count = first.incoming.len();
        jobs.push(first);
        let until = Instant::now() + GATHERING;
        while count < share {
            let next = match queue.try_recv() {
                Ok(next) => next,
                Err(_) if count >= expected => break,
                Err(_) => match tokio::time::timeout_at(until, queue.recv()).await {
                    Ok(Some(next)) => next,
                    Ok(None) | Err(_) => break,
                },
            };
            count += next.incoming.len();
            jobs.push(next);
        }
        if let Some(last) = last.get_mut(writer) {
            *last = count;
        }
    }

    /// Keeps a batch. When a statement refuses it, each incident is tried alone, so that one cannot sink the others.
    async fn keep_all(&self, app: &App, incoming: Vec<Incoming>) -> Vec<Result<Answer>> {
        match self.try_batch(app, &incoming).await {
            Ok(answers) => answers.into_iter().map(Ok).collect(),
            Err(error) if error.is_database_away() => incoming.iter().map(|_| Err(away())).collect(),
            Err(error) if incoming.len() == 1 => vec![Err(error)],
            Err(error) => {
                tracing::warn!(
                    ?error,
                    count = incoming.len(),
                    "a batch was refused; trying its incidents one by one"
                );
                let mut outcomes = Vec::with_capacity(incoming.len());
                for one in incoming {
                    let outcome = self.try_batch(app, &[one]).await;
                    outcomes.push(outcome.and_then(|mut answers| answers.pop().ok_or_else(away)));
                }
                outcomes
            }
        }
    }

    async fn try_batch(&self, app: &App, incoming: &[Incoming]) -> Result<Vec<Answer>> {
        let keeping = async {
            again!({
                // A panic is this batch's mistake and must not end the writer, or nobody's deliveries were kept any more.
                let outcome = AssertUnwindSafe(batch::keep(app, self, incoming)).catch_unwind().await;
                outcome.unwrap_or_else(|_| Err(anyhow::anyhow!("keeping a batch panicked").into()))
            })
        };
        tokio::select! {
            outcome = keeping => outcome,
            // A commit that was on its way may have happened: the replay finds what is kept already.
            () = app.db.pulse().lost() => Err(away()),
        }
    }
}

/// One writer for every core: while one waits for the database, another writes. Several small batches cost more than a
/// large one, so nobody starts one below [`SMALL_BATCH`] while others come.
fn writers() -> usize {
    // Asked once: the answer is read from files.
    static WRITERS: LazyLock<usize> = LazyLock::new(|| {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        cores.clamp(1, MOST_WRITERS)
    });
    *WRITERS
}

pub fn stopping() -> Error {
    Error::unavailable("stopping", "The service is stopping; send it again.")
}

fn away() -> Error {
    Error::unavailable("database_away", "The database cannot be reached right now.")
}

/// The source as the audit log names it.
pub fn actor(arrival: &Arrival) -> Actor {
    Actor {
        kind: ActorKind::Source,
        id: Some(arrival.source.id.uuid()),
        name: arrival.source.name.clone(),
        ip: arrival.ip,
        request_id: arrival.request_id,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use assets::Inventory;
    use platform::clock::Clock;
    use platform::config::Config;
    use platform::db::Db;
    use vocab::{OrganizationId, SourceId};

    use super::*;
    use crate::reading::read;
    use crate::registry::SourceRecord;
    use crate::sources::SourceKind;

    fn arrival() -> Arc<Arrival> {
        let source = SourceRecord {
            id: SourceId::new(),
            name: Arc::from("SIEM"),
            kind: SourceKind::Generic,
            is_enabled: true,
            zone: None,
            storm_limit: None,
            format: None,
            organizations: HashMap::from([(None, OrganizationId::new())]),
        };
        Arc::new(Arrival {
            source: Arc::new(source),
            body: br#"{"title":"x"}"#.as_slice().into(),
            content_type: None,
            received_at: time::OffsetDateTime::UNIX_EPOCH,
            ip: None,
            request_id: None,
        })
    }

    #[tokio::test]
    async fn a_batch_that_panics_is_answered_and_the_writers_go_on() -> Result<()> {
        let directory = tempfile::tempdir()?;
        let config = Config { data_directory: directory.path().to_owned(), ..Config::defaults()? };
        let db = Db::connect_lazy("postgres://nobody@127.0.0.1:1/nothing", 1)?;
        let intake = Intake::open(&config)?;
        // Without a registry every batch panics.
        let app = App::builder(config, Clock::System, db).with(Inventory::default()).with(intake).build()?;
        let intake = app.service::<Intake>();
        let mut running = JoinSet::new();
        intake.start(&app, &mut running)?;
        for _ in 0..writers() * 2 {
            let arrival = arrival();
            let unnamed = arrival.source.organization(None);
            let read = read(&arrival, &app.service::<Inventory>(), 1000, unnamed);
            for incoming in read.elements.into_iter().flatten() {
                let answer = tokio::time::timeout(Duration::from_secs(5), intake.keep(incoming)).await;
                assert!(matches!(answer, Ok(Err(Error::Internal(_)))), "{answer:?}");
            }
        }
        Ok(())
    }
}
