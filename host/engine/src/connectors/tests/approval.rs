//! Versions that want more than was approved.

use super::super::{approve, held};
use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_wants_more_is_held_until_it_is_approved() {
    let place = Place::with(&hostile("0.1.0 hosts=https://a.example secrets=graph reveal=,"));
    let service = place.start().await;
    place.put(&hostile(
        "0.2.0 hosts=https://a.example,https://b.example secrets=graph reveal=graph,feed",
    ));
    let cause = "held 0.2.0: it wants more than was approved: host https://b.example, credential feed, to see its value, credential \
                 graph, to see its value; to allow this, run `collector approve hostile`";
    service.until_events(&["installed 0.1.0", cause]).await;
    assert_eq!(service.version(), "0.1.0");

    // Another process.
    let other = Store::open(&place.directory.path().join("data")).unwrap();
    let waiting = held(&other).unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].record.connector, "hostile");
    assert!(approve(&other, &waiting[0]).unwrap());
    assert!(!approve(&other, &waiting[0]).unwrap(), "it is no longer held");
    assert!(held(&other).unwrap().is_empty());

    service.until_version("0.2.0").await;
    service
        .until_events(&["installed 0.1.0", cause, "approved 0.2.0", "activated 0.2.0"])
        .await;
    // Approved permissions need not be approved again.
    place.put(&hostile("0.3.0 hosts=https://b.example reveal=feed"));
    service.until_version("0.3.0").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_version_that_is_replaced_by_a_modest_one_is_forgotten() {
    let place = Place::with(&hostile("0.1.0"));
    let service = place.start().await;
    place.put(&hostile("0.2.0 hosts=https://b.example"));
    until(
        "held",
        || place.events().len() == 2,
        || format!("{:?}", place.events()),
    )
    .await;
    place.put(&hostile("0.3.0"));
    service.until_version("0.3.0").await;
    service.until_event("activated 0.3.0").await;
    assert!(held(&place.store.lock()).unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_held_over_a_restart_and_approved_while_nobody_runs() {
    let place = Place::with(&hostile("0.1.0"));
    let service = place.start().await;
    service.proved().await;
    place.put(&hostile("0.2.0 hosts=https://b.example"));
    until(
        "held",
        || place.events().len() == 3,
        || format!("{:?}", place.events()),
    )
    .await;
    service.stop().await;

    let service = place.start().await;
    assert_eq!(service.version(), "0.1.0");
    service.until_compiled(2).await;
    service.stop().await;
    {
        let store = place.store.lock();
        let waiting = held(&store).unwrap();
        assert!(approve(&store, &waiting[0]).unwrap());
    }
    let service = place.start().await;
    service.until_version("0.2.0").await;
    service.until_event("activated 0.2.0").await;
    assert_eq!(
        place
            .events()
            .iter()
            .filter(|event| event.starts_with("held"))
            .count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_a_connector_does_not_approve_what_comes_next() {
    let place = Place::with(&hostile("0.1.0"));
    let service = place.start().await;
    std::fs::remove_file(place.file()).unwrap();
    service.until_version("").await;
    place.put(&hostile("0.2.0 hosts=https://b.example"));
    until(
        "held",
        || {
            service
                .current()
                .is_err_and(|words| words.contains("wants more than was approved (host https://b.example)"))
        },
        || format!("{:?}", service.current()),
    )
    .await;
}
