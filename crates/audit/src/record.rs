//! A record, and the bytes that its leaf is the hash of.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use ipnet::IpNet;
use merkle::{Hash, leaf_hash};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

/// Names the shape of the bytes that follow. Another shape gets another name, so that old leaves stay what they are.
const VERSION: &[u8] = b"cibercase audit record 1\n";

/// A record of the audit log, as it is kept and as it is exported.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    pub id: Uuid,
    pub organization_id: Option<Uuid>,
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    pub actor_name: String,
    pub action: String,
    pub object_kind: String,
    pub object_id: Option<Uuid>,
    pub object_reference: Option<String>,
    /// JSON as it is written, for numbers have no bounds there.
    pub detail: Option<Box<RawValue>>,
    pub ip: Option<IpNet>,
    pub request_id: Option<Uuid>,
}

impl Record {
    /// The canonical bytes: the version, then the twelve fields in the order above. A missing field is the byte 0; one that is
    /// there is the byte 1, its length in bytes (four, the highest first) and the field itself: ids as their 16 bytes,
    /// texts in UTF-8, the address with its prefix length (`192.0.2.7/32`), the detail as canonical JSON.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        let detail = self.detail.as_deref().map(canonical).transpose()?;
        let ip = self.ip.map(|ip| ip.to_string());
        let id = |id: &Option<Uuid>| id.map(|id| id.as_bytes().to_vec());
        let text = |text: &str| Some(text.as_bytes().to_vec());
        let fields = [
            Some(self.id.as_bytes().to_vec()),
            id(&self.organization_id),
            text(&self.actor_kind),
            id(&self.actor_id),
            text(&self.actor_name),
            text(&self.action),
            text(&self.object_kind),
            id(&self.object_id),
            self.object_reference.as_deref().and_then(text),
            detail.as_deref().and_then(text),
            ip.as_deref().and_then(text),
            id(&self.request_id),
        ];
        let mut bytes = VERSION.to_vec();
        for field in fields {
            bytes.push(u8::from(field.is_some()));
            if let Some(field) = field {
                bytes.extend(u32::try_from(field.len())?.to_be_bytes());
                bytes.extend(field);
            }
        }
        Ok(bytes)
    }

    pub fn leaf(&self) -> Result<Hash> {
        Ok(leaf_hash(&self.bytes()?))
    }
}

/// JSON with one way to be written: no white space, the names of objects in the order of their UTF-8 bytes, escapes only
/// where JSON asks for them, numbers with the digits they were kept with.
fn canonical(value: &RawValue) -> Result<String> {
    let text = value.get();
    let written = match text.as_bytes().first() {
        Some(b'{') => {
            let members: BTreeMap<String, &RawValue> = serde_json::from_str(text)?;
            let members = members
                .into_iter()
                .map(|(name, value)| Ok(format!("{}:{}", serde_json::to_string(&name)?, canonical(value)?)));
            format!("{{{}}}", members.collect::<Result<Vec<_>>>()?.join(","))
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text)?;
            let items = items.into_iter().map(canonical).collect::<Result<Vec<_>>>()?;
            format!("[{}]", items.join(","))
        }
        Some(b'"') => serde_json::to_string(&serde_json::from_str::<String>(text)?)?,
        _ => text.to_owned(),
    };
    Ok(written)
}

/// JSON from the database's text.
pub fn json(text: String) -> Result<Box<RawValue>> {
    RawValue::from_string(text).context("a record's detail is no JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        Record {
            id: Uuid::from_u128(1),
            organization_id: Some(Uuid::from_u128(2)),
            actor_kind: "user".to_owned(),
            actor_id: None,
            actor_name: "Ana Núñez".to_owned(),
            action: "ticket.closed".to_owned(),
            object_kind: "ticket".to_owned(),
            object_id: Some(Uuid::from_u128(3)),
            object_reference: Some("TCK-2026-000001".to_owned()),
            detail: Some(json(r#"{"b": [1.50, true, null], "a": "\u00e9/\n"}"#.to_owned()).unwrap()),
            ip: Some("192.0.2.7/32".parse().unwrap()),
            request_id: None,
        }
    }

    #[test]
    fn the_bytes_are_the_version_and_the_fields_each_with_its_length() {
        let id = |number: u8| [&[1, 0, 0, 0, 16][..], &[0; 15], &[number]].concat();
        let text = |text: &str| [&[1, 0, 0, 0, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
        let expected = [
            b"cibercase audit record 1\n".to_vec(),
            id(1),
            id(2),
            text("user"),
            vec![0],
            text("Ana Núñez"),
            text("ticket.closed"),
            text("ticket"),
            id(3),
            text("TCK-2026-000001"),
            text(r#"{"a":"é/\n","b":[1.50,true,null]}"#),
            text("192.0.2.7/32"),
            vec![0],
        ];
        assert_eq!(record().bytes().unwrap(), expected.concat());
    }

    #[test]
    fn an_exported_record_has_the_same_bytes_whatever_its_white_space() {
        let exported = serde_json::to_string(&record()).unwrap();
        let again: Record = serde_json::from_str(&exported).unwrap();
        assert_eq!(again.bytes().unwrap(), record().bytes().unwrap());
        let spaced = exported.replace("\",\"", "\" ,\n \"");
        let again: Record = serde_json::from_str(&spaced).unwrap();
        assert_eq!(again.bytes().unwrap(), record().bytes().unwrap());
    }

    #[test]
    fn what_differs_has_other_bytes() {
        let changes: [fn(&mut Record); 7] = [
            |record| record.id = Uuid::from_u128(9),
            |record| record.actor_id = record.organization_id.take(),
            |record| record.actor_name.push(' '),
            |record| record.object_reference = None,
            |record| record.object_reference = Some(String::new()),
            |record| record.detail = Some(json(r#"{"b":[1.5,true,null],"a":"é/\n"}"#.to_owned()).unwrap()),
            |record| record.ip = Some("192.0.2.7/31".parse().unwrap()),
        ];
        let mut seen = vec![record().bytes().unwrap()];
        for change in changes {
            let mut changed = record();
            change(&mut changed);
            let bytes = changed.bytes().unwrap();
            assert!(!seen.contains(&bytes), "{changed:?}");
            seen.push(bytes);
        }
    }

    #[test]
    fn numbers_that_no_machine_holds_are_told_apart() {
        let with = |number: &str| {
            let detail = Some(json(format!("{{\"n\":{number}}}")).unwrap());
            Record { detail, ..record() }.bytes().unwrap()
        };
        assert_ne!(
            with("100000000000000000000000000000000000001"),
            with("100000000000000000000000000000000000002")
        );
    }
}
