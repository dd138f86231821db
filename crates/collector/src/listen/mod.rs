//! Taking messages: sockets, who may send, bounds. What is accepted is in the spool.

mod problem;
mod stream;
mod tls_files;
mod udp;

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use intake::SourceRecord;
use platform::App;
use tokio::task::JoinSet;

use crate::Collector;
use crate::spool::Transport;

pub use problem::{ListenerProblem, ListenerProblemCode};

/// The port of syslog, and where it goes for those who may not bind that.
const PORTS: (u16, u16) = (514, 5514);

/// A listener and its counts since the start.
#[derive(Debug)]
pub struct Listener {
    pub transport: Transport,
    /// As the settings say it.
    pub asked: String,
    /// Where it listens; none when it cannot.
    pub address: Option<SocketAddr>,
    /// Why not there, or not at all.
    pub problem: Option<ListenerProblem>,
    pub counts: Counts,
}

#[derive(Debug, Default)]
pub struct Counts {
    pub received: AtomicU64,
    pub bytes: AtomicU64,
    /// From addresses that no source has.
    pub refused: AtomicU64,
    /// Longer than is kept.
    pub cut: AtomicU64,
    /// Dropped by the kernel, for they came faster than they were read.
    pub kernel_drops: AtomicU64,
    /// Dropped by us, for the spool took no more.
    pub shed: AtomicU64,
    pub connections: AtomicU64,
    /// Connections turned away, for there were too many.
    pub turned_away: AtomicU64,
    /// Connections whose TLS handshake failed or did not end.
    pub failed_handshakes: AtomicU64,
    /// Whether connections are not read at present, for the spool takes no more.
    pub is_held: AtomicBool,
}

impl Counts {
    pub fn add(counter: &AtomicU64, count: usize) {
        counter.fetch_add(count as u64, Ordering::Relaxed);
    }
}

/// Binds what the settings name. What cannot be bound is told and does not stop the start.
pub async fn start(app: &App, collector: &Arc<Collector>, running: &mut JoinSet<()>) {
    let config = &app.config.ingest;
    let mut listeners = Vec::new();
    if !config.udp.is_empty() {
        listeners.push(udp::start(app, collector, running));
    }
    if !config.tcp.is_empty() {
        listeners.push(stream::start(app, collector, Transport::Tcp, None, running).await);
    }
    if !config.tls.is_empty() && !config.tls_certificate_file.as_os_str().is_empty() {
        let listener = match tls::Server::open(tls_files::of(config)) {
            Ok(tls) => {
                #[expect(clippy::disallowed_methods, reason = "the set owns the task")]
                running.spawn(until_the_stop(collector.clone(), tls.clone().follow()));
                stream::start(app, collector, Transport::Tls, Some(tls), running).await
            }
            Err(error) => {
                let problem = ListenerProblem::new(ListenerProblemCode::BadCertificate, format!("{error:#}"));
                Arc::new(Listener::bound(Transport::Tls, &config.tls, Err(problem)))
            }
        };
        listeners.push(listener);
    }
    for listener in &listeners {
        listener.tell();
    }
    collector.listeners.store(Arc::new(listeners));
}

async fn until_the_stop(collector: Arc<Collector>, work: impl Future<Output = ()>) {
    collector.stop.run_until_cancelled(work).await;
}

/// Where it listens, and why not as asked; or why not at all.
type Bound = Result<(SocketAddr, Option<ListenerProblem>), ListenerProblem>;

impl Listener {
    fn bound(transport: Transport, asked: &str, bound: Bound) -> Self {
        let (address, problem) = match bound {
            Ok((address, note)) => (Some(address), note),
            Err(problem) => (None, Some(problem)),
        };
        Self { transport, asked: asked.to_owned(), address, problem, counts: Counts::default() }
    }

    fn tell(&self) {
        let (transport, asked) = (self.transport.as_str(), &self.asked);
        match (self.address, &self.problem) {
            (Some(address), None) => tracing::info!(%address, transport, "listening for syslog"),
            (Some(address), Some(ListenerProblem { detail: why, .. })) => {
                tracing::warn!(%address, transport, asked, why, "listening for syslog elsewhere")
            }
            (None, problem) => {
                let why = problem.as_ref().map(|problem| &problem.detail);
                tracing::error!(transport, asked, why, "not listening for syslog")
            }
        }
    }
}

/// Binds with `bind`; where 514 may not be had, 5514 instead, with the reason.
pub fn bind<T>(
    asked: &str,
    bind: impl Fn(SocketAddr) -> std::io::Result<T>,
) -> Result<(T, Option<ListenerProblem>), ListenerProblem> {
    let no_address =
        |_| ListenerProblem::new(ListenerProblemCode::BadSetting, format!("{asked:?} is no ADDRESS:PORT"));
    let address: SocketAddr = asked.parse().map_err(no_address)?;
    let error = match bind(address) {
        Ok(bound) => return Ok((bound, None)),
        Err(error) => error,
    };
    let problem = ListenerProblem::binding(&error, format!("{address}: {error}"));
    let is_denied = matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::AddrInUse);
    if address.port() != PORTS.0 || !is_denied {
        return Err(problem);
    }
    let elsewhere = SocketAddr::new(address.ip(), PORTS.1);
    match bind(elsewhere) {
        Ok(bound) => Ok((bound, Some(problem))),
        Err(other) => {
            let detail = format!("{}; {elsewhere}: {other}", problem.detail);
            Err(ListenerProblem { detail, ..problem })
        }
    }
}

/// Who may send: the source whose network holds the address, unless it is switched off.
pub fn source_of(table: &intake::Table, sender: IpAddr) -> Sender<'_> {
    match table.networks.find(sender) {
        Some((source, _)) if !source.is_enabled => Sender::SwitchedOff,
        // The whole world as a network takes in everybody: that makes nobody known.
        Some((source, 0)) => Sender::Anybody(source),
        Some((source, _)) => Sender::Known(source),
        None => Sender::Unknown,
    }
}

pub enum Sender<'a> {
    Known(&'a Arc<SourceRecord>),
    Anybody(&'a Arc<SourceRecord>),
    SwitchedOff,
    Unknown,
}
