//! Tests that places and the directory behave as in Graph, even when they change between two passes.

use crate::common::{Graph, code, each};
use graph_sim::{Event, Group, GroupKind, Room, RoomList, Simulator, Tenant, UnknownPlace, User};
use serde_json::{Value, json};

const VIEW: &str = "calendarView?startDateTime=2026-03-01&endDateTime=2026-04-01";

fn rooms(count: usize) -> Tenant {
    let rooms = (1..=count).map(|n| Room::new(&format!("room-{n}@contoso.com"), &format!("Room {n}")));
    let names: Vec<String> = (1..=count).map(|n| format!("room-{n}@contoso.com")).collect();
    let list = RoomList::new("HQ@contoso.com", "Headquarters", names.iter().map(String::as_str));
    rooms.fold(Tenant::new("contoso.com"), Tenant::room).list(list)
}

#[tokio::test]
async fn rooms_come_a_hundred_a_page_with_a_link_to_the_next() {
    let sim = Simulator::start(rooms(230)).unwrap();
    let graph = Graph::sign_in(&sim).await;
    let (mut sizes, mut target) = (Vec::new(), "/places/microsoft.graph.room".to_owned());
    loop {
        let (_, page) = graph.json(&target).await;
        sizes.push(page["value"].as_array().unwrap().len());
        match page["@odata.nextLink"].as_str() {
            Some(next) => target = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(sizes, [100, 100, 30]);
}

#[tokio::test]
async fn a_tenant_without_next_links_wants_top_and_skip() {
    let sim = Simulator::start(rooms(130).without_next_links()).unwrap();
    let graph = Graph::sign_in(&sim).await;
    let (_, first) = graph
        .json("/places/HQ@contoso.com/microsoft.graph.roomlist/rooms")
        .await;
    assert_eq!(
        (each(&first, "id").len(), first.get("@odata.nextLink")),
        (100, None)
    );
    let (_, rest) = graph
        .json("/places/hq%40contoso.com/microsoft.graph.roomlist/rooms?$top=100&$skip=100&$count=true&$select=emailAddress")
        .await;
    assert_eq!(each(&rest, "emailAddress").len(), 30);
    assert_eq!(
        (&rest["@odata.count"], &rest["value"][0]),
        (&json!(130), &json!({"emailAddress": "room-101@contoso.com"}))
    );
}

#[tokio::test]
async fn the_casts_are_understood_in_the_forms_that_clients_send() {
    let sim = Simulator::start(rooms(2)).unwrap();
    let graph = Graph::sign_in(&sim).await;
    for cast in [
        "microsoft.graph.roomlist",
        "microsoft.graph.roomList",
        "graph.roomList",
        "graph.roomlist",
    ] {
        let (_, lists) = graph.json(&format!("/places/{cast}")).await;
        assert_eq!(each(&lists, "emailAddress"), ["HQ@contoso.com"]);
        let (_, rooms) = graph
            .json(&format!("/places/hq%40contoso%2Ecom/{cast}/rooms"))
            .await;
        assert_eq!(each(&rooms, "displayName"), ["Room 1", "Room 2"]);
    }
    assert_eq!(
        each(&graph.json("/places/graph.room").await.1, "displayName"),
        ["Room 1", "Room 2"]
    );
}

#[tokio::test]
async fn one_place_says_what_it_is_and_hidden_rooms_are_never_shown() {
    let tenant = rooms(1).room(Room::new("secret@contoso.com", "Secret").hidden());
    let sim = Simulator::start(tenant).unwrap();
    let graph = Graph::sign_in(&sim).await;
    let (_, room) = graph.json("/places/room-1@contoso.com").await;
    let (_, by_id) = graph
        .json(&format!("/places/{}", room["placeId"].as_str().unwrap()))
        .await;
    assert_eq!(
        (&room["@odata.type"], &by_id),
        (&json!("#microsoft.graph.room"), &room)
    );
    let (_, list) = graph.json("/places/hq@contoso.com").await;
    assert_eq!(list["@odata.type"], "#microsoft.graph.roomList");
    assert_eq!(graph.json("/places/secret@contoso.com").await.0, 404);
    assert_eq!(
        each(&graph.json("/places/microsoft.graph.room").await.1, "displayName"),
        ["Room 1"]
    );
}

#[tokio::test]
async fn an_unknown_address_is_answered_in_each_form_that_was_seen() {
    let mut found: Vec<(u16, Value)> = Vec::new();
    for form in [
        UnknownPlace::InvalidPlaceInMessage,
        UnknownPlace::ItemNotFound,
        UnknownPlace::EmptyCode,
        UnknownPlace::EmptyList,
    ] {
        let sim = Simulator::start(rooms(1).unknown_place(form)).unwrap();
        let graph = Graph::sign_in(&sim).await;
        let (status, answer) = graph
            .json("/places/nobody@contoso.com/microsoft.graph.roomlist/rooms")
            .await;
        let code = answer["error"]["code"].clone();
        if code == "UnknownError" {
            let message: Value = serde_json::from_str(answer["error"]["message"].as_str().unwrap()).unwrap();
            assert_eq!(message["code"], "invalid_place");
        }
        found.push((status, code));
    }
    assert_eq!(
        found,
        [
            (404, json!("UnknownError")),
            (404, json!("ErrorItemNotFound")),
            (404, json!("")),
            (200, json!(null))
        ]
    );
}

#[tokio::test]
async fn the_directory_tells_what_an_address_is() {
    let sim = Simulator::start(
        rooms(1)
            .user(User::new("o'neill@contoso.com", "O'Neill"))
            .group(Group::new(
                GroupKind::DistributionList,
                "everyone@contoso.com",
                "Everyone",
            ))
            .group(Group::new(
                GroupKind::Microsoft365,
                "project@contoso.com",
                "Project",
            )),
    )
    .unwrap();
    let graph = Graph::sign_in(&sim).await;
    let (_, people) = graph
        .json("/users?$filter=mail in ('o''neill@contoso.com','room-1@contoso.com')&$select=id,mail&$top=999")
        .await;
    assert_eq!(
        each(&people, "mail"),
        ["room-1@contoso.com", "o'neill@contoso.com"]
    );
    let (_, list) = graph.json("/groups?$filter=mail eq 'everyone@contoso.com'").await;
    let (_, unified) = graph
        .json("/groups?$filter=proxyAddresses/any(x:x eq 'smtp:project@contoso.com')")
        .await;
    let kind = |page: &Value| {
        json!([
            page["value"][0]["groupTypes"],
            page["value"][0]["mailEnabled"],
            page["value"][0]["securityEnabled"]
        ])
    };
    assert_eq!(
        (kind(&list), kind(&unified)),
        (json!([[], true, false]), json!([["Unified"], true, false]))
    );
    let (status, odd) = graph.json("/users?$filter=startswith(mail,'a')").await;
    assert_eq!((status, code(&odd)), (400, "Request_UnsupportedQuery"));
    let many = vec!["'a@contoso.com'"; 16].join(",");
    let (_, refused) = graph.json(&format!("/users?$filter=mail in ({many})")).await;
    assert!(
        refused["error"]["message"]
            .as_str()
            .unwrap()
            .ends_with("'OR' operators: 16. Max allowed: 15.")
    );
    assert_eq!(
        graph.json("/organization").await.1["value"][0]["verifiedDomains"][0]["name"],
        "contoso.com"
    );
    assert_eq!(
        code(&graph.json("/users/nobody@contoso.com").await.1),
        "Request_ResourceNotFound"
    );
    let list_calendar =
        "/users/everyone@contoso.com/calendarView?startDateTime=2026-03-01&endDateTime=2026-03-02";
    assert_eq!(code(&graph.json(list_calendar).await.1), "ErrorInvalidUser");
}

fn two_lists() -> Tenant {
    let event = Event::new("Budget", "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
    Tenant::new("contoso.com")
        .room(Room::new("a@contoso.com", "A").event(event))
        .room(Room::new("b@contoso.com", "B"))
        .list(RoomList::new(
            "north@contoso.com",
            "North",
            ["a@contoso.com", "b@contoso.com"],
        ))
        .list(RoomList::new("south@contoso.com", "South", []))
}

/// The addresses in a list.
#[cfg(test)]
async fn members(graph: &Graph, list: &str, field: &str) -> Vec<String> {
    let (status, page) = graph
        .json(&format!(
            "/places/{list}@contoso.com/microsoft.graph.roomlist/rooms"
        ))
        .await;
    assert_eq!(status, 200, "{page}");
    each(&page, field).into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn rooms_and_lists_are_renamed_hidden_and_moved() {
    let sim = Simulator::start(two_lists()).unwrap();
    let graph = Graph::sign_in(&sim).await;
    sim.update(|tenant| {
        tenant
            .room_mut("a@contoso.com")
            .map(|found| found.rename("Aurora"))
    })
    .unwrap();
    sim.update(|tenant| {
        tenant
            .list_mut("north@contoso.com")
            .map(|found| found.rename("Nord"))
    })
    .unwrap();
    assert_eq!(members(&graph, "north", "displayName").await, ["Aurora", "B"]);
    assert_eq!(
        each(
            &graph.json("/places/microsoft.graph.roomlist").await.1,
            "displayName"
        ),
        ["Nord", "South"]
    );
    sim.update(|tenant| {
        tenant
            .room_mut("a@contoso.com")
            .map(|found| found.set_hidden(true))
    })
    .unwrap();
    assert_eq!(members(&graph, "north", "displayName").await, ["B"]);
    assert_eq!(graph.json(&format!("/users/a@contoso.com/{VIEW}")).await.0, 200);
    sim.update(|tenant| {
        tenant
            .list_mut("north@contoso.com")?
            .members_mut()
            .retain(|room| room != "b@contoso.com");
        tenant
            .list_mut("south@contoso.com")?
            .members_mut()
            .push("b@contoso.com".to_owned());
        Ok(())
    })
    .unwrap();
    assert_eq!(members(&graph, "south", "displayName").await, ["B"]);
    assert!(members(&graph, "north", "displayName").await.is_empty());
    let missing = sim.update(|tenant| tenant.list_mut("west@contoso.com").map(drop));
    assert_eq!(
        missing.unwrap_err().to_string(),
        "the simulated tenant has no room list west@contoso.com"
    );
}

#[tokio::test]
async fn a_room_gets_another_address_and_keeps_its_name_and_id() {
    let sim = Simulator::start(two_lists()).unwrap();
    let graph = Graph::sign_in(&sim).await;
    let before = members(&graph, "north", "placeId").await;
    sim.update(|tenant| tenant.change_address("a@contoso.com", "aurora@contoso.com"))
        .unwrap();
    assert_eq!(
        members(&graph, "north", "emailAddress").await,
        ["aurora@contoso.com", "b@contoso.com"]
    );
    assert_eq!(members(&graph, "north", "placeId").await, before);
    let (_, by_address) = graph.json(&format!("/users/aurora@contoso.com/{VIEW}")).await;
    assert_eq!(
        code(&by_address),
        "ErrorInvalidUser",
        "only the object id and the user principal name are known"
    );
    assert_eq!(
        each(
            &graph.json(&format!("/users/{}/{VIEW}", before[0])).await.1,
            "subject"
        ),
        ["Budget"]
    );
}

#[tokio::test]
async fn a_room_list_becomes_a_plain_distribution_list() {
    let sim = Simulator::start(two_lists()).unwrap();
    let graph = Graph::sign_in(&sim).await;
    let group = "/groups?$filter=mail eq 'north@contoso.com'";
    let (_, before) = graph.json(group).await;
    sim.update(|tenant| tenant.make_plain("north@contoso.com"))
        .unwrap();
    let (status, _) = graph
        .json("/places/north@contoso.com/microsoft.graph.roomlist/rooms")
        .await;
    assert_eq!(status, 404);
    assert_eq!(
        each(
            &graph.json("/places/microsoft.graph.roomlist").await.1,
            "displayName"
        ),
        ["South"]
    );
    assert_eq!(graph.json(group).await.1, before, "it is the group that it was");
}

#[tokio::test]
async fn a_mailbox_is_deleted_and_made_anew() {
    let sim = Simulator::start(two_lists()).unwrap();
    let graph = Graph::sign_in(&sim).await;
    let before = members(&graph, "north", "placeId").await;
    let taken = sim.update(|tenant| tenant.remove_room("A@contoso.com")).unwrap();
    assert_eq!(members(&graph, "north", "emailAddress").await, ["b@contoso.com"]);
    assert_eq!(
        code(&graph.json(&format!("/users/a@contoso.com/{VIEW}")).await.1),
        "ErrorInvalidUser"
    );
    sim.update(|tenant| {
        tenant.rooms_mut().push(taken);
        tenant
            .list_mut("north@contoso.com")?
            .members_mut()
            .push("a@contoso.com".to_owned());
        tenant
            .room_mut("a@contoso.com")
            .map(|found| found.make_anew("0f0f"))
    })
    .unwrap();
    assert_eq!(
        members(&graph, "north", "placeId").await,
        [before[1].clone(), "0f0f".to_owned()]
    );
    assert_eq!(
        code(&graph.json(&format!("/users/{}/{VIEW}", before[0])).await.1),
        "ErrorInvalidUser"
    );
    let (_, view) = graph.json(&format!("/users/a@contoso.com/{VIEW}")).await;
    assert!(each(&view, "id").is_empty(), "its calendar is new too");
}
