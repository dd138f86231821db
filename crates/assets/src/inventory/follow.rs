//! Keeping the table of this process as new as the database, whichever node changed it.

use std::collections::BTreeSet;
use std::time::Duration;

use platform::live::Signal;
use platform::{App, Result};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;
use vocab::OrganizationId;

use super::Inventory;

/// The topic of signals between nodes; the text is the organization's id.
pub(crate) const TOPIC: &str = "assets";
/// How long a lost signal can leave a table old.
const COMPARE: Duration = Duration::from_secs(30);
const RETRY: Duration = Duration::from_secs(1);

/// What is to be compared with the database.
#[derive(Debug, Default, PartialEq, Eq)]
struct Stale {
    organizations: BTreeSet<OrganizationId>,
    everything: bool,
}

/// Starts following; the task ends when its handle is aborted. Needs the service [`Inventory`].
pub fn follow(app: &App) -> JoinHandle<()> {
    let mut signals = app.live.watch();
    let app = app.clone();
    #[expect(clippy::disallowed_methods, reason = "the caller owns the handle")]
    tokio::spawn(async move {
        let inventory = app.service::<Inventory>();
        let mut compare = tokio::time::interval(COMPARE);
        compare.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let stale = tokio::select! {
                first = signals.recv() => match heard(first, &mut signals) {
                    Some(stale) => stale,
                    None => return,
                },
                _ = compare.tick() => Stale { everything: true, ..Stale::default() },
            };
            if let Err(error) = catch_up(&app, &inventory, stale).await {
                tracing::warn!(?error, "the assets in memory may be old; trying again");
                compare.reset_after(RETRY);
            }
        }
    })
}

async fn catch_up(app: &App, inventory: &Inventory, stale: Stale) -> Result<()> {
    if stale.everything {
        return inventory.heal(&app.db).await;
    }
    if stale.organizations.is_empty() {
        return Ok(());
    }
    let organizations = stale.organizations.into_iter().collect::<Vec<_>>();
    inventory.heal_some(&app.db, &organizations).await
}

/// Takes the signal and all that wait behind it, so that a burst of changes is read once. None: the process ends.
fn heard(first: Result<Signal, RecvError>, signals: &mut Receiver<Signal>) -> Option<Stale> {
    let mut stale = Stale::default();
    match first {
        Ok(signal) => stale.add(signal),
        Err(RecvError::Lagged(_)) => stale.everything = true,
        Err(RecvError::Closed) => return None,
    }
    loop {
        match signals.try_recv() {
            Ok(signal) => stale.add(signal),
            Err(TryRecvError::Lagged(_)) => stale.everything = true,
            Err(TryRecvError::Empty | TryRecvError::Closed) => return Some(stale),
        }
    }
}

impl Stale {
    fn add(&mut self, signal: Signal) {
        match signal {
            Signal::Lost => self.everything = true,
            Signal::Sent { topic, text } if topic == TOPIC => match text.parse() {
                Ok(organization) => {
                    self.organizations.insert(organization);
                }
                Err(_) => self.everything = true,
            },
            Signal::Sent { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::broadcast;
    use vocab::OrganizationId;

    use super::{Stale, heard};
    use platform::live::Signal;

    fn sent(topic: &str, text: &str) -> Signal {
        Signal::Sent { topic: topic.to_owned(), text: text.to_owned() }
    }

    fn hear(signals: Vec<Signal>) -> Option<Stale> {
        let (sender, mut receiver) = broadcast::channel(16);
        let mut signals = signals.into_iter();
        let first = signals.next().ok_or(broadcast::error::RecvError::Closed);
        for signal in signals {
            let _ = sender.send(signal);
        }
        heard(first, &mut receiver)
    }

    #[test]
    fn a_burst_of_signals_is_one_comparison_of_the_organizations_named() {
        let (one, two) = (OrganizationId::new(), OrganizationId::new());
        let stale = hear(vec![
            sent("assets", &one.to_string()),
            sent("sessions", "x"),
            sent("assets", &two.to_string()),
            sent("assets", &one.to_string()),
        ]);
        assert_eq!(stale, Some(Stale { organizations: [one, two].into(), everything: false }));
    }

    #[test]
    fn after_a_lost_signal_or_one_that_cannot_be_read_everything_is_compared() {
        for signal in [Signal::Lost, sent("assets", "not an id")] {
            assert_eq!(hear(vec![signal]), Some(Stale { everything: true, ..Stale::default() }));
        }
    }

    #[test]
    fn following_ends_with_the_process() {
        assert_eq!(hear(vec![]), None);
    }
}
