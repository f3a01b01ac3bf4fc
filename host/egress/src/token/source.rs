//! The token of a source: requested once, kept, renewed in the background while it is valid, shared by everything that needs it.

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

/// The longest time before its end at which a token is renewed: no request may carry one that ends on its way.
const EARLY: Duration = Duration::from_secs(300);
/// The age at which every token is renewed, however long its life is: a refresh token lives as long as it is used now and then, and Webex
/// issues tokens for 14 days.
const LATEST: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a refusal is kept: many rooms at once do not each ask again, but a corrected credential is soon noticed. The next renewal after
/// a failed one waits at least as long.
const REFUSAL_STANDS: Duration = Duration::from_secs(30);
/// How often a renewal that fails is tried in what is left of a token's life, at most: a token with days to go is no reason to ask, and to
/// warn, twice a minute.
const TRIES: u32 = 24;
/// How long a token that replaced a rejected one is kept, even if it is rejected too: a service that accepts none must not cause a request
/// to the login server each time (Entra calls that a loop, AADSTS50196).
const REPLACEMENT_STANDS: Duration = Duration::from_secs(60);

/// The issuer of the tokens.
pub enum Issuer {
    /// A login server, to an application that proves who it is.
    Login(Arc<Login>),
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

    /// The source, if the issuer knows it.
    fn source(&self) -> Option<&str> {
        match self {
            Self::Login(login) => Some(login.source()),
            Self::Identity(_) => None,
        }
    }
}

/// The tokens of one issuer.
pub struct TokenSource {
    tokens: Arc<Tokens>,
    audience: Vec<Origin>,
    /// The last renewal in the background. It ends with the source.
    renewal: Mutex<Option<Renewal>>,
}

/// What the source shares with its renewal.
struct Tokens {
    issuer: Issuer,
    /// Held while a token is requested: others that need one wait for the same answer.
    asking: tokio::sync::Mutex<()>,
    /// Never locked across an await.
    state: Mutex<State>,
    clock: Clock,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    refusal: Option<(Instant, SecretError)>,
    /// When a rejected token was last replaced.
    replaced: Option<Instant>,
}

#[derive(Clone)]
struct Held {
    token: SecretString,
    /// When the token was requested.
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
    /// A token source whose tokens only `audience` may see.
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

    /// Renews a token that will soon end, while its users go on with it. One renewal at a time; soon after a failure, another one would
    /// fail as well.
    fn renew_beside(&self, held: &Held) {
        let now = self.tokens.clock.now();
        if now < held.renew {
            return;
        }
        let mut renewal = self.renewal.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = renewal.as_ref() {
            let failed = held.asked < last.begun;
            let pause = REFUSAL_STANDS.max(held.end.saturating_duration_since(last.begun) / TRIES);
            if !last.task.is_finished() || (failed && now < last.begun + pause) {
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

/// Waits for a renewal. Its success shows in the kept token; a failure is logged.
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
                "cannot renew the token: {error}. The old one is still valid; the collector will try again"
            );
        }
        Err(broken) => tracing::error!(
            source,
            host,
            "the renewal of the token stopped: {broken}. The old one is still valid; the collector will try again"
        ),
    }
}

impl Tokens {
    /// The kept token, unless it has ended.
    fn good(&self) -> Option<Held> {
        let now = self.clock.now();
        self.state().held.clone().filter(|held| now < held.end)
    }

    /// Gets another token than this one. If it was `rejected`, and a rejected one was replaced just now, the same.
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

    /// Requests a token, while holding the turn. If there is none, the kept token stays: it may still be valid.
    async fn ask(&self) -> Result<SecretString, SecretError> {
        let begun = self.clock.now();
        if let Some((at, refusal)) = &self.state().refusal
            && begun.saturating_duration_since(*at) < REFUSAL_STANDS
        {
            return Err(refusal.clone());
        }
        match self.issuer.issue().await {
            Ok(Issued { token, life, .. }) => {
                let mut state = self.state();
                state.held = Some(Held {
                    token: token.clone(),
                    asked: begun,
                    renew: begun + life.saturating_sub(EARLY.min(life / 4)).min(LATEST),
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
        // A renewal in progress might return an outdated token too.
        *self.renewal.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let mut state = self.tokens.state();
        state.held = None;
        state.refusal = None;
    }

    fn audience(&self) -> &[Origin] {
        &self.audience
    }
}

/// A clock. Tests move it forward.
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
        /// Moves the clock of the tokens forward.
        pub(in crate::token) fn advance(&self, by: Duration) {
            *self.tokens.clock.ahead.lock().unwrap() += by;
        }

        /// Whether a renewal still holds something of a source that is gone.
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
