//! CiberCase, one binary: an enum of commands and a match.

mod commands;
mod database;
mod demo;
mod docs;
mod listen;
mod modules;
mod serve;
mod web;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use commands::{audit, certs, doctor, mtls as mutual, organization, policy, secrets, setup, source, user};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// From the alert to the closed ticket: an open security-operations platform.
#[derive(Parser)]
#[command(name = "cibercase", version, about)]
struct Cli {
    /// Where the private database, secrets, attachments and the spool live.
    #[arg(long, global = true)]
    data_dir: Option<PathBuf>,
    /// Answer in JSON, for programs.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the API and the web interface.
    Serve(serve::Options),
    /// Serves with believable data and a live feed of incidents.
    Demo(serve::Options),
    /// Makes secrets and `.env` (mode 0600; an old one is backed up).
    Setup(setup::Options),
    /// Brings the database to this version.
    Migrate,
    /// People.
    #[command(subcommand)]
    User(user::Command),
    /// Organizations.
    #[command(subcommand)]
    Organization(organization::Command),
    /// Senders of alerts.
    #[command(subcommand)]
    Source(source::Command),
    /// The audit log.
    #[command(subcommand)]
    Audit(audit::Command),
    /// What keeps the installation's doors: passwords, sealing and signing keys.
    #[command(subcommand)]
    Secrets(secrets::Command),
    /// An authority of one's own, and certificates of services.
    #[command(subcommand)]
    Certs(certs::Command),
    /// Mutual TLS of services.
    #[command(subcommand)]
    Mtls(mutual::Command),
    /// The policy file.
    #[command(subcommand)]
    Policy(policy::Command),
    /// Checks configuration, database, clock, ports and permissions, and says what to do.
    Doctor,
    /// Prints the API's description (OpenAPI 3.1).
    Openapi,
    /// Prints every route with the permission it asks for.
    Routes,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&anyhow::anyhow!("the runtime does not start: {error}")),
    };
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(error) => fail(&error),
    }
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let context = commands::Context { data_dir: cli.data_dir, is_json: cli.json };
    match cli.command {
        Command::Serve(options) => serve::run(&context, options, serve::Story::None).await?,
        Command::Demo(options) => serve::run(&context, options, serve::Story::Demo).await?,
        Command::Setup(options) => setup::run(&context, &options).await?,
        Command::Migrate => commands::migrate(&context).await?,
        Command::User(command) => user::run(&context, command).await?,
        Command::Organization(command) => organization::run(&context, command).await?,
        Command::Source(command) => source::run(&context, command).await?,
        Command::Audit(command) => return audit::run(&context, command).await,
        Command::Secrets(command) => secrets::run(&context, &command).await?,
        Command::Certs(command) => certs::run(&context, command)?,
        Command::Mtls(command) => return mutual::run(&context, command).await,
        Command::Policy(command) => return policy::run(&context, command).await,
        Command::Doctor => return doctor::run(&context).await,
        Command::Openapi => commands::say(&docs::openapi_json()?),
        Command::Routes => commands::say(&docs::routes_json()?),
    }
    Ok(ExitCode::SUCCESS)
}

fn fail(error: &anyhow::Error) -> ExitCode {
    commands::complain(&format!("cibercase: {error:#}"));
    ExitCode::FAILURE
}
