//! What a connector brings: meetings, and nothing else about them than this.

use std::borrow::Cow;

/// The half-open span of time that is collected; see `types.window`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first second that belongs to it.
    pub start: i64,
    /// The first second after it.
    pub end: i64,
}

impl Window {
    /// Whether a meeting belongs to it: it starts before the end and ends after the start. One without length belongs to
    /// it when it starts in it.
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
    /// What it says.
    Text(Cow<'a, str>),
    /// There is one, or may be one, and it is not to be shown.
    Withheld,
    /// There is none.
    None,
}

/// Whether a meeting takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It does.
    Confirmed,
    /// Perhaps.
    Tentative,
    /// It does not.
    Cancelled,
}

/// One occurrence in one room. It may borrow from the answer that it was read from: then nothing is copied before the host
/// takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting<'a> {
    /// Unique within the room, and the same in every pass.
    pub id: Cow<'a, str>,
    /// The address of a room of this call.
    pub room: Cow<'a, str>,
    /// The id of the recurring series that it belongs to.
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
    /// A confirmed meeting, whose subject is withheld until another one is given.
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

    /// The same, borrowing nothing.
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
