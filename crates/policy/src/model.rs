//! What the file says: roles, what they grant and what restricts them, checked against the catalogue.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use crate::items::{self, Bears, ItemLimit};
use crate::mistakes::{Findings, Position, list, quoted, suggest};
use crate::restriction::{self, Restriction, read_restrictions};
use crate::yaml::{Entry, Node, Value};

/// The shape of the file that this crate reads.
const VERSION: &str = "1";

/// Identifiers that read well in a URL, a log line and a policy's id, and need no escaping in any of them.
const LONGEST_ROLE_NAME: usize = 48;

/// A role as the role matrix shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Role {
    pub name: String,
    pub description: String,
    /// The roles whose permissions it takes over, as the file lists them.
    pub inherits: Vec<String>,
    /// Everything it grants, inherited permissions and wildcards spelled out; sorted.
    pub permissions: Vec<String>,
    /// Like `hours: 08:00-20:00 UTC`; its own, for restrictions are not inherited.
    pub restrictions: Vec<String>,
    #[serde(skip)]
    pub(crate) rules: Vec<Restriction>,
}

impl Role {
    /// Whether its holders may act only in sessions with a second factor.
    pub fn requires_second_factor(&self) -> bool {
        self.rules.iter().any(|rule| matches!(rule, Restriction::RequiresMfa))
    }

    /// Whether what it grants depends on where, when and how its holders act. What they change is another question.
    pub fn depends_on_circumstances(&self) -> bool {
        self.rules.iter().any(|rule| rule.item_limit().is_none())
    }

    /// The restrictions that look at what its holders change.
    pub fn item_limits(&self) -> Vec<ItemLimit> {
        self.rules.iter().filter_map(Restriction::item_limit).collect()
    }

    /// The restrictions, to who may know of all organizations; to others only that there are networks or organizations.
    pub fn restrictions_for(&self, is_everywhere: bool) -> Vec<String> {
        let names_others = |rule: &str| matches!(rule, "networks" | "organizations");
        let shown = |text: &String| match text.split_once(':') {
            Some((rule, _)) if !is_everywhere && names_others(rule) => rule.to_owned(),
            _ => text.clone(),
        };
        self.restrictions.iter().map(shown).collect()
    }

    /// A service as Cedar sees it.
    pub(crate) fn of_service(
        id: &str,
        description: &str,
        scopes: &[String],
        rules: Vec<Restriction>,
    ) -> Self {
        Self {
            name: id.to_owned(),
            description: description.to_owned(),
            inherits: Vec::new(),
            permissions: scopes.to_vec(),
            restrictions: rules.iter().map(Restriction::to_string).collect(),
            rules,
        }
    }
}

/// A role as the file writes it, before parents are looked up.
#[derive(Default)]
struct Draft {
    name: String,
    at: Position,
    description: String,
    parents: Vec<(String, Position)>,
    permissions: Vec<(String, Position)>,
    /// The permissions with wildcards spelled out.
    granted: BTreeSet<String>,
    rules: Vec<Restriction>,
    /// Where the restrictions stand.
    places: Vec<(String, Position)>,
}

/// The roles in the order of the file. Whatever is wrong is a finding, and the result is then not to be used.
pub(crate) fn read_roles(
    document: Node,
    catalogue: &[&str],
    bears: Bears,
    findings: &mut Findings,
) -> Vec<Role> {
    let at = document.at;
    let is_mapping = matches!(document.value, Value::Mapping(_));
    let (mut version, mut roles) = (None, None);
    for field in document.into_fields("the file", &["version", "roles"], findings) {
        match field.key.as_str() {
            "version" => version = Some(field.value),
            _ => roles = Some(field.value),
        }
    }
    match version {
        Some(node) => check_version(&node, findings),
        None if is_mapping => findings.add(at, "`version` is missing", "write `version: 1`"),
        None => {}
    }
    let Some(roles) = roles else {
        if is_mapping {
            findings.add(at, "`roles` is missing", "nobody could do anything: write `roles:` and a role");
        }
        return Vec::new();
    };
    let drafts = read_drafts(roles, catalogue, findings);
    check_parents(&drafts, findings);
    check_cycles(&drafts, findings);
    let places = drafts.iter().map(|draft| draft.places.clone()).collect::<Vec<_>>();
    let roles = resolve(drafts);
    for (role, places) in roles.iter().zip(&places) {
        items::check(role, places, bears, findings);
    }
    roles
}

pub(crate) fn check_version(node: &Node, findings: &mut Findings) {
    match &node.value {
        Value::Refused => {}
        Value::Scalar(scalar) if scalar.text == VERSION && !scalar.is_quoted => {}
        _ => findings.add(node.at, "a version that is not read here", format!("write `version: {VERSION}`")),
    }
}

fn read_drafts(roles: Node, catalogue: &[&str], findings: &mut Findings) -> Vec<Draft> {
    if matches!(&roles.value, Value::Mapping(entries) if entries.is_empty()) {
        findings.add(roles.at, "`roles` is empty", "nobody could do anything: write a role");
    }
    let entries = roles.into_entries("`roles`", findings);
    entries.into_iter().map(|entry| read_draft(entry, catalogue, findings)).collect()
}

fn read_draft(
    Entry { key: name, key_at: at, value }: Entry,
    catalogue: &[&str],
    findings: &mut Findings,
) -> Draft {
    const KEYS: [&str; 4] = ["description", "inherits", "permissions", "restrictions"];
    check_role_name(&name, at, findings);
    let is_mapping = matches!(value.value, Value::Mapping(_));
    let role = format!("role {}", quoted(&name));
    let fields = value.into_fields(&role, &KEYS, findings);
    let has = |key| fields.iter().any(|field| field.key == key);
    let has_description = has("description");
    let has_grants = has("permissions") || has("inherits");
    if is_mapping && !has_description {
        findings.add(at, format!("{role} has no description"), "say in a sentence who holds it");
    }
    if is_mapping && !has_grants {
        findings.add(at, format!("{role} is empty"), "list its `permissions`, or the roles it `inherits`");
    }
    let mut draft = Draft { name, at, ..Draft::default() };
    for field in fields {
        match field.key.as_str() {
            "description" => draft.description = read_description(field.value, findings),
            "inherits" => draft.parents = read_names(field.value, "`inherits`", findings),
            "permissions" => draft.permissions = read_names(field.value, "`permissions`", findings),
            _ => {
                draft.places = restriction::places(&field.value);
                draft.rules = read_restrictions(field.value, &restriction::KEYS, findings);
            }
        }
    }
    check_wildcard(&draft, findings);
    let expanded = draft.permissions.iter().flat_map(|(name, at)| expand(name, *at, catalogue, findings));
    draft.granted = expanded.collect();
    draft
}

fn check_role_name(name: &str, at: Position, findings: &mut Findings) {
    let is_plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    let starts_with_letter = name.starts_with(|c: char| c.is_ascii_lowercase());
    if !is_plain || !starts_with_letter || name.len() > LONGEST_ROLE_NAME {
        let suggestion = format!("lower-case letters, digits and `_`, at most {LONGEST_ROLE_NAME}");
        findings.add(at, format!("{} is not a role name", quoted(name)), suggestion);
    }
}

pub(crate) fn read_description(node: Node, findings: &mut Findings) -> String {
    let at = node.at;
    let text = node.into_text("`description`", findings);
    if text.as_ref().is_some_and(|text| text.trim().is_empty()) {
        findings.add(at, "`description` is blank", "say in a sentence who holds the role");
    }
    text.unwrap_or_default()
}

/// The texts of a list, none of them twice.
pub(crate) fn read_names(node: Node, what: &str, findings: &mut Findings) -> Vec<(String, Position)> {
    let mut first_lines: HashMap<String, usize> = HashMap::new();
    let mut names = Vec::new();
    for item in node.into_items(what, findings).unwrap_or_default() {
        let at = item.at;
        let Some(name) = item.into_text(&format!("an item of {what}"), findings) else { continue };
        if let Some(line) = first_lines.get(&name) {
            let problem = format!("{} is listed twice in {what}", quoted(&name));
            findings.add(at, problem, format!("the first is on line {line}: keep one"));
            continue;
        }
        first_lines.insert(name.clone(), at.line);
        names.push((name, at));
    }
    names
}

/// The catalogue's names that an author's entry stands for: itself, a module's (`tickets:*`), or all (`*`).
pub(crate) fn expand(name: &str, at: Position, catalogue: &[&str], findings: &mut Findings) -> Vec<String> {
    let found: Vec<String> = match name.strip_suffix('*') {
        Some(prefix) if prefix.is_empty() || prefix.ends_with(':') => catalogue
            .iter()
            .filter(|known| known.starts_with(prefix))
            .map(|known| known.to_string())
            .collect(),
        _ => catalogue.iter().filter(|known| **known == name).map(|known| known.to_string()).collect(),
    };
    if found.is_empty() {
        findings.add(at, format!("unknown permission {}", quoted(name)), suggest_permission(name, catalogue));
    }
    found
}

fn suggest_permission(name: &str, catalogue: &[&str]) -> String {
    let module = |permission: &str| permission.split_once(':').map_or("", |(module, _)| module).to_owned();
    if name.ends_with('*') {
        let modules: BTreeSet<String> =
            catalogue.iter().map(|known| format!("{}:*", module(known))).collect();
        return suggest(name, &modules.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let suggestion = suggest(name, catalogue);
    let same_module: Vec<&str> =
        catalogue.iter().filter(|known| module(known) == module(name)).copied().collect();
    if suggestion.starts_with("did you mean") || same_module.is_empty() {
        return suggestion;
    }
    format!("known here: {}", list(&same_module))
}

/// `*` is for an administrator's role and stands alone, so that the role is seen for what it is.
fn check_wildcard(draft: &Draft, findings: &mut Findings) {
    let Some((_, at)) = draft.permissions.iter().find(|(name, _)| name == "*") else { return };
    if draft.permissions.len() > 1 || !draft.parents.is_empty() {
        let problem = "`*` beside other permissions or `inherits`";
        findings.add(*at, problem, "it already grants everything: let it stand alone");
    }
}

fn check_parents(drafts: &[Draft], findings: &mut Findings) {
    let names: Vec<&str> = drafts.iter().map(|draft| draft.name.as_str()).collect();
    for (parent, at) in drafts.iter().flat_map(|draft| &draft.parents) {
        if !names.contains(&parent.as_str()) {
            findings.add(*at, format!("unknown role {}", quoted(parent)), suggest(parent, &names));
        }
    }
}

/// Reports every role from which following the parents leads back to it.
fn check_cycles(drafts: &[Draft], findings: &mut Findings) {
    for draft in drafts {
        if ancestors(drafts, draft).contains(&draft.name.as_str()) {
            let at = draft.parents.first().map_or(draft.at, |(_, at)| *at);
            let problem = format!("role {} inherits from itself through its parents", quoted(&draft.name));
            findings.add(at, problem, "remove one `inherits` of the circle");
        }
    }
}

/// The names of all parents, and of their parents; the role itself only if it stands in a circle.
fn ancestors<'d>(drafts: &'d [Draft], draft: &'d Draft) -> BTreeSet<&'d str> {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![draft];
    while let Some(next) = waiting.pop() {
        let parents = next.parents.iter().filter(|(name, _)| reached.insert(name.as_str()));
        waiting.extend(parents.filter_map(|(name, _)| drafts.iter().find(|draft| draft.name == *name)));
    }
    reached
}

fn resolve(drafts: Vec<Draft>) -> Vec<Role> {
    let effective = |draft: &Draft| {
        let ancestors = ancestors(&drafts, draft);
        let inherited = drafts.iter().filter(|other| ancestors.contains(other.name.as_str()));
        let all: BTreeSet<&String> = inherited.chain([draft]).flat_map(|draft| &draft.granted).collect();
        all.into_iter().cloned().collect::<Vec<_>>()
    };
    let permissions: Vec<_> = drafts.iter().map(effective).collect();
    let roles = drafts.into_iter().zip(permissions).map(|(draft, permissions)| Role {
        name: draft.name,
        description: draft.description,
        inherits: draft.parents.into_iter().map(|(name, _)| name).collect(),
        permissions,
        restrictions: draft.rules.iter().map(Restriction::to_string).collect(),
        rules: draft.rules,
    });
    roles.collect()
}
