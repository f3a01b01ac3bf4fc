//! The host functions: everything that a connector can do outside, one file per interface.

mod http;
mod log;
mod meetings;
mod secrets;
mod usage;

use wasmtime::component::HasData;

use super::guest::Guest;

/// Represents the host functions where wasmtime requires a type.
pub(super) struct HostFunctions;

impl HasData for HostFunctions {
    type Data<'a> = &'a mut Guest;
}

impl super::bindings::types::Host for Guest {}
