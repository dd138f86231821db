//! `cibercase mtls readiness`: when strict mutual TLS is safe.

use std::process::ExitCode;

use ::mtls::{Readiness, ServiceReadiness, ServiceState};
use anyhow::Result;
use clap::Subcommand;
use platform::db::Scope;

use super::Context;

#[derive(Subcommand)]
pub enum Command {
    /// Says whether strict would refuse anybody who is let in now; fails while it would, or nobody knows.
    Readiness {
        /// How far back to look.
        #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(i64).range(1..=90))]
        days: i64,
    },
}

pub async fn run(context: &Context, command: Command) -> Result<ExitCode> {
    let Command::Readiness { days } = command;
    let (app, _ready) = super::app(context).await?;
    let mut tx = app.db.read(Scope::System).await?;
    let readiness = ::mtls::readiness(&app, &mut tx, days).await.map_err(super::told)?;
    drop(tx);
    context.answer(&readiness, &text(&readiness))?;
    app.db.close().await;
    Ok(if readiness.is_strict_safe { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn text(readiness: &Readiness) -> String {
    let mut lines = vec![match readiness.is_strict_safe {
        true => format!("Strict is safe: in {} days it would have refused nobody.", readiness.days),
        false => format!("Strict is not known to be safe: {}.", readiness.reasons.join(", ")),
    }];
    if let Some(since) = readiness.watched_since {
        lines.push(format!("Arrivals are noted since {}.", since.date()));
    }
    lines.extend(readiness.services.iter().flat_map(lines_of));
    lines.join("\n")
}

fn lines_of(service: &ServiceReadiness) -> Vec<String> {
    let mark = if service.state == ServiceState::Ready { "ok " } else { "BAD" };
    let mut lines = vec![format!("{mark} {:<24} {}", service.service, service.state)];
    lines.extend(service.refusals.iter().map(|one| {
        let address = one.address.as_deref().unwrap_or("further addresses");
        format!("      {} from {address}, {} times, last {}", one.arrival, one.times, one.last_seen_at)
    }));
    lines
}
