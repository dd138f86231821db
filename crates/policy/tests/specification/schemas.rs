//! The JSON schemas say of the files what the reader takes: the same keys at every place, and the same that must be there.

#![expect(clippy::unwrap_used, reason = "a test ends where it goes wrong")]

use policy::{Mistakes, POLICIES_SCHEMA, Policies, SERVICES_SCHEMA, Services};
use serde_json::Value;

const CATALOGUE: [&str; 2] = ["tickets:read", "tickets:write"];

/// A file that is right, with every key that there is.
const POLICIES: &str = r#"{"version": 1, "roles": {
    "base": {"description": "B.", "permissions": ["tickets:read"]},
    "full": {
        "description": "F.", "inherits": ["base"], "permissions": ["tickets:write"],
        "restrictions": {
            "networks": ["10.0.0.0/8"],
            "hours": {"from": "08:00", "to": "20:00", "zone": "Europe/Madrid"},
            "organizations": ["acme"], "requires_mfa": true, "requires_mtls": true, "own_items": true,
            "severity_ceiling": "high"}}}}"#;
const SERVICES: &str = r#"{"version": 1, "services": {"full": {
    "description": "S.", "organizations": ["acme"], "audiences": ["api"], "scopes": ["tickets:read"],
    "secret_hash": "sha256:0000000000000000000000000000000000000000000000000000000000000000",
    "public_keys": [{"kty": "EC", "crv": "P-256", "x": "a", "y": "a", "n": "a", "e": "a", "kid": "a", "alg": "a", "use": "a"}],
    "certificates": ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"], "certificate_names": ["spiffe://soc/full"], "may_exchange": true,
    "restrictions": {
        "networks": ["10.0.0.0/8"], "hours": {"from": "08:00", "to": "20:00", "zone": "UTC"}, "requires_mtls": true}}}}"#;

/// Where mappings with keys of ours stand: in the file, and in the schema.
const POLICIES_PLACES: [(&str, &str); 4] = [
    ("", ""),
    ("/roles/full", "/$defs/role"),
    ("/roles/full/restrictions", "/$defs/restrictions"),
    ("/roles/full/restrictions/hours", "/$defs/restrictions/properties/hours"),
];
const SERVICES_PLACES: [(&str, &str); 5] = [
    ("", ""),
    ("/services/full", "/$defs/service"),
    ("/services/full/public_keys/0", "/$defs/public_key"),
    ("/services/full/restrictions", "/$defs/restrictions"),
    ("/services/full/restrictions/hours", "/$defs/restrictions/properties/hours"),
];

fn read_policies(text: &str) -> Result<(), Mistakes> {
    Policies::from_yaml(text, &CATALOGUE).map(drop)
}

fn read_services(text: &str) -> Result<(), Mistakes> {
    Services::from_yaml(text, &CATALOGUE).map(drop)
}

/// The keys that the reader names when it meets one that it does not know.
fn keys_of_reader(read: fn(&str) -> Result<(), Mistakes>, file: &Value, place: &str) -> Vec<String> {
    let mut probed = file.clone();
    probed.pointer_mut(place).unwrap()["qqqqqqqqqqqqqqqq"] = Value::from(1);
    let mistakes = read(&probed.to_string()).unwrap_err();
    let unknown = mistakes.iter().find(|mistake| mistake.problem.contains("unknown key"));
    let known = unknown.unwrap().suggestion.strip_prefix("known here: ").unwrap();
    let mut keys = known.split(", ").map(|name| name.trim_matches('`').to_owned()).collect::<Vec<_>>();
    keys.sort();
    keys
}

fn check(read: fn(&str) -> Result<(), Mistakes>, schema: &str, example: &str, places: &[(&str, &str)]) {
    let (schema, file): (Value, Value) =
        (serde_json::from_str(schema).unwrap(), serde_json::from_str(example).unwrap());
    // JSON is YAML: the example is read as the file is.
    read(example).unwrap();
    for (place, described) in places {
        let described = schema.pointer(described).unwrap();
        let properties = described["properties"].as_object().unwrap();
        let mut keys = properties.keys().cloned().collect::<Vec<_>>();
        keys.sort();
        assert_eq!(keys, keys_of_reader(read, &file, place), "{place}");
        assert_eq!(described["additionalProperties"], false, "{place}");
        let written = file.pointer(place).unwrap().as_object().unwrap();
        assert_eq!(written.len(), keys.len(), "the example has every key of {place}");
        let required = described["required"].as_array().cloned().unwrap_or_default();
        for key in &keys {
            let mut without = file.clone();
            without.pointer_mut(place).unwrap().as_object_mut().unwrap().remove(key);
            let is_required = required.iter().any(|name| name == key.as_str());
            assert_eq!(read(&without.to_string()).is_err(), is_required, "{place} without {key}");
        }
    }
}

#[test]
fn the_schema_of_the_policies_has_the_keys_that_are_read_and_no_others() {
    check(read_policies, POLICIES_SCHEMA, POLICIES, &POLICIES_PLACES);
}

#[test]
fn the_schema_of_the_services_has_the_keys_that_are_read_and_no_others() {
    check(read_services, SERVICES_SCHEMA, SERVICES, &SERVICES_PLACES);
}

#[test]
fn the_schema_names_the_severities_that_are_read() {
    let schema: Value = serde_json::from_str(POLICIES_SCHEMA).unwrap();
    let severities = schema["$defs"]["restrictions"]["properties"]["severity_ceiling"]["enum"].as_array();
    let severities = severities.unwrap().iter().map(|name| name.as_str().unwrap()).collect::<Vec<_>>();
    let taken =
        |severity: &str| read_policies(&POLICIES.replace("\"high\"", &format!("\"{severity}\""))).is_ok();
    assert!(severities.iter().all(|severity| taken(severity)));
    assert!(!taken("extreme") && !taken("critical") && severities.len() == 4);
}
