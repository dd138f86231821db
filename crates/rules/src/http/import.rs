//! Many rules at once: each document is taken or refused by itself.

use axum::extract::State;
use platform::error::Problem;
use platform::{App, Error, Json, Permit, Result, Routes, Tx, operations};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sigma::Rule;
use utoipa::ToSchema;
use vocab::{OrganizationId, RuleId};

use super::{may_change, settle};
use crate::engine::Engine;
use crate::{RulesWrite, store};

/// Rules of one import; Sigma's whole collection is some three thousand.
const MOST_RULES: usize = 5000;

pub fn routes() -> Routes {
    operations![import_rules]
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RuleImport {
    /// None makes them rules of all organizations.
    #[serde(default)]
    organization_id: Option<OrganizationId>,
    /// One or many documents, with `---` between them. A correlation stands with the documents that it refers to.
    #[schema(min_length = 1)]
    yaml: String,
    #[serde(default)]
    is_enabled: bool,
    /// Only says what would come of it.
    #[serde(default)]
    dry_run: bool,
}

#[derive(Serialize, ToSchema)]
struct ImportedRules {
    items: Vec<ImportedRule>,
}

#[derive(Serialize, ToSchema)]
struct ImportedRule {
    outcome: ImportOutcome,
    id: Option<RuleId>,
    title: Option<String>,
    /// Where it is wrong, in the text as it was sent.
    line: Option<usize>,
    message: Option<String>,
    /// The feature that is not supported, where that is the reason.
    unsupported: Option<String>,
}

vocab::text_enum! {
    pub enum ImportOutcome {
        Created = "created",
        /// A rule with the same id in its text was there, and has the new text now.
        Updated = "updated",
        Refused = "refused",
    }
}

/// Imports Sigma rules. What cannot be taken is told with its line and does not sink its neighbours.
#[utoipa::path(post, path = "/api/v1/rules/import", tag = "rules", request_body = RuleImport, responses(
    (status = 200, body = ImportedRules),
    (status = 404, body = Problem, content_type = "application/problem+json"),
    (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn import_rules(
    permit: Permit<RulesWrite>,
    State(app): State<App>,
    Json(import): Json<RuleImport>,
) -> Result<Json<ImportedRules>> {
    may_change(&permit, import.organization_id)?;
    if import.yaml.contains('\0') {
        return Err(Error::invalid_field("yaml", "holds a NUL"));
    }
    let rules = Rule::parse_many(&import.yaml);
    if rules.is_empty() || rules.len() > MOST_RULES {
        return Err(Error::invalid_field("yaml", format!("holds 1 to {MOST_RULES} rules")));
    }
    let mut tx = permit.begin(&app).await?;
    let mut items = Vec::with_capacity(rules.len());
    for rule in rules {
        items.push(match rule {
            Ok(rule) => take(&mut tx, &permit, &import, &rule).await?,
            Err(fault) => ImportedRule {
                outcome: ImportOutcome::Refused,
                id: None,
                title: None,
                line: Some(fault.line),
                unsupported: fault.unsupported.map(str::to_owned),
                message: Some(fault.message),
            },
        });
    }
    if !import.dry_run {
        tx.commit().await?;
        app.service::<Engine>().refresh_behind(&app).await;
    }
    Ok(Json(ImportedRules { items }))
}

async fn take(
    tx: &mut Tx,
    permit: &Permit<RulesWrite>,
    import: &RuleImport,
    rule: &Rule,
) -> Result<ImportedRule> {
    let known = match &rule.id {
        Some(id) => store::of_sigma_id(tx, import.organization_id, id).await?,
        None => None,
    };
    let (id, outcome) = match known {
        Some(id) => {
            let row = store::find(tx, id).await?;
            store::update(tx, &row, Some(rule), row.version).await?;
            settle(
                tx,
                permit,
                "rule.updated",
                &row,
                json!({ "text": { "from": row.yaml, "to": rule.yaml } }),
            )
            .await?;
            (id, ImportOutcome::Updated)
        }
        None => {
            let id = RuleId::new();
            store::insert(tx, id, import.organization_id, rule, import.is_enabled, permit.user_id()).await?;
            let row = store::find(tx, id).await?;
            settle(tx, permit, "rule.created", &row, json!({ "is_enabled": import.is_enabled })).await?;
            (id, ImportOutcome::Created)
        }
    };
    Ok(ImportedRule {
        outcome,
        id: Some(id).filter(|_| !import.dry_run),
        title: Some(rule.title.clone()),
        line: None,
        message: None,
        unsupported: None,
    })
}
