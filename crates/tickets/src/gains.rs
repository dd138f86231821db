//! What tickets gain by the alerts of a storm: appended by the batch, taken over by the ticket a moment later. Each row is
//! a part, so each is taken over once: the transaction that adds it to the ticket takes it away here.

use platform::Tx;
use vocab::{OrganizationId, Severity, TicketId, Urgency};

use crate::opening::Growth;

/// Appends; neither the ticket's row nor any other is locked. A ticket that reopens is locked and no matter for this.
pub async fn append(tx: &mut Tx, gains: &[Growth]) -> Result<(), sqlx::Error> {
    if gains.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into ticket_gains
             (id, organization_id, ticket_id, alerts, occurrences, severity, urgency, urgency_score, urgency_terms,
              offers_suppression, last_seen_at)
         select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[], $5::bigint[], $6::smallint[],
                              $7::smallint[], $8::smallint[], $9::text[], $10::boolean[], $11::timestamptz[])",
        &gains.iter().map(|_| uuid::Uuid::now_v7()).collect::<Vec<_>>(),
        &gains.iter().map(|gain| gain.organization.uuid()).collect::<Vec<_>>(),
        &gains.iter().map(|gain| gain.id.uuid()).collect::<Vec<_>>(),
        &gains.iter().map(|gain| gain.alerts).collect::<Vec<_>>(),
        &gains.iter().map(|gain| gain.occurrences).collect::<Vec<_>>(),
        &gains.iter().map(|gain| gain.severity.step()).collect::<Vec<_>>(),
        &gains.iter().map(|gain| gain.urgency.step()).collect::<Vec<_>>(),
        &gains.iter().map(|gain| gain.urgency_score).collect::<Vec<_>>(),
        &gains.iter().map(|gain| gain.urgency_terms.clone()).collect::<Vec<_>>(),
        &gains.iter().map(|gain| gain.offers_suppression).collect::<Vec<_>>(),
        &gains.iter().map(|gain| gain.last_seen_at).collect::<Vec<_>>(),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Takes the oldest away, of about `most` rows: what is returned is the caller's to add, in this transaction.
pub async fn take(tx: &mut Tx, most: i64) -> Result<Vec<Growth>, sqlx::Error> {
    let rows = sqlx::query!(
        "delete from ticket_gains where id in (select id from ticket_gains order by id limit $1)
         returning organization_id, ticket_id, alerts, occurrences, severity, urgency, urgency_score, urgency_terms,
                   offers_suppression, last_seen_at",
        most
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
        offers_suppression: row.offers_suppression,
    });
    Ok(gains.collect())
}

/// Whether any waits.
pub async fn are_there(tx: &mut Tx) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select exists (select from ticket_gains) as "are_there!""#)
        .fetch_one(&mut **tx)
        .await
}
