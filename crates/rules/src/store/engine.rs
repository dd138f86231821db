use std::collections::HashMap;
use std::sync::Arc;

use platform::{Result, Tx};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;
use vocab::{AlertId, OrganizationId, RuleId, Severity};

use crate::built_in::BuiltIn;
use crate::engine::{Hits, Loaded, Suppression, about};
use crate::firing::Firing;
use crate::model::log_sources;

/// Writes down the rules that come with the program; their settings stay as people left them.
pub async fn sync_built_in(tx: &mut Tx, rules: &[BuiltIn]) -> Result<(), sqlx::Error> {
    for BuiltIn { id, rule } in rules {
        sqlx::query!(
            "insert into rules (id, origin, sigma_id, title, description, yaml, own_severity, kind, log_sources,
                                techniques, tactics, is_enabled)
             values ($1, 'built_in', $2, $3, $4, $5, $6, $7, $8, $9, $10, true)
             on conflict (id) do update set title = excluded.title, description = excluded.description,
                 yaml = excluded.yaml, own_severity = excluded.own_severity, kind = excluded.kind,
                 log_sources = excluded.log_sources, techniques = excluded.techniques, tactics = excluded.tactics
             where rules.yaml <> excluded.yaml",
            id,
            rule.id,
            rule.title,
            rule.description,
            rule.yaml,
            rule.severity.step(),
            rule.correlation.as_ref().map(|correlation| correlation.kind),
            &log_sources(rule),
            &rule.techniques(),
            &rule.tactics()
        )
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Differs when anything that [`load`] reads has changed.
pub async fn stamp(tx: &mut Tx) -> Result<String, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select concat_ws('/',
               (select concat_ws('-', count(*), sum(version), max(updated_at)) from rules),
               (select concat_ws('-', count(*), max(id::text)) from rule_suppressions)) as "stamp!""#
    )
    .fetch_one(&mut **tx)
    .await
}

/// The rules that are switched on, as the engine holds them.
pub async fn load(tx: &mut Tx, now: OffsetDateTime) -> Result<Vec<Loaded>> {
    let rows = sqlx::query!(
        r#"select id, organization_id as "organization_id: OrganizationId", yaml, severity as "severity: Severity",
                  threshold, throttle_seconds
           from rules where is_enabled order by id"#
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut suppressions = suppressions(tx, now).await?;
    let loaded = rows.into_iter().filter_map(|row| {
        // It was read before it was stored; a text that a later version cannot read any more is left out and told.
        let rule = sigma::Rule::parse(&row.yaml)
            .map_err(|fault| tracing::warn!(rule = %row.id, %fault, "a rule cannot be read and is left out"))
            .ok()?;
        let mut about = about(row.id, &rule);
        about.severity = row.severity.unwrap_or(about.severity);
        Some(Loaded {
            id: row.id,
            organization: row.organization_id,
            rule: Arc::new(rule),
            about,
            threshold: row.threshold.and_then(|threshold| u64::try_from(threshold).ok()),
            throttle_seconds: row.throttle_seconds.map(i64::from),
            suppressions: suppressions.remove(&row.id).unwrap_or_default(),
        })
    });
    Ok(loaded.collect())
}

async fn suppressions(
    tx: &mut Tx,
    now: OffsetDateTime,
) -> Result<HashMap<Uuid, Vec<Suppression>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select rule_id, organization_id as "organization_id: OrganizationId", field, value, until
           from rule_suppressions where until > $1"#,
        now
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut by_rule: HashMap<Uuid, Vec<Suppression>> = HashMap::new();
    for row in rows {
        let only = row.field.zip(row.value);
        let suppression = Suppression { organization: row.organization_id, only, until: row.until };
        by_rule.entry(row.rule_id).or_default().push(suppression);
    }
    Ok(by_rule)
}

/// Adds to what rules were met by.
pub async fn write_hits(
    tx: &mut Tx,
    hits: &HashMap<(Uuid, OrganizationId), Hits>,
) -> Result<(), sqlx::Error> {
    let rules = hits.keys().map(|(rule, _)| *rule).collect::<Vec<_>>();
    let organizations = hits.keys().map(|(_, organization)| organization.uuid()).collect::<Vec<_>>();
    let counts = hits.values().map(|hits| hits.count).collect::<Vec<_>>();
    let times = hits.values().map(|hits| hits.last_at).collect::<Vec<_>>();
    sqlx::query!(
        "insert into rule_hits (rule_id, organization_id, hour, hits, last_at)
         select rule, organization, date_trunc('hour', last_at, 'UTC'), count, last_at
         from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::timestamptz[]) as news (rule, organization, count, last_at)
         order by rule, organization
         on conflict (rule_id, organization_id, hour) do update
             set hits = rule_hits.hits + excluded.hits, last_at = greatest(rule_hits.last_at, excluded.last_at)",
        &rules,
        &organizations,
        &counts,
        &times
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub async fn forget_old_hits(tx: &mut Tx, before: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from rule_hits where hour < $1", before).execute(&mut **tx).await?;
    Ok(())
}

/// Keeps why alerts were made; of several firings into one alert, the latest.
pub async fn record(tx: &mut Tx, firings: &[(&Firing, OrganizationId, AlertId)]) -> Result<(), sqlx::Error> {
    // One statement cannot change a row twice.
    let latest = firings.iter().map(|firing| (firing.2, firing)).collect::<HashMap<_, _>>();
    let mut count: HashMap<AlertId, i32> = HashMap::new();
    firings.iter().for_each(|(_, _, alert)| *count.entry(*alert).or_default() += 1);
    let alerts = latest.keys().map(|id| id.uuid()).collect::<Vec<_>>();
    let organizations = latest.values().map(|firing| firing.1.uuid()).collect::<Vec<_>>();
    let rules = latest.values().map(|firing| firing.0.rule).collect::<Vec<_>>();
    let whys = latest.values().map(|firing| firing.0.why.clone()).collect::<Vec<Value>>();
    let counts = latest.keys().map(|id| count.get(id).copied().unwrap_or(1)).collect::<Vec<_>>();
    sqlx::query!(
        "insert into rule_firings (alert_id, organization_id, rule_id, why, firings)
         select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::jsonb[], $5::integer[])
         on conflict (organization_id, alert_id) do update
             set why = excluded.why, firings = rule_firings.firings + excluded.firings, fired_at = now()",
        &alerts,
        &organizations,
        &rules,
        &whys,
        &counts
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Why an alert was made, for whom it was: rule, text, how often, when and with what reasons.
pub async fn why(
    tx: &mut Tx,
    organization: OrganizationId,
    alert: AlertId,
) -> Result<Option<(RuleId, i32, OffsetDateTime, Value)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select rule_id as "rule_id: RuleId", firings, fired_at, why from rule_firings
           where organization_id = $1 and alert_id = $2"#,
        organization.uuid(),
        alert.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(|row| (row.rule_id, row.firings, row.fired_at, row.why)))
}
