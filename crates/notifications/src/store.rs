//! Every SQL statement of this crate.

use platform::live::{self, Change};
use platform::principal::Actor;
use platform::{Result, Tx};
use time::OffsetDateTime;
use uuid::Uuid;
use vocab::{NoticeId, OrganizationId, TicketId, UserId};

use crate::model::{AccountDetail, NewNotice, Notice, NoticeActor, NoticeKind, NoticeTicket};

/// Characters of an excerpt that are kept.
const EXCERPT: usize = 200;

/// Writes notices and tells their readers, in the caller's transaction. Who did it is told nothing.
pub async fn notify(
    tx: &mut Tx,
    actor: &Actor,
    now: OffsetDateTime,
    notices: &[NewNotice],
) -> Result<(), sqlx::Error> {
    let others = notices.iter().filter(|notice| Some(notice.user.uuid()) != actor.id).collect::<Vec<_>>();
    if others.is_empty() {
        return Ok(());
    }
    let ids = others.iter().map(|_| NoticeId::new().uuid()).collect::<Vec<_>>();
    let excerpts = others.iter().map(|notice| notice.excerpt.as_deref().map(excerpt)).collect::<Vec<_>>();
    sqlx::query!(
        "insert into notices (id, organization_id, user_id, kind, ticket_id, ticket_reference, ticket_title, actor_id,
                              actor_name, excerpt, created_at)
         select id, organization_id, user_id, kind, ticket_id, ticket_reference, ticket_title, $8, $9, excerpt, $10
         from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::text[], $11::text[])
              as notice (id, organization_id, user_id, kind, ticket_id, ticket_reference, ticket_title, excerpt)",
        &ids,
        &others.iter().map(|notice| notice.organization.uuid()).collect::<Vec<_>>(),
        &others.iter().map(|notice| notice.user.uuid()).collect::<Vec<_>>(),
        &others.iter().map(|notice| notice.kind.as_str().to_owned()).collect::<Vec<_>>(),
        &others.iter().map(|notice| notice.ticket.uuid()).collect::<Vec<_>>(),
        &others.iter().map(|notice| notice.ticket_reference.clone()).collect::<Vec<_>>(),
        &others.iter().map(|notice| notice.ticket_title.clone()).collect::<Vec<_>>(),
        actor.id,
        &*actor.name,
        now,
        &excerpts as &[Option<String>]
    )
    .execute(&mut **tx)
    .await?;
    for (id, notice) in ids.into_iter().zip(&others) {
        let change = Change {
            topic: "notices",
            organization: Some(notice.organization),
            id,
            change: "created",
            data: None,
        };
        live::tell_user(tx, notice.user, change).await?;
    }
    Ok(())
}

fn excerpt(text: &str) -> String {
    text.chars().take(EXCERPT).collect()
}

/// A person's notices, newest first: `limit + 1` rows.
pub async fn list(
    tx: &mut Tx,
    user: UserId,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Notice>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"(select id as "id!", organization_id, kind as "kind!", ticket_id, ticket_reference, ticket_title, actor_id,
                   actor_name as "actor_name!", created_at as "created_at!", read_at, excerpt, null as subject, null as ip,
                   null as user_agent
            from notices where user_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3)
           union all
           (select id, null, kind, null, null, null, actor_id, actor_name, created_at, read_at, null, subject, host(ip),
                   user_agent
            from account_notices where user_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3)
           order by 1 desc limit $3"#,
        user.uuid(),
        before,
        limit + 1
    )
    .fetch_all(&mut **tx)
    .await?;
    let notices = rows.into_iter().map(|row| Notice {
        id: NoticeId(row.id),
        organization_id: row.organization_id.map(OrganizationId),
        kind: row.kind.parse().unwrap_or(NoticeKind::Watched),
        ticket: row.ticket_id.map(|id| NoticeTicket {
            id: TicketId(id),
            reference: row.ticket_reference.unwrap_or_default(),
            title: row.ticket_title.unwrap_or_default(),
        }),
        account: row.ticket_id.is_none().then_some(AccountDetail {
            subject: row.subject,
            ip: row.ip,
            user_agent: row.user_agent,
        }),
        actor: NoticeActor { id: row.actor_id, name: row.actor_name },
        created_at: row.created_at,
        read_at: row.read_at,
        excerpt: row.excerpt,
    });
    Ok(notices.collect())
}

/// How many notices a person has not read; counted to 1000.
pub async fn unread(tx: &mut Tx, user: UserId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from (
               select from notices where user_id = $1 and read_at is null
               union all select from account_notices where user_id = $1 and read_at is null
               limit 1000) as unread"#,
        user.uuid()
    )
    .fetch_one(&mut **tx)
    .await
}

/// Marks these notices of a person as read, or all of theirs; returns how many were unread.
pub async fn mark_read(
    tx: &mut Tx,
    user: UserId,
    ids: Option<&[Uuid]>,
    now: OffsetDateTime,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "update notices set read_at = $3 where user_id = $1 and read_at is null and ($2::uuid[] is null or id = any($2))",
        user.uuid(),
        ids,
        now
    )
    .execute(&mut **tx)
    .await?;
    let of_account = sqlx::query!(
        "update account_notices set read_at = $3
         where user_id = $1 and read_at is null and ($2::uuid[] is null or id = any($2))",
        user.uuid(),
        ids,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() + of_account.rows_affected())
}
