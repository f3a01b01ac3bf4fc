//! A store that went back in time: it was put back from a copy, or lost what it wrote last. Every sink ends equal to the calendar, and no
//! change is told under the name of another.

use crate::service::everywhere::Everywhere;

const NEW: &str = "the store took a new identity";

/// Delivers, and takes the copy of the data directory that is put back later.
fn delivered_and_copied() -> Everywhere {
    let everywhere = Everywhere::new();
    let mut service = everywhere.start();
    everywhere.delivered(&mut service);
    everywhere.watch();
    everywhere.stop(service);
    everywhere.copy("data", "backup");
    everywhere
}

/// Goes on for a while with the calendar, and stops.
fn gone_on(everywhere: &mut Everywhere) {
    let mut service = everywhere.start();
    everywhere.change(2, 2, 2);
    everywhere.delivered(&mut service);
    everywhere.change(1, 1, 3);
    everywhere.delivered(&mut service);
    let said = everywhere.stop(service);
    assert!(!said.contains(NEW), "{said}");
    assert!(everywhere.status()["new_identity"].is_null());
}

/// Runs until all is delivered, changes of the time without a service included; what it said of its identity.
fn identity(everywhere: &mut Everywhere) -> String {
    everywhere.change(1, 1, 1);
    let mut service = everywhere.start();
    everywhere.delivered(&mut service);
    everywhere.change(1, 1, 1);
    everywhere.delivered(&mut service);
    let said = everywhere.stop(service);
    let about: Vec<&str> = said.lines().filter(|line| line.contains(NEW)).collect();
    assert_eq!(about.len(), 1, "{said}");
    assert!(about[0].contains("WARN"), "{about:?}");
    let reason = everywhere.status()["new_identity"]["reason"].clone();
    let reason = reason.as_str().unwrap().to_owned();
    assert!(about[0].contains(&reason), "{about:?}");
    reason
}

#[test]
fn a_data_directory_that_is_put_back_from_a_copy_ends_in_sinks_that_are_equal_to_the_calendar() {
    let mut everywhere = delivered_and_copied();
    gone_on(&mut everywhere);
    std::fs::remove_dir_all(everywhere.data("")).unwrap();
    everywhere.copy("backup", "data");
    assert_eq!(
        identity(&mut everywhere),
        "its directory was copied, moved or restored"
    );

    // It is what it should be from then on.
    let mut service = everywhere.start();
    everywhere.change(1, 0, 1);
    everywhere.delivered(&mut service);
    let said = everywhere.stop(service);
    assert!(!said.contains(NEW), "{said}");
}

#[test]
fn a_write_ahead_log_that_was_deleted_is_found_out_by_the_changes_that_were_told() {
    let mut everywhere = delivered_and_copied();
    let mut service = everywhere.start();
    everywhere.change(2, 2, 2);
    everywhere.delivered(&mut service);
    service.kill().unwrap();
    everywhere.assert_equal();
    std::fs::remove_file(everywhere.data("collector.sqlite3-wal")).unwrap();
    assert_eq!(
        identity(&mut everywhere),
        "it lacks changes that were already delivered"
    );
}

#[test]
fn a_store_all_of_whose_files_went_back_is_found_out_by_what_postgresql_has() {
    let mut everywhere = delivered_and_copied();
    let origin = everywhere.situation.workplace.path().join("origin");
    std::fs::hard_link(everywhere.data("collector.origin"), &origin).unwrap();
    gone_on(&mut everywhere);
    // As with the disk of a machine: the files are the same.
    std::fs::rename(origin, everywhere.data("collector.origin")).unwrap();
    for file in ["collector.sqlite3", "collector.offered"] {
        let then = std::fs::read(everywhere.situation.workplace.path().join("backup").join(file)).unwrap();
        std::fs::write(everywhere.data(file), then).unwrap();
    }
    // More changes than PostgreSQL could miss, before anybody asks it.
    everywhere.change(1, 5, 20);
    let ended = everywhere.situation.workplace.run(&["run-once"]).unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(!ended.stderr.contains(NEW), "{}", ended.stderr);
    let reason = identity(&mut everywhere);
    assert!(
        reason.contains("has changes that this store never made"),
        "{reason}"
    );
}

#[test]
fn a_store_that_was_moved_away_leaves_nothing_behind_in_the_sinks() {
    let mut everywhere = delivered_and_copied();
    std::fs::rename(
        everywhere.data(""),
        everywhere.situation.workplace.path().join("away"),
    )
    .unwrap();
    everywhere.change(3, 1, 1);
    let mut service = everywhere.start();
    everywhere.delivered(&mut service);
    everywhere.change(1, 1, 1);
    everywhere.delivered(&mut service);
    let said = everywhere.stop(service);
    // Nobody can know that there was another.
    assert!(!said.contains(NEW), "{said}");
}
