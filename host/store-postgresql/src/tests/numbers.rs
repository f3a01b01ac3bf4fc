//! Numbers of changes: without gaps, and visible in their order, however many write at once.

use collector_commit::{Change, Commit, Known, Past, Reading};
use collector_model::change::What;
use collector_model::meeting::{Meeting, Subject};
use collector_model::window::Window;

use super::kit::{SOURCE, Stored, UNIT, add, first_reading, meeting, told};
use crate::ToldChanges;

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_misses_nothing_of_what_eight_writers_commit_at_once() {
    const WRITERS: usize = 8;
    const COMMITS: usize = 25;
    let stored = Stored::new().await;
    let shards: Vec<String> = (0..WRITERS)
        .map(|shard| format!("source/contoso/{shard}"))
        .collect();
    let names: Vec<&str> = shards.iter().map(String::as_str).collect();
    let mut reader = stored.sink("reader").await;
    reader.at.connection.add_units(&names).await.unwrap();
    let mut writers = Vec::new();
    for shard in shards.clone() {
        let mut member = stored.member(&shard).await;
        writers.push(tokio::spawn(async move {
            let lease = member.claim(&[&shard]).await.unwrap();
            for commit in 0..COMMITS {
                let ids: Vec<String> = (0..=commit % 3)
                    .map(|meeting| format!("{shard} {commit} {meeting}"))
                    .collect();
                let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
                add(&mut member.connection, &lease, &ids).await.unwrap();
            }
        }));
    }
    // Of the reader nothing is known but the last number that it has.
    let expected: usize = WRITERS * (0..COMMITS).map(|commit| commit % 3 + 1).sum::<usize>();
    let (mut last, mut seen) = (0, Vec::new());
    while seen.len() < expected {
        let is_done = writers.iter().all(tokio::task::JoinHandle::is_finished);
        let handover = reader.hand_over(7).await.unwrap();
        assert!(
            !handover.is_empty() || !is_done,
            "{} of {expected} were seen",
            seen.len()
        );
        reader.delivered(&handover).await.unwrap();
        for change in handover.entries {
            assert_eq!(change.number, last + 1, "the next number is the next change");
            last = change.number;
            seen.push(change.meeting_id().to_owned());
        }
    }
    for writer in writers {
        writer.await.unwrap();
    }
    // In each room as its writer committed them.
    for shard in names {
        let of_shard: Vec<&String> = seen.iter().filter(|id| id.starts_with(shard)).collect();
        let mut expected = Vec::new();
        for commit in 0..COMMITS {
            expected.extend((0..=commit % 3).map(|meeting| format!("{shard} {commit} {meeting}")));
        }
        assert_eq!(of_shard, expected.iter().collect::<Vec<_>>());
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), expected);
}

#[tokio::test]
async fn who_begins_first_and_commits_last_has_the_higher_numbers() {
    let stored = Stored::new().await;
    let (mut a, mut b) = (stored.member("a").await, stored.member("b").await);
    a.connection.add_units(&["source/contoso/2"]).await.unwrap();
    let (first, second) = (
        a.claim(&[UNIT]).await.unwrap(),
        b.claim(&["source/contoso/2"]).await.unwrap(),
    );
    let mut reader = stored.sink("reader").await;
    let steps = first_reading(vec![meeting("slow")]);
    let slow = a.connection.fenced(&first).await.unwrap();
    assert_eq!(add(&mut b.connection, &second, &["fast"]).await.unwrap(), Some(1));
    let seen = reader.take().await;
    assert_eq!(seen.last().map(|change| change.number), Some(1));
    slow.commit_and_tell(&told(&steps)).await.unwrap();
    let seen = reader.take().await;
    assert_eq!(
        seen.iter().map(|change| change.meeting_id()).collect::<Vec<_>>(),
        ["slow"]
    );
}

#[tokio::test]
async fn a_transaction_that_is_rolled_back_leaves_no_gap() {
    let stored = Stored::new().await;
    let mut a = stored.member("a").await;
    let lease = a.claim(&[UNIT]).await.unwrap();
    add(&mut a.connection, &lease, &["one"]).await.unwrap();
    let steps = first_reading(vec![meeting("never"), meeting("either")]);
    let transaction = a.connection.fenced(&lease).await.unwrap();
    assert_eq!(
        transaction.check_and_tell(&told(&steps)).await.unwrap(),
        Some(2..=3)
    );
    drop(transaction);
    add(&mut a.connection, &lease, &["two"]).await.unwrap();
    assert_eq!(
        stored.outbox().await,
        ["1 0 one Weekly sync", "2 0 two Weekly sync"]
    );
}

#[tokio::test]
async fn a_change_comes_back_as_it_was_told() {
    let stored = Stored::new().await;
    let mut a = stored.member("a").await;
    let lease = a.claim(&[UNIT]).await.unwrap();
    let odd = Meeting {
        id: "a\0b".into(),
        series: Some("s".into()),
        subject: Subject::Withheld,
        start: i64::MIN,
        end: i64::MAX,
        all_day: true,
        ..meeting("odd")
    };
    let mut reader = stored.sink("reader").await;
    let steps = first_reading(vec![meeting("one"), odd.clone()]);
    let transaction = a.connection.fenced(&lease).await.unwrap();
    assert_eq!(
        transaction.commit_and_tell(&told(&steps)).await.unwrap(),
        Some(1..=2)
    );
    let changes = reader.take().await;
    let stream: String = stored
        .client
        .query_one("SELECT id FROM stream", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(stream.len(), 32);
    let expected = |number: i64, meeting: Meeting| collector_model::change::Change {
        store: stream.clone(),
        number,
        at: 1_000,
        source: SOURCE.into(),
        room: "conf-a@contoso.com".into(),
        room_name: "Conf A".into(),
        room_number: 1,
        what: What::Meeting(collector_model::change::ChangeKind::Added, meeting),
    };
    let odd = Meeting {
        id: "a\u{fffd}b".into(),
        ..odd
    };
    assert_eq!(changes, [expected(1, meeting("one")), expected(2, odd)]);
}

#[tokio::test]
async fn a_withdrawn_subject_is_no_longer_told() {
    let stored = Stored::new().await;
    let mut a = stored.member("a").await;
    let lease = a.claim(&[UNIT]).await.unwrap();
    add(&mut a.connection, &lease, &["one", "two", "three"])
        .await
        .unwrap();
    let private = Meeting {
        subject: Subject::Withheld,
        ..meeting("one")
    };
    let reading = Reading {
        change: Change::Complete,
        meetings: vec![private, meeting("three")],
        window: Window::ALWAYS,
        cursor: None,
        drops: 0,
    };
    let stored_meetings = vec![meeting("one"), meeting("two"), meeting("three")];
    let compared = Commit::new(Known::default(), reading).compare(stored_meetings);
    let past = |_: collector_commit::Sought<'_>| {
        let meeting = meeting("any");
        let history = collector_commit::History::default();
        Ok(Some(Past::Stored {
            row: (),
            status: meeting.status,
            start: meeting.start,
            end: meeting.end,
            history,
        }))
    };
    let Ok::<_, std::convert::Infallible>(steps) = compared.steps(2_000, past);
    let transaction = a.connection.fenced(&lease).await.unwrap();
    transaction.commit_and_tell(&told(&steps)).await.unwrap();
    assert_eq!(
        stored.outbox().await,
        [
            "1 0 one -",
            "2 0 two -",
            "3 0 three Weekly sync",
            "4 1 one -",
            "5 2 two -"
        ]
    );
    assert_eq!(
        stored.number("SELECT count(*) FROM outbox WHERE withheld").await,
        2
    );
}

#[tokio::test]
async fn what_every_sink_has_is_pruned() {
    let stored = Stored::new().await;
    let mut a = stored.member("a").await;
    let lease = a.claim(&[UNIT]).await.unwrap();
    let (mut warehouse, mut archive) = (stored.sink("warehouse").await, stored.sink("archive").await);
    add(&mut a.connection, &lease, &["one", "two", "three", "four"])
        .await
        .unwrap();
    let handover = warehouse.hand_over(3).await.unwrap();
    warehouse.delivered(&handover).await.unwrap();
    assert_eq!(a.connection.prune(SOURCE, 9).await.unwrap(), 0);
    let handover = archive.hand_over(2).await.unwrap();
    archive.delivered(&handover).await.unwrap();
    assert_eq!(a.connection.prune(SOURCE, 1).await.unwrap(), 1);
    assert_eq!(a.connection.prune(SOURCE, 9).await.unwrap(), 1);
    assert_eq!(
        stored.outbox().await,
        ["3 0 three Weekly sync", "4 0 four Weekly sync"]
    );
    a.connection.set_sinks(&[]).await.unwrap();
    assert_eq!(a.connection.prune(SOURCE, 9).await.unwrap(), 2);
    // Numbers go on.
    assert_eq!(add(&mut a.connection, &lease, &["five"]).await.unwrap(), Some(5));
}

#[tokio::test]
async fn streams_have_ids_and_numbers_of_their_own() {
    let stored = Stored::new().await;
    let mut a = stored.member("a").await;
    a.connection
        .add_streams(&["fabrikam", SOURCE, "fabrikam"])
        .await
        .unwrap();
    assert_eq!(stored.number("SELECT count(DISTINCT id) FROM stream").await, 2);
    let lease = a.claim(&[UNIT]).await.unwrap();
    add(&mut a.connection, &lease, &["one", "two"]).await.unwrap();
    let steps = first_reading(vec![meeting("three")]);
    let mut changes = ToldChanges::of("fabrikam");
    steps.told().for_each(|told| changes.add(1, 1_000, told));
    let transaction = a.connection.fenced(&lease).await.unwrap();
    assert_eq!(transaction.commit_and_tell(&changes).await.unwrap(), Some(1..=1));
}
