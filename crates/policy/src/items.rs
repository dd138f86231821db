//! Restrictions that look at the item acted on, and the roles that they can stand on.
//!
//! They hold for changes. Whoever changes an item asks about it, which this crate cannot know: it is told of each permission
//! what it is to a restriction, and refuses one that nobody would ask about.

use crate::mistakes::{Findings, Position, list, quoted};
use crate::model::Role;
use crate::restriction::{Restriction, SEVERITIES};

/// A restriction on the items that the holders of a role change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemLimit {
    /// Only what is their own.
    OwnItems,
    /// Nothing that is more severe.
    SeverityCeiling(&'static str),
}

impl ItemLimit {
    /// The key in the file.
    pub fn key(self) -> &'static str {
        match self {
            ItemLimit::OwnItems => "own_items",
            ItemLimit::SeverityCeiling(_) => "severity_ceiling",
        }
    }
}

/// What a permission is to a restriction on items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bearing {
    /// It changes nothing.
    Reads,
    /// Whoever changes something by it asks about each item before.
    Asks,
    /// It is used beside another that asks, or changes only what the restriction allows: alone it leaves nothing to refuse.
    Idle,
    /// It changes what is no such item.
    Ignores,
}

/// Tells by the restriction's key and the permission.
pub type Bears = fn(&str, &str) -> Bearing;

impl Restriction {
    pub(crate) fn item_limit(&self) -> Option<ItemLimit> {
        match self {
            Restriction::OwnItems => Some(ItemLimit::OwnItems),
            Restriction::SeverityCeiling(rank) => Some(ItemLimit::SeverityCeiling(SEVERITIES[*rank])),
            _ => None,
        }
    }
}

/// Reports restrictions on items that nobody would ask about; `places` are where the role's restrictions stand in the file.
pub(crate) fn check(role: &Role, places: &[(String, Position)], bears: Bears, findings: &mut Findings) {
    for limit in role.item_limits() {
        let key = limit.key();
        let at = places.iter().find(|(name, _)| name == key).map_or(Position::START, |(_, at)| *at);
        let is = |permission: &str, bearing| bears(key, permission) == bearing;
        let permissions = role.permissions.iter().map(String::as_str);
        let ignoring = permissions.clone().filter(|name| is(name, Bearing::Ignores)).collect::<Vec<_>>();
        let name = quoted(&role.name);
        if !ignoring.is_empty() {
            let ignoring = list(&ignoring);
            let problem = format!("`{key}` is not asked about by {ignoring}, which role {name} grants");
            findings.add(at, problem, "take those permissions from the role, or the restriction");
        } else if !permissions.clone().any(|name| is(name, Bearing::Asks)) {
            let (what, suggestion) = match permissions.clone().any(|name| is(name, Bearing::Idle)) {
                true => ("grants none that it refuses", "nothing is narrowed by it: remove it"),
                false => ("changes none", "reading is not narrowed by it: remove it"),
            };
            let problem = format!("`{key}` holds for changes of items, and role {name} {what}");
            findings.add(at, problem, suggestion);
        }
    }
}
