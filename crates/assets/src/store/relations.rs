//! Relations between assets of one organization.

use detection::urgency::Criticality;
use platform::{Result, Tx};
use vocab::{AssetId, OrganizationId};

use crate::AssetCard;
use crate::model::AssetState;
use crate::relations::{AssetRelation, RelationDirection, RelationId, RelationKind};

/// The relations of an asset, from either end, after one of them.
pub async fn relations(
    tx: &mut Tx,
    id: AssetId,
    after: Option<RelationId>,
    limit: i64,
) -> Result<Vec<AssetRelation>> {
    let rows = sqlx::query!(
        r#"select relation.id, relation.kind as "kind: RelationKind", relation.asset_id = $1 as "is_outgoing!",
                  other.id as other_id, other.name, other.criticality as "criticality: Criticality",
                  other.state as "state: AssetState", other.is_internet_facing, other.owner, other.department
           from asset_relations relation
           join assets other
               on other.id = case when relation.asset_id = $1 then relation.other_asset_id else relation.asset_id end
           where (relation.asset_id = $1 or relation.other_asset_id = $1)
             and ($2::uuid is null or relation.id > $2)
           order by relation.id limit $3"#,
        id.uuid(),
        after.map(|place| place.0),
        limit
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| AssetRelation {
            id: RelationId(row.id),
            kind: row.kind,
            direction: if row.is_outgoing {
                RelationDirection::Outgoing
            } else {
                RelationDirection::Incoming
            },
            asset: AssetCard {
                id: AssetId(row.other_id),
                name: row.name,
                criticality: row.criticality,
                state: row.state,
                is_internet_facing: row.is_internet_facing,
                owner: row.owner,
                department: row.department,
            },
        })
        .collect())
}

/// Joins two assets. Violates `asset_relations_key` when they are joined like this already.
pub async fn insert_relation(
    tx: &mut Tx,
    organization: OrganizationId,
    asset: AssetId,
    kind: RelationKind,
    other: AssetId,
) -> Result<RelationId> {
    let id = RelationId::new();
    sqlx::query!(
        "insert into asset_relations (id, organization_id, asset_id, kind, other_asset_id)
         values ($1, $2, $3, $4, $5)",
        id.0,
        organization.uuid(),
        asset.uuid(),
        kind.as_str(),
        other.uuid()
    )
    .execute(&mut **tx)
    .await?;
    Ok(id)
}

/// Parts two assets; answers what they were to each other, the first named first.
pub async fn delete_relation(
    tx: &mut Tx,
    asset: AssetId,
    relation: RelationId,
) -> Result<Option<(AssetId, RelationKind, AssetId)>> {
    let row = sqlx::query!(
        r#"delete from asset_relations where id = $1 and (asset_id = $2 or other_asset_id = $2)
           returning asset_id, kind as "kind: RelationKind", other_asset_id"#,
        relation.0,
        asset.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(|row| (AssetId(row.asset_id), row.kind, AssetId(row.other_asset_id))))
}
