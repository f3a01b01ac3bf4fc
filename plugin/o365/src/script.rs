//! A host for tests: it answers from a script, batches included, and keeps what it was asked and given.

use crate::world::{
    EmitError, FetchError, Host, Level, Meeting, Request, Response, RoomRequest, SecretError, Status,
    Subject, Window,
};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::future::Future;
use std::task::{Context, Poll, Waker};

/// Settings that leave everything at its default.
pub(crate) const SETTINGS: &str = r#"{"tenant":"contoso.onmicrosoft.com","user-agent":"rooms@contoso.com"}"#;

/// The version root of those settings.
pub(crate) const ROOT: &str = "https://graph.microsoft.com/v1.0";

/// Settings with these room lists.
pub(crate) fn with_lists(lists: &str) -> String {
    json!({"tenant": "contoso.onmicrosoft.com", "user-agent": "rooms@contoso.com", "room-lists": lists})
        .to_string()
}

/// A scripted host. What no line of the script answers is a 404.
#[derive(Default)]
pub(crate) struct Script {
    lines: RefCell<Vec<Line>>,
    slow: Vec<&'static str>,
    date: Option<&'static str>,
    /// Every request, with its body as text.
    pub(crate) requests: RefCell<Vec<Request>>,
    /// What was emitted, one readable line each.
    pub(crate) meetings: RefCell<Vec<String>>,
    pub(crate) log: RefCell<Vec<String>>,
    pub(crate) claims: RefCell<Option<Result<Option<String>, SecretError>>>,
}

/// Status, headers and body, or no answer.
type Scripted = Result<(u16, Vec<(String, String)>, String), FetchError>;

struct Line {
    part: String,
    answer: Scripted,
    used: bool,
}

impl Script {
    /// Answers requests whose address holds this part. Several lines for one part answer one after the other, the
    /// last for ever.
    pub(crate) fn on(self, part: &str, status: u16, body: Value) -> Self {
        self.raw(part, Ok((status, vec![], body.to_string())))
    }

    pub(crate) fn on_with(self, part: &str, status: u16, headers: &[(&str, &str)], body: Value) -> Self {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        self.raw(part, Ok((status, headers, body.to_string())))
    }

    pub(crate) fn raw(self, part: &str, answer: Scripted) -> Self {
        self.lines.borrow_mut().push(Line {
            part: part.to_owned(),
            answer,
            used: false,
        });
        self
    }

    /// Batches with a request whose address holds this part take too long: 504.
    pub(crate) fn slow(mut self, part: &'static str) -> Self {
        self.slow.push(part);
        self
    }

    /// Gives this Date with the answers to batches.
    pub(crate) fn dated(mut self, date: &'static str) -> Self {
        self.date = Some(date);
        self
    }

    /// The addresses that were asked, without the version root; inner ones behind a `+`.
    pub(crate) fn asked(&self) -> Vec<String> {
        let mut asked = Vec::new();
        for request in self.requests.borrow().iter() {
            asked.push(request.url.strip_prefix(ROOT).unwrap_or(&request.url).to_owned());
            asked.extend(
                inner(request)
                    .iter()
                    .map(|inner| format!("+{}", inner["url"].as_str().unwrap())),
            );
        }
        asked
    }

    fn takes_too_long(&self, part: &Value) -> bool {
        let url = part["url"].as_str().unwrap();
        self.slow.iter().any(|slow| url.contains(slow))
    }

    fn answer(&self, url: &str) -> Option<Scripted> {
        let mut lines = self.lines.borrow_mut();
        let fresh = lines
            .iter()
            .position(|line| url.contains(&line.part) && !line.used);
        let at = fresh.or_else(|| lines.iter().rposition(|line| url.contains(&line.part)))?;
        lines[at].used = true;
        Some(lines[at].answer.clone())
    }
}

/// The inner requests of a batch.
pub(crate) fn inner(request: &Request) -> Vec<Value> {
    let body = request.body.as_deref().unwrap_or(b"{}");
    let body: Value = serde_json::from_slice(body).unwrap();
    body["requests"].as_array().cloned().unwrap_or_default()
}

impl Host for Script {
    async fn fetch(&self, request: Request) -> Result<Response, FetchError> {
        let outer = self.answer(&request.url);
        let parts = inner(&request);
        self.requests.borrow_mut().push(request);
        let (status, headers, body) = match outer {
            Some(answer) => answer?,
            None if parts.iter().any(|part| self.takes_too_long(part)) => (504, vec![], String::new()),
            None if parts.is_empty() => (404, vec![], json!({"error": {"code": "NotFound"}}).to_string()),
            None => {
                let mut responses = Vec::new();
                // Backwards: the order of the answers is not that of the questions.
                for part in parts.iter().rev() {
                    let answer = self.answer(part["url"].as_str().unwrap());
                    let (status, headers, body) = answer.unwrap_or(Ok((404, vec![], "null".to_owned())))?;
                    let headers: serde_json::Map<String, Value> = headers
                        .into_iter()
                        .map(|(name, value)| (name, Value::from(value)))
                        .collect();
                    let body: Value = serde_json::from_str(&body).unwrap();
                    responses
                        .push(json!({"id": part["id"], "status": status, "headers": headers, "body": body}));
                }
                let date = self.date.map(|date| ("date".to_owned(), date.to_owned()));
                (
                    200,
                    date.into_iter().collect(),
                    json!({"responses": responses}).to_string(),
                )
            }
        };
        Ok(Response {
            status,
            headers,
            body: body.into_bytes(),
        })
    }

    fn emit(&self, meeting: Meeting<'_>) -> Result<(), EmitError> {
        let subject = match meeting.subject {
            Subject::Text(text) => format!("{text:?}"),
            Subject::Withheld => "withheld".to_owned(),
            Subject::None => "none".to_owned(),
        };
        let status = match meeting.status {
            Status::Confirmed => "",
            Status::Tentative => " tentative",
            Status::Cancelled => " cancelled",
        };
        let day = if meeting.all_day { " all day" } else { "" };
        let series = meeting
            .series
            .map(|series| format!(" of {series}"))
            .unwrap_or_default();
        let Meeting {
            id, room, start, end, ..
        } = meeting;
        let (start, end) = (written(start), written(end));
        self.meetings.borrow_mut().push(format!(
            "{room} {id}{series} {start}/{end} {subject}{day}{status}"
        ));
        Ok(())
    }

    fn log(&self, level: Level, message: &str) {
        self.log.borrow_mut().push(format!("{level:?}: {message}"));
    }

    async fn token_claims(&self) -> Result<Option<String>, SecretError> {
        self.claims.borrow().clone().unwrap_or(Ok(None))
    }
}

/// An instant as the contract prints it, without seconds.
pub(crate) fn written(at: i64) -> String {
    chrono::DateTime::from_timestamp(at, 0)
        .unwrap()
        .format("%Y-%m-%dT%H:%MZ")
        .to_string()
}

/// The instant of a text such as `2026-03-10T10:00:00Z`.
pub(crate) fn at(text: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp()
}

/// The day that the tests collect.
pub(crate) fn tenth_of_march() -> Window {
    Window {
        start: at("2026-03-10T00:00:00Z"),
        end: at("2026-03-11T00:00:00Z"),
    }
}

/// Rooms whose keys are `key-` and what stands before the `@`.
pub(crate) fn rooms(names: &[&str]) -> Vec<RoomRequest> {
    let room = |name: &&str| RoomRequest {
        address: format!("{name}@contoso.com"),
        key: format!("key-{name}"),
        cursor: None,
    };
    names.iter().map(room).collect()
}

/// Runs what never has to wait: the script answers at once.
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("nothing to wait for"),
    }
}
