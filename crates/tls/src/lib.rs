//! What TLS is spoken with: our certificate, and who else shows one. Files that change are taken up while connections
//! go on; our certificate with its key and what is known of clients each by itself, and what is wrong leaves what was.

mod files;
mod peer;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Result, anyhow};
use arc_swap::ArcSwap;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::CertificateDer;

pub use files::{Clients, Files, Loaded, expires_at};
use files::{Own, OwnContent, Trust, TrustContent};
pub use peer::{Peer, thumbprint};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(5);

/// The server's side of TLS, as its files say now.
pub struct Server {
    files: Files,
    current: ArcSwap<Loaded>,
    seen: Mutex<Seen>,
}

/// Of what was looked at last, good or not: the same is not told twice.
struct Seen {
    own: [u8; 32],
    trust: [u8; 32],
}

impl Server {
    /// Fails when the files do not fit together, and says which does not.
    pub fn open(files: Files) -> Result<Arc<Self>> {
        let (own, trust) = (OwnContent::read(&files)?, TrustContent::read(&files)?);
        let current = Loaded::of(&files, own.load(&files)?, trust.load(&files)?)?;
        let seen = Mutex::new(Seen { own: own.digest(), trust: trust.digest() });
        Ok(Arc::new(Self { files, current: ArcSwap::from_pointee(current), seen }))
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
        self.current.load().expires_at()
    }

    /// Takes the files up if they have changed; true when it did. Our certificate with its key is one thing and what is known
    /// of clients another: an error about one does not keep the other out.
    pub fn look(&self) -> Result<bool> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let own = self.changed_own(&mut seen.own);
        let trust = self.changed_trust(&mut seen.trust);
        let problem = match (own.as_ref().err(), trust.as_ref().err()) {
            (None, None) => None,
            (Some(one), Some(other)) => Some(anyhow!("{one:#}; {other:#}")),
            (Some(error), None) | (None, Some(error)) => Some(anyhow!("{error:#}")),
        };
        let (own, trust) = (own.unwrap_or_default(), trust.unwrap_or_default());
        let is_new = own.is_some() || trust.is_some();
        if is_new {
            let before = self.loaded();
            let own = own.unwrap_or_else(|| before.own.clone());
            let trust = trust.unwrap_or_else(|| before.verifier.clone());
            self.current.store(Arc::new(Loaded::of(&self.files, own, trust)?));
        }
        problem.map_or(Ok(is_new), Err)
    }

    fn changed_own(&self, seen: &mut [u8; 32]) -> Result<Option<Own>> {
        let content = OwnContent::read(&self.files)?;
        if std::mem::replace(seen, content.digest()) == *seen {
            return Ok(None);
        }
        content.load(&self.files).map(Some)
    }

    fn changed_trust(&self, seen: &mut [u8; 32]) -> Result<Option<Trust>> {
        let content = TrustContent::read(&self.files)?;
        if std::mem::replace(seen, content.digest()) == *seen {
            return Ok(None);
        }
        content.load(&self.files).map(Some)
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
                        tracing::info!(%certificate, expires_at = %self.expires_at(), "changed files are in use");
                    }
                }
                Err(error) => {
                    let error = format!("{error:#}");
                    if error != told {
                        tracing::error!(%certificate, error, "a changed file is not taken up; the one before stays");
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
