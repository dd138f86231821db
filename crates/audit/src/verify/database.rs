//! Verifying the log where it is kept.

use merkle::VerifyingKey;
use platform::db::{Db, Scope};
use platform::{Result, Tx};

use super::{Content, Entry, Finding, Report, Verifier, WitnessCopy, added};
use crate::store;

const PAGE: i64 = 2000;

/// Recomputes every leaf from its record, every node and every root, and holds them against the key and the witness.
pub async fn verify_database(db: &Db, key: &VerifyingKey, witness: Option<&WitnessCopy>) -> Result<Report> {
    let mut verifier = Verifier::new(key, witness);
    // What is signed now: what comes while we read is for the next time.
    let mut tx = db.read(Scope::System).await?;
    store::take_your_time(&mut tx).await?;
    let store::Extent { signed, leaves } = store::extent(&mut tx).await?;
    let unsequenced = store::unsequenced(&mut tx).await?;
    drop(tx);
    let mut finding = None;
    while finding.is_none() && verifier.size() < signed {
        let mut tx = db.read(Scope::System).await?;
        store::take_your_time(&mut tx).await?;
        let before = verifier.size();
        finding = page(&mut tx, &mut verifier, signed).await?;
        if verifier.size() == before {
            break;
        }
    }
    if finding.is_none() {
        finding = verifier.end(signed, leaves).or_else(|| unsequenced.passed_over.map(added));
    }
    Ok(verifier.report(unsequenced.pending, finding))
}

/// Goes through a page of leaves. A broken node before a broken leaf is the first of them.
async fn page(tx: &mut Tx, verifier: &mut Verifier<'_>, signed: u64) -> Result<Option<Finding>> {
    let first = verifier.size();
    let rows = store::leaves_with_records(tx, first, PAGE).await?;
    let last = rows.last().map_or(first, |row| row.index + 1).min(signed);
    let checkpoints = store::checkpoints(tx, first, last).await?;
    let mut checkpoints = checkpoints.iter().peekable();
    let mut finding = None;
    for row in rows {
        if row.index >= signed {
            break;
        }
        let content = row.record.map_or(Content::Missing, |record| Content::Record(Box::new(record)));
        let entry = Entry { index: row.index, record_id: row.record_id, leaf: row.hash, content };
        finding = verifier.leaf(&entry)?;
        while finding.is_none()
            && let Some(checkpoint) = checkpoints.next_if(|next| next.size <= verifier.size())
        {
            finding = verifier.checkpoint(checkpoint);
        }
        if finding.is_some() {
            break;
        }
    }
    Ok(broken_node(tx, verifier).await?.filter(|node| is_before(node, &finding)).or(finding))
}

async fn broken_node(tx: &mut Tx, verifier: &mut Verifier<'_>) -> Result<Option<Finding>> {
    let made = verifier.take_nodes();
    let wanted = made.iter().map(|(node, _)| *node).collect::<Vec<_>>();
    let kept = store::nodes(tx, &wanted).await?;
    Ok(made.into_iter().find_map(|(node, hash)| verifier.node((node, hash), kept.get(&node).copied())))
}

fn is_before(node: &Finding, other: &Option<Finding>) -> bool {
    other.as_ref().is_none_or(|other| node.index <= other.index)
}
