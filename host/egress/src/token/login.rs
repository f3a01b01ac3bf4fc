//! Tokens by the client credentials grant or by a refresh token. If one of several credentials is refused, the next is tried, so one can be
//! replaced while the other still works.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use collector_model::http::{Method, Request};
use collector_model::secret::{AuthorizationFailure, SecretError};
use secrecy::{ExposeSecret, SecretString};
use tracing::Instrument as _;
use url::{Url, form_urlencoded};

use super::answer::{self, Issued};
use super::proof::Sent;
use super::{Credential, Proof, RefreshToken};
use crate::http::Client;

/// More bytes than the names and fixed values in the form of a token request take.
const FORM_NAMES: usize = 256;
/// How long a token request may take, with all its attempts.
const PATIENCE: Duration = Duration::from_secs(60);

/// Entra's codes for a bad credential: a wrong or expired secret, a signature, an assertion's time or subject, a federated token that does
/// not match ("Microsoft Entra authentication and authorization error codes").
const OF_CREDENTIALS: &[u32] = &[
    7_000_215, 7_000_222, 700_027, 700_024, 700_023, 700_021, 700_030, 50_012, 50_013, 50_027, 500_133,
    5_002_738, 70_021, 700_211, 700_212, 700_213, 700_222, 700_226, 700_229, 7_002_120, 7_002_121, 7_002_122,
    7_002_123, 7_002_124, 7_002_125, 7_002_126, 7_002_127, 7_002_128, 7_002_129,
];
/// Codes that Entra also calls `invalid_client`, but that another credential does not cure: the application, its tenant, or a subscription.
const OF_THE_APPLICATION: &[u32] = &[
    700_016, 700_011, 700_025, 7_000_112, 1_000_031, 650_052, 650_056, 90_002,
];

/// What an application asks for its tokens with, besides the proof of who it is.
pub enum Grant {
    /// Nothing (RFC 6749, section 4.4): it asks for this scope in its own name.
    Client {
        /// The scope.
        scope: String,
    },
    /// A refresh token (section 6), which has the scope that was consented to.
    Refresh(Arc<RefreshToken>),
}

/// One application at one token endpoint.
pub struct Login {
    source: String,
    endpoint: Url,
    grant: Grant,
    client_id: String,
    credentials: Vec<Credential>,
    /// The credential that worked last.
    first: AtomicUsize,
    client: Client,
}

impl Login {
    /// Asks `endpoint` (its origin must be granted to `client`) for tokens by `grant` as `client_id`, with the first credential that is not
    /// refused. The log names `source`.
    pub fn new(
        source: &str,
        endpoint: Url,
        grant: Grant,
        client_id: String,
        credentials: Vec<Credential>,
        client: Client,
    ) -> Self {
        Self {
            source: source.to_owned(),
            endpoint,
            grant,
            client_id,
            credentials,
            first: AtomicUsize::new(0),
            client,
        }
    }

    pub(super) fn source(&self) -> &str {
        &self.source
    }

    pub(super) fn host(&self) -> Option<&str> {
        self.endpoint.host_str()
    }

    pub(super) async fn issue(self: &Arc<Self>) -> Result<Issued, SecretError> {
        if let Grant::Client { .. } = self.grant {
            return self.issue_with_any().await;
        }
        // The answer may replace the refresh token: it is read and kept even if nobody waits for it any more.
        let login = Arc::clone(self);
        let asked = async move { login.issue_with_any().await };
        match tokio::spawn(asked.in_current_span()).await {
            Ok(answer) => answer,
            Err(broken) => match broken.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                // The runtime is ending, and with it every waiting task.
                Err(_) => std::future::pending().await,
            },
        }
    }

    async fn issue_with_any(&self) -> Result<Issued, SecretError> {
        let first = self.first.load(Ordering::Relaxed);
        let mut refused: Vec<(usize, &Credential, SecretError)> = Vec::new();
        let numbered = self.credentials.iter().enumerate();
        for (number, credential) in numbered.clone().skip(first).chain(numbered.take(first)) {
            match self.issue_with(&credential.proof).await {
                Ok(issued) => {
                    for (_, other, why) in &refused {
                        self.warn_of(other, why, Some(credential));
                    }
                    self.first.store(number, Ordering::Relaxed);
                    return Ok(issued);
                }
                Err(why) if is_of_the_credential(&why) => refused.push((number, credential, why)),
                Err(why) => return Err(why),
            }
        }
        if refused.len() > 1 {
            for (_, credential, why) in &refused {
                self.warn_of(credential, why, None);
            }
        }
        // In the order of the configuration, whichever was tried first.
        refused.sort_by_key(|(number, ..)| *number);
        let why = refused.into_iter().next().map(|(.., why)| why);
        Err(why.unwrap_or_else(|| {
            SecretError::NotFound("no credential is configured for this source".to_owned())
        }))
    }

    /// Warns which credential was refused, and what to do about it.
    fn warn_of(&self, credential: &Credential, why: &SecretError, works: Option<&Credential>) {
        let (source, name) = (&self.source, &credential.name);
        let why = match why {
            SecretError::Authorization(failure) => {
                let codes: Vec<String> = failure
                    .codes
                    .iter()
                    .map(|code| format!(", AADSTS{code}"))
                    .collect();
                let status = failure.status;
                match failure.error.as_str() {
                    "" => format!("status {status}"),
                    error => format!("{error}{}", codes.concat()),
                }
            }
            other => other.to_string(),
        };
        match works {
            Some(other) => tracing::warn!(
                %source,
                "{name} was refused ({why}); {} works and is used from now on. Replace the refused one (a running service reads \
                 it again on SIGHUP), or remove it from the configuration",
                other.name
            ),
            None => tracing::warn!(%source, "{name} was refused ({why}), and so was every other credential"),
        }
    }

    async fn issue_with(&self, proof: &Proof) -> Result<Issued, SecretError> {
        let refresh_token = match &self.grant {
            Grant::Client { scope } => {
                return self
                    .ask("client_credentials", ("scope", scope), None, proof)
                    .await;
            }
            Grant::Refresh(refresh_token) => refresh_token,
        };
        let turn = refresh_token.turn().await?;
        let mut refused = Vec::new();
        for token in turn.tokens() {
            let parameter = ("refresh_token", token.expose_secret());
            match self.ask("refresh_token", parameter, Some(token), proof).await {
                Ok(issued) => {
                    turn.worked(token, &issued, refused.first()).await;
                    return Ok(issued);
                }
                Err(SecretError::Authorization(failure)) if is_of_the_refresh_token(&failure) => {
                    refused.push(failure);
                }
                Err(other) => return Err(other),
            }
        }
        Err(refresh_token.refused(refused.into_iter().next()))
    }

    /// Asks once. `token` is a secret among the parameters, besides the proof.
    async fn ask(
        &self,
        grant_type: &str,
        parameter: (&str, &str),
        token: Option<&SecretString>,
        proof: &Proof,
    ) -> Result<Issued, SecretError> {
        let sent = proof.send(self.endpoint.as_str(), &self.client_id).await?;
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
            body: Some(self.form(grant_type, parameter, &sent).into_bytes()),
            // Asking twice for a token changes nothing; if an answer with another refresh token is lost, there is only the old one to send.
            repeatable: true,
        };
        let endpoint = self.endpoint.as_str();
        let no_answer = |error| format!("cannot get a token from {endpoint}: {error}");
        let secrets: Vec<&SecretString> = [sent.value()].into_iter().chain(token).collect();
        answer::ask(&self.client, request, PATIENCE, endpoint, &secrets, no_answer).await
    }

    fn form(&self, grant_type: &str, (name, value): (&str, &str), sent: &Sent) -> String {
        // Large enough not to move while it is written, which would leave a copy: encoding turns a byte into at most three.
        let known = [self.client_id.as_str(), value, sent.value().expose_secret()];
        let length: usize = known.iter().map(|text| text.len()).sum();
        let mut form = form_urlencoded::Serializer::new(String::with_capacity(FORM_NAMES + 3 * length));
        form.append_pair("grant_type", grant_type)
            .append_pair("client_id", &self.client_id)
            .append_pair(name, value);
        sent.write(&mut form);
        form.finish()
    }
}

/// Whether the login server does not accept the refresh token. Webex's form of a refusal has no code.
fn is_of_the_refresh_token(failure: &AuthorizationFailure) -> bool {
    failure.error == "invalid_grant" || failure.error.is_empty()
}

/// Whether to try another credential after this error.
fn is_of_the_credential(error: &SecretError) -> bool {
    match error {
        SecretError::Authorization(AuthorizationFailure {
            status, error, codes, ..
        }) => {
            let any = |of: &[u32]| codes.iter().any(|code| of.contains(code));
            let is_client = error == "invalid_client" || (error.is_empty() && *status == 401);
            any(OF_CREDENTIALS) || (is_client && !any(OF_THE_APPLICATION))
        }
        // The credential is missing from its place.
        SecretError::NotFound(_) => true,
        SecretError::Denied(_) | SecretError::Unavailable(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(error: &str, codes: &[u32]) -> bool {
        is_of_the_credential(&SecretError::Authorization(AuthorizationFailure {
            status: 401,
            error: error.into(),
            description: String::new(),
            codes: codes.to_vec(),
        }))
    }

    #[test]
    fn only_what_is_wrong_with_a_credential_is_mended_by_another() {
        for code in [7_000_215, 7_000_222, 700_027, 50_012, 700_024, 500_133, 700_213] {
            assert!(refused("invalid_client", &[code]), "{code}");
        }
        assert!(refused("invalid_request", &[70_021]));
        // Other login servers give no codes.
        assert!(refused("invalid_client", &[]));
        for (error, code) in [
            ("invalid_request", 90_002),
            ("invalid_request", 900_432),
            ("unauthorized_client", 700_016),
            ("unauthorized_client", 7_000_112),
            ("invalid_client", 650_052),
            ("invalid_resource", 500_011),
            ("temporarily_unavailable", 90_055),
        ] {
            assert!(!refused(error, &[code]), "{code}");
        }
        assert!(!is_of_the_credential(&SecretError::Unavailable("down".into())));
    }
}
