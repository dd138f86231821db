//! How assets stand to each other.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vocab::AssetId;

use crate::AssetCard;

vocab::text_enum! {
    /// How one asset stands to another.
    pub enum RelationKind {
        DependsOn = "depends_on",
        RunsOn = "runs_on",
        ConnectsTo = "connects_to",
        PartOf = "part_of",
    }
}

/// A relation's own id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Uuid)]
pub struct RelationId(pub Uuid);

impl RelationId {
    #[expect(clippy::new_without_default, reason = "an id is made on purpose, never by default")]
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }
}

/// From which end a relation is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RelationDirection {
    /// The asset shown depends on, runs on, connects to or is part of the other.
    Outgoing,
    Incoming,
}

/// A relation as the page of one of its two assets shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AssetRelation {
    pub id: RelationId,
    pub kind: RelationKind,
    pub direction: RelationDirection,
    /// The other asset.
    pub asset: AssetCard,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAssetRelation {
    pub kind: RelationKind,
    /// The other asset, of the same organization.
    pub asset_id: AssetId,
}
