//! How the statements find their rows with which figures are kept, read and told: none may read all days, months or series to find a few.

use std::cell::RefCell;
use std::collections::BTreeSet;

use rusqlite::trace::{TraceEvent, TraceEventCodes};

use super::*;

/// Tables that have a row for each room and date, month, series or change. The others have one for each room at most.
const LARGE: [&str; 9] = [
    "day", "month", "built", "series", "zombie", "mark", "news", "pending", "told",
];

thread_local! {
    /// The statements that the file of this thread runs.
    static RUN: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

fn note(event: TraceEvent<'_>) {
    if let TraceEvent::Stmt(statement, _) = event {
        RUN.with_borrow_mut(|run| run.insert(statement.sql().into_owned()));
    }
}

/// The steps of all statements that ran which go through a large table as a whole.
fn scans(rollups: &Rollups) -> Vec<String> {
    rollups.connection.trace_v2(TraceEventCodes::empty(), None);
    let mut scans = Vec::new();
    // Who empties a table goes through all of it.
    let empties = |statement: &String| statement.starts_with("DELETE") && !statement.contains("WHERE");
    for statement in RUN.take().into_iter().filter(|statement| !empties(statement)) {
        let Ok(mut plan) = rollups
            .connection
            .prepare(&format!("EXPLAIN QUERY PLAN {statement}"))
        else {
            // BEGIN and COMMIT have none.
            continue;
        };
        let mut rows = plan.raw_query();
        while let Some(row) = rows.next().unwrap() {
            let step: String = row.get("detail").unwrap();
            let mut words = step.split_whitespace();
            if words.next() == Some("SCAN") && words.next().is_some_and(|table| LARGE.contains(&table)) {
                scans.push(format!("{step}: {statement}"));
            }
        }
    }
    scans
}

/// Folds, changes, folds again and asks all questions, and returns the statements of that which go through a large table as a whole.
fn scans_of_a_life(change: impl FnOnce(&Rollups)) -> Vec<String> {
    let mut store = Store::empty().unwrap();
    let mut rollups = Rollups::in_memory().unwrap();
    change(&rollups);
    rollups.set_told(&["sink"]).unwrap();
    rollups
        .connection
        .trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(note));
    let now = begin() + 30 * DAY;
    for found in [
        &[(1, 20, 4, Status::Confirmed, true)][..],
        &[(2, 70, 4, Status::Confirmed, true)],
    ] {
        for room in 0..ROOMS.len() {
            read(&mut store, room, (0, 700), found, begin() + 10 * DAY);
        }
        rollups
            .fold(&store, &scope(false, false, false), &[0, 1, 2], now, &|| true)
            .unwrap();
        while let Some(mut page) = rollups
            .news(&scope(false, false, false), "sink", now, 100)
            .unwrap()
        {
            page.all.iter_mut().for_each(|news| news.until = Some(now + HOUR));
            rollups.told(&page).unwrap();
        }
    }
    rollups
        .news(&scope(false, false, false), "sink", now + HOUR, 100)
        .unwrap();
    for question in By::ALL.into_iter().chain(By::OF_PAGES).flat_map(questions) {
        rollups
            .report(&store, &scope(false, false, false), &question, now, &|| true)
            .unwrap();
    }
    rollups
        .fold(&store, &scope(true, true, true), &[0, 1, 2], now, &|| true)
        .unwrap();
    let mut fewer = scope(true, true, true);
    fewer.rooms.pop();
    rollups.fold(&store, &fewer, &[0, 1], now, &|| true).unwrap();
    scans(&rollups)
}

#[test]
fn nothing_goes_through_all_days_months_or_series() {
    let scans = scans_of_a_life(|_| {});
    assert!(scans.is_empty(), "{scans:#?}");
}

#[test]
fn a_missing_index_is_seen() {
    let scans = scans_of_a_life(|rollups| {
        rollups
            .connection
            .execute_batch("DROP INDEX zombie_series; DROP INDEX series_room;")
            .unwrap();
    });
    for table in ["SCAN zombie", "SCAN series"] {
        assert!(
            scans.iter().any(|scan| scan.starts_with(table)),
            "{table}: {scans:#?}"
        );
    }
}
