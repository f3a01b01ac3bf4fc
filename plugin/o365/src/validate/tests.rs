use super::*;
use crate::script::{SETTINGS, Script, now, with_lists};
use connector_sdk::{AuthorizationFailure, FetchError, SecretError};
use serde_json::{Value, json};

mod calendars;

fn page(addresses: &[&str]) -> Value {
    json!({"value": addresses.iter().map(|address| json!({"emailAddress": address})).collect::<Vec<_>>()})
}

fn denied(message: &str) -> Value {
    json!({"error": {"code": "ErrorAccessDenied", "message": message}})
}

/// Checks in a line each.
fn lines(script: &Script, settings: &str) -> Vec<String> {
    let checks = now(validate(script, settings));
    checks
        .iter()
        .map(|c| format!("{:?} {}: {}", c.status, c.name, c.reason.message))
        .collect()
}

/// The check of this name.
fn one(script: &Script, settings: &str, name: &str) -> Check {
    let checks = now(validate(script, settings));
    let found = checks.iter().find(|check| check.name == name).cloned();
    found.unwrap_or_else(|| panic!("no {name} in {checks:?}"))
}

/// A tenant with a room list of two rooms, whose directory can be read.
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
        .on("/groups?$top=1", 200, page(&[]))
        .on("/users?$top=1", 200, page(&[]))
}

fn claims(script: &Script, roles: &[&str]) {
    let claims = json!({"tid": "8f2b", "appid": "4444", "roles": roles}).to_string();
    *script.secret.borrow_mut() = Ok(Some(claims));
}

#[test]
fn everything_that_works_is_said_to_work() {
    let script = tenant().on("calendarView", 200, page(&[]));
    claims(&script, &["Place.Read.All", "User.Read.All", "Calendars.Read"]);
    assert_eq!(
        lines(&script, &with_lists("hq@contoso.com")),
        [
            "Passed token: the login service gives a token for tenant 8f2b, with Place.Read.All, User.Read.All, Calendars.Read",
            "Passed permission Place.Read.All: the tenant's room lists can be read: there are 1",
            "Passed permission Directory.Read.All: groups can be looked up",
            "Passed permission User.Read.All: accounts can be looked up; the token's roles name it",
            "Passed permission Calendars.Read: calendars can be read; the token's roles name it",
            "Passed room list hq@contoso.com: room list hq@contoso.com has 2 rooms",
            "Passed calendars of room list hq@contoso.com: 2 of 2 calendars tried can be read",
        ]
    );
}

#[test]
fn a_grant_of_exchange_passes_though_the_token_does_not_name_it() {
    let script = tenant().on("calendarView", 200, page(&[]));
    claims(&script, &["Place.Read.All", "Directory.Read.All"]);
    assert_eq!(
        lines(&script, &with_lists("hq@contoso.com"))[3..5],
        [
            "Passed permission User.Read.All: accounts can be looked up; the answer does not show whether by this permission or by Directory.Read.All; the token's roles do not name it",
            "Passed permission Calendars.Read: calendars can be read; the token's roles do not name it, so RBAC for \
             Applications in Exchange grants it",
        ]
    );
}

#[test]
fn three_room_lists_cost_ten_requests() {
    let listing = page(&["hq@contoso.com", "lab@contoso.com", "old@contoso.com"]);
    let mut script = Script::default()
        .dated("Tue, 10 Mar 2026 10:00:00 GMT")
        .on("/places/microsoft.graph.roomlist?", 200, listing)
        .on("calendarView", 200, page(&[]))
        .on("/users", 200, page(&[]));
    for list in ["hq", "lab", "old"] {
        let path = format!("/places/{list}@contoso.com/microsoft.graph.roomlist/rooms");
        script = script.on(&path, 200, page(&[&format!("{list}-1@contoso.com")]));
    }
    let settings = with_lists("hq@contoso.com, lab@contoso.com, old@contoso.com");
    let checks = now(validate(&script, &settings));
    assert_eq!(checks.len(), 5 + 3 + 3);
    let asked = script.asked();
    let outer: Vec<&str> = asked
        .iter()
        .filter(|url| !url.starts_with('+'))
        .map(|url| url.split('?').next().unwrap())
        .collect();
    assert_eq!(
        outer,
        [
            "/places/microsoft.graph.roomlist",
            "/$batch",
            "/places/hq@contoso.com/microsoft.graph.roomlist/rooms",
            "/places/lab@contoso.com/microsoft.graph.roomlist/rooms",
            "/places/old@contoso.com/microsoft.graph.roomlist/rooms",
            "/$batch",
            "/$batch",
            "/$batch",
            "/$batch",
            "/$batch",
        ]
    );
}

#[test]
fn without_room_lists_every_room_is_tried() {
    let script = tenant()
        .on("microsoft.graph.room?", 200, page(&["c@contoso.com"]))
        .on("calendarView", 200, page(&[]));
    assert_eq!(
        lines(&script, SETTINGS)[5..],
        [
            "Passed rooms: the tenant has 1 rooms",
            "Passed calendars of the tenant: 1 of 1 calendars tried can be read",
        ]
    );
}

#[test]
fn a_tenant_without_rooms_has_no_calendar_to_try() {
    let script = tenant().on("microsoft.graph.room?", 200, page(&[]));
    assert_eq!(
        lines(&script, SETTINGS)[4..],
        [
            "Pending permission Calendars.Read: no calendar could be tried, because there is no room to try",
            "Warning rooms: Microsoft Graph lists no rooms of the tenant",
        ]
    );
}

#[test]
fn permissions_that_the_directory_refuses_are_pending_and_no_more_than_a_warning_once_calendars_can_be_read()
{
    let refused = || json!({"error": {"code": "Authorization_RequestDenied", "message": "Insufficient."}});
    let script = |status, body| {
        let listing = page(&["hq@contoso.com"]);
        let script = Script::default()
            .on("/places/microsoft.graph.roomlist?", 200, listing)
            .on("/hq@contoso.com/", 200, page(&["a@contoso.com"]))
            .on("/groups?", 403, refused())
            .on("/users?", 403, refused())
            .on("calendarView", status, body);
        claims(&script, &["User.Read.All"]);
        script
    };
    let settings = with_lists("hq@contoso.com");
    assert_eq!(
        lines(&script(403, denied("no")), &settings)[2..4],
        [
            "Pending permission Directory.Read.All: groups: the application lacks a directory permission (HTTP 403 \
             Authorization_RequestDenied: Insufficient.); the token's roles do not name it",
            "Pending permission User.Read.All: accounts: the application lacks a directory permission (HTTP 403 \
             Authorization_RequestDenied: Insufficient.); the token's roles name it",
        ]
    );
    let checks = now(validate(&script(200, page(&[])), &settings));
    let statuses: Vec<_> = checks.iter().map(|check| check.status).collect();
    use CheckStatus::{Passed, Warning};
    assert_eq!(
        statuses,
        [Passed, Passed, Warning, Warning, Passed, Passed, Passed]
    );
    assert_eq!(
        checks[2].reason.advice.as_deref(),
        Some(
            "Grant the application permission Directory.Read.All with admin consent in Microsoft Entra. Without it, \
             the collector cannot tell what an address is if it is not a room list. A change of consent or policy can take up to two hours to reach every server."
        )
    );
}

#[test]
fn places_that_may_not_be_read_yet_are_pending() {
    let script = Script::default().on("/places/", 403, denied("Access is denied."));
    let statuses: Vec<String> = now(validate(&script, &with_lists("hq@contoso.com")))
        .iter()
        .map(|check| format!("{:?} {}", check.status, check.name))
        .collect();
    assert_eq!(
        statuses,
        [
            "Passed token",
            "Pending permission Place.Read.All",
            // The script answers neither: a 404 is no refusal.
            "Failed permission Directory.Read.All",
            "Failed permission User.Read.All",
            "Pending permission Calendars.Read",
            "Pending room list hq@contoso.com",
        ]
    );
}

#[test]
fn a_room_list_of_a_tenant_whose_places_are_still_empty_is_pending() {
    let group =
        json!({"value": [{"id": "1", "groupTypes": [], "mailEnabled": true, "securityEnabled": false}]});
    let empty = |script: Script| script.on("/places/microsoft.graph.roomlist?", 200, page(&[]));
    for script in [
        empty(Script::default()),
        empty(Script::default()).on("/groups?$filter", 200, group),
    ] {
        let check = one(&script, &with_lists("hq@contoso.com"), "room list hq@contoso.com");
        assert_eq!(check.status, CheckStatus::Pending);
        assert!(check.reason.advice.unwrap().contains("up to two hours"));
    }
    let unified = json!({"value": [{"id": "1", "groupTypes": ["Unified"]}]});
    let script = empty(Script::default()).on("/groups?$filter", 200, unified);
    let check = one(&script, &with_lists("hq@contoso.com"), "room list hq@contoso.com");
    assert_eq!(check.status, CheckStatus::Failed);
    assert_eq!(
        check.reason.message,
        "room list hq@contoso.com is a Microsoft 365 group, not a room list"
    );
    let advice = check.reason.advice.unwrap();
    assert!(
        advice.starts_with("A Microsoft 365 group cannot be converted."),
        "{advice}"
    );
    assert!(!advice.contains("Set-DistributionGroup"), "{advice}");
}

#[test]
fn a_distribution_list_is_a_mistake_of_this_moment_and_of_any_other() {
    let group =
        json!({"value": [{"id": "1", "groupTypes": [], "mailEnabled": true, "securityEnabled": false}]});
    let script = tenant().on("/groups?$filter", 200, group);
    let check = one(
        &script,
        &with_lists("all@contoso.com"),
        "room list all@contoso.com",
    );
    assert_eq!(
        (check.status, check.reason.message.as_str()),
        (
            CheckStatus::Failed,
            "room list all@contoso.com is a distribution list, not a room list"
        )
    );
    assert!(
        check
            .reason
            .advice
            .unwrap()
            .contains("Set-DistributionGroup -Identity 'all@contoso.com' -RoomList")
    );
}

#[test]
fn what_an_address_is_may_be_told_once_the_consent_has_arrived() {
    let refused = json!({"error": {"code": "Authorization_RequestDenied", "message": "Insufficient."}});
    let script = tenant().on("/groups?$filter", 403, refused);
    let check = one(
        &script,
        &with_lists("all@contoso.com"),
        "room list all@contoso.com",
    );
    assert_eq!(check.status, CheckStatus::Pending);
}

#[test]
fn a_room_list_without_rooms_is_a_warning_with_the_command_that_adds_one() {
    let script = Script::default()
        .on(
            "/places/microsoft.graph.roomlist?",
            200,
            page(&["o'neill@contoso.com"]),
        )
        .on("/microsoft.graph.roomlist/rooms", 200, page(&[]));
    let check = one(
        &script,
        &with_lists("o'neill@contoso.com"),
        "room list o'neill@contoso.com",
    );
    assert_eq!(check.status, CheckStatus::Warning);
    let advice = check.reason.advice.unwrap();
    assert!(
        advice.contains("Add-DistributionGroupMember -Identity 'o''neill@contoso.com' -Member ROOM"),
        "{advice}"
    );
}

#[test]
fn a_room_list_that_is_none_limits_a_source_of_which_another_can_be_read() {
    let script = tenant().on("calendarView", 200, page(&[]));
    let lines = lines(&script, &with_lists("nowhere@contoso.com, hq@contoso.com"));
    assert_eq!(
        lines[5],
        "Limited room list nowhere@contoso.com: room list nowhere@contoso.com does not exist"
    );
    assert_eq!(lines.len(), 8);
}

#[test]
fn a_refused_token_is_the_only_thing_said() {
    let script = tenant();
    let refuse = |code: u32| {
        let failure = AuthorizationFailure {
            codes: vec![code],
            ..AuthorizationFailure::default()
        };
        *script.secret.borrow_mut() = Err(SecretError::Authorization(failure));
        lines(&script, SETTINGS)
    };
    assert_eq!(
        refuse(90002),
        ["Failed token: the token was refused: there is no such tenant (AADSTS90002)"]
    );
    assert_eq!(
        refuse(7000215),
        ["Failed token: the token was refused: the client secret is wrong (AADSTS7000215)"]
    );
    for code in [700016, 65001, 7000112] {
        assert!(refuse(code)[0].starts_with("Pending token: "), "{code}");
    }
}

#[test]
fn graph_out_of_reach_is_said_once() {
    let script = Script::default().raw("/places/", Err(FetchError::ConnectionTimeout("10 s".to_owned())));
    assert_eq!(
        lines(&script, &with_lists("hq@contoso.com"))[1..],
        [
            "Failed permission Place.Read.All: the tenant's room lists: no answer from https://graph.microsoft.com: the \
          connection timed out: 10 s"
        ]
    );
    assert_eq!(script.asked().len(), 1);
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
