//! A room as figures group it: by building and by seats, as they are now, for all times (contract, sections 3 and 5).

/// A room in scope.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Room {
    /// The source of its bookings.
    pub source: String,
    /// Its calendar's address, in lower case.
    pub address: String,
    /// The exact name of its building.
    pub building: Option<String>,
    /// How many people it seats, corrected by the configuration.
    pub capacity: Option<u32>,
}

impl Room {
    /// The building's name, empty for none.
    pub fn building(&self) -> &str {
        self.building.as_deref().unwrap_or_default()
    }

    /// How many people it seats, if that is known.
    pub fn seats(&self) -> Option<u32> {
        seats(self.capacity)
    }

    /// The band of its seats.
    pub fn band(&self) -> Band {
        Band::of(self.seats())
    }
}

/// How many people a room seats. A directory that says 0 does not know.
pub fn seats(capacity: Option<u32>) -> Option<u32> {
    capacity.filter(|seats| *seats > 0)
}

/// Rooms of about the same number of seats, in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Band {
    /// 1 to 4.
    UpTo4,
    /// 5 to 8.
    UpTo8,
    /// 9 to 16.
    UpTo16,
    /// 17 and more.
    Larger,
    /// Nobody knows.
    None,
}

impl Band {
    /// All, by size.
    pub const ALL: [Self; 5] = [Self::UpTo4, Self::UpTo8, Self::UpTo16, Self::Larger, Self::None];

    /// The band of a number of seats.
    pub fn of(seats: Option<u32>) -> Self {
        match seats {
            None | Some(0) => Self::None,
            Some(1..=4) => Self::UpTo4,
            Some(5..=8) => Self::UpTo8,
            Some(9..=16) => Self::UpTo16,
            Some(17..) => Self::Larger,
        }
    }

    /// The key of the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UpTo4 => "1-4",
            Self::UpTo8 => "5-8",
            Self::UpTo16 => "9-16",
            Self::Larger => "17+",
            Self::None => "none",
        }
    }
}

/// Rooms that can stand in for each other: those of a building and a band.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Peers {
    /// The building's name; never empty.
    pub building: String,
    /// The band of their seats.
    pub band: Band,
}

impl Peers {
    /// Those of a room; none if it has no building.
    pub fn of(room: &Room) -> Option<Self> {
        let building = room.building();
        (!building.is_empty()).then(|| Self {
            building: building.to_owned(),
            band: room.band(),
        })
    }
}
