//! `emit-usage` and `emit-coverage`: add a record to those that the call has emitted.

use crate::bindings::usage as wit;
use crate::emitted::Emitted;
use crate::guest::Guest;

impl wit::Host for Guest {
    fn emit_usage(&mut self, usage: wit::UsageRecord) -> wasmtime::Result<Result<(), wit::EmitError>> {
        match &mut self.emitted {
            Emitted::Records(records) => records.add_usage(usage),
            // Only `collect-usage` may emit.
            Emitted::Nothing | Emitted::Meetings(_) => Ok(Err(wit::EmitError::UnknownSpace)),
        }
    }

    fn emit_coverage(
        &mut self,
        coverage: wit::CoverageRecord,
    ) -> wasmtime::Result<Result<(), wit::EmitError>> {
        match &mut self.emitted {
            Emitted::Records(records) => records.add_coverage(coverage),
            Emitted::Nothing | Emitted::Meetings(_) => Ok(Err(wit::EmitError::UnknownSpace)),
        }
    }
}
