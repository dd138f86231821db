//! What tickets gain by the alerts of a storm: appended by the batch, taken over by the ticket a moment later. Each row is
//! a part, so each is taken over once: in the transaction that notes how far it has come.

use platform::Tx;
use vocab::{OrganizationId, Severity, TicketId, Urgency};

use crate::opening::Growth;

/// Appends; neither the ticket's row nor any other is locked.
pub async fn append(tx: &mut Tx, gains: &[Growth]) -> Result<(), sqlx::Error> {
    if gains.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into ticket_gains
             (id, organization_id, ticket_id, alerts, occurrences, severity, urgency, urgency_score, urgency_terms,
              last_seen_at)
         select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[], $5::bigint[], $6::smallint[],
                              $7::smallint[], $8::smallint[], $9::text[], $10::timestamptz[])",
        &gains.iter().map(|_| uuid::Uuid::now_v7()).collect::<Vec<_>>(),
        &gains.iter().map(|gain| gain.organization.uuid()).collect::<Vec<_>>(),
        &gains.iter().map(|gain| gain.id.uuid()).collect::<Vec<_>>(),
        &gains.iter().map(|gain| gain.alerts).collect::<Vec<_>>(),
        &gains.iter().map(|gain| gain.occurrences).collect::<Vec<_>>(),
        &gains.iter().map(|gain| gain.severity.step()).collect::<Vec<_>>(),
        &gains.iter().map(|gain| gain.urgency.step()).collect::<Vec<_>>(),
        &gains.iter().map(|gain| gain.urgency_score).collect::<Vec<_>>(),
        &gains.iter().map(|gain| gain.urgency_terms.clone()).collect::<Vec<_>>(),
        &gains.iter().map(|gain| gain.last_seen_at).collect::<Vec<_>>(),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What was appended by the transactions from `from` on and before `until`.
pub async fn between(tx: &mut Tx, from: &str, until: &str) -> Result<Vec<Growth>, sqlx::Error> {
    let rows = sqlx::query!(
        "select organization_id, ticket_id, alerts, occurrences, severity, urgency, urgency_score, urgency_terms,
                last_seen_at
         from ticket_gains where xact >= $1::text::xid8 and xact < $2::text::xid8",
        from,
        until
    )
    .fetch_all(&mut **tx)
    .await?;
    let gains = rows.into_iter().map(|row| Growth {
        id: TicketId(row.ticket_id),
        organization: OrganizationId(row.organization_id),
        alerts: row.alerts,
        occurrences: row.occurrences,
        severity: Severity::from_step(row.severity),
        urgency: Urgency::from_step(row.urgency),
        urgency_score: row.urgency_score,
        urgency_terms: row.urgency_terms,
        last_seen_at: row.last_seen_at,
        reopens: false,
        offers_suppression: false,
    });
    Ok(gains.collect())
}

/// Whether anything was appended from `from` on.
pub async fn is_any_from(tx: &mut Tx, from: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from ticket_gains where xact >= $1::text::xid8) as "is_any!""#,
        from
    )
    .fetch_one(&mut **tx)
    .await
}
