//! What sinks are handed: changes one by one, and rooms as a whole.

use collector_commit::Change as Read;
use collector_commit::{Handover, Reading};
use collector_model::change::{Change, What};
use collector_model::fixture::meeting;
use collector_model::meeting::Meeting;

use super::state::{address, complete};
use super::{Collected, Outgoing, Writer};

/// A change as `number what id subject`, or of a whole room as `number what room`.
pub(super) fn line(change: &Change) -> String {
    let number = change.number;
    let what = change.what.as_str();
    match &change.what {
        What::Meeting(_, meeting) => {
            let subject = meeting.subject.text().unwrap_or("-");
            format!("{number} {what} {} {subject}", meeting.id)
        }
        What::SnapshotBegin => format!("{number} {what} {}", change.room),
        What::SnapshotEnd { from, meetings } => {
            format!("{number} {what} {} {from} {meetings}", change.room)
        }
    }
}

pub(super) fn lines(handover: &Handover) -> Vec<String> {
    handover.entries.iter().map(line).collect()
}

/// Lets a sink take everything that waits for it, and returns what that was.
pub(super) async fn take(store: &mut impl Outgoing, sink: &str) -> Vec<String> {
    let mut taken = Vec::new();
    loop {
        let handover = store.hand_over(sink, 100).await;
        if handover.is_empty() {
            return taken;
        }
        taken.extend(lines(&handover));
        store.delivered(sink, &handover).await;
    }
}

/// Reads a room as a whole, which has these meetings.
pub(super) async fn read(store: &mut impl Collected, room: usize, meetings: &[Meeting]) {
    commit(store, room, complete(meetings)).await;
}

async fn commit(store: &mut impl Collected, room: usize, reading: Reading) {
    let slice = vec![(address(room), reading)];
    store.commit(Writer::A, slice, 1_500).await.unwrap();
}

pub(super) fn one() -> Meeting {
    meeting("one", 1_100, 1_200)
}

pub(super) fn two() -> Meeting {
    meeting("two", 1_300, 1_400)
}

/// Two empty rooms, which all of these sinks have.
pub(super) async fn settle(store: &mut impl Outgoing, sinks: &[&str]) {
    store.set_sinks(sinks).await;
    for room in [0, 1] {
        read(store, room, &[]).await;
    }
    for sink in sinks {
        take(store, sink).await;
    }
}

/// The backlog of each sink, and how many rooms it gets again.
async fn backlogs(store: &mut impl Outgoing) -> Vec<(String, u64, u64)> {
    let sinks = store.sinks().await.into_iter();
    sinks.map(|sink| (sink.name, sink.backlog, sink.refill)).collect()
}

pub(super) async fn a_new_sink_is_told_rooms_as_a_whole_and_the_others_are_not_told_again(
    mut store: impl Outgoing,
) {
    settle(&mut store, &["file"]).await;
    read(&mut store, 0, &[one()]).await;
    assert_eq!(take(&mut store, "file").await, ["5 added one Weekly sync"]);
    let new_and_gone = store.set_sinks(&["file", "bus"]).await;
    assert_eq!(new_and_gone, (vec!["bus".to_owned()], vec![]));
    let nobody = (vec![], vec![]);
    assert_eq!(store.set_sinks(&["bus", "file"]).await, nobody);
    assert!(store.is_waiting("bus").await && !store.is_waiting("file").await);
    assert_eq!(
        backlogs(&mut store).await,
        [("bus".to_owned(), 1, 2), ("file".to_owned(), 0, 0)]
    );
    // What changes now is in the room that the new one gets.
    read(&mut store, 0, &[one(), two()]).await;
    assert_eq!(take(&mut store, "file").await, ["6 added two Weekly sync"]);
    assert_eq!(
        take(&mut store, "bus").await,
        [
            "7 snapshot-begin a@contoso.com",
            "8 added one Weekly sync",
            "9 added two Weekly sync",
            "10 snapshot-end a@contoso.com 1000 2",
            "11 snapshot-begin b@contoso.com",
            "12 snapshot-end b@contoso.com 1000 0"
        ]
    );
    assert!(!store.is_waiting("bus").await);
    let state = &store.sinks().await[0];
    assert_eq!((state.backlog, state.refill, state.oldest_at), (0, 0, None));
}

pub(super) async fn a_sink_waits_for_nothing_if_nothing_was_read(mut store: impl Outgoing) {
    store.set_sinks(&["file"]).await;
    let state = &store.sinks().await[0];
    assert_eq!((state.backlog, state.refill, state.oldest_at), (0, 0, None));
    assert!(!store.is_waiting("file").await);
    // So it does if all it had is to be read again.
    settle(&mut store, &["file"]).await;
    store.renew_identity().await;
    let state = &store.sinks().await[0];
    assert_eq!((state.backlog, state.refill, state.oldest_at), (0, 0, None));
}

pub(super) async fn a_removed_sink_is_forgotten_with_what_waited_for_it(mut store: impl Outgoing) {
    settle(&mut store, &["file", "bus"]).await;
    read(&mut store, 0, &[one()]).await;
    store.refill("file").await;
    let (new, gone) = store.set_sinks(&["bus"]).await;
    assert_eq!((new, gone), (vec![], vec!["file".to_owned()]));
    assert_eq!(take(&mut store, "bus").await.len(), 1);
    // It comes again, and gets everything.
    store.set_sinks(&["bus", "file"]).await;
    assert_eq!(take(&mut store, "file").await.len(), 5);
}

pub(super) async fn a_room_that_is_read_as_a_whole_for_the_first_time_is_told_as_a_whole(
    mut store: impl Outgoing,
) {
    store.set_sinks(&["file"]).await;
    let early = Reading {
        change: Read::Changes,
        ..complete(&[two()])
    };
    commit(&mut store, 0, early).await;
    read(&mut store, 0, &[one()]).await;
    assert_eq!(backlogs(&mut store).await, [("file".to_owned(), 1, 1)]);
    let told = take(&mut store, "file").await;
    let told: Vec<&str> = told
        .iter()
        .filter_map(|line| Some(line.split_once(' ')?.1))
        .collect();
    assert_eq!(
        told,
        [
            "snapshot-begin a@contoso.com",
            "added one Weekly sync",
            "snapshot-end a@contoso.com 1000 1"
        ]
    );
}

pub(super) async fn what_changes_while_a_room_waits_is_told_once_and_what_changes_after_it_follows(
    mut store: impl Outgoing,
) {
    settle(&mut store, &["file"]).await;
    for room in [0, 1] {
        read(&mut store, room, &[one()]).await;
    }
    take(&mut store, "file").await;
    store.refill("file").await;
    assert_eq!(backlogs(&mut store).await, [("file".to_owned(), 2, 2)]);
    let first = store.hand_over("file", 1).await;
    assert!(first.is_of_rooms());
    assert_eq!(first.entries.len(), 3, "whole rooms, however few are asked for");
    // The first room is on its way, the second is not.
    read(&mut store, 0, &[]).await;
    read(&mut store, 1, &[]).await;
    store.delivered("file", &first).await;
    let rest = take(&mut store, "file").await;
    assert_eq!(rest.len(), 3, "{rest:?}");
    assert!(
        rest[0].ends_with("removed one -")
            && rest[1].ends_with("begin b@contoso.com")
            && rest[2].ends_with("end b@contoso.com 1000 0"),
        "{rest:?}"
    );
    assert_eq!(backlogs(&mut store).await, [("file".to_owned(), 0, 0)]);
}

pub(super) async fn a_snapshot_that_was_not_taken_to_its_end_comes_again_under_other_numbers(
    mut store: impl Outgoing,
) {
    settle(&mut store, &["file"]).await;
    read(&mut store, 0, &[one()]).await;
    take(&mut store, "file").await;
    store.refill("file").await;
    let numbers =
        |handover: &Handover| -> Vec<i64> { handover.entries.iter().map(|entry| entry.number).collect() };
    let first = store.hand_over("file", 1).await;
    store.confirm("file", &first.store, first.entries[1].number).await;
    let last = first.entries[2].number;
    assert_eq!(
        store.position("file").await,
        Some((last, Some(first.entries[1].number)))
    );
    // What changed since then is in it.
    read(&mut store, 0, &[one(), two()]).await;
    let second = store.hand_over("file", 1).await;
    assert!(numbers(&first).last() < numbers(&second).first());
    assert_eq!(first.entries[1].what, second.entries[1].what);
    assert_eq!(second.entries.len(), 4);
    store.delivered("file", &second).await;
    assert_eq!(take(&mut store, "file").await.len(), 2, "the other room");
}

pub(super) async fn a_sink_that_has_everything_holds_nothing_back_from_another(mut store: impl Outgoing) {
    settle(&mut store, &["file", "bus"]).await;
    read(&mut store, 0, &[one(), two()]).await;
    assert_eq!(take(&mut store, "file").await.len(), 2);
    assert!(!store.is_waiting("file").await && store.is_waiting("bus").await);
    assert_eq!(
        backlogs(&mut store).await,
        [("bus".to_owned(), 2, 0), ("file".to_owned(), 0, 0)]
    );
    let sinks = store.sinks().await;
    assert_eq!((sinks[0].oldest_at, sinks[1].oldest_at), (Some(1_500), None));
    assert_eq!(take(&mut store, "bus").await.len(), 2);
}

pub(super) async fn a_sink_fails_until_it_takes_something(mut store: impl Outgoing) {
    settle(&mut store, &["file"]).await;
    store.sink_failed("file", "it is down").await;
    let since = store.sinks().await[0].failing_since;
    assert!(since.is_some());
    store.sink_failed("file", "it is still down").await;
    let state = &store.sinks().await[0];
    assert_eq!(
        (state.failing_since, state.problem.as_deref()),
        (since, Some("it is still down"))
    );
    read(&mut store, 0, &[one()]).await;
    take(&mut store, "file").await;
    let state = &store.sinks().await[0];
    assert_eq!((state.failing_since, state.problem.as_deref()), (None, None));
    assert!(state.success_at >= since);
    // It takes other things than changes too.
    store.sink_failed("file", "it is down").await;
    store.sink_works("file").await;
    assert_eq!(store.sinks().await[0].problem, None);
}

pub(super) async fn of_another_identity_everything_is_sent_again(mut store: impl Outgoing) {
    settle(&mut store, &["file"]).await;
    read(&mut store, 0, &[one()]).await;
    let before = store.hand_over("file", 100).await;
    store.renew_identity().await;
    // What was sent under the old one does not count, and nothing is sent of what was not read again.
    store.delivered("file", &before).await;
    store
        .confirm("file", &before.store, before.entries[0].number)
        .await;
    assert_eq!(
        store.position("file").await.map(|(_, confirmed)| confirmed),
        Some(None)
    );
    assert_eq!(take(&mut store, "file").await.len(), 0);
    let state = store.state().await;
    assert_eq!((state.rooms[0].cursor.as_deref(), state.meetings), (None, 1));
    read(&mut store, 0, &[one()]).await;
    let again = store.hand_over("file", 100).await;
    assert_ne!(again.store, before.store);
    assert_eq!(again.entries[0].store, again.store);
    assert!(again.is_of_rooms() && again.entries.len() == 3);
}

pub(super) async fn what_waits_is_handed_over_in_parts(mut store: impl Outgoing) {
    settle(&mut store, &["file"]).await;
    let many: Vec<Meeting> = (0..5)
        .map(|number| meeting(&format!("m{number}"), 1_100, 1_200))
        .collect();
    read(&mut store, 0, &many).await;
    let first = store.hand_over("file", 2).await;
    // What is not delivered comes again.
    assert_eq!(store.hand_over("file", 2).await, first);
    assert_eq!(
        lines(&first),
        ["5 added m0 Weekly sync", "6 added m1 Weekly sync"]
    );
    store.delivered("file", &first).await;
    assert_eq!(backlogs(&mut store).await, [("file".to_owned(), 3, 0)]);
    assert_eq!(take(&mut store, "file").await.len(), 3);
    assert_eq!(store.position("file").await, Some((9, Some(9))));
}

pub(super) async fn subjects_that_were_hidden_meanwhile_are_withheld_from_rooms_too(
    mut store: impl Outgoing,
) {
    settle(&mut store, &["file"]).await;
    read(&mut store, 0, &[one()]).await;
    store.set_viewing(false).await;
    store.refill("file").await;
    let told = take(&mut store, "file").await;
    assert!(told[1].ends_with("added one -"), "{told:?}");
}

pub(super) async fn a_sink_that_is_gone_gets_nothing(mut store: impl Outgoing) {
    settle(&mut store, &["file"]).await;
    read(&mut store, 0, &[one()]).await;
    let before = store.hand_over("file", 100).await;
    store.set_sinks(&[]).await;
    assert!(store.hand_over("file", 100).await.is_empty());
    store.delivered("file", &before).await;
    store.refill("file").await;
    store.refuse("file", &before.entries[0], "too long").await;
    store.sink_failed("file", "it is down").await;
    assert!(!store.is_waiting("file").await && store.set_aside().await.is_empty());
    assert_eq!(store.position("file").await, None);
    assert!(store.sinks().await.is_empty());
}
