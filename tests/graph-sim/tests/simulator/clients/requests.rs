//! Tests that check requests against a description made from the schema that Microsoft publishes.

use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::clients::installed::{node, run};

/// The problems of these requests, one per line.
fn check(requests: &[Value]) -> (i32, String) {
    let file = NamedTempFile::new().unwrap();
    let lines: Vec<String> = requests.iter().map(Value::to_string).collect();
    std::fs::write(&file, lines.join("\n")).unwrap();
    let mut program = node("requests.mjs");
    program.arg(file.path());
    run(program, "")
}

fn get(target: &str) -> Value {
    json!({"method": "GET", "target": target})
}

#[test]
#[ignore = "needs clients that are not ours: make conformance"]
fn good_requests_are_known_in_each_form() {
    let window = "startDateTime=2026-03-09T00:00:00Z&endDateTime=2026-03-16T00:00:00Z";
    let inner =
        json!({"id": "1", "method": "GET", "url": "/users", "headers": {"Prefer": "IdType=\"ImmutableId\""}});
    let good = [
        get(&format!(
            "/v1.0/users/a%40contoso.com/calendarView?{window}&$select=subject,start,end&$top=500"
        )),
        get(&format!(
            "/users/3b0c/calendarView?{window}&%24select=id%2CshowAs&$skip=500"
        )),
        get(&format!("/v1.0/users/3b0c/calendarView/delta?{window}")),
        get("/v1.0/users/3b0c/calendarView/delta?$deltatoken=R0usmcCM996atia"),
        get("/v1.0/places/microsoft.graph.room?$top=100&$skip=100"),
        get("/v1.0/places/microsoft.graph.roomlist?$top=100&$select=emailAddress"),
        get("/v1.0/places/hq@contoso.com/microsoft.graph.roomlist/rooms?$top=100"),
        get("/v1.0/places/hq@contoso.com"),
        get("/v1.0/users?$filter=mail%20in%20('a@contoso.com')&$select=id,mail&$top=15"),
        get("/v1.0/groups?$filter=mail%20eq%20'a@contoso.com'&$select=id,groupTypes,mailEnabled"),
        json!({"method": "POST", "target": "/v1.0/$batch", "body": {"requests": [inner]}}),
    ];
    assert_eq!(check(&good), (0, String::new()));
}

#[test]
#[ignore = "needs clients that are not ours: make conformance"]
fn a_request_that_the_schema_does_not_know_is_refused_with_its_reason() {
    let view = "/v1.0/users/3b0c/calendarView?startDateTime=2026-03-09&endDateTime=2026-03-16";
    for (request, reason) in [
        (get("/v1.0/rooms"), "there is no path /rooms"),
        (
            get(&format!("{view}&$selct=subject")),
            "there is no query parameter $selct",
        ),
        (
            get(&format!("{view}&$select=subject,sensitivty")),
            "$select names sensitivty, which is no property",
        ),
        (
            get("/v1.0/places/microsoft.graph.room?$select=emailAddress,subject"),
            "$select names subject, which is no property",
        ),
        (get(&format!("{view}&$top=all")), "$top=all must be integer"),
        (
            get("/v1.0/users/3b0c/calendarView?startDateTime=2026-03-09"),
            "endDateTime is missing",
        ),
        (
            get("/v1.0/users/3b0c/calendarView/delta?$deltatoken=x&$select=start"),
            "there is no query parameter $select",
        ),
        (
            json!({"method": "PATCH", "target": "/v1.0/users/3b0c"}),
            "/users/3b0c does not take PATCH",
        ),
        (
            json!({"method": "POST", "target": "/v1.0/$batch", "body": {"requests": []}}),
            "body/requests must NOT have fewer than 1 items",
        ),
    ] {
        let (method, target) = (
            request["method"].as_str().unwrap(),
            request["target"].as_str().unwrap(),
        );
        let said = format!("2: {method} {target}: {reason}\n");
        assert_eq!(check(&[get("/v1.0/organization"), request.clone()]), (1, said));
    }
}

#[test]
#[ignore = "needs clients that are not ours: make conformance"]
fn a_file_without_requests_proves_nothing() {
    assert_eq!(check(&[]).0, 2);
}
