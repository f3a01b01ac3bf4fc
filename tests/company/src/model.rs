//! The data of a company. Instants are seconds since 1970, UTC; dates and times of day are texts of the room's own zone.

/// A half-open span of time, in seconds since 1970, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Its first second.
    pub start: i64,
    /// The second after its last one.
    pub end: i64,
}

impl Span {
    /// The span from `start` to `end`; empty if `end` is not after `start`.
    #[must_use]
    pub fn new(start: i64, end: i64) -> Self {
        Self {
            start,
            end: end.max(start),
        }
    }

    /// Its length, in seconds.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.end - self.start
    }

    /// Whether `at` is one of its seconds.
    #[must_use]
    pub fn contains(self, at: i64) -> bool {
        self.start <= at && at < self.end
    }

    /// The seconds that both have.
    #[must_use]
    pub fn overlap(self, other: Self) -> Option<Self> {
        let (start, end) = (self.start.max(other.start), self.end.min(other.end));
        (start < end).then_some(Self { start, end })
    }
}

/// A company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Company {
    /// The domain of all its addresses.
    pub domain: &'static str,
    /// Its buildings.
    pub buildings: Vec<Building>,
    /// People who take part in calls from elsewhere.
    pub people: Vec<Person>,
    /// Its rooms.
    pub rooms: Vec<Room>,
}

/// A building, whose rooms share a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Building {
    /// Its name.
    pub name: &'static str,
    /// Its zone, by the IANA name.
    pub zone: &'static str,
}

/// A person with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The display name.
    pub name: &'static str,
    /// The address.
    pub address: String,
}

/// A room: what is in its calendar, what happened in it, and what its devices saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// The display name.
    pub name: String,
    /// The calendar's address.
    pub address: String,
    /// Its building, by the place in [`Company::buildings`].
    pub building: usize,
    /// How many people it holds.
    pub capacity: u32,
    /// What all else is about: whole local days.
    pub period: Span,
    /// Its recurring series.
    pub series: Vec<Series>,
    /// Its bookings, occurrences of series among them, sorted by start.
    pub bookings: Vec<Booking>,
    /// The truth: when there were how many people. Sorted, without overlaps; in between nobody was there.
    pub occupied: Vec<Occupied>,
    /// The calls that its account took part in, sorted by start; at any time it is in one call.
    pub calls: Vec<Call>,
    /// Its devices. Without one, nobody saw anything.
    pub devices: Vec<Device>,
}

impl Room {
    /// How many people were in it.
    #[must_use]
    pub fn people_at(&self, at: i64) -> u32 {
        let found = self.occupied.iter().find(|occupied| occupied.span.contains(at));
        found.map_or(0, |occupied| occupied.people)
    }
}

/// A series that repeats every week, from `first` to `last`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// Its id, unique in the company.
    pub id: String,
    /// The subject of each occurrence.
    pub subject: &'static str,
    /// Whether it is marked private.
    pub private: bool,
    /// The date of its first slot: `2026-10-12`.
    pub first: String,
    /// The last date that may have a slot.
    pub last: String,
    /// When a slot begins: `09:30`.
    pub begins: String,
    /// When it ends.
    pub ends: String,
    /// The days of the week, Monday being 1.
    pub weekdays: Vec<u8>,
    /// The dates of slots that were deleted: they have no booking.
    pub deleted: Vec<String>,
    /// From when on nobody attends it any more.
    pub ghost_from: Option<i64>,
}

/// What the calendar says of a booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It takes place.
    Confirmed,
    /// It may take place.
    Tentative,
    /// It was cancelled and is still in the calendar.
    Cancelled,
}

/// What became of a booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// People met, at most ten minutes late, and stayed to about its end.
    Attended,
    /// People met, more than ten minutes late.
    LateStart,
    /// People met, and left at least a quarter of an hour early.
    EarlyEnd,
    /// Somebody came for two to four minutes.
    Brief,
    /// Nobody came.
    NoShow,
    /// Nobody was expected: it was cancelled, or blocks the room for whole days.
    NotExpected,
}

/// A booking: one meeting, or one occurrence of a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// Its id, unique in the company.
    pub id: String,
    /// Its series, by the place in [`Room::series`].
    pub series: Option<usize>,
    /// The date of its slot in the series, even if it was moved: `2026-10-21`.
    pub slot: Option<String>,
    /// The subject.
    pub subject: &'static str,
    /// When it is booked.
    pub span: Span,
    /// Whether it blocks whole local days.
    pub all_day: bool,
    /// Whether it is marked private.
    pub private: bool,
    /// What the calendar says.
    pub status: Status,
    /// What became of it.
    pub fate: Fate,
}

/// A time with the same number of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occupied {
    /// When.
    pub span: Span,
    /// How many, at least one.
    pub people: u32,
    /// For which booking, by the place in [`Room::bookings`]; `None` without one.
    pub booking: Option<usize>,
}

/// A call that the room's account took part in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its id, unique in the company.
    pub id: String,
    /// The whole call.
    pub span: Span,
    /// When the room was in it, in order: once, or twice if it left and came back.
    pub in_room: Vec<Span>,
    /// When the room presented.
    pub presented: Vec<Span>,
    /// Those who took part from elsewhere.
    pub remote: Vec<Remote>,
    /// Whether nobody hung up: the last span goes on after the people left.
    pub left_running: bool,
    /// How long after its end its record appears, in seconds.
    pub published: i64,
    /// How long after its end a version of the record appears that has the last span too, which the first lacks.
    pub completed: Option<i64>,
}

/// Somebody who took part in a call from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// Who, by the place in [`Company::people`].
    pub person: usize,
    /// When.
    pub span: Span,
    /// When this person presented.
    pub presented: Option<Span>,
}

/// When a device counts people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    /// Whenever it is awake.
    Always,
    /// Only while it is in a call.
    InCalls,
}

/// A device in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its id, unique in the company.
    pub id: String,
    /// When it counts people.
    pub counting: Counting,
    /// How many seconds its own clock is ahead. The instants here are the true ones.
    pub clock_ahead: i64,
    /// When it could see nothing. Sorted, without overlaps.
    pub blind: Vec<Blind>,
    /// What it saw. Sorted, without overlaps; in between it saw nothing.
    pub seen: Vec<Seen>,
}

impl Device {
    /// How many people it counted; `None` when it saw nothing.
    #[must_use]
    pub fn count_at(&self, at: i64) -> Option<u32> {
        let found = self.seen.iter().find(|seen| seen.span.contains(at));
        found.map(|seen| seen.people)
    }
}

/// Why a device saw nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It was not connected.
    Offline,
    /// It slept.
    Standby,
}

/// A time in which a device saw nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blind {
    /// When.
    pub span: Span,
    /// Why.
    pub reason: Reason,
}

/// A time in which a device counted the same number of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// When.
    pub span: Span,
    /// How many; 0 is nobody.
    pub people: u32,
}
