//! The look-up table of one organization: built whole, then only read.

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use prefix_trie::PrefixMap;

use crate::AssetCard;

/// An active asset and the names it answers to.
#[derive(Debug, Clone)]
pub struct Entry {
    pub card: AssetCard,
    pub addresses: Vec<IpNet>,
    pub hostnames: Vec<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Table {
    /// Which state of the database this is; see `asset_revisions`.
    pub revision: i64,
    cards: Vec<Arc<AssetCard>>,
    v4: PrefixMap<Ipv4Net, u32>,
    v6: PrefixMap<Ipv6Net, u32>,
    hostnames: HashMap<Box<str>, Owner>,
    /// `web01` of `web01.example.org`.
    first_labels: HashMap<Box<str>, Owner>,
}

/// Whose name it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    One(u32),
    /// Several assets answer to it: it names none.
    Several,
}

impl Table {
    pub fn build(revision: i64, entries: Vec<Entry>) -> Self {
        let mut table = Self { revision, cards: Vec::with_capacity(entries.len()), ..Self::default() };
        for entry in entries {
            let Ok(index) = u32::try_from(table.cards.len()) else { break };
            table.cards.push(Arc::new(entry.card));
            for address in entry.addresses {
                match address {
                    IpNet::V4(net) => table.v4.insert(net, index),
                    IpNet::V6(net) => table.v6.insert(net, index),
                };
            }
            for hostname in entry.hostnames {
                if let Some((label, _)) = hostname.split_once('.') {
                    own(&mut table.first_labels, label.into(), index);
                }
                own(&mut table.hostnames, hostname.into(), index);
            }
        }
        table
    }

    /// The asset of the longest prefix that holds `address`, and that prefix.
    pub fn find(&self, address: IpAddr) -> Option<(IpNet, &Arc<AssetCard>)> {
        let (prefix, index) = match address.to_canonical() {
            IpAddr::V4(host) => {
                self.v4.get_lpm(&Ipv4Net::from(host)).map(|(net, index)| (IpNet::V4(net), *index))
            }
            IpAddr::V6(host) => {
                self.v6.get_lpm(&Ipv6Net::from(host)).map(|(net, index)| (IpNet::V6(net), *index))
            }
        }?;
        Some((prefix, self.card(index)?))
    }

    /// The asset of a hostname, or of a first label that only one asset has.
    pub fn find_by_hostname(&self, hostname: &str) -> Option<&Arc<AssetCard>> {
        let name = folded(hostname);
        let owner = match self.hostnames.get(&*name) {
            Some(owner) => owner,
            None if name.contains('.') => return None,
            None => self.first_labels.get(&*name)?,
        };
        match owner {
            Owner::One(index) => self.card(*index),
            Owner::Several => None,
        }
    }

    pub fn assets(&self) -> usize {
        self.cards.len()
    }

    fn card(&self, index: u32) -> Option<&Arc<AssetCard>> {
        self.cards.get(usize::try_from(index).ok()?)
    }
}

fn own(names: &mut HashMap<Box<str>, Owner>, name: Box<str>, index: u32) {
    let owner = names.entry(name).or_insert(Owner::One(index));
    if *owner != Owner::One(index) {
        *owner = Owner::Several;
    }
}

/// Lower case and without the root's dot, as hostnames are kept.
fn folded(hostname: &str) -> Cow<'_, str> {
    let name = hostname.trim();
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}
