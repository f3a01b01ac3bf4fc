//! Usage and coverage records: which revision counts, and where they come from.

use collector_commit::Deleted;
use collector_commit::usage::{Put, SpaceReading, Told};
use collector_model::pass::Places;
use collector_model::usage::{CoverageRecord, Form, Kind, Origin, Record, State, UsageRecord, Value};
use collector_model::window::Window;

use super::spaces::space;
use super::{Recording, Refused, Writer};

pub(super) fn origin(space: &str, key: &str) -> Origin {
    Origin {
        source: "contoso".into(),
        space: space.into(),
        device: None,
        key: key.into(),
        revision: 1,
        withdrawn: false,
    }
}

pub(super) fn usage(key: &str, form: Form, start: i64, end: Option<i64>) -> UsageRecord {
    UsageRecord {
        origin: origin("x", key),
        kind: Kind::Presence,
        form,
        start,
        end,
        value: match form {
            Form::Bucket => Value::Number(1),
            _ => Value::Is(true),
        },
        resolution: None,
    }
}

pub(super) fn some(key: &str, form: Form, start: i64, end: Option<i64>) -> Record {
    Record::Usage(usage(key, form, start, end))
}

pub(super) fn coverage(key: &str, kind: Kind, state: State, start: i64, end: i64) -> CoverageRecord {
    CoverageRecord {
        origin: origin("x", key),
        kinds: vec![kind],
        start,
        end,
        state,
        reason: None,
    }
}

pub(super) fn covered(key: &str, kind: Kind, state: State, start: i64, end: i64) -> Record {
    Record::Coverage(coverage(key, kind, state, start, end))
}

/// A sample of so many people, of a revision.
pub(super) fn people(space: &str, key: &str, revision: u64, people: u32) -> Record {
    Record::Usage(UsageRecord {
        origin: Origin {
            revision,
            ..origin(space, key)
        },
        kind: Kind::PeopleCount,
        value: Value::Number(people),
        resolution: Some(60),
        ..usage("", Form::Sample, 1_000, None)
    })
}

pub(super) fn keys(records: &[Record]) -> Vec<&str> {
    records
        .iter()
        .map(|record| record.origin().key.as_str())
        .collect()
}

/// All records, read in pages of this many.
pub(super) async fn all(store: &mut impl Recording) -> Vec<Record> {
    store.records(Window::ALWAYS, 2).await
}

pub(super) async fn push(store: &mut impl Recording, records: &[Record]) -> Vec<Put> {
    store.push(records, 500).await.0
}

pub(super) async fn all_keys(store: &mut impl Recording) -> Vec<String> {
    let records = all(store).await;
    keys(&records).into_iter().map(str::to_owned).collect()
}

pub(super) async fn the_highest_revision_counts_whatever_order_they_come_in(mut store: impl Recording) {
    let together = [
        people("x", "k", 2, 4),
        people("x", "k", 1, 9),
        people("x", "k", 2, 4),
        people("x", "k", 2, 5),
        people("y", "k", 3, 6),
    ];
    assert_eq!(
        push(&mut store, &together).await,
        [
            Put::New,
            Put::Unchanged,
            Put::Unchanged,
            Put::Contradicted,
            Put::Replaced
        ]
    );
    assert_eq!(all(&mut store).await, [people("y", "k", 3, 6)]);
    // The same in batches of their own.
    let expected = [
        (people("y", "k", 3, 6), Put::Unchanged),
        (people("x", "k", 3, 6), Put::Contradicted),
        (people("x", "k", 2, 6), Put::Unchanged),
        (people("x", "k", 4, 7), Put::Replaced),
    ];
    for (record, put) in expected {
        assert_eq!(push(&mut store, &[record]).await, [put]);
    }
    assert_eq!(all(&mut store).await, [people("x", "k", 4, 7)]);
    let mut withdrawn = people("x", "k", 5, 7);
    if let Record::Usage(usage) = &mut withdrawn {
        usage.origin.withdrawn = true;
    }
    assert_eq!(
        push(&mut store, std::slice::from_ref(&withdrawn)).await,
        [Put::Replaced]
    );
    assert_eq!(all(&mut store).await, [withdrawn]);
}

pub(super) async fn one_key_names_a_usage_and_a_coverage_record(mut store: impl Recording) {
    let both = [
        people("x", "k", 1, 4),
        covered("k", Kind::PeopleCount, State::Observed, 0, 2_000),
    ];
    assert_eq!(push(&mut store, &both).await, [Put::New, Put::New]);
    assert_eq!(push(&mut store, &both).await, [Put::Unchanged, Put::Unchanged]);
    assert_eq!(all(&mut store).await, both);
}

pub(super) async fn records_come_in_order_and_in_pages(mut store: impl Recording) {
    let of = |space: &str, device: Option<&str>, record: Record| {
        let mut record = record;
        let origin = match &mut record {
            Record::Usage(usage) => &mut usage.origin,
            Record::Coverage(coverage) => &mut coverage.origin,
        };
        origin.space = space.into();
        origin.device = device.map(str::to_owned);
        record
    };
    let mut records = Vec::new();
    for (number, (space, device)) in [
        ("Z", None),
        ("x", None),
        ("x", Some("a")),
        ("x", Some("Ä")),
        ("y", None),
    ]
    .into_iter()
    .enumerate()
    {
        for start in [100, 200] {
            for name in ["a", "b"] {
                let key = format!("{number} {start} {name}");
                records.push(of(space, device, some(&key, Form::Change, start, None)));
            }
        }
        let key = format!("{number} covered");
        let state = State::Blind;
        records.push(of(space, device, covered(&key, Kind::Call, state, 50, 250)));
    }
    let mut reversed = records.clone();
    reversed.reverse();
    push(&mut store, &reversed).await;
    for page in [1, 2, 3, 5, 24, 25, 100] {
        assert_eq!(store.records(Window::ALWAYS, page).await, records);
    }
    // What overlaps a window: a change has no end, and says something about its own instant only.
    let window = Window::new(150, 200).unwrap();
    let found = store.records(window, 2).await;
    assert_eq!(
        keys(&found),
        ["0 covered", "1 covered", "2 covered", "3 covered", "4 covered"]
    );
    let open = some("open", Form::Interval, 10, None);
    push(&mut store, std::slice::from_ref(&open)).await;
    assert!(store.records(window, 2).await.contains(&open));
}

pub(super) async fn what_a_pass_reads_of_spaces_is_stored_with_their_cursors(mut store: impl Recording) {
    let spaces = [space("x", "A"), space("y", "B")];
    store.list_spaces(Writer::A, &spaces, false).await.unwrap();
    let reading = |key: &str, records: Vec<Record>, cursor: Option<&str>| SpaceReading {
        key: key.into(),
        records,
        cursor: cursor.map(str::to_owned),
        drops: 0,
    };
    let slice = vec![
        reading(
            "x",
            vec![people("x", "1", 1, 4), people("x", "1", 1, 5)],
            Some("next"),
        ),
        reading("y", vec![people("y", "2", 1, 4)], Some("a\0b")),
        reading("unknown", Vec::new(), Some("next")),
    ];
    let committed = store.commit_usage(Writer::A, slice, 1_000).await.unwrap();
    let counts: Vec<_> = committed
        .iter()
        .map(|committed| (committed.changes.new, committed.changes.contradicted))
        .collect();
    assert_eq!(counts, [(1, 1), (1, 0), (0, 0)]);
    assert_eq!(committed[0].contradicted.as_deref(), Some("1"));
    assert_eq!(all(&mut store).await.len(), 2);
    let cursors = store.cursors(Places::Spaces, &["x", "unknown"]).await;
    assert_eq!(cursors, [Some("next".to_owned()), None]);
    // A reading without one.
    let slice = vec![reading("x", Vec::new(), None)];
    store.commit_usage(Writer::A, slice, 1_000).await.unwrap();
    assert_eq!(store.cursors(Places::Spaces, &["x"]).await, [None]);
    // What passes read did not arrive.
    assert_eq!(store.arrived().await, None);
    push(&mut store, &[]).await;
    assert_eq!(store.arrived().await, Some(500));
}

pub(super) async fn a_cursor_of_a_space_whose_reading_began_before_is_not_kept(mut store: impl Recording) {
    store
        .list_spaces(Writer::A, &[space("x", "A")], false)
        .await
        .unwrap();
    let reading = |drops| {
        vec![SpaceReading {
            key: "x".into(),
            records: vec![people("x", "1", 1, 4)],
            cursor: Some("next".into()),
            drops,
        }]
    };
    let drops = store.drops().await;
    store
        .commit_usage(Writer::A, reading(drops), 1_000)
        .await
        .unwrap();
    assert_eq!(
        store.cursors(Places::Spaces, &["x"]).await,
        [Some("next".to_owned())]
    );
    // Subjects are hidden and shown again, which drops all cursors of the source.
    store.set_viewing(false).await;
    store.set_viewing(true).await;
    assert_eq!(store.cursors(Places::Spaces, &["x"]).await, [None]);
    store
        .commit_usage(Writer::A, reading(drops), 1_000)
        .await
        .unwrap();
    assert_eq!(store.cursors(Places::Spaces, &["x"]).await, [None]);
    let drops = store.drops().await;
    store
        .commit_usage(Writer::A, reading(drops), 1_000)
        .await
        .unwrap();
    assert_eq!(
        store.cursors(Places::Spaces, &["x"]).await,
        [Some("next".to_owned())]
    );
}

pub(super) async fn a_device_whose_clock_is_ahead_is_told_once(mut store: impl Recording) {
    let twice = [people("x", "1", 1, 4), people("x", "2", 1, 4)];
    let (_, warnings) = store.push(&twice, 500).await;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("in space \"x\" reports what is yet to come"));
    let (_, warnings) = store.push(&[people("x", "3", 1, 4)], 500).await;
    assert!(warnings.is_empty());
    // Whether or not it is stored, and also if a pass reads it: the first of a slice that reads it is told.
    let reading = |key: &str| SpaceReading {
        key: key.into(),
        records: vec![people("y", "1", 1, 4)],
        cursor: None,
        drops: 0,
    };
    let slice = vec![reading("y"), reading("z")];
    let committed = store.commit_usage(Writer::A, slice, 500).await.unwrap();
    let told: Vec<_> = committed
        .iter()
        .map(|committed| committed.ahead.warnings().len())
        .collect();
    assert_eq!(told, [1, 0]);
    assert!(store.push(&[people("z", "4", 1, 4)], 1_000).await.1.is_empty());
}

pub(super) async fn a_device_keeps_what_it_told(mut store: impl Recording) {
    let device = Origin {
        device: Some("d".into()),
        ..origin("x", "")
    };
    let of_device = |key: &str, kind, state, start, end| {
        let mut coverage = coverage(key, kind, state, start, end);
        coverage.origin.device = Some("d".into());
        coverage
    };
    let blind = of_device("blind", Kind::Call, State::Blind, 100, 1_000);
    let seen = of_device("seen", Kind::Call, State::Observed, 10, 100);
    let both = CoverageRecord {
        kinds: vec![Kind::Call, Kind::Presence],
        ..of_device("both", Kind::Call, State::Observed, 20, 100)
    };
    let mut withdrawn = of_device("withdrawn", Kind::Call, State::Observed, 30, 100);
    withdrawn.origin.withdrawn = true;
    let mut told = Told::default();
    told.at = Some(1_000);
    told.set(Kind::Call, true);
    told.set(Kind::PeopleCount, true);
    let records = [&blind, &seen, &both, &withdrawn].map(|coverage| Record::Coverage(coverage.clone()));
    let post = store.post(&device, told, &records, (Kind::Call, 999)).await;
    assert_eq!(post, (Told::default(), Some(blind), Some(both.clone())));
    // It is over by then, and of another kind it was never blind.
    let post = store.post(&device, told, &[], (Kind::Call, 1_000)).await;
    assert_eq!(post, (told, None, Some(both)));
    let post = store.post(&device, told, &[], (Kind::Presence, 0)).await;
    assert_eq!(post.1, None);
    let other = origin("x", "");
    let post = store.post(&other, told, &[], (Kind::Call, 0)).await;
    assert_eq!(post, (Told::default(), None, None));
}

pub(super) async fn texts_of_records_with_nul_are_stored(mut store: impl Recording) {
    let mut odd = coverage("k\0", Kind::Call, State::Blind, 100, 200);
    odd.origin.device = Some("d\0".into());
    odd.origin.space = "x\0".into();
    odd.reason = Some("o\0ff".into());
    let odd = Record::Coverage(odd);
    assert_eq!(push(&mut store, std::slice::from_ref(&odd)).await, [Put::New]);
    assert_eq!(push(&mut store, &[odd]).await, [Put::Unchanged]);
}

pub(super) async fn a_source_that_is_forgotten_leaves_no_record(mut store: impl Recording) {
    let records = [
        people("x", "1", 1, 4),
        covered("1", Kind::Call, State::Blind, 100, 200),
    ];
    push(&mut store, &records).await;
    assert!(store.knows_source().await);
    let deleted = Deleted {
        meetings: 0,
        usage: 2,
    };
    assert_eq!(store.forget_source().await, Ok(deleted));
    assert!(!store.knows_source().await);
    assert_eq!(all(&mut store).await, []);
    assert_eq!(push(&mut store, &records[..1]).await, [Put::New]);
}

pub(super) async fn a_former_writer_stores_no_records_and_whoever_is_sent_some_does<S: Recording>(
    mut store: S,
) {
    if !S::FENCES {
        return;
    }
    store.take_over(Writer::B).await;
    let reading = SpaceReading {
        key: "x".into(),
        records: vec![people("x", "1", 1, 4)],
        cursor: None,
        drops: 0,
    };
    assert!(matches!(
        store.commit_usage(Writer::A, vec![reading], 1_000).await,
        Err(Refused)
    ));
    assert_eq!(all(&mut store).await, []);
    assert_eq!(push(&mut store, &[people("x", "1", 1, 4)]).await, [Put::New]);
}
