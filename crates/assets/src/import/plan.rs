//! What a table would do to an organization's assets.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;
use vocab::AssetId;

use super::RowError;
use super::draft::Draft;
use crate::address::Address;
use crate::model::{Asset, AssetContent};
use crate::store::Holder;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportAction {
    Create,
    Update,
    /// The asset is as the row says already.
    Unchanged,
}

/// A row that can be applied.
#[derive(Debug)]
pub struct Step {
    pub row: u32,
    pub action: ImportAction,
    pub id: AssetId,
    pub content: AssetContent,
    /// Whether addresses are to be written.
    pub has_new_addresses: bool,
}

/// All steps, and every mistake in the order of the rows.
#[derive(Debug, Default)]
pub struct Plan {
    pub steps: Vec<Step>,
    pub errors: Vec<RowError>,
}

/// Which headers mistakes are reported under.
#[derive(Debug, Default)]
pub struct Labels {
    pub name: Option<String>,
    pub addresses: Option<String>,
}

/// A row on its way into the plan.
struct Candidate<'a> {
    draft: Draft,
    existing: Option<&'a Asset>,
    is_refused: bool,
}

impl Plan {
    /// Compares the rows with each other and with what is there: `assets` by the name of a row, folded as names are
    /// compared, and the `holders` of every address a row names.
    pub fn make(
        drafts: Vec<Draft>,
        mut errors: Vec<RowError>,
        assets: &HashMap<String, Asset>,
        holders: &[Holder],
        labels: &Labels,
    ) -> Self {
        let (drafts, repeats) = without_repeats(drafts, labels);
        errors.extend(repeats);
        let mut candidates = drafts
            .into_iter()
            .map(|draft| {
                let existing = assets.get(&name_key(&draft.name));
                Candidate { draft, existing, is_refused: false }
            })
            .collect::<Vec<_>>();
        errors.extend(refuse_held(&mut candidates, holders, labels));
        errors.sort_by_key(|error| error.row);
        let steps = candidates.into_iter().filter(|candidate| !candidate.is_refused).map(step).collect();
        Self { steps, errors }
    }

    pub fn count(&self, action: ImportAction) -> usize {
        self.steps.iter().filter(|step| step.action == action).count()
    }
}

/// How names of one table are compared; the database has the last word with its own unique index.
pub fn name_key(name: &str) -> String {
    name.to_lowercase()
}

fn step(candidate: Candidate<'_>) -> Step {
    let before = candidate.existing.map(|asset| &asset.content);
    let content = candidate.draft.onto(before);
    let action = match before {
        None => ImportAction::Create,
        Some(before) if *before == content => ImportAction::Unchanged,
        Some(_) => ImportAction::Update,
    };
    Step {
        row: candidate.draft.row,
        action,
        id: candidate.existing.map_or_else(AssetId::new, |asset| asset.id),
        has_new_addresses: before.is_none_or(|before| before.addresses != content.addresses),
        content,
    }
}

/// The first row with a name or an address keeps it.
fn without_repeats(drafts: Vec<Draft>, labels: &Labels) -> (Vec<Draft>, Vec<RowError>) {
    let mut names = HashMap::new();
    let mut addresses = HashMap::new();
    let mut errors = Vec::new();
    let mut kept = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let mut messages = Vec::new();
        if let Some(first) = names.get(&name_key(&draft.name)) {
            let message = format!("\"{}\" is the name in row {first} too", draft.name);
            messages.push((labels.name.clone(), message));
        }
        for address in draft.addresses.iter().flatten() {
            if let Some(first) = addresses.get(address) {
                messages.push((labels.addresses.clone(), format!("{address} is in row {first} too")));
            }
        }
        if messages.is_empty() {
            names.insert(name_key(&draft.name), draft.row);
            addresses.extend(draft.addresses.iter().flatten().map(|address| (*address, draft.row)));
            kept.push(draft);
        } else {
            let row = draft.row;
            errors.extend(messages.into_iter().map(|(column, message)| RowError { row, column, message }));
        }
    }
    (kept, errors)
}

/// Refuses rows whose addresses other assets keep. An asset of the table that gives an address up in its own row does
/// not keep it, unless that row is refused.
fn refuse_held(candidates: &mut [Candidate<'_>], holders: &[Holder], labels: &Labels) -> Vec<RowError> {
    let by_asset =
        index_by(candidates, |candidate| candidate.existing.map(|asset| asset.id).into_iter().collect());
    let by_address: HashMap<Address, usize> =
        index_by(candidates, |candidate| candidate.draft.addresses.clone().unwrap_or_default());
    let mut waiting: HashMap<usize, Vec<(usize, &Holder)>> = HashMap::new();
    let mut refused = Vec::new();
    for holder in holders {
        let Some(&wants) = by_address.get(&holder.address) else { continue };
        match by_asset.get(&holder.asset_id) {
            Some(&keeps) if keeps == wants => {}
            Some(&keeps) => waiting.entry(keeps).or_default().push((wants, holder)),
            None => refused.push((wants, holder)),
        }
    }
    let mut errors = Vec::new();
    while let Some((index, holder)) = refused.pop() {
        let Some(candidate) = candidates.get_mut(index) else { continue };
        let (row, column) = (candidate.draft.row, labels.addresses.clone());
        errors.push(RowError { row, column, message: holder.to_string() });
        if !std::mem::replace(&mut candidate.is_refused, true) {
            refused.extend(waiting.remove(&index).unwrap_or_default());
        }
    }
    errors
}

fn index_by<K: Eq + std::hash::Hash>(
    candidates: &[Candidate<'_>],
    keys: impl Fn(&Candidate<'_>) -> Vec<K>,
) -> HashMap<K, usize> {
    let pairs = candidates.iter().enumerate();
    pairs.flat_map(|(index, candidate)| keys(candidate).into_iter().map(move |key| (key, index))).collect()
}
