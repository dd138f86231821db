//! A ticket's own page.

use std::collections::BTreeSet;

use detection::urgency::Criticality;
use platform::{Error, Result, Tx};
use serde_json::Value;
use sqlx::types::Json;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use vocab::{AssetId, OrganizationId, TicketId, UserId};

use super::{links, merges, summary, terms};
use crate::model::{AssetCard, Ending, Entity, Ticket, TicketSummary, UndoableMerge, UrgencyTerm};

/// Alerts whose entities and techniques the page shows: the latest ones.
const ALERTS: i64 = 20;
/// Entities the page shows.
const ENTITIES: usize = 300;

/// A ticket with everything its page shows, as `me` sees it at `now`; 404 when it is not there for the caller.
pub async fn find(
    tx: &mut Tx,
    organizations: &[OrganizationId],
    id: TicketId,
    me: UserId,
    now: OffsetDateTime,
) -> Result<Ticket> {
    let mut summary = summary::summary(tx, organizations, id).await?.ok_or_else(Error::not_found)?;
    let organization = summary.organization_id;
    let members = merges::members(tx, organization, id).await?;
    let alerts_of = members.iter().map(|member| member.id.uuid()).chain([id.uuid()]).collect::<Vec<_>>();
    let rest = sqlx::query!(
        r#"select description, urgency_terms as "urgency_terms: Json<Vec<UrgencyTerm>>", reason, impact,
                  offers_suppression, least(ticket.alert_count + gained.alerts, 2147483647)::integer as "alerts!",
                  least(ticket.occurrences + pending.occurrences + gained.occurrences, 9007199254740991)::bigint
                      as "occurrences!",
                  greatest(ticket.last_seen_at, pending.last_seen_at, gained.last_seen_at) as "last_seen_at!"
           from tickets ticket cross join pending_alert_counts($1, $3) as pending
           cross join (select coalesce(sum(alerts), 0) as alerts, coalesce(sum(occurrences), 0) as occurrences,
                              max(last_seen_at) as last_seen_at
                       from ticket_gains where organization_id = $1 and ticket_id = any($3)) as gained
           where organization_id = $1 and id = $2"#,
        organization.uuid(),
        id.uuid(),
        &alerts_of
    )
    .fetch_one(&mut **tx)
    .await?;
    // What alerts and tickets have not yet taken over counts here.
    summary.alerts = rest.alerts;
    summary.occurrences = rest.occurrences;
    summary.last_seen_at = rest.last_seen_at;
    let readings = terms::readings(tx, organization, &alerts_of, ALERTS).await?;
    let watchers = links::watchers(tx, id).await?;
    let impact = rest.impact.and_then(|text| text.parse().ok());
    Ok(Ticket {
        resolution: ending(&summary, impact, rest.reason.as_ref()),
        asset_card: asset_card(tx, &summary).await?,
        links: links::list(tx, organization, id).await?,
        merge: undoable(tx, organization, id, now).await?,
        techniques: listed(&readings, "techniques"),
        tactics: listed(&readings, "tactics"),
        entities: entities(&readings),
        is_watching: watchers.iter().any(|watcher| watcher.id == me),
        watchers,
        members,
        description: rest.description,
        urgency_terms: rest.urgency_terms.0,
        reason: rest.reason,
        impact,
        offer_suppression: rest.offers_suppression,
        summary,
    })
}

fn ending(summary: &TicketSummary, impact: Option<vocab::Impact>, reason: Option<&String>) -> Option<Ending> {
    Some(Ending { verdict: summary.verdict?, impact: impact?, reason: reason?.clone() })
}

async fn undoable(
    tx: &mut Tx,
    organization: OrganizationId,
    id: TicketId,
    now: OffsetDateTime,
) -> Result<Option<UndoableMerge>, sqlx::Error> {
    let since = now - Duration::seconds(merges::UNDO_SECONDS);
    let latest = merges::latest(tx, organization, id, since).await?;
    Ok(latest.map(|(id, merged_at)| UndoableMerge {
        id,
        undo_until: merged_at + Duration::seconds(merges::UNDO_SECONDS),
    }))
}

async fn asset_card(tx: &mut Tx, summary: &TicketSummary) -> Result<Option<AssetCard>, sqlx::Error> {
    let Some(asset) = &summary.asset else { return Ok(None) };
    let row = sqlx::query!(
        "select id, name, kind, criticality, state, owner, department, is_internet_facing, hostnames, tags
         from assets where id = $1",
        asset.id.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(|row| AssetCard {
        id: AssetId(row.id),
        name: row.name,
        kind: row.kind,
        criticality: row.criticality.parse().unwrap_or(Criticality::Medium),
        state: row.state,
        owner: row.owner,
        department: row.department,
        is_internet_facing: row.is_internet_facing,
        hostnames: row.hostnames,
        tags: row.tags,
    }))
}

fn listed(readings: &[Value], field: &str) -> Vec<String> {
    let lists = readings.iter().filter_map(|reading| reading.get(field)?.as_array());
    let texts = lists.flatten().filter_map(Value::as_str).map(str::to_owned);
    texts.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Who and what the alerts name, each once.
fn entities(readings: &[Value]) -> Vec<Entity> {
    let mut entities: Vec<Entity> = Vec::new();
    for (list, role) in [("sources", "source"), ("targets", "target"), ("details", "detail")] {
        let entries = readings.iter().filter_map(|reading| reading.get(list)?.as_array()).flatten();
        for entry in entries {
            let entity = entity(entry, role);
            if entities.len() < ENTITIES && !entity.value.is_empty() && !entities.contains(&entity) {
                entities.push(entity);
            }
        }
    }
    entities
}

fn entity(entry: &Value, role: &str) -> Entity {
    let text = |field: &str| entry.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (attribute, value) = (text("attribute"), text("value"));
    Entity {
        kind: entity_kind(&attribute, &value).to_owned(),
        role: role.to_owned(),
        label: text("label"),
        note: entry.get("note").and_then(Value::as_str).map(str::to_owned),
        attribute,
        value,
    }
}

/// What an attribute names, by the source's own word for it (`srcIpAddr`, `hostName`, `targetUser`).
fn entity_kind(attribute: &str, value: &str) -> &'static str {
    const KINDS: &[(&str, &str)] = &[
        ("ipaddr", "ip"),
        ("mail", "mail"),
        ("host", "host"),
        ("computer", "host"),
        ("devname", "host"),
        ("user", "user"),
        ("account", "user"),
        ("hash", "hash"),
        ("md5", "hash"),
        ("sha", "hash"),
        ("url", "url"),
        ("uri", "url"),
        ("domain", "domain"),
        ("port", "port"),
        ("proc", "process"),
        ("file", "file"),
    ];
    if value.parse::<std::net::IpAddr>().is_ok() {
        return "ip";
    }
    let attribute = attribute.to_lowercase();
    let known = KINDS.iter().find(|(part, _)| attribute.contains(part));
    known.map_or("other", |(_, kind)| kind)
}

/// The organization of a ticket that the caller may see.
pub async fn organization_of(
    tx: &mut Tx,
    organizations: &[OrganizationId],
    id: TicketId,
) -> Result<OrganizationId> {
    let organizations = organizations.iter().map(|id| id.uuid()).collect::<Vec<Uuid>>();
    let found = sqlx::query_scalar!(
        "select organization_id from tickets where organization_id = any($1) and id = $2",
        &organizations,
        id.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    found.map(OrganizationId).ok_or_else(Error::not_found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_say_what_they_name() {
        for (attribute, value, kind) in [
            ("srcIpAddr", "10.0.0.1", "ip"),
            ("hostName", "dc-01", "host"),
            ("hostName", "2001:db8::1", "ip"),
            ("targetUser", "ana", "user"),
            ("hashMD5", "d41d8", "hash"),
            ("destIpPort", "443", "port"),
            ("eventType", "logon", "other"),
        ] {
            assert_eq!(entity_kind(attribute, value), kind, "{attribute}");
        }
    }
}
