//! What a program costs: it is started by a process of its own, whose only child it is, so that the kernel's figures of children are its.

use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, ensure};
use nix::sys::resource::{UsageWho, getrusage};
use serde::{Deserialize, Serialize};

/// Before the program and its arguments, makes this program start it and print what it cost.
pub(crate) const OF: &str = "--cost-of";

/// What a program cost.
#[derive(Serialize, Deserialize)]
pub(crate) struct Cost {
    /// From its start to its end.
    pub(crate) seconds: f64,
    /// Processor time, user and system.
    pub(crate) processor_seconds: f64,
    /// Peak resident memory.
    pub(crate) peak_mib: f64,
}

/// Starts the program that the arguments name after [`OF`], with this process's standard input, and prints its cost on standard error.
pub(crate) fn child(arguments: &[String]) -> anyhow::Result<()> {
    let mut after = arguments.iter().skip_while(|argument| *argument != OF).skip(1);
    let program = after.next().context("which program?")?;
    let begun = Instant::now();
    let ended = Command::new(program).args(after).stderr(Stdio::null()).status()?;
    let seconds = begun.elapsed().as_secs_f64();
    ensure!(ended.success(), "{program} ended with {ended}");
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let processor = [usage.user_time(), usage.system_time()]
        .map(|time| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6);
    let cost = Cost {
        seconds,
        processor_seconds: processor.iter().sum(),
        peak_mib: usage.max_rss() as f64 / 1_024.0,
    };
    eprintln!("{}", serde_json::to_string(&cost)?);
    Ok(())
}

/// Runs a command to its end, and returns what it cost.
pub(crate) fn of(command: &Command, stdin: Stdio, stdout: Stdio) -> anyhow::Result<Cost> {
    let mut through = Command::new(std::env::current_exe()?);
    through
        .arg(OF)
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        through.env(name, value.unwrap_or_default());
    }
    if let Some(directory) = command.get_current_dir() {
        through.current_dir(directory);
    }
    let ended = through
        .stdin(stdin)
        .stdout(stdout)
        .stderr(Stdio::piped())
        .spawn()?
        .wait_with_output()?;
    let said = String::from_utf8_lossy(&ended.stderr);
    ensure!(
        ended.status.success(),
        "{}: {said}",
        command.get_program().display()
    );
    serde_json::from_str(&said).with_context(|| said.into_owned())
}
