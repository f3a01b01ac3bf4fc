//! `collector run` in a workplace: started, watched through what it says, told things by signals, and ended.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::Workplace;

/// How long something is waited for before it is clear that it does not come.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// A running service. It is killed when this is dropped.
pub struct Service {
    child: Child,
    said: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
}

impl Service {
    /// Starts the service of a workplace and waits until it runs.
    ///
    /// # Errors
    /// It ended, or did not begin within a minute.
    pub fn start(workplace: &Workplace) -> anyhow::Result<Self> {
        let mut service = Self::begin(&mut workplace.command(&["run"]))?;
        service.wait_for_line("the collector runs")?;
        Ok(service)
    }

    /// Starts it by a command and waits for nothing. What happens is logged, unless the command says how much otherwise.
    ///
    /// # Errors
    /// It could not be started.
    pub fn begin(command: &mut Command) -> anyhow::Result<Self> {
        Self::spawn(command.stdout(Stdio::null()))
    }

    /// The same with a pipe as its standard output that nobody ever reads.
    ///
    /// # Errors
    /// It could not be started.
    pub fn begin_unread(command: &mut Command) -> anyhow::Result<Self> {
        Self::spawn(command.stdout(Stdio::piped()))
    }

    fn spawn(command: &mut Command) -> anyhow::Result<Self> {
        if command.get_envs().all(|(name, _)| name != "COLLECTOR_LOG") {
            // Passes that fail as the one before are said at `debug`.
            command.env("COLLECTOR_LOG", "info,collector::service::source_task=debug");
        }
        let mut child = command
            .stderr(Stdio::piped())
            .spawn()
            .context("the service could not be started")?;
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

    /// Everything that it said so far.
    pub fn said(&self) -> String {
        self.said
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .join("\n")
    }

    /// How many lines hold `part` so far.
    pub fn count(&self, part: &str) -> usize {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.iter().filter(|line| line.contains(part)).count()
    }

    /// Waits until a line holds `part`; the first that does.
    ///
    /// # Errors
    /// None came within a minute, or the service ended.
    pub fn wait_for_line(&mut self, part: &str) -> anyhow::Result<String> {
        let find = |service: &Self| {
            let said = service.said.lock().unwrap_or_else(PoisonError::into_inner);
            said.iter().find(|line| line.contains(part)).cloned()
        };
        self.wait_for(part, find)
    }

    /// Waits until `condition` gives something.
    ///
    /// # Errors
    /// It gave nothing within a minute, or the service ended.
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
                bail!("this did not come: {what}\n{}", self.said());
            }
            std::thread::sleep(LOOK);
        }
    }

    /// How many passes of a source ended so far.
    pub fn passes(&self, source: &str) -> usize {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let (plain, quoted) = (format!("source={source}"), format!("source=\"{source}\""));
        said.iter()
            .filter(|line| line.contains("the pass ") && (line.contains(&plain) || line.contains(&quoted)))
            .count()
    }

    /// Waits for so many further passes of a source to end.
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
    /// It did not say.
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
        anyhow::ensure!(sent.success(), "the signal could not be sent");
        Ok(())
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Tells it to stop and waits for its end.
    ///
    /// # Errors
    /// It did not end within a minute.
    pub fn stop(mut self) -> anyhow::Result<(ExitStatus, String)> {
        self.signal("TERM")?;
        self.ended()
    }

    /// Kills it: it cannot tidy up.
    ///
    /// # Errors
    /// The operating system's.
    pub fn kill(mut self) -> anyhow::Result<String> {
        self.child.kill()?;
        Ok(self.ended()?.1)
    }

    /// Waits for its end; how it ended, and what it said.
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
                bail!("it does not end\n{}", self.said());
            }
            std::thread::sleep(LOOK);
        };
        self.read_all();
        Ok((status, self.said()))
    }

    fn read_all(&mut self) {
        if let Some(reader) = self.reader.take() {
            // It only pushes lines; it ends with the process.
            let _ = reader.join();
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It has ended already, or nobody waits for it any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
