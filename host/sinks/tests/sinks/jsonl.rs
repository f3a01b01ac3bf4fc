//! Tests of the sink that writes lines, as far as it is told more than changes of meetings.

use collector_sinks::{JsonlSettings, Sink, SinkSettings, Target, open};

use crate::kit::{after, change, verdict};

const ROOM: &str = "conf-a@contoso.com";

fn sink(path: &std::path::Path, rotate: u64) -> Box<dyn Sink> {
    open(SinkSettings::Jsonl(JsonlSettings {
        target: Target::File(path.to_owned()),
        rotate,
        keep: 3,
    }))
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_change_of_a_file_is_known_whatever_was_told_after_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("told.jsonl");
    let mut sink = sink(&path, 1 << 30);
    sink.tell(&after(0), &[verdict(ROOM, "m0", "no-show", 0)])
        .await
        .unwrap();
    assert_eq!(sink.applied("5f0c").await.unwrap(), Some(0));
    sink.deliver(&[change(6, ROOM), change(7, ROOM)]).await.unwrap();
    let insights = [
        verdict(ROOM, "m1", "attended", 1),
        verdict(ROOM, "m2", "no-show", 1),
    ];
    sink.tell(&after(7), &insights).await.unwrap();
    assert_eq!(sink.applied("5f0c").await.unwrap(), Some(7));
    assert_eq!(sink.applied("another").await.unwrap(), None);
    sink.deliver(&[change(9, ROOM)]).await.unwrap();
    assert_eq!(sink.applied("5f0c").await.unwrap(), Some(9));
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 6);
    assert_eq!(lines[3], insights[0].json(&after(7)));
    assert!(lines[3].starts_with("{\"change_id\":\"verdict-1-m1-attended\",\"change\":\"verdict\",\"changed_at\":\"2026-03-10T10:00:01Z\",\"after\":\"5f0c-7\",\"end\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_holds_nothing_but_insights_tells_the_last_change_before_them() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("told.jsonl");
    let mut sink = sink(&path, 10);
    sink.deliver(&[change(7, ROOM)]).await.unwrap();
    for number in 0..3 {
        let insight = verdict(ROOM, &format!("m{number}"), "no-show", number);
        sink.tell(&after(7), &[insight]).await.unwrap();
    }
    assert_eq!(sink.applied("5f0c").await.unwrap(), Some(7));
}
