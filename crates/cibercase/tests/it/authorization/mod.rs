//! The table of authorization: every operation asked by every role, in its own organization and over the border.

mod things;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use self::things::Things;
use crate::described::{Description, NOBODY, Operation};
use crate::process::{Reply, Server, data, directory, exchange};

/// Ends what the others are asked with: asked last.
const LAST: &str = "delete_session";

/// What is one person's alone, or comes another way than by HTTP: who reaches it is told where it is tested.
const ELSEWHERE: [&str; 6] = [
    // Lines of syslog: crates/events.
    "get_event",
    // One's own passkeys, and one's account at a provider: crates/identity.
    "delete_passkey",
    "rename_passkey",
    "begin_provider_link",
    "link_provider",
    "unlink_provider",
];

#[test]
fn each_role_may_do_what_the_matrix_shows_of_it_and_nothing_else() {
    let (directory, mut complaints) = (directory(), Vec::new());
    let server = Server::start(&data(&directory));
    let admin = server.sign_in();
    let description = Description::new(server.get(&admin, "/api/openapi.json"));
    let matrix = server.get(&admin, "/api/v1/authorization/matrix");
    for role in matrix["roles"].as_array().unwrap() {
        let name = role["name"].as_str().unwrap();
        let token = newcomer(&server, &admin, None, name);
        let grants = role["permissions"].as_array().unwrap();
        for operation in in_order(&description) {
            let is_granted =
                operation.access() == "signed_in" || grants.iter().any(|one| one == operation.access());
            let reply = ask(
                &server,
                &token,
                &operation,
                &operation.path_with(NOBODY),
                &operation.least_body().into(),
            );
            let is_let = reply.status != 401 && !is_forbidden(&reply);
            if is_let != is_granted {
                let (id, access) = (operation.id(), operation.access());
                complaints.push(format!("{name}, {id} ({access}): {} {}", reply.status, reply.body));
            }
        }
    }
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}

#[test]
fn no_role_of_another_organization_reaches_anything_by_any_operation() {
    let (directory, mut complaints) = (directory(), Vec::new());
    let server = Server::start(&data(&directory));
    let admin = server.sign_in();
    let description = Description::new(server.get(&admin, "/api/openapi.json"));
    let things = Things::make(&server, &admin);
    let quay = things::made(&server, &admin, "/api/v1/organizations", &json!({ "name": "Quay" }));
    let before = things.as_they_are(&server, &admin);
    for operation in in_order(&description).iter().filter(|one| one.method == "GET") {
        if operation.template.contains('{') && !ELSEWHERE.contains(&operation.id()) {
            let reply = ask(&server, &admin, operation, &things.path(operation.template), &Value::Null);
            assert_eq!(reply.status, 200, "what is there answers who may: {} {}", operation.id(), reply.body);
        }
    }
    let matrix = server.get(&admin, "/api/v1/authorization/matrix");
    for role in matrix["roles"].as_array().unwrap() {
        let name = role["name"].as_str().unwrap();
        let token = newcomer(&server, &admin, quay["id"].as_str(), name);
        for operation in in_order(&description) {
            if ELSEWHERE.contains(&operation.id()) {
                continue;
            }
            let path = things.path(operation.template);
            let body = things.body(operation.least_body());
            let names_one = path != operation.template || body.contains_key("organization_id");
            let reply = ask(&server, &token, &operation, &path, &body.into());
            let is_reached = names_one && (200..300).contains(&reply.status);
            if is_reached || reply.status >= 500 || things.shows_in(&reply.body) {
                complaints.push(format!(
                    "{name} of Quay, {}: {} {}",
                    operation.id(),
                    reply.status,
                    reply.body
                ));
            }
        }
    }
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
    for (before, after) in before.into_iter().zip(things.as_they_are(&server, &admin)) {
        assert_eq!(before, after, "changed from outside");
    }
}

/// All that need a credential.
fn in_order(description: &Description) -> Vec<Operation<'_>> {
    let mut operations = description.operations();
    operations.retain(|operation| !operation.is_public());
    operations.sort_by_key(|operation| operation.id() == LAST);
    operations
}

/// Refused for want of a permission; a rule of the domain may refuse as well, and says so otherwise.
fn is_forbidden(reply: &Reply) -> bool {
    let problem = serde_json::from_str::<Value>(&reply.body).unwrap_or_default();
    reply.status == 403 && problem["code"] == "forbidden"
}

fn ask(server: &Server, token: &str, operation: &Operation, path: &str, body: &Value) -> Reply {
    let bearer = format!("Bearer {token}");
    let mut headers = vec![("Authorization", bearer.as_str())];
    if operation.takes_version() {
        headers.push(("If-Match", r#""1""#));
    }
    let kind = operation.content_type();
    headers.extend(kind.map(|kind| ("Content-Type", kind)));
    let body = if kind.is_some() { body.to_string() } else { String::new() };
    let path = format!("{path}{}", operation.query());
    exchange(&server.address, &operation.method, &path, &headers, body.as_bytes()).unwrap()
}

/// The access token of somebody new who holds one role; without an organization, everywhere.
fn newcomer(server: &Server, admin: &str, organization: Option<&str>, role: &str) -> String {
    const FIRST: &str = "a first one of many words";
    const OWN: &str = "one of their own choosing";
    let email = format!("{role}@{}.example", organization.unwrap_or("everywhere"));
    let membership = BTreeMap::from([("organization_id", organization), ("role", Some(role))]);
    let draft =
        json!({ "email": email, "display_name": role, "memberships": [membership], "password": FIRST });
    things::made(server, admin, "/api/v1/users", &draft);
    let origin = format!("http://{}", server.address);
    let kind = ("Content-Type", "application/json");
    let entry = json!({ "email": email, "password": FIRST }).to_string();
    let headers = [kind, ("Origin", origin.as_str())];
    let reply = exchange(&server.address, "POST", "/api/v1/session", &headers, entry.as_bytes()).unwrap();
    let cookie = reply.header("set-cookie").unwrap_or_else(|| panic!("{}", reply.body));
    let cookie = cookie.split(';').next().unwrap();
    let change = json!({ "current_password": FIRST, "new_password": OWN }).to_string();
    let headers = [kind, ("Origin", origin.as_str()), ("Cookie", cookie)];
    let (status, body) = server.send("POST", "/api/v1/session/password", &headers, &change);
    assert!(status < 300, "{status} {body}");
    let form = format!("grant_type=password&username={email}&password={}", OWN.replace(' ', "+"));
    let kind = [("Content-Type", "application/x-www-form-urlencoded")];
    let (status, body) = server.send("POST", "/api/v1/auth/token", &kind, &form);
    assert_eq!(status, 200, "{body}");
    let token: Value = serde_json::from_str(&body).unwrap();
    token["access_token"].as_str().unwrap().to_owned()
}
