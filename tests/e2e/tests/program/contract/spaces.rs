//! `usage spaces`: which rooms spaces belong to, and why.

use e2e::{Ended, Source, Workplace};
use graph_sim::{Event, Room, Simulator, Tenant};
use serde_json::{Value, json};

/// Two rooms, one booked for two hours; a configuration that joins the space `Y2lz` to it.
fn situation() -> (Simulator, Workplace) {
    let at = |hours: i64| {
        (e2e::now() - chrono::Duration::hours(hours))
            .format("%Y-%m-%dT%H:%M:00Z")
            .to_string()
    };
    let tenant = Tenant::new("contoso.com")
        .room(Room::new("conf-a@contoso.com", "Conf A"))
        .room(Room::new("conf-b@contoso.com", "Conf B").event(Event::new("Review", &at(3), &at(1))));
    let simulator = Simulator::start(tenant).unwrap();
    let configuration = format!(
        "{}\n[[insights.room]]\naddress = \"Conf-B@contoso.com\"\nspaces = [\"contoso:Y2lz\"]\n",
        Source::contoso(&simulator)
    );
    let workplace = Workplace::new(&configuration, &["o365"]).unwrap();
    (simulator, workplace)
}

/// A call of five minutes, so many hours and ten minutes ago.
fn call(space: &str, hours: i64) -> String {
    let start = e2e::now() - chrono::Duration::minutes(hours * 60 + 10);
    let end = start + chrono::Duration::minutes(5);
    json!({
        "type": "usage", "source": "contoso", "space": space, "key": format!("{space} {hours}"), "revision": 1,
        "withdrawn": false, "kind": "call", "form": "interval", "start": start.to_rfc3339(), "end": end.to_rfc3339(),
        "value": true
    })
    .to_string()
}

fn spaces(workplace: &Workplace, arguments: &[&str]) -> Ended {
    workplace
        .run(&[&["usage", "spaces"], arguments].concat())
        .unwrap()
}

#[test]
fn each_space_is_listed_with_its_rooms_and_a_doubtful_join_is_told() {
    let (_simulator, workplace) = situation();
    let collected = workplace.run(&["run-once"]).unwrap();
    assert_eq!(collected.code, 0, "{}", collected.stderr);
    let mut records: Vec<String> = (1..=12).map(|hours| call("Y2lz", hours)).collect();
    records.push(call("CONF-A@contoso.com", 1));
    records.push(call("lost", 1));
    let imported = workplace
        .run_with_input(
            &["usage", "import", "--source", "contoso", "-"],
            &records.join("\n"),
        )
        .unwrap();
    assert_eq!(imported.code, 0, "{}", imported.stderr);

    let listed = spaces(&workplace, &["--format", "json"]);
    assert_eq!((listed.code, listed.stderr.as_str()), (0, ""));
    let space = |key: &str, rooms: Value, by: Value, calls: [Value; 3]| {
        let [calls, booked, doubtful] = calls;
        json!({
            "source": "contoso", "key": key, "name": "", "address": null, "rooms": rooms, "joined_by": by,
            "proposal": null, "calls": calls, "calls_booked": booked, "doubtful": doubtful, "kinds": [],
            "listed": false, "outcome": null
        })
    };
    assert_eq!(
        serde_json::from_str::<Value>(&listed.stdout).unwrap(),
        json!([
            space(
                "CONF-A@contoso.com",
                json!(["conf-a@contoso.com"]),
                json!("address"),
                [json!(1), json!(0), json!(false)]
            ),
            space(
                "Y2lz",
                json!(["conf-b@contoso.com"]),
                json!("configuration"),
                [json!(12), json!(2), json!(true)]
            ),
            space(
                "lost",
                json!([]),
                Value::Null,
                [Value::Null, Value::Null, Value::Null]
            ),
        ])
    );
    let table = spaces(&workplace, &[]).stdout;
    assert!(
        table.contains("configuration; doubtful: 2 of 12 calls overlap a booking"),
        "{table}"
    );
    let sheet = spaces(&workplace, &["--source", "contoso", "--format", "csv"]).stdout;
    assert_eq!(
        sheet.lines().nth(2),
        Some("contoso,Y2lz,,,conf-b@contoso.com,configuration,,12,2,true,,false,")
    );
}

#[test]
fn what_cannot_be_listed_is_said() {
    let (_simulator, workplace) = situation();
    let nothing = spaces(&workplace, &[]);
    assert_eq!((nothing.code, nothing.stdout.as_str()), (1, ""));
    assert!(
        nothing.stderr.contains("nothing is stored in "),
        "{}",
        nothing.stderr
    );
    assert_eq!(workplace.run(&["run-once"]).unwrap().code, 0);
    let misspelt = spaces(&workplace, &[]);
    assert_eq!((misspelt.code, misspelt.stdout.as_str()), (0, "no spaces yet\n"));
    assert_eq!(
        misspelt.stderr,
        "warning: [[insights.room]] of conf-b@contoso.com names the space \"contoso:Y2lz\", which no source knows\n"
    );
    let unknown = spaces(&workplace, &["--source", "webex"]);
    assert_eq!(unknown.code, 2);
    assert!(
        unknown.stderr.contains("there is no source \"webex\""),
        "{}",
        unknown.stderr
    );
}

#[test]
fn a_space_of_a_source_that_receives_belongs_to_the_room_of_its_address() {
    let (simulator, workplace) = situation();
    let sensors = "[[source]]\nname = \"sensors\"\nreceive = { token = { env = \"O365_CLIENT_SECRET\" } }\n";
    workplace
        .configure(&format!("{}\n{sensors}", Source::contoso(&simulator)))
        .unwrap();
    assert_eq!(workplace.run(&["run-once"]).unwrap().code, 0);
    let record = call("CONF-A@contoso.com", 1).replace("\"source\":\"contoso\"", "\"source\":\"sensors\"");
    let imported = workplace
        .run_with_input(&["usage", "import", "--source", "sensors", "-"], &record)
        .unwrap();
    assert_eq!(imported.code, 0, "{}", imported.stderr);
    let listed = spaces(&workplace, &["--format", "jsonl"]);
    let space: Value = serde_json::from_str(listed.stdout.trim()).unwrap();
    assert_eq!(space["source"], "sensors");
    assert_eq!(space["rooms"], json!(["conf-a@contoso.com"]));
}
