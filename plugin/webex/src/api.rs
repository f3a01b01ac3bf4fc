//! All requests to the Webex API, and answers other than 200; `advice` explains those to an administrator.

use crate::instant;
use crate::link;
use crate::manifest;
use crate::settings::Settings;
use connector_sdk::{FetchError, Fetched, Host, Request, Response};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::OnceLock;

/// Webex for one source.
pub(crate) struct Webex<'a, H: Host> {
    pub(crate) host: &'a H,
    pub(crate) settings: &'a Settings,
    /// Requested once; the host renews the token behind it.
    token: OnceLock<H::Secret>,
}

/// Why a request failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// There was no answer.
    Fetch(FetchError),
    /// Webex refused.
    Refused(Refusal),
    /// The answer differs from what Webex documents; the text tells how: `it has no items`.
    Unreadable(String),
}

/// An unsuccessful answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    /// Webex's message in one line, or a description of what came instead.
    pub(crate) message: String,
    /// What Webex's support asks for.
    pub(crate) tracking: Option<String>,
    /// The seconds to wait, if Webex asks to wait.
    pub(crate) retry_after: Option<u32>,
}

/// A successful answer.
#[derive(Debug)]
pub(crate) struct Answer<T> {
    pub(crate) value: T,
    /// When it was given, by Webex's clock.
    pub(crate) at: Option<i64>,
    /// The address of the next page, as given.
    pub(crate) next: Option<String>,
}

impl<'a, H: Host> Webex<'a, H> {
    pub(crate) fn new(host: &'a H, settings: &'a Settings) -> Self {
        Self {
            host,
            settings,
            token: OnceLock::new(),
        }
    }

    /// Gets a JSON document. `path` is relative to the version root (`/workspaces?…`).
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<Answer<T>, Trouble> {
        self.get_url(format!("{}{path}", self.settings.base)).await
    }

    /// Like [`get`](Self::get), of an address that [`link`] has checked.
    pub(crate) async fn get_url<T: DeserializeOwned>(&self, url: String) -> Result<Answer<T>, Trouble> {
        let request = Request {
            headers: vec![("accept".to_owned(), "application/json".to_owned())],
            ..Request::get(url)
        };
        let response = self.fetch(request).await.map_err(Trouble::Fetch)?;
        if response.status != 200 {
            return Err(Trouble::Refused(Refusal::read(&response)));
        }
        let value = serde_json::from_slice(&response.body)
            .map_err(|error| Trouble::Unreadable(describe(&response.body, &error)))?;
        Ok(Answer {
            value,
            at: response.header("date").and_then(instant::of_date),
            next: link::next(&response.headers),
        })
    }

    async fn fetch(&self, request: Request) -> Fetched {
        if self.token.get().is_none() {
            let name = manifest::secret(self.settings);
            let token = self.host.secret(name).await.map_err(FetchError::Bearer)?;
            // Another request may have been faster meanwhile: then there are two handles to one token.
            let _ = self.token.set(token);
        }
        self.host.fetch(request, self.token.get()).await
    }
}

impl Refusal {
    /// Reads an answer other than 200: Webex's error in any of its forms, or anything else.
    fn read(response: &Response) -> Self {
        let header = response.header("trackingid").map(str::to_owned);
        let mut refusal = Self {
            status: response.status,
            tracking: header,
            // 423 is another limit on requests.
            retry_after: matches!(response.status, 423 | 429).then(|| response.retry_after()),
            ..Self::default()
        };
        let body = response.body.trim_ascii();
        match serde_json::from_slice::<Value>(body) {
            Ok(error) => refusal.take(&error),
            Err(_) if body.is_empty() => refusal.message = "an empty body".to_owned(),
            Err(_) if body.starts_with(b"<") => refusal.message = "a body of HTML, not JSON".to_owned(),
            Err(_) => refusal.message = "a body that is not Webex's JSON".to_owned(),
        }
        refusal
    }

    /// `message`, `errors[].description` and `errorCode`, at the top or in `errors`; a token endpoint's `error_description`. Any may be missing.
    fn take(&mut self, error: &Value) {
        let first = error.get("errors").and_then(|errors| errors.get(0));
        let described = first.and_then(|first| text(first, "description"));
        let message = text(error, "message").or_else(|| text(error, "error_description"));
        let mut said = match (message, described) {
            (Some(message), Some(more)) if !message.contains(more) && !more.contains(message) => {
                format!("{message}: {more}")
            }
            (Some(one), Some(other)) if other.len() > one.len() => other.to_owned(),
            (Some(one), _) | (None, Some(one)) => one.to_owned(),
            (None, None) => "a body that is not Webex's error".to_owned(),
        };
        let code = |value: &Value| value.get("errorCode").and_then(Value::as_i64);
        if let Some(code) = code(error).or_else(|| first.and_then(code)) {
            said = format!("{said} (error {code})");
        }
        self.message = line(&said);
        let tracking = text(error, "trackingId").map(str::to_owned);
        self.tracking = tracking.or_else(|| self.tracking.take());
    }
}

/// Why a body is not the JSON that was asked for. It names the place but never a value.
fn describe(body: &[u8], error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        _ if body.trim_ascii().is_empty() => "it is empty".to_owned(),
        _ if body.trim_ascii_start().starts_with(b"<") => "it is HTML or XML, not JSON".to_owned(),
        serde_json::error::Category::Eof => {
            format!("it ends after {} bytes, in the middle of its JSON", body.len())
        }
        serde_json::error::Category::Data => {
            format!("it has another shape than Webex documents, at line {line} column {column}")
        }
        _ => format!("it is not JSON, at line {line} column {column}"),
    }
}

/// A text property that is not empty.
pub(crate) fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    let text = value.get(name)?.as_str()?.trim();
    (!text.is_empty()).then_some(text)
}

/// The first line of a text, shortened to fit into a message.
pub(crate) fn line(text: &str) -> String {
    let first = text.trim().lines().next().unwrap_or_default();
    first.chars().filter(|c| !c.is_control()).take(300).collect()
}

/// A text as the value of a query parameter, or as one segment of a path (RFC 3986, unreserved characters only).
pub(crate) fn percent(text: &str) -> String {
    const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~');
    utf8_percent_encode(text, ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refusal(status: u16, headers: &[(&str, &str)], body: &str) -> Refusal {
        let header = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Refusal::read(&Response {
            status,
            headers: headers.iter().map(header).collect(),
            body: body.into(),
        })
    }

    #[test]
    fn every_form_of_an_error_is_read_with_its_tracking_id() {
        for (body, said) in [
            (
                json!({"message": "No.", "errors": [{"description": "No."}], "trackingId": "R_1"}),
                "No.",
            ),
            (
                json!({"message": "Bad.", "errors": [{"description": "Span", "errorCode": 4}], "trackingId": "R_1"}),
                "Bad.: Span (error 4)",
            ),
            (
                json!({"message": "Bad.", "errorCode": 25013, "trackingId": "R_1"}),
                "Bad. (error 25013)",
            ),
            (
                json!({"errors": [{"description": "Only this"}], "trackingId": "R_1"}),
                "Only this",
            ),
            (
                json!({"message": "a\n\u{7}b", "errors": [], "trackingId": "R_1"}),
                "a",
            ),
            (json!({"trackingId": "R_1"}), "a body that is not Webex's error"),
        ] {
            let refusal = refusal(400, &[], &body.to_string());
            assert_eq!(refusal.message, said);
            assert_eq!(refusal.tracking.as_deref(), Some("R_1"), "{body}");
        }
    }

    #[test]
    fn a_body_that_is_no_error_is_described() {
        for (body, said) in [
            ("", "an empty body"),
            ("<html>Gateway</html>", "a body of HTML, not JSON"),
            ("upstream", "a body that is not Webex's JSON"),
        ] {
            let refusal = refusal(502, &[("trackingid", "H_2")], body);
            assert_eq!(refusal.message, said);
            assert_eq!(refusal.tracking.as_deref(), Some("H_2"));
        }
    }

    #[test]
    fn both_limits_on_requests_ask_to_wait() {
        for status in [423, 429] {
            assert_eq!(refusal(status, &[("retry-after", "7")], "").retry_after, Some(7));
            assert!(refusal(status, &[], "").retry_after.is_some());
        }
        assert_eq!(refusal(503, &[("retry-after", "7")], "").retry_after, None);
    }

    #[test]
    fn an_id_is_one_value_of_a_query() {
        assert_eq!(percent("Y2lz+/a_b-c="), "Y2lz%2B%2Fa_b-c%3D");
    }
}
