//! Users and their memberships.

use platform::Tx;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use time::OffsetDateTime;
use utoipa::ToSchema;
use vocab::{OrganizationId, UserId};

use crate::model::{AccountSource, ColorScheme, Locale, Membership, NewUser, Preferences};

/// A membership as lists show it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MembershipView {
    pub organization_id: Option<OrganizationId>,
    pub organization_name: Option<String>,
    pub role: String,
}

/// A user as those see them who may read users.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub display_name: String,
    pub is_active: bool,
    pub must_change_password: bool,
    pub has_second_factor: bool,
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_sign_in_at: Option<OffsetDateTime>,
    /// Those in the caller's organizations.
    #[schema(value_type = Vec<MembershipView>)]
    pub memberships: Json<Vec<MembershipView>>,
    pub version: i32,
    /// Where the user stands in the list.
    #[serde(skip)]
    pub sort_name: String,
}

/// Whom the caller may see: people of these organizations, or everybody.
#[derive(Debug, Clone, Copy)]
pub struct Sight<'a> {
    pub organizations: &'a [OrganizationId],
    pub is_everywhere: bool,
}

/// Adds a user with their memberships. A taken address violates `users_email_key`.
pub async fn insert(tx: &mut Tx, new: &NewUser) -> Result<UserId, sqlx::Error> {
    let id = UserId::new();
    sqlx::query!(
        "insert into users (id, email, display_name, password_hash, must_change_password) values ($1, $2, $3, $4, $5)",
        id.uuid(),
        new.email,
        new.display_name,
        new.password_hash,
        new.must_change_password
    )
    .execute(&mut **tx)
    .await?;
    insert_memberships(tx, id, &new.memberships).await?;
    Ok(id)
}

pub async fn insert_memberships(
    tx: &mut Tx,
    user: UserId,
    memberships: &[Membership],
) -> Result<(), sqlx::Error> {
    let organizations: Vec<Option<uuid::Uuid>> =
        memberships.iter().map(|membership| membership.organization_id.map(OrganizationId::uuid)).collect();
    let roles: Vec<String> = memberships.iter().map(|membership| membership.role.clone()).collect();
    sqlx::query!(
        "insert into memberships (user_id, organization_id, role)
         select $1, m.organization_id, m.role from unnest($2::uuid[], $3::text[]) as m (organization_id, role)",
        user.uuid(),
        organizations as _,
        &roles
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Removes the memberships that the caller sees.
pub async fn remove_memberships(tx: &mut Tx, user: UserId, sight: Sight<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from memberships where user_id = $1 and ($3 or organization_id = any($2))",
        user.uuid(),
        sight.organizations as _,
        sight.is_everywhere
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Every membership of a user; the user's row stays locked, so that two who edit do not cross.
pub async fn lock_memberships(tx: &mut Tx, user: UserId) -> Result<Vec<Membership>, sqlx::Error> {
    sqlx::query!("select id from users where id = $1 for update", user.uuid())
        .fetch_optional(&mut **tx)
        .await?;
    memberships(tx, user).await
}

/// Every membership of a user.
pub async fn memberships(tx: &mut Tx, user: UserId) -> Result<Vec<Membership>, sqlx::Error> {
    sqlx::query_as!(
        Membership,
        r#"select organization_id as "organization_id: OrganizationId", role from memberships where user_id = $1
           order by organization_id"#,
        user.uuid()
    )
    .fetch_all(&mut **tx)
    .await
}

/// A user as an alarm names them, and the organizations that it concerns.
#[derive(Debug, Clone)]
pub struct Concern {
    pub email: String,
    /// Those with a membership; the installation's first one for who works everywhere.
    pub organizations: Vec<OrganizationId>,
}

/// Whom an alarm about a user concerns.
pub async fn concern(tx: &mut Tx, user: UserId) -> Result<Option<Concern>, sqlx::Error> {
    sqlx::query_as!(
        Concern,
        r#"select email, array(
               select id from organizations
               where id in (select organization_id from memberships where user_id = person.id)
                  or (id = (select id from organizations order by created_at, id limit 1) and not exists (
                         select from memberships where user_id = person.id and organization_id is not null))
           ) as "organizations!: Vec<OrganizationId>"
           from users person where id = $1"#,
        user.uuid()
    )
    .fetch_optional(&mut **tx)
    .await
}

/// Users by name, after the name and id `after`.
pub async fn list(
    tx: &mut Tx,
    sight: Sight<'_>,
    after: Option<(String, UserId)>,
    limit: i64,
) -> Result<Vec<User>, sqlx::Error> {
    let (after_name, after_id) = after.map_or((None, None), |(name, id)| (Some(name), Some(id.uuid())));
    sqlx::query_as!(
        User,
        r#"select u.id as "id: UserId", u.email, u.display_name, u.is_active, u.must_change_password,
                  exists (select from enrolled_people e where e.user_id = u.id) as "has_second_factor!",
                  u.last_sign_in_at, u.version, lower(u.display_name) as "sort_name!",
                  (select coalesce(jsonb_agg(jsonb_build_object('organization_id', m.organization_id,
                              'organization_name', o.name, 'role', m.role) order by lower(o.name) nulls first), '[]')
                   from memberships m left join organizations o on o.id = m.organization_id
                   where m.user_id = u.id and ($2 or m.organization_id = any($1)))
                      as "memberships!: Json<Vec<MembershipView>>"
           from users u
           where not u.is_service
             and ($2 or exists (select from memberships m where m.user_id = u.id and m.organization_id = any($1)))
             and ($3::text is null or (lower(u.display_name), u.id) > ($3, $4))
           order by lower(u.display_name), u.id
           limit $5"#,
        sight.organizations as _,
        sight.is_everywhere,
        after_name,
        after_id,
        limit
    )
    .fetch_all(&mut **tx)
    .await
}

pub async fn find(tx: &mut Tx, user: UserId, sight: Sight<'_>) -> Result<Option<User>, sqlx::Error> {
    sqlx::query_as!(
        User,
        r#"select u.id as "id: UserId", u.email, u.display_name, u.is_active, u.must_change_password,
                  exists (select from enrolled_people e where e.user_id = u.id) as "has_second_factor!",
                  u.last_sign_in_at, u.version, lower(u.display_name) as "sort_name!",
                  (select coalesce(jsonb_agg(jsonb_build_object('organization_id', m.organization_id,
                              'organization_name', o.name, 'role', m.role) order by lower(o.name) nulls first), '[]')
                   from memberships m left join organizations o on o.id = m.organization_id
                   where m.user_id = u.id and ($3 or m.organization_id = any($2)))
                      as "memberships!: Json<Vec<MembershipView>>"
           from users u
           where u.id = $1 and not u.is_service
             and ($3 or exists (select from memberships m where m.user_id = u.id and m.organization_id = any($2)))"#,
        user.uuid(),
        sight.organizations as _,
        sight.is_everywhere
    )
    .fetch_optional(&mut **tx)
    .await
}

/// Changes the `version` read; false when it is another by now.
pub async fn update(
    tx: &mut Tx,
    user: UserId,
    version: i32,
    display_name: Option<&str>,
    is_active: Option<bool>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update users set display_name = coalesce($3, display_name), is_active = coalesce($4, is_active),
                          version = version + 1
         where id = $1 and version = $2",
        user.uuid(),
        version,
        display_name,
        is_active
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Replaces a password; false when it is not the one proven any more.
pub async fn change_password(
    tx: &mut Tx,
    user: UserId,
    proven_generation: i32,
    hash: &str,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update users set password_hash = $3, password_generation = password_generation + 1,
                          must_change_password = false, version = version + 1
         where id = $1 and password_generation = $2",
        user.uuid(),
        proven_generation,
        hash
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Says where an account comes from.
pub async fn set_source(tx: &mut Tx, user: UserId, source: AccountSource) -> Result<(), sqlx::Error> {
    sqlx::query!("update users set source = $2 where id = $1", user.uuid(), source.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Gives a first password, whatever it was before; it must be changed. From then on the account is one of ours.
pub async fn reset_password(tx: &mut Tx, user: UserId, hash: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update users set password_hash = $2, password_generation = password_generation + 1,
                          must_change_password = true, source = 'local', version = version + 1
         where id = $1",
        user.uuid(),
        hash
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What somebody sees of themselves.
#[derive(Debug, Clone)]
pub struct OwnUser {
    pub display_name: String,
    pub locale: Option<Locale>,
    pub color_scheme: ColorScheme,
    pub preferences: Json<Preferences>,
}

pub async fn find_own(tx: &mut Tx, user: UserId) -> Result<Option<OwnUser>, sqlx::Error> {
    sqlx::query_as!(
        OwnUser,
        r#"select display_name, locale as "locale: Locale", color_scheme as "color_scheme: ColorScheme",
                  preferences as "preferences: Json<Preferences>"
           from users where id = $1"#,
        user.uuid()
    )
    .fetch_optional(&mut **tx)
    .await
}

pub async fn set_preferences(tx: &mut Tx, user: UserId, own: &OwnUser) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update users set locale = $2, color_scheme = $3, preferences = preferences || $4 where id = $1",
        user.uuid(),
        own.locale.map(Locale::as_str),
        own.color_scheme.as_str(),
        Json(&own.preferences.0) as _
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Somebody who may be given work.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Assignable {
    pub id: UserId,
    pub display_name: String,
    pub email: String,
}

/// Active people with one of these roles in an organization, by name.
pub async fn assignable(
    tx: &mut Tx,
    organization: OrganizationId,
    roles: &[String],
) -> Result<Vec<Assignable>, sqlx::Error> {
    sqlx::query_as!(
        Assignable,
        r#"select u.id as "id: UserId", u.display_name, u.email from users u
           where u.is_active and exists (
               select from memberships m
               where m.user_id = u.id and (m.organization_id = $1 or m.organization_id is null) and m.role = any($2))
           order by lower(u.display_name), u.id
           limit 1000"#,
        organization.uuid(),
        roles
    )
    .fetch_all(&mut **tx)
    .await
}

/// Whether there is any user yet. Two processes that start at once ask one after the other.
pub async fn is_anybody_there(tx: &mut Tx) -> Result<bool, sqlx::Error> {
    // A statement of its own: the next one must see what the other process committed meanwhile.
    sqlx::query!("select pg_advisory_xact_lock(hashtext('first_administrator'))").execute(&mut **tx).await?;
    sqlx::query_scalar!(r#"select exists (select from users) as "is_there!""#).fetch_one(&mut **tx).await
}

/// The row that stands for a service; nobody can sign in as it.
pub async fn write_service(tx: &mut Tx, user: UserId, id: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into users (id, email, display_name, password_hash, must_change_password, is_active, is_service)
         values ($1, 'service:' || $2, $2, '!', false, false, true)
         on conflict (id) do nothing",
        user.uuid(),
        id
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
