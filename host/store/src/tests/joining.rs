//! Spaces that are listed or have records, and the agreement of calls with bookings.

use collector_model::joining::Agreement;
use collector_model::space::{Space, SpaceId};
use collector_model::usage::{Form, Kind, Origin, Record, UsageRecord, Value};

use super::*;

const DAY: i64 = 24 * 60 * 60;
const NOW: i64 = 100 * DAY;

fn usage(space: &str, key: &str, start: i64, end: Option<i64>) -> UsageRecord {
    UsageRecord {
        origin: Origin {
            source: "webex".into(),
            space: space.into(),
            device: Some(format!("device of {space}")),
            key: key.into(),
            revision: 1,
            withdrawn: false,
        },
        kind: Kind::Call,
        form: Form::Interval,
        start,
        end,
        value: Value::Is(true),
        resolution: None,
    }
}

fn put(store: &mut Store, records: &[UsageRecord]) {
    let batch = store.usage_batch().unwrap();
    for record in records {
        batch.put(&Record::Usage(record.clone())).unwrap();
    }
    batch.commit().unwrap();
}

pub(super) fn space(key: &str) -> Space {
    Space {
        key: key.into(),
        name: format!("Space {key}"),
        address: None,
        building: None,
        capacity: None,
        time_zone: None,
        kinds: vec![Kind::Call],
        notes: String::new(),
    }
}

/// Its first pass may break off after its spaces were stored.
#[test]
fn a_source_of_which_only_spaces_are_stored_is_known_until_it_is_forgotten() {
    let mut store = Store::empty().unwrap();
    store.put_spaces("webex", &[space("x")], false).unwrap();
    assert!(store.knows_source("webex").unwrap());
    store.forget_source("webex").unwrap();
    assert!(!store.knows_source("webex").unwrap());
}

fn sources() -> Vec<String> {
    vec!["contoso".into(), "webex".into()]
}

/// The agreement of space `x` with rooms.
fn agreement(store: &Store, rooms: &[&str]) -> Option<Agreement> {
    let space = SpaceId {
        source: "webex".into(),
        key: "x".into(),
    };
    let rooms: Vec<RoomAddress> = rooms.iter().map(|room| RoomAddress::new(room)).collect();
    store.agreement(&space, &sources(), &rooms, NOW).unwrap()
}

/// A room whose bookings from ten days ago until now are known.
fn read_room(store: &mut Store, address: &str, meetings: Vec<Meeting>) {
    let listed = store.rooms(SOURCE).unwrap();
    let mut rooms: Vec<Room> = listed.iter().map(|known| room(&known.address, &[])).collect();
    rooms.push(room(address, &[]));
    store.put_rooms(SOURCE, &rooms, &[]).unwrap();
    let window = Window::new(NOW - 10 * DAY, NOW + DAY).unwrap();
    commit_to(store, SOURCE, address, Change::Complete, meetings, window);
    store
        .put_attempts(Places::Rooms, SOURCE, NOW * 1_000, &[(address, None)])
        .unwrap();
}

fn booking(id: &str, start: i64) -> Meeting {
    Meeting {
        end: start + 600,
        ..meeting(id, start)
    }
}

#[test]
fn a_space_is_known_while_it_is_listed_or_has_records() {
    let mut store = Store::empty().unwrap();
    store
        .put_spaces("webex", &[space("b"), space("a"), space("gone")], false)
        .unwrap();
    put(
        &mut store,
        &[usage("b", "1", 1, None), usage("imported", "2", 1, None)],
    );
    store
        .put_spaces("webex", &[space("a"), space("quiet")], false)
        .unwrap();
    let known: Vec<(String, String, bool)> = store
        .known_spaces(&sources())
        .unwrap()
        .into_iter()
        .map(|space| (space.key, space.name, space.listed))
        .collect();
    let expected = [
        ("imported", "", false),
        ("a", "Space a", true),
        ("b", "Space b", false),
        ("quiet", "Space quiet", true),
    ];
    assert_eq!(
        known,
        expected.map(|(key, name, listed)| (key.to_owned(), name.to_owned(), listed))
    );
    assert_eq!(store.known_spaces(&["contoso".into()]).unwrap(), []);
}

#[test]
fn calls_are_compared_with_the_bookings_of_their_room() {
    let mut store = Store::empty().unwrap();
    let at = |hours: i64| NOW - hours * 3_600;
    let tentative = Meeting {
        status: Status::Tentative,
        ..booking("tentative", at(30))
    };
    read_room(
        &mut store,
        "a@x",
        vec![booking("one", at(20)), booking("two", at(1)), tentative],
    );
    let mut withdrawn = usage("x", "withdrawn", at(20), Some(at(19)));
    withdrawn.origin.withdrawn = true;
    let mut other_kind = usage("x", "presentation", at(20), Some(at(19)));
    other_kind.kind = Kind::Presentation;
    let mut other_form = usage("x", "bucket", at(20), Some(at(19)));
    other_form.form = Form::Bucket;
    other_form.value = Value::Number(600);
    let mut ended = usage("x", "false", at(20), Some(at(19)));
    ended.value = Value::Is(false);
    put(
        &mut store,
        &[
            usage("x", "booked", at(20) + 300, Some(at(19))),
            usage("x", "not booked", at(25), Some(at(24))),
            usage("x", "goes on", at(2), None),
            usage("x", "while tentative", at(30), Some(at(29))),
            usage(
                "x",
                "before anything is known",
                at(11 * 24),
                Some(at(11 * 24) + 60),
            ),
            usage("x", "ahead", NOW + 60, Some(NOW + 120)),
            usage("y", "elsewhere", at(20), Some(at(19))),
            withdrawn,
            other_kind,
            other_form,
            ended,
        ],
    );
    assert_eq!(
        agreement(&store, &["a@x"]),
        Some(Agreement { calls: 4, booked: 2 })
    );
    // Another room that is half of the same hall.
    read_room(&mut store, "b@x", vec![booking("three", at(25))]);
    assert_eq!(
        agreement(&store, &["a@x", "b@x"]),
        Some(Agreement { calls: 4, booked: 3 })
    );
}

#[test]
fn nothing_is_said_about_a_room_whose_bookings_are_unknown() {
    let mut store = Store::empty().unwrap();
    put(&mut store, &[usage("x", "1", NOW - 600, Some(NOW - 300))]);
    assert_eq!(agreement(&store, &[]), None);
    assert_eq!(agreement(&store, &["a@x"]), None);
    store.put_rooms(SOURCE, &[room("a@x", &[])], &[]).unwrap();
    assert_eq!(agreement(&store, &["a@x"]), None, "it was never read");
    read_room(&mut store, "b@x", Vec::new());
    assert_eq!(
        agreement(&store, &["b@x"]),
        Some(Agreement { calls: 1, booked: 0 })
    );
    assert_eq!(agreement(&store, &["a@x", "b@x"]), None);
}

#[test]
fn the_numbers_in_the_index_of_calls_are_those_of_the_model() {
    assert_eq!(Kind::ALL.first(), Some(&Kind::Call));
    assert_eq!(Form::ALL.first(), Some(&Form::Interval));
}
