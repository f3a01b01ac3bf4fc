//! Places and the directory behave as Graph does.

#[cfg(test)]
mod common;

use common::{Graph, code, each};
use graph_sim::{Group, GroupKind, Room, RoomList, Simulator, Tenant, UnknownPlace, User};
use serde_json::{Value, json};

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
