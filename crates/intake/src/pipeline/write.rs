//! Writing what a batch decided.

use alerts::counting::{self, Counted};
use alerts::{keeping, storms};
use platform::batch::{BatchChange, record_and_tell};
use platform::{Result, Tx};
use serde_json::json;
use tickets::gains;
use tickets::opening::{self, Growth, Happening};

use super::state::State;

/// Writes what the batch holds. Alerts before tickets, each in the order of ids: the order in which rows are locked.
pub async fn all(tx: &mut Tx, state: &mut State) -> Result<()> {
    let (repeated, settled) = count(state);
    tell_alerts(state);
    let growths = tell_tickets(state);
    let mut refires = state.alerts.values_mut().filter_map(|alert| alert.refire.take()).collect::<Vec<_>>();
    refires.sort_unstable_by_key(|refire| refire.id);
    keeping::keep(tx, &state.new_alerts, &state.payloads).await?;
    keeping::refire(tx, &refires).await?;
    counting::append(tx, &repeated).await?;
    counting::take_over(tx, &settled).await?;
    keeping::repoint(tx, &state.repointed).await?;
    opening::open(tx, &state.new_tickets, &state.happenings).await?;
    opening::grow(tx, &growths).await?;
    gains::append(tx, &state.gains).await?;
    for (organization, later, earlier) in &state.recurrences {
        opening::link_recurrence(tx, *organization, &[(*later, *earlier)]).await?;
    }
    let settled = state.storms.iter().filter_map(|(hour, storm)| {
        let surplus = storm.counted - storm.opened;
        let named = storm.ticket.filter(|_| storm.is_named_here);
        (surplus != 0 || named.is_some()).then_some((hour, surplus, named))
    });
    let mut settled = settled.collect::<Vec<_>>();
    settled.sort_unstable_by_key(|(hour, ..)| *hour);
    storms::settle(tx, &settled).await?;
    let hits = state.hits.iter().map(|(id, count)| (*id, *count)).collect::<Vec<_>>();
    alerts::policies::count_hits(tx, &hits).await?;
    record_and_tell(tx, &state.deeds, &state.changes).await?;
    Ok(())
}

/// What alerts amount to now: new rows say so themselves; what repeats them is appended, or taken over at once.
fn count(state: &mut State) -> (Vec<Counted>, Vec<Counted>) {
    let (mut repeated, mut settled) = (Vec::new(), Vec::new());
    for (id, alert) in &state.alerts {
        let counted = Counted { organization: alert.organization, alert: *id, counts: alert.counts };
        if let Some(row) = alert.new.and_then(|index| state.new_alerts.get_mut(index)) {
            row.counts = alert.counts;
        } else if alert.is_settled_here() {
            settled.push(counted);
        } else if alert.is_repeated {
            repeated.push(counted);
        }
    }
    settled.sort_unstable_by_key(|counted| counted.alert);
    (repeated, settled)
}

fn tell_alerts(state: &mut State) {
    let created = state.new_alerts.iter().map(|alert| BatchChange {
        organization: alert.organization,
        topic: "alerts",
        id: alert.id.uuid(),
        change: "created",
        data: None,
    });
    let updated =
        state.alerts.iter().filter(|(_, alert)| alert.refire.is_some()).map(|(id, alert)| BatchChange {
            organization: alert.organization,
            topic: "alerts",
            id: id.uuid(),
            change: "updated",
            data: None,
        });
    let changes = created.chain(updated).collect::<Vec<_>>();
    state.changes.extend(changes);
}

/// Tells of every ticket once, and puts what was attached to it into one line of its timeline.
fn tell_tickets(state: &mut State) -> Vec<Growth> {
    let mut growths = Vec::new();
    for (id, ticket) in &mut state.tickets {
        if let Some(by) = ticket.attached_by.take() {
            let shown = ticket.attached.iter().take(5).collect::<Vec<_>>();
            let detail = json!({ "alerts": shown, "count": ticket.attached.len(), "why": by.why });
            state.happenings.push(Happening {
                organization: ticket.organization,
                ticket: *id,
                source: by.source,
                source_name: by.source_name,
                kind: "alert",
                detail: Some(detail.to_string()),
            });
        }
        if !ticket.is_locked {
            // It tells of itself when it takes this over.
            state.gains.extend(ticket.growth.take());
            continue;
        }
        let row = ticket.new.and_then(|index| state.new_tickets.get(index));
        let Some((urgency, change)) = row
            .map(|row| (row.urgency, "created"))
            .or(ticket.growth.as_ref().map(|growth| (growth.urgency, "updated")))
        else {
            continue;
        };
        let mut data =
            json!({ "reference": ticket.reference, "title": ticket.title, "severity": ticket.severity });
        if let Some(fields) = data.as_object_mut().filter(|_| change == "created") {
            fields.insert("urgency".to_owned(), json!(urgency));
            fields.insert("stage".to_owned(), json!(ticket.stage));
        }
        state.changes.push(BatchChange {
            organization: ticket.organization,
            topic: "tickets",
            id: id.uuid(),
            change,
            data: Some(data.to_string()),
        });
        growths.extend(ticket.growth.take());
    }
    growths
}
