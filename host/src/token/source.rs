//! One credential's token: asked for once, kept, renewed early, shared by everybody who needs it.

use std::time::Duration;

use futures::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::answer::Issued;
use super::{Identity, Login};
use crate::grant::Origin;
use crate::http::Bearer;
use crate::secret::SecretError;

/// How long before its end a token is renewed, at most: no request may carry one that ends on its way.
const EARLY: Duration = Duration::from_secs(300);
/// How long a refusal stands: many rooms at once do not each ask again, and a corrected credential is soon taken up.
const REFUSAL_STANDS: Duration = Duration::from_secs(30);

/// Who issues the tokens.
pub enum Issuer {
    /// A login server, to an application that proves who it is.
    Login(Login),
    /// The platform that the collector runs on, to the machine.
    Identity(Identity),
}

impl Issuer {
    async fn issue(&self) -> Result<Issued, SecretError> {
        match self {
            Self::Login(login) => login.issue().await,
            Self::Identity(identity) => identity.issue().await,
        }
    }

    fn host(&self) -> Option<&str> {
        match self {
            Self::Login(login) => login.host(),
            Self::Identity(identity) => identity.host(),
        }
    }
}

/// Tokens of one issuer.
pub struct TokenSource {
    issuer: Issuer,
    audience: Vec<Origin>,
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
    /// A token source that lets only `audience` see the tokens.
    pub fn new(issuer: Issuer, audience: Vec<Origin>) -> Self {
        Self {
            issuer,
            audience,
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
        match self.issuer.issue().await {
            Ok(Issued { token, life }) => {
                let renew = begun + life.saturating_sub(EARLY.min(life / 4));
                state.held = Some(Held {
                    token: token.clone(),
                    renew,
                    end: begun + life,
                });
                state.refusal = None;
                tracing::debug!(host = self.issuer.host(), seconds = life.as_secs(), "got a token");
                Ok(token)
            }
            Err(refusal) => {
                state.refusal = Some((Instant::now(), refusal.clone()));
                Err(refusal)
            }
        }
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
