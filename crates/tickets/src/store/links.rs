//! Links between tickets, and who watches one.

use platform::Tx;
use uuid::Uuid;
use vocab::{OrganizationId, TicketId, UserId};

use super::summary::refs;
use crate::model::{Link, LinkKind, Person};

/// Links from a ticket and to it.
pub async fn list(
    tx: &mut Tx,
    organization: OrganizationId,
    ticket: TicketId,
) -> Result<Vec<Link>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select kind as "kind!", other as "other!", is_incoming as "is_incoming!" from (
               select kind, other_ticket_id as other, false as is_incoming, created_at from ticket_links
               where organization_id = $1 and ticket_id = $2
               union all
               select kind, ticket_id, true, created_at from ticket_links
               where organization_id = $1 and other_ticket_id = $2) as link
           order by created_at, other limit 200"#,
        organization.uuid(),
        ticket.uuid()
    )
    .fetch_all(&mut **tx)
    .await?;
    let others = refs(tx, organization, &rows.iter().map(|row| row.other).collect::<Vec<_>>()).await?;
    let links = rows.into_iter().filter_map(|row| {
        let ticket = others.iter().find(|other| other.id.uuid() == row.other)?.clone();
        Some(Link {
            kind: row.kind.parse().unwrap_or(LinkKind::Related),
            is_incoming: row.is_incoming,
            ticket,
        })
    });
    Ok(links.collect())
}

/// Links two tickets, or gives their link another kind. Says whether anything changed.
pub async fn insert(
    tx: &mut Tx,
    organization: OrganizationId,
    from: TicketId,
    kind: LinkKind,
    to: TicketId,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into ticket_links as link (organization_id, ticket_id, kind, other_ticket_id) values ($1, $2, $3, $4)
         on conflict (organization_id, ticket_id, other_ticket_id) do update set kind = excluded.kind
             where link.kind <> excluded.kind",
        organization.uuid(),
        from.uuid(),
        kind.as_str(),
        to.uuid()
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes the links between two tickets, whichever way they point.
pub async fn delete(
    tx: &mut Tx,
    organization: OrganizationId,
    one: TicketId,
    other: TicketId,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "delete from ticket_links
         where organization_id = $1
           and ((ticket_id = $2 and other_ticket_id = $3) or (ticket_id = $3 and other_ticket_id = $2))",
        organization.uuid(),
        one.uuid(),
        other.uuid()
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Who watches a ticket.
pub async fn watchers(tx: &mut Tx, ticket: TicketId) -> Result<Vec<Person>, sqlx::Error> {
    let rows = sqlx::query!(
        "select watcher.user_id, person.display_name from ticket_watchers watcher
         join users person on person.id = watcher.user_id
         where watcher.ticket_id = $1 order by person.display_name, person.id limit 500",
        ticket.uuid()
    )
    .fetch_all(&mut **tx)
    .await?;
    let people =
        rows.into_iter().map(|row| Person { id: UserId(row.user_id), display_name: row.display_name });
    Ok(people.collect())
}

/// Who watches each of these tickets.
pub async fn watchers_of(tx: &mut Tx, tickets: &[Uuid]) -> Result<Vec<(TicketId, UserId)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select ticket_id, user_id from ticket_watchers where ticket_id = any($1) limit 5000",
        tickets
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(|row| (TicketId(row.ticket_id), UserId(row.user_id))).collect())
}

pub async fn watch(
    tx: &mut Tx,
    organization: OrganizationId,
    ticket: TicketId,
    user: UserId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into ticket_watchers (organization_id, ticket_id, user_id) values ($1, $2, $3) on conflict do nothing",
        organization.uuid(),
        ticket.uuid(),
        user.uuid()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub async fn unwatch(tx: &mut Tx, ticket: TicketId, user: UserId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from ticket_watchers where ticket_id = $1 and user_id = $2",
        ticket.uuid(),
        user.uuid()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
