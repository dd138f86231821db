//! Every SQL statement of this crate.

use std::collections::HashMap;

use identity::IdentityService;
use ipnet::IpNet;
use platform::{App, Tx};
use time::Date;
use uuid::Uuid;
use vocab::{OrganizationId, UserId};

use crate::decisions::Row;
use crate::explain;
use crate::model::KeptDecision;

/// More than this of one person and permission is no help to who asks why.
const MOST_SHOWN: i64 = 50;
/// Kinds of decisions that a preview asks again.
pub const MOST_REPLAYED: i64 = 50_000;

/// A role somewhere.
#[derive(Debug, Clone)]
pub struct Place {
    /// None: in all organizations.
    pub organization_id: Option<OrganizationId>,
    pub name: Option<String>,
    pub short_name: Option<String>,
    pub role: String,
}

/// Somebody with the roles that the caller may know of.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: UserId,
    pub email: String,
    pub display_name: String,
    pub is_active: bool,
    pub everywhere_role: Option<String>,
    pub places: Vec<Place>,
}

/// Whom the caller may ask about: people of these organizations, or everybody.
#[derive(Debug, Clone, Copy)]
pub struct Sight<'a> {
    pub organizations: &'a [OrganizationId],
    pub is_everywhere: bool,
}

/// A person of the organizations in sight, by their address.
pub async fn person(tx: &mut Tx, sight: Sight<'_>, email: &str) -> Result<Option<Person>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select person.id as "id!", person.email as "email!", person.display_name as "display_name!",
                  person.is_active as "is_active!", held.role as "role!",
                  held.organization_id as "organization_id: OrganizationId", there.name as "name?",
                  there.slug as "slug?"
           from users person
           join memberships held on held.user_id = person.id
           left join organizations there on there.id = held.organization_id
           where person.email = lower($1)
           order by lower(there.name) nulls first"#,
        email
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut person = None;
    for row in rows {
        let person = person.get_or_insert_with(|| Person {
            id: UserId(row.id),
            email: row.email,
            display_name: row.display_name,
            is_active: row.is_active,
            everywhere_role: None,
            places: Vec::new(),
        });
        let is_in_sight = match row.organization_id {
            Some(organization) => sight.is_everywhere || sight.organizations.contains(&organization),
            None => sight.is_everywhere,
        };
        if row.organization_id.is_none() {
            person.everywhere_role = Some(row.role.clone());
        }
        if is_in_sight {
            person.places.push(Place {
                organization_id: row.organization_id,
                name: row.name,
                short_name: row.slug,
                role: row.role,
            });
        }
    }
    Ok(person.filter(|person| !person.places.is_empty()))
}

/// An organization where somebody has the role that they have in all.
pub async fn place(
    tx: &mut Tx,
    organization: OrganizationId,
    role: &str,
) -> Result<Option<Place>, sqlx::Error> {
    let names = names(tx, organization).await?;
    Ok(names.map(|(name, short_name)| Place {
        organization_id: Some(organization),
        name: Some(name),
        short_name: Some(short_name),
        role: role.to_owned(),
    }))
}

/// The name and the short name of an organization.
pub async fn names(
    tx: &mut Tx,
    organization: OrganizationId,
) -> Result<Option<(String, String)>, sqlx::Error> {
    let row = sqlx::query!("select name, slug from organizations where id = $1", organization.uuid())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.map(|row| (row.name, row.slug)))
}

/// The organization of this short name.
pub async fn organization(tx: &mut Tx, short_name: &str) -> Result<Option<OrganizationId>, sqlx::Error> {
    let id = sqlx::query_scalar!("select id from organizations where slug = $1", short_name);
    Ok(id.fetch_optional(&mut **tx).await?.map(OrganizationId))
}

/// The roles of people, by their id.
pub async fn places_of(tx: &mut Tx, people: &[Uuid]) -> Result<HashMap<Uuid, Vec<Place>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select held.user_id as "user_id!", held.role as "role!", held.organization_id as "organization_id: OrganizationId",
                  there.slug as "slug?"
           from memberships held left join organizations there on there.id = held.organization_id
           where held.user_id = any($1)"#,
        people
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut places: HashMap<Uuid, Vec<Place>> = HashMap::new();
    for row in rows {
        places.entry(row.user_id).or_default().push(Place {
            organization_id: row.organization_id,
            name: None,
            short_name: row.slug,
            role: row.role,
        });
    }
    Ok(places)
}

/// Adds counts to what is kept.
pub async fn add(tx: &mut Tx, rows: &[Row]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into access_decisions as kept
             (day, user_id, organization_id, permission, is_allowed, roles, reasons, count, last_address, last_at)
         select day, user_id, organization_id, permission, is_allowed, roles, reasons, count, last_address, last_at
         from unnest($1::date[], $2::uuid[], $3::uuid[], $4::text[], $5::boolean[], $6::text[], $7::text[],
                     $8::bigint[], $9::inet[], $10::timestamptz[])
             as row (day, user_id, organization_id, permission, is_allowed, roles, reasons, count, last_address, last_at)
         order by user_id, permission, is_allowed, organization_id, day
         on conflict on constraint access_decisions_alike do update
             set count = kept.count + excluded.count, roles = excluded.roles, reasons = excluded.reasons,
                 last_address = excluded.last_address, last_at = excluded.last_at",
        &rows.iter().map(|row| row.decided.day).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.decided.user.uuid()).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.organization.map(OrganizationId::uuid)).collect::<Vec<_>>() as &[Option<Uuid>],
        &rows.iter().map(|row| row.decided.permission.to_owned()).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.decided.is_allowed).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.roles.clone()).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.reasons.clone()).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.counted.count).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.counted.last_address.map(IpNet::from)).collect::<Vec<_>>() as &[Option<IpNet>],
        &rows.iter().map(|row| row.counted.last_at).collect::<Vec<_>>(),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Lets go of the days before.
pub async fn forget(tx: &mut Tx, before: Date) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from access_decisions where day < $1", before).execute(&mut **tx).await?;
    Ok(())
}

/// What was decided of late, the latest first, with the short name of its organization: of one person and permission, or of all.
pub async fn kept(
    app: &App,
    tx: &mut Tx,
    of: Option<(UserId, &str)>,
    since: Date,
) -> Result<Vec<(KeptDecision, Option<String>)>, sqlx::Error> {
    let policies = app.service::<IdentityService>().policies();
    let rows = sqlx::query!(
        r#"select kept.user_id as "user_id!", person.email as "email!",
                  kept.organization_id as "organization_id: OrganizationId", there.name as "name?",
                  there.slug as "slug?", kept.permission as "permission!", kept.is_allowed as "is_allowed!",
                  kept.roles as "roles!", kept.reasons as "reasons!", kept.day as "day!", kept.count as "count!",
                  kept.last_address as "last_address: IpNet", kept.last_at as "last_at!"
           from access_decisions kept
           join users person on person.id = kept.user_id
           left join organizations there on there.id = kept.organization_id
           where kept.day >= $1 and ($2::uuid is null or (kept.user_id = $2 and kept.permission = $3))
           order by kept.last_at desc limit $4"#,
        since,
        of.map(|(user, _)| user.uuid()),
        of.map(|(_, permission)| permission),
        if of.is_some() { MOST_SHOWN } else { MOST_REPLAYED }
    )
    .fetch_all(&mut **tx)
    .await?;
    let kept = rows.into_iter().map(|row| {
        let ids = row.reasons.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let decision = KeptDecision {
            user_id: UserId(row.user_id),
            email: row.email,
            organization_id: row.organization_id,
            organization_name: row.name,
            roles: row.roles.split(',').map(str::to_owned).collect(),
            permission: row.permission,
            is_allowed: row.is_allowed,
            reasons: explain::reasons(&policies, &ids),
            day: row.day.to_string(),
            count: row.count,
            last_address: row.last_address.map(|net| net.addr()),
            last_at: row.last_at,
        };
        (decision, row.slug)
    });
    Ok(kept.collect())
}
