//! The version that a restart uses.

use super::*;

/// A data directory where 0.1.0 proved itself and the file then changed.
async fn after(orders: &str, then: impl AsyncFnOnce(&Service<'_>)) -> Place {
    let place = Place::with(&hostile("0.1.0"));
    let service = place.start().await;
    service.proved().await;
    place.put(&hostile(orders));
    then(&service).await;
    service.stop().await;
    place
}

#[tokio::test(flavor = "multi_thread")]
async fn the_good_version_serves_from_its_copy_while_the_file_is_refused() {
    let place = after("0.2.0 describe=trap", async |service| {
        until("refused", || service.place.events().len() == 3, String::new).await;
    })
    .await;
    let service = place.start().await;
    assert_eq!(service.version(), "0.1.0");
    assert_eq!(service.compiled(), 1);
    place.put(&hostile("0.3.0"));
    service.until_version("0.3.0").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_good_version_serves_from_its_copy_while_the_file_was_rolled_back() {
    let place = after("0.2.0", async |service| {
        service.until_version("0.2.0").await;
        service.pass("a", trap()).await;
    })
    .await;
    let service = place.start().await;
    assert_eq!(service.version(), "0.1.0");
    assert_eq!(service.compiled(), 1);
    place.put(&hostile("0.3.0"));
    service.until_version("0.3.0").await;
    service.pass("a", trap()).await;
    assert_eq!(service.version(), "0.1.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_on_trial_is_an_update_again() {
    let place = after("0.2.0", async |service| service.until_version("0.2.0").await).await;
    let service = place.start().await;
    service.until_version("0.2.0").await;
    service.pass("a", trap()).await;
    assert_eq!(service.version(), "0.1.0");
    service
        .until_events(&[
            "installed 0.1.0",
            "proved 0.1.0",
            "activated 0.2.0",
            "activated 0.2.0",
            "rolled-back 0.2.0: the first pass of source \"a\" with this version failed: it trapped",
        ])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_is_no_news() {
    let place = Place::with(&hostile("0.1.0"));
    for _ in 0..2 {
        let service = place.start().await;
        assert_eq!(service.version(), "0.1.0");
        service.stop().await;
    }
    assert_eq!(place.events(), ["installed 0.1.0"]);
    let service = place.start().await;
    service.proved().await;
    service.stop().await;
    let service = place.start().await;
    assert_eq!(service.version(), "0.1.0");
    service.stop().await;
    assert_eq!(place.events(), ["installed 0.1.0", "proved 0.1.0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_file_is_an_update() {
    let place = after("0.1.0", async |_| {}).await;
    place.put(&hostile("0.2.0"));
    let service = place.start().await;
    service.until_version("0.2.0").await;
    service.pass("a", trap()).await;
    assert_eq!(service.version(), "0.1.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_removed_meanwhile_is_not_replaced_by_its_copy() {
    let place = after("0.1.0", async |_| {}).await;
    std::fs::remove_file(place.file()).unwrap();
    let service = place.start().await;
    assert_eq!(service.version(), "");
    service.until_event("removed 0.1.0").await;
    service.stop().await;
    let service = place.start().await;
    service.stop().await;
    assert_eq!(
        place.events(),
        ["installed 0.1.0", "proved 0.1.0", "removed 0.1.0"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_copy_is_said_and_the_file_serves() {
    let place = after("0.2.0", async |service| service.until_version("0.2.0").await).await;
    let copy = place
        .directory
        .path()
        .join("data/connectors")
        .join(&place.kept()[0]);
    std::fs::write(&copy, b"damaged").unwrap();
    let service = place.start().await;
    assert_eq!(service.version(), "0.2.0");
    let damaged = format!(
        "damaged: the kept copy {} is damaged; using the file in the plugin directory instead",
        copy.display()
    );
    service
        .until_events(&["installed 0.1.0", "proved 0.1.0", "activated 0.2.0", &damaged])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_plugin_directory_the_copies_serve() {
    let place = after("0.1.0", async |_| {}).await;
    std::fs::remove_dir_all(place.plugins()).unwrap();
    let service = place.start().await;
    assert_eq!(service.version(), "0.1.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_has_no_room_to_compile_refuses_nothing() {
    let place = Place::with(&hostile("0.1.0"));
    let nowhere = Arc::new(Sandbox::compiling_by("/not/there".into()).unwrap());
    let service = place
        .start_by(Arc::clone(&nowhere), vec![usage("a", json!({}))])
        .await;
    let cause = service.current().unwrap_err();
    assert!(
        cause.contains("it cannot be compiled at the moment: cannot start a process ("),
        "{cause}"
    );
    service.stop().await;
    assert_eq!(place.events(), Vec::<String>::new());

    let service = place.start().await;
    service.proved().await;
    service.stop().await;
    // The kept copy is not reported as damaged either.
    place.put(&hostile("0.2.0"));
    let service = place.start_by(nowhere, vec![usage("a", json!({}))]).await;
    assert!(service.current().is_err());
    service.stop().await;
    assert_eq!(place.events(), ["installed 0.1.0", "proved 0.1.0"]);
    let service = place.start().await;
    assert_eq!(service.version(), "0.1.0");
    service.until_version("0.2.0").await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_killed_while_it_was_compiled_is_tried_again_at_the_next_start() {
    let place = Place::with(&hostile("0.1.0"));
    let killed = place.directory.path().join("killed");
    // Written by another process: a file that this process had open could not be run while another test starts something.
    let script = format!(
        "printf '#!/bin/sh\\nkill -KILL $$\\n' > {0} && chmod 700 {0}",
        killed.display()
    );
    let written = std::process::Command::new("sh")
        .args(["-c", &script])
        .status()
        .unwrap();
    assert!(written.success());
    let killing = Arc::new(Sandbox::compiling_by(killed).unwrap());
    let service = place.start_by(killing, vec![usage("a", json!({}))]).await;
    let cause = service.current().unwrap_err();
    assert!(
        cause.contains("its compilation was killed, most likely because this machine ran out of memory"),
        "{cause}"
    );
    service.stop().await;
    assert_eq!(place.events().len(), 1);
    let service = place.start().await;
    assert_eq!(service.version(), "0.1.0");
}
