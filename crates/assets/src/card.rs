//! What enrichment needs of an asset, small enough to keep in memory for all of them.

use detection::urgency::Criticality;
use serde::Serialize;
use utoipa::ToSchema;
use vocab::AssetId;

use crate::model::AssetState;

/// An asset as alerts and tickets show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AssetCard {
    pub id: AssetId,
    pub name: String,
    pub criticality: Criticality,
    pub state: AssetState,
    pub is_internet_facing: bool,
    pub owner: Option<String>,
    pub department: Option<String>,
}
