//! Worlds that hit the corners of the definitions on purpose. The same seed and size give the same world.
//!
//! | corner | where |
//! | --- | --- |
//! | zones with whole, half and changing offsets, a change of clocks in the period, open at night | [`place`] |
//! | rooms without building or capacity, bands of several rooms, spaces that are shared, named, or the address itself | [`place`] |
//! | bookings that overlap, touch, are empty, all-day, as long as a threshold, removed at every moment that matters | [`booking`] |
//! | series that people stop attending, full bands, holes in readings | [`booking`] |
//! | every kind and form, devices that contradict each other, coverage, blind time, buckets, records at one instant | [`device`] |
//! | intervals without an end, withdrawn records, records far outside | [`device`] |

pub mod ask;
pub mod booking;
pub mod device;
pub mod dice;
pub mod place;

use serde_json::{Value, json};

pub use ask::questions;
use dice::Dice;

/// How big a world is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Rooms.
    pub rooms: u64,
    /// Local dates with bookings and records.
    pub days: i64,
    /// Records of each room that have nothing to do with what happened there.
    pub noise: u64,
}

impl Size {
    /// Two rooms for five days: hundreds of them can be compared in a minute or two.
    pub const SMALL: Size = Size {
        rooms: 2,
        days: 5,
        noise: 10,
    };
    /// Four rooms for three weeks.
    pub const USUAL: Size = Size {
        rooms: 4,
        days: 21,
        noise: 25,
    };
}

/// Mondays after which clocks change somewhere, a year ends, or nothing happens.
const MONDAYS: [&str; 8] = [
    "2026-03-02T00:00:00Z",
    "2026-03-23T00:00:00Z",
    "2026-03-30T00:00:00Z",
    "2026-05-04T00:00:00Z",
    "2026-09-28T00:00:00Z",
    "2026-10-19T00:00:00Z",
    "2026-10-26T00:00:00Z",
    "2025-12-22T00:00:00Z",
];

/// The time that a world is about.
#[derive(Clone, Copy, Debug)]
pub struct Stage {
    /// Midnight UTC of its first date.
    pub start: i64,
    /// The end of its last.
    pub end: i64,
    /// When the question is asked.
    pub now: i64,
}

/// A world.
pub fn generate(seed: u64, size: Size) -> Value {
    let mut dice = Dice::new(seed);
    let day = 86_400;
    // A part of the days before and after the change of clocks.
    let start = crate::clock::seconds_of(dice.pick(&MONDAYS)) + dice.between(0, 6) * day;
    let end = start + size.days * day;
    let now = if dice.chance(50) {
        dice.between(start + day, end)
    } else {
        dice.between(end, end + 3 * day)
    };
    let stage = Stage { start, end, now };

    let insights = place::insights(&mut dice, stage);
    let rooms = place::rooms(&mut dice, size.rooms);
    let mut bookings = Vec::new();
    let mut readings = Vec::new();
    let mut records = Vec::new();
    // At such times all rooms are booked, so that bands are full.
    let rushes: Vec<(i64, i64)> = (0..size.days / 2)
        .map(|_| {
            let from = dice.between(start, end - 7200);
            (from, from + dice.between(600, 7200))
        })
        .collect();
    for room in &rooms {
        let read = booking::reading(&mut dice, stage);
        let held = booking::bookings(&mut dice, stage, room, &read, &rushes);
        let there = booking::who_was_there(&mut dice, stage, &held);
        records.extend(device::records(&mut dice, stage, room, &there, size.noise));
        bookings.extend(held);
        readings.push(json!({"source": room["source"], "room": room["address"], "spans": read}));
    }
    device::number(&mut records);
    json!({
        "now": now,
        "insights": insights,
        "rooms": rooms,
        "bookings": bookings,
        "readings": readings,
        "records": records,
    })
}
