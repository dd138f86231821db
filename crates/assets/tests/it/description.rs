//! What the API says of itself.

use testkit::Value;

use crate::start;

#[tokio::test]
async fn every_operation_says_what_it_asks_for_and_names_only_what_is_described() {
    let app = start().await;
    let description = serde_json::to_value(&app.description).unwrap();
    let mut asked = app
        .routes
        .iter()
        .filter(|route| route.path.starts_with("/api/v1/assets"))
        .map(|route| (route.operation_id.as_str(), route.access))
        .collect::<Vec<_>>();
    asked.sort_unstable();
    let expected = [
        ("create_asset", "assets:write"),
        ("create_asset_relation", "assets:write"),
        ("delete_asset", "assets:write"),
        ("delete_asset_relation", "assets:write"),
        ("export_assets", "assets:export"),
        ("get_asset", "assets:read"),
        ("import_assets", "assets:import"),
        ("list_asset_relations", "assets:read"),
        ("list_assets", "assets:read"),
        ("look_up_asset", "assets:read"),
        ("update_asset", "assets:write"),
    ];
    assert_eq!(asked, expected);
    let mut references = Vec::new();
    collect(&description, &mut references);
    for reference in references {
        let pointer = reference.trim_start_matches('#');
        assert!(description.pointer(pointer).is_some(), "{reference} is not described");
    }
}

fn collect<'a>(value: &'a Value, references: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            references.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|value| collect(value, references));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}
