//! Roles that change only some tickets: their holders' own, or those up to a severity.

use std::time::Duration;

use testkit::{Actor, Organization, Setup, TestApp, Value, json};

use crate::attachments::upload;
use crate::rights::call;
use crate::support::*;

/// Beside the shipped roles.
const ROLES: &str = "
roles:
  trainee:
    description: Works with what is their own.
    inherits: [viewer]
    permissions: [attachments:write, 'tickets:*']
    restrictions: {own_items: true}
  junior:
    description: Works up to a severity.
    inherits: [viewer]
    permissions: [alerts:write, tickets:close, tickets:create, tickets:merge, tickets:write]
    restrictions: {severity_ceiling: medium}
";

/// What is made anew is its maker's, and many at once are answered one by one.
const TOLD_OTHERWISE: [&str; 2] = ["/api/v1/tickets", "/api/v1/tickets/bulk"];

async fn start_limited() -> TestApp {
    let policies = identity::SHIPPED_POLICIES.replacen("\nroles:\n", ROLES, 1);
    let modules = vec![tickets::module(), notifications::module(), alerts::module()];
    TestApp::start_with(modules, Setup { policies, ..Setup::default() }).await
}

async fn somebody(app: &TestApp, organization: &Organization, role: &str) -> Actor {
    app.someone(&[(Some(organization), role)]).await
}

async fn claim(who: &Actor, ticket: &Value) -> testkit::Answer {
    who.post(&format!("{}/claim", path(ticket)), json!({})).await
}

async fn merge(who: &Actor, survivor: &Value, member: &Value) -> testkit::Answer {
    let body = json!({ "survivor_id": survivor["id"], "member_ids": [member["id"]] });
    who.post("/api/v1/tickets/merge", body).await
}

#[tokio::test]
async fn somebody_bound_to_their_own_takes_what_nobody_has_and_works_with_it() {
    let app = start_limited().await;
    let acme = app.organization("Acme").await;
    let (ana, tim) = (app.an_analyst_of(&acme).await, somebody(&app, &acme, "trainee").await);
    let free = ticket(&ana, &acme, "Free").await;
    let told = tim.patch(&path(&free), 1, json!({ "title": "x" })).await.expect_problem(403, "not_your_item");
    assert_eq!(told["context"]["restriction"], "own_items: true");
    let taken = claim(&tim, &free).await.expect(200);
    let edited = tim.patch(&path(&free), version(&taken), json!({ "title": "Mine" })).await.expect(200);
    assert_eq!(edited["title"], "Mine");
    let comment = json!({ "body_markdown": "Looked at." });
    tim.post(&format!("{}/comments", path(&free)), comment).await.expect(201);
    tim.post(&format!("{}/close", path(&free)), ending()).await.expect(200);
    tim.post(&format!("{}/reopen", path(&free)), json!({ "reason": "Again." })).await.expect(200);
    // An edit that takes it is a claim too.
    let second = ticket(&ana, &acme, "Second").await;
    let change = json!({ "assignee_id": tim.user_id, "tags": ["mine"] });
    tim.patch(&path(&second), 1, change).await.expect(200);
}

#[tokio::test]
async fn somebody_bound_is_told_of_no_permission_that_is_refused_them() {
    let app = start_limited().await;
    let (acme, bolt) = (app.organization("Acme").await, app.organization("Bolt").await);
    let tim = app.someone(&[(None, "soc_manager"), (Some(&acme), "trainee")]).await;
    let policy = |of: &Organization| json!({ "organization_id": of.id, "rule_id": "R", "action": "alert_only", "reason": "x" });
    tim.post("/api/v1/alert-policies", policy(&bolt)).await.expect(201);
    tim.post("/api/v1/alert-policies", policy(&acme)).await.expect(404);
    let told = tim.get("/api/v1/session").await.expect(200);
    let is_told = |permission: &str, organization: &Organization| {
        told["permissions"][permission].as_array().is_some_and(|held| held.contains(&json!(organization.id)))
    };
    for (permission, in_acme) in
        [("policies:write", false), ("alerts:write", false), ("tickets:close", true), ("roles:read", true)]
    {
        assert_eq!((is_told(permission, &acme), is_told(permission, &bolt)), (in_acme, true), "{permission}");
    }
}

#[tokio::test]
async fn what_is_over_is_not_taken() {
    let app = start_limited().await;
    let acme = app.organization("Acme").await;
    let (ana, tim) = (app.an_analyst_of(&acme).await, somebody(&app, &acme, "trainee").await);
    let over = ticket(&ana, &acme, "Over").await;
    let closed = ana.post(&format!("{}/close", path(&over)), ending()).await.expect(200);
    let change = json!({ "assignee_id": tim.user_id, "severity": "informational" });
    tim.patch(&path(&over), version(&closed), change).await.expect_problem(403, "not_your_item");
    claim(&tim, &over).await.expect_problem(403, "not_your_item");
    let body = json!({ "ids": [over["id"]], "change": { "assignee_id": tim.user_id } });
    let outcome = tim.post("/api/v1/tickets/bulk", body).await.expect(200);
    assert_eq!(outcome["failed"], json!([{ "id": over["id"], "code": "not_your_item" }]));
}

#[tokio::test]
async fn what_somebody_made_is_their_own_until_somebody_else_has_it() {
    let app = start_limited().await;
    let acme = app.organization("Acme").await;
    let (ana, tim) = (app.an_analyst_of(&acme).await, somebody(&app, &acme, "trainee").await);
    let made = ticket(&tim, &acme, "A call").await;
    tim.patch(&path(&made), 1, json!({ "title": "A long call" })).await.expect(200);
    let taken = claim(&ana, &made).await.expect(200);
    let edit = json!({ "title": "x" });
    tim.patch(&path(&made), version(&taken), edit).await.expect_problem(403, "not_your_item");
    claim(&tim, &made).await.expect_problem(403, "not_your_item");
    assert_eq!(tim.get(&path(&made)).await.expect(200)["title"], "A long call", "reading is not narrowed");
}

/// What an operation of tickets takes.
fn body(route: &str, theirs: &Value, own: &Value) -> Value {
    match route.rsplit_once('/').map(|(_, last)| last) {
        Some("comments" | "{comment_id}") => json!({ "body_markdown": "x" }),
        Some("links") => json!({ "kind": "related", "ticket_id": own["id"] }),
        Some("merge") => json!({ "survivor_id": theirs["id"], "member_ids": [own["id"]] }),
        Some("reopen") => json!({ "reason": "x" }),
        Some("resolve" | "close") => ending(),
        Some("split") => json!({ "member_id": own["id"] }),
        Some("{id}") => json!({ "title": "x" }),
        _ => json!({}),
    }
}

#[tokio::test]
async fn every_operation_that_changes_a_ticket_is_refused_for_somebody_elses() {
    let app = start_limited().await;
    let acme = app.organization("Acme").await;
    let (ana, tim) = (app.an_analyst_of(&acme).await, somebody(&app, &acme, "trainee").await);
    let (theirs, member) = (ticket(&ana, &acme, "Theirs").await, ticket(&ana, &acme, "Member").await);
    claim(&ana, &theirs).await.expect(200);
    let merged = merge(&ana, &theirs, &member).await.expect(200);
    let file = upload(&ana, &format!("{}/attachments", path(&theirs)), "a.txt", b"a").await.expect(201);
    let own = ticket(&tim, &acme, "Own").await;
    let before = ana.get(&path(&theirs)).await.expect(200);
    let mut tried = 0;
    for route in &app.routes {
        let changes_tickets = route.access == "attachments:write"
            || (route.access.starts_with("tickets:")
                && !["tickets:read", "tickets:raw", "tickets:export"].contains(&route.access));
        if !changes_tickets || TOLD_OTHERWISE.contains(&route.path.as_str()) {
            continue;
        }
        let of_file = route.path.starts_with("/api/v1/attachments/");
        let path = route
            .path
            .replace("{id}", id(if of_file { &file } else { &theirs }))
            .replace("{ticket_id}", id(&own))
            .replace("{comment_id}", id(&own))
            .replace("{merge_id}", merged["merge_id"].as_str().unwrap());
        let answer = call(&tim, route.method, &path, body(&route.path, &theirs, &own)).await;
        answer.expect_problem(403, "not_your_item");
        tried += 1;
    }
    assert!(tried >= 14, "{tried}");
    // Nor from the other side.
    merge(&tim, &own, &theirs).await.expect_problem(403, "not_your_item");
    let link = json!({ "kind": "related", "ticket_id": theirs["id"] });
    tim.post(&format!("{}/links", path(&own)), link).await.expect_problem(403, "not_your_item");
    assert_eq!(ana.get(&path(&theirs)).await.expect(200), before, "nothing happened to it");
}

#[tokio::test]
async fn of_many_tickets_those_that_are_ones_own_are_changed_and_the_rest_is_named() {
    let app = start_limited().await;
    let acme = app.organization("Acme").await;
    let (ana, tim) = (app.an_analyst_of(&acme).await, somebody(&app, &acme, "trainee").await);
    let (own, theirs) = (ticket(&tim, &acme, "Own").await, ticket(&ana, &acme, "Theirs").await);
    let change = json!({ "add_tags": ["x"], "close": ending() });
    let body = json!({ "ids": [own["id"], theirs["id"]], "change": change });
    let outcome = tim.post("/api/v1/tickets/bulk", body).await.expect(200);
    assert_eq!(outcome["changed"], json!([{ "id": own["id"], "version": 2 }]));
    assert_eq!(outcome["failed"], json!([{ "id": theirs["id"], "code": "not_your_item" }]));
    let body = json!({ "ids": [theirs["id"]], "change": { "assignee_id": tim.user_id } });
    let outcome = tim.post("/api/v1/tickets/bulk", body).await.expect(200);
    assert_eq!(outcome["failed"], json!([]), "nobody had it");
}

#[tokio::test]
async fn nobody_changes_makes_or_raises_what_is_above_their_ceiling() {
    let app = start_limited().await;
    let acme = app.organization("Acme").await;
    let (ana, jun) = (app.an_analyst_of(&acme).await, somebody(&app, &acme, "junior").await);
    let high = ticket(&ana, &acme, "High").await;
    let low = ticket_with(&ana, &acme, json!({ "severity": "low" })).await;
    let edit = |severity: &str| json!({ "severity": severity });
    let refused = "above_severity_ceiling";
    let told = jun.patch(&path(&high), 1, edit("low")).await.expect_problem(403, refused);
    assert_eq!(told["context"]["restriction"], "severity_ceiling: medium");
    claim(&jun, &high).await.expect_problem(403, refused);
    jun.post(&format!("{}/close", path(&high)), ending()).await.expect_problem(403, refused);
    jun.patch(&path(&low), 1, edit("high")).await.expect_problem(403, refused);
    let raised = jun.patch(&path(&low), 1, edit("medium")).await.expect(200);
    assert_eq!((&raised["severity"], version(&raised)), (&json!("medium"), 2));
    for (severity, status) in [("medium", 201), ("critical", 403)] {
        let new = json!({ "organization_id": acme.id, "title": "x", "severity": severity });
        jun.post("/api/v1/tickets", new).await.expect(status);
    }
    let ids = json!([low["id"], high["id"]]);
    for change in [edit("critical"), json!({ "severity": "low" })] {
        let body = json!({ "ids": ids, "change": change });
        let outcome = jun.post("/api/v1/tickets/bulk", body).await.expect(200);
        let codes = outcome["failed"].as_array().unwrap().iter().map(|failed| failed["code"].clone());
        let expected = if change["severity"] == "low" { 1 } else { 2 };
        assert_eq!(codes.collect::<Vec<_>>(), vec![json!(refused); expected]);
    }
}

#[tokio::test]
async fn a_survivor_is_as_severe_as_what_was_merged_into_it() {
    let app = start_limited().await;
    let acme = app.organization("Acme").await;
    let (ana, jun) = (app.an_analyst_of(&acme).await, somebody(&app, &acme, "junior").await);
    let low = ticket_with(&ana, &acme, json!({ "severity": "low" })).await;
    let high = ticket(&ana, &acme, "High").await;
    merge(&jun, &low, &high).await.expect_problem(403, "above_severity_ceiling");
    let merged = merge(&ana, &low, &high).await.expect(200);
    let close = format!("{}/close", path(&low));
    jun.post(&close, ending()).await.expect_problem(403, "above_severity_ceiling");
    let split = json!({ "member_id": high["id"] });
    jun.post(&format!("{}/split", path(&low)), split).await.expect_problem(403, "above_severity_ceiling");
    let undo = format!("/api/v1/tickets/merges/{}/undo", merged["merge_id"].as_str().unwrap());
    jun.post(&undo, json!({})).await.expect_problem(403, "above_severity_ceiling");
    let body = json!({ "ids": [low["id"]], "change": { "close": ending() } });
    let outcome = jun.post("/api/v1/tickets/bulk", body).await.expect(200);
    assert_eq!(outcome["failed"][0]["code"], "above_severity_ceiling");
    ana.post(&close, ending()).await.expect(200);
}

#[tokio::test]
async fn a_severity_that_is_raised_meanwhile_counts() {
    let app = start_limited().await;
    let acme = app.organization("Acme").await;
    let (ana, jun) = (app.an_analyst_of(&acme).await, somebody(&app, &acme, "junior").await);
    let low = ticket_with(&ana, &acme, json!({ "severity": "low" })).await;
    let (mut raising, mut watching) = (app.superuser().await, app.superuser().await);
    sqlx::query("begin").execute(&mut raising).await.unwrap();
    sqlx::query("update tickets set severity = 5").execute(&mut raising).await.unwrap();
    let commit = async {
        let waits = "select exists (select from pg_stat_activity
                                    where datname = current_database() and wait_event_type = 'Lock')";
        while !sqlx::query_scalar::<_, bool>(waits).fetch_one(&mut watching).await.unwrap() {
            tokio::task::yield_now().await;
        }
        sqlx::query("commit").execute(&mut raising).await.unwrap();
    };
    let change = json!({ "title": "x" });
    let place = path(&low);
    // A change that does not wait is never seen waiting.
    let both = async { tokio::join!(jun.patch(&place, 1, change), commit) };
    let (answer, ()) = tokio::time::timeout(Duration::from_secs(30), both).await.unwrap();
    answer.expect_problem(403, "above_severity_ceiling");
}

#[tokio::test]
async fn a_limit_binds_in_its_organization_and_also_what_another_role_grants_there() {
    let app = start_limited().await;
    let (acme, other) = (app.organization("Acme").await, app.organization("Other").await);
    let (ana, bea) = (app.an_analyst_of(&acme).await, app.an_analyst_of(&other).await);
    let both = app.someone(&[(None, "soc_manager"), (Some(&acme), "trainee")]).await;
    let (here, there) = (ticket(&ana, &acme, "Here").await, ticket(&bea, &other, "There").await);
    let edit = json!({ "title": "x" });
    both.patch(&path(&here), 1, edit.clone()).await.expect_problem(403, "not_your_item");
    both.patch(&path(&there), 1, edit).await.expect(200);
    // What asks about no items holds where there is no limit only.
    for (organization, status) in [(&acme, 404), (&other, 201)] {
        let new = json!({ "organization_id": organization.id, "key": "x", "label": "x", "stage": "pending" });
        both.post("/api/v1/ticket-statuses", new).await.expect(status);
    }
}
