//! Answers: Cedar's own for people under a restriction, a table of Cedar's answers for everybody else.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use serde::Serialize;

use crate::compile::{Compiled, compile, grant_id, schema, zones_of};
use crate::items::{Bearing, Bears};
use crate::judge::Judge;
use crate::mistakes::{Findings, Mistakes};
use crate::model::{Role, read_roles};
use crate::yaml;

/// The reason of a refusal that no restriction explains: no role held grants the permission.
const DEFAULT_DENY: &str = "default:deny";

/// All organizations at once, those to come included: no list of organizations has it, so that who is restricted to some
/// holds nothing everywhere.
pub const ALL_ORGANIZATIONS: &str = "*";

/// The policies of one file: immutable, and shared behind an `Arc`.
#[derive(Debug)]
pub struct Policies {
    roles: Vec<Role>,
    role_by_name: HashMap<String, usize>,
    /// The catalogue, sorted.
    permissions: Vec<String>,
    judge: Judge,
    cedar_text: String,
    /// By role and permission: does the role grant it when no restriction stands against it? Cedar's answers.
    table: Vec<Vec<bool>>,
}

/// A table of every role and permission is made of a file, and each is a policy: far more than anybody writes by hand.
const MOST_ROLES: usize = 100;
const MOST_GRANTS: usize = 3000;

impl Policies {
    /// Reads a policy file against the catalogue of permissions that exist, as if each of them asked about items: what a
    /// process goes by is read with [`from_yaml_bearing`](Self::from_yaml_bearing).
    ///
    /// # Errors
    /// Everything that is wrong with the file, at once.
    pub fn from_yaml(text: &str, known_permissions: &[&str]) -> Result<Policies, Mistakes> {
        Self::from_yaml_bearing(text, known_permissions, |_, _| Bearing::Asks)
    }

    /// The same, where `bears` tells which permissions ask about items: a restriction that nobody asks about is a mistake.
    ///
    /// # Errors
    /// Everything that is wrong with the file, at once.
    pub fn from_yaml_bearing(
        text: &str,
        known_permissions: &[&str],
        bears: Bears,
    ) -> Result<Policies, Mistakes> {
        let catalogue: Vec<&str> =
            known_permissions.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let mut findings = Findings::default();
        let document = yaml::read(text, &mut findings);
        let roles = document.map(|node| read_roles(node, &catalogue, bears, &mut findings));
        let roles = roles.unwrap_or_default();
        let grants = roles.iter().map(|role| role.permissions.len()).sum::<usize>();
        if roles.len() > MOST_ROLES || grants > MOST_GRANTS {
            let at = crate::Position { line: 1, column: 1 };
            let problem = format!("{} roles with {grants} permissions in all are too many", roles.len());
            findings.add(at, problem, format!("at most {MOST_ROLES} roles, and {MOST_GRANTS} permissions"));
        }
        findings.into_result()?;
        Self::of(roles, &catalogue)
    }

    /// The policies of roles that were read without a mistake; the catalogue is sorted.
    pub(crate) fn of(roles: Vec<Role>, catalogue: &[&str]) -> Result<Policies, Mistakes> {
        let Compiled { text, policies } = compile(&roles)?;
        let judge = Judge::new(policies, zones_of(&roles))?;
        let role_by_name = roles.iter().zip(0..).map(|(role, index)| (role.name.clone(), index)).collect();
        let permissions: Vec<String> = catalogue.iter().map(|name| (*name).to_owned()).collect();
        let table = ask_all(&judge, &roles, &permissions);
        Ok(Policies { roles, role_by_name, permissions, judge, cedar_text: text, table })
    }

    /// The roles in the order of the file.
    pub fn roles(&self) -> impl Iterator<Item = &Role> {
        self.roles.iter()
    }

    /// The role of that name, if the file has it.
    pub fn role(&self, name: &str) -> Option<&Role> {
        self.role_by_name.get(name).map(|index| &self.roles[*index])
    }

    /// The catalogue that the file was read against, sorted.
    pub fn permissions(&self) -> impl Iterator<Item = &str> {
        self.permissions.iter().map(String::as_str)
    }

    /// Decides one question and says why. What no role grants is refused; a restriction of any role held
    /// overrides what all of them grant.
    ///
    /// Measured with the shipped file, release build: 0.2 us from the table, 62 us by Cedar when a role held has a
    /// restriction.
    pub fn decide(&self, request: &Request) -> Decision {
        let mut decision = self.answer(request);
        let unknown = request.roles.iter().filter(|name| !self.role_by_name.contains_key(**name));
        decision.reasons.extend(unknown.map(|name| format!("role:{name}/unknown")));
        decision.reasons.sort();
        decision.reasons.dedup();
        decision
    }

    /// All permissions that somebody with these roles has in these circumstances, sorted.
    ///
    /// Called whenever a session is resolved. Measured with the shipped file, release build: 0.1 us from the table,
    /// 62 us (one question to Cedar) when a role held has a restriction that these circumstances could break. The table is
    /// made in `from_yaml`, which takes 14 ms (100 ms in a debug build).
    pub fn grants(&self, roles: &[&str], context: &Context) -> Vec<&str> {
        let held = self.held(roles);
        let is_granted = |permission: usize| held.iter().any(|role| self.table[*role][permission]);
        let known = self.permissions.iter().zip(0..);
        let granted: Vec<&str> =
            known.filter(|(_, at)| is_granted(*at)).map(|(name, _)| name.as_str()).collect();
        let has_item = context.is_own.is_some() || context.severity.is_some();
        let can_break = |role: &usize| {
            let role = &self.roles[*role];
            role.depends_on_circumstances() || (has_item && !role.rules.is_empty())
        };
        if !held.iter().any(can_break) {
            return granted;
        }
        // A `forbid` names no action, so that what Cedar says of one granted permission holds for all of them.
        let is_free = granted.first().is_some_and(|first| self.ask(&held, first, context).is_allowed);
        if is_free { granted } else { Vec::new() }
    }

    /// The compiled policies as Cedar text, for people; each carries its id as an annotation.
    pub fn to_cedar(&self) -> String {
        self.cedar_text.clone()
    }

    /// The schema that the compiled policies are valid against, in Cedar's schema language.
    pub fn to_cedar_schema(&self) -> String {
        let applies = "principal: Caller, resource: System, context: Circumstances";
        let actions = self
            .permissions
            .iter()
            .map(|name| format!("action \"{}\" appliesTo {{ {applies} }};\n", name.escape_debug()));
        actions.fold(schema(&self.roles), |text, action| text + &action)
    }

    fn answer(&self, request: &Request) -> Decision {
        let Ok(permission) =
            self.permissions.binary_search_by(|known| known.as_str().cmp(request.permission))
        else {
            return Decision::denied(&format!("permission:{}/unknown", request.permission));
        };
        let held = self.held(request.roles);
        if self.has_restriction(&held) {
            return self.ask(&held, request.permission, &request.context);
        }
        let granting = held.iter().filter(|role| self.table[**role][permission]);
        let policy = |role: &usize| grant_id(&self.roles[*role].name, request.permission);
        Decision::allowed_by(granting.map(policy).collect())
    }

    fn ask(&self, held: &[usize], permission: &str, context: &Context) -> Decision {
        let roles: Vec<&Role> = held.iter().map(|role| &self.roles[*role]).collect();
        self.judge.ask(&roles, permission, context)
    }

    /// The places of the known roles among `names`.
    fn held(&self, names: &[&str]) -> Vec<usize> {
        names.iter().filter_map(|name| self.role_by_name.get(*name).copied()).collect()
    }

    fn has_restriction(&self, held: &[usize]) -> bool {
        held.iter().any(|role| !self.roles[*role].rules.is_empty())
    }
}

/// The facts about a request that restrictions look at. An absent fact breaks no restriction, so a caller that
/// knows one passes it; `has_mfa` and `has_client_certificate` are always known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// The client's address behind trusted proxies.
    pub network: Option<IpAddr>,
    /// When it is asked, in seconds since 1970: hours are looked at on the clocks of their zone.
    pub unix_seconds: Option<i64>,
    /// The short name of the organization acted in, or [`ALL_ORGANIZATIONS`].
    pub organization: Option<&'a str>,
    pub has_mfa: bool,
    /// Whether the connection showed a client certificate that was verified (mTLS).
    pub has_client_certificate: bool,
    /// Whether the item acted on is the caller's own: they have it, or they made it and nobody has it.
    pub is_own: Option<bool>,
    /// Of the alert or ticket acted on; a name that is not a severity counts as above every ceiling.
    pub severity: Option<&'a str>,
}

/// A question: may somebody with these roles do this, in these circumstances?
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub roles: &'a [&'a str],
    pub permission: &'a str,
    pub context: Context<'a>,
}

/// An answer and the ids of the policies that made it, sorted.
///
/// `role:analyst/tickets:read` allowed; `role:analyst/restriction:networks` forbade; `default:deny`: nothing
/// allowed; `role:ghost/unknown`, `permission:x/unknown`: not in the file, not in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    pub is_allowed: bool,
    pub reasons: Vec<String>,
}

impl Decision {
    pub(crate) fn denied(reason: &str) -> Decision {
        Decision { is_allowed: false, reasons: vec![reason.to_owned()] }
    }

    /// Denied by the restrictions named, or for want of a policy that allows.
    pub(crate) fn denied_by(policies: BTreeSet<String>) -> Decision {
        if policies.is_empty() {
            return Decision::denied(DEFAULT_DENY);
        }
        Decision { is_allowed: false, reasons: policies.into_iter().collect() }
    }

    /// Allowed by the policies named; denied if there is none.
    pub(crate) fn allowed_by(policies: BTreeSet<String>) -> Decision {
        Decision { is_allowed: !policies.is_empty(), ..Decision::denied_by(policies) }
    }
}

/// Asks Cedar once about every role and permission, in circumstances that break no restriction.
fn ask_all(judge: &Judge, roles: &[Role], permissions: &[String]) -> Vec<Vec<bool>> {
    let unrestricted = Context { has_mfa: true, has_client_certificate: true, ..Context::default() };
    let row = |role: &Role| {
        let answer = |permission: &String| judge.ask(&[role], permission, &unrestricted).is_allowed;
        permissions.iter().map(answer).collect()
    };
    roles.iter().map(row).collect()
}
