//! The programs in `tests/clients`, with what `tests/clients.sh` installed for them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};

use serde_json::Value;

/// The clients that read calendars, as `--version` names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Client {
    MsGraphSdk,
    O365,
    JavaScript,
}

pub(crate) const CLIENTS: [Client; 3] = [Client::MsGraphSdk, Client::O365, Client::JavaScript];

impl Client {
    pub(crate) fn program(self) -> Command {
        match self {
            Self::MsGraphSdk => python("read.py", &["--client", "msgraph-sdk"]),
            Self::O365 => python("read.py", &["--client", "o365"]),
            Self::JavaScript => node("read.mjs"),
        }
    }
}

/// A running client that waits for requests.
pub(crate) struct Reader {
    process: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Reader {
    pub(crate) fn start(client: Client) -> Self {
        let mut process = client
            .program()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let requests = process.stdin.take().unwrap();
        let answers = BufReader::new(process.stdout.take().unwrap());
        Self {
            process,
            requests,
            answers,
        }
    }

    pub(crate) fn ask(&mut self, request: &Value) -> Value {
        writeln!(self.requests, "{request}").unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("no answer to {request}"))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The status and standard output of a program for this input. A failing test shows its standard error.
pub(crate) fn run(mut program: Command, input: &str) -> (i32, String) {
    let mut process = program
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The program may end before it has read everything.
    let _ = process.stdin.take().unwrap().write_all(input.as_bytes());
    let Output {
        status,
        stdout,
        stderr,
    } = process.wait_with_output().unwrap();
    eprint!("{}", String::from_utf8_lossy(&stderr));
    (status.code().unwrap(), String::from_utf8(stdout).unwrap())
}

pub(crate) fn python(script: &str, arguments: &[&str]) -> Command {
    let mut program = Command::new(installed("python", "venv/bin/python"));
    program.arg(pins().join(script)).args(arguments);
    program
}

pub(crate) fn node(script: &str) -> Command {
    let modules = installed("npm", "node_modules");
    let mut program = Command::new("node");
    program
        .arg(pins().join(script))
        .env("COLLECTOR_CLIENTS", modules.parent().unwrap());
    program
}

/// The directory `tests/clients`.
pub(crate) fn pins() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../clients")
}

fn installed(stamp: &str, part: &str) -> PathBuf {
    let clients = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .unwrap()
        .join("clients");
    let part = clients.join(part);
    assert!(
        clients.join(format!("{stamp}.stamp")).is_file() && part.exists(),
        "these tests need clients of Microsoft Graph: run tests/clients.sh"
    );
    part
}
