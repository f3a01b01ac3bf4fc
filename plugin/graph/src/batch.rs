//! JSON batching: up to twenty GET requests in one POST to `$batch`.
//!
//! Source: "Combine multiple HTTP requests using JSON batching" of the Microsoft Graph documentation. Answers come in
//! any order and are matched by id; each inner answer has its own status, headers and body, and the body is JSON,
//! absent, null, or a text (base64 when the inner answer was not JSON).

use crate::client::{self, Graph, Refusal, Trouble};
use crate::json_text;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use connector_sdk::Host;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The most requests that Graph accepts in one batch.
pub const SIZE: usize = 20;

/// The unparsed answer to a batch, from which inner answers borrow.
pub struct Answer {
    text: String,
    date: Option<String>,
}

/// A successful part, or the trouble instead.
pub fn success(part: Option<Part<'_>>) -> Result<Part<'_>, Trouble> {
    match part {
        None => Err(Trouble::Unreadable("this request was left out of it".to_owned())),
        Some(part) if part.status == 200 => Ok(part),
        Some(part) => Err(Trouble::Refused(part.refusal())),
    }
}

/// The answer to an inner request.
pub struct Part<'a> {
    /// Its HTTP status.
    pub status: u16,
    /// The body as JSON text; empty if there is none.
    pub body: Cow<'a, str>,
    headers: Option<&'a RawValue>,
    date: Option<&'a str>,
}

#[derive(Serialize)]
struct Question<'a> {
    requests: Vec<InnerRequest<'a>>,
}

#[derive(Serialize)]
struct InnerRequest<'a> {
    id: String,
    method: &'static str,
    url: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<&'static str, &'a str>,
}

#[derive(Deserialize)]
struct Responses<'a> {
    #[serde(borrow)]
    responses: Vec<InnerResponse<'a>>,
}

#[derive(Deserialize)]
struct InnerResponse<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    status: u16,
    #[serde(borrow)]
    headers: Option<&'a RawValue>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
}

/// An inner request of a batch: an address relative to the version root, and its `Prefer` header (it does not inherit the outer one).
pub struct Ask<'a> {
    /// The address, relative to the version root.
    pub url: &'a str,
    /// The `Prefer` header.
    pub prefer: Option<&'a str>,
}

/// Sends up to [`SIZE`] inner requests, each with the User-Agent of the source.
pub async fn get<'a, H: Host>(
    graph: &Graph<'_, H>,
    asks: impl IntoIterator<Item = Ask<'a>>,
) -> Result<Answer, Trouble> {
    let requests = asks
        .into_iter()
        .enumerate()
        .map(|(at, Ask { url, prefer })| {
            let mut headers = BTreeMap::from([("User-Agent", graph.access.user_agent)]);
            headers.extend(prefer.map(|prefer| ("Prefer", prefer)));
            InnerRequest {
                id: at.to_string(),
                method: "GET",
                url,
                headers,
            }
        })
        .collect();
    let body =
        serde_json::to_vec(&Question { requests }).map_err(|error| Trouble::Unreadable(error.to_string()))?;
    let (text, date) = graph.ask("/$batch", body).await?;
    Ok(Answer { text, date })
}

impl Answer {
    /// The time of the answer by the service's clock, in UTC seconds.
    pub fn given_at(&self) -> Option<i64> {
        let date = DateTime::parse_from_rfc2822(self.date.as_deref()?.trim()).ok()?;
        Some(date.timestamp())
    }

    /// The inner answers in the order of the requests; none where Graph gave no answer.
    pub fn parts(&self) -> Result<[Option<Part<'_>>; SIZE], Trouble> {
        let Responses { responses } = client::read(&self.text)?;
        let mut parts = [const { None }; SIZE];
        for InnerResponse {
            id,
            status,
            headers,
            body,
        } in responses
        {
            let place = id.get().trim_matches('"').parse::<usize>().ok();
            if let Some(part) = place.and_then(|at| parts.get_mut(at)) {
                let body = body.map(text_of).unwrap_or_default();
                *part = Some(Part {
                    status,
                    body,
                    headers,
                    date: self.date.as_deref(),
                });
            }
        }
        Ok(parts)
    }
}

/// The JSON text of a body.
fn text_of(body: &RawValue) -> Cow<'_, str> {
    let raw = body.get();
    if raw == "null" {
        return Cow::Borrowed("");
    }
    if !raw.starts_with('"') {
        return Cow::Borrowed(raw);
    }
    // JSON in a text has its own escapes.
    let text = json_text::of_text(serde_json::from_str(raw).unwrap_or_default());
    if text.trim_start().starts_with(['{', '<']) {
        return Cow::Owned(text);
    }
    let decoded = STANDARD.decode(text.trim()).ok().map(json_text::of_bytes);
    Cow::Owned(decoded.unwrap_or(text))
}

impl<'a> Ask<'a> {
    /// A request without preferences.
    pub fn plain(url: &'a str) -> Self {
        Self { url, prefer: None }
    }
}

impl Part<'_> {
    /// Whether this is Exchange's refusal of a page that is too large: 503 without a body and without `Retry-After`.
    pub fn is_too_large(&self) -> bool {
        self.status == 503 && self.body.trim().is_empty() && self.header("retry-after").is_none()
    }

    /// The refusal in an unsuccessful part.
    pub fn refusal(&self) -> Refusal {
        let retry_after = self.header("retry-after");
        let date = self.header("date").or_else(|| self.date.map(str::to_owned));
        Refusal::read(
            self.status,
            retry_after.as_deref(),
            date.as_deref(),
            Some(&self.body),
        )
    }

    fn header(&self, name: &str) -> Option<String> {
        let headers: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(self.headers?.get()).ok()?;
        let (_, value) = headers
            .into_iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(match value {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        })
    }
}

#[cfg(test)]
mod tests;
