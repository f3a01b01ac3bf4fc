//! A host for tests: it answers from a script, and keeps what it was asked and given.

use crate::world::{
    EmitError, FetchError, Host, Level, Meeting, Response, RoomRequest, Status, Subject, Window,
};
use std::cell::RefCell;
use std::future::Future;
use std::task::{Context, Poll, Waker};

/// The feed of the room `atrium`.
pub(crate) const ATRIUM: &str = "https://calendar.example.com/secret-key/atrium.ics";

/// Settings with a feed for the room `atrium`, in Berlin.
pub(crate) const SETTINGS: &str = r#"{"feeds": [{"room": "Atrium@contoso.com", "name": "Atrium",
    "url": "https://calendar.example.com/secret-key/atrium.ics"}], "time-zone": "Europe/Berlin"}"#;

/// An answer, or none.
type Scripted = Result<(u16, Vec<(String, String)>, Vec<u8>), FetchError>;

/// An address, and the headers of the request.
type Asked = (String, Vec<(String, String)>);

/// A scripted host. What no line of the script answers is a 404.
#[derive(Default)]
pub(crate) struct Script {
    answers: Vec<(String, Scripted)>,
    /// The addresses that were asked, with their headers.
    pub(crate) asked: RefCell<Vec<Asked>>,
    pub(crate) meetings: RefCell<Vec<Meeting>>,
    pub(crate) log: RefCell<Vec<String>>,
    /// What it says to each meeting.
    pub(crate) refuses: Option<EmitError>,
}

impl Script {
    /// A host on which the feed of `atrium` holds this.
    pub(crate) fn with_feed(feed: impl Into<Vec<u8>>) -> Self {
        Self::default().on(ATRIUM, 200, &[], feed)
    }

    pub(crate) fn on(
        self,
        url: &str,
        status: u16,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Self {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        self.raw(url, Ok((status, headers.collect(), body.into())))
    }

    pub(crate) fn raw(mut self, url: &str, answer: Scripted) -> Self {
        self.answers.push((url.to_owned(), answer));
        self
    }

    /// What was emitted, one readable line each, sorted.
    pub(crate) fn emitted(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.meetings.borrow().iter().map(line).collect();
        lines.sort();
        lines
    }
}

fn line(meeting: &Meeting) -> String {
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

impl Host for Script {
    async fn get(&self, url: &str, headers: Vec<(String, String)>) -> Result<Response, FetchError> {
        self.asked.borrow_mut().push((url.to_owned(), headers));
        let answer = self.answers.iter().find(|(known, _)| known == url);
        let (status, headers, body) =
            answer.map_or(Ok((404, vec![], vec![])), |(_, answer)| answer.clone())?;
        Ok(Response {
            status,
            headers,
            body,
        })
    }

    fn emit(&self, meeting: Meeting) -> Result<(), EmitError> {
        if let Some(error) = &self.refuses {
            return Err(error.clone());
        }
        self.meetings.borrow_mut().push(meeting);
        Ok(())
    }

    fn log(&self, level: Level, message: &str) {
        self.log.borrow_mut().push(format!("{level:?}: {message}"));
    }
}

/// A calendar with these lines in it.
pub(crate) fn calendar(lines: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:test\n{}\nEND:VCALENDAR\n",
        lines.trim()
    )
    .replace('\n', "\r\n")
}

/// A calendar with one event of these properties.
pub(crate) fn event(properties: &str) -> String {
    calendar(&format!("BEGIN:VEVENT\n{}\nEND:VEVENT", properties.trim()))
}

/// The request for the room `atrium`.
pub(crate) fn atrium() -> [RoomRequest; 1] {
    [room("atrium")]
}

pub(crate) fn room(name: &str) -> RoomRequest {
    RoomRequest {
        address: format!("{name}@contoso.com"),
        key: format!("{name}@contoso.com"),
        cursor: None,
    }
}

/// March and April of 2026.
pub(crate) fn spring() -> Window {
    Window {
        start: at("2026-03-01T00:00:00Z"),
        end: at("2026-05-01T00:00:00Z"),
    }
}

/// An instant as the contract prints it.
pub(crate) fn written(at: i64) -> String {
    chrono::DateTime::from_timestamp(at, 0)
        .unwrap()
        .format("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}

/// The instant of a text such as `2026-03-10T10:00:00Z`.
pub(crate) fn at(text: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp()
}

/// Runs what never has to wait: the script answers at once.
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("nothing to wait for"),
    }
}
