//! A scripted Graph for tests: the SDK's scripted host, with batches.

use connector_sdk::script;
pub(crate) use connector_sdk::script::{at, now};
use connector_sdk::{
    EmitError, FetchError, Fetched, Host, Level, Meeting, Request, Response, RoomRequest, SecretError, Window,
};
use serde_json::{Value, json};
use std::ops::Deref;

/// Settings that leave everything at its default.
pub(crate) const SETTINGS: &str = r#"{"tenant":"contoso.onmicrosoft.com","user-agent":"rooms@contoso.com"}"#;

/// The version root of those settings.
pub(crate) const ROOT: &str = "https://graph.microsoft.com/v1.0";

/// Settings with these room lists.
pub(crate) fn with_lists(lists: &str) -> String {
    json!({"tenant": "contoso.onmicrosoft.com", "user-agent": "rooms@contoso.com", "room-lists": lists})
        .to_string()
}

/// The SDK's scripted host, which also answers batches. Requests that no line of the script answers get a 404.
#[derive(Default)]
pub(crate) struct Script {
    host: script::Script,
    slow: Vec<&'static str>,
    date: Option<&'static str>,
}

impl Deref for Script {
    type Target = script::Script;

    fn deref(&self) -> &Self::Target {
        &self.host
    }
}

/// Status, headers and body, or no answer.
type Scripted = Result<(u16, Vec<(String, String)>, String), FetchError>;

impl Script {
    /// Answers requests whose address contains this part, also inside a batch.
    pub(crate) fn on(self, part: &str, status: u16, body: Value) -> Self {
        self.on_with(part, status, &[], body)
    }

    pub(crate) fn on_with(mut self, part: &str, status: u16, headers: &[(&str, &str)], body: Value) -> Self {
        self.host = self.host.on(part, status, headers, body.to_string());
        self
    }

    pub(crate) fn raw(mut self, part: &str, answer: Scripted) -> Self {
        let answer = answer.map(|(status, headers, body)| response(status, headers, body));
        self.host = self.host.answering(part, answer);
        self
    }

    /// Lets batches with a request whose address contains this part take too long: 504.
    pub(crate) fn slow(mut self, part: &'static str) -> Self {
        self.slow.push(part);
        self
    }

    /// Sets the Date of answers to batches.
    pub(crate) fn dated(mut self, date: &'static str) -> Self {
        self.date = Some(date);
        self
    }

    /// The requested addresses, without the version root; inner ones with a `+` before them.
    pub(crate) fn asked(&self) -> Vec<String> {
        let mut asked = Vec::new();
        for request in self.requests.borrow().iter() {
            asked.push(request.url.strip_prefix(ROOT).unwrap_or(&request.url).to_owned());
            asked.extend(
                inner(request)
                    .iter()
                    .map(|inner| format!("+{}", inner["url"].as_str().unwrap())),
            );
        }
        asked
    }

    /// The emitted meetings, in order: the room, and the rest as a readable line.
    pub(crate) fn lines(&self) -> Vec<String> {
        let line = |meeting: &Meeting<'_>| format!("{} {}", meeting.room, script::line(meeting));
        self.meetings.borrow().iter().map(line).collect()
    }

    fn takes_too_long(&self, part: &Value) -> bool {
        let url = part["url"].as_str().unwrap();
        self.slow.iter().any(|slow| url.contains(slow))
    }
}

/// The inner requests of a batch.
pub(crate) fn inner(request: &Request) -> Vec<Value> {
    let body = request.body.as_deref().unwrap_or(b"{}");
    let body: Value = serde_json::from_slice(body).unwrap();
    body["requests"].as_array().cloned().unwrap_or_default()
}

fn response(status: u16, headers: Vec<(String, String)>, body: String) -> Response {
    Response {
        status,
        headers,
        body: body.into_bytes(),
    }
}

impl Host for Script {
    type Secret = Option<String>;

    async fn secret(&self, name: &str) -> Result<Self::Secret, SecretError> {
        self.host.secret(name).await
    }

    fn claims(&self, secret: &Self::Secret) -> Option<String> {
        self.host.claims(secret)
    }

    fn reveal(&self, secret: &Self::Secret) -> Result<String, SecretError> {
        self.host.reveal(secret)
    }

    async fn fetch(&self, request: Request, _: Option<&Self::Secret>) -> Fetched {
        let outer = self.answer(&request.url);
        let parts = inner(&request);
        self.requests.borrow_mut().push(request);
        if let Some(answer) = outer {
            return answer;
        }
        if parts.iter().any(|part| self.takes_too_long(part)) {
            return Ok(response(504, vec![], String::new()));
        }
        if parts.is_empty() {
            let body = json!({"error": {"code": "NotFound"}}).to_string();
            return Ok(response(404, vec![], body));
        }
        let mut responses = Vec::new();
        // Backwards: answers come in an order other than that of the requests.
        for part in parts.iter().rev() {
            let answer = self.answer(part["url"].as_str().unwrap());
            let answer = answer.unwrap_or(Ok(response(404, vec![], "null".to_owned())))?;
            let headers: serde_json::Map<String, Value> = answer
                .headers
                .into_iter()
                .map(|(name, value)| (name, Value::from(value)))
                .collect();
            let body: Value = serde_json::from_slice(&answer.body).unwrap();
            responses
                .push(json!({"id": part["id"], "status": answer.status, "headers": headers, "body": body}));
        }
        let date = self.date.map(|date| ("date".to_owned(), date.to_owned()));
        let body = json!({"responses": responses}).to_string();
        Ok(response(200, date.into_iter().collect(), body))
    }

    fn emit(&self, meeting: &Meeting<'_>) -> Result<(), EmitError> {
        self.host.emit(meeting)
    }

    fn log(&self, level: Level, message: &str) {
        self.host.log(level, message);
    }
}

/// An instant as the contract prints it, without seconds.
pub(crate) fn written(at: i64) -> String {
    format!("{}Z", &script::written(at)[..16])
}

/// The window of the tests: one day.
pub(crate) fn tenth_of_march() -> Window {
    Window {
        start: at("2026-03-10T00:00:00Z"),
        end: at("2026-03-11T00:00:00Z"),
    }
}

/// Rooms whose keys are `key-` and the part before the `@`.
pub(crate) fn rooms(names: &[&str]) -> Vec<RoomRequest> {
    let room = |name: &&str| RoomRequest {
        address: format!("{name}@contoso.com"),
        key: format!("key-{name}"),
        cursor: None,
    };
    names.iter().map(room).collect()
}
