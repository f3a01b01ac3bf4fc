//! Machine code of a component, as the process that compiles hands it over.

use wasmtime::component::Component;
use wasmtime::{Engine, Result};

/// What [`process`](super::process) read from a process of this same program that it had started itself; in this run, or in an earlier
/// one, of which [`cache`](super::cache) kept it where nobody else may write. It is made nowhere else.
pub(super) struct Artefact(Vec<u8>);

impl Artefact {
    pub(super) fn from_own_process(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Of a file that only we can have written, and that is whole.
    pub(super) fn from_own_file(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The component.
    ///
    /// # Errors
    /// It was made by another version of wasmtime, or with another configuration.
    #[allow(unsafe_code)]
    pub(super) fn component(&self, engine: &Engine) -> Result<Component> {
        // SAFETY: wasmtime must have made the bytes, and nobody may have changed them. Our own process made them with the engine's own
        // configuration, and handed them over through a pipe that nobody else has, or a file that nobody else may write and whose digest
        // holds; see the struct.
        unsafe { Component::deserialize(engine, &self.0) }
    }
}
