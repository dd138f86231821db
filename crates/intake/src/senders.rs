//! What a source of syslog has beside others: the networks it sends from, a format it is said to send. And the silence of
//! sources of every kind.

use std::collections::HashMap;

use ipnet::IpNet;
use log_formats::Format;
use platform::db::Scope;
use platform::error::OnConstraint;
use platform::{App, Error, Result, Tx};
use time::OffsetDateTime;
use uuid::Uuid;
use vocab::{OrganizationId, SourceId};

use crate::sources::{NewSource, NewSourceOrganization, SourceKind};

const MOST_NETWORKS: usize = 1000;
/// 30 days.
const LONGEST_SILENCE_MINUTES: i32 = 43_200;

impl NewSource {
    /// A source of syslog that serves one organization.
    pub fn syslog<const N: usize>(
        name: &str,
        networks: [&str; N],
        organization: OrganizationId,
    ) -> Result<Self> {
        let networks = networks.into_iter().map(str::to_owned).collect::<Vec<_>>();
        check_networks(SourceKind::Syslog, &networks)?;
        Ok(Self {
            name: name.to_owned(),
            kind: SourceKind::Syslog,
            organizations: vec![NewSourceOrganization { matches: None, organization_id: organization }],
            zone_offset_minutes: None,
            networks,
            format: None,
            silent_after_minutes: None,
        })
    }
}

/// A source that is silent for longer than it should be.
#[derive(Debug, Clone, Copy)]
pub struct SilentSource {
    pub source: SourceId,
    pub since: OffsetDateTime,
    pub after_minutes: i32,
}

/// The networks as they are kept: whole, each once. An address alone is a network of one.
pub fn check_networks(kind: SourceKind, networks: &[String]) -> Result<Vec<IpNet>> {
    let invalid = |message: &str| Err(Error::invalid_field("networks", message.to_owned()));
    if kind != SourceKind::Syslog {
        return if networks.is_empty() { Ok(Vec::new()) } else { invalid("are for sources of syslog") };
    }
    if networks.is_empty() || networks.len() > MOST_NETWORKS {
        return invalid("names 1 to 1000 networks");
    }
    let mut read = Vec::with_capacity(networks.len());
    for (index, text) in networks.iter().enumerate() {
        let text = text.trim();
        let network = text
            .parse::<IpNet>()
            .or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from))
            .map_err(|_| {
                Error::invalid_field(
                    format!("networks[{index}]"),
                    "is no network, such as 192.0.2.0/24 or 2001:db8::7",
                )
            })?;
        let network = network.trunc();
        if !read.contains(&network) {
            read.push(network);
        }
    }
    Ok(read)
}

pub fn check_format(format: Option<&str>) -> Result<()> {
    let is_known = |name| format_named(name).is_some_and(|format| format != Format::Unparsed);
    if format.is_some_and(|name| !is_known(name)) {
        return Err(Error::invalid_field("format", "is none of the formats that are known"));
    }
    Ok(())
}

pub fn check_silence(minutes: Option<i32>) -> Result<()> {
    if minutes.is_some_and(|minutes| !(1..=LONGEST_SILENCE_MINUTES).contains(&minutes)) {
        return Err(Error::invalid_field("silent_after_minutes", "is between 1 and 43200, or null"));
    }
    Ok(())
}

/// Lines are placed by their source alone where nothing in them is mapped: without a default some had no owner.
pub fn check_default(kind: SourceKind, mapping: &[NewSourceOrganization]) -> Result<()> {
    if kind == SourceKind::Syslog && mapping.iter().all(|entry| entry.matches.is_some()) {
        return Err(Error::invalid_field(
            "organizations",
            "maps what names nobody too: an entry without a text",
        ));
    }
    Ok(())
}

pub fn format_named(name: &str) -> Option<Format> {
    Format::ALL.into_iter().find(|format| format.as_str() == name)
}

/// The networks of all sources of syslog.
pub async fn networks(tx: &mut Tx) -> Result<Vec<(IpNet, SourceId)>, sqlx::Error> {
    let rows = sqlx::query!(r#"select network as "network: IpNet", source_id from source_networks"#)
        .fetch_all(&mut **tx)
        .await?;
    Ok(rows.into_iter().map(|row| (row.network, SourceId(row.source_id))).collect())
}

/// The networks of some sources, as people read them.
pub async fn networks_of(tx: &mut Tx, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<String>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select source_id, network::text as "network!" from source_networks
           where source_id = any($1) order by network"#,
        ids
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut networks = HashMap::<_, Vec<_>>::new();
    for row in rows {
        networks.entry(row.source_id).or_default().push(row.network);
    }
    Ok(networks)
}

pub async fn replace_networks(tx: &mut Tx, id: SourceId, networks: &[IpNet]) -> Result<()> {
    sqlx::query!("delete from source_networks where source_id = $1", id.uuid()).execute(&mut **tx).await?;
    sqlx::query!(
        "insert into source_networks (source_id, network) select $1, network from unnest($2::cidr[]) as news (network)",
        id.uuid(),
        networks
    )
    .execute(&mut **tx)
    .await
    .on_constraint("source_networks_key", || {
        Error::conflict("network_taken", "Another source has one of these networks, perhaps one you cannot see.")
    })?;
    Ok(())
}

/// Sources that are silent for too long and were not told of yet.
pub async fn silent_sources(app: &App, now: OffsetDateTime) -> Result<Vec<SilentSource>> {
    let mut tx = app.db.read(Scope::System).await?;
    let rows = sqlx::query!(
        r#"select source.id as "id!", source.silent_after_minutes as "after_minutes!",
                  coalesce(count.last_seen_at, source.created_at) as "since!"
           from sources source left join source_counts count on count.source_id = source.id
           where source.is_enabled and count.silent_since is null
             and coalesce(count.last_seen_at, source.created_at) < $1::timestamptz - make_interval(mins => source.silent_after_minutes)"#,
        now
    )
    .fetch_all(&mut *tx)
    .await?;
    let silent = rows.into_iter().map(|row| SilentSource {
        source: SourceId(row.id),
        since: row.since,
        after_minutes: row.after_minutes,
    });
    Ok(silent.collect())
}

/// Marks a source as silent since then, unless it was heard meanwhile. The mark goes when it is heard again.
pub async fn mark_silent(app: &App, source: SourceId, since: OffsetDateTime) -> Result<()> {
    let mut tx = app.db.begin(Scope::System).await?;
    sqlx::query!(
        "insert into source_counts as known (source_id, silent_since) values ($1, $2)
         on conflict (source_id) do update set silent_since = excluded.silent_since
             where known.last_seen_at is null or known.last_seen_at <= excluded.silent_since",
        source.uuid(),
        since
    )
    .execute(&mut *tx)
    .await?;
    crate::sources::announce(&mut tx, source, "updated", []).await?;
    tx.commit().await?;
    Ok(())
}
