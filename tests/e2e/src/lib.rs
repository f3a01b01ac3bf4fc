//! Shared parts of the end-to-end tests: a workplace in a temporary directory with a configuration and the connectors of this tree, the
//! program run in it as a user would, the servers that it delivers to, and a browser.

mod browser;
mod build;
mod calendar;
mod chromium;
mod clients;
mod compiled;
#[cfg(unix)]
mod database;
mod duckdb;
mod ended;
mod ledger;
mod nats_server;
mod oidc;
mod pages;
#[cfg(unix)]
mod pgbouncer;
mod plain_http;
#[cfg(unix)]
mod postgres_server;
mod proxy;
mod python;
mod receiver;
mod running;
mod service;
mod source;
mod token_endpoint;
mod variant;
mod workplace;

pub use browser::{Browser, screenshots};
pub use build::{component, connector_dir, program};
pub use calendar::calendar_of;
pub use clients::clients;
#[cfg(unix)]
pub use database::Database;
pub use duckdb::duckdb;
pub use ended::{Ended, ended, meetings};
pub use ledger::{Ledger, changes};
pub use nats_server::{Message, NatsServer};
pub use oidc::{OIDC_CLIENT, OidcProvider};
pub use pages::{Page, Pages};
#[cfg(unix)]
pub use pgbouncer::PgBouncer;
pub use plain_http::{exchange, free_address, status_and_body, token};
#[cfg(unix)]
pub use postgres_server::PostgresServer;
pub use proxy::CompanyProxy;
pub use python::python_component;
pub use receiver::Receiver;
pub use running::Running;
pub use service::Service;
pub use source::Source;
pub use token_endpoint::TokenEndpoint;
pub use variant::{marked, variant};
pub use workplace::{PASS, SECRET, Workplace};

/// Now, for tenants generated around it.
#[must_use]
pub fn now() -> chrono::DateTime<chrono::Utc> {
    chrono::Utc::now()
}
