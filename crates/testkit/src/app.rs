//! One running process with its own database.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use identity::{Membership, NewUser};
use platform::app::AppBuilder;
use platform::clock::Clock;
use platform::config::Config;
use platform::db::{Db, Scope};
use platform::jobs::Job;
use platform::routes::RouteEntry;
use platform::secrets::SecretStore;
use platform::stack::{Assembly, assemble, outer};
use platform::{App, Module, live};
use policy::Policies;
use sts::{Clients, SHIPPED_SERVICES};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use vocab::OrganizationId;

use crate::actor::{Actor, test_hash};
use crate::database::Database;
use crate::door::Door;
use crate::forger::Forger;

/// Of one process; the server has a few hundred for all test processes.
const CONNECTIONS: u32 = 10;

/// An organization of a test.
#[derive(Debug, Clone)]
pub struct Organization {
    pub id: OrganizationId,
    pub name: String,
}

/// What a test wants otherwise than usual.
pub struct Setup {
    /// The system's clock, unless a test turns one by hand.
    pub clock: Clock,
    pub config: Config,
    /// The shipped roles, unless a test brings its own file.
    pub policies: String,
    /// The shipped services, which are none, unless a test brings its own file.
    pub services_file: String,
    /// Puts a door in front of the database, so that a test can shut it: [`TestApp::lose_database`].
    pub has_door: bool,
    /// Secrets that are kept before it starts, by name.
    pub secrets: Vec<(String, String)>,
    /// What modules install of their own; see [`Setup::install`].
    pub services: Vec<Box<dyn FnOnce(AppBuilder) -> AppBuilder + Send>>,
}

impl Default for Setup {
    fn default() -> Self {
        let mut config = Config::defaults().expect("the shipped settings are right");
        // Tests ask more in a second than people in a minute.
        config.limits.requests_per_minute = 0;
        config.limits.unknown_requests_per_minute = 0;
        let policies = identity::SHIPPED_POLICIES.to_owned();
        let services_file = SHIPPED_SERVICES.to_owned();
        let (secrets, services) = (Vec::new(), Vec::new());
        Self { clock: Clock::System, config, policies, services_file, has_door: false, secrets, services }
    }
}

impl Setup {
    /// Installs a module's own state, as the program does at its start.
    pub fn install(mut self, install: impl FnOnce(AppBuilder) -> AppBuilder + Send + 'static) -> Self {
        self.services.push(Box::new(install));
        self
    }
}

/// One running process with its own database. Live changes and jobs start only on request.
pub struct TestApp {
    pub app: App,
    /// The API's description, as served.
    pub description: utoipa::openapi::OpenApi,
    /// Every route with its permission.
    pub routes: Vec<RouteEntry>,
    /// Every recurring job, for running by hand.
    pub jobs: Vec<Job>,
    router: Router,
    running: Mutex<Vec<JoinHandle<()>>>,
    policies: String,
    services_file: String,
    data_directory: Arc<TempDir>,
    door: Option<Door>,
    database: Arc<Database>,
}

impl TestApp {
    /// Starts `modules` with identity, token service and live changes beside them.
    pub async fn start(modules: Vec<Module>) -> Self {
        Self::start_with(modules, Setup::default()).await
    }

    /// The same, with a clock that the test turns: `app.clock.advance(...)`.
    pub async fn with_clock(modules: Vec<Module>, clock: Clock) -> Self {
        Self::start_with(modules, Setup { clock, ..Setup::default() }).await
    }

    pub async fn start_with(modules: Vec<Module>, setup: Setup) -> Self {
        let data_directory = tempfile::tempdir().expect("there is room for a data directory");
        Self::open(modules, setup, Arc::new(data_directory), Arc::new(Database::create().await))
    }

    /// A second process on the same database and with the same secrets.
    pub fn another_node(&self, modules: Vec<Module>) -> Self {
        self.another_node_with(modules, Setup::default())
    }

    /// A second process on the same database that lacks the first one's secrets.
    pub fn another_node_with_other_secrets(&self, modules: Vec<Module>) -> Self {
        let directory = Arc::new(tempfile::tempdir().expect("there is room for a data directory"));
        let setup =
            Setup { clock: self.app.clock.clone(), config: self.app.config.clone(), ..Setup::default() };
        Self::open(modules, setup, directory, self.database.clone())
    }

    /// The same, with services of its own; clock, settings and policies stay this process's.
    pub fn another_node_with(&self, modules: Vec<Module>, setup: Setup) -> Self {
        let config = self.app.config.clone();
        self.another_node_configured(modules, Setup { config, ..setup })
    }

    /// The same, with settings of its own too, but for the data directory.
    pub fn another_node_configured(&self, modules: Vec<Module>, setup: Setup) -> Self {
        let setup = Setup {
            clock: self.app.clock.clone(),
            policies: self.policies.clone(),
            services_file: self.services_file.clone(),
            ..setup
        };
        Self::open(modules, setup, self.data_directory.clone(), self.database.clone())
    }

    /// Cuts this process off from its database; what is open breaks off.
    pub fn lose_database(&self) {
        self.door.as_ref().expect("the setup has a door").shut();
    }

    /// The database takes what is asked and never answers.
    pub fn hang_database(&self) {
        self.door.as_ref().expect("the setup has a door").freeze();
    }

    /// Notices a database that hangs, as a running process does.
    pub fn watch_database(&self) {
        let task = platform::pulse::start(&self.app);
        self.running.lock().unwrap_or_else(PoisonError::into_inner).push(task);
    }

    pub fn regain_database(&self) {
        self.door.as_ref().expect("the setup has a door").open_again();
    }

    fn open(
        mut modules: Vec<Module>,
        setup: Setup,
        data_directory: Arc<TempDir>,
        database: Arc<Database>,
    ) -> Self {
        for common in [identity::module(), sts::module(), live::module()] {
            if !modules.iter().any(|module| module.name == common.name) {
                modules.push(common);
            }
        }
        let mut config = setup.config;
        config.data_directory = data_directory.path().to_owned();
        let policies = policies(&setup.policies, &modules);
        let known = named_permissions(&setup.policies);
        let known = known.iter().map(String::as_str).collect::<Vec<_>>();
        let clients = Clients::from_yaml("the services of a test", &setup.services_file, &known)
            .unwrap_or_else(|error| panic!("{error:#}"));
        let secrets = SecretStore::open(data_directory.path()).expect("secrets can be kept");
        for (name, secret) in setup.secrets {
            secrets.get_or_make(&name, || secret).expect("a secret can be kept");
        }
        let door = setup.has_door.then(|| Door::before(&database.url));
        let url = door.as_ref().map_or(database.url.as_str(), |door| &door.url);
        let db = Db::connect_lazy(url, CONNECTIONS).expect("the database's URL is right");
        let builder = App::builder(config.clone(), setup.clock, db);
        let builder =
            identity::install(builder, &config, &secrets, policies, clients).expect("identity installs");
        let builder = setup.services.into_iter().fold(builder, |builder, install| install(builder));
        let app = builder.build().unwrap_or_else(|error| panic!("{error:#}"));
        let Assembly { router, description, table, jobs } =
            assemble(modules).expect("the modules fit together");
        let router = outer(identity::layer(router, &app), &app);
        Self {
            app,
            description,
            routes: table,
            jobs,
            router,
            running: Mutex::default(),
            policies: setup.policies,
            services_file: setup.services_file,
            data_directory,
            door,
            database,
        }
    }

    pub async fn organization(&self, name: &str) -> Organization {
        let slug = name.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let mut tx = self.app.db.begin(Scope::System).await.expect("the database answers");
        let id = identity::insert_organization(&mut tx, name, &slug).await.expect("the organization is new");
        tx.commit().await.expect("the organization is kept");
        identity::organizations_changed(&self.app);
        Organization { id, name: name.to_owned() }
    }

    pub async fn an_analyst_of(&self, organization: &Organization) -> Actor {
        self.someone(&[(Some(organization), "analyst")]).await
    }

    pub async fn a_senior_analyst_of(&self, organization: &Organization) -> Actor {
        self.someone(&[(Some(organization), "senior_analyst")]).await
    }

    pub async fn a_soc_manager_of(&self, organization: &Organization) -> Actor {
        self.someone(&[(Some(organization), "soc_manager")]).await
    }

    pub async fn an_auditor_of(&self, organization: &Organization) -> Actor {
        self.someone(&[(Some(organization), "auditor")]).await
    }

    pub async fn a_viewer_of(&self, organization: &Organization) -> Actor {
        self.someone(&[(Some(organization), "viewer")]).await
    }

    /// Everywhere, in organizations to come too.
    pub async fn an_administrator(&self) -> Actor {
        self.someone(&[(None, "admin")]).await
    }

    /// Somebody who has not signed in.
    pub fn nobody(&self) -> Actor {
        Actor::nobody(self.router.clone())
    }

    /// Somebody with these roles; without an organization, everywhere.
    pub async fn someone(&self, roles: &[(Option<&Organization>, &str)]) -> Actor {
        let memberships = roles
            .iter()
            .map(|(organization, role)| Membership {
                organization_id: organization.map(|organization| organization.id),
                role: (*role).to_owned(),
            })
            .collect();
        let number = next_number();
        let name = roles.first().map_or("someone", |(_, role)| role);
        let new = NewUser {
            email: format!("{name}{number}@example.org"),
            display_name: format!("{name} {number}"),
            password_hash: test_hash(),
            must_change_password: false,
            memberships,
        };
        let mut tx = self.app.db.begin(Scope::System).await.expect("the database answers");
        let user = identity::insert_user(&mut tx, &new).await.expect("the user is new");
        let (session, token) =
            identity::open_browser_session(&self.app, &mut tx, user).await.expect("the session opens");
        tx.commit().await.expect("the user is kept");
        Actor::signed_in(self.router.clone(), user, session, new, token)
    }

    /// Follows live changes and signals from now on, as a running process does.
    pub async fn live(&self) {
        let tasks = [
            live::start(&self.app.live).expect("a thread"),
            identity::start(&self.app),
            sts::start(&self.app),
        ];
        self.running.lock().unwrap_or_else(PoisonError::into_inner).extend(tasks);
        // The position moves once the follower listens.
        while self.app.live.hub.position() == live::Position::default() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Counts requests together with other nodes from now on, where the settings name a Redis.
    pub fn share_limits(&self) {
        let task = platform::limits::start(&self.app);
        self.running.lock().unwrap_or_else(PoisonError::into_inner).push(task);
    }

    /// Waits until Redis is there for this node, or away.
    pub async fn redis_is(&self, there: bool) {
        while self.app.limits.standing().expect("the settings name a Redis").is_there != there {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Serves on a loopback port, for what needs a connection.
    pub async fn serve(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let address = listener.local_addr().expect("a listener has an address");
        let service = self.router.clone().into_make_service_with_connect_info::<SocketAddr>();
        #[expect(clippy::disallowed_methods, reason = "dropping the process ends the task")]
        let task = tokio::spawn(async move {
            axum::serve(listener, service).await.expect("serving goes on");
        });
        self.running.lock().unwrap_or_else(PoisonError::into_inner).push(task);
        address
    }

    /// What answers, all layers included.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Runs a recurring job once, now.
    pub async fn run_job(&self, name: &str) {
        let job = self.jobs.iter().find(|job| job.name == name);
        let job = job.unwrap_or_else(|| panic!("there is no job {name}"));
        if let Err(error) = job.run(&self.app).await {
            panic!("the job {name} fails: {error:?}");
        }
    }

    /// The actions of the audit log, oldest first.
    pub async fn audit_actions(&self) -> Vec<String> {
        let mut tx = self.app.db.read(Scope::System).await.expect("the database answers");
        sqlx::query_scalar!("select action from audit_records order by id")
            .fetch_all(&mut *tx)
            .await
            .expect("the audit log can be read")
    }

    /// Somebody who has stolen the signing key of this installation.
    pub async fn forger(&self) -> Forger {
        self.nobody().get("/sts/jwks").await.expect(200);
        let mut database = self.superuser().await;
        let row = sqlx::query!("select kid, sealed_private_key from signing_keys where phase = 'active'");
        let row = row.fetch_one(&mut database).await.expect("a key signs");
        let secrets = SecretStore::open(self.data_directory.path()).expect("secrets can be read");
        Forger::of(&secrets, &row.kid, &row.sealed_private_key.expect("a key that signs has a private half"))
    }

    /// The database as its superuser sees it, to look behind the API.
    pub async fn superuser(&self) -> sqlx::PgConnection {
        <sqlx::PgConnection as sqlx::Connection>::connect(&self.database.url)
            .await
            .expect("the database answers")
    }
}

impl Deref for TestApp {
    type Target = App;
    fn deref(&self) -> &App {
        &self.app
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        for task in self.running.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            task.abort();
        }
    }
}

/// A number that no two callers get.
pub(crate) fn next_number() -> u32 {
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    NUMBER.fetch_add(1, Ordering::Relaxed)
}

/// Reading a policy file takes a tenth of a second unoptimised: once for each text and set of modules is enough.
fn policies(text: &str, modules: &[Module]) -> Arc<Policies> {
    /// The file's text and the permissions it is read against.
    type Key = (String, Vec<String>);
    static READ: Mutex<BTreeMap<Key, Arc<Policies>>> = Mutex::new(BTreeMap::new());
    // A test starts some modules; the file names the permissions of all.
    let mut permissions: BTreeSet<String> =
        modules.iter().flat_map(|module| module.permissions).map(|name| (*name).to_owned()).collect();
    permissions.extend(named_permissions(text));
    let permissions: Vec<String> = permissions.into_iter().collect();
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    let entry = read.entry((text.to_owned(), permissions));
    let read_now = |(text, permissions): &Key| {
        let known: Vec<&str> = permissions.iter().map(String::as_str).collect();
        match Policies::from_yaml(text, &known) {
            Ok(policies) => Arc::new(policies),
            Err(mistakes) => panic!("the policies are wrong: {mistakes}"),
        }
    };
    entry.or_insert_with_key(read_now).clone()
}

/// What looks like `module:verb` in a policy file.
fn named_permissions(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_lowercase() || c == '_' || c == ':';
    let is_permission = |word: &&str| {
        word.split_once(':')
            .is_some_and(|(module, verb)| !module.is_empty() && !verb.is_empty() && !verb.contains(':'))
    };
    text.lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .flat_map(|line| line.split(|c: char| !is_part(c)))
        .filter(is_permission)
        .map(str::to_owned)
        .collect()
}
