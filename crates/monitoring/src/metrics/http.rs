//! The figures over HTTP.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use intake::Intake;
use platform::db::Scope;
use platform::{App, Permit, Result, Routes, operations};

use super::text::{CONTENT_TYPE, Kind, Text};
use super::{Requests, process};
use crate::figures;
use crate::store::{self, SignIns};

platform::permission! {
    pub MetricsRead = "metrics:read",
}

pub const OF_ALL: &str = "Figures are of the whole installation: this is for who works in all of it.";
/// Sign-ins are counted over so long.
const RECENT: time::Duration = time::Duration::minutes(5);

pub fn routes() -> Routes {
    operations![get_metrics]
}

/// The figures of the process that answers, and of the installation, for Prometheus (OpenMetrics 1.0).
#[utoipa::path(get, path = "/api/v1/metrics", tag = "monitoring",
    responses((status = 200, body = String, content_type = "application/openmetrics-text")))]
async fn get_metrics(permit: Permit<MetricsRead>, State(app): State<App>) -> Result<impl IntoResponse> {
    permit.expect_installation(OF_ALL)?;
    let mut text = Text::default();
    text.family("cibercase_build", Kind::Gauge, "The version that runs.");
    text.sample("cibercase_build", &[("version", env!("CARGO_PKG_VERSION"))], 1);
    process::write(&mut text);
    app.service::<Requests>().write(&mut text);
    of_process(&app, &mut text);
    of_installation(&app, &mut text).await?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text.end()))
}

fn of_process(app: &App, text: &mut Text) {
    let (used, idle) = figures::connections(app);
    let name = "cibercase_database_connections";
    text.family(name, Kind::Gauge, "Connections of this process's pool.");
    text.sample(name, &[("state", "used")], used);
    text.sample(name, &[("state", "idle")], idle);
    let (deliveries, bytes) = app.service::<Intake>().waiting();
    text.gauge("cibercase_spool_deliveries", "Deliveries that wait for the database.", deliveries);
    text.gauge("cibercase_spool_bytes", "What they take.", bytes);
    if let Some(standing) = app.limits.standing() {
        let is_there = u8::from(standing.is_there);
        text.gauge("cibercase_redis_up", "Whether requests are counted together with other nodes.", is_there);
        let name = "cibercase_redis_missed";
        text.family(name, Kind::Counter, "Requests that this process counted by itself meanwhile.");
        text.sample("cibercase_redis_missed_total", &[], standing.counted_alone);
    }
}

async fn of_installation(app: &App, text: &mut Text) -> Result<()> {
    let mut tx = app.db.read(Scope::System).await?;
    let SignIns { succeeded, failed, services_failed } =
        store::sign_ins(&mut tx, app.clock.now() - RECENT).await?;
    let name = "cibercase_sign_ins_5m";
    text.family(name, Kind::Gauge, "Sign-ins of the last five minutes.");
    for (outcome, count) in
        [("succeeded", succeeded), ("failed", failed), ("service_failed", services_failed)]
    {
        text.sample(name, &[("outcome", outcome)], count);
    }
    let name = "cibercase_findings";
    text.family(name, Kind::Gauge, "What is wrong with the installation, by kind.");
    for (kind, count) in store::count_by_kind(&mut tx).await? {
        text.sample(name, &[("kind", &kind)], count);
    }
    text.gauge("cibercase_audit_leaves", "Records in the audit log's tree.", audit::size(&mut tx).await?);
    let name = "cibercase_audit_behind";
    text.family(name, Kind::Gauge, "Signed records that a follower of the audit log lacks.");
    for lag in audit::lags(app, &mut tx).await? {
        let kind = if lag.is_siem { "siem" } else { "witness" };
        text.sample(name, &[("kind", kind), ("follower", &lag.name)], lag.behind);
    }
    Ok(())
}
