//! What is past its time, and what may not be kept.

use collector_commit::{Deleted, Expiry, Reading};
use collector_model::fixture::meeting;
use collector_model::meeting::Meeting;
use collector_model::window::Window;

use super::sinks::{lines, one, read, settle, take, two};
use super::state::{address, complete, room};
use super::{Forgetting, Refused, Writer};

const DAY: i64 = 24 * 60 * 60;

pub(super) async fn what_ended_long_ago_is_forgotten_and_no_sink_is_told(mut store: impl Forgetting) {
    settle(&mut store, &["file"]).await;
    read(&mut store, 0, &[one(), two(), meeting("gone", 1_150, 1_250)]).await;
    read(&mut store, 0, &[one(), two()]).await;
    read(&mut store, 1, &[two()]).await;
    take(&mut store, "file").await;
    assert_eq!(store.known_since().await, Some(1_000));
    assert_eq!(store.forget_before(1_300).await, Ok(1));
    let state = store.brief().await;
    assert_eq!((state.counts, state.meetings), ((2, 2), 2));
    assert_eq!(
        state.bookings,
        ["two 1300-1400", "two 1300-1400"],
        "one is forgotten, and that another was removed"
    );
    assert!(!store.is_waiting("file").await);
    // Nothing tells any more what was booked before then.
    assert_eq!(state.read, [vec![(1_300, 2_000)], vec![(1_300, 2_000)]]);
    // A sink that gets everything again keeps what was removed here.
    store.refill("file").await;
    let told = take(&mut store, "file").await;
    assert!(
        told.len() == 6
            && told[2].ends_with("end a@contoso.com 1300 1")
            && told[5].ends_with("end b@contoso.com 1000 1"),
        "{told:?}"
    );
    assert_eq!(store.forget_before(1_300).await, Ok(0));
}

pub(super) async fn what_was_forgotten_is_stored_again_if_it_is_read_again(mut store: impl Forgetting) {
    settle(&mut store, &["file"]).await;
    read(&mut store, 0, &[one(), two()]).await;
    take(&mut store, "file").await;
    store.forget_before(1_300).await.unwrap();
    // The same reading as before: it is not taken for what is stored.
    read(&mut store, 0, &[one(), two()]).await;
    assert_eq!(store.brief().await.meetings, 2);
    assert_eq!(take(&mut store, "file").await.len(), 1);
}

pub(super) async fn a_clock_that_jumped_does_not_make_the_store_forget_everything(
    mut store: impl Forgetting,
) {
    let meetings: Vec<Meeting> = (0..100)
        .map(|day| meeting(&day.to_string(), day * DAY, day * DAY + 100))
        .collect();
    let reading = Reading {
        window: Window::new(0, 1_000 * DAY).unwrap(),
        ..complete(&meetings)
    };
    let slice = vec![(address(0), reading)];
    store.commit(Writer::A, slice, 95 * DAY).await.unwrap();
    let expiry = |day: i64| Expiry {
        meetings: Some((day - 90) * DAY),
        usage: None,
    };
    let meetings = |meetings| Ok(Ok(Deleted { meetings, usage: 0 }));
    assert_eq!(store.forget_when_allowed(expiry(95), 95 * DAY).await, meetings(5));
    let held = store.forget_when_allowed(expiry(495), 495 * DAY).await;
    let hold = held.unwrap().unwrap_err();
    assert!(
        hold.starts_with("95 of 95 meetings became older than `keep` at once"),
        "{hold}"
    );
    assert_eq!(store.retention_held().await, Some(hold));
    // The clock is corrected.
    assert_eq!(store.forget_when_allowed(expiry(96), 96 * DAY).await, meetings(1));
    assert_eq!(store.retention_held().await, None);
    // The clock was right, and someone confirms it.
    assert!(
        store
            .forget_when_allowed(expiry(495), 495 * DAY)
            .await
            .unwrap()
            .is_err()
    );
    store.allow_retention(495 * DAY).await;
    assert_eq!(store.retention_held().await, None);
    assert_eq!(
        store.forget_when_allowed(expiry(495), 495 * DAY).await,
        meetings(94)
    );
    // Nothing ever is past its time.
    assert_eq!(
        store.forget_when_allowed(Expiry::default(), 995 * DAY).await,
        meetings(0)
    );
}

pub(super) async fn purged_subjects_are_withheld_everywhere_until_they_are_read_again(
    mut store: impl Forgetting,
) {
    settle(&mut store, &["file"]).await;
    let nameless = Meeting {
        subject: collector_model::meeting::Subject::None,
        ..two()
    };
    let meetings = [one(), nameless];
    read(&mut store, 0, &meetings).await;
    let drops = store.drops().await;
    assert_eq!(store.purge_subjects().await, Ok(1));
    assert_eq!(store.drops().await, drops + 1);
    let handover = store.hand_over("file", 100).await;
    assert_eq!(lines(&handover), ["5 added one -", "6 added two -"]);
    store.delivered("file", &handover).await;
    let state = store.brief().await;
    assert_eq!((state.cursors, state.meetings), (vec![None, None], 2));
    assert_eq!(store.purge_subjects().await, Ok(0));
    read(&mut store, 0, &meetings).await;
    assert_eq!(take(&mut store, "file").await, ["7 updated one Weekly sync"]);
}

pub(super) async fn a_source_that_is_forgotten_leaves_nothing(mut store: impl Forgetting) {
    store
        .list(Writer::A, &[room(0, "Conf A"), room(1, "Conf B")], &[])
        .await
        .unwrap();
    settle(&mut store, &["file"]).await;
    read(&mut store, 0, &[one(), two()]).await;
    let refused = store.hand_over("file", 1).await;
    store.refuse("file", &refused.entries[0], "too long").await;
    assert!(store.knows_source().await);
    let deleted = Deleted {
        meetings: 2,
        usage: 0,
    };
    assert_eq!(store.forget_source().await, Ok(deleted));
    assert!(!store.knows_source().await);
    assert!(!store.is_waiting("file").await && store.set_aside().await.is_empty());
    let state = &store.sinks().await[0];
    assert_eq!((state.backlog, state.refill, state.oldest_at), (0, 0, None));
    assert_eq!(store.brief().await.meetings, 0);
    assert_eq!(store.forget_source().await, Ok(Deleted::default()));
    // It is collected again, as if for the first time.
    store.add_source().await;
    read(&mut store, 0, &[one()]).await;
    assert_eq!(take(&mut store, "file").await.len(), 3);
}

pub(super) async fn a_former_writer_deletes_nothing<S: Forgetting>(mut store: S) {
    if !S::FENCES {
        return;
    }
    settle(&mut store, &["file"]).await;
    read(&mut store, 0, &[one()]).await;
    store.take_over(Writer::B).await;
    assert_eq!(store.purge_subjects().await, Err(Refused));
    assert_eq!(store.forget_source().await, Err(Refused));
    assert_eq!(store.forget_before(5_000).await, Ok(1), "that is another's chore");
    assert!(store.knows_source().await);
    assert_eq!(take(&mut store, "file").await, ["5 added one Weekly sync"]);
}
