//! A store that tasks share.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_waits_for_nobody_who_writes_and_sees_what_was_committed_before() {
    let (_directory, mut store) = empty();
    commit(&mut store, Change::Complete, vec![meeting("one", 1_100)]);
    let shared = SharedStore::new(store);
    let (begun, begins) = tokio::sync::oneshot::channel();
    let (end, ends) = std::sync::mpsc::channel::<()>();
    let writer = shared.clone();
    let writing = tokio::spawn(async move {
        writer
            .write(move |store| {
                begun.send(()).unwrap();
                ends.recv().unwrap();
                commit(store, Change::Complete, vec![]);
                Ok(())
            })
            .await
    });
    begins.await.unwrap();
    let count = |store: &Reader| store.stored_meetings(SOURCE);
    assert_eq!(shared.read(count).await.unwrap(), 1);
    end.send(()).unwrap();
    writing.await.unwrap().unwrap();
    assert_eq!(shared.read(count).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_in_the_write_ahead_log_when_the_last_one_lets_go() {
    let (directory, mut store) = empty();
    commit(&mut store, Change::Complete, vec![meeting("one", 1_100)]);
    let shared = SharedStore::new(store);
    shared.read(|store| store.stored_meetings(SOURCE)).await.unwrap();
    drop(shared);
    assert!(!directory.path().join(format!("{FILE}-wal")).exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_in_memory_is_read_as_it_is_written() {
    let mut store = Store::empty().unwrap();
    commit(&mut store, Change::Complete, vec![meeting("one", 1_100)]);
    let shared = SharedStore::new(store);
    assert_eq!(
        shared.read(|store| store.stored_meetings(SOURCE)).await.unwrap(),
        1
    );
    assert_eq!(
        shared.beside(|store| store.forget_before(2_000)).await.unwrap(),
        1
    );
}
