//! Registered services as callers: for themselves, and for people whose tokens they exchanged.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use platform::db::Scope;
use platform::principal::Grants;
use platform::{App, Principal, Result};
use sts::{Clients, service_uuid};
use time::{Duration, OffsetDateTime};
use vocab::{OrganizationId, SessionId, UserId};

use crate::cache::Via;
use crate::service::IdentityService;
use crate::store;

/// How long the list of organizations is believed.
const BELIEVED: Duration = Duration::seconds(5);

/// Organizations with their short names.
type Named = Arc<[(OrganizationId, String)]>;

/// What this process knows that services need.
#[derive(Default)]
pub struct KnownServices {
    organizations: Mutex<Option<(OffsetDateTime, Named)>>,
    /// Those whose row among the users is there.
    written: Mutex<HashSet<Arc<str>>>,
}

impl KnownServices {
    /// Organizations have changed.
    pub fn forget(&self) {
        *self.organizations.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    async fn organizations(&self, app: &App) -> Result<Named> {
        let now = app.clock.now();
        let kept = self.organizations.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((at, organizations)) = kept
            && now - at < BELIEVED
        {
            return Ok(organizations);
        }
        let organizations: Named = store::organizations::slugs(app).await?.into();
        let mut kept = self.organizations.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some((now, organizations.clone()));
        Ok(organizations)
    }

    /// What a service does has somebody's name, as what a person does.
    async fn write_down(&self, app: &App, id: &Arc<str>, user: UserId) -> Result<()> {
        if self.written.lock().unwrap_or_else(PoisonError::into_inner).contains(id) {
            return Ok(());
        }
        let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
        store::users::write_service(&mut tx, user, id).await?;
        tx.commit().await?;
        self.written.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone());
        Ok(())
    }
}

impl IdentityService {
    /// A service that calls for itself; nobody when the file does not have it any more.
    pub(crate) async fn service_principal(
        &self,
        app: &App,
        id: &Arc<str>,
        via: &Via,
        ip: Option<IpAddr>,
        has_certificate: bool,
    ) -> Result<Option<Arc<Principal>>> {
        let (clients, now) = (app.service::<Clients>(), app.clock.now());
        let Some(service) = clients.find(id) else { return Ok(None) };
        let user_id = UserId(service_uuid(id));
        self.services.write_down(app, id, user_id).await?;
        let named = self.services.organizations(app).await?;
        let is_its = |slug: &String| service.organizations.as_ref().is_none_or(|its| its.contains(slug));
        let organizations = named.iter().filter(|(_, slug)| is_its(slug)).map(|(id, _)| *id);
        let organizations = organizations.collect::<Arc<[OrganizationId]>>();
        let held = permissions(&clients, id, via, (ip, has_certificate), now);
        let grants = held.iter().map(|name| (name.clone(), organizations.clone())).collect::<Grants>();
        let is_everywhere = service.organizations.is_none();
        Ok(Some(Arc::new(Principal {
            service: Some(via.client_id.clone()),
            is_service: true,
            user_id,
            session_id: SessionId(uuid::Uuid::nil()),
            display_name: id.clone(),
            email: id.clone(),
            grants: Arc::new(grants),
            is_everywhere,
            permissions_everywhere: Arc::new(if is_everywhere { held } else { BTreeSet::new() }),
            limits: Arc::default(),
            must_change_password: false,
            must_show_second_factor: false,
            has_second_factor: false,
        })))
    }

    /// A person for whom a service acts: what both of them may do, where both of them may.
    pub(crate) async fn narrowed(
        &self,
        app: &App,
        person: &Principal,
        via: &Via,
        ip: Option<IpAddr>,
        has_certificate: bool,
    ) -> Result<Option<Arc<Principal>>> {
        let service = self.service_principal(app, &via.client_id, via, ip, has_certificate).await?;
        let Some(service) = service else { return Ok(None) };
        let both = |name: &String, held: &Arc<[OrganizationId]>| {
            let its = service.grants.get(name)?;
            let shared = held.iter().copied().filter(|organization| its.contains(organization));
            Some((name.clone(), shared.collect::<Arc<[OrganizationId]>>()))
        };
        let grants =
            person.grants.iter().filter_map(|(name, held)| both(name, held)).collect::<BTreeMap<_, _>>();
        let everywhere = person.permissions_everywhere.intersection(&service.permissions_everywhere);
        Ok(Some(Arc::new(Principal {
            service: Some(via.client_id.clone()),
            display_name: format!("{} ({})", person.display_name, via.client_id).into(),
            grants: Arc::new(grants),
            is_everywhere: person.is_everywhere && service.is_everywhere,
            permissions_everywhere: Arc::new(everywhere.cloned().collect()),
            ..person.clone()
        })))
    }
}

/// What the token is good for and the service may do here and now.
fn permissions(
    clients: &Clients,
    id: &str,
    via: &Via,
    (ip, has_certificate): (Option<IpAddr>, bool),
    now: OffsetDateTime,
) -> BTreeSet<String> {
    let granted =
        clients.grants(id, ip, has_certificate, now).into_iter().filter(|name| via.scopes.contains(*name));
    if *via.client_id == *id {
        return granted.map(str::to_owned).collect();
    }
    // Who acts for another service does no more than its own file entry says.
    let of_actor = clients.grants(&via.client_id, ip, has_certificate, now);
    granted.filter(|name| of_actor.contains(name)).map(str::to_owned).collect()
}
