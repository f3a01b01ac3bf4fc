//! `collector run` in a workplace: starts it, watches its log, sends it signals, and ends it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::Workplace;

/// Longest wait for a condition.
const PATIENCE: Duration = Duration::from_secs(60);
/// Time between two checks of a condition.
const LOOK: Duration = Duration::from_millis(5);

/// A running service. Dropping it kills the service.
pub struct Service {
    child: Child,
    said: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
}

impl Service {
    /// Starts the service of a workplace and waits until it runs.
    ///
    /// # Errors
    /// It ended, or did not start within a minute.
    pub fn start(workplace: &Workplace) -> anyhow::Result<Self> {
        let mut service = Self::begin(&mut workplace.command(&["run"]))?;
        service.wait_for_line("the collector runs")?;
        Ok(service)
    }

    /// Starts it by a command, without waiting. It logs what happens, unless the command sets another level.
    ///
    /// # Errors
    /// It could not be started.
    pub fn begin(command: &mut Command) -> anyhow::Result<Self> {
        Self::spawn(command.stdout(Stdio::null()))
    }

    /// The same with a pipe as its standard output that no process ever reads.
    ///
    /// # Errors
    /// It could not be started.
    pub fn begin_unread(command: &mut Command) -> anyhow::Result<Self> {
        Self::spawn(command.stdout(Stdio::piped()))
    }

    fn spawn(command: &mut Command) -> anyhow::Result<Self> {
        if command.get_envs().all(|(name, _)| name != "COLLECTOR_LOG") {
            // It logs passes that fail like the one before at `debug`.
            command.env("COLLECTOR_LOG", "info,collector::service::source_task=debug");
        }
        let mut child = command
            .stderr(Stdio::piped())
            .spawn()
            .context("cannot start the service")?;
        let stderr = child.stderr.take().context("no standard error")?;
        let said = Arc::new(Mutex::new(Vec::new()));
        let lines = Arc::clone(&said);
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
        Ok(Self {
            child,
            said,
            reader: Some(reader),
        })
    }

    /// Its log so far.
    pub fn said(&self) -> String {
        self.said
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .join("\n")
    }

    /// Number of lines so far that contain `part`.
    pub fn count(&self, part: &str) -> usize {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.iter().filter(|line| line.contains(part)).count()
    }

    /// Waits until a line contains `part`, and returns the first such line.
    ///
    /// # Errors
    /// There was none within a minute, or the service ended.
    pub fn wait_for_line(&mut self, part: &str) -> anyhow::Result<String> {
        let find = |service: &Self| {
            let said = service.said.lock().unwrap_or_else(PoisonError::into_inner);
            said.iter().find(|line| line.contains(part)).cloned()
        };
        self.wait_for(part, find)
    }

    /// Waits until `condition` returns a value.
    ///
    /// # Errors
    /// It returned none within a minute, or the service ended.
    pub fn wait_for<R>(&mut self, what: &str, condition: impl Fn(&Self) -> Option<R>) -> anyhow::Result<R> {
        let begun = Instant::now();
        loop {
            if let Some(found) = condition(self) {
                return Ok(found);
            }
            if let Some(status) = self.child.try_wait()? {
                self.read_all();
                if let Some(found) = condition(self) {
                    return Ok(found);
                }
                bail!("the service ended ({status}) before: {what}\n{}", self.said());
            }
            if begun.elapsed() > PATIENCE {
                bail!("waited in vain for: {what}\n{}", self.said());
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Number of passes of a source that ended so far.
    pub fn passes(&self, source: &str) -> usize {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let (plain, quoted) = (format!("source={source}"), format!("source=\"{source}\""));
        said.iter()
            .filter(|line| line.contains("the pass ") && (line.contains(&plain) || line.contains(&quoted)))
            .count()
    }

    /// Waits until this number of further passes of a source have ended.
    ///
    /// # Errors
    /// See [`Service::wait_for`].
    pub fn wait_for_passes(&mut self, source: &str, count: usize) -> anyhow::Result<()> {
        let enough = self.passes(source) + count;
        self.wait_for("further passes", |service| {
            (service.passes(source) >= enough).then_some(())
        })
    }

    /// The address on which it serves health and metrics.
    ///
    /// # Errors
    /// The log does not name it.
    pub fn address(&mut self) -> anyhow::Result<String> {
        let line = self.wait_for_line("listening on http://")?;
        let (_, rest) = line.split_once("http://").context("no address")?;
        Ok(rest.split([' ', '/']).next().unwrap_or_default().to_owned())
    }

    /// Sends it a signal, such as `TERM`.
    ///
    /// # Errors
    /// It could not be sent.
    pub fn signal(&self, name: &str) -> anyhow::Result<()> {
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status()?;
        anyhow::ensure!(sent.success(), "cannot send the signal");
        Ok(())
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Stops it and waits for its end.
    ///
    /// # Errors
    /// It did not end within a minute.
    pub fn stop(mut self) -> anyhow::Result<(ExitStatus, String)> {
        self.signal("TERM")?;
        self.ended()
    }

    /// Kills it, so that it cannot clean up.
    ///
    /// # Errors
    /// An error of the operating system.
    pub fn kill(mut self) -> anyhow::Result<String> {
        self.child.kill()?;
        Ok(self.ended()?.1)
    }

    /// Waits for its end, and returns its status and log.
    ///
    /// # Errors
    /// It did not end within a minute.
    pub fn ended(&mut self) -> anyhow::Result<(ExitStatus, String)> {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait()? {
                break status;
            }
            if begun.elapsed() > PATIENCE {
                bail!("the service did not end\n{}", self.said());
            }
            std::thread::sleep(LOOK);
        };
        self.read_all();
        Ok((status, self.said()))
    }

    fn read_all(&mut self) {
        if let Some(reader) = self.reader.take() {
            // The thread only collects lines, and ends with the process.
            let _ = reader.join();
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
