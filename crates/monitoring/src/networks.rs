//! Where people sign in from, by network: an address of a telephone or of a home changes all the time.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use audit::Record;
use ipnet::IpNet;
use time::OffsetDateTime;
use uuid::Uuid;

/// Networks of this size are one place.
const V4_PREFIX: u8 = 24;
const V6_PREFIX: u8 = 48;

/// The networks of some people, and what has been learned since they were read.
#[derive(Debug, Default)]
pub struct Networks {
    known: HashMap<Uuid, HashSet<IpNet>>,
    pub learned: HashMap<(Uuid, IpNet), OffsetDateTime>,
}

impl Networks {
    pub fn new(known: impl IntoIterator<Item = (Uuid, IpNet)>) -> Self {
        let mut networks = Self::default();
        for (user, network) in known {
            networks.known.entry(user).or_default().insert(network);
        }
        networks
    }

    /// Learns where a sign-in came from; true when its owner never came from there, but from elsewhere.
    pub fn learn(&mut self, record: &Record, at: OffsetDateTime) -> bool {
        let Some((user, network)) = sign_in(record) else { return false };
        let known = self.known.entry(user).or_default();
        let is_first = known.is_empty();
        let is_new = known.insert(network);
        self.learned.insert((user, network), at);
        is_new && !is_first
    }
}

/// Whose sign-in a record is, and from which network.
pub fn sign_in(record: &Record) -> Option<(Uuid, IpNet)> {
    let is_sign_in = record.action == "session.opened" && record.actor_kind == "user";
    Some((record.actor_id.filter(|_| is_sign_in)?, network(record.ip?.addr())))
}

fn network(address: IpAddr) -> IpNet {
    let address = address.to_canonical();
    let prefix = if address.is_ipv4() { V4_PREFIX } else { V6_PREFIX };
    IpNet::new(address, prefix).map_or(IpNet::from(address), |network| network.trunc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign_in_of(user: u128, address: &str) -> Record {
        Record {
            id: Uuid::now_v7(),
            organization_id: None,
            actor_kind: "user".to_owned(),
            actor_id: Some(Uuid::from_u128(user)),
            actor_name: "Ana".to_owned(),
            action: "session.opened".to_owned(),
            object_kind: "session".to_owned(),
            object_id: None,
            object_reference: None,
            detail: None,
            ip: address.parse::<IpAddr>().ok().map(IpNet::from),
            request_id: None,
        }
    }

    #[test]
    fn the_first_network_of_somebody_is_no_news_and_the_second_is_once() {
        let mut networks = Networks::default();
        let mut learn =
            |user, address| networks.learn(&sign_in_of(user, address), OffsetDateTime::UNIX_EPOCH);
        assert!(!learn(1, "192.0.2.7"));
        assert!(!learn(1, "192.0.2.200"));
        assert!(learn(1, "192.0.3.1"));
        assert!(!learn(1, "192.0.3.1"));
        assert!(!learn(2, "192.0.3.1"));
        assert!(learn(2, "2001:db8:1::1"));
        assert!(!learn(2, "2001:db8:1:2::9"));
        assert!(learn(2, "2001:db8:2::1"));
        assert!(!learn(2, "::ffff:192.0.3.9"));
    }
}
