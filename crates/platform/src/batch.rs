//! The audit records and live changes of a whole batch, in one statement.

use std::net::IpAddr;

use ipnet::IpNet;
use uuid::Uuid;
use vocab::OrganizationId;

use crate::Tx;
use crate::audit::unrecorded;
use crate::principal::ActorKind;

/// One audit record of a batch. Its actor is a source or the system; `detail` is JSON text.
#[derive(Debug, Clone)]
pub struct BatchDeed {
    pub organization: OrganizationId,
    pub actor_kind: ActorKind,
    pub actor_id: Option<Uuid>,
    pub actor_name: std::sync::Arc<str>,
    pub action: &'static str,
    pub object_kind: &'static str,
    pub object_id: Uuid,
    pub object_reference: Option<String>,
    pub detail: Option<String>,
    pub ip: Option<IpAddr>,
    pub request_id: Option<Uuid>,
}

/// One live change of a batch; `data` is JSON text.
#[derive(Debug, Clone)]
pub struct BatchChange {
    pub organization: OrganizationId,
    pub topic: &'static str,
    pub id: Uuid,
    pub change: &'static str,
    pub data: Option<String>,
}

/// Writes both and wakes the followers when the transaction commits.
pub async fn record_and_tell(tx: &mut Tx, deeds: &[BatchDeed], changes: &[BatchChange]) -> crate::Result<()> {
    if deeds.is_empty() && changes.is_empty() {
        return Ok(());
    }
    let text = |of: fn(&BatchDeed) -> &str| deeds.iter().map(|deed| of(deed).to_owned()).collect::<Vec<_>>();
    sqlx::query!(
        "with recorded as (
             insert into audit_records
                 (id, organization_id, actor_kind, actor_id, actor_name, action, object_kind, object_id,
                  object_reference, detail, ip, request_id)
             select id, organization_id, actor_kind, actor_id, actor_name, action, object_kind, object_id,
                    object_reference, detail::jsonb, ip, request_id
             from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[],
                         $8::uuid[], $9::text[], $10::text[], $11::inet[], $12::uuid[])
                 as deed (id, organization_id, actor_kind, actor_id, actor_name, action, object_kind, object_id,
                          object_reference, detail, ip, request_id)),
         told as (
             insert into outbox (id, organization_id, topic, object_id, change, data)
             select id, organization_id, topic, object_id, change, data::jsonb
             from unnest($13::uuid[], $14::uuid[], $15::text[], $16::uuid[], $17::text[], $18::text[])
                 as told (id, organization_id, topic, object_id, change, data))
         select pg_notify('cibercase_outbox', '')",
        &deeds.iter().map(|_| Uuid::now_v7()).collect::<Vec<_>>(),
        &deeds.iter().map(|deed| deed.organization.uuid()).collect::<Vec<_>>(),
        &text(|deed| deed.actor_kind.as_str()),
        &deeds.iter().map(|deed| deed.actor_id).collect::<Vec<_>>() as &[Option<Uuid>],
        &text(|deed| &deed.actor_name),
        &text(|deed| deed.action),
        &text(|deed| deed.object_kind),
        &deeds.iter().map(|deed| deed.object_id).collect::<Vec<_>>(),
        &deeds.iter().map(|deed| deed.object_reference.clone()).collect::<Vec<_>>() as &[Option<String>],
        &deeds.iter().map(|deed| deed.detail.clone()).collect::<Vec<_>>() as &[Option<String>],
        &deeds.iter().map(|deed| deed.ip.map(IpNet::from)).collect::<Vec<_>>() as &[Option<IpNet>],
        &deeds.iter().map(|deed| deed.request_id).collect::<Vec<_>>() as &[Option<Uuid>],
        &changes.iter().map(|_| Uuid::now_v7()).collect::<Vec<_>>(),
        &changes.iter().map(|change| change.organization.uuid()).collect::<Vec<_>>(),
        &changes.iter().map(|change| change.topic.to_owned()).collect::<Vec<_>>(),
        &changes.iter().map(|change| change.id).collect::<Vec<_>>(),
        &changes.iter().map(|change| change.change.to_owned()).collect::<Vec<_>>(),
        &changes.iter().map(|change| change.data.clone()).collect::<Vec<_>>() as &[Option<String>],
    )
    .execute(&mut **tx)
    .await
    .map_err(unrecorded)?;
    Ok(())
}
