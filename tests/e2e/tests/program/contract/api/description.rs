//! The description of the API, which every answer is checked with.

use serde_json::Value;

use super::{Asking, Reply};

/// The description, to check answers with.
pub(super) struct Description(Value);

impl Description {
    pub(super) fn of(asking: &Asking) -> Self {
        // Everybody may read it.
        Self(asking.send("GET /api/v1/openapi.json HTTP/1.1", "").json())
    }

    /// Checks an answer to a path, and a problem too.
    #[track_caller]
    pub(super) fn check(&self, path: &str, reply: &Reply) {
        let resource = path.split('?').next().unwrap();
        let responses = &self.0["paths"][format!("/api/v1/{resource}")]["get"]["responses"];
        let response = &responses[reply.status.to_string()];
        let response = match response["$ref"].as_str() {
            Some(reference) => self.0.pointer(&reference[1..]).unwrap(),
            None => response,
        };
        let kind = reply.header("content-type");
        let described = &response["content"][kind]["schema"];
        assert!(!described.is_null(), "{path}: {} {kind}", reply.status);
        let mut schema = described.clone();
        schema["components"] = self.0["components"].clone();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let answer: Value = serde_json::from_str(&reply.body).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&answer)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{path}: {errors:?}\n{}", reply.body);
    }
}
