//! What is given: rooms, bookings, readings and records, read from the JSON of a world. Nothing is computed here but which records
//! are joined to which room, and which seconds a booking books.

use serde_json::Value;

use crate::clock::seconds_of;

/// Half-open seconds `[start, end)` in UTC.
pub type Span = (i64, i64);

/// All that the figures are computed from.
pub struct World {
    /// The moment at which the question is asked.
    pub now: i64,
    /// `[insights]` of the configuration, as JSON.
    pub insights: Value,
    /// Every room, also those that a filter leaves out.
    pub rooms: Vec<Room>,
    /// One for each source, room and id.
    pub bookings: Vec<Booking>,
    /// What devices told, without what was withdrawn.
    pub records: Vec<Record>,
}

/// A room, by source and address.
pub struct Room {
    /// The calendar source.
    pub source: String,
    /// The calendar address in lower case.
    pub address: String,
    /// Empty for none.
    pub building: String,
    /// Seats; `None` also for 0.
    pub capacity: Option<i64>,
    /// Joined spaces: source and key.
    pub spaces: Vec<(String, String)>,
    /// The windows of all complete readings, disjoint.
    pub readings: Vec<Span>,
}

/// One meeting in one room.
pub struct Booking {
    /// The calendar source.
    pub source: String,
    /// The room's address.
    pub room: String,
    /// Unique within source and room.
    pub id: String,
    /// The series it is an occurrence of.
    pub series: Option<String>,
    /// First second.
    pub start: i64,
    /// First second after it.
    pub end: i64,
    /// Whether it is all-day.
    pub all_day: bool,
    /// As last seen: `confirmed`, `tentative` or `cancelled`.
    pub status: String,
    /// The moment of removal, if it is removed, whatever its status.
    pub removed_at: Option<i64>,
    /// When a reading had it first.
    pub first_seen: Option<i64>,
    /// The windows of complete readings before that.
    pub read_before: Vec<Span>,
}

/// A usage or coverage record.
pub struct Record {
    /// The endpoint source.
    pub source: String,
    /// The room, as the source names it.
    pub space: String,
    /// The device within the space; null is a device too.
    pub device: Option<String>,
    /// Unique within source and type.
    pub key: String,
    /// First second.
    pub start: i64,
    /// First second after it.
    pub end: Option<i64>,
    /// What it says.
    pub says: Says,
}

/// What a record says.
pub enum Says {
    /// How a space was used.
    Usage {
        /// `call`, `presentation`, `presence`, `in-use` or `people-count`.
        kind: String,
        /// `interval`, `change`, `sample` or `bucket`.
        form: String,
        /// True is 1, false is 0; a count; seconds in a bucket.
        value: i64,
        /// Seconds between samples.
        resolution: Option<i64>,
    },
    /// When a source could have told (observed), or could not.
    Coverage {
        /// The kinds of which it speaks.
        kinds: Vec<String>,
        /// Else it is blind.
        observed: bool,
        /// Free words.
        reason: Option<String>,
    },
}

impl World {
    /// Reads a world.
    pub fn parse(world: &Value) -> World {
        let readings = list(&world["readings"]);
        World {
            now: whole(&world["now"]),
            insights: world["insights"].clone(),
            rooms: list(&world["rooms"])
                .iter()
                .map(|room| Room::parse(room, readings))
                .collect(),
            bookings: list(&world["bookings"]).iter().map(Booking::parse).collect(),
            records: list(&world["records"])
                .iter()
                .filter(|record| record["withdrawn"] != true)
                .map(Record::parse)
                .collect(),
        }
    }

    /// The records that are joined to a room.
    pub fn records_of(&self, room: &Room) -> Vec<&Record> {
        self.records
            .iter()
            .filter(|record| self.joined(room, record))
            .collect()
    }

    fn joined(&self, room: &Room, record: &Record) -> bool {
        let names_it = |room: &Room| {
            room.spaces
                .iter()
                .any(|(source, key)| *source == record.source && *key == record.space)
        };
        names_it(room)
            || (!self.rooms.iter().any(names_it)
                && record.space.to_lowercase() == room.address.to_lowercase())
    }

    /// The bookings of a room.
    pub fn bookings_of(&self, room: &Room) -> Vec<&Booking> {
        self.bookings
            .iter()
            .filter(|one| one.source == room.source && one.room == room.address)
            .collect()
    }
}

impl Room {
    fn parse(room: &Value, readings: &[Value]) -> Room {
        let here =
            |reading: &&Value| reading["source"] == room["source"] && reading["room"] == room["address"];
        let pair = |space: &Value| (word(&space[0]), word(&space[1]));
        Room {
            source: word(&room["source"]),
            address: word(&room["address"]),
            building: words(&room["building"]).unwrap_or_default(),
            capacity: room["capacity"].as_i64().filter(|seats| *seats > 0),
            spaces: list(&room["spaces"]).iter().map(pair).collect(),
            readings: readings
                .iter()
                .filter(here)
                .flat_map(|reading| spans(&reading["spans"]))
                .collect(),
        }
    }

    /// Whether a second lies in the window of a complete reading, past or not.
    pub fn is_read(&self, t: i64) -> bool {
        self.readings.iter().any(|&(start, end)| start <= t && t < end)
    }

    /// The band of its seats.
    pub fn band(&self) -> &'static str {
        match self.capacity {
            None => "none",
            Some(..=4) => "1-4",
            Some(..=8) => "5-8",
            Some(..=16) => "9-16",
            Some(_) => "17+",
        }
    }
}

impl Booking {
    fn parse(booking: &Value) -> Booking {
        Booking {
            source: word(&booking["source"]),
            room: word(&booking["room"]),
            id: word(&booking["id"]),
            series: words(&booking["series"]),
            start: whole(&booking["start"]),
            end: whole(&booking["end"]),
            all_day: booking["all_day"] == true,
            status: word(&booking["status"]),
            removed_at: booking["removed_at"].as_i64(),
            first_seen: booking["first_seen"].as_i64(),
            read_before: spans(&booking["read_before"]),
        }
    }

    /// Seconds from start to end.
    pub fn length(&self) -> i64 {
        self.end - self.start
    }

    /// The seconds that it books: those up to its removal, all if that came after its end, none if before its start.
    pub fn booked(&self) -> Option<Span> {
        let counts = self.removed_at.is_some() || self.status == "confirmed";
        let end = self.removed_at.unwrap_or(self.end).min(self.end);
        (counts && end > self.start).then_some((self.start, end))
    }
}

impl Record {
    fn parse(record: &Value) -> Record {
        let says = if record["type"] == "usage" {
            let value = &record["value"];
            Says::Usage {
                kind: word(&record["kind"]),
                form: word(&record["form"]),
                value: value
                    .as_i64()
                    .or(value.as_bool().map(i64::from))
                    .expect("a value"),
                resolution: record["resolution"].as_i64(),
            }
        } else {
            Says::Coverage {
                kinds: list(&record["kinds"]).iter().map(word).collect(),
                observed: record["state"] == "observed",
                reason: words(&record["reason"]),
            }
        };
        Record {
            source: word(&record["source"]),
            space: word(&record["space"]),
            device: words(&record["device"]),
            key: word(&record["key"]),
            start: seconds_of(record["start"].as_str().expect("a start")),
            end: record["end"].as_str().map(seconds_of),
            says,
        }
    }

    /// The kinds that it names.
    pub fn kinds(&self) -> Vec<&str> {
        match &self.says {
            Says::Usage { kind, .. } => vec![kind],
            Says::Coverage { kinds, .. } => kinds.iter().map(String::as_str).collect(),
        }
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn whole(value: &Value) -> i64 {
    value.as_i64().expect("a whole number")
}

fn word(value: &Value) -> String {
    words(value).expect("a string")
}

fn words(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn spans(value: &Value) -> Vec<Span> {
    list(value)
        .iter()
        .map(|span| (whole(&span[0]), whole(&span[1])))
        .collect()
}
