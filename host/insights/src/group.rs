//! Groups: by what a report is broken down, and the keys of its groups in the order in which they are shown (contract, section 5).

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::class::{ClassNumber, Classes};
use crate::clock::Local;
use crate::hours::WEEKDAYS;
use crate::room::Room;

/// `--by`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    /// One group.
    #[default]
    All,
    /// The building's name, empty for none.
    Building,
    /// The room's address.
    Room,
    /// The id of the series: figures of bookings only.
    Series,
    /// The local date.
    Date,
    /// The day of the week.
    Weekday,
    /// The local hour.
    Hour,
    /// The week of ISO 8601.
    Week,
    /// The month.
    Month,
    /// The band of the room's seats.
    Seats,
    /// The day of the week and the local hour, for heat maps. The contract does not have it, so neither do the command line and the API.
    HourOfWeek,
    /// How long before its start a booking was first seen: figures of bookings only, and only those that are counts, sums or rates. For pages and the
    /// files that they offer, too.
    LeadTime,
    /// The length of the booking. As by lead time.
    Length,
}

impl By {
    /// Those of the contract, in its order.
    pub const ALL: [Self; 10] = [
        Self::All,
        Self::Building,
        Self::Room,
        Self::Series,
        Self::Date,
        Self::Weekday,
        Self::Hour,
        Self::Week,
        Self::Month,
        Self::Seats,
    ];

    /// Those that only pages ask for.
    pub const OF_PAGES: [Self; 3] = [Self::HourOfWeek, Self::LeadTime, Self::Length];

    /// The word of the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Building => "building",
            Self::Room => "room",
            Self::Series => "series",
            Self::Date => "date",
            Self::Weekday => "weekday",
            Self::Hour => "hour",
            Self::Week => "week",
            Self::Month => "month",
            Self::Seats => "seats",
            Self::HourOfWeek => "hour-of-week",
            Self::LeadTime => "lead-time",
            Self::Length => "length",
        }
    }

    /// What a word of the command line means.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.as_str() == word)
    }

    /// What a word in the address of a page's file means: there are files by classes of bookings, too.
    pub fn of_file(word: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter().chain([Self::LeadTime, Self::Length]);
        all.find(|by| by.as_str() == word)
    }

    /// Whether the groups are made of rooms, whatever the time.
    pub fn is_of_rooms(self) -> bool {
        matches!(self, Self::All | Self::Building | Self::Room | Self::Seats)
    }

    /// Whether the groups tell hours apart.
    pub fn is_of_hours(self) -> bool {
        matches!(self, Self::Hour | Self::HourOfWeek)
    }

    /// The classes of bookings that the groups are; none if they are no such classes.
    pub fn classes(self) -> Option<Classes> {
        match self {
            Self::LeadTime => Some(Classes::Lead),
            Self::Length => Some(Classes::Length),
            _ => None,
        }
    }

    /// Whether only figures of bookings are told.
    pub fn is_of_bookings(self) -> bool {
        self == Self::Series || self.classes().is_some()
    }

    /// The group of a room's second; none where there are no seconds: by series and by class of bookings.
    pub fn key(self, room: &Room, at: Local) -> Option<Key> {
        self.key_of_room(room).or_else(|| self.key_of_time(at))
    }

    /// The group of a room; none if groups are not made of rooms.
    pub fn key_of_room(self, room: &Room) -> Option<Key> {
        match self {
            Self::All => Some(Key::all()),
            Self::Building => Some(Key::of_building(room.building())),
            Self::Room => Some(Key::new(0, &room.address)),
            Self::Seats => Some(Key::new(room.band() as u8, room.band().as_str())),
            _ => None,
        }
    }

    fn key_of_time(self, at: Local) -> Option<Key> {
        let date = at.date;
        match self {
            Self::Date => Some(Key::new(0, &date.to_string())),
            Self::Weekday => {
                let (rank, word) = weekday(date)?;
                Some(Key::new(rank, word))
            }
            Self::HourOfWeek => {
                let (rank, word) = weekday(date)?;
                Some(Key::new(rank * 24 + at.hour, &format!("{word} {:02}", at.hour)))
            }
            Self::Hour => Some(Key::new(0, &format!("{:02}", at.hour))),
            Self::Week => {
                let week = date.iso_week_date();
                Some(Key::new(0, &format!("{:04}-W{:02}", week.year(), week.week())))
            }
            Self::Month => Some(Key::new(0, &format!("{:04}-{:02}", date.year(), date.month()))),
            _ => None,
        }
    }
}

/// The position of a date's day in the week, from Monday, and its word.
fn weekday(date: Date) -> Option<(u8, &'static str)> {
    let mut days = (0..).zip(WEEKDAYS);
    let (position, (word, _)) = days.find(|(_, (_, day))| *day == date.weekday())?;
    Some((position, word))
}

/// The key of a group. Keys sort as they are shown: by text, but weekdays from Monday and bands by size.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    rank: u8,
    text: String,
}

impl Key {
    fn new(rank: u8, text: &str) -> Self {
        Self {
            rank,
            text: text.to_owned(),
        }
    }

    /// The key of everything.
    pub fn all() -> Self {
        Self::new(0, By::All.as_str())
    }

    /// The key of a building, by its name.
    pub fn of_building(name: &str) -> Self {
        Self::new(0, name)
    }

    /// The key of a series.
    pub fn of_series(id: &str) -> Self {
        Self::new(0, id)
    }

    /// The key of a class of bookings; none if there is no such class.
    pub(crate) fn of_class(classes: Classes, class: ClassNumber) -> Option<Self> {
        Some(Self::new(class, classes.word(class)?))
    }

    /// The key as it is shown.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// What a report is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The first local date of each room.
    pub from: Date,
    /// The local date after the last.
    pub to: Date,
    /// By what it is broken down.
    pub by: By,
    /// Exact names of buildings, empty for all.
    pub buildings: BTreeSet<String>,
    /// Addresses of rooms in lower case, empty for all.
    pub rooms: BTreeSet<String>,
}

impl Question {
    /// Whether a room is in scope.
    pub fn is_about(&self, room: &Room) -> bool {
        (self.buildings.is_empty() || self.buildings.contains(room.building()))
            && (self.rooms.is_empty() || self.rooms.contains(&room.address))
    }

    /// The dates of the period.
    pub fn dates(&self) -> impl Iterator<Item = Date> + '_ {
        let all = std::iter::successors(Some(self.from), |date| date.tomorrow().ok());
        all.take_while(|date| *date < self.to)
    }

    /// The months of the period.
    pub fn months(&self) -> impl Iterator<Item = PartOfMonth> + '_ {
        fn after(month: &Date) -> Option<Date> {
            month.last_of_month().tomorrow().ok()
        }
        let first = (self.from < self.to).then_some(self.from.first_of_month());
        let all = std::iter::successors(first, after).take_while(|month| *month < self.to);
        all.map(|month| PartOfMonth {
            month,
            from: self.from.max(month),
            to: self.to.min(after(&month).unwrap_or(Date::MAX)),
            is_whole: self.from <= month && after(&month).is_some_and(|next| next <= self.to),
        })
    }

    /// Whether a local date is in the period.
    pub fn has(&self, date: Date) -> bool {
        self.from <= date && date < self.to
    }
}

/// The dates of a period that are in one month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartOfMonth {
    /// The first date of the month.
    pub month: Date,
    /// The first date of the part.
    pub from: Date,
    /// The date after its last.
    pub to: Date,
    /// Whether it is all of the month.
    pub is_whole: bool,
}

impl PartOfMonth {
    /// The dates of the part.
    pub fn dates(&self) -> impl Iterator<Item = Date> + use<> {
        let to = self.to;
        let all = std::iter::successors(Some(self.from), |date| date.tomorrow().ok());
        all.take_while(move |date| *date < to)
    }

    /// The date of a day of the month, from 1, if it is in the part.
    pub(crate) fn date(&self, day: u8) -> Option<Date> {
        let own = self.month.with().day(i8::try_from(day).ok()?).build().ok()?;
        (self.from <= own && own < self.to).then_some(own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(by: By, date: &str) -> String {
        let room = Room {
            source: "s".into(),
            address: "a@example.com".into(),
            building: None,
            capacity: Some(8),
        };
        let at = Local {
            date: date.parse().unwrap(),
            hour: 7,
        };
        by.key(&room, at)
            .map_or("none".into(), |key| key.as_str().to_owned())
    }

    #[test]
    fn keys_are_those_of_the_contract() {
        for (by, date, text) in [
            (By::All, "2026-10-25", "all"),
            (By::Building, "2026-10-25", ""),
            (By::Room, "2026-10-25", "a@example.com"),
            (By::Series, "2026-10-25", "none"),
            (By::Date, "2026-10-25", "2026-10-25"),
            (By::Weekday, "2026-10-25", "sun"),
            (By::Hour, "2026-10-25", "07"),
            (By::Week, "2026-10-25", "2026-W43"),
            (By::Week, "2027-01-01", "2026-W53"),
            (By::Week, "2024-12-30", "2025-W01"),
            (By::Month, "2026-10-25", "2026-10"),
            (By::Seats, "2026-10-25", "5-8"),
            (By::HourOfWeek, "2026-10-25", "sun 07"),
            (By::LeadTime, "2026-10-25", "none"),
            (By::Length, "2026-10-25", "none"),
        ] {
            assert_eq!(key(by, date), text, "{by:?} {date}");
        }
    }

    #[test]
    fn weekdays_sort_from_monday_and_bands_by_size() {
        let room = |capacity| Room {
            source: "s".into(),
            address: "a".into(),
            building: None,
            capacity,
        };
        let bands: BTreeSet<Key> = [None, Some(0), Some(17), Some(16), Some(9), Some(5), Some(4)]
            .into_iter()
            .filter_map(|seats| By::Seats.key_of_room(&room(seats)))
            .collect();
        let shown: Vec<&str> = bands.iter().map(Key::as_str).collect();
        assert_eq!(shown, ["1-4", "5-8", "9-16", "17+", "none"]);
        let days: BTreeSet<Key> = (1..=7)
            .filter_map(|day| {
                let date = Date::new(2026, 11, day).unwrap();
                By::Weekday.key(&room(None), Local { date, hour: 0 })
            })
            .collect();
        let shown: Vec<&str> = days.iter().map(Key::as_str).collect();
        assert_eq!(shown, ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]);
    }
}
