//! The dashboard over HTTP.

use std::collections::BTreeMap;

use axum::extract::State;
use platform::db::Scope;
use platform::{App, Error, Json, Permission, Permit, Principal, Query, Result, Routes, Tx, operations};
use time::OffsetDateTime;
use uuid::Uuid;
use vocab::{OrganizationId, Severity, Stage, UserId};

use crate::model::{
    Counted, Dashboard, DashboardQuery, Figures, Period, SeverityCount, StageCount, Tiles, Workload,
};
use crate::{DashboardRead, store};

pub fn routes() -> Routes {
    operations![get_dashboard]
}

/// Reads the dashboard: figures of a period beside those of the period before.
#[utoipa::path(get, path = "/api/v1/dashboard", tag = "dashboard", params(DashboardQuery),
    responses((status = 200, body = Dashboard)))]
async fn get_dashboard(
    permit: Permit<DashboardRead>,
    State(app): State<App>,
    Query(query): Query<DashboardQuery>,
) -> Result<Json<Dashboard>> {
    let period = match query.period.as_deref() {
        Some(text) => text.parse().map_err(|error| Error::invalid_field("period", format!("{error}")))?,
        None => Period::Day,
    };
    let asked =
        platform::http::several::<OrganizationId>("organization_id", query.organization_id.as_deref())?;
    let mut tx = permit.read(&app).await?;
    Ok(Json(read(&mut tx, &permit.narrowed(&asked), period, app.clock.now()).await?))
}

/// The dashboard of the last 24 hours, for the boot data of the web interface; `None` for who may not read it.
pub async fn first_page(app: &App, principal: &Principal) -> Result<Option<Dashboard>> {
    let Some(organizations) = principal.grants.get(DashboardRead::NAME) else { return Ok(None) };
    let mut tx = app.db.read(Scope::Organizations(organizations)).await?;
    Ok(Some(read(&mut tx, organizations, Period::Day, app.clock.now()).await?))
}

async fn read(
    tx: &mut Tx,
    organizations: &[OrganizationId],
    period: Period,
    now: OffsetDateTime,
) -> Result<Dashboard> {
    let organizations = organizations.iter().map(|id| id.uuid()).collect::<Vec<_>>();
    let from = period.begins_at(now);
    let (counted, volume) = store::tickets(tx, &organizations, period, now).await?;
    let (top_rules, top_assets) = store::rankings(tx, &organizations, from).await?;
    Ok(Dashboard {
        tiles: tiles(tx, &organizations, period, now, &counted).await?,
        volume,
        by_stage: by_stage(&counted),
        by_severity: by_severity(&counted),
        workload: workload(tx, &counted).await?,
        verdicts: store::verdicts(tx, &organizations, from).await?,
        top_rules,
        top_assets,
    })
}

async fn tiles(
    tx: &mut Tx,
    organizations: &[Uuid],
    period: Period,
    now: OffsetDateTime,
    counted: &[Counted],
) -> Result<Tiles> {
    let from = period.begins_at(now);
    let before = from - period.length();
    let sum = |wanted: &dyn Fn(&&Counted) -> bool| {
        counted
            .iter()
            .filter(|counted| counted.stage.is_open())
            .filter(wanted)
            .map(|counted| counted.all)
            .sum()
    };
    let (alerts, earlier_alerts) = store::alerts(tx, organizations, before, from).await?;
    let (mtta_seconds, mttr_seconds) = store::means(tx, organizations, from, now).await?;
    let current = Figures {
        open: Some(sum(&|_| true)),
        new: Some(sum(&|counted| counted.stage == Stage::New)),
        unassigned: Some(sum(&|counted| counted.assignee.is_none())),
        mtta_seconds,
        mttr_seconds,
        alerts_per_hour: Some(per_hour(alerts, (now - from).as_seconds_f64())),
    };
    let (mtta_seconds, mttr_seconds) = store::means(tx, organizations, before, from).await?;
    let previous = Figures {
        mtta_seconds,
        mttr_seconds,
        alerts_per_hour: Some(per_hour(earlier_alerts, period.length().as_seconds_f64())),
        ..store::snapshot(tx, organizations, now - period.length()).await?
    };
    Ok(Tiles { current, previous })
}

#[expect(clippy::cast_precision_loss, reason = "a rate needs no more than 53 bits")]
fn per_hour(count: i64, seconds: f64) -> f64 {
    count as f64 / (seconds / 3600.0).max(1.0 / 60.0)
}

fn by_stage(counted: &[Counted]) -> Vec<StageCount> {
    let count = |stage| {
        counted.iter().filter(|counted| counted.stage == stage).map(|counted| counted.in_period).sum()
    };
    Stage::ALL.iter().map(|&stage| StageCount { stage, count: count(stage) }).collect()
}

fn by_severity(counted: &[Counted]) -> Vec<SeverityCount> {
    let open = counted.iter().filter(|counted| counted.stage.is_open()).collect::<Vec<_>>();
    let count = |severity| {
        open.iter().filter(|counted| counted.severity == severity).map(|counted| counted.all).sum()
    };
    Severity::ALL.iter().map(|&severity| SeverityCount { severity, count: count(severity) }).collect()
}

async fn workload(tx: &mut Tx, counted: &[Counted]) -> Result<Vec<Workload>> {
    let mut open = BTreeMap::<Option<Uuid>, i64>::new();
    for counted in counted.iter().filter(|counted| counted.stage.is_open()) {
        *open.entry(counted.assignee).or_default() += counted.all;
    }
    let users = open.keys().flatten().copied().collect::<Vec<_>>();
    let names = store::names(tx, &users).await?;
    let name_of = |id: Uuid| names.iter().find(|(user, _)| *user == id).map(|(_, name)| name.clone());
    let mut workload = open
        .into_iter()
        .filter(|(_, open)| *open > 0)
        .map(|(user, open)| Workload {
            user_id: user.map(UserId),
            display_name: user.and_then(name_of),
            open,
        })
        .collect::<Vec<_>>();
    workload.sort_by_key(|workload| (workload.user_id.is_some(), std::cmp::Reverse(workload.open)));
    workload.truncate(50);
    Ok(workload)
}
