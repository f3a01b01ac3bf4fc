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
/// The longest life that is believed, in seconds: a year. Webex's longest is 90 days; sums of instants stay in range.
const LONGEST_LIFE: u64 = 365 * 24 * 3600;
/// Bytes of a refresh token. Those of Entra have 2,000.
const LONGEST_REFRESH_TOKEN: usize = 16 << 10;

/// A token and its lifetime.
pub(super) struct Issued {
    pub(super) token: SecretString,
    pub(super) life: Duration,
    /// The refresh token that came with it.
    pub(super) refresh_token: Option<SecretString>,
    /// The life of that refresh token, or of the one that was sent; none if the answer does not tell.
    pub(super) refresh_life: Option<Duration>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: SecretText,
    expires_in: Option<Seconds>,
    /// UTC seconds; App Service sends nothing else.
    expires_on: Option<Seconds>,
    refresh_token: Option<SecretText>,
    refresh_token_expires_in: Option<Seconds>,
}

/// A text that goes straight from the parser into the secret.
#[derive(Clone)]
pub(super) struct SecretText(pub(super) SecretString);

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

/// Webex's form of an error, which has no `error`.
#[derive(Deserialize)]
struct Foreign {
    message: String,
    #[serde(default)]
    errors: Vec<ForeignDetail>,
    #[serde(rename = "trackingId")]
    tracking: String,
}

#[derive(Deserialize)]
struct ForeignDetail {
    #[serde(default)]
    description: String,
}

impl Foreign {
    fn words(self) -> String {
        let Self {
            message,
            errors,
            tracking,
        } = self;
        // The first description usually repeats the message.
        let detail = errors.into_iter().map(|detail| detail.description);
        let mut words: Vec<String> = detail.filter(|detail| *detail != message).take(1).collect();
        words.insert(0, message);
        format!("{} (trackingId {tracking})", words.join(" "))
    }
}

/// Sends a request that contains `secrets` to the token endpoint (`endpoint` names it in errors), and reads the answer. `no_answer` makes
/// the error for no answer within `patience`.
pub(super) async fn ask(
    client: &Client,
    request: Request,
    patience: Duration,
    endpoint: &str,
    secrets: &[&SecretString],
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
    read(response.status, &body, endpoint, secrets)
}

/// Reads the answer of a token endpoint (`endpoint` names it in errors) that was sent `secrets`.
fn read(status: u16, body: &[u8], endpoint: &str, secrets: &[&SecretString]) -> Result<Issued, SecretError> {
    // Some proxies put a byte order mark first.
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if status == 200
        && let Ok(granted) = serde_json::from_slice::<Granted>(body)
    {
        let refresh_token = granted.refresh_token.map(|SecretText(token)| token);
        if refresh_token
            .as_ref()
            .is_some_and(|token| token.expose_secret().len() > LONGEST_REFRESH_TOKEN)
        {
            return Err(SecretError::Unavailable(format!(
                "{endpoint} sent a refresh token of more than {LONGEST_REFRESH_TOKEN} bytes; check that it is the token endpoint"
            )));
        }
        return Ok(Issued {
            token: granted.access_token.0,
            life: life(granted.expires_in, granted.expires_on),
            refresh_token: refresh_token.filter(|token| !token.expose_secret().is_empty()),
            // Some servers write 0 for "no end".
            refresh_life: seconds(granted.refresh_token_expires_in).filter(|life| !life.is_zero()),
        });
    }
    if let Ok(refused) = serde_json::from_slice::<Refused>(body) {
        return Err(SecretError::Authorization(AuthorizationFailure {
            status,
            error: words(refused.error, secrets),
            description: words(refused.error_description, secrets),
            codes: refused.error_codes,
        }));
    }
    if matches!(status, 400 | 401)
        && let Ok(foreign) = serde_json::from_slice::<Foreign>(body)
    {
        return Err(SecretError::Authorization(AuthorizationFailure {
            status,
            error: String::new(),
            description: words(foreign.words(), secrets),
            codes: Vec::new(),
        }));
    }
    Err(SecretError::Unavailable(format!(
        "{endpoint} answered with status {status} and neither an OAuth 2.0 token nor an OAuth 2.0 error; check that it is the \
         token endpoint, and what is between it and this machine"
    )))
}

/// The part of the login server's words that is kept. A server may repeat a secret, as it is or as it was sent; it must not reach a log, so
/// it is hidden before the words are cut, and no part of it is left at the end.
fn words(text: String, secrets: &[&SecretString]) -> String {
    let mut text = Zeroizing::new(text);
    for secret in secrets.iter().map(|secret| secret.expose_secret()) {
        if secret.is_empty() {
            continue;
        }
        let sent = Zeroizing::new(byte_serialize(secret.as_bytes()).collect::<String>());
        text = Zeroizing::new(text.replace(secret, "***"));
        text = Zeroizing::new(text.replace(sent.as_str(), "***"));
    }
    text.chars().take(LONGEST_DESCRIPTION).collect()
}

fn life(expires_in: Option<Seconds>, expires_on: Option<Seconds>) -> Duration {
    let now = chrono::Utc::now().timestamp() as f64;
    let until = |end: f64| Duration::try_from_secs_f64((end - now).max(0.0)).ok();
    seconds(expires_in)
        .or_else(|| until(number(expires_on)?))
        .unwrap_or(Duration::from_secs(USUAL_LIFE))
        .min(Duration::from_secs(LONGEST_LIFE))
}

/// A life as written; none if it is missing or none.
fn seconds(written: Option<Seconds>) -> Option<Duration> {
    let life = Duration::try_from_secs_f64(number(written)?).ok()?;
    Some(life.min(Duration::from_secs(LONGEST_LIFE)))
}

fn number(written: Option<Seconds>) -> Option<f64> {
    match written? {
        Seconds::Number(number) => Some(number),
        Seconds::Text(text) => text.trim().parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Result<(String, u64), SecretError> {
        read(status, body.as_bytes(), "https://login.example/token", &[])
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
    fn a_refusal_in_the_form_of_webex_has_no_code_but_its_words() {
        let refusal = |status, body: &str| match answer(status, body).unwrap_err() {
            SecretError::Authorization(failure) => (failure.error, failure.description),
            other => panic!("{other}"),
        };
        for status in [400, 401] {
            assert_eq!(
                refusal(
                    status,
                    r#"{"message":"It is spent.","errors":[{"description":"It is spent."}],"trackingId":"R_1"}"#
                ),
                (String::new(), "It is spent. (trackingId R_1)".to_owned())
            );
        }
        let body = r#"{"message":"No.","errors":[{"description":"Spent."},{}],"trackingId":"R_1"}"#;
        assert_eq!(refusal(400, body).1, "No. Spent. (trackingId R_1)");
        let body = r#"{"message":"No.","trackingId":"R_1"}"#;
        assert_eq!(refusal(400, body).1, "No. (trackingId R_1)");
    }

    #[test]
    fn a_refresh_token_comes_with_its_life_which_may_be_missing_or_none() {
        let read = |rest: &str| {
            let body = format!(r#"{{"access_token":"t"{rest}}}"#);
            let issued = read(200, body.as_bytes(), "https://login.example/token", &[])?;
            let token = issued.refresh_token.map(|token| token.expose_secret().to_owned());
            Ok::<_, SecretError>((token, issued.refresh_life.map(|life| life.as_secs())))
        };
        let token = Some("r".to_owned());
        for (rest, expected) in [
            (
                r#","refresh_token":"r","refresh_token_expires_in":7776000"#,
                (token.clone(), Some(7_776_000)),
            ),
            (r#","refresh_token":"r""#, (token.clone(), None)),
            (
                r#","refresh_token":"r","refresh_token_expires_in":0"#,
                (token, None),
            ),
            (r#","refresh_token":"""#, (None, None)),
            ("", (None, None)),
        ] {
            assert_eq!(read(rest).unwrap(), expected, "{rest}");
        }
        let endless = format!(r#","refresh_token":"{}""#, "r".repeat(20_000));
        let error = read(&endless).unwrap_err().to_string();
        assert!(error.contains("of more than 16384 bytes"), "{error}");
    }

    #[test]
    fn an_answer_that_is_neither_names_the_address_and_the_status() {
        for (status, body) in [
            (502, "<html>Bad Gateway</html>"),
            (200, "{}"),
            (200, ""),
            (404, r#"{"error":{"code":"x"}}"#),
            (400, r#"{"message":"Bad Request"}"#),
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
