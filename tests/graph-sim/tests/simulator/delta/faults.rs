//! Tests that faults of pages and limits also happen to deltas.

use graph_sim::{Event, Fault, Pattern, RetryAfter, Room, RoomList, Simulator, Tenant, when};
use serde_json::{Value, json};

use crate::common::{Graph, code, each, one_room, read};

const FIRST: &str =
    "/users/conf-a@contoso.com/calendarView/delta?startDateTime=2026-03-01&endDateTime=2026-04-01";
const VIEW: &str =
    "/users/conf-a@contoso.com/calendarView?startDateTime=2026-03-01&endDateTime=2026-04-01&$top=4";

fn ten() -> Vec<Event> {
    let day = |day: u32| format!("2026-03-{day:02}T10:00:00Z");
    (1..=10)
        .map(|d| Event::new(&d.to_string(), &day(d), &day(d + 1)))
        .collect()
}

/// The subjects page by page in pages of four, for at most eight pages, and the last link.
async fn pages(graph: &Graph, target: &str) -> (Vec<Vec<String>>, String) {
    let (mut found, mut target) = (Vec::new(), target.to_owned());
    while found.len() < 8 {
        let asked = graph.get(&target).header("prefer", "odata.maxpagesize=4");
        let (status, page) = read(asked.send().await.unwrap()).await;
        assert_eq!(status, 200, "{page}");
        found.push(each(&page, "subject").into_iter().map(str::to_owned).collect());
        let next = page.get("@odata.nextLink");
        target = next
            .or(page.get("@odata.deltaLink"))
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        if next.is_none() {
            break;
        }
    }
    (found, target)
}

#[tokio::test]
async fn pages_go_wrong_in_each_way() {
    let normal: [&[&str]; 3] = [&["1", "2", "3", "4"], &["5", "6", "7", "8"], &["9", "10"]];
    for (fault, nth, expected) in [
        (Fault::EmptyPage, 2, vec![normal[0], &[], normal[1], normal[2]]),
        (
            Fault::EmptyFirstPage,
            1,
            vec![&[], normal[0], normal[1], normal[2]],
        ),
        (
            Fault::TrailingEmptyPage,
            3,
            vec![normal[0], normal[1], normal[2], &[]],
        ),
        (
            Fault::RepeatedEvent,
            2,
            vec![normal[0], &["4", "5", "6", "7", "8"], normal[2]],
        ),
        (
            Fault::RepeatedNextLink,
            2,
            vec![normal[0], normal[1], normal[1], normal[2]],
        ),
        (
            Fault::AlternatingNextLink,
            2,
            vec![normal[0], normal[1], normal[0], normal[1], normal[2]],
        ),
        (
            Fault::ReplayedItems,
            3,
            vec![normal[0], normal[1], &["9", "10", "9", "10"]],
        ),
        (
            Fault::UnknownRemoved,
            3,
            vec![normal[0], normal[1], &["9", "10", "-"]],
        ),
    ] {
        let sim = one_room(ten());
        let graph = Graph::sign_in(&sim).await;
        sim.inject(when("delta").nth(nth).then(fault.clone()));
        assert_eq!(pages(&graph, FIRST).await.0, expected, "{fault:?}");
        if fault != Fault::UnknownRemoved {
            sim.no_more_faults();
            sim.inject(when("calendarview").nth(nth).then(fault.clone()));
            assert_eq!(pages(&graph, VIEW).await.0, expected, "{fault:?} of the view");
        }
    }
    let sim = one_room(ten());
    let graph = Graph::sign_in(&sim).await;
    for fault in [Fault::AlternatingNextLink, Fault::RepeatedNextLink] {
        sim.no_more_faults();
        sim.inject(when("").then(fault));
        for target in [FIRST, VIEW] {
            assert_eq!(
                pages(&graph, target).await.0.len(),
                8,
                "it goes round until the client gives up"
            );
        }
    }
}

#[tokio::test]
async fn the_first_page_of_every_round_may_be_empty() {
    let sim = one_room(ten());
    sim.inject(when("").then(Fault::EmptyFirstPage));
    let graph = Graph::sign_in(&sim).await;
    let (first, link) = pages(&graph, FIRST).await;
    assert_eq!((first[0].len(), first.len()), (0, 4));
    assert_eq!(
        pages(&graph, &link).await.0,
        [vec![], Vec::<String>::new()],
        "an empty page, and a round without news"
    );
    assert_eq!(pages(&graph, VIEW).await.0.len(), 4);
}

#[tokio::test]
async fn an_unknown_item_is_removed_in_a_round_without_news() {
    let sim = one_room(ten());
    let graph = Graph::sign_in(&sim).await;
    let (_, link) = pages(&graph, FIRST).await;
    sim.inject(when("").then(Fault::UnknownRemoved));
    let (_, page) = graph.json(&link).await;
    let item = &page["value"][0];
    assert_eq!(
        (item["@removed"].clone(), page["value"].as_array().unwrap().len()),
        (json!({"reason": "deleted"}), 1)
    );
    assert!(item["id"].as_str().unwrap().len() > 100);
    assert!(graph.json(VIEW).await.1["value"][0].get("@removed").is_none());
}

#[tokio::test]
async fn large_pages_are_unavailable_and_small_ones_are_not() {
    let weekly = Event::new("Sync", "2026-03-01T08:00", "2026-03-01T09:00").repeats(Pattern::Daily(1));
    let sim = one_room(ten().into_iter().chain([weekly]));
    sim.inject(when("calendarview").then(Fault::PagesOver(4)));
    let graph = Graph::sign_in(&sim).await;
    let delta = async |size: usize| {
        let asked = graph
            .get(FIRST)
            .header("prefer", format!("odata.maxpagesize={size}"));
        read(asked.send().await.unwrap()).await
    };
    assert_eq!(delta(5).await, (503, json!("")));
    assert_eq!(graph.json(FIRST).await.0, 503, "the usual size is ten");
    assert_eq!(delta(4).await.0, 200);
    let (found, _) = pages(&graph, FIRST).await;
    assert_eq!(
        found.last().unwrap().len(),
        32,
        "a series that is never split is let through"
    );
    assert_eq!(graph.json(&VIEW.replace("=4", "=5")).await, (503, json!("")));
    assert_eq!(graph.json(VIEW).await.0, 200);
}

#[tokio::test]
async fn page_sizes_over_a_limit_are_refused() {
    let list = RoomList::new("hq@contoso.com", "HQ", ["conf-a@contoso.com"]);
    let room = Room::new("conf-a@contoso.com", "Conf A").events(ten());
    let sim = Simulator::start(Tenant::new("contoso.com").room(room).list(list)).unwrap();
    sim.inject(when("").then(Fault::PageSizeOver(4)));
    let graph = Graph::sign_in(&sim).await;
    let rooms = "/places/hq@contoso.com/microsoft.graph.roomlist/rooms?$top=";
    for (target, prefer, expected) in [
        (FIRST.to_owned(), "odata.maxpagesize=5", 400),
        (FIRST.to_owned(), "odata.maxpagesize=4", 200),
        (FIRST.to_owned(), "IdType=\"ImmutableId\"", 200),
        (VIEW.replace("=4", "=5"), "", 400),
        (VIEW.replace("&$top=4", ""), "odata.maxpagesize=5", 400),
        (VIEW.to_owned(), "", 200),
        (format!("{rooms}5"), "", 400),
        (format!("{rooms}4"), "", 200),
    ] {
        let answer = graph.get(&target).header("prefer", prefer).send().await.unwrap();
        let (status, answer) = read(answer).await;
        assert_eq!(status, expected, "{target} {prefer}");
        if status == 400 {
            assert_eq!(code(&answer), "RequestBroker--ParseUri");
        }
    }
}

#[tokio::test]
async fn delta_alone_may_be_throttled() {
    let sim = one_room(ten());
    sim.inject(
        when("calendarView/delta")
            .first(2)
            .then(Fault::Throttled(RetryAfter::Seconds(7))),
    );
    let graph = Graph::sign_in(&sim).await;
    assert_eq!(graph.json(VIEW).await.0, 200);
    let answer = graph.get(FIRST).send().await.unwrap();
    assert_eq!(
        (
            answer.status().as_u16(),
            answer.headers()["retry-after"].to_str().unwrap()
        ),
        (429, "7")
    );
    let inner = json!([{"id": "1", "method": "GET", "url": FIRST}]);
    let statuses = async || graph.batch(inner.clone()).await.1["responses"][0]["status"].as_u64();
    assert_eq!((statuses().await, statuses().await), (Some(429), Some(200)));
}
