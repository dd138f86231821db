//! The API's description, read as somebody would who knows nothing else.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// What stands in for an id of something that is not there.
pub const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

pub struct Description {
    document: Value,
    /// Of real things, by the list they come from: `/api/v1/tickets`.
    pub known_ids: BTreeMap<String, String>,
}

/// One method of one path.
pub struct Operation<'a> {
    pub method: String,
    /// With its braces.
    pub template: &'a str,
    described: &'a Value,
    whole: &'a Description,
}

impl Description {
    pub fn new(document: Value) -> Self {
        Self { document, known_ids: BTreeMap::new() }
    }

    pub fn operations(&self) -> Vec<Operation<'_>> {
        let mut operations = Vec::new();
        for (template, item) in self.document["paths"].as_object().unwrap() {
            for (method, described) in item.as_object().unwrap() {
                operations.push(Operation {
                    method: method.to_uppercase(),
                    template,
                    described,
                    whole: self,
                });
            }
        }
        operations
    }

    /// The methods that a path takes, HEAD with GET.
    pub fn methods(&self, template: &str) -> BTreeSet<String> {
        let item = self.document["paths"][template].as_object().unwrap();
        let mut methods = item.keys().map(|method| method.to_uppercase()).collect::<BTreeSet<_>>();
        if methods.contains("GET") {
            methods.insert("HEAD".to_owned());
        }
        methods
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => {
                let found = self.document.pointer(reference.trim_start_matches('#'));
                self.resolve(found.unwrap_or_else(|| panic!("nothing is at {reference}")))
            }
            None => schema,
        }
    }

    /// The least value that a schema takes.
    fn least(&self, schema: &Value) -> Value {
        let schema = self.resolve(schema);
        if let Some(first) = schema["enum"].as_array().and_then(|values| values.first()) {
            return first.clone();
        }
        for choice in ["oneOf", "anyOf", "allOf"] {
            let choices = schema[choice].as_array().into_iter().flatten();
            if let Some(one) = choices.into_iter().find(|one| one["type"] != "null") {
                return self.least(one);
            }
        }
        let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or("object");
        match kind {
            "string" if schema["format"] == "uuid" => json!(NOBODY),
            "string" if schema["format"] == "date-time" => json!("2026-11-20T10:00:00Z"),
            "string" => {
                json!("x".repeat(usize::try_from(schema["minLength"].as_u64().unwrap_or(1)).unwrap()))
            }
            "integer" | "number" => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
            "boolean" => json!(true),
            "array" if schema["minItems"].as_u64().unwrap_or(0) > 0 => json!([self.least(&schema["items"])]),
            "array" => json!([]),
            _ => Value::Object(self.least_object(schema)),
        }
    }

    fn least_object(&self, schema: &Value) -> Map<String, Value> {
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        required.map(|name| (name.to_owned(), self.least(&schema["properties"][name]))).collect()
    }
}

impl Operation<'_> {
    pub fn id(&self) -> &str {
        self.described["operationId"].as_str().unwrap()
    }

    pub fn is_public(&self) -> bool {
        self.access() == "public"
    }

    /// The permission it asks for, `signed_in` or `public`.
    pub fn access(&self) -> &str {
        self.described["x-permission"].as_str().unwrap()
    }

    fn parameters(&self, place: &str) -> impl Iterator<Item = &Value> {
        let all = self.described["parameters"].as_array().into_iter().flatten();
        all.filter(move |parameter| parameter["in"] == place)
    }

    pub fn query_names(&self) -> Vec<&str> {
        self.parameters("query").filter_map(|parameter| parameter["name"].as_str()).collect()
    }

    pub fn takes_version(&self) -> bool {
        self.parameters("header").any(|parameter| parameter["name"] == "If-Match")
    }

    /// The path with ids of real things where some are known; what would be deleted is none of them.
    pub fn path(&self) -> String {
        let list = self.template.split("/{").next().unwrap_or_default();
        let known = self.whole.known_ids.get(list).filter(|_| self.method != "DELETE");
        self.path_with(known.map_or(NOBODY, String::as_str))
    }

    /// The path with the same text for each of its parameters.
    pub fn path_with(&self, text: &str) -> String {
        let parts = self.template.split('/').map(|part| if part.starts_with('{') { text } else { part });
        parts.collect::<Vec<_>>().join("/")
    }

    /// The query that has to be there: `?organization_id=...`, or nothing.
    pub fn query(&self) -> String {
        let required = self.parameters("query").filter(|parameter| parameter["required"] == true);
        let pairs = required.map(|parameter| {
            let value = self.whole.least(&parameter["schema"]);
            format!("{}={}", parameter["name"].as_str().unwrap(), value.as_str().unwrap_or("x"))
        });
        let pairs = pairs.collect::<Vec<_>>();
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }

    /// The kind of body it takes.
    pub fn content_type(&self) -> Option<&str> {
        let content = self.described["requestBody"]["content"].as_object()?;
        content.keys().next().map(String::as_str)
    }

    /// The schema of its JSON body.
    pub fn body_schema(&self) -> Option<&Value> {
        let schema = self.described.pointer("/requestBody/content/application~1json/schema")?;
        Some(self.whole.resolve(schema))
    }

    /// The least JSON body that the description takes.
    pub fn least_body(&self) -> Map<String, Value> {
        self.body_schema().map(|schema| self.whole.least_object(schema)).unwrap_or_default()
    }

    /// Whether the description names this status with this content type; an empty answer has none.
    pub fn names(&self, status: u16, content_type: Option<&str>) -> bool {
        let response = &self.described["responses"][status.to_string()];
        match (response.is_object(), content_type, response["content"].as_object()) {
            (false, _, _) => false,
            (true, None, content) => content.is_none() || self.method == "HEAD",
            (true, Some(kind), Some(content)) => {
                let essence = kind.split(';').next().unwrap_or_default();
                content.contains_key(essence)
            }
            (true, Some(_), None) => false,
        }
    }
}
