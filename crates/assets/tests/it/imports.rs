//! Tables coming in.

use assets::Inventory;
use testkit::{Actor, Answer, Organization, json};

use crate::{acme, add, look_up, names, path};

/// Sends a table; `options` follow the organization in the query.
pub async fn import(
    actor: &Actor,
    organization: &Organization,
    options: &str,
    table: impl Into<Vec<u8>>,
) -> Answer {
    let path = format!("/api/v1/assets/import?organization_id={}{options}", organization.id);
    let request = actor.request(http::Method::POST, &path).header("content-type", "text/csv; charset=utf-8");
    actor.send(request.body(table.into().into()).unwrap()).await
}

#[tokio::test]
async fn a_preview_tells_what_would_happen_and_changes_nothing() {
    let (app, acme, manager) = acme().await;
    add(&manager, &acme, "Mail", json!({ "owner": "Ana" })).await;
    add(&manager, &acme, "Same", json!({ "owner": "Eva" })).await;
    let audited = app.audit_actions().await.len();
    let table = "nombre;dueño;rack;ip\nmail;Eva;R1;\nSame;Eva;R2;\nnew;;;10.0.0.5\nbad;;;10.0.0.300\n";
    let preview = import(&manager, &acme, "&dry_run=true", table).await.expect(200);
    assert_eq!(preview["rows"], 4);
    assert_eq!(
        (&preview["creates"], &preview["updates"], &preview["unchanged"]),
        (&json!(1), &json!(1), &json!(1))
    );
    assert_eq!(preview["error_count"], 1);
    assert_eq!(preview["errors"][0]["row"], 5);
    assert_eq!(preview["errors"][0]["column"], "ip");
    assert_eq!(preview["ignored_columns"], json!(["rack"]));
    assert_eq!(preview["preview"][0]["action"], "update");
    assert_eq!(preview["preview"][0]["asset"]["owner"], "Eva");
    assert_eq!(preview["preview"][2]["row"], 4);
    assert_eq!(preview["preview"][2]["action"], "create");
    assert_eq!(names(&manager.get("/api/v1/assets").await.items()), ["Mail", "Same"]);
    assert_eq!(app.audit_actions().await.len(), audited);
}

#[tokio::test]
async fn a_table_is_applied_whole_found_at_once_and_recorded_once() {
    let (app, acme, manager) = acme().await;
    let mail = add(&manager, &acme, "Mail", json!({ "owner": "Ana", "addresses": ["10.0.0.1"] })).await;
    let table = "name,kind,criticality,ip,tags,hostnames\nMAIL,server,high,10.0.0.2,a;b c,mail.example.org\nWeb,,,10.0.0.1 2001:db8::1,,\n";
    let result = import(&manager, &acme, "", table).await.expect(200);
    assert_eq!(result, json!({ "created": 1, "updated": 1, "unchanged": 0, "skipped": 0 }));
    let updated = manager.get(&path(&mail)).await.expect(200);
    assert_eq!(updated["name"], "MAIL");
    assert_eq!(updated["owner"], "Ana");
    assert_eq!(updated["version"], 2);
    assert_eq!(updated["tags"], json!(["a", "b c"]));
    assert_eq!(updated["hostnames"], json!(["mail.example.org"]));
    // The address went from one to the other in the same table.
    assert_eq!(look_up(&manager, &acme, "10.0.0.1").await.expect(200)["asset"]["name"], "Web");
    assert_eq!(look_up(&manager, &acme, "2001:db8::1").await.expect(200)["asset"]["name"], "Web");
    assert_eq!(look_up(&manager, &acme, "10.0.0.2").await.expect(200)["asset"]["name"], "MAIL");
    assert_eq!(names(&manager.get("/api/v1/assets?q=mail.example").await.items()), ["MAIL"]);
    let actions = app.audit_actions().await;
    let of_assets = actions.iter().filter(|action| action.starts_with("asset.")).collect::<Vec<_>>();
    assert_eq!(of_assets, ["asset.created", "asset.imported"]);
}

#[tokio::test]
async fn one_mistake_keeps_all_rows_out_unless_they_may_be_skipped() {
    let (_app, acme, manager) = acme().await;
    let table = "name,criticality\ngood,high\nbad,huge\n";
    let problem = import(&manager, &acme, "", table).await.expect_problem(422, "import_has_errors");
    assert_eq!(problem["errors"][0]["path"], "row 3, criticality");
    assert_eq!(problem["context"]["error_count"], 1);
    assert!(manager.get("/api/v1/assets").await.items().is_empty());
    let result = import(&manager, &acme, "&skip_invalid=true", table).await.expect(200);
    assert_eq!(result, json!({ "created": 1, "updated": 0, "unchanged": 0, "skipped": 1 }));
    assert_eq!(names(&manager.get("/api/v1/assets").await.items()), ["good"]);
}

#[tokio::test]
async fn names_and_addresses_in_conflict_are_told_by_row() {
    let (_app, acme, manager) = acme().await;
    add(&manager, &acme, "Keeper", json!({ "addresses": ["10.0.0.9"] })).await;
    let table = "name,ip\na,10.0.0.1\nA,10.0.0.2\nb,10.0.0.1\nc,10.0.0.9\n";
    let preview = import(&manager, &acme, "&dry_run=true", table).await.expect(200);
    assert_eq!(
        preview["errors"],
        json!([
            { "row": 3, "column": "name", "message": "\"A\" is the name in row 2 too" },
            { "row": 4, "column": "ip", "message": "10.0.0.1 is in row 2 too" },
            { "row": 5, "column": "ip", "message": "10.0.0.9 belongs to \"Keeper\"" },
        ])
    );
}

#[tokio::test]
async fn the_same_table_twice_changes_nothing_the_second_time() {
    let (_app, acme, manager) = acme().await;
    let table = "name,ip,tags\nWeb,10.0.0.2 10.0.0.1,b;a\n";
    import(&manager, &acme, "", table).await.expect(200);
    let again = import(&manager, &acme, "", table).await.expect(200);
    assert_eq!(again, json!({ "created": 0, "updated": 0, "unchanged": 1, "skipped": 0 }));
    assert_eq!(manager.get("/api/v1/assets").await.items()[0]["version"], 1);
}

#[tokio::test]
async fn what_is_no_table_or_too_much_of_one_is_refused() {
    let (_app, acme, manager) = acme().await;
    for table in [&b""[..], b"\x89PNG\r\n", b"owner\nAna\n", b"name,name\n"] {
        import(&manager, &acme, "&dry_run=true", table).await.expect_problem(422, "unreadable_csv");
    }
    let many = format!("name\n{}", "a\n".repeat(100_001));
    import(&manager, &acme, "", many).await.expect_problem(413, "too_many_rows");
    import(&manager, &acme, "", vec![b'a'; 10 * 1024 * 1024 + 1]).await.expect_problem(413, "too_large");
    let path = format!("/api/v1/assets/import?organization_id={}", acme.id);
    manager.post(&path, json!({})).await.expect_problem(415, "unsupported_media_type");
    manager.post("/api/v1/assets/import", json!({})).await.expect_problem(422, "validation_failed");
}

#[tokio::test]
async fn ten_thousand_rows_are_one_transaction_and_found_at_once() {
    let (app, acme, manager) = acme().await;
    let rows = (0..10_000).map(|number| {
        let (high, low) = (number / 250, number % 250 + 1);
        format!("host-{number},server,medium,10.{high}.0.{low},host-{number}.example.org,prod;linux\n")
    });
    let table = format!("name,kind,criticality,ip,hostnames,tags\n{}", rows.collect::<String>());
    let started = std::time::Instant::now();
    let result = import(&manager, &acme, "", table.clone()).await.expect(200);
    println!("10,000 rows created in {:?}", started.elapsed());
    assert_eq!(result, json!({ "created": 10_000, "updated": 0, "unchanged": 0, "skipped": 0 }));
    assert_eq!(app.service::<Inventory>().assets(acme.id), 10_000);
    let started = std::time::Instant::now();
    let changed = table.replace(",medium,", ",high,");
    let result = import(&manager, &acme, "", changed).await.expect(200);
    println!("10,000 rows updated in {:?}", started.elapsed());
    assert_eq!(result["updated"], 10_000);
    let card = app.service::<Inventory>().find(acme.id, "10.39.0.250".parse().unwrap()).unwrap();
    assert_eq!((card.name.as_str(), card.criticality.as_str()), ("host-9999", "high"));
}
