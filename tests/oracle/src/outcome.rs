//! The figures of the bookings of a group.

use serde_json::{Map, Value, json};

use crate::meeting::Meeting;
use crate::number::{percentile, rate};

/// Every verdict, in the order in which a report names them.
pub const VERDICTS: [&str; 11] = [
    "attended",
    "no-show",
    "brief",
    "unknown",
    "block",
    "no-activity",
    "released-empty",
    "cancelled-late",
    "cancelled-after-start",
    "cancelled-early",
    "not-counted",
];

/// The figures of these bookings, by their keys in a report.
pub fn figures(meetings: &[&Meeting]) -> Map<String, Value> {
    let observed = |meeting: &Meeting| meeting.verdict.is_observed(meeting.booking.length());
    let is = |meeting: &Meeting, name: &str| meeting.verdict.name == name;
    let count = |name: &str| meetings.iter().filter(|one| is(one, name)).count() as i64;

    let bookings: Map<String, Value> = VERDICTS
        .iter()
        .map(|name| (name.to_string(), json!(count(name))))
        .collect();
    let no_shows = count("no-show") + count("released-empty");
    let observed_attended = meetings
        .iter()
        .filter(|one| is(one, "attended") && observed(one))
        .count() as i64;
    let eligible = count("attended") + count("brief") + no_shows + count("unknown");
    let no_show_seconds: i64 = meetings
        .iter()
        .filter(|one| is(one, "no-show"))
        .map(|one| one.open)
        .sum();

    // Attended, and known to the second.
    let exact: Vec<&&Meeting> = meetings
        .iter()
        .filter(|one| is(one, "attended") && observed(one) && !one.verdict.partial)
        .collect();
    let late: Vec<i64> = exact
        .iter()
        .filter_map(|one| one.first_occupied)
        .filter(|&seconds| seconds > 600)
        .collect();
    let early: Vec<i64> = exact
        .iter()
        .map(|one| one.empty_tail)
        .filter(|&seconds| seconds >= 900)
        .collect();
    let parties: Vec<i64> = meetings.iter().filter_map(|one| one.party).collect();
    let leads: Vec<i64> = meetings.iter().filter_map(|one| one.lead).collect();

    let mut figures = Map::new();
    let mut put = |key: &str, value: Value| figures.insert(key.to_owned(), value);
    put("bookings", Value::Object(bookings));
    put(
        "no_show_rate",
        json!({
            "value": rate(no_shows, no_shows + count("brief") + observed_attended),
            "lower": rate(no_shows, eligible),
            "upper": rate(no_shows + count("unknown"), eligible),
        }),
    );
    put("no_show_seconds", json!(no_show_seconds));
    put(
        "given_back_seconds",
        json!(meetings.iter().map(|one| one.given_back).sum::<i64>()),
    );
    put(
        "reused_seconds",
        json!(meetings.iter().map(|one| one.reused).sum::<i64>()),
    );
    put(
        "late_start",
        json!({"count": late.len(), "seconds": late.iter().sum::<i64>()}),
    );
    put(
        "early_end",
        json!({"count": early.len(), "seconds": early.iter().sum::<i64>()}),
    );
    put(
        "party",
        json!({"bookings": parties.len(), "median": percentile(&parties, 50), "p90": percentile(&parties, 90)}),
    );
    put("release_curve", release_curve(meetings));
    put("lead_time", json!(percentile(&leads, 50)));
    figures
}

/// What a release of empty rooms after some minutes would free, and whom it would throw out.
fn release_curve(meetings: &[&Meeting]) -> Value {
    let points = [5, 10, 15, 20, 30].map(|minutes| {
        let grace = minutes * 60;
        let mut freed = 0;
        let mut thrown_out = 0;
        for meeting in meetings {
            let length = meeting.booking.length();
            let judged = ["attended", "brief", "no-show"].contains(&meeting.verdict.name)
                && meeting.verdict.is_observed(length)
                && !meeting.verdict.partial;
            let came_in_time = meeting.first_occupied.is_some_and(|seconds| seconds < grace);
            if !judged || length <= grace || came_in_time {
                continue;
            }
            if meeting.verdict.name == "attended" {
                thrown_out += 1;
            } else {
                freed += length - grace;
            }
        }
        json!({"minutes": minutes, "freed_seconds": freed, "thrown_out": thrown_out})
    });
    json!(points)
}

/// How well rooms fit the parties that meet in them: of rooms with a capacity and at least 20 parties among these bookings.
pub fn fit(meetings: &[&Meeting]) -> Value {
    let mut fits = [("too-big", 0), ("roomy", 0), ("fits", 0), ("too-small", 0)];
    let mut rooms: Vec<(&str, &str)> = Vec::new();
    for meeting in meetings {
        let name = (meeting.room.source.as_str(), meeting.room.address.as_str());
        if rooms.contains(&name) {
            continue;
        }
        rooms.push(name);
        let here = meetings.iter().filter(|one| std::ptr::eq(one.room, meeting.room));
        let parties: Vec<i64> = here.filter_map(|one| one.party).collect();
        if let Some(capacity) = meeting.room.capacity
            && let Some(party) = percentile(&parties, 90)
            && parties.len() >= 20
        {
            let class = match party * 10 {
                tenths if tenths < capacity * 4 => 0,
                tenths if tenths < capacity * 6 => 1,
                tenths if tenths <= capacity * 10 => 2,
                _ => 3,
            };
            fits[class].1 += 1;
        }
    }
    let classes: Map<String, Value> = fits
        .iter()
        .map(|(class, rooms)| (class.to_string(), json!(rooms)))
        .collect();
    Value::Object(classes)
}
