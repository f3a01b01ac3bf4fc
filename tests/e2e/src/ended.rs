//! How a run of the program ended, and what its output says.

use std::process::Command;

use anyhow::Context as _;

/// How a run of the program ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit status.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Ended {
    /// The meetings of `jsonl` output, each as `room start subject`; `start` is the time of day in minutes, and `-` stands for a
    /// subject that is withheld or empty.
    ///
    /// # Errors
    /// A line is not a meeting.
    pub fn brief(&self) -> anyhow::Result<Vec<String>> {
        meetings(&self.stdout)?
            .iter()
            .map(|meeting| {
                let text = |key: &str| meeting.get(key).and_then(serde_json::Value::as_str);
                let room = text("room")
                    .context("no room")?
                    .split('@')
                    .next()
                    .unwrap_or_default();
                let start = text("start")
                    .context("no start")?
                    .get(..16)
                    .context("a short start")?;
                Ok(format!("{room} {start} {}", text("subject").unwrap_or("-")))
            })
            .collect()
    }

    /// The meetings as `jsonl` values, if the run ended with this status.
    ///
    /// # Errors
    /// It ended otherwise (the error contains its output), or a line is not JSON.
    pub fn meetings(&self, code: i32) -> anyhow::Result<Vec<serde_json::Value>> {
        anyhow::ensure!(
            self.code == code,
            "exit status {}, not {code}:\n{}",
            self.code,
            self.stderr
        );
        meetings(&self.stdout)
    }

    /// The lines of standard error that contain `part`.
    pub fn said(&self, part: &str) -> Vec<&str> {
        self.stderr.lines().filter(|line| line.contains(part)).collect()
    }
}

/// Runs a command to its end.
///
/// # Errors
/// It could not be started, or a signal ended it.
pub fn ended(command: &mut Command) -> anyhow::Result<Ended> {
    let output = command.output().context("cannot start the program")?;
    Ok(Ended {
        code: output.status.code().context("a signal ended the program")?,
        stdout: String::from_utf8(output.stdout)?,
        stderr: String::from_utf8(output.stderr)?,
    })
}

/// The meetings of `jsonl` output.
///
/// # Errors
/// A line is not JSON.
pub fn meetings(stdout: &str) -> anyhow::Result<Vec<serde_json::Value>> {
    stdout
        .lines()
        .map(|line| Ok(serde_json::from_str(line)?))
        .collect()
}
