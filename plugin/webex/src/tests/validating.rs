//! What `validate` finds, and what it advises.

use crate::fixture::{Script, counts, date, device, items, minutes, now, workspace};
use connector_sdk::{Check, CheckStatus, SecretError};
use serde_json::{Value, json};

const NOON: &str = "2026-03-10T12:00:00Z";

fn webex(workspaces: Vec<Value>) -> Script {
    Script::default()
        .on(
            "/v1/workspaces?",
            200,
            &[("date", &date(NOON))],
            items(workspaces),
        )
        .on("/v1/locations?", 200, &[], items(vec![]))
}

fn working(workspaces: Vec<Value>) -> Script {
    let on = json!({"items": {"RoomAnalytics.PeopleCountOutOfCall": {"value": "On"}}}).to_string();
    webex(workspaces)
        .on("/v1/devices?", 200, &[], items(vec![]))
        .on(
            "/v1/workspaceDurationMetrics?",
            200,
            &[],
            minutes(&[("2026-03-10T09:00:00Z", 5.0)]),
        )
        .on("/v1/workspaceMetrics?", 200, &[], counts(&[]))
        .on("/v1/deviceConfigurations?", 200, &[], on)
}

fn checks(webex: &Script) -> Vec<Check> {
    let checks = now(crate::validate::validate(webex, "{}"));
    for check in &checks {
        let needs_advice = check.status != CheckStatus::Passed;
        assert!(!needs_advice || check.reason.advice.is_some(), "{check:?}");
    }
    checks
}

fn find<'a>(checks: &'a [Check], name: &str) -> &'a Check {
    checks.iter().find(|check| check.name == name).unwrap()
}

#[test]
fn a_source_in_which_everything_works_passes_every_check() {
    let found = checks(&working(vec![workspace("atrium", json!({}))]));
    let names: Vec<&str> = found.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "token",
            "workspaces",
            "locations",
            "devices",
            "minutes of use",
            "people counts",
            "presence detection",
            "people counting",
            "counting outside calls",
            "connected devices",
            "calendar addresses",
        ]
    );
    for check in &found {
        assert_eq!(check.status, CheckStatus::Passed, "{check:?}");
    }
    assert_eq!(
        found[4].reason.message,
        "1 values of the last day of workspace Room atrium"
    );
}

#[test]
fn what_workspaces_cannot_report_is_counted() {
    let off = json!({"supported": true, "configured": false});
    let found = checks(&working(vec![
        workspace("atrium", json!({})),
        workspace(
            "annex",
            json!({"calendar": {"type": "none"}, "capabilities": {"presenceDetection": off},
            "devices": [device("codec", json!({"connectionStatus": "disconnected"}))]}),
        ),
    ]));
    for (name, part) in [
        ("presence detection", "configured in 1 of 2"),
        ("people counting", "configured in 1 of 2"),
        ("connected devices", "in 1 of 2 workspaces"),
        ("calendar addresses", "1 of 2 workspaces have none: Room annex"),
    ] {
        let check = find(&found, name);
        assert_eq!(check.status, CheckStatus::Warning, "{check:?}");
        assert!(check.reason.message.contains(part), "{check:?}");
    }
}

#[test]
fn a_scope_that_is_missing_is_told_where_it_is_missed() {
    let refused = json!({"message": "Missing scope", "trackingId": "R_1"}).to_string();
    let webex = webex(vec![workspace("atrium", json!({}))])
        .on("/v1/devices?", 403, &[], refused.clone())
        .on("/v1/workspaceDurationMetrics?", 403, &[], refused.clone())
        .on("/v1/workspaceMetrics?", 403, &[], refused);
    let found = checks(&webex);
    assert_eq!(find(&found, "devices").status, CheckStatus::Warning);
    for name in ["minutes of use", "people counts"] {
        let check = find(&found, name);
        assert_eq!(check.status, CheckStatus::Failed);
        assert_eq!(check.reason.code.as_deref(), Some("R_1"));
    }
}

#[test]
fn devices_that_count_in_calls_only_are_told() {
    let off = json!({"items": {"RoomAnalytics.PeopleCountOutOfCall": {"value": "Off"}}}).to_string();
    let webex = webex(vec![workspace("atrium", json!({}))])
        .on("/v1/deviceConfigurations?", 200, &[], off)
        .on("/v1/workspaceDurationMetrics?", 200, &[], minutes(&[]))
        .on("/v1/workspaceMetrics?", 200, &[], counts(&[]))
        .on("/v1/devices?", 200, &[], items(vec![]));
    let found = checks(&webex);
    let check = find(&found, "counting outside calls");
    assert_eq!(check.status, CheckStatus::Warning);
    assert!(check.reason.message.starts_with("0 of 1 devices"));
}

#[test]
fn a_token_that_is_missing_or_refused_is_the_only_thing_that_is_told() {
    let without = Script::default();
    *without.secret.borrow_mut() = Err(SecretError::NotFound(
        "set webex in [source.credentials]".to_owned(),
    ));
    let found = checks(&without);
    assert_eq!((found.len(), found[0].name.as_str()), (1, "token"));
    assert_eq!(found[0].status, CheckStatus::Failed);

    let dead = checks(&Script::default().on("/v1/", 401, &[], ""));
    assert_eq!((dead.len(), dead[0].status), (1, CheckStatus::Failed));
    assert!(dead[0].reason.message.contains("Webex does not accept the token"));
}

#[test]
fn an_organisation_without_workspaces_is_doubtful() {
    let found = checks(&working(vec![]));
    assert_eq!(find(&found, "workspaces").status, CheckStatus::Warning);
}

#[test]
fn unusable_settings_are_told_one_by_one() {
    let found = now(crate::validate::validate(
        &Script::default(),
        r#"{"locations":",","webex-url":"ftp://x/v1"}"#,
    ));
    let names: Vec<&str> = found.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(names, ["setting locations", "setting webex-url"]);
}
