//! What figures have to be computed anew for.

use collector_commit::{Change as Read, Reading};
use collector_model::fixture::meeting;

use super::sinks::{one, read, two};
use super::state::{ROOMS, address, complete};
use super::{Touching, Writer};

fn touched(room: usize, start: i64, end: i64) -> (String, i64, i64) {
    (ROOMS[room].to_owned(), start, end)
}

pub(super) async fn what_a_commit_changes_is_touched_once_for_each_room(mut store: impl Touching) {
    let slice = vec![(address(0), complete(&[one()])), (address(1), complete(&[]))];
    store.commit(Writer::A, slice, 1_500).await.unwrap();
    // The time was not read before.
    assert_eq!(
        store.take_touched().await,
        [touched(0, 1_000, 2_000), touched(1, 1_000, 2_000)]
    );
    assert_eq!(store.take_touched().await, []);
    read(&mut store, 0, &[one()]).await;
    assert_eq!(store.take_touched().await, []);
    // A meeting moves, and several commits are one span.
    read(&mut store, 0, &[meeting("one", 1_300, 1_400)]).await;
    assert_eq!(store.take_touched().await, [touched(0, 1_100, 1_401)]);
    let changes = Reading {
        change: Read::Changes,
        ..complete(&[meeting("late", 1_800, 1_900)])
    };
    let slice = vec![(address(1), changes)];
    store.commit(Writer::A, slice, 1_600).await.unwrap();
    read(
        &mut store,
        1,
        &[meeting("early", 1_050, 1_060), meeting("late", 1_800, 1_900)],
    )
    .await;
    assert_eq!(store.take_touched().await, [touched(1, 1_050, 1_901)]);
}

pub(super) async fn what_is_gone_and_back_is_touched_where_it_was(mut store: impl Touching) {
    read(&mut store, 0, &[one(), two()]).await;
    store.take_touched().await;
    read(&mut store, 0, &[two()]).await;
    assert_eq!(store.take_touched().await, [touched(0, 1_100, 1_201)]);
    // It is back at another time: figures of both times change.
    read(&mut store, 0, &[meeting("one", 1_700, 1_750), two()]).await;
    assert_eq!(store.take_touched().await, [touched(0, 1_100, 1_751)]);
}

pub(super) async fn what_is_forgotten_is_touched_and_what_is_withheld_is_not(mut store: impl Touching) {
    read(&mut store, 0, &[one(), two()]).await;
    store.take_touched().await;
    store.purge_subjects().await.unwrap();
    assert_eq!(store.take_touched().await, []);
    store.forget_before(1_250).await.unwrap();
    assert_eq!(store.take_touched().await, [touched(0, i64::MIN, 1_250)]);
    // Nothing tells any more what was booked in a room that is forgotten, nor what was not, also if nothing was.
    read(&mut store, 1, &[]).await;
    store.take_touched().await;
    store.forget_source().await.unwrap();
    assert_eq!(
        store.take_touched().await,
        [touched(0, i64::MIN, i64::MAX), touched(1, i64::MIN, i64::MAX)]
    );
}
