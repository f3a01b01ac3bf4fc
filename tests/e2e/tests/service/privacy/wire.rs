//! What comes over the wire: the calendar views that the connector asked for are asked for once more, and looked at.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use graph_sim::{CLIENT_ID, CLIENT_SECRET, Simulator};
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
    let token = token(simulator);
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

fn token(simulator: &Simulator) -> String {
    let form = format!(
        "grant_type=client_credentials&client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}&scope=https://graph.microsoft.com/.default"
    );
    let answer = send(
        simulator,
        &format!(
            "POST /contoso.com/oauth2/v2.0/token HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
            form.len()
        ),
    );
    let answer: Value = serde_json::from_str(&answer).unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

fn get(simulator: &Simulator, token: &str, target: &str) -> String {
    send(
        simulator,
        &format!(
            "GET /v1.0{target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\
             prefer: odata.maxpagesize=500\r\n\r\n"
        ),
    )
}

/// The body of the answer.
fn send(simulator: &Simulator, request: &str) -> String {
    let address = simulator.url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}\n{body}");
    body.to_owned()
}
