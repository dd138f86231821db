//! One thing of each kind that has an id, all of one organization.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::process::{Server, exchange};

/// What stands in every text of theirs.
const CANARY: &str = "Harbourmaster";

/// What a source shows of what came.
const COUNTED: [&str; 3] = ["counts", "last_seen_at", "rate_per_minute"];

/// Ids by what a path calls them: the part before `{id}`, or the name in the braces.
pub struct Things(BTreeMap<&'static str, String>);

impl Things {
    pub fn make(server: &Server, admin: &str) -> Self {
        let mut things = Self(BTreeMap::new());
        let make = |path: &str, body: Value| made(server, admin, path, &body);
        let organization = make("/api/v1/organizations", json!({ "name": CANARY }));
        let harbor = &organization["id"];
        things.keep("organizations", harbor);
        things.keep("organization_id", harbor);
        things.make_tickets(&make, harbor);
        things.make_assets(&make, harbor);
        things.make_rules(&make, harbor);
        things.make_people(server, admin, harbor);
        let view = json!({ "organization_id": harbor, "name": CANARY, "query": "q=x", "is_shared": true });
        things.keep("views", &make("/api/v1/views", view)["id"]);
        let status =
            json!({ "organization_id": harbor, "key": "moored", "label": CANARY, "stage": "pending" });
        things.keep("key", &make("/api/v1/ticket-statuses", status)["key"]);
        things.deliver(server, admin, harbor);
        let records =
            server.get(admin, &format!("/api/v1/audit?organization_id={}", harbor.as_str().unwrap()));
        things.keep("audit", &records["items"][0]["id"]);
        // A secret of the whole installation.
        things.keep("name", &json!("api-secret"));
        things
    }

    fn keep(&mut self, name: &'static str, id: &Value) {
        let text = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        assert_ne!(text, "null", "nothing was made for {name}");
        self.0.insert(name, text);
    }

    fn make_tickets(&mut self, make: &impl Fn(&str, Value) -> Value, harbor: &Value) {
        let ticket = json!({ "organization_id": harbor, "title": CANARY, "severity": "high" });
        let [kept, other, survivor, member] =
            std::array::from_fn(|_| make("/api/v1/tickets", ticket.clone())["id"].clone());
        let path = |rest: &str| format!("/api/v1/tickets/{}/{rest}", kept.as_str().unwrap());
        make(&path("links"), json!({ "kind": "related", "ticket_id": other }));
        let comment = make(&path("comments"), json!({ "body_markdown": CANARY }));
        self.keep("comment_id", &comment["comment"]["id"]);
        let merge = json!({ "survivor_id": survivor, "member_ids": [member] });
        self.keep("merge_id", &make("/api/v1/tickets/merge", merge)["merge_id"]);
        self.keep("ticket_id", &other);
        self.keep("tickets", &kept);
    }

    fn make_assets(&mut self, make: &impl Fn(&str, Value) -> Value, harbor: &Value) {
        let asset = |name: &str| make("/api/v1/assets", json!({ "organization_id": harbor, "name": name }));
        let (crane, quay) = (asset(CANARY)["id"].clone(), asset("Harbourmaster's crane")["id"].clone());
        let path = format!("/api/v1/assets/{}/relations", crane.as_str().unwrap());
        let relation = make(&path, json!({ "kind": "depends_on", "asset_id": quay }));
        self.keep("relation_id", &relation["id"]);
        self.keep("assets", &crane);
    }

    #[expect(clippy::disallowed_methods, reason = "a program asks what time it is")]
    fn make_rules(&mut self, make: &impl Fn(&str, Value) -> Value, harbor: &Value) {
        let yaml = format!(
            "title: {CANARY}\nid: 11111111-2222-4333-8444-555555555555\nlogsource:\n    product: fortigate\n\
             detection:\n    it:\n        action: dropped\n    condition: it\nlevel: low\n"
        );
        let rule = make("/api/v1/rules", json!({ "organization_id": harbor, "yaml": yaml }));
        let path = format!("/api/v1/rules/{}/suppressions", rule["id"].as_str().unwrap());
        let tomorrow = time::OffsetDateTime::now_utc() + time::Duration::DAY;
        let until = format!("{}T00:00:00Z", tomorrow.date());
        let suppression = json!({ "organization_id": harbor, "until": until, "reason": CANARY });
        self.keep("suppression_id", &make(&path, suppression)["id"]);
        self.keep("rules", &rule["id"]);
        let policy =
            json!({ "organization_id": harbor, "rule_id": "any", "action": "alert_only", "reason": CANARY });
        self.keep("alert-policies", &make("/api/v1/alert-policies", policy)["id"]);
    }

    fn make_people(&mut self, server: &Server, admin: &str, harbor: &Value) {
        super::newcomer(server, admin, harbor.as_str(), "analyst");
        let users = server.get(admin, "/api/v1/users");
        let is_ours = |user: &&Value| user["memberships"][0]["organization_id"] == *harbor;
        let user = users["items"].as_array().unwrap().iter().find(is_ours).unwrap();
        let sessions = server.get(admin, &format!("/api/v1/users/{}/sessions", user["id"].as_str().unwrap()));
        self.keep("session_id", &sessions["items"][0]["id"]);
        self.keep("list", &sessions["items"][0]["id"]);
        self.keep("users", &user["id"]);
    }

    /// What a source brings: an alert, something unreadable, and a file at the ticket.
    fn deliver(&mut self, server: &Server, admin: &str, harbor: &Value) {
        let source =
            json!({ "name": CANARY, "kind": "generic", "organizations": [{ "organization_id": harbor }] });
        let source = made(server, admin, "/api/v1/sources", &source);
        self.keep("sources", &source["source"]["id"]);
        let bearer = format!("Bearer {}", source["token"].as_str().unwrap());
        let alert = json!({ "title": CANARY, "severity": "high" }).to_string();
        for body in [alert.as_str(), "{"] {
            let path = "/api/v1/integrations/webhook";
            let (status, answer) = server.send("POST", path, &[("Authorization", &bearer)], body);
            assert_eq!(status == 422, body == "{", "{answer}");
        }
        self.keep("alerts", &server.get(admin, "/api/v1/alerts")["items"][0]["id"]);
        self.keep("quarantine", &server.get(admin, "/api/v1/quarantine")["items"][0]["id"]);
        let bearer = format!("Bearer {admin}");
        let headers =
            [("Authorization", bearer.as_str()), ("Content-Type", "multipart/form-data; boundary=cut")];
        let file = format!(
            "--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"log.txt\"\r\n\r\n{CANARY}\r\n--cut--\r\n"
        );
        let path = format!("/api/v1/tickets/{}/attachments", self.0["tickets"]);
        let reply = exchange(&server.address, "POST", &path, &headers, file.as_bytes()).unwrap();
        assert_eq!(reply.status, 201, "{}", reply.body);
        self.keep("attachments", &serde_json::from_str::<Value>(&reply.body).unwrap()["id"]);
    }

    /// A path with ids of theirs in each place; an operation on something that is not made here fails the test.
    pub fn path(&self, template: &str) -> String {
        let parts = template.split('/').collect::<Vec<_>>();
        let filled = parts.iter().enumerate().map(|(index, part)| {
            match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                None => (*part).to_owned(),
                Some(name) => {
                    let name = if name == "id" { parts[index - 1] } else { name };
                    self.0.get(name).unwrap_or_else(|| panic!("no {name} for {template}")).clone()
                }
            }
        });
        filled.collect::<Vec<_>>().join("/")
    }

    /// A body that names their organization wherever it names one.
    pub fn body(&self, mut body: Map<String, Value>) -> Map<String, Value> {
        if let Some(organization) = body.get_mut("organization_id") {
            *organization = json!(self.0["organization_id"]);
        }
        body
    }

    pub fn shows_in(&self, text: &str) -> bool {
        text.contains(CANARY)
    }

    /// What an administrator reads of them.
    pub fn as_they_are(&self, server: &Server, admin: &str) -> Vec<Value> {
        let one = |name: &str| {
            let mut thing = server.get(admin, &format!("/api/v1/{name}/{}", self.0[name]));
            // What is counted goes on by itself.
            thing.as_object_mut().unwrap().retain(|name, _| !COUNTED.contains(&name.as_str()));
            thing
        };
        let mut all = ["tickets", "alerts", "assets", "rules", "sources", "quarantine"].map(one).to_vec();
        let lists = ["ticket-statuses", "views", "alert-policies", "organizations"];
        all.extend(lists.map(|name| {
            let of = if name == "organizations" { "" } else { "?organization_id=" };
            let which = if of.is_empty() { "" } else { self.0["organization_id"].as_str() };
            server.get(admin, &format!("/api/v1/{name}{of}{which}"))
        }));
        all
    }
}

/// What a POST of an administrator made.
pub fn made(server: &Server, admin: &str, path: &str, body: &Value) -> Value {
    let bearer = format!("Bearer {admin}");
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    let (status, answer) = server.send("POST", path, &headers, &body.to_string());
    assert!((200..300).contains(&status), "{path}: {status} {answer}");
    serde_json::from_str(&answer).unwrap()
}
