//! The queue as CSV, streamed page by page.

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, header};
use platform::audit::{self, Deed};
use platform::{App, Permit, Query, Result, Routes, operations};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::TicketsExport;
use crate::filter::{Asked, TicketQuery};
use crate::model::TicketSummary;
use crate::order::Place;
use crate::store::list;

/// Rows one export has at most; filters narrow it.
const MOST: usize = 100_000;
const PAGE: i64 = 200;

const HEADER: [&str; 22] = [
    "reference",
    "title",
    "stage",
    "status",
    "severity",
    "urgency",
    "urgency_score",
    "assignee",
    "rule_id",
    "rule_name",
    "source_ip",
    "destination_ip",
    "asset",
    "alerts",
    "occurrences",
    "created_at",
    "last_seen_at",
    "acknowledged_at",
    "resolved_at",
    "closed_at",
    "verdict",
    "tags",
];

pub fn routes() -> Routes {
    operations![export_tickets]
}

/// Exports tickets as CSV with the filters of the list, at most 100,000. A cell never begins like a formula.
#[utoipa::path(get, path = "/api/v1/tickets/export.csv", tag = "tickets", params(TicketQuery),
    responses((status = 200, body = String, content_type = "text/csv")))]
async fn export_tickets(
    permit: Permit<TicketsExport>,
    State(app): State<App>,
    Query(query): Query<TicketQuery>,
) -> Result<Response> {
    let mut asked = query.read(permit.user_id(), &permit.organizations)?;
    asked.limit = PAGE;
    let mut tx = permit.begin(&app).await?;
    let mut deed = Deed::new("tickets.exported", "ticket", uuid::Uuid::nil());
    deed.object_id = None;
    // One organization's auditors read of exports of their tickets; an export of many is one record each.
    for organization in
        permit.organizations.iter().filter(|id| asked.filter.organizations.contains(&id.uuid()))
    {
        let detail = serde_json::to_value(&query)?;
        audit::record(&mut tx, &permit.actor, deed.clone().of(*organization).with(detail)).await?;
    }
    tx.commit().await?;
    // The first page is read before anything is sent, so that a failure is told as one.
    let state = Export { permit, app, asked, is_done: false, sent: 0 };
    let (first, state) = state.page(true).await?;
    let rest = stream::try_unfold(state, async |state| {
        if state.is_done {
            return Ok::<_, std::io::Error>(None);
        }
        let page = state.page(false).await;
        page.map(Some).map_err(|error| std::io::Error::other(error.code()))
    });
    let body = stream::StreamExt::chain(stream::iter([Ok(first)]), rest);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"tickets.csv\"")),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

struct Export {
    permit: Permit<TicketsExport>,
    app: App,
    asked: Asked,
    is_done: bool,
    sent: usize,
}

impl Export {
    /// The next page as CSV; each in a transaction of its own, so that a slow reader holds none open.
    async fn page(mut self, with_header: bool) -> Result<(Bytes, Self)> {
        let mut tx = self.permit.read(&self.app).await?;
        list::plan_once(&mut tx).await?;
        let mut rows = list::list(&mut tx, &self.asked, self.app.clock.now()).await?;
        drop(tx);
        let limit = usize::try_from(PAGE).unwrap_or(usize::MAX);
        self.is_done = rows.len() <= limit;
        rows.truncate(limit.min(MOST - self.sent));
        self.sent += rows.len();
        self.is_done |= self.sent >= MOST;
        self.asked.after = rows.last().map(|row| Place::of(row, self.asked.sort));
        Ok((write(&rows, with_header)?, self))
    }
}

fn write(rows: &[TicketSummary], with_header: bool) -> Result<Bytes> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    if with_header {
        csv.write_record(HEADER)?;
    }
    for row in rows {
        csv.write_record(cells(row).map(|cell| harmless(&cell)))?;
    }
    csv.flush()?;
    Ok(Bytes::from(csv.into_inner().map_err(|error| std::io::Error::other(error.to_string()))?))
}

fn cells(row: &TicketSummary) -> [String; 22] {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let time = |at: Option<OffsetDateTime>| at.and_then(|at| at.format(&Rfc3339).ok()).unwrap_or_default();
    [
        row.reference.clone(),
        row.title.clone(),
        row.stage.to_string(),
        row.status.as_ref().map(|status| status.label.clone()).unwrap_or_default(),
        row.severity.to_string(),
        row.urgency.to_string(),
        row.urgency_score.to_string(),
        row.assignee.as_ref().map(|person| person.display_name.clone()).unwrap_or_default(),
        text(&row.rule_id),
        text(&row.rule_name),
        row.source_ip.map(|ip| ip.to_string()).unwrap_or_default(),
        row.destination_ip.map(|ip| ip.to_string()).unwrap_or_default(),
        row.asset.as_ref().map(|asset| asset.name.clone()).unwrap_or_default(),
        row.alerts.to_string(),
        row.occurrences.to_string(),
        time(Some(row.created_at)),
        time(Some(row.last_seen_at)),
        time(row.acknowledged_at),
        time(row.resolved_at),
        time(row.closed_at),
        row.verdict.map(|verdict| verdict.to_string()).unwrap_or_default(),
        row.tags.join(", "),
    ]
}

/// Spreadsheets run what begins with `=`, `+`, `-`, `@`, a tab or a line break: an apostrophe keeps it text. Some split
/// at `;`, tabs or line breaks too, so that what follows one of those inside a cell begins a cell of its own.
fn harmless(cell: &str) -> String {
    let mut written = String::with_capacity(cell.len() + 1);
    let mut begins = true;
    for (at, c) in cell.char_indices() {
        let is_formula = matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
        let is_break = matches!(c, '\t' | '\r' | '\n');
        if (begins && is_formula) || (at == 0 && is_break) {
            written.push('\'');
        }
        // Spaces and quotes do not make a formula text.
        begins = c == ';' || is_break || (begins && matches!(c, ' ' | '"'));
        written.push(c);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn a_cell_never_begins_like_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"] {
            assert_eq!(harmless(cell), format!("'{cell}"));
        }
        for (cell, written) in [
            ("  =1", "  '=1"),
            ("\t=1", "'\t'=1"),
            ("a;=1;b", "a;'=1;b"),
            ("a; \"=1\"", "a; \"'=1\""),
            ("a\n@b", "a\n'@b"),
        ] {
            assert_eq!(harmless(cell), written);
        }
        for cell in ["", "10.0.0.1", "Brute force = bad", "a;b=1", "2001:db8::1"] {
            assert_eq!(harmless(cell), cell);
        }
    }
}
