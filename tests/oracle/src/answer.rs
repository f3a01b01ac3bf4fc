//! The answers as JSON: the report by groups, and the list of verdicts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::cells::{Cells, Hour, hours};
use crate::clock::{Wall, first_second, instant_of, walls};
use crate::hours::Hours;
use crate::key;
use crate::meeting::{Meeting, meetings};
use crate::number::rate;
use crate::outcome::{figures, fit};
use crate::pressure::{Full, Seen, bands, bands_in_scope, full, in_use};
use crate::question::Question;
use crate::sessions::{Session, sessions};
use crate::timeline::{Timeline, span};
use crate::world::{Room, World};
use crate::zombies::{Zombie, zombies};

/// What there is of one room in scope.
struct Found<'a> {
    room: &'a Room,
    timeline: &'a Timeline,
    hours: BTreeMap<Hour, Cells>,
    sessions: Vec<Session>,
    meetings: Vec<Meeting<'a>>,
    zombies: Vec<Zombie<'a>>,
}

/// The report: one JSON object.
pub fn report(world: &Value, question: &Value) -> Value {
    Oracle::new(world, std::slice::from_ref(question)).report(question)
}

/// The verdicts: one JSON object for each booking.
pub fn verdicts(world: &Value, question: &Value) -> Vec<Value> {
    Oracle::new(world, std::slice::from_ref(question)).verdicts(question)
}

/// A world of which every second is known that some questions need; they are then answered sooner than one by one.
pub struct Oracle {
    world: World,
    timelines: Vec<Timeline>,
}

impl Oracle {
    /// Looks at every second that these questions need.
    pub fn new(world: &Value, questions: &[Value]) -> Oracle {
        let world = World::parse(world);
        let questions: Vec<Question> = questions.iter().map(Question::parse).collect();
        let span = span(&world, &questions);
        let timelines = world
            .rooms
            .iter()
            .map(|room| Timeline::new(&world, room, span))
            .collect();
        Oracle { world, timelines }
    }

    /// The report: one JSON object. The question is one of those given before.
    pub fn report(&self, question: &Value) -> Value {
        let world = &self.world;
        let question = Question::parse(question);
        let by = question.by.as_str();
        let all: Vec<Seen> = world.rooms.iter().zip(&self.timelines).collect();
        let scope: Vec<Found> = all
            .iter()
            .filter(|(room, _)| question.has_room(room))
            .map(|(room, timeline)| {
                let meetings = meetings(world, room, timeline);
                Found {
                    room,
                    timeline,
                    hours: hours(timeline, room.capacity, &question),
                    sessions: sessions(timeline, &question),
                    zombies: zombies(world, &question, room, &meetings),
                    meetings,
                }
            })
            .collect();
        let full = full_by_key(&question, &all);

        let mut keys: Vec<String> = keys(world, &question, &scope).into_iter().collect();
        key::sort(by, &mut keys);
        let groups: Vec<Value> = keys
            .iter()
            .map(|key| group(&question, key, &scope, &full))
            .collect();
        json!({
            "from": question.from,
            "to": question.to,
            "by": by,
            "definitions": 1,
            "parameters": {},
            "groups": groups,
        })
    }

    /// The verdicts: one JSON object for each booking. The question is one of those given before.
    pub fn verdicts(&self, question: &Value) -> Vec<Value> {
        let question = Question::parse(question);
        let mut judged: Vec<Meeting> = Vec::new();
        for (room, timeline) in self.world.rooms.iter().zip(&self.timelines) {
            if question.has_room(room) {
                judged.extend(meetings(&self.world, room, timeline));
            }
        }
        judged.retain(|meeting| question.has_date(meeting.wall.date));
        judged.sort_by_key(|meeting| {
            let booking = meeting.booking;
            (&booking.source, &booking.room, booking.start, &booking.id)
        });
        judged
            .iter()
            .map(|meeting| verdict(meeting, self.world.now))
            .collect()
    }
}

fn verdict(meeting: &Meeting, now: i64) -> Value {
    let booking = meeting.booking;
    json!({
        "source": booking.source,
        "room": booking.room,
        "id": booking.id,
        "series": booking.series,
        "start": instant_of(booking.start),
        "end": instant_of(booking.end),
        "verdict": meeting.verdict.name,
        "length_seconds": booking.length(),
        "occupied_seconds": meeting.verdict.occupied,
        "known_seconds": meeting.verdict.known,
        "party": meeting.party,
        "provisional": now < booking.end + 2 * 3600,
        "reason": meeting.verdict.reason,
        "evidence": [],
    })
}

/// Every key that occurs in the period.
fn keys(world: &World, question: &Question, scope: &[Found]) -> BTreeSet<String> {
    let by = question.by.as_str();
    let mut keys = BTreeSet::new();
    if by == "all" {
        keys.insert("all".to_owned());
    }
    for found in scope {
        if by == "series" {
            let judged = found
                .meetings
                .iter()
                .filter(|one| question.has_date(one.wall.date));
            keys.extend(judged.filter_map(|one| one.booking.series.clone()));
        } else if key::is_of_rooms(by) {
            keys.extend(key::of(by, found.room, Wall { date: 0, second: 0 }, None));
        } else if question.first_day < question.end_day {
            let zone = Hours::of(&world.insights, &found.room.building).zone;
            let (start, end) = (
                first_second(&zone, question.first_day),
                first_second(&zone, question.end_day),
            );
            let mut last = None;
            for wall in walls(&zone, start, end) {
                if last != Some((wall.date, wall.hour())) {
                    last = Some((wall.date, wall.hour()));
                    keys.extend(key::of(by, found.room, wall, None));
                }
            }
        }
    }
    keys
}

/// The seconds in which all rooms of a building and band are booked, by group.
fn full_by_key(question: &Question, all: &[Seen]) -> BTreeMap<String, Full> {
    let mut keys: BTreeMap<String, Full> = BTreeMap::new();
    if matches!(question.by.as_str(), "room" | "series") {
        return keys;
    }
    let in_scope = bands_in_scope(question, all);
    for ((building, band), rooms) in bands(all) {
        if !in_scope.contains(&(building.to_owned(), band)) {
            continue;
        }
        for (hour, seconds) in full(&rooms, question) {
            let sum = keys
                .entry(key::of_band(&question.by, building, key::BANDS[band], hour))
                .or_default();
            sum.full += seconds.full;
            sum.false_full += seconds.false_full;
        }
    }
    keys
}

/// One group of a report.
fn group(question: &Question, key: &str, scope: &[Found], full: &BTreeMap<String, Full>) -> Value {
    let by = question.by.as_str();
    let is_key = |found: &Found, wall: Wall, series: Option<&str>| {
        key::of(by, found.room, wall, series).as_deref() == Some(key)
    };
    let any_time = Wall { date: 0, second: 0 };
    let of_rooms = key::is_of_rooms(by) && by != "all";
    let rooms: Vec<&Found> = scope
        .iter()
        .filter(|found| !of_rooms || is_key(found, any_time, None))
        .collect();

    let mut cells = Cells::default();
    let mut observed = 0;
    let mut uses: Vec<&Session> = Vec::new();
    let mut held: Vec<&Meeting> = Vec::new();
    let mut dead: Vec<&Zombie> = Vec::new();
    for found in &rooms {
        let mut own = Cells::default();
        for (&(date, hour), sums) in &found.hours {
            if is_key(
                found,
                Wall {
                    date,
                    second: hour * 3600,
                },
                None,
            ) {
                own += *sums;
            }
        }
        cells += own;
        observed += i64::from(own.witnessed() > 0);
        uses.extend(found.sessions.iter().filter(|one| is_key(found, one.first, None)));
        held.extend(found.meetings.iter().filter(|one| {
            question.has_date(one.wall.date) && is_key(found, one.wall, one.booking.series.as_deref())
        }));
        let of_key = |one: &&Zombie| by != "series" || one.series == key;
        dead.extend(found.zombies.iter().filter(of_key));
    }
    dead.sort_by_key(|one| (&one.room.address, &one.series, &one.room.source));

    let mut group = Map::new();
    let mut put = |key: &str, value: Value| group.insert(key.to_owned(), value);
    let of_seconds = by != "series";
    let unless_series = |value: Value| if of_seconds { value } else { Value::Null };
    put("key", json!(key));
    put("rooms", unless_series(json!(rooms.len())));
    put("rooms_observed", unless_series(json!(observed)));
    for (key, value) in figures_of(&cells) {
        put(&key, unless_series(value));
    }
    let seconds: i64 = uses.iter().map(|one| one.seconds).sum();
    put(
        "unbooked_sessions",
        unless_series(json!({"count": uses.len(), "seconds": seconds})),
    );
    put("fit", fit(&held));
    for (key, value) in figures(&held) {
        put(&key, value);
    }
    let seen: Vec<Seen> = rooms.iter().map(|found| (found.room, found.timeline)).collect();
    put(
        "in_use",
        if matches!(by, "all" | "building") {
            in_use(&seen, question)
        } else {
            Value::Null
        },
    );
    let of_bands = !matches!(by, "room" | "series");
    let full = full.get(key).copied().unwrap_or_default();
    put(
        "full_seconds",
        if of_bands { json!(full.full) } else { Value::Null },
    );
    put(
        "false_full_seconds",
        if of_bands {
            json!(full.false_full)
        } else {
            Value::Null
        },
    );
    let has_zombies = key::is_of_rooms(by) || by == "series";
    let dead: Vec<Value> = dead.iter().map(|one| one.json()).collect();
    put("zombies", if has_zombies { json!(dead) } else { Value::Null });
    Value::Object(group)
}

/// The figures of seconds, by their keys in a report.
fn figures_of(cells: &Cells) -> Map<String, Value> {
    let (booked, unbooked) = (cells.booked, cells.unbooked);
    let read = cells.read();
    let all_booked = booked.occupied + booked.vacant + booked.unknown;
    let mut figures = Map::new();
    let mut put = |key: &str, value: Value| figures.insert(key.to_owned(), value);
    put("open_seconds", json!(cells.open));
    put("unread_seconds", json!(cells.unread));
    put(
        "cells",
        json!({
            "booked_occupied": booked.occupied,
            "booked_vacant": booked.vacant,
            "booked_unknown": booked.unknown,
            "unbooked_occupied": unbooked.occupied,
            "unbooked_vacant": unbooked.vacant,
            "unbooked_unknown": unbooked.unknown,
        }),
    );
    put("occupied_unwitnessed_seconds", json!(cells.unwitnessed()));
    put(
        "outside",
        json!({"booked": cells.outside_booked, "occupied": cells.outside_occupied}),
    );
    put("conflict_seconds", json!(cells.conflict));
    put("coverage", rate(cells.witnessed(), read));
    put("booked_rate", rate(all_booked, read));
    put(
        "used_rate",
        json!({
            "value": rate(cells.occupied() - cells.unwitnessed(), cells.witnessed()),
            "lower": rate(cells.occupied(), read),
            "upper": rate(cells.occupied() + cells.unknown(), read),
        }),
    );
    let held_occupied = booked.occupied - booked.unwitnessed;
    put(
        "held_empty_rate",
        rate(booked.vacant, booked.vacant + held_occupied),
    );
    put("seat_fill", rate(cells.person_seconds, cells.seat_seconds));
    figures
}
