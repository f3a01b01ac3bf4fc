//! Asks a token endpoint and reads its answer: a token, or a flat error object (RFC 6749, section 5).

use std::time::Duration;

use collector_model::http::{FetchError, Request};
use collector_model::secret::{AuthorizationFailure, SecretError};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::time::Instant;
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use crate::http::Client;

/// How much of the login server's words to keep: Entra's have fewer than 600 characters.
const LONGEST_DESCRIPTION: usize = 2000;
/// A token's life if the answer does not tell (RFC 6749 allows that): an hour, Entra's shortest.
const USUAL_LIFE: u64 = 3600;

/// A token and its lifetime.
pub(super) struct Issued {
    pub(super) token: SecretString,
    pub(super) life: Duration,
}

#[derive(Deserialize)]
struct Granted {
    access_token: SecretText,
    expires_in: Option<Seconds>,
    /// UTC seconds; App Service sends nothing else.
    expires_on: Option<Seconds>,
}

/// A text that goes straight from the parser into the secret.
struct SecretText(SecretString);

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(text.into()))
    }
}

/// Entra sends a number, the endpoints of managed identities send a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Seconds {
    Number(f64),
    Text(String),
}

#[derive(Deserialize)]
struct Refused {
    error: String,
    #[serde(default)]
    error_description: String,
    #[serde(default)]
    error_codes: Vec<u32>,
}

/// Sends a request that contains `secret` to the token endpoint (`endpoint` names it in errors), and reads the answer. `no_answer` makes
/// the error for no answer within `patience`.
pub(super) async fn ask(
    client: &Client,
    request: Request,
    patience: Duration,
    endpoint: &str,
    secret: &SecretString,
    no_answer: impl FnOnce(FetchError) -> String,
) -> Result<Issued, SecretError> {
    let response = client
        .fetch(request, None, Instant::now() + patience)
        .await
        .map_err(|error| match error {
            FetchError::RequestDenied(why) => SecretError::Denied(format!("cannot get a token: {why}")),
            other => SecretError::Unavailable(no_answer(other)),
        })?;
    // It contains a token.
    let body = Zeroizing::new(response.body);
    read(response.status, &body, endpoint, Some(secret))
}

/// Reads the answer of a token endpoint (`endpoint` names it in errors) that was sent `secret`.
fn read(
    status: u16,
    body: &[u8],
    endpoint: &str,
    secret: Option<&SecretString>,
) -> Result<Issued, SecretError> {
    // Some proxies put a byte order mark first.
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if status == 200
        && let Ok(granted) = serde_json::from_slice::<Granted>(body)
    {
        return Ok(Issued {
            token: granted.access_token.0,
            life: life(granted.expires_in, granted.expires_on),
        });
    }
    if let Ok(refused) = serde_json::from_slice::<Refused>(body) {
        return Err(SecretError::Authorization(AuthorizationFailure {
            status,
            error: words(refused.error, secret),
            description: words(refused.error_description, secret),
            codes: refused.error_codes,
        }));
    }
    Err(SecretError::Unavailable(format!(
        "{endpoint} answered with status {status} and neither an OAuth 2.0 token nor an OAuth 2.0 error; check that it is the \
         token endpoint, and what is between it and this machine"
    )))
}

/// The part of the login server's words that is kept. A server may repeat the secret, as it is or as it was sent; it must not reach a log,
/// so it is hidden before the words are cut, and no part of it is left at the end.
fn words(text: String, secret: Option<&SecretString>) -> String {
    let secret = secret.map_or("", |secret| secret.expose_secret());
    let text = Zeroizing::new(text);
    if secret.is_empty() {
        return text.chars().take(LONGEST_DESCRIPTION).collect();
    }
    let sent = Zeroizing::new(byte_serialize(secret.as_bytes()).collect::<String>());
    let hidden = Zeroizing::new(text.replace(secret, "***"));
    let hidden = Zeroizing::new(hidden.replace(sent.as_str(), "***"));
    hidden.chars().take(LONGEST_DESCRIPTION).collect()
}

fn life(expires_in: Option<Seconds>, expires_on: Option<Seconds>) -> Duration {
    let number = |seconds: Option<Seconds>| match seconds? {
        Seconds::Number(seconds) => Some(seconds),
        Seconds::Text(text) => text.trim().parse().ok(),
    };
    let now = chrono::Utc::now().timestamp() as f64;
    let seconds = number(expires_in).or_else(|| number(expires_on).map(|end| (end - now).max(0.0)));
    let usual = Duration::from_secs(USUAL_LIFE);
    // 28 hours are the longest life that Entra gives, and keep sums of instants in range.
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .unwrap_or(usual)
        .min(usual * 28)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Result<(String, u64), SecretError> {
        read(status, body.as_bytes(), "https://login.example/token", None)
            .map(|issued| (issued.token.expose_secret().to_owned(), issued.life.as_secs()))
    }

    #[test]
    fn the_life_of_a_token_is_a_number_or_a_text_or_an_hour() {
        for (expires, life) in [
            (r#","expires_in":3599"#, 3599),
            (r#","expires_in":"86399""#, 86399),
            ("", 3600),
            (r#","expires_in":null"#, 3600),
            (r#","expires_in":"soon""#, 3600),
            (r#","expires_in":-5"#, 3600),
            (r#","expires_in":1e30"#, 3600),
            (r#","expires_in":60,"expires_on":"7""#, 60),
            (r#","expires_on":"7""#, 0),
            (r#","expires_on":"11/05/2026 15:18:31""#, 3600),
        ] {
            let body = format!(r#"{{"token_type":"Bearer","access_token":"t"{expires}}}"#);
            assert_eq!(answer(200, &body).unwrap(), ("t".to_owned(), life), "{expires}");
        }
    }

    #[test]
    fn a_byte_order_mark_before_a_token_does_no_harm() {
        let body = "\u{feff}{\"access_token\":\"t\",\"expires_in\":60}";
        assert_eq!(answer(200, body).unwrap(), ("t".to_owned(), 60));
    }

    #[test]
    fn a_refusal_keeps_its_words_and_codes() {
        let body = r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret.","error_codes":[7000215],"timestamp":"2026-03-10 10:00:00Z","trace_id":"t","correlation_id":"c"}"#;
        assert_eq!(
            answer(401, body).unwrap_err(),
            SecretError::Authorization(AuthorizationFailure {
                status: 401,
                error: "invalid_client".into(),
                description: "AADSTS7000215: Invalid client secret.".into(),
                codes: vec![7000215],
            })
        );
    }

    #[test]
    fn an_answer_that_is_neither_names_the_address_and_the_status() {
        for (status, body) in [
            (502, "<html>Bad Gateway</html>"),
            (200, "{}"),
            (200, ""),
            (404, r#"{"error":{"code":"x"}}"#),
        ] {
            let SecretError::Unavailable(text) = answer(status, body).unwrap_err() else {
                panic!("{body}")
            };
            assert!(
                text.starts_with(&format!(
                    "https://login.example/token answered with status {status} "
                )),
                "{text}"
            );
        }
    }
}
