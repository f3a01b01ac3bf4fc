//! Tests of the content of rounds: full and bare items, changes and removals.

use graph_sim::{Event, Pattern};
use serde_json::{Value, json};

use crate::common::{Graph, each, one_room, read, times};
use crate::delta::{FIRST, MARCH, change, on, round, weekly, words};

#[tokio::test]
async fn masters_and_single_events_come_whole_and_occurrences_bare() {
    let sim = one_room([
        on("2026-03-10", "Budget").private().body("figures"),
        weekly()
            .times(8)
            .change_on("2026-03-17", |e| e.subject("Special").private()),
        on("2026-04-10", "Later"),
    ]);
    let graph = Graph::sign_in(&sim).await;
    let (items, link) = round(&graph, FIRST).await;
    assert_eq!(
        words(&items),
        [
            "Budget",
            "master",
            "occurrence",
            "occurrence",
            "Special",
            "occurrence",
            "occurrence"
        ]
    );
    let names = |item: &Value| {
        let mut names: Vec<String> = item.as_object().unwrap().keys().cloned().collect();
        names.sort();
        names
    };
    assert_eq!(
        names(&items[2]),
        [
            "@odata.etag",
            "@odata.type",
            "end",
            "id",
            "seriesMasterId",
            "start",
            "type"
        ]
    );
    for whole in [&items[0], &items[1], &items[4]] {
        assert_eq!(whole["@odata.type"], "#microsoft.graph.event");
        for name in [
            "subject",
            "body",
            "bodyPreview",
            "organizer",
            "attendees",
            "location",
            "sensitivity",
        ] {
            assert!(whole.get(name).is_some(), "{name}: {whole}");
        }
    }
    let master = &items[1];
    assert_eq!(
        (&master["id"], &master["start"]["dateTime"]),
        (&items[2]["seriesMasterId"], &json!("2026-02-17T10:00:00.0000000"))
    );
    assert_eq!(
        (
            &master["recurrence"]["pattern"]["daysOfWeek"],
            &master["recurrence"]["range"]["endDate"]
        ),
        (&json!(["tuesday"]), &json!("0001-01-01"))
    );
    assert_eq!(items[0]["bodyPreview"], "figures");
    let token = link.split("$deltatoken=").nth(1).unwrap();
    assert!(link.starts_with(&format!(
        "{}/users/conf-a@contoso.com/calendarView/delta?",
        sim.graph_url()
    )));
    assert!(token.len() > 100, "{token}");
}

#[tokio::test]
async fn pages_have_the_preferred_size_and_never_split_a_series() {
    let days = (1..=12).map(|day| on(&format!("2026-03-{day:02}"), "x"));
    let sim = one_room(
        days.chain([weekly()])
            .chain((13..=14).map(|day| on(&format!("2026-03-{day}"), "y"))),
    );
    let graph = Graph::sign_in(&sim).await;
    let sizes = async |prefer: &str| {
        let (mut sizes, mut target) = (Vec::new(), FIRST.to_owned());
        loop {
            let answer = graph.get(&target).header("prefer", prefer).send().await.unwrap();
            let (_, page) = read(answer).await;
            sizes.push(each(&page, "id").len());
            match page["@odata.nextLink"].as_str() {
                Some(next) => target = next.to_owned(),
                None => return sizes,
            }
        }
    };
    assert_eq!(sizes("outlook.timezone=\"UTC\"").await, [10, 10]);
    assert_eq!(sizes("odata.maxpagesize=5").await, [5, 5, 2, 6, 2]);
    assert_eq!(sizes("odata.maxpagesize=500").await, [20]);
}

#[tokio::test]
async fn a_round_says_what_has_changed_since_the_last_one() {
    let sim = one_room([
        on("2026-03-10", "stays").key("1"),
        on("2026-03-11", "changes").key("2"),
        on("2026-03-12", "goes").key("3"),
        on("2026-03-13", "moves out").key("4"),
        on("2026-04-20", "outside, changes").key("5"),
        on("2026-04-21", "outside, stays").key("6"),
        on("2026-04-22", "moves in").key("7"),
    ]);
    let graph = Graph::sign_in(&sim).await;
    let (first, link) = round(&graph, FIRST).await;
    assert_eq!(words(&first), ["stays", "changes", "goes", "moves out"]);
    change(&sim, |events| {
        events[1] = on("2026-03-11", "changed").key("2");
        events[3] = on("2026-04-13", "moves out").key("4");
        events[4] = on("2026-04-20", "outside, changed").key("5");
        events[6] = on("2026-03-22", "moves in").key("7");
        events.remove(2);
        events.push(on("2026-03-14", "new"));
        events.push(on("2026-05-14", "new outside"));
    });
    let (second, after) = round(&graph, &link).await;
    assert_eq!(
        words(&second),
        [
            "removed", "removed", "removed", "removed", "changed", "moves in", "new"
        ]
    );
    let ids = |items: &[Value]| items.iter().map(|item| item["id"].clone()).collect::<Vec<_>>();
    assert_eq!(
        ids(&second)[..2],
        ids(&first)[2..],
        "what went and what moved out"
    );
    assert!(!ids(&first).contains(&second[2]["id"]), "outside of the window");
    assert_eq!(second[4]["id"], first[1]["id"]);
    assert_ne!(second[4]["@odata.etag"], first[1]["@odata.etag"]);
    assert!(second[..4].iter().all(|item| item.get("start").is_none()));
    assert_eq!(
        round(&graph, &after).await.0,
        [] as [Value; 0],
        "each change is told once"
    );
    assert_eq!(
        ids(&round(&graph, &link).await.0),
        ids(&second),
        "a link can be used again"
    );
}

#[tokio::test]
async fn a_series_that_changed_comes_whole_and_a_deleted_slot_is_only_missing() {
    let sim = one_room([weekly(), on("2026-03-10", "other")]);
    let graph = Graph::sign_in(&sim).await;
    let (first, link) = round(&graph, FIRST).await;
    let occurrence = |items: &[Value], day: &str| {
        let found = items.iter().find(|i| {
            i["start"]["dateTime"]
                .as_str()
                .is_some_and(|at| at.starts_with(day))
        });
        found.map(|item| item["id"].clone())
    };
    assert_eq!(words(&first).len(), 7);
    change(&sim, |events| events[0] = weekly().without("2026-03-10"));
    let (items, link) = round(&graph, &link).await;
    assert_eq!(
        words(&items),
        ["master", "occurrence", "occurrence", "occurrence", "occurrence"]
    );
    assert_eq!(occurrence(&items, "2026-03-10"), None);
    change(&sim, |events| {
        events[0] = weekly().without("2026-03-10").change_on("2026-03-17", |e| {
            e.moved_to("2026-05-01T10:00", "2026-05-01T11:00")
        });
    });
    let (items, link) = round(&graph, &link).await;
    assert_eq!(
        words(&items),
        ["removed", "master", "occurrence", "occurrence", "occurrence"]
    );
    assert_eq!(Some(items[0]["id"].clone()), occurrence(&first, "2026-03-17"));
    change(&sim, |events| drop(events.remove(0)));
    let (items, _) = round(&graph, &link).await;
    assert_eq!(
        words(&items),
        ["removed"; 4],
        "the master and what was left of it"
    );
}

#[tokio::test]
async fn ids_and_zones_are_those_of_the_view_and_the_window_stays() {
    let sim = one_room([on("2026-03-10", "one"), weekly()]);
    let graph = Graph::sign_in(&sim).await;
    let (_, link) = round(&graph, FIRST).await;
    change(&sim, |events| events.push(on("2026-04-02", "outside")));
    // Other bounds beside a token change nothing.
    let wider = format!("{link}&startDateTime=2026-03-01&endDateTime=2026-05-01");
    assert_eq!(words(&round(&graph, &wider).await.0), ["removed"]);
    for prefer in [
        "IdType=\"ImmutableId\", odata.maxpagesize=50",
        "outlook.timezone=\"Tokyo Standard Time\", odata.maxpagesize=50",
    ] {
        let ask = async |target: &str| {
            let answer = graph.get(target).header("prefer", prefer).send().await.unwrap();
            assert_eq!(answer.headers()["preference-applied"], prefer);
            read(answer).await.1
        };
        let delta = ask(FIRST).await;
        let view = ask(&FIRST.replace("/delta", "")).await;
        let shown = |page: &Value| {
            let mut all: Vec<(String, String)> = (each(page, "id").into_iter().zip(times(page, "start")))
                .map(|(id, at)| (id.to_owned(), at.to_owned()))
                .collect();
            all.sort();
            all
        };
        let mut of_delta = shown(&delta);
        of_delta.retain(|(_, at)| !at.starts_with("2026-02"));
        assert_eq!(of_delta, shown(&view));
    }
}

#[tokio::test]
async fn a_marked_meeting_shows_its_marker_in_everything_that_nobody_asked_for() {
    let sim = one_room([
        Event::new("Budget", "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z").marked("MARK"),
        Event::new("Sync", "2026-03-10T10:00", "2026-03-10T11:00")
            .repeats(Pattern::Daily(1))
            .times(3)
            .marked("MARK"),
    ]);
    let graph = Graph::sign_in(&sim).await;
    let (_, page) = graph
        .json(&format!("/users/conf-a@contoso.com/calendarView/delta?{MARCH}"))
        .await;
    let (_, view) = graph
        .json(&format!("/users/conf-a@contoso.com/calendarView?{MARCH}"))
        .await;
    let (_, selected) = graph
        .json(&format!(
            "/users/conf-a@contoso.com/calendarView?{MARCH}&$select=subject,start,end"
        ))
        .await;
    fn marked(item: &Value) -> Vec<&str> {
        let fields = item.as_object().unwrap().iter();
        let mut names: Vec<&str> = fields
            .filter(|(_, v)| v.to_string().contains("MARK"))
            .map(|(n, _)| n.as_str())
            .collect();
        names.sort_unstable();
        names
    }
    let all = [
        "attendees",
        "body",
        "bodyPreview",
        "categories",
        "location",
        "locations",
        "onlineMeeting",
        "onlineMeetingUrl",
        "organizer",
        "transactionId",
        "webLink",
    ];
    let items = page["value"].as_array().unwrap();
    assert_eq!(
        each(&page, "type"),
        [
            "singleInstance",
            "seriesMaster",
            "occurrence",
            "occurrence",
            "occurrence"
        ]
    );
    assert_eq!(
        (marked(&items[0]), marked(&items[1])),
        (all.to_vec(), all.to_vec())
    );
    assert!(items[2..].iter().all(|item| marked(item).is_empty()));
    assert!(
        view["value"]
            .as_array()
            .unwrap()
            .iter()
            .all(|item| marked(item) == all)
    );
    assert!(!selected.to_string().contains("MARK"));
}
