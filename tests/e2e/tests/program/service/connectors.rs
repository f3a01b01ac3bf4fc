//! Connectors that are updated while the service runs, and what `plugins` and `approve` say of it.

use e2e::{Ended, Service, Source, Workplace};
use serde_json::{Value, json};

use crate::situation::SERVICE;

/// A service with a version of `hostile` that collects one room all the time.
fn workplace(orders: &str) -> Workplace {
    let source = Source::hostile("good@x").line("every = \"100ms\"");
    let workplace = Workplace::new(&format!("{source}{SERVICE}"), &["hostile"]).unwrap();
    put(&workplace, orders);
    workplace
}

/// Replaces the connector, as one should: by a rename.
fn put(workplace: &Workplace, orders: &str) {
    let hostile = std::fs::read(e2e::component("hostile").unwrap()).unwrap();
    workplace
        .write("plugins/.new", e2e::variant(&hostile, orders).unwrap())
        .unwrap();
    let plugins = workplace.path().join("plugins");
    std::fs::rename(plugins.join(".new"), plugins.join("hostile.wasm")).unwrap();
}

fn plugins(workplace: &Workplace) -> Value {
    let ended = workplace.run(&["plugins", "--format", "json"]).unwrap();
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    serde_json::from_str(&ended.stdout).unwrap()
}

/// Version and state of the one connector, and what happened, oldest first.
fn brief(workplace: &Workplace) -> (String, Vec<String>) {
    let plugins = plugins(workplace);
    let connector = &plugins["connectors"][0];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut events: Vec<String> = plugins["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| format!("{} {}", text(&event["event"]), text(&event["version"])))
        .collect();
    events.reverse();
    let now = format!("{} {}", text(&connector["version"]), text(&connector["state"]));
    (now, events)
}

fn wait_for(service: &mut Service, workplace: &Workplace, now: &str, events: &[&str]) {
    let expected = (
        now.to_owned(),
        events.iter().map(|event| (*event).to_owned()).collect::<Vec<_>>(),
    );
    service
        .wait_for(&format!("{expected:?}"), |_| {
            (brief(workplace) == expected).then_some(())
        })
        .unwrap();
}

fn lines(ended: &Ended) -> Vec<String> {
    ended
        .stdout
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn an_update_takes_over_and_one_whose_first_pass_traps_is_rolled_back() {
    let workplace = workplace("version=1.0.0");
    let mut service = Service::start(&workplace).unwrap();
    let mut events = vec!["installed 1.0.0", "proved 1.0.0"];
    wait_for(&mut service, &workplace, "1.0.0 good", &events);

    put(&workplace, "version=2.0.0");
    events.extend(["activated 2.0.0", "proved 2.0.0"]);
    wait_for(&mut service, &workplace, "2.0.0 good", &events);

    put(&workplace, "version=3.0.0 collect=trap");
    events.extend(["activated 3.0.0", "rolled-back 3.0.0"]);
    wait_for(&mut service, &workplace, "2.0.0 good", &events);
    let update = &plugins(&workplace)["connectors"][0]["update"];
    assert_eq!(update["state"], "rolled-back");
    let cause = update["cause"].as_str().unwrap();
    assert!(
        cause.starts_with("the first pass of source \"misdeeds\" with this version failed: "),
        "{cause}"
    );
    assert!(cause.ends_with("collect has a defect"), "{cause}");
    service.wait_for_passes("misdeeds", 2).unwrap();
    service.stop().unwrap();
    assert_eq!(
        brief(&workplace),
        (
            "2.0.0 good".into(),
            events.iter().map(|event| (*event).to_owned()).collect()
        )
    );
}

#[test]
fn what_wants_more_is_shown_with_the_command_that_approves_it() {
    let workplace = workplace("version=1.0.0");
    let mut service = Service::start(&workplace).unwrap();
    wait_for(
        &mut service,
        &workplace,
        "1.0.0 good",
        &["installed 1.0.0", "proved 1.0.0"],
    );
    put(
        &workplace,
        "version=2.0.0 hosts=https://b.example reveal=feed,key",
    );
    wait_for(
        &mut service,
        &workplace,
        "1.0.0 good",
        &["installed 1.0.0", "proved 1.0.0", "held 2.0.0"],
    );
    let shown = workplace.run(&["plugins"]).unwrap();
    assert_eq!((shown.code, shown.stderr.as_str()), (0, ""));
    let shown = lines(&shown);
    assert_eq!(
        shown[0],
        "Connector Version SHA-256 State Since Used by In the plugin directory"
    );
    assert!(shown[2].starts_with("hostile 1.0.0 "), "{shown:#?}");
    assert!(shown[2].ends_with(" misdeeds 2.0.0 held"), "{shown:#?}");
    assert_eq!(
        shown[3..9],
        [
            "",
            "hostile 2.0.0 is on hold: it wants more than was approved:",
            "host https://b.example",
            "credential key, to see its value",
            "To approve it: collector approve hostile",
            "",
        ]
    );
    assert_eq!(shown[9], "Time Event Connector Version SHA-256 Cause");
    let update = &plugins(&workplace)["connectors"][0]["update"];
    assert_eq!(
        update["wants"],
        json!({"hosts": ["https://b.example"], "secrets": ["key"], "reveal": ["key"]})
    );
    assert_eq!(update["approve"], "collector approve hostile");

    let unknown = workplace.run(&["approve", "hostil"]).unwrap();
    assert_eq!((unknown.code, unknown.stdout.as_str()), (2, ""));
    assert_eq!(
        unknown.stderr,
        "error: connector \"hostil\" has no version on hold; these versions wait for approval:\n  hostile 2.0.0 wants host \
         https://b.example, credential key, to see its value\n"
    );

    let approved = workplace.run(&["approve", "hostile"]).unwrap();
    assert_eq!((approved.code, approved.stderr.as_str()), (0, ""));
    assert_eq!(
        lines(&approved)[1..],
        [
            "host https://b.example",
            "credential key, to see its value",
            "A running service uses it within a second; otherwise the next start does.",
        ]
    );
    let events = [
        "installed 1.0.0",
        "proved 1.0.0",
        "held 2.0.0",
        "approved 2.0.0",
        "activated 2.0.0",
        "proved 2.0.0",
    ];
    wait_for(&mut service, &workplace, "2.0.0 good", &events);
    let again = workplace.run(&["approve", "hostile"]).unwrap();
    assert_eq!(
        (again.code, again.stderr.as_str()),
        (
            2,
            "error: connector \"hostile\" has no version on hold; nothing waits for approval\n"
        )
    );
}

#[test]
fn before_the_first_start_the_file_that_is_there_is_shown_and_nothing_can_be_approved() {
    let workplace = workplace("version=1.0.0");
    let shown = workplace.run(&["plugins", "--format", "json"]).unwrap();
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    let shown: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(
        (&shown["connectors"][0]["name"], &shown["connectors"][0]["state"]),
        (&"hostile".into(), &"new".into())
    );
    let ended = workplace.run(&["approve", "hostile"]).unwrap();
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
    assert_eq!(
        ended.stderr,
        "error: there is no store in data yet; `collector run` creates it and loads the connectors in plugins\n"
    );
    assert!(workplace.data().unwrap().is_empty(), "asking makes none");
}
