//! One credential's token: asked for once, kept, renewed early, shared by everybody who needs it.

use std::time::Duration;

use futures::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use super::Proof;
use super::answer::{self, Issued};
use crate::grant::Origin;
use crate::http::{Bearer, Client, FetchError, Method, Request};
use crate::secret::SecretError;

/// How long before its end a token is renewed, at most: no request may carry one that ends on its way.
const EARLY: Duration = Duration::from_secs(300);
/// How long a refusal stands: many rooms at once do not each ask again, and a corrected credential is soon taken up.
const REFUSAL_STANDS: Duration = Duration::from_secs(30);
/// More bytes than the names and the fixed values of a token request's form have.
const FORM_NAMES: usize = 256;
/// How long a token request may take, with all its attempts.
const PATIENCE: Duration = Duration::from_secs(60);

/// Tokens by the client credentials grant.
pub struct TokenSource {
    endpoint: Url,
    scope: String,
    audience: Vec<Origin>,
    client_id: String,
    proof: Proof,
    client: Client,
    /// Held while a token is asked for: whoever else needs one waits for the same answer.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    refusal: Option<(Instant, SecretError)>,
}

struct Held {
    token: SecretString,
    renew: Instant,
    end: Instant,
}

impl TokenSource {
    /// A token source that asks `endpoint` (its origin must be granted to `client`) for `scope`, and lets only `audience` see
    /// the tokens.
    pub fn new(
        endpoint: Url,
        scope: String,
        audience: Vec<Origin>,
        client_id: String,
        proof: Proof,
        client: Client,
    ) -> Self {
        Self {
            endpoint,
            scope,
            audience,
            client_id,
            proof,
            client,
            state: Mutex::default(),
        }
    }

    async fn current(&self) -> Result<SecretString, SecretError> {
        let mut state = self.state.lock().await;
        let now = Instant::now();
        if let Some(held) = state.held.as_ref().filter(|held| now < held.renew) {
            return Ok(held.token.clone());
        }
        let asked = self.ask(&mut state).await;
        // An early renewal that fails costs nothing while the token is good.
        match state.held.as_ref().filter(|held| Instant::now() < held.end) {
            Some(held) if asked.is_err() => Ok(held.token.clone()),
            _ => asked,
        }
    }

    async fn instead_of(&self, rejected: &SecretString) -> Result<SecretString, SecretError> {
        let mut state = self.state.lock().await;
        let now = Instant::now();
        if let Some(held) = state.held.as_ref().filter(|held| now < held.end)
            && held.token.expose_secret() != rejected.expose_secret()
        {
            return Ok(held.token.clone());
        }
        state.held = None;
        self.ask(&mut state).await
    }

    async fn ask(&self, state: &mut State) -> Result<SecretString, SecretError> {
        if let Some((at, refusal)) = &state.refusal
            && at.elapsed() < REFUSAL_STANDS
        {
            return Err(refusal.clone());
        }
        let begun = Instant::now();
        match self.request().await {
            Ok(Issued { token, life }) => {
                let renew = begun + life.saturating_sub(EARLY.min(life / 4));
                state.held = Some(Held {
                    token: token.clone(),
                    renew,
                    end: begun + life,
                });
                state.refusal = None;
                tracing::debug!(
                    host = self.endpoint.host_str(),
                    seconds = life.as_secs(),
                    "got a token"
                );
                Ok(token)
            }
            Err(refusal) => {
                state.refusal = Some((Instant::now(), refusal.clone()));
                Err(refusal)
            }
        }
    }

    async fn request(&self) -> Result<Issued, SecretError> {
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("accept", "application/json"),
        ];
        let request = Request {
            method: Method::POST,
            url: self.endpoint.to_string(),
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            // The client zeroes it.
            body: Some(self.form()?.into_bytes()),
            // Asking twice for a token changes nothing.
            repeatable: true,
        };
        let response = self
            .client
            .fetch(request, None, Instant::now() + PATIENCE)
            .await
            .map_err(|error| match error {
                FetchError::RequestDenied(why) => SecretError::Denied(format!("no token can be had: {why}")),
                other => {
                    SecretError::Unavailable(format!("no token can be had from {}: {other}", self.endpoint))
                }
            })?;
        let secret = match &self.proof {
            Proof::Secret(secret) => Some(secret),
            Proof::Certificate(_) => None,
        };
        // A token stands in it.
        let body = Zeroizing::new(response.body);
        answer::read(response.status, &body, self.endpoint.as_str(), secret)
    }

    fn form(&self) -> Result<String, SecretError> {
        // Long enough that it does not move while it is written, which would leave a copy: encoded, a byte becomes at most three.
        let known = [self.client_id.as_str(), self.scope.as_str()];
        let length: usize = known.iter().map(|text| text.len()).sum::<usize>()
            + match &self.proof {
                Proof::Secret(secret) => secret.expose_secret().len(),
                // Three times this is more than a statement signed with an RSA key of 8192 bits has.
                Proof::Certificate(_) => 1_024,
            };
        let mut form = form_urlencoded::Serializer::new(String::with_capacity(FORM_NAMES + 3 * length));
        form.append_pair("grant_type", "client_credentials")
            .append_pair("client_id", &self.client_id)
            .append_pair("scope", &self.scope);
        match &self.proof {
            Proof::Secret(secret) => {
                form.append_pair("client_secret", secret.expose_secret());
            }
            Proof::Certificate(certificate) => {
                let now = chrono::Utc::now().timestamp();
                let assertion =
                    certificate.assertion(self.endpoint.as_str(), &self.client_id, now).ok_or_else(|| {
                        SecretError::Unavailable(
                            "the certificate's key cannot sign; make a new certificate with an RSA key of 2048 bits or more"
                                .to_owned(),
                        )
                    })?;
                form.append_pair(
                    "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                )
                .append_pair("client_assertion", assertion.expose_secret());
            }
        }
        Ok(form.finish())
    }
}

impl Bearer for TokenSource {
    fn token(&self) -> BoxFuture<'_, Result<SecretString, SecretError>> {
        Box::pin(self.current())
    }

    fn renew<'a>(&'a self, rejected: &'a SecretString) -> BoxFuture<'a, Result<SecretString, SecretError>> {
        Box::pin(self.instead_of(rejected))
    }

    fn audience(&self) -> &[Origin] {
        &self.audience
    }
}
