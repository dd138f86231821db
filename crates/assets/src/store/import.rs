//! Many assets at once: one statement a batch.

use std::collections::HashMap;

use detection::urgency::Criticality;
use ipnet::IpNet;
use platform::{Result, Tx};
use uuid::Uuid;
use vocab::OrganizationId;

use super::assets::AssetRow;
use super::terms_of;
use crate::import::plan::{ImportAction, Step};
use crate::model::{Asset, AssetKind, AssetState};

/// Rows a statement writes: bounds what is in memory twice.
const BATCH: usize = 2_000;

/// The organization's assets that have one of these names, by the name asked for.
pub async fn assets_by_name(
    tx: &mut Tx,
    organization: OrganizationId,
    names: &[String],
) -> Result<HashMap<String, Asset>> {
    let rows = sqlx::query!(
        r#"select asked.name as "asked!", asset.id, asset.organization_id, asset.name,
                  asset.kind as "kind: AssetKind", asset.criticality as "criticality: Criticality",
                  asset.state as "state: AssetState", asset.owner, asset.department, asset.description,
                  asset.is_internet_facing,
                  array(select address from asset_addresses where asset_id = asset.id order by address)
                      as "addresses!: Vec<IpNet>",
                  asset.hostnames, asset.tags, asset.version, asset.created_at, asset.updated_at
           from unnest($2::text[]) as asked (name)
           join assets asset on asset.organization_id = $1 and asset.name_key = lower(asked.name)"#,
        organization.uuid(),
        names
    )
    .fetch_all(&mut **tx)
    .await?;
    let assets = rows.into_iter().map(|row| {
        let asset = AssetRow {
            id: row.id,
            organization_id: row.organization_id,
            name: row.name,
            kind: row.kind,
            criticality: row.criticality,
            state: row.state,
            owner: row.owner,
            department: row.department,
            description: row.description,
            is_internet_facing: row.is_internet_facing,
            addresses: row.addresses,
            hostnames: row.hostnames,
            tags: row.tags,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        };
        (row.asked, Asset::from(asset))
    });
    Ok(assets.collect())
}

/// Writes the steps of a plan. Violates `assets_name_key` or `asset_addresses_key` where the plan is old.
pub async fn apply(tx: &mut Tx, organization: OrganizationId, steps: &[Step]) -> Result<()> {
    let of = |action| steps.iter().filter(move |step| step.action == action).collect::<Vec<_>>();
    let (created, updated) = (of(ImportAction::Create), of(ImportAction::Update));
    for batch in created.chunks(BATCH) {
        insert_many(tx, organization, batch).await?;
    }
    for batch in updated.chunks(BATCH) {
        update_many(tx, batch).await?;
    }
    let moved = updated.into_iter().filter(|step| step.has_new_addresses).collect::<Vec<_>>();
    // All are let go before any is taken: two assets may exchange theirs.
    let ids = moved.iter().map(|step| step.id.uuid()).collect::<Vec<_>>();
    sqlx::query!("delete from asset_addresses where asset_id = any ($1)", &ids).execute(&mut **tx).await?;
    for batch in created.chunks(BATCH).chain(moved.chunks(BATCH)) {
        insert_addresses(tx, organization, batch).await?;
    }
    Ok(())
}

/// The columns of a batch, as UNNEST takes them. Lists are joined by line breaks, which none of their values holds.
#[derive(Default)]
struct Columns {
    ids: Vec<Uuid>,
    names: Vec<String>,
    kinds: Vec<String>,
    criticalities: Vec<String>,
    states: Vec<String>,
    owners: Vec<Option<String>>,
    departments: Vec<Option<String>>,
    descriptions: Vec<Option<String>>,
    exposures: Vec<bool>,
    hostnames: Vec<String>,
    tags: Vec<String>,
    terms: Vec<String>,
}

impl Columns {
    fn of(steps: &[&Step]) -> Self {
        let mut columns = Self::default();
        for step in steps {
            let content = &step.content;
            columns.ids.push(step.id.uuid());
            columns.names.push(content.name.clone());
            columns.kinds.push(content.kind.to_string());
            columns.criticalities.push(content.criticality.to_string());
            columns.states.push(content.state.to_string());
            columns.owners.push(content.owner.clone());
            columns.departments.push(content.department.clone());
            columns.descriptions.push(content.description.clone());
            columns.exposures.push(content.is_internet_facing);
            columns.hostnames.push(content.hostnames.join("\n"));
            columns.tags.push(content.tags.join("\n"));
            columns.terms.push(terms_of(content).join("\n"));
        }
        columns
    }
}

async fn insert_many(tx: &mut Tx, organization: OrganizationId, steps: &[&Step]) -> Result<()> {
    let columns = Columns::of(steps);
    sqlx::query!(
        r"insert into assets (id, organization_id, name, kind, criticality, state, owner, department, description,
                              is_internet_facing, hostnames, tags, terms)
          select id, $1, name, kind, criticality, state, owner, department, description, is_internet_facing,
                 string_to_array(hostnames, E'\n'), string_to_array(tags, E'\n'),
                 array_to_tsvector(string_to_array(terms, E'\n'))
          from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
                      $10::boolean[], $11::text[], $12::text[], $13::text[])
              as row (id, name, kind, criticality, state, owner, department, description, is_internet_facing,
                      hostnames, tags, terms)",
        organization.uuid(),
        &columns.ids,
        &columns.names,
        &columns.kinds,
        &columns.criticalities,
        &columns.states,
        &columns.owners as _,
        &columns.departments as _,
        &columns.descriptions as _,
        &columns.exposures,
        &columns.hostnames,
        &columns.tags,
        &columns.terms
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn update_many(tx: &mut Tx, steps: &[&Step]) -> Result<()> {
    let columns = Columns::of(steps);
    sqlx::query!(
        r"update assets asset
          set name = row.name, kind = row.kind, criticality = row.criticality, state = row.state, owner = row.owner,
              department = row.department, description = row.description,
              is_internet_facing = row.is_internet_facing, hostnames = string_to_array(row.hostnames, E'\n'),
              tags = string_to_array(row.tags, E'\n'), terms = array_to_tsvector(string_to_array(row.terms, E'\n')),
              version = asset.version + 1
          from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                      $9::boolean[], $10::text[], $11::text[], $12::text[])
              as row (id, name, kind, criticality, state, owner, department, description, is_internet_facing,
                      hostnames, tags, terms)
          where asset.id = row.id",
        &columns.ids,
        &columns.names,
        &columns.kinds,
        &columns.criticalities,
        &columns.states,
        &columns.owners as _,
        &columns.departments as _,
        &columns.descriptions as _,
        &columns.exposures,
        &columns.hostnames,
        &columns.tags,
        &columns.terms
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn insert_addresses(tx: &mut Tx, organization: OrganizationId, steps: &[&Step]) -> Result<()> {
    let (ids, nets): (Vec<_>, Vec<_>) = steps
        .iter()
        .flat_map(|step| step.content.addresses.iter().map(|address| (step.id.uuid(), address.net())))
        .unzip();
    sqlx::query!(
        "insert into asset_addresses (organization_id, asset_id, address)
         select $1, asset_id, address from unnest($2::uuid[], $3::cidr[]) as row (asset_id, address)",
        organization.uuid(),
        &ids,
        &nets as _
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
