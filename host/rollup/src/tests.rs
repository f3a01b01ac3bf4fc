//! Whatever happened, and however often somebody asked in between: the figures are those of a fresh computation.

mod plans;
mod told;

use std::collections::HashMap;

use collector_insights::group::{By, Question};
use collector_insights::hours::{Buildings, Keys, Settings};
use collector_insights::portfolio::Portfolio;
use collector_insights::report::Report;
use collector_insights::room::Room;
use collector_model::meeting::{Meeting, Status, Subject};
use collector_model::room::RoomAddress;
use collector_model::space::SpaceId;
use collector_model::usage::{CoverageRecord, Form, Kind, Origin, Record, State, UsageRecord, Value};
use collector_model::window::Window;
use collector_store::{Change, Reading, Store};
use jiff::civil::Date;
use proptest::prelude::*;

use crate::{Asked, Rollups, Scope, known};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
const ROOMS: [&str; 3] = ["a@x", "b@x", "c@x"];

/// Midnight (UTC) ten days ago, when the tested time begins.
fn begin() -> i64 {
    jiff::Timestamp::now().as_second() / DAY * DAY - 10 * DAY
}

/// Something that happens. Times are half hours since [`begin`].
#[derive(Debug, Clone)]
enum Event {
    /// A complete reading of a room finds these meetings.
    Read(usize, (i64, i64), Vec<(u8, i64, i64, Status, bool)>),
    Tell(Record),
    Purge,
    ForgetMeetings(i64),
    /// Another configuration: hours and holidays, which room has the shared space, and of which building and size rooms are.
    Configure(bool, bool, bool),
    /// Some rooms are computed, and what changed is forgotten.
    Fold(i64),
    /// Time passes, and somebody asks.
    Ask(i64, By),
}

fn status() -> impl Strategy<Value = Status> {
    prop_oneof![4 => Just(Status::Confirmed), 1 => Just(Status::Tentative), 1 => Just(Status::Cancelled)]
}

fn record() -> impl Strategy<Value = Record> {
    let origin = (0..3usize, 0..2usize, 0..25u8, 1..4u64, prop::bool::weighted(0.1)).prop_map(
        |(space, device, key, revision, withdrawn)| Origin {
            source: "webex".into(),
            space: ["s0", "s1", "a@x"].get(space).copied().unwrap_or_default().into(),
            device: [None, Some("d".to_owned())].get(device).cloned().flatten(),
            key: format!("k{key}"),
            revision,
            withdrawn,
        },
    );
    let kinds = prop_oneof![
        Just(Kind::Presence),
        Just(Kind::PeopleCount),
        Just(Kind::Call),
        Just(Kind::InUse)
    ];
    let forms = prop_oneof![
        Just(Form::Interval),
        Just(Form::Change),
        Just(Form::Sample),
        Just(Form::Bucket)
    ];
    let usage = (origin, kinds, forms, 0..700i64, 1..9i64, 0..4u32, any::<bool>()).prop_map(
        |(mut origin, kind, form, start, length, value, is_open)| {
            // A record has one form of each key.
            origin.key = format!("{}{form:?}", origin.key);
            let start = begin() + start * HOUR / 2;
            let end = start + length * HOUR / 4;
            Record::Usage(UsageRecord {
                value: match (kind, form) {
                    (Kind::PeopleCount, _) => Value::Number(value),
                    (_, Form::Bucket) => Value::Number(value * 200),
                    _ => Value::Is(value > 0),
                },
                end: match form {
                    Form::Bucket => Some(end),
                    Form::Interval => (!is_open).then_some(end),
                    Form::Change | Form::Sample => None,
                },
                origin,
                kind,
                form,
                start,
                resolution: (form == Form::Sample).then_some(600 + 600 * value),
            })
        },
    );
    let coverage = (
        0..3usize,
        0..4u8,
        1..4u64,
        any::<bool>(),
        0..700i64,
        1..60i64,
        prop::bool::weighted(0.7),
    )
        .prop_map(|(space, key, revision, withdrawn, start, length, is_observed)| {
            let start = begin() + start * HOUR / 2;
            Record::Coverage(CoverageRecord {
                origin: Origin {
                    source: "webex".into(),
                    space: ["s0", "s1", "a@x"].get(space).copied().unwrap_or_default().into(),
                    device: None,
                    key: format!("c{key}"),
                    revision,
                    withdrawn,
                },
                kinds: vec![Kind::Presence, Kind::PeopleCount],
                start,
                end: start + length * HOUR / 2,
                state: match is_observed {
                    true => State::Observed,
                    false => State::Blind,
                },
                reason: None,
            })
        });
    prop_oneof![4 => usage, 1 => coverage]
}

fn event() -> impl Strategy<Value = Event> {
    let meeting = (
        0..8u8,
        -600..1_000i64,
        prop_oneof![8 => 0..20i64, 1 => 300..1_500i64],
        status(),
        any::<bool>(),
    );
    let read = (
        0..3usize,
        0..300i64,
        200..800i64,
        prop::collection::vec(meeting, 0..6),
    )
        .prop_map(|(room, from, length, found)| Event::Read(room, (from, from + length), found));
    prop_oneof![
        3 => read,
        8 => record().prop_map(Event::Tell),
        1 => Just(Event::Purge),
        1 => (0..400i64).prop_map(Event::ForgetMeetings),
        1 => any::<(bool, bool, bool)>().prop_map(|(hours, spaces, rooms)| Event::Configure(hours, spaces, rooms)),
        2 => (0..4i64).prop_map(Event::Fold),
        4 => (0..900i64, 0..By::ALL.len()).prop_map(|(at, by)| Event::Ask(at, By::ALL[by])),
    ]
}

fn scope(other_hours: bool, other_spaces: bool, other_rooms: bool) -> Scope {
    let keys = Keys {
        time_zone: Some(
            if other_hours {
                "America/St_Johns"
            } else {
                "Europe/Berlin"
            }
            .into(),
        ),
        days: Some(
            ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
                .map(str::to_owned)
                .to_vec(),
        ),
        hours: Some(
            if other_hours {
                ["00:00", "24:00"]
            } else {
                ["07:00", "20:00"]
            }
            .map(str::to_owned)
            .to_vec(),
        ),
        holidays: other_hours.then(|| vec![date(begin() + 2 * DAY).to_string()]),
    };
    let settings = Settings {
        keys,
        building: Vec::new(),
    };
    let space = |key: &str| SpaceId {
        source: "webex".into(),
        key: key.into(),
    };
    let shared = if other_spaces { "b@x" } else { "c@x" };
    let mut spaces = HashMap::from([("a@x".to_owned(), vec![space("s0"), space("a@x")])]);
    spaces
        .entry(shared.to_owned())
        .or_default()
        .extend([space("s1"), space("s0")]);
    Scope {
        rooms: ROOMS
            .iter()
            .zip(match other_rooms {
                false => [(Some("HQ"), 4), (Some("HQ"), 4), (None, 4)],
                true => [(Some("HQ"), 3), (None, 4), (Some("HQ"), 10)],
            })
            .map(|(address, (building, seats))| Room {
                source: "o365".into(),
                address: (*address).to_owned(),
                building: building.map(str::to_owned),
                capacity: Some(seats),
            })
            .collect(),
        buildings: Buildings::of(&settings).unwrap(),
        spaces,
    }
}

/// The report from everything that is known, without a file.
fn fresh(store: &Store, scope: &Scope, question: &Question, now: i64) -> Report {
    let always = (date(begin() - 400 * DAY), date(begin() + 400 * DAY));
    let rooms = scope.rooms.iter().map(|room| {
        let spaces = scope.spaces_of(room);
        known(store, room, spaces, always, now).unwrap()
    });
    Portfolio {
        now,
        buildings: scope.buildings.clone(),
        rooms: rooms.collect(),
    }
    .report(question)
}

fn date(at: i64) -> Date {
    let instant = jiff::Timestamp::from_second(at).unwrap();
    jiff::tz::TimeZone::UTC.to_datetime(instant).date()
}

fn question(by: By) -> Question {
    Question {
        from: date(begin() - 14 * DAY),
        to: date(begin() + 20 * DAY),
        by,
        buildings: Default::default(),
        rooms: Default::default(),
    }
}

/// The same about whole months, parts of months, one building and some of its rooms.
fn questions(by: By) -> Vec<Question> {
    let usual = question(by);
    let months = Question {
        from: usual.from.first_of_month(),
        to: usual.to.last_of_month().tomorrow().unwrap(),
        ..usual.clone()
    };
    let mut all = vec![usual, months];
    for (building, rooms) in [
        (Some("HQ"), vec![]),
        (None, vec![ROOMS[1]]),
        (None, vec![ROOMS[0], ROOMS[2]]),
    ] {
        for asked in 0..2 {
            all.push(Question {
                buildings: building.into_iter().map(str::to_owned).collect(),
                rooms: rooms.iter().map(|room| (*room).to_owned()).collect(),
                ..all[asked].clone()
            });
        }
    }
    all
}

/// A complete reading of a room at a UTC second.
fn read(
    store: &mut Store,
    room: usize,
    window: (i64, i64),
    found: &[(u8, i64, i64, Status, bool)],
    now: i64,
) {
    let window = (begin() + window.0 * HOUR / 2, begin() + window.1 * HOUR / 2);
    let meetings = found
        .iter()
        .map(|(id, start, length, status, is_repeated)| Meeting {
            id: format!("m{id}"),
            series: is_repeated.then(|| format!("s{}", id % 2)),
            subject: Subject::None,
            start: begin() + start * HOUR / 2,
            end: begin() + (start + length) * HOUR / 2,
            all_day: false,
            status: *status,
        });
    let reading = Reading {
        change: Change::Complete,
        meetings: meetings.collect(),
        window: Window::new(window.0, window.1).unwrap(),
        cursor: None,
        drops: store.drops().unwrap(),
    };
    store
        .commit_at("o365", &RoomAddress::new(ROOMS[room]), reading, now)
        .unwrap();
}

fn happens(store: &mut Store, event: &Event, now: i64) {
    match event {
        Event::Read(room, window, found) => read(store, *room, *window, found, now),
        Event::Tell(record) => {
            let batch = store.usage_batch().unwrap();
            batch.put(record).unwrap();
            batch.commit().unwrap();
        }
        Event::Purge => {
            store.forget_source("webex").unwrap();
        }
        Event::ForgetMeetings(before) => {
            store.forget_before(begin() + before * HOUR / 2).unwrap();
        }
        Event::Configure(..) | Event::Fold(_) | Event::Ask(..) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn what_is_kept_is_what_a_fresh_computation_gives(events in prop::collection::vec(event(), 1..50)) {
        let directory = tempfile::tempdir().unwrap();
        let mut store = Store::open(directory.path()).unwrap();
        let mut rollups = Rollups::open(directory.path()).unwrap();
        let (mut now, mut configured) = (begin(), scope(false, false, false));
        for event in &events {
            happens(&mut store, event, now);
            match event {
                Event::Fold(rooms) => {
                    let left = std::cell::Cell::new(*rooms);
                    let go_on = || left.replace(left.get() - 1) > 0;
                    let folded = rollups.fold(&store, &configured, &[0, 1, 2], now, &go_on).unwrap();
                    store.forget_touched(folded.last).unwrap();
                }
                Event::Configure(hours, spaces, rooms) => configured = scope(*hours, *spaces, *rooms),
                Event::Ask(at, by) => {
                    now = now.max(begin() + at * HOUR / 2);
                    rollups.report(&store, &configured, &question(*by), now, &|| true).unwrap();
                }
                _ => {}
            }
        }
        // What several questions share is read once, so they are asked together.
        let together = By::ALL.into_iter().chain(By::OF_PAGES).flat_map(questions);
        let asked: Vec<Asked> = together.map(|question| Asked { question, zombies: true }).collect();
        let kept = rollups.reports(&store, &configured, &asked, now, &|| true).unwrap();
        prop_assert_eq!(kept.len(), asked.len());
        for (asked, kept) in asked.iter().zip(kept) {
            let fresh = fresh(&store, &configured, &asked.question, now);
            prop_assert_eq!(kept, fresh, "{:?}", asked.question);
        }
        // Now everything is kept; only the configuration changes.
        for configured in [scope(false, false, true), scope(false, false, false), scope(true, false, false)] {
            for question in [By::Building, By::Seats].into_iter().flat_map(questions) {
                let kept = rollups.report(&store, &configured, &question, now, &|| true).unwrap();
                prop_assert_eq!(kept, fresh(&store, &configured, &question, now), "reconfigured: {:?}", question);
            }
        }
    }
}

#[test]
fn who_has_another_configuration_stores_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = Store::open(directory.path()).unwrap();
    for room in 0..ROOMS.len() {
        let found = [(1, 20, 4, Status::Confirmed, true)];
        read(&mut store, room, (0, 700), &found, begin() + 10 * DAY);
    }
    let now = begin() + 30 * DAY;
    let (before, after) = (scope(false, false, false), scope(true, true, true));
    let rooms = [0, 1, 2];
    let mut late = Rollups::open(directory.path()).unwrap();
    late.take_over(&store, &before, now).unwrap();
    // Another process was told the new configuration before, and computes everything.
    let mut early = Rollups::open(directory.path()).unwrap();
    early.fold(&store, &after, &rooms, now, &|| true).unwrap();
    let computed = late.compute(&store, &before, &rooms, now + 60, &|| true);
    assert!(
        matches!(computed, Err(crate::RollupsError::Ahead)),
        "{computed:?}"
    );
    for question in [By::All, By::Room, By::Hour].into_iter().flat_map(questions) {
        let kept = early.report(&store, &after, &question, now, &|| true).unwrap();
        assert_eq!(kept, fresh(&store, &after, &question, now), "{question:?}");
    }
}

#[test]
fn a_day_is_answered_before_the_first_that_is_known_in_its_month() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = Store::open(directory.path()).unwrap();
    let now = begin() + 10 * DAY;
    let last_of_month = date(now).first_of_month().yesterday().unwrap();
    let known_from = (i64::from((last_of_month - date(begin())).get_days())) * 48;
    read(&mut store, 0, (known_from, 700), &[], now);
    let configured = scope(false, false, false);
    for days in 1..28 {
        let from = last_of_month.checked_sub(jiff::Span::new().days(days)).unwrap();
        let question = Question {
            from,
            to: from.tomorrow().unwrap(),
            ..question(By::Room)
        };
        // Nothing was added up before.
        let other = tempfile::tempdir().unwrap();
        let mut rollups = Rollups::open(other.path()).unwrap();
        let kept = rollups
            .report(&store, &configured, &question, now, &|| true)
            .unwrap();
        assert_eq!(kept, fresh(&store, &configured, &question, now), "{from}");
    }
}
