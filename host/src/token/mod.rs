//! Tokens of OAuth 2.0 client credentials (RFC 6749, section 4.4), as Microsoft Entra gives them: asked for once for many waiters,
//! kept, renewed before they expire. What a refusal means is the connector's to say.

mod answer;
mod certificate;

use std::time::Duration;

use futures::future::BoxFuture;
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;
use url::form_urlencoded::Serializer;

use self::answer::Granted;
pub use self::answer::claims;
pub use self::certificate::{Certificate, CertificateError};
use crate::grant::Origin;
use crate::http::{Bearer, Client, Request};
use crate::secret::SecretError;

/// Time for a token, all attempts together.
const TIME: Duration = Duration::from_secs(45);
/// How long a refusal is believed: a thousand rooms must not ask a thousand times with the same wrong secret (Entra locks such
/// applications out, AADSTS50196).
const REFUSED: Duration = Duration::from_secs(30);
/// A token is renewed so long before it expires, or a fifth of its life when that is less.
const EARLY: Duration = Duration::from_secs(5 * 60);

/// What proves that the application is itself.
pub enum Proof {
    /// A client secret.
    Secret(SecretString),
    /// A certificate, with which an assertion is signed.
    Certificate(Certificate),
}

/// Gets tokens for one application and scope.
pub struct TokenSource {
    endpoint: Url,
    scope: String,
    audience: Vec<Origin>,
    client_id: String,
    proof: Proof,
    client: Client,
    state: Mutex<State>,
}

enum State {
    Empty,
    Token { value: SecretString, renew_at: Instant, expires_at: Instant },
    Refused { error: SecretError, until: Instant },
}

impl TokenSource {
    /// Gets tokens from `endpoint`, which `client` must be allowed to reach, for requests to `audience`.
    pub fn new(
        endpoint: Url,
        scope: String,
        audience: Vec<Origin>,
        client_id: String,
        proof: Proof,
        client: Client,
    ) -> Self {
        Self { endpoint, scope, audience, client_id, proof, client, state: Mutex::new(State::Empty) }
    }

    /// Asks for a token and keeps what comes of it. The caller holds the state, so that others wait for the answer.
    async fn ask(&self, state: &mut State) -> Result<SecretString, SecretError> {
        let now = Instant::now();
        match self.request(now + TIME).await {
            Ok(granted) => {
                let early = EARLY.min(granted.life / 5);
                let expires_at = now + granted.life;
                *state = State::Token { value: granted.token.clone(), renew_at: expires_at - early, expires_at };
                Ok(granted.token)
            }
            Err(error) => {
                *state = State::Refused { error: error.clone(), until: Instant::now() + REFUSED };
                Err(error)
            }
        }
    }

    async fn request(&self, deadline: Instant) -> Result<Granted, SecretError> {
        let request = Request {
            method: Method::POST,
            url: self.endpoint.to_string(),
            headers: vec![
                ("content-type".into(), "application/x-www-form-urlencoded".into()),
                ("accept".into(), "application/json".into()),
            ],
            body: Some(self.form()?),
            repeatable: true,
        };
        let response = self
            .client
            .fetch(request, None, deadline)
            .await
            .map_err(|error| SecretError::Unavailable(format!("no token: {error}")))?;
        answer::read(&response, &self.endpoint)
    }

    fn form(&self) -> Result<Vec<u8>, SecretError> {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials")
            .append_pair("client_id", &self.client_id)
            .append_pair("scope", &self.scope);
        match &self.proof {
            Proof::Secret(secret) => {
                form.append_pair("client_secret", secret.expose_secret());
            }
            Proof::Certificate(certificate) => {
                let assertion = certificate.assertion(&self.client_id, self.endpoint.as_str())?;
                form.append_pair("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
                    .append_pair("client_assertion", &assertion);
            }
        }
        Ok(form.finish().into_bytes())
    }
}

impl Bearer for TokenSource {
    fn token(&self) -> BoxFuture<'_, Result<SecretString, SecretError>> {
        Box::pin(async move {
            let mut state = self.state.lock().await;
            let now = Instant::now();
            let still_good = match &*state {
                State::Token { value, renew_at, .. } if now < *renew_at => return Ok(value.clone()),
                State::Refused { error, until } if now < *until => return Err(error.clone()),
                State::Token { value, expires_at, .. } if now < *expires_at => Some((value.clone(), *expires_at)),
                State::Token { .. } | State::Refused { .. } | State::Empty => None,
            };
            match (self.ask(&mut state).await, still_good) {
                // The renewal was early; what fails now may work before the token expires.
                (Err(error), Some((value, expires_at))) => {
                    tracing::warn!("the token could not be renewed early: {}", crate::text::plain(&error.to_string()));
                    let renew_at = (Instant::now() + REFUSED).min(expires_at);
                    *state = State::Token { value: value.clone(), renew_at, expires_at };
                    Ok(value)
                }
                (result, _) => result,
            }
        })
    }

    fn renew<'a>(&'a self, rejected: &'a SecretString) -> BoxFuture<'a, Result<SecretString, SecretError>> {
        Box::pin(async move {
            let mut state = self.state.lock().await;
            match &*state {
                // Somebody else has renewed it in the meantime.
                State::Token { value, .. } if value.expose_secret() != rejected.expose_secret() => Ok(value.clone()),
                State::Refused { error, until } if Instant::now() < *until => Err(error.clone()),
                _ => self.ask(&mut state).await,
            }
        })
    }

    fn audience(&self) -> &[Origin] {
        &self.audience
    }
}

/// A secret that does not change, as a bearer.
pub struct FixedBearer {
    value: SecretString,
    audience: Vec<Origin>,
}

impl FixedBearer {
    /// A fixed secret that may be sent to these origins.
    pub fn new(value: SecretString, audience: Vec<Origin>) -> Self {
        Self { value, audience }
    }
}

impl Bearer for FixedBearer {
    fn token(&self) -> BoxFuture<'_, Result<SecretString, SecretError>> {
        Box::pin(async move { Ok(self.value.clone()) })
    }

    fn renew<'a>(&'a self, _: &'a SecretString) -> BoxFuture<'a, Result<SecretString, SecretError>> {
        self.token()
    }

    fn audience(&self) -> &[Origin] {
        &self.audience
    }
}

#[cfg(test)]
mod tests;
