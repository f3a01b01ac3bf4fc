//! The answers of Webex: JSON, and errors in its form.

use serde_json::{Map, Value, json};
use sim::Answer;

const JSON: &str = "application/json;charset=UTF-8";

/// 200 with JSON.
pub(crate) fn found(value: &Value) -> Answer {
    Answer::new(200, JSON, value.to_string())
}

/// The fields of an object that are set: Webex leaves out the others.
pub(crate) fn set(object: Value) -> Map<String, Value> {
    let Value::Object(mut fields) = object else {
        return Map::new();
    };
    fields.retain(|_, value| !value.is_null());
    fields
}

/// An error: its message, the same as its only description, and the id that Cisco's support asks for.
pub(crate) fn refused(status: u16, message: &str) -> Answer {
    let body = json!({
        "message": message,
        "errors": [{"description": message}],
        "trackingId": format!("ROUTER_{}", sim::fresh()),
    });
    Answer::new(status, JSON, body.to_string())
}
