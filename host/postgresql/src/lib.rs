//! A PostgreSQL server, version 13 or newer, as the collector uses one: the address of a database and how to trust its server, a schema of the
//! collector's own with its tables, and words for what goes wrong. What the tables hold, their users decide.

mod migration;
mod problem;
mod schema;
mod server;
pub mod value;

pub use problem::{Problem, Unusable, within};
pub use schema::{Patience, Schema};
pub use server::Server;
