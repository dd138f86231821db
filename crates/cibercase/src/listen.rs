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
use platform::edge::OverTls;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
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
    tls: Option<Arc<tls::Server>>,
}

/// Serves until `stop` comes, then lets what is open finish.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<Arc<tls::Server>>,
    stop: impl Future<Output = ()>,
) {
    let mut server = Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new()).header_read_timeout(HEADERS).max_buf_size(64 * 1024);
    server.http2().timer(TokioTimer::new()).keep_alive_interval(Some(Duration::from_secs(30)));
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let door = Door { server, graceful: GracefulShutdown::new(), places, router, tls };
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
        let tls = self.tls.clone();
        let visit = Visit {
            server: self.server.clone(),
            watcher: self.graceful.watcher(),
            router: self.router.clone(),
            peer,
        };
        #[expect(clippy::disallowed_methods, reason = "the graceful shutdown waits for it")]
        tokio::spawn(async move {
            let _place = place;
            match tls {
                None => visit.speak(stream, None).await,
                Some(tls) => visit.agree(stream, &tls).await,
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
                    .map(|stream| self.speak(stream, Some(OverTls)).boxed()),
                false => Ok(self.speak(stream, None).boxed()),
            }
        };
        if let Ok(Ok(conversation)) = tokio::time::timeout(HEADERS, shaken).await {
            conversation.await;
        }
    }

    /// Answers what comes, to the end of the connection. Whoever has asked nothing for long after connecting is let go:
    /// the server itself bounds only the time for headers.
    async fn speak<S>(self, stream: S, over: Option<OverTls>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let has_asked = Arc::new(AtomicBool::new(false));
        let (asked, peer) = (has_asked.clone(), self.peer);
        let router = self.router.map_request(move |mut request: http::Request<hyper::body::Incoming>| {
            asked.store(true, Ordering::Relaxed);
            request.extensions_mut().insert(ConnectInfo(peer));
            if let Some(over) = over {
                request.extensions_mut().insert(over);
            }
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
