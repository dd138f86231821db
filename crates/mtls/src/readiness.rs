//! When strict is safe.

use platform::{App, Result, Tx};
use time::Duration;

use crate::listener::is_strict;
use crate::model::{Arrival, Readiness, RefusedArrival, ServiceReadiness, ServiceState};
use crate::store::{self, ArrivalRow};
use crate::watch::Watch;

/// Longer ago nothing is remembered.
pub(crate) const MOST_DAYS: i64 = 90;
const MOST_REFUSALS: usize = 100;

/// What strict would have refused in the last `days`, of the registered services.
pub async fn readiness(app: &App, tx: &mut Tx, days: i64) -> Result<Readiness> {
    let now = app.clock.now();
    let rows = store::since(tx, now - Duration::days(days)).await?;
    let watched_since = store::watched_since(tx).await?;
    let watch = app.service::<Watch>();
    let services = watch.services().iter().map(|service| of_service(service, &rows)).collect::<Vec<_>>();
    let is_enabled = app.config.mtls.enabled;
    let reasons =
        reasons(is_enabled, watched_since.is_some_and(|at| now - at >= Duration::days(days)), &services);
    Ok(Readiness {
        is_strict_safe: reasons.is_empty(),
        is_enabled,
        is_strict: is_enabled && is_strict(&app.config),
        days,
        watched_since,
        reasons,
        services,
    })
}

fn of_service(service: &str, rows: &[ArrivalRow]) -> ServiceReadiness {
    let own = rows.iter().filter(|row| row.service == service);
    let (certified, refused): (Vec<_>, Vec<_>) = own.partition(|row| row.arrival == Arrival::Certified);
    let state = match (refused.is_empty(), certified.is_empty()) {
        (false, _) => ServiceState::Refused,
        (true, false) => ServiceState::Ready,
        (true, true) => ServiceState::Unseen,
    };
    ServiceReadiness {
        service: service.to_owned(),
        state,
        certified_at: certified.iter().map(|row| row.last_seen_at).max(),
        refusals: refused.into_iter().take(MOST_REFUSALS).map(RefusedArrival::from).collect(),
    }
}

fn reasons(is_enabled: bool, is_watched: bool, services: &[ServiceReadiness]) -> Vec<&'static str> {
    let any = |state: ServiceState| services.iter().any(|service| service.state == state);
    let all = [
        ("disabled", !is_enabled),
        ("no_services", services.is_empty()),
        ("watched_too_briefly", !is_watched),
        ("service_refused", any(ServiceState::Refused)),
        ("service_unseen", any(ServiceState::Unseen)),
    ];
    all.into_iter().filter(|(_, holds)| *holds).map(|(reason, _)| reason).collect()
}

impl From<&ArrivalRow> for RefusedArrival {
    fn from(row: &ArrivalRow) -> Self {
        Self {
            arrival: row.arrival,
            address: row.address.map(|network| network.addr().to_string()),
            first_seen_at: row.first_seen_at,
            last_seen_at: row.last_seen_at,
            times: row.times,
        }
    }
}

/// How far back one may look.
pub(crate) fn is_allowed(days: i64) -> bool {
    (1..=MOST_DAYS).contains(&days)
}
