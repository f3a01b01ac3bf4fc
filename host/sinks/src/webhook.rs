//! A webhook: batches of changes as JSON, signed as the Standard Webhooks specification says (<https://www.standardwebhooks.com>).
//!
//! `webhook-id` is the id of the first change and the number of the last: a repeated batch has the same id, and so have its changes. For insights it
//! is the ids of the first and the last, and when the last one was computed: what was told, then told otherwise, may be told a second time.

use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use collector_model::change::Change;
use collector_model::error::deepest;
use collector_model::insight::{After, Insight};
use collector_model::text::brief;
use collector_model::{local, retry};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, RETRY_AFTER};
use secrecy::ExposeSecret as _;
use url::Url;

use crate::settings::WebhookSettings;
use crate::{Messenger, Sink, SinkError};

/// Longest time for a whole request.
const TIME: Duration = Duration::from_secs(60);
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// Bytes to read of an error's body. Other bodies are not read.
const ANSWER: usize = 4_096;
/// Bytes of a shared secret (Standard Webhooks, "Signature scheme").
const KEY: RangeInclusive<usize> = 24..=64;
/// Shortest part of an address to treat as a secret. Shorter parts may well be common words.
const SHORTEST_TOKEN: usize = 8;

/// The sink that sends batches.
pub(crate) struct Webhook {
    url: Url,
    signer: standardwebhooks::Webhook,
    client: reqwest::Client,
    longest_pause: Duration,
}

impl Webhook {
    pub(crate) fn new(settings: WebhookSettings) -> Result<Self, SinkError> {
        let url = settings.url;
        let loopback = url.host_str().is_some_and(local::is_this_machine);
        if url.scheme() != "https" && !(url.scheme() == "http" && loopback) {
            return Err(SinkError::new(
                "a webhook's `url` must begin with https:// (http:// only for this machine, such as http://127.0.0.1:8080/)",
            ));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(SinkError::new(
                "a webhook's `url` must not contain a user or password; the signature proves who sends",
            ));
        }
        let signer = signer(settings.secret.expose_secret().trim())?;
        let mut client = reqwest::Client::builder()
            .user_agent(concat!("collector/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            // Changes go where the configuration says, not where an environment variable says.
            .no_proxy()
            .connect_timeout(CONNECT_TIME)
            .timeout(TIME);
        if let Some(pem) = &settings.ca {
            let problem = |problem: &str| {
                SinkError::new(format!(
                    "a webhook's `ca` is not usable: {problem}; give a PEM file"
                ))
            };
            let certificates =
                reqwest::Certificate::from_pem_bundle(pem).map_err(|error| problem(&error.to_string()))?;
            if certificates.is_empty() {
                return Err(problem("it contains no certificate"));
            }
            for certificate in certificates {
                client = client.add_root_certificate(certificate);
            }
        }
        let client = client
            .build()
            .map_err(|error| SinkError::new(format!("cannot set up the HTTP client: {error}")))?;
        Ok(Self {
            url,
            signer,
            client,
            longest_pause: settings.longest_pause,
        })
    }

    async fn send_changes(&self, changes: &[Change]) -> Result<(), SinkError> {
        let (Some(first), Some(last)) = (changes.first(), changes.last()) else {
            return Ok(());
        };
        let id = format!("{}-{}", first.change_id(), last.number);
        self.send(id, body(changes.iter().map(Change::json))).await
    }

    async fn send_insights(&self, after: &After, insights: &[Insight]) -> Result<(), SinkError> {
        let (Some(first), Some(last)) = (insights.first(), insights.last()) else {
            return Ok(());
        };
        let id = format!("{}-{}-{}", first.id, last.id, last.at);
        let lines = insights.iter().map(|insight| insight.json(after));
        self.send(id, body(lines)).await
    }

    /// Sends an empty list of changes, which proves address, certificate and secret, and means nothing to the receiver.
    async fn send_nothing(&self) -> Result<String, SinkError> {
        let id = format!("try-{}", chrono::Utc::now().timestamp_millis());
        self.send(id, body(std::iter::empty())).await?;
        Ok(format!(
            "The webhook at {} took a signed, empty list of changes.",
            self.place()
        ))
    }

    async fn send(&self, id: String, body: String) -> Result<(), SinkError> {
        let now = chrono::Utc::now().timestamp();
        let signature = self
            .signer
            .sign(&id, now, body.as_bytes())
            .map_err(|error| SinkError::new(format!("cannot sign the webhook's body: {error}")))?;
        let answer = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", now)
            .header("webhook-signature", signature)
            .body(body)
            .send()
            .await
            .map_err(|error| self.unreachable(error))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let retry_after = asked_wait(answer.headers()).map(|pause| pause.min(self.longest_pause));
        let message = self.refused(status, &self.without_path(&beginning(answer).await));
        let error = match status {
            // The server works, but refuses this content.
            StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY => {
                SinkError::refused(message, None)
            }
            _ => SinkError::new(message),
        };
        Err(SinkError { retry_after, ..error })
    }

    /// The address without the parts that may be secret.
    fn place(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// Foreign text without the path and query of the address, which many servers repeat in their errors.
    fn without_path(&self, text: &str) -> String {
        let (path, query) = (self.url.path(), self.url.query().unwrap_or_default());
        let pieces = path.split('/').chain(query.split(['&', '=']));
        let mut text = text.to_owned();
        for private in [path, query]
            .into_iter()
            .filter(|whole| whole.len() > 1)
            .chain(pieces.filter(|piece| piece.len() >= SHORTEST_TOKEN))
        {
            text = text.replace(private, "…");
        }
        brief(&text)
    }

    fn unreachable(&self, error: reqwest::Error) -> SinkError {
        let error = error.without_url();
        let what = if error.is_timeout() {
            "did not answer in time".to_owned()
        } else {
            format!("cannot be reached: {}", brief(&deepest(&error)))
        };
        SinkError::new(format!(
            "the webhook at {} {what}; correct `url`, or look at the server",
            self.place()
        ))
    }

    fn refused(&self, status: StatusCode, text: &str) -> String {
        let remedy = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => "compare `secret` with the server's",
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => "correct `url`",
            StatusCode::PAYLOAD_TOO_LARGE => "lower `batch`, or let the server take larger bodies",
            status if status.is_redirection() => {
                "the collector does not follow redirects: set `url` to the final address"
            }
            _ => "look at the server's log",
        };
        let said = if text.is_empty() {
            String::new()
        } else {
            format!(" ({text})")
        };
        format!(
            "the webhook at {} answered {}{said}; {remedy}",
            self.place(),
            status.as_u16()
        )
    }
}

impl Sink for Webhook {
    fn deliver<'a>(&'a mut self, changes: &'a [Change]) -> BoxFuture<'a, Result<(), SinkError>> {
        self.send_changes(changes).boxed()
    }

    fn try_out(&mut self) -> BoxFuture<'_, Result<String, SinkError>> {
        self.send_nothing().boxed()
    }

    fn tell<'a>(
        &'a mut self,
        after: &'a After,
        insights: &'a [Insight],
    ) -> BoxFuture<'a, Result<(), SinkError>> {
        self.send_insights(after, insights).boxed()
    }
}

impl Messenger for Webhook {
    fn post<'a>(&'a self, id: &'a str, body: &'a str) -> BoxFuture<'a, Result<(), SinkError>> {
        self.send(id.to_owned(), body.to_owned()).boxed()
    }
}

/// Makes a signer from `whsec_` and base64, or base64 alone.
fn signer(secret: &str) -> Result<standardwebhooks::Webhook, SinkError> {
    const REMEDY: &str = "create one with: echo whsec_$(openssl rand -base64 32)";
    let key = BASE64
        .decode(secret.strip_prefix("whsec_").unwrap_or(secret))
        // The cause is left out, because it could quote the secret.
        .map_err(|_| {
            SinkError::new(format!(
                "a webhook's `secret` must be base64, with or without the prefix whsec_; {REMEDY}"
            ))
        })?;
    if !KEY.contains(&key.len()) {
        return Err(SinkError::new(format!(
            "a webhook's `secret` must be 24 to 64 bytes in base64; {REMEDY}"
        )));
    }
    standardwebhooks::Webhook::from_bytes(key)
        .map_err(|_| SinkError::new(format!("a webhook's `secret` cannot be used; {REMEDY}")))
}

/// The body: `{"changes":[…]}`.
fn body(changes: impl Iterator<Item = String>) -> String {
    let mut body = String::from("{\"changes\":[");
    for (number, change) in changes.enumerate() {
        if number > 0 {
            body.push(',');
        }
        body.push_str(&change);
    }
    body.push_str("]}");
    body
}

async fn beginning(mut answer: reqwest::Response) -> String {
    let mut text = Vec::new();
    while text.len() < ANSWER {
        match answer.chunk().await {
            Ok(Some(chunk)) => text.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// The wait that an answer asks for.
fn asked_wait(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    retry::asked_wait(text(RETRY_AFTER)?, text(DATE), SystemTime::now())
}
