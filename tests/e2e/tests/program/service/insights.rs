//! What a sink that asks for insights is told: each verdict and each day that is over, again when it changes, and never anything else.

use std::collections::{BTreeMap, BTreeSet};

use e2e::{Service, Workplace};
use serde_json::{Value, json};

use crate::contract::figures::{Kept, kept};

const SINKS: &str = "[service]\nlisten = \"off\"\n[portal]\nlisten = \"off\"\n\
    [[sink]]\nname = \"told\"\ntype = \"jsonl\"\npath = \"told.jsonl\"\ninsights = true\n\
    [[sink]]\nname = \"plain\"\ntype = \"jsonl\"\npath = \"plain.jsonl\"\n";
const ROOMS: usize = 3;

/// What identifies the thing that a line is about: the kind, the room, and the booking or the date.
type Thing = (String, String, String);

fn lines(workplace: &Workplace, name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(workplace.path().join(name)).unwrap_or_default();
    // The last line may be half written.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn text<'a>(line: &'a Value, key: &str) -> &'a str {
    line[key].as_str().unwrap_or_default()
}

/// What was told of verdicts and days, with its ids, in order.
fn told(workplace: &Workplace) -> Vec<(Thing, String)> {
    let is_told = |line: &&Value| ["verdict", "day"].contains(&text(line, "change"));
    lines(workplace, "told.jsonl")
        .iter()
        .filter(is_told)
        .map(|line| {
            let what = format!("{}{}", text(line, "id"), text(line, "date"));
            let thing = (
                text(line, "change").to_owned(),
                text(line, "room").to_owned(),
                what,
            );
            (thing, text(line, "change_id").to_owned())
        })
        .collect()
}

/// The last id of each thing: what a receiver has.
fn received(told: &[(Thing, String)]) -> BTreeMap<Thing, String> {
    told.iter().cloned().collect()
}

/// The last line about a thing, without what is only of the delivery.
fn content(workplace: &Workplace, is_it: impl Fn(&Value) -> bool) -> Value {
    let mut line = lines(workplace, "told.jsonl").into_iter().rfind(is_it).unwrap();
    for key in ["change_id", "change", "changed_at", "after"] {
        line.as_object_mut().unwrap().remove(key).unwrap();
    }
    line
}

/// Starts the service, and waits until it has nothing more to tell.
fn tell(workplace: &Workplace, enough: impl Fn(&[(Thing, String)]) -> bool) -> Service {
    let mut service = Service::start(workplace).unwrap();
    service
        .wait_for("what is to be told", |_| enough(&told(workplace)).then_some(()))
        .unwrap();
    service
}

/// Whether all five verdicts were told, and of each room the same dates up to yesterday.
fn is_all(told: &[(Thing, String)]) -> bool {
    let mut dates: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut verdicts = BTreeSet::new();
    for ((kind, room, what), _) in told {
        if kind == "day" {
            dates.entry(room).or_default().insert(what);
        } else {
            verdicts.insert(what);
        }
    }
    let first = dates.values().next();
    let recent = (e2e::now() - chrono::Duration::days(2))
        .format("%Y-%m-%d")
        .to_string();
    verdicts.len() == 5
        && dates.len() == ROOMS
        && dates.values().all(|of_room| Some(of_room) == first)
        && first.is_some_and(|dates| dates.last().is_some_and(|last| *last >= recent.as_str()))
}

#[test]
fn a_sink_that_asks_is_told_verdicts_and_days_and_what_changes_later() {
    let Kept { workplace, .. } = kept(SINKS);
    let service = tell(&workplace, is_all);
    let first = told(&workplace);
    assert_eq!(received(&first).len(), first.len(), "something was told twice");

    let period = ["--from", "2026-03-09", "--to", "2026-03-14"];
    let asked = [&["verdicts", "--format", "jsonl"][..], &period].concat();
    let verdicts = || -> Vec<Value> {
        let printed = workplace.run(&asked).unwrap().stdout;
        printed
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    for verdict in verdicts() {
        let id = text(&verdict, "id").to_owned();
        assert_eq!(
            content(&workplace, |line| text(line, "id") == id
                && line["change"] == "verdict"),
            verdict
        );
    }
    is_that_of_a_report(&workplace);
    assert!(!lines(&workplace, "plain.jsonl").is_empty());
    let is_meeting = |line: &Value| !["verdict", "day"].contains(&text(line, "change"));
    assert!(lines(&workplace, "plain.jsonl").iter().all(is_meeting));

    // A record comes late, after a kill: one verdict and one day are others, and nothing else is told.
    service.kill().unwrap();
    let late = json!({
        "type": "usage", "source": "sensors", "space": "lobby", "device": null, "key": "late", "revision": 1, "withdrawn": false, "kind": "people-count",
        "form": "sample", "start": "2026-03-10T13:05:00Z", "value": 3, "resolution": 1_800
    });
    let import = ["usage", "import", "--source", "sensors", "-"];
    let imported = workplace.run_with_input(&import, &late.to_string()).unwrap();
    assert_eq!(imported.code, 0, "{}", imported.stderr);
    let before = received(&first);
    let others = |told: &[(Thing, String)]| -> Vec<Thing> {
        let now = received(told);
        now.into_iter()
            .filter(|(thing, id)| before.get(thing) != Some(id))
            .map(|(thing, _)| thing)
            .collect()
    };
    let service = tell(&workplace, |told| others(told).len() >= 2);
    let room = "conf-b@contoso.com";
    let changed = verdicts()
        .into_iter()
        .find(|line| text(line, "start") == "2026-03-10T13:00:00Z")
        .unwrap();
    assert_eq!(changed["verdict"], "attended");
    assert_eq!(
        others(&told(&workplace)),
        [
            ("day".to_owned(), room.to_owned(), "2026-03-10".to_owned()),
            (
                "verdict".to_owned(),
                room.to_owned(),
                text(&changed, "id").to_owned()
            ),
        ]
    );
    is_that_of_a_report(&workplace);
    service.kill().unwrap();

    // Without what was kept, everything is told again, and a receiver sees by the ids that it has all of it.
    let second = told(&workplace);
    let has = received(&second);
    std::fs::remove_file(workplace.path().join("data/insights.sqlite3")).unwrap();
    let service = tell(&workplace, |told| is_all(&told[second.len()..]));
    let repeated = told(&workplace).split_off(second.len());
    assert_eq!(received(&repeated), has);
    assert_eq!(repeated.len(), has.len());
    let (status, said) = service.stop().unwrap();
    assert_eq!(status.code(), Some(0), "{said}");
}

/// The told days of a week are those of reports of one room and one date.
fn is_that_of_a_report(workplace: &Workplace) {
    for room in ["conf-a", "conf-b", "conf-c"].map(|name| format!("{name}@contoso.com")) {
        let arguments = [
            "report",
            "--from",
            "2026-03-09",
            "--to",
            "2026-03-14",
            "--by",
            "date",
            "--format",
            "json",
        ];
        let ended = workplace
            .run(&[&arguments[..], &["--room", &room]].concat())
            .unwrap();
        let report: Value = serde_json::from_str(&ended.stdout).unwrap();
        for group in report["groups"].as_array().unwrap() {
            let day = content(workplace, |line| {
                line["date"] == group["key"] && line["room"] == *room
            });
            for (key, value) in day.as_object().unwrap() {
                match key.as_str() {
                    "source" => assert_eq!(value, "contoso"),
                    "room" => assert_eq!(*value, *room),
                    "date" => assert_eq!(*value, group["key"]),
                    "definitions" => assert_eq!(*value, 1),
                    _ => assert_eq!(*value, group[key], "{key} of {room} on {}", group["key"]),
                }
            }
        }
    }
}

#[test]
fn a_kill_while_a_sink_is_told_loses_nothing_and_repeats_have_the_same_ids() {
    let Kept { workplace, .. } = kept(SINKS);
    for enough in [1, 300] {
        let service = tell(&workplace, |told| told.len() >= enough);
        service.kill().unwrap();
    }
    drop(tell(&workplace, is_all));
    let all = told(&workplace);
    let ids: BTreeSet<&String> = all.iter().map(|(_, id)| id).collect();
    assert_eq!(ids.len(), received(&all).len(), "a repeat has another id");
}

#[test]
fn a_sink_that_begins_to_ask_is_told_everything_that_is_stored() {
    let silent = SINKS.replace("insights = true\n", "");
    let Kept { workplace, .. } = kept(&silent);
    let mut service = Service::start(&workplace).unwrap();
    service
        .wait_for("the meetings", |_| {
            (lines(&workplace, "told.jsonl").len() >= 5).then_some(())
        })
        .unwrap();
    assert_eq!(
        workplace
            .run(&["report", "--from", "2026-03-09", "--to", "2026-03-10"])
            .unwrap()
            .code,
        0
    );
    service.stop().unwrap();
    assert_eq!(told(&workplace), []);
    let configuration = std::fs::read_to_string(workplace.path().join("collector.toml")).unwrap();
    let asking = configuration.replace(
        "path = \"told.jsonl\"\n",
        "path = \"told.jsonl\"\ninsights = true\n",
    );
    workplace.configure(&asking).unwrap();
    tell(&workplace, is_all);
}

#[test]
fn a_sink_that_is_refilled_is_told_everything_again_under_the_same_ids() {
    let Kept { workplace, .. } = kept(SINKS);
    tell(&workplace, is_all).stop().unwrap();
    let before = told(&workplace);
    let ended = workplace.run(&["sinks", "refill", "told"]).unwrap();
    assert_eq!(
        ended.stdout,
        "All stored meetings, verdicts and days are delivered to told again.\n"
    );
    tell(&workplace, |told| is_all(&told[before.len()..]))
        .stop()
        .unwrap();
    let again = told(&workplace).split_off(before.len());
    assert_eq!(received(&again), received(&before));
}
