//! From a record of the audit log to the event that rules meet.

use audit::Record;
use log_formats::{AuditEvent, Event};
use platform::config::MonitoringConfig;
use serde_json::Value;
use time::OffsetDateTime;

/// Bytes of a record's detail that stand among the fields, a value each.
const MOST_VALUE: usize = 500;

/// What is known of a record beside itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Known {
    /// A sign-in from where the person has never signed in from, though they have from elsewhere.
    pub is_new_network: bool,
    pub is_canary: bool,
}

/// Whether the record is about an account or a service that nobody uses.
pub fn is_canary(record: &Record, config: &MonitoringConfig) -> bool {
    let Some(name) = record.object_reference.as_deref() else { return false };
    let is_among = |names: &[String]| names.iter().any(|canary| canary.trim().eq_ignore_ascii_case(name));
    match record.action.as_str() {
        "session.opened" | "session.refused" => is_among(&config.canary_accounts),
        "service.refused" | "service_token.issued" => is_among(&config.canary_services),
        _ => false,
    }
}

/// The event of a record, its fields named as in the audit log.
pub fn event<'a>(record: &'a Record, at: OffsetDateTime, known: Known) -> Event<'a> {
    let mut fields = vec![
        ("action".into(), record.action.as_str().into()),
        ("actor_kind".into(), record.actor_kind.as_str().into()),
        ("actor_name".into(), record.actor_name.as_str().into()),
        ("object_kind".into(), record.object_kind.as_str().into()),
    ];
    if let Some(reference) = &record.object_reference {
        fields.push(("object_reference".into(), reference.as_str().into()));
    }
    let detail = record.detail.as_deref().and_then(|detail| serde_json::from_str(detail.get()).ok());
    if let Some(Value::Object(detail)) = detail {
        for (name, value) in detail {
            let text = match value {
                Value::String(text) => text,
                Value::Number(_) | Value::Bool(_) => value.to_string(),
                _ => continue,
            };
            let end = text.floor_char_boundary(MOST_VALUE);
            fields.push((
                format!("detail.{name}").into(),
                text.get(..end).unwrap_or_default().to_owned().into(),
            ));
        }
    }
    for (name, holds) in [("is_new_network", known.is_new_network), ("is_canary", known.is_canary)] {
        fields.push((name.into(), holds.to_string().into()));
    }
    let user = record.object_reference.as_deref().filter(|_| is_of_somebody(record));
    log_formats::audit_event(AuditEvent {
        at,
        action: &record.action,
        source_ip: record.ip.map(|ip| ip.addr()),
        user,
        fields,
    })
}

/// Whether what the record is about has an account's or a service's name.
fn is_of_somebody(record: &Record) -> bool {
    matches!(record.object_kind.as_str(), "user" | "session" | "service" | "token")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn record(action: &str, reference: Option<&str>) -> Record {
        Record {
            id: Uuid::now_v7(),
            organization_id: None,
            actor_kind: "system".to_owned(),
            actor_id: None,
            actor_name: "CiberCase".to_owned(),
            action: action.to_owned(),
            object_kind: "user".to_owned(),
            object_id: None,
            object_reference: reference.map(str::to_owned),
            detail: serde_json::value::RawValue::from_string(r#"{"kind":"browser","n":2,"o":{}}"#.to_owned())
                .ok(),
            ip: "192.0.2.7/32".parse().ok(),
            request_id: None,
        }
    }

    #[test]
    fn a_record_is_an_event_with_its_own_words() {
        let record = record("session.refused", Some("ana@example.org"));
        let event =
            event(&record, OffsetDateTime::UNIX_EPOCH, Known { is_new_network: true, is_canary: false });
        assert_eq!(event.user.as_deref(), Some("ana@example.org"));
        assert_eq!(event.source_ip, "192.0.2.7".parse().ok());
        assert_eq!(event.get("detail.kind"), Some("browser"));
        assert_eq!((event.get("detail.n"), event.get("detail.o")), (Some("2"), None));
        assert_eq!((event.get("is_new_network"), event.get("is_canary")), (Some("true"), Some("false")));
        let source = log_formats::log_source(&event);
        assert_eq!((source.products, source.service), (&["cibercase"][..], "audit"));
    }

    #[test]
    fn a_canary_is_known_by_its_name_and_only_where_it_is_tried() {
        let mut config = platform::config::Config::defaults()
            .map(|config| config.monitoring)
            .unwrap_or_else(|error| panic!("{error:#}"));
        config.canary_accounts = vec!["Backup@example.org".to_owned()];
        config.canary_services = vec!["old-sync".to_owned()];
        assert!(is_canary(&record("session.refused", Some("backup@example.org")), &config));
        assert!(is_canary(&record("service.refused", Some("old-sync")), &config));
        assert!(!is_canary(&record("service.refused", Some("backup@example.org")), &config));
        assert!(!is_canary(&record("session.refused", None), &config));
        assert!(!is_canary(&record("user.created", Some("backup@example.org")), &config));
    }
}
