//! A thread of its own for work that others wait for, or that would make others wait.
//!
//! Tasks of one runtime give way to each other only where they wait. What computes for some milliseconds between two
//! waits keeps a whole worker from its other tasks meanwhile; across threads the system divides the cores.

use std::future::Future;
use std::io;
use std::sync::mpsc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use tokio::sync::oneshot;

/// Work on a thread of its own; dropping it ends the work, and waits until it has ended.
pub struct Thread {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    ended: oneshot::Receiver<()>,
}

/// How long what the work has handed to threads that may block is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// Runs `work` on a thread of its own, in a runtime of its own: what it spawns and connects to lives there and ends
/// with it.
pub fn run(name: &str, work: impl Future<Output = ()> + Send + 'static) -> io::Result<Thread> {
    let (stop, stopped) = oneshot::channel::<()>();
    let (ends, ended) = oneshot::channel::<()>();
    let (begins, begun) = mpsc::channel();
    let thread = Builder::new().name(name.to_owned()).spawn(move || {
        let _ends = ends;
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return drop(begins.send(Err(error))),
        };
        drop(begins.send(Ok(())));
        runtime.block_on(async move {
            tokio::select! {
                () = work => {}
                _ = stopped => {}
            }
        });
        runtime.shutdown_timeout(PATIENCE);
    })?;
    begun.recv().map_err(io::Error::other)??;
    Ok(Thread { stop: Some(stop), thread: Some(thread), ended })
}

impl Thread {
    /// Waits until the work has ended by itself.
    pub async fn ended(mut self) {
        let _ = (&mut self.ended).await;
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic has been told already.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    /// Says when it is dropped.
    struct Kept(Arc<AtomicBool>);

    impl Drop for Kept {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }

    #[tokio::test]
    async fn who_waits_hears_that_the_work_has_ended() -> io::Result<()> {
        let is_dropped = Arc::new(AtomicBool::new(false));
        let kept = Kept(is_dropped.clone());
        let thread = run("ends", async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            drop(kept);
        })?;
        thread.ended().await;
        assert!(is_dropped.load(Ordering::SeqCst));
        Ok(())
    }

    #[tokio::test]
    async fn a_thread_that_nobody_holds_has_ended_its_work() -> io::Result<()> {
        let is_dropped = Arc::new(AtomicBool::new(false));
        let kept = Kept(is_dropped.clone());
        let thread = run("held", async move {
            std::future::pending::<()>().await;
            drop(kept);
        })?;
        assert!(!is_dropped.load(Ordering::SeqCst));
        drop(thread);
        assert!(is_dropped.load(Ordering::SeqCst), "it is over once it is dropped");
        Ok(())
    }

    #[tokio::test]
    async fn work_that_panics_has_ended() -> io::Result<()> {
        run("panics", async { panic!("told on the thread") })?.ended().await;
        Ok(())
    }
}
