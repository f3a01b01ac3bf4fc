//! Machine code of a component, as the compiling process returns it.

use wasmtime::component::Component;
use wasmtime::{Engine, Result};

/// Machine code that [`process`](super::process) read from a process of this same program that it had started itself: in this run, or in an
/// earlier one, after which [`cache`](super::cache) kept it where nobody else may write. Nothing else creates this type.
pub(super) struct Artefact(Vec<u8>);

impl Artefact {
    pub(super) fn from_own_process(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// From a file that only this user can have written, and that is whole.
    pub(super) fn from_own_file(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Loads the component.
    ///
    /// # Errors
    /// Another version of wasmtime, or one with another configuration, made it.
    #[allow(unsafe_code)]
    pub(super) fn component(&self, engine: &Engine) -> Result<Component> {
        // SAFETY: wasmtime must have made the bytes, and nothing may have changed them. Our own process made them with the engine's own
        // configuration. They came through a pipe that nobody else has, or from a file that nobody else may write and whose digest matches;
        // see the struct.
        unsafe { Component::deserialize(engine, &self.0) }
    }
}
