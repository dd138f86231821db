//! Telling somebody of what was done to their account, by whomever.

use platform::Tx;
use platform::live::{self, Change};
use platform::principal::Actor;
use sqlx::types::ipnet::IpNet;
use time::OffsetDateTime;
use vocab::{NoticeId, UserId};

use crate::model::NoticeKind;

/// What was done to an account.
#[derive(Debug, Clone, Copy)]
pub struct AccountNotice<'a> {
    pub user: UserId,
    pub kind: NoticeKind,
    /// What a passkey is called.
    pub subject: Option<&'a str>,
    pub user_agent: Option<&'a str>,
}

impl AccountNotice<'_> {
    pub fn of(user: UserId, kind: NoticeKind) -> Self {
        Self { user, kind, subject: None, user_agent: None }
    }
}

/// Writes the notice and tells its reader, in the caller's transaction. Owners are told of their own deeds too.
pub async fn tell_owner(
    tx: &mut Tx,
    actor: &Actor,
    now: OffsetDateTime,
    notice: AccountNotice<'_>,
) -> Result<(), sqlx::Error> {
    let id = NoticeId::new().uuid();
    sqlx::query!(
        "insert into account_notices (id, user_id, kind, subject, ip, user_agent, actor_id, actor_name, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        id,
        notice.user.uuid(),
        notice.kind.as_str(),
        notice.subject,
        actor.ip.map(IpNet::from) as _,
        notice.user_agent,
        actor.id,
        &*actor.name,
        now
    )
    .execute(&mut **tx)
    .await?;
    let change = Change { topic: "notices", organization: None, id, change: "created", data: None };
    live::tell_user(tx, notice.user, change).await
}
