//! A scripted Graph for tests: the SDK's scripted host, with batches.
// Only tests use it, and they end at a mistake.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use crate::client::Access;
use connector_sdk::script;
pub use connector_sdk::script::{at, now};
use connector_sdk::{
    CoverageRecord, EmitError, FetchError, Fetched, Host, Level, Meeting, Request, Response, SecretError,
    UsageError, UsageRecord,
};
use serde_json::{Value, json};
use std::ops::Deref;

/// The version root of the global cloud.
pub const ROOT: &str = "https://graph.microsoft.com/v1.0";

/// Graph at [`ROOT`].
pub const ACCESS: Access<'static> = Access {
    root: ROOT,
    user_agent: "rooms@contoso.com",
};

/// The SDK's scripted host, which also answers batches. Requests that no line of the script answers get a 404.
#[derive(Debug, Default)]
pub struct Script {
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
pub type Scripted = Result<(u16, Vec<(String, String)>, String), FetchError>;

impl Script {
    /// Answers requests whose address contains this part, also inside a batch.
    #[must_use]
    pub fn on(self, part: &str, status: u16, body: Value) -> Self {
        self.on_with(part, status, &[], body)
    }

    /// As [`on`](Self::on), with headers.
    #[must_use]
    pub fn on_with(mut self, part: &str, status: u16, headers: &[(&str, &str)], body: Value) -> Self {
        self.host = self.host.on(part, status, headers, body.to_string());
        self
    }

    /// As [`on`](Self::on), with a body that is no JSON, or no answer at all.
    #[must_use]
    pub fn raw(mut self, part: &str, answer: Scripted) -> Self {
        let answer = answer.map(|(status, headers, body)| response(status, headers, body));
        self.host = self.host.answering(part, answer);
        self
    }

    /// Lets batches with a request whose address contains this part take too long: 504.
    #[must_use]
    pub fn slow(mut self, part: &'static str) -> Self {
        self.slow.push(part);
        self
    }

    /// Sets the Date of answers to batches.
    #[must_use]
    pub fn dated(mut self, date: &'static str) -> Self {
        self.date = Some(date);
        self
    }

    /// Refuses every record with this error.
    #[must_use]
    pub fn refusing_records(mut self, error: UsageError) -> Self {
        self.host.refuses_records = Some(error);
        self
    }

    /// The requested addresses, without the version root; inner ones with a `+` before them.
    ///
    /// # Panics
    /// A request's body is no batch.
    pub fn asked(&self) -> Vec<String> {
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
    pub fn lines(&self) -> Vec<String> {
        let line = |meeting: &Meeting<'_>| format!("{} {}", meeting.room, script::line(meeting));
        self.meetings.borrow().iter().map(line).collect()
    }

    fn takes_too_long(&self, part: &Value) -> bool {
        let url = part["url"].as_str().unwrap();
        self.slow.iter().any(|slow| url.contains(slow))
    }
}

/// The inner requests of a batch.
///
/// # Panics
/// The request's body is no JSON.
pub fn inner(request: &Request) -> Vec<Value> {
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

    fn emit_usage(&self, record: &UsageRecord<'_>) -> Result<(), UsageError> {
        self.host.emit_usage(record)
    }

    fn emit_coverage(&self, record: &CoverageRecord<'_>) -> Result<(), UsageError> {
        self.host.emit_coverage(record)
    }

    fn log(&self, level: Level, message: &str) {
        self.host.log(level, message);
    }
}
