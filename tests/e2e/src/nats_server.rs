//! A real NATS server, started and stopped by a test.
//!
//! `nats-server` is looked for in the directory `servers` of cargo's target directory, then in PATH (`tests/servers.sh` installs it).

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, bail, ensure};
use async_nats::jetstream;
use tempfile::TempDir;

use crate::build::target;

/// The stream that the collector makes, unless it is told another.
const STREAM: &str = "COLLECTOR";

/// A server on a free port of this machine. It is killed when it is dropped, at the end of a test that failed too.
pub struct NatsServer {
    process: Child,
    port: u16,
    arguments: Vec<String>,
    directory: TempDir,
}

/// What stands in a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What it is about.
    pub subject: String,
    /// By which the server tells a repeat.
    pub id: String,
    /// What it says.
    pub payload: String,
}

impl NatsServer {
    /// Starts one with these arguments; `{dir}` in them is a directory of its own.
    ///
    /// # Errors
    /// It is not installed, or did not start.
    pub fn start(arguments: &[&str]) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().to_str().context("a name that is no text")?;
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

    /// Starts one that keeps streams.
    ///
    /// # Errors
    /// See [`NatsServer::start`].
    pub fn with_jetstream() -> anyhow::Result<Self> {
        Self::start(&["-js"])
    }

    /// Its port, the same after it was started again.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// As a crash of the machine's power supply would not, but that of the server: with SIGKILL.
    ///
    /// # Errors
    /// The operating system's.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    /// `STOP`: it does nothing any more, but its connections stay. `CONT`: it goes on.
    ///
    /// # Errors
    /// The signal could not be sent.
    pub fn signal(&self, name: &str) -> anyhow::Result<()> {
        let sent = Command::new("kill")
            .args(["-s", name, &self.process.id().to_string()])
            .status()?;
        ensure!(sent.success(), "the signal could not be sent");
        Ok(())
    }

    /// Starts it again, with the same port and directory.
    ///
    /// # Errors
    /// It did not start.
    pub fn start_again(&mut self) -> anyhow::Result<()> {
        let (process, port) = spawn(self.directory.path(), &self.port.to_string(), &self.arguments)?;
        self.process = process;
        ensure!(port == self.port, "it has another port");
        Ok(())
    }

    /// A connection of the test's own.
    ///
    /// # Errors
    /// The server lets nobody in.
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
        // Where Debian keeps it, which is not in everybody's PATH.
        .chain([PathBuf::from("/usr/sbin")])
        .map(|directory| directory.join("nats-server"))
        .find(|path| path.is_file())
        .context("these tests need nats-server: run tests/servers.sh, or install it so that it is in PATH")
}

/// Starts a server and waits until it takes connections.
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
    // What it says after that is of no interest, but must not fill the pipe.
    std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
    Ok((process, port.with_context(|| format!("no port:\n{seen}"))?))
}
