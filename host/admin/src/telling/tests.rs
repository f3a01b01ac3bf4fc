//! What a sink is told of a store with one or a few rooms, as time passes and things change.

use std::collections::BTreeSet;

use collector_model::meeting::{Meeting, Status, Subject};
use collector_model::room::{Room as ListedRoom, RoomAddress};
use collector_model::usage::{Form, Kind, Origin, Record, UsageRecord, Value};
use collector_model::window::Window;
use collector_store::{Change, Reading, Store};

use super::*;
use crate::figures::fold;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// 2026-03-10, a Tuesday.
const TENTH: i64 = 1_773_100_800;
const SINK: &str = "[[sink]]\nname = \"told\"\ntype = \"jsonl\"\npath = \"told.jsonl\"\ninsights = true\n";

struct Situation {
    directory: tempfile::TempDir,
    store: Store,
}

impl Situation {
    /// The room `a@x` of the source `contoso`, and of some more.
    fn new(rooms: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("data")).unwrap();
        let mut store = Store::empty().unwrap();
        let rooms: Vec<ListedRoom> = rooms
            .iter()
            .map(|name| ListedRoom {
                address: RoomAddress::new(name),
                key: (*name).to_owned(),
                name: (*name).to_owned(),
                building: None,
                capacity: None,
                lists: Vec::new(),
            })
            .collect();
        store.put_rooms("contoso", &rooms, &[]).unwrap();
        Self { directory, store }
    }

    fn config(&self, sinks: &str) -> Config {
        let sources = "[[source]]\nname = \"contoso\"\nreceive = { token = { env = \"TOKEN\" } }\n";
        let path = self.directory.path().join("collector.toml");
        Config::parse(&format!("{sources}{sinks}"), &path).unwrap()
    }

    /// A complete reading of a room finds these meetings, as id, start and end.
    fn read(&mut self, room: &str, window: (i64, i64), found: &[(&str, i64, i64)]) {
        let meeting = |(id, start, end): &(&str, i64, i64)| Meeting {
            id: (*id).to_owned(),
            series: None,
            subject: Subject::Text("Secret".into()),
            start: *start,
            end: *end,
            all_day: false,
            status: Status::Confirmed,
        };
        let reading = Reading {
            change: Change::Complete,
            meetings: found.iter().map(meeting).collect(),
            window: Window::new(window.0, window.1).unwrap(),
            cursor: None,
            drops: self.store.drops().unwrap(),
        };
        self.store
            .commit("contoso", &RoomAddress::new(room), reading)
            .unwrap();
    }

    /// Somebody was in the room.
    fn seen(&mut self, room: &str, key: &str, start: i64, end: i64) {
        let batch = self.store.usage_batch().unwrap();
        batch
            .put(&Record::Usage(UsageRecord {
                origin: Origin {
                    source: "contoso".into(),
                    space: room.into(),
                    device: None,
                    key: key.into(),
                    revision: 1,
                    withdrawn: false,
                },
                kind: Kind::Presence,
                form: Form::Interval,
                start,
                end: Some(end),
                value: Value::Is(true),
                resolution: None,
            }))
            .unwrap();
        batch.commit().unwrap();
    }

    fn fold(&mut self, now: i64) {
        let config = self.config(SINK);
        fold(&mut self.store, &config, now, &|| true).unwrap();
    }

    /// What the sink is told now, which it takes.
    fn told(&self, now: i64) -> Vec<Insight> {
        let config = self.config(SINK);
        let mut all = Vec::new();
        while let Some(telling) = next(&self.store, &config, "told", now).unwrap() {
            told(&config, &telling).unwrap();
            all.extend(telling.insights);
        }
        all
    }
}

/// Each as its kind and what follows the room.
fn brief(insights: &[Insight]) -> Vec<String> {
    let of = |insight: &Insight| {
        let content: serde_json::Value = serde_json::from_str(&insight.content).unwrap();
        let text = |key: &str| content[key].as_str().unwrap_or_default().to_owned();
        let words = [
            insight.about.as_str(),
            &insight.room,
            &text("id"),
            &text("date"),
            &text("verdict"),
        ];
        let mut words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        if content["provisional"] == true {
            words.push("provisional");
        }
        words.join(" ")
    };
    insights.iter().map(of).collect()
}

#[test]
fn a_verdict_and_a_day_are_told_once_and_again_when_something_changes() {
    let mut situation = Situation::new(&["a@x", "b@x"]);
    let meeting = ("m1", TENTH + 10 * HOUR, TENTH + 11 * HOUR);
    situation.read("a@x", (TENTH, TENTH + DAY), &[meeting]);
    let now = TENTH + DAY + 6 * HOUR;
    situation.fold(now);
    let first = situation.told(now);
    assert_eq!(brief(&first), ["verdict a@x m1 unknown", "day a@x 2026-03-10"]);
    assert_eq!(
        first[1].content,
        "{\"source\":\"contoso\",\"room\":\"a@x\",\"date\":\"2026-03-10\",\"definitions\":1,\"open_seconds\":36000,\"unread_seconds\":0,\
         \"cells\":{\"booked_occupied\":0,\"booked_vacant\":0,\"booked_unknown\":3600,\"unbooked_occupied\":0,\"unbooked_vacant\":0,\
         \"unbooked_unknown\":32400},\"occupied_unwitnessed_seconds\":0,\"outside\":{\"booked\":0,\"occupied\":0},\"conflict_seconds\":0,\
         \"bookings\":{\"attended\":0,\"no-show\":0,\"brief\":0,\"unknown\":1,\"block\":0,\"no-activity\":0,\"released-empty\":0,\
         \"cancelled-late\":0,\"cancelled-after-start\":0,\"cancelled-early\":0,\"not-counted\":0},\
         \"unbooked_sessions\":{\"count\":0,\"seconds\":0}}"
    );
    assert!(
        first[0]
            .content
            .starts_with("{\"source\":\"contoso\",\"room\":\"a@x\",\"id\":\"m1\",\"series\":null,")
    );
    assert!(!first.iter().any(|insight| insight.content.contains("Secret")));
    for later in [60, HOUR] {
        situation.fold(now + later);
        assert_eq!(situation.told(now + later), []);
    }

    // The day before was read now, and somebody was there after all.
    situation.seen("a@x", "k1", TENTH + 10 * HOUR, TENTH + 11 * HOUR);
    let now = now + 2 * HOUR;
    situation.fold(now);
    let second = situation.told(now);
    assert_eq!(brief(&second), ["verdict a@x m1 attended", "day a@x 2026-03-10"]);
    let ids: BTreeSet<&str> = first.iter().chain(&second).map(|insight| &*insight.id).collect();
    assert_eq!(ids.len(), 4);
    assert!(first[0].id.starts_with("verdict-1-") && first[1].id.starts_with("day-1-"));

    // A file that is made anew tells all of it again, under the same ids.
    std::fs::remove_file(situation.directory.path().join("data/insights.sqlite3")).unwrap();
    situation.fold(now);
    let again = situation.told(now);
    let of =
        |insights: &[Insight]| -> Vec<String> { insights.iter().map(|insight| insight.id.clone()).collect() };
    assert_eq!(of(&again), of(&second));
    tell_again(&situation.config(SINK), "told").unwrap();
    assert_eq!(situation.told(now), again);
}

#[test]
fn a_date_of_which_something_may_have_been_deleted_for_its_age_stays_as_it_was_told() {
    let mut situation = Situation::new(&["a@x"]);
    let at = |day: i64| TENTH + day * DAY + 10 * HOUR;
    let meetings = [("m0", at(0), at(0) + HOUR), ("m1", at(1), at(1) + HOUR)];
    situation.read("a@x", (TENTH, TENTH + 2 * DAY), &meetings);
    let now = TENTH + 4 * DAY;
    situation.fold(now);
    let config = situation.config(&format!("{SINK}[collector]\nkeep = \"80h\"\n"));
    let telling = next(&situation.store, &config, "told", now).unwrap().unwrap();
    assert_eq!(
        brief(&telling.insights),
        [
            "verdict a@x m1 unknown",
            "day a@x 2026-03-11",
            "day a@x 2026-03-12",
            "day a@x 2026-03-13"
        ]
    );
}

#[test]
fn a_booking_that_moved_is_told_again_though_its_figures_are_the_same() {
    let mut situation = Situation::new(&["a@x"]);
    let start = TENTH + 10 * HOUR;
    for (now, start) in [(start + 4 * HOUR, start), (start + 4 * HOUR + 60, start + 900)] {
        situation.read("a@x", (TENTH, TENTH + DAY), &[("m1", start, start + HOUR)]);
        situation.fold(now);
        let told = situation.told(now);
        assert_eq!(brief(&told), ["verdict a@x m1 unknown"]);
        let begins = format!("\"start\":\"{}\"", collector_model::instant::rfc3339(start));
        assert!(told[0].content.contains(&begins), "{}", told[0].content);
    }
}

#[test]
fn a_provisional_verdict_is_told_again_when_it_is_final() {
    let mut situation = Situation::new(&["a@x"]);
    // It ends an hour before midnight: the day is over before the verdict is final.
    let end = TENTH + 23 * HOUR;
    situation.read("a@x", (TENTH, TENTH + DAY), &[("m1", end - HOUR, end)]);
    situation.fold(end - 60);
    assert_eq!(situation.told(end - 60), []);
    situation.fold(end);
    assert_eq!(
        brief(&situation.told(end)),
        ["verdict a@x m1 unknown provisional"]
    );
    let midnight = TENTH + DAY;
    situation.fold(midnight);
    assert_eq!(brief(&situation.told(midnight)), ["day a@x 2026-03-10"]);
    for (at, expected) in [
        (end + 2 * HOUR - 1, &[][..]),
        (end + 2 * HOUR, &["verdict a@x m1 unknown"]),
        (end + 3 * HOUR, &[]),
    ] {
        situation.fold(at);
        assert_eq!(brief(&situation.told(at)), expected, "{at}");
    }
}

#[test]
fn a_booking_that_was_cancelled_and_is_there_again_has_no_verdict_any_more() {
    let mut situation = Situation::new(&["a@x"]);
    // What is committed happens now.
    let now = jiff::Timestamp::now().as_second();
    let window = (now - DAY, now + 3 * DAY);
    let meetings = [
        ("m1", now + DAY, now + DAY + HOUR),
        ("m2", now + DAY, now + DAY + HOUR),
    ];
    situation.read("a@x", window, &meetings);
    situation.fold(now + 1);
    let told = brief(&situation.told(now + 1));
    assert!(!told.iter().any(|line| line.starts_with("verdict")), "{told:?}");
    situation.read("a@x", window, &meetings[1..]);
    situation.fold(now + 2);
    assert_eq!(
        brief(&situation.told(now + 2)),
        ["verdict a@x m1 cancelled-early provisional"]
    );
    situation.read("a@x", window, &meetings);
    situation.fold(now + 3);
    let told = situation.told(now + 3);
    assert_eq!(brief(&told), ["verdict-removed a@x m1"]);
    assert_eq!(
        told[0].content,
        "{\"source\":\"contoso\",\"room\":\"a@x\",\"id\":\"m1\"}"
    );
    situation.fold(now + 4);
    assert_eq!(situation.told(now + 4), []);
}

/// A room in which one meeting was booked on the tenth, and the morning after.
fn after_one_meeting() -> (Situation, i64) {
    let mut situation = Situation::new(&["a@x"]);
    situation.read(
        "a@x",
        (TENTH, TENTH + DAY),
        &[("m1", TENTH + 10 * HOUR, TENTH + 11 * HOUR)],
    );
    (situation, TENTH + DAY + 6 * HOUR)
}

#[test]
fn what_was_not_taken_is_told_again_and_another_file_knows_nothing_of_it() {
    let (mut situation, now) = after_one_meeting();
    situation.fold(now);
    let config = situation.config(SINK);
    let lost = next(&situation.store, &config, "told", now).unwrap().unwrap();
    let same = next(&situation.store, &config, "told", now).unwrap().unwrap();
    assert_eq!(lost.insights, same.insights);
    std::fs::remove_file(situation.directory.path().join("data/insights.sqlite3")).unwrap();
    situation.fold(now);
    told(&config, &lost).unwrap();
    assert_eq!(situation.told(now), same.insights);
}

#[test]
fn a_sink_that_comes_later_is_told_all_and_nobody_is_told_who_did_not_ask() {
    let (mut situation, now) = after_one_meeting();
    let silent = situation.config(&SINK.replace("insights = true\n", ""));
    fold(&mut situation.store, &silent, now, &|| true).unwrap();
    assert!(next(&situation.store, &silent, "told", now).unwrap().is_none());
    situation.fold(now);
    let all = situation.told(now);
    assert_eq!(all.len(), 2);
    // Another one begins at the beginning, too, and the first one gets nothing twice.
    let second = SINK.replace("told", "second");
    let both = situation.config(&format!("{SINK}{second}"));
    fold(&mut situation.store, &both, now, &|| true).unwrap();
    let telling = next(&situation.store, &both, "second", now).unwrap().unwrap();
    assert_eq!(telling.insights, all);
    assert_eq!(situation.told(now), []);
}

#[test]
fn digests_tell_parts_apart() {
    assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
    assert_eq!(short(&[1; 32]), 0x0101_0101_0101_0101);
}
