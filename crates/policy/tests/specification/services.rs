//! The file of services: what it grants, and what is refused in it.

use policy::{Context, Services};

const CATALOGUE: [&str; 3] = ["tickets:create", "tickets:read", "users:write"];

fn file(body: &str) -> String {
    let indented = body.lines().map(|line| format!("    {line}\n")).collect::<String>();
    format!("version: 1\nservices:\n  bot:\n{indented}")
}

const GOOD: &str = "description: Files tickets.\norganizations: [acme]\nscopes: [tickets:read]";

fn read(text: &str) -> Result<Services, String> {
    Services::from_yaml(text, &CATALOGUE).map_err(|mistakes| mistakes.to_string())
}

#[track_caller]
fn refuses(text: &str, place: &str, problem: &str) {
    let mistakes = read(text).err().unwrap_or_default();
    assert!(mistakes.contains(place) && mistakes.contains(problem), "{text}\n{mistakes}");
}

#[test]
fn a_service_has_its_scopes_and_nothing_else() {
    let services = read(&file(GOOD)).unwrap();
    let context = Context::default();
    assert_eq!(services.grants("bot", &context), ["tickets:read"]);
    assert!(services.grants("other", &context).is_empty());
    let bot = services.find("bot").unwrap();
    assert_eq!(bot.organizations.as_deref(), Some(&["acme".to_owned()][..]));
    assert_eq!(bot.audiences, ["api"]);
    assert!(!bot.may_exchange && bot.secret_hash.is_none());
    let all = read(&file(&GOOD.replace("[acme]", "[\"*\"]").replace("tickets:read", "tickets:*"))).unwrap();
    assert_eq!(all.find("bot").unwrap().organizations, None);
    assert_eq!(all.grants("bot", &context), ["tickets:create", "tickets:read"]);
}

#[test]
fn a_restriction_binds_a_service_too() {
    let text = file(&format!("{GOOD}\nrestrictions:\n  networks: [10.0.0.0/8]"));
    let services = read(&text).unwrap();
    let at = |address: &str| Context { network: address.parse().ok(), ..Context::default() };
    assert_eq!(services.grants("bot", &at("10.1.2.3")), ["tickets:read"]);
    assert!(services.grants("bot", &at("198.51.100.1")).is_empty());
}

#[test]
fn a_service_may_be_held_to_its_certificate() {
    let services = read(&file(&format!("{GOOD}\nrestrictions: {{requires_mtls: true}}"))).unwrap();
    assert!(services.grants("bot", &Context::default()).is_empty());
    let shown = Context { has_client_certificate: true, ..Context::default() };
    assert_eq!(services.grants("bot", &shown), ["tickets:read"]);
}

#[test]
fn a_file_with_a_mistake_is_refused_with_its_line_and_its_reason() {
    refuses(&file(&format!("{GOOD}\nscope: [x]")), "line 7", "unknown key `scope`");
    refuses(&file(&format!("{GOOD}\nscopes: [tickets:create]")), "line 7", "duplicate key `scopes`");
    refuses(&file(&GOOD.replace("[acme]", "&anchor [acme]")), "line 5", "an anchor");
    refuses(&file(&GOOD.replace("[acme]", "*anchor")), "line 5", "anchor");
    refuses(
        &file(&GOOD.replace("tickets:read", "ticket:read")),
        "line 6",
        "unknown permission `ticket:read`",
    );
    refuses(&file(&GOOD.replace("tickets:read", "\"*\"")), "line 6", "`*` among the scopes");
    refuses(&file(&GOOD.replace("[tickets:read]", "[]")), "line 6", "empty list");
    refuses(&file(&GOOD.replace("[acme]", "[acme, \"*\"]")), "line 5", "`*` beside other organizations");
    refuses(&file("description: x"), "line 3", "no `scopes`");
    refuses(&file(&format!("{GOOD}\nsecret_hash: secret")), "line 7", "`secret_hash` is no hash");
    refuses(&file(&format!("{GOOD}\ncertificates: [abc]")), "line 7", "no thumbprint");
    refuses(&file(&format!("{GOOD}\nmay_exchange: \"true\"")), "line 7", "`may_exchange` is text");
    refuses(&file(&format!("{GOOD}\npublic_keys:\n  - {{kty: EC, d: secret}}")), "line 8", "a private key");
    refuses(&file(&format!("{GOOD}\npublic_keys:\n  - {{kty: EC, jku: x}}")), "line 8", "unknown key `jku`");
    let mfa = format!("{GOOD}\nrestrictions: {{requires_mfa: true}}");
    refuses(&file(&mfa), "line 7", "unknown key `requires_mfa` in `restrictions`");
    let own = format!("{GOOD}\nrestrictions: {{own_items: true}}");
    refuses(&file(&own), "line 7", "unknown key `own_items` in `restrictions`");
    refuses("version: 2\nservices: {}", "line 1", "version");
    refuses("services: {}", "line 1", "`version` is missing");
    refuses("version: 1\nservices:\n  Bot!: {}", "line 3", "is not a service's id");
    refuses("", "line 1", "empty");
}

#[test]
fn a_private_key_or_a_wrong_hash_is_not_repeated_in_the_message() {
    for text in [
        file(&format!("{GOOD}\npublic_keys:\n  - {{kty: EC, d: c2VjcmV0}}")),
        file(&format!("{GOOD}\nsecret_hash: c2VjcmV0")),
    ] {
        assert!(!read(&text).unwrap_err().contains("c2VjcmV0"));
    }
}
