//! One session of a call as a test describes it: who was in the call from when to when, and which screens were shared.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::call_party::CallParty;

/// The modality of a shared screen.
const SHARING: &str = "videoBasedScreenSharing";

/// The time that one endpoint was in a call. In a group call the other side is the service.
#[derive(Clone, Debug)]
pub struct CallSession {
    /// Its place among the sessions of the record, from which its id is made.
    pub(crate) number: usize,
    pub(crate) caller: CallParty,
    pub(crate) callee: Option<CallParty>,
    pub(crate) start: DateTime<Utc>,
    pub(crate) end: DateTime<Utc>,
    pub(crate) is_test: bool,
    pub(crate) modalities: Vec<String>,
    pub(crate) platform: Option<String>,
    pub(crate) shared: Vec<Shared>,
    pub(crate) overrides: Vec<(String, Value)>,
    pub(crate) problem: Option<String>,
}

/// A screen that was shared during a session.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    /// Whether the caller sent it, rather than received it.
    pub(crate) sent: bool,
    /// When, if the stream says it.
    pub(crate) span: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

impl CallSession {
    /// A session of `caller` with the service, with audio and video: the address of a room or a user, or a number that
    /// begins with `+`.
    #[must_use]
    pub fn new(caller: impl Into<CallParty>, start: &str, end: &str) -> Self {
        match (moment(start), moment(end)) {
            (Ok(start), Ok(end)) => Self::between(caller, start, end),
            (Err(problem), _) | (_, Err(problem)) => Self {
                problem: Some(problem),
                ..Self::between(caller, DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH)
            },
        }
    }

    /// The same between two instants that need not be read.
    #[must_use]
    pub fn between(caller: impl Into<CallParty>, start: DateTime<Utc>, end: DateTime<Utc>) -> Self {
        Self {
            number: 0,
            caller: caller.into(),
            callee: None,
            start,
            end,
            is_test: false,
            modalities: vec!["audio".to_owned(), "video".to_owned()],
            platform: None,
            shared: Vec::new(),
            overrides: Vec::new(),
            problem: None,
        }
    }

    /// Sets who was called, instead of the service.
    #[must_use]
    pub fn callee(mut self, party: impl Into<CallParty>) -> Self {
        self.callee = Some(party.into());
        self
    }

    /// Makes it a test call.
    #[must_use]
    pub fn test(mut self) -> Self {
        self.is_test = true;
        self
    }

    /// Sets its modalities: `audio`, `video`, `videoBasedScreenSharing`, `data`, `screenSharing`, or anything else.
    #[must_use]
    pub fn modalities<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.modalities = names.into_iter().map(str::to_owned).collect();
        self
    }

    /// Sets the platform of the caller; by default `roomSystem` for a room, `windows` for a user.
    #[must_use]
    pub fn platform(mut self, name: &str) -> Self {
        self.platform = Some(name.to_owned());
        self
    }

    /// Has the caller share a screen for a time.
    #[must_use]
    pub fn presents(self, start: &str, end: &str) -> Self {
        self.shares(true, Some((start, end)))
    }

    /// Has the caller receive the screen of another participant for a time.
    #[must_use]
    pub fn watches(self, start: &str, end: &str) -> Self {
        self.shares(false, Some((start, end)))
    }

    /// Has the caller share a screen at a time that the record does not tell.
    #[must_use]
    pub fn presents_sometime(self) -> Self {
        self.shares(true, None)
    }

    fn shares(mut self, sent: bool, span: Option<(&str, &str)>) -> Self {
        if !self.modalities.iter().any(|modality| modality == SHARING) {
            self.modalities.push(SHARING.to_owned());
        }
        let span = span.map(|(start, end)| Ok((moment(start)?, moment(end)?)));
        match span.transpose() {
            Ok(span) => self.shared.push(Shared { sent, span }),
            Err(problem) => self.problem = self.problem.take().or(Some(problem)),
        }
        self
    }

    /// Changes its start and end, even to an end before the start.
    #[must_use]
    pub fn moved_to(mut self, start: &str, end: &str) -> Self {
        match (moment(start), moment(end)) {
            (Ok(start), Ok(end)) => (self.start, self.end) = (start, end),
            (Err(problem), _) | (_, Err(problem)) => self.problem = self.problem.take().or(Some(problem)),
        }
        self
    }

    /// Shows `value` for a property of the session, such as a `caller` that is null.
    #[must_use]
    pub fn with(mut self, property: &str, value: Value) -> Self {
        self.overrides.push((property.to_owned(), value));
        self
    }

    pub(crate) fn parties(&self) -> impl Iterator<Item = &CallParty> {
        std::iter::once(&self.caller).chain(&self.callee)
    }
}

/// Reads an instant.
pub(crate) fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    DateTime::parse_from_rfc3339(text)
        .map(|at| at.with_timezone(&Utc))
        .map_err(|_| format!("{text:?} is not an instant; write 2026-03-10T10:00:00Z"))
}
