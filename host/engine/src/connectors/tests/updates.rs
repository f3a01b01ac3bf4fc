//! Files that are added, replaced, refused and removed.

use std::io::Write as _;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_is_loaded_and_an_update_takes_over() {
    let place = Place::with(&hostile("0.1.0"));
    let service = place.start().await;
    assert_eq!(service.version(), "0.1.0");
    let mut changed = service.plugins.changed();
    changed.mark_unchanged();

    let written = Instant::now();
    place.put(&hostile("0.2.0"));
    service.until_version("0.2.0").await;
    println!("{:?} from write to current", written.elapsed());

    assert!(changed.has_changed().unwrap());
    service
        .until_events(&["installed 0.1.0", "activated 0.2.0"])
        .await;
    let counts = [
        ("hostile".to_owned(), "activated", 1),
        ("hostile".to_owned(), "installed", 1),
    ];
    assert_eq!(service.plugins.reloads(), counts);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_quick_updates_the_second_serves() {
    let place = Place::with(&hostile("0.1.0"));
    let service = place.start().await;
    place.put(&hostile("0.2.0"));
    place.put(&hostile("0.3.0"));
    service.until_version("0.3.0").await;
    service
        .until_events(&["installed 0.1.0", "activated 0.3.0"])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_written_slowly_is_read_when_it_is_whole() {
    let place = Place::with(&hostile("0.1.0"));
    let service = place.start().await;
    let update = hostile("0.2.0");
    let (half, rest) = update.split_at(update.len() / 2);
    let mut file = std::fs::File::create(place.file()).unwrap();
    file.write_all(half).unwrap();
    service.until_compiled(2).await;
    file.write_all(rest).unwrap();
    service.until_version("0.2.0").await;
    service
        .until_events(&["installed 0.1.0", "activated 0.2.0"])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_renamed_into_place_takes_over_whatever_its_age() {
    let place = Place::with(&hostile("0.1.0"));
    let service = place.start().await;
    let modified = std::fs::metadata(place.file()).unwrap().modified().unwrap();
    let beside = place.plugins().join(".hostile.tmp");
    std::fs::write(&beside, hostile("0.2.0")).unwrap();
    std::fs::File::options()
        .write(true)
        .open(&beside)
        .unwrap()
        .set_modified(modified)
        .unwrap();
    std::fs::rename(&beside, place.file()).unwrap();
    service.until_version("0.2.0").await;
    service
        .until_events(&["installed 0.1.0", "activated 0.2.0"])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_removed_is_unloaded_and_installed_again_when_it_is_put_back() {
    let place = Place::with(&hostile("0.1.0"));
    let service = place.start().await;
    let passing = service.current().unwrap();
    std::fs::remove_file(place.file()).unwrap();
    service.until_version("").await;
    let file = place.file();
    assert_eq!(
        service.current().unwrap_err(),
        format!(
            "connector \"hostile\": there is no file {}; put the connector's .wasm file there, or correct `connector` in the source \
             or `plugins` in [collector]",
            file.display()
        )
    );
    assert_eq!(passing.version(), "0.1.0");
    place.put(&hostile("0.1.0"));
    service.until_version("0.1.0").await;
    service
        .until_events(&["installed 0.1.0", "removed 0.1.0", "installed 0.1.0"])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_fails_its_check_is_refused_and_the_old_version_goes_on() {
    let place = Place::with(&hostile("0.1.0"));
    let service = place.start().await;
    let other_world = wat::parse_str(r#"(component (import "wasi:sockets/tcp@0.2.0" (instance)))"#).unwrap();
    let mut expected = vec!["installed 0.1.0".to_owned()];
    for (bytes, cause) in [
        (
            b"garbage".to_vec(),
            "refused: it is not WebAssembly; a connector is a WebAssembly component",
        ),
        (
            wat::parse_str("(module)").unwrap(),
            "refused: it is a core WebAssembly module, not a component; build the connector for the target wasm32-wasip2; a connector \
             is a WebAssembly component",
        ),
        (
            other_world,
            "refused: it is a component of another world: a connector exports vyopta:collector/connector@1.1.0, this one exports nothing",
        ),
        (
            hostile("0.2.0 describe=trap"),
            "refused: its function `describe` failed: ",
        ),
        (
            hostile("0.3.0 describe=loop"),
            "refused: its function `describe` failed: the connector did not finish within 5s",
        ),
        (
            hostile("0.4.0 name=other"),
            "refused 0.4.0: it calls itself \"other\"; its file must be named other.wasm",
        ),
        (
            hostile("0.5.0 requires=key"),
            "refused 0.5.0: it rejects the settings of source \"a\": key: it is missing; add it. key",
        ),
        (
            hostile("0.6.0 authorization=refuse"),
            "refused 0.6.0: it rejects the settings of source \"a\": rooms: they are not liked; name others",
        ),
        (
            hostile("0.7.0 authorization=trap"),
            "refused 0.7.0: it rejects the settings of source \"a\": its function `authorization` failed: ",
        ),
    ] {
        place.put(&bytes);
        expected.push(cause.to_owned());
        until(
            cause,
            || place.events().len() == expected.len(),
            || format!("{:#?}", place.events()),
        )
        .await;
        let events = place.events();
        let last = events.last().unwrap();
        // The sandbox decides the words for a trap.
        assert!(
            last == cause || (cause.ends_with(": ") && last.starts_with(cause)),
            "{last}"
        );
        assert_eq!(service.version(), "0.1.0");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_settings_refused_is_tried_again_with_other_settings() {
    let place = Place::with(&hostile("0.1.0"));
    let mut uses = vec![usage("a", json!({}))];
    let service = place.start_with(uses.clone()).await;
    place.put(&hostile("0.2.0 requires=new"));
    service
        .until_event(
            "refused 0.2.0: it rejects the settings of source \"a\": new: it is missing; add it. new",
        )
        .await;
    uses[0].settings = json!({"new": "x"});
    service.plugins.set_uses(uses);
    service.until_version("0.2.0").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_whose_settings_are_bad_anyway_holds_no_update_back() {
    let place = Place::with(&hostile("0.1.0"));
    let service = place.start_with(vec![usage("a", json!({"unknown": 1}))]).await;
    place.put(&hostile("0.2.0"));
    service.until_version("0.2.0").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_is_not_compiled_again_until_it_is_asked_for() {
    let place = Place::with(&hostile("0.1.0"));
    let service = place.start().await;
    place.put(&hostile("0.2.0 describe=trap"));
    until(
        "refused",
        || place.events().len() == 2,
        || format!("{:?}", place.events()),
    )
    .await;
    assert_eq!(service.compiled(), 2);
    service.stop().await;

    let service = place.start().await;
    // Another connector placed beside it is handled after it.
    std::fs::write(place.plugins().join("other.wasm"), hostile("1.0.0 name=other")).unwrap();
    until("other", || service.plugins.current("other").is_ok(), String::new).await;
    assert_eq!(service.compiled(), 2, "the first version and the other connector");
    assert_eq!(service.version(), "0.1.0");
    service.plugins.rescan();
    service.until_compiled(3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_touched_and_not_changed_is_not_compiled() {
    let place = Place::with(&hostile("0.1.0"));
    let service = place.start().await;
    place.put(&hostile("0.1.0"));
    std::fs::write(place.plugins().join("other.wasm"), hostile("1.0.0 name=other")).unwrap();
    until("other", || service.plugins.current("other").is_ok(), String::new).await;
    assert_eq!(service.compiled(), 2);
    service
        .until_events(&["installed 0.1.0", "installed 1.0.0"])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_comes_later_or_is_made_anew_is_watched() {
    let place = Place::empty();
    let service = place.start().await;
    assert_eq!(service.version(), "");
    std::fs::create_dir(place.plugins()).unwrap();
    place.put(&hostile("0.1.0"));
    service.until_version("0.1.0").await;

    // Like a deployment that writes the whole directory: loaded connectors stay in use meanwhile.
    let beside = place.directory.path().join("new");
    std::fs::create_dir(&beside).unwrap();
    std::fs::write(beside.join("hostile.wasm"), hostile("0.2.0")).unwrap();
    std::fs::remove_dir_all(place.plugins()).unwrap();
    std::fs::rename(&beside, place.plugins()).unwrap();
    service.until_version("0.2.0").await;
    place.put(&hostile("0.3.0"));
    service.until_version("0.3.0").await;
    let expected = ["installed 0.1.0", "activated 0.2.0", "activated 0.3.0"];
    service.until_events(&expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_that_loops_while_it_is_checked_holds_up_no_other() {
    let place = Place::with(&hostile("0.1.0"));
    let service = place.start().await;
    place.put(&hostile("0.2.0 describe=loop"));
    service.until_compiled(2).await;
    std::fs::write(place.plugins().join("other.wasm"), hostile("1.0.0 name=other")).unwrap();
    until("other", || service.plugins.current("other").is_ok(), String::new).await;
    service
        .until_events(&["installed 0.1.0", "installed 1.0.0"])
        .await;
    service
        .until_event("refused: its function `describe` failed: the connector did not finish within 5s")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_busy_holds_up_no_update_and_gets_its_events_later() {
    let place = Place::with(&hostile("0.1.0"));
    let service = place.start().await;
    service.until_events(&["installed 0.1.0"]).await;
    {
        // The lock is the point of the test: everything else waits for the store.
        let busy = place.store.clone();
        let (locked, is_locked) = std::sync::mpsc::channel();
        let (free, freed) = std::sync::mpsc::channel::<()>();
        let holder = std::thread::spawn(move || {
            let _store = busy.lock();
            locked.send(()).unwrap();
            let _ = freed.recv();
        });
        is_locked.recv().unwrap();
        place.put(&hostile("0.2.0"));
        until("0.2.0", || service.version() == "0.2.0", String::new).await;
        service.works("a").await;
        free.send(()).unwrap();
        holder.join().unwrap();
    }
    service
        .until_events(&["installed 0.1.0", "activated 0.2.0", "proved 0.2.0"])
        .await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_readable_file_hides_no_connector() {
    let place = Place::with(&hostile("0.1.0"));
    std::os::unix::fs::symlink("circle.wasm", place.plugins().join("circle.wasm")).unwrap();
    std::os::unix::fs::symlink("nowhere", place.plugins().join("nowhere.wasm")).unwrap();
    std::fs::create_dir(place.plugins().join("directory.wasm")).unwrap();
    std::fs::write(place.plugins().join(".hidden.wasm"), hostile("0.1.0")).unwrap();
    let service = place.start().await;
    place.put(&hostile("0.2.0"));
    service.until_version("0.2.0").await;
    service
        .until_events(&["installed 0.1.0", "activated 0.2.0"])
        .await;
}

/// The time that the real connector takes, for those who run this with `--nocapture`.
#[tokio::test(flavor = "multi_thread")]
async fn an_update_of_a_real_connector_takes_over() {
    let bytes = std::fs::read(e2e::component("o365").unwrap()).unwrap();
    let place = Place::empty();
    std::fs::create_dir(place.plugins()).unwrap();
    let file = place.plugins().join("o365.wasm");
    std::fs::write(&file, &bytes).unwrap();
    let service = place.start_with(Vec::new()).await;
    let before = service.plugins.current("o365").unwrap().digest().to_owned();
    let update = e2e::marked(&bytes, "an update");
    let written = Instant::now();
    std::fs::write(&file, update).unwrap();
    until(
        "the update",
        || {
            service
                .plugins
                .current("o365")
                .is_ok_and(|now| now.digest() != before)
        },
        || format!("{:?}", place.events()),
    )
    .await;
    println!("{:?} from write to current", written.elapsed());
}
