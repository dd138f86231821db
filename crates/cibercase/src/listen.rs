//! The accept loop: time for headers is bounded, connections drain when the process stops.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::ConnectInfo;
use futures_util::FutureExt;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use platform::clock::Clock;
use platform::edge::OverTls;
use platform::peer::{Inside, PeerCertificate};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tower::ServiceExt;

/// A sender that needs longer for its headers is not served.
const HEADERS: Duration = Duration::from_secs(15);
/// Connections at a time; live ones included.
const CONNECTIONS: usize = 8192;
/// How long connections may take to finish when the process stops.
const DRAIN: Duration = Duration::from_secs(10);

pub async fn bind(address: &str) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!(
            "cannot listen on {address}: is another program there? Choose another with --listen ADDRESS:PORT"
        )
    })
}

/// Takes as many file descriptors as the system gives: each connection is one.
pub fn raise_descriptor_limit() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && soft < hard
    {
        // What the system refuses, we do without.
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
}

/// A file that may not grow any more is then an error that somebody is told, not the end of the process.
pub fn outlive_file_size_limit() {
    use nix::sys::signal::Signal;
    use tokio::signal::unix::{SignalKind, signal};
    // The handler stays, although nobody waits for the signal.
    if let Err(error) = signal(SignalKind::from_raw(Signal::SIGXFSZ as i32)) {
        tracing::warn!(%error, "a limit on the size of files would end the program");
    }
}

/// Where connections end up.
struct Door {
    server: Builder<TokioExecutor>,
    graceful: GracefulShutdown,
    places: Arc<Semaphore>,
    router: Router,
    speaks: Speaks,
}

/// What is spoken where a listener listens.
#[derive(Clone)]
pub enum Speaks {
    Plain,
    Tls(Arc<tls::Server>),
    /// TLS and nothing else, with whoever shows which certificate.
    Mutual(Arc<tls::Server>),
}

/// How a connection came.
#[derive(Clone)]
enum Came {
    Plain,
    OverTls,
    /// By the internal listener.
    Inside(Option<Arc<Guest>>),
}

/// Who showed a certificate.
struct Guest {
    peer: tls::Peer,
    certificate: Arc<PeerCertificate>,
}

impl Guest {
    fn of(server: Arc<tls::Server>, loaded: Arc<tls::Loaded>, stream: &TlsStream<TcpStream>) -> Result<Came> {
        let Some(chain) = stream.get_ref().1.peer_certificates() else { return Ok(Came::Inside(None)) };
        let peer = tls::Peer::read(server, loaded, chain)?;
        let certificate =
            Arc::new(PeerCertificate { thumbprint: peer.thumbprint(), names: peer.names.clone() });
        Ok(Came::Inside(Some(Arc::new(Guest { peer, certificate }))))
    }

    /// What the certificate says at this moment.
    fn shown(&self) -> Inside {
        match self.peer.is_good(Clock::System.now()) {
            true => Inside::Shown(self.certificate.clone()),
            false => Inside::Withdrawn,
        }
    }
}

impl Came {
    /// Marks a request with it.
    fn mark(&self, extensions: &mut http::Extensions) {
        if let Came::OverTls | Came::Inside(_) = self {
            extensions.insert(OverTls);
        }
        if let Came::Inside(guest) = self {
            extensions.insert(guest.as_ref().map_or(Inside::Unknown, |guest| guest.shown()));
        }
    }
}

/// Serves until `stop` comes, then lets what is open finish.
pub async fn serve(listener: TcpListener, router: Router, speaks: Speaks, stop: impl Future<Output = ()>) {
    let mut server = Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new()).header_read_timeout(HEADERS).max_buf_size(64 * 1024);
    server.http2().timer(TokioTimer::new()).keep_alive_interval(Some(Duration::from_secs(30)));
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let door = Door { server, graceful: GracefulShutdown::new(), places, router, speaks };
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => door.enter(stream, peer),
                Err(error) => {
                    // Out of descriptors, most often: what is open must close before more can come.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            () = &mut stop => break,
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(DRAIN, door.graceful.shutdown()).await;
}

impl Door {
    fn enter(&self, stream: TcpStream, peer: SocketAddr) {
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            // Past the bound nothing is promised; whoever is connected goes on.
            return;
        };
        let _ = stream.set_nodelay(true);
        let speaks = self.speaks.clone();
        let visit = Visit {
            server: self.server.clone(),
            watcher: self.graceful.watcher(),
            router: self.router.clone(),
            peer,
        };
        #[expect(clippy::disallowed_methods, reason = "the graceful shutdown waits for it")]
        tokio::spawn(async move {
            let _place = place;
            match speaks {
                Speaks::Plain => visit.speak(stream, Came::Plain).await,
                Speaks::Tls(tls) => visit.agree(stream, &tls).await,
                Speaks::Mutual(tls) => visit.agree_mutually(stream, tls).await,
            }
        });
    }
}

/// One connection.
struct Visit {
    server: Builder<TokioExecutor>,
    watcher: Watcher,
    router: Router,
    peer: SocketAddr,
}

impl Visit {
    /// TLS, or what must be told that it is not: both come to the same port. Who does not finish is no news.
    async fn agree(self, stream: TcpStream, tls: &tls::Server) {
        let shaken = async {
            match begins_with_handshake(&stream).await? {
                true => tls
                    .acceptor()
                    .accept(stream)
                    .await
                    .map(|stream| self.speak(stream, Came::OverTls).boxed()),
                false => Ok(self.speak(stream, Came::Plain).boxed()),
            }
        };
        if let Ok(Ok(conversation)) = tokio::time::timeout(HEADERS, shaken).await {
            conversation.await;
        }
    }

    /// TLS with a certificate on either side, as far as the server's files ask for it.
    async fn agree_mutually(self, stream: TcpStream, tls: Arc<tls::Server>) {
        let loaded = tls.loaded();
        let shaken = TlsAcceptor::from(loaded.config.clone()).accept(stream);
        let Ok(Ok(stream)) = tokio::time::timeout(HEADERS, shaken).await else { return };
        match Guest::of(tls, loaded, &stream) {
            Ok(came) => self.speak(stream, came).await,
            Err(error) => tracing::debug!(?error, "a certificate could not be read"),
        }
    }

    /// Answers what comes, to the end of the connection. Whoever has asked nothing for long after connecting is let go:
    /// the server itself bounds only the time for headers.
    async fn speak<S>(self, stream: S, came: Came)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let has_asked = Arc::new(AtomicBool::new(false));
        let (asked, peer) = (has_asked.clone(), self.peer);
        let router = self.router.map_request(move |mut request: http::Request<hyper::body::Incoming>| {
            asked.store(true, Ordering::Relaxed);
            request.extensions_mut().insert(ConnectInfo(peer));
            came.mark(request.extensions_mut());
            request.map(axum::body::Body::new)
        });
        let service = TowerToHyperService::new(router);
        let connection =
            self.server.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned();
        let mut connection = std::pin::pin!(self.watcher.watch(connection));
        tokio::select! {
            // A peer that breaks off is no news.
            _ = &mut connection => return,
            () = tokio::time::sleep(HEADERS) => {}
        }
        if has_asked.load(Ordering::Relaxed) {
            let _ = connection.await;
        }
    }
}

/// Whether the first byte is that of a TLS record with a handshake; no request of HTTP begins with it.
async fn begins_with_handshake(stream: &TcpStream) -> std::io::Result<bool> {
    const HANDSHAKE: u8 = 0x16;
    let mut first = [0];
    match stream.peek(&mut first).await? {
        0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(first == [HANDSHAKE]),
    }
}
