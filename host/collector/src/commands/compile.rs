//! `collector compile`: a component from standard input becomes machine code on standard output. The program starts itself with this for
//! each connector; it is in no help text.

use std::time::Duration;

use collector_sandbox::{CompileLimits, Compiled, compile_standard_input};

use super::Exit;
use crate::cli::Compile;

/// Compiles what comes on standard input. It blocks, and needs no executor.
///
/// # Errors
/// No limits can be taken, or standard input or output broke: the file is not to blame.
pub fn compile(arguments: &Compile) -> anyhow::Result<Exit> {
    let limits = CompileLimits {
        memory: arguments.memory,
        processor: Duration::from_secs(arguments.seconds),
        ..CompileLimits::default()
    };
    Ok(match compile_standard_input(&limits)? {
        Compiled::Whole => Exit::Everything,
        Compiled::Invalid => Exit::Part,
    })
}
