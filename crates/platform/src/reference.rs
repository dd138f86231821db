//! Human references (`TCK-2026-000123`), counted per organization, kind and year.

use vocab::OrganizationId;

use crate::Tx;

/// Takes `count` numbers in a row and returns the first.
///
/// The counter's row stays locked until the transaction ends: callers with throughput take them in a short
/// transaction of their own, and a crash between the two leaves a gap rather than a number used twice.
pub async fn take(
    tx: &mut Tx,
    organization: OrganizationId,
    kind: &str,
    year: i32,
    count: i32,
) -> Result<i32, sqlx::Error> {
    let last = sqlx::query_scalar!(
        "insert into reference_counters (organization_id, kind, year, last_number) values ($1, $2, $3, $4)
         on conflict (organization_id, kind, year) do update
             set last_number = reference_counters.last_number + excluded.last_number
         returning last_number",
        organization.uuid(),
        kind,
        year,
        count
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(last - count + 1)
}

/// `TCK-2026-000123`.
pub fn format(kind: &str, year: i32, number: i32) -> String {
    format!("{kind}-{year:04}-{number:06}")
}
