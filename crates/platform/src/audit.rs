//! The audit log: who did what to which thing. Written in the transaction of the deed, so that both happen or neither.

use ipnet::IpNet;
use serde::Serialize;
use serde_json::{Map, Value, json};
use sqlx::types::Json;
use uuid::Uuid;
use vocab::{AuditId, OrganizationId};

use crate::error;
use crate::principal::Actor;
use crate::{Error, Tx};

/// One deed.
#[derive(Debug, Clone)]
pub struct Deed<'a> {
    pub organization: Option<OrganizationId>,
    /// `<noun>.<past participle>`, such as `ticket.closed`.
    pub action: &'static str,
    pub object_kind: &'static str,
    pub object_id: Option<Uuid>,
    /// What people call it: `TCK-2026-000123`, a name, an address.
    pub object_reference: Option<&'a str>,
    /// What changed; never a secret.
    pub detail: Option<Value>,
}

impl<'a> Deed<'a> {
    pub fn new(action: &'static str, object_kind: &'static str, object_id: impl Into<Uuid>) -> Self {
        Self {
            organization: None,
            action,
            object_kind,
            object_id: Some(object_id.into()),
            object_reference: None,
            detail: None,
        }
    }

    pub fn of(mut self, organization: OrganizationId) -> Self {
        self.organization = Some(organization);
        self
    }

    pub fn called(mut self, reference: &'a str) -> Self {
        self.object_reference = Some(reference);
        self
    }

    pub fn with(mut self, detail: Value) -> Self {
        self.detail = Some(detail);
        self
    }
}

/// What became of a field, as a deed's detail says it.
pub fn change(from: impl Into<Value>, to: impl Into<Value>) -> Value {
    json!({ "from": from.into(), "to": to.into() })
}

/// The fields in which two states of a thing differ, each with what it was and what it is.
pub fn changes<T: Serialize>(before: &T, after: &T) -> crate::Result<Map<String, Value>> {
    let (Value::Object(before), Value::Object(mut after)) =
        (serde_json::to_value(before)?, serde_json::to_value(after)?)
    else {
        return Ok(Map::new());
    };
    let pairs = before.into_iter().map(|(field, from)| {
        let to = after.remove(&field).unwrap_or_default();
        (field, from, to)
    });
    Ok(pairs.filter(|(_, from, to)| from != to).map(|(field, from, to)| (field, change(from, to))).collect())
}

/// Records one deed. What cannot be recorded is not done: the caller's transaction fails with it.
pub async fn record(tx: &mut Tx, actor: &Actor, deed: Deed<'_>) -> crate::Result<()> {
    sqlx::query!(
        "insert into audit_records
             (id, organization_id, actor_kind, actor_id, actor_name, action, object_kind, object_id, object_reference,
              detail, ip, request_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        AuditId::new().uuid(),
        deed.organization.map(OrganizationId::uuid),
        actor.kind.as_str(),
        actor.id,
        &*actor.name,
        deed.action,
        deed.object_kind,
        deed.object_id,
        deed.object_reference,
        deed.detail.map(Json) as _,
        actor.ip.map(IpNet::from) as _,
        actor.request_id,
    )
    .execute(&mut **tx)
    .await
    .map_err(unrecorded)?;
    Ok(())
}

/// The audit log does not take a record for another reason than the record's own, or than a lost race: that is for whoever
/// runs the database to mend, and the same deed may be done then.
pub(crate) fn unrecorded(error: sqlx::Error) -> Error {
    let sqlx::Error::Database(cause) = &error else { return error.into() };
    let code = cause.code().unwrap_or_default();
    let is_its_own = ["22", "54"].iter().any(|of_values| code.starts_with(of_values));
    if is_its_own || error::is_away(&error) || error::is_lost_race(&error) || code == "57014" {
        return error.into();
    }
    tracing::error!(
        cause = format!("{error:#}"),
        "the audit log cannot be written: nothing that needs a record is done"
    );
    Error::unavailable(error::AUDIT_UNAVAILABLE, "The audit log cannot be written: nothing was changed.")
}
