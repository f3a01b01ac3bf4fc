use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use collector_model::change::{ChangeKind, What};
use collector_model::fixture;
use collector_model::meeting::{Meeting, Subject};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::RowAccessor as _;
use proptest::prelude::*;

use super::super::day::Day;
use super::*;

const STORE: &str = "5f0c";

fn sink(directory: &Path) -> Parquet {
    Parquet::new(ParquetSettings {
        directory: directory.to_owned(),
    })
}

fn change(number: i64, what: What) -> Change {
    Change {
        what,
        ..fixture::change(number)
    }
}

/// A meeting at an hour of the week that begins on Monday, 9 March 2026.
fn meeting(id: &str, hour: i64) -> Meeting {
    let start = Day::from_date("2026-03-09").unwrap().start() + hour * 3_600;
    let What::Meeting(_, meeting) = fixture::change(1).what else {
        panic!("a change of a meeting was expected");
    };
    Meeting {
        id: id.into(),
        start,
        end: start + 3_600,
        ..meeting
    }
}

fn added(number: i64, id: &str, hour: i64) -> Change {
    change(number, What::Meeting(ChangeKind::Added, meeting(id, hour)))
}

fn removed(number: i64, id: &str, hour: i64) -> Change {
    change(number, What::Meeting(ChangeKind::Removed, meeting(id, hour)))
}

fn begin(number: i64) -> Change {
    change(number, What::SnapshotBegin)
}

fn end(number: i64, hour: i64) -> Change {
    let from = meeting("", hour).start;
    change(number, What::SnapshotEnd { from, meetings: 0 })
}

/// Delivers a batch as the collector does, and lets the sink write its files.
async fn deliver(sink: &mut Parquet, changes: &[Change]) -> Result<(), SinkError> {
    sink.applied(STORE).await?;
    sink.deliver(changes).await?;
    sink.settle().await
}

/// What is in the files: `date room id`.
fn written(directory: &Path) -> Vec<String> {
    let tree = Tree::new(directory);
    let mut found = Vec::new();
    for (source, day) in tree.found("meetings").unwrap() {
        let date = day.date();
        let path = directory.join(format!("meetings/source={source}/date={date}/part.parquet"));
        let reader = SerializedFileReader::new(fs::File::open(path).unwrap()).unwrap();
        for row in reader.get_row_iter(None).unwrap() {
            let row = row.unwrap();
            let start = row.get_timestamp_millis(6).unwrap() / 1_000;
            assert_eq!(Day::of(start).date(), date, "{row}");
            found.push(format!(
                "{date} {} {}",
                row.get_string(1).unwrap(),
                row.get_string(2).unwrap()
            ));
        }
    }
    found
}

#[tokio::test]
async fn a_meeting_that_moves_leaves_its_old_day_and_a_removed_one_its_file() {
    let directory = tempfile::tempdir().unwrap();
    let mut sink = sink(directory.path());
    deliver(&mut sink, &[added(1, "a", 10), added(2, "b", 34)])
        .await
        .unwrap();
    assert_eq!(
        written(directory.path()),
        ["2026-03-09 Conf A a", "2026-03-10 Conf A b"]
    );
    deliver(&mut sink, &[added(3, "a", 35)]).await.unwrap();
    assert_eq!(
        written(directory.path()),
        ["2026-03-10 Conf A b", "2026-03-10 Conf A a"]
    );
    deliver(
        &mut sink,
        &[
            removed(4, "a", 35),
            removed(5, "b", 34),
            removed(6, "never there", 34),
        ],
    )
    .await
    .unwrap();
    assert!(written(directory.path()).is_empty());
    assert!(!directory.path().join("meetings/source=contoso").exists());
}

#[tokio::test]
async fn repeats_change_nothing_and_what_was_not_taken_comes_after_them() {
    let directory = tempfile::tempdir().unwrap();
    let mut first = sink(directory.path());
    let batch = [added(1, "a", 10), added(2, "a", 34), removed(3, "b", 10)];
    deliver(&mut first, &batch).await.unwrap();
    let mut second = sink(directory.path());
    assert_eq!(second.applied(STORE).await.unwrap(), Some(3));
    second
        .deliver(&[&batch[..], &[added(4, "b", 12)]].concat())
        .await
        .unwrap();
    // Taken, though nothing is written yet.
    assert_eq!(sink(directory.path()).applied(STORE).await.unwrap(), Some(4));
    assert_eq!(written(directory.path()), ["2026-03-10 Conf A a"]);
    // Another program writes what the last one left.
    deliver(&mut sink(directory.path()), &batch).await.unwrap();
    assert_eq!(
        written(directory.path()),
        ["2026-03-09 Conf A b", "2026-03-10 Conf A a"]
    );
}

#[tokio::test]
async fn the_end_of_a_snapshot_removes_what_it_did_not_bring_and_keeps_what_is_older() {
    let directory = tempfile::tempdir().unwrap();
    let mut sink = sink(directory.path());
    let stored = [
        added(1, "old", 1),
        added(2, "gone", 34),
        added(3, "stays", 35),
        added(4, "late", 58),
    ];
    deliver(&mut sink, &stored).await.unwrap();
    let kept = directory
        .path()
        .join("meetings/source=contoso/date=2026-03-11/part.parquet");
    let before = fs::metadata(&kept).unwrap().modified().unwrap();
    // Broken off, and begun again in another batch.
    deliver(&mut sink, &[begin(5), added(6, "gone", 34)])
        .await
        .unwrap();
    deliver(&mut sink, &[begin(7), added(8, "stays", 35)])
        .await
        .unwrap();
    deliver(&mut sink, &[added(9, "late", 58), end(10, 24)])
        .await
        .unwrap();
    let left = [
        "2026-03-09 Conf A old",
        "2026-03-10 Conf A stays",
        "2026-03-11 Conf A late",
    ];
    assert_eq!(written(directory.path()), left);
    assert_eq!(
        fs::metadata(&kept).unwrap().modified().unwrap(),
        before,
        "it is what it was"
    );
    let error = deliver(&mut sink, &[end(11, 24)]).await.unwrap_err();
    assert_eq!(error.cause, Cause::OutOfStep, "{error}");
}

#[tokio::test]
async fn a_room_with_a_new_name_has_it_on_all_days() {
    let directory = tempfile::tempdir().unwrap();
    let mut sink = sink(directory.path());
    deliver(&mut sink, &[added(1, "a", 10), added(2, "b", 34)])
        .await
        .unwrap();
    let renamed = Change {
        room_name: "Atrium".into(),
        ..added(3, "c", 35)
    };
    deliver(&mut sink, &[renamed]).await.unwrap();
    assert_eq!(
        written(directory.path()),
        [
            "2026-03-09 Atrium a",
            "2026-03-10 Atrium b",
            "2026-03-10 Atrium c"
        ]
    );
}

#[tokio::test]
async fn a_day_that_cannot_be_written_is_written_later() {
    let directory = tempfile::tempdir().unwrap();
    let mut sink = sink(directory.path());
    let source = directory.path().join("meetings/source=contoso");
    fs::create_dir_all(&source).unwrap();
    fs::write(source.join("date=2026-03-10"), "").unwrap();
    let error = deliver(&mut sink, &[added(1, "a", 10), added(2, "b", 34)])
        .await
        .unwrap_err();
    assert!(error.to_string().contains("date=2026-03-10"), "{error}");
    fs::remove_file(source.join("date=2026-03-10")).unwrap();
    sink.settle().await.unwrap();
    assert_eq!(
        written(directory.path()),
        ["2026-03-09 Conf A a", "2026-03-10 Conf A b"]
    );
}

#[tokio::test]
async fn without_its_state_the_sink_has_nothing_and_files_are_right_as_far_back_as_it_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let mut first = sink(directory.path());
    let stored = [added(1, "old", 1), added(2, "gone", 34), added(3, "stays", 58)];
    deliver(&mut first, &stored).await.unwrap();
    fs::remove_dir_all(directory.path().join(".collector")).unwrap();
    // It is told before anything else is delivered, even to a program that still runs.
    let error = first.deliver(&[added(4, "new", 59)]).await.unwrap_err();
    assert_eq!(error.cause, Cause::OutOfStep, "{error}");
    assert_eq!(first.applied(STORE).await.unwrap(), Some(0));
    deliver(&mut first, &[begin(5), added(6, "stays", 58), end(7, 20)])
        .await
        .unwrap();
    assert_eq!(
        written(directory.path()),
        ["2026-03-09 Conf A old", "2026-03-11 Conf A stays"]
    );
}

#[tokio::test]
async fn a_withheld_subject_is_nowhere_in_the_files() {
    let directory = tempfile::tempdir().unwrap();
    let mut sink = sink(directory.path());
    let day = directory
        .path()
        .join("meetings/source=contoso/date=2026-03-09/part.parquet");
    let has = || {
        fs::read(&day)
            .unwrap()
            .windows(11)
            .any(|window| window == b"Weekly sync")
    };
    deliver(&mut sink, &[added(1, "a", 10)]).await.unwrap();
    assert!(has());
    let withheld = fixture::with(added(2, "a", 10), |meeting| meeting.subject = Subject::Withheld);
    deliver(&mut sink, &[withheld]).await.unwrap();
    assert!(!has());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn whatever_is_told_and_repeated_the_files_have_what_is_there(
        told in prop::collection::vec((0_u8..6, 0_i64..96, prop::bool::weighted(0.3), 0_usize..3), 1..30)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let directory = tempfile::tempdir().unwrap();
            let mut there = BTreeMap::new();
            let mut changes: Vec<Change> = Vec::new();
            let mut receiver = sink(directory.path());
            for (index, (id, hour, gone, repeated)) in told.into_iter().enumerate() {
                let number = i64::try_from(index).unwrap() + 1;
                let id = id.to_string();
                changes.push(if gone {
                    there.remove(&id);
                    removed(number, &id, hour)
                } else {
                    there.insert(id.clone(), hour);
                    added(number, &id, hour)
                });
                receiver.applied(STORE).await.unwrap();
                receiver.deliver(&changes[index.saturating_sub(repeated)..]).await.unwrap();
                match repeated {
                    0 => receiver.settle().await.unwrap(),
                    1 => receiver = sink(directory.path()),
                    _ => {}
                }
            }
            receiver.settle().await.unwrap();
            let mut expected: Vec<String> = there
                .iter()
                .map(|(id, hour)| format!("{} Conf A {id}", Day::of(meeting(id, *hour).start).date()))
                .collect();
            expected.sort_unstable();
            let mut written = written(directory.path());
            written.sort_unstable();
            assert_eq!(written, expected);
        });
    }
}

#[tokio::test]
async fn trying_a_directory_leaves_it_as_it_was() {
    let above = tempfile::tempdir().unwrap();
    let lake = above.path().join("data/lake");
    let found = sink(&lake).try_out().await.unwrap();
    assert!(
        found.ends_with("lake does not exist yet, and can be created."),
        "{found}"
    );
    assert_eq!(fs::read_dir(above.path()).unwrap().count(), 0);
    fs::create_dir_all(&lake).unwrap();
    let found = sink(&lake).try_out().await.unwrap();
    assert!(found.ends_with("lake exists and can be written."), "{found}");
    assert_eq!(fs::read_dir(&lake).unwrap().count(), 0);
    sink(&lake).applied(STORE).await.unwrap();
    let found = sink(&lake).try_out().await.unwrap();
    assert!(
        found.ends_with("lake has files of a sink, and can be written."),
        "{found}"
    );
    let file = above.path().join("file");
    fs::write(&file, "").unwrap();
    let error = sink(&file.join("lake")).try_out().await.unwrap_err().message;
    assert!(error.contains("cannot be written"), "{error}");
}
