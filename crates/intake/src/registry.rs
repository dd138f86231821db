//! Sources, their mappings and the alert policies in memory: authenticating a delivery and finding its organization
//! need no query, and go on while the database is away.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use alerts::policies::{AlertPolicy, PolicyAction};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use log_formats::Format;
use platform::db::Scope;
use platform::live::Signal;
use platform::{App, Result};
use prefix_trie::PrefixMap;
use sha2::{Digest, Sha256};
use time::{OffsetDateTime, UtcOffset};
use tokio::sync::Mutex;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;
use tokio::time::Instant;
use vocab::{OrganizationId, SourceId};

use crate::sources::SourceKind;
use crate::store;

/// How often unknown tokens may be asked for.
const ASK: Duration = Duration::from_millis(100);

/// A source as a delivery meets it.
#[derive(Debug, Clone)]
pub struct SourceRecord {
    pub id: SourceId,
    pub name: Arc<str>,
    pub kind: SourceKind,
    pub is_enabled: bool,
    pub zone: Option<UtcOffset>,
    pub storm_limit: Option<u32>,
    /// What its log lines are said to be; otherwise their content tells.
    pub format: Option<Format>,
    /// The payload's own organization text, lower-cased; none for payloads that name none.
    pub organizations: HashMap<Option<String>, OrganizationId>,
}

impl SourceRecord {
    /// The organization that a payload's text is mapped to.
    pub fn organization(&self, text: Option<&str>) -> Option<OrganizationId> {
        let key = text.map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty());
        self.organizations.get(&key).copied()
    }
}

#[derive(Debug, Default)]
pub struct Table {
    pub by_token: HashMap<Vec<u8>, Arc<SourceRecord>>,
    pub by_id: HashMap<SourceId, Arc<SourceRecord>>,
    pub networks: Networks,
    /// The most particular policy first.
    pub policies: HashMap<OrganizationId, Vec<AlertPolicy>>,
}

impl Table {
    /// The policy for alerts of a source and rule. A suppression that has ended is as if it were removed: the next
    /// more general policy holds.
    pub fn policy(
        &self,
        organization: OrganizationId,
        source: SourceId,
        rule_id: &str,
        now: OffsetDateTime,
    ) -> Option<&AlertPolicy> {
        self.policies.get(&organization)?.iter().find(|policy| {
            let is_over =
                policy.action == PolicyAction::Suppress && policy.until.is_none_or(|until| until <= now);
            !is_over
                && policy.source_id.is_none_or(|id| id == source)
                && policy.rule_id.as_deref().is_none_or(|rule| rule == rule_id)
        })
    }
}

/// The networks from which sources of syslog send.
#[derive(Debug, Default)]
pub struct Networks {
    v4: PrefixMap<Ipv4Net, Arc<SourceRecord>>,
    v6: PrefixMap<Ipv6Net, Arc<SourceRecord>>,
}

impl Networks {
    pub fn insert(&mut self, network: IpNet, source: Arc<SourceRecord>) {
        match network.trunc() {
            IpNet::V4(network) => drop(self.v4.insert(network, source)),
            IpNet::V6(network) => drop(self.v6.insert(network, source)),
        }
    }

    /// The source of the smallest network that holds a sender's address, and that network's prefix length.
    pub fn find(&self, sender: IpAddr) -> Option<(&Arc<SourceRecord>, u8)> {
        match sender.to_canonical() {
            IpAddr::V4(ip) => {
                let (network, source) = self.v4.get_lpm(&Ipv4Net::from(ip))?;
                Some((source, network.prefix_len()))
            }
            IpAddr::V6(ip) => {
                let (network, source) = self.v6.get_lpm(&Ipv6Net::from(ip))?;
                Some((source, network.prefix_len()))
            }
        }
    }
}

#[derive(Debug, Default)]
pub struct Registry {
    table: RwLock<Arc<Table>>,
    /// One at a time, or what was read earlier could replace what was read later.
    refreshing: Mutex<()>,
    /// When an unknown token was last asked for.
    asked: Mutex<Option<Instant>>,
}

impl Registry {
    pub fn table(&self) -> Arc<Table> {
        self.table.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }

    pub fn find(&self, token: &str) -> Option<Arc<SourceRecord>> {
        self.table().by_token.get(&hash(token)).cloned()
    }

    /// The source of a token, asked for in the database when it is not known here: it may be a second old.
    ///
    /// Whoever guesses tokens makes at most one question every [`ASK`], however many guess at once.
    pub async fn find_or_ask(&self, app: &App, token: &str) -> Option<Arc<SourceRecord>> {
        if let Some(known) = self.find(token) {
            return Some(known);
        }
        let arrived = Instant::now();
        let mut asked = self.asked.lock().await;
        if asked.is_none_or(|last| last < arrived) {
            if let Some(last) = *asked {
                tokio::time::sleep_until(last + ASK).await;
            }
            *asked = Some(Instant::now());
            if let Err(error) = self.refresh(app).await {
                tracing::debug!(?error, "an unknown token cannot be asked for");
            }
        }
        drop(asked);
        self.find(token)
    }

    pub fn by_id(&self, id: SourceId) -> Option<Arc<SourceRecord>> {
        self.table().by_id.get(&id).cloned()
    }

    /// Reads everything anew: sources and policies are few.
    pub async fn refresh(&self, app: &App) -> Result<()> {
        let _turn = self.refreshing.lock().await;
        let mut tx = app.db.read(Scope::System).await?;
        let by_token = store::records(&mut tx).await?;
        let by_id = by_token.values().map(|source| (source.id, source.clone())).collect::<HashMap<_, _>>();
        let mut networks = Networks::default();
        for (network, source) in crate::senders::networks(&mut tx).await? {
            if let Some(source) = by_id.get(&source) {
                networks.insert(network, source.clone());
            }
        }
        let policies = store::policies(&mut tx).await?;
        let table = Arc::new(Table { by_token, by_id, networks, policies });
        *self.table.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = table;
        Ok(())
    }

    /// Refreshes behind a commit. The change stands whether or not this succeeds: its answer, with perhaps a token that is
    /// shown this once, must not be lost for it.
    pub async fn refresh_behind(&self, app: &App) {
        if let Err(error) = self.refresh(app).await {
            tracing::warn!(?error, "sources could not be read behind a change; the next signal brings it");
        }
    }

    /// Refreshes whenever a node says that something changed, and after messages may have been missed.
    pub fn follow(self: &Arc<Self>, app: &App, running: &mut JoinSet<()>) {
        let (registry, app) = (self.clone(), app.clone());
        let mut signals = app.live.watch();
        #[expect(clippy::disallowed_methods, reason = "the set owns the task")]
        running.spawn(async move {
            loop {
                let is_ours = match tokio::time::timeout(Duration::from_secs(30), signals.recv()).await {
                    Ok(Ok(Signal::Sent { topic, .. })) => {
                        matches!(topic.as_str(), "sources" | "alert_policies")
                    }
                    Ok(Ok(Signal::Lost) | Err(RecvError::Lagged(_))) | Err(_) => true,
                    Ok(Err(RecvError::Closed)) => return,
                };
                if is_ours && let Err(error) = registry.refresh(&app).await {
                    tracing::warn!(?error, "sources could not be read; what is known goes on");
                }
            }
        });
    }
}

/// What is kept of a token.
pub fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}
