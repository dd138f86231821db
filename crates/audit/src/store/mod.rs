//! Every SQL statement of the module.

mod followers;
mod witnessed;

use std::collections::HashMap;

use anyhow::{Context, anyhow, ensure};
use ipnet::IpNet;
use merkle::{Hash, NodeId, Plan, VerifyingKey};
use platform::{Result, Tx};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::record::{Record, json};

pub use followers::{Follower, FollowerKind, follower, followers, keep_failing, keep_told};
pub use witnessed::{all_witnessed, keep_witnessed, witnessed};

/// How far records have become leaves, and what a look at the records begins with.
pub struct Progress {
    /// The cluster of the last look; another one where the database was restored elsewhere, or looks for the first time.
    pub known_cluster: Option<String>,
    pub cluster: String,
    pub xact: String,
    pub seq: i64,
    /// The oldest transaction still running: what is before it is settled.
    pub horizon: String,
}

/// A record and its place in the order of all.
pub struct Settled {
    pub record: Record,
    pub xact: String,
    pub seq: i64,
}

/// What was last signed.
pub struct Checkpoint {
    pub size: u64,
    pub root: Hash,
    pub note: String,
    pub made_at: OffsetDateTime,
}

impl Checkpoint {
    /// Makes sure that the key has signed what the columns say.
    pub fn opened(&self, key: &VerifyingKey) -> anyhow::Result<()> {
        let text = key
            .open(&self.note)
            .with_context(|| format!("the audit log's checkpoint of {} records", self.size))?;
        let said = merkle::Checkpoint::read(text)?;
        let is_said = (said.origin.as_str(), said.size, said.root) == (key.name(), self.size, self.root);
        ensure!(is_said, "the audit log's checkpoint of {} records says something else", self.size);
        Ok(())
    }
}

struct CheckpointRow {
    size: i64,
    root: Vec<u8>,
    note: String,
    made_at: OffsetDateTime,
}

impl CheckpointRow {
    fn checkpoint(self) -> Result<Checkpoint> {
        let Self { size, root, note, made_at } = self;
        Ok(Checkpoint { size: u64::try_from(size)?, root: hash(&root)?, note, made_at })
    }
}

/// Whether this transaction may sequence: one at a time. Waits for nobody, and takes no transaction's number that others would
/// see as running.
pub async fn try_lock(tx: &mut Tx) -> Result<bool> {
    let is_ours =
        sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock(hashtext('audit.sequence')) as "is_ours!""#)
            .fetch_one(&mut **tx)
            .await?;
    Ok(is_ours)
}

pub async fn progress(tx: &mut Tx) -> Result<Progress> {
    let progress = sqlx::query_as!(
        Progress,
        r#"select progress.cluster as "known_cluster?", control.system_identifier::text as "cluster!",
                  coalesce(progress.xact::text, '0') as "xact!", coalesce(progress.seq, 0) as "seq!",
                  pg_snapshot_xmin(pg_current_snapshot())::text as "horizon!"
           from pg_control_system() as control left join audit_progress as progress on true"#
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(progress)
}

/// Settled records behind (`xact`, `seq`) that have no leaf, in order. `is_elsewhere`: the records were brought from another
/// cluster, whose transactions had other numbers; what seems to come from the future is settled then too.
pub async fn settled(tx: &mut Tx, from: &Progress, is_elsewhere: bool, limit: i64) -> Result<Vec<Settled>> {
    // The look for a leaf is a sub-select, for it stays a look-up by key, whatever the tables have grown to.
    let rows = sqlx::query!(
        r#"select r.id, r.xact::text as "xact!", r.seq as "seq!"
           from audit_records r
           where (r.xact, r.seq) > ($1::text::xid8, $2)
             and (r.xact < $3::text::xid8
                  or ($4 and r.xact >= pg_snapshot_xmax(pg_current_snapshot())))
             and (select l.index from audit_leaves l where l.record_id = r.id) is null
           order by r.xact, r.seq
           limit $5"#,
        from.xact,
        from.seq,
        from.horizon,
        is_elsewhere,
        limit
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut records = records(tx, &rows.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
    let settled = rows.into_iter().map(|row| {
        let record = records.remove(&row.id).ok_or_else(|| anyhow!("the record {} is gone", row.id))?;
        Ok(Settled { record, xact: row.xact, seq: row.seq })
    });
    settled.collect()
}

/// The latest checkpoint of at most `size`.
pub async fn checkpoint_within(tx: &mut Tx, size: u64) -> Result<Option<Checkpoint>> {
    let row = sqlx::query_as!(
        CheckpointRow,
        "select size, root, note, made_at from audit_checkpoints where size <= $1 order by size desc limit 1",
        i64::try_from(size).unwrap_or(i64::MAX)
    )
    .fetch_optional(&mut **tx)
    .await?;
    row.map(CheckpointRow::checkpoint).transpose()
}

pub async fn last_checkpoint(tx: &mut Tx) -> Result<Option<Checkpoint>> {
    checkpoint_within(tx, u64::MAX).await
}

/// The checkpoints of more than `after` and at most `until` leaves.
pub async fn checkpoints(tx: &mut Tx, after: u64, until: u64) -> Result<Vec<Checkpoint>> {
    let rows = sqlx::query_as!(
        CheckpointRow,
        "select size, root, note, made_at from audit_checkpoints where size > $1 and size <= $2 order by size",
        i64::try_from(after)?,
        i64::try_from(until)?
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter().map(CheckpointRow::checkpoint).collect()
}

/// When the first record beyond each of these sizes was signed, where there is one; in their order.
pub async fn signed_beyond(tx: &mut Tx, sizes: &[u64]) -> Result<Vec<Option<OffsetDateTime>>> {
    let sizes = sizes.iter().map(|size| i64::try_from(*size)).collect::<Result<Vec<_>, _>>()?;
    let made_at = sqlx::query_scalar!(
        r#"select (select made_at from audit_checkpoints as checkpoint where checkpoint.size > asked.size
                   order by checkpoint.size limit 1) as "made_at?"
           from unnest($1::bigint[]) with ordinality as asked (size, number) order by asked.number"#,
        &sizes
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(made_at)
}

/// The leaves from `index` on, at most `limit`, up to a gap.
pub async fn leaves(tx: &mut Tx, index: u64, limit: u64) -> Result<Vec<Hash>> {
    let rows = sqlx::query!(
        "select index, hash from audit_leaves where index >= $1 order by index limit $2",
        i64::try_from(index)?,
        i64::try_from(limit)?
    )
    .fetch_all(&mut **tx)
    .await?;
    let unbroken = rows.iter().zip(index..).take_while(|(row, index)| u64::try_from(row.index) == Ok(*index));
    unbroken.map(|(row, _)| hash(&row.hash)).collect()
}

/// How many leaves are signed, and how many there are.
pub struct Extent {
    pub signed: u64,
    pub leaves: u64,
}

pub async fn extent(tx: &mut Tx) -> Result<Extent> {
    let found = sqlx::query!(
        r#"select coalesce((select max(size) from audit_checkpoints), 0) as "signed!",
                  coalesce((select max(index) + 1 from audit_leaves), 0) as "leaves!""#
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(Extent { signed: u64::try_from(found.signed)?, leaves: u64::try_from(found.leaves)? })
}

/// A leaf, with its record where that is there and may be seen.
pub struct LeafRow {
    pub index: u64,
    pub record_id: Uuid,
    pub hash: Hash,
    pub record: Option<Record>,
}

/// The leaves from `index` on with their records, at most `limit`.
pub async fn leaves_with_records(tx: &mut Tx, index: u64, limit: i64) -> Result<Vec<LeafRow>> {
    let rows = sqlx::query!(
        "select index, record_id, hash from audit_leaves where index >= $1 order by index limit $2",
        i64::try_from(index)?,
        limit
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut records = records(tx, &rows.iter().map(|row| row.record_id).collect::<Vec<_>>()).await?;
    let leaves = rows.into_iter().map(|row| {
        let (index, hash) = (u64::try_from(row.index)?, hash(&row.hash)?);
        Ok(LeafRow { index, record_id: row.record_id, hash, record: records.remove(&row.record_id) })
    });
    leaves.collect()
}

/// The place behind the last leaf from `index` on, of at most `limit`, and the records of these leaves that belong to no
/// organization, in their order; none where no leaf is there.
pub async fn of_no_organization(tx: &mut Tx, index: u64, limit: i64) -> Result<Option<(u64, Vec<Record>)>> {
    let leaves = sqlx::query!(
        "select index, record_id from audit_leaves where index >= $1 order by index limit $2",
        i64::try_from(index)?,
        limit
    )
    .fetch_all(&mut **tx)
    .await?;
    let Some(last) = leaves.last() else { return Ok(None) };
    let end = u64::try_from(last.index)? + 1;
    let all = leaves.iter().map(|leaf| leaf.record_id).collect::<Vec<_>>();
    let wanted = sqlx::query_scalar!(
        "select id from audit_records where id = any($1) and organization_id is null",
        &all
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut records = records(tx, &wanted).await?;
    Ok(Some((end, all.iter().filter_map(|id| records.remove(id)).collect())))
}

/// A record that the caller may see.
pub async fn record(tx: &mut Tx, id: Uuid) -> Result<Option<Record>> {
    Ok(records(tx, &[id]).await?.remove(&id))
}

/// Those of the records that are there and may be seen.
async fn records(tx: &mut Tx, ids: &[Uuid]) -> Result<HashMap<Uuid, Record>> {
    let rows = sqlx::query!(
        r#"select id, organization_id, actor_kind, actor_id, actor_name, action, object_kind, object_id, object_reference,
                  detail::text as detail, ip as "ip: IpNet", request_id
           from audit_records where id = any($1)"#,
        ids
    )
    .fetch_all(&mut **tx)
    .await?;
    let records = rows.into_iter().map(|row| {
        let record = Record {
            id: row.id,
            organization_id: row.organization_id,
            actor_kind: row.actor_kind,
            actor_id: row.actor_id,
            actor_name: row.actor_name,
            action: row.action,
            object_kind: row.object_kind,
            object_id: row.object_id,
            object_reference: row.object_reference,
            detail: row.detail.map(json).transpose()?,
            ip: row.ip,
            request_id: row.request_id,
        };
        Ok((record.id, record))
    });
    records.collect()
}

/// The leaf of a record, without the record.
pub async fn leaf_of(tx: &mut Tx, record: Uuid) -> Result<Option<LeafRow>> {
    let row = sqlx::query!("select index, hash from audit_leaves where record_id = $1", record)
        .fetch_optional(&mut **tx)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let (index, hash) = (u64::try_from(row.index)?, hash(&row.hash)?);
    Ok(Some(LeafRow { index, record_id: record, hash, record: None }))
}

/// Records without a leaf: the first of those that were passed over, and how many are to come yet.
pub struct Unsequenced {
    pub passed_over: Option<Uuid>,
    pub pending: i64,
}

pub async fn unsequenced(tx: &mut Tx) -> Result<Unsequenced> {
    let found = sqlx::query_as!(
        Unsequenced,
        r#"with bare as (
               select r.id, coalesce((r.xact, r.seq) <= (p.xact, p.seq), false) as is_passed_over
               from audit_records r left join audit_progress p on true
               where not exists (select from audit_leaves l where l.record_id = r.id))
           select (select id from bare where is_passed_over order by id limit 1) as passed_over,
                  (select count(*) from bare where not is_passed_over) as "pending!""#
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(found)
}

/// For what reads the whole log.
pub async fn take_your_time(tx: &mut Tx) -> Result<()> {
    sqlx::query!("set local statement_timeout = 0").execute(&mut **tx).await?;
    Ok(())
}

/// The hashes of complete nodes; those that are not there are left out.
pub async fn nodes(tx: &mut Tx, wanted: &[NodeId]) -> Result<HashMap<NodeId, Hash>> {
    let levels = wanted.iter().map(|node| i16::from(node.level)).collect::<Vec<_>>();
    let indexes = wanted.iter().map(|node| i64::try_from(node.index)).collect::<Result<Vec<_>, _>>()?;
    let rows = sqlx::query!(
        r#"select wanted.level as "level!", wanted.index as "index!",
                  case when wanted.level = 0
                      then (select l.hash from audit_leaves l where l.index = wanted.index)
                      else (select n.hash from audit_nodes n where n.level = wanted.level and n.index = wanted.index)
                  end as hash
           from unnest($1::smallint[], $2::bigint[]) as wanted (level, index)"#,
        &levels,
        &indexes
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut found = HashMap::new();
    for row in rows {
        if let Some(bytes) = row.hash {
            let node = NodeId { level: u8::try_from(row.level)?, index: u64::try_from(row.index)? };
            found.insert(node, hash(&bytes)?);
        }
    }
    Ok(found)
}

/// A proof's hashes; none where nodes are missing.
pub async fn proof_of(tx: &mut Tx, plan: &Plan) -> Result<Option<Vec<Hash>>> {
    let nodes = nodes(tx, &plan.nodes().collect::<Vec<_>>()).await?;
    Ok(plan.proof(|node| nodes.get(&node).copied()))
}

/// Leaves from `first` on, and the nodes they complete.
pub async fn append(
    tx: &mut Tx,
    first: u64,
    leaves: &[(Uuid, Hash)],
    nodes: &[(NodeId, Hash)],
) -> Result<()> {
    let ids = leaves.iter().map(|(id, _)| *id).collect::<Vec<_>>();
    let hashes = leaves.iter().map(|(_, hash)| hash.to_vec()).collect::<Vec<_>>();
    sqlx::query!(
        "insert into audit_leaves (index, record_id, hash)
         select $1::bigint + leaf.number - 1, leaf.record_id, leaf.hash
         from unnest($2::uuid[], $3::bytea[]) with ordinality as leaf (record_id, hash, number)",
        i64::try_from(first)?,
        &ids,
        &hashes
    )
    .execute(&mut **tx)
    .await?;
    let levels = nodes.iter().map(|(node, _)| i16::from(node.level)).collect::<Vec<_>>();
    let indexes = nodes.iter().map(|(node, _)| i64::try_from(node.index)).collect::<Result<Vec<_>, _>>()?;
    let hashes = nodes.iter().map(|(_, hash)| hash.to_vec()).collect::<Vec<_>>();
    sqlx::query!(
        "insert into audit_nodes (level, index, hash)
         select * from unnest($1::smallint[], $2::bigint[], $3::bytea[])",
        &levels,
        &indexes,
        &hashes
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub async fn keep_checkpoint(tx: &mut Tx, checkpoint: &Checkpoint) -> Result<()> {
    sqlx::query!(
        "insert into audit_checkpoints (size, root, note, made_at) values ($1, $2, $3, $4)",
        i64::try_from(checkpoint.size)?,
        &checkpoint.root[..],
        checkpoint.note,
        checkpoint.made_at
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub async fn keep_progress(tx: &mut Tx, cluster: &str, xact: &str, seq: i64) -> Result<()> {
    sqlx::query!(
        "insert into audit_progress (cluster, xact, seq) values ($1, $2::text::xid8, $3)
         on conflict (is_only) do update set cluster = excluded.cluster, xact = excluded.xact, seq = excluded.seq",
        cluster,
        xact,
        seq
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn hash(bytes: &[u8]) -> Result<Hash> {
    Ok(bytes.try_into().map_err(|_| anyhow!("a hash has {} bytes", bytes.len()))?)
}
