//! Routes that say who may call them.
//!
//! [`Routes::add`] takes a handler only when its first parameter is an [`Access`]: a route without a permission does
//! not compile. The permission goes into the API's description and into the route table from the same type.

use axum::Router;
use axum::handler::Handler;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{OpenApi, PathItem};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use crate::App;
use crate::principal::Access;

/// One line of the route table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct RouteEntry {
    pub path: String,
    pub method: &'static str,
    pub operation_id: String,
    /// A permission's name, `signed_in` or `public`.
    pub access: &'static str,
    /// Whether its handler asks about each item that it changes.
    pub asks_about_items: bool,
}

/// The routes of one module.
#[derive(Default)]
pub struct Routes {
    router: OpenApiRouter<App>,
    table: Vec<RouteEntry>,
}

/// Adds handlers to [`Routes`]: `operations!(routes; list_tickets, create_ticket)`.
#[macro_export]
macro_rules! operations {
    ($($handler:ident),+ $(,)?) => {
        $crate::Routes::default()$(.add($handler, ::utoipa_axum::routes!($handler)))+
    };
}

/// Handlers whose first parameter is an [`Access`].
pub trait Guarded<P> {}

macro_rules! guarded {
    ($($rest:ident),*) => {
        impl<M, P: Access, $($rest),*> Guarded<P> for (M, P, $($rest),*) {}
    };
}
guarded!();
guarded!(A);
guarded!(A, B);
guarded!(A, B, C);
guarded!(A, B, C, D);
guarded!(A, B, C, D, E);
guarded!(A, B, C, D, E, F);

impl Routes {
    /// Adds a handler; its path and description come from `#[utoipa::path]`, its permission from its signature.
    pub fn add<H, T, P>(mut self, _handler: H, (schemas, mut paths, router): UtoipaMethodRouter<App>) -> Self
    where
        H: Handler<T, App>,
        T: Guarded<P> + 'static,
        P: Access,
    {
        for (path, item) in &mut paths.paths {
            for (method, operation) in operations_of(item) {
                describe(operation, method, P::NAME);
                self.table.push(RouteEntry {
                    path: path.clone(),
                    method,
                    operation_id: operation.operation_id.clone().unwrap_or_default(),
                    access: P::NAME,
                    asks_about_items: P::ASKS,
                });
            }
        }
        self.router = self.router.routes((schemas, paths, router));
        self
    }

    pub fn merge(mut self, other: Routes) -> Self {
        self.router = self.router.merge(other.router);
        self.table.extend(other.table);
        self
    }

    /// The router, the API's description and the route table.
    pub fn into_parts(self) -> (Router<App>, OpenApi, Vec<RouteEntry>) {
        let (router, description) = self.router.split_for_parts();
        (router, description, self.table)
    }
}

fn describe(operation: &mut Operation, method: &str, access: &'static str) {
    crate::description::complete(operation, method, access);
    if access != "public" {
        operation.security = Some(vec![
            SecurityRequirement::new::<_, [&str; 0], &str>("session", []),
            SecurityRequirement::new::<_, [&str; 0], &str>("bearer", []),
        ]);
    }
    let permission = ExtensionsBuilder::new().add("x-permission", access).build();
    match &mut operation.extensions {
        Some(extensions) => extensions.merge(permission),
        None => operation.extensions = Some(permission),
    }
}

fn operations_of(item: &mut PathItem) -> Vec<(&'static str, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, head, .. } = item;
    [("GET", get), ("PUT", put), ("POST", post), ("DELETE", delete), ("PATCH", patch), ("HEAD", head)]
        .into_iter()
        .filter_map(|(method, operation)| operation.as_mut().map(|operation| (method, operation)))
        .collect()
}
