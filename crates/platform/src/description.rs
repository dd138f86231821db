//! What every operation may answer, said once: from who may call it and from what it takes.

use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{Content, Ref, RefOr};

/// Adds the problems that come from what an operation takes. What its handler says itself stays.
pub fn complete(operation: &mut Operation, method: &str, access: &str) {
    for status in statuses(operation, method, access) {
        operation.responses.responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(problem(status)));
    }
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response {
            add_headers(status, response);
        }
    }
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter {
            say_pattern(parameter);
        }
    }
}

fn statuses(operation: &Operation, method: &str, access: &str) -> Vec<&'static str> {
    // Two credentials at once, a query that is no text; more than one's share; and a database that is away.
    let mut statuses = vec!["400", "429", "503"];
    if access != "public" {
        statuses.extend(["401", "403"]);
    } else if !matches!(method, "GET" | "HEAD") {
        // A session cookie sent by another site's page.
        statuses.push("403");
    }
    if takes(operation, &ParameterIn::Path) {
        statuses.push("404");
    }
    if takes(operation, &ParameterIn::Query) {
        statuses.push("422");
    }
    if has_body(operation) {
        statuses.extend(["413", "415", "422"]);
    }
    if let Some(if_match) = parameter(operation, "If-Match") {
        statuses.push("412");
        if if_match.required == utoipa::openapi::Required::True {
            statuses.push("428");
        }
    }
    statuses
}

/// OAuth's forms are refused in OAuth's own words (RFC 6749, 5.2).
fn has_body(operation: &Operation) -> bool {
    match &operation.request_body {
        Some(RefOr::T(body)) => !body.content.contains_key("application/x-www-form-urlencoded"),
        Some(RefOr::Ref(_)) => true,
        None => false,
    }
}

fn parameters(operation: &Operation) -> impl Iterator<Item = &Parameter> {
    operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    })
}

fn takes(operation: &Operation, place: &ParameterIn) -> bool {
    parameters(operation).any(|parameter| parameter.parameter_in == *place)
}

fn parameter<'a>(operation: &'a Operation, name: &str) -> Option<&'a Parameter> {
    parameters(operation).find(|parameter| parameter.name == name)
}

fn problem(status: &str) -> Response {
    let description = match status {
        "400" => "The request cannot be read, or brings two credentials.",
        "401" => "Nobody is signed in.",
        "403" => "The caller may not do this.",
        "404" => "There is no such thing, or it is not the caller's to see.",
        "412" => "Somebody changed it since it was read; nothing was overwritten.",
        "413" => "The body is larger than allowed.",
        "415" => "The body is of another kind than described.",
        "422" => "A value is refused; `errors` says which.",
        "428" => "If-Match is missing.",
        "429" => "That was more than the caller's share of requests.",
        _ => "Too busy, or the database is away; nothing was changed.",
    };
    ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", Content::new(Some(Ref::from_schema_name("Problem"))))
        .build()
}

fn add_headers(status: &str, response: &mut Response) {
    let (name, header) = match status {
        "401" => ("WWW-Authenticate", text("How to bring a credential (RFC 6750).")),
        "429" | "503" => ("Retry-After", seconds("How long to wait before trying again.")),
        _ => return,
    };
    response.headers.entry(name.to_owned()).or_insert(RefOr::T(header));
}

fn text(description: &str) -> Header {
    let schema = ObjectBuilder::new().schema_type(Type::String).build();
    HeaderBuilder::new().schema(Some(schema)).description(Some(description)).build()
}

fn seconds(description: &str) -> Header {
    let schema = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).build();
    HeaderBuilder::new().schema(Some(schema)).description(Some(description)).build()
}

/// What parameters of these names look like, wherever they stand.
fn say_pattern(parameter: &mut Parameter) {
    let Some(RefOr::T(Schema::Object(schema))) = &mut parameter.schema else { return };
    let pattern = match parameter.name.as_str() {
        "If-Match" => r#"^"[0-9]{1,9}"$"#,
        "cursor" => "^[A-Za-z0-9_-]+$",
        _ => return,
    };
    schema.pattern = Some(pattern.to_owned());
}
