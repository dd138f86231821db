//! One running process, and what a domain module gives it.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;

use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::decisions::Decisions;
use crate::jobs::Job;
use crate::limits::Limits;
use crate::live::Live;
use crate::routes::Routes;

/// A domain module as the process sees it.
pub struct Module {
    pub name: &'static str,
    pub routes: Routes,
    pub jobs: Vec<Job>,
    /// Every permission its routes ask for.
    pub permissions: &'static [&'static str],
}

/// One running process; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

pub struct Inner {
    pub config: Config,
    pub clock: Clock,
    pub db: Db,
    pub live: Live,
    pub limits: Arc<Limits>,
    pub decisions: Arc<Decisions>,
    services: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
}

/// Puts an [`App`] together at start.
pub struct AppBuilder {
    config: Config,
    clock: Clock,
    db: Db,
    services: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
}

impl App {
    pub fn builder(config: Config, clock: Clock, db: Db) -> AppBuilder {
        AppBuilder { config, clock, db, services: HashMap::new() }
    }

    /// A module's own state: the look-up table of assets, the session cache.
    ///
    /// Panics at the first use when the process was put together without it, which every test of a route shows.
    #[expect(clippy::panic, reason = "a process put together wrongly must not serve")]
    pub fn service<T: Any + Send + Sync>(&self) -> Arc<T> {
        match self.find_service() {
            Some(service) => service,
            None => panic!("the service {} was not installed", std::any::type_name::<T>()),
        }
    }

    /// The same process with database connections of its own: see [`Db::apart`].
    pub fn apart(&self, connections: u32) -> Self {
        self.over(self.db.apart(connections))
    }

    /// The same process for a runtime of its own: see [`Db::beside`].
    pub fn beside(&self, connections: u32) -> Self {
        self.over(self.db.beside(connections))
    }

    fn over(&self, db: Db) -> Self {
        Self(Arc::new(Inner {
            config: self.config.clone(),
            clock: self.clock.clone(),
            db,
            live: self.live.clone(),
            limits: self.limits.clone(),
            decisions: self.decisions.clone(),
            services: self.services.clone(),
        }))
    }

    pub fn find_service<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.0.services.get(&TypeId::of::<T>())?.clone().downcast().ok()
    }
}

impl AppBuilder {
    pub fn config(&self) -> &Config {
        &self.config
    }

    pub fn with<T: Any + Send + Sync>(mut self, service: T) -> Self {
        self.services.insert(TypeId::of::<T>(), Arc::new(service));
        self
    }

    /// Fails where a setting is wrong.
    pub fn build(self) -> anyhow::Result<App> {
        let live = Live::new(self.db.clone());
        let limits = Arc::new(Limits::new(&self.config.limits, &self.config.redis)?);
        Ok(App(Arc::new(Inner {
            config: self.config,
            clock: self.clock,
            db: self.db,
            live,
            limits,
            decisions: Arc::default(),
            services: self.services,
        })))
    }
}

impl Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}
