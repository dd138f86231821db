//! Reading what the look-up tables hold.

use detection::urgency::Criticality;
use ipnet::IpNet;
use platform::db::{Db, Scope};
use platform::{Result, Tx, live};
use vocab::{AssetId, OrganizationId};

use crate::AssetCard;
use crate::inventory::{Entry, TOPIC};
use crate::model::AssetState;

/// The revision of every organization's assets, or of those named.
pub async fn revisions(
    db: &Db,
    organizations: Option<&[OrganizationId]>,
) -> Result<Vec<(OrganizationId, i64)>> {
    let organizations = organizations.map(|known| known.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let tx = &mut db.read(Scope::System).await?;
    let rows = sqlx::query!(
        "select organization_id, revision from asset_revisions
         where $1::uuid[] is null or organization_id = any ($1)",
        organizations.as_deref()
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(|row| (OrganizationId(row.organization_id), row.revision)).collect())
}

/// The active assets of an organization and the revision they are of: one statement, so one snapshot.
pub async fn inventory_entries(db: &Db, organization: OrganizationId) -> Result<(i64, Vec<Entry>)> {
    let tx = &mut db.read(Scope::System).await?;
    let rows = sqlx::query!(
        // Address by address from the index: a join would be planned by statistics that a fresh import has outrun.
        r#"select known.revision, asset.id as "id?", asset.name as "name?",
                  asset.criticality as "criticality?: Criticality", asset.is_internet_facing as "is_internet_facing?",
                  asset.owner, asset.department, asset.hostnames as "hostnames?",
                  array(select address from asset_addresses where asset_id = asset.id) as "addresses!: Vec<IpNet>"
           from asset_revisions known
           left join assets asset on asset.organization_id = known.organization_id and asset.state = 'active'
           where known.organization_id = $1"#,
        organization.uuid()
    )
    .fetch_all(&mut **tx)
    .await?;
    let revision = rows.first().map_or(0, |row| row.revision);
    let entries = rows
        .into_iter()
        .filter_map(|row| {
            let card = AssetCard {
                id: AssetId(row.id?),
                name: row.name?,
                criticality: row.criticality?,
                state: AssetState::Active,
                is_internet_facing: row.is_internet_facing?,
                owner: row.owner,
                department: row.department,
            };
            Some(Entry { card, addresses: row.addresses, hostnames: row.hostnames.unwrap_or_default() })
        })
        .collect();
    Ok((revision, entries))
}

/// Counts the organization's revision up and tells every node once the transaction commits.
///
/// First in every change: the row stays locked, so that writers of one organization follow each other.
pub async fn next_revision(tx: &mut Tx, organization: OrganizationId) -> Result<i64> {
    let revision = sqlx::query_scalar!(
        "insert into asset_revisions as known (organization_id, revision) values ($1, 1)
         on conflict (organization_id) do update set revision = known.revision + 1
         returning revision",
        organization.uuid()
    )
    .fetch_one(&mut **tx)
    .await?;
    live::signal(tx, TOPIC, &organization.to_string()).await?;
    Ok(revision)
}
