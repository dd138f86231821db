//! The accept loop: time for headers is bounded, connections drain when the process stops.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::ConnectInfo;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
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

/// Serves until `stop` comes, then lets what is open finish.
pub async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let mut server = Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new()).header_read_timeout(HEADERS).max_buf_size(64 * 1024);
    server.http2().timer(TokioTimer::new()).keep_alive_interval(Some(Duration::from_secs(30)));
    let graceful = GracefulShutdown::new();
    let connections = Arc::new(Semaphore::new(CONNECTIONS));
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => handle(&server, &graceful, &connections, &router, stream, peer),
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
    let _ = tokio::time::timeout(DRAIN, graceful.shutdown()).await;
}

fn handle(
    server: &Builder<TokioExecutor>,
    graceful: &GracefulShutdown,
    connections: &Arc<Semaphore>,
    router: &Router,
    stream: TcpStream,
    peer: SocketAddr,
) {
    let Ok(permit) = connections.clone().try_acquire_owned() else {
        // Past the bound nothing is promised; whoever is connected goes on.
        return;
    };
    let _ = stream.set_nodelay(true);
    let router = router.clone().map_request(move |mut request: http::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request.map(axum::body::Body::new)
    });
    let (server, watcher) = (server.clone(), graceful.watcher());
    #[expect(clippy::disallowed_methods, reason = "the graceful shutdown waits for it")]
    tokio::spawn(async move {
        let _permit = permit;
        if !speaks(&stream).await {
            return;
        }
        let service = TowerToHyperService::new(router);
        let connection = server.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned();
        // A peer that breaks off is no news.
        let _ = watcher.watch(connection).await;
    });
}

/// Waits for the first bytes: whoever connects and is silent, or dawdles before it is clear which HTTP is spoken, is
/// let go, since the server bounds only the time for headers.
async fn speaks(stream: &TcpStream) -> bool {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let told = async {
        let mut first = [0; PREFACE.len()];
        loop {
            match stream.peek(&mut first).await {
                Err(_) | Ok(0) => return false,
                Ok(count) if count < PREFACE.len() && PREFACE.starts_with(&first[..count]) => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Ok(_) => return true,
            }
        }
    };
    tokio::time::timeout(HEADERS, told).await.unwrap_or(false)
}
