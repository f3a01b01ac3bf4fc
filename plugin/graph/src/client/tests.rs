use super::*;
use serde_json::json;

fn refusal(status: u16, body: &str) -> (String, String) {
    let refusal = Refusal::read(status, None, None, Some(body));
    (refusal.code, refusal.message)
}

fn pair(code: &str, message: &str) -> (String, String) {
    (code.to_owned(), message.to_owned())
}

#[test]
fn graphs_envelope_is_read() {
    let body = json!({"error": {"code": "ErrorAccessDenied", "message": "Access is denied.\r\nMore.", "innerError": {"date": "x"}}});
    assert_eq!(
        refusal(403, &body.to_string()),
        pair("ErrorAccessDenied", "Access is denied.")
    );
}

#[test]
fn the_innermost_code_that_is_known_wins() {
    for key in ["innerError", "innererror"] {
        let body = json!({"error": {"code": "BadRequest", "message": "m", key: {
            "code": "ErrorInvalidUser", key: {"code": "SomethingElse"}}}});
        assert_eq!(refusal(404, &body.to_string()), pair("ErrorInvalidUser", "m"));
    }
}

#[test]
fn an_unknown_error_of_places_is_opened() {
    let body = json!({"error": {"code": "UnknownError", "message": r#"{"code":"invalid_place","message":"place in x not found"}"#}});
    assert_eq!(
        refusal(404, &body.to_string()),
        pair("invalid_place", "place in x not found")
    );
    let body = json!({"error": {"code": "UnknownError", "message": "no JSON"}});
    assert_eq!(refusal(500, &body.to_string()), pair("UnknownError", "no JSON"));
}

#[test]
fn the_flat_error_of_a_token_endpoint_is_read() {
    let body =
        json!({"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret."});
    assert_eq!(
        refusal(401, &body.to_string()),
        pair("invalid_client", "AADSTS7000215: Invalid client secret.")
    );
}

#[test]
fn a_body_of_another_kind_is_said_to_be_that() {
    assert_eq!(refusal(503, ""), pair("", "an empty body"));
    assert_eq!(
        refusal(502, "<html>Bad gateway</html>"),
        pair("", "a body of HTML, not JSON")
    );
    assert_eq!(refusal(500, "oops"), pair("", "a body that is not Graph's JSON"));
    assert_eq!(refusal(500, r#"{"error":{"code":7}}"#), pair("", ""));
}

#[test]
fn only_what_asks_to_wait_has_a_time_to_wait() {
    let wait = |status, body: &str| Refusal::read(status, Some("3"), None, Some(body)).retry_after;
    for status in [424, 429, 502, 503, 504] {
        assert_eq!(wait(status, ""), Some(3));
    }
    for status in [400, 401, 403, 404, 500, 501] {
        assert_eq!(wait(status, ""), None);
    }
    assert_eq!(
        wait(500, r#"{"error":{"code":"ErrorInternalServerTransientError"}}"#),
        Some(3)
    );
}

#[test]
fn texts_are_encoded_for_paths_and_filters() {
    assert_eq!(percent("a.b-c_d~e@contoso.com"), "a.b-c_d~e@contoso.com");
    assert_eq!(percent("a/b c+d&é"), "a%2Fb%20c%2Bd%26%C3%A9");
    assert_eq!(odata("o'brien@contoso.com"), "o%27%27brien@contoso.com");
}

#[test]
fn a_message_is_one_line_without_control_characters() {
    assert_eq!(line("  first\u{1b}[31m\u{7}\nsecond"), "first[31m");
    assert_eq!(line(&"x".repeat(1000)).len(), 300);
}
