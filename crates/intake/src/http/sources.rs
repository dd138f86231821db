//! Sources over HTTP. A source that also maps organizations the caller does not see can be read, not changed.

use axum::extract::State;
use axum::http::StatusCode;
use platform::error::Problem;
use platform::http::Versioned;
use platform::{
    App, Error, IfMatch, Json, Page, Path, Permit, Query, Result, Routes, Tx, audit, operations, page,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::IntoParams;
use uuid::Uuid;
use vocab::{OrganizationId, SourceId};

use crate::registry::{Registry, hash};
use crate::senders::{check_default, check_format, check_networks, check_silence, replace_networks};
use crate::sources::{
    CreatedSource, NewSource, Source, SourceChange, add_source, announce, check_mapping, check_name,
    check_zone, hint, new_token,
};
use crate::{SourcesRead, SourcesWrite, store};

pub fn routes() -> Routes {
    operations![list_sources, create_source, get_source, update_source, delete_source, rotate_source_token]
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SourceQuery {
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Lists sources with their health, newest first.
#[utoipa::path(get, path = "/api/v1/sources", tag = "sources", params(SourceQuery),
    responses((status = 200, body = Page<Source>)))]
async fn list_sources(
    permit: Permit<SourcesRead>,
    State(app): State<App>,
    Query(query): Query<SourceQuery>,
) -> Result<Json<Page<Source>>> {
    let limit = page::limit(query.limit)?;
    let before = query.cursor.as_deref().map(platform::Cursor::read::<Uuid>).transpose()?;
    let mut tx = permit.read(&app).await?;
    let ids = store::visible(&mut tx, before, limit + 1).await?;
    let mut sources = store::sources(&mut tx, &ids, app.clock.now()).await?;
    store::mark_shared(&mut tx, &mut sources).await?;
    Ok(Json(Page::of(sources, limit, |source| source.id)?))
}

/// Reads a source.
#[utoipa::path(get, path = "/api/v1/sources/{id}", tag = "sources", params(("id" = SourceId, Path)),
    responses((status = 200, body = Source, headers(("ETag" = String)))))]
async fn get_source(
    permit: Permit<SourcesRead>,
    State(app): State<App>,
    Path(id): Path<SourceId>,
) -> Result<Versioned<Source>> {
    let mut tx = permit.read(&app).await?;
    let mut body = store::source(&mut tx, id, app.clock.now()).await?;
    store::mark_shared(&mut tx, std::slice::from_mut(&mut body)).await?;
    Ok(Versioned { version: body.version, body })
}

/// Adds a source; its token is shown this once.
#[utoipa::path(post, path = "/api/v1/sources", tag = "sources", request_body = NewSource, responses(
    (status = 201, body = CreatedSource),
    (status = 404, body = Problem, content_type = "application/problem+json"),
    (status = 409, body = Problem, content_type = "application/problem+json")))]
async fn create_source(
    permit: Permit<SourcesWrite>,
    State(app): State<App>,
    Json(new): Json<NewSource>,
) -> Result<(StatusCode, Json<CreatedSource>)> {
    for entry in &new.organizations {
        permit.covers(entry.organization_id)?;
    }
    let mut tx = permit.begin(&app).await?;
    let created = add_source(&mut tx, &permit.actor, &new, app.clock.now()).await?;
    tx.commit().await?;
    app.service::<Registry>().refresh_behind(&app).await;
    Ok((StatusCode::CREATED, Json(created)))
}

/// Changes a source; a mapping is replaced as a whole.
#[utoipa::path(patch, path = "/api/v1/sources/{id}", tag = "sources", request_body = SourceChange,
    params(("id" = SourceId, Path), ("If-Match" = String, Header, description = "The version you read, quoted")),
    responses(
    (status = 200, body = Source, headers(("ETag" = String))),
    (status = 409, body = Problem, content_type = "application/problem+json")))]
async fn update_source(
    permit: Permit<SourcesWrite>,
    State(app): State<App>,
    Path(id): Path<SourceId>,
    IfMatch(version): IfMatch,
    Json(change): Json<SourceChange>,
) -> Result<Versioned<Source>> {
    let mut tx = permit.begin(&app).await?;
    let mut source = own(&mut tx, &app, id).await?;
    let (current, before) = (source.version, source.clone());
    apply(&mut source, &change)?;
    if !store::update_source(&mut tx, &source, version).await? {
        return Err(Error::version_conflict(current));
    }
    if let Some(mapping) = &change.organizations {
        for entry in mapping {
            permit.covers(entry.organization_id)?;
        }
        let mapping = check_mapping(mapping)?;
        check_default(source.kind, &mapping)?;
        store::replace_mapping(&mut tx, id, &mapping).await?;
    }
    if let Some(networks) = &change.networks {
        replace_networks(&mut tx, id, &check_networks(source.kind, networks)?).await?;
    }
    let mut detail = differences(&before, &source)?;
    if let Some(mapping) = &change.organizations {
        let from = before.organizations.iter().map(|one| (&one.matches, one.organization_id)).map(pair);
        let to = mapping.iter().map(|one| (&one.matches, one.organization_id)).map(pair);
        detail.insert(
            "organizations".to_owned(),
            audit::change(from.collect::<Value>(), to.collect::<Value>()),
        );
    }
    if let Some(networks) = &change.networks {
        detail.insert("networks".to_owned(), audit::change(json!(before.networks), json!(networks)));
    }
    let detail = Value::Object(detail);
    record(&mut tx, &permit, "source.updated", &source, Some(detail)).await?;
    let body = store::source(&mut tx, id, app.clock.now()).await?;
    tx.commit().await?;
    app.service::<Registry>().refresh_behind(&app).await;
    Ok(Versioned { version: body.version, body })
}

/// What became of the fields that are a source's own and not a count or a time of it.
fn differences(before: &Source, after: &Source) -> Result<Map<String, Value>> {
    const OWN: [&str; 6] =
        ["format", "is_enabled", "name", "silent_after_minutes", "storm_limit", "zone_offset_minutes"];
    let mut changes = audit::changes(before, after)?;
    changes.retain(|field, _| OWN.contains(&field.as_str()));
    Ok(changes)
}

/// An entry of a mapping, as the audit log keeps it.
fn pair((matches, organization): (&Option<String>, OrganizationId)) -> Value {
    json!({ "match": matches, "organization_id": organization })
}

fn apply(source: &mut Source, change: &SourceChange) -> Result<()> {
    if let Some(name) = &change.name {
        check_name(name)?;
        source.name = name.trim().to_owned();
    }
    source.is_enabled = change.is_enabled.unwrap_or(source.is_enabled);
    if let Some(zone) = change.zone_offset_minutes {
        check_zone(zone)?;
        source.zone_offset_minutes = zone;
    }
    if let Some(limit) = change.storm_limit {
        if limit.is_some_and(|limit| !(1..=1_000_000).contains(&limit)) {
            return Err(Error::invalid_field("storm_limit", "is between 1 and 1000000, or null"));
        }
        source.storm_limit = limit;
    }
    if let Some(format) = &change.format {
        check_format(format.as_deref())?;
        source.format.clone_from(format);
    }
    if let Some(minutes) = change.silent_after_minutes {
        check_silence(minutes)?;
        source.silent_after_minutes = minutes;
    }
    Ok(())
}

/// Removes a source with its quarantine; alerts and tickets stay.
#[utoipa::path(delete, path = "/api/v1/sources/{id}", tag = "sources", params(("id" = SourceId, Path)),
    responses((status = 204), (status = 409, body = Problem, content_type = "application/problem+json")))]
async fn delete_source(
    permit: Permit<SourcesWrite>,
    State(app): State<App>,
    Path(id): Path<SourceId>,
) -> Result<StatusCode> {
    let mut tx = permit.begin(&app).await?;
    let source = own(&mut tx, &app, id).await?;
    record(&mut tx, &permit, "source.deleted", &source, None).await?;
    store::delete_source(&mut tx, id).await?;
    tx.commit().await?;
    app.service::<Registry>().refresh_behind(&app).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a source a new token, shown this once; the old one is worthless at once.
#[utoipa::path(post, path = "/api/v1/sources/{id}/rotate-token", tag = "sources", params(("id" = SourceId, Path)),
    responses(
    (status = 200, body = CreatedSource),
    (status = 409, body = Problem, content_type = "application/problem+json")))]
async fn rotate_source_token(
    permit: Permit<SourcesWrite>,
    State(app): State<App>,
    Path(id): Path<SourceId>,
) -> Result<Json<CreatedSource>> {
    let mut tx = permit.begin(&app).await?;
    let source = own(&mut tx, &app, id).await?;
    let token = new_token();
    store::replace_token(&mut tx, id, &hash(&token), hint(&token), app.clock.now()).await?;
    record(&mut tx, &permit, "source.token_rotated", &source, None).await?;
    let source = store::source(&mut tx, id, app.clock.now()).await?;
    tx.commit().await?;
    app.service::<Registry>().refresh_behind(&app).await;
    Ok(Json(CreatedSource { source, token }))
}

/// A source that is wholly the caller's to change.
async fn own(tx: &mut Tx, app: &App, id: SourceId) -> Result<Source> {
    let mut source = store::source(tx, id, app.clock.now()).await?;
    store::mark_shared(tx, std::slice::from_mut(&mut source)).await?;
    if source.is_shared {
        let detail = "This source also serves organizations that are not yours; ask an administrator.";
        return Err(Error::conflict("shared_source", detail));
    }
    Ok(source)
}

async fn record(
    tx: &mut Tx,
    permit: &Permit<SourcesWrite>,
    action: &'static str,
    source: &Source,
    detail: Option<Value>,
) -> Result<()> {
    let mut deed = audit::Deed::new(action, "source", source.id.uuid()).called(&source.name);
    deed.detail = detail;
    audit::record(tx, &permit.actor, deed).await?;
    // Those too that it mapped before.
    announce(tx, source.id, "updated", source.organizations.iter().map(|one| one.organization_id)).await?;
    Ok(())
}
