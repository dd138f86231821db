//! Identical questions asked at once are answered by one run that starts after the last of them arrived.
//!
//! A waiting question joins the next run, never a running one: what it is told is never older than the question.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

/// Runs by question.
pub struct Flights<K, V> {
    lanes: Mutex<HashMap<K, Arc<Lane<V>>>>,
}

struct Lane<V> {
    /// Runs that began.
    started: AtomicU64,
    /// The number and the answer of the last run that ended well; held while one runs.
    landed: tokio::sync::Mutex<Option<(u64, V)>>,
}

impl<K, V> Default for Flights<K, V> {
    fn default() -> Self {
        Self { lanes: Mutex::new(HashMap::new()) }
    }
}

impl<K: Eq + Hash + Clone, V: Clone> Flights<K, V> {
    /// The answer of a run that began after this call; `run` is called when nobody else's will do.
    pub async fn join<E>(&self, key: K, run: impl AsyncFnOnce() -> Result<V, E>) -> Result<V, E> {
        let seat = Seat { flights: self, lane: Some(self.lane(&key)), key };
        let Some(lane) = &seat.lane else { return run().await };
        let before = lane.started.load(Ordering::Acquire);
        let mut landed = lane.landed.lock().await;
        if let Some((number, value)) = &*landed
            && *number > before
        {
            return Ok(value.clone());
        }
        let number = lane.started.fetch_add(1, Ordering::AcqRel) + 1;
        let value = run().await?;
        *landed = Some((number, value.clone()));
        Ok(value)
    }

    fn lane(&self, key: &K) -> Arc<Lane<V>> {
        let fresh = || Arc::new(Lane { started: AtomicU64::new(0), landed: tokio::sync::Mutex::new(None) });
        self.lock().entry(key.clone()).or_insert_with(fresh).clone()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Arc<Lane<V>>>> {
        self.lanes.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// A place in a lane; the last one to leave, however it leaves, removes the lane.
struct Seat<'a, K: Eq + Hash + Clone, V: Clone> {
    flights: &'a Flights<K, V>,
    key: K,
    lane: Option<Arc<Lane<V>>>,
}

impl<K: Eq + Hash + Clone, V: Clone> Drop for Seat<'_, K, V> {
    fn drop(&mut self) {
        let mut lanes = self.flights.lock();
        // Given back while the map is locked: of two who leave at once, one sees that nobody else is there.
        self.lane = None;
        if lanes.get(&self.key).is_some_and(|lane| Arc::strong_count(lane) == 1) {
            lanes.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::atomic::AtomicUsize;
    use std::task::{Context, Poll, Waker};

    use tokio::sync::Semaphore;

    use super::*;

    /// Runs wait for a permit of `gate` and count themselves.
    struct World {
        flights: Flights<&'static str, usize>,
        runs: AtomicUsize,
        gate: Semaphore,
    }

    impl World {
        fn new() -> Self {
            Self { flights: Flights::default(), runs: AtomicUsize::new(0), gate: Semaphore::new(0) }
        }

        async fn ask(&self) -> Result<usize, ()> {
            self.flights
                .join("key", async || {
                    let number = self.runs.fetch_add(1, Ordering::SeqCst) + 1;
                    self.gate.acquire().await.map_err(|_| ())?.forget();
                    Ok(number)
                })
                .await
        }
    }

    fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[tokio::test]
    async fn a_question_never_joins_a_run_that_began_before_it() {
        let world = World::new();
        let first = world.ask();
        tokio::pin!(first);
        // The first is running.
        assert!(poll(first.as_mut()).is_pending());
        let others = futures_util::future::join_all((0..5).map(|_| world.ask()));
        tokio::pin!(others);
        assert!(poll(others.as_mut()).is_pending());
        world.gate.add_permits(2);
        assert_eq!(first.await, Ok(1));
        // Five questions, one run, begun after all of them came.
        assert_eq!(others.await, vec![Ok(2); 5]);
        assert_eq!(world.runs.load(Ordering::SeqCst), 2);
        assert!(world.flights.lock().is_empty(), "nothing is kept once everybody has left");
    }

    #[tokio::test]
    async fn who_gives_up_waiting_stops_nobody_else() {
        let world = World::new();
        {
            let abandoned = world.ask();
            tokio::pin!(abandoned);
            assert!(poll(abandoned.as_mut()).is_pending());
        }
        world.gate.add_permits(1);
        assert_eq!(world.ask().await, Ok(2));
    }
}
