//! Tests that `calendarView` behaves as in Graph, even where that is awkward.

use crate::common::{Graph, code, each, one_room, read, times};
use graph_sim::{Event, Mailbox, Missing, Pattern, Refusal, Room, Simulator, Tenant};
use serde_json::json;

const MARCH: &str = "startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-04-01T00:00:00Z";

#[tokio::test]
async fn an_event_shows_what_was_selected_with_id_and_etag() {
    let sim = one_room([Event::new("Budget", "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z").private()]);
    let graph = Graph::sign_in(&sim).await;
    let (status, page) = graph
        .json(&format!(
            "/users/conf-a@contoso.com/calendarView?{MARCH}&$select=subject,start,end,sensitivity,isAllDay"
        ))
        .await;
    assert_eq!(status, 200, "{page}");
    let mut event = page["value"][0].clone();
    let id = event["id"].take();
    let id = id.as_str().unwrap();
    assert!(
        id.starts_with("AAMk") && id.ends_with('=') && (140..200).contains(&id.len()),
        "{id}"
    );
    let tag = event["@odata.etag"].take();
    assert!(tag.as_str().unwrap().starts_with("W/\""));
    assert_eq!(
        event,
        json!({
            "@odata.etag": null, "id": null, "subject": "Budget", "sensitivity": "private", "isAllDay": false,
            "start": {"dateTime": "2026-03-10T10:00:00.0000000", "timeZone": "UTC"},
            "end": {"dateTime": "2026-03-10T11:00:00.0000000", "timeZone": "UTC"},
        })
    );
    assert_eq!(
        page["@odata.context"],
        format!(
            "{}/$metadata#users('conf-a%40contoso.com')/calendarView(subject,start,end,sensitivity,isAllDay)",
            sim.graph_url()
        )
    );
    assert!(page.get("@odata.nextLink").is_none());
}

#[tokio::test]
async fn a_series_is_expanded_in_its_own_zone_with_its_exceptions_and_without_its_master() {
    let sim = one_room([Event::new("Sync", "2026-03-17T10:00", "2026-03-17T11:00")
        .zone("W. Europe Standard Time")
        .repeats(Pattern::Weekly(1, vec![]))
        .times(4)
        .change_on("2026-03-24", |e| {
            e.moved_to("2026-03-25T15:00", "2026-03-25T16:00")
                .subject("Moved")
        })
        .change_on("2026-04-07", Event::private)]);
    let graph = Graph::sign_in(&sim).await;
    let (_, page) = graph
        .json(
            "/users/conf-a@contoso.com/calendar/calendarView?startDateTime=2026-03-01&endDateTime=2026-05-01",
        )
        .await;
    assert_eq!(
        times(&page, "start"),
        [
            "2026-03-17T09:00:00",
            "2026-03-25T14:00:00",
            "2026-03-31T08:00:00",
            "2026-04-07T08:00:00"
        ]
    );
    assert_eq!(
        each(&page, "type"),
        ["occurrence", "exception", "occurrence", "exception"]
    );
    assert_eq!(each(&page, "subject"), ["Sync", "Moved", "Sync", "Sync"]);
    assert_eq!(
        each(&page, "sensitivity"),
        ["normal", "normal", "normal", "private"]
    );
    assert_eq!(each(&page, "originalStart")[1], "2026-03-24T09:00:00Z");
    let masters = each(&page, "seriesMasterId");
    assert!(
        masters
            .iter()
            .all(|master| *master == masters[0] && master.len() > 100)
    );
    assert!(!each(&page, "id").contains(&masters[0]));
}

#[tokio::test]
async fn an_all_day_event_reads_midnight_to_midnight_but_is_filtered_by_its_true_instants() {
    let sim = one_room([Event::all_day("Fair", "2026-03-10", 1, "Europe/Amsterdam")]);
    let graph = Graph::sign_in(&sim).await;
    // In Amsterdam the tenth begins at 23:00 UTC of the ninth.
    let view = "/users/conf-a@contoso.com/calendarView";
    let (_, before) = graph
        .json(&format!(
            "{view}?startDateTime=2026-03-09T00:00:00Z&endDateTime=2026-03-10T00:00:00Z"
        ))
        .await;
    assert_eq!(times(&before, "start"), ["2026-03-10T00:00:00"]);
    assert_eq!(times(&before, "end"), ["2026-03-11T00:00:00"]);
    assert_eq!(before["value"][0]["start"]["timeZone"], "UTC");
    assert_eq!(before["value"][0]["originalStartTimeZone"], "Europe/Amsterdam");
    let (_, after) = graph
        .json(&format!(
            "{view}?startDateTime=2026-03-10T23:00:00Z&endDateTime=2026-03-11T23:00:00Z"
        ))
        .await;
    assert_eq!(after["value"], json!([]));
    let tokyo = graph
        .get(&format!("{view}?{MARCH}"))
        .header("prefer", "outlook.timezone=\"Tokyo Standard Time\"");
    let (_, tokyo) = read(tokyo.send().await.unwrap()).await;
    assert_eq!(
        tokyo["value"][0]["start"],
        json!({"dateTime": "2026-03-10T00:00:00.0000000", "timeZone": "Tokyo Standard Time"})
    );
}

#[tokio::test]
async fn without_prefer_on_a_later_page_zone_ids_and_page_size_revert() {
    let day = |day: u32| format!("2026-03-{day:02}T10:00:00Z");
    let sim = one_room((1..=20).map(|d| Event::new(&d.to_string(), &day(d), &day(d).replace("10:", "11:"))));
    let graph = Graph::sign_in(&sim).await;
    let first = format!("/users/conf-a@contoso.com/calendarView?{MARCH}&$select=subject,start");
    let prefer = "outlook.timezone=\"Europe/Berlin\", odata.maxpagesize=4, IdType=\"ImmutableId\"";
    let answer = graph.get(&first).header("prefer", prefer).send().await.unwrap();
    assert_eq!(answer.headers()["preference-applied"], prefer);
    let (_, page) = read(answer).await;
    assert_eq!(each(&page, "subject"), ["1", "2", "3", "4"]);
    assert_eq!(times(&page, "start")[0], "2026-03-01T11:00:00");
    let next = page["@odata.nextLink"].as_str().unwrap().to_owned();
    let (_, kept) = read(graph.get(&next).header("prefer", prefer).send().await.unwrap()).await;
    let (_, lost) = graph.json(&next).await;
    assert_eq!(each(&kept, "subject"), ["5", "6", "7", "8"]);
    assert_eq!(
        each(&lost, "subject"),
        ["5", "6", "7", "8", "9", "10", "11", "12", "13", "14"]
    );
    assert_eq!(times(&lost, "start")[0], "2026-03-05T10:00:00");
    assert_ne!(each(&lost, "id")[0], each(&kept, "id")[0]);
}

#[tokio::test]
async fn mailboxes_are_refused_and_missing_in_the_documented_words() {
    let room = |name: &str, state: Mailbox| Room::new(&format!("{name}@contoso.com"), name).mailbox(state);
    let sim = Simulator::start(
        Tenant::new("contoso.com")
            .room(room("a", Mailbox::Refused(Refusal::AccessDenied)))
            .room(room("b", Mailbox::Refused(Refusal::AccessPolicy)))
            .room(room("c", Mailbox::Refused(Refusal::ODataDisabled)))
            .room(room("d", Mailbox::Missing(Missing::InvalidUser)))
            .room(room("e", Mailbox::Missing(Missing::ResourceNotFound)))
            .room(room("f", Mailbox::Missing(Missing::NoDirectoryObject)))
            .room(room("g", Mailbox::Missing(Missing::ItemNotFound)))
            .room(room("h", Mailbox::OnPremises))
            .room(
                Room::new("i@contoso.com", "i")
                    .upn("room-i@contoso.onmicrosoft.com")
                    .object_id("11aa"),
            ),
    )
    .unwrap();
    let graph = Graph::sign_in(&sim).await;
    let mut found = Vec::new();
    for key in ["a", "b", "c", "d", "e", "f", "g", "h", "i"] {
        let (status, answer) = graph
            .json(&format!("/users/{key}@contoso.com/calendarView?{MARCH}"))
            .await;
        found.push(format!(
            "{status} {}: {}",
            code(&answer),
            answer["error"]["message"].as_str().unwrap()
        ));
    }
    assert_eq!(
        found,
        [
            "403 ErrorAccessDenied: Access is denied. Check credentials and try again.",
            "403 ErrorAccessDenied: Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings.",
            "403 ErrorAccessDenied: Access to OData is disabled.",
            "404 ErrorInvalidUser: The requested user 'd@contoso.com' is invalid.",
            "404 ResourceNotFound: Resource could not be discovered: user 'e@contoso.com'.",
            "404 Request_ResourceNotFound: Resource 'f@contoso.com' does not exist or one of its queried reference-property objects are not present.",
            "404 ErrorItemNotFound: The specified object was not found in the store.",
            "404 MailboxNotEnabledForRESTAPI: The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
            "404 ErrorInvalidUser: The requested user 'i@contoso.com' is invalid.",
        ]
    );
    for key in ["11aa", "room-i@contoso.onmicrosoft.com"] {
        assert_eq!(
            graph.json(&format!("/users/{key}/calendarView?{MARCH}")).await.0,
            200
        );
    }
}

#[tokio::test]
async fn requests_that_graph_refuses_are_refused() {
    let sim = one_room([]);
    let graph = Graph::sign_in(&sim).await;
    let view = "/users/conf-a@contoso.com/calendarView";
    for (query, expected) in [
        (
            format!("{view}?startDateTime=2020-01-01&endDateTime=2026-01-01"),
            (400, "ErrorInvalidRequest"),
        ),
        (view.to_owned(), (400, "ErrorInvalidParameter")),
        // An unencoded plus arrives as a blank.
        (
            format!("{view}?startDateTime=2026-03-01T00:00:00+01:00&endDateTime=2026-03-02"),
            (400, "ErrorInvalidParameter"),
        ),
        (
            format!("{view}?{MARCH}&$top=1001"),
            (400, "RequestBroker--ParseUri"),
        ),
        (
            format!("{view}?{MARCH}&$select=nonsense"),
            (400, "RequestBroker--ParseUri"),
        ),
        (format!("{view}?{MARCH}&$filter=x"), (501, "NotImplemented")),
    ] {
        let (status, answer) = graph.json(&query).await;
        assert_eq!((status, code(&answer)), expected, "{query}: {answer}");
    }
    let offset = "startDateTime=2026-03-01T00:00:00%2B01:00&endDateTime=2026-03-02T00:00:00%2B01:00";
    assert_eq!(graph.json(&format!("{view}?{offset}")).await.0, 200);
    let zone = graph
        .get(&format!("{view}?{MARCH}"))
        .header("prefer", "outlook.timezone=\"Mars\"");
    assert_eq!(
        code(&read(zone.send().await.unwrap()).await.1),
        "TimeZoneNotSupportedException"
    );
}

#[tokio::test]
async fn oddities_are_shown_as_they_were_written_down() {
    let at = |subject: &str| Event::new(subject, "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
    let sim = one_room([
        at("zone").with(
            "start",
            json!({"dateTime": "2026-03-10T10:00:00.0000000Z", "timeZone": "tzone://Microsoft/Utc"}),
        ),
        at("sentinel").with("end", json!({"dateTime": "9999-12-31T23:59:59.9999999"})),
        at("later").sensitivity("topSecret").without_property("isAllDay"),
        at("none").no_subject(),
        at("empty").subject("").show_as("free").cancelled(),
        at("raw").raw(json!({"id": "x"})),
    ]);
    let graph = Graph::sign_in(&sim).await;
    let view = format!(
        "/users/conf-a@contoso.com/calendarView?{MARCH}&$select=subject,start,end,sensitivity,isAllDay,showAs,isCancelled"
    );
    let (_, page) = graph.json(&view).await;
    let v = &page["value"];
    assert_eq!(
        v[0]["start"],
        json!({"dateTime": "2026-03-10T10:00:00.0000000Z", "timeZone": "tzone://Microsoft/Utc"})
    );
    assert_eq!(v[1]["end"], json!({"dateTime": "9999-12-31T23:59:59.9999999"}));
    assert_eq!(
        (&v[2]["sensitivity"], v[2].get("isAllDay")),
        (&json!("topSecret"), None)
    );
    assert_eq!(v[3].get("subject"), Some(&json!(null)));
    assert_eq!(
        (&v[4]["subject"], &v[4]["showAs"], &v[4]["isCancelled"]),
        (&json!(""), &json!("free"), &json!(true))
    );
    assert_eq!(v[5], json!({"id": "x"}));
}

#[tokio::test]
async fn a_room_may_show_the_organizers_name_as_subject_and_a_private_meeting_as_normal() {
    let at = ("2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
    let sim = one_room([
        Event::new("Ada Lovelace", at.0, at.1).organizer("Ada Lovelace", "ada@contoso.com"),
        Event::new("Salaries", at.0, at.1)
            .organizer("Ada Lovelace", "ada@contoso.com")
            .sensitivity("normal"),
        Event::new("Salaries", at.0, at.1).private(),
    ]);
    let graph = Graph::sign_in(&sim).await;
    let (status, page) = graph
        .json(&format!(
            "/users/conf-a@contoso.com/calendarView?{MARCH}&$select=organizer,subject,sensitivity"
        ))
        .await;
    assert_eq!(status, 200);
    let shown: Vec<[&str; 3]> = page["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| {
            [
                event["organizer"]["emailAddress"]["name"].as_str().unwrap(),
                event["subject"].as_str().unwrap(),
                event["sensitivity"].as_str().unwrap(),
            ]
        })
        .collect();
    assert_eq!(
        shown,
        [
            ["Ada Lovelace", "Ada Lovelace", "normal"],
            ["Ada Lovelace", "Salaries", "normal"],
            ["Adele Vance", "Salaries", "private"],
        ]
    );
}

#[tokio::test]
async fn a_changed_tenant_is_seen_by_the_next_request() {
    let sim = one_room([Event::new("Old", "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z")]);
    let graph = Graph::sign_in(&sim).await;
    let view = format!("/users/conf-a@contoso.com/calendarView?{MARCH}");
    assert_eq!(each(&graph.json(&view).await.1, "subject"), ["Old"]);
    sim.update(|tenant| {
        let events = tenant.room_mut("CONF-A@contoso.com")?.events_mut();
        events.push(Event::new("New", "2026-03-10T12:00:00Z", "2026-03-10T13:00:00Z"));
        Ok(())
    })
    .unwrap();
    assert_eq!(each(&graph.json(&view).await.1, "subject"), ["Old", "New"]);
    let wrong = sim.update(|tenant| {
        tenant
            .room_mut("conf-a@contoso.com")?
            .events_mut()
            .push(Event::new("x", "noon", "later"));
        Ok(())
    });
    assert!(wrong.unwrap_err().to_string().contains("\"noon\" is not a time"));
    assert_eq!(each(&graph.json(&view).await.1, "subject"), ["Old", "New"]);
}

#[tokio::test]
async fn ids_stay_when_other_events_go_and_differ_between_rooms() {
    let at = |subject: &str| Event::new(subject, "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
    let series = || {
        at("series")
            .repeats(Pattern::Daily(1))
            .times(2)
            .change_on("2026-03-11", Event::private)
    };
    let room = |name: &str| Room::new(&format!("{name}@contoso.com"), name).events([at("first"), series()]);
    let sim = Simulator::start(Tenant::new("contoso.com").room(room("a")).room(room("b"))).unwrap();
    let graph = Graph::sign_in(&sim).await;
    let ids = async |room: &str| {
        let (_, page) = graph
            .json(&format!("/users/{room}@contoso.com/calendarView?{MARCH}"))
            .await;
        each(&page, "id")
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let (before, other) = (ids("a").await, ids("b").await);
    sim.update(|tenant| {
        tenant.room_mut("a@contoso.com")?.events_mut().remove(0);
        Ok(())
    })
    .unwrap();
    assert_eq!(ids("a").await, before[1..]);
    let all: std::collections::HashSet<&String> = before.iter().chain(&other).collect();
    assert_eq!(all.len(), 6);
}
