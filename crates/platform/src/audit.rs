//! The audit log: who did what to which thing. Written in the transaction of the deed, so that both happen or neither.

use ipnet::IpNet;
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;
use vocab::{AuditId, OrganizationId};

use crate::Tx;
use crate::principal::Actor;

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

/// Records one deed.
pub async fn record(tx: &mut Tx, actor: &Actor, deed: Deed<'_>) -> Result<(), sqlx::Error> {
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
    .await?;
    Ok(())
}
