//! The rooms that a filter leaves of all, with reports about them: what pages show together, as of one moment.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use jiff::civil::Date;

use crate::group::{By, Question};
use crate::report::{Report, ZombieReport};
use crate::room::{Room, seats};

/// Which rooms: each part that is not empty leaves those that have one of its values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoomFilter {
    /// Exact names of buildings; an empty one stands for rooms without.
    pub buildings: BTreeSet<String>,
    /// Room lists.
    pub lists: BTreeSet<String>,
    /// Tags of the configuration.
    pub tags: BTreeSet<String>,
    /// Bands of seats, as reports name them.
    pub seats: BTreeSet<String>,
    /// Addresses, in lower case.
    pub rooms: BTreeSet<String>,
}

/// A report to make about the rooms of a filter, or one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The first local date of each room.
    pub from: Date,
    /// The local date after the last.
    pub to: Date,
    /// By what it is broken down.
    pub by: By,
    /// The address of the one room that it is about; none for all that the filter leaves.
    pub room: Option<String>,
    /// Whether it has to have the series that nobody attends any more. Looking them up takes a third of the time.
    pub zombies: bool,
}

impl Asked {
    /// About all rooms that the filter leaves, from one date up to another (not included).
    pub fn of(by: By, from: Date, to: Date) -> Self {
        Self {
            from,
            to,
            by,
            room: None,
            zombies: false,
        }
    }

    /// The same, with the series that nobody attends any more.
    #[must_use]
    pub fn with_zombies(self) -> Self {
        Self {
            zombies: true,
            ..self
        }
    }
}

/// A room as the pages name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectedRoom {
    /// The source of its bookings.
    pub source: String,
    /// Its calendar's address, in lower case.
    pub address: String,
    /// Its display name: foreign text, maybe empty.
    pub name: String,
    /// Its building: foreign text.
    pub building: Option<String>,
    /// How many people it seats, corrected by the configuration.
    pub capacity: Option<u32>,
    /// The time zone of its dates and hours, as IANA names it.
    pub zone: String,
    /// How many spaces of devices belong to it.
    pub spaces: usize,
}

impl SelectedRoom {
    /// How many people it seats, if that is known.
    pub fn seats(&self) -> Option<u32> {
        seats(self.capacity)
    }

    /// Its name, or its address if it has none.
    pub fn title(&self) -> &str {
        if self.name.is_empty() {
            &self.address
        } else {
            &self.name
        }
    }
}

/// Rooms and figures, as of one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// The rooms that the filter leaves, in no order.
    pub rooms: Vec<SelectedRoom>,
    /// How many rooms there are in all.
    pub all_rooms: usize,
    /// The buildings of all rooms; an empty name if there are rooms without.
    pub buildings: BTreeSet<String>,
    /// The tags of all rooms.
    pub tags: BTreeSet<String>,
    /// The lists of all rooms.
    pub lists: BTreeSet<String>,
    /// Whether a time zone is configured. Otherwise dates and hours are those of UTC.
    pub has_zone: bool,
    /// A report for each that was asked for, in their order; none at all if the filter leaves no room.
    pub reports: Vec<Report>,
}

impl Selection {
    /// The series that nobody attends any more of its first report, with their rooms: those that hold most first.
    pub fn zombies(&self) -> Vec<(&ZombieReport, Option<&SelectedRoom>)> {
        let by_address = self.rooms.iter().map(|room| (room.address.as_str(), room));
        let rooms: HashMap<&str, &SelectedRoom> = by_address.collect();
        let groups = self.reports.first().map_or(&[][..], |report| &report.groups);
        let mut zombies: Vec<&ZombieReport> = groups
            .iter()
            .flat_map(|group| group.zombies.iter().flatten())
            .collect();
        zombies.sort_by_key(|zombie| {
            let most = (zombie.seconds_ahead, zombie.streak);
            (Reverse(most), zombie.room.clone(), zombie.series.clone())
        });
        let with_room = |zombie: &'_ ZombieReport| rooms.get(zombie.room.as_str()).copied();
        zombies
            .into_iter()
            .map(|zombie| (zombie, with_room(zombie)))
            .collect()
    }
}

impl RoomFilter {
    /// Whether it leaves a room that is in these lists and has these tags.
    pub fn leaves(&self, room: &Room, lists: &[String], tags: &[String]) -> bool {
        fn has(chosen: &BTreeSet<String>, value: &str) -> bool {
            chosen.is_empty() || chosen.contains(value)
        }
        fn has_any(chosen: &BTreeSet<String>, values: &[String]) -> bool {
            chosen.is_empty() || values.iter().any(|value| chosen.contains(value))
        }
        has(&self.buildings, room.building())
            && has(&self.seats, room.band().as_str())
            && has(&self.rooms, &room.address)
            && has_any(&self.lists, lists)
            && has_any(&self.tags, tags)
    }

    /// The question about the rooms that it leaves, of which there is one at least. Each is named only where buildings alone do not decide.
    pub fn question(&self, asked: &Asked, left: impl Iterator<Item = String>) -> Question {
        let is_of_buildings = *self
            == Self {
                buildings: self.buildings.clone(),
                ..Self::default()
            };
        Question {
            from: asked.from,
            to: asked.to,
            by: asked.by,
            buildings: self.buildings.clone(),
            rooms: match &asked.room {
                Some(room) => BTreeSet::from([room.clone()]),
                None if is_of_buildings => BTreeSet::new(),
                None => left.collect(),
            },
        }
    }
}
