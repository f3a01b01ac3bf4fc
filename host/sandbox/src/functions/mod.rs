//! The host functions: what a connector can do to the outside, one file an interface.

mod http;
mod log;
mod meetings;
mod secrets;

use wasmtime::component::HasData;

use super::guest::Guest;

/// Stands for the host functions where wasmtime wants a type for them.
pub(super) struct HostFunctions;

impl HasData for HostFunctions {
    type Data<'a> = &'a mut Guest;
}

impl super::bindings::types::Host for Guest {}
