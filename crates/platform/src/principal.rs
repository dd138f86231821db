//! Who calls, and what a handler's first parameter says they may do.
//!
//! A handler that takes [`Permit<P>`] is reached only by callers who have `P` somewhere, and learns in which
//! organizations; its transactions see those and no others. [`Routes`](crate::Routes) takes no handler without one.

use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::StatusCode;
use http::request::Parts;
use uuid::Uuid;
use vocab::{OrganizationId, SessionId, UserId};

use crate::db::{Scope, Tx};
use crate::items::{Limits, is_reading};
use crate::peer::PeerCertificate;
use crate::{App, Error, Result};

/// A named thing one may do, such as `tickets:read`; declared with [`permission!`](crate::permission).
pub trait Permission: Send + Sync + 'static {
    const NAME: &'static str;
    /// [`Plain`] or [`OnItems`].
    type Kind: Kind;
}

/// Whether those who change something by a permission ask about each item before.
pub trait Kind: Send + Sync + 'static {
    const ASKS: bool;
}

/// Of a [`Permit`]: it reads, or changes things that no restriction looks at one by one.
pub struct Plain;

/// Of an [`ItemPermit`](crate::items::ItemPermit).
pub struct OnItems;

impl Kind for Plain {
    const ASKS: bool = false;
}

impl Kind for OnItems {
    const ASKS: bool = true;
}

/// Declares permissions as types: `permission! { pub TicketsRead = "tickets:read" }`. Handlers of one that is declared
/// `on items` take an [`ItemPermit`](crate::items::ItemPermit), those of others a [`Permit`](crate::Permit).
#[macro_export]
macro_rules! permission {
    ($($(#[$meta:meta])* $vis:vis $name:ident = $text:literal $(on $kind:ident)?),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        $vis struct $name;
        impl $crate::Permission for $name {
            const NAME: &'static str = $text;
            type Kind = $crate::permission_kind!($($kind)?);
        }
    )+};
}

#[doc(hidden)]
#[macro_export]
macro_rules! permission_kind {
    () => {
        $crate::principal::Plain
    };
    (items) => {
        $crate::principal::OnItems
    };
}

vocab::text_enum! {
    pub enum ActorKind {
        User = "user",
        /// A registered program, for itself.
        Service = "service",
        Source = "source",
        System = "system",
    }
}

/// Who did it, for the audit log and the timeline.
#[derive(Debug, Clone)]
pub struct Actor {
    pub kind: ActorKind,
    pub id: Option<Uuid>,
    pub name: Arc<str>,
    pub ip: Option<IpAddr>,
    pub request_id: Option<Uuid>,
}

impl Actor {
    pub fn system() -> Self {
        Self { kind: ActorKind::System, id: None, name: Arc::from("CiberCase"), ip: None, request_id: None }
    }
}

/// Permission name to the organizations it holds in.
pub type Grants = BTreeMap<String, Arc<[OrganizationId]>>;

/// A signed-in caller, as the authentication layer found them.
#[derive(Debug, Clone)]
pub struct Principal {
    /// The registered program that calls, for itself or for a person.
    pub service: Option<Arc<str>>,
    /// Whether that program calls for itself; `user_id` is then what stands for it.
    pub is_service: bool,
    pub user_id: UserId,
    pub session_id: SessionId,
    pub display_name: Arc<str>,
    pub email: Arc<str>,
    pub grants: Arc<Grants>,
    /// Whether they hold a role in every organization, those to come included.
    pub is_everywhere: bool,
    /// The permissions they hold in every organization, which is less than all they hold somewhere.
    pub permissions_everywhere: Arc<BTreeSet<String>>,
    /// Where they may change only some items.
    pub limits: Arc<Limits>,
    /// Until the password is changed, nothing else is allowed.
    pub must_change_password: bool,
    /// Until a second factor is set up and shown, which a role of theirs asks for, nothing else is allowed.
    pub must_show_second_factor: bool,
    /// Whether this session was opened with one.
    pub has_second_factor: bool,
}

impl Principal {
    /// Whether a permission changes things without asking which, of somebody who may change only some.
    fn is_bound<P: Permission>(&self) -> bool {
        !self.limits.is_empty() && !<P::Kind as Kind>::ASKS && !is_reading(P::NAME)
    }

    /// Where they have a permission: where they may change only some items, none that does not ask about them.
    fn organizations_with<P: Permission>(&self) -> Option<Arc<[OrganizationId]>> {
        let held = self.grants.get(P::NAME)?;
        if !self.is_bound::<P>() {
            return Some(held.clone());
        }
        let is_free = |organization: &OrganizationId| !self.limits.within.contains_key(organization);
        Some(held.iter().copied().filter(is_free).collect())
    }

    /// Whether they have a permission for what belongs to the installation and to no organization: limits bind in their
    /// organizations, so that only one on the role itself takes that.
    fn holds_for_installation<P: Permission>(&self) -> bool {
        let is_bound = self.limits.is_everywhere && self.is_bound::<P>();
        self.permissions_everywhere.contains(P::NAME) && !is_bound
    }

    /// Refuses whoever has something to do before anything else.
    pub fn check_ready(&self) -> Result<()> {
        let (code, detail) = if self.must_change_password {
            ("password_change_required", "Change your password first.")
        } else if self.must_show_second_factor {
            ("second_factor_required", "Your role asks for a second factor: set one up first.")
        } else {
            return Ok(());
        };
        Err(Error::problem(http::StatusCode::FORBIDDEN, code, detail))
    }
}

/// What the authentication layer learned of a request; present on every request.
#[derive(Debug, Clone, Default)]
pub struct Caller {
    pub principal: Option<Arc<Principal>>,
    pub ip: Option<IpAddr>,
    pub request_id: Option<Uuid>,
    /// The certificate of the handshake.
    pub certificate: Option<Arc<PeerCertificate>>,
}

impl Caller {
    fn principal(&self) -> Result<&Arc<Principal>> {
        let principal = self.principal.as_ref().ok_or_else(Error::unauthenticated)?;
        Ok(principal)
    }

    fn actor(&self, principal: &Principal) -> Actor {
        Actor {
            kind: if principal.is_service { ActorKind::Service } else { ActorKind::User },
            id: Some(principal.user_id.uuid()),
            name: principal.display_name.clone(),
            ip: self.ip,
            request_id: self.request_id,
        }
    }
}

/// What the first parameter of every handler is: it says who may call.
pub trait Access {
    /// The permission's name, `signed_in` or `public`; part of the route table and of the API's description.
    const NAME: &'static str;
    /// Whether the handler asks about each item that it changes.
    const ASKS: bool = false;
}

/// A caller who has the permission `P` in `organizations`.
pub struct Permit<P> {
    pub principal: Arc<Principal>,
    pub organizations: Arc<[OrganizationId]>,
    pub actor: Actor,
    permission: PhantomData<P>,
}

impl<P: Permission<Kind = Plain>> Access for Permit<P> {
    const NAME: &'static str = P::NAME;
}

impl<P: Permission> Permit<P> {
    pub fn user_id(&self) -> UserId {
        self.principal.user_id
    }

    /// A transaction that sees the permitted organizations and may write.
    pub async fn begin(&self, app: &App) -> Result<Tx, sqlx::Error> {
        app.db.begin(self.scope()).await
    }

    /// A transaction that sees the permitted organizations and only reads.
    pub async fn read(&self, app: &App) -> Result<Tx, sqlx::Error> {
        app.db.read(self.scope()).await
    }

    /// Whether the permission holds in every organization, those to come included: a limit in one is enough that it does
    /// not.
    pub fn is_everywhere(&self) -> bool {
        self.principal.permissions_everywhere.contains(P::NAME) && !self.principal.is_bound::<P>()
    }

    /// Refuses who does not have it in every organization, for what reaches all of them; `detail` says why that is asked.
    pub fn expect_everywhere(&self, detail: &'static str) -> Result<()> {
        self.expect_installation(detail)?;
        if self.is_everywhere() { Ok(()) } else { Err(bound()) }
    }

    /// Refuses who does not have it for the installation, where what is done belongs to no organization; `detail` says why
    /// that is asked.
    pub fn expect_installation(&self, detail: &'static str) -> Result<()> {
        if self.principal.holds_for_installation::<P>() {
            return Ok(());
        }
        Err(Error::problem(StatusCode::FORBIDDEN, "needs_everywhere", detail))
    }

    fn scope(&self) -> Scope<'_> {
        if self.is_everywhere() {
            Scope::Everywhere(&self.organizations)
        } else {
            Scope::Organizations(&self.organizations)
        }
    }

    /// Refuses an organization outside the permission, as if it did not exist.
    pub fn covers(&self, organization: OrganizationId) -> Result<()> {
        if self.organizations.contains(&organization) { Ok(()) } else { Err(Error::not_found()) }
    }

    /// The permitted organizations narrowed to those asked for; all of them when none is.
    pub fn narrowed(&self, asked: &[OrganizationId]) -> Vec<OrganizationId> {
        if asked.is_empty() {
            return self.organizations.to_vec();
        }
        self.organizations.iter().copied().filter(|organization| asked.contains(organization)).collect()
    }

    /// Whether the caller has another permission too in this organization.
    pub fn also_may<Q: Permission>(&self, organization: OrganizationId) -> bool {
        self.principal.organizations_with::<Q>().is_some_and(|held| held.contains(&organization))
    }
}

impl<P: Permission> Permit<P> {
    /// The caller's permit, where they have the permission; also for pages that carry what a view would ask for.
    pub fn of(caller: &Caller) -> Result<Self> {
        let principal = caller.principal()?;
        principal.check_ready()?;
        let is_bound = principal.is_bound::<P>();
        let reaches_beyond =
            (principal.is_everywhere && !is_bound) || principal.holds_for_installation::<P>();
        let organizations = match principal.organizations_with::<P>() {
            Some(held) if !held.is_empty() || reaches_beyond => held,
            Some(_) if is_bound => return Err(bound()),
            _ => return Err(Error::forbidden(P::NAME)),
        };
        let actor = caller.actor(principal);
        Ok(Self { principal: principal.clone(), organizations, actor, permission: PhantomData })
    }
}

impl<P: Permission<Kind = Plain>> FromRequestParts<App> for Permit<P> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        admit(parts, app)
    }
}

/// The permit of a request, counted as a decision.
pub(crate) fn admit<P: Permission>(parts: &Parts, app: &App) -> Result<Permit<P>> {
    let caller = caller(parts);
    let permit = Permit::of(&caller);
    // What a service may do for somebody is another question than what they may.
    if let Some(principal) = &caller.principal
        && principal.service.is_none()
        && !principal.must_change_password
    {
        let is_allowed = permit.is_ok();
        app.decisions.count(principal.user_id, P::NAME, is_allowed, caller.ip, app.clock.now());
    }
    permit
}

/// They hold the permission, but it would change more than their role's restrictions let them.
fn bound() -> Error {
    let detail = "Your role changes only some items, and this would change other things.";
    Error::problem(StatusCode::FORBIDDEN, "forbidden", detail)
}

/// Any signed-in caller, for what is their own: session, password, preferences.
pub struct SignedIn {
    pub principal: Arc<Principal>,
    pub actor: Actor,
}

impl Access for SignedIn {
    const NAME: &'static str = "signed_in";
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self> {
        let caller = caller(parts);
        let principal = caller.principal()?.clone();
        if principal.service.is_some() {
            let detail = "This is for people themselves, not for programs that act for them.";
            return Err(Error::problem(http::StatusCode::FORBIDDEN, "people_only", detail));
        }
        let actor = caller.actor(&principal);
        Ok(Self { principal, actor })
    }
}

/// Anybody: sign-in, health, keys, static files, and senders that bring a source token.
pub struct Public {
    pub ip: Option<IpAddr>,
    pub request_id: Option<Uuid>,
    /// The certificate of the handshake.
    pub certificate: Option<Arc<PeerCertificate>>,
}

impl Access for Public {
    const NAME: &'static str = "public";
}

impl FromRequestParts<App> for Public {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self> {
        let caller = caller(parts);
        Ok(Self { ip: caller.ip, request_id: caller.request_id, certificate: caller.certificate })
    }
}

fn caller(parts: &Parts) -> Caller {
    parts.extensions.get::<Caller>().cloned().unwrap_or_default()
}
