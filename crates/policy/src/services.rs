//! Services: programs with an identity of their own, what they may ask for, and how they prove who they are.
//!
//! A service is a role of its own to Cedar: its scopes are the permissions it grants, and what none of them names is
//! denied.

use std::collections::{BTreeSet, HashMap};

use crate::decide::{Context, Policies};
use crate::mistakes::{Findings, Mistakes, Position, quoted};
use crate::model::{Role, check_version, expand, read_description, read_names};
use crate::restriction::read_restrictions;
use crate::yaml::{self, Entry, Node, Value};

const LONGEST_ID: usize = 48;
const KEYS: [&str; 10] = [
    "description",
    "organizations",
    "audiences",
    "scopes",
    "secret_hash",
    "public_keys",
    "certificates",
    "certificate_names",
    "may_exchange",
    "restrictions",
];

/// A service shows no second factor, names its organizations itself and owns no items: better no start than a limit
/// believed in.
const RESTRICTIONS: [&str; 3] = ["networks", "hours", "requires_mtls"];

/// A service as the file describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// The `client_id`: lower-case letters, digits and `-`.
    pub id: String,
    pub description: String,
    /// Short names of the organizations it works in; `None` for all of them.
    pub organizations: Option<Vec<String>>,
    /// Whom its tokens may address, beside this API, which is `api`.
    pub audiences: Vec<String>,
    /// The permissions it may ask for, wildcards spelled out; sorted.
    pub scopes: Vec<String>,
    /// SHA-256 of its secret.
    pub secret_hash: Option<[u8; 32]>,
    pub public_keys: Vec<ServiceKey>,
    /// SHA-256 of certificates' DER, base64url (RFC 8705, 3.1).
    pub certificates: Vec<String>,
    /// URIs and DNS names that its certificates carry (subject alternative names).
    pub certificate_names: Vec<String>,
    /// Whether it may act for those whose tokens it is given (RFC 8693).
    pub may_exchange: bool,
}

/// A public key as in a JSON Web Key (RFC 7517): text only, the crate that verifies reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceKey {
    pub at: Position,
    pub members: HashMap<String, String>,
}

/// The services of one file.
#[derive(Debug)]
pub struct Services {
    services: Vec<Service>,
    policies: Policies,
}

impl Services {
    /// Reads a file of services against the catalogue of permissions that exist.
    ///
    /// # Errors
    /// Everything that is wrong with the file, at once.
    pub fn from_yaml(text: &str, known_permissions: &[&str]) -> Result<Services, Mistakes> {
        let catalogue = known_permissions.iter().copied().collect::<BTreeSet<_>>();
        let catalogue = catalogue.into_iter().collect::<Vec<_>>();
        let mut findings = Findings::default();
        let document = yaml::read(text, &mut findings);
        let read = document.map(|node| read_services(node, &catalogue, &mut findings)).unwrap_or_default();
        findings.into_result()?;
        let (services, roles) = read.into_iter().unzip();
        Ok(Services { services, policies: Policies::of(roles, &catalogue)? })
    }

    pub fn find(&self, id: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.id == id)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Service> {
        self.services.iter()
    }

    /// The permissions that a service has in these circumstances, sorted; a service that is not in the file has none.
    pub fn grants(&self, id: &str, context: &Context) -> Vec<&str> {
        self.policies.grants(&[id], context)
    }
}

fn read_services(document: Node, catalogue: &[&str], findings: &mut Findings) -> Vec<(Service, Role)> {
    let at = document.at;
    let is_mapping = matches!(document.value, Value::Mapping(_));
    let (mut has_version, mut services) = (false, Vec::new());
    for field in document.into_fields("the file", &["version", "services"], findings) {
        match field.key.as_str() {
            "version" => {
                has_version = true;
                check_version(&field.value, findings);
            }
            _ => services = field.value.into_entries("`services`", findings),
        }
    }
    if is_mapping && !has_version {
        findings.add(at, "`version` is missing", "write `version: 1`");
    }
    services.into_iter().map(|entry| read_service(entry, catalogue, findings)).collect()
}

fn read_service(
    Entry { key: id, key_at: at, value }: Entry,
    catalogue: &[&str],
    findings: &mut Findings,
) -> (Service, Role) {
    check_id(&id, at, findings);
    let name = format!("service {}", quoted(&id));
    let is_mapping = matches!(value.value, Value::Mapping(_));
    let fields = value.into_fields(&name, &KEYS, findings);
    if is_mapping {
        for required in ["description", "organizations", "scopes"] {
            if !fields.iter().any(|field| field.key == required) {
                findings.add(at, format!("{name} has no `{required}`"), "nothing is assumed: write it");
            }
        }
    }
    let mut service = Service { id, audiences: vec!["api".to_owned()], ..Service::default() };
    let mut rules = Vec::new();
    for Entry { key, value, .. } in fields {
        match key.as_str() {
            "description" => service.description = read_description(value, findings),
            "organizations" => service.organizations = read_organizations(value, findings),
            "audiences" => service.audiences = names(value, "`audiences`", findings),
            "scopes" => service.scopes = read_scopes(value, catalogue, findings),
            "secret_hash" => service.secret_hash = read_hash(value, findings),
            "public_keys" => service.public_keys = read_keys(value, findings),
            "certificates" => service.certificates = read_certificates(value, findings),
            "certificate_names" => service.certificate_names = names(value, "`certificate_names`", findings),
            "may_exchange" => {
                service.may_exchange = value.into_boolean("`may_exchange`", findings).unwrap_or(false)
            }
            _ => rules = read_restrictions(value, &RESTRICTIONS, findings),
        }
    }
    let role = Role::of_service(&service.id, &service.description, &service.scopes, rules);
    (service, role)
}

fn check_id(id: &str, at: Position, findings: &mut Findings) {
    let is_plain = id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !is_plain || !id.starts_with(|c: char| c.is_ascii_lowercase()) || id.len() > LONGEST_ID {
        let suggestion = format!("lower-case letters, digits and `-`, at most {LONGEST_ID}");
        findings.add(at, format!("{} is not a service's id", quoted(id)), suggestion);
    }
}

/// Short names, or `"*"` alone for every organization.
fn read_organizations(node: Node, findings: &mut Findings) -> Option<Vec<String>> {
    let at = node.at;
    let organizations = names(node, "`organizations`", findings);
    if organizations.iter().any(|name| name == "*") {
        if organizations.len() > 1 {
            findings.add(
                at,
                "`*` beside other organizations",
                "it already is all of them: let it stand alone",
            );
        }
        return None;
    }
    Some(organizations)
}

fn read_scopes(node: Node, catalogue: &[&str], findings: &mut Findings) -> Vec<String> {
    let mut scopes = BTreeSet::new();
    for (name, at) in read_names(node, "`scopes`", findings) {
        if name == "*" {
            findings.add(at, "`*` among the scopes of a service", "name what it does, such as `tickets:*`");
            continue;
        }
        scopes.extend(expand(&name, at, catalogue, findings));
    }
    scopes.into_iter().collect()
}

fn read_hash(node: Node, findings: &mut Findings) -> Option<[u8; 32]> {
    let at = node.at;
    let text = node.into_text("`secret_hash`", findings)?;
    let hash = text.strip_prefix("sha256:").and_then(bytes_of);
    if hash.is_none() {
        let suggestion = "write `sha256:` and 64 hexadecimal digits: printf %s \"$secret\" | sha256sum";
        findings.add(at, "`secret_hash` is no hash", suggestion);
    }
    hash
}

fn bytes_of(hex: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if hex.len() != 64 || !hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
        return None;
    }
    for (byte, index) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(&hex[index..index + 2], 16).ok()?;
    }
    Some(bytes)
}

fn read_keys(node: Node, findings: &mut Findings) -> Vec<ServiceKey> {
    const MEMBERS: [&str; 9] = ["kty", "crv", "x", "y", "n", "e", "kid", "alg", "use"];
    let mut keys = Vec::new();
    for item in node.into_items("`public_keys`", findings).unwrap_or_default() {
        let at = item.at;
        if let Value::Mapping(entries) = &item.value
            && let Some(private) =
                entries.iter().find(|entry| ["d", "k", "p", "q"].contains(&entry.key.as_str()))
        {
            findings.add(private.key_at, "a private key", "the file holds public keys only; make a new pair");
            continue;
        }
        let fields = item.into_fields("a public key", &MEMBERS, findings);
        let members = fields.into_iter().filter_map(|field| {
            let text = field.value.into_text(&format!("`{}`", field.key), findings)?;
            Some((field.key, text))
        });
        keys.push(ServiceKey { at, members: members.collect() });
    }
    keys
}

fn read_certificates(node: Node, findings: &mut Findings) -> Vec<String> {
    let is_digit = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let read = read_names(node, "`certificates`", findings).into_iter().filter_map(|(text, at)| {
        if text.len() == 43 && text.bytes().all(is_digit) {
            return Some(text);
        }
        let suggestion = "write the SHA-256 of its DER in base64url, 43 characters without padding";
        findings.add(at, format!("{} is no thumbprint of a certificate", quoted(&text)), suggestion);
        None
    });
    read.collect()
}

fn names(node: Node, what: &str, findings: &mut Findings) -> Vec<String> {
    read_names(node, what, findings).into_iter().map(|(name, _)| name).collect()
}
