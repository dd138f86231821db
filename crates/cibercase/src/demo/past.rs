//! Three months of tickets, most of them closed, written with the times they would have had.

use alerts::counting::Counts;
use alerts::keeping::NewAlert;
use anyhow::{Context, Result};
use assets::Inventory;
use detection::urgency;
use fortisiem::Limits;
use platform::db::Scope;
use platform::{App, Tx, reference};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use tickets::opening::{self, Happening as Line, NewTicket};
use time::{Duration, OffsetDateTime};
use uuid::{NoContext, Timestamp, Uuid};
use vocab::{AlertId, SourceId, TicketId};

use super::seed::Settled;
use super::story::{Rule, happen};

const TICKETS: u64 = 700;
const DAYS: i64 = 90;

/// How a ticket of the past ended.
struct End {
    ticket: Uuid,
    stage: &'static str,
    assignee: Option<Uuid>,
    acknowledged_at: Option<OffsetDateTime>,
    resolved_at: Option<OffsetDateTime>,
    verdict: Option<&'static str>,
    impact: Option<&'static str>,
    reason: Option<&'static str>,
}

pub async fn write(app: &App, settled: &[Settled]) -> Result<()> {
    // Always the same past: screenshots of the demonstration can be compared.
    let mut random = StdRng::seed_from_u64(20_261_120);
    let source =
        sqlx::query_scalar!("select id from sources where kind <> 'platform' order by created_at limit 1")
            .fetch_one(app.db.pool())
            .await
            .context("the demonstration's source is missing")?;
    for one in settled {
        let mut tx = app.db.begin(Scope::Organizations(&[one.id])).await?;
        write_one(app, &mut tx, one, SourceId(source), &mut random).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn write_one(
    app: &App,
    tx: &mut Tx,
    one: &Settled,
    source: SourceId,
    random: &mut StdRng,
) -> Result<()> {
    let now = app.clock.now();
    let count = TICKETS / 2;
    let first = reference::take(tx, one.id, "TCK", now.year(), i32::try_from(count)?).await?;
    let (mut alerts, mut tickets, mut lines, mut ends) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut moments = (0..count).map(|_| moment(now, random)).collect::<Vec<_>>();
    moments.sort_unstable();
    for (index, at) in moments.into_iter().enumerate() {
        let happening = happen(one.company, 100_000 + index as u64, random);
        let number = first + i32::try_from(index)?;
        let (alert, ticket) = open(app, one, source, &happening.to_xml(), number, at)?;
        lines.push(Line {
            organization: one.id,
            ticket: ticket.id,
            source,
            source_name: "FortiSIEM (demo)".into(),
            kind: "created",
            detail: Some(serde_json::json!({ "alert_id": alert.id, "rule_id": ticket.rule_id }).to_string()),
        });
        ends.push(end(one, ticket.id.uuid(), happening.rule, at, now, random));
        alerts.push(alert);
        tickets.push(ticket);
    }
    alerts::keeping::keep(tx, &alerts, &[]).await?;
    opening::open(tx, &tickets, &lines).await?;
    for end in &ends {
        finish(tx, one, end).await?;
    }
    Ok(())
}

/// More during the day and on weekdays, more lately than long ago.
fn moment(now: OffsetDateTime, random: &mut StdRng) -> OffsetDateTime {
    loop {
        let days = random.random_range(0.0_f64..1.0).powf(1.3) * DAYS as f64;
        let at = now - Duration::seconds_f64(days * 86_400.0) - Duration::minutes(20);
        let is_day = (7..20).contains(&at.hour());
        let is_weekday = at.weekday().number_days_from_monday() < 5;
        let chance = if is_day { 0.9 } else { 0.35 } * if is_weekday { 1.0 } else { 0.5 };
        if random.random_bool(chance) {
            return at;
        }
    }
}

fn id_at(at: OffsetDateTime) -> Uuid {
    let seconds = u64::try_from(at.unix_timestamp()).unwrap_or_default();
    Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, at.nanosecond()))
}

fn open(
    app: &App,
    one: &Settled,
    source: SourceId,
    xml: &str,
    number: i32,
    at: OffsetDateTime,
) -> Result<(NewAlert, NewTicket)> {
    let delivery = fortisiem::read(xml.as_bytes(), &Limits::default())?;
    let element = delivery.elements.into_iter().next().context("the story wrote no incident")?;
    let of = element.reading?;
    let inventory = app.service::<Inventory>();
    let asset = of.destination_ip.and_then(|ip| inventory.find(one.id, ip));
    let is_facing = asset.as_ref().is_some_and(|asset| asset.is_internet_facing);
    let work = urgency::urgency(
        of.severity,
        asset.as_ref().map(|asset| asset.criticality),
        urgency::exposure(of.source_ip, of.destination_ip, is_facing),
    );
    let terms = serde_json::to_string(&work.terms)?;
    let ticket_id = TicketId(id_at(at));
    let occurrences = i64::try_from(of.occurrences)?;
    let alert = NewAlert {
        id: AlertId(id_at(at)),
        organization: one.id,
        source,
        incident_id: of.incident_id.clone(),
        rule_id: of.rule_id.clone(),
        rule_name: of.rule_name.clone(),
        title: of.title.clone(),
        severity: of.severity,
        urgency: work.urgency,
        urgency_terms: terms.clone(),
        state: "new",
        source_state: "active",
        source_ip: of.source_ip,
        destination_ip: of.destination_ip,
        asset: asset.as_ref().map(|asset| asset.id),
        counts: Counts::once(occurrences, at),
        event_at: Some(at),
        ticket: Some(ticket_id),
        why_grouped: "new",
        notification: serde_json::to_string(&serde_json::json!({
            "description": of.description, "remediation": of.remediation, "category": of.category,
            "format": of.format, "tactics": of.tactics, "techniques": of.techniques,
            "sources": of.sources, "targets": of.targets, "details": of.details,
        }))?,
    };
    let ticket = NewTicket {
        id: ticket_id,
        organization: one.id,
        reference: reference::format("TCK", app.clock.now().year(), number),
        title: of.title,
        description: of.description,
        severity: of.severity,
        urgency: work.urgency,
        urgency_score: work.score,
        urgency_terms: terms,
        source: Some(source),
        incident_id: of.incident_id,
        rule_id: of.rule_id,
        rule_name: of.rule_name,
        source_ip: of.source_ip,
        destination_ip: of.destination_ip,
        asset: asset.as_ref().map(|asset| asset.id),
        asset_name: asset.as_ref().map(|asset| asset.name.clone()),
        entity_words: of.targets.into_iter().map(|entry| entry.value).collect(),
        alert_count: 1,
        occurrences,
        first_seen_at: at,
        last_seen_at: at,
        created_at: at,
        is_storm: false,
    };
    Ok((alert, ticket))
}

/// What people made of it: the older, the surer it is closed.
fn end(
    one: &Settled,
    ticket: Uuid,
    rule: &Rule,
    at: OffsetDateTime,
    now: OffsetDateTime,
    random: &mut StdRng,
) -> End {
    let age = now - at;
    let is_over = random.random_bool(if age > Duration::days(5) { 0.985 } else { 0.55 });
    let is_taken = is_over || random.random_bool(0.4);
    let worker = one.people.choose(random).map(|(user, _)| user.uuid()).filter(|_| is_taken);
    let first_look = Duration::minutes(random.random_range(2..if rule.severity >= 9 { 25 } else { 140 }));
    let work = Duration::minutes(random.random_range(10..if rule.severity >= 9 { 420 } else { 1_400 }));
    let acknowledged_at = is_taken.then(|| (at + first_look).min(now));
    let resolved_at = is_over.then(|| (at + first_look + work).min(now));
    let is_false = random.random_range(0..100) < rule.false_percent;
    let (verdict, impact, reason) = match (is_over, is_false, random.random_range(0..10)) {
        (false, ..) => (None, None, None),
        (true, true, 0..6) => (
            Some("false_positive"),
            Some("none"),
            Some("Known scanner of the vulnerability team; the rule does not except it yet."),
        ),
        (true, true, _) => (
            Some("benign_positive"),
            Some("none"),
            Some("Planned change by the systems team, confirmed by telephone."),
        ),
        (true, false, 0) => (
            Some("undetermined"),
            Some("low"),
            Some("The logs of that hour are gone; nothing more was seen since."),
        ),
        (true, false, 1..4) => (
            Some("true_positive"),
            Some("medium"),
            Some("Account locked, password changed, source blocked at the perimeter."),
        ),
        (true, false, _) => {
            (Some("true_positive"), Some("low"), Some("Blocked at the perimeter; no session was opened."))
        }
    };
    let stage = match (is_over, is_taken) {
        (true, _) if age > Duration::days(2) => "closed",
        (true, _) => "resolved",
        (false, true) if random.random_bool(0.3) => "pending",
        (false, true) => "in_progress",
        (false, false) => "new",
    };
    End { ticket, stage, assignee: worker, acknowledged_at, resolved_at, verdict, impact, reason }
}

async fn finish(tx: &mut Tx, one: &Settled, end: &End) -> Result<()> {
    if end.stage == "new" {
        return Ok(());
    }
    sqlx::query!(
        "update tickets set stage = $3, assignee_id = $4, acknowledged_at = $5, resolved_at = $6,
                closed_at = case when $3 = 'closed' then $6::timestamptz end, verdict = $7, impact = $8, reason = $9,
                version = 2
         where organization_id = $1 and id = $2",
        one.id.uuid(),
        end.ticket,
        end.stage,
        end.assignee,
        end.acknowledged_at,
        end.resolved_at,
        end.verdict,
        end.impact,
        end.reason
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
