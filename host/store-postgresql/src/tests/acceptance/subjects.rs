//! Subjects that may not be seen, or not any more.

use collector_commit::Reading;
use collector_model::fixture::meeting;
use collector_model::meeting::{Meeting, Subject};

use super::state::{Reader, address, complete};
use super::{Collected, Writer};

async fn read(store: &mut impl Collected, reading: Reading, now: i64) {
    store
        .commit(Writer::A, vec![(address(0), reading)], now)
        .await
        .unwrap();
}

pub(super) async fn of_a_hidden_source_no_subject_is_stored(mut store: impl Collected) {
    let nameless = Meeting {
        subject: Subject::None,
        ..meeting("two", 1_300, 1_400)
    };
    let meetings = [meeting("one", 1_100, 1_200), nameless];
    store.set_viewing(false).await;
    store.set_viewing(false).await;
    let mut reader = Reader::default();
    read(&mut store, complete(&[]), 1_400).await;
    reader.take(&store.told().await);
    read(&mut store, complete(&meetings), 1_500).await;
    assert_eq!(
        store.state().await.of_room(0),
        [
            "one 1100-1200 confirmed withheld, seen 1500",
            "two 1300-1400 confirmed none, seen 1500"
        ]
    );
    let told = reader.take(&store.told().await);
    assert_eq!(told.unwrap(), ["added one withheld", "added two none"]);
    // Shown again, the next reading is a full one and brings it.
    assert_eq!(store.drops().await, 0);
    store.set_viewing(true).await;
    assert_eq!(store.drops().await, 1);
    assert_eq!(store.state().await.rooms[0].cursor, None);
    let again = Reading {
        drops: 1,
        ..complete(&meetings)
    };
    read(&mut store, again, 1_600).await;
    let told = reader.take(&store.told().await);
    assert_eq!(told.unwrap(), ["updated one Weekly sync"]);
    assert_eq!(store.state().await.rooms[0].cursor.as_deref(), Some("next"));
    // It was shown already.
    store.set_viewing(true).await;
    assert_eq!(store.drops().await, 1);
}

pub(super) async fn what_was_stored_before_is_not_told_once_it_is_hidden(mut store: impl Collected) {
    let mut reader = Reader::default();
    read(&mut store, complete(&[]), 1_400).await;
    reader.take(&store.told().await);
    read(&mut store, complete(&[meeting("one", 1_100, 1_200)]), 1_500).await;
    store.set_viewing(false).await;
    let told = reader.take(&store.told().await);
    assert_eq!(told.unwrap(), ["added one withheld"]);
}

pub(super) async fn a_cursor_of_a_reading_that_began_before_is_not_kept(mut store: impl Collected) {
    read(&mut store, complete(&[]), 1_400).await;
    let drops = store.drops().await;
    store.set_viewing(false).await;
    store.set_viewing(true).await;
    let begun_before = Reading {
        drops,
        ..complete(&[meeting("one", 1_100, 1_200)])
    };
    read(&mut store, begun_before, 1_500).await;
    let state = store.state().await;
    assert_eq!((state.rooms[0].cursor.as_deref(), state.meetings), (None, 1));
}

pub(super) async fn a_withdrawn_subject_is_taken_back_from_what_waits(mut store: impl Collected) {
    let mut reader = Reader::default();
    read(&mut store, complete(&[]), 1_400).await;
    reader.take(&store.told().await);
    let (one, two) = (meeting("one", 1_100, 1_200), meeting("two", 1_300, 1_400));
    read(&mut store, complete(&[one.clone(), two.clone()]), 1_500).await;
    let private = Meeting {
        subject: Subject::Withheld,
        ..one
    };
    read(&mut store, complete(&[private]), 1_600).await;
    let told = reader.take(&store.told().await);
    assert_eq!(
        told.unwrap(),
        [
            "added one withheld",
            "added two none",
            "updated one withheld",
            "removed two none"
        ]
    );
}
