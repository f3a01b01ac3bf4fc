//! `collector completions` and `collector man`: clap's completion scripts and manual pages.

use std::io::Write as _;

use clap::{Command, CommandFactory as _};

use super::Exit;
use crate::cli::{Cli, Completions};

pub(super) fn completions(arguments: &Completions) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut shown(), "collector", &mut script);
    print(&script)
}

/// One page for the program and one for each command, after each other: `man -l -` shows them as one.
pub(super) fn man() -> anyhow::Result<Exit> {
    let mut program = shown().disable_help_subcommand(true);
    program.build();
    let mut pages = Vec::new();
    render(&program, &mut pages)?;
    print(&pages)
}

fn render(command: &Command, pages: &mut Vec<u8>) -> std::io::Result<()> {
    clap_mangen::Man::new(command.clone()).render(pages)?;
    command
        .get_subcommands()
        .try_for_each(|command| render(command, pages))
}

/// The command line without what only the program itself calls.
fn shown() -> Command {
    let whole = Cli::command();
    let shown = whole.get_subcommands().filter(|command| !command.is_hide_set());
    Command::new("collector")
        .version(env!("CARGO_PKG_VERSION"))
        .about(whole.get_about().cloned().unwrap_or_default())
        .after_help(whole.get_after_help().cloned().unwrap_or_default())
        .args(whole.get_arguments())
        .subcommands(shown)
}

fn print(text: &[u8]) -> anyhow::Result<Exit> {
    super::unless_closed(std::io::stdout().lock().write_all(text))?;
    Ok(Exit::Everything)
}
