//! Sinks that are added, changed and removed.

use serde_json::json;

use super::super::*;
use super::{WHOLE, changed};

const SINKS: &str = r#"# Where it goes.
[[sink]]                # the first
name = "file"
type = "jsonl"
# not on the network
path = "changes.jsonl"

# The bus.
[[sink]]
name = "bus"
type = "nats"
url = "tls://nats.example.com"
token = { env = "NATS_TOKEN" }   # rotates

[service]
grace = "5s"
"#;

#[test]
fn a_sink_is_added_at_the_end_and_removed_without_a_trace() {
    let new = json!({
        "name": "hook", "type": "webhook", "url": "https://rooms.example.com", "secret": { "stored": "hook" }, "insights": true,
    });
    let with = changed(WHOLE, |file| file.put_sink(None, &new));
    assert_eq!(
        with.strip_prefix(WHOLE).unwrap(),
        r#"
[[sink]]
name = "hook"
type = "webhook"
url = "https://rooms.example.com"
insights = true
secret = { stored = "hook" }
"#
    );
    assert_eq!(changed(&with, |file| file.remove_sink("hook")), WHOLE);
}

#[test]
fn only_what_differs_is_written_and_other_sinks_and_comments_stay() {
    let new = json!({
        "name": "bus", "type": "nats", "url": "tls://nats.example.com", "stream": "ROOMS", "token": { "env": "NATS_TOKEN" },
    });
    let with = changed(SINKS, |file| file.put_sink(Some("bus"), &new));
    assert_eq!(
        with,
        SINKS.replace("# rotates\n", "# rotates\nstream = \"ROOMS\"\n")
    );
    let credentials = json!({
        "name": "bus", "type": "nats", "url": "tls://nats.example.com", "credentials": { "stored": "bus" },
    });
    let with = changed(SINKS, |file| file.put_sink(Some("bus"), &credentials));
    assert!(with.contains("\ncredentials = { stored = \"bus\" }\n"), "{with}");
    assert!(!with.contains("NATS_TOKEN"), "{with}");
    let without = changed(SINKS, |file| file.remove_sink("file"));
    assert!(without.starts_with("# The bus.\n[[sink]]\n"), "{without}");
}

#[test]
fn a_source_and_a_sink_may_share_a_name_and_two_sinks_may_not() {
    let mut file = super::file(SINKS);
    let taken = json!({ "name": "bus", "type": "jsonl", "path": "x" });
    let error = file.put_sink(None, &taken).unwrap_err().to_string();
    assert!(error.contains("already has a sink \"bus\""), "{error}");
    file.add_source(&json!({ "name": "bus", "connector": "o365" }))
        .unwrap();
    let error = file.remove_sink("nothing").unwrap_err().to_string();
    assert!(error.contains("known sinks: file, bus"), "{error}");
    let mut inline = super::file("sink = [{ name = \"a\", type = \"jsonl\", path = \"a\" }]\n");
    assert!(matches!(
        inline.remove_sink("a"),
        Err(EditError::Unsupported { .. })
    ));
}
