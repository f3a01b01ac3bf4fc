//! Two writers, and slices of several rooms.

use super::state::{Reader, address, complete, room};
use super::{Collected, Refused, Writer};
use collector_model::fixture::meeting;

pub(super) async fn a_second_writer_goes_on_where_the_first_stopped<S: Collected>(mut store: S) {
    let (one, two) = (meeting("one", 1_100, 1_200), meeting("two", 1_300, 1_400));
    let mut reader = Reader::default();
    let first = vec![(address(0), complete(&[one.clone(), two.clone()]))];
    store.commit(Writer::A, first, 1_500).await.unwrap();
    reader.take(&store.told().await);
    store.take_over(Writer::B).await;
    let second = vec![(address(0), complete(std::slice::from_ref(&one)))];
    let changes = store.commit(Writer::B, second, 1_600).await.unwrap();
    assert_eq!((changes[0].gone, changes[0].same), (1, 1));
    assert_eq!(reader.take(&store.told().await).unwrap(), ["removed two none"]);
    if !S::FENCES {
        return;
    }
    // The first one knows nothing of that.
    let before = store.state().await;
    let late = vec![(address(0), complete(&[one, two])), (address(1), complete(&[]))];
    assert_eq!(store.commit(Writer::A, late, 1_700).await, Err(Refused));
    assert_eq!(
        store.list(Writer::A, &[room(0, "Conf A")], &[]).await,
        Err(Refused)
    );
    assert_eq!(store.state().await, before);
    assert_eq!(store.told().await, []);
}

pub(super) async fn rooms_of_a_slice_are_stored_together(mut store: impl Collected) {
    let mut reader = Reader::default();
    store.list(Writer::A, &[room(1, "Conf B")], &[]).await.unwrap();
    let empty = (0..3).map(|room| (address(room), complete(&[]))).collect();
    store.commit(Writer::A, empty, 1_400).await.unwrap();
    reader.take(&store.told().await);
    // The same id in two rooms.
    let one = meeting("one", 1_100, 1_200);
    let slice = vec![
        (address(2), complete(&[one.clone(), meeting("two", 1_300, 1_400)])),
        (address(1), complete(&[])),
        (address(0), complete(std::slice::from_ref(&one))),
    ];
    let changes = store.commit(Writer::A, slice, 1_500).await.unwrap();
    assert_eq!(
        changes.iter().map(|changes| changes.new).collect::<Vec<_>>(),
        [2, 0, 1]
    );
    let state = store.state().await;
    assert_eq!((state.known, state.meetings), (3, 3));
    assert_eq!(
        reader.take(&store.told().await).unwrap(),
        [
            "added one Weekly sync",
            "added two Weekly sync",
            "added one Weekly sync"
        ]
    );
    // One changes, one is the same, one becomes empty.
    let slice = vec![
        (address(0), complete(std::slice::from_ref(&one))),
        (address(1), complete(&[meeting("three", 1_500, 1_600)])),
        (address(2), complete(&[])),
    ];
    let changes = store.commit(Writer::A, slice, 1_600).await.unwrap();
    let figures = changes
        .iter()
        .map(|changes| (changes.new, changes.gone, changes.same));
    assert_eq!(figures.collect::<Vec<_>>(), [(0, 0, 1), (1, 0, 0), (0, 2, 0)]);
    assert_eq!(store.state().await.meetings, 2);
    // It comes back in the third room. That of the first room only has the same id.
    let slice = vec![(address(2), complete(&[one]))];
    store.commit(Writer::A, slice, 1_700).await.unwrap();
    let state = store.state().await;
    assert_eq!(state.of_room(2).len(), 2);
    assert_eq!(
        state.of_room(0),
        ["one 1100-1200 confirmed Weekly sync, seen 1500"]
    );
}
