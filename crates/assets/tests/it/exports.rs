//! Tables going out.

use testkit::json;

use crate::imports::import;
use crate::{acme, add, path, start};

#[tokio::test]
async fn no_cell_of_an_export_is_a_formula() {
    let (app, acme, manager) = acme().await;
    for (number, text) in ["=1+1", "+1", "-1", "@SUM(A1)", "=HYPERLINK(\"http://x\")"].iter().enumerate() {
        let fields = json!({ "owner": text, "department": text, "description": text, "tags": ["=tag"] });
        add(&manager, &acme, &format!("{text} {number}"), fields).await;
    }
    let answer = manager.get("/api/v1/assets/export.csv").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"assets.csv\""));
    let text = answer.text();
    let table = text.strip_prefix('\u{feff}').unwrap();
    let mut reader = csv::ReaderBuilder::new().from_reader(table.as_bytes());
    let mut cells = 0;
    for record in reader.records() {
        for cell in record.unwrap().iter() {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "{cell}");
            cells += usize::from(cell.starts_with('\''));
        }
    }
    assert_eq!(cells, 25);
    assert_eq!(app.audit_actions().await.last().map(String::as_str), Some("asset.exported"));
}

#[tokio::test]
async fn what_was_exported_comes_back_as_it_was() {
    let (app, acme, manager) = acme().await;
    let texts = ["=1+1", "'quoted", "'=both", "Íñigo; \"a\", b\nsecond line", "plain"];
    let mut before = Vec::new();
    for (number, text) in texts.iter().enumerate() {
        let fields = json!({
            "kind": "database", "criticality": "low", "state": "retired", "is_internet_facing": true,
            "owner": text.lines().next(), "description": text, "tags": ["=x", "two words", "'y"],
            "addresses": [format!("10.0.{number}.0/24"), format!("2001:db8::{number}")],
            "hostnames": [format!("h{number}"), format!("h{number}.example.org")],
        });
        let name = format!("{} {number}", text.lines().next().unwrap());
        before.push(add(&manager, &acme, &name, fields).await);
    }
    for separator in ["comma", "semicolon", "tab"] {
        let exported = manager.get(&format!("/api/v1/assets/export.csv?separator={separator}")).await;
        let result = import(&manager, &acme, "", exported.body.clone()).await.expect(200);
        assert_eq!(result["unchanged"], 5, "{separator}: {result}");
        for asset in &before {
            manager.delete(&path(asset)).await;
        }
        let result = import(&manager, &acme, "", exported.body).await.expect(200);
        assert_eq!(result["created"], 5);
        let after = manager.get("/api/v1/assets").await.items();
        for (asset, restored) in before.iter().zip({
            let mut after = after.clone();
            after.sort_by_key(|asset| asset["addresses"][0].to_string());
            after
        }) {
            for field in
                ["name", "kind", "criticality", "state", "owner", "description", "is_internet_facing"]
            {
                assert_eq!(restored[field], asset[field], "{separator} {field}");
            }
            for field in ["addresses", "hostnames", "tags"] {
                assert_eq!(restored[field], asset[field], "{separator} {field}");
            }
        }
        before = after;
        before.sort_by_key(|asset| asset["addresses"][0].to_string());
    }
    // An export of one organization is no import of another.
    let rival = app.organization("Rival").await;
    let rita = app.a_soc_manager_of(&rival).await;
    let exported = manager.get("/api/v1/assets/export.csv").await.body;
    let preview = import(&rita, &rival, "&dry_run=true", exported).await.expect(200);
    assert_eq!(preview["error_count"], 5);
    assert_eq!(preview["errors"][0]["column"], "organization_id");
}

#[tokio::test]
async fn an_export_shows_what_the_list_shows_however_long() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let manager = app.a_soc_manager_of(&acme).await;
    let rows = (0..1_234).map(|number| format!("host {number:04},{}\n", ["low", "high"][number % 2]));
    import(&manager, &acme, "", format!("name,criticality\n{}", rows.collect::<String>())).await.expect(200);
    let all = manager.get("/api/v1/assets/export.csv").await.text();
    assert_eq!(all.lines().count(), 1_235);
    let first = all.lines().nth(1).unwrap();
    assert!(first.starts_with("host 0000,other,low,active,"), "{first}");
    let high = manager.get("/api/v1/assets/export.csv?criticality=high&q=host").await.text();
    assert_eq!(high.lines().count(), 618);
}
