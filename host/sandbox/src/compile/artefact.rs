//! Machine code of a component, as the process that compiles hands it over.

use wasmtime::component::Component;
use wasmtime::{Engine, Result};

/// What [`process`](super::process) read from a process of this same program that it had started itself, in this run. It is made nowhere
/// else, and never of bytes from a file.
pub(super) struct Artefact(Vec<u8>);

impl Artefact {
    pub(super) fn from_own_process(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The component.
    ///
    /// # Errors
    /// It was made by another version of wasmtime, or with another configuration.
    #[allow(unsafe_code)]
    pub(super) fn component(&self, engine: &Engine) -> Result<Component> {
        // SAFETY: wasmtime must have made the bytes, and nobody may have changed them. Our own process made them with the engine's own
        // configuration, and handed them over through a pipe that nobody else has; see the struct.
        unsafe { Component::deserialize(engine, &self.0) }
    }
}
