//! The list of assets: filters, orders and places in them.
//!
//! Every organization is scanned in its own index order and gives at most a page; the pages are merged. So the cost is
//! that of a page, whatever the table holds.

use platform::{Error, Result, Tx};
use serde::{Deserialize, Serialize};
use sqlx::{Postgres, QueryBuilder};
use time::OffsetDateTime;
use uuid::Uuid;
use vocab::OrganizationId;

use super::assets::AssetRow;
use super::query_text;
use crate::address::Address;
use crate::model::{Asset, AssetKind, AssetState};
use detection::urgency::Criticality;

vocab::text_enum! {
    /// By what a list is sorted; a hyphen turns the order round.
    pub enum AssetSort {
        Name = "name",
        NameDescending = "-name",
        Criticality = "criticality",
        CriticalityDescending = "-criticality",
        UpdatedAt = "updated_at",
        UpdatedAtDescending = "-updated_at",
    }
}

/// What a list shows; an empty filter shows all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub organizations: Vec<OrganizationId>,
    pub words: Option<String>,
    pub kinds: Vec<AssetKind>,
    pub criticalities: Vec<Criticality>,
    pub states: Vec<AssetState>,
    pub tags: Vec<String>,
    /// Assets with a network that holds this address or network, or lies inside it.
    pub address: Option<Address>,
}

/// Where a page ends, in the order of its sort.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    key: Key,
    id: Uuid,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Key {
    Name(String),
    Criticality(i16),
    #[serde(with = "time::serde::timestamp::microseconds")]
    UpdatedAt(OffsetDateTime),
}

impl AssetSort {
    const fn column(self) -> &'static str {
        match self {
            AssetSort::Name | AssetSort::NameDescending => "name_key",
            AssetSort::Criticality | AssetSort::CriticalityDescending => "criticality_rank",
            AssetSort::UpdatedAt | AssetSort::UpdatedAtDescending => "updated_at",
        }
    }

    const fn is_descending(self) -> bool {
        matches!(
            self,
            AssetSort::NameDescending | AssetSort::CriticalityDescending | AssetSort::UpdatedAtDescending
        )
    }
}

/// An asset and where it stands in the order.
#[derive(Debug, sqlx::FromRow)]
struct ListRow {
    #[sqlx(flatten)]
    asset: AssetRow,
    name_key: String,
    criticality_rank: i16,
}

/// Up to `limit` assets after a place, each with its own place.
pub async fn list(
    tx: &mut Tx,
    filter: &Filter,
    sort: AssetSort,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<(Asset, Place)>> {
    let mut query = QueryBuilder::<Postgres>::new("");
    if let Some(words) = &filter.words {
        // Words without a letter or digit find nothing, as they would in any text.
        let Some(text) = query_text(words) else { return Ok(Vec::new()) };
        query
            .push("with found as materialized (select search_assets(")
            .push_bind(text)
            .push("::tsquery) as id) ");
    }
    query.push(
        "select asset.*, array(select address from asset_addresses where asset_id = asset.id order by address) as addresses
         from unnest(",
    );
    query.push_bind(filter.organizations.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    query.push(
        "::uuid[]) as organization (id) cross join lateral (
         select id, organization_id, name, name_key, kind, criticality, criticality_rank, state, owner, department,
                description, is_internet_facing, hostnames, tags, version, created_at, updated_at
         from assets where organization_id = organization.id",
    );
    push_filter(&mut query, filter);
    push_after(&mut query, sort, after)?;
    push_order(&mut query, sort, limit);
    query.push(") as asset");
    push_order(&mut query, sort, limit);
    let rows = query.build_query_as::<ListRow>().fetch_all(&mut **tx).await?;
    Ok(rows.into_iter().map(|row| placed(row, sort)).collect())
}

fn push_filter(query: &mut QueryBuilder<Postgres>, filter: &Filter) {
    if filter.words.is_some() {
        query.push(" and id in (select found.id from found)");
    }
    push_one_of(query, "kind", filter.kinds.iter().map(|kind| kind.as_str()));
    push_one_of(query, "criticality", filter.criticalities.iter().map(|criticality| criticality.as_str()));
    push_one_of(query, "state", filter.states.iter().map(|state| state.as_str()));
    if !filter.tags.is_empty() {
        query.push(" and tags @> ").push_bind(filter.tags.clone());
    }
    if let Some(address) = filter.address {
        push_address(query, address);
    }
}

fn push_one_of<'a>(query: &mut QueryBuilder<Postgres>, column: &str, values: impl Iterator<Item = &'a str>) {
    let values = values.map(str::to_owned).collect::<Vec<_>>();
    if !values.is_empty() {
        query.push(" and ").push(column).push(" = any (").push_bind(values).push(")");
    }
}

/// Containment in terms of equality and order, which may use an index under row-level security: what holds the address
/// is one of its supernets, and what lies inside stands between its first and its last host.
fn push_address(query: &mut QueryBuilder<Postgres>, address: Address) {
    query.push(" and id in (select asset_id from asset_addresses where organization_id = organization.id and (address = any (");
    query.push_bind(address.supernets()).push("::cidr[]) or (address >= ");
    query.push_bind(address.net()).push("::cidr and address <= ");
    query.push_bind(address.last_host()).push("::cidr)))");
}

fn push_after(query: &mut QueryBuilder<Postgres>, sort: AssetSort, after: Option<&Place>) -> Result<()> {
    let Some(Place { key, id }) = after else { return Ok(()) };
    let beyond = if sort.is_descending() { "<" } else { ">" };
    query.push(format!(" and ({}, id) {beyond} (", sort.column()));
    match (sort.column(), key) {
        ("name_key", Key::Name(name)) if !name.contains('\0') => query.push_bind(name.clone()),
        ("criticality_rank", Key::Criticality(rank)) => query.push_bind(*rank),
        ("updated_at", Key::UpdatedAt(moment)) => query.push_bind(*moment),
        _ => return Err(Error::bad_request("invalid_cursor", "The cursor is of another order.")),
    };
    query.push(", ").push_bind(*id).push(")");
    Ok(())
}

fn push_order(query: &mut QueryBuilder<Postgres>, sort: AssetSort, limit: i64) {
    let direction = if sort.is_descending() { "desc" } else { "asc" };
    query.push(format!(" order by {column} {direction}, id {direction} limit ", column = sort.column()));
    query.push_bind(limit);
}

fn placed(row: ListRow, sort: AssetSort) -> (Asset, Place) {
    let key = match sort {
        AssetSort::Name | AssetSort::NameDescending => Key::Name(row.name_key),
        AssetSort::Criticality | AssetSort::CriticalityDescending => Key::Criticality(row.criticality_rank),
        AssetSort::UpdatedAt | AssetSort::UpdatedAtDescending => Key::UpdatedAt(row.asset.updated_at),
    };
    let place = Place { key, id: row.asset.id };
    (Asset::from(row.asset), place)
}
