//! What became of passes and of the rooms in them.

use collector_model::pass::{PassRecord, Past, Places, RoomCounts, Trouble};

use super::state::{ROOMS, address, complete, room};
use super::{Collected, Passing, Refused, Writer};

const UNKNOWN: &str = "unknown@contoso.com";

/// Two rooms that are listed.
async fn list(store: &mut impl Collected) {
    let rooms = [room(0, "Conf A"), room(1, "Conf B")];
    store.list(Writer::A, &rooms, &[]).await.unwrap();
}

pub(super) async fn attempts_decide_by_when_a_room_was_read_and_what_its_trouble_was(
    mut store: impl Passing,
) {
    list(&mut store).await;
    let past = |read_at, trouble| Past { read_at, trouble };
    let [a, b, _] = ROOMS;
    assert_eq!(
        store.pasts(Places::Rooms, &[a, b]).await,
        [Past::default(), Past::default()]
    );
    let attempts = [(a, None), (b, Some(Trouble::Harmful)), (UNKNOWN, None)];
    store
        .put_attempts(Writer::A, Places::Rooms, 7_000, &attempts)
        .await
        .unwrap();
    assert_eq!(
        store.pasts(Places::Rooms, &[b, UNKNOWN, a]).await,
        [
            past(None, Some(Trouble::Harmful)),
            Past::default(),
            past(Some(7_000), None)
        ]
    );
    // What was read before stays known, and the last of several attempts decides about the trouble.
    let attempts = [
        (a, Some(Trouble::NotCollected)),
        (b, Some(Trouble::Harmful)),
        (b, None),
    ];
    store
        .put_attempts(Writer::A, Places::Rooms, 8_000, &attempts)
        .await
        .unwrap();
    assert_eq!(
        store.pasts(Places::Rooms, &[a, b]).await,
        [
            past(Some(7_000), Some(Trouble::NotCollected)),
            past(Some(8_000), None)
        ]
    );
    store
        .put_attempts(Writer::A, Places::Rooms, 9_000, &[])
        .await
        .unwrap();
}

pub(super) async fn an_outcome_keeps_its_time_while_it_stays_the_same(mut store: impl Passing) {
    list(&mut store).await;
    let [a, b, _] = ROOMS;
    let record = |store: Vec<collector_model::pass::RoomRecord>| {
        let record = store.into_iter().next().unwrap();
        (record.outcome, record.cause, record.since)
    };
    assert_eq!(record(store.room_records().await), (None, None, None));
    let steps = [
        (100, "denied", Some("no right"), 100),
        (200, "denied", Some("no right"), 100),
        (300, "denied", Some("another reason"), 100),
        (400, "collected", None, 400),
        (500, "collected", None, 400),
        (600, "failed", Some("a\0b"), 600),
        (700, "failed", Some("a\0b"), 600),
    ];
    for (at, outcome, cause, since) in steps {
        let outcomes = [(a, outcome, cause), (UNKNOWN, "collected", None)];
        store
            .put_outcomes(Writer::A, Places::Rooms, at, &outcomes)
            .await
            .unwrap();
        let (found, why, when) = record(store.room_records().await);
        assert_eq!((found.as_deref(), when), (Some(outcome), Some(since)));
        assert_eq!(why.is_some(), cause.is_some());
    }
    let both = [(b, "failed", Some("slow")), (b, "missing", None)];
    store
        .put_outcomes(Writer::A, Places::Rooms, 800, &both)
        .await
        .unwrap();
    let records = store.room_records().await;
    assert_eq!(
        (records[1].outcome.as_deref(), records[1].cause.as_deref()),
        (Some("missing"), None)
    );
    // Neither is forgotten over the other.
    store
        .put_attempts(Writer::A, Places::Rooms, 9_000, &[(a, None)])
        .await
        .unwrap();
    assert_eq!(record(store.room_records().await).2, Some(600));
}

pub(super) async fn rooms_that_are_not_listed_have_no_record(mut store: impl Passing) {
    list(&mut store).await;
    store.list(Writer::A, &[room(1, "Conf B")], &[]).await.unwrap();
    let records = store.room_records().await;
    assert_eq!(
        records
            .iter()
            .map(|record| (record.address.as_str(), record.name.as_str()))
            .collect::<Vec<_>>(),
        [(ROOMS[1], "Conf B")]
    );
    assert_eq!(store.counts(Places::Rooms).await, (1, 2));
}

fn pass(begun_at: i64, verdict: &str) -> PassRecord {
    PassRecord {
        source: "contoso".into(),
        begun_at,
        ended_at: begun_at + 10,
        verdict: verdict.into(),
        problem: (verdict == "failed").then(|| "no network".into()),
        success_at: None,
        connector: "o365".into(),
        version: "1.4.2".into(),
        digest: "ab".repeat(32),
        rooms: RoomCounts {
            collected: 1,
            denied: 2,
            missing: 3,
            throttled: 4,
            failed: 5,
        },
    }
}

pub(super) async fn the_last_pass_is_kept_with_the_time_of_the_last_success(mut store: impl Passing) {
    assert_eq!(store.passes().await, []);
    for (begun_at, verdict, success_at) in [
        (100, "failed", None),
        (200, "part", Some(210)),
        (300, "nothing", Some(210)),
        (400, "failed", Some(210)),
        (500, "everything", Some(510)),
    ] {
        let record = pass(begun_at, verdict);
        store.put_pass(Writer::A, record.clone()).await.unwrap();
        let expected = PassRecord { success_at, ..record };
        assert_eq!(store.passes().await, [expected]);
    }
}

pub(super) async fn a_former_writer_notes_nothing<S: Passing>(mut store: S) {
    if !S::FENCES {
        return;
    }
    list(&mut store).await;
    let readings = vec![(address(0), complete(&[]))];
    store.commit(Writer::A, readings, 1_500).await.unwrap();
    store.take_over(Writer::B).await;
    let [a, ..] = ROOMS;
    assert_eq!(
        store
            .put_attempts(Writer::A, Places::Rooms, 7_000, &[(a, None)])
            .await,
        Err(Refused)
    );
    let outcomes = [(a, "collected", None)];
    assert_eq!(
        store.put_outcomes(Writer::A, Places::Rooms, 100, &outcomes).await,
        Err(Refused)
    );
    assert_eq!(store.put_pass(Writer::A, pass(100, "part")).await, Err(Refused));
    assert_eq!(store.pasts(Places::Rooms, &[a]).await, [Past::default()]);
    assert_eq!(store.room_records().await[0].outcome, None);
    assert_eq!(store.passes().await, []);
    store.put_pass(Writer::B, pass(200, "part")).await.unwrap();
    assert_eq!(store.passes().await.len(), 1);
}
