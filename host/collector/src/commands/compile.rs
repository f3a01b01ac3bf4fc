//! `collector compile`: compiles a component from standard input to machine code on standard output. The program starts itself with this
//! command for each connector, so no help text shows it.

use std::time::Duration;

use collector_sandbox::{CompileLimits, Compiled, compile_standard_input};

use super::Exit;
use crate::cli::Compile;

/// Compiles the component on standard input. Blocks, and needs no executor.
///
/// # Errors
/// The process cannot limit itself, or standard input or output broke: the file is not to blame.
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
