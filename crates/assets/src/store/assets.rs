//! One asset, read and written.

use std::collections::HashMap;

use detection::urgency::Criticality;
use ipnet::IpNet;
use platform::{Result, Tx};
use time::OffsetDateTime;
use uuid::Uuid;
use vocab::{AssetId, OrganizationId};

use super::terms_of;
use crate::AssetCard;
use crate::address::Address;
use crate::model::{Asset, AssetContent, AssetKind, AssetState};

/// An asset as its table and its addresses say.
#[derive(Debug, sqlx::FromRow)]
pub struct AssetRow {
    pub id: Uuid,
    pub organization_id: Uuid,
    pub name: String,
    pub kind: AssetKind,
    pub criticality: Criticality,
    pub state: AssetState,
    pub owner: Option<String>,
    pub department: Option<String>,
    pub description: Option<String>,
    pub is_internet_facing: bool,
    pub addresses: Vec<IpNet>,
    pub hostnames: Vec<String>,
    pub tags: Vec<String>,
    pub version: i32,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

impl From<AssetRow> for Asset {
    fn from(row: AssetRow) -> Self {
        let content = AssetContent {
            name: row.name,
            kind: row.kind,
            criticality: row.criticality,
            state: row.state,
            owner: row.owner,
            department: row.department,
            description: row.description,
            is_internet_facing: row.is_internet_facing,
            addresses: row.addresses.into_iter().map(Address::from_net).collect(),
            hostnames: row.hostnames,
            tags: row.tags,
        };
        Asset {
            id: AssetId(row.id),
            organization_id: OrganizationId(row.organization_id),
            content,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// The whole asset, for its own page and for a ticket's; None where the transaction does not see it.
pub async fn asset(tx: &mut Tx, id: AssetId) -> Result<Option<Asset>> {
    let row = sqlx::query_as!(
        AssetRow,
        r#"select id, organization_id, name, kind as "kind: AssetKind", criticality as "criticality: Criticality",
                  state as "state: AssetState", owner, department, description, is_internet_facing,
                  array(select address from asset_addresses where asset_id = asset.id order by address)
                      as "addresses!: Vec<IpNet>",
                  hostnames, tags, version, created_at, updated_at
           from assets asset where id = $1"#,
        id.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(Asset::from))
}

/// What lists show of these assets; those the transaction does not see are left out.
pub async fn cards(tx: &mut Tx, ids: &[AssetId]) -> Result<HashMap<AssetId, AssetCard>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let ids = ids.iter().map(|id| id.uuid()).collect::<Vec<_>>();
    let rows = sqlx::query!(
        r#"select id, name, criticality as "criticality: Criticality", state as "state: AssetState",
                  is_internet_facing, owner, department
           from assets where id = any ($1)"#,
        &ids
    )
    .fetch_all(&mut **tx)
    .await?;
    let cards = rows.into_iter().map(|row| AssetCard {
        id: AssetId(row.id),
        name: row.name,
        criticality: row.criticality,
        state: row.state,
        is_internet_facing: row.is_internet_facing,
        owner: row.owner,
        department: row.department,
    });
    Ok(cards.map(|card| (card.id, card)).collect())
}

/// Adds an asset without its addresses. Violates `assets_name_key` when the name is taken.
pub async fn insert(
    tx: &mut Tx,
    id: AssetId,
    organization: OrganizationId,
    content: &AssetContent,
) -> Result<()> {
    sqlx::query!(
        "insert into assets (id, organization_id, name, kind, criticality, state, owner, department, description,
                             is_internet_facing, hostnames, tags, terms)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, array_to_tsvector($13))",
        id.uuid(),
        organization.uuid(),
        content.name,
        content.kind.as_str(),
        content.criticality.as_str(),
        content.state.as_str(),
        content.owner,
        content.department,
        content.description,
        content.is_internet_facing,
        &content.hostnames,
        &content.tags,
        &terms_of(content)
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes all but the addresses, if the asset still is of `version`; says whether it was.
pub async fn update(tx: &mut Tx, id: AssetId, version: i32, content: &AssetContent) -> Result<bool> {
    let done = sqlx::query!(
        "update assets set name = $3, kind = $4, criticality = $5, state = $6, owner = $7, department = $8,
                description = $9, is_internet_facing = $10, hostnames = $11, tags = $12,
                terms = array_to_tsvector($13), version = version + 1
         where id = $1 and version = $2",
        id.uuid(),
        version,
        content.name,
        content.kind.as_str(),
        content.criticality.as_str(),
        content.state.as_str(),
        content.owner,
        content.department,
        content.description,
        content.is_internet_facing,
        &content.hostnames,
        &content.tags,
        &terms_of(content)
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes an asset with its addresses and relations; says whether it was there.
pub async fn delete(tx: &mut Tx, id: AssetId) -> Result<bool> {
    let done = sqlx::query!("delete from assets where id = $1", id.uuid()).execute(&mut **tx).await?;
    Ok(done.rows_affected() == 1)
}
