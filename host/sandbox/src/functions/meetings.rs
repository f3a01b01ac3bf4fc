//! `emit-meeting`: adds a meeting to those that the call has emitted.

use crate::bindings::meetings as wit;
use crate::guest::Guest;

impl wit::Host for Guest {
    fn emit_meeting(&mut self, meeting: wit::Meeting) -> wasmtime::Result<Result<(), wit::EmitError>> {
        match &mut self.emitted {
            Some(emitted) => emitted.add(meeting),
            // Only `collect` may emit.
            None => Ok(Err(wit::EmitError::UnknownRoom)),
        }
    }
}
