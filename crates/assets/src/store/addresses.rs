//! Which address names which asset.

use ipnet::IpNet;
use platform::{Result, Tx};
use vocab::{AssetId, OrganizationId};

use crate::address::Address;
use crate::model::AssetState;

/// An asset that has an address already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub address: Address,
    pub asset_id: AssetId,
    pub name: String,
    pub state: AssetState,
}

/// Who in the organization has any of these addresses.
pub async fn holders(
    tx: &mut Tx,
    organization: OrganizationId,
    addresses: &[Address],
) -> Result<Vec<Holder>> {
    if addresses.is_empty() {
        return Ok(Vec::new());
    }
    let nets = addresses.iter().map(|address| address.net()).collect::<Vec<_>>();
    let rows = sqlx::query!(
        r#"select held.address as "address: IpNet", asset.id, asset.name, asset.state as "state: AssetState"
           from asset_addresses held join assets asset on asset.id = held.asset_id
           where held.organization_id = $1 and held.address = any ($2::cidr[])
           order by held.address"#,
        organization.uuid(),
        &nets as _
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Holder {
            address: Address::from_net(row.address),
            asset_id: AssetId(row.id),
            name: row.name,
            state: row.state,
        })
        .collect())
}

/// Makes these the addresses of an asset. Violates `asset_addresses_key` when another asset has one.
pub async fn replace_addresses(
    tx: &mut Tx,
    organization: OrganizationId,
    id: AssetId,
    addresses: &[Address],
) -> Result<()> {
    let nets = addresses.iter().map(|address| address.net()).collect::<Vec<_>>();
    sqlx::query!(
        "delete from asset_addresses where asset_id = $1 and not address = any ($2::cidr[])",
        id.uuid(),
        &nets as _
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "insert into asset_addresses (organization_id, asset_id, address)
         select $1, $2, address from unnest($3::cidr[]) as address
         on conflict (asset_id, address) do nothing",
        organization.uuid(),
        id.uuid(),
        &nets as _
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
