//! The module's state in one process: policies, keys, throttles and the cache of sessions.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::hmac;
use axum::http::StatusCode;
use mtls::{Arrival, Watch};
use platform::config::Config;
use platform::peer::PeerCertificate;
use platform::throttle::Throttle;
use platform::{App, Error, Principal, Result};
use policy::Policies;
use sha2::{Digest, Sha256};
use sts::{Clients, Sealer, Sts};
use time::{Duration, OffsetDateTime};
use vocab::{SessionId, UserId};

use crate::access::AccessTable;
use crate::cache::{Advice, Entry, Holder, Known, SessionCache, TokenHash};
use crate::model::SessionKind;
use crate::password::PasswordHasherPool;
use crate::services::KnownServices;
use crate::store;

/// How long sessions and tokens last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub idle: Duration,
    pub absolute: Duration,
    pub access_token: Duration,
}

/// Installed in the [`App`] by [`install`](crate::install).
pub struct IdentityService {
    pub(crate) access: AccessTable,
    pub(crate) sts: Sts,
    pub(crate) passwords: PasswordHasherPool,
    pub(crate) throttle: Throttle,
    /// Of codes; passwords are counted apart.
    pub(crate) code_throttle: Throttle,
    pub(crate) sealer: Sealer,
    pub(crate) limits: Limits,
    pub(crate) cache: SessionCache,
    pub(crate) services: KnownServices,
    /// The one that is used first, and while the secret changes the other.
    refresh_keys: RwLock<Arc<[hmac::Key]>>,
}

/// How a request says which session it belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Credential<'a> {
    Cookie(&'a str),
    AccessToken(&'a str),
}

impl IdentityService {
    /// `api_secrets` is what refresh tokens are derived with; every node of an installation has the same.
    pub fn new(
        policies: Arc<Policies>,
        sts: Sts,
        sealer: Sealer,
        api_secrets: &[String],
        config: &Config,
    ) -> Self {
        let seconds = |seconds: u64| Duration::seconds(i64::try_from(seconds).unwrap_or(i64::MAX / 4));
        Self {
            access: AccessTable::new(policies),
            sts,
            passwords: PasswordHasherPool::new(config.session.concurrent_password_checks),
            throttle: Throttle::default(),
            code_throttle: Throttle::default(),
            sealer,
            limits: Limits {
                idle: seconds(config.session.idle_seconds),
                absolute: seconds(config.session.absolute_seconds),
                access_token: seconds(config.session.access_token_seconds),
            },
            cache: SessionCache::default(),
            services: KnownServices::default(),
            refresh_keys: RwLock::new(refresh_keys(api_secrets)),
        }
    }

    pub fn policies(&self) -> Arc<Policies> {
        self.access.policies()
    }

    /// Goes by other policies from now on: every session is looked at anew, and live connections come back.
    pub fn replace_policies(&self, app: &App, policies: Arc<Policies>) {
        self.access.replace(policies);
        self.forget_all();
        app.live.hub.end_all();
    }

    /// The names of the roles that grant a permission.
    pub(crate) fn roles_granting(&self, permission: &str) -> Vec<String> {
        let grants = |role: &&policy::Role| role.permissions.iter().any(|name| name == permission);
        self.policies().roles().filter(grants).map(|role| role.name.clone()).collect()
    }

    /// The refresh token that follows `token`: nobody without the secret can know it, and it needs no keeping. While the secret
    /// changes there is a second, which a process that has not heard of it may have given.
    pub(crate) fn successors(&self, token: &str) -> Vec<String> {
        let keys = self.refresh_keys.read().unwrap_or_else(PoisonError::into_inner).clone();
        let successor = |key| {
            let tag = hmac::sign(key, format!("refresh successor:{token}").as_bytes());
            text_of(tag.as_ref())
        };
        keys.iter().map(successor).collect()
    }

    pub(crate) fn adopt_api_secrets(&self, secrets: &[String]) {
        *self.refresh_keys.write().unwrap_or_else(PoisonError::into_inner) = refresh_keys(secrets);
    }

    /// Who brings this credential, if its session lives.
    pub(crate) async fn authenticate(
        &self,
        app: &App,
        credential: Credential<'_>,
        ip: Option<IpAddr>,
        certificate: Option<&PeerCertificate>,
    ) -> Result<Option<Arc<Principal>>> {
        let now = app.clock.now();
        let (Credential::Cookie(text) | Credential::AccessToken(text)) = credential;
        let hash = hash_of(text);
        let known = match self.cache.find(&hash, now) {
            // What was verified once is believed no longer than its key, and not when it was revoked.
            Some(known) if !self.is_believed(app, &known, certificate).await? => return Ok(None),
            Some(known) => known,
            None => match self.recognize(app, credential, ip, certificate, hash, now).await? {
                Some(known) => known,
                None => return Ok(None),
            },
        };
        self.expect_certificate(app, &known, certificate, ip).await?;
        let (session, via) = match known.holder {
            Holder::Session { session, via } => (session, via),
            Holder::Service { id, via } => {
                return self.service_principal(app, &id, &via, ip, certificate.is_some()).await;
            }
        };
        let entry = self.cache.entry(session);
        let Some(entry) = self.current(app, session, entry, now).await? else {
            if let Credential::Cookie(_) = credential {
                self.cache.unlearn(&hash);
            }
            return Ok(None);
        };
        let kind = match credential {
            Credential::Cookie(_) => SessionKind::Browser,
            Credential::AccessToken(_) => SessionKind::Token,
        };
        if entry.standing.kind != kind {
            return Ok(None);
        }
        if entry.is_to_be_seen(now) {
            store::sessions::touch(app, session, now).await?;
        }
        let principal = entry.principal(&self.access, ip, certificate.is_some(), now);
        match via {
            Some(via) => self.narrowed(app, &principal, &via, ip, certificate.is_some()).await,
            None => Ok(Some(principal)),
        }
    }

    /// Who a session is now to somebody at `ip`, for live connections.
    pub(crate) async fn principal_of(
        &self,
        app: &App,
        session: SessionId,
        ip: Option<IpAddr>,
    ) -> Result<Option<Arc<Principal>>> {
        let now = app.clock.now();
        let entry = self.current(app, session, self.cache.entry(session), now).await?;
        Ok(entry.map(|entry| entry.principal(&self.access, ip, false, now)))
    }

    /// Whom a credential never seen here stands for. The database is asked about a cookie whoever made it, so that this costs a share.
    async fn recognize(
        &self,
        app: &App,
        credential: Credential<'_>,
        ip: Option<IpAddr>,
        certificate: Option<&PeerCertificate>,
        hash: TokenHash,
        now: OffsetDateTime,
    ) -> Result<Option<Known>> {
        let known = match credential {
            Credential::Cookie(_) => {
                app.limits.take_look_up(ip).await?;
                store::sessions::find_by_token(app, &hash).await?.map(Known::by_cookie)
            }
            Credential::AccessToken(text) => match self.sts.verify(app, text, certificate).await? {
                Ok(claims) => Some(Known::by_token(claims)),
                Err(refusal) => {
                    tracing::debug!(%refusal, "an access token is refused");
                    None
                }
            },
        };
        if let Some(known) = &known {
            self.cache.learn(hash, known.clone(), now);
        }
        Ok(known)
    }

    async fn is_believed(
        &self,
        app: &App,
        known: &Known,
        certificate: Option<&PeerCertificate>,
    ) -> Result<bool> {
        let Some(token) = &known.token else { return Ok(true) };
        let is_bound = sts::is_bound_to(token.bound_to.as_deref(), certificate);
        Ok(is_bound && self.sts.tokens(app).await?.believes(&token.kid, token.id))
    }

    /// A service that shows no certificate of its own is noted, and refused where that is insisted on.
    async fn expect_certificate(
        &self,
        app: &App,
        known: &Known,
        certificate: Option<&PeerCertificate>,
        ip: Option<IpAddr>,
    ) -> Result<()> {
        let Some(id) = known.service() else { return Ok(()) };
        let is_bound = known.token.as_ref().is_some_and(|token| token.bound_to.is_some());
        let arrival = match app.service::<Clients>().arrival(id, certificate) {
            Arrival::Certified if !is_bound => Arrival::UnboundToken,
            arrival => arrival,
        };
        if app.service::<Watch>().meet(app, id, ip, arrival).await {
            return Ok(());
        }
        let detail = "Services show a certificate of their own here, and bring a token that is bound to it.";
        Err(Error::problem(StatusCode::UNAUTHORIZED, "certificate_required", detail))
    }

    /// The entry, or what the database says in its place; none when the session is over.
    async fn current(
        &self,
        app: &App,
        session: SessionId,
        entry: Option<Arc<Entry>>,
        now: OffsetDateTime,
    ) -> Result<Option<Arc<Entry>>> {
        if let Some(entry) = entry
            && entry.advice(now, self.limits.idle) == Advice::Use
        {
            return Ok(Some(entry));
        }
        let generation = self.cache.generation();
        let Some(standing) = store::sessions::standing(app, session, now, now - self.limits.idle).await?
        else {
            self.cache.forget_session(session);
            return Ok(None);
        };
        let entry = Arc::new(Entry::new(standing, &self.access, now));
        self.cache.keep(entry.clone(), generation, now);
        Ok(Some(entry))
    }

    /// Forgets a session that is over or has changed, and ends its live connections. After the commit.
    pub(crate) fn forget_session(&self, app: &App, session: SessionId) {
        self.cache.forget_session(session);
        app.live.hub.end_session(session);
    }

    /// Forgets what is known of a user's sessions. After the commit.
    pub(crate) fn forget_user(&self, app: &App, user: UserId) {
        self.cache.forget_user(user);
        app.live.hub.end_user(user);
    }

    /// Forgets everything known of sessions.
    pub(crate) fn forget_all(&self) {
        self.cache.forget_all();
        self.services.forget();
    }
}

/// Every permission of a role, without regard to circumstances.
pub(crate) fn permissions_of<'a>(policies: &'a Policies, role: &str) -> BTreeSet<&'a str> {
    policies.role(role).into_iter().flat_map(|role| role.permissions.iter().map(String::as_str)).collect()
}

fn refresh_keys(secrets: &[String]) -> Arc<[hmac::Key]> {
    secrets.iter().map(|secret| hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())).collect()
}

pub(crate) fn hash_of(token: &str) -> TokenHash {
    Sha256::digest(token.as_bytes()).into()
}

/// A fresh token of 32 random bytes.
pub(crate) fn new_token() -> String {
    use rand::{RngCore, TryRngCore};
    let mut bytes = [0; 32];
    rand::rngs::OsRng.unwrap_err().fill_bytes(&mut bytes);
    text_of(&bytes)
}

pub(crate) fn text_of(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}
