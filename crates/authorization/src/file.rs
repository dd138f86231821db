//! The policy file of a running process: looked at again and again, taken up when it is right, kept out when it is not.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Result;
use identity::{IdentityService, parse_policies};
use platform::audit::{Deed, record};
use platform::config::Config;
use platform::db::Scope;
use platform::{Actor, App};
use policy::{Mistake, Policies};
use serde_json::json;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use tokio::task::JoinHandle;

use crate::model::{MistakeView, PoliciesInForce, RefusedFile};

/// How often the file is looked at.
const LOOK: Duration = Duration::from_secs(5);
/// A file without an end that says so is taken up once it has stayed the same for so long: somebody may still be writing it.
const SETTLED: Duration = Duration::from_secs(30);
/// YAML's end of a document, as the last line. What has it was written to its end.
const END: &str = "...";
/// More than the reader of policies takes: beyond this it says so.
const MOST_BYTES: u64 = (1 << 20) + 1;
/// Mistakes in the audit record of a refused file.
const MOST_RECORDED: usize = 20;

/// The policies in force, and what the file held last.
pub struct PolicyFile {
    /// None for the shipped roles, which never change.
    path: Option<PathBuf>,
    permissions: Vec<&'static str>,
    state: Mutex<State>,
}

struct State {
    text: Arc<str>,
    sha256: String,
    taken_at: OffsetDateTime,
    refused: Option<RefusedFile>,
    /// The hash of what is neither in force nor refused yet, and when it was first there.
    settling: Option<(String, OffsetDateTime)>,
}

/// What the file held at one look.
struct Found {
    sha256: String,
    read: Result<(String, Policies), Vec<Mistake>>,
}

impl PolicyFile {
    /// Reads the file of the settings; fails as [`identity::read_policies`] does.
    pub fn open(
        config: &Config,
        permissions: Vec<&'static str>,
        now: OffsetDateTime,
    ) -> Result<(Self, Policies)> {
        let path = Some(config.iam_policies_file.clone()).filter(|path| !path.as_os_str().is_empty());
        let (policies, text) = identity::read_policies_and_text(config, &permissions)?;
        let state =
            State { sha256: hash(&text), text: text.into(), taken_at: now, refused: None, settling: None };
        Ok((Self { path, permissions, state: Mutex::new(state) }, policies))
    }

    /// Looks at the file once; true when what it says is in force from now on.
    pub async fn look(self: &Arc<Self>, app: &App) -> platform::Result<bool> {
        let Some(path) = self.path.clone() else { return Ok(false) };
        let (file, now) = (self.clone(), app.clock.now());
        let found =
            tokio::task::spawn_blocking(move || file.find(&path, now)).await.map_err(anyhow::Error::from)?;
        let Some(found) = found else { return Ok(false) };
        match found.read {
            Ok((text, policies)) => {
                self.take(app, found.sha256, text, policies).await?;
                Ok(true)
            }
            Err(mistakes) => {
                self.refuse(app, found.sha256, &mistakes).await?;
                Ok(false)
            }
        }
    }

    /// What is in force here, and what is not taken up.
    pub fn in_force(&self) -> PoliciesInForce {
        let state = self.lock();
        PoliciesInForce {
            file: self.name(),
            sha256: state.sha256.clone(),
            taken_at: state.taken_at,
            text: state.text.to_string(),
            refused: state.refused.clone(),
        }
    }

    /// Every permission that some module asks for.
    pub fn permissions(&self) -> &[&'static str] {
        &self.permissions
    }

    fn name(&self) -> Option<String> {
        self.path.as_ref().map(|path| path.display().to_string())
    }

    /// Reads the file; none when it is as it was at the last look, or may still be written.
    fn find(&self, path: &Path, now: OffsetDateTime) -> Option<Found> {
        let text = read(path);
        let sha256 =
            text.as_ref().map_or_else(|error| hash(&format!("unreadable: {error}")), |text| hash(text));
        let is_cut_off = {
            let mut state = self.lock();
            if sha256 == state.sha256 {
                // Somebody put back what is in force.
                (state.refused, state.settling) = (None, None);
                return None;
            }
            if state.refused.as_ref().is_some_and(|refused| refused.sha256 == sha256) {
                return None;
            }
            let is_open_ended = text.as_ref().is_ok_and(|text| !has_end(text));
            if is_open_ended && !state.has_settled(&sha256, now) {
                return None;
            }
            is_open_ended && has_end(&state.text)
        };
        let read = match text {
            Ok(_) if is_cut_off => Err(vec![MistakeView::of_file(format!(
                "the last line is not `{END}`, as in the file in force: it may be cut off"
            ))]),
            Ok(text) => parse_policies(&text, &self.permissions).map(|policies| (text, policies)),
            Err(error) => Err(vec![MistakeView::of_file(format!("the file cannot be read: {error}"))]),
        };
        Some(Found { sha256, read })
    }

    /// What has no record is not in force: the next look tries again.
    async fn take(
        &self,
        app: &App,
        sha256: String,
        text: String,
        policies: Policies,
    ) -> platform::Result<()> {
        let before = self.lock().sha256.clone();
        let old = app.service::<IdentityService>().policies();
        let difference = policy::diff(&old, &policies);
        let detail = json!({
            "sha256": sha256,
            "before": before,
            "gained": difference.gained.len(),
            "lost": difference.lost.len(),
        });
        self.record(app, "policies.reloaded", detail).await?;
        crate::decisions::flush(app).await;
        app.service::<IdentityService>().replace_policies(app, Arc::new(policies));
        *self.lock() =
            State { text: text.into(), sha256, taken_at: app.clock.now(), refused: None, settling: None };
        Ok(())
    }

    async fn refuse(&self, app: &App, sha256: String, mistakes: &[Mistake]) -> platform::Result<()> {
        let shown = mistakes.iter().take(MOST_RECORDED).map(Mistake::to_string).collect::<Vec<_>>();
        let detail = json!({ "sha256": sha256, "mistakes": shown });
        self.record(app, "policies.refused", detail).await?;
        tracing::error!(file = self.name(), mistakes = ?shown, "a changed policy file is not taken up; what was stays");
        let mistakes = mistakes.iter().map(MistakeView::from).collect();
        self.lock().refused = Some(RefusedFile { sha256, at: app.clock.now(), mistakes });
        Ok(())
    }

    async fn record(
        &self,
        app: &App,
        action: &'static str,
        detail: serde_json::Value,
    ) -> platform::Result<()> {
        let name = self.name().unwrap_or_default();
        let mut deed = Deed::new(action, "policy_file", uuid::Uuid::nil()).called(&name).with(detail);
        deed.object_id = None;
        let mut tx = app.db.begin(Scope::System).await?;
        record(&mut tx, &Actor::system(), deed).await?;
        tx.commit().await?;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether the file has been what it is for long enough.
    fn has_settled(&mut self, sha256: &str, now: OffsetDateTime) -> bool {
        match &self.settling {
            Some((known, since)) if known == sha256 => now - *since >= SETTLED,
            _ => {
                self.settling = Some((sha256.to_owned(), now));
                false
            }
        }
    }
}

/// Whether the last line says that it is the last.
fn has_end(text: &str) -> bool {
    text.trim_end().lines().next_back() == Some(END)
}

/// Looks at the file for as long as the process runs.
pub fn follow(app: &App) -> JoinHandle<()> {
    let (app, file) = (app.clone(), app.service::<PolicyFile>());
    #[expect(clippy::disallowed_methods, reason = "the caller owns the handle")]
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(LOOK).await;
            match file.look(&app).await {
                Ok(true) => tracing::info!(sha256 = file.lock().sha256, "a changed policy file is in force"),
                Ok(false) => {}
                Err(error) => tracing::warn!(?error, "a changed policy file waits for its record"),
            }
        }
    })
}

fn read(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(MOST_BYTES).read_to_string(&mut text)?;
    Ok(text)
}

/// In hexadecimal, as `sha256sum` says it.
pub fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
