//! The secrets of a source by name, and the values of them that were used.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use collector_egress::grant::Origin;
use collector_egress::http::Bearer;
use collector_model::secret::SecretError;
use collector_sandbox::{Known, Secret};
use futures::future::BoxFuture;
use secrecy::{ExposeSecret as _, SecretString};

/// The secrets of a source by name. Their values stay here unless `reveal` was granted.
#[derive(Default)]
pub(super) struct Secrets {
    entries: HashMap<String, Entry>,
    known: Arc<Known>,
}

struct Entry {
    bearer: Arc<dyn Bearer>,
    reveal: bool,
}

impl Secrets {
    /// Adds a secret. `reveal` lets the connector see its value.
    pub(super) fn insert(&mut self, name: impl Into<String>, bearer: Arc<dyn Bearer>, reveal: bool) {
        let bearer = Arc::new(Noted {
            bearer,
            known: Arc::clone(&self.known),
        });
        self.entries.insert(name.into(), Entry { bearer, reveal });
    }

    /// The values that were used.
    pub(super) fn known(&self) -> Arc<Known> {
        Arc::clone(&self.known)
    }

    /// What puts the credential of this name into requests.
    pub(super) fn bearer(&self, name: &str) -> Option<Arc<dyn Bearer>> {
        self.entries.get(name).map(|entry| Arc::clone(&entry.bearer))
    }

    /// The secret with this name, as it is now.
    pub(super) async fn get(&self, name: &str) -> Result<Secret, SecretError> {
        let entry = self.entries.get(name).ok_or_else(|| SecretError::missing(name))?;
        let value = entry.bearer.token().await?;
        let reveal = entry.reveal;
        Ok(Secret { value, reveal })
    }
}

/// A credential that notes its values as they are used.
struct Noted {
    bearer: Arc<dyn Bearer>,
    known: Arc<Known>,
}

impl Noted {
    fn note(&self, token: &SecretString) {
        self.known.note(token);
        // A server that understands HTTP Basic may echo the password itself.
        if self.scheme() == "Basic"
            && let Ok(pair) = STANDARD.decode(token.expose_secret())
            && let Ok(pair) = String::from_utf8(pair)
        {
            if let Some((_, password)) = pair.split_once(':') {
                self.known.note(&password.into());
            }
            self.known.note(&pair.into());
        }
    }
}

impl Bearer for Noted {
    fn scheme(&self) -> &'static str {
        self.bearer.scheme()
    }

    fn token(&self) -> BoxFuture<'_, Result<SecretString, SecretError>> {
        Box::pin(async {
            let token = self.bearer.token().await?;
            self.note(&token);
            Ok(token)
        })
    }

    fn renew<'a>(&'a self, rejected: &'a SecretString) -> BoxFuture<'a, Result<SecretString, SecretError>> {
        Box::pin(async {
            let token = self.bearer.renew(rejected).await?;
            self.note(&token);
            Ok(token)
        })
    }

    fn forget(&self) {
        self.bearer.forget();
    }

    fn audience(&self) -> &[Origin] {
        self.bearer.audience()
    }
}

#[cfg(test)]
mod tests {
    use collector_egress::token::FixedBearer;

    use super::*;

    #[tokio::test]
    async fn a_password_is_cut_out_with_its_user_name_and_alone() {
        let known = Arc::new(Known::default());
        let bearer = FixedBearer::password("rooms", &"correct horse".into(), Vec::new());
        let noted = Noted {
            bearer: Arc::new(bearer),
            known: Arc::clone(&known),
        };
        let token = noted.token().await.unwrap();
        assert_eq!(noted.scheme(), "Basic");
        let echoed = format!("{} rooms:correct horse, correct horse", token.expose_secret());
        assert_eq!(known.cut(echoed), "[secret] rooms:[secret], [secret]");
    }
}
