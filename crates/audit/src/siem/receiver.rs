//! A connection to a receiver of syslog over TLS (RFC 5425).
//!
//! Syslog has no acknowledgement. But TCP tells how a connection ended, and that is one: a receiver that closes its side after
//! us, without a reset, has read every byte. What it had not read, the system answers with a reset; and so it does with what
//! comes after it closed.

use std::io;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use platform::config::SiemConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::tls;

/// For each of: connecting, the handshake, taking what is written, and the end.
const PATIENCE: Duration = Duration::from_secs(15);
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// Where records go, and what is asked of who takes them.
pub struct Receiver {
    address: String,
    name: ServerName<'static>,
    tls: TlsConnector,
}

impl Receiver {
    pub fn of(config: &SiemConfig) -> Result<Self> {
        let (host, _) = config.address.rsplit_once(':').context("audit.siem.address is not HOST:PORT")?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let name = if config.server_name.is_empty() { host } else { &config.server_name };
        let name = ServerName::try_from(name.to_owned())
            .with_context(|| format!("{name:?} is no name that a certificate can have"))?;
        let own = (config.certificate_file.as_path(), config.key_file.as_path());
        let own = (!own.0.as_os_str().is_empty()).then_some(own);
        ensure!(!config.ca_file.as_os_str().is_empty(), "audit.siem.ca_file is not set");
        let tls = tls::connector(&config.ca_file, own)?;
        Ok(Self { address: config.address.clone(), name, tls })
    }

    pub async fn connect(&self) -> Result<Connection> {
        let stream = timeout(PATIENCE, TcpStream::connect(&self.address)).await;
        let stream = stream.context("it does not answer")?.context("cannot connect")?;
        let stream = timeout(PATIENCE, self.tls.connect(self.name.clone(), stream)).await;
        let stream = stream.context("it does not answer to TLS")?.context("TLS")?;
        Ok(Connection { stream })
    }
}

pub struct Connection {
    stream: TlsStream<TcpStream>,
}

impl Connection {
    pub async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let written = timeout(PATIENCE, self.stream.write_all(bytes)).await;
        written.context("it takes nothing more")?.context("the connection broke off")
    }

    /// Ends it; an error unless all that was written has been read.
    pub async fn end(mut self) -> Result<()> {
        timeout(PATIENCE, self.ended()).await.context("it does not end the connection")?
    }

    async fn ended(&mut self) -> Result<()> {
        self.stream.shutdown().await.context("the connection broke off at its end")?;
        let mut answer = [0; 512];
        loop {
            match self.stream.read(&mut answer).await {
                Ok(0) => break,
                Ok(_) => {}
                // Closed without a word of TLS: rsyslog does so.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
                Err(error) => return Err(error).context("the connection was not ended in order"),
            }
        }
        let stream = self.stream.get_ref().0;
        // It has no peer any more once each side knows that the other has all of it, or after a reset.
        while stream.peer_addr().is_ok() {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        match stream.take_error() {
            Ok(None) => Ok(()),
            Ok(Some(error)) | Err(error) => {
                bail!("it closed the connection before it had read everything: {error}")
            }
        }
    }
}
