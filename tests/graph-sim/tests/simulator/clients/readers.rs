//! Tests that each client reads the whole tenant, to the last page.

use std::time::Duration;

use graph_sim::{Event, Mailbox, Pattern, Refusal, Room, RoomList, Simulator, Tenant};
use serde_json::{Value, json};

use crate::clients::installed::{CLIENTS, Client, Reader, pins, run};
use crate::common::Graph;

/// 130 rooms (two pages) in one list, the first with meetings.
fn tenant() -> Tenant {
    let first = Room::new("room-001@contoso.com", "Room 1").events([
        Event::new("Daily", "2026-03-09T09:00", "2026-03-09T09:15")
            .zone("Pacific Standard Time")
            .repeats(Pattern::Daily(1))
            .times(7)
            .without("2026-03-11")
            .change_on("2026-03-12", |e| {
                e.moved_to("2026-03-12T15:00", "2026-03-12T15:15")
                    .subject("Later")
            }),
        Event::new("O'Brien & Zoë", "2026-03-10T10:00:00Z", "2026-03-10T11:30:00Z").private(),
        Event::new("", "2026-03-10T12:00:00Z", "2026-03-10T13:00:00Z").no_subject(),
        Event::all_day("Fair", "2026-03-13", 2, "UTC"),
        Event::new("Over", "2026-03-16T00:00:00Z", "2026-03-16T01:00:00Z"),
    ]);
    let others = (2..=130).map(|n| Room::new(&address(n), &format!("Room {n}")));
    let all: Vec<String> = (1..=130).map(address).collect();
    others
        .fold(Tenant::new("contoso.com").room(first), Tenant::room)
        .list(RoomList::new(
            "hq@contoso.com",
            "Headquarters",
            all.iter().map(String::as_str),
        ))
}

fn address(number: usize) -> String {
    format!("room-{number:03}@contoso.com")
}

fn addresses() -> Value {
    (1..=130).map(|n| json!({"address": address(n)})).collect()
}

/// The first room's week from Monday the ninth, in order of start.
fn week() -> Value {
    let item = |subject: Value, start: &str, end: &str| {
        let at = |text: &str| format!("2026-03-{text}:00Z");
        json!({"subject": subject, "start": at(start), "end": at(end)})
    };
    json!([
        item(json!("Daily"), "09T16:00", "09T16:15"),
        item(json!("O'Brien & Zoë"), "10T10:00", "10T11:30"),
        item(Value::Null, "10T12:00", "10T13:00"),
        item(json!("Daily"), "10T16:00", "10T16:15"),
        item(json!("Later"), "12T22:00", "12T22:15"),
        item(json!("Fair"), "13T00:00", "15T00:00"),
        item(json!("Daily"), "13T16:00", "13T16:15"),
        item(json!("Daily"), "14T16:00", "14T16:15"),
        item(json!("Daily"), "15T16:00", "15T16:15"),
    ])
}

/// A request with these fields besides the common ones.
fn request(graph: &Graph, what: &str, more: &Value) -> Value {
    let mut request = json!({
        "id": 1, "what": what, "graph": graph.base, "token": graph.token, "room": "room-001@contoso.com",
        "list": "hq@contoso.com", "from": "2026-03-09T00:00:00Z", "to": "2026-03-16T00:00:00Z",
    });
    for (name, value) in more.as_object().unwrap() {
        request[name] = value.clone();
    }
    request
}

#[tokio::test]
#[ignore = "needs clients that are not ours: make conformance"]
async fn every_client_reads_a_calendar_page_after_page() {
    let sim = Simulator::start(tenant()).unwrap();
    let graph = Graph::sign_in(&sim).await;
    for client in CLIENTS {
        let mut reader = Reader::start(client);
        for (top, pages) in [(4, 3), (500, 1)] {
            sim.forget_requests();
            let found = reader.ask(&request(&graph, "calendar", &json!({"top": top})));
            assert_eq!(found, json!({"id": 1, "items": week()}), "{client:?}");
            assert_eq!(sim.requests_to("calendarView").len(), pages, "{client:?}");
        }
    }
}

#[tokio::test]
#[ignore = "needs clients that are not ours: make conformance"]
async fn every_client_that_tracks_changes_gets_occurrences_without_their_subject() {
    let sim = Simulator::start(tenant()).unwrap();
    let graph = Graph::sign_in(&sim).await;
    let mut week = week();
    for item in week.as_array_mut().unwrap() {
        let kind = match item["subject"].as_str() {
            Some("Daily") => "occurrence",
            Some("Later") => "exception",
            _ => "singleInstance",
        };
        item["type"] = json!(kind);
        if kind == "occurrence" {
            item["subject"] = Value::Null;
        }
    }
    for client in [Client::MsGraphSdk, Client::JavaScript] {
        sim.forget_requests();
        let found = Reader::start(client).ask(&request(&graph, "delta", &json!({"top": 2})));
        let Some(items) = found["items"].as_array() else {
            panic!("{client:?}: {found}");
        };
        let meetings: Value = items
            .iter()
            .filter(|item| item["type"] != "seriesMaster")
            .cloned()
            .collect();
        assert_eq!(meetings, week, "{client:?}");
        assert!(sim.requests_to("calendarView/delta").len() > 1, "{client:?}");
    }
}

#[tokio::test]
#[ignore = "needs clients that are not ours: make conformance"]
async fn every_client_that_knows_places_reads_all_rooms_and_those_of_a_list() {
    let sim = Simulator::start(tenant()).unwrap();
    let graph = Graph::sign_in(&sim).await;
    for client in [Client::MsGraphSdk, Client::JavaScript] {
        let mut reader = Reader::start(client);
        for what in ["rooms", "rooms-of"] {
            sim.forget_requests();
            let found = reader.ask(&request(&graph, what, &json!({})));
            assert_eq!(found, json!({"id": 1, "items": addresses()}), "{client:?}");
            assert_eq!(sim.requests_to("/places/").len(), 2, "{client:?}");
        }
    }
    let found = Reader::start(Client::O365).ask(&request(&graph, "rooms", &json!({})));
    assert_eq!(
        found,
        json!({"id": 1, "error": "not offered: O365 has nothing for rooms"})
    );
}

#[tokio::test]
#[ignore = "needs clients that are not ours: make conformance"]
async fn every_client_tells_a_refusal_in_the_words_of_graph_and_goes_on() {
    let room = |name: &str| Room::new(&format!("{name}@contoso.com"), name);
    let sim = Simulator::start(
        Tenant::new("contoso.com")
            .room(room("refused").mailbox(Mailbox::Refused(Refusal::AccessPolicy)))
            .room(room("slow").mailbox(Mailbox::Slow(Duration::from_secs(60))))
            .room(room("empty")),
    )
    .unwrap();
    let graph = Graph::sign_in(&sim).await;
    let view = |room: &str, limit: u32| {
        let more = json!({"room": format!("{room}@contoso.com"), "limit": limit});
        request(&graph, "calendar", &more)
    };
    for client in CLIENTS {
        let mut reader = Reader::start(client);
        let refused = reader.ask(&view("refused", 20));
        let words = refused["error"].as_str().unwrap();
        assert!(
            words.contains("403") && words.contains("[RAOP]"),
            "{client:?}: {words}"
        );
        assert_eq!(
            reader.ask(&view("slow", 2)),
            json!({"id": 1, "error": "gave up after 2 s"}),
            "{client:?}"
        );
        assert_eq!(
            reader.ask(&view("empty", 20)),
            json!({"id": 1, "items": []}),
            "{client:?}"
        );
    }
}

#[test]
#[ignore = "needs clients that are not ours: make conformance"]
fn every_client_says_the_version_that_is_pinned() {
    let python = std::fs::read_to_string(pins().join("requirements.txt")).unwrap();
    let npm: Value =
        serde_json::from_str(&std::fs::read_to_string(pins().join("package.json")).unwrap()).unwrap();
    for client in CLIENTS {
        let mut program = client.program();
        program.arg("--version");
        let (status, said) = run(program, "");
        let (name, version) = said.trim_end().split_once(' ').unwrap();
        let pinned = match client {
            Client::JavaScript => npm["dependencies"][name].as_str(),
            _ => python.lines().find_map(|line| {
                let (pinned, version) = line.split_once("==")?;
                pinned.eq_ignore_ascii_case(name).then_some(version)
            }),
        };
        assert_eq!((status, pinned), (0, Some(version)));
    }
}
