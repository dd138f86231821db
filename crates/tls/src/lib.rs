//! What TLS is spoken with: our certificate, and who else shows one. Files that change are taken up while connections
//! go on; files that do not fit together leave what was.

mod files;
mod peer;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use arc_swap::ArcSwap;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::CertificateDer;

use files::Content;
pub use files::{Clients, Files, Loaded, expires_at};
pub use peer::{Peer, thumbprint};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(5);

/// The server's side of TLS, as its files say now.
pub struct Server {
    files: Files,
    current: ArcSwap<Loaded>,
    /// Of what was looked at last, good or not: the same is not told twice.
    seen: Mutex<[u8; 32]>,
}

impl Server {
    /// Fails when the files do not fit together, and says which does not.
    pub fn open(files: Files) -> Result<Arc<Self>> {
        let content = Content::read(&files)?;
        let current = ArcSwap::from_pointee(content.load(&files)?);
        let seen = Mutex::new(content.digest());
        Ok(Arc::new(Self { files, current, seen }))
    }

    /// For one connection: the next one may get another.
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.current.load().config.clone())
    }

    /// The same for a connection whose client is asked again later: see [`Peer`].
    pub fn loaded(&self) -> Arc<Loaded> {
        self.current.load_full()
    }

    /// When our certificate stops being good.
    pub fn expires_at(&self) -> OffsetDateTime {
        self.current.load().expires_at
    }

    /// Takes the files up if they have changed; true when it did.
    pub fn look(&self) -> Result<bool> {
        let content = Content::read(&self.files)?;
        let digest = content.digest();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == digest {
            return Ok(false);
        }
        *seen = digest;
        self.current.store(Arc::new(content.load(&self.files)?));
        Ok(true)
    }

    /// Looks at the files for as long as the process runs.
    pub async fn follow(self: Arc<Self>) {
        let mut told = String::new();
        loop {
            tokio::time::sleep(LOOK).await;
            let server = self.clone();
            let looked = tokio::task::spawn_blocking(move || server.look()).await;
            let certificate = self.files.certificate.display();
            match looked.map_err(anyhow::Error::from).flatten() {
                Ok(is_new) => {
                    told.clear();
                    if is_new {
                        tracing::info!(%certificate, expires_at = %self.expires_at(), "a new certificate is in use");
                    }
                }
                Err(error) => {
                    let error = format!("{error:#}");
                    if error != told {
                        tracing::error!(%certificate, error, "changed files are not taken up; the ones before stay");
                    }
                    told = error;
                }
            }
        }
    }
}

/// A certificate as RFC 5425 (4.2.2) names it.
pub fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    Sha256::digest(certificate).iter().map(|byte| format!("{byte:02x}")).collect()
}
