//! How much open work names an asset.

use platform::Tx;
use vocab::{AssetId, OrganizationId};

use super::count::EXACT;
use crate::words::{WordQuery, facet, organization};

/// Counts the open tickets of an asset, at most 10,000.
pub async fn open_of_asset(tx: &mut Tx, of: OrganizationId, asset: AssetId) -> Result<i64, sqlx::Error> {
    let mut words = WordQuery::default();
    words.any([organization(of)]);
    words.any([facet("asset", &asset.to_string())]);
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from (
               select from search_tickets($1::text::tsquery, $2) found
               join tickets ticket on ticket.organization_id = found.organization_id and ticket.id = found.id
               where ticket.stage in ('new', 'in_progress', 'pending') and ticket.merged_into is null
               limit $3) as open"#,
        words.to_tsquery(),
        i32::try_from(EXACT).unwrap_or(i32::MAX),
        EXACT
    )
    .fetch_one(&mut **tx)
    .await
}
