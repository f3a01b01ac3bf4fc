//! `collector completions` and `collector man`: clap's completion scripts and manual page.

use std::io::Write as _;

use clap::CommandFactory as _;

use super::Exit;
use crate::cli::{Cli, Completions};

pub(super) fn completions(arguments: &Completions) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "collector", &mut script);
    print(&script)
}

pub(super) fn man() -> anyhow::Result<Exit> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    print(&page)
}

fn print(text: &[u8]) -> anyhow::Result<Exit> {
    super::unless_closed(std::io::stdout().lock().write_all(text))?;
    Ok(Exit::Everything)
}
