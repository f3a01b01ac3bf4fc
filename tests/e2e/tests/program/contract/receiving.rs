//! What commands do with sources that receive: they are listed, and not collected.

use e2e::{Source, Workplace};
use graph_sim::{Event, Room, Simulator, Tenant};
use serde_json::{Value, json};

const SENSORS: &str = "[[source]]\nname = \"sensors\"\nreceive = { token = { file = \"token\" } }\n";
const RECORD: &str = r#"{"type":"usage","source":"sensors","space":"a","key":"k","revision":1,"withdrawn":false,"kind":"presence","form":"change","start":"2026-03-10T10:00:00Z","value":true}"#;

#[test]
fn a_source_that_receives_is_checked_listed_imported_into_and_removed() {
    let workplace = Workplace::fresh(SENSORS, &[]).unwrap();
    let check = workplace.run(&["config", "check"]).unwrap();
    assert_eq!(
        (check.code, check.stdout.as_str()),
        (
            0,
            "collector.toml: no mistakes; 1 source, 0 sinks. To check it against connectors and servers too, run `collector validate`.\n"
        )
    );
    let check = workplace.run(&["config", "check", "--format", "json"]).unwrap();
    let check: Value = serde_json::from_str(&check.stdout).unwrap();
    assert_eq!(
        check,
        json!({"sources": 1, "receiving": ["sensors"], "sinks": 0, "problems": []})
    );
    let import = ["usage", "import", "--source", "sensors", "-"];
    let imported = workplace.run_with_input(&import, RECORD).unwrap();
    assert_eq!(imported.code, 0, "{}", imported.stderr);
    let status = workplace.run(&["status", "--source", "sensors"]).unwrap();
    assert_eq!(status.code, 0, "{}", status.stderr);
    assert!(
        status.stdout.contains("Source that receives") && status.stdout.contains("sensors"),
        "{}",
        status.stdout
    );
    let removed = workplace.run(&["remove", "sensors", "--purge", "--yes"]).unwrap();
    assert_eq!(removed.code, 0, "{}", removed.stderr);
    let exported = workplace.run(&["usage", "export"]).unwrap();
    assert_eq!(exported.stdout, "");
    let gone = std::fs::read_to_string(workplace.path().join("collector.toml")).unwrap();
    assert!(!gone.contains("sensors"), "{gone}");
}

#[test]
fn what_collects_leaves_it_out_and_says_so_when_it_is_named() {
    let room = Room::new("conf-a@contoso.com", "Conf A").event(Event::new(
        "Meeting",
        "2026-03-10T10:00:00Z",
        "2026-03-10T11:00:00Z",
    ));
    let simulator = Simulator::start(Tenant::new("contoso.com").room(room)).unwrap();
    let contoso = Source::contoso(&simulator).to_string();
    let workplace = Workplace::new(&format!("{SENSORS}{contoso}"), &["o365"]).unwrap();
    let collected = workplace.collect(&[]).unwrap();
    assert_eq!(
        (collected.code, collected.stdout.lines().count()),
        (0, 1),
        "{}",
        collected.stderr
    );
    assert!(!collected.stderr.contains("sensors"), "{}", collected.stderr);
    for command in ["run-once", "rooms", "validate", "export"] {
        let ended = workplace.run(&[command, "--source", "sensors"]).unwrap();
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{command}");
        assert_eq!(
            ended.stderr,
            "error: source \"sensors\" receives usage records and is not collected; `collector status` shows when the last one came\n",
            "{command}"
        );
    }
    // With nothing else, there is nothing to collect.
    workplace.configure(SENSORS).unwrap();
    for command in ["run-once", "rooms", "validate"] {
        let ended = workplace.run(&[command]).unwrap();
        assert_eq!(
            (ended.code, ended.stderr.as_str()),
            (
                2,
                "error: every source in collector.toml receives usage records, and none is collected; add one with a `connector`\n"
            ),
            "{command}"
        );
    }
}
