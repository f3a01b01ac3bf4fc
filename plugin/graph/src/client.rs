//! All requests to Microsoft Graph: the address, the User-Agent. Also reads answers other than 200; `advice` explains them to an administrator.

use crate::json_text;
use crate::manifest::TOKEN;
use connector_sdk::retry;
use connector_sdk::{FetchError, Fetched, Host, Method, Request, Response};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::sync::OnceLock;

/// What requests to Graph take from the settings of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access<'a> {
    /// The version root, without a slash at its end: `https://graph.microsoft.com/v1.0`.
    pub root: &'a str,
    /// The User-Agent of every request.
    pub user_agent: &'a str,
}

/// Graph for one source.
pub struct Graph<'a, H: Host> {
    /// The way to everything outside.
    pub host: &'a H,
    /// From the settings.
    pub access: Access<'a>,
    /// Requested once; the host renews the token behind it.
    token: OnceLock<H::Secret>,
}

/// Why a request failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// There was no answer.
    Fetch(FetchError),
    /// Graph refused.
    Refused(Refusal),
    /// The answer differs from what Graph documents; the text tells how.
    Unreadable(String),
}

/// An unsuccessful answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// Graph's code, or empty.
    pub code: String,
    /// Graph's message in one line, or a description of what came instead.
    pub message: String,
    /// The seconds to wait, if the status asks to wait.
    pub retry_after: Option<u32>,
}

impl<'a, H: Host> Graph<'a, H> {
    /// Graph as these settings reach it.
    pub fn new(host: &'a H, settings: impl Into<Access<'a>>) -> Self {
        Self {
            host,
            access: settings.into(),
            token: OnceLock::new(),
        }
    }

    /// Gets a JSON document. `url` is relative to the version root (`/places/…`).
    pub async fn get(&self, url: &str) -> Result<String, Trouble> {
        let request = self.request(Method::Get, url, None);
        text_of(self.fetch(request).await.map_err(Trouble::Fetch)?).map(|(text, _)| text)
    }

    /// Posts a JSON document that only reads. The second of the pair is the answer's Date header.
    pub async fn ask(&self, url: &str, body: Vec<u8>) -> Result<(String, Option<String>), Trouble> {
        let request = self.request(Method::Post, url, Some(body));
        text_of(self.fetch(request).await.map_err(Trouble::Fetch)?)
    }

    async fn fetch(&self, request: Request) -> Fetched {
        if self.token.get().is_none() {
            let token = self.host.secret(TOKEN).await.map_err(FetchError::Bearer)?;
            // Another request may have been faster meanwhile: then there are two handles to one token.
            let _ = self.token.set(token);
        }
        self.host.fetch(request, self.token.get()).await
    }

    fn request(&self, method: Method, url: &str, body: Option<Vec<u8>>) -> Request {
        let mut headers = vec![
            ("user-agent".to_owned(), self.access.user_agent.to_owned()),
            ("accept".to_owned(), "application/json".to_owned()),
        ];
        if body.is_some() {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        let url = format!("{}{url}", self.access.root);
        // No request writes: a POST is a batch of GETs.
        Request {
            method,
            url,
            headers,
            body,
            repeatable: true,
        }
    }

    /// A `nextLink` relative to the version root, as inner requests of a batch need it. None if it leads elsewhere: the token must not go
    /// there.
    pub fn relative(&self, link: &str) -> Option<String> {
        let root = self.access.root;
        let (head, rest) = link.split_at_checked(root.len())?;
        let path = rest.split('?').next()?;
        let inside = rest.starts_with('/') && !path.split('/').any(|part| part == "..");
        (head.eq_ignore_ascii_case(root) && inside).then(|| rest.to_owned())
    }
}

/// The text of a successful answer and its Date header.
fn text_of(response: Response) -> Result<(String, Option<String>), Trouble> {
    let header = |name: &str| response.header(name).map(str::to_owned);
    let (status, retry_after, date) = (response.status, header("retry-after"), header("date"));
    let text = json_text::of_bytes(response.body);
    if status != 200 {
        return Err(Trouble::Refused(Refusal::read(
            status,
            retry_after.as_deref(),
            date.as_deref(),
            Some(&text),
        )));
    }
    Ok((text, date))
}

/// Reads JSON. The error names the place but never the value, which may be a subject.
pub fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Trouble> {
    serde_json::from_str(text).map_err(|error| Trouble::Unreadable(describe(text, &error)))
}

fn describe(text: &str, error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        _ if text.trim().is_empty() => "it is empty".to_owned(),
        _ if text.trim_start().starts_with('<') => "it is HTML or XML, not JSON".to_owned(),
        serde_json::error::Category::Eof => {
            format!("it ends after {} bytes, in the middle of its JSON", text.len())
        }
        serde_json::error::Category::Data => {
            format!("it has another shape than Graph documents, at line {line} column {column}")
        }
        _ => format!("it is not JSON, at line {line} column {column}"),
    }
}

impl Refusal {
    /// Reads an answer of this status: Graph's envelope, that of the Places service behind it (a JSON text in the message of an
    /// `UnknownError`), that of a token endpoint, or anything else.
    pub fn read(status: u16, retry_after: Option<&str>, date: Option<&str>, body: Option<&str>) -> Self {
        let mut refusal = Self {
            status,
            ..Self::default()
        };
        let body = body.unwrap_or_default().trim();
        match serde_json::from_str::<Envelope<'_>>(body) {
            Ok(envelope) => envelope.fill(&mut refusal),
            Err(_) if body.is_empty() => refusal.message = "an empty body".to_owned(),
            Err(_) if body.starts_with('<') => refusal.message = "a body of HTML, not JSON".to_owned(),
            Err(_) => refusal.message = "a body that is not Graph's JSON".to_owned(),
        }
        if refusal.asks_to_wait() {
            refusal.retry_after = Some(retry::seconds(retry_after, date));
        }
        refusal
    }

    /// Whether the requested page size is the problem: `$top` or `odata.maxpagesize` is too large.
    pub fn is_about_page_size(&self) -> bool {
        let message = self.message.to_ascii_lowercase();
        let about = ["top query", "$top", "maxpagesize", "page size"];
        self.status == 400 && about.iter().any(|words| message.contains(words))
    }

    /// Whether the same request may work later: throttling, an overloaded server, or (424) a batch cut short by throttling.
    fn asks_to_wait(&self) -> bool {
        matches!(self.status, 424 | 429 | 502 | 503 | 504) || self.code == "ErrorInternalServerTransientError"
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    error: &'a RawValue,
    error_description: Option<String>,
}

/// Graph's error, and those inside it (`innerError` or `innererror`).
#[derive(Deserialize, Default)]
#[serde(default)]
struct Inner {
    code: Option<String>,
    message: Option<String>,
    #[serde(alias = "innererror")]
    #[serde(rename = "innerError")]
    inner: Option<Box<Inner>>,
}

impl Envelope<'_> {
    fn fill(self, refusal: &mut Refusal) {
        let text = self.error.get();
        if let Ok(code) = serde_json::from_str::<String>(text) {
            refusal.code = code;
            refusal.message = line(self.error_description.as_deref().unwrap_or_default());
            return;
        }
        let error: Inner = serde_json::from_str(text).unwrap_or_default();
        let message = error.message.clone().unwrap_or_default();
        refusal.message = line(&message);
        refusal.code = error.code.clone().unwrap_or_default();
        if refusal.code == "UnknownError"
            && let Ok(places) = serde_json::from_str::<Inner>(&message)
        {
            refusal.code = places.code.unwrap_or_default();
            refusal.message = line(&places.message.unwrap_or_default());
        }
        // The innermost known code is the most exact one.
        let mut inner = error.inner.as_deref();
        while let Some(deeper) = inner {
            if let Some(code) = deeper.code.as_deref().filter(|code| crate::codes::knows(code)) {
                refusal.code = code.to_owned();
            }
            inner = deeper.inner.as_deref();
        }
    }
}

/// The first line of a text, shortened to fit into a message.
pub fn line(text: &str) -> String {
    let first = text.trim().lines().next().unwrap_or_default();
    first.chars().filter(|c| !c.is_control()).take(300).collect()
}

/// A text as one segment of a path, or as the value of a query parameter (RFC 3986, unreserved characters only).
pub fn percent(text: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte);
    if text.bytes().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut encoded = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if plain(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            for digit in [byte >> 4, byte & 15] {
                encoded.push(
                    char::from_digit(u32::from(digit), 16)
                        .unwrap_or('0')
                        .to_ascii_uppercase(),
                );
            }
        }
    }
    Cow::Owned(encoded)
}

/// A text inside a string of an OData filter: quotes doubled, then percent-encoded.
pub fn odata(text: &str) -> String {
    percent(&text.replace('\'', "''")).into_owned()
}

#[cfg(test)]
mod tests;
