//! Sinks that are told rooms as a whole while others commit these rooms.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use collector_model::meeting::Subject;

use super::acceptance::state::Reader;
use super::kit::{SOURCE, Sink, Stored, UNIT, found, meeting, reading};

const ROOMS: usize = 4;

/// Takes what waits until nothing does and the writers have ended; every third time it is broken off, and comes again.
async fn take_until(mut sink: Sink, are_done: Arc<AtomicBool>) -> Reader {
    let mut reader = Reader::default();
    let mut turn = 0;
    loop {
        let is_last = are_done.load(Ordering::SeqCst);
        let handover = sink.hand_over(5).await.unwrap();
        turn += 1;
        if turn % 3 == 0 && !is_last {
            continue;
        }
        reader.take(&handover.entries);
        sink.delivered(&handover).await.unwrap();
        if handover.is_empty() && is_last {
            return reader;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_ends_with_what_is_stored_however_often_it_is_filled_while_rooms_change() {
    let stored = Stored::new().await;
    let mut a = stored.member("a").await;
    let lease = a.claim(&[UNIT]).await.unwrap();
    let are_done = Arc::new(AtomicBool::new(false));
    let first = stored.sink("first").await;
    let mut readers = vec![tokio::spawn(take_until(first, Arc::clone(&are_done)))];
    let slice = |writer, slice| {
        let rooms = (0..2).map(|room| (room + slice + writer) % ROOMS);
        rooms.map(|room| found(room, writer, slice)).collect()
    };
    let writers = stored.begin_writers(&lease, (3, 12), slice).await;
    // Meanwhile one gets everything again and again, and others are new.
    let mut administrator = stored.database.connect().await.unwrap();
    for name in ["second", "third"] {
        let sink = stored.sink(name).await;
        readers.push(tokio::spawn(take_until(sink, Arc::clone(&are_done))));
        administrator.refill("first").await.unwrap();
        administrator.retry_sink("first").await.unwrap();
    }
    for writer in writers {
        writer.await.unwrap();
    }
    are_done.store(true, Ordering::SeqCst);
    let rows = stored
        .client
        .query(
            "SELECT address, id, subject FROM meeting JOIN room ON number = room WHERE source = $1",
            &[&SOURCE],
        )
        .await
        .unwrap();
    let mut expected = BTreeMap::<String, BTreeMap<String, Subject>>::new();
    for row in &rows {
        let room = expected.entry(row.get(0)).or_default();
        room.insert(row.get(1), Subject::of_stored(row.get(2), false));
    }
    for reader in readers {
        let known = reader.await.unwrap().rooms.into_iter().map(|(room, meetings)| {
            let subjects = meetings.into_iter().map(|(id, meeting)| (id, meeting.subject));
            (room, subjects.collect::<BTreeMap<_, _>>())
        });
        assert_eq!(known.collect::<BTreeMap<_, _>>(), expected);
    }
    let sinks = administrator.sinks().await.unwrap();
    assert!(
        sinks.iter().all(|sink| (sink.backlog, sink.refill) == (0, 0)),
        "{sinks:?}"
    );
}

#[tokio::test]
async fn a_new_sink_waits_for_commits_that_have_begun() {
    let stored = Stored::new().await;
    let mut a = stored.member("a").await;
    let lease = a.claim(&[UNIT]).await.unwrap();
    let begun = a.connection.fenced(&lease).await.unwrap();
    crate::lock::share(begun.transaction(), SOURCE).await.unwrap();
    let mut administrator = stored.database.connect().await.unwrap();
    let mut adding = tokio::spawn(async move { administrator.set_sinks(&["file"]).await });
    let moment = std::time::Duration::from_millis(300);
    assert!(tokio::time::timeout(moment, &mut adding).await.is_err());
    begun
        .commit_slice(SOURCE, vec![reading("b", vec![meeting("one")])], 1_000)
        .await
        .unwrap();
    adding.await.unwrap().unwrap();
    // The commit did not see the sink; yet the sink is to get the room.
    assert_eq!(stored.number("SELECT count(*) FROM refill").await, 1);
}
