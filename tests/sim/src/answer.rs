//! An answer before it goes on the wire.

use std::time::Duration;

use bytes::Bytes;

use crate::fault::RetryAfter;

/// Status, headers and body, and the delay before the answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Headers, with names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The whole body.
    pub body: Bytes,
    /// How long the client waits for it.
    pub delay: Duration,
}

impl Answer {
    /// An answer with a body of this type.
    #[must_use]
    pub fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let headers = vec![("content-type", content_type.to_owned())];
        Self {
            status,
            headers,
            body: body.into(),
            delay: Duration::ZERO,
        }
    }

    /// An answer without a body, as gateways give for 502, 503 and 504.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
            delay: Duration::ZERO,
        }
    }

    /// The page of a network that wants the user to sign in, with 200.
    #[must_use]
    pub fn sign_in_page() -> Self {
        Self::new(
            200,
            "text/html; charset=utf-8",
            "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in to the network.</body></html>",
        )
    }

    /// Adds a header; `name` is in lower case.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Adds `Retry-After` in this form.
    #[must_use]
    pub fn retry_after(self, retry: &RetryAfter) -> Self {
        match retry.value() {
            Some(value) => self.header("retry-after", value),
            None => self,
        }
    }

    /// Delays it.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}
