//! What programs read: lists as JSON, JSON Lines and CSV, reports as JSON, and a JSON log in which nothing else stands.

use e2e::{Service, Source, Workplace};
use graph_sim::{Event, Room, RoomList, Simulator, Tenant};
use serde_json::{Value, json};

/// A subject that a stranger wrote, and that a spreadsheet would run.
const FORMULA: &str = "=HYPERLINK(\"https://a.example\",\"sync\")";
const CSV: &str = "source,room,room_name,id,series,subject,withheld,start,end,all_day,status";

fn tenant() -> Tenant {
    let meeting = Event::new(FORMULA, "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
    Tenant::new("contoso.com")
        .room(
            Room::new("conf-a@contoso.com", "Conf A")
                .building("HQ")
                .capacity(8)
                .event(meeting),
        )
        .room(Room::new("conf-b@contoso.com", "Conf, \"B\""))
        .list(RoomList::new(
            "hq@contoso.com",
            "Headquarters",
            ["conf-a@contoso.com", "conf-b@contoso.com"],
        ))
}

fn workplace(simulator: &Simulator) -> Workplace {
    let source = Source::contoso(simulator).lists("hq@contoso.com");
    Workplace::new(&source.to_string(), &["o365"]).unwrap()
}

/// What a command prints on standard output; nothing else is printed, and it is complete.
fn printed(workplace: &Workplace, arguments: &[&str]) -> String {
    let ended = workplace.run(arguments).unwrap();
    assert_eq!(ended.code, 0, "{arguments:?}: {}", ended.stderr);
    ended.stdout
}

fn json(workplace: &Workplace, arguments: &[&str]) -> Value {
    let text = printed(workplace, &[arguments, &["--format", "json"]].concat());
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {text}"))
}

#[test]
fn meetings_are_lines_an_array_or_csv_that_no_spreadsheet_runs() {
    let simulator = Simulator::start(tenant()).unwrap();
    let workplace = workplace(&simulator);
    let lines = workplace.collect(&[]).unwrap().meetings(0).unwrap();
    assert_eq!((lines.len(), &lines[0]["subject"]), (1, &FORMULA.into()));
    let window = ["--from", "2026-03-09", "--to", "2026-03-16"];
    for command in ["run-once", "export"] {
        let arguments = [&[command][..], &window].concat();
        assert_eq!(
            json(&workplace, &arguments),
            Value::from(lines.clone()),
            "{command}"
        );
        let csv = printed(&workplace, &[&arguments[..], &["--format", "csv"]].concat());
        let rows: Vec<&str> = csv.lines().collect();
        assert_eq!((rows.len(), rows[0]), (2, CSV), "{command}");
        assert!(
            rows[1].contains(
                ",\"'=HYPERLINK(\"\"https://a.example\"\",\"\"sync\"\")\",false,2026-03-10T10:00:00Z,"
            ),
            "{}",
            rows[1]
        );
    }
    let empty = ["export", "--from", "2026-04-01"];
    assert_eq!(json(&workplace, &empty), json!([]));
    assert_eq!(
        printed(&workplace, &[&empty[..], &["--format", "csv"]].concat()),
        format!("{CSV}\n")
    );
}

#[test]
fn rooms_accounts_and_secrets_are_lists() {
    let simulator = Simulator::start(tenant()).unwrap();
    let workplace = workplace(&simulator);
    assert_eq!(
        json(&workplace, &["rooms"]),
        json!([
            {"source": "contoso", "room": "conf-a@contoso.com", "room_name": "Conf A", "building": "HQ", "capacity": 8,
             "lists": ["hq@contoso.com"]},
            {"source": "contoso", "room": "conf-b@contoso.com", "room_name": "Conf, \"B\"", "building": null, "capacity": null,
             "lists": ["hq@contoso.com"]},
        ])
    );
    assert_eq!(
        printed(&workplace, &["rooms", "--format", "csv"]),
        "source,room,room_name,building,capacity,lists\n\
         contoso,conf-a@contoso.com,Conf A,HQ,8,hq@contoso.com\n\
         contoso,conf-b@contoso.com,\"Conf, \"\"B\"\"\",,,hq@contoso.com\n"
    );
    let stored = workplace
        .run_with_input(&["secrets", "set", "warehouse", "--file"], "correct horse")
        .unwrap();
    assert_eq!(stored.code, 0, "{}", stored.stderr);
    assert_eq!(
        json(&workplace, &["secrets", "list"]),
        json!([{"secret": "warehouse", "kept_in": "the encrypted file", "used_by": []}])
    );
    assert_eq!(
        printed(&workplace, &["secrets", "list", "--format", "csv"]),
        "secret,kept_in,used_by\nwarehouse,the encrypted file,\n"
    );
    assert_eq!(json(&workplace, &["accounts", "list"]), json!([]));
    let audit = json(&workplace, &["audit"]);
    assert_eq!(audit[0]["action"], "secret-stored");
    let csv = printed(&workplace, &["audit", "--format", "csv"]);
    assert!(
        csv.starts_with("number,at,who,action,subject,detail\n1,"),
        "{csv}"
    );
}

#[test]
fn checks_and_connectors_are_reports() {
    let simulator = Simulator::start(tenant()).unwrap();
    let workplace = workplace(&simulator);
    let report = json(&workplace, &["validate"]);
    assert_eq!(report["sources"][0]["name"], "contoso");
    let checks = report["sources"][0]["checks"].as_array().unwrap();
    assert!(checks.len() > 3, "{report:#}");
    assert!(
        checks.iter().all(|check| check["status"] == "passed"),
        "{report:#}"
    );
    let connector = json(&workplace, &["inspect", "plugins/o365.wasm"]);
    assert_eq!(
        (&connector["name"], &connector["slice_size"]),
        (&"o365".into(), &20.into())
    );
    assert_eq!(connector["settings_schema"]["type"], "object");
    assert!(
        connector["imports"]
            .as_array()
            .is_some_and(|imports| !imports.is_empty())
    );
    assert_eq!(
        json(&workplace, &["config", "check"]),
        json!({"sources": 1, "receiving": [], "sinks": 0, "problems": []})
    );
    workplace.configure("[[source]]\nname = \"a\"\n").unwrap();
    let ended = workplace.run(&["config", "check", "--format", "json"]).unwrap();
    assert_eq!((ended.code, ended.stderr.as_str()), (2, ""));
    let result: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(result["problems"][0]["place"], "collector.toml:1:1");
    assert_eq!(result["problems"][0]["key"], "connector");
}

#[test]
fn status_answers_although_the_file_has_a_mistake() {
    let simulator = Simulator::start(tenant()).unwrap();
    let workplace = workplace(&simulator);
    let source = Source::contoso(&simulator).lists("hq@contoso.com");
    let good = format!(
        "[collector]\ndata = \"elsewhere\" # not the usual one\n{source}\n[service]\nlisten = \"127.0.0.1:0\"\n[portal]\nlisten = \"off\"\n"
    );
    workplace.configure(&good).unwrap();
    let mut service = Service::start(&workplace).unwrap();
    service.wait_for_passes("contoso", 1).unwrap();
    let own = "[collector]\ndata = \"elsewhere\"\n";
    for broken in [
        format!("{good}\nevry = \"5m\"\n").into_bytes(),
        format!("{good}\n[[[").into_bytes(),
        own.into(),
    ] {
        workplace.write("collector.toml", broken).unwrap();
        let ended = workplace.run(&["status"]).unwrap();
        assert_eq!(ended.code, 2);
        assert!(
            ended.stderr.starts_with("error: collector.toml:"),
            "{}",
            ended.stderr
        );
        assert!(
            ended.stderr.ends_with(
                "error: collector.toml cannot be used; what is stored in elsewhere is shown without it\n"
            ),
            "{}",
            ended.stderr
        );
        assert!(
            ended.stdout.starts_with("The service is running"),
            "{}",
            ended.stdout
        );
        let line = ended
            .stdout
            .lines()
            .find(|line| line.starts_with(" contoso"))
            .unwrap_or(&ended.stdout);
        assert!(
            line.contains("complete") && line.contains("2 collected"),
            "{line}"
        );
    }
}

#[test]
fn status_shows_what_run_once_stored_although_the_file_has_a_mistake() {
    let simulator = Simulator::start(tenant()).unwrap();
    let workplace = workplace(&simulator);
    let good = Source::contoso(&simulator).lists("hq@contoso.com").to_string();
    workplace.configure(&good).unwrap();
    assert_eq!(workplace.run(&e2e::PASS).unwrap().code, 0);
    workplace.configure(&format!("{good}\nevry = \"5m\"\n")).unwrap();
    let ended = workplace.run(&["status"]).unwrap();
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    let line = ended.stdout.lines().find(|line| line.contains("contoso"));
    assert!(
        line.is_some_and(|line| line.contains("none yet")),
        "{}",
        ended.stdout
    );
}

#[test]
fn reports_with_a_row_for_each_thing_come_as_csv_too() {
    let simulator = Simulator::start(tenant()).unwrap();
    let workplace = workplace(&simulator);
    let csv = |arguments: &[&str]| printed(&workplace, &[arguments, &["--format", "csv"]].concat());
    assert_eq!(
        csv(&["status"]),
        "source,connector,version,every_seconds,paused,pass_ended,verdict,problem,collected,denied,missing,throttled,failed,last_success\n\
         contoso,o365,,300.0,false,,,,,,,,,\n"
    );
    assert_eq!(
        csv(&["plugins"]),
        "connector,version,digest,state,since,sources,update_version,update_digest,update_state\n\
         o365,,,new,,contoso,,,\n"
    );
    let checks = csv(&["validate"]);
    let mut lines = checks.lines();
    assert_eq!(lines.next(), Some("source,check,status,message,code,advice"));
    assert!(lines.all(|line| line.starts_with("contoso,")), "{checks}");
}

#[test]
fn a_number_of_lines_is_one_or_more() {
    let workplace = Workplace::new("", &[]).unwrap();
    for wrong in ["0", "-1", "ten"] {
        let ended = workplace.run(&["audit", &format!("--last={wrong}")]).unwrap();
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
        assert!(
            ended
                .stderr
                .contains("give the number of lines, 1 or more; without --last all are shown"),
            "{}",
            ended.stderr
        );
    }
}

#[test]
fn a_file_of_junk_is_told_from_a_connector() {
    let workplace = Workplace::new("", &["o365"]).unwrap();
    workplace.write("plugins/notes.wasm", "to do").unwrap();
    let shown = printed(&workplace, &["plugins"]);
    let line = |name: &str| {
        shown
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap_or(&shown)
    };
    assert!(line(" notes").contains("no WebAssembly component"), "{shown}");
    assert!(line(" o365").contains("no service has loaded yet"), "{shown}");
}

#[test]
fn wrong_usage_is_an_event_of_a_json_log_and_help_stays_text() {
    let workplace = Workplace::new("", &[]).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = workplace.command(arguments);
        e2e::ended(command.env("COLLECTOR_LOG_FORMAT", "json")).unwrap()
    };
    let wrong = run(&["run-once", "--pretty", "json"]);
    assert_eq!((wrong.code, wrong.stdout.as_str()), (2, ""));
    let event: Value =
        serde_json::from_str(&wrong.stderr).unwrap_or_else(|error| panic!("{error}: {}", wrong.stderr));
    assert_eq!(event["level"], "ERROR");
    let message = event["message"].as_str().unwrap_or_default();
    assert!(
        message.starts_with("unexpected argument '--pretty' found"),
        "{message}"
    );
    let help = run(&["--help"]);
    assert_eq!((help.code, help.stderr.as_str()), (0, ""));
    assert!(help.stdout.contains("Usage: collector"), "{}", help.stdout);
}

#[test]
fn a_json_log_holds_nothing_but_json_and_the_token_of_the_first_run_is_an_event() {
    let workplace = Workplace::fresh(
        "[service]\nlisten = \"127.0.0.1:0\"\n[portal]\nlisten = \"127.0.0.1:0\"\n",
        &["o365"],
    )
    .unwrap();
    let mut command = workplace.command(&["run"]);
    command
        .env("COLLECTOR_LOG_FORMAT", "json")
        .env("COLLECTOR_LOG", "error");
    let mut service = Service::begin(&mut command).unwrap();
    let line = service.wait_for_line("\"token\"").unwrap();
    let event: Value = serde_json::from_str(&line).unwrap();
    assert!(
        event["page"]
            .as_str()
            .is_some_and(|page| page.ends_with("/setup")),
        "{line}"
    );
    assert!(
        event["token"].as_str().is_some_and(|token| token.len() > 40),
        "{line}"
    );
    let (status, said) = service.stop().unwrap();
    assert!(status.success());
    // A second service of the directory, and a file with a mistake.
    workplace.configure("[service]\nlistn = \"x\"\n").unwrap();
    let mut command = workplace.command(&["run"]);
    let refused = e2e::ended(command.env("COLLECTOR_LOG_FORMAT", "json")).unwrap();
    assert_eq!(refused.code, 2);
    for line in said.lines().chain(refused.stderr.lines()) {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        for key in ["timestamp", "level", "message"] {
            assert!(event[key].is_string(), "{line}");
        }
    }
    assert!(refused.stderr.contains("listn"), "{}", refused.stderr);
}
