//! Exports as Parquet, read back by DuckDB: the same meetings and records as in JSON, in a file for each day.

use std::path::{Path, PathBuf};

use e2e::{Source, Workplace, duckdb};
use graph_sim::{Event, Room, Simulator, Tenant};
use serde_json::{Value, json};

const EXPORT: [&str; 5] = ["export", "--format", "parquet", "--to", "exported"];

fn tenant() -> Tenant {
    let event = |subject: &str, day: &str, start: &str, end: &str| {
        Event::new(
            subject,
            &format!("2026-03-{day}T{start}Z"),
            &format!("2026-03-{day}T{end}Z"),
        )
    };
    Tenant::new("contoso.com")
        .room(
            Room::new("conf-a@contoso.com", "Größe \"XL\" 会")
                .event(event("Weekly \"sync\" ✓\n'; DROP", "10", "10:00:00", "11:00:00"))
                .event(event("Secret plans", "10", "12:00:00", "13:00:00").private())
                .event(event("", "10", "23:59:59", "23:59:59").no_subject())
                // Over midnight: of the day on which it begins.
                .event(Event::new(
                    "Night",
                    "2026-03-10T23:00:00Z",
                    "2026-03-11T01:00:00Z",
                ))
                .event(event("Begins with the day", "12", "00:00:00", "01:00:00").tentative()),
        )
        .room(
            Room::new("conf-b@contoso.com", "Conf B")
                .event(event("Off", "11", "09:00:00", "10:00:00").cancelled())
                .event(Event::all_day("Closed", "2026-03-13", 2, "UTC")),
        )
}

fn workplace(simulator: &Simulator) -> Workplace {
    let mut configuration = Source::contoso(simulator).to_string();
    configuration += &Source::contoso(simulator).named("007").to_string();
    Workplace::new(&configuration, &["o365"]).unwrap()
}

fn printed(workplace: &Workplace, arguments: &[&str]) -> String {
    let ended = workplace.run(arguments).unwrap();
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{arguments:?}");
    ended.stdout
}

fn refused(workplace: &Workplace, arguments: &[&str]) -> String {
    let ended = workplace.run(arguments).unwrap();
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{arguments:?}");
    ended.stderr
}

fn files(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![directory.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(directory).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort_unstable();
    found
}

/// A table of exported files as DuckDB sees it, with instants as JSON has them.
fn table(name: &str) -> String {
    format!(
        "SELECT * REPLACE (strftime(timezone('UTC', start), '%Y-%m-%dT%H:%M:%SZ') AS start, \
                           strftime(timezone('UTC', \"end\"), '%Y-%m-%dT%H:%M:%SZ') AS \"end\") \
         FROM read_parquet('exported/{name}/*/*/*.parquet', hive_types = {{source: VARCHAR, date: DATE}})"
    )
}

/// The rows, each without its date, which must be that of its start.
fn without_dates(rows: Vec<Value>) -> Vec<Value> {
    let undated = rows.into_iter().map(|mut row| {
        let date = row.as_object_mut().unwrap().remove("date").unwrap();
        assert!(
            row["start"].as_str().unwrap().starts_with(date.as_str().unwrap()),
            "{row}"
        );
        row
    });
    undated.collect()
}

/// DuckDB reads what `export` prints; true if there is no DuckDB.
fn agrees(workplace: &Workplace) -> bool {
    let question = table("meetings") + " ORDER BY source, room, start, id";
    let Some(rows) = duckdb(workplace.path(), &question).unwrap() else {
        return true;
    };
    let json = printed(workplace, &["export", "--format", "json"]);
    let expected: Vec<Value> = serde_json::from_str(&json).unwrap();
    let rows = without_dates(rows);
    assert_eq!(rows, expected);
    !rows.is_empty()
}

#[test]
fn duckdb_reads_the_exported_meetings_as_they_are_printed() {
    let simulator = Simulator::start(tenant()).unwrap();
    let workplace = workplace(&simulator);
    assert_eq!(workplace.collect(&[]).unwrap().code, 0);
    assert_eq!(
        printed(&workplace, &EXPORT),
        "007: 4 days; 4 files written, 0 removed.\ncontoso: 4 days; 4 files written, 0 removed.\n"
    );
    let exported = workplace.path().join("exported");
    let days = |source: &str, days: &[&str]| -> Vec<String> {
        days.iter()
            .map(|day| format!("meetings/source={source}/date=2026-03-{day}/part.parquet"))
            .collect()
    };
    let all = ["10", "11", "12", "13"];
    assert_eq!(
        files(&exported),
        [days("007", &all), days("contoso", &all)].concat()
    );
    assert!(agrees(&workplace));
    let types = "SELECT column_name AS name, column_type AS type \
                 FROM (DESCRIBE SELECT * FROM 'exported/meetings/source=contoso/*/*.parquet')";
    if let Some(types) = duckdb(workplace.path(), types).unwrap() {
        let types: Vec<&Value> = types.iter().map(|column| &column["type"]).collect();
        let (text, truth, time) = ("VARCHAR", "BOOLEAN", "TIMESTAMP WITH TIME ZONE");
        let expected = [
            text, text, text, text, text, truth, time, time, truth, text, "DATE", text,
        ];
        assert_eq!(types, expected);
    }

    // One meeting moves from a day to a new one, and the day before it is left without any.
    simulator
        .update(|tenant| {
            let events = tenant.room_mut("conf-b@contoso.com")?.events_mut();
            let moved = events
                .remove(0)
                .moved_to("2026-03-14T09:00:00Z", "2026-03-14T10:00:00Z");
            events.push(moved);
            Ok(())
        })
        .unwrap();
    assert_eq!(workplace.collect(&["--source", "contoso"]).unwrap().code, 0);
    let done = "contoso: 4 days; 1 file written, 1 removed.\n";
    assert_eq!(
        printed(&workplace, &EXPORT),
        format!("007: 4 days; 0 files written, 0 removed.\n{done}")
    );
    let now = ["10", "12", "13", "14"];
    assert_eq!(
        files(&exported),
        [days("007", &all), days("contoso", &now)].concat()
    );
    assert!(agrees(&workplace));

    // From a day on, and of one source.
    let from = ["--from", "2026-03-12T10:00:00Z", "--source", "contoso"];
    std::fs::remove_dir_all(&exported).unwrap();
    printed(&workplace, &[&EXPORT[..], &from].concat());
    assert_eq!(files(&exported), days("contoso", &["12", "13", "14"]));

    // What was purged is gone from the files too, and what nobody exports is said.
    std::fs::create_dir(exported.join("meetings/source=gone")).unwrap();
    assert_eq!(workplace.run(&["purge", "contoso", "--yes"]).unwrap().code, 0);
    let ended = workplace.run(&EXPORT).unwrap();
    assert!(
        ended
            .stdout
            .ends_with("contoso: 0 days; 0 files written, 3 removed.\n"),
        "{}",
        ended.stdout
    );
    assert!(
        ended
            .stderr
            .contains("meetings/source=gone is of no source that was exported"),
        "{}",
        ended.stderr
    );
    assert_eq!(files(&exported), days("007", &all));
}

#[test]
fn duckdb_reads_the_exported_records_as_they_are_printed() {
    let simulator = Simulator::start(Tenant::new("contoso.com")).unwrap();
    let workplace = workplace(&simulator);
    let usage = |key: &str, more: Value| {
        let mut line = json!({"type": "usage", "source": "contoso", "space": "Y2lz/é", "device": null, "key": key, "revision": 1,
            "withdrawn": false, "kind": "people-count", "form": "sample", "start": "2026-03-10T10:00:00Z", "end": null, "value": 4,
            "resolution": 300});
        line.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        line
    };
    let lines = [
        usage("k1", json!({})),
        usage(
            "k2",
            json!({"kind": "in-use", "form": "change", "value": false, "resolution": null, "device": "d"}),
        ),
        usage(
            "k3",
            json!({"kind": "call", "form": "bucket", "value": 70, "end": "2026-03-11T10:00:00Z", "resolution": null}),
        ),
        usage(
            "k4",
            json!({"start": "2026-03-11T00:00:00Z", "revision": 7, "withdrawn": true, "value": 0}),
        ),
        json!({"type": "coverage", "source": "contoso", "space": "Y2lz/é", "device": null, "key": "k1", "revision": 1, "withdrawn": false,
            "kinds": ["presence", "people-count"], "start": "2026-03-09T08:00:00Z", "end": "2026-03-10T18:00:00Z", "state": "blind",
            "reason": "standby"}),
    ];
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let import = ["usage", "import", "--source", "contoso", "-"];
    assert_eq!(workplace.run_with_input(&import, &text).unwrap().code, 0);
    let export = [&["usage"], &EXPORT[..]].concat();
    assert_eq!(
        printed(&workplace, &export),
        "contoso: 3 days; 3 files written, 0 removed.\n"
    );
    assert_eq!(
        printed(&workplace, &export),
        "contoso: 3 days; 0 files written, 0 removed.\n"
    );
    let Some(rows) = duckdb(workplace.path(), &table("usage")).unwrap() else {
        return;
    };
    let mut expected: Vec<Value> = printed(&workplace, &["usage", "export"])
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for line in &mut expected {
        // The same in the types of a column.
        if let Some(is) = line["value"].as_bool() {
            line["value"] = u8::from(is).into();
        }
        if let Some(kinds) = line["kinds"].as_array() {
            let kinds: Vec<&str> = kinds.iter().filter_map(Value::as_str).collect();
            line["kinds"] = kinds.join(" ").into();
        }
    }
    // A row has all columns, a line only the keys of its type.
    let mut rows = without_dates(rows);
    for row in &mut rows {
        let line = expected
            .iter()
            .find(|line| (&line["type"], &line["key"]) == (&row["type"], &row["key"]));
        let has = |key: &String| line.is_some_and(|line| line.get(key).is_some());
        row.as_object_mut()
            .unwrap()
            .retain(|key, value| has(key) || !value.is_null());
    }
    let by_key = |row: &Value| format!("{} {}", row["type"], row["key"]);
    rows.sort_by_key(by_key);
    expected.sort_by_key(by_key);
    assert_eq!(rows, expected);
}

#[test]
fn an_export_into_files_needs_a_directory_and_says_what_is_wrong_with_it() {
    let simulator = Simulator::start(Tenant::new("contoso.com")).unwrap();
    let workplace = workplace(&simulator);
    for command in [&["export"][..], &["usage", "export"]] {
        let with = |more: &[&str]| refused(&workplace, &[command, &["--format", "parquet"], more].concat());
        assert_eq!(
            with(&[]),
            "error: --format parquet writes files; name their directory with --to\n"
        );
        assert!(with(&["--to", "2026-03-10"]).contains("write ./2026-03-10 if it is meant"));
        assert!(
            with(&["--to", "exported", "--from", "yesterday"]).contains("--from \"yesterday\" is neither")
        );
        std::fs::create_dir_all(workplace.path().join("kept/.collector")).unwrap();
        assert!(with(&["--to", "kept"]).contains("a sink keeps the files in kept"));
    }
    assert_eq!(workplace.collect(&[]).unwrap().code, 0);
    workplace.write("file", "").unwrap();
    let ended = workplace
        .run(&["export", "--format", "parquet", "--to", "file"])
        .unwrap();
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.starts_with("error: "), "{}", ended.stderr);
}
