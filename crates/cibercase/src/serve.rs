//! `cibercase serve`: settings, database, modules, background work, the listener, and the way back down.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use assets::{Inventory, OpenTickets};
use authorization::{PolicyFile, RouteTable};
use clap::Args;
use futures_util::FutureExt;
use intake::{Intake, Registry};
use platform::clock::Clock;
use platform::config::Config;
use platform::secrets::SecretStore;
use platform::stack::{Assembly, assemble, outer};
use platform::{App, Error, jobs, limits, live, pulse, telemetry};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::{JoinHandle, JoinSet};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

use crate::commands::{Context, complain, say};
use crate::database::Ready;
use crate::listen::Speaks;
use crate::{database, demo, docs, listen, modules, web};

/// Renamed as soon as somebody cares.
const FIRST_ORGANIZATION: &str = "CiberCase";
/// How long the end waits for the background.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Args)]
pub struct Options {
    /// What this process does: api, ingest, worker; several comma separated.
    #[arg(long, value_delimiter = ',')]
    roles: Vec<String>,
    /// ADDRESS:PORT
    #[arg(long)]
    listen: Option<String>,
}

/// Whether the process begins with a story of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Story {
    None,
    Demo,
}

pub async fn run(context: &Context, options: Options, story: Story) -> Result<()> {
    let mut config = context.config()?;
    config.listen = options.listen.unwrap_or(config.listen);
    if !options.roles.is_empty() {
        config.roles = options.roles;
    }
    check_roles(&config)?;
    database::make_data_directory(&config.data_directory)?;
    let _logging = telemetry::start(&config);
    listen::raise_descriptor_limit();
    listen::outlive_file_size_limit();
    let secrets = secrets::open(&config)?;
    // A file with a mistake ends the start before anything is opened.
    identity::read_policies(&config, &modules::permissions())?;
    let tls = speaks_tls(&config)?;
    let inside = internal_listener(&config).await?;
    let listener = listen::bind(&config.listen).await?;
    let ready = database::open(&config, &secrets).await?;
    let app = build(&config, &secrets, &ready)?;
    greet(&app, &config).await?;
    let (router, recurring) = assemble_router(&app)?;
    let mut running = start(&app, recurring).await?;
    let collecting = match app.config.has_role("ingest") {
        true => Some(collector::start(&app).await.map_err(crate::commands::told)?),
        false => None,
    };
    // Its first look is at what listens by now.
    running.tasks.push(monitoring::start(&app));
    if story == Story::Demo {
        let token = demo::prepare(&app, &secrets).await?;
        running.sets.push(demo::start(&app, token));
        say(&format!("Sign in as lucia.ferrer@demo.example (everybody's password is {}).", demo::PASSWORD));
    }
    for tls in tls.iter().chain(inside.iter().map(|(_, tls)| tls)) {
        #[expect(clippy::disallowed_methods, reason = "the background owns the task")]
        running.tasks.push(tokio::spawn(tls.clone().follow()));
    }
    let stop = stop(&app).shared();
    let services = async {
        let Some((listener, tls)) = inside else { return Ok(()) };
        let mode = if mtls::is_strict(&config) { "strict" } else { "permissive" };
        say(&format!("Services are awaited at https://{} ({mode} mutual TLS)", listener.local_addr()?));
        listen::serve(listener, router.clone(), Speaks::Mutual(tls), stop.clone()).await;
        Ok::<_, anyhow::Error>(())
    };
    let everybody = async {
        let scheme = if tls.is_some() { "https" } else { "http" };
        say(&format!("CiberCase is at {scheme}://{}", listener.local_addr()?));
        listen::serve(listener, router.clone(), tls.map_or(Speaks::Plain, Speaks::Tls), stop.clone()).await;
        Ok::<_, anyhow::Error>(())
    };
    tokio::try_join!(services, everybody)?;
    if let Some(collecting) = collecting {
        collecting.stop().await;
    }
    running.end().await;
    if !matches!(tokio::time::timeout(PATIENCE, rotation::leave(&app)).await, Ok(Ok(()))) {
        tracing::debug!("the others are not told that this process uses no secret any more");
    }
    app.db.close().await;
    if let Some(cluster) = ready.cluster {
        tokio::task::spawn_blocking(move || cluster.stop()).await??;
    }
    Ok(())
}

/// Where services show certificates, if they do.
async fn internal_listener(config: &Config) -> Result<Option<(TcpListener, Arc<tls::Server>)>> {
    if !config.mtls.enabled {
        return Ok(None);
    }
    let server = tls::Server::open(mtls::files(config))
        .context("mtls: `cibercase certs init` makes an authority and certificates of its own")?;
    Ok(Some((listen::bind(&config.mtls.listen).await?, server)))
}

/// What the program itself speaks TLS with, if it does.
fn speaks_tls(config: &Config) -> Result<Option<Arc<tls::Server>>> {
    if !config.speaks_tls() {
        return Ok(None);
    }
    let files = tls::Files {
        certificate: config.tls.certificate_file.clone(),
        key: config.tls.key_file.clone(),
        clients: tls::Clients::Nobody,
        revocations: None,
        protocols: &["h2", "http/1.1"],
    };
    Ok(Some(tls::Server::open(files)?))
}

fn check_roles(config: &Config) -> Result<()> {
    for role in &config.roles {
        anyhow::ensure!(
            matches!(role.as_str(), "api" | "ingest" | "worker"),
            "there is no role {role:?}: api, ingest and worker are"
        );
    }
    Ok(())
}

/// The process's state: every module's services installed.
pub fn build(config: &Config, secrets: &SecretStore, ready: &Ready) -> Result<App> {
    let (file, policies) = PolicyFile::open(config, modules::permissions(), Clock::System.now())?;
    let builder = App::builder(config.clone(), Clock::System, ready.db.clone());
    let clients = sts::Clients::read(config, &modules::permissions())?;
    let builder = identity::install(builder, config, secrets, Arc::new(policies), clients)?;
    let builder = builder.with(file).with(RouteTable(assemble(modules::all())?.table));
    let builder = audit::install(builder, secrets)?;
    let builder = rotation::install(builder, secrets, ready.passwords.clone());
    let open_tickets = OpenTickets::counted_by(|tx, asset| {
        Box::pin(async move { Ok(tickets::open_of_asset(tx, asset.organization_id, asset.id).await?) })
    });
    let builder = builder.with(open_tickets);
    let builder = builder
        .with(Inventory::default())
        .with(rules::Engine::default())
        .with(collector::Collector::default())
        .with(monitoring::Watch::default())
        .with(monitoring::Requests::default());
    builder.with(Registry::default()).with(Intake::open(config)?).build()
}

/// Makes the first administrator, and says the password once.
async fn greet(app: &App, config: &Config) -> Result<()> {
    let preset = platform::config::admin_password();
    let first = identity::ensure_first_administrator(app, preset, FIRST_ORGANIZATION)
        .await
        .map_err(crate::commands::told)?;
    if let Some(first) = first {
        say(&format!("First administrator: {}", first.email));
        match first.generated_password {
            Some(password) => {
                say(&format!("Password (shown this once, to be changed at the first sign-in): {password}"))
            }
            None => say("Password: the one preset in CIBERCASE_ADMIN_PASSWORD"),
        }
    }
    let is_local = config.listen.starts_with("127.")
        || config.listen.starts_with("localhost")
        || config.listen.starts_with("[::1]");
    if !is_local && !config.is_https() {
        complain(
            "Warning: listening beyond this machine without TLS; set tls.certificate_file, or put a proxy with TLS in front and set public_url.",
        );
    }
    Ok(())
}

/// Everything that answers: the API, its documentation, the web interface.
fn assemble_router(app: &App) -> Result<(axum::Router, Vec<jobs::Job>)> {
    let Assembly { router, description, .. } = assemble(modules::of_roles(&app.config))?;
    // Background work is the worker's, whatever else the process serves.
    let Assembly { jobs, .. } = assemble(modules::all())?;
    let mut router = router.merge(web::health());
    router = if app.config.has_role("api") {
        router.merge(docs::router(docs::complete(description))?).fallback(web::serve)
    } else {
        router.fallback(|| async { Error::not_found() })
    };
    let compression = CompressionLayer::new().quality(CompressionLevel::Fastest);
    let router = monitoring::measure(outer(identity::layer(router, app), app), app).layer(compression);
    Ok((router, jobs))
}

/// Starts what runs beside requests.
async fn start(app: &App, recurring: Vec<jobs::Job>) -> Result<Background> {
    jobs::partitions(app).await.map_err(crate::commands::told)?;
    // Keys that cannot be used are told now and not to the first who needs them.
    app.service::<sts::Sts>().tokens(app).await.map_err(crate::commands::told)?;
    app.service::<Inventory>().heal(&app.db).await.map_err(crate::commands::told)?;
    app.service::<Registry>().refresh(app).await.map_err(crate::commands::told)?;
    app.service::<rules::Engine>().refresh(app).await.map_err(crate::commands::told)?;
    let mut running = Background::default();
    running.tasks.extend([
        pulse::start(app),
        live::start(&app.live).map_err(crate::commands::told)?,
        limits::start(app),
        identity::start(app),
        sts::start(app),
        rotation::start(app),
        assets::follow(app),
    ]);
    running.tasks.extend(authorization::start(app));
    running.sets.push(rules::start(app));
    running.sets.push(intake::start(app).await.map_err(crate::commands::told)?);
    if app.config.has_role("worker") {
        let all = jobs::housekeeping().into_iter().chain(recurring).collect();
        running.sets.push(jobs::start(app, all).map_err(crate::commands::told)?);
    }
    Ok(running)
}

/// What runs beside requests.
#[derive(Default)]
struct Background {
    tasks: Vec<JoinHandle<()>>,
    sets: Vec<JoinSet<()>>,
}

impl Background {
    /// Stops all of it, and waits until nothing of it asks the database any more.
    async fn end(mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
        self.sets.iter_mut().for_each(JoinSet::abort_all);
        let all = async {
            for task in &mut self.tasks {
                let _ = task.await;
            }
            for set in &mut self.sets {
                while set.join_next().await.is_some() {}
            }
        };
        if tokio::time::timeout(PATIENCE, all).await.is_err() {
            tracing::warn!("not everything in the background has ended");
        }
    }
}

/// Waits for SIGTERM or SIGINT, then lets live connections go so that browsers come back elsewhere.
async fn stop(app: &App) {
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    app.live.hub.end_all();
}
