//! The list of rules, one rule, and what is set about it.

use axum::extract::State;
use axum::http::StatusCode;
use platform::error::{OnConstraint, Problem};
use platform::http::Versioned;
use platform::{
    App, Cursor, Error, IfMatch, Json, Page, Path, Permit, Query, Result, Routes, Tx, operations, page,
};
use serde_json::json;
use vocab::{OrganizationId, RuleId};

use super::{may_change, settle};
use crate::engine::{DEFAULT_THROTTLE_SECONDS, Engine};
use crate::model::{self, NewRule, Origin, RuleChange, RuleDetail, RuleNumbers, RuleQuery, RuleSummary};
use crate::{RulesRead, RulesWrite, store};

pub fn routes() -> Routes {
    operations![list_rules, create_rule, get_rule, update_rule, delete_rule]
}

/// Lists rules by title, with what they have done.
#[utoipa::path(get, path = "/api/v1/rules", tag = "rules", params(RuleQuery),
    responses((status = 200, body = Page<RuleSummary>)))]
async fn list_rules(
    permit: Permit<RulesRead>,
    State(app): State<App>,
    Query(query): Query<RuleQuery>,
) -> Result<Json<Page<RuleSummary>>> {
    if query.q.as_ref().is_some_and(|text| text.chars().count() > 200 || text.contains('\0')) {
        return Err(Error::invalid_field("q", "has at most 200 characters"));
    }
    let limit = page::limit(query.limit)?;
    let after = query.cursor.as_deref().map(Cursor::read::<(String, RuleId)>).transpose()?;
    if after.as_ref().is_some_and(|(title, _)| title.contains('\0')) {
        return Err(Error::bad_request("invalid_cursor", "The cursor is not one of ours."));
    }
    let mut tx = permit.read(&app).await?;
    let rows = store::list(&mut tx, &query, after.as_ref(), limit + 1).await?;
    let rows = Page::of(rows, limit, |row| (row.title.to_lowercase(), row.id))?;
    let ids = rows.items.iter().map(|row| row.id).collect::<Vec<_>>();
    let mut numbers = store::numbers(&mut tx, &ids, &permit.organizations, app.clock.now()).await?;
    let items = rows.items.into_iter().map(|row| {
        let numbers = numbers.remove(&row.id).unwrap_or_default();
        summary(row, numbers)
    });
    Ok(Json(Page { items: items.collect(), next_cursor: rows.next_cursor }))
}

/// Reads a rule with its text and settings.
#[utoipa::path(get, path = "/api/v1/rules/{id}", tag = "rules", params(("id" = RuleId, Path)),
    responses((status = 200, body = RuleDetail, headers(("ETag" = String)))))]
async fn get_rule(
    permit: Permit<RulesRead>,
    State(app): State<App>,
    Path(id): Path<RuleId>,
) -> Result<Versioned<RuleDetail>> {
    let mut tx = permit.read(&app).await?;
    detail(&mut tx, &app, &permit.organizations, id).await
}

/// Adds a rule of one's own: a Sigma document, or a correlation with those it refers to.
#[utoipa::path(post, path = "/api/v1/rules", tag = "rules", request_body = NewRule, responses(
    (status = 201, body = RuleDetail),
    (status = 404, body = Problem, content_type = "application/problem+json"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`rule_exists`")))]
async fn create_rule(
    permit: Permit<RulesWrite>,
    State(app): State<App>,
    Json(new): Json<NewRule>,
) -> Result<(StatusCode, Json<RuleDetail>)> {
    may_change(&permit, new.organization_id)?;
    let rule = model::read(&new.yaml)?;
    let mut tx = permit.begin(&app).await?;
    let id = RuleId::new();
    store::insert(&mut tx, id, new.organization_id, &rule, new.is_enabled, permit.user_id())
        .await
        .on_constraint("rules_sigma_key", rule_exists)?;
    let row = store::find(&mut tx, id).await?;
    settle(&mut tx, &permit, "rule.created", &row, json!({ "is_enabled": new.is_enabled })).await?;
    let rule = detail(&mut tx, &app, &permit.organizations, id).await?;
    tx.commit().await?;
    app.service::<Engine>().refresh_behind(&app).await;
    Ok((StatusCode::CREATED, Json(rule.body)))
}

/// Changes what is set about a rule, or the text of one's own.
#[utoipa::path(patch, path = "/api/v1/rules/{id}", tag = "rules", request_body = RuleChange,
    params(("id" = RuleId, Path), ("If-Match" = String, Header, description = "The version you read, quoted")),
    responses((status = 200, body = RuleDetail, headers(("ETag" = String))),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "`built_in`, `rule_exists`")))]
async fn update_rule(
    permit: Permit<RulesWrite>,
    State(app): State<App>,
    Path(id): Path<RuleId>,
    IfMatch(version): IfMatch,
    Json(change): Json<RuleChange>,
) -> Result<Versioned<RuleDetail>> {
    change.check()?;
    let text = change.yaml.as_deref().map(model::read).transpose()?;
    let mut tx = permit.begin(&app).await?;
    let before = store::find(&mut tx, id).await?;
    may_change(&permit, before.organization_id)?;
    if text.is_some() && before.origin == Origin::BuiltIn {
        return Err(built_in());
    }
    let after = changed(before.clone(), &change);
    let is_written = store::update(&mut tx, &after, text.as_ref(), version)
        .await
        .on_constraint("rules_sigma_key", rule_exists)?;
    if !is_written {
        return Err(Error::version_conflict(before.version));
    }
    let from_to = json!({
        "from": settings(&before), "to": settings(&after),
        "text": text.is_some().then(|| json!({ "from": before.yaml, "to": change.yaml })),
    });
    settle(&mut tx, &permit, "rule.updated", &before, from_to).await?;
    let rule = detail(&mut tx, &app, &permit.organizations, id).await?;
    tx.commit().await?;
    app.service::<Engine>().refresh_behind(&app).await;
    Ok(rule)
}

fn changed(mut row: store::Row, change: &RuleChange) -> store::Row {
    row.is_enabled = change.is_enabled.unwrap_or(row.is_enabled);
    row.severity = change.severity.unwrap_or(row.severity);
    row.threshold = change.threshold.unwrap_or(row.threshold);
    row.throttle_seconds = change.throttle_seconds.unwrap_or(row.throttle_seconds);
    row
}

fn settings(row: &store::Row) -> serde_json::Value {
    json!({
        "is_enabled": row.is_enabled, "severity": row.severity, "threshold": row.threshold,
        "throttle_seconds": row.throttle_seconds,
    })
}

/// Removes a rule of one's own. Its alerts stay.
#[utoipa::path(delete, path = "/api/v1/rules/{id}", tag = "rules", params(("id" = RuleId, Path)),
    responses((status = 204),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "`built_in`")))]
async fn delete_rule(
    permit: Permit<RulesWrite>,
    State(app): State<App>,
    Path(id): Path<RuleId>,
) -> Result<StatusCode> {
    let mut tx = permit.begin(&app).await?;
    let row = store::find(&mut tx, id).await?;
    may_change(&permit, row.organization_id)?;
    if row.origin == Origin::BuiltIn {
        return Err(built_in());
    }
    if !store::delete(&mut tx, id).await? {
        return Err(Error::not_found());
    }
    settle(&mut tx, &permit, "rule.deleted", &row, json!({ "yaml": row.yaml })).await?;
    tx.commit().await?;
    app.service::<Engine>().refresh_behind(&app).await;
    Ok(StatusCode::NO_CONTENT)
}

fn built_in() -> Error {
    Error::conflict(
        "built_in",
        "A rule that comes with the program can be switched off, not changed or removed.",
    )
}

fn rule_exists() -> Error {
    Error::conflict("rule_exists", "There is a rule with this id in its text already.")
}

async fn detail(
    tx: &mut Tx,
    app: &App,
    organizations: &[OrganizationId],
    id: RuleId,
) -> Result<Versioned<RuleDetail>> {
    let row = store::find(tx, id).await?;
    let mut numbers = store::numbers(tx, &[id], organizations, app.clock.now()).await?;
    let numbers = numbers.remove(&id).unwrap_or_default();
    let version = row.version;
    let read = sigma::Rule::parse(&row.yaml).ok();
    let correlation = read.as_ref().and_then(|rule| rule.correlation.clone());
    let timespan = correlation.as_ref().and_then(|it| i64::try_from(it.timespan_seconds).ok());
    let body = RuleDetail {
        yaml: row.yaml.clone(),
        author: read.as_ref().and_then(|rule| rule.author.clone()),
        references: read.as_ref().map(|rule| rule.references.clone()).unwrap_or_default(),
        false_positives: read.map(|rule| rule.false_positives).unwrap_or_default(),
        own_threshold: correlation.as_ref().and_then(|it| i64::try_from(it.threshold?).ok()),
        timespan_seconds: timespan,
        group_by: correlation.map(|it| it.group_by).unwrap_or_default(),
        severity_setting: row.severity,
        threshold: row.threshold,
        throttle_seconds: row.throttle_seconds,
        default_throttle_seconds: timespan.unwrap_or(DEFAULT_THROTTLE_SECONDS),
        summary: summary(row, numbers),
    };
    Ok(Versioned { version, body })
}

fn summary(row: store::Row, numbers: RuleNumbers) -> RuleSummary {
    RuleSummary {
        id: row.id,
        organization_id: row.organization_id,
        origin: row.origin,
        title: row.title,
        description: row.description,
        severity: row.severity.unwrap_or(row.own_severity),
        own_severity: row.own_severity,
        is_enabled: row.is_enabled,
        kind: row.kind,
        log_sources: row.log_sources,
        techniques: row.techniques,
        tactics: row.tactics,
        numbers,
        updated_at: row.updated_at,
        version: row.version,
    }
}
