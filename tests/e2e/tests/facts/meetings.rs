//! What a meeting is: status, privacy, series, names.

use e2e::{Ended, Source};
use graph_sim::{Event, Pattern, Room, RoomList, Simulator, Tenant};
use serde_json::{Value, json};

use crate::{collect, workplace};

fn simulator(events: impl IntoIterator<Item = Event>) -> Simulator {
    Simulator::start(
        Tenant::new("contoso.com").room(Room::new("conf-a@contoso.com", "Conf A").events(events)),
    )
    .unwrap()
}

fn event(subject: &str) -> Event {
    Event::new(subject, "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z").with("id", json!(subject))
}

/// This key of each meeting, by the id, which is the subject that was booked.
fn each(ended: &Ended, key: &str) -> Vec<(String, Value)> {
    let meetings = ended.meetings(0).unwrap();
    meetings
        .iter()
        .map(|meeting| (meeting["id"].as_str().unwrap().to_owned(), meeting[key].clone()))
        .collect()
}

fn pairs<const N: usize>(expected: [(&str, Value); N]) -> Vec<(String, Value)> {
    expected.map(|(id, value)| (id.to_owned(), value)).to_vec()
}

#[test]
fn a_status_follows_from_the_flags_and_not_from_the_subject() {
    let ended = collect(&simulator([
        event("Canceled: not really").show_as("free"),
        event("cancelled").cancelled(),
        event("cancelled and tentative").tentative().cancelled(),
        event("new kind").show_as("somethingNew"),
        event("out").show_as("oof"),
        event("plain"),
        event("tentative").tentative(),
        event("unsaid")
            .without_property("showAs")
            .without_property("isCancelled"),
    ]));
    assert_eq!(
        each(&ended, "status"),
        pairs([
            ("Canceled: not really", json!("confirmed")),
            ("cancelled", json!("cancelled")),
            ("cancelled and tentative", json!("cancelled")),
            ("new kind", json!("confirmed")),
            ("out", json!("confirmed")),
            ("plain", json!("confirmed")),
            ("tentative", json!("tentative")),
            ("unsaid", json!("confirmed")),
        ])
    );
}

fn withheld(choice: Option<&str>) -> Vec<(String, Value)> {
    let simulator = simulator([
        event("confidential").sensitivity("confidential"),
        event("empty").subject("  "),
        event("new marking").sensitivity("somethingNew"),
        event("normal"),
        event("personal").sensitivity("personal"),
        event("private").private(),
        event("unmarked").without_property("sensitivity"),
    ]);
    let source = Source::contoso(&simulator);
    let source = match choice {
        Some(choice) => source.setting("withhold-subjects", choice),
        None => source,
    };
    let ended = workplace(&source).collect(&[]).unwrap();
    // What is withheld is not there.
    for meeting in ended.meetings(0).unwrap() {
        let empty = meeting["id"] == "empty";
        assert_eq!(
            meeting["subject"].is_null(),
            empty || meeting["withheld"] == true,
            "{meeting}"
        );
    }
    each(&ended, "withheld")
}

#[test]
fn private_subjects_are_withheld_and_those_of_which_nothing_is_known() {
    let expected = pairs([
        ("confidential", json!(true)),
        ("empty", json!(false)),
        ("new marking", json!(true)),
        ("normal", json!(false)),
        ("personal", json!(false)),
        ("private", json!(true)),
        ("unmarked", json!(true)),
    ]);
    assert_eq!(withheld(None), expected);
    assert_eq!(withheld(Some("private")), expected);
}

#[test]
fn every_marked_subject_is_withheld_on_demand() {
    let withheld: Vec<bool> = withheld(Some("marked"))
        .into_iter()
        .map(|(_, value)| value == true)
        .collect();
    assert_eq!(withheld, [true, false, true, false, true, true, true]);
}

#[test]
fn every_subject_is_withheld_on_demand() {
    assert!(withheld(Some("all")).into_iter().all(|(_, value)| value == true));
}

#[test]
fn an_occurrence_made_private_in_an_open_series_is_withheld() {
    let series = Event::new("Open", "2026-03-09T10:00", "2026-03-09T11:00")
        .zone("W. Europe Standard Time")
        .repeats(Pattern::Daily(1))
        .times(5)
        .change_on("2026-03-10", Event::private)
        .change_on("2026-03-11", |event| {
            event
                .moved_to("2026-03-11T15:00", "2026-03-11T16:00")
                .subject("Moved")
        })
        .without("2026-03-12");
    let ended = collect(&simulator([series]));
    assert_eq!(
        ended.brief().unwrap(),
        [
            "conf-a 2026-03-09T09:00 Open",
            "conf-a 2026-03-10T09:00 -",
            "conf-a 2026-03-11T14:00 Moved",
            "conf-a 2026-03-13T09:00 Open",
        ]
    );
    let meetings = ended.meetings(0).unwrap();
    assert!(meetings[0]["series"].is_string(), "{}", meetings[0]);
    assert!(
        meetings
            .iter()
            .all(|meeting| meeting["series"] == meetings[0]["series"]),
        "one series"
    );
    let ids: std::collections::HashSet<_> =
        meetings.iter().map(|meeting| meeting["id"].to_string()).collect();
    assert_eq!(ids.len(), 4, "each occurrence has an id of its own");
}

#[test]
fn a_room_whose_principal_name_differs_from_its_address_is_read() {
    let room = |address: &str, upn: &str| {
        let subject = format!("Booked in {address}");
        Room::new(address, address).upn(upn).event(Event::new(
            &subject,
            "2026-03-10T10:00:00Z",
            "2026-03-10T11:00:00Z",
        ))
    };
    // The second room's principal name is the first one's address.
    let tenant = Tenant::new("contoso.com")
        .room(room("conf-a@contoso.com", "a.old@contoso.onmicrosoft.com"))
        .room(room("conf-b@contoso.com", "conf-a@contoso.com"))
        .list(RoomList::new(
            "hq@contoso.com",
            "HQ",
            ["conf-a@contoso.com", "conf-b@contoso.com"],
        ));
    let simulator = Simulator::start(tenant).unwrap();
    let ended = workplace(&Source::contoso(&simulator).lists("hq@contoso.com"))
        .collect(&[])
        .unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(
        ended.brief().unwrap(),
        [
            "conf-a 2026-03-10T10:00 Booked in conf-a@contoso.com",
            "conf-b 2026-03-10T10:00 Booked in conf-b@contoso.com",
        ]
    );
}

#[test]
fn names_in_every_script_arrive_as_they_were_written() {
    let names = [
        "Sala São Paulo",
        "会议室 东京",
        "غرفة الاجتماعات",
        "Переговорная №1",
        "חדר ישיבות",
        "ห้องประชุม",
        "Küche \"groß\" \\ 'O''Neill'",
        "🏢 Room 👩‍💻",
        "e\u{301}te\u{301}",
        "𝔐𝔞𝔱𝔥",
    ];
    let tenant = names
        .iter()
        .enumerate()
        .fold(Tenant::new("contoso.com"), |tenant, (number, name)| {
            let event = Event::new(name, "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
            tenant.room(Room::new(&format!("room-{number}@contoso.com"), name).event(event))
        });
    let ended = collect(&Simulator::start(tenant).unwrap());
    let found = ended.meetings(0).unwrap();
    let text = |key: &str| {
        found
            .iter()
            .map(|meeting| meeting[key].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(text("room_name"), names);
    assert_eq!(text("subject"), names);
}

#[test]
fn an_address_with_an_apostrophe_is_read() {
    let event = Event::new("Lunch", "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
    let tenant = Tenant::new("contoso.com")
        .room(Room::new("o'neill+1@contoso.com", "O'Neill").event(event))
        .list(RoomList::new(
            "o'list@contoso.com",
            "O'List",
            ["o'neill+1@contoso.com"],
        ));
    let simulator = Simulator::start(tenant).unwrap();
    let ended = workplace(&Source::contoso(&simulator).lists("o'list@contoso.com"))
        .collect(&[])
        .unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.brief().unwrap(), ["o'neill+1 2026-03-10T10:00 Lunch"]);
}

#[test]
fn a_meeting_that_changes_is_changed_and_one_that_goes_is_gone() {
    let simulator = simulator([event("moves"), event("stays"), event("goes")]);
    let workplace = workplace(&Source::contoso(&simulator));
    assert_eq!(workplace.collect(&[]).unwrap().code, 0);
    simulator
        .update(|tenant| {
            let events = tenant.room_mut("conf-a@contoso.com")?.events_mut();
            events.pop();
            events[0] = Event::new("moves", "2026-03-12T10:00:00Z", "2026-03-12T11:00:00Z")
                .with("id", json!("moves"));
            events.push(event("comes"));
            Ok(())
        })
        .unwrap();
    let ended = workplace.collect(&[]).unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let expected = [
        "conf-a 2026-03-10T10:00 comes",
        "conf-a 2026-03-10T10:00 stays",
        "conf-a 2026-03-12T10:00 moves",
    ];
    assert_eq!(ended.brief().unwrap(), expected);
    assert!(
        ended
            .stderr
            .contains("contoso: meetings: 1 new, 1 changed, 1 gone, 1 as before\n"),
        "{}",
        ended.stderr
    );
}
