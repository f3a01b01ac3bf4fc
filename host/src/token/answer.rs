//! What a token endpoint answers: a token with its life, or a refusal (RFC 6749, sections 5.1 and 5.2).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use url::Url;
use zeroize::Zeroizing;

use crate::http::Response;
use crate::secret::{AuthorizationFailure, SecretError};

/// A token.
pub(super) struct Granted {
    pub(super) token: SecretString,
    pub(super) life: Duration,
}

/// Entra's answers: an error is flat, unlike Graph's. `expires_in` is a number, and a string where a proxy rewrote it.
#[derive(Deserialize)]
struct Answer {
    access_token: Option<String>,
    expires_in: Option<Value>,
    error: Option<String>,
    error_description: Option<String>,
    #[serde(default)]
    error_codes: Vec<u32>,
}

/// The life of a token that does not tell: short, so that it is renewed rather than rejected.
const UNTOLD: Duration = Duration::from_secs(5 * 60);
/// No token is believed to live longer; Entra's longest live 28 hours.
const LONGEST: u64 = 48 * 60 * 60;

pub(super) fn read(response: &Response, endpoint: &Url) -> Result<Granted, SecretError> {
    let body = Zeroizing::new(response.body.clone());
    let unexpected = || {
        SecretError::Unavailable(format!(
            "no token: {endpoint} answered {} and not as a token endpoint does; check the tenant, the cloud and any proxy in between",
            response.status
        ))
    };
    let answer: Answer = serde_json::from_slice(&body).map_err(|_| unexpected())?;
    match (answer.access_token, answer.error) {
        (Some(token), None) if response.status == 200 && !token.is_empty() => {
            Ok(Granted { token: token.into(), life: life(answer.expires_in.as_ref()) })
        }
        (_, Some(error)) => Err(SecretError::Authorization(AuthorizationFailure {
            status: response.status,
            error,
            description: answer.error_description.unwrap_or_default(),
            codes: answer.error_codes,
        })),
        _ => Err(unexpected()),
    }
}

fn life(expires_in: Option<&Value>) -> Duration {
    let seconds = match expires_in {
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    seconds.map_or(UNTOLD, |seconds| Duration::from_secs(seconds.min(LONGEST)))
}

/// The unverified claims of a JWT as JSON; none when it is not a JWT. For diagnosis only: a token is opaque to its bearer.
pub fn claims(token: &SecretString) -> Option<String> {
    let mut parts = token.expose_secret().split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    let json = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    let claims: Value = serde_json::from_slice(&json).ok()?;
    claims.is_object().then(|| claims.to_string())
}
