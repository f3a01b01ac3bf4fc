//! A run of the program that is killed at a chosen moment.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

/// How long a moment is waited for before it is clear that it does not come.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program that runs. It is killed when this is dropped.
pub struct Running {
    child: Child,
}

impl Running {
    /// Starts a command whose output nobody reads.
    ///
    /// # Errors
    /// It could not be started.
    pub fn start(command: &mut Command) -> anyhow::Result<Self> {
        let child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("the program could not be started")?;
        Ok(Self { child })
    }

    /// Kills it as soon as `moment` has come (SIGKILL: it cannot tidy up). Whether it was still running then.
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
        // It has ended already, or nobody waits for it any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
