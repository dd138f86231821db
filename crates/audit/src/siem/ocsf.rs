//! A record as an event of OCSF 1.3: what people do to their sessions is an authentication (3002), what is done to accounts an
//! account change (3001), all else an API activity (6003).

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::line::millis;
use crate::record::Record;

const AUTHENTICATION: (u32, u32) = (3, 3002);
const ACCOUNT_CHANGE: (u32, u32) = (3, 3001);
const API_ACTIVITY: (u32, u32) = (6, 6003);
const OTHER: u32 = 99;

/// What of OCSF an action is.
struct Meaning {
    /// Of the category and the class.
    class: (u32, u32),
    activity: u32,
    /// 1 informational, 2 low, 4 high.
    severity: u32,
    /// 1 success, 2 failure.
    status: u32,
}

fn meaning(record: &Record) -> Meaning {
    let (noun, verb) = record.action.split_once('.').unwrap_or((&record.action, ""));
    let (class, activity, severity, status) = match (noun, verb) {
        ("session", "opened") => (AUTHENTICATION, 1, 1, 1),
        ("session", "ended") => (AUTHENTICATION, 2, 1, 1),
        ("session", "refused") => (AUTHENTICATION, 1, 2, 2),
        ("session", "refresh_token_reused") => (AUTHENTICATION, OTHER, 4, 2),
        ("session", _) => (AUTHENTICATION, OTHER, 1, 1),
        ("user", "created") => (ACCOUNT_CHANGE, 1, 1, 1),
        ("user", "password_changed") => (ACCOUNT_CHANGE, 3, 1, 1),
        ("user", "password_reset") => (ACCOUNT_CHANGE, 4, 2, 1),
        ("user", "deleted") => (ACCOUNT_CHANGE, 6, 1, 1),
        ("user", _) => (ACCOUNT_CHANGE, OTHER, 1, 1),
        (_, "created" | "opened" | "imported" | "received") => (API_ACTIVITY, 1, 1, 1),
        (_, "exported") => (API_ACTIVITY, 2, 1, 1),
        (_, "deleted" | "discarded") => (API_ACTIVITY, 4, 1, 1),
        _ => (API_ACTIVITY, 3, 1, 1),
    };
    Meaning { class, activity, severity, status }
}

pub fn event(record: &Record, index: u64, at: OffsetDateTime) -> Value {
    let Meaning { class: (category, class), activity, severity, status } = meaning(record);
    let user = json!({
        "uid": record.actor_id, "name": record.actor_name,
        "type_id": if record.actor_kind == "user" { 1 } else { 3 },
    });
    // No address: the deed of a program of ours.
    let source =
        record.ip.map_or_else(|| json!({ "svc_name": "CiberCase" }), |ip| json!({ "ip": ip.addr() }));
    // Numbers that no machine holds stay text.
    let detail = record
        .detail
        .as_ref()
        .map(|raw| serde_json::from_str(raw.get()).unwrap_or_else(|_| json!(raw.get())));
    let mut event = json!({
        "category_uid": category,
        "class_uid": class,
        "activity_id": activity,
        "type_uid": class * 100 + activity,
        "severity_id": severity,
        "status_id": status,
        "time": i64::try_from(millis(at)).unwrap_or_default(),
        "metadata": {
            "version": "1.3.0",
            "product": { "name": "CiberCase", "vendor_name": "CiberCase", "version": env!("CARGO_PKG_VERSION") },
            "uid": record.id,
            "log_name": "audit",
            "event_code": record.action,
            "sequence": index,
        },
        "actor": { "user": user },
        "src_endpoint": source,
        "unmapped": { "leaf_index": index, "organization_uid": record.organization_id, "detail": detail },
    });
    let named = json!({ "uid": record.object_id, "name": record.object_reference });
    let specific = match class {
        3001 => ("user", named),
        3002 => (
            "user",
            if status == 2 && record.actor_id.is_none() { named } else { event["actor"]["user"].clone() },
        ),
        _ => {
            let kind = json!({ "type": record.object_kind, "uid": record.object_id, "name": record.object_reference });
            ("resources", json!([kind]))
        }
    };
    event[specific.0] = specific.1;
    if class == API_ACTIVITY.1 {
        event["api"] = json!({ "operation": record.action, "request": { "uid": record.request_id } });
    } else if activity == OTHER {
        event["activity_name"] = json!(record.action);
    }
    without_nulls(&mut event);
    event
}

/// What is not known is left out, as OCSF has it.
fn without_nulls(value: &mut Value) {
    if let Value::Object(members) = value {
        for (name, value) in members.iter_mut() {
            if name != "detail" {
                without_nulls(value);
            }
        }
        members.retain(|_, value| !value.is_null());
    } else if let Value::Array(items) = value {
        items.iter_mut().for_each(without_nulls);
    }
}
