//! `emit-meeting`: adds a meeting to those that the call has emitted.

use crate::bindings::meetings as wit;
use crate::emitted::Emitted;
use crate::guest::Guest;

impl wit::Host for Guest {
    fn emit_meeting(&mut self, meeting: wit::Meeting) -> wasmtime::Result<Result<(), wit::EmitError>> {
        match &mut self.emitted {
            Emitted::Meetings(meetings) => meetings.add(meeting),
            // Only `collect` may emit.
            Emitted::Nothing | Emitted::Records(_) => Ok(Err(wit::EmitError::UnknownRoom)),
        }
    }
}
