//! `cibercase certs init|issue|renew|revoke|list`: an authority of one's own, and the certificates of services.

use ::mtls::authority::{Authority, Delivered, Issued, Standing};
use anyhow::Result;
use clap::Subcommand;
use platform::clock::Clock;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::Context;
use crate::database;

#[derive(Subcommand)]
pub enum Command {
    /// Makes the authority, its revocation list and the internal listener's certificate, or what of them is missing.
    Init {
        /// Who the authority is of: part of every service's URI, spiffe://DOMAIN/SERVICE.
        #[arg(long, default_value = "cibercase")]
        trust_domain: String,
        /// A name or an address at which services reach the internal listener; may be said several times.
        #[arg(long = "host", default_values_t = ["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()])]
        hosts: Vec<String>,
        #[arg(long, default_value_t = 90)]
        days: u32,
    },
    /// Issues a certificate to a service; its file holds certificate and key.
    Issue {
        /// The service's id, as in service_identities.yaml.
        name: String,
        /// A name or an address at which it serves others; may be said several times.
        #[arg(long = "host")]
        hosts: Vec<String>,
        #[arg(long, default_value_t = 90)]
        days: u32,
    },
    /// Issues another certificate with the same names; the one before stays good until its end.
    Renew {
        name: String,
        #[arg(long)]
        days: Option<u32>,
    },
    /// Revokes all certificates of a service, or one by its serial number.
    Revoke { name_or_serial: String },
    /// Lists what was issued, the latest first.
    List,
}

pub fn run(context: &Context, command: Command) -> Result<()> {
    let config = context.config()?;
    let (directory, now) = (::mtls::certificates_directory(&config.data_directory), Clock::System.now());
    match command {
        Command::Init { trust_domain, hosts, days } => {
            database::make_data_directory(&config.data_directory)?;
            let authority = Authority::init(&directory, &trust_domain, &hosts, days, now)?;
            let text = format!(
                "The authority of {trust_domain} is in {}. Services trust authority.pem; authority.key stays here.",
                directory.display()
            );
            context.answer(&json!({ "directory": directory, "certificates": listed(&authority, now) }), &text)
        }
        Command::Issue { name, hosts, days } => {
            let delivered = Authority::open(&directory, now)?.issue(&name, &hosts, days, now)?;
            tell(context, &delivered)
        }
        Command::Renew { name, days } => {
            let delivered = Authority::open(&directory, now)?.renew(&name, days, now)?;
            tell(context, &delivered)
        }
        Command::Revoke { name_or_serial } => {
            let revoked = Authority::open(&directory, now)?.revoke(&name_or_serial, now)?;
            let lines = revoked.iter().map(|one| format!("Revoked {} ({})", one.name, one.serial));
            context.answer(&json!({ "revoked": revoked }), &lines.collect::<Vec<_>>().join("\n"))
        }
        Command::List => {
            let authority = Authority::open(&directory, now)?;
            let lines = authority.list().map(|one| line(one, now)).collect::<Vec<_>>();
            context.answer(&json!({ "certificates": listed(&authority, now) }), &lines.join("\n"))
        }
    }
}

fn tell(context: &Context, delivered: &Delivered) -> Result<()> {
    let text = format!(
        "{} ({}) is good until {}: {}",
        delivered.issued.name,
        delivered.issued.uri,
        delivered.issued.expires_at.date(),
        delivered.file.display()
    );
    context.answer(delivered, &text)
}

fn listed(authority: &Authority, now: OffsetDateTime) -> Vec<Value> {
    let with_standing = |one: &Issued| {
        let mut value = serde_json::to_value(one).unwrap_or_default();
        if let Some(members) = value.as_object_mut() {
            members.insert("standing".to_owned(), json!(one.standing(now)));
        }
        value
    };
    authority.list().map(with_standing).collect()
}

fn line(one: &Issued, now: OffsetDateTime) -> String {
    let standing = match one.standing(now) {
        Standing::Good => "good",
        Standing::Late => "RENEW",
        Standing::Expired => "expired",
        Standing::Revoked => "revoked",
    };
    format!("{standing:<8} {:<24} until {} {} {}", one.name, one.expires_at.date(), one.serial, one.uri)
}
