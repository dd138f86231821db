//! `GET /api/v1/assets/export.csv`: a table that a spreadsheet shows and an import takes back.

use std::collections::VecDeque;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use csv::{Writer, WriterBuilder};
use detection::urgency::Criticality;
use futures_util::stream;
use http::header;
use platform::audit::{self, Deed};
use platform::{App, Permit, Query, Result, Routes, operations};
use serde::Deserialize;
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use vocab::OrganizationId;

use super::read::AssetQuery;
use crate::AssetsExport;
use crate::cell::guarded;
use crate::import::columns::Column;
use crate::model::{Asset, AssetKind, AssetState};
use crate::store::{self, AssetSort, Filter, Place};

/// Assets read at once: each run is a short transaction of its own, however slowly the caller reads.
const RUN: i64 = 500;
/// Without the mark, spreadsheets read accents wrongly.
const UTF8_MARK: &[u8] = "\u{feff}".as_bytes();

pub fn routes() -> Routes {
    operations!(export_assets)
}

#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportSeparator {
    #[default]
    Comma,
    /// What a spreadsheet in Spanish expects.
    Semicolon,
    Tab,
}

/// The filters of the list, and how the table is written.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    #[param(max_length = 200)]
    pub q: Option<String>,
    #[param(value_type = Option<Vec<OrganizationId>>, style = Form, explode = false)]
    pub organization_id: Option<String>,
    #[param(value_type = Option<Vec<AssetKind>>, style = Form, explode = false)]
    pub kind: Option<String>,
    #[param(value_type = Option<Vec<Criticality>>, style = Form, explode = false)]
    pub criticality: Option<String>,
    #[param(value_type = Option<Vec<AssetState>>, style = Form, explode = false)]
    pub state: Option<String>,
    #[param(value_type = Option<Vec<String>>, style = Form, explode = false)]
    pub tag: Option<String>,
    pub address: Option<String>,
    #[serde(default)]
    #[param(required = false, inline)]
    pub separator: ExportSeparator,
}

impl ExportQuery {
    fn filter(self, permit: &Permit<AssetsExport>) -> Result<Filter> {
        let query = AssetQuery {
            q: self.q,
            organization_id: self.organization_id,
            kind: self.kind,
            criticality: self.criticality,
            state: self.state,
            tag: self.tag,
            address: self.address,
            ..AssetQuery::default()
        };
        query.filter(permit)
    }
}

/// The assets of a list as a table. A cell that a spreadsheet would run as a formula has an apostrophe before it, which
/// an import takes off again.
#[utoipa::path(get, path = "/api/v1/assets/export.csv", tag = "assets", params(ExportQuery),
    responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn export_assets(
    permit: Permit<AssetsExport>,
    State(app): State<App>,
    Query(query): Query<ExportQuery>,
) -> Result<Response> {
    let separator = query.separator;
    let filter = query.filter(&permit)?;
    record(&app, &permit, &filter).await?;
    let mut export = Export { app, permit, filter, separator, after: None, is_done: false };
    // The first run is read before the answer begins, so that a failure is still an answer.
    let first = export.first().await?;
    let chunks =
        stream::try_unfold((VecDeque::from([first]), export), |(mut ready, mut export)| async move {
            let chunk = match ready.pop_front() {
                Some(chunk) => Some(chunk),
                None => export.next().await.map_err(|error| std::io::Error::other(format!("{error:?}")))?,
            };
            Ok::<_, std::io::Error>(chunk.map(|chunk| (chunk, (ready, export))))
        });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"assets.csv\""),
    ];
    Ok((headers, Body::from_stream(chunks)).into_response())
}

/// An export on its way.
struct Export {
    app: App,
    permit: Permit<AssetsExport>,
    filter: Filter,
    separator: ExportSeparator,
    after: Option<Place>,
    is_done: bool,
}

impl Export {
    async fn first(&mut self) -> Result<Bytes> {
        let mut writer = self.writer(UTF8_MARK.to_vec());
        writer.write_record(Column::ALL.map(Column::as_str))?;
        self.run(writer).await
    }

    async fn next(&mut self) -> Result<Option<Bytes>> {
        if self.is_done {
            return Ok(None);
        }
        let writer = self.writer(Vec::new());
        self.run(writer).await.map(Some)
    }

    async fn run(&mut self, mut writer: Writer<Vec<u8>>) -> Result<Bytes> {
        let mut tx = self.permit.read(&self.app).await?;
        let rows = store::list(&mut tx, &self.filter, AssetSort::Name, self.after.as_ref(), RUN).await?;
        tx.rollback().await?;
        self.is_done = i64::try_from(rows.len()).unwrap_or(0) < RUN;
        for (asset, place) in rows {
            writer.write_record(cells(&asset).iter().map(|cell| guarded(cell).into_owned()))?;
            self.after = Some(place);
        }
        let bytes = writer.into_inner().map_err(|error| anyhow::anyhow!("{error}"))?;
        Ok(Bytes::from(bytes))
    }

    fn writer(&self, start: Vec<u8>) -> Writer<Vec<u8>> {
        let separator = match self.separator {
            ExportSeparator::Comma => b',',
            ExportSeparator::Semicolon => b';',
            ExportSeparator::Tab => b'\t',
        };
        WriterBuilder::new().delimiter(separator).from_writer(start)
    }
}

/// In the order of [`Column::ALL`].
fn cells(asset: &Asset) -> [String; 12] {
    let content = &asset.content;
    let addresses = content.addresses.iter().map(ToString::to_string).collect::<Vec<_>>();
    [
        content.name.clone(),
        content.kind.to_string(),
        content.criticality.to_string(),
        content.state.to_string(),
        content.owner.clone().unwrap_or_default(),
        content.department.clone().unwrap_or_default(),
        content.description.clone().unwrap_or_default(),
        content.is_internet_facing.to_string(),
        addresses.join(" "),
        content.hostnames.join(" "),
        content.tags.join("; "),
        asset.organization_id.to_string(),
    ]
}

/// Who took a copy of the inventory is worth knowing.
async fn record(app: &App, permit: &Permit<AssetsExport>, filter: &Filter) -> Result<()> {
    let organizations = filter.organizations.iter().map(|id| id.uuid()).collect::<Vec<_>>();
    let mut tx = permit.begin(app).await?;
    for organization in &filter.organizations {
        let deed = Deed::new("asset.exported", "organization", organization.uuid())
            .of(*organization)
            .with(json!({ "organizations": organizations.len() }));
        audit::record(&mut tx, &permit.actor, deed).await?;
    }
    tx.commit().await?;
    Ok(())
}
