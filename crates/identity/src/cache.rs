//! Sessions in memory: the way of nearly every request is one look-up here.
//!
//! An entry is what the database said at most a few seconds ago. Whatever ends or changes a session forgets its entry
//! after its transaction has committed; `generation` then keeps a look-up that began before from putting the old state
//! back.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use platform::Principal;
use sts::Subject;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use vocab::{SessionId, UserId};

use crate::access::{AccessTable, Circumstances};
use crate::model::Standing;

/// How long an entry is believed before one request looks at the database again.
const BELIEVED: Duration = Duration::seconds(5);
/// How long the others go on with it meanwhile.
const BELIEVED_AT_MOST: Duration = Duration::seconds(20);
/// How often `last_seen_at` is written.
const SEEN: Duration = Duration::minutes(1);
/// Entries of either map; a thousand bytes each at the most.
const MOST: usize = 50_000;

/// SHA-256 of a cookie's value or of an access token.
pub type TokenHash = [u8; 32];

/// A session as the cache has it.
pub struct Entry {
    pub standing: Standing,
    loaded_at: OffsetDateTime,
    checked_at: AtomicI64,
    seen_at: AtomicI64,
    /// Set when no role of the user depends on where and when.
    principal: Option<Arc<Principal>>,
    /// The last one worked out, for users whose permissions depend on where and when.
    circumstantial: Mutex<Option<(Circumstances, Arc<Principal>)>>,
}

/// What to do with an entry.
#[derive(Debug, PartialEq, Eq)]
pub enum Advice {
    Use,
    /// Ask the database; what is here is too old, or says that the session is over.
    Reload,
}

impl Entry {
    pub fn new(standing: Standing, access: &AccessTable, now: OffsetDateTime) -> Self {
        let is_restricted = access.is_restricted(&standing.memberships);
        let circumstances = Circumstances::of(None, standing.has_second_factor, false, now);
        let principal = (!is_restricted).then(|| principal_of(&standing, access, circumstances));
        Self {
            loaded_at: now,
            checked_at: AtomicI64::new(now.unix_timestamp()),
            seen_at: AtomicI64::new(standing.last_seen_at.unix_timestamp()),
            principal,
            circumstantial: Mutex::new(None),
            standing,
        }
    }

    /// Who this is to a request from `ip` at `now`.
    pub fn principal(
        &self,
        access: &AccessTable,
        ip: Option<IpAddr>,
        has_certificate: bool,
        now: OffsetDateTime,
    ) -> Arc<Principal> {
        if let Some(principal) = &self.principal {
            return principal.clone();
        }
        let standing = &self.standing;
        let network = ip.or(standing.ip);
        let circumstances = Circumstances::of(network, standing.has_second_factor, has_certificate, now);
        let mut last = self.circumstantial.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((known, principal)) if *known == circumstances => principal.clone(),
            _ => {
                let principal = principal_of(standing, access, circumstances);
                *last = Some((circumstances, principal.clone()));
                principal
            }
        }
    }

    /// Whether to believe the entry. One request in [`BELIEVED`] is told to reload, the others go on meanwhile.
    pub fn advice(&self, now: OffsetDateTime, idle: Duration) -> Advice {
        let seen_at = self.seen_at.load(Ordering::Relaxed);
        let is_over =
            now >= self.standing.expires_at || now.unix_timestamp() >= seen_at + idle.whole_seconds();
        if is_over || now - self.loaded_at >= BELIEVED_AT_MOST {
            return Advice::Reload;
        }
        if claim(&self.checked_at, now, BELIEVED) { Advice::Reload } else { Advice::Use }
    }

    /// Whether this request is the one to write `last_seen_at`.
    pub fn is_to_be_seen(&self, now: OffsetDateTime) -> bool {
        claim(&self.seen_at, now, SEEN)
    }
}

/// Moves `moment` to `now` when `period` has passed; only one caller is told so.
fn claim(moment: &AtomicI64, now: OffsetDateTime, period: Duration) -> bool {
    let (last, now) = (moment.load(Ordering::Relaxed), now.unix_timestamp());
    now - last >= period.whole_seconds()
        && moment.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
}

fn principal_of(standing: &Standing, table: &AccessTable, circumstances: Circumstances) -> Arc<Principal> {
    let access = table.of(standing, circumstances);
    let must_show_second_factor =
        !standing.has_second_factor && table.requires_second_factor(&standing.memberships);
    Arc::new(Principal {
        service: None,
        is_service: false,
        user_id: standing.user_id,
        session_id: standing.session_id,
        display_name: standing.display_name.as_str().into(),
        email: standing.email.as_str().into(),
        grants: access.grants.clone(),
        is_everywhere: access.is_everywhere,
        permissions_everywhere: access.everywhere.clone(),
        limits: access.limits.clone(),
        must_change_password: standing.must_change_password,
        must_show_second_factor,
        has_second_factor: standing.has_second_factor,
    })
}

/// Which session a credential stands for. That never changes, so these outlive a change of the session itself.
#[derive(Clone)]
pub struct Known {
    pub holder: Holder,
    /// Of a verified access token; cookies last as long as their session.
    pub token: Option<Verified>,
}

/// What must still hold of an access token that was verified once.
#[derive(Clone)]
pub struct Verified {
    pub id: Uuid,
    pub kid: Arc<str>,
    /// The certificate without which it opens nothing.
    pub bound_to: Option<Arc<str>>,
    expires_at: OffsetDateTime,
}

/// Whom a credential stands for.
#[derive(Clone)]
pub enum Holder {
    /// Somebody signed in; with a service that acts for them, within its scopes.
    Session { session: SessionId, via: Option<Arc<Via>> },
    /// A service of its own, by its id.
    Service { id: Arc<str>, via: Arc<Via> },
}

/// The service that brings a token, and what the token is good for.
#[derive(Debug)]
pub struct Via {
    pub client_id: Arc<str>,
    pub scopes: BTreeSet<String>,
}

impl Known {
    pub fn by_cookie(session: SessionId) -> Self {
        Self { holder: Holder::Session { session, via: None }, token: None }
    }

    pub fn by_token(claims: sts::Claims) -> Self {
        let scopes = claims.scope.split(' ').map(str::to_owned).collect();
        let via = Arc::new(Via { client_id: claims.client_id.into(), scopes });
        let holder = match claims.subject {
            Subject::Person { session, .. } if claims.act.is_none() => Holder::Session { session, via: None },
            Subject::Person { session, .. } => Holder::Session { session, via: Some(via) },
            Subject::Service(id) => Holder::Service { id: id.into(), via },
        };
        let token = Verified {
            id: claims.token,
            kid: claims.kid,
            bound_to: claims.bound_to.map(Arc::from),
            expires_at: claims.expires_at,
        };
        Self { holder, token: Some(token) }
    }

    /// The service that brings it, for itself or for somebody.
    pub fn service(&self) -> Option<&Arc<str>> {
        match &self.holder {
            Holder::Session { via, .. } => via.as_ref().map(|via| &via.client_id),
            Holder::Service { via, .. } => Some(&via.client_id),
        }
    }

    fn lives(&self, now: OffsetDateTime) -> bool {
        self.token.as_ref().is_none_or(|token| token.expires_at > now)
    }
}

#[derive(Default)]
struct State {
    credentials: HashMap<TokenHash, Known>,
    entries: HashMap<SessionId, Arc<Entry>>,
    generation: u64,
}

/// The sessions that this process knows.
#[derive(Default)]
pub struct SessionCache {
    state: RwLock<State>,
}

impl SessionCache {
    /// What a credential stands for, if that is known at `now`.
    pub fn find(&self, hash: &TokenHash, now: OffsetDateTime) -> Option<Known> {
        let known = self.read().credentials.get(hash).cloned()?;
        known.lives(now).then_some(known)
    }

    pub fn entry(&self, session: SessionId) -> Option<Arc<Entry>> {
        self.read().entries.get(&session).cloned()
    }

    /// Remembers which session a credential stands for.
    pub fn learn(&self, hash: TokenHash, known: Known, now: OffsetDateTime) {
        let mut state = self.write();
        if state.credentials.len() >= MOST {
            state.credentials.retain(|_, known| known.lives(now));
            if state.credentials.len() >= MOST {
                state.credentials.clear();
            }
        }
        state.credentials.insert(hash, known);
    }

    /// Forgets a credential whose session is over: whoever brings it again is unknown.
    pub fn unlearn(&self, hash: &TokenHash) {
        self.write().credentials.remove(hash);
    }

    /// To be asked before the database is, and given to [`keep`](Self::keep).
    pub fn generation(&self) -> u64 {
        self.read().generation
    }

    /// Keeps what the database said, unless something was forgotten since it was asked.
    pub fn keep(&self, entry: Arc<Entry>, generation: u64, now: OffsetDateTime) {
        let mut state = self.write();
        if state.generation != generation {
            return;
        }
        if state.entries.len() >= MOST {
            state.entries.retain(|_, entry| now - entry.loaded_at < BELIEVED);
            if state.entries.len() >= MOST {
                state.entries.clear();
            }
        }
        state.entries.insert(entry.standing.session_id, entry);
    }

    pub fn forget_session(&self, session: SessionId) {
        let mut state = self.write();
        state.generation += 1;
        state.entries.remove(&session);
    }

    pub fn forget_user(&self, user: UserId) {
        let mut state = self.write();
        state.generation += 1;
        state.entries.retain(|_, entry| entry.standing.user_id != user);
    }

    pub fn forget_all(&self) {
        let mut state = self.write();
        state.generation += 1;
        state.entries.clear();
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}
