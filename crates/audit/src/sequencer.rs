//! The sequencer: gives settled records their places in the tree, and signs what it has come to.
//!
//! Settled is what was written before the oldest transaction still running: below it nothing can appear any more, so the
//! order is the same whoever looks, and a record that commits late comes later, never in between (docs/decisions/0002).

use anyhow::{Context, anyhow};
use merkle::{Frontier, NodeId};
use platform::db::Scope;
use platform::{App, Result, Tx};

use crate::AuditLog;
use crate::store::{self, Checkpoint, Progress, Settled};

/// Records of one transaction: some tens of milliseconds.
const BATCH: i64 = 2000;

/// Sequences all that is settled, batch by batch.
pub async fn run(app: &App) -> Result<()> {
    let log = app.service::<AuditLog>();
    while batch(app, &log).await? {}
    Ok(())
}

/// One transaction; says whether there may be more. It reads and hashes before it writes: only then does it count as running,
/// and what waits for it (live changes do) waits for the writing alone.
async fn batch(app: &App, log: &AuditLog) -> Result<bool> {
    let mut tx = log.db(app).begin(Scope::System).await?;
    if !store::try_lock(&mut tx).await? {
        return Ok(false);
    }
    let progress = store::progress(&mut tx).await?;
    let is_elsewhere = progress.known_cluster.as_ref() != Some(&progress.cluster);
    let progress = if is_elsewhere { from_the_beginning(progress) } else { progress };
    let settled = store::settled(&mut tx, &progress, is_elsewhere, BATCH).await?;
    let is_full = i64::try_from(settled.len())? >= BATCH;
    if !settled.is_empty() {
        append(app, log, &mut tx, &settled).await?;
    }
    match settled.last() {
        // Until all that was brought along has its leaf, each look begins anew.
        _ if is_elsewhere && is_full => {}
        _ if is_elsewhere => {
            let settled_until =
                progress.horizon.parse::<u64>().context("a transaction's number")?.saturating_sub(1);
            let xact = settled_until.to_string();
            store::keep_progress(&mut tx, &progress.cluster, &xact, i64::MAX).await?;
        }
        Some(last) => store::keep_progress(&mut tx, &progress.cluster, &last.xact, last.seq).await?,
        None => return Ok(false),
    }
    tx.commit().await?;
    Ok(is_full)
}

fn from_the_beginning(progress: Progress) -> Progress {
    Progress { xact: "0".to_owned(), seq: 0, ..progress }
}

/// Appends the records' leaves to the tree that was last signed, and signs the new one.
async fn append(app: &App, log: &AuditLog, tx: &mut Tx, settled: &[Settled]) -> Result<()> {
    let mut frontier = signed_frontier(log, tx).await?;
    let first = frontier.size();
    let (mut leaves, mut nodes) = (Vec::with_capacity(settled.len()), Vec::with_capacity(settled.len()));
    for Settled { record, .. } in settled {
        let leaf = record.leaf()?;
        leaves.push((record.id, leaf));
        frontier.append(leaf, |node, hash| {
            if node.level > 0 {
                nodes.push((node, hash));
            }
        });
    }
    store::append(tx, first, &leaves, &nodes).await?;
    let (size, root) = (frontier.size(), frontier.root());
    let said = merkle::Checkpoint { origin: log.origin().to_owned(), size, root };
    let note = log.key.sign(&said.to_string()).context("the checkpoint cannot be signed")?;
    store::keep_checkpoint(tx, &Checkpoint { size, root, note, made_at: app.clock.now() }).await
}

/// The end of the tree as it was last signed. What does not fit to the signature is not grown any further.
async fn signed_frontier(log: &AuditLog, tx: &mut Tx) -> Result<Frontier> {
    let Some(last) = store::last_checkpoint(tx).await? else { return Ok(Frontier::default()) };
    last.opened(log.key.public())?;
    let peaks = merkle::nodes(0..last.size);
    let found = store::nodes(tx, &peaks).await?;
    let hashes = peaks.iter().map(|node: &NodeId| found.get(node).copied()).collect::<Option<Vec<_>>>();
    let frontier = hashes.and_then(|hashes| Frontier::restore(last.size, hashes));
    frontier.filter(|frontier| frontier.root() == last.root).ok_or_else(|| {
        anyhow!("the audit log's tree is not the one that was signed: run `cibercase audit verify`").into()
    })
}
