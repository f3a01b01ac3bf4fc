//! A run of the program that is killed at a chosen moment.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

/// Longest wait for a moment.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running program. Dropping it kills the program.
pub struct Running {
    child: Child,
}

impl Running {
    /// Starts a command and discards its output.
    ///
    /// # Errors
    /// It could not be started.
    pub fn start(command: &mut Command) -> anyhow::Result<Self> {
        let child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start the program")?;
        Ok(Self { child })
    }

    /// Kills it as soon as `moment` is true (with SIGKILL, so that it cannot clean up). Returns whether it was still running.
    ///
    /// # Errors
    /// The moment did not come while it ran, within a minute.
    pub fn kill_when(mut self, moment: impl Fn() -> bool) -> anyhow::Result<bool> {
        let begun = Instant::now();
        while !moment() {
            if self.child.try_wait()?.is_some() {
                return Ok(false);
            }
            if begun.elapsed() > PATIENCE {
                bail!("the moment did not come");
            }
            std::thread::yield_now();
        }
        self.child.kill()?;
        Ok(self.child.wait()?.code().is_none())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
