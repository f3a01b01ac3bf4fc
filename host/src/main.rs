//! The program `collector`: errors and exit status. What it does is in the library.

use std::process::ExitCode;

use clap::Parser as _;
use collector::cli::{Cli, Command};
use collector::commands::{self, Exit};

fn main() -> ExitCode {
    // Wrong usage ends here, with exit status 2 and clap's own words.
    let cli = Cli::parse();
    let log = collector::logging::start(match cli.command {
        Command::Run => "info",
        _ => "warn",
    });
    let ended = runtime().and_then(|runtime| {
        let ended = runtime.block_on(commands::run(cli));
        // What still runs is abandoned: the process ends here, and nothing waits for a guest or a server.
        std::mem::forget(runtime);
        ended
    });
    let exit = match ended {
        Ok(exit) => exit.into(),
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
