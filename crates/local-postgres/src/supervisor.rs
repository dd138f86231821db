//! Keeps the server alive: a thread that looks after it and starts it again when it died.

use crate::Error;
use crate::server::{Launcher, Server};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How often a server that is well is looked at.
const INTERVAL: Duration = Duration::from_millis(200);
/// The longest pause between two attempts to start a server that keeps dying.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

pub(crate) struct Supervisor {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    launcher: Launcher,
    state: Mutex<State>,
    wake: Condvar,
}

struct State {
    server: Server,
    is_stopping: bool,
}

impl Supervisor {
    pub(crate) fn start(launcher: Launcher, server: Server) -> Result<Self, Error> {
        let state = Mutex::new(State { server, is_stopping: false });
        let shared = Arc::new(Shared { launcher, state, wake: Condvar::new() });
        let watched = Arc::clone(&shared);
        let thread = thread::Builder::new().name("postgres-supervisor".into()).spawn(move || watch(&watched));
        let path = &shared.launcher.layout.directory;
        match thread {
            Ok(thread) => Ok(Self { shared, thread: Some(thread) }),
            Err(error) => {
                shared.launcher.stop(&mut shared.lock().server)?;
                Err(Error::io(path)(error))
            }
        }
    }

    /// Ends the supervision, then the server. A second call does nothing.
    pub(crate) fn stop(&mut self) -> Result<(), Error> {
        let Some(thread) = self.thread.take() else { return Ok(()) };
        self.shared.lock().is_stopping = true;
        self.shared.wake.notify_all();
        if thread.join().is_err() {
            tracing::error!("the supervisor of the PostgreSQL server had panicked");
        }
        self.shared.launcher.stop(&mut self.shared.lock().server)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn watch(shared: &Shared) {
    let Shared { launcher, wake, .. } = shared;
    let mut pause = INTERVAL;
    let mut is_down = false;
    let mut is_reported = false;
    let mut state = shared.lock();
    loop {
        let waited = wake.wait_timeout_while(state, pause, |state| !state.is_stopping);
        state = waited.unwrap_or_else(PoisonError::into_inner).0;
        if state.is_stopping {
            return;
        }
        if launcher.is_running(&mut state.server) {
            if is_down && launcher.is_ready(&state.server) {
                tracing::info!("the PostgreSQL server accepts connections again");
                (is_down, pause) = (false, INTERVAL);
            }
            continue;
        }
        if !is_reported {
            let (status, log) = (state.server.exit_status(), launcher.layout.log_tail());
            tracing::error!(%status, %log, "the PostgreSQL server died; starting it again");
        }
        is_down = true;
        pause = (pause * 2).min(LONGEST_PAUSE);
        match launcher.restart() {
            Ok(server) => (state.server, is_reported) = (server, false),
            Err(error) => {
                is_reported = true;
                tracing::error!(%error, ?pause, "the PostgreSQL server could not be started; trying again");
            }
        }
    }
}
