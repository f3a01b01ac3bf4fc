//! Bookings, readings, and who really was there.

use serde_json::{Value, json};

use super::Stage;
use super::dice::Dice;

const DAY: i64 = 86_400;

/// Lengths at and beside every threshold, and usual ones.
const LENGTHS: [i64; 22] = [
    0, 1, 4, 9, 120, 299, 300, 301, 601, 900, 1500, 1799, 1800, 3600, 3600, 3601, 5400, 7200, 28_799, 28_800,
    28_801, 90_000,
];

/// The windows of complete readings of a room, with holes.
pub fn reading(dice: &mut Dice, stage: Stage) -> Vec<[i64; 2]> {
    let mut spans = Vec::new();
    let mut from = stage.start - dice.between(-DAY, 3 * DAY);
    let to = stage.end.max(stage.now) + dice.pick(&[0, 1, 7, 30, 70]) * DAY + dice.between(0, 5000);
    let holes = if dice.chance(40) { dice.between(1, 4) } else { 0 };
    for _ in 0..holes {
        let hole = dice.between(from + 1, stage.end);
        spans.push([from, hole]);
        from = hole + dice.pick(&[1, 61, 1800, 7201, DAY, 3 * DAY + 7]);
    }
    spans.push([from, to]);
    spans.retain(|[start, end]| start < end);
    if dice.chance(4) { Vec::new() } else { spans }
}

/// The bookings of a room.
pub fn bookings(
    dice: &mut Dice,
    stage: Stage,
    room: &Value,
    read: &[[i64; 2]],
    rushes: &[(i64, i64)],
) -> Vec<Value> {
    let mut spans: Vec<(i64, i64, bool, Option<String>)> = Vec::new();
    let mut at = stage.start - dice.between(0, DAY);
    while at < stage.end + DAY {
        let length = dice.pick(&LENGTHS);
        let start = if dice.chance(50) { at } else { at / 900 * 900 };
        spans.push((start, start + length, false, None));
        at = match dice.between(0, 9) {
            // Touches.
            0 | 1 => start + length,
            // Overlaps.
            2 => start + dice.between(0, length),
            _ => start + length + dice.between(0, 30_000),
        };
    }
    for _ in 0..dice.between(0, 2) {
        let midnight = dice.between(stage.start / DAY, stage.end / DAY) * DAY;
        spans.push((midnight, midnight + DAY, true, None));
    }
    for &(from, to) in rushes {
        spans.push((from, to, false, None));
    }
    for series in 0..dice.between(0, 2) {
        let every = dice.pick(&[DAY, DAY, 2 * DAY]);
        let length = dice.pick(&[900, 1800, 3600]);
        let hour = dice.between(0, DAY - 1) / 300 * 300;
        let ahead = dice.between(0, 80);
        let mut start = stage.start - dice.between(0, 1) * every + hour;
        while start < stage.end + ahead * DAY {
            spans.push((start, start + length, false, Some(format!("series-{series}"))));
            start += every;
        }
    }
    let booking = |(place, (start, end, all_day, series)): (usize, (i64, i64, bool, Option<String>))| {
        let removed_at = removed_at(dice, start, end, stage.now);
        let status = match removed_at {
            Some(_) => dice.pick(&["confirmed", "cancelled"]),
            None if dice.chance(6) => "tentative",
            None if dice.chance(4) => "cancelled",
            None => "confirmed",
        };
        let (first_seen, read_before) = first_seen(dice, start, stage, read);
        json!({
            "source": room["source"], "room": room["address"], "id": format!("AAMk{place:03}"), "series": series,
            "start": start, "end": end, "all_day": all_day, "status": status, "removed_at": removed_at,
            "first_seen": first_seen, "read_before": read_before,
        })
    };
    spans.into_iter().enumerate().map(booking).collect()
}

/// A moment of removal at or beside one that matters, if it is removed; it has passed.
fn removed_at(dice: &mut Dice, start: i64, end: i64, now: i64) -> Option<i64> {
    if !dice.chance(22) {
        return None;
    }
    let within = dice.between(start, end);
    let moments = [
        start - 8000,
        start - 3601,
        start - 3600,
        start - 3599,
        start - 1,
        start,
        start + 1,
        start + 600,
        within,
        within,
        end - 1,
        end,
        end + 777,
    ];
    Some(dice.pick(&moments)).filter(|moment| *moment <= now)
}

/// When it was seen first, and what was read before that.
fn first_seen(dice: &mut Dice, start: i64, stage: Stage, read: &[[i64; 2]]) -> (Option<i64>, Vec<[i64; 2]>) {
    let moment = start + dice.pick(&[-9 * DAY, -DAY, -4001, -600, -1, 0, 50])
        - dice.between(0, 1) * dice.between(0, DAY);
    if dice.chance(25) || moment > stage.now {
        return (None, Vec::new());
    }
    let mut before = Vec::new();
    if let Some(&[from, to]) = read.first()
        && dice.chance(75)
    {
        let cut = if dice.chance(30) {
            start + dice.between(0, 1)
        } else {
            to
        };
        if from < cut {
            before.push([from, cut]);
        }
    }
    (Some(moment), before)
}

/// People at a time.
#[derive(Clone, Copy, Debug)]
pub struct There {
    /// First second.
    pub start: i64,
    /// First second after it.
    pub end: i64,
    /// How many people.
    pub people: i64,
}

/// Who was in a room: in most meetings, late, shortly or to the end; and sometimes without one. Towards the end of the world nobody
/// comes to series any more. Sorted and apart.
pub fn who_was_there(dice: &mut Dice, stage: Stage, bookings: &[Value]) -> Vec<There> {
    let mut there = Vec::new();
    let number = |value: &Value| value.as_i64().expect("a number");
    let forgotten = dice.between(stage.start, stage.end);
    for booking in bookings {
        let (start, end) = (number(&booking["start"]), number(&booking["end"]));
        let length = end - start;
        let late = dice.pick(&[0, 0, 0, 299, 300, 600, 601, 1300]).min(length);
        let early = dice.pick(&[0, 0, 0, 899, 900, 1000]).min(length - late);
        let (from, to) = match dice.between(0, 11) {
            _ if booking["series"].is_string() && start > forgotten => continue,
            0..=3 => continue,
            4 => (start, start + dice.pick(&[60, 119, 120, 121, 299, 300])),
            5 => (start - dice.between(0, 900), end + dice.between(0, 1800)),
            _ => (start + late, end - early),
        };
        let people = dice.pick(&[1, 2, 3, 4, 5, 8, 9, 17]);
        there.push(There {
            start: from,
            end: to,
            people,
        });
    }
    for _ in 0..dice.between(0, 6) {
        let start = dice.between(stage.start, stage.end);
        let end = start + dice.pick(&[200, 599, 600, 601, 2000]);
        there.push(There {
            start,
            end,
            people: dice.between(1, 6),
        });
        // Comes back at and beside the longest gap.
        let back = end + dice.pick(&[299, 300, 301]);
        there.push(There {
            start: back,
            end: back + 450,
            people: 2,
        });
    }
    there.retain(|one| one.start < one.end && one.start < stage.end + DAY);
    there.sort_by_key(|one| one.start);
    let mut apart: Vec<There> = Vec::new();
    for mut one in there {
        let busy = apart.last().map_or(i64::MIN, |last| last.end);
        one.start = one.start.max(busy);
        if one.start < one.end {
            apart.push(one);
        }
    }
    apart
}
