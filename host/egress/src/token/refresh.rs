//! A refresh token: which one is sent, and what becomes of another one that the login server sends in its place.
//!
//! The configured token is where it begins. A login server may replace it with each use ("rotation", RFC 6749, section 6; RFC 9700, section
//! 4.14.2), and then refuse the old one. So one process at a time reads, uses and keeps a source's token ([`Vault::turn`]), and the vault has
//! the new token before anybody goes on. The old one is given up when the new one has worked once.

use std::fs::File;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::Utc;
use collector_model::secret::{AuthorizationFailure, SecretError};
use collector_tasks::blocking::blocking;
use secrecy::SecretString;
use tokio::time::{Instant, sleep};

use super::answer::Issued;
use super::kept::{self, Kept};
use crate::credential::SecretRef;
use crate::vault::{Vault, VaultError};

/// The life of a refresh token after its last use if the answer does not tell: 90 days, as Webex and Entra have it.
const USUAL_LIFE: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// By how many seconds the end must move for it to be kept anew: a token that is used each hour is not stored each hour for that.
const MOVED: u64 = 6 * 60 * 60;
/// How long to wait for the turn of another process, which has a minute for its request, and how often to look.
const PATIENCE: Duration = Duration::from_secs(90);
const LOOK: Duration = Duration::from_millis(50);

/// The refresh token of one source.
pub struct RefreshToken {
    source: String,
    /// Where the configured token is.
    place: SecretRef,
    configured: SecretString,
    digest: String,
    vault: Vault,
    known: Mutex<Known>,
}

/// What this process knows of the token.
#[derive(Default)]
struct Known {
    kept: Option<Kept>,
    /// Whether the vault does not have it.
    unsaved: bool,
}

impl RefreshToken {
    /// The token that `source` is configured with, as read from `place`. What the login server sends in its place is kept in `vault`.
    /// Blocks.
    pub fn new(source: &str, place: SecretRef, configured: SecretString, vault: Vault) -> Self {
        let digest = kept::digest(&configured);
        // A vault that cannot be read is told when the token is used.
        let kept = kept::read(&vault, source, &digest).unwrap_or_default();
        Self {
            source: source.to_owned(),
            place,
            configured,
            digest,
            vault,
            known: Mutex::new(Known { kept, unsaved: false }),
        }
    }

    /// Its name in the configuration, with its place: `refresh-token { stored = "webex" }`.
    pub fn name(&self) -> String {
        format!("refresh-token {}", self.place)
    }

    /// When it expires unless it is used before, UTC seconds; none before its first use.
    pub fn expires_at(&self) -> Option<i64> {
        self.known().kept.as_ref().map(|kept| kept.expires_at)
    }

    /// Waits for the turn to use the token, and reads what others kept meanwhile.
    pub(super) async fn turn(&self) -> Result<Turn<'_>, SecretError> {
        let lock = self.lock().await?;
        let (vault, source, digest) = (self.vault.clone(), self.source.clone(), self.digest.clone());
        let in_vault = match blocking(move || kept::read(&vault, &source, &digest)).await {
            Ok(kept) => kept,
            Err(error) => {
                tracing::warn!(
                    source = %self.source,
                    "what the login server sent in place of {} cannot be read: {error}; {}. The collector goes on with the one that it \
                     knows",
                    self.name(),
                    error.remedy()
                );
                None
            }
        };
        let mut known = self.known();
        // A vault that was set aside gets it again.
        known.unsaved |= in_vault.is_none() && known.kept.is_some();
        // What could not be stored is newer than what is stored.
        let (first, second) = if known.unsaved {
            (known.kept.clone(), in_vault)
        } else {
            (in_vault, None)
        };
        known.kept.clone_from(&first);
        drop(known);
        let tokens = kept::in_order([first, second].into_iter().flatten(), &self.configured);
        Ok(Turn {
            refresh: self,
            tokens,
            _lock: lock,
        })
    }

    /// Takes the turn among all processes. None if the data directory cannot be used for that: then there is nobody to take turns with.
    async fn lock(&self) -> Result<Option<File>, SecretError> {
        let end = Instant::now() + PATIENCE;
        loop {
            let (vault, source) = (self.vault.clone(), self.source.clone());
            match blocking(move || vault.turn(&source)).await {
                Ok(Some(lock)) => return Ok(Some(lock)),
                Ok(None) if Instant::now() < end => sleep(LOOK).await,
                Ok(None) => {
                    return Err(SecretError::Unavailable(
                        "cannot get a token: another process of the collector still waits for the answer to this source's refresh token; \
                         try again when it has ended"
                            .to_owned(),
                    ));
                }
                // The owner's service would never see the token that comes back, and could not sign in any more.
                Err(error @ VaultError::Owner { .. }) => {
                    return Err(SecretError::Unavailable(format!(
                        "cannot get a token: {error}, and what the login server sends in place of the refresh token belongs there; run this \
                         as that user (`sudo -u`)"
                    )));
                }
                Err(error) => {
                    tracing::debug!(source = %self.source, "the refresh token is used without a lock: {error}");
                    return Ok(None);
                }
            }
        }
    }

    /// The refusal, with what it means and what to do before the login server's own words.
    pub(super) fn refused(&self, failure: Option<AuthorizationFailure>) -> SecretError {
        let Some(mut failure) = failure else {
            return SecretError::NotFound(format!("{} is empty", self.name()));
        };
        let again = match &self.place {
            SecretRef::Stored { name, .. } => format!("run `collector secrets set {name}`"),
            SecretRef::Env(_) => "start the collector again with it".to_owned(),
            SecretRef::File(_) | SecretRef::Keyring(_) => "put it there".to_owned(),
        };
        // Connectors cut long words, so what helps comes first.
        failure.description = format!(
            "{} is not accepted (expired, revoked, of another application), or client id or secret are wrong: check these, or get a new one \
             where the application is registered, and {again}. The login server says: {}",
            self.name(),
            failure.description
        );
        SecretError::Authorization(failure)
    }

    /// Keeps what is known now, if the vault does not have it.
    async fn keep(&self, kept: Kept) {
        let is_rotated = kept.newest.is_some();
        {
            let mut known = self.known();
            let is_kept = known.kept.as_ref().is_some_and(|old| {
                old.has_tokens_of(&kept) && old.expires_at.abs_diff(kept.expires_at) < MOVED
            });
            if is_kept && !known.unsaved {
                return;
            }
            known.kept = Some(kept.clone());
            // Until it is stored.
            known.unsaved = true;
        }
        let (vault, source) = (self.vault.clone(), self.source.clone());
        match blocking(move || kept::write(&vault, &source, &kept)).await {
            Ok(()) => self.known().unsaved = false,
            Err(error) if is_rotated => tracing::warn!(
                source = %self.source,
                "the login server sent another refresh token, which cannot be stored: {error}; {}. The collector uses it until it ends; its \
                 next start begins with {} again, which the login server may refuse then: get a new one in that case",
                error.remedy(),
                self.name()
            ),
            Err(error) => tracing::debug!(
                source = %self.source,
                "when the refresh token expires cannot be stored: {error}"
            ),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to use a source's refresh token, until it is dropped.
pub(super) struct Turn<'a> {
    refresh: &'a RefreshToken,
    tokens: Vec<SecretString>,
    _lock: Option<File>,
}

impl Turn<'_> {
    /// The tokens in the order in which to try them: the newest, the one that it replaced, and the configured one.
    pub(super) fn tokens(&self) -> &[SecretString] {
        &self.tokens
    }

    /// Notes that a token was accepted after the first one was `refused`, or at once, and keeps the one that came with the answer.
    pub(super) async fn worked(
        &self,
        sent: &SecretString,
        answer: &Issued,
        refused: Option<&AuthorizationFailure>,
    ) {
        let refresh = self.refresh;
        if let Some(refused) = refused {
            tracing::warn!(
                source = %refresh.source,
                "the login server refused the refresh token that it sent last ({}); an older one still works and is used",
                refused.words()
            );
        }
        let life = answer.refresh_life.unwrap_or(USUAL_LIFE).as_secs();
        let expires_at = Utc::now()
            .timestamp()
            .saturating_add(i64::try_from(life).unwrap_or(i64::MAX));
        let next = answer.refresh_token.as_ref();
        let kept = Kept::after(&refresh.configured, sent, next, expires_at);
        refresh.keep(kept).await;
    }
}
