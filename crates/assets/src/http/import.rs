//! `POST /api/v1/assets/import`: a table of assets, looked at first and then applied whole.

use axum::body::Body;
use axum::extract::State;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use platform::audit::{self, Deed};
use platform::error::{FieldError, OnConstraint, Problem};
use platform::live::{self, Change};
use platform::{App, Error, Json, Permit, Query, Result, Routes, Tx, operations};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use utoipa::{IntoParams, ToSchema};
use vocab::OrganizationId;

use super::commit;
use crate::import::columns::Column;
use crate::import::draft::Draft;
use crate::import::plan::{ImportAction, Labels, Plan, name_key};
use crate::import::sheet::{Sheet, Unreadable};
use crate::import::{MAX_BYTES, MAX_ROWS, RowError};
use crate::model::AssetContent;
use crate::{AssetsImport, store};

/// The most mistakes that are listed; all are counted.
const LISTED_ERRORS: usize = 1_000;
const LISTED_STEPS: usize = 20;

pub fn routes() -> Routes {
    operations!(import_assets)
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    pub organization_id: OrganizationId,
    /// Answers what would happen, and changes nothing.
    #[serde(default)]
    #[param(required = false)]
    pub dry_run: bool,
    /// Applies the rows without mistakes; otherwise one mistake keeps all rows out.
    #[serde(default)]
    #[param(required = false)]
    pub skip_invalid: bool,
}

/// What a table would do.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportPreview {
    pub rows: usize,
    pub creates: usize,
    pub updates: usize,
    pub unchanged: usize,
    /// The first 1,000 mistakes.
    pub errors: Vec<RowError>,
    pub error_count: usize,
    /// Headers that are none of ours.
    pub ignored_columns: Vec<String>,
    /// The first 20 rows that can be applied.
    pub preview: Vec<PreviewRow>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewRow {
    /// As a spreadsheet numbers it: the header is row 1.
    pub row: u32,
    pub action: ImportAction,
    pub asset: AssetContent,
}

/// What a table did.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportResult {
    pub created: usize,
    pub updated: usize,
    pub unchanged: usize,
    /// Rows left out for their mistakes.
    pub skipped: usize,
}

/// A preview with `dry_run`, else what was done.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum ImportAnswer {
    Preview(ImportPreview),
    Result(ImportResult),
}

/// Adds and updates assets from a table, by name within the organization. Headers and values may be English or Spanish;
/// the separator may be a comma, a semicolon or a tab.
#[utoipa::path(
    post,
    path = "/api/v1/assets/import",
    tag = "assets",
    params(ImportQuery),
    request_body(content = String, content_type = "text/csv", description = "At most 10 MB and 100,000 rows"),
    responses(
        (status = 200, body = ImportAnswer),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json", description = "`too_large` or `too_many_rows`"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "`unreadable_csv`, `import_has_errors` or `validation_failed`"),
    )
)]
pub async fn import_assets(
    permit: Permit<AssetsImport>,
    State(app): State<App>,
    Query(query): Query<ImportQuery>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ImportAnswer>> {
    permit.covers(query.organization_id)?;
    let bytes = table_bytes(&headers, body).await?;
    let table = read(bytes.clone(), query.organization_id).await?;
    if query.dry_run {
        let mut tx = permit.read(&app).await?;
        let (rows, ignored) = (table.rows, table.ignored_columns.clone());
        let plan = plan(&mut tx, query.organization_id, table).await?;
        return Ok(Json(ImportAnswer::Preview(preview(rows, ignored, plan))));
    }
    let mut tx = permit.begin(&app).await?;
    let revision = store::next_revision(&mut tx, query.organization_id).await?;
    let rows = table.rows;
    let plan = plan(&mut tx, query.organization_id, table).await?;
    if !plan.errors.is_empty() && !query.skip_invalid {
        return Err(has_errors(&plan));
    }
    apply(&mut tx, query.organization_id, &plan).await?;
    let result = ImportResult {
        created: plan.count(ImportAction::Create),
        updated: plan.count(ImportAction::Update),
        unchanged: plan.count(ImportAction::Unchanged),
        skipped: rows - plan.steps.len(),
    };
    record(&mut tx, &permit, query.organization_id, &bytes, &result).await?;
    commit(&app, tx, query.organization_id, revision).await?;
    Ok(Json(ImportAnswer::Result(result)))
}

async fn table_bytes(headers: &HeaderMap, body: Body) -> Result<Bytes> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !["text/csv", "text/tab-separated-values"].iter().any(|known| essence.eq_ignore_ascii_case(known)) {
        return Err(Error::problem(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "Send the table as text/csv.",
        ));
    }
    match Limited::new(body, MAX_BYTES).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large(
            "too_large",
            format!("A table of at most {} MB is taken.", MAX_BYTES / 1024 / 1024),
        )),
        Err(_) => Err(Error::bad_request("unreadable_body", "The body could not be read to its end.")),
    }
}

fn too_large(code: &'static str, detail: String) -> Error {
    Error::problem(StatusCode::PAYLOAD_TOO_LARGE, code, detail)
}

/// A table read, before it is compared with anything.
struct Table {
    rows: usize,
    drafts: Vec<Draft>,
    errors: Vec<RowError>,
    ignored_columns: Vec<String>,
    labels: Labels,
}

/// Reads a table away from the threads that answer requests.
async fn read(bytes: Bytes, organization: OrganizationId) -> Result<Table> {
    let reading = tokio::task::spawn_blocking(move || {
        let sheet = Sheet::read(&bytes)?;
        let mut table = Table {
            rows: sheet.rows.len(),
            drafts: Vec::with_capacity(sheet.rows.len()),
            errors: Vec::new(),
            ignored_columns: sheet.ignored_columns(),
            labels: labels(&sheet),
        };
        for row in &sheet.rows {
            match Draft::read(&sheet.headers, row, organization) {
                Ok(draft) => table.drafts.push(draft),
                Err(errors) => table.errors.extend(errors),
            }
        }
        Ok(table)
    });
    reading.await?.map_err(|unreadable| match unreadable {
        Unreadable::TooManyRows => {
            too_large("too_many_rows", format!("A table of at most {MAX_ROWS} rows is taken."))
        }
        Unreadable::Otherwise(message) => Error::problem(
            StatusCode::UNPROCESSABLE_ENTITY,
            "unreadable_csv",
            format!("The table cannot be read: {message}."),
        ),
    })
}

fn labels(sheet: &Sheet) -> Labels {
    let label = |column| {
        let header = sheet.headers.iter().find(|header| header.column == Some(column));
        header.map(|header| header.text.clone())
    };
    Labels { name: label(Column::Name), addresses: label(Column::Addresses) }
}

async fn plan(tx: &mut Tx, organization: OrganizationId, table: Table) -> Result<Plan> {
    let names = table.drafts.iter().map(|draft| draft.name.clone()).collect::<Vec<_>>();
    let found = store::assets_by_name(tx, organization, &names).await?;
    let assets = found.into_iter().map(|(asked, asset)| (name_key(&asked), asset)).collect();
    let addresses =
        table.drafts.iter().flat_map(|draft| draft.addresses.iter().flatten().copied()).collect::<Vec<_>>();
    let holders = store::holders(tx, organization, &addresses).await?;
    Ok(Plan::make(table.drafts, table.errors, &assets, &holders, &table.labels))
}

fn preview(rows: usize, ignored_columns: Vec<String>, plan: Plan) -> ImportPreview {
    ImportPreview {
        rows,
        creates: plan.count(ImportAction::Create),
        updates: plan.count(ImportAction::Update),
        unchanged: plan.count(ImportAction::Unchanged),
        error_count: plan.errors.len(),
        errors: plan.errors.into_iter().take(LISTED_ERRORS).collect(),
        ignored_columns,
        preview: plan
            .steps
            .into_iter()
            .take(LISTED_STEPS)
            .map(|step| PreviewRow { row: step.row, action: step.action, asset: step.content })
            .collect(),
    }
}

fn has_errors(plan: &Plan) -> Error {
    let errors = plan.errors.iter().take(LISTED_ERRORS).map(|error| FieldError {
        path: match &error.column {
            Some(column) => format!("row {}, {column}", error.row),
            None => format!("row {}", error.row),
        },
        message: error.message.clone(),
    });
    Error::problem(
        StatusCode::UNPROCESSABLE_ENTITY,
        "import_has_errors",
        "Some rows have mistakes, so nothing was imported; correct them, or ask to skip them.",
    )
    .with_errors(errors.collect())
    .with_context(json!({ "error_count": plan.errors.len() }))
}

async fn apply(tx: &mut Tx, organization: OrganizationId, plan: &Plan) -> Result<()> {
    let changed = || {
        Error::conflict(
            "import_outdated",
            "A name or address of the table was taken meanwhile; look at it again.",
        )
    };
    store::apply(tx, organization, &plan.steps)
        .await
        .on_constraint("assets_name_key", changed)
        .on_constraint("asset_addresses_key", changed)
}

/// One record and one change for the whole table.
async fn record(
    tx: &mut Tx,
    permit: &Permit<AssetsImport>,
    organization: OrganizationId,
    bytes: &[u8],
    result: &ImportResult,
) -> Result<()> {
    let sha256 = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let detail = json!({
        "created": result.created, "updated": result.updated, "unchanged": result.unchanged,
        "skipped": result.skipped, "size_bytes": bytes.len(), "sha256": sha256,
    });
    let deed = Deed::new("asset.imported", "organization", organization.uuid()).of(organization).with(detail);
    audit::record(tx, &permit.actor, deed).await?;
    let change = Change {
        topic: "assets",
        organization: Some(organization),
        id: organization.uuid(),
        change: "imported",
        data: Some(json!({ "created": result.created, "updated": result.updated })),
    };
    live::tell(tx, change).await?;
    Ok(())
}
