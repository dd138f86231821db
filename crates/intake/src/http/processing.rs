//! From a delivery to its answers, whichever way it came: over HTTP, from the spool, out of quarantine.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use assets::Inventory;
use bytes::Bytes;
use platform::db::Scope;
use platform::error::OnConstraint;
use platform::{App, Error, Result, Tx};
use vocab::{OrganizationId, QuarantineId, SourceId};

use super::answers::{DeliveryAnswer, ElementAnswer, HeldAnswer, Processed, unknown_token};
use crate::counters::Counted;
use crate::pipeline::{Answer, Intake, stopping};
use crate::quarantine;
use crate::reading::{self, Arrival, Incoming, Refused};
use crate::registry::{Registry, SourceRecord};
use crate::spool::Record;

/// Refused elements of one delivery that are held one by one.
const MOST_HELD: usize = 50;

/// Reads a delivery. Should that panic, the body lies in quarantine like everything else that cannot be taken: it must
/// not stop what waits behind it.
fn read(app: &App, arrival: &Arc<Arrival>) -> reading::Read {
    read_for(app, arrival, arrival.source.organization(None))
}

fn read_for(app: &App, arrival: &Arc<Arrival>, unnamed: Option<OrganizationId>) -> reading::Read {
    let inventory = app.service::<Inventory>();
    let read = AssertUnwindSafe(|| reading::read(arrival, &inventory, app.config.intake.body_bytes, unnamed));
    catch_unwind(read).unwrap_or_else(|_| {
        tracing::error!(source = %arrival.source.id, "reading a delivery panicked");
        let message = "reading it failed; replay it when the cause is mended".to_owned();
        let refused = Refused { code: "not_kept", message, position: None, raw: arrival.body.clone() };
        reading::Read { is_list: false, elements: vec![Err(refused)] }
    })
}

/// Reads the incidents of a delivery that came by another way than the webhook. What names no organization is `unnamed`'s.
pub fn read_incidents(
    app: &App,
    arrival: &Arc<Arrival>,
    unnamed: Option<OrganizationId>,
) -> Vec<Result<Box<Incoming>, Refused>> {
    read_for(app, arrival, unnamed).elements
}

/// Reads a delivery and keeps its elements: what can be taken as alerts, the rest in quarantine.
pub async fn process(app: &App, intake: &Arc<Intake>, arrival: &Arc<Arrival>) -> Result<Processed> {
    let read = read(app, arrival);
    let mut taken = Vec::with_capacity(read.elements.len());
    let places = read.elements.into_iter().map(|element| {
        let incoming = element?;
        let raw = incoming.raw.clone();
        taken.push(*incoming);
        Ok(raw)
    });
    let places = places.collect::<Vec<Result<Bytes, Refused>>>();
    let mut kept = intake.keep_list(app, taken).await.into_iter();
    let outcomes = places.into_iter().map(|place| match place {
        Ok(raw) => kept_or_refused(kept.next().unwrap_or_else(|| Err(stopping())), raw),
        Err(refused) => Ok(Err(refused)),
    });
    let outcomes = outcomes.collect::<Result<Vec<_>>>()?;
    let refused = outcomes.iter().filter_map(|outcome| outcome.as_ref().err().cloned()).collect::<Vec<_>>();
    let mut held = hold(app, arrival, &refused).await?.into_iter();
    let elements = outcomes.into_iter().filter_map(|outcome| match outcome {
        Ok(answer) => {
            count(intake, arrival, &answer);
            Some(ElementAnswer::Kept(Box::new(answer)))
        }
        Err(_) => held.next().map(ElementAnswer::Held),
    });
    let elements = elements.collect();
    Ok(Processed { is_list: read.is_list, elements })
}

/// What the database would not take though it is there lies in quarantine, where people see it; it neither sinks its
/// neighbours nor stops what waits behind it.
fn kept_or_refused(kept: Result<Answer>, raw: Bytes) -> Result<Result<Answer, Refused>> {
    match kept {
        Err(Error::Internal(cause)) if !platform::error::is_away_cause(&cause) => {
            tracing::error!(cause = format!("{cause:#}"), "an incident could not be kept");
            Ok(Err(Refused::not_kept(raw)))
        }
        other => other.map(Ok),
    }
}

fn count(intake: &Intake, arrival: &Arrival, answer: &Answer) {
    intake.counters.count(arrival.source.id, arrival.received_at, answer.outcome.into());
}

/// Keeps what was refused of one delivery, in one transaction; beyond [`MOST_HELD`] elements the whole body, once.
pub async fn hold(app: &App, arrival: &Arc<Arrival>, refused: &[Refused]) -> Result<Vec<HeldAnswer>> {
    if refused.is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = app.db.begin(Scope::System).await?;
    let ids = hold_with(&mut tx, app, arrival, refused).await?;
    tx.commit().await?;
    let counters = &app.service::<Intake>().counters;
    // One id for all where the whole is held.
    let held = refused.iter().zip(ids.into_iter().cycle()).map(|(one, id)| {
        counters.count(arrival.source.id, arrival.received_at, Counted::Quarantined);
        HeldAnswer {
            outcome: "quarantined",
            code: one.code,
            detail: one.message.clone(),
            position: one.position.clone(),
            quarantine_id: id,
        }
    });
    Ok(held.collect())
}

/// Keeps what was refused of one delivery with the caller's transaction; what lies there then.
pub async fn hold_with(
    tx: &mut Tx,
    app: &App,
    arrival: &Arrival,
    refused: &[Refused],
) -> Result<Vec<QuarantineId>> {
    let whole = (refused.len() > MOST_HELD).then(|| whole(arrival, refused));
    let mut ids = Vec::new();
    for one in whole.as_ref().map_or(refused, std::slice::from_ref) {
        // The source may have been removed since it was looked up: then it is as unknown as its token.
        let id = quarantine::keep(tx, arrival, one, app.config.intake.quarantine_body_bytes).await;
        ids.push(id.on_constraint("quarantine_source_id_fkey", unknown_token)?);
    }
    Ok(ids)
}

/// A delivery of which too much was refused. Where one element names an organization that is not mapped, so does the
/// whole: only those who see every organization may read it.
fn whole(arrival: &Arrival, refused: &[Refused]) -> Refused {
    let unmapped = refused.iter().find(|one| one.code == "organization_not_mapped");
    let first = unmapped.or(refused.first());
    let why = first.map_or_else(String::new, |one| format!(", for instance: {}", one.message));
    Refused {
        code: first.map_or("unreadable", |one| one.code),
        message: format!("{} elements could not be taken{why}", refused.len()),
        position: first.and_then(|one| one.position.clone()),
        raw: arrival.body.clone(),
    }
}

/// Takes spooled deliveries again in their order, as if each came now with the time it had.
pub async fn replay(app: &App, intake: &Arc<Intake>, records: &[Record]) -> Result<()> {
    // What is refused of each record, by its place among them.
    let mut refused = BTreeMap::<usize, (Arc<Arrival>, Vec<Refused>)>::new();
    let (mut taken, mut origins) = (Vec::new(), Vec::new());
    for (place, record) in records.iter().enumerate() {
        let Some(source) = known_source(app, record.source).await? else {
            tracing::warn!(source = %record.source, "a spooled delivery's source is gone; the delivery is left out");
            continue;
        };
        let arrival = Arc::new(arrival_of(source, record));
        let read = read(app, &arrival);
        for element in read.elements {
            match element {
                Ok(incoming) => {
                    origins.push((place, arrival.clone(), incoming.raw.clone()));
                    taken.push(*incoming);
                }
                Err(why) => refused.entry(place).or_insert_with(|| (arrival.clone(), Vec::new())).1.push(why),
            }
        }
    }
    let outcomes = intake.keep_in_order(app, taken).await;
    for ((place, arrival, raw), outcome) in origins.into_iter().zip(outcomes) {
        match kept_or_refused(outcome, raw)? {
            Ok(answer) => count(intake, &arrival, &answer),
            Err(why) => refused.entry(place).or_insert_with(|| (arrival, Vec::new())).1.push(why),
        }
    }
    for (arrival, why) in refused.into_values() {
        match hold(app, &arrival, &why).await {
            Err(error) if error.code() == "unknown_source" => {}
            outcome => drop(outcome?),
        }
    }
    Ok(())
}

/// A source by its id; one that is not known is looked for anew, for this process may just have started.
async fn known_source(app: &App, id: SourceId) -> Result<Option<Arc<SourceRecord>>> {
    let registry = app.service::<Registry>();
    if let Some(source) = registry.by_id(id) {
        return Ok(Some(source));
    }
    registry.refresh(app).await?;
    Ok(registry.by_id(id))
}

/// Takes a delivery of a source that runs inside this process.
pub async fn deliver_to_self(app: &App, source: Arc<SourceRecord>, body: String) -> Result<()> {
    let arrival = Arc::new(Arrival {
        source,
        body: body.into(),
        content_type: Some("application/xml".to_owned()),
        received_at: app.clock.now(),
        ip: None,
        request_id: None,
    });
    process(app, &app.service::<Intake>(), &arrival).await?;
    Ok(())
}

fn arrival_of(source: Arc<SourceRecord>, record: &Record) -> Arrival {
    Arrival {
        source,
        body: record.body.clone(),
        content_type: record.content_type.clone(),
        received_at: record.received_at,
        ip: None,
        request_id: None,
    }
}

/// Takes bytes out of quarantine again; tells what became of them.
pub async fn take_again(app: &App, arrival: Arrival) -> Result<Result<DeliveryAnswer, Vec<Refused>>> {
    let intake = app.service::<Intake>();
    let arrival = Arc::new(arrival);
    let read = read(app, &arrival);
    let (mut taken, mut refused) = (Vec::new(), Vec::new());
    for element in read.elements {
        match element {
            Ok(incoming) => taken.push(incoming),
            Err(why) => refused.push(why),
        }
    }
    if !refused.is_empty() {
        return Ok(Err(refused));
    }
    let mut answers = Vec::with_capacity(taken.len());
    for incoming in taken {
        let raw = incoming.raw.clone();
        match kept_or_refused(intake.keep(incoming).await, raw)? {
            Ok(answer) => {
                count(&intake, &arrival, &answer);
                answers.push(ElementAnswer::Kept(Box::new(answer)));
            }
            Err(why) => return Ok(Err(vec![why])),
        }
    }
    Ok(Ok(match answers.pop() {
        Some(one) if !read.is_list => DeliveryAnswer::One(one),
        last => {
            answers.extend(last);
            DeliveryAnswer::Many(answers)
        }
    }))
}
