//! Tests of what the reader of a pipe sees.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use collector_model::change::Change;
use tempfile::TempDir;

use crate::jsonl::Jsonl;
use crate::{JsonlSettings, Sink, Target};
use collector_model::fixture::{change, with};
use collector_model::meeting::Subject;

/// The time after which an operation that must not end is known not to.
const MOMENT: Duration = Duration::from_millis(200);

struct Situation {
    sink: Jsonl,
    path: PathBuf,
    _directory: TempDir,
}

fn sink(path: &Path) -> Jsonl {
    Jsonl::new(JsonlSettings {
        target: Target::File(path.to_owned()),
        rotate: 1 << 20,
        keep: 2,
    })
}

fn situation() -> Situation {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    Situation {
        sink: sink(&path),
        path,
        _directory: directory,
    }
}

/// More than a pipe holds, with some lines longer than an atomic write.
fn many(numbers: std::ops::Range<i64>) -> Vec<Change> {
    numbers
        .map(|number| {
            if number % 50 == 0 {
                long(number)
            } else {
                change(number)
            }
        })
        .collect()
}

fn long(number: i64) -> Change {
    with(change(number), |meeting| {
        meeting.subject = Subject::Text("long ".repeat(2_000))
    })
}

/// A reader, once the pipe has a writer.
async fn reader(path: &Path) -> BufReader<File> {
    let path = path.to_owned();
    let opened = tokio::task::spawn_blocking(move || File::open(path).unwrap());
    BufReader::new(opened.await.unwrap())
}

/// Retries until a process reads, as the collector does.
async fn until_taken(sink: &mut Jsonl, changes: Vec<Change>) {
    while let Err(error) = sink.deliver(&changes).await {
        assert!(error.to_string().contains("no process reads the pipe"), "{error}");
        tokio::task::yield_now().await;
    }
}

async fn numbers(mut reader: BufReader<File>, count: usize) -> (Vec<i64>, BufReader<File>) {
    tokio::task::spawn_blocking(move || {
        let mut numbers = Vec::new();
        for _ in 0..count {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let change: serde_json::Value = serde_json::from_str(&line).unwrap();
            let id = change["change_id"].as_str().unwrap();
            numbers.push(id.rsplit_once('-').unwrap().1.parse().unwrap());
        }
        (numbers, reader)
    })
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_that_nobody_reads_takes_nothing() {
    let mut situation = situation();
    let error = situation.sink.deliver(&many(1..3)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "no process reads the pipe {}; start its reader",
            situation.path.display()
        )
    );
    assert_eq!(situation.sink.applied("5f0c").await, Ok(None));
    let (reader, ()) = tokio::join!(
        reader(&situation.path),
        until_taken(&mut situation.sink, many(1..3))
    );
    let (found, reader) = numbers(reader, 2).await;
    assert_eq!(found, [1, 2]);
    // Between two batches the reader sees no end.
    situation.sink.deliver(&many(3..5)).await.unwrap();
    let (found, mut reader) = numbers(reader, 2).await;
    assert_eq!(found, [3, 4]);
    drop(situation.sink);
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_pauses_gets_every_line_whole_once_and_in_order() {
    let mut situation = situation();
    let all = many(1..1_001);
    let (reader, _) = tokio::join!(
        reader(&situation.path),
        // The reader reads nothing yet, so this does not end.
        async {
            while let Ok(Err(_)) = tokio::time::timeout(MOMENT, situation.sink.deliver(&all[..500])).await {
                tokio::task::yield_now().await;
            }
        }
    );
    for _ in 0..3 {
        let tried = tokio::time::timeout(MOMENT, situation.sink.deliver(&all[..500])).await;
        assert!(tried.is_err(), "{tried:?}");
    }
    let (delivered, (found, _)) = tokio::join!(
        async {
            situation.sink.deliver(&all[..500]).await?;
            situation.sink.deliver(&all[500..]).await
        },
        numbers(reader, 1_000)
    );
    delivered.unwrap();
    assert_eq!(found, (1..=1_000).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_goes_away_in_the_middle_leaves_the_whole_batch_to_the_next() {
    let mut situation = situation();
    let all = many(1..501);
    let (reader_1, _) = tokio::join!(reader(&situation.path), async {
        while let Ok(Err(_)) = tokio::time::timeout(MOMENT, situation.sink.deliver(&all)).await {
            tokio::task::yield_now().await;
        }
    });
    let (found, reader_1) = numbers(reader_1, 3).await;
    assert_eq!(found, [1, 2, 3]);
    drop(reader_1);
    let error = situation.sink.deliver(&all).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "no process reads the pipe {}; start its reader",
            situation.path.display()
        )
    );
    let (found, ()) = tokio::join!(
        async { numbers(reader(&situation.path).await, 500).await.0 },
        until_taken(&mut situation.sink, all.clone())
    );
    assert_eq!(found, (1..=500).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_pipe_of_the_same_name_is_found() {
    let mut situation = situation();
    let (reader_1, ()) = tokio::join!(
        reader(&situation.path),
        until_taken(&mut situation.sink, many(1..2))
    );
    std::fs::rename(&situation.path, situation.path.with_extension("old")).unwrap();
    assert!(
        Command::new("mkfifo")
            .arg(&situation.path)
            .status()
            .unwrap()
            .success()
    );
    let (reader_2, ()) = tokio::join!(
        reader(&situation.path),
        until_taken(&mut situation.sink, many(2..3))
    );
    assert_eq!(numbers(reader_1, 1).await.0, [1]);
    assert_eq!(numbers(reader_2, 1).await.0, [2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_that_is_made_anew_in_the_middle_of_a_line_writes_behind_its_end() {
    let mut situation = situation();
    // Each is longer than an atomic write.
    let first: Vec<Change> = (1..50).map(long).collect();
    let (mut reader, _) = tokio::join!(reader(&situation.path), async {
        while let Ok(Err(_)) = tokio::time::timeout(MOMENT, situation.sink.deliver(&first)).await {
            tokio::task::yield_now().await;
        }
    });
    drop(situation.sink);
    let mut anew = sink(&situation.path);
    let next = [change(1_000)];
    let (delivered, last) = tokio::join!(
        anew.deliver(&next),
        tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            while !line.contains("5f0c-1000") {
                line.clear();
                // Between two sinks the pipe may have no writer.
                if reader.read_line(&mut line).unwrap() > 0 {
                    serde_json::from_str::<serde_json::Value>(&line).unwrap();
                }
            }
        })
    );
    delivered.unwrap();
    last.unwrap();
}
