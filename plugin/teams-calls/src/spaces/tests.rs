use super::*;
use crate::fixture::*;
use connector_sdk::FetchError;
use graph::script::Script;
use serde_json::{Value, json};

const PLACES: &str = "/places/microsoft.graph.room?";

fn place(address: &str) -> Value {
    json!({
        "id": "not the account", "emailAddress": address, "displayName": format!("Room {address}"), "building": "HQ", "capacity": 8,
    })
}

fn places(addresses: &[&str]) -> Value {
    json!({"value": addresses.iter().map(|address| place(address)).collect::<Vec<_>>()})
}

fn users(accounts: &[(&str, &str)]) -> Value {
    json!({"value": accounts.iter().map(|(mail, id)| json!({"id": id, "mail": mail})).collect::<Vec<_>>()})
}

fn with_rooms(rooms: &str) -> String {
    json!({"tenant": "contoso.com", "rooms": rooms}).to_string()
}

fn list(script: &Script, settings: &str) -> Listing {
    now(list_spaces(script, settings)).unwrap()
}

fn keys(listing: &Listing) -> Vec<&str> {
    listing.spaces.iter().map(|space| space.key.as_str()).collect()
}

fn problems(listing: &Listing) -> Vec<&str> {
    listing
        .problems
        .iter()
        .map(|problem| problem.message.as_str())
        .collect()
}

#[test]
fn a_room_is_named_by_its_account_and_says_what_places_knows() {
    let script = Script::default()
        .on(PLACES, 200, places(&["Conf-A@contoso.com"]))
        .on(
            "/users?",
            200,
            users(&[("conf-a@Contoso.com", &A.to_uppercase())]),
        );
    assert_eq!(
        list(&script, SETTINGS),
        Listing {
            spaces: vec![Space {
                key: A.to_owned(),
                name: "Room Conf-A@contoso.com".to_owned(),
                address: Some("conf-a@contoso.com".to_owned()),
                building: Some("HQ".to_owned()),
                capacity: Some(8),
                time_zone: None,
                kinds: vec![Kind::Call, Kind::Presentation],
                notes: "conf-a@contoso.com".to_owned(),
            }],
            problems: vec![],
        }
    );
    assert_eq!(
        script.asked(),
        [
            "/places/microsoft.graph.room?$top=100",
            "/$batch",
            "+/users?$filter=mail%20in%20('conf-a@contoso.com')&$select=id,mail&$top=100",
        ]
    );
}

#[test]
fn only_the_rooms_of_the_settings_are_spaces_and_one_that_is_not_there_is_told() {
    let script = Script::default()
        .on(PLACES, 200, places(&["a@contoso.com", "b@contoso.com"]))
        .on(
            "/users?",
            200,
            users(&[("a@contoso.com", A), ("b@contoso.com", B)]),
        );
    let listing = list(&script, &with_rooms("B@contoso.com, c@contoso.com"));
    assert_eq!(keys(&listing), [B]);
    assert_eq!(
        problems(&listing),
        ["room c@contoso.com is not among the tenant's rooms"]
    );
    assert!(
        script.asked()[2].contains("('b@contoso.com')"),
        "{:?}",
        script.asked()
    );
}

#[test]
fn a_room_whose_account_is_not_known_for_certain_is_no_space_and_told() {
    let script = Script::default()
        .on(
            PLACES,
            200,
            places(&["a@contoso.com", "b@contoso.com", "c@contoso.com"]),
        )
        .on(
            "/users?",
            200,
            users(&[("a@contoso.com", A), ("c@contoso.com", C), ("c@contoso.com", B)]),
        );
    let listing = list(&script, SETTINGS);
    assert_eq!(keys(&listing), [A]);
    assert_eq!(
        problems(&listing),
        [
            "no account has the address of b@contoso.com, c@contoso.com, or several have, so no calls can be read"
        ]
    );
    assert_eq!(script.log.borrow().len(), 1);
}

#[test]
fn a_tenant_without_rooms_is_told() {
    let script = Script::default().on(PLACES, 200, places(&[]));
    assert_eq!(
        problems(&list(&script, SETTINGS)),
        ["Microsoft Graph lists no rooms of the tenant"]
    );
}

/// Else every room would vanish while Graph is busy or consent is on its way.
#[test]
fn accounts_that_are_not_given_are_an_error_of_the_source() {
    let error = |status: u16, headers: &[(&str, &str)], code: &str| {
        let script = Script::default()
            .on(PLACES, 200, places(&["a@contoso.com"]))
            .on_with(
                "/users?",
                status,
                headers,
                json!({"error": {"code": code, "message": ""}}),
            );
        now(list_spaces(&script, SETTINGS)).unwrap_err()
    };
    assert_eq!(
        error(429, &[("retry-after", "9")], "TooManyRequests"),
        CollectError::RetryAfter(9)
    );
    let CollectError::Denied(reason) = error(403, &[], "Authorization_RequestDenied") else {
        panic!("not denied")
    };
    let advice = reason.advice.unwrap();
    assert!(
        advice.contains("User.Read.All") && !advice.contains("Directory.Read.All"),
        "{advice}"
    );
}

#[test]
fn places_that_are_not_given_are_an_error_of_the_source() {
    let error = |script: Script| now(list_spaces(&script, SETTINGS)).unwrap_err();
    let denied = json!({"error": {"code": "ErrorAccessDenied", "message": "Access is denied."}});
    let CollectError::Denied(reason) = error(Script::default().on("/places/", 403, denied)) else {
        panic!("not denied")
    };
    assert!(reason.advice.unwrap().contains("Place.Read.All"));
    assert_eq!(
        error(Script::default().on_with("/places/", 429, &[("retry-after", "5")], json!({}))),
        CollectError::RetryAfter(5)
    );
    let refused = Err(FetchError::ConnectionRefused("x".to_owned()));
    assert!(matches!(
        error(Script::default().raw("/places/", refused)),
        CollectError::Unreachable(_)
    ));
    assert!(matches!(
        now(list_spaces(&Script::default(), "{}")),
        Err(CollectError::Settings(_))
    ));
}
