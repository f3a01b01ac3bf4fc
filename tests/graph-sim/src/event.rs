//! One event of a room as a test describes it: a single meeting, an all-day one, or a series with exceptions.
//! `series` works out its occurrences, and `wire` writes them.

use std::hash::{DefaultHasher, Hash, Hasher as _};

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, Utc, Weekday};
use serde_json::Value;

use crate::zone::{instant, zone};

/// The pattern of a series, in its own time zone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Pattern {
    /// Every n days.
    Daily(u32),
    /// Every n weeks on these days of the week.
    Weekly(u32, Vec<Weekday>),
    /// Every n months on the day of the month on which the series begins.
    Monthly(u32),
}

/// Where a series ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Range {
    Endless,
    Count(u32),
    Until(NaiveDate),
}

#[derive(Clone, Debug, Hash)]
pub(crate) struct Recurrence {
    pub(crate) pattern: Pattern,
    pub(crate) range: Range,
    /// Slots (by local date) with another event; `None` is a slot without a meeting.
    pub(crate) exceptions: Vec<(NaiveDate, Option<Box<Event>>)>,
}

#[derive(Clone, Copy, Debug, Hash)]
pub(crate) enum When {
    Local(NaiveDateTime),
    Instant(DateTime<Utc>),
}

/// One event of a room's calendar. Describe it in this order: what and when, then zone, then repetition, then exceptions.
///
/// Mistakes (an unreadable time, an unknown zone) are kept and reported by
/// [`Simulator::start`](crate::Simulator::start) and [`Simulator::update`](crate::Simulator::update), so that a
/// test can be written without a `?` at each event.
#[derive(Clone, Debug, Hash)]
pub struct Event {
    pub(crate) subject: Option<String>,
    pub(crate) start: When,
    pub(crate) end: When,
    pub(crate) zone: chrono_tz::Tz,
    pub(crate) zone_label: String,
    pub(crate) all_day: bool,
    pub(crate) sensitivity: String,
    pub(crate) show_as: String,
    pub(crate) cancelled: bool,
    pub(crate) organizer: Option<(String, String)>,
    pub(crate) body: String,
    pub(crate) recurrence: Option<Recurrence>,
    pub(crate) overrides: Vec<(String, Option<Value>)>,
    pub(crate) raw: Option<Value>,
    pub(crate) key: Option<String>,
    pub(crate) problem: Option<String>,
}

fn moment(text: &str) -> Result<When, String> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(When::Instant(at.with_timezone(&Utc)));
    }
    for format in [
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M",
    ] {
        if let Ok(at) = NaiveDateTime::parse_from_str(text, format) {
            return Ok(When::Local(at));
        }
    }
    Err(format!(
        "{text:?} is not a time; write 2026-03-10T10:00:00Z, or 2026-03-10T10:00 in the event's zone"
    ))
}

fn date(text: &str) -> Result<NaiveDate, String> {
    text.parse()
        .map_err(|_| format!("{text:?} is not a date; write 2026-03-10"))
}

impl Event {
    /// A meeting from `start` to `end`: instants (`2026-03-10T10:00:00Z`) or local times (`2026-03-10T10:00`) of the
    /// zone given with [`Event::zone`], by default UTC.
    #[must_use]
    pub fn new(subject: &str, start: &str, end: &str) -> Self {
        let nowhere = When::Instant(DateTime::UNIX_EPOCH);
        let (start, end, problem) = match (moment(start), moment(end)) {
            (Ok(start), Ok(end)) => (start, end, None),
            (Err(problem), _) | (_, Err(problem)) => {
                (nowhere, nowhere, Some(format!("event {subject:?}: {problem}")))
            }
        };
        Self::at(subject, start, end, problem)
    }

    /// A meeting between two instants.
    #[must_use]
    pub fn between(subject: &str, start: DateTime<Utc>, end: DateTime<Utc>) -> Self {
        Self::at(subject, When::Instant(start), When::Instant(end), None)
    }

    /// An all-day event of this many days from the midnight of `first` (`2026-03-10`) in `zone`.
    #[must_use]
    pub fn all_day(subject: &str, first: &str, days: u32, zone: &str) -> Self {
        let (day, problem) = match date(first) {
            Ok(day) => (day, None),
            Err(problem) => (
                NaiveDate::default(),
                Some(format!("event {subject:?}: {problem}")),
            ),
        };
        let end = day.checked_add_days(Days::new(u64::from(days))).unwrap_or(day);
        let midnight = |day: NaiveDate| When::Local(day.and_time(chrono::NaiveTime::MIN));
        let mut event = Self::at(subject, midnight(day), midnight(end), problem);
        event.all_day = true;
        event.zone(zone)
    }

    fn at(subject: &str, start: When, end: When, problem: Option<String>) -> Self {
        Self {
            subject: Some(subject.to_owned()),
            start,
            end,
            zone: chrono_tz::Tz::UTC,
            zone_label: "UTC".to_owned(),
            all_day: false,
            sensitivity: "normal".to_owned(),
            show_as: "busy".to_owned(),
            cancelled: false,
            organizer: None,
            body: String::new(),
            recurrence: None,
            overrides: Vec::new(),
            raw: None,
            key: None,
            problem,
        }
    }

    fn complain(&mut self, problem: &str) {
        let subject = self.subject.clone().unwrap_or_default();
        self.problem
            .get_or_insert_with(|| format!("event {subject:?}: {problem}"));
    }

    /// Sets the event's own zone, by its Windows or IANA name: local times are read in it, a series repeats in it, and it
    /// is shown as `originalStartTimeZone`. Call it before repetition and exceptions.
    #[must_use]
    pub fn zone(mut self, name: &str) -> Self {
        match zone(name) {
            Some(found) => self.zone = found,
            None => self.complain(&format!(
                "unknown zone {name:?}; use a Windows or IANA name, or zone_label for a name that cannot be resolved"
            )),
        }
        self.zone_label = name.to_owned();
        self
    }

    /// Sets what `originalStartTimeZone` shows, such as `tzone://Microsoft/Custom`, without effect on the times.
    #[must_use]
    pub fn zone_label(mut self, label: &str) -> Self {
        label.clone_into(&mut self.zone_label);
        self
    }

    /// Sets `sensitivity`: `normal`, `personal`, `private`, `confidential`, or anything that a later Graph might send.
    #[must_use]
    pub fn sensitivity(mut self, value: &str) -> Self {
        value.clone_into(&mut self.sensitivity);
        self
    }

    /// Marks it private.
    #[must_use]
    pub fn private(self) -> Self {
        self.sensitivity("private")
    }

    /// Sets `showAs`: `busy`, `tentative`, `free`, `oof`, `workingElsewhere`, or anything else.
    #[must_use]
    pub fn show_as(mut self, value: &str) -> Self {
        value.clone_into(&mut self.show_as);
        self
    }

    /// Makes it tentative: waiting for approval, or accepted tentatively.
    #[must_use]
    pub fn tentative(self) -> Self {
        self.show_as("tentative")
    }

    /// Has its organizer cancel it; it stays in the room's calendar (`RemoveCanceledMeetings` is false by default).
    #[must_use]
    pub fn cancelled(mut self) -> Self {
        self.cancelled = true;
        self
    }

    /// Sets another subject. The empty text is shown as such.
    #[must_use]
    pub fn subject(mut self, text: &str) -> Self {
        self.subject = Some(text.to_owned());
        self
    }

    /// Shows `"subject": null`, as a room with `DeleteSubject` does.
    #[must_use]
    pub fn no_subject(mut self) -> Self {
        self.subject = None;
        self
    }

    /// Sets the organizer, by default a user named Adele Vance.
    #[must_use]
    pub fn organizer(mut self, name: &str, address: &str) -> Self {
        self.organizer = Some((name.to_owned(), address.to_owned()));
        self
    }

    /// Sets the text of the invitation, which a collector must not request.
    #[must_use]
    pub fn body(mut self, text: &str) -> Self {
        text.clone_into(&mut self.body);
        self
    }

    /// Moves the event and keeps everything else: for exceptions of a series and for changes between passes.
    #[must_use]
    pub fn moved_to(mut self, start: &str, end: &str) -> Self {
        match (moment(start), moment(end)) {
            (Ok(start), Ok(end)) => (self.start, self.end) = (start, end),
            (Err(problem), _) | (_, Err(problem)) => self.complain(&problem),
        }
        self
    }

    /// Repeats it without end.
    #[must_use]
    pub fn repeats(mut self, pattern: Pattern) -> Self {
        self.recurrence = Some(Recurrence {
            pattern,
            range: Range::Endless,
            exceptions: Vec::new(),
        });
        self
    }

    /// Limits the series to this many slots, including those taken out.
    #[must_use]
    pub fn times(mut self, count: u32) -> Self {
        match &mut self.recurrence {
            Some(recurrence) => recurrence.range = Range::Count(count),
            None => self.complain("times() without repeats() before it"),
        }
        self
    }

    /// Sets the last day on which the series may have a slot, in its own zone.
    #[must_use]
    pub fn until(mut self, last: &str) -> Self {
        match (date(last), &mut self.recurrence) {
            (Ok(last), Some(recurrence)) => recurrence.range = Range::Until(last),
            (Ok(_), None) => self.complain("until() without repeats() before it"),
            (Err(problem), _) => self.complain(&problem),
        }
        self
    }

    /// Takes the slot of this local date out of the series, as if deleted.
    #[must_use]
    pub fn without(mut self, day: &str) -> Self {
        match (date(day), &mut self.recurrence) {
            (Ok(day), Some(recurrence)) => recurrence.exceptions.push((day, None)),
            (Ok(_), None) => self.complain("without() without repeats() before it"),
            (Err(problem), _) => self.complain(&problem),
        }
        self
    }

    /// Makes the slot of this local date an exception: `change` gets the occurrence and returns what it became.
    ///
    /// ```
    /// # use graph_sim::{Event, Pattern};
    /// let weekly = Event::new("Weekly sync", "2026-03-10T10:00", "2026-03-10T11:00")
    ///     .zone("W. Europe Standard Time")
    ///     .repeats(Pattern::Weekly(1, vec![]))
    ///     .change_on("2026-03-17", |e| e.moved_to("2026-03-18T09:00", "2026-03-18T10:00"))
    ///     .change_on("2026-03-24", |e| e.private());
    /// ```
    #[must_use]
    pub fn change_on(mut self, day: &str, change: impl FnOnce(Self) -> Self) -> Self {
        let day = match date(day) {
            Ok(day) => day,
            Err(problem) => {
                self.complain(&problem);
                return self;
            }
        };
        let mut slot = Self {
            recurrence: None,
            ..self.clone()
        };
        let length = self.last() - self.first();
        let local = day.and_time(self.local_start().time());
        slot.start = When::Local(local);
        slot.end = if self.all_day {
            When::Local(local + (self.local(self.end) - self.local_start()))
        } else {
            When::Instant(instant(self.zone, local) + length)
        };
        let changed = change(slot);
        if let Some(problem) = &changed.problem {
            self.problem.get_or_insert_with(|| problem.clone());
        }
        match &mut self.recurrence {
            Some(recurrence) => recurrence.exceptions.push((day, Some(Box::new(changed)))),
            None => self.complain("change_on() without repeats() before it"),
        }
        self
    }

    /// Shows `value` for a property, such as a `start` with a stray `Z` or an unknown `sensitivity`. The event keeps the
    /// place in the calendar of its original start and end.
    #[must_use]
    pub fn with(mut self, property: &str, value: Value) -> Self {
        self.overrides.push((property.to_owned(), Some(value)));
        self
    }

    /// Leaves a property out of the answer even if it was requested.
    #[must_use]
    pub fn without_property(mut self, property: &str) -> Self {
        self.overrides.push((property.to_owned(), None));
        self
    }

    /// Shows exactly this JSON for the event, whatever was selected. The event keeps the place in the calendar of its
    /// original start and end.
    #[must_use]
    pub fn raw(mut self, value: Value) -> Self {
        self.raw = Some(value);
        self
    }

    /// Sets the name from which the ids are made. With it, an event that is removed and added again has its old ids.
    /// Without it, the event gets a name that it keeps while the simulator runs.
    #[must_use]
    pub fn key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }

    pub(crate) fn local(&self, when: When) -> NaiveDateTime {
        match when {
            When::Local(at) => at,
            When::Instant(at) => at.with_timezone(&self.zone).naive_local(),
        }
    }

    fn true_instant(&self, when: When) -> DateTime<Utc> {
        match when {
            When::Local(at) => instant(self.zone, at),
            When::Instant(at) => at,
        }
    }

    pub(crate) fn local_start(&self) -> NaiveDateTime {
        self.local(self.start)
    }

    pub(crate) fn first(&self) -> DateTime<Utc> {
        self.true_instant(self.start)
    }

    pub(crate) fn last(&self) -> DateTime<Utc> {
        self.true_instant(self.end)
    }

    /// A hash of everything that describes the event and its exceptions.
    pub(crate) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }

    /// Gives an event without a name this one, and its exceptions theirs.
    pub(crate) fn settle(&mut self, name: impl FnOnce() -> String) {
        let key = self.key.get_or_insert_with(name);
        for (_, exception) in self
            .recurrence
            .iter_mut()
            .flat_map(|recurrence| &mut recurrence.exceptions)
        {
            if let Some(exception) = exception {
                exception.key = Some(key.clone());
            }
        }
    }
}
