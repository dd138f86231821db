//! Every SQL statement of this crate.

use platform::Tx;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use vocab::{AssetId, Severity, Stage, Verdict};

use crate::model::{AssetCount, Bar, Counted, Figures, Period, RuleCount, VerdictCount};

/// Rankings and means look at no more tickets than this: the latest of the period.
const LOOKED_AT: i64 = 10_000;
const RANKED: i64 = 10;

/// Counted tickets by stage, severity and assignee (all that are open, and those made in the period), and those made in
/// each of the period's bars by severity. One reading for both.
pub async fn tickets(
    tx: &mut Tx,
    organizations: &[Uuid],
    period: Period,
    now: OffsetDateTime,
) -> Result<(Vec<Counted>, Vec<Bar>), sqlx::Error> {
    let rows = sqlx::query!(
        r#"select bar as "bar: i64", stage, severity as "severity!", assignee_id,
                  grouping(stage) = 1 as "is_bar!", sum(count)::bigint as "all!",
                  coalesce(sum(count) filter (where bar >= 0), 0)::bigint as "in_period!"
           from (select floor(extract(epoch from hour - $2)::float8 / $3::float8)::bigint as bar, stage, severity, assignee_id, count
                 from (select stage, severity, assignee_id, hour, count from dashboard_counts
                       where organization_id = any($1) and noun = 'ticket'
                         and (stage in ('new', 'in_progress', 'pending') or hour >= $2)
                       union all
                       select stage, severity, assignee_id, hour, count from dashboard_count_changes
                       where organization_id = any($1) and noun = 'ticket'
                         and (stage in ('new', 'in_progress', 'pending') or hour >= $2)) as counted) as barred
           group by grouping sets ((stage, severity, assignee_id), (bar, severity))"#,
        organizations,
        period.begins_at(now),
        period.bucket().as_seconds_f64()
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut counted = Vec::new();
    let mut bars = period.buckets(now).into_iter().map(Bar::empty).collect::<Vec<_>>();
    for row in rows {
        let severity = Severity::from_step(row.severity);
        if row.is_bar {
            let index = row.bar.and_then(|index| usize::try_from(index).ok());
            if let Some(bar) = index.and_then(|index| bars.get_mut(index)) {
                bar.add(severity, row.all);
            }
        } else {
            counted.push(Counted {
                stage: row.stage.and_then(|stage| stage.parse().ok()).unwrap_or(Stage::New),
                severity,
                assignee: row.assignee_id,
                all: row.all,
                in_period: row.in_period,
            });
        }
    }
    Ok((counted, bars))
}

/// Alerts made since `from`, and between `before` and `from`.
pub async fn alerts(
    tx: &mut Tx,
    organizations: &[Uuid],
    before: OffsetDateTime,
    from: OffsetDateTime,
) -> Result<(i64, i64), sqlx::Error> {
    let row = sqlx::query!(
        r#"select coalesce(sum(count) filter (where hour >= $3), 0)::bigint as "current!",
                  coalesce(sum(count) filter (where hour < $3), 0)::bigint as "previous!"
           from (select hour, count from dashboard_counts
                 where organization_id = any($1) and noun = 'alert' and stage = '' and hour >= $2
                 union all
                 select hour, count from dashboard_count_changes
                 where organization_id = any($1) and noun = 'alert' and hour >= $2) as counted"#,
        organizations,
        before,
        from
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok((row.current, row.previous))
}

/// Mean times, in seconds, to acknowledge and to resolve what was acknowledged and resolved from `from` to `to`.
pub async fn means(
    tx: &mut Tx,
    organizations: &[Uuid],
    from: OffsetDateTime,
    to: OffsetDateTime,
) -> Result<(Option<f64>, Option<f64>), sqlx::Error> {
    let row = sqlx::query!(
        r#"select (select avg(extract(epoch from acknowledged_at - created_at))::float8
                   from (select acknowledged_at, created_at from tickets
                         where organization_id = any($1) and acknowledged_at >= $2 and acknowledged_at < $3
                           and not is_merged
                         limit $4) as acknowledged) as mtta,
                  (select avg(extract(epoch from resolved_at - created_at))::float8
                   from (select resolved_at, created_at from tickets
                         where organization_id = any($1) and resolved_at >= $2 and resolved_at < $3 and not is_merged
                         limit $4) as resolved) as mttr"#,
        organizations,
        from,
        to,
        LOOKED_AT
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok((row.mtta, row.mttr))
}

/// What came of tickets that ended in the period.
pub async fn verdicts(
    tx: &mut Tx,
    organizations: &[Uuid],
    from: OffsetDateTime,
) -> Result<Vec<VerdictCount>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select verdict as "verdict!", count(*) as "count!"
           from (select verdict from tickets
                 where organization_id = any($1) and resolved_at >= $2 and verdict is not null and not is_merged
                 limit $3) as ended
           group by 1 order by 2 desc, 1"#,
        organizations,
        from,
        LOOKED_AT
    )
    .fetch_all(&mut **tx)
    .await?;
    let counts = rows.into_iter().filter_map(|row| {
        let verdict: Option<Verdict> = row.verdict.parse().ok();
        verdict.map(|verdict| VerdictCount { verdict, count: row.count })
    });
    Ok(counts.collect())
}

/// The rules and the assets with the most tickets of the period, of the latest ones of each organization.
pub async fn rankings(
    tx: &mut Tx,
    organizations: &[Uuid],
    from: OffsetDateTime,
) -> Result<(Vec<RuleCount>, Vec<AssetCount>), sqlx::Error> {
    let share = LOOKED_AT / i64::try_from(organizations.len()).unwrap_or(1).max(1);
    let rows = sqlx::query!(
        r#"with latest as materialized (
               select ticket.rule_id, ticket.rule_name, ticket.asset_id
               from unnest($1::uuid[]) as scope (id)
               cross join lateral (
                   select rule_id, rule_name, asset_id from tickets
                   where organization_id = scope.id and id >= uuidv7_floor($2) and not is_merged
                   order by id desc limit $3) as ticket)
           (select rule_id, max(rule_name) as name, null::uuid as asset_id, count(*) as "count!"
            from latest where rule_id is not null group by rule_id order by count(*) desc, rule_id limit $4)
           union all
           (select null, asset.name, counted.asset_id, counted.count
            from (select asset_id, count(*) from latest where asset_id is not null
                  group by asset_id order by count(*) desc, asset_id limit $4) as counted
            join assets asset on asset.id = counted.asset_id)"#,
        organizations,
        from,
        share.max(RANKED),
        RANKED
    )
    .fetch_all(&mut **tx)
    .await?;
    let (mut rules, mut assets) = (Vec::new(), Vec::new());
    for row in rows {
        let name = row.name.unwrap_or_default();
        match (row.rule_id, row.asset_id) {
            (Some(rule_id), _) => rules.push(RuleCount { rule_id, rule_name: name, count: row.count }),
            (None, Some(id)) => assets.push(AssetCount { asset_id: AssetId(id), name, count: row.count }),
            (None, None) => {}
        }
    }
    assets.sort_by_key(|asset| std::cmp::Reverse(asset.count));
    Ok((rules, assets))
}

/// What people are called.
pub async fn names(tx: &mut Tx, users: &[Uuid]) -> Result<Vec<(Uuid, String)>, sqlx::Error> {
    let rows = sqlx::query!("select id, display_name from users where id = any($1)", users)
        .fetch_all(&mut **tx)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.display_name)).collect())
}

/// What was open at a time, as far as every organization has a record of about then.
pub async fn snapshot(
    tx: &mut Tx,
    organizations: &[Uuid],
    at: OffsetDateTime,
) -> Result<Figures, sqlx::Error> {
    let row = sqlx::query!(
        r#"select count(*) as "organizations!", sum(open)::bigint as open, sum(new)::bigint as new,
                  sum(unassigned)::bigint as unassigned
           from unnest($1::uuid[]) as scope (id)
           cross join lateral (
               select open, new, unassigned from dashboard_snapshots
               where organization_id = scope.id and at <= $2 and at > $3 order by at desc limit 1) as snapshot"#,
        organizations,
        at,
        at - Duration::hours(3)
    )
    .fetch_one(&mut **tx)
    .await?;
    if usize::try_from(row.organizations).ok() != Some(organizations.len()) {
        return Ok(Figures::default());
    }
    Ok(Figures { open: row.open, new: row.new, unassigned: row.unassigned, ..Figures::default() })
}

/// Adds the changes to the counts.
pub async fn fold(tx: &mut Tx) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with gone as (
             delete from dashboard_count_changes
             returning organization_id, noun, stage, hour, severity, assignee_id, count)
         insert into dashboard_counts as counts (organization_id, noun, stage, hour, severity, assignee_id, count)
         select organization_id, noun, stage, hour, severity, assignee_id, sum(count)
         from gone group by 1, 2, 3, 4, 5, 6
         on conflict on constraint dashboard_counts_key do update set count = counts.count + excluded.count"
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes down what is open in every organization at this time; keeps them for as long as they are compared with.
pub async fn take_snapshots(tx: &mut Tx, at: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into dashboard_snapshots (organization_id, at, open, new, unassigned)
         select organization_id, $1, sum(count), coalesce(sum(count) filter (where stage = 'new'), 0),
                coalesce(sum(count) filter (where assignee_id is null), 0)
         from (select organization_id, stage, assignee_id, count from dashboard_counts
               where noun = 'ticket' and stage in ('new', 'in_progress', 'pending')
               union all
               select organization_id, stage, assignee_id, count from dashboard_count_changes
               where noun = 'ticket' and stage in ('new', 'in_progress', 'pending')) as counted
         group by organization_id
         on conflict do nothing",
        at
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!("delete from dashboard_counts where count = 0").execute(&mut **tx).await?;
    sqlx::query!("delete from dashboard_snapshots where at < $1", at - Duration::days(100))
        .execute(&mut **tx)
        .await?;
    Ok(())
}
