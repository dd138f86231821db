//! The live feed: an incident every few seconds, through the same intake as any sender's.

use std::time::Duration;

use intake::Registry;
use platform::App;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::task::JoinSet;

use super::story::{COMPANIES, happen};

/// Sends incidents until the set is dropped. One in five fires again; one in twenty is cleared by the source.
pub fn start(app: &App, token: String, running: &mut JoinSet<()>) {
    let app = app.clone();
    #[expect(clippy::disallowed_methods, reason = "the set owns the task")]
    running.spawn(async move {
        let mut random = StdRng::from_os_rng();
        let mut number = u64::try_from(app.clock.now().unix_timestamp()).unwrap_or(1) * 10;
        let mut last = None::<String>;
        loop {
            tokio::time::sleep(Duration::from_millis(random.random_range(2_000..9_000))).await;
            number += 1;
            let fresh =
                happen(&COMPANIES[random.random_range(0..COMPANIES.len())], number, &mut random).to_xml();
            let body = match (&last, random.random_range(0..20)) {
                (Some(last), 0..4) => last.replace("repeatCount=\"", "repeatCount=\"1"),
                (Some(last), 4) => last.replace("status=\"0\"", "status=\"Cleared\""),
                _ => fresh.clone(),
            };
            last = Some(fresh);
            let Some(source) = app.service::<Registry>().find(&token) else { continue };
            if let Err(error) = intake::deliver_to_self(&app, source, body).await {
                tracing::debug!(?error, "the feed's incident was not taken");
            }
        }
    });
}
