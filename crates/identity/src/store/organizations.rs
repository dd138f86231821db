//! Organizations.

use platform::{App, Tx};
use vocab::OrganizationId;

use crate::model::Organization;

/// Adds an organization. A taken name violates `organizations_name_key`, a taken slug `organizations_slug_key`.
pub async fn insert(tx: &mut Tx, name: &str, slug: &str) -> Result<Organization, sqlx::Error> {
    sqlx::query_as!(
        Organization,
        r#"insert into organizations (id, name, slug) values ($1, $2, $3)
           returning id as "id: OrganizationId", name, slug, created_at, version"#,
        OrganizationId::new().uuid(),
        name,
        slug
    )
    .fetch_one(&mut **tx)
    .await
}

/// Those of `organizations`, by name, after the one called `after`.
pub async fn list(
    tx: &mut Tx,
    organizations: &[OrganizationId],
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Organization>, sqlx::Error> {
    sqlx::query_as!(
        Organization,
        r#"select id as "id: OrganizationId", name, slug, created_at, version from organizations
           where id = any($1) and ($2::text is null or lower(name) > $2)
           order by lower(name)
           limit $3"#,
        organizations as _,
        after,
        limit
    )
    .fetch_all(&mut **tx)
    .await
}

/// Renames the `version` read; none when it is another by now.
pub async fn rename(
    tx: &mut Tx,
    id: OrganizationId,
    version: i32,
    name: &str,
) -> Result<Option<Organization>, sqlx::Error> {
    sqlx::query_as!(
        Organization,
        r#"update organizations set name = $3, version = version + 1 where id = $1 and version = $2
           returning id as "id: OrganizationId", name, slug, created_at, version"#,
        id.uuid(),
        version,
        name
    )
    .fetch_optional(&mut **tx)
    .await
}

pub async fn version(tx: &mut Tx, id: OrganizationId) -> Result<Option<i32>, sqlx::Error> {
    sqlx::query_scalar!("select version from organizations where id = $1", id.uuid())
        .fetch_optional(&mut **tx)
        .await
}

/// The organization of this slug or name.
pub async fn by_name(tx: &mut Tx, name: &str) -> Result<Option<OrganizationId>, sqlx::Error> {
    let id = sqlx::query_scalar!(
        "select id from organizations where slug = $1 or lower(name) = lower($1) order by slug = $1 desc limit 1",
        name
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(id.map(OrganizationId))
}

pub async fn by_slug(tx: &mut Tx, slug: &str) -> Result<Option<OrganizationId>, sqlx::Error> {
    let id = sqlx::query_scalar!("select id from organizations where slug = $1", slug)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(id.map(OrganizationId))
}

/// The first there was.
pub async fn first(tx: &mut Tx) -> Result<Option<OrganizationId>, sqlx::Error> {
    let id = sqlx::query_scalar!("select id from organizations order by created_at, id limit 1")
        .fetch_optional(&mut **tx)
        .await?;
    Ok(id.map(OrganizationId))
}

/// Every organization with its short name, for services.
pub async fn slugs(app: &App) -> Result<Vec<(OrganizationId, String)>, sqlx::Error> {
    let rows =
        sqlx::query!("select id, slug from organizations order by id").fetch_all(app.db.pool()).await?;
    Ok(rows.into_iter().map(|row| (OrganizationId(row.id), row.slug)).collect())
}
