use super::*;
use crate::script::{ROOT, SETTINGS, Script, now, with_lists};
use connector_sdk::FetchError;
use proptest::prelude::*;
use serde_json::json;

const LISTING: &str = "/places/microsoft.graph.roomlist?";

fn place(address: &str) -> Value {
    json!({"id": "x", "emailAddress": address, "displayName": format!("Room {address}")})
}

fn page(addresses: &[&str]) -> Value {
    json!({"value": addresses.iter().map(|address| place(address)).collect::<Vec<_>>()})
}

/// `count` rooms, the first of this number.
fn numbered(first: usize, count: usize) -> Value {
    json!({"value": (first..first + count).map(|at| place(&format!("r{at}@contoso.com"))).collect::<Vec<_>>()})
}

fn refusal(code: &str, message: &str) -> Value {
    json!({"error": {"code": code, "message": message}})
}

fn expand(script: &Script, settings: &str) -> Expansion {
    now(list_rooms(script, settings)).unwrap()
}

/// Rooms in a line each: the address, the key, the lists.
fn lines(expansion: &Expansion) -> Vec<String> {
    expansion
        .rooms
        .iter()
        .map(|r| format!("{} {} {:?}", r.address, r.key, r.lists))
        .collect()
}

fn problems(expansion: &Expansion) -> Vec<&str> {
    expansion
        .problems
        .iter()
        .map(|problem| problem.reason.message.as_str())
        .collect()
}

#[test]
fn every_room_of_the_tenant_is_found_when_no_list_is_named() {
    let script = Script::default().on(
        "/places/microsoft.graph.room?",
        200,
        page(&["A@contoso.com", "b@contoso.com"]),
    );
    let expansion = expand(&script, SETTINGS);
    assert_eq!(
        lines(&expansion),
        ["a@contoso.com a@contoso.com []", "b@contoso.com b@contoso.com []"]
    );
    assert_eq!(problems(&expansion), [""; 0]);
}

#[test]
fn a_room_of_two_lists_and_in_another_case_is_one_room() {
    let script = Script::default()
        .on(LISTING, 200, page(&["HQ@contoso.com", "lab@contoso.com"]))
        .on(
            "/places/hq@contoso.com/microsoft.graph.roomlist/rooms",
            200,
            page(&["A@contoso.com", "b@contoso.com"]),
        )
        .on(
            "/places/lab@contoso.com/microsoft.graph.roomlist/rooms",
            200,
            page(&["c@contoso.com", "a@Contoso.com"]),
        );
    let expansion = expand(&script, &with_lists("hq@contoso.com, Lab@contoso.com"));
    assert_eq!(
        lines(&expansion),
        [
            r#"a@contoso.com a@contoso.com ["hq@contoso.com", "lab@contoso.com"]"#,
            r#"b@contoso.com b@contoso.com ["hq@contoso.com"]"#,
            r#"c@contoso.com c@contoso.com ["lab@contoso.com"]"#,
        ]
    );
}

#[test]
fn pages_are_followed_by_next_link() {
    let mut first = page(&["a@contoso.com"]);
    first["@odata.nextLink"] = json!(format!("{ROOT}/places/microsoft.graph.room?$skiptoken=2"));
    let script = Script::default().on("microsoft.graph.room?$top", 200, first).on(
        "$skiptoken=2",
        200,
        page(&["b@contoso.com"]),
    );
    assert_eq!(expand(&script, SETTINGS).rooms.len(), 2);
}

#[test]
fn full_pages_without_a_next_link_are_followed_by_skipping() {
    let script = Script::default()
        .on("$skip=200", 200, numbered(200, 3))
        .on("$skip=100", 200, numbered(100, 100))
        .on("microsoft.graph.room?$top=100", 200, numbered(0, 100));
    assert_eq!(expand(&script, SETTINGS).rooms.len(), 203);
    assert_eq!(
        script.asked()[..3],
        [
            "/places/microsoft.graph.room?$top=100",
            "/places/microsoft.graph.room?$top=100&$skip=100",
            "/places/microsoft.graph.room?$top=100&$skip=200",
        ]
    );
}

#[test]
fn a_server_that_ignores_skip_is_not_asked_for_ever() {
    let script = Script::default().on("microsoft.graph.room?", 200, numbered(0, 100));
    assert_eq!(expand(&script, SETTINGS).rooms.len(), 100);
    assert_eq!(
        script
            .asked()
            .iter()
            .filter(|url| url.starts_with("/places"))
            .count(),
        2
    );
}

#[test]
fn a_next_link_that_repeats_itself_or_leads_elsewhere_is_an_error() {
    for link in [
        format!("{ROOT}/places/microsoft.graph.room?again"),
        "https://evil.example/v1.0/places".to_owned(),
    ] {
        let mut again = page(&["a@contoso.com"]);
        again["@odata.nextLink"] = json!(link);
        let script = Script::default().on("microsoft.graph.room", 200, again);
        assert!(matches!(
            now(list_rooms(&script, SETTINGS)),
            Err(CollectError::Failed(_))
        ));
    }
}

#[test]
fn all_fields_but_the_address_may_be_anything() {
    let rooms = json!({"value": [
        {"emailAddress": "a@contoso.com", "displayName": null, "nickname": "Nick", "capacity": "50", "building": "B1"},
        {"emailAddress": "b@contoso.com", "displayName": 7, "capacity": null, "building": "", "bookingType": "reserved"},
        {"emailAddress": "c@contoso.com", "capacity": -1, "building": 3, "tags": {}},
        {"emailAddress": null, "displayName": "Nowhere"},
        "not even an object",
    ]});
    let script = Script::default().on("/places/microsoft.graph.room?", 200, rooms);
    let expansion = expand(&script, SETTINGS);
    let seen: Vec<_> = expansion
        .rooms
        .iter()
        .map(|r| (r.name.as_str(), r.capacity, r.building.as_deref()))
        .collect();
    assert_eq!(
        seen,
        [
            ("Nick", Some(50), Some("B1")),
            ("b@contoso.com", None, None),
            ("c@contoso.com", None, None)
        ]
    );
    assert!(
        script
            .log
            .borrow()
            .iter()
            .any(|line| line == "Warn: room \"Nowhere\" has no address and is skipped")
    );
}

/// The problem of the list `x@contoso.com`, which is not among the room lists, while `hq` is.
fn problem(script: Script) -> (String, String) {
    let script = script.on(LISTING, 200, page(&["hq@contoso.com"])).on(
        "/places/hq@contoso.com/microsoft.graph.roomlist/rooms",
        200,
        page(&["a@contoso.com"]),
    );
    let expansion = expand(&script, &with_lists("x@contoso.com, hq@contoso.com"));
    assert_eq!(expansion.rooms.len(), 1, "the other list is still collected");
    let problem = &expansion.problems[0];
    assert_eq!(problem.room_list, "x@contoso.com");
    (
        problem.reason.message.clone(),
        problem.reason.advice.clone().unwrap(),
    )
}

fn group(types: Value, security: bool) -> Script {
    let group = json!({"id": "1", "groupTypes": types, "mailEnabled": true, "securityEnabled": security});
    Script::default().on(
        "/groups?$filter=mail%20eq%20'x@contoso.com'",
        200,
        json!({"value": [group]}),
    )
}

#[test]
fn a_distribution_list_is_refused_by_name_with_the_command_that_makes_it_a_room_list() {
    let (message, advice) = problem(group(json!([]), false));
    assert_eq!(
        message,
        "room list x@contoso.com is a distribution list, not a room list"
    );
    assert!(
        advice.starts_with(
            "Make it one in Exchange: Set-DistributionGroup -Identity 'x@contoso.com' -RoomList."
        ),
        "{advice}"
    );
}

#[test]
fn what_is_no_room_list_is_named_for_what_it_is() {
    let user = || json!({"value": [{"id": "1"}]});
    let place = |kind: &str| {
        Script::default().on(
            "/places/x@contoso.com",
            200,
            json!({"@odata.type": format!("#microsoft.graph.{kind}")}),
        )
    };
    for (script, what) in [
        (
            group(json!(["Unified"]), false),
            "is a Microsoft 365 group, not a room list",
        ),
        (
            group(json!(["unified", "DynamicMembership"]), true),
            "is a Microsoft 365 group, not a room list",
        ),
        (
            group(json!([]), true),
            "is a mail-enabled security group, not a room list",
        ),
        (
            Script::default().on("/users?$filter=mail%20eq%20'x@", 200, user()),
            "is a user, not a room list",
        ),
        (place("room"), "is a room, not a room list"),
        (place("workspace"), "is a workspace, not a room list"),
        (Script::default(), "does not exist"),
    ] {
        let (message, advice) = problem(script);
        assert_eq!(message, format!("room list x@contoso.com {what}"));
        assert!(
            advice.contains("-RoomList") || advice.contains("RecipientTypeDetails RoomList"),
            "{advice}"
        );
    }
}

#[test]
fn a_room_list_that_the_listing_leaves_out_is_still_read() {
    let script = Script::default()
        .on(LISTING, 200, page(&[]))
        .on(
            "/x@contoso.com/microsoft.graph.roomlist/rooms",
            200,
            page(&["a@contoso.com"]),
        )
        .on(
            "/places/x@contoso.com",
            200,
            json!({"@odata.type": "#microsoft.graph.roomList"}),
        );
    assert_eq!(expand(&script, &with_lists("x@contoso.com")).rooms.len(), 1);
}

#[test]
fn lists_are_tried_when_the_listing_fails() {
    let script = Script::default()
        .on(LISTING, 500, refusal("UnknownError", ""))
        .on(
            "/hq@contoso.com/microsoft.graph.roomlist/rooms",
            200,
            page(&["a@contoso.com"]),
        )
        .on(
            "/old@contoso.com/microsoft.graph.roomlist/rooms",
            404,
            refusal(
                "UnknownError",
                r#"{"code":"invalid_place","message":"place not found"}"#,
            ),
        );
    let expansion = expand(&script, &with_lists("hq@contoso.com, old@contoso.com"));
    assert_eq!(expansion.rooms.len(), 1);
    assert_eq!(
        problems(&expansion),
        [
            "room list old@contoso.com: Places does not give it to the application (HTTP 404 invalid_place: place not found)"
        ]
    );
}

#[test]
fn a_room_list_is_not_called_a_distribution_list_where_places_does_not_work() {
    // In the directory, a room list looks like any other distribution list.
    let script = group(json!([]), false);
    let Err(CollectError::Failed(reason)) = now(list_rooms(&script, &with_lists("x@contoso.com"))) else {
        panic!("not failed")
    };
    assert_eq!(
        reason.message,
        "room list x@contoso.com: Places does not give it to the application (HTTP 404 NotFound)"
    );
    assert!(reason.advice.unwrap().contains("Get-PlacesSettings"));
}

#[test]
fn an_empty_room_list_is_another_problem_than_one_that_is_none() {
    let script = Script::default().on(LISTING, 200, page(&["hq@contoso.com"])).on(
        "/hq@contoso.com/microsoft.graph.roomlist/rooms",
        200,
        page(&[]),
    );
    assert_eq!(
        problems(&expand(&script, &with_lists("hq@contoso.com"))),
        ["room list hq@contoso.com has no rooms"]
    );
}

#[test]
fn places_that_may_not_be_read_are_an_error_of_the_source_that_names_permission_and_places() {
    let script = Script::default().on("/places/", 403, refusal("ErrorAccessDenied", "Access is denied."));
    for settings in [SETTINGS, &with_lists("hq@contoso.com, lab@contoso.com")] {
        let Err(CollectError::Denied(reason)) = now(list_rooms(&script, settings)) else {
            panic!("not denied")
        };
        let advice = reason.advice.unwrap();
        assert!(
            advice.contains("Place.Read.All") && advice.contains("Get-PlacesSettings"),
            "{advice}"
        );
    }
}

#[test]
fn one_list_that_may_not_be_read_is_a_problem_of_that_list() {
    let script = Script::default()
        .on(LISTING, 200, page(&["hq@contoso.com", "lab@contoso.com"]))
        .on(
            "/hq@contoso.com/microsoft.graph.roomlist/rooms",
            200,
            page(&["a@contoso.com"]),
        )
        .on("/lab@contoso.com/microsoft.graph.roomlist/rooms", 429, json!({}));
    let expansion = expand(&script, &with_lists("hq@contoso.com, lab@contoso.com"));
    assert_eq!(expansion.rooms.len(), 1);
    assert_eq!(
        problems(&expansion),
        ["room list lab@contoso.com: Graph asks to wait (HTTP 429 with a body that is not Graph's JSON)"]
    );
}

#[test]
fn throttling_of_everything_sends_the_source_back() {
    let script = Script::default().on_with("/places/", 429, &[("retry-after", "17")], json!({}));
    let all = now(list_rooms(&script, &with_lists("hq@contoso.com")));
    assert_eq!(all, Err(CollectError::RetryAfter(17)));
}

#[test]
fn graph_out_of_reach_ends_at_the_first_request() {
    let script = Script::default().raw("/places/", Err(FetchError::ConnectionTimeout("10 s".to_owned())));
    let error = now(list_rooms(
        &script,
        &with_lists("hq@contoso.com, lab@contoso.com"),
    ));
    assert!(matches!(error, Err(CollectError::Unreachable(_))));
    assert_eq!(script.asked().len(), 1);
}

#[test]
fn unusable_settings_are_an_error() {
    assert!(matches!(
        now(list_rooms(&Script::default(), "{}")),
        Err(CollectError::Settings(_))
    ));
}

proptest! {
    #[test]
    fn each_room_is_found_once_with_every_list_that_holds_it(
        lists in proptest::collection::vec(proptest::collection::vec("[abAB]{1,2}", 0..6), 1..4),
    ) {
        let mut rooms = Rooms::default();
        let script = Script::default();
        for (at, list) in lists.iter().enumerate() {
            let place = |name| room(&place(&format!("{name}@contoso.com")), &script);
            rooms.add(list.iter().filter_map(place).collect(), Some(&format!("list{at}")));
        }
        let mut addresses: Vec<&str> = rooms.found.iter().map(|room| room.address.as_str()).collect();
        addresses.sort_unstable();
        let before = addresses.len();
        addresses.dedup();
        prop_assert_eq!(addresses.len(), before);
        for room in &rooms.found {
            let holds = |list: &Vec<String>| list.iter().any(|n| format!("{}@contoso.com", n.to_lowercase()) == room.address);
            let expected: Vec<String> =
                lists.iter().enumerate().filter(|(_, list)| holds(list)).map(|(at, _)| format!("list{at}")).collect();
            prop_assert_eq!(&room.lists, &expected);
        }
    }

    #[test]
    fn no_answer_makes_it_panic(status in prop_oneof![Just(200_u16), 100_u16..600], body in "\\PC{0,60}") {
        let script = Script::default().raw("/", Ok((status, vec![], body)));
        let _ = now(list_rooms(&script, &with_lists("hq@contoso.com")));
    }
}
