//! The program `collector`: errors and exit status. The library does the work.

use std::process::ExitCode;

use clap::Parser as _;
use collector::cli::{Cli, Command};
use collector::commands::{self, Exit};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // Wrong usage ends here, with exit status 2 and clap's own words.
        Err(error) if error.use_stderr() && collector::logging::is_json() => {
            commands::say_wrong_usage(&error.to_string());
            return Exit::Usage.into();
        }
        Err(error) => error.exit(),
    };
    // The input of `compile` may be hostile and its memory is limited: no executor, no log.
    if let Command::Compile(arguments) = &cli.command {
        return ended(commands::compile(arguments));
    }
    if cli.quiet {
        collector::logging::be_quiet();
    }
    // The service logs one level more than a command.
    let level = cli
        .verbose
        .saturating_add(u8::from(matches!(cli.command, Command::Run)));
    let log = collector::logging::start(match (cli.quiet, level) {
        (true, _) => "error",
        (false, 0) => "warn",
        (false, 1) => "info",
        (false, _) => "debug",
    });
    let done = runtime().and_then(|runtime| {
        let done = runtime.block_on(commands::run(cli));
        // Abandons what still runs: the process ends here, without waiting for a guest or a server.
        std::mem::forget(runtime);
        done
    });
    let exit = ended(done);
    log.finish();
    exit
}

fn ended(done: anyhow::Result<Exit>) -> ExitCode {
    match done {
        Ok(exit) => exit.into(),
        Err(error) => {
            commands::say_error(&format!("{error:#}"));
            Exit::SourceFailed.into()
        }
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}
