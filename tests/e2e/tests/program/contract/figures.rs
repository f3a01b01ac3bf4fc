//! `report` and `verdicts`: what was collected and imported, through the program, gives the figures of the second implementation.

use e2e::{Ended, Source, Workplace};
use graph_sim::{Event, Room, Simulator, Tenant};
use oracle::Oracle;
use serde_json::{Value, json};

/// The week that figures are asked for. All of it is past.
const FROM: &str = "2026-03-09";
const TO: &str = "2026-03-14";
const INSIGHTS: &str = "[insights]\ntime-zone = \"Europe/Berlin\"\n\
    [[insights.room]]\naddress = \"conf-b@contoso.com\"\nspaces = [\"sensors:lobby\"]\ncapacity = 4\n";
const SENSORS: &str =
    "[[source]]\nname = \"sensors\"\nreceive = { token = { env = \"O365_CLIENT_SECRET\" } }\n";

/// Bookings as room, start and end on the tenth of March.
const BOOKED: [(&str, &str, &str); 5] = [
    ("conf-a", "08:00", "09:00"),
    ("conf-a", "10:00", "10:30"),
    ("conf-b", "09:00", "11:00"),
    ("conf-b", "13:00", "13:30"),
    ("conf-c", "12:00", "13:00"),
];

fn at(time: &str) -> String {
    format!("2026-03-10T{time}:00Z")
}

fn seconds(text: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp()
}

/// What the rooms' devices reported: conf-a was attended once and empty once, conf-b was counted by a sensor that is called `lobby`, and nothing
/// is known of conf-c.
fn records() -> Vec<Value> {
    let origin = |space: &str, key: &str| json!({"source": "sensors", "space": space, "device": null, "key": key, "revision": 1, "withdrawn": false});
    let with = |origin: Value, more: Value| {
        let mut record = origin;
        record
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        record
    };
    vec![
        with(
            origin("conf-a@contoso.com", "c"),
            json!({"type": "coverage", "kinds": ["presence"], "start": at("07:00"), "end": at("18:00"), "state": "observed", "reason": null}),
        ),
        with(
            origin("conf-a@contoso.com", "u"),
            json!({"type": "usage", "kind": "presence", "form": "interval", "start": at("08:05"), "end": at("08:50"), "value": true, "resolution": null}),
        ),
        with(
            origin("lobby", "p"),
            json!({"type": "usage", "kind": "people-count", "form": "sample", "start": at("09:10"), "end": null, "value": 6, "resolution": 1800}),
        ),
    ]
}

/// A tenant, and a store of what was collected and imported from it.
pub(crate) struct Kept {
    _simulator: Simulator,
    pub(crate) workplace: Workplace,
}

/// The situation with further lines in its configuration. Its source is paused from now on, and what was collected and imported is kept for ever.
pub(crate) fn kept(lines: &str) -> Kept {
    let (simulator, workplace) = situation();
    let source = Source::contoso(&simulator).line("paused = true");
    let collector = "[collector]\nkeep-usage = \"36000d\"\n";
    workplace
        .configure(&format!("{collector}{source}\n{SENSORS}{INSIGHTS}{lines}"))
        .unwrap();
    Kept {
        _simulator: simulator,
        workplace,
    }
}

/// Three rooms, collected, and the records, imported.
fn situation() -> (Simulator, Workplace) {
    let names = [("conf-a", "HQ", 8), ("conf-b", "HQ", 8), ("conf-c", "Annex", 2)];
    let tenant = names
        .iter()
        .fold(Tenant::new("contoso.com"), |tenant, (name, building, seats)| {
            let room = Room::new(&format!("{name}@contoso.com"), name)
                .building(building)
                .capacity(*seats);
            let own = BOOKED.iter().filter(|(room, ..)| room == name);
            tenant.room(own.fold(room, |room, (_, start, end)| {
                room.event(Event::new("Review", &at(start), &at(end)))
            }))
        });
    let simulator = Simulator::start(tenant).unwrap();
    let configuration = format!("{}\n{SENSORS}{INSIGHTS}", Source::contoso(&simulator));
    let workplace = Workplace::new(&configuration, &["o365"]).unwrap();
    assert_eq!(workplace.collect(&[]).unwrap().code, 0);
    let lines: Vec<String> = records().iter().map(Value::to_string).collect();
    let imported = workplace
        .run_with_input(
            &["usage", "import", "--source", "sensors", "-"],
            &lines.join("\n"),
        )
        .unwrap();
    assert_eq!(imported.code, 0, "{}", imported.stderr);
    (simulator, workplace)
}

/// The same as the second implementation is given it. The ids are the simulator's.
fn world(workplace: &Workplace) -> Value {
    let stored = workplace.run(&["export", "--format", "jsonl"]).unwrap();
    let bookings: Vec<Value> = stored
        .stdout
        .lines()
        .map(|line| {
            let meeting: Value = serde_json::from_str(line).unwrap();
            let instant = |key: &str| seconds(meeting[key].as_str().unwrap());
            json!({
                "source": "contoso", "room": meeting["room"], "id": meeting["id"], "series": meeting["series"],
                "start": instant("start"), "end": instant("end"), "all_day": false, "status": "confirmed", "removed_at": null,
                // The pass came after all of them.
                "first_seen": e2e::now().timestamp(), "read_before": []
            })
        })
        .collect();
    let room = |name: &str, building: &str, capacity: u32, spaces: Value| {
        json!({
            "source": "contoso", "address": format!("{name}@contoso.com"), "building": building, "capacity": capacity,
            "spaces": spaces
        })
    };
    let readings: Vec<Value> = ["conf-a", "conf-b", "conf-c"]
        .iter()
        .map(|name| {
            json!({
                "source": "contoso", "room": format!("{name}@contoso.com"),
                "spans": [[seconds("2026-03-09T00:00:00Z"), seconds("2026-03-16T00:00:00Z")]]
            })
        })
        .collect();
    json!({
        "now": e2e::now().timestamp(),
        "insights": {"time-zone": "Europe/Berlin"},
        "rooms": [
            room("conf-a", "HQ", 8, json!([])),
            room("conf-b", "HQ", 4, json!([["sensors", "lobby"]])),
            room("conf-c", "Annex", 2, json!([])),
        ],
        "bookings": bookings, "readings": readings, "records": records()
    })
}

fn asked(workplace: &Workplace, command: &[&str]) -> Ended {
    let ended = workplace
        .run(&[command, &["--from", FROM, "--to", TO]].concat())
        .unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    ended
}

#[test]
fn what_was_collected_and_imported_gives_the_figures_of_the_second_implementation() {
    let (_simulator, workplace) = situation();
    let world = world(&workplace);
    let question = |by: &str| json!({"from": FROM, "to": TO, "by": by, "buildings": [], "rooms": []});
    let keys = [
        "all", "building", "room", "series", "date", "weekday", "hour", "week", "month", "seats",
    ];
    let questions: Vec<Value> = keys.iter().map(|by| question(by)).collect();
    let oracle = Oracle::new(&world, &questions);
    for (by, question) in keys.iter().zip(&questions) {
        let ended = asked(&workplace, &["report", "--format", "json", "--by", by]);
        let report: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!(report, oracle.report(question), "{by}");
    }
    let ended = asked(&workplace, &["verdicts", "--format", "jsonl"]);
    let without_evidence = |mut verdict: Value| {
        verdict.as_object_mut().unwrap().remove("evidence");
        verdict
    };
    let verdicts: Vec<Value> = ended
        .stdout
        .lines()
        .map(|line| without_evidence(serde_json::from_str(line).unwrap()))
        .collect();
    let right: Vec<Value> = oracle
        .verdicts(&questions[0])
        .into_iter()
        .map(without_evidence)
        .collect();
    assert_eq!(verdicts, right);
    let found: Vec<&str> = verdicts
        .iter()
        .map(|line| line["verdict"].as_str().unwrap())
        .collect();
    assert_eq!(found, ["attended", "no-show", "attended", "unknown", "unknown"]);
}

#[test]
fn a_report_is_a_table_for_people_and_csv_for_spreadsheets() {
    let (_simulator, workplace) = situation();
    let table = asked(&workplace, &["report", "--by", "building"]).stdout;
    for part in ["Building", "Known", "HQ", "Annex"] {
        assert!(table.contains(part), "{table}");
    }
    let csv = asked(&workplace, &["report", "--by", "building", "--format", "csv"]).stdout;
    let lines: Vec<&str> = csv.lines().collect();
    assert!(
        lines[0].starts_with("key,rooms,rooms_observed,open_seconds,"),
        "{csv}"
    );
    assert!(lines[1].starts_with("Annex,1,0,180000,"), "{csv}");
    let verdicts = asked(&workplace, &["verdicts"]).stdout;
    assert!(verdicts.contains("unknown: no source"), "{verdicts}");
}

#[test]
fn duckdb_reads_a_report_as_it_is_printed_and_what_nobody_knows_is_null() {
    let (_simulator, workplace) = situation();
    let asked = |arguments: &[&str]| {
        let period = ["--from", FROM, "--to", TO];
        workplace.command(&[&["report"], &period[..], arguments].concat())
    };
    let file = std::fs::File::create(workplace.path().join("report.parquet")).unwrap();
    let ended = asked(&["--by", "building", "--format", "parquet"])
        .stdout(file)
        .status()
        .unwrap();
    assert!(ended.success());
    let question = "SELECT * FROM 'report.parquet' ORDER BY key";
    let Some(rows) = e2e::duckdb(workplace.path(), question).unwrap() else {
        return;
    };
    let printed = asked(&["--by", "building", "--format", "json"]).output().unwrap();
    let printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
    let groups = printed["groups"].as_array().unwrap();
    assert_eq!((rows.len(), groups.len()), (2, 2));
    let mut nulls = 0;
    for (row, group) in rows.iter().zip(groups) {
        assert_eq!((&row["from"], &row["by"]), (&json!(FROM), &json!("building")));
        for (key, value) in group.as_object().unwrap() {
            let named = key.replace('-', "_");
            match value {
                Value::Object(inner) => {
                    for (part, value) in inner {
                        assert_eq!(
                            row[format!("{named}_{}", part.replace('-', "_"))],
                            *value,
                            "{key}.{part}"
                        );
                    }
                }
                Value::Array(_) => assert_eq!(row[named], json!(value.to_string()), "{key}"),
                value => assert_eq!(row[named], *value, "{key}"),
            }
            nulls += usize::from(value.is_null());
        }
    }
    assert!(nulls > 0, "nothing was unknown");
    let types = "SELECT column_type AS type FROM (DESCRIBE SELECT rooms, coverage, used_rate_value, zombies FROM 'report.parquet')";
    let types = e2e::duckdb(workplace.path(), types).unwrap().unwrap();
    let types: Vec<&Value> = types.iter().map(|column| &column["type"]).collect();
    assert_eq!(types, ["BIGINT", "DOUBLE", "DOUBLE", "VARCHAR"]);
    // Other products' figures have no columns there.
    let refused = workplace
        .run(&[
            "report",
            "--from",
            FROM,
            "--to",
            TO,
            "--format",
            "parquet",
            "--profile",
            "teams",
        ])
        .unwrap();
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(
        refused.stderr.contains("leave out --profile"),
        "{}",
        refused.stderr
    );
}

#[test]
fn the_same_week_is_shown_under_the_definitions_of_other_products() {
    let (_simulator, workplace) = situation();
    let report = |arguments: &[&str]| {
        let printed = asked(&workplace, &[&["report", "--by", "building"], arguments].concat()).stdout;
        (serde_json::from_str::<Value>(&printed), printed)
    };
    let alone = report(&["--format", "json"]).0.unwrap();
    let mut beside = report(&["--format", "json", "--profile", "all"]).0.unwrap();
    let mut theirs = |group: usize| {
        let group = beside["groups"][group].as_object_mut().unwrap();
        group.remove("profiles").unwrap()
    };
    // In HQ two rooms are open for 100 hours. Four hours are booked by four meetings: 45 minutes and an hour of two of them were attended, a third
    // was empty, and nobody knows about the last. Six people were counted for an hour, in a room of four seats.
    assert_eq!(
        (theirs(0), theirs(1)),
        (
            json!({
                "vyopta": {"scheduled_meeting_count": 1, "scheduled_meeting_seconds": 3_600, "attended_meeting_count": null,
                           "attended_meeting_seconds": null},
                "microsoft": {"reserved_occupied": null, "reserved_not_occupied": null, "not_reserved_occupied": null,
                              "not_reserved_not_occupied": null, "utilization": null},
                "teams": {"usage": 0.025},
                "density": {"time_used": null, "average_utilization": null,
                            "minimum_surplus": [{"building": "Annex", "seats": "1-4", "rooms": 1, "lower": 0, "upper": 1}]},
            }),
            json!({
                "vyopta": {"scheduled_meeting_count": 4, "scheduled_meeting_seconds": 14_400, "attended_meeting_count": 2,
                           "attended_meeting_seconds": 6_300},
                "microsoft": {"reserved_occupied": 0.0175, "reserved_not_occupied": 0.0225, "not_reserved_occupied": 0.0,
                              "not_reserved_not_occupied": 0.96, "utilization": 0.04},
                "teams": {"usage": 0.05},
                "density": {"time_used": 0.1591, "average_utilization": 1.5,
                            "minimum_surplus": [{"building": "HQ", "seats": "1-4", "rooms": 1, "lower": 0, "upper": 0},
                                                {"building": "HQ", "seats": "5-8", "rooms": 1, "lower": 0, "upper": 0}]},
            })
        )
    );
    assert_eq!(beside, alone, "without them it is the report");

    let ours = report(&["--format", "csv"]).1;
    let csv = report(&["--format", "csv", "--profile", "teams,vyopta"]).1;
    let theirs = [
        "vyopta.scheduled_meeting_count,vyopta.scheduled_meeting_seconds,vyopta.attended_meeting_count,vyopta.attended_meeting_seconds,teams.usage",
        "1,3600,,,0.025",
        "4,14400,2,6300,0.05",
    ];
    let right: String = ours
        .lines()
        .zip(theirs)
        .map(|(ours, theirs)| format!("{ours},{theirs}\n"))
        .collect();
    assert_eq!(csv, right);

    let table = report(&[
        "--building",
        "HQ",
        "--profile",
        "microsoft",
        "--profile",
        "density",
    ])
    .1;
    let lines: Vec<String> = table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        lines[0], "Building Product Figure Theirs Ours Our figure",
        "{table}"
    );
    assert_eq!(
        lines[2], "HQ Teams Rooms Pro Reserved, occupied 2% 2% booked_occupied",
        "{table}"
    );
    assert_eq!(lines[6], "Utilization 4% 16% (2–91%) used_rate", "{table}");
    assert_eq!(
        lines[9], "Minimum Surplus 1-4: 0 of 1, 5-8: 0 of 1 1-4: 0–1 of 1, 5-8: 0–1 of 1 in_use",
        "{table}"
    );
}

#[test]
fn a_product_that_is_not_known_is_refused_with_those_that_are() {
    let workplace = Workplace::new("", &[]).unwrap();
    let ended = workplace
        .run(&["report", "--from", FROM, "--to", TO, "--profile", "vyopta,robin"])
        .unwrap();
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("invalid value 'robin'"), "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .contains("[possible values: vyopta, microsoft, teams, density, all]"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_question_about_what_there_is_not_is_refused_with_what_there_is() {
    let (_simulator, workplace) = situation();
    for (arguments, said) in [
        (
            &["report", "--from", TO, "--to", FROM][..],
            "error: the period from 2026-03-14 to 2026-03-09 is empty, because --to is the date after the last; give a later one, such as \
             --to 2026-03-15 for 2026-03-14 alone\n",
        ),
        (
            &["report", "--from", "monday", "--to", TO],
            "error: --from \"monday\" is not a date; write it like 2026-03-01\n",
        ),
        (
            &["report", "--from", FROM, "--to", "2126-03-09"],
            "error: the period from 2026-03-09 to 2126-03-09 is longer than 3660 days; ask for a shorter one\n",
        ),
        (
            &[
                "verdicts",
                "--from",
                FROM,
                "--to",
                TO,
                "--room",
                "nobody@contoso.com",
            ],
            "error: there is no room \"nobody@contoso.com\"; there are conf-a@contoso.com, conf-b@contoso.com, conf-c@contoso.com\n",
        ),
        (
            &["report", "--from", FROM, "--to", TO, "--building", "Hq"],
            "error: there is no building \"Hq\"; there are Annex, HQ\n",
        ),
    ] {
        let ended = workplace.run(arguments).unwrap();
        assert_eq!((ended.code, ended.stderr.as_str()), (2, said), "{arguments:?}");
    }
}

#[test]
fn a_report_of_nothing_says_what_is_missing() {
    let (_simulator, workplace) = situation();
    let ended = asked(&workplace, &["report", "--by", "series"]);
    assert_eq!(ended.stdout, "no booking of this period belongs to a series\n");
    std::fs::remove_dir_all(workplace.path().join("data")).unwrap();
    for command in ["report", "verdicts"] {
        let ended = workplace.run(&[command, "--from", FROM, "--to", TO]).unwrap();
        assert_eq!(
            (ended.code, ended.stderr.as_str()),
            (
                1,
                "error: nothing is stored in data yet; run `collector run-once` or `collector run` first\n"
            )
        );
    }
}

#[test]
fn without_a_time_zone_every_report_says_that_it_is_utc() {
    let (simulator, workplace) = situation();
    workplace
        .configure(&format!("{}\n{SENSORS}", Source::contoso(&simulator)))
        .unwrap();
    for command in [&["report"][..], &["report", "--format", "json"], &["verdicts"]] {
        let said = asked(&workplace, command).stderr;
        assert!(said.starts_with("warning: no time zone is configured"), "{said}");
    }
}
