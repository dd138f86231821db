//! Load for CiberCase: what `make bench` runs, and its parts one by one.
//!
//! Everything goes through the product's own doors: incidents through the webhook, assets through the CSV import, lists
//! as a signed-in analyst under row-level security. Figures are printed, never asserted.

mod client;
mod fanout;
mod firewall;
mod incidents;
mod keys;
mod lists;
mod load;
mod peers;
mod report;
mod server;
mod syslog;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

#[derive(Parser)]
#[command(about = "Load for CiberCase")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Starts a server of its own and measures everything.
    Bench {
        /// The release binary.
        #[arg(long, default_value = "target/release/cibercase")]
        binary: PathBuf,
        /// Tickets at which lists and searches are measured.
        #[arg(long, value_delimiter = ',', default_value = "10000,100000,1000000")]
        tickets: Vec<u64>,
        /// Seconds of each load.
        #[arg(long, default_value_t = 10)]
        seconds: u64,
        /// Live clients.
        #[arg(long, default_value_t = 1000)]
        clients: usize,
    },
    /// Posts distinct incidents to a running server.
    Incidents {
        #[arg(long, default_value = "127.0.0.1:8080")]
        server: String,
        #[arg(long)]
        token: String,
        #[arg(long, default_value_t = 16)]
        connections: usize,
        #[arg(long, default_value_t = 10)]
        seconds: u64,
        /// The same incident again and again.
        #[arg(long)]
        repeat: bool,
    },
    /// Starts a server of its own and sends it FortiGate lines.
    Syslog {
        #[arg(long, default_value = "target/release/cibercase")]
        binary: PathBuf,
        #[arg(long, value_enum, value_delimiter = ',', default_value = "udp")]
        transport: Vec<syslog::Transport>,
        /// Lines a second; as fast as they are taken without it.
        #[arg(long)]
        rate: Option<u64>,
        #[arg(long, default_value_t = 60)]
        seconds: u64,
    },
    /// Starts two servers on one database and changes the signing keys three times while both are asked.
    Keys {
        #[arg(long, default_value = "target/release/cibercase")]
        binary: PathBuf,
        #[arg(long, default_value_t = 60)]
        seconds: u64,
    },
    /// What rsyslog and syslog-ng spend on the same lines, where they are installed.
    Peers {
        #[arg(long, default_value_t = 200_000)]
        lines: u64,
    },
}

#[tokio::main]
async fn main() -> Result<()> {
    // A live client is a descriptor, and an ordinary user begins with 1,024.
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most)?;
    match Cli::parse().command {
        Command::Bench { binary, tickets, seconds, clients } => {
            report::bench(&binary, &tickets, seconds, clients).await
        }
        Command::Incidents { server, token, connections, seconds, repeat } => {
            let plan = incidents::Plan { token, is_repeat: repeat, first: incidents::fresh_number() };
            let outcome = incidents::run(&server, &plan, connections, load::Until::seconds(seconds)).await?;
            report::line("incidents", &outcome);
            Ok(())
        }
        Command::Syslog { binary, transport, rate, seconds } => {
            let streams = transport.into_iter().map(|transport| syslog::Stream { transport, rate, seconds });
            report::syslog(&binary, &streams.collect::<Vec<_>>()).await
        }
        Command::Keys { binary, seconds } => keys::run(&binary, seconds).await,
        Command::Peers { lines } => peers::compare(lines).await,
    }
}
