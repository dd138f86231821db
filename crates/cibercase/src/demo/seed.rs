//! The demonstration's first start: organizations, people, machines, sources, and three months behind them.

use anyhow::{Context, Result};
use identity::{Membership, NewUser};
use intake::{NewSource, NewSourceOrganization, SourceKind};
use platform::db::Scope;
use platform::secrets::SecretStore;
use platform::{Actor, App, live};
use vocab::{AssetId, OrganizationId, UserId};

use super::past;
use super::story::{COMPANIES, Company, MACHINES, PEOPLE};
use crate::commands::told;

/// Everybody's password in the demonstration.
pub const PASSWORD: &str = "demo-cibercase-2026";

/// One organization of the story as it is in the database.
pub struct Settled {
    pub company: &'static Company,
    pub id: OrganizationId,
    pub people: Vec<(UserId, &'static str)>,
}

/// Makes the demonstration's data unless it is there; returns the feed's token.
pub async fn prepare(app: &App, secrets: &SecretStore) -> Result<String> {
    if let Some(token) = secrets.get("demo-source-token")? {
        return Ok(token);
    }
    let mut settled = Vec::new();
    for company in &COMPANIES {
        let id = identity::add_organization(app, company.name, None).await.map_err(told)?;
        settled.push(Settled { company, id, people: Vec::new() });
    }
    add_people(app, &mut settled).await?;
    for one in &settled {
        add_machines(app, one).await?;
    }
    app.service::<assets::Inventory>().heal(&app.db).await.map_err(told)?;
    let token = add_sources(app, &settled).await?;
    past::write(app, &settled).await?;
    secrets.get_or_make("demo-source-token", || token.clone())
}

/// Each role once; the first organization's people also see the second, as an MSSP's would, but for two.
async fn add_people(app: &App, settled: &mut [Settled]) -> Result<()> {
    let ids = settled.iter().map(|one| one.id).collect::<Vec<_>>();
    let hash = identity::hash_password(app, PASSWORD).await.map_err(told)?;
    for (index, (login, name, role)) in PEOPLE.iter().enumerate() {
        let of = if index == 3 {
            &ids[..1]
        } else if index == 4 {
            &ids[1..]
        } else {
            &ids[..]
        };
        let memberships =
            of.iter().map(|id| Membership { organization_id: Some(*id), role: (*role).to_owned() });
        let email = format!("{login}@demo.example");
        let new = NewUser {
            email,
            display_name: (*name).to_owned(),
            password_hash: hash.clone(),
            must_change_password: false,
            memberships: memberships.collect(),
        };
        let mut tx = app.db.begin(Scope::System).await?;
        let user = identity::insert_user(&mut tx, &new).await.map_err(told)?;
        tx.commit().await?;
        let works = matches!(*role, "analyst" | "senior_analyst");
        for one in settled.iter_mut().filter(|one| works && of.contains(&one.id)) {
            one.people.push((user, name));
        }
    }
    Ok(())
}

/// A hundred machines with addresses, owners and how much they matter.
async fn add_machines(app: &App, one: &Settled) -> Result<()> {
    let mut tx = app.db.begin(Scope::Organizations(&[one.id])).await?;
    for (kind, prefix, criticality, department, third, count) in MACHINES {
        for number in 1..=count {
            let id = AssetId::new();
            let name = format!("{prefix}-{number:02}");
            let hostname = format!("{name}.{}", one.company.domain);
            let address: ipnet::IpNet = format!("10.{}.{third}.{number}/32", one.company.network).parse()?;
            sqlx::query!(
                "insert into assets (id, organization_id, name, kind, criticality, state, owner, department,
                                     is_internet_facing, hostnames, tags, terms)
                 values ($1, $2, $3, $4, $5, 'active', $6, $7, $8, array[$9::text], array['demo'],
                         array_to_tsvector(array[lower($3), lower($9), $4]))",
                id.uuid(),
                one.id.uuid(),
                name,
                kind,
                criticality,
                format!("{department}@{}", one.company.domain).to_lowercase(),
                department,
                kind == "firewall",
                hostname
            )
            .execute(&mut *tx)
            .await?;
            sqlx::query!(
                "insert into asset_addresses (organization_id, asset_id, address) values ($1, $2, $3::inet::cidr)",
                one.id.uuid(),
                id.uuid(),
                address as _
            )
            .execute(&mut *tx)
            .await?;
        }
    }
    sqlx::query!(
        "insert into asset_revisions (organization_id, revision) values ($1, 1)
         on conflict (organization_id) do update set revision = asset_revisions.revision + 1",
        one.id.uuid()
    )
    .execute(&mut *tx)
    .await?;
    live::signal(&mut tx, "assets", &one.id.to_string()).await?;
    tx.commit().await?;
    Ok(())
}

/// FortiSIEM, whose token is returned, and the firewalls, which both send from this machine.
async fn add_sources(app: &App, settled: &[Settled]) -> Result<String> {
    let siem = settled.iter().map(|one| mapping(one, Some(one.company.tenant))).collect();
    let firewalls = settled.iter().map(|one| mapping(one, Some(one.company.firewall)));
    // Whatever else this machine sends belongs to the first.
    let rest = settled.iter().take(1).map(|one| mapping(one, None));
    let firewalls = NewSource {
        networks: vec!["127.0.0.1/32".to_owned(), "::1/128".to_owned()],
        silent_after_minutes: Some(15),
        ..source("FortiGate (demo)", SourceKind::Syslog, firewalls.chain(rest).collect())
    };
    let mut tx = app.db.begin(Scope::System).await?;
    let (actor, now) = (Actor::system(), app.clock.now());
    let siem = source("FortiSIEM (demo)", SourceKind::Fortisiem, siem);
    let siem = intake::add_source(&mut tx, &actor, &siem, now).await.map_err(told)?;
    intake::add_source(&mut tx, &actor, &firewalls, now).await.map_err(told)?;
    tx.commit().await?;
    let registry = app.service::<intake::Registry>();
    registry.refresh(app).await.map_err(told).context("the sources cannot be read back")?;
    Ok(siem.token)
}

fn mapping(one: &Settled, text: Option<&str>) -> NewSourceOrganization {
    NewSourceOrganization { matches: text.map(str::to_owned), organization_id: one.id }
}

fn source(name: &str, kind: SourceKind, organizations: Vec<NewSourceOrganization>) -> NewSource {
    NewSource {
        name: name.to_owned(),
        kind,
        organizations,
        zone_offset_minutes: None,
        networks: Vec::new(),
        format: None,
        silent_after_minutes: None,
    }
}
