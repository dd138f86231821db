//! The token service of one process: the ring as the database had it a moment ago.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::Context;
use platform::db::Scope;
use platform::live::{Signal, signal};
use platform::peer::PeerCertificate;
use platform::secrets::SecretStore;
use platform::{App, Result, Tx};
use time::{Duration, OffsetDateTime};
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinHandle;

use crate::key::KeySealer;
use crate::phases;
use crate::ring::KeyRing;
use crate::store;
use crate::token::{Claims, Refusal, Tokens};

const TOPIC: &str = "sts";
/// How long the ring is believed before one caller looks at the database again.
const BELIEVED: Duration = Duration::seconds(5);
/// How long the others go on with it meanwhile, and all of them while the database does not answer.
const BELIEVED_AT_MOST: Duration = Duration::seconds(20);
/// A token's key may be newer than the ring; how often that is worth a look.
const UNKNOWN_KEY: Duration = Duration::seconds(1);

/// The token service of this installation; cheap to clone.
#[derive(Clone)]
pub struct Sts(Arc<Inner>);

struct Inner {
    sealer: KeySealer,
    issuer: Arc<str>,
    audience: Arc<str>,
    kept: RwLock<Option<Kept>>,
    /// When somebody last went to look at the database.
    looked_at: AtomicI64,
    /// Counts what was forgotten, so that a look that began before does not put the old back.
    generation: AtomicU64,
}

#[derive(Clone)]
struct Kept {
    tokens: Tokens,
    loaded_at: OffsetDateTime,
}

impl Sts {
    /// `public_url` is who issues and who is addressed; a URN stands in for none. Keys are read when they are needed.
    pub fn open(secrets: &SecretStore, public_url: &str) -> anyhow::Result<Self> {
        let issuer = match public_url.trim_end_matches('/') {
            "" => "urn:cibercase".to_owned(),
            url => url.to_owned(),
        };
        let audience = format!("{issuer}{}api", if issuer.starts_with("urn:") { ":" } else { "/" });
        Ok(Self(Arc::new(Inner {
            sealer: KeySealer::open(secrets)?,
            issuer: issuer.into(),
            audience: audience.into(),
            kept: RwLock::default(),
            looked_at: AtomicI64::new(0),
            generation: AtomicU64::new(0),
        })))
    }

    /// What signs and verifies now. A change is known here with its signal, otherwise within seconds.
    pub async fn tokens(&self, app: &App) -> Result<Tokens> {
        let now = app.clock.now();
        let Some(kept) = self.kept() else { return self.look(app, now).await };
        let age = now - kept.loaded_at;
        if age < BELIEVED || (age < BELIEVED_AT_MOST && !self.is_first_to_look(now, BELIEVED)) {
            return Ok(kept.tokens);
        }
        match self.look(app, now).await {
            Err(error) if age < BELIEVED_AT_MOST && error.is_database_away() => Ok(kept.tokens),
            outcome => outcome,
        }
    }

    /// Verifies an access token for this API with the keys of this moment.
    pub async fn verify(
        &self,
        app: &App,
        token: &str,
        certificate: Option<&PeerCertificate>,
    ) -> Result<Result<Claims, Refusal>> {
        let now = app.clock.now();
        let verified = self.tokens(app).await?.verify(token, certificate, now);
        // Another node may have made the key just now.
        if verified == Err(Refusal::UnknownKey) && self.is_first_to_look(now, UNKNOWN_KEY) {
            return Ok(self.look(app, now).await?.verify(token, certificate, now));
        }
        Ok(verified)
    }

    /// The same for a token of ours, whoever it addresses and whoever may bring it.
    pub(crate) async fn verify_for_any(&self, app: &App, token: &str) -> Result<Result<Claims, Refusal>> {
        let now = app.clock.now();
        let verified = self.tokens(app).await?.verify_for_any(token, now);
        // Another node may have made the key just now.
        if verified == Err(Refusal::UnknownKey) && self.is_first_to_look(now, UNKNOWN_KEY) {
            return Ok(self.look(app, now).await?.verify_for_any(token, now));
        }
        Ok(verified)
    }

    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// Who is addressed by a token for this API.
    pub fn audience(&self) -> &str {
        &self.0.audience
    }

    pub(crate) fn sealer(&self) -> &KeySealer {
        &self.0.sealer
    }

    /// What is kept may be old.
    pub(crate) fn forget(&self) {
        self.0.generation.fetch_add(1, Ordering::SeqCst);
        *self.0.kept.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn kept(&self) -> Option<Kept> {
        self.0.kept.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn is_first_to_look(&self, now: OffsetDateTime, period: Duration) -> bool {
        let (last, now) = (self.0.looked_at.load(Ordering::Relaxed), now.unix_timestamp());
        let exchange = || self.0.looked_at.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed);
        now - last >= period.whole_seconds() && exchange().is_ok()
    }

    async fn look(&self, app: &App, now: OffsetDateTime) -> Result<Tokens> {
        let generation = self.0.generation.load(Ordering::SeqCst);
        self.0.looked_at.store(now.unix_timestamp(), Ordering::Relaxed);
        let rows = phases::living(app, self).await?;
        let ring = KeyRing::of(&rows, &self.0.sealer).context("the signing keys cannot be used")?;
        let mut tx = app.db.read(Scope::System).await?;
        let revoked = store::revoked_tokens(&mut tx, now).await?.into_iter().collect();
        let tokens = Tokens::new(ring, revoked, self.0.issuer.clone(), self.0.audience.clone());
        let mut kept = self.0.kept.write().unwrap_or_else(PoisonError::into_inner);
        if self.0.generation.load(Ordering::SeqCst) == generation {
            *kept = Some(Kept { tokens: tokens.clone(), loaded_at: now });
        }
        Ok(tokens)
    }
}

/// Tells the other processes with the commit that keys or tokens have changed, commits, and forgets them here.
pub(crate) async fn commit(app: &App, sts: &Sts, mut tx: Tx) -> Result<()> {
    signal(&mut tx, TOPIC, "keys").await?;
    tx.commit().await?;
    sts.forget();
    // So that this process has the new ones before it answers.
    sts.tokens(app).await?;
    Ok(())
}

/// Hears what other processes changed; ends when its handle is aborted.
pub fn start(app: &App) -> JoinHandle<()> {
    let (sts, mut signals) = (app.service::<Sts>(), app.live.watch());
    #[expect(clippy::disallowed_methods, reason = "the caller owns the handle")]
    tokio::spawn(async move {
        loop {
            match signals.recv().await {
                Ok(Signal::Sent { topic, .. }) if topic != TOPIC => {}
                // Something may have been missed: nothing that is known can be believed.
                Ok(Signal::Sent { .. } | Signal::Lost) | Err(RecvError::Lagged(_)) => sts.forget(),
                Err(RecvError::Closed) => return,
            }
        }
    })
}
