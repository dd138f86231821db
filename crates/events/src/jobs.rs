//! Letting go: whole days, by age and by size.

use platform::{App, Result, db::Scope};
use time::Duration;

/// Lets go the days that are too old, then the oldest ones until the rest is small enough; today's stays.
pub async fn let_go(app: &App) -> Result<()> {
    let now = app.clock.now();
    let settings = &app.config.events;
    let mut tx = app.db.begin(Scope::System).await?;
    let days = sqlx::query!(r#"select day as "day!", bytes as "bytes!" from event_days()"#)
        .fetch_all(&mut *tx)
        .await?;
    let mut first = now.date() - Duration::days(i64::from(settings.keep_days));
    let mut bytes = 0_i64;
    for row in days.iter().rev() {
        bytes = bytes.saturating_add(row.bytes);
        if settings.keep_bytes > 0 && bytes.unsigned_abs() > settings.keep_bytes && row.day >= first {
            first = row.day.next_day().unwrap_or(row.day);
        }
    }
    sqlx::query!("select drop_event_days($1, $2)", first, now).fetch_one(&mut *tx).await?;
    // The default partition and days that were never made hold nothing that is counted.
    let first = first.min(now.date()).midnight().assume_utc();
    sqlx::query!("delete from event_minutes where minute < $1", first).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}
