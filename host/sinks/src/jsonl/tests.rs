use std::path::Path;

use super::*;
use collector_model::fixture::change;

fn sink(path: &Path, rotate: u64) -> Jsonl {
    Jsonl::new(JsonlSettings {
        target: Target::File(path.to_owned()),
        rotate,
        keep: 2,
    })
}

fn numbers(path: &Path) -> Vec<i64> {
    std::fs::read_to_string(path)
        .unwrap_or_default()
        .lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            line["change_id"]
                .as_str()
                .unwrap()
                .split_once('-')
                .unwrap()
                .1
                .parse()
                .unwrap()
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_last_line_is_cut_off_and_comes_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("changes.jsonl");
    sink(&path, 1 << 30)
        .deliver(&[change(1), change(2)])
        .await
        .unwrap();
    let whole = std::fs::read(&path).unwrap();
    for torn in 1..whole.len() / 2 {
        std::fs::write(&path, &whole[..whole.len() - torn]).unwrap();
        sink(&path, 1 << 30)
            .deliver(&[change(2), change(3)])
            .await
            .unwrap();
        assert_eq!(numbers(&path), [1, 2, 3], "{torn} bytes were missing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_longer_than_a_block_that_was_torn_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("changes.jsonl");
    std::fs::write(&path, format!("{{\"change_id\":\"{}", "x".repeat(200_000))).unwrap();
    sink(&path, 1 << 30).deliver(&[change(1)]).await.unwrap();
    assert_eq!(numbers(&path), [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_somebody_else_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("letter.txt");
    std::fs::write(&path, "Dear reader").unwrap();
    let error = sink(&path, 1 << 30).deliver(&[change(1)]).await.unwrap_err();
    assert!(
        error.to_string().ends_with(
            "it does not end with a line of the collector; correct `path` in the sink, or move the file away"
        ),
        "{error}"
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "Dear reader");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_taken_away_is_made_anew() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("changes.jsonl");
    let mut sink = sink(&path, 1 << 30);
    sink.deliver(&[change(1)]).await.unwrap();
    std::fs::rename(&path, directory.path().join("taken.jsonl")).unwrap();
    sink.deliver(&[change(2)]).await.unwrap();
    assert_eq!(numbers(&path), [2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_put_aside_by_size_and_no_line_is_split() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("changes.jsonl");
    let mut sink = sink(&path, 500);
    for number in 1..=6 {
        sink.deliver(&[change(number)]).await.unwrap();
    }
    let aside = |number: u32| directory.path().join(format!("changes.jsonl.{number}"));
    assert_eq!(numbers(&path), [5, 6]);
    assert_eq!(numbers(&aside(1)), [3, 4]);
    assert_eq!(numbers(&aside(2)), [1, 2]);
    for number in 7..=9 {
        sink.deliver(&[change(number)]).await.unwrap();
    }
    assert_eq!(numbers(&path), [9]);
    assert_eq!(numbers(&aside(2)), [5, 6], "the oldest file was deleted");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_file_is_its_owners_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("changes.jsonl");
    sink(&path, 500).deliver(&[change(1)]).await.unwrap();
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_said() {
    let error = sink(Path::new("/dev/full"), 1 << 30)
        .deliver(&[change(1)])
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "/dev/full cannot be written: No space left on device (os error 28); free up space on the disk"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_is_not_there_is_said_and_once_it_is_there_the_batch_is_taken() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("later/changes.jsonl");
    let mut sink = sink(&path, 500);
    let error = sink.deliver(&[change(1)]).await.unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("create the directory, or correct `path` in the sink"),
        "{error}"
    );
    std::fs::create_dir(path.parent().unwrap()).unwrap();
    sink.deliver(&[change(1)]).await.unwrap();
    assert_eq!(numbers(&path), [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_whole_line_says_how_far_a_store_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("changes.jsonl");
    let mut sink = sink(&path, 1 << 30);
    assert_eq!(sink.applied("5f0c").await, Ok(None), "there is no file");
    sink.deliver(&[change(1), change(7)]).await.unwrap();
    assert_eq!(sink.applied("5f0c").await, Ok(Some(7)));
    assert_eq!(
        sink.applied("77aa").await,
        Ok(None),
        "the line is of another store"
    );

    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, [&whole[..], b"{\"change_id\":\"5f0c-9"].concat()).unwrap();
    assert_eq!(sink.applied("5f0c").await, Ok(Some(7)), "the last line is torn");
    let dashes = Change {
        store: "5f-0c".into(),
        ..change(9)
    };
    std::fs::write(&path, format!("{}\n", dashes.json())).unwrap();
    assert_eq!(sink.applied("5f-0c").await, Ok(Some(9)));
    for strange in ["", "\n", "Dear reader\n", "{}\n", "{\"change_id\":\"5f0c-x\"}\n"] {
        std::fs::write(&path, strange).unwrap();
        assert_eq!(sink.applied("5f0c").await, Ok(None), "{strange:?}");
    }
    std::fs::write(&path, format!("{}\n{}", "x".repeat(200_000), change(3).json())).unwrap();
    assert_eq!(
        sink.applied("5f0c").await,
        Ok(None),
        "the only whole line is foreign"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_put_aside_last_says_it_when_the_next_is_not_begun() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("changes.jsonl");
    let mut sink = sink(&path, 1 << 30);
    sink.deliver(&[change(4)]).await.unwrap();
    let aside = directory.path().join("changes.jsonl.1");
    std::fs::rename(&path, &aside).unwrap();
    assert_eq!(sink.applied("5f0c").await, Ok(Some(4)), "there is no file");
    std::fs::write(&path, "").unwrap();
    assert_eq!(sink.applied("5f0c").await, Ok(Some(4)), "the file is empty");
    sink.deliver(&[change(5)]).await.unwrap();
    assert_eq!(sink.applied("5f0c").await, Ok(Some(5)));
    std::fs::remove_file(&path).unwrap();
    std::fs::remove_file(&aside).unwrap();
    assert_eq!(sink.applied("5f0c").await, Ok(None), "all files were taken away");
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_output_and_a_directory_say_nothing() {
    let mut stdout = Jsonl::new(JsonlSettings {
        target: Target::Stdout,
        rotate: 1 << 30,
        keep: 2,
    });
    assert_eq!(stdout.applied("5f0c").await, Ok(None));
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(sink(directory.path(), 1 << 30).applied("5f0c").await, Ok(None));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_batch_is_being_written_however_often_it_is_tried() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("changes.jsonl");
    let mut sink = sink(&path, 1 << 30);
    // Like a reader that does not read.
    let (let_go, held) = std::sync::mpsc::channel::<()>();
    let hold = sink.thread().unwrap().run(move || held.recv());
    sink.time = Duration::from_millis(20);
    for changes in [vec![change(1), change(2)], vec![change(1), change(2), change(3)]] {
        for _ in 0..3 {
            assert_eq!(
                sink.deliver(&changes).await.unwrap_err().to_string(),
                "the output is not being read; check its reader"
            );
        }
    }
    assert!(!path.exists());
    let_go.send(()).unwrap();
    hold.await.unwrap().unwrap();
    sink.time = TIME;
    sink.deliver(&[change(1), change(2), change(3)]).await.unwrap();
    assert_eq!(numbers(&path), [1, 2, 3]);
    sink.deliver(&[change(1), change(2), change(3)]).await.unwrap();
    assert_eq!(
        numbers(&path),
        [1, 2, 3, 1, 2, 3],
        "changes that were written and come again are repeats"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_being_written_is_not_written_again_when_less_or_another_batch_comes() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("changes.jsonl");
    for (next, expected) in [
        (vec![change(2)], vec![1, 2, 3]),
        (vec![change(4), change(5)], vec![1, 2, 3, 4, 5]),
    ] {
        let mut sink = sink(&path, 1 << 30);
        let deliver = sink.write(format!(
            "{}\n{}\n{}\n",
            change(1).json(),
            change(2).json(),
            change(3).json()
        ));
        let result = deliver.await.unwrap();
        let changes = [1, 2, 3].map(|number| change(number).change_id()).into();
        sink.flight = Some(Flight { changes, result });
        sink.deliver(&next).await.unwrap();
        assert_eq!(numbers(&path), expected);
        std::fs::remove_file(&path).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_failed_in_flight_is_written_again_as_a_whole() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("changes.jsonl");
    let mut sink = sink(&path, 1 << 30);
    let (done, result) = oneshot::channel();
    let changes = [1, 2].map(|number| change(number).change_id()).into();
    sink.flight = Some(Flight { changes, result });
    done.send(Err(SinkError::new("the disk is full"))).unwrap();
    sink.deliver(&[change(1), change(2)]).await.unwrap();
    assert_eq!(numbers(&path), [1, 2]);
}

#[test]
fn the_end_of_the_program_does_not_wait_for_a_reader() {
    let directory = tempfile::tempdir().unwrap();
    let (let_go, held) = std::sync::mpsc::channel::<()>();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut sink = sink(&directory.path().join("changes.jsonl"), 1 << 30);
        let _hold = sink.thread().unwrap().run(move || held.recv());
        sink.time = Duration::from_millis(20);
        sink.deliver(&[change(1)]).await.unwrap_err();
    });
    // The sink is dropped while its write is still held up.
    drop(runtime);
    drop(let_go);
}

#[tokio::test(flavor = "multi_thread")]
async fn trying_a_file_changes_nothing_and_says_what_is_wrong() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("changes.jsonl");
    let found = sink(&path, 1 << 30).try_out().await.unwrap();
    assert!(
        found.ends_with("changes.jsonl does not exist yet, and can be created."),
        "{found}"
    );
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    // A line that another sink is just writing is not cut off.
    for content in [
        "",
        "{\"change_id\":\"a-1\"}\n",
        "{\"change_id\":\"a-1\"}\n{\"change_",
    ] {
        std::fs::write(&path, content).unwrap();
        let found = sink(&path, 1 << 30).try_out().await.unwrap();
        assert!(
            found.ends_with("changes.jsonl exists and can be written."),
            "{found}"
        );
        assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
    }
    std::fs::write(&path, "a letter to my aunt").unwrap();
    let error = sink(&path, 1 << 30).try_out().await.unwrap_err().message;
    assert!(
        error.contains("it does not end with a line of the collector; correct `path`"),
        "{error}"
    );
    let error = sink(directory.path(), 1 << 30)
        .try_out()
        .await
        .unwrap_err()
        .message;
    assert!(error.contains("cannot be written"), "{error}");
    let nowhere = directory.path().join("missing/changes.jsonl");
    let error = sink(&nowhere, 1 << 30).try_out().await.unwrap_err().message;
    assert!(
        error.contains("create the directory, or correct `path`"),
        "{error}"
    );
}
