//! How the statements find their rows by which figures are computed: for each room and day, so none may read all that a room has.

use std::cell::RefCell;

use collector_model::space::SpaceId;
use collector_model::window::Window;
use rusqlite::trace::{TraceEvent, TraceEventCodes};

use super::usage::{coverage, put, sample};
use super::{SOURCE, commit, meeting};
use crate::{Change, Reader, RoomSearch, Store, StoreError};

const ROOM: &str = "a@x";

thread_local! {
    /// The statements that the store of this thread runs.
    static RUN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn note(event: TraceEvent<'_>) {
    if let TraceEvent::Stmt(statement, _) = event {
        RUN.with_borrow_mut(|run| run.push(statement.sql().into_owned()));
    }
}

fn filled() -> Store {
    let mut store = Store::empty().unwrap();
    commit(&mut store, Change::Complete, vec![meeting("m", 1_100)]);
    put(&mut store, &[sample("a", "s", 1, 4), coverage("c", 1_000, 2_000)]);
    store
}

fn space() -> SpaceId {
    SpaceId {
        source: "webex".into(),
        key: "a".into(),
    }
}

/// How the statements that a call runs find meetings and records: a line for each different way, sorted.
fn ways<T>(store: &Store, call: impl FnOnce(&Reader) -> Result<T, StoreError>) -> Vec<String> {
    RUN.take();
    store
        .connection
        .trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(note));
    call(store).unwrap();
    store.connection.trace_v2(TraceEventCodes::empty(), None);
    let mut ways = Vec::new();
    for statement in RUN.take() {
        let mut plan = store
            .connection
            .prepare(&format!("EXPLAIN QUERY PLAN {statement}"))
            .unwrap();
        let mut rows = plan.raw_query();
        while let Some(row) = rows.next().unwrap() {
            let step: String = row.get("detail").unwrap();
            let table = step.split_whitespace().nth(1).unwrap_or_default();
            if ["meeting", "gone", "usage", "coverage", "record"].contains(&table) {
                ways.push(step);
            }
        }
    }
    ways.sort();
    ways.dedup();
    ways
}

#[test]
fn bookings_are_found_by_when_they_end() {
    let store = filled();
    assert_eq!(
        ways(&store, |store| store.bookings(SOURCE, ROOM, 1_000, 2_000)),
        [
            "SEARCH gone USING COVERING INDEX gone_end (room=? AND end_at>?)",
            "SEARCH gone USING PRIMARY KEY (room=? AND id=?)",
            "SEARCH meeting USING COVERING INDEX meeting_end (room=? AND end_at>? AND end_at<?)",
            "SEARCH meeting USING COVERING INDEX meeting_long (room=? AND end_at>?)",
            "SEARCH meeting USING INTEGER PRIMARY KEY (rowid=?)",
        ]
    );
    assert_eq!(
        ways(&store, |store| store.booking_starts(SOURCE, ROOM, 1_000, true)),
        [
            "SEARCH gone USING COVERING INDEX gone_end (room=? AND end_at>?)",
            "SEARCH meeting USING INDEX meeting_removed (room=? AND end_at>?)",
        ]
    );
    assert_eq!(
        ways(&store, |store| store.booking_starts(SOURCE, ROOM, 1_000, false)),
        [
            "SEARCH gone USING COVERING INDEX gone_end (room=? AND end_at>?)",
            "SEARCH meeting USING COVERING INDEX meeting_end (room=? AND end_at>?)",
        ]
    );
    assert_eq!(
        ways(&store, |store| store.booking_times(SOURCE, ROOM, 1_000, 2_000)),
        [
            "SEARCH gone USING COVERING INDEX gone_end (room=? AND end_at>?)",
            "SEARCH meeting USING COVERING INDEX meeting_end (room=? AND end_at>? AND end_at<?)",
            "SEARCH meeting USING COVERING INDEX meeting_long (room=? AND end_at>?)",
        ]
    );
    assert!(ways(&store, |store| store.readings(SOURCE, ROOM)).is_empty());
}

#[test]
fn records_are_found_by_their_four_and_when_they_start() {
    let store = filled();
    assert_eq!(
        ways(&store, |store| store.evidence(&[space()], 1_000, 2_000)),
        [
            "SEARCH coverage USING COVERING INDEX coverage_state (device=? AND withdrawn=? AND state=? AND kinds=? AND start_at>? AND start_at<?)",
            "SEARCH coverage USING COVERING INDEX coverage_state (device=? AND withdrawn=? AND state=? AND kinds>?)",
            "SEARCH coverage USING INDEX coverage_long (device=? AND start_at<?)",
            // The last one before the span.
            "SEARCH usage USING COVERING INDEX usage_four (device=? AND withdrawn=? AND kind=? AND form=? AND start_at<?)",
            "SEARCH usage USING COVERING INDEX usage_four (device=? AND withdrawn=? AND kind=? AND form=? AND start_at>? AND start_at<?)",
            "SEARCH usage USING INDEX usage_long (device=? AND start_at<?)",
        ]
    );
    assert_eq!(
        ways(&store, |store| store.buckets(&[space()], 1_000, 2_000)),
        [
            "SEARCH usage USING COVERING INDEX usage_four (device=? AND withdrawn=? AND kind=? AND form=? AND start_at>? AND start_at<?)",
            "SEARCH usage USING INDEX usage_long (device=? AND start_at<?)",
        ]
    );
    assert_eq!(
        ways(&store, |store| store.witnesses(&[space()])),
        [
            "SEARCH coverage USING COVERING INDEX coverage_state (device=? AND withdrawn=? AND state=? AND kinds>?)",
            "SEARCH usage USING COVERING INDEX usage_four (device=? AND withdrawn=? AND kind=?)",
        ]
    );
}

#[test]
fn what_rooms_and_spaces_there_are_is_known_without_their_records() {
    let store = filled();
    let sources = [SOURCE.to_owned(), "webex".to_owned()];
    let search = RoomSearch {
        sources: sources.to_vec(),
        limit: u64::MAX,
        ..RoomSearch::default()
    };
    assert!(ways(&store, |store| store.search_rooms(&search)).is_empty());
    assert!(ways(&store, |store| store.known_spaces(&sources)).is_empty());
    assert!(ways(&store, |store| store.touched_after(0)).is_empty());
}

#[test]
fn records_in_order_are_read_from_the_index_of_their_device() {
    let store = filled();
    let right = [
        "SEARCH record USING COVERING INDEX coverage_state (device=?)",
        "SEARCH record USING COVERING INDEX usage_four (device=?)",
    ];
    let page = ways(&store, |store| {
        store.usage_page(None, Window::ALWAYS, None, 10, &|| true)
    });
    assert_eq!(page, right);
    let all = ways(&store, |store| {
        store.usage(&[], Window::ALWAYS, |_| Ok::<(), StoreError>(()))
    });
    assert_eq!(all, right);
}

/// So the tests above would fail.
#[test]
fn without_an_index_rows_are_found_in_another_way() {
    let store = filled();
    store
        .connection
        .execute_batch("DROP INDEX usage_four; DROP INDEX coverage_state; DROP INDEX meeting_removed")
        .unwrap();
    let witnesses = ways(&store, |store| store.witnesses(&[space()]));
    assert_eq!(witnesses, ["SCAN usage", "SEARCH coverage USING PRIMARY KEY"]);
    let removed = ways(&store, |store| store.booking_starts(SOURCE, ROOM, 1_000, true));
    assert!(
        !removed.iter().any(|way| way.contains("meeting_removed")),
        "{removed:?}"
    );
}
