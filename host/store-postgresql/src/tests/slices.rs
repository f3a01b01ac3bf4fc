//! Slices of rooms that are committed side by side, while others change what holds for the source.

use std::time::Duration;

use tokio::time::timeout;

use super::kit::{SOURCE, Stored, UNIT, commit, found, meeting, read};
use crate::{CommitError, lock, lookup};

/// Far less than the server waits for a lock, far more than it takes without one.
const MOMENT: Duration = Duration::from_millis(300);

/// Four rooms, in another order in each slice of each writer.
fn rooms(writer: usize, slice: usize) -> impl Iterator<Item = usize> {
    (0..4).map(move |room| (room * (2 * writer + 1) + slice) % 4)
}

#[tokio::test]
async fn a_setting_waits_for_commits_that_have_begun_and_later_ones_wait_for_it() {
    let stored = Stored::new().await;
    let mut a = stored.member("a").await;
    let lease = a.claim(&[UNIT]).await.unwrap();
    stored.settle(&mut a, &lease, &["b"]).await;
    let begun = a.connection.fenced(&lease).await.unwrap();
    lock::share(begun.transaction(), SOURCE).await.unwrap();
    let mut administrator = stored.database.connect().await.unwrap();
    let mut hiding = tokio::spawn(async move { administrator.set_viewing(&[(SOURCE, false)]).await });
    assert!(timeout(MOMENT, &mut hiding).await.is_err());
    let mut other = stored.database.connect().await.unwrap();
    let mut later = tokio::spawn(async move { commit(&mut other, &lease, vec![read("b", &["one"])]).await });
    assert!(timeout(MOMENT, &mut later).await.is_err());
    // Another source is none of their business.
    let mut others = stored.database.connect().await.unwrap();
    others.set_viewing(&[("fabrikam", false)]).await.unwrap();
    begun.commit().await.unwrap();
    hiding.await.unwrap().unwrap();
    later.await.unwrap().unwrap();
    assert_eq!(stored.outbox().await, ["1 0 one -"]);
    assert_eq!(
        stored.number("SELECT count(*) FROM meeting WHERE withheld").await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn slices_with_the_same_rooms_are_stored_one_after_the_other() {
    let stored = Stored::new().await;
    let mut a = stored.member("a").await;
    let lease = a.claim(&[UNIT]).await.unwrap();
    stored
        .settle(&mut a, &lease, &["room0", "room1", "room2", "room3"])
        .await;
    let slice = |writer, slice| {
        rooms(writer, slice)
            .map(|room| found(room, writer, slice))
            .collect()
    };
    let writers = stored.begin_writers(&lease, (4, 8), slice).await;
    for writer in writers {
        writer.await.unwrap();
    }
    // Conf A, and four more; in each of these the last writer's meeting, and that of all.
    assert_eq!(stored.number("SELECT count(*) FROM room").await, 5);
    assert_eq!(stored.number("SELECT count(*) FROM meeting").await, 8);
    assert_eq!(
        stored
            .number("SELECT count(*) FROM room WHERE meetings = (SELECT count(*) FROM meeting WHERE room = number)")
            .await,
        5
    );
    // What was told of each meeting, one after the other, ends with what is stored: what was added is not added again before it was removed.
    let twice = "SELECT count(*) FROM (SELECT kind, lag(kind, 1, 2::smallint) OVER (PARTITION BY room, id ORDER BY number) AS before FROM outbox) AS told
                 WHERE (kind = 0) <> (before = 2)";
    assert_eq!(stored.number(twice).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_forgotten_while_slices_are_stored_is_counted_right() {
    let stored = Stored::new().await;
    let mut a = stored.member("a").await;
    let lease = a.claim(&[UNIT]).await.unwrap();
    let slice = |writer, slice| {
        let readings = rooms(writer, slice)
            .map(|room| read(&format!("room{room}"), &["all", &format!("{writer} {slice}")]));
        readings.collect()
    };
    let writers = stored.begin_writers(&lease, (3, 10), slice).await;
    let after_all = meeting("any").end + 1;
    while !writers.iter().all(tokio::task::JoinHandle::is_finished) {
        a.connection.forget_before(&lease, after_all).await.unwrap();
        a.connection.purge_subjects(&lease, SOURCE).await.unwrap();
        let computing = a.connection.fenced(&lease).await.unwrap();
        computing.take_touched(3).await.unwrap();
        computing.commit().await.unwrap();
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let wrong =
        "SELECT count(*) FROM room WHERE meetings <> (SELECT count(*) FROM meeting WHERE room = number)";
    assert_eq!(stored.number(wrong).await, 0);
    a.connection.forget_before(&lease, after_all).await.unwrap();
    assert_eq!(stored.number("SELECT count(*) FROM meeting").await, 0);
    assert_eq!(stored.number(wrong).await, 0);
}

#[tokio::test]
async fn a_slice_with_a_room_twice_stores_nothing() {
    let stored = Stored::new().await;
    let mut a = stored.member("a").await;
    let lease = a.claim(&[UNIT]).await.unwrap();
    let slice = vec![read("b", &["one"]), read("c", &[]), read("b", &[])];
    let refused = commit(&mut a.connection, &lease, slice).await;
    assert!(matches!(refused, Err(CommitError::Twice(room)) if room == "b@contoso.com"));
    assert_eq!(stored.number("SELECT count(*) FROM room").await, 1);
    assert_eq!(stored.last().await, 0);
    // An empty slice is one too.
    commit(&mut a.connection, &lease, vec![]).await.unwrap();
}

#[tokio::test]
async fn the_longest_ids_are_stored() {
    let stored = Stored::new().await;
    let mut a = stored.member("a").await;
    let lease = a.claim(&[UNIT]).await.unwrap();
    let _sink = stored.settle(&mut a, &lease, &["b"]).await;
    // As long as an id may be, of nothing that could be compressed; and of what takes three times as many bytes when it is replaced.
    let mut state = 1_u32;
    let random = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(b'!' + u8::try_from(state >> 24).unwrap() % 94)
    };
    let long: String = (0..1_024).map(random).collect();
    let nul = "\0".repeat(1_024);
    for _ in 0..2 {
        let slice = vec![read("b", &[&long, &nul])];
        commit(&mut a.connection, &lease, slice).await.unwrap();
    }
    assert_eq!(stored.last().await, 2);
    assert_eq!(stored.number("SELECT count(*) FROM meeting").await, 2);
}

#[tokio::test]
async fn a_slice_of_a_former_holder_keeps_nobody_from_its_rooms_and_stores_nothing() {
    let stored = Stored::new().await;
    let (mut a, mut b) = (stored.member("a").await, stored.member("b").await);
    let first = a.claim(&[UNIT]).await.unwrap();
    stored.settle(&mut a, &first, &["b"]).await;
    let former = a.connection.fenced(&first).await.unwrap();
    lookup::known(former.transaction(), SOURCE, &["b@contoso.com"])
        .await
        .unwrap();
    stored.expire().await;
    let second = b.claim(&[UNIT]).await.unwrap();
    let mut later =
        tokio::spawn(async move { commit(&mut b.connection, &second, vec![read("b", &["one"])]).await });
    assert!(timeout(MOMENT, &mut later).await.is_err());
    assert!(matches!(former.commit().await, Err(CommitError::Lost(_))));
    later.await.unwrap().unwrap();
    assert_eq!(stored.outbox().await, ["1 0 one Weekly sync"]);
}
