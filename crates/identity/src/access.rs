//! From memberships to permissions: what a person may do, and in which organizations.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use platform::items::Limits;
use platform::principal::Grants;
use policy::{ALL_ORGANIZATIONS, Context, Policies, Role};
use time::OffsetDateTime;
use vocab::OrganizationId;

use crate::limits::limits_of;
use crate::model::{Membership, Standing};

/// Sets of permissions kept for sharing; a second shift of analysts fits many times.
const MOST_KEPT: usize = 1024;

/// What somebody may do. Equal ones are one and the same, so that live changes are written once for all who share it.
#[derive(Debug)]
pub struct Access {
    pub grants: Arc<Grants>,
    pub everywhere: Arc<BTreeSet<String>>,
    pub is_everywhere: bool,
    pub limits: Arc<Limits>,
}

/// The facts that a role's restrictions look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Circumstances {
    network: Option<IpAddr>,
    has_second_factor: bool,
    has_certificate: bool,
    unix_minute: i64,
}

impl Circumstances {
    pub fn of(
        network: Option<IpAddr>,
        has_second_factor: bool,
        has_certificate: bool,
        now: OffsetDateTime,
    ) -> Self {
        let unix_minute = now.unix_timestamp().div_euclid(60);
        Self { network, has_second_factor, has_certificate, unix_minute }
    }

    fn context<'a>(&self, organization: &'a str) -> Context<'a> {
        Context {
            network: self.network,
            unix_seconds: Some(self.unix_minute * 60),
            organization: Some(organization),
            has_mfa: self.has_second_factor,
            has_client_certificate: self.has_certificate,
            ..Context::default()
        }
    }
}

#[derive(PartialEq, Eq, Hash)]
struct Key {
    memberships: Vec<Membership>,
    all_organizations: Vec<OrganizationId>,
    circumstances: Option<Circumstances>,
}

/// Works out permissions, and keeps those worked out.
pub struct AccessTable {
    policies: ArcSwap<Policies>,
    kept: Mutex<HashMap<Key, Arc<Access>>>,
}

impl AccessTable {
    pub fn new(policies: Arc<Policies>) -> Self {
        Self { policies: ArcSwap::new(policies), kept: Mutex::default() }
    }

    pub fn policies(&self) -> Arc<Policies> {
        self.policies.load_full()
    }

    /// Goes by other policies from now on. What is worked out is forgotten afterwards, so that nothing of before is kept.
    pub fn replace(&self, policies: Arc<Policies>) {
        self.policies.store(policies);
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Whether what these people may do depends on where and when.
    pub fn is_restricted(&self, memberships: &[Membership]) -> bool {
        let policies = self.policies.load();
        memberships
            .iter()
            .any(|membership| policies.role(&membership.role).is_some_and(Role::depends_on_circumstances))
    }

    /// Whether a role of these people asks for a second factor.
    pub fn requires_second_factor(&self, memberships: &[Membership]) -> bool {
        let policies = self.policies.load();
        memberships
            .iter()
            .any(|membership| policies.role(&membership.role).is_some_and(Role::requires_second_factor))
    }

    /// What the user of `standing` may do; `circumstances` matter only where a role of theirs depends on them.
    pub fn of(&self, standing: &Standing, circumstances: Circumstances) -> Arc<Access> {
        let is_restricted = self.is_restricted(&standing.memberships);
        let key = Key {
            memberships: standing.memberships.clone(),
            all_organizations: standing.all_organizations.clone(),
            circumstances: is_restricted.then_some(circumstances),
        };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(access) = kept.get(&key) {
            return access.clone();
        }
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        let access = Arc::new(work_out(&self.policies.load(), &key, &standing.short_names, circumstances));
        kept.insert(key, access.clone());
        access
    }
}

fn work_out(
    policies: &Policies,
    key: &Key,
    short_names: &BTreeMap<OrganizationId, String>,
    circumstances: Circumstances,
) -> Access {
    let everywhere_role = role_in(&key.memberships, None);
    let roles_in = |organization: OrganizationId| -> Vec<&str> {
        [everywhere_role, role_in(&key.memberships, Some(organization))].into_iter().flatten().collect()
    };
    let everywhere: BTreeSet<String> = match everywhere_role {
        Some(role) => {
            let granted = policies.grants(&[role], &circumstances.context(ALL_ORGANIZATIONS));
            granted.into_iter().map(str::to_owned).collect()
        }
        None => BTreeSet::new(),
    };
    let mut organizations: BTreeSet<OrganizationId> = key.all_organizations.iter().copied().collect();
    organizations.extend(key.memberships.iter().filter_map(|membership| membership.organization_id));
    let mut by_permission: HashMap<&str, Vec<OrganizationId>> =
        everywhere.iter().map(|name| (name.as_str(), Vec::new())).collect();
    let is_bound_everywhere = everywhere_role.is_some_and(|role| !limits_of(policies, &[role]).is_empty());
    let mut limits = Limits { is_everywhere: is_bound_everywhere, ..Limits::default() };
    for organization in organizations {
        // One without a short name is in no list of organizations.
        let name = short_names.get(&organization).map_or("", String::as_str);
        let roles = roles_in(organization);
        for permission in policies.grants(&roles, &circumstances.context(name)) {
            by_permission.entry(permission).or_default().push(organization);
        }
        let limited = limits_of(policies, &roles);
        if !limited.is_empty() {
            limits.within.insert(organization, limited);
        }
    }
    let grants: Grants =
        by_permission.into_iter().map(|(name, held)| (name.to_owned(), held.into())).collect();
    let is_everywhere = everywhere_role.is_some();
    let (grants, everywhere, limits) = (Arc::new(grants), Arc::new(everywhere), Arc::new(limits));
    Access { grants, everywhere, is_everywhere, limits }
}

fn role_in(memberships: &[Membership], organization: Option<OrganizationId>) -> Option<&str> {
    memberships
        .iter()
        .find(|membership| membership.organization_id == organization)
        .map(|membership| membership.role.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocab::{SessionId, UserId};

    const POLICIES: &str = r#"
version: 1
roles:
  reader:
    description: Reads.
    permissions: [a:read]
  writer:
    description: Writes.
    permissions: [a:read, a:write]
  night:
    description: Writes at night.
    permissions: [a:write]
    restrictions:
      hours: {from: "22:00", to: "06:00"}
  at_acme:
    description: Writes in one organization.
    permissions: [a:write]
    restrictions:
      organizations: [acme]
  trainee:
    description: Changes what is their own.
    permissions: [a:write]
    restrictions: {own_items: true}
"#;

    fn table() -> AccessTable {
        AccessTable::new(Arc::new(Policies::from_yaml(POLICIES, &["a:read", "a:write"]).unwrap()))
    }

    fn standing(memberships: &[(Option<OrganizationId>, &str)], all: &[OrganizationId]) -> Standing {
        let now = OffsetDateTime::UNIX_EPOCH;
        Standing {
            session_id: SessionId::new(),
            user_id: UserId::new(),
            kind: crate::model::SessionKind::Browser,
            created_at: now,
            last_seen_at: now,
            expires_at: now,
            ip: None,
            email: String::new(),
            display_name: String::new(),
            must_change_password: false,
            has_second_factor: false,
            memberships: memberships
                .iter()
                .map(|(organization_id, role)| Membership {
                    organization_id: *organization_id,
                    role: (*role).to_owned(),
                })
                .collect(),
            all_organizations: all.to_vec(),
            short_names: BTreeMap::new(),
        }
    }

    fn at(hour: i64) -> Circumstances {
        Circumstances::of(None, false, false, OffsetDateTime::UNIX_EPOCH + time::Duration::hours(hour))
    }

    #[test]
    fn a_role_everywhere_adds_to_the_role_in_one_organization() {
        let (acme, other) = (OrganizationId::new(), OrganizationId::new());
        let access =
            table().of(&standing(&[(None, "reader"), (Some(acme), "writer")], &[acme, other]), at(0));
        assert!(access.is_everywhere);
        assert_eq!(access.grants["a:read"].len(), 2);
        assert_eq!(&*access.grants["a:write"], &[acme]);
        assert!(access.everywhere.contains("a:read") && !access.everywhere.contains("a:write"));
    }

    #[test]
    fn somebody_everywhere_has_permissions_before_there_is_any_organization() {
        let access = table().of(&standing(&[(None, "writer")], &[]), at(0));
        assert!(access.grants["a:write"].is_empty());
        assert!(access.everywhere.contains("a:write"));
    }

    #[test]
    fn equal_memberships_share_one_set_of_grants() {
        let (table, acme) = (table(), OrganizationId::new());
        let first = table.of(&standing(&[(Some(acme), "reader")], &[]), at(0));
        let second = table.of(&standing(&[(Some(acme), "reader")], &[]), at(9));
        assert!(Arc::ptr_eq(&first.grants, &second.grants));
    }

    #[test]
    fn a_restricted_role_counts_only_in_its_circumstances() {
        let (table, acme) = (table(), OrganizationId::new());
        let night = standing(&[(Some(acme), "night")], &[]);
        assert!(table.of(&night, at(23)).grants.contains_key("a:write"));
        assert!(!table.of(&night, at(12)).grants.contains_key("a:write"));
    }

    #[test]
    fn a_limit_on_items_holds_at_every_hour_and_is_worked_out_once() {
        let (table, acme, other) = (table(), OrganizationId::new(), OrganizationId::new());
        let bound = standing(&[(None, "writer"), (Some(acme), "trainee")], &[acme, other]);
        assert!(!table.is_restricted(&bound.memberships));
        let access = table.of(&bound, at(0));
        assert!(Arc::ptr_eq(&access, &table.of(&bound, at(9))));
        assert_eq!(access.limits.within.keys().collect::<Vec<_>>(), [&acme]);
        assert!(!access.limits.is_everywhere && access.grants["a:write"].len() == 2);
        let everywhere = table.of(&standing(&[(None, "trainee")], &[]), at(0));
        assert!(everywhere.limits.is_everywhere && everywhere.limits.within.is_empty());
    }

    #[test]
    fn a_role_for_some_organizations_counts_there_and_not_in_those_to_come() {
        let (acme, other) = (OrganizationId::new(), OrganizationId::new());
        let mut standing = standing(&[(None, "at_acme")], &[acme, other]);
        standing.short_names = [(acme, "acme".to_owned()), (other, "other".to_owned())].into();
        let access = table().of(&standing, at(0));
        assert_eq!(&*access.grants["a:write"], &[acme]);
        assert!(access.everywhere.is_empty());
    }

    #[test]
    fn other_policies_count_from_the_next_question_on() {
        let (table, acme) = (table(), OrganizationId::new());
        let reader = standing(&[(Some(acme), "reader")], &[]);
        assert!(!table.of(&reader, at(0)).grants.contains_key("a:write"));
        let changed = POLICIES.replacen("[a:read]", "[a:write]", 1);
        table.replace(Arc::new(Policies::from_yaml(&changed, &["a:read", "a:write"]).unwrap()));
        assert!(table.of(&reader, at(0)).grants.contains_key("a:write"));
    }
}
