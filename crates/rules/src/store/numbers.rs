use std::collections::HashMap;

use platform::{Result, Tx};
use time::OffsetDateTime;
use uuid::Uuid;
use vocab::{OrganizationId, RuleId};

use crate::model::RuleNumbers;

/// Hours of the small chart.
const HOURS: i64 = 24;

/// What these rules have done, as far as the transaction sees.
pub async fn numbers(
    tx: &mut Tx,
    rules: &[RuleId],
    organizations: &[OrganizationId],
    now: OffsetDateTime,
) -> Result<HashMap<RuleId, RuleNumbers>, sqlx::Error> {
    let ids = rules.iter().map(|id| id.uuid()).collect::<Vec<_>>();
    let mut numbers = rules
        .iter()
        .map(|id| (*id, RuleNumbers { hits_by_hour: vec![0; HOURS as usize], ..RuleNumbers::default() }))
        .collect();
    hits(tx, &ids, now, &mut numbers).await?;
    verdicts(tx, &ids, organizations, now, &mut numbers).await?;
    Ok(numbers)
}

async fn hits(
    tx: &mut Tx,
    ids: &[Uuid],
    now: OffsetDateTime,
    numbers: &mut HashMap<RuleId, RuleNumbers>,
) -> Result<(), sqlx::Error> {
    let rows = sqlx::query!(
        r#"select rule_id as "rule_id: RuleId", hour, sum(hits)::bigint as "hits!", max(last_at) as "last_at!"
           from rule_hits where rule_id = any ($1) group by rule_id, hour"#,
        ids
    )
    .fetch_all(&mut **tx)
    .await?;
    for row in rows {
        let Some(numbers) = numbers.get_mut(&row.rule_id) else { continue };
        let hours_ago = (now - row.hour).whole_hours();
        if let Ok(place) = usize::try_from(HOURS - 1 - hours_ago)
            && let Some(hour) = numbers.hits_by_hour.get_mut(place)
        {
            *hour += row.hits;
        }
        if hours_ago < 24 * 7 {
            numbers.hits_7_days += row.hits;
        }
        numbers.last_hit_at = numbers.last_hit_at.max(Some(row.last_at));
    }
    Ok(())
}

async fn verdicts(
    tx: &mut Tx,
    ids: &[Uuid],
    organizations: &[OrganizationId],
    now: OffsetDateTime,
    numbers: &mut HashMap<RuleId, RuleNumbers>,
) -> Result<(), sqlx::Error> {
    let names = ids.iter().map(Uuid::to_string).collect::<Vec<_>>();
    let organizations = organizations.iter().map(|id| id.uuid()).collect::<Vec<_>>();
    let rows = sqlx::query!(
        r#"select alert.rule_id, count(distinct ticket.id) as "verdicts!",
                  count(distinct ticket.id) filter (where ticket.verdict = 'false_positive') as "false_positives!"
           from alerts alert
           join tickets ticket on ticket.organization_id = alert.organization_id and ticket.id = alert.ticket_id
           where alert.organization_id = any ($1) and alert.rule_id = any ($2)
             and alert.id >= uuidv7_floor($3) and ticket.verdict is not null and ticket.verdict <> 'duplicate'
           group by alert.rule_id"#,
        &organizations,
        &names,
        now - time::Duration::days(90)
    )
    .fetch_all(&mut **tx)
    .await?;
    for row in rows {
        let id = Uuid::parse_str(&row.rule_id).map(RuleId);
        if let Some(numbers) = id.ok().and_then(|id| numbers.get_mut(&id)) {
            numbers.verdicts = row.verdicts;
            numbers.false_positives = row.false_positives;
        }
    }
    Ok(())
}
