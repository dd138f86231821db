//! The period of a search in slices, each as large as the minutes' counts and the one before say that is cheap.

use std::time::{Duration, Instant};

use platform::{Result, Tx, ids};
use sqlx::{Postgres, QueryBuilder};
use time::OffsetDateTime;
use vocab::OrganizationId;

use super::ids;
use crate::filter::Filter;

/// Events that the first slice looks at; the next ones grow while an index makes them cheap.
const FIRST_SLICE: i64 = 50_000;
/// What the next slice should take, going by the last one.
const SLICE: Duration = Duration::from_millis(400);
/// After this long no further slice is begun.
const PATIENCE: Duration = Duration::from_millis(2500);

/// The period of a search in slices, newest first.
pub struct Slices {
    /// Where each stretch with events begins, newest first, and how many: minutes, and parts of busy ones.
    stretches: Vec<(OffsetDateTime, i64)>,
    next: usize,
    from: OffsetDateTime,
    to: OffsetDateTime,
    size: i64,
    started: Instant,
    slice_started: Instant,
    /// Where the present slice began: how many stretches were behind, and from where it goes back.
    before: (usize, OffsetDateTime),
}

impl Slices {
    pub async fn of(tx: &mut Tx, organizations: &[OrganizationId], filter: &Filter) -> Result<Self> {
        let to = filter
            .before
            .map_or(filter.to, |id| filter.to.min(ids::occurred_at(id) + time::Duration::milliseconds(1)));
        let mut query = QueryBuilder::<Postgres>::new(
            "select minute, sum(total)::bigint from event_minutes where organization_id = any(",
        );
        query
            .push_bind(ids(organizations))
            .push(") and minute >= date_trunc('minute', ")
            .push_bind(filter.from);
        query.push(") and minute < ").push_bind(to);
        if let Some(source) = filter.source {
            query.push(" and source_id = ").push_bind(source);
        }
        if !filter.severities.is_empty() {
            query.push(" and severity = any(").push_bind(filter.severities.clone()).push(")");
        }
        query.push(" group by minute order by minute desc");
        let minutes = query.build_query_as::<(OffsetDateTime, i64)>().fetch_all(&mut **tx).await?;
        let stretches = minutes.into_iter().flat_map(parts).collect();
        Ok(Self::over(stretches, filter.from, to))
    }

    fn over(stretches: Vec<(OffsetDateTime, i64)>, from: OffsetDateTime, to: OffsetDateTime) -> Self {
        let started = Instant::now();
        let before = (0, to);
        Self { stretches, next: 0, from, to, size: FIRST_SLICE, started, slice_started: started, before }
    }

    pub fn next(&mut self) -> Option<(OffsetDateTime, OffsetDateTime)> {
        // Of a slice that was given back the time says nothing.
        if self.next > self.before.0 {
            let took = self.slice_started.elapsed().as_millis().max(1);
            let fitting = i128::from(self.size) * SLICE.as_millis() as i128 / took as i128;
            let most = self.size.saturating_mul(4);
            self.size = i64::try_from(fitting).unwrap_or(most).clamp(1, most);
        }
        self.before = (self.next, self.to);
        let rest = self.stretches.get(self.next..).filter(|rest| !rest.is_empty())?;
        let mut events = 0;
        let taken = rest.iter().take_while(|(_, total)| {
            let fits = events < self.size;
            events += total;
            fits
        });
        self.next += taken.count();
        let (oldest, _) = self.stretches.get(self.next - 1)?;
        let slice = (self.from.max(*oldest), self.to);
        self.to = slice.0;
        let now = Instant::now();
        self.slice_started = now;
        Some(slice)
    }

    /// Before the statement of a slice: lines that came all at once make one much larger than was thought.
    pub async fn begin(&self, tx: &mut Tx) -> Result<()> {
        let bound = match self.is_divisible() {
            true => format!("savepoint slice; set local statement_timeout = {}", PATIENCE.as_millis()),
            false => "set local statement_timeout to default".to_owned(),
        };
        sqlx::raw_sql(sqlx::AssertSqlSafe(bound)).execute(&mut **tx).await?;
        Ok(())
    }

    /// What the statement found; none when it took too long, and a smaller slice comes next.
    pub async fn finish<T>(&mut self, tx: &mut Tx, found: Result<T, sqlx::Error>) -> Result<Option<T>> {
        let is_canceled = |error: &sqlx::Error| {
            error.as_database_error().is_some_and(|error| error.code().as_deref() == Some("57014"))
        };
        match found {
            Err(error) if self.is_divisible() && is_canceled(&error) => {
                sqlx::raw_sql("rollback to savepoint slice").execute(&mut **tx).await?;
                self.give_back();
                Ok(None)
            }
            found => Ok(Some(found?)),
        }
    }

    fn is_divisible(&self) -> bool {
        self.next - self.before.0 > 1
    }

    /// Takes the present slice again, stretch by stretch.
    fn give_back(&mut self) {
        (self.next, self.to) = self.before;
        self.size = 1;
    }

    pub fn is_patience_over(&self) -> bool {
        self.next < self.stretches.len() && self.started.elapsed() > PATIENCE
    }

    /// Everything since then was looked at.
    pub fn reached(&self) -> Option<OffsetDateTime> {
        Some(self.to)
    }
}

/// A minute in parts that a first slice can hold, newest first.
fn parts((minute, total): (OffsetDateTime, i64)) -> impl Iterator<Item = (OffsetDateTime, i64)> {
    let count = (total / FIRST_SLICE).clamp(1, 600);
    let width = 60_000 / count;
    (0..count).rev().map(move |part| (minute + time::Duration::milliseconds(width * part), total / count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(second)
    }

    #[test]
    fn a_minute_is_as_many_parts_as_first_slices_fit_into_it_the_newest_first() {
        assert_eq!(parts((at(60), 7)).collect::<Vec<_>>(), [(at(60), 7)]);
        let busy = parts((at(60), 3 * FIRST_SLICE)).collect::<Vec<_>>();
        assert_eq!(busy, [(at(100), FIRST_SLICE), (at(80), FIRST_SLICE), (at(60), FIRST_SLICE)]);
    }

    #[test]
    fn a_slice_that_is_given_back_comes_again_stretch_by_stretch_and_nothing_is_left_out() {
        let stretches = [(at(40), 10), (at(20), 10), (at(0), 10)];
        let mut slices = Slices::over(stretches.to_vec(), at(0), at(60));
        assert_eq!(slices.next(), Some((at(0), at(60))));
        assert!(slices.is_divisible());
        slices.give_back();
        assert_eq!(slices.next(), Some((at(40), at(60))));
        assert!(!slices.is_divisible());
        // It took no time: the next one is larger, and is given back as well.
        assert_eq!(slices.next(), Some((at(20), at(40))));
        slices.size = 100;
        assert_eq!(slices.next(), Some((at(0), at(20))));
        assert_eq!(slices.next(), None);
    }

    #[test]
    fn a_later_slice_that_is_given_back_is_divided_too() {
        let stretches = (0..9).rev().map(|number| (at(number * 10), 1)).collect::<Vec<_>>();
        let mut slices = Slices::over(stretches, at(0), at(90));
        slices.size = 1;
        assert_eq!(slices.next(), Some((at(80), at(90))));
        assert_eq!(slices.next(), Some((at(40), at(80))), "the first one took no time");
        slices.give_back();
        assert_eq!(slices.next(), Some((at(70), at(80))));
        assert!(!slices.is_divisible());
    }
}
