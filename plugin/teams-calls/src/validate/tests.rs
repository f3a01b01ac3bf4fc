use super::*;
use crate::fixture::*;
use connector_sdk::{AuthorizationFailure, SecretError};
use graph::script::Script;
use serde_json::{Value, json};

fn page(items: &[Value]) -> Value {
    json!({"value": items})
}

fn refusal(code: &str) -> Value {
    json!({"error": {"code": code, "message": ""}})
}

/// A tenant with two rooms, of which everything but call records can be read.
fn tenant() -> Script {
    let places = ["a@contoso.com", "b@contoso.com"].map(|address| json!({"emailAddress": address}));
    let users = [
        json!({"id": A, "mail": "a@contoso.com"}),
        json!({"id": B, "mail": "b@contoso.com"}),
    ];
    Script::default()
        .on("/places/microsoft.graph.room?", 200, page(&places))
        .on("/users?", 200, page(&users))
}

fn claims(script: &Script, roles: &[&str]) {
    let claims = json!({"tid": "8f2b", "roles": roles}).to_string();
    *script.secret.borrow_mut() = Ok(Some(claims));
}

/// Checks in a line each.
fn lines(script: &Script, settings: &str) -> Vec<String> {
    let checks = now(validate(script, settings));
    checks
        .iter()
        .map(|c| format!("{:?} {}: {}", c.status, c.name, c.reason.message))
        .collect()
}

#[test]
fn everything_that_works_is_said_to_work() {
    let script = tenant().on("/callRecords?", 200, page(&[json!({"id": "c1"})]));
    claims(
        &script,
        &["Place.Read.All", "User.Read.All", "CallRecords.Read.All"],
    );
    assert_eq!(
        lines(&script, SETTINGS),
        [
            "Passed token: the login service gives a token for tenant 8f2b, with Place.Read.All, User.Read.All, CallRecords.Read.All",
            "Passed permission Place.Read.All: the tenant's rooms can be read: there are 2",
            "Passed rooms: the calls of all 2 rooms are read",
            "Passed permission User.Read.All: the accounts of 2 of 2 rooms tried are found; the token's roles name it",
            "Passed permission CallRecords.Read.All: call records can be read, and the first room tried was in some; the token's \
             roles name it",
        ]
    );
    assert_eq!(
        script.asked().last().unwrap(),
        &format!("/communications/callRecords?$filter={}&$select=id", of(A))
    );
}

/// Consent takes up to two hours to reach every server.
#[test]
fn call_records_that_are_refused_may_be_allowed_later_and_the_advice_names_the_permission() {
    let script = tenant().on("/callRecords?", 403, refusal("Forbidden"));
    claims(&script, &["Place.Read.All", "User.Read.All"]);
    let checks = now(validate(&script, SETTINGS));
    let check = checks.last().unwrap();
    assert_eq!(
        (check.status, check.name.as_str()),
        (CheckStatus::Pending, "permission CallRecords.Read.All")
    );
    assert_eq!(
        check.reason.message,
        "call records: the application may not do this (HTTP 403 Forbidden); the token's roles do not name it"
    );
    let advice = check.reason.advice.as_deref().unwrap();
    assert!(
        advice.contains("CallRecords.Read.All") && advice.contains("two hours"),
        "{advice}"
    );
}

#[test]
fn rooms_of_the_settings_that_are_not_there_are_told() {
    let script = tenant().on("/callRecords?", 200, page(&[]));
    let rooms = |rooms: &str| {
        let settings = json!({"tenant": "contoso.com", "rooms": rooms}).to_string();
        lines(&script, &settings).swap_remove(2)
    };
    assert_eq!(
        rooms("a@contoso.com"),
        "Passed rooms: the calls of the 1 rooms of the settings are read"
    );
    assert_eq!(
        rooms("a@contoso.com, x@contoso.com"),
        "Warning rooms: room x@contoso.com is not among the tenant's rooms"
    );
    assert_eq!(
        rooms("x@contoso.com, y@contoso.com"),
        "Failed rooms: room x@contoso.com is not among the tenant's rooms; room y@contoso.com is not among the tenant's rooms"
    );
}

#[test]
fn rooms_without_an_account_are_told() {
    let places = ["a@contoso.com", "x@contoso.com"].map(|address| json!({"emailAddress": address}));
    let script = |users: Value| {
        Script::default()
            .on("/places/microsoft.graph.room?", 200, page(&places))
            .on("/users?", 200, users)
            .on("/callRecords?", 200, page(&[]))
    };
    let one = script(page(&[json!({"id": A, "mail": "a@contoso.com"})]));
    assert_eq!(
        lines(&one, SETTINGS)[3],
        "Limited permission User.Read.All: the accounts of 1 of 2 rooms tried are found, not of x@contoso.com"
    );
    assert!(lines(&script(page(&[])), SETTINGS)[3].starts_with("Failed permission User.Read.All"));
}

#[test]
fn each_permission_that_is_missing_is_named_and_the_others_are_still_tried() {
    let script = Script::default().on("/", 403, refusal("Authorization_RequestDenied"));
    let checks = now(validate(&script, SETTINGS));
    let names: Vec<&str> = checks.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "token",
            "permission Place.Read.All",
            "permission User.Read.All",
            "permission CallRecords.Read.All"
        ]
    );
    for check in &checks[1..] {
        assert_eq!(check.status, CheckStatus::Pending);
        let permission = check.name.trim_start_matches("permission ");
        assert!(
            check.reason.advice.as_deref().unwrap().contains(permission),
            "{check:?}"
        );
    }
}

#[test]
fn a_refused_token_is_all_there_is_to_say() {
    let script = Script::default();
    *script.secret.borrow_mut() = Err(SecretError::Authorization(AuthorizationFailure {
        status: 401,
        codes: vec![7000222],
        ..AuthorizationFailure::default()
    }));
    assert_eq!(
        lines(&script, SETTINGS),
        ["Failed token: the token was refused: the client secret has expired (AADSTS7000222)"]
    );
    let script = Script::default().on("/places/", 401, refusal("InvalidAuthenticationToken"));
    assert_eq!(lines(&script, SETTINGS).len(), 2);
}

#[test]
fn unusable_settings_are_told_one_by_one() {
    assert_eq!(
        lines(&Script::default(), r#"{"cloud":"china"}"#),
        [
            "Failed setting tenant: it is missing",
            "Failed setting cloud: \"china\" is not one of its values"
        ]
    );
}
