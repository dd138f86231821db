//! How many open tickets name an asset: told by the module of tickets, which depends on this one.

use std::pin::Pin;

use platform::{Result, Tx};

use crate::model::Asset;

type Count<'a> = Pin<Box<dyn Future<Output = Result<i64>> + Send + 'a>>;
type Counter = dyn for<'a> Fn(&'a mut Tx, &'a Asset) -> Count<'a> + Send + Sync;

/// A service installed at start, `AppBuilder::with(OpenTickets::counted_by(...))`; without it the count is null.
pub struct OpenTickets(Box<Counter>);

impl OpenTickets {
    /// `count` sees a transaction of the caller's, whose right to read tickets of the asset's organization is checked.
    pub fn counted_by(
        count: impl for<'a> Fn(&'a mut Tx, &'a Asset) -> Count<'a> + Send + Sync + 'static,
    ) -> Self {
        Self(Box::new(count))
    }

    pub(crate) async fn of(&self, tx: &mut Tx, asset: &Asset) -> Result<i64> {
        (self.0)(tx, asset).await
    }
}
