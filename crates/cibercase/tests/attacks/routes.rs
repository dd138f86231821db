//! Routes that nobody guards.

use std::path::Path;
use std::process::Command;

use policy::Bearing;
use testkit::{Value, json};

/// What answers without a credential, each with its reason.
const PUBLIC: [(&str, &str); 17] = [
    // Signing in.
    ("POST", "/api/v1/auth/token"),
    ("POST", "/api/v1/session"),
    // The cookie of somebody who has proven the password is the credential, beside the code.
    ("POST", "/api/v1/session/challenge"),
    // Signing in through a provider: the names on the buttons, and a browser that its cookie knows again.
    ("GET", "/api/v1/session/providers"),
    ("POST", "/api/v1/session/providers/{id}"),
    ("POST", "/api/v1/session/providers/{id}/callback"),
    ("POST", "/api/v1/session/challenge/passkey-options"),
    // Ending what one holds: the token is the credential.
    ("POST", "/api/v1/auth/revoke"),
    // A one-time ticket is the credential.
    ("GET", "/api/v1/live"),
    // A source's own token is the credential.
    ("POST", "/api/v1/integrations/webhook"),
    ("POST", "/api/v1/integrations/webhook/{token}"),
    // A service proves in the form who it is.
    ("POST", "/sts/introspect"),
    ("POST", "/sts/revoke"),
    ("POST", "/sts/token"),
    // A log's signature is the credential: the settings name the keys of those that are witnessed.
    ("POST", "/api/v1/audit/witness"),
    // Public by nature.
    ("GET", "/.well-known/oauth-authorization-server"),
    ("GET", "/sts/jwks"),
];

#[test]
fn nothing_answers_without_a_credential_but_what_is_listed_here() {
    let routes = Command::new(env!("CARGO_BIN_EXE_cibercase")).arg("routes").output().unwrap();
    let routes: Vec<Value> = serde_json::from_slice(&routes.stdout).unwrap();
    assert!(routes.len() > 80, "{}", routes.len());
    let text = |route: &Value, name: &str| route[name].as_str().unwrap().to_owned();
    let mut public = routes
        .iter()
        .filter(|route| route["access"] == "public")
        .map(|route| (text(route, "method"), text(route, "path")))
        .collect::<Vec<_>>();
    public.sort();
    let mut listed = PUBLIC.map(|(method, path)| (method.to_owned(), path.to_owned()));
    listed.sort();
    assert_eq!(public, listed);
}

#[test]
fn what_the_description_says_of_a_route_is_what_guards_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi.json");
    let description: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let is_guarded = operation["x-permission"] != "public";
            let takes_session = operation["security"] == json!([{ "session": [] }, { "bearer": [] }]);
            assert_eq!(takes_session, is_guarded, "{method} {path}");
        }
    }
}

#[test]
fn every_dangerous_act_is_a_route_that_is_served() {
    let routes = Command::new(env!("CARGO_BIN_EXE_cibercase")).arg("routes").output().unwrap();
    let routes: Vec<Value> = serde_json::from_slice(&routes.stdout).unwrap();
    for (method, path, _) in identity::DANGEROUS {
        let is_served = routes.iter().any(|route| route["method"] == method && route["path"] == path);
        assert!(is_served, "{method} {path}");
    }
}

/// Roles that may change only some items hold a permission where its handlers ask about them, and nowhere else: what the
/// policies believe of a permission is what its routes do.
#[test]
fn what_the_policies_believe_to_ask_about_items_are_the_handlers_that_ask() {
    let routes = Command::new(env!("CARGO_BIN_EXE_cibercase")).arg("routes").output().unwrap();
    let routes: Vec<Value> = serde_json::from_slice(&routes.stdout).unwrap();
    let mut asking = 0;
    for route in &routes {
        let Some(permission) = route["access"].as_str().filter(|access| access.contains(':')) else {
            continue;
        };
        let asks = route["asks_about_items"].as_bool().unwrap();
        let believed = identity::bearing("severity_ceiling", permission);
        assert_eq!(asks, matches!(believed, Bearing::Asks | Bearing::Idle), "{believed:?}: {route}");
        asking += usize::from(asks);
    }
    assert!(asking > 15, "{asking}");
}
