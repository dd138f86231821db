//! FortiSIEM's incidents within log lines: taken as the webhook would take them, or held in quarantine with the reason.

use std::sync::Arc;

use bytes::Bytes;
use intake::{Arrival, Incoming, Intake, Refused};
use platform::{App, Error};
use vocab::OrganizationId;

use crate::PAUSE;
use crate::lines::Line;

/// The incidents of a batch, each with the place among the events where its line stands.
#[derive(Default)]
pub struct Incidents {
    taken: Vec<(usize, Incoming)>,
    pub held: Vec<Held>,
}

/// What of a line could not be taken.
pub struct Held {
    pub at: usize,
    pub arrival: Arc<Arrival>,
    pub refused: Vec<Refused>,
}

impl Incidents {
    /// Reads the incidents of a line. Answers whose its event is: that of its incidents where they agree, else the line's
    /// own `organization`, as it is for what names none.
    pub fn read(
        &mut self,
        app: &App,
        line: &Line<'_>,
        at: usize,
        organization: Option<OrganizationId>,
    ) -> Option<OrganizationId> {
        let arrival = Arc::new(line.arrival(Bytes::copy_from_slice(line.body())));
        let (mut refused, before) = (Vec::new(), self.taken.len());
        for element in intake::read_incidents(app, &arrival, organization) {
            match element {
                Ok(incoming) => self.taken.push((at, *incoming)),
                Err(why) => refused.push(why),
            }
        }
        let mut owners = self.taken.iter().skip(before).map(|(_, incoming)| incoming.organization);
        let first = owners.next().filter(|_| refused.is_empty());
        let agreed = first.filter(|first| owners.all(|other| other == *first));
        if !refused.is_empty() {
            self.held.push(Held { at, arrival, refused });
        }
        agreed.or(organization)
    }

    /// Keeps what was taken, in its order: a clear never overtakes what it clears. Waits for the database as long as it
    /// takes; answers what the database does not take for what it is.
    pub async fn keep(&self, app: &App) -> Vec<Held> {
        let intake = app.service::<Intake>();
        let (mut held, mut rest) = (Vec::new(), self.taken.as_slice());
        while !rest.is_empty() {
            let incoming = rest.iter().map(|(_, incoming)| incoming.clone()).collect();
            let outcomes = intake.keep_list(app, incoming).await;
            let passing = |outcome: &Result<_, Error>| outcome.as_ref().is_err_and(Error::is_passing);
            let done = outcomes.iter().position(passing).unwrap_or(rest.len());
            let (judged, waiting) = rest.split_at(done);
            for ((at, incoming), outcome) in judged.iter().zip(outcomes) {
                match outcome {
                    Ok(answer) => intake.count_alert(incoming.arrival.source.id, &answer),
                    Err(error) => {
                        tracing::error!(?error, "an incident could not be kept");
                        let refused = vec![Refused::not_kept(incoming.raw.clone())];
                        held.push(Held { at: *at, arrival: incoming.arrival.clone(), refused });
                    }
                }
            }
            rest = waiting;
            if !rest.is_empty() {
                tokio::time::sleep(PAUSE).await;
            }
        }
        held
    }
}
