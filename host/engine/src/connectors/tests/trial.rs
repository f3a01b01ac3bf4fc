//! First passes: proving, rolling back, and who is to blame.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_kept_once_a_pass_worked_with_it() {
    let place = Place::with(&hostile("0.1.0"));
    let service = place.start().await;
    assert!(place.kept().is_empty());
    let mut kept = Vec::new();
    for version in ["0.1.0", "0.2.0", "0.3.0"] {
        place.put(&hostile(version));
        service.until_version(version).await;
        service.proved().await;
        kept.push(format!("{}.wasm", service.current().unwrap().digest()));
    }
    // The last good one and the one before it.
    kept.remove(0);
    kept.sort();
    until(
        "two copies",
        || place.kept() == kept,
        || format!("{:?}", place.kept()),
    )
    .await;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let copy = place.directory.path().join("data/connectors").join(&kept[0]);
        assert_eq!(
            std::fs::metadata(copy).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    service
        .until_events(&[
            "installed 0.1.0",
            "proved 0.1.0",
            "activated 0.2.0",
            "proved 0.2.0",
            "activated 0.3.0",
            "proved 0.3.0",
        ])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_whose_first_pass_is_stopped_is_rolled_back_and_not_tried_again() {
    let place = Place::with(&hostile("0.1.0"));
    let service = place.start().await;
    service.proved().await;
    place.put(&hostile("0.2.0"));
    service.until_version("0.2.0").await;
    service.pass("a", trap()).await;
    assert_eq!(service.version(), "0.1.0");

    // The same file again, and then a corrected one.
    place.put(&hostile("0.2.0"));
    place.put(&hostile("0.3.0"));
    service.until_version("0.3.0").await;
    service
        .until_events(&[
            "installed 0.1.0",
            "proved 0.1.0",
            "activated 0.2.0",
            "rolled-back 0.2.0: the first pass of source \"a\" with this version failed: it trapped",
            "activated 0.3.0",
        ])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_whose_first_pass_brings_nothing_is_rolled_back() {
    let place = Place::with(&hostile("0.1.0"));
    let service = place.start().await;
    service.works("a").await;
    place.put(&hostile("0.2.0"));
    service.until_version("0.2.0").await;
    service.pass("a", nothing()).await;
    assert_eq!(service.version(), "0.1.0");
    service
        .until_event(
            "rolled-back 0.2.0: the first pass of source \"a\" with this version failed: no room list could be read",
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_not_to_blame_for_a_source_that_brought_nothing_before() {
    let place = Place::with(&hostile("0.1.0"));
    let service = place.start().await;
    service.works("b").await;
    service.pass("a", nothing()).await;
    place.put(&hostile("0.2.0"));
    service.until_version("0.2.0").await;
    service.pass("a", nothing()).await;
    assert_eq!(service.version(), "0.2.0");
    // A trap is treated differently.
    service.pass("a", trap()).await;
    assert_eq!(service.version(), "0.1.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proved_version_is_still_rolled_back_when_another_source_fails_with_it_at_first() {
    let place = Place::with(&hostile("0.1.0"));
    let service = place.start().await;
    service.proved().await;
    service.works("b").await;
    place.put(&hostile("0.2.0"));
    service.until_version("0.2.0").await;
    service.proved().await;
    service.pass("b", trap()).await;
    assert_eq!(service.version(), "0.1.0");
    service.stop().await;
    let service = place.start().await;
    assert_eq!(service.version(), "0.1.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_every_source_had_a_pass_with_stays_whatever_comes() {
    let place = Place::with(&hostile("0.1.0"));
    let service = place.start().await;
    service.works("a").await;
    place.put(&hostile("0.2.0"));
    service.until_version("0.2.0").await;
    service.works("a").await;
    service.works("b").await;
    service.pass("b", trap()).await;
    service.pass("a", nothing()).await;
    assert_eq!(service.version(), "0.2.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pass_that_ends_after_its_version_was_replaced_says_nothing_about_the_new_one() {
    let place = Place::with(&hostile("0.1.0"));
    let service = place.start().await;
    service.works("a").await;
    let passing = service.current().unwrap();
    place.put(&hostile("0.2.0"));
    service.until_version("0.2.0").await;
    service.plugins.ended("a", &passing, trap()).await;
    assert_eq!(service.version(), "0.2.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_updates_without_a_pass_between_the_second_goes_back_to_the_last_that_worked() {
    let place = Place::with(&hostile("0.1.0"));
    let service = place.start().await;
    service.works("a").await;
    for version in ["0.2.0", "0.3.0"] {
        place.put(&hostile(version));
        service.until_version(version).await;
    }
    service.pass("a", trap()).await;
    assert_eq!(service.version(), "0.1.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_version_that_fails_stays_for_there_is_no_other() {
    let place = Place::with(&hostile("0.1.0"));
    let service = place.start().await;
    service.pass("a", trap()).await;
    service.pass("a", nothing()).await;
    assert_eq!(service.version(), "0.1.0");
    service
        .until_events(&[
            "installed 0.1.0",
            "failing 0.1.0: the first pass of source \"a\" with this version failed: it trapped; there is no earlier version to go back to",
        ])
        .await;
}
