//! What proves the application's identity to the login server, and its form in a token request.

use collector_model::secret::SecretError;
use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded::Serializer;

use super::Certificate;
use crate::credential::SecretRef;

/// The only kind of assertion used here (RFC 7523, section 2.2).
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What proves the application's identity to the login server.
pub enum Proof {
    /// A client secret.
    Secret(SecretString),
    /// A certificate that is registered with the application, and its key.
    Certificate(Box<Certificate>),
    /// The place of another issuer's token for the application. That issuer keeps renewing it, so it is read for each request.
    Federated(SecretRef),
}

/// A proof, with its name in the configuration.
pub struct Credential {
    /// `client-secret = { env = "NEW" }`.
    pub name: String,
    /// The proof itself.
    pub proof: Proof,
}

/// A proof as sent in one request.
pub(super) enum Sent {
    Secret(SecretString),
    Assertion(SecretString),
}

impl Proof {
    /// Prepares the proof for `endpoint` and `client_id`.
    pub(super) async fn send(&self, endpoint: &str, client_id: &str) -> Result<Sent, SecretError> {
        match self {
            Self::Secret(secret) => Ok(Sent::Secret(secret.clone())),
            Self::Certificate(certificate) => {
                let now = chrono::Utc::now().timestamp();
                let assertion = certificate.assertion(endpoint, client_id, now).ok_or_else(|| {
                    SecretError::Unavailable(
                        "the certificate's key cannot sign; create a new certificate with an RSA key of 2048 bits or more".to_owned(),
                    )
                })?;
                Ok(Sent::Assertion(assertion))
            }
            Self::Federated(place) => {
                let place = place.clone();
                let read = tokio::task::spawn_blocking(move || place.read("federated-token")).await;
                match read {
                    Ok(Ok(token)) => Ok(Sent::Assertion(token)),
                    Ok(Err(error)) => Err(SecretError::NotFound(format!(
                        "federated-token: {error}; {}",
                        error.remedy()
                    ))),
                    Err(error) => Err(SecretError::NotFound(format!("federated-token: {error}"))),
                }
            }
        }
    }
}

impl Sent {
    pub(super) fn value(&self) -> &SecretString {
        match self {
            Self::Secret(value) | Self::Assertion(value) => value,
        }
    }

    pub(super) fn write(&self, form: &mut Serializer<'_, String>) {
        match self {
            Self::Secret(secret) => {
                form.append_pair("client_secret", secret.expose_secret());
            }
            Self::Assertion(assertion) => {
                form.append_pair("client_assertion_type", ASSERTION)
                    .append_pair("client_assertion", assertion.expose_secret());
            }
        }
    }
}
