//! What deletions leave behind in the file's pages.

use std::path::Path;

use super::*;

const MARK: &str = "Weekly sync";
const ROOMS: u64 = 12;

/// Numbers that look random and are the same each time.
fn dice(state: &mut u64) -> u64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

/// Meetings whose subjects are as short as a word, or continue over several pages.
fn fill(store: &mut Store, seed: u64) {
    let mut state = seed;
    for _ in 0..6 {
        for number in 0..ROOMS {
            let meetings: Vec<_> = (0..60)
                .map(|_| {
                    let mut meeting = meeting(&dice(&mut state).to_string(), 1_100);
                    let length = match dice(&mut state) % 20 {
                        0 => 9_000,
                        1 => 1_500,
                        other => other * 10,
                    };
                    let length = usize::try_from(length).unwrap() / MARK.len() + 1;
                    meeting.subject = Subject::Text(MARK.repeat(length));
                    meeting
                })
                .collect();
            let change = if dice(&mut state).is_multiple_of(4) {
                Change::Complete
            } else {
                Change::Changes
            };
            let room = format!("room-{number}@x");
            commit_to(store, SOURCE, &room, change, meetings, window());
        }
    }
}

/// Whether a subject is in the database's file.
fn is_marked(directory: &Path) -> bool {
    let connection = Connection::open(directory.join(FILE)).unwrap();
    let busy: bool = connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
        .unwrap();
    assert!(!busy);
    let content = std::fs::read(directory.join(FILE)).unwrap();
    content
        .windows(MARK.len())
        .any(|window| window == MARK.as_bytes())
}

/// Every problem that SQLite finds in the file, also in its indexes.
fn found_wrong(store: &Store) -> String {
    let query = "SELECT group_concat(integrity_check, '; ') FROM pragma_integrity_check";
    store.connection.query_row(query, [], |row| row.get(0)).unwrap()
}

fn rows(store: &Store) -> Vec<String> {
    let mut rows = Vec::new();
    for table in ["room", "meeting", "outbox"] {
        let mut statement = store
            .connection
            .prepare(&format!("SELECT * FROM {table}"))
            .unwrap();
        let columns = statement.column_count();
        let mut found = statement.query([]).unwrap();
        while let Some(row) = found.next().unwrap() {
            let values: Vec<_> = (0..columns).map(|column| row.get_ref(column).unwrap()).collect();
            rows.push(format!("{table} {values:?}"));
        }
    }
    rows
}

#[test]
fn what_deletions_leave_behind_is_overwritten_and_every_row_stays_as_it_is() {
    for seed in 1..6 {
        let (directory, mut store) = empty();
        store.set_sinks(&["file"]).unwrap();
        fill(&mut store, seed);
        store
            .connection
            .execute_batch(
                "DELETE FROM meeting WHERE room % 3 = 0;
                 UPDATE meeting SET subject = NULL, withheld = 1;
                 UPDATE outbox SET subject = NULL, withheld = 1",
            )
            .unwrap();
        assert!(
            is_marked(directory.path()),
            "nothing was left behind to be overwritten"
        );
        let before = rows(&store);
        assert!(
            store.erase_leftovers().unwrap(),
            "SQLite was built without access to its pages"
        );
        assert!(!is_marked(directory.path()), "seed {seed}");
        assert_eq!(found_wrong(&store), "ok");
        assert_eq!(rows(&store), before);
        // Free pages are used again.
        fill(&mut store, seed);
        assert_eq!(found_wrong(&store), "ok");
    }
}

#[test]
fn a_file_without_a_map_of_its_pages_is_written_anew() {
    let (directory, mut store) = empty();
    fill(&mut store, 1);
    store
        .connection
        .execute_batch(
            "PRAGMA journal_mode = DELETE; PRAGMA auto_vacuum = NONE; VACUUM; PRAGMA journal_mode = WAL",
        )
        .unwrap();
    assert!(!store.erase_leftovers().unwrap());
    store.purge_subjects(SOURCE).unwrap();
    assert!(!is_marked(directory.path()));
}

#[test]
fn others_write_while_subjects_are_purged_and_none_is_left_in_the_file() {
    let (directory, mut store) = empty();
    fill(&mut store, 7);
    let path = directory.path().to_owned();
    let purging = std::thread::spawn(move || Store::open(&path).unwrap().purge_subjects(SOURCE).unwrap());
    let mut commits = 0;
    let mut state = 1;
    while !purging.is_finished() && commits < 100 {
        // They move rows, but contain no subject that is searched for.
        let meetings: Vec<_> = (0..20)
            .map(|_| {
                let mut meeting = meeting(&dice(&mut state).to_string(), 1_100);
                meeting.subject =
                    Subject::Text("Other".repeat(usize::try_from(dice(&mut state) % 400).unwrap()));
                meeting
            })
            .collect();
        let (change, room) = (Change::Changes, format!("room-{}@x", dice(&mut state) % ROOMS));
        commit_to(&mut store, "another", &room, change, meetings, window());
        if commits % 5 == 0 {
            // The file becomes shorter, and its last pages move.
            store
                .connection
                .execute("DELETE FROM meeting WHERE room = ?1", [commits % 7])
                .unwrap();
            store.vacuum().unwrap();
        }
        commits += 1;
    }
    assert!(purging.join().unwrap() > 0);
    assert!(commits > 0);
    assert_eq!(found_wrong(&store), "ok");
    assert!(!is_marked(directory.path()));
}
