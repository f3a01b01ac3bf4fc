//! Tests that call records behave as in Graph.

use std::time::Duration;

use crate::common::{Graph, code, each, read};
use chrono::{DateTime, TimeDelta, Utc};
use graph_sim::{
    App, CallKind, CallParty, CallRecord, CallSession, Fault, ROLES, RetryAfter, Room, Simulator, Tenant,
    User, when,
};
use serde_json::{Value, json};

const CALLS: &str = "/communications/callRecords";
const ROOM: &str = "conf-a@contoso.com";
const ADELE: &str = "adelev@contoso.com";

/// A tenant with a room and two users, as of noon on March 10.
fn contoso() -> Tenant {
    Tenant::new("contoso.com")
        .app(App::default().roles(ROLES.into_iter().chain(["CallRecords.Read.All"])))
        .room(Room::new(ROOM, "Conf A").object_id("0a0a0a0a-1111-4222-a333-444444444444"))
        .user(User::new(ADELE, "Adele Vance"))
        .user(User::new("bob@contoso.com", "Bob"))
        .calls_as_of(at("2026-03-10T12:00:00Z"))
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A call of ten minutes of Adele's, from this minute after eight o'clock.
fn short(minute: i64) -> CallRecord {
    let start = at("2026-03-10T08:00:00Z") + TimeDelta::minutes(minute);
    let end = start + TimeDelta::minutes(10);
    CallRecord::between(start, end).session(CallSession::between(ADELE, start, end))
}

/// A meeting from ten to eleven with the room and Adele.
fn meeting() -> CallRecord {
    CallRecord::new("2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z")
        .organizer(ADELE)
        .session(CallSession::new(
            ROOM,
            "2026-03-10T10:02:00Z",
            "2026-03-10T10:30:00Z",
        ))
        .session(CallSession::new(
            ADELE,
            "2026-03-10T10:00:00Z",
            "2026-03-10T11:00:00Z",
        ))
}

async fn serve(tenant: Tenant) -> (Simulator, Graph) {
    let sim = Simulator::start(tenant).unwrap();
    let graph = Graph::sign_in(&sim).await;
    (sim, graph)
}

/// The only record's address and what it shows with this query.
async fn only(graph: &Graph, query: &str) -> (String, Value) {
    let (_, listed) = graph.json(CALLS).await;
    let ids = each(&listed, "id");
    assert_eq!(ids.len(), 1, "{listed}");
    let address = format!("{CALLS}/{}", ids[0]);
    let (status, record) = graph.json(&format!("{address}?{query}")).await;
    assert_eq!(status, 200, "{record}");
    (address, record)
}

fn moments(page: &Value, field: &str) -> Vec<String> {
    let moments = each(page, field).into_iter();
    moments.map(|text| text.replace("2026-03-10T", "")).collect()
}

#[tokio::test]
async fn records_come_sixty_a_page_by_start_and_without_sessions() {
    let tenant = (0..130).rev().map(short).fold(contoso(), Tenant::call);
    let (_sim, graph) = serve(tenant).await;
    let (mut sizes, mut starts, mut target) = (Vec::new(), Vec::new(), CALLS.to_owned());
    loop {
        let (status, page) = graph.json(&target).await;
        assert_eq!(status, 200, "{page}");
        sizes.push(each(&page, "id").len());
        starts.extend(moments(&page, "startDateTime"));
        assert!(page["value"][0].get("sessions").is_none());
        match page["@odata.nextLink"].as_str() {
            Some(next) => target = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(sizes, [60, 60, 10]);
    assert!(starts.is_sorted() && starts[0] == "08:00:00Z", "{starts:?}");
    for (asked, given) in [("7", 7), ("60", 60), ("500", 60)] {
        let request = graph
            .get(CALLS)
            .header("prefer", format!("odata.maxpagesize={asked}"));
        let (_, page) = read(request.send().await.unwrap()).await;
        assert_eq!(each(&page, "id").len(), given, "{asked}");
    }
}

#[tokio::test]
async fn a_record_says_what_kind_of_call_it_was_and_who_organized_it() {
    let call = meeting().moved_to("2026-03-10T10:00:00.2169889Z", "2026-03-10T11:00:00Z");
    let (_sim, graph) = serve(contoso().call(call)).await;
    let (_, page) = graph.json(CALLS).await;
    assert_eq!(
        page["@odata.context"],
        format!("{}/$metadata#communications/callRecords", graph.base)
    );
    let record = &page["value"][0];
    assert_eq!(record["type"], "groupCall");
    assert_eq!(record["modalities"], json!(["audio", "video"]));
    assert_eq!(record["startDateTime"], "2026-03-10T10:00:00.2169889Z");
    assert_eq!(
        record["organizer_v2"]["identity"]["user"]["displayName"],
        "Adele Vance"
    );
    let (_, chosen) = graph.json(&format!("{CALLS}?$select=id,version")).await;
    assert_eq!(chosen["value"][0], json!({"id": record["id"], "version": 1}));
}

#[tokio::test]
async fn starts_and_participants_are_filtered_and_nothing_else() {
    let tenant = (0..4)
        .map(|n| short(n * 20))
        .fold(contoso(), Tenant::call)
        .call(meeting());
    let (sim, graph) = serve(tenant).await;
    let found = async |filter: &str| {
        let (status, page) = graph.json(&format!("{CALLS}?$filter={filter}")).await;
        assert_eq!(status, 200, "{page}");
        moments(&page, "startDateTime")
    };
    let (from, to) = ("2026-03-10T08:20:00Z", "2026-03-10T09:00:00Z");
    let between = found(&format!("startDateTime ge {from} and startDateTime lt {to}")).await;
    assert_eq!(between, ["08:20:00Z", "08:40:00Z"]);
    let inside = found(&format!("startDateTime gt {from} and startDateTime le {to}")).await;
    assert_eq!(inside, ["08:40:00Z", "09:00:00Z"]);
    let id = sim
        .update(|tenant| Ok(tenant.room_mut(ROOM)?.id().to_owned()))
        .unwrap();
    assert_eq!(
        found(&format!("participants_v2/any(p:p/id eq '{id}')")).await,
        ["10:00:00Z"]
    );
    for query in [
        "$filter=endDateTime ge 2026-03-10T08:20:00Z",
        "$filter=startDateTime eq 2026-03-10T08:20:00Z",
        "$filter=type eq 'groupCall'",
        "$expand=sessions",
        "$orderby=startDateTime",
        "$top=5",
        "$count=true",
        "$select=sessions",
    ] {
        let (status, answer) = graph.json(&format!("{CALLS}?{query}")).await;
        assert_eq!((status, code(&answer)), (400, "BadRequest"), "{query}");
    }
}

#[tokio::test]
async fn a_record_appears_after_the_call_changes_with_later_versions_and_is_gone_after_thirty_days() {
    let minutes = |n: u64| Duration::from_secs(n * 60);
    let back = CallSession::new(ROOM, "2026-03-10T10:40:00Z", "2026-03-10T10:58:00Z");
    let call = meeting().published(minutes(12)).revised(minutes(50), |call| {
        let call = call.change_session(1, |was| {
            was.moved_to("2026-03-10T10:02:00Z", "2026-03-10T10:31:00Z")
        });
        call.without_session(2).session(back)
    });
    let (sim, graph) = serve(contoso().call(call)).await;
    let show = async |now: &str| {
        let later = |tenant: &mut Tenant| {
            tenant.set_calls_as_of(at(now));
            Ok(())
        };
        sim.update(later).unwrap();
        graph.json(CALLS).await.1["value"].as_array().unwrap().clone()
    };
    assert_eq!(show("2026-03-10T11:11:59Z").await, Vec::<Value>::new());
    let first = show("2026-03-10T11:12:00Z").await;
    assert_eq!(
        (&first[0]["version"], &first[0]["lastModifiedDateTime"]),
        (&json!(1), &json!("2026-03-10T11:12:00Z"))
    );
    let (address, before) = only(&graph, "$expand=sessions").await;
    let second = show("2026-03-10T11:50:00Z").await;
    assert_eq!(
        (&second[0]["version"], &second[0]["lastModifiedDateTime"]),
        (&json!(2), &json!("2026-03-10T11:50:00Z"))
    );
    let (_, after) = only(&graph, "$expand=sessions").await;
    let sessions = |record: &Value| {
        let sessions = record["sessions"].as_array().unwrap().iter();
        sessions
            .map(|s| (s["id"].clone(), s["endDateTime"].clone()))
            .collect::<Vec<_>>()
    };
    let (before, after) = (sessions(&before), sessions(&after));
    assert_eq!(
        after[0],
        (before[0].0.clone(), json!("2026-03-10T10:31:00Z")),
        "a changed session keeps its id"
    );
    assert!(after.len() == 2 && !before.contains(&after[1]), "{after:?}");

    assert_eq!(show("2026-04-09T11:00:00Z").await.len(), 1);
    assert_eq!(show("2026-04-09T11:00:01Z").await.len(), 0);
    let (status, answer) = graph.json(&address).await;
    assert_eq!((status, code(&answer)), (404, "NotFound"));
}

#[tokio::test]
async fn without_another_time_the_clock_of_the_simulator_decides() {
    let end = Utc::now() - TimeDelta::minutes(5);
    let call = CallRecord::between(end - TimeDelta::hours(1), end);
    let tenant = Tenant::new("contoso.com")
        .app(App::default().roles(["CallRecords.Read.All"]))
        .call(call);
    let (sim, graph) = serve(tenant).await;
    assert_eq!(each(&graph.json(CALLS).await.1, "id").len(), 0);
    sim.advance(Duration::from_secs(600));
    assert_eq!(each(&graph.json(CALLS).await.1, "id").len(), 1);
}

#[tokio::test]
async fn a_room_is_named_by_the_object_id_of_its_account_even_after_it_was_removed() {
    let (sim, graph) = serve(contoso().call(meeting())).await;
    let (_, user) = graph.json(&format!("/users/{ROOM}?$select=id")).await;
    let (_, place) = graph.json(&format!("/places/{ROOM}")).await;
    sim.update(|tenant| tenant.remove_room(ROOM)).unwrap();
    let (address, record) = only(&graph, "$expand=sessions,participants_v2").await;
    let caller = &record["sessions"][0]["caller"];
    let identity = &caller["associatedIdentity"];
    assert_eq!(identity["id"], user["id"]);
    assert_eq!(identity["id"], place["id"].as_str().unwrap().to_lowercase());
    assert_eq!(
        (&identity["userPrincipalName"], &caller["userAgent"]["platform"]),
        (&json!(ROOM), &json!("roomSystem"))
    );
    assert!(
        record["sessions"][0]["callee"]
            .get("associatedIdentity")
            .is_none(),
        "the service"
    );
    let (_, participants) = graph.json(&format!("{address}/participants_v2")).await;
    assert_eq!(participants["value"], record["participants_v2"]);
    assert_eq!(participants["value"][0]["id"], user["id"]);
    assert_eq!(participants["value"][0]["identity"]["user"]["id"], user["id"]);
    assert!(participants["value"][0]["identity"]["phone"].is_null());
}

#[tokio::test]
async fn a_call_between_two_has_one_session_with_both() {
    let session = CallSession::new(ADELE, "2026-03-10T10:00:00Z", "2026-03-10T10:05:00Z");
    let call = |callee: CallParty| {
        let call = CallRecord::new("2026-03-10T10:00:00Z", "2026-03-10T10:05:00Z").kind(CallKind::PeerToPeer);
        call.session(session.clone().callee(callee).modalities(["audio"]).test())
    };
    for (party, kind, id) in [
        ("bob@contoso.com".into(), "user", None),
        ("+498912345".into(), "phone", Some("+498912345")),
        (CallParty::guest("Eve"), "guest", None),
    ] {
        let (_sim, graph) = serve(contoso().call(call(party))).await;
        let (_, record) = only(&graph, "$expand=sessions,participants_v2").await;
        assert_eq!(
            (&record["type"], &record["joinWebUrl"]),
            (&json!("peerToPeer"), &Value::Null)
        );
        assert_eq!(record["sessions"][0]["isTest"], true);
        let (last, callee) = (
            &record["participants_v2"][1],
            &record["sessions"][0]["callee"]["associatedIdentity"],
        );
        assert_eq!(last["id"], callee["id"]);
        assert!(id.is_none_or(|id| callee["id"] == id));
        assert!(last["identity"][kind].is_object(), "{last}");
    }
}

#[tokio::test]
async fn the_streams_of_a_shared_screen_tell_the_direction() {
    let (from, to) = ("2026-03-10T10:05:00Z", "2026-03-10T10:20:00Z");
    let room = CallSession::new(ROOM, "2026-03-10T10:02:00Z", "2026-03-10T10:30:00Z");
    let call = CallRecord::new("2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z")
        .session(
            room.clone()
                .presents(from, to)
                .watches(to, "2026-03-10T10:25:00Z"),
        )
        .session(room.presents_sometime());
    let (_sim, graph) = serve(contoso().call(call)).await;
    let (address, plain) = only(&graph, "$expand=sessions").await;
    assert_eq!(
        plain["sessions"][0]["modalities"],
        json!(["audio", "video", "videoBasedScreenSharing"])
    );
    assert!(plain["sessions"][0].get("segments").is_none());
    let (_, record) = only(&graph, "$expand=sessions($expand=segments)").await;
    let streams = |n: usize| {
        let media = record["sessions"][n]["segments"][0]["media"]
            .as_array()
            .unwrap()
            .iter();
        let shared = media.filter(|media| media["label"] == "applicationsharing-video");
        shared
            .map(|media| media["streams"][0].clone())
            .collect::<Vec<_>>()
    };
    let (first, second) = (streams(0), streams(1));
    let directions: Vec<_> = first.iter().map(|stream| &stream["streamDirection"]).collect();
    assert_eq!(directions, ["callerToCallee", "calleeToCaller"]);
    assert_eq!(
        (&first[0]["startDateTime"], &first[0]["endDateTime"]),
        (&json!(from), &json!(to))
    );
    assert_eq!(
        (&second[0]["streamDirection"], &second[0]["startDateTime"]),
        (&json!("callerToCallee"), &Value::Null)
    );
    let (_, sessions) = graph.json(&format!("{address}/sessions?$expand=segments")).await;
    assert_eq!(sessions["value"], record["sessions"]);
    let request = graph.get(&format!("{address}/sessions?$expand=segments"));
    let answer = request
        .header("prefer", "omit-values=nulls")
        .send()
        .await
        .unwrap();
    assert!(!answer.text().await.unwrap().contains("null"));
}

#[tokio::test]
async fn sessions_and_participants_have_pages_of_their_own() {
    let large = (0..150).fold(meeting(), |call, n| {
        let guest = CallParty::guest(&format!("Guest {n}"));
        call.session(CallSession::new(
            guest,
            "2026-03-10T10:00:00Z",
            "2026-03-10T11:00:00Z",
        ))
    });
    let (_sim, graph) = serve(contoso().call(large.participant("bob@contoso.com"))).await;
    let (address, record) = only(&graph, "$expand=sessions($expand=segments),participants_v2").await;
    assert!(record.get("@odata.nextLink").is_none());
    for (name, most, all) in [("sessions", 60, 152), ("participants_v2", 130, 153)] {
        let mut ids: Vec<Value> = record[name]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["id"].clone())
            .collect();
        assert_eq!(ids.len(), most);
        let mut next = record[format!("{name}@odata.nextLink")].clone();
        while let Some(link) = next.as_str() {
            assert!(link.contains(&format!("/{name}")), "{link}");
            let (status, page) = graph.json(link).await;
            assert_eq!(status, 200, "{page}");
            ids.extend(
                page["value"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|item| item["id"].clone()),
            );
            assert!(name != "sessions" || page["value"][0]["segments"].is_array());
            next = page["@odata.nextLink"].clone();
        }
        let distinct: std::collections::HashSet<String> = ids.iter().map(Value::to_string).collect();
        assert_eq!((ids.len(), distinct.len()), (all, all), "{name}");
    }
    for wrong in [
        "segments",
        "sessions?$expand=media",
        "sessions?$filter=isTest eq true",
        "sessions/1/segments",
    ] {
        assert_eq!(graph.json(&format!("{address}/{wrong}")).await.0, 400, "{wrong}");
    }
}

#[tokio::test]
async fn an_app_without_the_permission_is_refused() {
    let (_sim, graph) = serve(contoso().call(meeting()).app(App::default())).await;
    for target in [
        CALLS.to_owned(),
        format!("{CALLS}/1"),
        format!("{CALLS}/1/sessions"),
    ] {
        let (status, answer) = graph.json(&target).await;
        assert_eq!((status, code(&answer)), (403, "Forbidden"), "{target}");
    }
}

#[tokio::test]
async fn a_record_that_is_asked_for_too_often_is_throttled_until_the_time_is_over() {
    let (sim, graph) = serve(contoso().call(meeting())).await;
    let (address, _) = only(&graph, "").await;
    for _ in 0..9 {
        assert_eq!(graph.json(&address).await.0, 200);
    }
    let answer = graph.get(&address).send().await.unwrap();
    assert_eq!(answer.status(), 429);
    let wait: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
    assert_eq!(code(&read(answer).await.1), "TooManyRequests");
    assert_eq!(graph.json(CALLS).await.0, 200, "the limit is of one record");
    sim.advance(Duration::from_secs(wait));
    assert_eq!(graph.json(&address).await.0, 200);

    let (_sim, graph) = serve(contoso().call(meeting()).without_call_limits()).await;
    let (address, _) = only(&graph, "").await;
    for _ in 0..20 {
        assert_eq!(graph.json(&address).await.0, 200);
    }
}

#[tokio::test]
async fn a_batch_reads_records_too() {
    let (_sim, graph) = serve(contoso().call(meeting())).await;
    let requests = json!([{"id": "1", "method": "GET", "url": "/communications/callRecords?$select=id"}]);
    let (_, answer) = graph.batch(requests).await;
    assert_eq!(each(&answer["responses"][0]["body"], "id").len(), 1);
}

#[tokio::test]
async fn scripted_faults_happen_to_pages_of_records() {
    let tenant = (0..70).map(short).fold(contoso(), Tenant::call);
    let (sim, graph) = serve(tenant).await;
    sim.inject(
        when("callRecords")
            .nth(1)
            .then(Fault::Throttled(RetryAfter::Seconds(3))),
    );
    sim.inject(when("callRecords").nth(2).then(Fault::EmptyPage));
    sim.inject(when("callRecords").nth(3).then(Fault::ReplayedItems));
    sim.inject(when("callRecords").nth(4).then(Fault::RepeatedNextLink));
    sim.inject(when("callRecords").nth(5).then(Fault::Html));
    sim.inject(when("callRecords").nth(6).then(Fault::Truncated));
    sim.inject(when("callRecords").nth(7).then(Fault::ExpiredToken));
    assert_eq!(
        graph.get(CALLS).send().await.unwrap().headers()["retry-after"],
        "3"
    );
    let (_, empty) = graph.json(CALLS).await;
    assert_eq!(each(&empty, "id").len(), 0);
    let (_, twice) = graph.json(empty["@odata.nextLink"].as_str().unwrap()).await;
    assert_eq!(each(&twice, "id").len(), 120);
    let (_, first) = graph.json(CALLS).await;
    assert!(first["@odata.nextLink"].as_str().unwrap().ends_with("$skip=0"));
    for status in [200, 200, 401, 401] {
        assert_eq!(graph.json(CALLS).await.0, status);
    }
}

#[tokio::test]
async fn odd_values_are_shown_as_a_test_wants_them() {
    let odd =
        CallSession::new(ROOM, "2026-03-10T10:02:00Z", "2026-03-10T10:00:00Z").with("callee", Value::Null);
    let (_sim, graph) = serve(contoso().call(meeting().session(odd).with("version", json!("3")))).await;
    let (_, record) = only(&graph, "$expand=sessions").await;
    assert_eq!(
        (&record["version"], &record["sessions"][2]["callee"]),
        (&json!("3"), &Value::Null)
    );
    assert_eq!(record["sessions"][2]["endDateTime"], "2026-03-10T10:00:00Z");
}

#[tokio::test]
async fn mistakes_in_the_description_of_a_call_are_reported() {
    let stranger = CallSession::new("eve@fabrikam.com", "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
    let late = CallSession::new(ROOM, "ten", "2026-03-10T11:00:00Z");
    for (call, expected) in [
        (
            meeting().session(stranger.clone()),
            "eve@fabrikam.com is the address of no room",
        ),
        (meeting().session(late), "\"ten\" is not an instant"),
        (
            CallRecord::new("2026-03-10", "2026-03-10T11:00:00Z"),
            "\"2026-03-10\" is not an instant",
        ),
        (
            meeting().revised(Duration::ZERO, |call| call.session(stranger)),
            "eve@fabrikam.com",
        ),
    ] {
        let error = Simulator::start(contoso().call(call)).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
