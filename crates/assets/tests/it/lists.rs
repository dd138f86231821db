//! Lists: filters, orders and pages.

use testkit::{Actor, Value, json};

use crate::{acme, add, names, path, start};

async fn list(actor: &Actor, query: &str) -> Vec<String> {
    let items = actor.get(&format!("/api/v1/assets?{query}")).await.items();
    names(&items).into_iter().map(str::to_owned).collect()
}

/// All pages of two.
async fn pages(actor: &Actor, query: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = actor.get(&format!("/api/v1/assets?limit=2&{query}{cursor}")).await.expect(200);
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        found.extend(names(items).into_iter().map(str::to_owned));
        match &page["next_cursor"] {
            Value::String(next) => cursor = format!("&cursor={next}"),
            _ => return found,
        }
    }
}

#[tokio::test]
async fn every_order_goes_over_pages_and_organizations_without_gap_or_repeat() {
    let app = start().await;
    let (acme, rival) = (app.organization("Acme").await, app.organization("Rival").await);
    let both = app.someone(&[(Some(&acme), "soc_manager"), (Some(&rival), "soc_manager")]).await;
    for (organization, name, criticality) in [
        (&acme, "delta", "low"),
        (&rival, "Alpha", "critical"),
        (&acme, "charlie", "high"),
        (&rival, "bravo", "high"),
        (&acme, "echo", "medium"),
    ] {
        add(&both, organization, name, json!({ "criticality": criticality })).await;
    }
    let by_name = ["Alpha", "bravo", "charlie", "delta", "echo"];
    assert_eq!(pages(&both, "").await, by_name);
    assert_eq!(pages(&both, "sort=-name").await, by_name.iter().rev().copied().collect::<Vec<_>>());
    let by_criticality = ["delta", "echo", "charlie", "bravo", "Alpha"];
    assert_eq!(pages(&both, "sort=criticality").await, by_criticality);
    assert_eq!(
        pages(&both, "sort=-criticality").await,
        by_criticality.iter().rev().copied().collect::<Vec<_>>()
    );
    assert_eq!(pages(&both, "sort=updated_at").await, ["delta", "Alpha", "charlie", "bravo", "echo"]);
    assert_eq!(pages(&both, "sort=-updated_at").await, ["echo", "bravo", "charlie", "Alpha", "delta"]);
    assert_eq!(pages(&both, &format!("organization_id={}", rival.id)).await, ["Alpha", "bravo"]);
}

#[tokio::test]
async fn words_are_found_by_their_beginning_in_every_field() {
    let (_app, acme, manager) = acme().await;
    let fields = json!({
        "owner": "Íñigo Núñez", "department": "Treasury", "description": "Keeps the ledgers",
        "addresses": ["10.20.30.40"], "hostnames": ["sap01.example.org"], "tags": ["erp"],
    });
    let sap = add(&manager, &acme, "Ledger", fields).await;
    add(&manager, &acme, "Printer", json!({})).await;
    for word in ["ledg", "LEDGER", "nunez", "treas", "10.20.30.40", "sap01", "erp", "keeps%20inigo"] {
        assert_eq!(list(&manager, &format!("q={word}")).await, ["Ledger"], "{word}");
    }
    for word in ["ledgerx", "printer%20erp", "%27%20%7C%20%21%3A%2A", "%5C"] {
        assert!(list(&manager, &format!("q={word}")).await.is_empty(), "{word}");
    }
    manager.get("/api/v1/assets?q=a%00b").await.expect_problem(422, "validation_failed");
    // An edit changes the words too.
    manager.patch(&path(&sap), 1, json!({ "owner": "Eva" })).await.expect(200);
    assert!(list(&manager, "q=nunez").await.is_empty());
    assert_eq!(list(&manager, "q=eva").await, ["Ledger"]);
}

#[tokio::test]
async fn filters_narrow_and_several_values_widen() {
    let (_app, acme, manager) = acme().await;
    for (name, fields) in [
        ("a", json!({ "kind": "server", "criticality": "high", "tags": ["pci", "prod"] })),
        ("b", json!({ "kind": "database", "criticality": "high", "tags": ["pci"] })),
        ("c", json!({ "kind": "server", "criticality": "low", "state": "retired" })),
    ] {
        add(&manager, &acme, name, fields).await;
    }
    for (query, expected) in [
        ("kind=server", vec!["a", "c"]),
        ("kind=server,database&criticality=high", vec!["a", "b"]),
        ("state=active", vec!["a", "b"]),
        ("state=retired,planned", vec!["c"]),
        ("tag=PCI", vec!["a", "b"]),
        ("tag=pci,prod", vec!["a"]),
        ("kind=mobile", vec![]),
    ] {
        assert_eq!(list(&manager, query).await, expected, "{query}");
    }
    for query in
        ["kind=car", "sort=owner", "limit=0", "limit=201", "address=web", "organization_id=x", "colour=red"]
    {
        manager.get(&format!("/api/v1/assets?{query}")).await.expect_problem(422, "validation_failed");
    }
}

#[tokio::test]
async fn an_address_finds_what_holds_it_and_what_lies_inside_it() {
    let (_app, acme, manager) = acme().await;
    for (name, address) in [
        ("company", "10.0.0.0/8"),
        ("site", "10.1.0.0/16"),
        ("room", "10.1.2.0/24"),
        ("host", "10.1.2.3"),
        ("last", "10.1.255.255"),
        ("neighbour", "10.2.0.0/16"),
        ("six", "2001:db8:1::/48"),
    ] {
        add(&manager, &acme, name, json!({ "addresses": [address] })).await;
    }
    for (address, expected) in [
        ("10.1.2.3", vec!["company", "host", "room", "site"]),
        ("10.1.0.0/16", vec!["company", "host", "last", "room", "site"]),
        ("10.3.0.0/16", vec!["company"]),
        ("10.1.2.0/25", vec!["company", "host", "room", "site"]),
        ("2001:db8::/32", vec!["six"]),
        ("2001:db8:1::5", vec!["six"]),
        ("192.0.2.1", vec![]),
    ] {
        assert_eq!(list(&manager, &format!("address={address}")).await, expected, "{address}");
    }
}

#[tokio::test]
async fn a_cursor_of_another_order_or_of_nobody_is_refused() {
    let (_app, acme, manager) = acme().await;
    for name in ["a", "b"] {
        add(&manager, &acme, name, json!({})).await;
    }
    let page = manager.get("/api/v1/assets?limit=1").await.expect(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    let other = manager.get(&format!("/api/v1/assets?sort=-updated_at&cursor={cursor}")).await;
    other.expect_problem(400, "invalid_cursor");
    manager.get("/api/v1/assets?cursor=AAAA").await.expect_problem(400, "invalid_cursor");
}
