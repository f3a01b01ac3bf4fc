use super::*;
use crate::script::{SETTINGS, Script, now, with_lists};
use crate::world::{AuthorizationFailure, SecretError};
use serde_json::json;

fn page(addresses: &[&str]) -> Value {
    json!({"value": addresses.iter().map(|address| json!({"emailAddress": address})).collect::<Vec<_>>()})
}

/// Checks in a line each.
fn lines(script: &Script, settings: &str) -> Vec<String> {
    let checks = now(validate(script, settings));
    checks
        .iter()
        .map(|c| format!("{:?} {}: {}", c.status, c.name, c.reason.message))
        .collect()
}

/// A tenant with a room list of two rooms.
fn tenant() -> Script {
    Script::default()
        .on(
            "/places/microsoft.graph.roomlist?",
            200,
            page(&["hq@contoso.com"]),
        )
        .on(
            "/places/hq@contoso.com/microsoft.graph.roomlist/rooms",
            200,
            page(&["a@contoso.com", "b@contoso.com"]),
        )
}

#[test]
fn everything_that_works_is_said_to_work() {
    let script = tenant().on("calendarView", 200, page(&[]));
    let claims = r#"{"tid":"8f2b","roles":["Place.Read.All","User.Read.All"]}"#;
    script.claims.replace(Some(Ok(Some(claims.to_owned()))));
    assert_eq!(
        lines(&script, &with_lists("hq@contoso.com")),
        [
            "Passed token: the login service gives a token for tenant 8f2b, with Place.Read.All, User.Read.All",
            "Passed room lists: the tenant has 1 room lists",
            "Passed room list hq@contoso.com: room list hq@contoso.com has 2 rooms",
            "Passed calendars of room list hq@contoso.com: 2 of 2 calendars tried can be read",
        ]
    );
}

#[test]
fn without_room_lists_every_room_is_tried() {
    let script = tenant()
        .on("microsoft.graph.room?", 200, page(&["c@contoso.com"]))
        .on("calendarView", 200, page(&[]));
    assert_eq!(
        lines(&script, SETTINGS)[2..],
        [
            "Passed rooms: the tenant has 1 rooms",
            "Passed calendars of the tenant: 1 of 1 calendars tried can be read",
        ]
    );
}

#[test]
fn a_policy_that_keeps_some_rooms_away_is_a_limit() {
    let denied = json!({"error": {"code": "ErrorAccessDenied", "message": "Access to OData is disabled: [RAOP] : Blocked"}});
    let script = tenant()
        .on("users/a@", 200, page(&[]))
        .on("users/b@", 403, denied);
    let line = lines(&script, &with_lists("hq@contoso.com")).remove(3);
    assert!(
        line.starts_with(
            "Limited calendars of room list hq@contoso.com: 1 of 2 calendars tried can be read, not b@contoso.com: \
             calendar of b@contoso.com: an application access policy"
        ),
        "{line}"
    );
}

#[test]
fn a_refusal_of_all_calendars_fails_and_speaks_of_the_delay() {
    let denied = json!({"error": {"code": "ErrorAccessDenied", "message": "Access is denied."}});
    let script = tenant().on("calendarView", 403, denied);
    let check = now(validate(&script, &with_lists("hq@contoso.com"))).remove(3);
    assert_eq!(check.status, CheckStatus::Failed);
    assert!(check.reason.advice.unwrap().contains("up to two hours"));
}

#[test]
fn a_room_list_that_is_none_limits_a_source_of_which_another_can_be_read() {
    let script = tenant().on("calendarView", 200, page(&[]));
    let lines = lines(&script, &with_lists("nowhere@contoso.com, hq@contoso.com"));
    assert_eq!(
        lines[2],
        "Limited room list nowhere@contoso.com: room list nowhere@contoso.com does not exist"
    );
    assert_eq!(lines.len(), 5);
}

#[test]
fn a_refused_token_is_the_only_thing_said() {
    let script = tenant();
    let failure = AuthorizationFailure {
        codes: vec![90002],
        ..AuthorizationFailure::default()
    };
    script
        .claims
        .replace(Some(Err(SecretError::Authorization(failure))));
    assert_eq!(
        lines(&script, SETTINGS),
        ["Failed token: the token was refused: there is no such tenant (AADSTS90002)"]
    );
}

#[test]
fn unusable_settings_are_checks_that_failed() {
    assert_eq!(
        lines(&Script::default(), "{}"),
        [
            "Failed setting tenant: it is missing",
            "Failed setting user-agent: it is missing"
        ]
    );
}
