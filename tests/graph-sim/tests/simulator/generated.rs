//! Tests that generated tenants can be read to the last page.

use std::collections::HashSet;

use crate::common::{Graph, each};
use graph_sim::{Simulator, generate, generate_dense};

#[tokio::test]
async fn every_room_of_a_generated_tenant_can_be_read_whole() {
    let now = "2026-03-25T12:00:00Z".parse().unwrap();
    let sim = Simulator::start(generate(3, 30, 3, now)).unwrap();
    let graph = Graph::sign_in(&sim).await;
    let mut rooms = HashSet::new();
    for list in 1..=3 {
        let (_, page) = graph
            .json(&format!(
                "/places/list-{list}@contoso.com/microsoft.graph.roomlist/rooms"
            ))
            .await;
        rooms.extend(each(&page, "emailAddress").into_iter().map(str::to_owned));
    }
    assert_eq!(rooms.len(), 30);
    assert!(rooms.contains("o'neill-006@contoso.com"));
    let mut seen: [HashSet<String>; 3] = Default::default();
    for room in &rooms {
        let view = "calendarView?startDateTime=2026-03-20&endDateTime=2026-04-20&$top=1000";
        let (status, page) = graph.json(&format!("/users/{room}/{view}")).await;
        assert_eq!(status, 200, "{page}");
        for (seen, field) in seen.iter_mut().zip(["type", "sensitivity", "showAs"]) {
            seen.extend(each(&page, field).into_iter().map(str::to_owned));
        }
        let ids = each(&page, "id");
        assert_eq!(
            ids.iter().collect::<HashSet<_>>().len(),
            ids.len(),
            "an id stands for one item"
        );
    }
    let all = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<HashSet<_>>()
    };
    assert_eq!(seen[0], all(&["singleInstance", "occurrence", "exception"]));
    assert_eq!(seen[1], all(&["normal", "private", "confidential", "personal"]));
    assert_eq!(seen[2], all(&["busy", "free", "tentative", "oof"]));
}

#[tokio::test]
async fn a_dense_tenant_gives_two_full_pages_of_five_hundred() {
    let (from, to) = ("2026-03-01T00:00:00Z", "2026-03-15T00:00:00Z");
    let sim = Simulator::start(generate_dense(
        1,
        1,
        1,
        1000,
        from.parse().unwrap(),
        to.parse().unwrap(),
    ))
    .unwrap();
    let graph = Graph::sign_in(&sim).await;
    let view =
        format!("/users/room-001@contoso.com/calendarView?startDateTime={from}&endDateTime={to}&$top=500");
    let (_, first) = graph.json(&view).await;
    let (_, second) = graph.json(first["@odata.nextLink"].as_str().unwrap()).await;
    assert_eq!((each(&first, "id").len(), each(&second, "id").len()), (500, 500));
    assert!(second.get("@odata.nextLink").is_none());
}
