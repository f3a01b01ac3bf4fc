//! One credential's token: asked for once, kept, renewed in the background while it is good, shared by everybody who needs it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use collector_model::secret::SecretError;
use collector_tasks::watched::watched;
use futures::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::answer::Issued;
use super::{Identity, Login};
use crate::grant::Origin;
use crate::http::Bearer;

/// How long before its end a token is renewed, at most: no request may carry one that ends on its way.
const EARLY: Duration = Duration::from_secs(300);
/// How long a refusal stands: many rooms at once do not each ask again, and a corrected credential is soon taken up. After a renewal
/// that failed the next one waits as long.
const REFUSAL_STANDS: Duration = Duration::from_secs(30);
/// How long a token that replaced a rejected one is kept, though it is rejected too: a service that takes none must not have the login
/// server asked with each request (Entra calls that a loop, AADSTS50196).
const REPLACEMENT_STANDS: Duration = Duration::from_secs(60);

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

    /// The source that it is for, as far as the issuer knows it.
    fn source(&self) -> Option<&str> {
        match self {
            Self::Login(login) => Some(login.source()),
            Self::Identity(_) => None,
        }
    }
}

/// Tokens of one issuer.
pub struct TokenSource {
    tokens: Arc<Tokens>,
    audience: Vec<Origin>,
    /// The last renewal in the background. It ends with the source.
    renewal: Mutex<Option<Renewal>>,
}

/// What the source and its renewal share.
struct Tokens {
    issuer: Issuer,
    /// Held while a token is asked for: whoever else needs one waits for the same answer.
    asking: tokio::sync::Mutex<()>,
    /// Never locked while something is waited for.
    state: Mutex<State>,
    clock: Clock,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    refusal: Option<(Instant, SecretError)>,
    /// When a rejected token was replaced last.
    replaced: Option<Instant>,
}

#[derive(Clone)]
struct Held {
    token: SecretString,
    /// When it was asked for.
    asked: Instant,
    renew: Instant,
    end: Instant,
}

struct Renewal {
    begun: Instant,
    task: JoinHandle<()>,
}

impl Drop for Renewal {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl TokenSource {
    /// A token source that lets only `audience` see the tokens.
    pub fn new(issuer: Issuer, audience: Vec<Origin>) -> Self {
        Self {
            tokens: Arc::new(Tokens {
                issuer,
                asking: tokio::sync::Mutex::default(),
                state: Mutex::default(),
                clock: Clock::default(),
            }),
            audience,
            renewal: Mutex::default(),
        }
    }

    async fn current(&self) -> Result<SecretString, SecretError> {
        if let Some(held) = self.tokens.good() {
            self.renew_beside(&held);
            return Ok(held.token);
        }
        let _turn = self.tokens.asking.lock().await;
        match self.tokens.good() {
            Some(held) => Ok(held.token),
            None => self.tokens.ask().await,
        }
    }

    /// Renews a token that is soon to end, beside those who go on with it. One renewal at a time; another one soon after a failure would
    /// fail as well.
    fn renew_beside(&self, held: &Held) {
        let now = self.tokens.clock.now();
        if now < held.renew {
            return;
        }
        let mut renewal = self.renewal.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = renewal.as_ref() {
            let failed = held.asked < last.begun;
            if !last.task.is_finished() || (failed && now < last.begun + REFUSAL_STANDS) {
                return;
            }
        }
        let (tokens, old) = (Arc::clone(&self.tokens), held.token.clone());
        *renewal = Some(Renewal {
            begun: now,
            task: tokio::spawn(async move {
                let (source, host) = (tokens.issuer.source(), tokens.issuer.host());
                told(source, host, tokens.instead(&old, false)).await;
            }),
        });
    }
}

/// Waits for a renewal. What becomes of it is seen in the token that is held; that it failed, or broke off, is logged.
async fn told(
    source: Option<&str>,
    host: Option<&str>,
    renewal: impl Future<Output = Result<SecretString, SecretError>>,
) {
    match watched(renewal).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => {
            tracing::warn!(
                source,
                host,
                "the token could not be renewed: {error}. The old one is still good; renewing is tried again in a while"
            );
        }
        Err(broken) => tracing::error!(
            source,
            host,
            "the token was not renewed: {broken}. The old one is still good; renewing is tried again in a while"
        ),
    }
}

impl Tokens {
    /// The token that is held, unless it has ended.
    fn good(&self) -> Option<Held> {
        let now = self.clock.now();
        self.state().held.clone().filter(|held| now < held.end)
    }

    /// Another token than this one. When it was `rejected` and one that was rejected was replaced just now, the same.
    async fn instead(&self, old: &SecretString, rejected: bool) -> Result<SecretString, SecretError> {
        let _turn = self.asking.lock().await;
        if let Some(held) = self.good() {
            if held.token.expose_secret() != old.expose_secret() {
                return Ok(held.token);
            }
            if rejected && self.replaced_just_now() {
                return Ok(held.token);
            }
        }
        let fresh = self.ask().await?;
        if rejected {
            self.state().replaced = Some(self.clock.now());
        }
        Ok(fresh)
    }

    fn replaced_just_now(&self) -> bool {
        let now = self.clock.now();
        self.state()
            .replaced
            .is_some_and(|at| now.saturating_duration_since(at) < REPLACEMENT_STANDS)
    }

    /// Asks for a token, by who has the turn. What was held stays when there is none: it may be good still.
    async fn ask(&self) -> Result<SecretString, SecretError> {
        let begun = self.clock.now();
        if let Some((at, refusal)) = &self.state().refusal
            && begun.saturating_duration_since(*at) < REFUSAL_STANDS
        {
            return Err(refusal.clone());
        }
        match self.issuer.issue().await {
            Ok(Issued { token, life }) => {
                let mut state = self.state();
                state.held = Some(Held {
                    token: token.clone(),
                    asked: begun,
                    renew: begun + life.saturating_sub(EARLY.min(life / 4)),
                    end: begun + life,
                });
                state.refusal = None;
                tracing::debug!(host = self.issuer.host(), seconds = life.as_secs(), "got a token");
                Ok(token)
            }
            Err(refusal) => {
                self.state().refusal = Some((self.clock.now(), refusal.clone()));
                Err(refusal)
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bearer for TokenSource {
    fn token(&self) -> BoxFuture<'_, Result<SecretString, SecretError>> {
        Box::pin(self.current())
    }

    fn renew<'a>(&'a self, rejected: &'a SecretString) -> BoxFuture<'a, Result<SecretString, SecretError>> {
        Box::pin(self.tokens.instead(rejected, true))
    }

    fn forget(&self) {
        // A renewal that is under way may bring what is out of date too.
        *self.renewal.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let mut state = self.tokens.state();
        state.held = None;
        state.refusal = None;
    }

    fn audience(&self) -> &[Origin] {
        &self.audience
    }
}

/// Tells the time. Tests move it on.
#[derive(Default)]
struct Clock {
    #[cfg(test)]
    ahead: Mutex<Duration>,
}

impl Clock {
    #[cfg(not(test))]
    fn now(&self) -> Instant {
        Instant::now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Clock {
        pub(super) fn now(&self) -> Instant {
            Instant::now() + *self.ahead.lock().unwrap()
        }
    }

    impl TokenSource {
        /// Lets time pass for the tokens.
        pub(in crate::token) fn advance(&self, by: Duration) {
            *self.tokens.clock.ahead.lock().unwrap() += by;
        }

        /// Whether a renewal still holds on to what a source that is gone had.
        pub(in crate::token) fn left_behind(&self) -> impl Fn() -> bool + use<> {
            let tokens = Arc::downgrade(&self.tokens);
            move || tokens.upgrade().is_some()
        }
    }

    #[tokio::test]
    async fn a_renewal_that_breaks_off_takes_nobody_with_it() {
        told(None, None, async { panic!("the issuer broke") }).await;
    }
}
