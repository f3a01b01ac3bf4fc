//! What pages and answers read.

use collector_commit::Reading;
use collector_model::fixture::meeting;
use collector_model::joining::Agreement;
use collector_model::meeting::{Meeting, Status, Subject};
use collector_model::pass::{Places, Trouble};
use collector_model::room::{Room, RoomRow, RoomSearch};
use collector_model::usage::{CoverageRecord, Form, Kind, Record, State, UsageRecord, Value};
use collector_model::window::Window;

use super::spaces::space;
use super::state::{ROOMS, address, complete, room};
use super::usage::{covered, push, some, usage};
use super::{Figuring, Showing, Writer};

const DAY: i64 = 24 * 60 * 60;
const NOW: i64 = 100 * DAY;

pub(super) async fn spaces_are_known_that_are_listed_or_have_records(mut store: impl Showing) {
    let found = [
        space("b", "Room"),
        space("a", "Room"),
        space("c", "Annex"),
        space("d", "d"),
    ];
    store.list_spaces(Writer::A, &found, false).await.unwrap();
    let outcomes = [("a", "denied", Some("no right"))];
    store
        .put_outcomes(Writer::A, Places::Spaces, 100, &outcomes)
        .await
        .unwrap();
    store.list_spaces(Writer::A, &found[..2], false).await.unwrap();
    let of = |space: &str| {
        let mut record = usage(space, Form::Change, 100, None);
        record.origin.space = space.into();
        Record::Usage(record)
    };
    push(&mut store, &["c", "a", "only records"].map(of)).await;
    let known = store.known_spaces().await;
    let brief: Vec<_> = known
        .iter()
        .map(|space| (space.key.as_str(), space.name.as_str(), space.listed))
        .collect();
    assert_eq!(
        brief,
        [
            ("only records", "", false),
            ("c", "Annex", false),
            ("a", "Room", true),
            ("b", "Room", true)
        ]
    );
    assert_eq!(known[2].outcome.as_deref(), Some("denied"));
    assert_eq!(known[2].kinds, [Kind::Call, Kind::PeopleCount]);
    assert_eq!(known[0].kinds, []);
}

/// The first two rooms are listed and read.
async fn read_rooms(store: &mut impl Figuring, meetings: &[Meeting]) {
    let found = [room(0, "Conf A"), room(1, "Conf B")];
    store.list(Writer::A, &found, &[]).await.unwrap();
    let reading = || Reading {
        window: Window::new(NOW - 20 * DAY, NOW + DAY).unwrap(),
        ..complete(meetings)
    };
    let slice = vec![(address(0), reading()), (address(1), reading())];
    store.commit(Writer::A, slice, NOW).await.unwrap();
}

fn call(key: &str, start: i64, end: Option<i64>) -> Record {
    Record::Usage(UsageRecord {
        kind: Kind::Call,
        ..usage(key, Form::Interval, start, end)
    })
}

pub(super) async fn calls_agree_with_bookings_where_those_are_known(mut store: impl Showing) {
    let at = NOW - 5 * DAY;
    let cancelled = Meeting {
        status: Status::Cancelled,
        ..meeting("cancelled", at + 5_000, at + 6_000)
    };
    let meetings = [
        meeting("one", at, at + 1_000),
        cancelled,
        meeting("instant", at + 7_000, at + 7_000),
    ];
    read_rooms(&mut store, &meetings).await;
    let mut withdrawn = call("withdrawn", at + 10, Some(at + 20));
    if let Record::Usage(usage) = &mut withdrawn {
        usage.origin.withdrawn = true;
    }
    let nobody = Record::Usage(UsageRecord {
        kind: Kind::Call,
        value: Value::Is(false),
        ..usage("nobody", Form::Interval, at + 10, Some(at + 20))
    });
    let calls = [
        call("in it", at + 100, Some(at + 200)),
        call("into it", at - 100, Some(at + 1)),
        call("after it", at + 1_000, Some(at + 1_100)),
        call("in the cancelled one", at + 5_100, Some(at + 5_200)),
        call(
            "before the rooms were known",
            NOW - 25 * DAY,
            Some(NOW - 24 * DAY),
        ),
        // It would go on for a day, but not longer than until now.
        call("open", NOW - 100, None),
        withdrawn,
        nobody,
        some("presence", Form::Interval, at + 10, Some(at + 20)),
    ];
    push(&mut store, &calls).await;
    let rooms = [address(0), address(1)];
    // When they were read last is not known.
    assert_eq!(store.agreement("x", &rooms, NOW).await, None);
    let attempts = [(ROOMS[0], None), (ROOMS[1], None)];
    store
        .put_attempts(Writer::A, Places::Rooms, NOW * 1_000, &attempts)
        .await
        .unwrap();
    let found = Some(Agreement { calls: 5, booked: 2 });
    assert_eq!(store.agreement("x", &rooms, NOW).await, found);
    assert_eq!(store.agreement("x", &rooms[..1], NOW).await, found);
    // An attempt that did not collect it does not make anything known or unknown.
    let attempts = [(ROOMS[0], Some(Trouble::NotCollected))];
    store
        .put_attempts(Writer::A, Places::Rooms, (NOW + 50) * 1_000, &attempts)
        .await
        .unwrap();
    assert_eq!(store.agreement("x", &rooms, NOW).await, found);
    let none = Some(Agreement { calls: 0, booked: 0 });
    assert_eq!(store.agreement("unknown", &rooms, NOW).await, none);
    assert_eq!(store.agreement("x", &[], NOW).await, None);
    assert_eq!(store.agreement("x", &[address(0), address(2)], NOW).await, None);
    assert_eq!(store.agreement("x", &rooms, NOW + 60 * DAY).await, None);
}

pub(super) async fn the_revision_changes_with_what_answers_are_computed_from(mut store: impl Showing) {
    let mut last = store.revision().await;
    let mut changes = async |store: &mut _, what: &str, expected: bool| {
        let now = Showing::revision(store).await;
        assert_eq!(now != last, expected, "{what}");
        last = now;
    };
    let found = [room(0, "Conf A")];
    let renamed = [room(0, "Conf One")];
    store.list(Writer::A, &found, &[]).await.unwrap();
    changes(&mut store, "a room comes", true).await;
    store.list(Writer::A, &found, &[]).await.unwrap();
    changes(&mut store, "it is found again", false).await;
    store.list(Writer::A, &renamed, &[]).await.unwrap();
    changes(&mut store, "it gets another name", true).await;
    let slice = || vec![(address(0), complete(&[meeting("one", 1_100, 1_200)]))];
    store.commit(Writer::A, slice(), 1_500).await.unwrap();
    changes(&mut store, "it is read", true).await;
    store.commit(Writer::A, slice(), 1_600).await.unwrap();
    changes(&mut store, "it is read again", false).await;
    let moved = vec![(address(0), complete(&[meeting("one", 1_300, 1_400)]))];
    store.commit(Writer::A, moved, 1_700).await.unwrap();
    changes(&mut store, "a meeting moves", true).await;
    store.take_touched().await;
    changes(&mut store, "somebody computes with it", false).await;
    let outcomes = [(ROOMS[0], "collected", None)];
    store
        .put_outcomes(Writer::A, Places::Rooms, 100, &outcomes)
        .await
        .unwrap();
    let attempts = [(ROOMS[0], None)];
    store
        .put_attempts(Writer::A, Places::Rooms, 7_000, &attempts)
        .await
        .unwrap();
    changes(&mut store, "a pass ends", false).await;
    store.list(Writer::A, &[], &[]).await.unwrap();
    changes(&mut store, "a room is not listed any more", true).await;

    let spaces = [space("x", "A")];
    store.list_spaces(Writer::A, &spaces, false).await.unwrap();
    changes(&mut store, "a space comes", true).await;
    store.list_spaces(Writer::A, &spaces, false).await.unwrap();
    changes(&mut store, "it is found again", false).await;
    let renamed = [space("x", "B")];
    store.list_spaces(Writer::A, &renamed, false).await.unwrap();
    changes(&mut store, "it gets another name", true).await;
    let record = some("1", Form::Interval, 100, Some(200));
    push(&mut store, std::slice::from_ref(&record)).await;
    changes(&mut store, "a record comes", true).await;
    push(&mut store, &[record]).await;
    changes(&mut store, "it comes again", false).await;
    let coverage = CoverageRecord {
        kinds: vec![Kind::Call],
        ..match covered("1", Kind::Call, State::Blind, 100, 200) {
            Record::Coverage(coverage) => coverage,
            Record::Usage(usage) => panic!("{usage:?}"),
        }
    };
    push(&mut store, &[Record::Coverage(coverage)]).await;
    changes(&mut store, "coverage comes", true).await;
    store.allow_retention(0).await;
    changes(&mut store, "nothing is forgotten", false).await;
    store.forget_before(1_350).await.unwrap();
    changes(&mut store, "what was read is forgotten", true).await;
    store.forget_source().await.unwrap();
    changes(&mut store, "all is forgotten", true).await;
}

/// A search that finds at most so many rooms.
fn search(limit: u64) -> RoomSearch {
    RoomSearch {
        limit,
        ..RoomSearch::default()
    }
}

fn names((total, rooms): (u64, Vec<RoomRow>)) -> (u64, Vec<String>) {
    let names = rooms
        .into_iter()
        .map(|room| format!("{} {}", room.name, room.address));
    (total, names.collect())
}

pub(super) async fn rooms_are_found_by_their_words_and_in_the_order_of_their_names(mut store: impl Showing) {
    let with = |number: usize, name: &str, building: Option<&str>| Room {
        building: building.map(str::to_owned),
        ..room(number, name)
    };
    let found = [
        with(0, "Room 10", Some("North")),
        with(1, "room 9", None),
        with(2, "", Some("10 Downing")),
    ];
    store.list(Writer::A, &found, &[]).await.unwrap();
    let [a, b, c] = ROOMS;
    let names_of = |expected: &[(&str, &str)]| {
        let names = expected.iter().map(|(name, address)| format!("{name} {address}"));
        names.collect::<Vec<_>>()
    };
    let by_name = names_of(&[("", c), ("room 9", b), ("Room 10", a)]);
    assert_eq!(names(store.search_rooms(search(10)).await), (3, by_name.clone()));
    let second = RoomSearch { skip: 1, ..search(1) };
    assert_eq!(
        names(store.search_rooms(second).await),
        (3, vec![by_name[1].clone()])
    );
    let by_building = RoomSearch {
        by_building: true,
        ..search(10)
    };
    assert_eq!(
        names(store.search_rooms(by_building).await),
        (3, names_of(&[("", c), ("Room 10", a), ("room 9", b)]))
    );
    for (text, rooms) in [("ROOM", 2), ("downing", 1), ("a@CONTOSO", 1), ("%", 0), ("\0", 0)] {
        let sought = RoomSearch {
            text: Some(text.into()),
            ..search(10)
        };
        assert_eq!(store.search_rooms(sought).await.0, rooms, "{text:?}");
    }
    for (building, rooms) in [("North", 1), ("", 1), ("South", 0)] {
        let sought = RoomSearch {
            building: Some(building.into()),
            ..search(10)
        };
        assert_eq!(store.search_rooms(sought).await.0, rooms, "{building:?}");
    }
    assert_eq!(store.buildings().await, ["", "10 Downing", "North"]);
    let outcomes = [(a, "denied", Some("no right"))];
    store
        .put_outcomes(Writer::A, Places::Rooms, 100, &outcomes)
        .await
        .unwrap();
    let denied = RoomSearch {
        outcome: Some("denied".into()),
        ..search(10)
    };
    let (_, rooms) = store.search_rooms(denied).await;
    let [denied] = &rooms[..] else { panic!("{rooms:?}") };
    assert_eq!(
        (denied.capacity, denied.cause.as_deref(), denied.since),
        (Some(8), Some("no right"), Some(100))
    );
    // One that is not listed any more is not found.
    store.list(Writer::A, &found[..1], &[]).await.unwrap();
    assert_eq!(store.search_rooms(search(10)).await.0, 1);
    assert_eq!(store.buildings().await, ["North"]);
}

pub(super) async fn the_meetings_of_a_room_are_those_that_overlap_a_window(mut store: impl Showing) {
    let at = NOW - 5 * DAY;
    let nameless = Meeting {
        subject: Subject::None,
        ..meeting("in it", at + 100, at + 200)
    };
    let meetings = [
        meeting("long before", at - 9_000, at + 1),
        meeting("before", at - 100, at),
        meeting("at its start", at, at),
        nameless.clone(),
        meeting("after", at + 1_000, at + 1_100),
    ];
    read_rooms(&mut store, &meetings).await;
    let (_, rooms) = store.search_rooms(search(1)).await;
    let window = Window::new(at, at + 1_000).unwrap();
    let found = store.meetings_of_room(&rooms[0], window).await;
    let expected = [meetings[0].clone(), meetings[2].clone(), nameless];
    assert_eq!(found, expected);
}
