//! Figures of the rooms of one building and band together: how many are in use at once, and when all are booked.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::cells::Hour;
use crate::clock::instant_of;
use crate::evidence::State;
use crate::number::percentile;
use crate::question::Question;
use crate::tally::Tally;
use crate::timeline::Timeline;
use crate::world::Room;

/// A room is in use in a slot when it is for more than this.
const HALF_A_SLOT: i64 = 450;
/// A room that is vacant for this long could have been given to somebody.
const LONG_VACANT: usize = 600;

/// A room and its seconds.
pub type Seen<'a> = (&'a Room, &'a Timeline);

/// Rooms by building and band, bands by size; rooms without a building are in none.
pub fn bands<'a>(rooms: &[Seen<'a>]) -> BTreeMap<(&'a str, usize), Vec<Seen<'a>>> {
    let mut bands: BTreeMap<_, Vec<Seen>> = BTreeMap::new();
    for &(room, timeline) in rooms.iter().filter(|(room, _)| !room.building.is_empty()) {
        bands
            .entry((room.building.as_str(), crate::key::band_rank(room.band())))
            .or_default()
            .push((room, timeline));
    }
    bands
}

/// What one room did in one local quarter hour.
#[derive(Default)]
struct Slot {
    first: i64,
    /// All of its seconds are open, and over.
    counts: bool,
    booked: i64,
    read: Tally,
}

fn slots(timeline: &Timeline, question: &Question) -> BTreeMap<(i64, i64, i64), Slot> {
    let mut slots: BTreeMap<_, Slot> = BTreeMap::new();
    for (t, second) in timeline.seconds.iter().enumerate() {
        if !question.has_date(second.wall.date) {
            continue;
        }
        let place = (second.wall.date, second.wall.hour(), second.wall.quarter());
        let first = timeline.span.0 + t as i64;
        let slot = slots.entry(place).or_insert_with(|| Slot {
            first,
            counts: true,
            ..Slot::default()
        });
        slot.counts &= second.open && second.passed;
        if second.read {
            slot.booked += i64::from(second.booked);
            slot.read.add(second);
        }
    }
    slots.retain(|_, slot| slot.counts);
    slots
}

/// How many rooms of each building and band are in use in the slots of the period.
pub fn in_use(rooms: &[Seen], question: &Question) -> Value {
    let mut entries = Vec::new();
    for ((building, band), rooms) in bands(rooms) {
        // By the start of the slot: rooms that are booked, occupied, possibly occupied.
        let mut counts: BTreeMap<i64, [i64; 3]> = BTreeMap::new();
        for (_, timeline) in &rooms {
            for slot in slots(timeline, question).values() {
                let known = slot.read.known(&timeline.partials);
                let possible = known.occupied + known.unknown;
                let count = counts.entry(slot.first).or_default();
                for (kind, seconds) in [slot.booked, known.occupied, possible].into_iter().enumerate() {
                    count[kind] += i64::from(seconds > HALF_A_SLOT);
                }
            }
        }
        let peak = |kind: usize| {
            let used: Vec<i64> = counts.values().map(|count| count[kind]).collect();
            let highest = used.iter().max().copied();
            let p95 = percentile(&used, 95);
            let at = counts.iter().find(|(_, count)| Some(count[kind]) == highest);
            json!({
                "p95": p95,
                "highest": highest,
                "at": at.map(|(&first, _)| instant_of(first)),
                "spare": p95.map(|p95| rooms.len() as i64 - p95),
            })
        };
        entries.push(json!({
            "building": building,
            "seats": crate::key::BANDS[band],
            "rooms": rooms.len(),
            "slots": counts.len(),
            "booked": peak(0),
            "occupied": peak(1),
            "possible": peak(2),
        }));
    }
    Value::Array(entries)
}

/// Seconds in which all rooms of a building and band are booked.
#[derive(Default, Clone, Copy)]
pub struct Full {
    /// All of them.
    pub full: i64,
    /// Those at which one of the rooms has been vacant for ten minutes already.
    pub false_full: i64,
}

/// By local hour, when all of these rooms, which are all rooms of one building and band, are booked.
pub fn full(rooms: &[Seen], question: &Question) -> BTreeMap<Hour, Full> {
    let mut hours: BTreeMap<Hour, Full> = BTreeMap::new();
    let Some((_, first)) = rooms.first() else {
        return hours;
    };
    let vacant_before: Vec<Vec<usize>> = rooms
        .iter()
        .map(|(_, timeline)| vacant_before(timeline))
        .collect();
    for (t, second) in first.seconds.iter().enumerate() {
        let all = |is: &dyn Fn(usize) -> bool| (0..rooms.len()).all(is);
        let here = |room: usize| &rooms[room].1.seconds[t];
        if !question.has_date(second.wall.date)
            || !all(&|room| here(room).open && here(room).read && here(room).booked)
        {
            continue;
        }
        let hour = hours.entry((second.wall.date, second.wall.hour())).or_default();
        hour.full += 1;
        let could_be_given =
            |room: usize| here(room).state == State::Vacant && vacant_before[room][t] >= LONG_VACANT;
        hour.false_full += i64::from((0..rooms.len()).any(could_be_given));
    }
    hours
}

/// For how many seconds before each second a room has been vacant.
fn vacant_before(timeline: &Timeline) -> Vec<usize> {
    let mut before = Vec::new();
    let mut run = 0;
    for second in &timeline.seconds {
        before.push(run);
        run = if second.state == State::Vacant { run + 1 } else { 0 };
    }
    before
}

/// The buildings and bands of which some room is in scope.
pub fn bands_in_scope(question: &Question, rooms: &[Seen]) -> BTreeSet<(String, usize)> {
    let scope: Vec<Seen> = rooms
        .iter()
        .copied()
        .filter(|(room, _)| question.has_room(room))
        .collect();
    bands(&scope)
        .keys()
        .map(|&(building, band)| (building.to_owned(), band))
        .collect()
}
