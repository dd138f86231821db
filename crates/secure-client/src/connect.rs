//! Connections: a name is resolved, every address checked, and one of the checked ones connected to.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::Refused;
use crate::egress::Target;
use crate::settings::{Names, Settings};

/// A connection that takes longer is not made.
const PATIENCE: Duration = Duration::from_secs(10);

/// Makes connections for the pool.
#[derive(Clone)]
pub struct Connector {
    pub settings: Arc<Settings>,
    pub config: Arc<ClientConfig>,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Connector {
    async fn connect(self, uri: Uri) -> Result<Link, ConnectError> {
        let target = self.settings.egress.admit(&uri)?;
        let addresses = self.resolve(&target).await?;
        // One address that may not be called makes the name suspect, whatever else it has.
        for address in &addresses {
            self.settings.egress.admit_address(&target.host, address.ip())?;
        }
        let mut last = io::Error::new(io::ErrorKind::NotFound, format!("{} has no address", target.host));
        for address in addresses {
            match self.reach(&target, address).await {
                Ok(link) => return Ok(link),
                Err(error) => last = error,
            }
        }
        Err(last.into())
    }

    async fn resolve(&self, target: &Target) -> io::Result<Vec<SocketAddr>> {
        match &self.settings.names {
            Names::System => Ok(lookup_host((target.host.as_str(), target.port)).await?.collect()),
            Names::Fixed(table) => {
                let addresses = table.get(&target.host).into_iter().flatten();
                Ok(addresses.map(|address| SocketAddr::new(*address, target.port)).collect())
            }
        }
    }

    async fn reach(&self, target: &Target, address: SocketAddr) -> io::Result<Link> {
        let reached = async {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            let name = ServerName::try_from(target.host.clone()).map_err(io::Error::other)?;
            TlsConnector::from(self.config.clone()).connect(name, stream).await
        };
        let stream = tokio::time::timeout(PATIENCE, reached).await.map_err(|_| io::ErrorKind::TimedOut)??;
        Ok(Link(TokioIo::new(stream)))
    }
}

impl tower::Service<Uri> for Connector {
    type Response = Link;
    type Error = ConnectError;
    type Future = Pin<Box<dyn Future<Output = Result<Link, ConnectError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect(uri))
    }
}

/// A connection as the pool wants it.
pub struct Link(TokioIo<TlsStream<TcpStream>>);

impl Connection for Link {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Link {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl Write for Link {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
