//! A real server, started and stopped by a test.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use async_nats::jetstream;
use collector_sinks::{Change, NatsSettings, Sink, SinkSettings, open};
use tempfile::TempDir;

use crate::settings;

/// A server on a free port of this machine. It is killed when it is dropped, at the end of a test that failed too.
pub(crate) struct Server {
    process: Child,
    pub(crate) port: u16,
    arguments: Vec<String>,
    directory: TempDir,
}

impl Server {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let arguments = arguments
            .iter()
            .map(|argument| argument.replace("{dir}", directory.path().to_str().unwrap()))
            .collect::<Vec<_>>();
        let (process, port) = spawn(directory.path(), "-1", &arguments);
        Self {
            process,
            port,
            arguments,
            directory,
        }
    }

    pub(crate) fn with_jetstream() -> Self {
        Self::start(&["-js"])
    }

    /// As a crash of the machine's power supply would not, but that of the server: with SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// `STOP`: it does nothing any more, but its connections stay. `CONT`: it goes on.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args(["-s", name, &self.process.id().to_string()])
            .status();
        assert!(status.unwrap().success());
    }

    /// Again, with the same port and directory.
    pub(crate) fn start_again(&mut self) {
        let (process, port) = spawn(self.directory.path(), &self.port.to_string(), &self.arguments);
        assert_eq!(port, self.port);
        self.process = process;
    }

    pub(crate) fn settings(&self) -> NatsSettings {
        settings(&format!("nats://127.0.0.1:{}", self.port))
    }

    pub(crate) fn sink(&self) -> Box<dyn Sink> {
        open(SinkSettings::Nats(self.settings())).unwrap()
    }

    pub(crate) async fn client(&self) -> jetstream::Context {
        let url = format!("nats://127.0.0.1:{}", self.port);
        jetstream::new(async_nats::connect(url).await.unwrap())
    }

    /// The messages of the stream in order: subject, id and payload.
    pub(crate) async fn messages(&self) -> Vec<(String, String, String)> {
        let mut stream = self.client().await.get_stream("COLLECTOR").await.unwrap();
        let state = stream.info().await.unwrap().state.clone();
        let mut messages = Vec::new();
        for sequence in state.first_sequence..=state.last_sequence {
            let message = stream.get_raw_message(sequence).await.unwrap();
            messages.push((
                message.subject.to_string(),
                message.headers.get("Nats-Msg-Id").unwrap().to_string(),
                String::from_utf8(message.payload.to_vec()).unwrap(),
            ));
        }
        messages
    }

    pub(crate) async fn assert_holds(&self, changes: &[Change]) {
        let mut found: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        for (subject, id, payload) in self.messages().await {
            found.entry(subject).or_default().push((id, payload));
        }
        let mut expected: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        for change in changes {
            expected
                .entry(format!("rooms.contoso.{}", change.room))
                .or_default()
                .push((change.change_id(), change.json()));
        }
        for (subject, expected) in &expected {
            let ids = |of: &[(String, String)]| of.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>();
            let found = found.get(subject).map(Vec::as_slice).unwrap_or_default();
            assert_eq!(ids(found), ids(expected), "{subject}");
        }
        assert_eq!(found, expected);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn program() -> PathBuf {
    let servers = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .unwrap()
        .join("servers");
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::iter::once(servers)
        .chain(std::env::split_paths(&paths))
        // Where Debian keeps it, which is not in everybody's PATH.
        .chain([PathBuf::from("/usr/sbin")])
        .map(|directory| directory.join("nats-server"))
        .find(|path| path.is_file())
        .expect("these tests need nats-server: run tests/servers.sh, or install it so that it is in PATH")
}

/// Starts a server and waits until it takes connections.
fn spawn(directory: &Path, port: &str, arguments: &[String]) -> (Child, u16) {
    let mut process = Command::new(program())
        .args(["-a", "127.0.0.1", "-p", port, "-sd"])
        .arg(directory)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(process.stderr.take().unwrap());
    let (mut seen, mut port) = (String::new(), None);
    loop {
        let mut line = String::new();
        if log.read_line(&mut line).unwrap() == 0 {
            process.wait().unwrap();
            panic!("nats-server did not start:\n{seen}");
        }
        if let Some((_, found)) = line.split_once("Listening for client connections on 127.0.0.1:") {
            port = Some(found.trim().parse().unwrap());
        }
        seen.push_str(&line);
        if line.contains("Server is ready") {
            break;
        }
    }
    // What it says after that is of no interest, but must not fill the pipe.
    std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
    (process, port.unwrap_or_else(|| panic!("no port:\n{seen}")))
}
