//! TCP and TLS: connections are framed message by message; while the spool takes no more they are not read.

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use intake::Registry;
use nix::sys::resource::{Resource, getrlimit};
use platform::App;
use syslog::Framer;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use vocab::SourceId;

use super::{Counts, Listener, Sender, source_of};
use crate::Collector;
use crate::spool::{Batch, Origin, Transport};

/// Read at once from a connection.
const BUFFER: usize = 32 * 1024;
/// Handed to the spool at once: lines of a letter or two are many times their size there.
const BATCH: usize = 128 * 1024;
const HANDSHAKE: Duration = Duration::from_secs(10);
/// At the stop, what is on its way is still read until nothing comes for so long ...
const QUIET: Duration = Duration::from_millis(100);
/// ... or so much time has passed.
const DRAIN: Duration = Duration::from_secs(3);

/// Binds and accepts.
pub async fn start(
    app: &App,
    collector: &Arc<Collector>,
    transport: Transport,
    tls: Option<Arc<tls::Server>>,
    running: &mut JoinSet<()>,
) -> Arc<Listener> {
    let asked = if tls.is_some() { &app.config.ingest.tls } else { &app.config.ingest.tcp };
    let bound = super::bind(asked, |address| {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let at = listener.local_addr()?;
        Ok((TcpListener::from_std(listener)?, at))
    });
    let (socket, bound) = match bound {
        Ok(((socket, at), note)) => (Some(socket), Ok((at, note))),
        Err(error) => (None, Err(error)),
    };
    let listener = Arc::new(Listener::bound(transport, asked, bound));
    if let Some(socket) = socket {
        let door = Door {
            app: app.clone(),
            collector: collector.clone(),
            listener: listener.clone(),
            tls,
            places: Arc::new(Semaphore::new(places(app.config.ingest.connections))),
            of_senders: Arc::default(),
        };
        #[expect(clippy::disallowed_methods, reason = "the set owns the task")]
        running.spawn(door.accept(socket));
    }
    listener
}

/// Connections take at most half of the descriptors: the spool, the database and people need some too.
fn places(asked: usize) -> usize {
    let (limit, _) = getrlimit(Resource::RLIMIT_NOFILE).unwrap_or((1024, 1024));
    let most = usize::try_from(limit / 2).unwrap_or(usize::MAX);
    if asked > most {
        tracing::warn!(
            asked,
            most,
            limit,
            "fewer connections are taken than asked: the process may open few files"
        );
    }
    asked.min(most)
}

thread_local! {
    static SPACE: RefCell<Vec<u8>> = RefCell::new(vec![0; BUFFER]);
}

/// What has come, nothing at the end. A connection on which nothing comes holds no memory for it.
async fn receive(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<Vec<u8>> {
    let read = |context: &mut Context<'_>| {
        SPACE.with_borrow_mut(|space| {
            let mut buffer = ReadBuf::new(space);
            ready!(Pin::new(&mut *stream).poll_read(context, &mut buffer))?;
            Poll::Ready(Ok(buffer.filled().to_vec()))
        })
    };
    poll_fn(read).await
}

#[derive(Clone)]
struct Door {
    app: App,
    collector: Arc<Collector>,
    listener: Arc<Listener>,
    tls: Option<Arc<tls::Server>>,
    places: Arc<Semaphore>,
    of_senders: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// A connection's place among all, and among its sender's.
struct Place {
    _place: OwnedSemaphorePermit,
    of_senders: Arc<Mutex<HashMap<IpAddr, usize>>>,
    sender: IpAddr,
    listener: Arc<Listener>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.listener.counts.connections.fetch_sub(1, Ordering::Relaxed);
        let mut of_senders = self.of_senders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = of_senders.get_mut(&self.sender) {
            *count -= 1;
            if *count == 0 {
                of_senders.remove(&self.sender);
            }
        }
    }
}

impl Door {
    async fn accept(self, socket: TcpListener) {
        let mut connections = JoinSet::new();
        let mut is_failing = false;
        loop {
            let accepted = tokio::select! {
                accepted = socket.accept() => accepted,
                Some(_) = connections.join_next() => continue,
                () = self.collector.stop.cancelled() => break,
            };
            match accepted {
                Ok((stream, sender)) => {
                    is_failing = false;
                    self.enter(stream, sender, &mut connections);
                }
                Err(error) => {
                    // Out of descriptors, most often: what is open must close before more can come.
                    if !std::mem::replace(&mut is_failing, true) {
                        tracing::warn!(%error, "connections cannot be accepted");
                    }
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
        drop(socket);
        while connections.join_next().await.is_some() {}
    }

    /// Lets in whom a source knows, while there is a place.
    fn enter(&self, stream: TcpStream, sender: SocketAddr, connections: &mut JoinSet<()>) {
        let sender = SocketAddr::new(sender.ip().to_canonical(), sender.port());
        if self.source(sender).is_none() {
            return;
        }
        let Some(place) = self.place(sender.ip()) else {
            Counts::add(&self.listener.counts.turned_away, 1);
            return;
        };
        let door = self.clone();
        #[expect(clippy::disallowed_methods, reason = "the set owns the task")]
        connections.spawn(async move {
            let _place = place;
            door.speak(stream, sender).await;
        });
    }

    /// The source of a sender; who has none is noted and turned away.
    fn source(&self, sender: SocketAddr) -> Option<SourceId> {
        let table = self.app.service::<Registry>().table();
        let note =
            || self.collector.unknown.note(sender.ip(), self.listener.transport, &[], self.app.clock.now());
        match source_of(&table, sender.ip()) {
            Sender::Known(source) => Some(source.id),
            Sender::Anybody(source) => {
                note();
                Some(source.id)
            }
            Sender::SwitchedOff => None,
            Sender::Unknown => {
                Counts::add(&self.listener.counts.refused, 1);
                note();
                None
            }
        }
    }

    fn place(&self, sender: IpAddr) -> Option<Place> {
        let place = self.places.clone().try_acquire_owned().ok()?;
        let mut of_senders = self.of_senders.lock().unwrap_or_else(PoisonError::into_inner);
        let count = of_senders.entry(sender).or_default();
        // Nobody holds more than are left: however many an address opens, another one still gets in.
        let most = self.app.config.ingest.connections_per_sender.min(self.places.available_permits() + 1);
        if *count >= most {
            if *count == 0 {
                of_senders.remove(&sender);
            }
            return None;
        }
        *count += 1;
        drop(of_senders);
        Counts::add(&self.listener.counts.connections, 1);
        let (of_senders, listener) = (self.of_senders.clone(), self.listener.clone());
        Some(Place { _place: place, of_senders, sender, listener })
    }

    async fn speak(&self, stream: TcpStream, sender: SocketAddr) {
        let Some(tls) = &self.tls else {
            return self.read(stream, sender, None).await;
        };
        match tokio::time::timeout(HANDSHAKE, tls.acceptor().accept(stream)).await {
            Ok(Ok(stream)) => {
                let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
                let peer = shown.map(tls::fingerprint);
                return self.read(stream, sender, peer).await;
            }
            Ok(Err(error)) => tracing::warn!(%sender, %error, "a sender's TLS handshake failed"),
            Err(_) => tracing::warn!(%sender, "a sender did not finish its TLS handshake"),
        }
        Counts::add(&self.listener.counts.failed_handshakes, 1);
    }

    async fn read(&self, mut stream: impl AsyncRead + Unpin, sender: SocketAddr, peer: Option<String>) {
        let idle = Duration::from_secs(self.app.config.ingest.idle_seconds);
        let mut framer = Framer::new(self.app.config.ingest.message_bytes);
        let mut until = None;
        loop {
            let stopping = self.collector.stop.is_cancelled();
            let patience = if stopping { QUIET } else { idle };
            let read = tokio::select! {
                read = tokio::time::timeout(patience, receive(&mut stream)) => read,
                () = self.collector.stop.cancelled(), if !stopping => continue,
            };
            // Ended, broken off or idle for too long.
            let input = read.ok().and_then(Result::ok).unwrap_or_default();
            let Some(origin) = self.origin(sender, peer.as_deref()) else { return };
            if input.is_empty() {
                return self.finish(&mut framer, &origin).await;
            }
            if !self.take(&mut framer, &input, &origin).await || framer.is_tls() {
                return;
            }
            if stopping
                && tokio::time::Instant::now()
                    > *until.get_or_insert_with(|| tokio::time::Instant::now() + DRAIN)
            {
                return;
            }
        }
    }

    fn origin<'a>(&self, sender: SocketAddr, peer: Option<&'a str>) -> Option<Origin<'a>> {
        let table = self.app.service::<Registry>().table();
        let (Sender::Known(source) | Sender::Anybody(source)) = source_of(&table, sender.ip()) else {
            return None;
        };
        let (received_at, transport) = (self.app.clock.now(), self.listener.transport);
        Some(Origin { received_at, sender, transport, source: source.id, peer })
    }

    /// Spools the messages of some bytes; false when that could not be done before the stop.
    async fn take(&self, framer: &mut Framer, mut input: &[u8], origin: &Origin<'_>) -> bool {
        let (counts, length) = (&self.listener.counts, input.len());
        let mut batch = Batch::default();
        while let Some(frame) = framer.next(&mut input) {
            batch.push(origin, frame.bytes, frame.is_cut);
            Counts::add(&counts.cut, usize::from(frame.is_cut));
            if batch.bytes.len() > BATCH && !self.spool(std::mem::take(&mut batch)).await {
                return false;
            }
        }
        Counts::add(&counts.bytes, length);
        if framer.is_tls() {
            tracing::warn!(sender = %origin.sender, "a sender speaks TLS to a port that does not");
        }
        self.spool(batch).await
    }

    async fn finish(&self, framer: &mut Framer, origin: &Origin<'_>) {
        let mut batch = Batch::default();
        if let Some(frame) = framer.finish() {
            batch.push(origin, frame.bytes, frame.is_cut);
        }
        self.spool(batch).await;
    }

    /// Waits until the spool has taken it; nothing more is read from the connection meanwhile.
    async fn spool(&self, batch: Batch) -> bool {
        if batch.count == 0 {
            return true;
        }
        let (counts, batch) = (&self.listener.counts, Arc::new(batch));
        loop {
            let (collector, handed) = (self.collector.clone(), batch.clone());
            let appended = tokio::task::spawn_blocking(move || collector.append(&handed)).await;
            let is_taken = matches!(appended, Ok(Ok(())));
            counts.is_held.store(!is_taken, Ordering::Relaxed);
            if is_taken {
                Counts::add(&counts.received, batch.count);
                return true;
            }
            if self.collector.stop.is_cancelled() {
                Counts::add(&counts.shed, batch.count);
                return false;
            }
            self.collector.room().await;
        }
    }
}
