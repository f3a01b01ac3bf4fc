//! The sandbox: loads connectors and calls them, with a fresh instance for each call.
//!
//! It narrows wasmtime to what the product uses. A connector gets an empty WASI (no files, sockets, environment or arguments), the four
//! host interfaces of the world, and limits on time, memory, handles, copied bytes and emitted meetings. Whatever it does (loop, trap,
//! allocate, flood) costs only the call in which it does it. The caller decides what a connector may reach (see [`Access`]) and what
//! becomes of the meetings.

mod access;
mod allowance;
mod bindings;
mod bounds;
mod call;
mod calls;
mod claims;
mod compile;
mod connector;
mod emitted;
mod engine;
mod functions;
mod growth;
mod guest;
mod handle;
mod known;
mod limits;
mod pending;
pub mod settings;
mod spaces;
mod stderr;
mod types;
mod usage;
mod world;

pub use access::{Access, Outside, Secret};
pub use allowance::Allowance;
pub use bounds::{Excess, words};
pub use call::CallError;
pub use calls::{Collected, RoomRequest};
pub use claims::claims;
pub use compile::LARGEST_FILE;
pub use compile::{
    Compilations, CompileError, CompileLimits, Compiled, Lasting, Overlarge, Standing, compile_standard_input,
};
pub use connector::{Connector, LoadError, Unusable, digest};
pub use engine::Sandbox;
pub use known::Known;
pub use limits::Limits;
pub use spaces::{Listing, RefusedSpace, SpaceRequest};
pub use types::{Authorization, CollectError, Expansion, ListProblem, Manifest, RefusedRoom};
pub use usage::{Meter, Usage};
pub use world::no_component;
