//! A small world in a few words: Tuesday, March 10 of 2026, in UTC, with the room `a@x.com` of eight seats in HQ, whose calendar was read.

use collector_insights::profile::{Beside, Profile};
use collector_insights::report::VerdictLine;
use collector_insights::world;
use serde_json::{Value, json};

/// What happened in it.
pub(crate) struct World {
    json: Value,
}

/// UTC seconds of `09:00` on the day, or of `2026-03-11T09:00`.
pub(crate) fn at(text: &str) -> i64 {
    let stamp = match text.len() {
        5 => format!("2026-03-10T{text}:00Z"),
        8 => format!("2026-03-10T{text}Z"),
        16 => format!("{text}:00Z"),
        _ => text.to_owned(),
    };
    stamp.parse::<jiff::Timestamp>().unwrap().as_second()
}

fn stamp(text: &str) -> String {
    jiff::Timestamp::from_second(at(text)).unwrap().to_string()
}

impl World {
    /// Three days later, so that all of it has passed and is settled.
    pub(crate) fn new() -> Self {
        Self {
            json: json!({
                "now": at("2026-03-13T00:00"),
                "insights": {},
                "rooms": [],
                "bookings": [],
                "readings": [],
                "records": [],
            }),
        }
        .room("a@x.com", Some("HQ"), Some(8))
    }

    fn push(mut self, list: &str, value: Value) -> Self {
        self.json[list].as_array_mut().unwrap().push(value);
        self
    }

    pub(crate) fn now(mut self, text: &str) -> Self {
        self.json["now"] = at(text).into();
        self
    }

    pub(crate) fn insights(mut self, insights: Value) -> Self {
        self.json["insights"] = insights;
        self
    }

    /// A room that was read.
    pub(crate) fn room(self, address: &str, building: Option<&str>, capacity: Option<u32>) -> Self {
        let (from, to) = (at("2020-01-01T00:00"), at("2030-01-01T00:00"));
        self.unread_room(address, building, capacity)
            .read(address, &[(from, to)])
    }

    pub(crate) fn unread_room(self, address: &str, building: Option<&str>, capacity: Option<u32>) -> Self {
        let room = json!({"source": "contoso", "address": address, "building": building, "capacity": capacity, "spaces": []});
        self.push("rooms", room)
    }

    pub(crate) fn read(self, address: &str, spans: &[(i64, i64)]) -> Self {
        self.push(
            "readings",
            json!({"source": "contoso", "room": address, "spans": spans}),
        )
    }

    /// Changes the room that was added last.
    pub(crate) fn of_room(mut self, key: &str, value: Value) -> Self {
        self.json["rooms"].as_array_mut().unwrap().last_mut().unwrap()[key] = value;
        self
    }

    /// Reads the calendar of `a@x.com` in these spans only.
    pub(crate) fn read_only(mut self, spans: &[(&str, &str)]) -> Self {
        let spans: Vec<(i64, i64)> = spans.iter().map(|(from, to)| (at(from), at(to))).collect();
        self.json["readings"][0]["spans"] = json!(spans);
        self
    }

    /// A confirmed booking of `a@x.com`.
    pub(crate) fn book(self, id: &str, from: &str, to: &str) -> Self {
        self.book_in("a@x.com", id, from, to)
    }

    pub(crate) fn book_in(self, room: &str, id: &str, from: &str, to: &str) -> Self {
        let booking = json!({
            "source": "contoso", "room": room, "id": id, "series": null, "start": at(from), "end": at(to), "all_day": false,
            "status": "confirmed", "removed_at": null, "first_seen": null, "read_before": [],
        });
        self.push("bookings", booking)
    }

    /// Changes the booking that was added last.
    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.json["bookings"].as_array_mut().unwrap().last_mut().unwrap()[key] = value.into();
        self
    }

    /// Removes the booking that was added last.
    pub(crate) fn removed(self, when: &str) -> Self {
        self.with("removed_at", at(when)).with("status", "cancelled")
    }

    fn record(self, mut record: Value) -> Self {
        let number = self.json["records"].as_array().unwrap().len();
        record["key"] = format!("k{number}").into();
        self.push("records", record)
    }

    fn usage(self, space: &str, kind: &str, form: &str, from: &str, to: Option<&str>, value: Value) -> Self {
        self.record(json!({
            "type": "usage", "source": "webex", "space": space, "device": null, "revision": 1, "withdrawn": false, "kind": kind,
            "form": form, "start": stamp(from), "end": to.map(stamp), "value": value,
        }))
    }

    /// Changes the record that was added last.
    pub(crate) fn of_record(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.json["records"].as_array_mut().unwrap().last_mut().unwrap()[key] = value.into();
        self
    }

    /// A counter in `a@x.com` says that there were so many people.
    pub(crate) fn people(self, from: &str, to: &str, count: u32) -> Self {
        self.people_in("a@x.com", from, to, count)
    }

    pub(crate) fn people_in(self, space: &str, from: &str, to: &str, count: u32) -> Self {
        self.usage(space, "people-count", "interval", from, Some(to), count.into())
    }

    /// A device in `a@x.com` says yes or no about a kind.
    pub(crate) fn says(self, kind: &str, from: &str, to: &str, value: bool) -> Self {
        self.usage("a@x.com", kind, "interval", from, Some(to), value.into())
    }

    pub(crate) fn says_in(self, space: &str, kind: &str, from: &str, to: &str, value: bool) -> Self {
        self.usage(space, kind, "interval", from, Some(to), value.into())
    }

    pub(crate) fn call(self, from: &str, to: &str) -> Self {
        self.says("call", from, to, true)
    }

    pub(crate) fn bucket(self, kind: &str, from: &str, to: &str, seconds: u32) -> Self {
        self.usage("a@x.com", kind, "bucket", from, Some(to), seconds.into())
    }

    pub(crate) fn observed(self, kind: &str, from: &str, to: &str) -> Self {
        self.coverage(kind, from, to, "observed", None)
    }

    pub(crate) fn blind(self, kind: &str, from: &str, to: &str, reason: &str) -> Self {
        self.coverage(kind, from, to, "blind", Some(reason))
    }

    fn coverage(self, kind: &str, from: &str, to: &str, state: &str, reason: Option<&str>) -> Self {
        self.record(json!({
            "type": "coverage", "source": "webex", "space": "a@x.com", "device": null, "revision": 1, "withdrawn": false,
            "kinds": [kind], "start": stamp(from), "end": stamp(to), "state": state, "reason": reason,
        }))
    }

    /// The answer to a question about March 10 and 11.
    pub(crate) fn report(&self, by: &str) -> Value {
        self.asked(json!({"from": "2026-03-10", "to": "2026-03-12", "by": by}))
    }

    pub(crate) fn asked(&self, question: Value) -> Value {
        let known = world::read(&self.json.to_string()).unwrap();
        let question = world::read_question(&question.to_string()).unwrap();
        serde_json::to_value(known.report(&question)).unwrap()
    }

    /// The report from March 10 on, with the figures of all products.
    pub(crate) fn beside(&self, to: &str, by: &str) -> Value {
        let known = world::read(&self.json.to_string()).unwrap();
        let question = json!({"from": "2026-03-10", "to": to, "by": by}).to_string();
        let question = world::read_question(&question).unwrap();
        let report = known.report(&question);
        serde_json::to_value(Beside::new(&report, question.by, &Profile::ALL)).unwrap()
    }

    /// The figures of everything.
    pub(crate) fn all(&self) -> Value {
        self.report("all")["groups"][0].clone()
    }

    /// All verdicts.
    pub(crate) fn verdicts(&self) -> Vec<VerdictLine> {
        let known = world::read(&self.json.to_string()).unwrap();
        let question = world::read_question(r#"{"from":"2020-01-01","to":"2030-01-01"}"#).unwrap();
        known.verdicts(&question)
    }

    pub(crate) fn verdict(&self, id: &str) -> VerdictLine {
        self.verdicts().into_iter().find(|line| line.id == id).unwrap()
    }

    /// The word for what became of a booking.
    pub(crate) fn word(&self, id: &str) -> &'static str {
        self.verdict(id).verdict
    }
}

/// A day that a sensor watched without a break.
pub(crate) fn watched() -> World {
    World::new().observed("presence", "00:00", "2026-03-11T00:00")
}

/// The keys of the groups of a report.
pub(crate) fn keys(report: &Value) -> Vec<&str> {
    report["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| group["key"].as_str().unwrap())
        .collect()
}

/// The group of a key.
pub(crate) fn group<'a>(report: &'a Value, key: &str) -> &'a Value {
    report["groups"]
        .as_array()
        .unwrap()
        .iter()
        .find(|group| group["key"] == key)
        .unwrap()
}
