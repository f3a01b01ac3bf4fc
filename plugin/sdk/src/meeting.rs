//! Meetings, with the only fields that a connector can emit.

use std::borrow::Cow;

/// The half-open span of time that is collected; see `types.window`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its first second.
    pub start: i64,
    /// The first second after it.
    pub end: i64,
}

impl Window {
    /// Whether a meeting belongs to the window: it starts before the end and ends after the start. A meeting without length belongs to it if it
    /// starts in it.
    #[must_use]
    pub const fn overlaps(self, start: i64, end: i64) -> bool {
        if start == end {
            self.start <= start && start < self.end
        } else {
            start < self.end && self.start < end
        }
    }
}

/// The subject of a meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject<'a> {
    /// The text.
    Text(Cow<'a, str>),
    /// There is, or may be, a subject that must not be shown.
    Withheld,
    /// There is no subject.
    None,
}

/// Whether a meeting takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It takes place.
    Confirmed,
    /// It may take place.
    Tentative,
    /// It does not take place.
    Cancelled,
}

/// One occurrence in one room. It may borrow from the answer that it was read from, so that nothing is copied before it reaches the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting<'a> {
    /// Unique within the room, and the same in every pass.
    pub id: Cow<'a, str>,
    /// The address of a room of this call.
    pub room: Cow<'a, str>,
    /// The id of its recurring series.
    pub series: Option<Cow<'a, str>>,
    /// Its subject, if it may be shown.
    pub subject: Subject<'a>,
    /// In seconds.
    pub start: i64,
    /// In seconds, never before `start`.
    pub end: i64,
    /// Whether it takes whole days.
    pub all_day: bool,
    /// Whether it takes place.
    pub status: Status,
}

impl<'a> Meeting<'a> {
    /// A confirmed meeting. Its subject is withheld unless you set another one.
    pub fn new(id: impl Into<Cow<'a, str>>, room: impl Into<Cow<'a, str>>, start: i64, end: i64) -> Self {
        Self {
            id: id.into(),
            room: room.into(),
            series: None,
            subject: Subject::Withheld,
            start,
            end,
            all_day: false,
            status: Status::Confirmed,
        }
    }

    /// Converts it to a meeting that borrows nothing.
    #[must_use]
    pub fn into_owned(self) -> Meeting<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Meeting {
            id: own(self.id),
            room: own(self.room),
            series: self.series.map(own),
            subject: match self.subject {
                Subject::Text(text) => Subject::Text(own(text)),
                Subject::Withheld => Subject::Withheld,
                Subject::None => Subject::None,
            },
            start: self.start,
            end: self.end,
            all_day: self.all_day,
            status: self.status,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Window;

    #[test]
    fn a_window_holds_what_overlaps_it_and_no_neighbour() {
        let window = Window { start: 10, end: 20 };
        for (start, end, belongs) in [
            (5, 10, false),
            (5, 11, true),
            (19, 25, true),
            (20, 25, false),
            (5, 25, true),
            (10, 10, true),
            (20, 20, false),
        ] {
            assert_eq!(window.overlaps(start, end), belongs, "{start}..{end}");
        }
    }
}
