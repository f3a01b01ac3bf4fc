//! What a pass needs: both stores answer the same, by the trait that passes use.

use collector_commit::usage::SpaceReading;
use collector_commit::{Reading, RoomReading};
use collector_model::fixture::meeting;
use collector_model::pass::{PassRecord, Places, RoomCounts, Trouble};
use collector_model::room::{Room, RoomAddress};
use collector_model::space::Space;
use collector_model::usage::{Form, Kind, Origin, Record, UsageRecord, Value};
use collector_model::window::Window;
use collector_store::{SharedStore, Store};
use collector_stores::Collected;

use super::kit::{SOURCE, Stored, UNIT};
use crate::HeldSource;

fn room(name: &str) -> Room {
    Room {
        address: RoomAddress::new(&format!("{name}@contoso.com")),
        key: name.to_owned(),
        name: name.to_owned(),
        building: None,
        capacity: None,
        lists: Vec::new(),
    }
}

fn reading(room: &str, ids: &[&str]) -> RoomReading {
    RoomReading {
        room: RoomAddress::new(&format!("{room}@contoso.com")),
        reading: Reading {
            change: collector_commit::Change::Complete,
            meetings: ids.iter().map(|id| meeting(id, 1_100, 1_200)).collect(),
            window: Window::new(1_000, 2_000).unwrap(),
            cursor: Some("next".into()),
            drops: 0,
        },
    }
}

fn space(key: &str) -> Space {
    Space {
        key: key.into(),
        name: key.into(),
        address: None,
        building: None,
        capacity: None,
        time_zone: None,
        kinds: vec![Kind::Call],
        notes: String::new(),
    }
}

fn of_space(key: &str, revision: u64) -> SpaceReading {
    SpaceReading {
        key: key.into(),
        records: vec![Record::Usage(UsageRecord {
            origin: Origin {
                source: SOURCE.into(),
                space: key.into(),
                device: None,
                key: "1".into(),
                revision,
                withdrawn: false,
            },
            kind: Kind::Call,
            form: Form::Interval,
            start: 100,
            end: Some(200),
            value: Value::Is(true),
            resolution: None,
        })],
        cursor: Some("next".into()),
        drops: 0,
    }
}

fn strings(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// A pass over two rooms and a space. All answers, as lines.
async fn pass(store: &dyn Collected) -> Vec<String> {
    let mut answers = Vec::new();
    let (a, b) = ("a@contoso.com", "b@contoso.com");
    store
        .put_rooms(SOURCE, vec![room("a"), room("b")], Vec::new())
        .await
        .unwrap();
    store.put_spaces(SOURCE, vec![space("x")], false).await.unwrap();
    for (places, names) in [(Places::Rooms, [b, a]), (Places::Spaces, ["x", "unknown"])] {
        answers.push(format!(
            "{:?}",
            store.counts(places, SOURCE).await.unwrap().listed
        ));
        let names = strings(&names);
        let pasts = store.pasts(places, SOURCE, names.clone()).await.unwrap();
        answers.push(format!("{pasts:?}"));
        let cursors = store.cursors(places, SOURCE, names).await.unwrap();
        answers.push(format!("{cursors:?}"));
    }
    let slice = vec![reading("a", &["one", "two"]), reading("b", &[])];
    let committed = store.commit_rooms(SOURCE, slice, 1_500).await;
    answers.push(format!("{committed:?}"));
    let committed = store
        .commit_spaces(SOURCE, vec![of_space("x", 2), of_space("x", 1)], 1_500)
        .await;
    let changes = committed.into_iter().map(|committed| committed.unwrap().changes);
    answers.push(format!("{:?}", changes.collect::<Vec<_>>()));
    for (places, name) in [(Places::Rooms, a), (Places::Spaces, "x")] {
        let attempts = vec![(name.to_owned(), Some(Trouble::Harmful)), (name.to_owned(), None)];
        store.put_attempts(places, SOURCE, 7_000, attempts).await.unwrap();
        let outcomes = vec![(name.to_owned(), "collected", None)];
        store.put_outcomes(places, SOURCE, 8, outcomes).await.unwrap();
        let names = strings(&[name]);
        let pasts = store.pasts(places, SOURCE, names.clone()).await.unwrap();
        let cursors = store.cursors(places, SOURCE, names).await.unwrap();
        answers.push(format!("{pasts:?} {cursors:?}"));
    }
    store.put_pass(record()).await.unwrap();
    answers
}

fn record() -> PassRecord {
    PassRecord {
        source: SOURCE.into(),
        begun_at: 1_490,
        ended_at: 1_500,
        verdict: "everything".into(),
        problem: None,
        success_at: Some(1_500),
        connector: "o365".into(),
        version: "1.4.2".into(),
        digest: "ab".repeat(32),
        rooms: RoomCounts::default(),
    }
}

async fn held(stored: &Stored) -> HeldSource {
    stored.client.batch_execute("DELETE FROM room").await.unwrap();
    let lease = stored.member("a").await.claim(&[UNIT]).await.unwrap();
    HeldSource::new(stored.database.clone(), lease)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pass_finds_and_stores_the_same_in_both_stores() {
    let stored = Stored::new().await;
    let sqlite = SharedStore::new(Store::empty().unwrap());
    let answers = pass(&held(&stored).await).await;
    assert_eq!(answers, pass(&sqlite).await);
    assert!(
        answers[6].contains("new: 2") && answers[8].contains("read_at: Some(7000)"),
        "{answers:#?}"
    );
    let mut connection = stored.database.connect().await.unwrap();
    assert_eq!(connection.passes().await.unwrap(), [record()]);
    assert_eq!(sqlite.lock().passes().unwrap(), [record()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_cannot_be_stored_costs_no_other() {
    let stored = Stored::new().await;
    let held = held(&stored).await;
    stored
        .client
        .batch_execute("ALTER TABLE meeting ADD CHECK (id <> 'refused')")
        .await
        .unwrap();
    let slice = vec![
        reading("a", &["one"]),
        reading("b", &["refused"]),
        reading("c", &["two", "three"]),
    ];
    let committed = held.commit_rooms(SOURCE, slice, 1_500).await;
    let new: Vec<Option<u64>> = committed
        .iter()
        .map(|changes| changes.as_ref().ok().map(|changes| changes.new))
        .collect();
    assert_eq!(new, [Some(1), None, Some(2)]);
    let slice = vec![of_space("x", 1), of_space("y", 1)];
    let other = vec![SpaceReading {
        records: of_space("z", 1)
            .records
            .into_iter()
            .map(|record| match record {
                Record::Usage(mut usage) => {
                    usage.origin.source = "fabrikam".into();
                    Record::Usage(usage)
                }
                coverage @ Record::Coverage(_) => coverage,
            })
            .collect(),
        ..of_space("z", 1)
    }];
    let committed = held.commit_spaces(SOURCE, [other, slice].concat(), 1_500).await;
    let is_stored: Vec<bool> = committed.iter().map(Result::is_ok).collect();
    assert_eq!(is_stored, [false, true, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_source_that_was_taken_over_nothing_is_stored() {
    let stored = Stored::new().await;
    let held = held(&stored).await;
    held.put_rooms(SOURCE, vec![room("a")], Vec::new()).await.unwrap();
    stored.expire().await;
    stored.member("b").await.claim(&[UNIT]).await.unwrap();
    let slice = vec![reading("a", &["one"]), reading("b", &["two"])];
    for refused in held.commit_rooms(SOURCE, slice, 1_500).await {
        assert_eq!(
            refused.unwrap_err().to_string(),
            "another collector has taken over \"source/contoso\"; nothing was stored"
        );
    }
    assert!(held.put_rooms(SOURCE, Vec::new(), Vec::new()).await.is_err());
    assert!(held.put_pass(record()).await.is_err());
    // It is still told what there is.
    assert_eq!(held.counts(Places::Rooms, SOURCE).await.unwrap().known, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pass_that_loses_its_connections_goes_on_with_others() {
    let stored = Stored::new().await;
    let held = held(&stored).await;
    held.put_rooms(SOURCE, vec![room("a")], Vec::new()).await.unwrap();
    stored
        .client
        .batch_execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()")
        .await
        .unwrap();
    // The first may not know yet that its connection has ended.
    let _ = held.counts(Places::Rooms, SOURCE).await;
    assert_eq!(held.counts(Places::Rooms, SOURCE).await.unwrap().known, 1);
}
