//! Changes that a sink refuses individually.

use collector_commit::Handover;
use collector_model::change::Change;

use super::Outgoing;
use super::sinks::{lines, one, read, settle, take, two};

fn entry<'a>(handover: &'a Handover, id: &str) -> &'a Change {
    let mut entries = handover.entries.iter();
    entries.find(|entry| entry.meeting_id() == id).unwrap()
}

/// The sink refuses the first meeting of a room that has two.
async fn refuse(store: &mut impl Outgoing) {
    settle(store, &["file"]).await;
    read(store, 0, &[one(), two()]).await;
    let handover = store.hand_over("file", 100).await;
    store.refuse("file", entry(&handover, "one"), "too long").await;
}

pub(super) async fn what_is_refused_is_set_aside_and_the_others_go_on(mut store: impl Outgoing) {
    refuse(&mut store).await;
    let state = &store.sinks().await[0];
    assert_eq!((state.backlog, state.set_aside), (1, 1));
    assert_eq!(take(&mut store, "file").await, ["6 added two Weekly sync"]);
    let aside = &store.set_aside().await[..];
    let [aside] = aside else { panic!("{aside:?}") };
    assert_eq!(
        (
            aside.sink.as_str(),
            aside.room.as_str(),
            aside.id.as_str(),
            aside.number,
            aside.problem.as_str()
        ),
        ("file", "a@contoso.com", "one", 5, "too long")
    );
    assert!(!store.is_waiting("file").await);
}

pub(super) async fn what_is_tried_again_is_told_with_its_room(mut store: impl Outgoing) {
    refuse(&mut store).await;
    take(&mut store, "file").await;
    let asked = store.asked("file").await;
    assert_eq!(store.retry("file").await, Some(1));
    assert_eq!(store.asked("file").await, asked + 1);
    assert!(store.set_aside().await.is_empty());
    assert!(store.is_waiting("file").await);
    assert_eq!(
        take(&mut store, "file").await,
        [
            "7 snapshot-begin a@contoso.com",
            "8 added one Weekly sync",
            "9 added two Weekly sync",
            "10 snapshot-end a@contoso.com 1000 2"
        ]
    );
    // There is nothing any more, and the sink is tried at once all the same.
    assert_eq!(store.retry("file").await, Some(0));
    assert_eq!(store.asked("file").await, asked + 2);
    assert!(!store.is_waiting("file").await);
}

pub(super) async fn what_is_refused_again_stays_out_of_its_room(mut store: impl Outgoing) {
    refuse(&mut store).await;
    store.retry("file").await;
    let handover = store.hand_over("file", 100).await;
    store
        .refuse("file", entry(&handover, "one"), "still too long")
        .await;
    let handover = store.hand_over("file", 100).await;
    let told = lines(&handover);
    assert!(
        told.len() == 3 && !told.iter().any(|line| line.contains("one")) && told[2].ends_with(" 1"),
        "{told:?}"
    );
    // It refuses the begin and the end as well.
    store.refuse("file", &handover.entries[0], "no snapshots").await;
    let told = take(&mut store, "file").await;
    assert!(
        told.len() == 1 && told[0].ends_with("added two Weekly sync"),
        "{told:?}"
    );
    let ids = store.set_aside().await.into_iter().map(|aside| aside.id);
    let mut ids: Vec<String> = ids.collect();
    ids.sort();
    assert_eq!(ids, ["", "one"]);
}

pub(super) async fn an_earlier_change_of_a_meeting_does_not_come_again_when_a_later_one_is_refused(
    mut store: impl Outgoing,
) {
    refuse(&mut store).await;
    let later = collector_model::fixture::meeting("one", 1_150, 1_200);
    read(&mut store, 0, &[later, two()]).await;
    let handover = store.hand_over("file", 100).await;
    store.refuse("file", entry(&handover, "one"), "too long").await;
    assert_eq!(take(&mut store, "file").await, ["6 added two Weekly sync"]);
    let aside = store.set_aside().await;
    assert_eq!(aside.iter().map(|aside| aside.number).collect::<Vec<_>>(), [7]);
    assert!(!store.is_waiting("file").await);
    let state = &store.sinks().await[0];
    assert_eq!((state.backlog, state.set_aside), (0, 1));
}

pub(super) async fn a_room_that_is_refused_as_a_whole_is_not_told_in_parts(mut store: impl Outgoing) {
    settle(&mut store, &["file", "bus"]).await;
    store.refill("file").await;
    // The other sink waits for this change.
    read(&mut store, 0, &[one()]).await;
    let handover = store.hand_over("file", 1).await;
    for id in ["", "one"] {
        store.refuse("file", entry(&handover, id), "not this one").await;
    }
    let told = take(&mut store, "file").await;
    assert!(
        told.len() == 2 && told.iter().all(|line| line.contains(" b@contoso.com")),
        "{told:?}"
    );
    assert!(!store.is_waiting("file").await);
    let told = take(&mut store, "bus").await;
    assert!(
        told.len() == 1 && told[0].ends_with("added one Weekly sync"),
        "{told:?}"
    );
}

pub(super) async fn what_is_given_up_is_forgotten_behind_later_changes(mut store: impl Outgoing) {
    refuse(&mut store).await;
    take(&mut store, "file").await;
    let asked = store.asked("file").await;
    assert_eq!(store.skip("file").await, Some(1));
    assert_eq!(store.skip("file").await, Some(0));
    assert_eq!(store.asked("file").await, asked + 2);
    assert!(store.set_aside().await.is_empty());
    assert_eq!(store.sinks().await[0].set_aside, 0);
    assert!(!store.is_waiting("file").await);
    assert_eq!(store.retry("file").await, Some(0));
    // Later changes go on, and a room that is told as a whole has it again.
    read(&mut store, 1, &[two()]).await;
    assert_eq!(take(&mut store, "file").await.len(), 1);
    store.refill("file").await;
    assert_eq!(take(&mut store, "file").await.len(), 7);
}

pub(super) async fn the_next_change_of_a_meeting_overtakes_its_refusal(mut store: impl Outgoing) {
    refuse(&mut store).await;
    take(&mut store, "file").await;
    read(&mut store, 0, &[two()]).await;
    assert_eq!(take(&mut store, "file").await, ["7 removed one -"]);
    assert!(store.set_aside().await.is_empty());
}

pub(super) async fn a_sink_that_gets_everything_again_has_refused_nothing(mut store: impl Outgoing) {
    refuse(&mut store).await;
    store.refill("file").await;
    assert!(store.set_aside().await.is_empty());
    assert_eq!(take(&mut store, "file").await.len(), 6);
}

pub(super) async fn nobody_decides_about_a_sink_that_is_gone(mut store: impl Outgoing) {
    refuse(&mut store).await;
    store.set_sinks(&[]).await;
    assert_eq!(
        (store.retry("file").await, store.skip("file").await),
        (None, None)
    );
    assert_eq!(store.asked("file").await, 0);
    assert!(store.set_aside().await.is_empty());
}
