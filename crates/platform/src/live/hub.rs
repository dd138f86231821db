//! Who listens, and getting changes to them: bounded queues, a slow listener is told to read anew.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::mpsc;
use uuid::Uuid;
use vocab::{OrganizationId, SessionId, UserId};

use super::outbox::Position;
use crate::principal::{Grants, Principal};

/// Frames that may wait for one listener.
const QUEUE: usize = 64;

/// One change, already in the form browsers get.
#[derive(Debug, Clone)]
pub struct Event {
    pub position: Position,
    pub topic: Arc<str>,
    pub organization: Option<OrganizationId>,
    pub user: Option<UserId>,
    pub id: Uuid,
    pub json: Arc<str>,
}

/// What one listener may hear.
#[derive(Debug, Clone)]
pub struct Audience {
    pub user: UserId,
    pub session: SessionId,
    pub grants: Arc<Grants>,
}

impl Audience {
    pub fn of(principal: &Principal) -> Self {
        Self { user: principal.user_id, session: principal.session_id, grants: principal.grants.clone() }
    }

    pub fn hears(&self, event: &Event) -> bool {
        if let Some(user) = event.user {
            return user == self.user;
        }
        let mut permission = String::with_capacity(event.topic.len() + 5);
        permission.push_str(&event.topic);
        permission.push_str(":read");
        let Some(organizations) = self.grants.get(&permission) else { return false };
        event.organization.is_none_or(|organization| organizations.contains(&organization))
    }
}

struct Listener {
    audience: Audience,
    frames: mpsc::Sender<Utf8Bytes>,
    lagged: Arc<AtomicBool>,
}

/// A listener's end: frames in order, and whether some had to be left out.
pub struct Subscription {
    pub frames: mpsc::Receiver<Utf8Bytes>,
    pub lagged: Arc<AtomicBool>,
    /// Frames carry what comes after this place.
    pub from: Position,
    id: u64,
    hub: Arc<Hub>,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.hub.lock().listeners.remove(&self.id);
    }
}

#[derive(Default)]
struct State {
    listeners: HashMap<u64, Listener>,
    position: Position,
}

/// The listeners of one process.
#[derive(Default)]
pub struct Hub {
    state: Mutex<State>,
    next_id: AtomicU64,
}

impl Hub {
    /// Listens from the hub's present place on.
    pub fn subscribe(self: &Arc<Self>, audience: Audience) -> Subscription {
        let (sender, frames) = mpsc::channel(QUEUE);
        let lagged = Arc::new(AtomicBool::new(false));
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let mut state = self.lock();
        state.listeners.insert(id, Listener { audience, frames: sender, lagged: lagged.clone() });
        Subscription { frames, lagged, from: state.position, id, hub: self.clone() }
    }

    pub fn position(&self) -> Position {
        self.lock().position
    }

    pub fn listeners(&self) -> usize {
        self.lock().listeners.len()
    }

    /// Where following begins; nobody is told anything before it.
    pub(super) fn start_at(&self, position: Position) {
        self.lock().position = position;
    }

    /// Hands a run of changes to everybody who may hear them, and moves the place on.
    pub(super) fn publish(&self, events: &[Event]) {
        let Some(last) = events.last() else { return };
        let mut state = self.lock();
        state.position = last.position;
        // Listeners with the same grants get the very same bytes; what is for one person is rare.
        let has_personal = events.iter().any(|event| event.user.is_some());
        let mut shared: HashMap<*const Grants, Option<Utf8Bytes>> = HashMap::new();
        for listener in state.listeners.values() {
            let audience = &listener.audience;
            let frame = if has_personal {
                frame(events, audience)
            } else {
                shared.entry(Arc::as_ptr(&audience.grants)).or_insert_with(|| frame(events, audience)).clone()
            };
            let Some(frame) = frame else { continue };
            if listener.frames.try_send(frame).is_err() {
                listener.lagged.store(true, Ordering::Release);
            }
        }
    }

    /// Ends the listeners of a session that is over.
    pub fn end_session(&self, session: SessionId) {
        self.lock().listeners.retain(|_, listener| listener.audience.session != session);
    }

    /// Ends the listeners of a user whose permissions have changed: each comes back with those of now.
    pub fn end_user(&self, user: UserId) {
        self.lock().listeners.retain(|_, listener| listener.audience.user != user);
    }

    /// Ends every listener: each comes back and resumes where it was.
    pub fn end_all(&self) {
        self.lock().listeners.clear();
    }

    /// Tells everybody that something may have been missed.
    pub(super) fn lag_all(&self) {
        for listener in self.lock().listeners.values() {
            listener.lagged.store(true, Ordering::Release);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// The frame of what `audience` may hear of `events`; none when that is nothing.
pub(super) fn frame(events: &[Event], audience: &Audience) -> Option<Utf8Bytes> {
    let mut text = String::from("{\"type\":\"events\",\"events\":[");
    let empty = text.len();
    for event in events.iter().filter(|event| audience.hears(event)) {
        if text.len() > empty {
            text.push(',');
        }
        text.push_str(&event.json);
    }
    if text.len() == empty {
        return None;
    }
    text.push_str("]}");
    Some(text.into())
}
