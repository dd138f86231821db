//! Meets the audit log with the rules: each record once, in the order of its tree's leaves, whichever node does it.
//!
//! What rules remember stands in the database with the place up to where they have seen the log, and changes in one
//! transaction with it. Alerts are kept before: after a crash between the two they are told again, with the same keys.

use std::sync::Arc;

use assets::Inventory;
use audit::Record;
use bytes::Bytes;
use intake::{Arrival, Intake};
use platform::config::MonitoringConfig;
use platform::db::Scope;
use platform::ids::occurred_at;
use platform::{App, Result};
use rules::{Engine, Firing, Seen};
use time::OffsetDateTime;
use tokio::sync::Mutex;
use vocab::{AlertId, OrganizationId};

use crate::event::{Known, event, is_canary};
use crate::networks::{self, Networks};
use crate::own_organization;
use crate::store::{self, Place, SignIns};

/// Leaves of one transaction; most are of organizations, and cost little.
const PAGE: i64 = 1000;

/// What a process remembers of the log while it is the one that watches.
#[derive(Default)]
pub struct Watch(Mutex<Option<Seat>>);

/// The rules, with what they remember of the log up to `position`.
struct Seat {
    engine: Engine,
    position: u64,
}

/// A page of the log.
struct Page {
    place: Place,
    end: u64,
    records: Vec<(Record, OffsetDateTime)>,
    networks: Networks,
    organization: OrganizationId,
}

/// Takes what is new, page by page.
pub async fn run(app: &App) -> Result<()> {
    let watch = app.service::<Watch>();
    let mut seat = watch.0.lock().await;
    while step(app, &mut seat).await? {}
    Ok(())
}

/// One page; says whether there may be more.
async fn step(app: &App, seat: &mut Option<Seat>) -> Result<bool> {
    let Some(mut page) = read(app).await? else { return Ok(false) };
    // Whatever goes wrong from here on, the next try begins with what the database remembers.
    let taken = match seat.take() {
        Some(taken) if taken.position == page.place.position => taken,
        _ => seated(app, &page.place).await?,
    };
    taken.engine.refresh(app).await?;
    let firings = judge(&taken.engine, &mut page, &app.config.monitoring);
    let mut told = Vec::with_capacity(firings.len());
    for firing in firings {
        let at = page.records.get(firing.event).map_or_else(|| app.clock.now(), |(_, at)| *at);
        let alert = keep(app, &firing, page.organization, at).await?;
        told.push((firing, alert));
    }
    if !advance(app, &page, &taken.engine, &told).await? {
        return Ok(true);
    }
    taken.engine.flush(app).await?;
    *seat = Some(Seat { engine: taken.engine, position: page.end });
    Ok(true)
}

/// The next page; none where nothing is new, or nobody is there yet to be told.
async fn read(app: &App) -> Result<Option<Page>> {
    let mut tx = app.db.begin(Scope::System).await?;
    let place = store::place(&mut tx).await?;
    let size = audit::size(&mut tx).await?;
    if size < place.position {
        tracing::error!(
            known = place.position,
            size,
            "the audit log is shorter than it was: run `cibercase audit verify`"
        );
        store::fall_back(&mut tx, size).await?;
        tx.commit().await?;
        return Ok(None);
    }
    // What belongs to an organization is its own: no rule here meets it.
    let followed = audit::follow(&mut tx, place.position, PAGE).await?;
    let organization = own_organization(app, &mut tx).await?;
    let Some((end, records)) = followed else {
        tx.commit().await?;
        return Ok(None);
    };
    let at = records.iter().map(|record| occurred_at(record.id)).collect::<Vec<_>>();
    let records = records.into_iter().zip(at).collect::<Vec<_>>();
    let users = records.iter().filter_map(|(record, _)| Some(networks::sign_in(record)?.0));
    let networks = Networks::new(store::networks(&mut tx, &users.collect::<Vec<_>>()).await?);
    tx.commit().await?;
    Ok(organization.map(|organization| Page { place, end, records, networks, organization }))
}

/// The rules as they were when the log was last left.
async fn seated(app: &App, place: &Place) -> Result<Seat> {
    let engine = Engine::default();
    engine.refresh(app).await?;
    if let Some(memory) = &place.memory {
        engine.restore(memory.clone());
    }
    Ok(Seat { engine, position: place.position })
}

fn judge(engine: &Engine, page: &mut Page, config: &MonitoringConfig) -> Vec<Firing> {
    let known = page.records.iter().map(|(record, at)| Known {
        is_new_network: page.networks.learn(record, *at),
        is_canary: is_canary(record, config),
    });
    let known = known.collect::<Vec<_>>();
    let events = page.records.iter().zip(known).map(|((record, at), known)| event(record, *at, known));
    let events = events.collect::<Vec<_>>();
    let raws = page.records.iter().map(|(record, _)| serde_json::to_vec(record).unwrap_or_default());
    let raws = raws.collect::<Vec<_>>();
    let all = page.records.iter().zip(&events).zip(&raws).enumerate();
    // What was recorded before the watch began is learned from alone.
    let judged = all.filter(|(_, (((_, at), _), _))| *at >= page.place.began_at);
    let (places, seen): (Vec<usize>, Vec<Seen<'_>>) = judged
        .map(|(place, (((record, _), event), raw))| {
            let seen = Seen {
                id: record.id,
                organization: page.organization,
                source: intake::platform_source().id,
                event,
                raw,
            };
            (place, seen)
        })
        .unzip();
    let firings = engine
        .evaluate(&seen)
        .into_iter()
        .filter_map(|firing| Some(Firing { event: *places.get(firing.event)?, ..firing }));
    firings.collect()
}

/// Keeps an alert, as of what any source delivers.
async fn keep(
    app: &App,
    firing: &Firing,
    organization: OrganizationId,
    at: OffsetDateTime,
) -> Result<AlertId> {
    let raw = Bytes::from(serde_json::to_vec(&firing.notification).map_err(anyhow::Error::from)?);
    let arrival = Arrival {
        source: Arc::new(intake::platform_source()),
        body: raw.clone(),
        content_type: Some("application/json".to_owned()),
        received_at: at,
        ip: None,
        request_id: None,
    };
    let (notification, inventory) = (firing.notification.clone(), app.service::<Inventory>());
    let arrival = Arc::new(arrival);
    let incoming =
        intake::incoming(&arrival, organization, notification, raw, firing.delivery_key, &inventory);
    Ok(app.service::<Intake>().keep(incoming).await?.alert.id)
}

/// Keeps what was learned with the place up to where the log was seen; false where another node was there first.
async fn advance(app: &App, page: &Page, engine: &Engine, told: &[(Firing, AlertId)]) -> Result<bool> {
    let mut tx = app.db.begin(Scope::System).await?;
    if !store::advance(&mut tx, page.place.position, page.end, &engine.state()).await? {
        return Ok(false);
    }
    store::learn(&mut tx, &page.networks.learned).await?;
    store::count(&mut tx, &SignIns::of(&page.records)).await?;
    let told = told.iter().map(|(firing, alert)| (firing, page.organization, *alert));
    rules::record(&mut tx, &told.collect::<Vec<_>>()).await?;
    tx.commit().await?;
    Ok(true)
}
