//! Writing changes, and naming places in their order.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;
use vocab::{OrganizationId, UserId};

use crate::Tx;

/// A change as browsers hear it.
#[derive(Debug, Clone)]
pub struct Change<'a> {
    /// Whoever has `<topic>:read` in the organization hears it.
    pub topic: &'static str,
    pub organization: Option<OrganizationId>,
    pub id: Uuid,
    /// `created`, `updated`, `deleted` or a module's own word.
    pub change: &'a str,
    /// What lets a list patch its row without asking.
    pub data: Option<Value>,
}

/// A place in the order of changes: after the row (xact, seq).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    pub xact: u64,
    pub seq: i64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.xact, self.seq)
    }
}

impl FromStr for Position {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let (xact, seq) = text.split_once('-').ok_or(())?;
        Ok(Self { xact: xact.parse().map_err(|_| ())?, seq: seq.parse().map_err(|_| ())? })
    }
}

/// Tells everybody who may read the topic in the organization, once the transaction commits.
pub async fn tell(tx: &mut Tx, change: Change<'_>) -> Result<(), sqlx::Error> {
    write(tx, change, None).await
}

/// Tells one person only.
pub async fn tell_user(tx: &mut Tx, user: UserId, change: Change<'_>) -> Result<(), sqlx::Error> {
    write(tx, change, Some(user)).await
}

async fn write(tx: &mut Tx, change: Change<'_>, user: Option<UserId>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with row as (
             insert into outbox (id, organization_id, user_id, topic, object_id, change, data)
             values ($1, $2, $3, $4, $5, $6, $7))
         select pg_notify('cibercase_outbox', '')",
        Uuid::now_v7(),
        change.organization.map(OrganizationId::uuid),
        user.map(UserId::uuid),
        change.topic,
        change.id,
        change.change,
        change.data.map(Json) as _,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Sends a small message to the caches of every node once the transaction commits.
pub async fn signal(tx: &mut Tx, topic: &str, text: &str) -> Result<(), sqlx::Error> {
    let payload = format!("{topic}:{text}");
    sqlx::query!("select pg_notify('cibercase_signal', $1)", payload).execute(&mut **tx).await?;
    Ok(())
}
