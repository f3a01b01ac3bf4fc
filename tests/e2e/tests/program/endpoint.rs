//! Connectors that read what devices report, through the template for them: spaces are listed, their records stored, and what cannot be read
//! keeps what is stored.

use e2e::{Ended, Page, Pages, Workplace};
use serde_json::{Value, json};

const COUNT: &str = r#"{"type":"usage","key":"k1","revision":1,"device":"codec","kind":"people-count","form":"sample","start":"2026-03-10T10:00:00.7Z","value":4,"resolution":300}"#;
const OBSERVED: &str = r#"{"type":"coverage","key":"c1","revision":1,"device":"codec","kinds":["presence","people-count"],"start":"2026-03-10T08:00:00Z","end":"2026-03-10T18:00:00Z","state":"observed"}"#;

/// Long enough to read a few pages, and short enough to see a service throttle until its end.
const PASS_TIME: &str = "5s";

/// The API's list of spaces with these keys.
fn spaces(keys: &[&str]) -> Page {
    let space = |key: &&str| {
        json!({
            "key": key, "name": format!("Space {key}"), "address": format!("{key}@Contoso.com"), "capacity": 8,
            "kinds": ["people-count", "presence"]
        })
    };
    let spaces: Vec<Value> = keys.iter().map(space).collect();
    Page::new("/v1/spaces", &Value::from(spaces).to_string())
}

fn records(key: &str, records: &[&str]) -> Page {
    Page::new(&format!("/v1/spaces/{key}"), &format!("[{}]", records.join(",")))
}

fn workplace(server: &Pages) -> Workplace {
    let origin = server.origin();
    let configuration = format!(
        "[[source]]\nname = \"sensors\"\nconnector = \"template-endpoint\"\n\
         [source.settings]\nurl = \"{origin}/v1\"\n\
         [source.credentials]\nsensors = {{ env = \"O365_CLIENT_SECRET\" }}\n\
         [source.grants]\nhttp = [\"{origin}\"]\n\
         [source.limits]\npass-time = \"{PASS_TIME}\"\n"
    );
    Workplace::new(&configuration, &["template-endpoint"]).unwrap()
}

/// The exported records, each as its key and revision.
fn stored(workplace: &Workplace) -> Vec<String> {
    let ended = workplace.run(&["usage", "export"]).unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    ended
        .stdout
        .lines()
        .map(|line| {
            let record: Value = serde_json::from_str(line).unwrap();
            format!(
                "{} {} {}",
                record["space"].as_str().unwrap(),
                record["key"].as_str().unwrap(),
                record["revision"]
            )
        })
        .collect()
}

fn said(ended: &Ended, line: &str) {
    assert!(
        ended.stderr.lines().any(|said| said == line),
        "{line}\n{}",
        ended.stderr
    );
}

#[test]
fn what_devices_saw_is_collected_and_reading_it_again_changes_nothing() {
    let server = Pages::serve(&[
        spaces(&["a", "b"]),
        records("a", &[COUNT, OBSERVED]),
        records("b", &[]),
    ])
    .unwrap();
    let workplace = workplace(&server);
    let ended = workplace.collect(&[]).unwrap();
    assert_eq!((ended.code, ended.stdout.as_str()), (0, ""), "{}", ended.stderr);
    said(
        &ended,
        "sensors: spaces: 2 collected, 0 refused, 0 missing, 0 failed",
    );
    said(&ended, "sensors: records: 2 new, 0 replaced, 0 as before");
    assert!(!ended.stderr.contains("rooms:"), "{}", ended.stderr);
    let exported = workplace.run(&["usage", "export"]).unwrap().stdout;
    assert_eq!(
        exported,
        concat!(
            r#"{"type":"usage","source":"sensors","space":"a","device":"codec","key":"k1","revision":1,"withdrawn":false,"kind":"people-count","form":"sample","start":"2026-03-10T10:00:00Z","end":null,"value":4,"resolution":300}"#,
            "\n",
            r#"{"type":"coverage","source":"sensors","space":"a","device":"codec","key":"c1","revision":1,"withdrawn":false,"kinds":["presence","people-count"],"start":"2026-03-10T08:00:00Z","end":"2026-03-10T18:00:00Z","state":"observed","reason":null}"#,
            "\n"
        )
    );
    let again = workplace.collect(&[]).unwrap();
    said(&again, "sensors: records: 0 new, 0 replaced, 2 as before");
    assert_eq!(workplace.run(&["usage", "export"]).unwrap().stdout, exported);
    let asked = server.asked();
    assert_eq!(
        asked[1],
        format!(
            "/v1/spaces/a?from=1773014400&to=1773619200 Bearer {}",
            e2e::SECRET
        )
    );
}

#[test]
fn a_wrong_record_fails_its_space_and_nothing_of_it_is_kept() {
    let wrong = [
        (
            COUNT.replace(
                "2026-03-10T10:00:00.7Z\"",
                "2026-03-10T10:00:00Z\",\"end\":\"2026-03-10T09:00:00Z\"",
            ),
            "end: is before the start",
        ),
        (
            COUNT.replace("\"sample\"", "\"bucket\""),
            "end: of a bucket must be after its start",
        ),
        (
            COUNT
                .replace("people-count", "in-use")
                .replace("\"sample\",", "\"bucket\",\"end\":\"2026-03-10T11:00:00Z\",")
                .replace("\"value\":4", "\"value\":3601"),
            "value: of a bucket must be seconds from 0 to its length",
        ),
        (
            COUNT.replace("\"value\":4", "\"value\":true"),
            "value: of a people count must be a whole number",
        ),
        (COUNT.replace("\"k1\"", "\"\""), "key: is empty"),
        (
            COUNT.replace("\"k1\"", &format!("\"{}\"", "k".repeat(1_025))),
            "key: has more than 1024 bytes",
        ),
        (
            OBSERVED.replace("[\"presence\",\"people-count\"]", "[]"),
            "kinds: must name at least one",
        ),
        (
            OBSERVED.replace("T18:", "T08:"),
            "end: of coverage must be after its start",
        ),
        // The template itself refuses what no record can say.
        (
            COUNT.replace("\"value\":4", "\"value\":-1"),
            "the value of a record is unknown",
        ),
        (
            COUNT.replace("people-count", "noise"),
            "the kind of a record is unknown",
        ),
    ];
    for (wrong, fault) in wrong {
        let other = COUNT.replace("k1", "k2");
        let server = Pages::serve(&[
            spaces(&["good", "bad"]),
            records("good", &[COUNT]),
            records("bad", &[&other, &wrong]),
        ])
        .unwrap();
        let workplace = workplace(&server);
        let ended = workplace.collect(&[]).unwrap();
        assert_eq!(ended.code, 3, "{}", ended.stderr);
        assert!(ended.stderr.contains(fault), "{fault}\n{}", ended.stderr);
        said(
            &ended,
            "sensors: spaces: 1 collected, 0 refused, 0 missing, 1 failed",
        );
        assert_eq!(stored(&workplace), ["good k1 1"]);
    }
}

#[test]
fn a_space_that_cannot_be_read_keeps_what_is_stored() {
    let keys = ["refused", "gone", "garbled", "throttled"];
    let read = keys.map(|key| records(key, &[&COUNT.replace("k1", key)]));
    let server = Pages::serve(&[&[spaces(&keys)], read.as_slice()].concat()).unwrap();
    let workplace = workplace(&server);
    assert_eq!(workplace.collect(&[]).unwrap().code, 0);
    let before = stored(&workplace);
    assert_eq!(before.len(), 4);
    server.replace(&[
        spaces(&keys),
        Page::refused("/v1/spaces/refused", 403, &[], ""),
        Page::refused("/v1/spaces/throttled", 429, &["Retry-After: 1"], ""),
        records("garbled", &["<html>"]),
    ]);
    let ended = workplace.collect(&[]).unwrap();
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    said(
        &ended,
        "sensors: spaces: 0 collected, 1 refused, 1 missing, 2 failed (1 of them still throttled)",
    );
    assert_eq!(stored(&workplace), before);
}

#[test]
fn spaces_that_cannot_be_listed_keep_their_records() {
    let server = Pages::serve(&[spaces(&["a"]), records("a", &[COUNT])]).unwrap();
    let workplace = workplace(&server);
    assert_eq!(workplace.collect(&[]).unwrap().code, 0);
    for (page, said) in [
        (
            Page::refused("/v1/spaces", 401, &[], ""),
            "the server refuses the credential",
        ),
        (
            Page::new("/v1/spaces", "<html>"),
            "the answer cannot be understood",
        ),
        (
            spaces(&[]),
            "the connector found no spaces, but 1 are known; they and their records were kept",
        ),
    ] {
        server.replace(&[page]);
        let ended = workplace.collect(&[]).unwrap();
        assert_eq!(ended.code, 1, "{}", ended.stderr);
        assert!(ended.stderr.contains(said), "{said}\n{}", ended.stderr);
        assert_eq!(stored(&workplace), ["a k1 1"]);
    }
}

#[test]
fn a_higher_revision_replaces_and_other_content_of_the_same_revision_is_told() {
    let server = Pages::serve(&[spaces(&["a"]), records("a", &[COUNT])]).unwrap();
    let workplace = workplace(&server);
    assert_eq!(workplace.collect(&[]).unwrap().code, 0);
    server.replace(&[
        spaces(&["a"]),
        records("a", &[&COUNT.replace("\"value\":4", "\"value\":5")]),
    ]);
    let ended = workplace.collect(&[]).unwrap();
    said(
        &ended,
        "source \"sensors\": 1 record differs from what the source said before of the same revision; what it said first stays",
    );
    assert!(
        workplace
            .run(&["usage", "export"])
            .unwrap()
            .stdout
            .contains("\"value\":4")
    );
    server.replace(&[
        spaces(&["a"]),
        records(
            "a",
            &[&COUNT
                .replace("\"value\":4", "\"value\":5")
                .replace("\"revision\":1", "\"revision\":2")],
        ),
    ]);
    let ended = workplace.collect(&[]).unwrap();
    said(&ended, "sensors: records: 0 new, 1 replaced, 0 as before");
    assert_eq!(stored(&workplace), ["a k1 2"]);
}

#[test]
fn a_dry_run_keeps_nothing_and_validate_reads_each_space() {
    let server = Pages::serve(&[spaces(&["a"]), records("a", &[COUNT])]).unwrap();
    let workplace = workplace(&server);
    let ended = workplace.collect(&["--dry-run"]).unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    said(&ended, "sensors: records: 1 new, 0 replaced, 0 as before");
    assert!(!workplace.path().join("data/collector.sqlite3").exists());
    let ended = workplace.run(&["validate"]).unwrap();
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
}
