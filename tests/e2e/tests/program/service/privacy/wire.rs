//! What comes over the wire: the calendar views that the connector asked for are asked for once more, and looked at.

use graph_sim::Simulator;
use serde_json::Value;

/// All that a calendar view may be asked for: what is kept, and what decides about it.
const SELECTED: &str = "id,subject,start,end,isAllDay,isCancelled,sensitivity,showAs,type,seriesMasterId,\
    originalStartTimeZone,originalEndTimeZone";

/// Every calendar view selects just what is kept; only `validate` looks at organizers besides, to compare them with
/// subjects. What a pass asks for comes without a marker that is none of a subject's, and takes less than half of the bytes that it
/// would take unselected.
pub(super) fn holds_only_what_is_kept(simulator: &Simulator, never: &[&str]) {
    let mut views: Vec<String> = Vec::new();
    for request in simulator.requests_to("/calendarView?") {
        let address = request.decoded();
        let Some((_, selected)) = address.split_once("$select=") else {
            assert!(address.contains("$skip"), "{address}");
            continue;
        };
        let selected = selected.split('&').next().unwrap();
        assert!(
            [SELECTED, "id", "subject,organizer,sensitivity"].contains(&selected),
            "{address}"
        );
        if selected == SELECTED && request.status == 200 {
            views.push(request.target);
        }
    }
    let view = views.last().unwrap();
    let token = e2e::token(simulator).unwrap();
    let selected = get(simulator, &token, view);
    for marker in never {
        assert!(!selected.contains(marker), "{marker} comes over the wire");
    }
    let page: Value = serde_json::from_str(&selected).unwrap();
    let events = page["value"].as_array().unwrap();
    assert!(!events.is_empty());
    for name in events.iter().flat_map(|event| event.as_object().unwrap().keys()) {
        assert!(
            SELECTED.split(',').any(|kept| kept == name) || name == "@odata.etag",
            "{name}"
        );
    }
    let unselected = get(simulator, &token, &view.replace("$select=", "$ignored="));
    for marker in never {
        assert!(unselected.contains(marker), "the tenant holds {marker}");
    }
    assert!(
        selected.len() * 2 < unselected.len(),
        "{} bytes, and {} unselected",
        selected.len(),
        unselected.len()
    );
}

/// The body of what is answered to an address below the version.
fn get(simulator: &Simulator, token: &str, target: &str) -> String {
    let head =
        format!("GET /v1.0{target} HTTP/1.1\nauthorization: Bearer {token}\nprefer: odata.maxpagesize=500");
    let authority = simulator.url().strip_prefix("http://").unwrap();
    let answer = e2e::exchange(authority, &head, "").unwrap();
    let (status, body) = e2e::status_and_body(&answer).unwrap();
    assert_eq!(status, 200, "{answer}");
    body.to_owned()
}
