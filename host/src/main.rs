//! The program `collector`: errors and exit status. What it does is in the library.

use std::process::ExitCode;

use clap::Parser as _;
use collector::cli::Cli;
use collector::commands::{self, Exit};

fn main() -> ExitCode {
    // Wrong usage ends here, with exit status 2 and clap's own words.
    let cli = Cli::parse();
    let log = collector::logging::start("warn");
    let ended = runtime().and_then(|runtime| runtime.block_on(commands::run(cli)));
    let exit = match ended {
        Ok(exit) => exit.into(),
        // Whoever read our output has read enough.
        Err(error) if is_broken_pipe(&error) => Exit::Everything.into(),
        Err(error) => {
            anstream::eprintln!("error: {}", collector::text::plain(&format!("{error:#}")));
            Exit::SourceFailed.into()
        }
    };
    log.finish();
    exit
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
