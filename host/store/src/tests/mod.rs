mod accounts;
mod administration;
mod api_tokens;
mod booking;
mod evidence;
mod identity;
mod joining;
mod outbox;
mod pages;
mod plans;
mod refill;
mod revision;
mod same;
mod shared;
mod staging;
mod usage;
mod usage_expiry;
mod usage_page;

use collector_model::change::What;
use collector_model::fixture;
use collector_model::meeting::{Meeting, Status, Subject};
use collector_model::room::{Room, RoomAddress};
use collector_model::window::Window;

use super::*;

const SOURCE: &str = "contoso";

fn window() -> Window {
    Window::new(1_000, 2_000).unwrap()
}

fn room(address: &str, lists: &[&str]) -> Room {
    Room {
        address: RoomAddress::new(address),
        key: address.to_owned(),
        name: format!("Room {address}"),
        building: None,
        capacity: Some(8),
        lists: lists.iter().map(|list| (*list).to_owned()).collect(),
    }
}

fn meeting(id: &str, start: i64) -> Meeting {
    fixture::meeting(id, start, start + 100)
}

/// The meetings of a window as `room id start`.
fn stored(store: &Store, window: Window) -> Vec<String> {
    let mut found = Vec::new();
    store
        .meetings(SOURCE, window, |room, _, meeting| {
            found.push(format!("{room} {} {}", meeting.id, meeting.start));
            Ok::<(), StoreError>(())
        })
        .unwrap();
    found
}

fn commit(store: &mut Store, change: Change, meetings: Vec<Meeting>) -> RoomChanges {
    commit_to(store, SOURCE, "a@x", change, meetings, window())
}

/// A reading that began just now.
fn commit_to(
    store: &mut Store,
    source: &str,
    room: &str,
    change: Change,
    meetings: Vec<Meeting>,
    window: Window,
) -> RoomChanges {
    let reading = Reading {
        change,
        meetings,
        window,
        cursor: Some("next".into()),
        drops: store.drops().unwrap(),
    };
    store.commit(source, &RoomAddress::new(room), reading).unwrap()
}

/// The next changes for a sink, as `number what id subject`.
fn handed(store: &mut Store, sink: &str) -> Vec<String> {
    let handover = store.hand_over(sink, 100).unwrap();
    handover.entries.iter().map(brief).collect()
}

fn brief(entry: &collector_model::change::Change) -> String {
    let what = match &entry.what {
        What::Meeting(kind, meeting) => format!(
            "{kind:?} {} {}",
            meeting.id,
            meeting.subject.text().unwrap_or("-")
        ),
        What::SnapshotBegin => format!("Begin {}", entry.room),
        What::SnapshotEnd { from, meetings } => format!("End {} {from} {meetings}", entry.room),
    };
    format!("{} {what}", entry.number)
}

/// A sink takes everything that waits for it. Returns what that was.
fn take(store: &mut Store, sink: &str) -> Vec<String> {
    let mut taken = Vec::new();
    loop {
        let handover = store.hand_over(sink, 100).unwrap();
        if handover.is_empty() {
            return taken;
        }
        taken.extend(handover.entries.iter().map(brief));
        store.delivered(sink, &handover).unwrap();
    }
}

fn empty() -> (tempfile::TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    (directory, store)
}

#[test]
fn rooms_that_are_stored_together_are_stored_as_each_alone_or_all_not() {
    let reading = |meetings: Vec<Meeting>| Reading {
        change: Change::Complete,
        meetings,
        window: window(),
        cursor: Some("next".into()),
        drops: 0,
    };
    let (_directory, mut store) = empty();
    store.set_sinks(&["file"]).unwrap();
    let of_room = |room: &str, meetings: Vec<Meeting>| RoomReading {
        room: RoomAddress::new(room),
        reading: reading(meetings),
    };
    let readings = [
        of_room("a@x", vec![meeting("1", 1_100), meeting("2", 1_200)]),
        of_room("b@x", vec![meeting("3", 1_300)]),
    ];
    let changes = store.commit_together(SOURCE, &readings, 1_000).unwrap();
    assert_eq!(changes.iter().map(|room| room.new).collect::<Vec<_>>(), [2, 1]);
    let all = stored(&store, window());
    assert_eq!(all, ["a@x 1 1100", "a@x 2 1200", "b@x 3 1300"]);
    let told = take(&mut store, "file");
    let (_other_directory, mut other) = empty();
    other.set_sinks(&["file"]).unwrap();
    for RoomReading { room, reading } in &readings {
        other.commit_at(SOURCE, room, reading.clone(), 1_000).unwrap();
    }
    assert_eq!(
        (stored(&other, window()), take(&mut other, "file")),
        (all.clone(), told)
    );

    // One room cannot be stored: then none is.
    store
        .connection
        .execute_batch(
            "CREATE TRIGGER full BEFORE INSERT ON meeting WHEN new.id = '5' BEGIN SELECT RAISE (ABORT, 'no'); END",
        )
        .unwrap();
    let readings = [
        of_room("a@x", vec![meeting("4", 1_400)]),
        of_room("b@x", vec![meeting("5", 1_500)]),
    ];
    store.commit_together(SOURCE, &readings, 1_000).unwrap_err();
    assert_eq!(stored(&store, window()), all);
    assert!(take(&mut store, "file").is_empty());
}

#[test]
fn a_complete_room_loses_what_was_not_emitted_again_and_only_inside_the_window() {
    let (_directory, mut store) = empty();
    let wide = Window::new(0, 10_000).unwrap();
    commit_to(
        &mut store,
        SOURCE,
        "a@x",
        Change::Complete,
        vec![
            meeting("before", 500),
            meeting("stays", 1_200),
            meeting("goes", 1_300),
            meeting("after", 5_000),
        ],
        wide,
    );
    let mut moved = meeting("stays", 1_250);
    moved.status = Status::Cancelled;
    let changes = commit(&mut store, Change::Complete, vec![moved, meeting("comes", 1_400)]);
    assert_eq!(
        changes,
        RoomChanges {
            new: 1,
            changed: 1,
            gone: 1,
            same: 0
        }
    );
    assert_eq!(
        stored(&store, wide),
        [
            "a@x before 500",
            "a@x stays 1250",
            "a@x comes 1400",
            "a@x after 5000"
        ]
    );
}

#[test]
fn changes_add_and_replace_and_take_nothing_away() {
    let (_directory, mut store) = empty();
    commit(
        &mut store,
        Change::Complete,
        vec![meeting("one", 1_100), meeting("two", 1_200)],
    );
    let changes = commit(
        &mut store,
        Change::Changes,
        vec![meeting("two", 1_300), meeting("three", 1_400)],
    );
    assert_eq!(
        changes,
        RoomChanges {
            new: 1,
            changed: 1,
            gone: 0,
            same: 0
        }
    );
    assert_eq!(
        stored(&store, window()),
        ["a@x one 1100", "a@x two 1300", "a@x three 1400"]
    );
}

#[test]
fn the_same_again_changes_nothing() {
    let (_directory, mut store) = empty();
    let meetings = || vec![meeting("one", 1_100), meeting("two", 1_200)];
    assert_eq!(commit(&mut store, Change::Complete, meetings()).new, 2);
    assert_eq!(
        commit(&mut store, Change::Complete, meetings()),
        RoomChanges {
            same: 2,
            ..RoomChanges::default()
        }
    );
}

#[test]
fn a_meeting_that_moved_into_the_window_has_changed_and_is_not_new() {
    let (_directory, mut store) = empty();
    let wide = Window::new(0, 10_000).unwrap();
    commit_to(
        &mut store,
        SOURCE,
        "a@x",
        Change::Complete,
        vec![meeting("one", 5_000)],
        wide,
    );
    let changes = commit(&mut store, Change::Complete, vec![meeting("one", 1_500)]);
    assert_eq!(
        changes,
        RoomChanges {
            changed: 1,
            ..RoomChanges::default()
        }
    );
    assert_eq!(stored(&store, wide), ["a@x one 1500"]);
}

#[test]
fn of_meetings_with_one_id_the_last_counts() {
    let (_directory, mut store) = empty();
    let changes = commit(
        &mut store,
        Change::Complete,
        vec![meeting("one", 1_100), meeting("one", 1_200)],
    );
    assert_eq!(changes.new, 1);
    assert_eq!(stored(&store, window()), ["a@x one 1200"]);
}

#[test]
fn a_withheld_subject_and_none_come_back_as_such() {
    let (_directory, mut store) = empty();
    let subjects = [
        Subject::Withheld,
        Subject::None,
        Subject::Text(String::new()),
        Subject::Text("Übung 会議".into()),
    ];
    let meetings = subjects
        .iter()
        .enumerate()
        .map(|(number, subject)| Meeting {
            subject: subject.clone(),
            ..meeting(&number.to_string(), 1_100)
        })
        .collect();
    commit(&mut store, Change::Complete, meetings);
    let mut found = Vec::new();
    store
        .meetings(SOURCE, window(), |_, _, meeting| {
            found.push(meeting.subject);
            Ok::<(), StoreError>(())
        })
        .unwrap();
    assert_eq!(found, subjects);
}

#[test]
fn a_room_that_left_its_lists_is_kept_and_no_longer_shown() {
    let (_directory, mut store) = empty();
    store
        .put_rooms(SOURCE, &[room("a@x", &["hq"]), room("b@x", &["lab"])], &[])
        .unwrap();
    commit(&mut store, Change::Complete, vec![meeting("one", 1_100)]);
    store.put_rooms(SOURCE, &[room("b@x", &["lab"])], &[]).unwrap();
    assert_eq!(stored(&store, window()), [""; 0]);
    store.put_rooms(SOURCE, &[room("a@x", &["hq"])], &[]).unwrap();
    assert_eq!(stored(&store, window()), ["a@x one 1100"]);
}

#[test]
fn a_room_whose_list_could_not_be_read_stays_listed() {
    let (_directory, mut store) = empty();
    store.put_rooms(SOURCE, &[room("a@x", &["HQ@x"])], &[]).unwrap();
    commit(&mut store, Change::Complete, vec![meeting("one", 1_100)]);
    store.put_rooms(SOURCE, &[], &["hq@x".into()]).unwrap();
    assert_eq!(stored(&store, window()), ["a@x one 1100"]);
}

#[test]
fn rooms_that_several_sources_list_are_counted_for_each() {
    let (_directory, mut store) = empty();
    for (source, rooms) in [
        ("annex", &["b@x", "c@x"][..]),
        ("contoso", &["a@x", "b@x", "c@x"]),
        ("gone", &["a@x"]),
        ("lab", &["d@x"]),
    ] {
        let rooms: Vec<_> = rooms.iter().map(|address| room(address, &["hq"])).collect();
        store.put_rooms(source, &rooms, &[]).unwrap();
    }
    let doubled = |store: &Store| {
        let configured = ["annex", "contoso", "lab"].map(str::to_owned);
        store.doubled_rooms(&configured).unwrap()
    };
    assert_eq!(
        doubled(&store),
        [("annex".to_owned(), 2), ("contoso".to_owned(), 2)]
    );
    // One that a source lists no longer is in no figure.
    store.put_rooms("annex", &[room("c@x", &["hq"])], &[]).unwrap();
    assert_eq!(
        doubled(&store),
        [("annex".to_owned(), 1), ("contoso".to_owned(), 1)]
    );
}

#[test]
fn cursors_come_back_per_source() {
    let (_directory, mut store) = empty();
    commit(&mut store, Change::Complete, vec![]);
    let rooms = ["b@x", "a@x"].map(RoomAddress::new);
    assert_eq!(
        store.cursors(Places::Rooms, SOURCE, &rooms).unwrap(),
        [None, Some("next".to_owned())]
    );
    assert_eq!(
        store.cursors(Places::Rooms, "other", &rooms).unwrap(),
        [None, None]
    );
}

#[test]
fn a_cursor_goes_with_the_mailbox_that_it_was_given_for() {
    let (_directory, mut store) = empty();
    let cursor = |store: &Store| {
        store
            .cursors(Places::Rooms, SOURCE, &[RoomAddress::new("a@x")])
            .unwrap()
            .remove(0)
    };
    let mut listed = room("a@x", &[]);
    store
        .put_rooms(SOURCE, std::slice::from_ref(&listed), &[])
        .unwrap();
    commit(&mut store, Change::Complete, vec![meeting("one", 1_100)]);
    listed.name = "renamed".into();
    store
        .put_rooms(SOURCE, std::slice::from_ref(&listed), &[])
        .unwrap();
    assert_eq!(cursor(&store).as_deref(), Some("next"));
    // The mailbox was recreated under its old address.
    listed.key = "another".into();
    store
        .put_rooms(SOURCE, std::slice::from_ref(&listed), &[])
        .unwrap();
    assert_eq!(cursor(&store), None);
    commit(&mut store, Change::Complete, vec![meeting("one", 1_100)]);
    assert_eq!(cursor(&store).as_deref(), Some("next"));
    // It left its lists, and returned.
    store.put_rooms(SOURCE, &[], &[]).unwrap();
    store.put_rooms(SOURCE, &[listed], &[]).unwrap();
    assert_eq!(cursor(&store), None);
    assert_eq!(stored(&store, window()), ["a@x one 1100"]);
}

#[test]
fn how_rooms_were_read_is_known_in_the_order_of_the_rooms() {
    let (_directory, mut store) = empty();
    const NAMES: [&str; 3] = ["a@x", "b@x", "c@x"];
    let rooms = NAMES.map(|address| room(address, &[]));
    store.put_rooms(SOURCE, &rooms, &[]).unwrap();
    assert_eq!(
        store.pasts(Places::Rooms, SOURCE, NAMES).unwrap(),
        [Past::default(); 3]
    );
    let attempt = |room: &str, trouble| (RoomAddress::new(room), trouble);
    let attempts = [attempt("b@x", None), attempt("c@x", Some(Trouble::NotCollected))];
    store
        .put_attempts(Places::Rooms, SOURCE, 1_000, &attempts)
        .unwrap();
    let past = |read_at, trouble| Past { read_at, trouble };
    let expected = [
        past(None, None),
        past(Some(1_000), None),
        past(None, Some(Trouble::NotCollected)),
    ];
    assert_eq!(store.pasts(Places::Rooms, SOURCE, NAMES).unwrap(), expected);
    // A room that made trouble keeps the time of its last reading; a room that is read has no trouble any more.
    let attempts = [attempt("b@x", Some(Trouble::Harmful)), attempt("c@x", None)];
    store
        .put_attempts(Places::Rooms, SOURCE, 2_000, &attempts)
        .unwrap();
    let expected = [
        past(None, None),
        past(Some(1_000), Some(Trouble::Harmful)),
        past(Some(2_000), None),
    ];
    assert_eq!(store.pasts(Places::Rooms, SOURCE, NAMES).unwrap(), expected);
    assert_eq!(
        store.pasts(Places::Rooms, "other", NAMES).unwrap(),
        [Past::default(); 3]
    );
}

#[test]
fn a_scratch_store_knows_what_is_stored_and_keeps_nothing() {
    let (directory, mut store) = empty();
    commit(&mut store, Change::Complete, vec![meeting("one", 1_100)]);
    let mut scratch = Store::scratch(directory.path()).unwrap();
    let changes = commit(&mut scratch, Change::Complete, vec![meeting("two", 1_200)]);
    assert_eq!(
        changes,
        RoomChanges {
            new: 1,
            gone: 1,
            ..RoomChanges::default()
        }
    );
    assert_eq!(stored(&store, window()), ["a@x one 1100"]);
}

#[test]
fn a_scratch_store_makes_no_file() {
    let directory = tempfile::tempdir().unwrap();
    Store::scratch(directory.path()).unwrap();
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_store() {
    use std::os::unix::fs::PermissionsExt;
    let (directory, _store) = empty();
    let mode = std::fs::metadata(directory.path().join(FILE))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_file_that_is_no_store_is_named() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(
        directory.path().join(FILE),
        "no database at all, and long enough to be looked at",
    )
    .unwrap();
    let error = Store::open(directory.path()).err().unwrap().to_string();
    assert!(
        error.contains(FILE) && error.contains("not a database"),
        "{error}"
    );
}

#[test]
fn a_room_that_one_list_names_stays_in_the_other_that_cannot_be_read() {
    let (_directory, mut store) = empty();
    store
        .put_rooms(SOURCE, &[room("a@x", &["one@x", "two@x"])], &[])
        .unwrap();
    store
        .put_rooms(SOURCE, &[room("a@x", &["two@x"])], &["one@x".into()])
        .unwrap();
    store.put_rooms(SOURCE, &[], &["one@x".into()]).unwrap();
    assert_eq!(
        store.listed(Places::Rooms, SOURCE).unwrap(),
        1,
        "it may still be in the list that cannot be read"
    );
    store.put_rooms(SOURCE, &[], &[]).unwrap();
    assert_eq!(store.listed(Places::Rooms, SOURCE).unwrap(), 0);
}

#[test]
fn what_ended_long_ago_is_forgotten_and_no_sink_is_told() {
    let (_directory, mut store) = empty();
    store.set_sinks(&["file"]).unwrap();
    commit(
        &mut store,
        Change::Complete,
        vec![meeting("old", 1_100), meeting("young", 1_500)],
    );
    take(&mut store, "file");
    assert_eq!(store.forget_before(1_300).unwrap(), 1);
    assert_eq!(stored(&store, window()), ["a@x young 1500"]);
    assert_eq!(store.stored_meetings(SOURCE).unwrap(), 1);
    assert!(handed(&mut store, "file").is_empty());
    // A sink that gets everything again keeps what was removed here.
    store.refill("file").unwrap();
    assert_eq!(
        take(&mut store, "file"),
        ["5 Begin a@x", "6 Added young Weekly sync", "7 End a@x 1300 1"]
    );
}

#[test]
fn a_source_that_is_forgotten_leaves_nothing_and_the_others_are_as_they_were() {
    let (_directory, mut store) = empty();
    store.set_sinks(&["file"]).unwrap();
    store.put_rooms(SOURCE, &[room("a@x", &[])], &[]).unwrap();
    commit(&mut store, Change::Complete, vec![meeting("one", 1_100)]);
    commit_to(
        &mut store,
        "other",
        "b@x",
        Change::Complete,
        vec![meeting("two", 1_100)],
        window(),
    );
    assert!(store.knows_source(SOURCE).unwrap());
    assert_eq!(store.forget_source(SOURCE).unwrap().meetings, 1);
    assert!(!store.knows_source(SOURCE).unwrap());
    assert_eq!(
        (
            store.forget_source(SOURCE).unwrap().to_string(),
            store.rooms(SOURCE).unwrap()
        ),
        ("0 stored meetings".to_owned(), vec![])
    );
    let waiting = store.hand_over("file", 10).unwrap();
    let of: Vec<&str> = waiting
        .entries
        .iter()
        .map(|entry| entry.source.as_str())
        .collect();
    assert_eq!(of, ["other"; 3]);
    assert_eq!(store.stored_meetings("other").unwrap(), 1);
}

#[test]
fn an_outcome_keeps_its_time_while_it_stays_the_same() {
    let (_directory, mut store) = empty();
    store.put_rooms(SOURCE, &[room("a@x", &[])], &[]).unwrap();
    for (at, outcome) in [(10, "collected"), (20, "denied"), (30, "denied")] {
        let cause = (outcome == "denied").then(|| "a policy".to_owned());
        store
            .put_outcomes(Places::Rooms, SOURCE, at, [("a@x", outcome, cause)])
            .unwrap();
    }
    let rooms = store.rooms(SOURCE).unwrap();
    assert_eq!(rooms[0].outcome.as_deref(), Some("denied"));
    assert_eq!(rooms[0].cause.as_deref(), Some("a policy"));
    assert_eq!(rooms[0].since, Some(20));
}

#[test]
fn a_store_of_the_first_version_is_brought_to_this_one_with_what_it_holds() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("collector.sqlite3");
    let mut old = rusqlite::Connection::open(&file).unwrap();
    old.pragma_update(None, "journal_mode", "WAL").unwrap();
    super::schema::MIGRATIONS.to_version(&mut old, 1).unwrap();
    old.execute_batch(
        "INSERT INTO room (source, address, name, lists, listed) VALUES ('contoso', 'a@x', 'A', '[]', 1);
         INSERT INTO room (source, address, name, lists, listed) VALUES ('contoso', 'b@x', 'B', '[]', 1);
         INSERT INTO meeting VALUES (1, 'one', NULL, 'Weekly sync', 0, 1100, 1200, 0, 0);
         INSERT INTO meeting VALUES (2, 'one', NULL, 'Retrospective', 0, 1300, 1400, 0, 0);
         INSERT INTO meeting VALUES (2, 'two', 'one', NULL, 1, 1100, 1200, 1, 1);",
    )
    .unwrap();
    drop(old);
    let mut store = Store::open(directory.path()).unwrap();
    assert_eq!(
        stored(&store, window()),
        ["a@x one 1100", "b@x two 1100", "b@x one 1300"]
    );
    store.set_sinks(&["file"]).unwrap();
    assert_eq!(
        take(&mut store, "file"),
        [
            "1 Begin a@x",
            "2 Added one Weekly sync",
            "3 End a@x 1199 1",
            "4 Begin b@x",
            "5 Added two -",
            "6 Added one Retrospective",
            "7 End b@x 1199 2"
        ]
    );
    // Each is found by its id, and only in its room.
    let moved = commit(&mut store, Change::Complete, vec![meeting("one", 1_500)]);
    assert_eq!((moved.new, moved.changed, moved.gone), (0, 1, 0));
    let gone = commit_to(
        &mut store,
        SOURCE,
        "b@x",
        Change::Complete,
        vec![meeting("three", 1_600)],
        window(),
    );
    assert_eq!((gone.new, gone.changed, gone.gone), (1, 0, 2));
    assert_eq!(stored(&store, window()), ["a@x one 1500", "b@x three 1600"]);
    let vacuum: i64 = store
        .connection
        .query_row("PRAGMA auto_vacuum", [], |row| row.get(0))
        .unwrap();
    assert_eq!(vacuum, 2, "what is deleted can be given back");
}
