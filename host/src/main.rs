//! The program `collector`: errors and exit status. What it does is in the library.

use std::process::ExitCode;

use clap::Parser as _;
use collector::cli::Cli;
use collector::commands::{self, Exit};

fn main() -> ExitCode {
    // Wrong usage ends here, with exit status 2 and clap's own words.
    let cli = Cli::parse();
    collector::logging::start();
    match runtime().and_then(|runtime| runtime.block_on(commands::run(cli))) {
        Ok(exit) => exit.into(),
        Err(error) => {
            anstream::eprintln!("error: {}", collector::text::plain(&format!("{error:#}")));
            Exit::SourceFailed.into()
        }
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}
