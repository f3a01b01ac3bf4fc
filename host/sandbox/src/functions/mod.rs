//! The host functions: what a connector can do to the outside, one file an interface.

mod access;
mod http;
mod log;
mod meetings;
mod pending;
mod secrets;

use wasmtime::component::HasData;

pub use access::{Access, Outside, Secret};
pub(super) use meetings::Emitted;
pub(super) use pending::Pending;
#[allow(unreachable_pub)] // The generated bindings re-export it.
pub use secrets::SecretHandle;

use super::guest::Guest;

/// Stands for the host functions where wasmtime wants a type for them.
pub(super) struct HostFunctions;

impl HasData for HostFunctions {
    type Data<'a> = &'a mut Guest;
}

impl super::bindings::types::Host for Guest {}
