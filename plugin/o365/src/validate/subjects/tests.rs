use super::*;
use crate::script::{Script, now, with_lists};
use crate::validate::validate;
use serde_json::json;

/// The clock of the service that the script stands for.
const DATE: &str = "Tue, 10 Mar 2026 10:00:00 GMT";

fn event(subject: &str, organizer: &str, sensitivity: &str) -> Value {
    json!({"subject": subject, "organizer": {"emailAddress": {"name": organizer, "address": "p@contoso.com"}},
        "sensitivity": sensitivity})
}

/// A tenant whose rooms `r0`, `r1`, … hold these events.
fn tenant(events: &[Vec<Value>]) -> Script {
    let rooms: Vec<Value> = (0..events.len())
        .map(|at| json!({"emailAddress": format!("r{at}@contoso.com")}))
        .collect();
    let script = Script::default()
        .dated(DATE)
        .on(
            "/places/microsoft.graph.roomlist?",
            200,
            json!({"value": [{"emailAddress": "hq@contoso.com"}]}),
        )
        .on("/hq@contoso.com/", 200, json!({"value": rooms}))
        .on("&$select=id&$top=1", 200, json!({"value": []}));
    events.iter().enumerate().fold(script, |script, (at, events)| {
        let looked_at = format!("/users/r{at}@contoso.com/calendarView?startDateTime=2026-02-10");
        script.on(&looked_at, 200, json!({"value": events}))
    })
}

/// The warnings, by name, with message and advice.
fn warnings(script: &Script, settings: &str) -> Vec<(String, String, String)> {
    let checks = now(validate(script, settings));
    let known = ["subjects", "private meetings"];
    let found = checks
        .into_iter()
        .filter(|check| known.contains(&check.name.as_str()));
    found
        .map(|check| {
            assert_eq!(check.status, CheckStatus::Warning);
            (check.name, check.reason.message, check.reason.advice.unwrap())
        })
        .collect()
}

#[test]
fn a_room_whose_subjects_are_the_organizers_names_is_told_with_the_line_that_keeps_subjects() {
    let named = vec![
        event("Jane Doe ", "Jane Doe", "normal"),
        event("OMAR", "Omar", "normal"),
        event("", "Omar", "normal"),
    ];
    let real = vec![event("Weekly sync", "Jane Doe", "normal")];
    let script = tenant(&[named, real]);
    let warnings = warnings(&script, &with_lists("hq@contoso.com"));
    assert_eq!(warnings.len(), 1);
    let (name, message, advice) = &warnings[0];
    assert_eq!(
        (name.as_str(), message.as_str()),
        (
            "subjects",
            "in 1 of the 2 rooms looked at, every subject is the organizer's name: r0@contoso.com"
        )
    );
    assert!(
        advice.contains(
            "Set-CalendarProcessing -Identity 'r0@contoso.com' -DeleteSubject $false -AddOrganizerToSubject $false"
        ),
        "{advice}"
    );
}

#[test]
fn one_request_asks_for_a_few_events_around_the_services_own_date() {
    let script = tenant(&[vec![], vec![]]);
    now(validate(&script, &with_lists("hq@contoso.com")));
    let asked = script.asked();
    let asked: Vec<&String> = asked.iter().filter(|url| url.contains("organizer")).collect();
    let url = |room: &str| {
        format!(
            "+/users/{room}@contoso.com/calendarView?startDateTime=2026-02-10T10:00:00Z&endDateTime=2026-04-07T10:00:00Z\
             &$select=subject,organizer,sensitivity&$top=10"
        )
    };
    assert_eq!(asked, [&url("r0"), &url("r1")]);
}

#[test]
fn nothing_is_asked_where_every_subject_is_withheld() {
    let script = tenant(&[vec![event("Omar", "Omar", "normal"); 3]]);
    let settings = with_lists("hq@contoso.com").replace('}', ",\"withhold-subjects\":\"all\"}");
    assert_eq!(warnings(&script, &settings), []);
    assert!(!script.asked().iter().any(|url| url.contains("organizer")));
}

#[test]
fn many_subjects_and_not_one_private_meeting_may_mean_that_the_flag_is_removed() {
    let room = vec![event("Weekly sync", "Jane Doe", "normal"); 10];
    let mut rooms = vec![room; 5];
    let script = tenant(&rooms);
    let warnings_of_five = warnings(&script, &with_lists("hq@contoso.com"));
    let (name, message, advice) = &warnings_of_five[0];
    assert_eq!(name, "private meetings");
    assert!(
        message.starts_with(
            "of 50 meetings looked at, not one is private: the rooms may remove the private flag"
        ),
        "{message}"
    );
    assert!(
        advice.contains("Set-CalendarProcessing -Identity 'r0@contoso.com' -RemovePrivateProperty $false"),
        "{advice}"
    );
    rooms[3][4] = event("Budget", "Omar", "Private");
    assert_eq!(warnings(&tenant(&rooms), &with_lists("hq@contoso.com")), []);
    rooms.truncate(3);
    assert_eq!(
        warnings(&tenant(&rooms), &with_lists("hq@contoso.com")),
        [],
        "too few to say"
    );
}

#[test]
fn neither_a_name_nor_a_subject_is_said() {
    let named = vec![event("Zebulon", "Zebulon", "normal"); 3];
    let real = vec![event("Xylophone", "Zebulon", "normal"); 10];
    let rooms = [vec![named], vec![real; 5]].concat();
    let script = tenant(&rooms);
    let checks = now(validate(&script, &with_lists("hq@contoso.com")));
    assert!(checks.iter().any(|check| check.name == "subjects"));
    assert!(checks.iter().any(|check| check.name == "private meetings"));
    let said = format!("{checks:?} {:?}", script.log.borrow());
    assert!(!said.contains("Zebulon") && !said.contains("Xylophone"), "{said}");
}

#[test]
fn events_of_any_shape_are_looked_at() {
    let odd = [
        json!(7),
        json!({}),
        json!({"subject": null, "organizer": null, "sensitivity": 3}),
        json!({"subject": "A", "organizer": {"emailAddress": {"name": 5}}}),
    ];
    assert_eq!(
        look(&odd),
        Seen {
            names: 0,
            subjects: 1,
            private: 0
        }
    );
}
