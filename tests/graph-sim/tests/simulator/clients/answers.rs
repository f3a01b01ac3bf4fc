//! Tests that the simulator's answers have the types that Microsoft publishes.

use std::fmt::Write as _;

use graph_sim::{
    Event, Fault, Group, GroupKind, Mailbox, Missing, Pattern, Refusal, RetryAfter, Room, RoomList,
    Simulator, Tenant, User, when,
};
use serde_json::{Value, json};

use crate::clients::installed::{node, run};
use crate::common::Graph;

const MARCH: &str = "startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-04-01T00:00:00Z";

/// A tenant with one object of each kind.
fn tenant() -> Tenant {
    let refused = |name: &str, state: Mailbox| Room::new(&format!("{name}@contoso.com"), name).mailbox(state);
    Tenant::new("contoso.com")
        .room(
            Room::new("conf-a@contoso.com", "Conf A")
                .building("HQ")
                .floor(2)
                .capacity(8)
                .events([
                    Event::new("Budget", "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z")
                        .private()
                        .body("<p>All of it</p>"),
                    Event::new("Off", "2026-03-11T10:00:00Z", "2026-03-11T11:00:00Z")
                        .cancelled()
                        .tentative()
                        .organizer("Zoë", "zoe@contoso.com"),
                    Event::new("", "2026-03-12T10:00:00Z", "2026-03-12T11:00:00Z")
                        .no_subject()
                        .sensitivity("confidential"),
                    Event::all_day("Fair", "2026-03-13", 2, "W. Europe Standard Time"),
                    Event::new("Sync", "2026-03-02T10:00", "2026-03-02T11:00")
                        .zone("Tokyo Standard Time")
                        .repeats(Pattern::Weekly(1, vec![]))
                        .times(4)
                        .change_on("2026-03-09", |e| e.subject("Moved"))
                        .without("2026-03-16"),
                ]),
        )
        .room(refused("refused", Mailbox::Refused(Refusal::AccessDenied)))
        .room(refused("hybrid", Mailbox::OnPremises))
        .room(refused("gone", Mailbox::Missing(Missing::ResourceNotFound)))
        .room(refused("busy", Mailbox::Normal))
        .list(RoomList::new("hq@contoso.com", "HQ", ["conf-a@contoso.com"]))
        .user(User::new("adele@contoso.com", "Adele"))
        .group(Group::new(
            GroupKind::Microsoft365,
            "project@contoso.com",
            "Project",
        ))
}

#[tokio::test]
#[ignore = "needs clients that are not ours: make conformance"]
async fn every_answer_has_the_types_that_microsoft_publishes() {
    let sim = Simulator::start(tenant()).unwrap();
    sim.inject(when("busy").then(Fault::Throttled(RetryAfter::Seconds(1))));
    let graph = Graph::sign_in(&sim).await;
    let view = |room: &str| format!("/users/{room}@contoso.com/calendarView?{MARCH}");
    let delta = format!("/users/conf-a@contoso.com/calendarView/delta?{MARCH}");
    let mut answers = String::new();
    let mut add = |name: &str, kind: &str, answer: Value| {
        writeln!(
            answers,
            "{}",
            json!({"name": name, "type": kind, "answer": answer})
        )
        .unwrap();
    };
    for (kind, target) in [
        ("Page<Event>", view("conf-a")),
        ("Page<Event>", format!("{}&$top=2&$count=true", view("conf-a"))),
        (
            "Page<Event>",
            format!(
                "{}&$select=subject,start,end,sensitivity,recurrence",
                view("conf-a")
            ),
        ),
        ("Calendar", "/users/conf-a@contoso.com/calendar".to_owned()),
        ("Page<Room>", "/places/microsoft.graph.room".to_owned()),
        (
            "Page<Room>",
            "/places/microsoft.graph.room?$top=1&$select=id,emailAddress&$count=true".to_owned(),
        ),
        ("Page<RoomList>", "/places/microsoft.graph.roomlist".to_owned()),
        (
            "Page<Room>",
            "/places/hq@contoso.com/microsoft.graph.roomlist/rooms".to_owned(),
        ),
        ("Room", "/places/conf-a@contoso.com".to_owned()),
        ("RoomList", "/places/hq@contoso.com".to_owned()),
        ("Page<User>", "/users?$top=2".to_owned()),
        ("User", "/users/adele@contoso.com?$select=id,mail".to_owned()),
        ("Page<Group>", "/groups".to_owned()),
        ("Page<Organization>", "/organization".to_owned()),
        ("Failure", view("refused")),
        ("Failure", view("hybrid")),
        ("Failure", view("gone")),
        ("Failure", view("nobody")),
        ("Failure", view("busy")),
        ("Failure", format!("{}&$select=subjekt", view("conf-a"))),
        ("Failure", "/users/conf-a@contoso.com/calendarView".to_owned()),
        ("Failure", "/places/nobody@contoso.com".to_owned()),
        ("Failure", "/users/nobody@contoso.com".to_owned()),
        ("Failure", "/nothing".to_owned()),
    ] {
        let (status, answer) = graph.json(&target).await;
        assert_eq!(status == 200, kind != "Failure", "{target}: {status} {answer}");
        add(&target, kind, answer);
    }
    let (_, all) = graph.json(&delta).await;
    let removed = sim.update(|tenant| {
        tenant.room_mut("conf-a@contoso.com")?.events_mut().remove(0);
        Ok(())
    });
    removed.unwrap();
    let (_, changes) = graph.json(all["@odata.deltaLink"].as_str().unwrap()).await;
    assert!(changes["value"][0]["@removed"].is_object(), "{changes}");
    add("a first delta", "Page<Event>", all);
    add("a second delta", "Page<Event>", changes);
    let inner = |id: &str, room: &str| json!({"id": id, "method": "GET", "url": view(room)});
    let (_, batch) = graph
        .batch(json!([inner("1", "conf-a"), inner("2", "refused")]))
        .await;
    add("$batch", "Batch<Page<Event> | Failure>", batch);

    let (status, mistakes) = run(node("types.mjs"), &answers);
    assert_eq!((status, mistakes.as_str()), (0, ""));
}

#[test]
#[ignore = "needs clients that are not ours: make conformance"]
fn a_wrong_property_value_or_type_is_found() {
    for (event, mistake) in [
        (
            json!({"sensitivty": "private"}),
            "'\"sensitivty\"' does not exist",
        ),
        (
            json!({"sensitivity": "secret"}),
            "Type '\"secret\"' is not assignable",
        ),
        (
            json!({"start": {"dateTime": "2026-03-10T10:00:00", "zone": "UTC"}}),
            "'\"zone\"' does not exist",
        ),
        (json!({"isAllDay": "false"}), "Type 'string' is not assignable"),
    ] {
        let answer = json!({"@odata.context": "events", "value": [event]});
        let line = json!({"name": "a mistake", "type": "Page<Event>", "answer": answer});
        let (status, said) = run(node("types.mjs"), &line.to_string());
        assert_eq!(status, 1, "{event} was not found to be wrong");
        assert!(
            said.starts_with("a mistake: ") && said.contains(mistake),
            "{said}"
        );
    }
}
