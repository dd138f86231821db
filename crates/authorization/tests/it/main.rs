//! The policies of a running installation, through HTTP on a real database.

#![expect(clippy::unwrap_used, reason = "a test ends where it goes wrong")]

mod decisions;
mod reloading;

use std::path::PathBuf;
use std::sync::Arc;

use authorization::{PolicyFile, RouteTable};
use platform::clock::Clock;
use platform::stack::assemble;
use tempfile::TempDir;
use testkit::{Setup, TestApp};

const WRITING: &str = "tickets:write";
const PERMISSIONS: [&str; 10] = [
    "authorization:preview",
    "authorization:read",
    "audit:read",
    "keys:rotate",
    "organizations:read",
    "organizations:write",
    "roles:read",
    "tickets:read",
    "users:read",
    "users:write",
];

/// Who asks, somebody to ask about, and somebody who may act on weekday clocks only.
const POLICIES: &str = r#"version: 1
roles:
  boss:
    description: Everything.
    permissions: ["*"]
  reader:
    description: Reads people.
    permissions: [users:read]
  nobody:
    description: Reads roles.
    permissions: [roles:read]
  at_office:
    description: Reads people from the office.
    permissions: [users:read, authorization:read]
    restrictions: {networks: [10.0.0.0/8], organizations: [acme]}
...
"#;

/// A process with a policy file that the test changes.
struct Scene {
    app: TestApp,
    file: Arc<PolicyFile>,
    path: PathBuf,
    _directory: TempDir,
}

impl Scene {
    async fn new() -> Self {
        Self::with(POLICIES, Clock::System).await
    }

    async fn with(policies: &str, clock: Clock) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("policies.yaml");
        std::fs::write(&path, policies).unwrap();
        let mut setup = Setup { policies: policies.to_owned(), clock, ..Setup::default() };
        setup.config.iam_policies_file = path.clone();
        let config = setup.config.clone();
        let table = assemble(vec![authorization::module(), identity::module()]).unwrap().table;
        let mut permissions = PERMISSIONS.to_vec();
        // A wildcard grants what there is, and the process knows what its file names.
        permissions.extend(policies.contains(WRITING).then_some(WRITING));
        let (file, _) = PolicyFile::open(&config, permissions, Clock::System.now()).unwrap();
        let setup = setup.install(|builder| builder.with(file).with(RouteTable(table)));
        let app = TestApp::start_with(vec![authorization::module()], setup).await;
        let file = app.app.service::<PolicyFile>();
        Self { app, file, path, _directory: directory }
    }

    /// Writes the file, and looks at it as the process does every few seconds.
    async fn write(&self, text: &str) -> bool {
        std::fs::write(&self.path, text).unwrap();
        self.file.look(&self.app.app).await.unwrap()
    }
}
