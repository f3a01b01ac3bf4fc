//! Other clients of Microsoft Graph, and what they read of a scenario.
//!
//! Each is used by a program in `tests/clients` as its documentation shows. The program gets one JSON request a line, and answers each
//! with one line: what was read, or the client's error.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;

use anyhow::Context as _;
use chrono::{DateTime, SecondsFormat, Utc};
use graph_sim::Simulator;
use serde_json::{Value, json};

use crate::scenario::{Ask, Difference, Expected, Scenario};

/// How many seconds a client may take: longer than any wait that a scenario asks for, save those that have no end.
const LIMIT: u64 = 30;

/// How long the program has to say that it gave up.
const PATIENCE: Duration = Duration::from_secs(2 * LIMIT);

/// Why a client was not asked that has no function for it.
const NOT_OFFERED: &str = "The client has no function for this.";

/// A client, started when it is first asked, and again after it was ended for want of an answer.
pub(crate) struct Client {
    /// Its name and version, as it says them.
    pub(crate) name: String,
    command: Vec<String>,
    running: Mutex<Option<Running>>,
}

struct Running {
    program: Child,
    requests: ChildStdin,
    answers: mpsc::Receiver<String>,
}

/// What became of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Pass,
    /// In few words.
    Fail(String),
    /// Not asked, for this reason when there is one of its own.
    NotAsked(Option<&'static str>),
}

enum Answer {
    Items(Vec<String>),
    Error,
    /// None within the limit.
    None,
    /// The client has no function for this.
    NotOffered,
}

impl Client {
    /// All of them, as `tests/clients.sh` installed them.
    ///
    /// # Errors
    /// One does not start.
    pub(crate) fn all() -> anyhow::Result<Vec<Self>> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let clients = e2e::clients();
        let python = clients.join("venv/bin/python").display().to_string();
        let reader = |name: &str| root.join("tests/clients").join(name).display().to_string();
        let in_python = |client: &str| {
            let client = client.to_owned();
            vec![python.clone(), reader("read.py"), "--client".to_owned(), client]
        };
        [
            in_python("msgraph-sdk"),
            in_python("o365"),
            vec!["node".to_owned(), reader("read.mjs")],
        ]
        .into_iter()
        .map(|command| {
            let said = prepared(&command).arg("--version").output();
            let said = said.with_context(|| format!("{command:?}; run tests/clients.sh"))?;
            let name = String::from_utf8(said.stdout)?.trim().to_owned();
            anyhow::ensure!(
                said.status.success() && !name.is_empty(),
                "{command:?} does not start; run tests/clients.sh"
            );
            Ok(Self {
                name,
                command,
                running: Mutex::new(None),
            })
        })
        .collect()
    }

    /// Lets it read a scenario.
    pub(crate) fn read(&self, scenario: &Scenario) -> anyhow::Result<Verdict> {
        let expected = match scenario.of_others() {
            Ok(expected) => expected,
            Err(reason) => return Ok(Verdict::NotAsked(Some(reason))),
        };
        // Before its simulator starts, since the instant of a date in a header counts from there.
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let simulator = scenario.start();
        let request = request(scenario, &simulator)?;
        let answer = match running.take() {
            Some(running) => Ok(running),
            None => Running::start(&self.command),
        }
        .and_then(|mut program| {
            let answer = program.ask(&request)?;
            // After one that gave up, who knows what it still does.
            if !matches!(answer, Answer::None) {
                *running = Some(program);
            }
            Ok(answer)
        })?;
        Ok(judge(expected, &answer))
    }
}

fn prepared(command: &[String]) -> Command {
    let mut prepared = Command::new(&command[0]);
    prepared.args(&command[1..]);
    prepared
}

impl Running {
    fn start(command: &[String]) -> anyhow::Result<Self> {
        let mut program = prepared(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // What it logs is its own matter; its errors come as answers.
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{command:?}"))?;
        let requests = program.stdin.take().context("no standard input")?;
        let lines = BufReader::new(program.stdout.take().context("no standard output")?).lines();
        let (sender, answers) = mpsc::channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Self {
            program,
            requests,
            answers,
        })
    }

    fn ask(&mut self, request: &Value) -> anyhow::Result<Answer> {
        writeln!(self.requests, "{request}")?;
        let line = match self.answers.recv_timeout(PATIENCE) {
            Ok(line) => line,
            Err(mpsc::RecvTimeoutError::Timeout) => return Ok(Answer::None),
            Err(mpsc::RecvTimeoutError::Disconnected) => anyhow::bail!("the client ended"),
        };
        let answer: Value = serde_json::from_str(&line)?;
        if let Some(items) = answer["items"].as_array() {
            return Ok(Answer::Items(items.iter().map(item).collect()));
        }
        let error = answer["error"].as_str().context("neither items nor an error")?;
        Ok(match error {
            error if error.starts_with("gave up") => Answer::None,
            error if error.starts_with("not offered") => Answer::NotOffered,
            _ => Answer::Error,
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

fn request(scenario: &Scenario, simulator: &Simulator) -> anyhow::Result<Value> {
    let mut request = json!({
        "id": 1,
        "graph": simulator.graph_url(),
        "token": e2e::token(simulator)?,
        "limit": LIMIT,
        "from": scenario.window.0,
        "to": scenario.window.1,
    });
    match &scenario.ask {
        Ask::Calendar(room) => {
            request["what"] = "calendar".into();
            request["room"] = room.as_str().into();
        }
        Ask::Changes(room) => {
            request["what"] = "delta".into();
            request["room"] = room.as_str().into();
        }
        Ask::Rooms => request["what"] = "rooms".into(),
        Ask::RoomsOf(list) => {
            request["what"] = "rooms-of".into();
            request["list"] = list.as_str().into();
        }
    }
    Ok(request)
}

/// An item in the form of [`Expected`].
fn item(item: &Value) -> String {
    if let Some(address) = item["address"].as_str() {
        return address.to_lowercase();
    }
    let instant = |key: &str| {
        let text = item[key].as_str().unwrap_or("-");
        DateTime::parse_from_rfc3339(text).map_or_else(
            |_| text.to_owned(),
            |at| at.with_timezone(&Utc).to_rfc3339_opts(SecondsFormat::Secs, true),
        )
    };
    let subject = item["subject"].as_str().filter(|subject| !subject.is_empty());
    format!(
        "{}/{} {}",
        instant("start"),
        instant("end"),
        subject.unwrap_or("-")
    )
}

fn judge(expected: &Expected, answer: &Answer) -> Verdict {
    let words = match (expected, answer) {
        (_, Answer::None) => "no end".to_owned(),
        (_, Answer::NotOffered) => return Verdict::NotAsked(Some(NOT_OFFERED)),
        (Expected::Failure(_), Answer::Error) => return Verdict::Pass,
        (Expected::Failure(_), Answer::Items(items)) => format!("takes {} for all", items.len()),
        (Expected::Items(_), Answer::Error) => "error".to_owned(),
        (Expected::Items(expected), Answer::Items(found)) => {
            let difference = Difference::between(expected, found);
            if difference.is_nothing() {
                return Verdict::Pass;
            }
            let right = expected.len() - difference.missing.len();
            match difference.unexpected.len() {
                0 => format!("{right} of {}", expected.len()),
                more => format!("{right} of {}, {more} others", expected.len()),
            }
        }
    };
    Verdict::Fail(words)
}
