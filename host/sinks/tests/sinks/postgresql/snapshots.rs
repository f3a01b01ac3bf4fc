//! Tests of snapshots: all meetings of a room delivered again.

use std::collections::BTreeMap;

use collector_model::change::{Change, ChangeKind, What};
use collector_model::fixture::with;
use collector_sinks::Cause;
use e2e::PostgresServer;
use tokio_postgres::Client;

use crate::postgresql::situation::{added, change, meetings, removed, sink, stores, strings, updated};

/// When the meetings of `added` end.
const END: i64 = 1_773_140_400;

fn begin(number: i64) -> Change {
    Change {
        what: What::SnapshotBegin,
        ..added(number, "", "")
    }
}

/// The end of a snapshot of all meetings that end after 11:00 on the day before.
fn end(number: i64) -> Change {
    let from = END - 24 * 60 * 60;
    Change {
        what: What::SnapshotEnd { from, meetings: 1 },
        ..added(number, "", "")
    }
}

fn in_room(room: &str, change: Change) -> Change {
    Change {
        room: room.into(),
        ..change
    }
}

async fn unfinished(client: &Client) -> Vec<String> {
    strings(
        client,
        "SELECT store || ' ' || room || ' ' || change_number FROM collector.snapshot ORDER BY room",
    )
    .await
}

#[tokio::test]
async fn a_snapshot_removes_what_it_did_not_bring_and_vouches_for() {
    let server = PostgresServer::shared().unwrap();
    let (database, client) = server.database().await.unwrap();
    let mut sink = sink(server, &database);
    let past = with(added(3, "past", "Sync"), |meeting| {
        meeting.end = END - 24 * 60 * 60
    });
    let other_store = Change {
        store: "77aa".into(),
        ..added(90, "old", "Sync")
    };
    let other_source = Change {
        source: "fabrikam".into(),
        ..added(5, "elsewhere", "Sync")
    };
    sink.deliver(&[other_store]).await.unwrap();
    sink.deliver(&[
        added(1, "a", "Sync"),
        added(2, "b", "Review"),
        past,
        in_room("conf-b@contoso.com", added(4, "next door", "Sync")),
        other_source,
    ])
    .await
    .unwrap();
    sink.deliver(&[begin(6), added(7, "b", "Review"), added(8, "c", "Retro"), end(9)])
        .await
        .unwrap();
    assert_eq!(
        meetings(&client).await,
        [
            "b Review #7",
            "c Retro #8",
            "elsewhere Sync #5",
            "next door Sync #4",
            "past Sync #3"
        ]
    );
    assert_eq!(stores(&client).await, ["5f0c 9", "77aa 90"]);
    assert_eq!(unfinished(&client).await, [""; 0]);
}

#[tokio::test]
async fn a_snapshot_goes_on_over_batches_and_processes_and_counts_from_its_last_begin() {
    let server = PostgresServer::shared().unwrap();
    let (database, client) = server.database().await.unwrap();
    let mut first = sink(server, &database);
    first
        .deliver(&[added(1, "a", "Sync"), begin(2), added(3, "b", "Review")])
        .await
        .unwrap();
    assert_eq!(unfinished(&client).await, ["5f0c conf-a@contoso.com 2"]);
    assert_eq!(meetings(&client).await, ["a Sync #1", "b Review #3"]);
    first.deliver(&[begin(4), added(5, "c", "Retro")]).await.unwrap();
    let mut second = sink(server, &database);
    second.deliver(&[end(6)]).await.unwrap();
    assert_eq!(meetings(&client).await, ["c Retro #5"]);
    assert_eq!(unfinished(&client).await, [""; 0]);
}

#[tokio::test]
async fn what_comes_before_and_after_a_snapshot_in_its_batch_keeps_its_place() {
    let server = PostgresServer::shared().unwrap();
    let (database, client) = server.database().await.unwrap();
    let room = |name: &str, change| in_room(&format!("{name}@contoso.com"), change);
    let batch = [
        added(1, "a", "Sync"),
        added(2, "b", "Review"),
        begin(3),
        added(4, "b", "Review"),
        added(5, "c", "Retro"),
        end(6),
        removed(7, "b"),
        added(8, "a", "Back"),
        room("x", begin(9)),
        room("x", end(10)),
        updated(11, "c", "Moved"),
        begin(12),
        added(13, "c", "Moved"),
        end(14),
        added(15, "d", "Late"),
    ];
    sink(server, &database).deliver(&batch).await.unwrap();
    assert_eq!(meetings(&client).await, ["c Moved #13", "d Late #15"]);
}

#[tokio::test]
async fn an_end_without_a_begin_is_out_of_step_and_nothing_of_its_batch_is_applied() {
    let server = PostgresServer::shared().unwrap();
    let (database, client) = server.database().await.unwrap();
    let mut sink = sink(server, &database);
    sink.deliver(&[added(1, "a", "Sync")]).await.unwrap();
    let error = sink
        .deliver(&[added(2, "b", "Review"), end(3)])
        .await
        .unwrap_err();
    assert_eq!(error.cause, Cause::OutOfStep);
    assert_eq!(
        error.to_string(),
        format!(
            "the database \"{database}\" at 127.0.0.1:{} has no record of the start of a snapshot that has ended; if its tables were changed by \
             hand, restore them, or name another `schema`",
            server.port()
        )
    );
    assert_eq!(meetings(&client).await, ["a Sync #1"]);
    assert_eq!(sink.applied("5f0c").await, Ok(Some(1)));
}

/// Reproducible pseudo-random numbers.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

#[tokio::test]
async fn however_changes_and_snapshots_are_cut_into_batches_the_outcome_is_that_of_one_by_one() {
    let server = PostgresServer::shared().unwrap();
    for seed in 0..12 {
        let mut dice = Dice(seed);
        let (database, client) = server.database().await.unwrap();
        let mut sink = sink(server, &database);
        // The state of a reader that takes one change at a time: ends and numbers by room and id, and the begins.
        let mut expected: BTreeMap<(String, String), (i64, i64)> = BTreeMap::new();
        let mut begun: BTreeMap<String, i64> = BTreeMap::new();
        let mut batch = Vec::new();
        for number in 1..=200 {
            let room = format!("room-{}", dice.below(2));
            let id = dice.below(4).to_string();
            let instant = END + i64::try_from(dice.below(4)).unwrap();
            let key = (room.clone(), id.clone());
            let meeting = |kind| with(change(number, kind, &id, "Sync"), |meeting| meeting.end = instant);
            let bracket = |what| Change {
                what,
                ..change(number, ChangeKind::Added, &id, "Sync")
            };
            let told = match (dice.below(7), begun.get(&room).copied()) {
                (0, _) => {
                    begun.insert(room.clone(), number);
                    bracket(What::SnapshotBegin)
                }
                (1, Some(first)) => {
                    begun.remove(&room);
                    expected
                        .retain(|(of, _), (end, number)| *of != room || *end <= instant || *number > first);
                    bracket(What::SnapshotEnd {
                        from: instant,
                        meetings: 0,
                    })
                }
                (2, _) => {
                    expected.remove(&key);
                    meeting(ChangeKind::Removed)
                }
                _ => {
                    expected.insert(key, (instant, number));
                    meeting(ChangeKind::Updated)
                }
            };
            batch.push(in_room(&room, told));
            if dice.below(12) == 0 {
                sink.deliver(&std::mem::take(&mut batch)).await.unwrap();
            }
        }
        sink.deliver(&batch).await.unwrap();
        let expected: Vec<String> = expected
            .iter()
            .map(|((room, id), (end, number))| format!("{room} {id} {end} {number}"))
            .collect();
        let found = strings(
            &client,
            "SELECT format('%s %s %s %s', room, id, extract(epoch FROM end_at)::bigint, change_number) FROM collector.meeting \
             ORDER BY room, id",
        )
        .await;
        assert_eq!(found, expected, "seed {seed}");
    }
}
