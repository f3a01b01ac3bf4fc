//! The record of one call as a test describes it: its sessions, and the versions in which it appears. `call_record_wire`
//! writes it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::call_party::{CallParty, Resolved};
use crate::call_session::{CallSession, moment};

/// How long a record can be read after the end of its call, in days.
const KEPT: TimeDelta = TimeDelta::days(30);
/// When the first version of a record appears, after the end of its call.
const FIRST_VERSION: Duration = Duration::from_secs(15 * 60);

/// What kind of call it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CallKind {
    /// A meeting, in which everybody has a session with the service.
    #[default]
    GroupCall,
    /// A call between two.
    PeerToPeer,
    /// The service cannot tell.
    Unknown,
}

/// A call, whose record appears some time after its end. Describe it in this order: the first version, then later ones.
///
/// Mistakes (an unreadable time, a participant whom the tenant does not have) are reported by
/// [`Simulator::start`](crate::Simulator::start) and [`Simulator::update`](crate::Simulator::update).
///
/// ```
/// use std::time::Duration;
///
/// use graph_sim::{CallRecord, CallSession};
///
/// let room = CallSession::new("conf-a@contoso.com", "2026-03-10T10:02:00Z", "2026-03-10T10:30:00Z");
/// let back = CallSession::new("conf-a@contoso.com", "2026-03-10T10:40:00Z", "2026-03-10T10:58:00Z");
/// CallRecord::new("2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z")
///     .organizer("adelev@contoso.com")
///     .session(room.presents("2026-03-10T10:05:00Z", "2026-03-10T10:20:00Z"))
///     .published(Duration::from_secs(12 * 60))
///     .revised(Duration::from_secs(50 * 60), |record| record.session(back));
/// ```
#[derive(Clone, Debug)]
pub struct CallRecord {
    /// Empty until the tenant gives it one.
    pub(crate) id: String,
    pub(crate) kind: CallKind,
    pub(crate) start: DateTime<Utc>,
    pub(crate) end: DateTime<Utc>,
    pub(crate) organizer: Option<CallParty>,
    /// Participants without a session.
    pub(crate) others: Vec<CallParty>,
    pub(crate) sessions: Vec<CallSession>,
    pub(crate) overrides: Vec<(String, Value)>,
    pub(crate) problem: Option<String>,
    /// Number of sessions so far, also of those taken out.
    numbered: usize,
    /// When this version appears, after the end of the call.
    published: Duration,
    later: Vec<CallRecord>,
}

/// A record as it is shown at some time.
#[derive(Clone, Copy)]
pub(crate) struct Shown<'a> {
    pub(crate) id: &'a str,
    pub(crate) version: usize,
    pub(crate) modified: DateTime<Utc>,
    pub(crate) record: &'a CallRecord,
}

impl CallRecord {
    /// A group call between two instants (`2026-03-10T10:00:00Z`), whose record appears 15 minutes after its end.
    #[must_use]
    pub fn new(start: &str, end: &str) -> Self {
        match (moment(start), moment(end)) {
            (Ok(start), Ok(end)) => Self::between(start, end),
            (Err(problem), _) | (_, Err(problem)) => Self {
                problem: Some(problem),
                ..Self::between(DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH)
            },
        }
    }

    /// The same between two instants that need not be read.
    #[must_use]
    pub fn between(start: DateTime<Utc>, end: DateTime<Utc>) -> Self {
        Self {
            id: String::new(),
            kind: CallKind::default(),
            start,
            end,
            organizer: None,
            others: Vec::new(),
            sessions: Vec::new(),
            overrides: Vec::new(),
            problem: None,
            numbered: 0,
            published: FIRST_VERSION,
            later: Vec::new(),
        }
    }

    /// Sets its id, a GUID; by default derived from its place among the calls of the tenant.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.id);
        self
    }

    /// Sets what kind of call it was.
    #[must_use]
    pub fn kind(mut self, kind: CallKind) -> Self {
        self.kind = kind;
        self
    }

    /// Sets who organized it.
    #[must_use]
    pub fn organizer(mut self, party: impl Into<CallParty>) -> Self {
        self.organizer = Some(party.into());
        self
    }

    /// Adds a participant of whom the record has no session.
    #[must_use]
    pub fn participant(mut self, party: impl Into<CallParty>) -> Self {
        self.others.push(party.into());
        self
    }

    /// Adds a session. One who leaves and comes back has several.
    #[must_use]
    pub fn session(mut self, mut session: CallSession) -> Self {
        self.numbered += 1;
        session.number = self.numbered;
        self.complain(session.problem.take());
        self.sessions.push(session);
        self
    }

    /// Takes out the session that was added as the n-th, counting from 1; for later versions.
    #[must_use]
    pub fn without_session(mut self, n: usize) -> Self {
        self.sessions.retain(|session| session.number != n);
        self
    }

    /// Changes the session that was added as the n-th, counting from 1; for later versions. It keeps its id.
    #[must_use]
    pub fn change_session(mut self, n: usize, change: impl Fn(CallSession) -> CallSession) -> Self {
        for session in self.sessions.iter_mut().filter(|session| session.number == n) {
            *session = change(session.clone());
            let problem = session.problem.take();
            self.problem = self.problem.take().or(problem);
        }
        self
    }

    /// Changes its start and end; for later versions.
    #[must_use]
    pub fn moved_to(mut self, start: &str, end: &str) -> Self {
        match (moment(start), moment(end)) {
            (Ok(start), Ok(end)) => (self.start, self.end) = (start, end),
            (Err(problem), _) | (_, Err(problem)) => self.complain(Some(problem)),
        }
        self
    }

    /// Sets when its first version appears, after the end of the call; by default 15 minutes.
    #[must_use]
    pub fn published(mut self, after: Duration) -> Self {
        self.published = after;
        self
    }

    /// Adds a version that appears this long after the end of the call: `change` gets the version before.
    #[must_use]
    pub fn revised(mut self, after: Duration, change: impl FnOnce(Self) -> Self) -> Self {
        let before = self.later.last().unwrap_or(&self).clone();
        let changed = change(Self {
            later: Vec::new(),
            ..before
        });
        self.complain(changed.problem.clone());
        self.later.push(Self {
            published: after,
            ..changed
        });
        self
    }

    /// Shows `value` for a property of the record, such as a `version` that is a text.
    #[must_use]
    pub fn with(mut self, property: &str, value: Value) -> Self {
        self.overrides.push((property.to_owned(), value));
        self
    }

    /// The version that has appeared by `now`; `None` before the first one, and when the record is no longer kept.
    pub(crate) fn at(&self, now: DateTime<Utc>) -> Option<Shown<'_>> {
        if now - self.end > KEPT {
            return None;
        }
        let versions = std::iter::once(self).chain(&self.later).zip(1..);
        let shown = versions.map(|(record, version)| Shown {
            id: &self.id,
            version,
            modified: self.end + record.published,
            record,
        });
        shown.filter(|shown| shown.modified <= now).last()
    }

    /// Everybody who takes part, in every version.
    pub(crate) fn parties(&self) -> Vec<&CallParty> {
        let own = self.organizer.iter().chain(&self.others);
        let sessions = self.sessions.iter().flat_map(CallSession::parties);
        let later = self.later.iter().flat_map(Self::parties);
        own.chain(sessions).chain(later).collect()
    }

    /// The participants of this version: those with sessions in the order of these, then the others. Some come twice.
    pub(crate) fn everybody(&self) -> impl Iterator<Item = &Resolved> {
        let parties = self.sessions.iter().flat_map(CallSession::parties);
        parties.chain(&self.others).filter_map(CallParty::resolved)
    }

    /// The modalities of all sessions, each once.
    pub(crate) fn modalities(&self) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        for modality in self.sessions.iter().flat_map(|session| &session.modalities) {
            if !found.contains(&modality.as_str()) {
                found.push(modality);
            }
        }
        found
    }

    fn complain(&mut self, problem: Option<String>) {
        self.problem = self.problem.take().or(problem);
    }
}
