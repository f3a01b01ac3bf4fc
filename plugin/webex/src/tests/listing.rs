//! The workspaces as spaces, and the faults of Webex's lists.

use crate::fixture::{Script, at, date, device, items, now, workspace};
use crate::sight::{Link, Poll};
use connector_sdk::{CollectError, Kind, Listing};
use serde_json::{Value, json};

const NOON: &str = "2026-03-10T12:00:00Z";

fn oslo() -> String {
    items(vec![
        json!({"id": "l-oslo", "name": "Oslo", "timeZone": "Europe/Oslo", "address": {"city": "Oslo"}}),
        json!({"id": "l-denver", "name": "Denver", "timeZone": "America/Denver"}),
    ])
}

/// A Webex with these workspaces on one page.
fn webex(workspaces: Vec<Value>) -> Script {
    Script::default().on("/v1/locations?", 200, &[], oslo()).on(
        "/v1/workspaces?",
        200,
        &[("date", &date(NOON))],
        items(workspaces),
    )
}

fn listed(webex: &Script, settings: &str) -> Result<Listing, CollectError> {
    now(crate::listing::list_spaces(webex, settings))
}

fn keys(listing: &Listing) -> Vec<&str> {
    listing.spaces.iter().map(|space| space.key.as_str()).collect()
}

#[test]
fn a_workspace_is_a_space_with_calendar_building_zone_and_seats() {
    let listing = listed(&webex(vec![workspace("atrium", json!({}))]), "{}").unwrap();
    let space = &listing.spaces[0];
    assert_eq!(
        (space.key.as_str(), space.name.as_str()),
        ("atrium", "Room atrium")
    );
    assert_eq!(space.address.as_deref(), Some("atrium@contoso.com"));
    assert_eq!(space.building.as_deref(), Some("Oslo"));
    assert_eq!(space.time_zone.as_deref(), Some("Europe/Oslo"));
    assert_eq!(space.capacity, Some(8));
    assert_eq!(space.kinds, [Kind::InUse, Kind::PeopleCount]);
    assert!(listing.problems.is_empty());
    let poll = Poll::read(&space.notes).unwrap();
    assert_eq!(poll.at, at(NOON));
    assert_eq!(poll.devices, Some(vec![("board".to_owned(), Link::Connected)]));
}

#[test]
fn two_requests_list_everything() {
    let webex = webex(vec![workspace("atrium", json!({}))]);
    listed(&webex, "{}").unwrap();
    let requests = webex.requests.borrow();
    let asked: Vec<&str> = requests.iter().map(|request| request.url.as_str()).collect();
    assert_eq!(
        asked,
        [
            "https://webexapis.com/v1/locations?max=200",
            "https://webexapis.com/v1/workspaces?includeCapabilities=true&includeDevices=true&max=200",
        ]
    );
}

#[test]
fn only_what_is_configured_and_has_a_device_is_a_kind() {
    let supported = json!({"supported": true, "configured": false});
    let configured = json!({"supported": true, "configured": true});
    let listing = listed(
        &webex(vec![
            workspace(
                "a",
                json!({"capabilities": {"occupancyDetection": supported, "presenceDetection": configured}}),
            ),
            workspace(
                "b",
                json!({"capabilities": {"occupancyDetection": configured, "presenceDetection": supported}}),
            ),
            workspace("c", json!({"devices": []})),
            workspace(
                "d",
                json!({"devices": [device("navigator", json!({"type": "accessory"}))]}),
            ),
        ]),
        "{}",
    )
    .unwrap();
    let kinds: Vec<&[Kind]> = listing
        .spaces
        .iter()
        .map(|space| space.kinds.as_slice())
        .collect();
    assert_eq!(kinds, [&[Kind::InUse][..], &[Kind::PeopleCount], &[], &[]]);
}

#[test]
fn counts_that_are_switched_off_are_no_kind() {
    let webex = webex(vec![workspace("atrium", json!({}))]);
    let listing = listed(&webex, r#"{"people-count":"off"}"#).unwrap();
    assert_eq!(listing.spaces[0].kinds, [Kind::InUse]);
}

#[test]
fn desks_are_left_out_and_no_name_of_a_person_is_kept() {
    let webex = webex(vec![
        workspace("atrium", json!({"notes": "Ada's"})),
        workspace("hot", json!({"hotdeskingStatus": "on"})),
        workspace("desk", json!({"type": "desk"})),
    ]);
    let listing = listed(&webex, "{}").unwrap();
    assert_eq!(keys(&listing), ["atrium"]);
    let kept = format!("{listing:?} {:?}", webex.log.borrow());
    assert!(!kept.contains("Ada"), "{kept}");
    assert!(kept.contains("2 workspaces are hot desks"), "{kept}");
}

/// Pages whose answers name a next page.
fn page(next: &str, workspaces: Vec<Value>) -> (Vec<(String, String)>, String) {
    let headers = vec![
        ("date".to_owned(), date(NOON)),
        ("link".to_owned(), format!("<{next}>; rel=\"next\"")),
    ];
    (headers, items(workspaces))
}

fn with_page(webex: Script, part: &str, (headers, body): (Vec<(String, String)>, String)) -> Script {
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    webex.on(part, 200, &headers, body)
}

fn first_page(next: &str) -> Script {
    let webex = Script::default().on("/v1/locations?", 200, &[], oslo());
    with_page(webex, "max=200", page(next, vec![workspace("a", json!({}))]))
}

#[test]
fn the_next_page_is_followed_as_given_and_an_empty_last_page_ends_the_list() {
    let second = "https://webexapis.com/v1/workspaces?cursor=b%2Fc,d";
    let third = "https://webexapis.com/v1/workspaces?cursor=e";
    let webex = with_page(
        first_page(second),
        "cursor=b",
        page(third, vec![workspace("b", json!({}))]),
    )
    .on("cursor=e", 200, &[("date", &date(NOON))], items(Vec::new()));
    let listing = listed(&webex, "{}").unwrap();
    assert_eq!(keys(&listing), ["a", "b"]);
    assert!(listing.problems.is_empty());
    assert_eq!(webex.requests.borrow().len(), 4);
    let requests = webex.requests.borrow();
    assert!(requests.iter().any(|request| request.url == second));
}

#[test]
fn a_chain_of_pages_with_nothing_new_ends() {
    let at = |n: u8| format!("https://webexapis.com/v1/workspaces?cursor={n}");
    let webex = with_page(
        first_page(&at(2)),
        "cursor=2",
        page(&at(3), vec![workspace("a", json!({})), workspace("b", json!({}))]),
    );
    let webex = with_page(webex, "cursor=3", page(&at(4), vec![workspace("a", json!({}))]));
    let listing = listed(&webex, "{}").unwrap();
    assert_eq!(keys(&listing), ["a", "b"]);
    assert!(
        listing.problems[0]
            .message
            .contains("only items of earlier pages")
    );
}

#[test]
fn an_empty_page_in_the_middle_loses_no_room_and_a_chain_of_them_ends() {
    let at = |n: u8| format!("https://webexapis.com/v1/workspaces?cursor={n}");
    let webex = with_page(first_page(&at(2)), "cursor=2", page(&at(3), Vec::new()));
    let webex = with_page(webex, "cursor=3", page(&at(4), vec![workspace("b", json!({}))]));
    let webex = with_page(webex, "cursor=4", page(&at(5), Vec::new()));
    let webex = with_page(webex, "cursor=5", page(&at(6), Vec::new()));
    let listing = listed(&webex, "{}").unwrap();
    assert_eq!(keys(&listing), ["a", "b"]);
    assert!(listing.problems[0].message.contains("two empty pages in a row"));
    assert_eq!(webex.requests.borrow().len(), 6);
}

#[test]
fn a_page_that_names_an_earlier_one_ends_the_list_with_a_problem() {
    let second = "https://webexapis.com/v1/workspaces?cursor=b";
    let webex = with_page(
        first_page(second),
        "cursor=b",
        page(second, vec![workspace("a", json!({})), workspace("b", json!({}))]),
    );
    let listing = listed(&webex, "{}").unwrap();
    assert_eq!(keys(&listing), ["a", "b"]);
    assert!(listing.problems[0].message.contains("may be incomplete"));
}

#[test]
fn a_next_page_on_another_server_is_not_followed() {
    let webex = first_page("https://webexapis.example.org/v1/workspaces?cursor=b");
    let Err(CollectError::Failed(reason)) = listed(&webex, "{}") else {
        panic!("followed")
    };
    assert!(reason.message.contains("on another server or path"));
    assert!(
        webex
            .requests
            .borrow()
            .iter()
            .all(|request| request.url.starts_with("https://webexapis.com/v1/"))
    );
}

/// A known fault: the next link once lacked the parameters of the first call.
#[test]
fn a_page_that_lost_the_parameters_is_completed_and_filtered() {
    let bare = json!({"devices": null, "capabilities": null});
    let mut elsewhere = bare.clone();
    elsewhere["locationId"] = json!("l-denver");
    let second = "https://webexapis.com/v1/workspaces?cursor=b";
    let last = items(vec![workspace("b", bare), workspace("c", elsewhere)]);
    let yes = json!({"supported": true, "configured": true});
    let capabilities =
        json!({"capabilities": {"presenceDetection": yes, "occupancyDetection": yes}}).to_string();
    let webex = first_page(second)
        .on("cursor=b", 200, &[("date", &date(NOON))], last)
        .on("/v1/workspaces/b/capabilities", 200, &[], capabilities)
        .on(
            "/v1/devices?",
            200,
            &[],
            items(vec![
                device(
                    "codec",
                    json!({"workspaceId": "b", "connectionStatus": "disconnected"}),
                ),
                device("phone", json!({"workspaceId": "b", "type": "phone"})),
                device("own", json!({"workspaceId": "b", "personId": "ada"})),
            ]),
        );
    let listing = listed(&webex, r#"{"locations":"oslo"}"#).unwrap();
    assert_eq!(keys(&listing), ["a", "b"]);
    assert_eq!(listing.spaces[1].kinds, [Kind::InUse, Kind::PeopleCount]);
    let poll = Poll::read(&listing.spaces[1].notes).unwrap();
    assert_eq!(poll.devices, Some(vec![("codec".to_owned(), Link::Offline)]));
    assert!(
        webex
            .requests
            .borrow()
            .iter()
            .any(|request| request.url.contains("locationId=l-oslo"))
    );
}

#[test]
fn a_workspace_without_devices_beside_others_with_some_has_none() {
    let webex = webex(vec![
        workspace("a", json!({})),
        workspace("b", json!({"devices": null})),
    ]);
    let listing = listed(&webex, "{}").unwrap();
    assert!(listing.spaces[1].kinds.is_empty());
    assert_eq!(webex.requests.borrow().len(), 2);
}

#[test]
fn devices_that_cannot_be_read_are_a_problem_and_never_count_as_connected() {
    let webex = webex(vec![workspace("a", json!({"devices": null}))]).on("/v1/devices?", 403, &[], "");
    let listing = listed(&webex, "{}").unwrap();
    assert!(
        listing.problems[0]
            .message
            .starts_with("the devices: Webex does not allow it")
    );
    assert_eq!(Poll::read(&listing.spaces[0].notes).unwrap().devices, None);
}

#[test]
fn pages_that_take_webex_too_long_are_asked_for_in_smaller_ones() {
    let webex = Script::default()
        .on("/v1/locations?", 200, &[], oslo())
        .on("max=200", 504, &[], "")
        .on(
            "max=50",
            200,
            &[("date", &date(NOON))],
            items(vec![workspace("a", json!({}))]),
        );
    assert_eq!(keys(&listed(&webex, "{}").unwrap()), ["a"]);
}

#[test]
fn refused_locations_are_a_problem_and_no_failure() {
    let webex = Script::default()
        .on(
            "/v1/locations?",
            403,
            &[],
            json!({"message": "No scope", "trackingId": "R_1"}).to_string(),
        )
        .on(
            "/v1/workspaces?",
            200,
            &[("date", &date(NOON))],
            items(vec![workspace("a", json!({}))]),
        );
    let listing = listed(&webex, "{}").unwrap();
    assert_eq!(
        (
            listing.spaces[0].building.as_ref(),
            listing.spaces[0].time_zone.as_ref()
        ),
        (None, None)
    );
    assert_eq!(listing.problems[0].code.as_deref(), Some("R_1"));
    // An id still names a location.
    assert_eq!(keys(&listed(&webex, r#"{"locations":"l-oslo"}"#).unwrap()), ["a"]);
    assert!(keys(&listed(&webex, r#"{"locations":"Oslo"}"#).unwrap()).is_empty());
}

#[test]
fn locations_that_cannot_be_read_just_now_leave_no_room_out() {
    let webex = Script::default()
        .on("/v1/locations?", 429, &[("retry-after", "9")], "")
        .on(
            "/v1/workspaces?",
            200,
            &[("date", &date(NOON))],
            items(vec![workspace("a", json!({}))]),
        );
    let limited = listed(&webex, r#"{"locations":"Oslo"}"#);
    assert_eq!(limited.unwrap_err(), CollectError::RetryAfter(9));
    assert_eq!(keys(&listed(&webex, "{}").unwrap()), ["a"]);
}

#[test]
fn an_unknown_location_is_told_and_never_means_every_location() {
    let webex = webex(vec![workspace("a", json!({}))]);
    let Err(CollectError::Settings(problems)) = listed(&webex, r#"{"locations":"Bergen"}"#) else {
        panic!("it was used")
    };
    assert_eq!(problems[0].problem, "there is no Webex location \"Bergen\"");
    assert!(problems[0].remedy.contains("Denver, Oslo"));
    let listing = listed(&webex, r#"{"locations":"Bergen, OSLO"}"#).unwrap();
    assert_eq!(keys(&listing), ["a"]);
    assert_eq!(listing.problems[0].message, problems[0].problem);
}

#[test]
fn without_a_date_nobody_knows_when_the_devices_were_connected() {
    let webex = Script::default().on("/v1/locations?", 200, &[], oslo()).on(
        "/v1/workspaces?",
        200,
        &[],
        items(vec![workspace("a", json!({}))]),
    );
    let Err(CollectError::Failed(reason)) = listed(&webex, "{}") else {
        panic!("listed")
    };
    assert!(reason.message.contains("has no Date"));
}

#[test]
fn a_refused_or_unreadable_list_of_workspaces_fails_the_source() {
    for (status, headers, body, start) in [
        (401, [("retry-after", "9")], "", "Denied"),
        (403, [("retry-after", "9")], "", "Denied"),
        (429, [("retry-after", "9")], "", "RetryAfter(9)"),
        (423, [("retry-after", "9")], "", "RetryAfter(9)"),
        (500, [("retry-after", "9")], "", "Failed"),
        (200, [("retry-after", "9")], "<html>", "Failed"),
        (200, [("retry-after", "9")], "{}", "Failed"),
    ] {
        let webex = Script::default().on("/v1/locations?", 200, &[], oslo()).on(
            "/v1/workspaces?",
            status,
            &headers,
            body,
        );
        let error = format!("{:?}", listed(&webex, "{}").unwrap_err());
        assert!(error.starts_with(start), "{status}: {error}");
    }
}

#[test]
fn more_devices_than_notes_can_hold_count_as_unknown() {
    let many = (0..40)
        .map(|n| device(&format!("{n}{}", "d".repeat(150)), json!({})))
        .collect::<Vec<_>>();
    let listing = listed(&webex(vec![workspace("a", json!({"devices": many}))]), "{}").unwrap();
    let notes = &listing.spaces[0].notes;
    assert!(notes.len() <= 4096);
    assert_eq!(Poll::read(notes).unwrap().devices, None);
}
