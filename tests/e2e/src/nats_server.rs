//! A real NATS server, started and stopped by a test.
//!
//! Looks for `nats-server` in the directory `servers` of cargo's target directory, then in PATH (`tests/servers.sh` installs it).

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, bail, ensure};
use async_nats::jetstream;
use tempfile::TempDir;

use crate::build::target;

/// The stream that the collector creates by default.
const STREAM: &str = "COLLECTOR";

/// A server on a free port of this machine. Dropping it kills the server, even at the end of a failed test.
pub struct NatsServer {
    process: Child,
    port: u16,
    arguments: Vec<String>,
    directory: TempDir,
}

/// A message of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its subject.
    pub subject: String,
    /// Its id, by which the server recognises repeats.
    pub id: String,
    /// Its content.
    pub payload: String,
}

impl NatsServer {
    /// Starts a server with these arguments; `{dir}` in them becomes a directory of its own.
    ///
    /// # Errors
    /// It is not installed, or did not start.
    pub fn start(arguments: &[&str]) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let path = directory
            .path()
            .to_str()
            .context("the directory's name is not valid text")?;
        let arguments = arguments
            .iter()
            .map(|argument| argument.replace("{dir}", path))
            .collect::<Vec<_>>();
        let (process, port) = spawn(directory.path(), "-1", &arguments)?;
        Ok(Self {
            process,
            port,
            arguments,
            directory,
        })
    }

    /// Starts a server with JetStream.
    ///
    /// # Errors
    /// See [`NatsServer::start`].
    pub fn with_jetstream() -> anyhow::Result<Self> {
        Self::start(&["-js"])
    }

    /// Its port, the same after a restart.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Kills the server with SIGKILL, as in a crash of the server (not of the machine).
    ///
    /// # Errors
    /// An error of the operating system.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    /// Sends a signal: `STOP` freezes the server but keeps its connections, `CONT` resumes it.
    ///
    /// # Errors
    /// The signal could not be sent.
    pub fn signal(&self, name: &str) -> anyhow::Result<()> {
        let sent = Command::new("kill")
            .args(["-s", name, &self.process.id().to_string()])
            .status()?;
        ensure!(sent.success(), "cannot send the signal");
        Ok(())
    }

    /// Restarts it with the same port and directory.
    ///
    /// # Errors
    /// It did not start.
    pub fn start_again(&mut self) -> anyhow::Result<()> {
        let (process, port) = spawn(self.directory.path(), &self.port.to_string(), &self.arguments)?;
        self.process = process;
        ensure!(port == self.port, "the restarted server has another port");
        Ok(())
    }

    /// A connection for the test.
    ///
    /// # Errors
    /// The server refuses the connection.
    pub async fn client(&self) -> anyhow::Result<jetstream::Context> {
        Ok(jetstream::new(async_nats::connect(self.url()).await?))
    }

    /// The messages of the collector's stream, in order.
    ///
    /// # Errors
    /// There is no such stream, or one of its messages has no id.
    pub async fn messages(&self) -> anyhow::Result<Vec<Message>> {
        let mut stream = self.client().await?.get_stream(STREAM).await?;
        let state = stream.info().await?.state.clone();
        let mut messages = Vec::new();
        for sequence in state.first_sequence..=state.last_sequence {
            let message = stream.get_raw_message(sequence).await?;
            messages.push(Message {
                subject: message.subject.to_string(),
                id: message.headers.get("Nats-Msg-Id").context("no id")?.to_string(),
                payload: String::from_utf8(message.payload.to_vec())?,
            });
        }
        Ok(messages)
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn program() -> anyhow::Result<PathBuf> {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::iter::once(target().join("servers"))
        .chain(std::env::split_paths(&paths))
        // Debian's directory, which is not in every PATH.
        .chain([PathBuf::from("/usr/sbin")])
        .map(|directory| directory.join("nats-server"))
        .find(|path| path.is_file())
        .context("these tests need nats-server: run tests/servers.sh, or install it so that it is in PATH")
}

/// Starts a server and waits until it accepts connections.
fn spawn(directory: &Path, port: &str, arguments: &[String]) -> anyhow::Result<(Child, u16)> {
    let mut process = Command::new(program()?)
        .args(["-a", "127.0.0.1", "-p", port, "-sd"])
        .arg(directory)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut log = BufReader::new(process.stderr.take().context("no standard error")?);
    let (mut seen, mut port) = (String::new(), None);
    loop {
        let mut line = String::new();
        if log.read_line(&mut line)? == 0 {
            process.wait()?;
            bail!("nats-server did not start:\n{seen}");
        }
        if let Some((_, found)) = line.split_once("Listening for client connections on 127.0.0.1:") {
            port = Some(found.trim().parse()?);
        }
        seen.push_str(&line);
        if line.contains("Server is ready") {
            break;
        }
    }
    // Drain its later output, so that it does not fill the pipe.
    std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
    Ok((process, port.with_context(|| format!("no port:\n{seen}"))?))
}
