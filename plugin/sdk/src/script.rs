//! A host for tests that answers from a script, and records requests, log lines and whatever was emitted.
//!
//! ```
//! use connector_sdk::script::{Script, now};
//! use connector_sdk::{Host as _, Request};
//!
//! let script = Script::default().on("/rooms", 200, &[], "[]");
//! let answer = now(script.fetch(Request::get("https://example.com/rooms"), None)).unwrap();
//! assert_eq!(answer.body, b"[]");
//! ```

use crate::host::{EmitError, FetchError, Host, Level, Request, Response, SecretError};
use crate::meeting::{Meeting, Status, Subject};
use crate::usage::{CoverageRecord, UsageError, UsageRecord};
use std::cell::RefCell;
use std::future::Future;
use std::task::{Context, Poll, Waker};

/// A scripted host. Requests that no line of the script answers get a 404, and every credential is available.
#[derive(Debug)]
pub struct Script {
    lines: RefCell<Vec<Line>>,
    /// Every request.
    pub requests: RefCell<Vec<Request>>,
    /// The emitted meetings.
    pub meetings: RefCell<Vec<Meeting<'static>>>,
    /// The emitted usage records.
    pub usage: RefCell<Vec<UsageRecord<'static>>>,
    /// The emitted coverage records.
    pub coverage: RefCell<Vec<CoverageRecord<'static>>>,
    /// The logged lines: `Warn: …`.
    pub log: RefCell<Vec<String>>,
    /// The claims of every credential, or why there is none.
    pub secret: RefCell<Result<Option<String>, SecretError>>,
    /// The error for each meeting, instead of accepting it.
    pub refuses: Option<EmitError>,
    /// The error for each record, instead of accepting it.
    pub refuses_records: Option<UsageError>,
}

#[derive(Debug)]
struct Line {
    part: String,
    answer: Result<Response, FetchError>,
    used: bool,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            lines: RefCell::default(),
            requests: RefCell::default(),
            meetings: RefCell::default(),
            usage: RefCell::default(),
            coverage: RefCell::default(),
            log: RefCell::default(),
            secret: RefCell::new(Ok(None)),
            refuses: None,
            refuses_records: None,
        }
    }
}

impl Script {
    /// Answers requests whose address contains this part. Several lines for one part answer one after the other, the last one for ever.
    #[must_use]
    pub fn on(self, part: &str, status: u16, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Self {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        self.answering(
            part,
            Ok(Response {
                status,
                headers,
                body: body.into(),
            }),
        )
    }

    /// Like `on`, with a whole answer, or why there is none.
    #[must_use]
    pub fn answering(self, part: &str, answer: Result<Response, FetchError>) -> Self {
        self.lines.borrow_mut().push(Line {
            part: part.to_owned(),
            answer,
            used: false,
        });
        self
    }

    /// The script's next answer for this address; none if no line matches.
    pub fn answer(&self, url: &str) -> Option<Result<Response, FetchError>> {
        let mut lines = self.lines.borrow_mut();
        let fits = |line: &Line| url.contains(&line.part);
        let fresh = lines.iter().position(|line| fits(line) && !line.used);
        let at = fresh.or_else(|| lines.iter().rposition(fits))?;
        let line = lines.get_mut(at)?;
        line.used = true;
        Some(line.answer.clone())
    }

    /// The emitted meetings, one [`line`] each, sorted.
    pub fn emitted(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.meetings.borrow().iter().map(line).collect();
        lines.sort();
        lines
    }
}

impl Host for Script {
    type Secret = Option<String>;

    async fn secret(&self, _: &str) -> Result<Self::Secret, SecretError> {
        self.secret.borrow().clone()
    }

    fn claims(&self, secret: &Self::Secret) -> Option<String> {
        secret.clone()
    }

    fn reveal(&self, _: &Self::Secret) -> Result<String, SecretError> {
        Err(SecretError::Denied("a script reveals nothing".to_owned()))
    }

    async fn fetch(&self, request: Request, _: Option<&Self::Secret>) -> Result<Response, FetchError> {
        let answer = self.answer(&request.url);
        self.requests.borrow_mut().push(request);
        answer.unwrap_or(Ok(Response {
            status: 404,
            headers: Vec::new(),
            body: Vec::new(),
        }))
    }

    fn emit(&self, meeting: &Meeting<'_>) -> Result<(), EmitError> {
        if let Some(error) = &self.refuses {
            return Err(error.clone());
        }
        self.meetings.borrow_mut().push(meeting.clone().into_owned());
        Ok(())
    }

    fn emit_usage(&self, record: &UsageRecord<'_>) -> Result<(), UsageError> {
        if let Some(error) = &self.refuses_records {
            return Err(error.clone());
        }
        self.usage.borrow_mut().push(record.clone().into_owned());
        Ok(())
    }

    fn emit_coverage(&self, record: &CoverageRecord<'_>) -> Result<(), UsageError> {
        if let Some(error) = &self.refuses_records {
            return Err(error.clone());
        }
        self.coverage.borrow_mut().push(record.clone().into_owned());
        Ok(())
    }

    fn log(&self, level: Level, message: &str) {
        self.log.borrow_mut().push(format!("{level:?}: {message}"));
    }
}

/// A meeting as a readable line, without its room: `a of s 2026-03-10T10:00:00Z 2026-03-10T11:00:00Z "Sync" tentative`.
pub fn line(meeting: &Meeting<'_>) -> String {
    let subject = match &meeting.subject {
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
        .as_ref()
        .map(|series| format!(" of {series}"))
        .unwrap_or_default();
    let (start, end) = (written(meeting.start), written(meeting.end));
    format!("{}{series} {start} {end} {subject}{day}{status}", meeting.id)
}

/// An instant as the contract prints it, `2026-03-10T10:00:00Z`.
#[must_use]
pub fn written(at: i64) -> String {
    chrono::DateTime::from_timestamp(at, 0).map_or_else(
        || format!("{at} s"),
        |at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
    )
}

/// The instant of a text such as `2026-03-10T10:00:00Z`.
///
/// # Panics
/// The text is no instant.
#[must_use]
#[allow(clippy::panic)]
pub fn at(text: &str) -> i64 {
    match chrono::DateTime::parse_from_rfc3339(text) {
        Ok(at) => at.timestamp(),
        Err(error) => panic!("{text}: {error}"),
    }
}

/// Runs a future that never has to wait: a script answers at once.
///
/// # Panics
/// It waits for something.
#[allow(clippy::panic)]
pub fn now<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("nothing to wait for"),
    }
}
