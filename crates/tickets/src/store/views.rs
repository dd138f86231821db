//! Saved queues: a name for the filters in the URL.

use platform::Tx;
use uuid::Uuid;
use vocab::{OrganizationId, UserId, ViewId};

use crate::http::views::View;

struct Stored {
    id: Uuid,
    organization_id: Uuid,
    owner_id: Uuid,
    name: String,
    query: String,
    is_shared: bool,
    is_default: bool,
    version: i32,
}

impl From<Stored> for View {
    fn from(row: Stored) -> Self {
        Self {
            id: ViewId(row.id),
            organization_id: OrganizationId(row.organization_id),
            owner_id: UserId(row.owner_id),
            name: row.name,
            query: row.query,
            is_shared: row.is_shared,
            is_default: row.is_default,
            version: row.version,
        }
    }
}

/// A person's own views and those shared with their organizations. Another's default is no default of theirs.
pub async fn list(
    tx: &mut Tx,
    organizations: &[OrganizationId],
    user: UserId,
) -> Result<Vec<View>, sqlx::Error> {
    let organizations = organizations.iter().map(|id| id.uuid()).collect::<Vec<_>>();
    let rows = sqlx::query_as!(
        Stored,
        r#"select id, organization_id, owner_id, name, query, is_shared,
                  is_default and owner_id = $2 as "is_default!", version
           from ticket_views where organization_id = any($1) and (owner_id = $2 or is_shared)
           order by owner_id <> $2, lower(name), id limit 1000"#,
        &organizations,
        user.uuid()
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(View::from).collect())
}

/// A view that the user may see, locked.
pub async fn find(
    tx: &mut Tx,
    organizations: &[OrganizationId],
    user: UserId,
    id: ViewId,
) -> Result<Option<View>, sqlx::Error> {
    let organizations = organizations.iter().map(|id| id.uuid()).collect::<Vec<_>>();
    let row = sqlx::query_as!(
        Stored,
        "select id, organization_id, owner_id, name, query, is_shared, is_default, version
         from ticket_views where organization_id = any($1) and id = $2 and (owner_id = $3 or is_shared) for update",
        &organizations,
        id.uuid(),
        user.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(View::from))
}

pub async fn count(tx: &mut Tx, user: UserId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"select count(*) as "count!" from ticket_views where owner_id = $1"#, user.uuid())
        .fetch_one(&mut **tx)
        .await
}

/// Takes the default from the person's other views.
pub async fn clear_default(tx: &mut Tx, user: UserId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update ticket_views set is_default = false where owner_id = $1 and is_default",
        user.uuid()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub async fn insert(tx: &mut Tx, view: &View) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into ticket_views (id, organization_id, owner_id, name, query, is_shared, is_default)
         values ($1, $2, $3, $4, $5, $6, $7)",
        view.id.uuid(),
        view.organization_id.uuid(),
        view.owner_id.uuid(),
        view.name,
        view.query,
        view.is_shared,
        view.is_default
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes a view that this transaction has locked.
pub async fn update(tx: &mut Tx, view: &View) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update ticket_views set name = $2, query = $3, is_shared = $4, is_default = $5, version = version + 1
         where id = $1",
        view.id.uuid(),
        view.name,
        view.query,
        view.is_shared,
        view.is_default
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub async fn delete(tx: &mut Tx, id: ViewId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from ticket_views where id = $1", id.uuid()).execute(&mut **tx).await?;
    Ok(())
}
