//! `--format jsonl`, to the letter.

use e2e::{Source, Workplace};
use graph_sim::{Event, Room, Simulator, Tenant};
use serde_json::json;

fn meeting(id: &str, subject: &str, start: &str, end: &str) -> Event {
    Event::new(subject, start, end).with("id", json!(id))
}

fn simulator() -> Simulator {
    let tenant = Tenant::new("contoso.com")
        .room(
            Room::new("Conf-B@Contoso.com", "Conf \"B\" é")
                .event(meeting(
                    "b2",
                    "Second of two at one time",
                    "2026-03-10T10:00:00Z",
                    "2026-03-10T10:30:00Z",
                ))
                .event(meeting(
                    "b1",
                    "First of two at one time",
                    "2026-03-10T10:00:00Z",
                    "2026-03-10T11:00:00Z",
                ))
                .event(
                    meeting(
                        "z",
                        "Earlier\n\"quoted\" \u{1b}[31m",
                        "2026-03-09T23:30:00Z",
                        "2026-03-10T00:30:00Z",
                    )
                    .tentative(),
                ),
        )
        .room(
            Room::new("conf-a@contoso.com", "Conf A")
                .event(
                    meeting(
                        "private",
                        "Nobody's business",
                        "2026-03-10T12:00:00Z",
                        "2026-03-10T13:00:00Z",
                    )
                    .private(),
                )
                .event(meeting("none", "", "2026-03-10T13:00:00Z", "2026-03-10T14:00:00Z").cancelled())
                .event(
                    meeting(
                        "one",
                        "One of a series",
                        "2026-03-10T14:00:00Z",
                        "2026-03-10T15:00:00Z",
                    )
                    .with("seriesMasterId", json!("the series")),
                )
                .event(
                    Event::all_day("Whole day", "2026-03-11", 1, "W. Europe Standard Time")
                        .with("id", json!("day")),
                ),
        );
    Simulator::start(tenant).unwrap()
}

#[test]
fn the_meetings_of_two_sources_come_out_to_the_letter() {
    let simulator = simulator();
    let sources = format!(
        "{}{}",
        Source::contoso(&simulator),
        Source::contoso(&simulator).named("adatum")
    );
    let ended = Workplace::new(&sources, &["o365"]).unwrap().collect(&[]).unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let of_one = r#"{"source":"contoso","room":"conf-a@contoso.com","room_name":"Conf A","id":"private","series":null,"subject":null,"withheld":true,"start":"2026-03-10T12:00:00Z","end":"2026-03-10T13:00:00Z","all_day":false,"status":"confirmed"}
{"source":"contoso","room":"conf-a@contoso.com","room_name":"Conf A","id":"none","series":null,"subject":null,"withheld":false,"start":"2026-03-10T13:00:00Z","end":"2026-03-10T14:00:00Z","all_day":false,"status":"cancelled"}
{"source":"contoso","room":"conf-a@contoso.com","room_name":"Conf A","id":"one","series":"the series","subject":"One of a series","withheld":false,"start":"2026-03-10T14:00:00Z","end":"2026-03-10T15:00:00Z","all_day":false,"status":"confirmed"}
{"source":"contoso","room":"conf-a@contoso.com","room_name":"Conf A","id":"day","series":null,"subject":"Whole day","withheld":false,"start":"2026-03-10T23:00:00Z","end":"2026-03-11T23:00:00Z","all_day":true,"status":"confirmed"}
{"source":"contoso","room":"conf-b@contoso.com","room_name":"Conf \"B\" é","id":"z","series":null,"subject":"Earlier\n\"quoted\" \u001b[31m","withheld":false,"start":"2026-03-09T23:30:00Z","end":"2026-03-10T00:30:00Z","all_day":false,"status":"tentative"}
{"source":"contoso","room":"conf-b@contoso.com","room_name":"Conf \"B\" é","id":"b1","series":null,"subject":"First of two at one time","withheld":false,"start":"2026-03-10T10:00:00Z","end":"2026-03-10T11:00:00Z","all_day":false,"status":"confirmed"}
{"source":"contoso","room":"conf-b@contoso.com","room_name":"Conf \"B\" é","id":"b2","series":null,"subject":"Second of two at one time","withheld":false,"start":"2026-03-10T10:00:00Z","end":"2026-03-10T10:30:00Z","all_day":false,"status":"confirmed"}
"#;
    assert_eq!(
        ended.stdout,
        of_one.replace("contoso\",\"room\"", "adatum\",\"room\"") + of_one
    );
}

#[test]
fn a_second_pass_prints_the_same_to_the_letter() {
    let simulator = simulator();
    let workplace = Workplace::new(&Source::contoso(&simulator).to_string(), &["o365"]).unwrap();
    let first = workplace.collect(&[]).unwrap();
    let second = workplace.collect(&[]).unwrap();
    assert_eq!((first.code, second.code), (0, 0));
    assert_eq!(first.stdout, second.stdout);
    assert!(
        first
            .stderr
            .contains("contoso: meetings: 7 new, 0 changed, 0 gone, 0 as before\n"),
        "{}",
        first.stderr
    );
    assert!(
        second
            .stderr
            .contains("contoso: meetings: 0 new, 0 changed, 0 gone, 7 as before\n"),
        "{}",
        second.stderr
    );
}

#[test]
fn without_meetings_nothing_is_printed() {
    let simulator =
        Simulator::start(Tenant::new("contoso.com").room(Room::new("conf-a@contoso.com", "A"))).unwrap();
    let ended = Workplace::new(&Source::contoso(&simulator).to_string(), &["o365"])
        .unwrap()
        .collect(&[])
        .unwrap();
    assert_eq!((ended.code, ended.stdout.as_str()), (0, ""));
}
