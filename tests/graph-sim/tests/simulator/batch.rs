//! Tests that `$batch` behaves as in Graph.

use std::time::{Duration, Instant};

use crate::common::{Graph, code, each};
use graph_sim::{Event, Fault, Mailbox, Refusal, RetryAfter, Room, Simulator, Tenant, when};
use serde_json::{Value, json};

const VIEW: &str = "calendarView?startDateTime=2026-03-01&endDateTime=2026-04-01&$select=subject,start";

fn rooms() -> Tenant {
    let room = |name: &str| {
        let day = |day: u32| format!("2026-03-{day:02}T10:00:00Z");
        let events = (1..=20).map(|d| Event::new(&format!("{name}{d}"), &day(d), &day(d + 1)));
        Room::new(&format!("{name}@contoso.com"), name).events(events)
    };
    let refused = room("b").mailbox(Mailbox::Refused(Refusal::AccessPolicy));
    Tenant::new("contoso.com")
        .room(room("a"))
        .room(refused)
        .room(room("c"))
}

fn requests(names: &[&str]) -> Value {
    names
        .iter()
        .map(|name| json!({"id": name, "method": "GET", "url": format!("/users/{name}@contoso.com/{VIEW}")}))
        .collect()
}

fn part<'a>(answer: &'a Value, id: &str) -> Option<&'a Value> {
    answer["responses"]
        .as_array()?
        .iter()
        .find(|part| part["id"] == id)
}

#[tokio::test]
async fn each_part_has_its_own_status_body_and_headers() {
    let sim = Simulator::start(rooms()).unwrap();
    sim.inject(
        when("c@contoso.com")
            .inner()
            .nth(1)
            .then(Fault::Throttled(RetryAfter::Text("2.128".to_owned()))),
    );
    let graph = Graph::sign_in(&sim).await;
    let (status, answer) = graph.batch(requests(&["a", "b", "c", "d"])).await;
    assert_eq!((status, answer["responses"].as_array().unwrap().len()), (200, 4));
    let body = |id: &str| part(&answer, id).unwrap()["body"].clone();
    assert_eq!(each(&body("a"), "subject")[..2], ["a1", "a2"]);
    let next = body("a")["@odata.nextLink"].as_str().unwrap().to_owned();
    assert!(
        next.starts_with(&format!("{}/users/a@contoso.com/calendarView?", sim.graph_url())),
        "{next}"
    );
    assert_eq!(
        (part(&answer, "b").unwrap()["status"].as_u64(), code(&body("b"))),
        (Some(403), "ErrorAccessDenied")
    );
    assert_eq!(
        (part(&answer, "d").unwrap()["status"].as_u64(), code(&body("d"))),
        (Some(404), "ErrorInvalidUser")
    );
    let throttled = part(&answer, "c").unwrap();
    assert_eq!(
        (&throttled["status"], &throttled["headers"]["Retry-After"]),
        (&json!(429), &json!("2.128"))
    );
    let (_, again) = graph.batch(requests(&["c"])).await;
    assert_eq!(part(&again, "c").unwrap()["status"], 200);
}

#[tokio::test]
async fn preferences_hold_for_the_inner_request_that_has_them_only() {
    let sim = Simulator::start(rooms()).unwrap();
    let graph = Graph::sign_in(&sim).await;
    let mut asked = requests(&["a", "c"]);
    asked[0]["headers"] = json!({"Prefer": "outlook.timezone=\"Europe/Berlin\", odata.maxpagesize=3"});
    let (_, answer) = graph.batch(asked).await;
    let zones =
        ["a", "c"].map(|id| part(&answer, id).unwrap()["body"]["value"][0]["start"]["timeZone"].clone());
    let sizes = ["a", "c"].map(|id| each(&part(&answer, id).unwrap()["body"], "id").len());
    assert_eq!((zones, sizes), ([json!("Europe/Berlin"), json!("UTC")], [3, 10]));
    assert!(part(&answer, "a").unwrap()["headers"]["Preference-Applied"].is_string());
}

#[tokio::test]
async fn parts_come_in_an_order_that_follows_from_the_seed() {
    let sim = Simulator::start(rooms()).unwrap();
    let graph = Graph::sign_in(&sim).await;
    let order = async |seed: u64| {
        sim.seed(seed);
        let (_, answer) = graph.batch(requests(&["a", "b", "c", "d", "e", "f"])).await;
        answer["responses"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| p["id"].to_string())
            .collect::<Vec<_>>()
    };
    let (first, again, other) = (order(1).await, order(1).await, order(2).await);
    assert_eq!(first, again);
    assert_ne!(first, other);
}

#[tokio::test]
async fn a_batch_that_graph_would_not_take_is_refused_whole() {
    let sim = Simulator::start(rooms()).unwrap();
    let graph = Graph::sign_in(&sim).await;
    let many: Vec<String> = (0..21).map(|n| n.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for wrong in [
        requests(&many),
        requests(&["a", "A"]),
        json!([]),
        json!([{"id": "1"}]),
        json!("x"),
    ] {
        let (status, answer) = graph.batch(wrong).await;
        assert_eq!((status, code(&answer)), (400, "BadRequest"));
    }
    let (_, answer) = graph
        .batch(json!([{"id": "1", "method": "GET", "url": "https://graph.microsoft.com/v1.0/users"}]))
        .await;
    assert_eq!(part(&answer, "1").unwrap()["status"], 400);
    assert_eq!(graph.batch(requests(&many[..20])).await.0, 200);
}

#[tokio::test]
async fn what_is_no_json_stands_in_a_batch_as_base64_text_and_gateways_send_nothing() {
    let sim = Simulator::start(rooms()).unwrap();
    sim.inject(when("/users/a@").inner().then(Fault::Html));
    sim.inject(
        when("/users/c@")
            .inner()
            .then(Fault::Unavailable(RetryAfter::Seconds(5))),
    );
    let graph = Graph::sign_in(&sim).await;
    let (_, answer) = graph.batch(requests(&["a", "c"])).await;
    assert!(
        part(&answer, "a").unwrap()["body"]
            .as_str()
            .unwrap()
            .starts_with("PCFET0NUWVBF")
    );
    let gateway = part(&answer, "c").unwrap();
    assert_eq!(
        (
            &gateway["status"],
            gateway.get("body"),
            &gateway["headers"]["Retry-After"]
        ),
        (&json!(503), None, &json!("5"))
    );
}

#[tokio::test]
async fn inner_requests_are_recorded_with_their_headers_and_without_the_token() {
    let sim = Simulator::start(rooms()).unwrap();
    let graph = Graph::sign_in(&sim).await;
    let mut asked = requests(&["a"]);
    asked[0]["headers"] = json!({"Prefer": "IdType=\"ImmutableId\""});
    graph.batch(asked).await;
    let inner: Vec<_> = sim
        .requests()
        .into_iter()
        .filter(|request| request.inner)
        .collect();
    assert_eq!(inner.len(), 1);
    assert_eq!((inner[0].method.as_str(), inner[0].status), ("GET", 200));
    assert_eq!(inner[0].target, format!("/users/a@contoso.com/{VIEW}"));
    assert_eq!(inner[0].header("prefer"), Some("IdType=\"ImmutableId\""));
    assert_eq!(
        (sim.batches(), sim.token_requests(), sim.most_in_flight()),
        (1, 1, 1)
    );
    assert!(!format!("{:?}", sim.requests()).contains(&graph.token));
    sim.forget_requests();
    assert!(sim.requests().is_empty());
}

#[tokio::test]
async fn slow_mailboxes_of_a_batch_are_asked_four_at_a_time() {
    let slow = Mailbox::Slow(Duration::from_millis(50));
    let names: Vec<String> = (1..=9).map(|n| format!("room-{n}")).collect();
    let room = |name: &String| Room::new(&format!("{name}@contoso.com"), name).mailbox(slow);
    let sim = Simulator::start(
        names
            .iter()
            .map(room)
            .fold(Tenant::new("contoso.com"), Tenant::room),
    )
    .unwrap();
    let graph = Graph::sign_in(&sim).await;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let begin = Instant::now();
    let (status, _) = graph.batch(requests(&names)).await;
    assert_eq!(status, 200);
    assert!(begin.elapsed() >= Duration::from_millis(150));
}
