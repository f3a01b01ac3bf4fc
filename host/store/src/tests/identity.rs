//! The identity of a store.

use std::path::Path;

use super::*;

/// A directory with a store that delivered this many meetings.
fn delivered(meetings: usize) -> (tempfile::TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let mut store = Store::open(directory.path()).unwrap();
    assert_eq!(store.recognize().unwrap(), None);
    store.set_sinks(&["file"]).unwrap();
    deliver(&mut store, meetings);
    (directory, store)
}

fn deliver(store: &mut Store, meetings: usize) {
    let meetings = (0..meetings)
        .map(|number| meeting(&number.to_string(), 1_100))
        .collect();
    commit(store, Change::Complete, meetings);
    take(store, "file");
}

/// The room is read, and has not changed.
fn deliver_none(store: &mut Store) {
    let meetings = (0..3).map(|number| meeting(&number.to_string(), 1_100)).collect();
    commit(store, Change::Complete, meetings);
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

fn reason(data: &Path) -> Option<String> {
    let mut store = Store::open(data).unwrap();
    let id = store.id().unwrap();
    let taken = store.recognize().unwrap();
    assert_eq!(taken.is_some(), store.id().unwrap() != id);
    assert_eq!(store.recognize().unwrap(), None, "once");
    taken.map(|identity| identity.taken.unwrap().1)
}

#[test]
fn a_store_that_was_only_closed_is_the_same() {
    let (directory, store) = delivered(3);
    drop(store);
    assert_eq!(reason(directory.path()), None);
    // Renaming the directory changes none of its files.
    let moved = directory.path().parent().unwrap().join(format!(
        "{}-moved",
        directory.path().file_name().unwrap().to_string_lossy()
    ));
    std::fs::rename(directory.path(), &moved).unwrap();
    assert_eq!(reason(&moved), None);
    std::fs::rename(&moved, directory.path()).unwrap();
}

#[test]
fn a_directory_that_was_restored_has_a_new_identity_and_tells_its_sinks_everything() {
    let (directory, store) = delivered(3);
    drop(store);
    let backup = tempfile::tempdir().unwrap();
    copy(directory.path(), backup.path());
    let mut store = Store::open(directory.path()).unwrap();
    deliver(&mut store, 5);
    let (before, number) = (store.id().unwrap(), store.last_number().unwrap());
    drop(store);
    // Over the existing files, as `cp` does it; or in place of a directory that was removed.
    for remove in [false, true] {
        if remove {
            std::fs::remove_dir_all(directory.path()).unwrap();
        }
        copy(backup.path(), directory.path());
        let mut store = Store::open(directory.path()).unwrap();
        assert!(store.last_number().unwrap() < number);
        let identity = store.recognize().unwrap().unwrap();
        assert_ne!(identity.id, before);
        assert!(
            handed(&mut store, "file").is_empty(),
            "nothing before the room was read"
        );
        deliver_none(&mut store);
        assert_eq!(take(&mut store, "file").len(), 5, "begin, three meetings, end");
    }
    assert_eq!(
        reason(backup.path()).as_deref(),
        Some("its directory was copied, moved or restored")
    );
}

#[cfg(unix)]
#[test]
fn a_copy_that_keeps_all_times_is_noticed_too_and_other_permissions_are_no_copy() {
    use std::os::unix::fs::PermissionsExt as _;
    let (directory, store) = delivered(3);
    drop(store);
    let origin = directory.path().join("collector.origin");
    std::fs::set_permissions(&origin, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(reason(directory.path()), None);
    let backup = tempfile::tempdir().unwrap();
    copy(directory.path(), backup.path());
    let written = std::fs::metadata(&origin).unwrap().modified().unwrap();
    // A start in between.
    assert_eq!(reason(directory.path()), None);
    copy(backup.path(), directory.path());
    let file = std::fs::File::options().write(true).open(&origin).unwrap();
    file.set_modified(written).unwrap();
    assert!(reason(directory.path()).is_some());
}

#[test]
fn a_store_that_was_killed_while_its_file_was_renewed_is_the_same() {
    let (directory, mut store) = delivered(3);
    let origin = directory.path().join("collector.origin");
    let old = directory.path().join("old");
    std::fs::rename(&origin, &old).unwrap();
    std::fs::write(&origin, "").unwrap();
    store.renew_origin().unwrap();
    drop(store);
    std::fs::remove_file(&origin).unwrap();
    std::fs::rename(&old, &origin).unwrap();
    assert_eq!(reason(directory.path()), None);
}

#[test]
fn a_store_that_several_recognize_at_one_time_is_the_same() {
    let (directory, store) = delivered(3);
    drop(store);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..25 {
                    assert_eq!(reason(directory.path()), None);
                }
            });
        }
    });
}

#[test]
fn a_write_ahead_log_that_was_deleted_is_noticed_when_it_held_what_was_delivered() {
    let (directory, mut store) = delivered(3);
    store
        .connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    deliver(&mut store, 9);
    // As after a crash: a clean end would empty the log.
    let main = std::fs::read(directory.path().join(FILE)).unwrap();
    drop(store);
    for file in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(directory.path().join(format!("{FILE}{file}")));
    }
    std::fs::write(directory.path().join(FILE), main).unwrap();
    assert_eq!(
        reason(directory.path()).as_deref(),
        Some("it lacks changes that were already delivered")
    );
}

#[test]
fn an_older_database_beside_the_files_of_a_newer_one_is_noticed() {
    let (directory, store) = delivered(3);
    drop(store);
    let backup = std::fs::read(directory.path().join(FILE)).unwrap();
    let mut store = Store::open(directory.path()).unwrap();
    store.take_identity("a test").unwrap();
    drop(store);
    std::fs::write(directory.path().join(FILE), backup).unwrap();
    assert!(reason(directory.path()).is_some());
}

#[test]
fn what_was_handed_over_before_the_identity_was_taken_counts_no_more() {
    let (_directory, mut store) = delivered(3);
    commit(&mut store, Change::Complete, vec![meeting("0", 1_100)]);
    let old = store.hand_over("file", 100).unwrap();
    store.take_identity("a test").unwrap();
    store.delivered("file", &old).unwrap();
    assert_eq!(store.confirmed("file").unwrap(), None);
    commit(&mut store, Change::Complete, vec![meeting("0", 1_100)]);
    assert_eq!(take(&mut store, "file").len(), 3);
}

#[test]
fn what_took_place_between_a_backup_and_its_restore_stays_in_the_sinks() {
    let (_directory, mut store) = delivered(1);
    store.take_identity("a test").unwrap();
    // The window moved on.
    let later = Window::new(1_900, 2_900).unwrap();
    commit_to(&mut store, SOURCE, "a@x", Change::Complete, vec![], later);
    let told = take(&mut store, "file");
    assert!(
        told.last().unwrap().ends_with("End a@x 1900 1"),
        "from the window on it is known: {told:?}"
    );
}

#[test]
fn a_store_of_an_earlier_version_that_delivered_may_be_a_backup() {
    let (directory, store) = delivered(1);
    store
        .connection
        .execute("UPDATE store SET origin = NULL, origin_before = NULL", [])
        .unwrap();
    drop(store);
    for file in ["collector.origin", "collector.offered"] {
        std::fs::remove_file(directory.path().join(file)).unwrap();
    }
    assert_eq!(
        reason(directory.path()).as_deref(),
        Some("an earlier version of the collector wrote it, so it may be a backup")
    );
}

#[test]
fn a_cursor_of_a_reading_that_began_before_a_purge_is_not_kept() {
    let (_directory, mut store) = empty();
    let cursor = |store: &Store| {
        store
            .cursors(Places::Rooms, SOURCE, &[RoomAddress::new("a@x")])
            .unwrap()
            .remove(0)
    };
    commit(&mut store, Change::Complete, vec![meeting("one", 1_100)]);
    assert!(cursor(&store).is_some());
    let drops = store.drops().unwrap();
    store.purge_subjects(SOURCE).unwrap();
    let reading = Reading {
        change: Change::Complete,
        meetings: vec![meeting("one", 1_100)],
        window: window(),
        cursor: Some("stale".into()),
        drops,
    };
    store.commit(SOURCE, &RoomAddress::new("a@x"), reading).unwrap();
    assert_eq!(cursor(&store), None);
    commit(&mut store, Change::Complete, vec![meeting("one", 1_100)]);
    assert_eq!(cursor(&store).as_deref(), Some("next"));
}

#[test]
fn a_room_that_was_stored_without_a_list_is_not_unlisted_while_a_list_cannot_be_read() {
    let (_directory, mut store) = empty();
    store.put_rooms(SOURCE, &[room("a@x", &[])], &[]).unwrap();
    store.put_rooms(SOURCE, &[], &["hq@x".into()]).unwrap();
    assert_eq!(store.listed(Places::Rooms, SOURCE).unwrap(), 1);
    store.put_rooms(SOURCE, &[room("b@x", &["hq@x"])], &[]).unwrap();
    assert_eq!(
        store
            .rooms(SOURCE)
            .unwrap()
            .iter()
            .map(|room| room.address.as_str())
            .collect::<Vec<_>>(),
        ["b@x"]
    );
}

#[test]
fn a_clock_that_jumped_does_not_make_the_store_forget_everything() {
    const DAY: i64 = 24 * 60 * 60;
    let (_directory, mut store) = empty();
    let at = |store: &mut Store, day: i64| {
        let expiry = Expiry {
            meetings: Some((day - 90) * DAY),
            usage: None,
        };
        let expired = store.forget_when_allowed(expiry, day * DAY, 25).unwrap();
        expired.map(|expired| expired.meetings)
    };
    let window = Window::new(0, 1_000 * DAY).unwrap();
    let meetings = (0..100).map(|day| meeting(&day.to_string(), day * DAY)).collect();
    commit_to(&mut store, SOURCE, "a@x", Change::Complete, meetings, window);
    assert_eq!(at(&mut store, 95), Ok(5));
    let hold = at(&mut store, 495).unwrap_err();
    assert!(
        hold.starts_with("95 of 95 meetings became older than `keep` at once"),
        "{hold}"
    );
    assert_eq!(store.retention_held().unwrap(), Some(hold));
    // The clock is corrected.
    assert_eq!(at(&mut store, 96), Ok(1));
    assert_eq!(store.retention_held().unwrap(), None);
    // A pause of some weeks is no reason to keep them.
    assert_eq!(at(&mut store, 110), Ok(14));
    // The clock was right, and someone confirms it.
    assert!(at(&mut store, 495).is_err());
    store.allow_retention(495 * DAY).unwrap();
    assert_eq!(at(&mut store, 495), Ok(80));
}
