//! Tickets like this one: of the same rule, between the same addresses, of the same asset.

use std::collections::HashMap;

use platform::Tx;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::summary::refs;
use crate::model::{Similar, TicketSummary};
use crate::words::{self, WordQuery};

/// How far back it looks.
const DAYS: i64 = 90;
/// Candidates per sign that are weighed.
const CANDIDATES: i32 = 300;
const SHOWN: usize = 20;

/// What two tickets can share, and how much that counts.
struct Sign {
    why: &'static str,
    points: i32,
    facet: String,
}

fn signs(ticket: &TicketSummary) -> Vec<Sign> {
    let mut signs = Vec::new();
    let mut sign = |why, points, facet| signs.push(Sign { why, points, facet });
    if let Some(rule) = &ticket.rule_id {
        sign("same_rule", 40, words::facet("rule", rule));
    }
    if let Some(ip) = ticket.source_ip {
        sign("same_source_ip", 30, words::ip(ip));
    }
    if let Some(ip) = ticket.destination_ip {
        sign("same_destination_ip", 20, words::ip(ip));
    }
    if let Some(asset) = &ticket.asset {
        sign("same_asset", 25, words::facet("asset", &asset.id.to_string()));
    }
    signs
}

/// At most 20, the likest first. What shares the most signs is looked for first, so that a frequent rule does not hide
/// the few tickets that have its addresses too.
pub async fn similar(
    tx: &mut Tx,
    ticket: &TicketSummary,
    now: OffsetDateTime,
) -> Result<Vec<Similar>, sqlx::Error> {
    let signs = signs(ticket);
    let mut scores: HashMap<Uuid, (i32, Vec<String>)> = HashMap::new();
    for query in queries(ticket, &signs) {
        for (id, words) in candidates(tx, ticket, &query, &signs, now).await? {
            let shared = signs.iter().filter(|sign| words.contains(&sign.facet)).collect::<Vec<_>>();
            let score = shared.iter().map(|sign| sign.points).sum();
            scores.insert(id, (score, shared.iter().map(|sign| sign.why.to_owned()).collect()));
        }
        if scores.len() >= SHOWN {
            break;
        }
    }
    // Of two that are equally like, the younger: ids carry the time.
    let mut ranked = scores.into_iter().filter(|(_, (score, _))| *score > 0).collect::<Vec<_>>();
    ranked.sort_by_key(|(id, (score, _))| std::cmp::Reverse((*score, *id)));
    ranked.truncate(SHOWN);
    let ids = ranked.iter().map(|(id, _)| *id).collect::<Vec<_>>();
    let tickets = refs(tx, ticket.organization_id, &ids).await?;
    let weighed = tickets.into_iter().zip(ranked);
    Ok(weighed.map(|(ticket, (_, (score, why)))| Similar { ticket, why, score }).collect())
}

/// Rule and a party, then any party, then the rule alone.
fn queries(ticket: &TicketSummary, signs: &[Sign]) -> Vec<String> {
    let facets = |is_rule: bool| {
        let wanted = signs.iter().filter(move |sign| (sign.why == "same_rule") == is_rule);
        wanted.map(|sign| sign.facet.clone()).collect::<Vec<_>>()
    };
    let (rule, parties) = (facets(true), facets(false));
    let mut queries = Vec::new();
    for parts in [vec![rule.clone(), parties.clone()], vec![parties.clone()], vec![rule]] {
        let is_complete = parts.iter().all(|part| !part.is_empty());
        if is_complete {
            let mut query = WordQuery::default();
            parts.into_iter().for_each(|part| query.any(part));
            query.any([words::organization(ticket.organization_id)]);
            queries.push(query.to_tsquery());
        }
    }
    queries
}

/// Young candidates, and which of the signs they bear.
async fn candidates(
    tx: &mut Tx,
    ticket: &TicketSummary,
    query: &str,
    signs: &[Sign],
    now: OffsetDateTime,
) -> Result<Vec<(Uuid, Vec<String>)>, sqlx::Error> {
    let facets = signs.iter().map(|sign| sign.facet.clone()).collect::<Vec<_>>();
    let rows = sqlx::query!(
        r#"select other.id,
                  array(select facet from unnest($5::text[]) as facet
                        where other.terms @@ (quote_literal(facet))::tsquery) as "facets!"
           from search_tickets($2::text::tsquery, $4) found
           join tickets other using (organization_id, id)
           where other.organization_id = $1 and other.id <> $3 and other.id >= uuidv7_floor($6)
             and not other.is_merged
           order by other.id desc limit 100"#,
        ticket.organization_id.uuid(),
        query,
        ticket.id.uuid(),
        CANDIDATES,
        &facets,
        now - Duration::days(DAYS)
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.facets)).collect())
}
