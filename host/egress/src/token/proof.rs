//! What proves to the login server who asks, and how it goes into the form of a token request.

use collector_model::secret::SecretError;
use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded::Serializer;

use super::Certificate;
use crate::credential::SecretRef;

/// The only kind of assertion that there is here (RFC 7523, section 2.2).
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What proves to the login server who asks.
pub enum Proof {
    /// A client secret.
    Secret(SecretString),
    /// A certificate that was registered with the application, and its key.
    Certificate(Box<Certificate>),
    /// Where another issuer's token for the application is. It is renewed there all the time, so it is read for each request.
    Federated(SecretRef),
}

/// A proof, and how the configuration calls it.
pub struct Credential {
    /// `client-secret = { env = "NEW" }`.
    pub name: String,
    /// What it proves with.
    pub proof: Proof,
}

/// A proof as it is sent in one request.
pub(super) enum Sent {
    Secret(SecretString),
    Assertion(SecretString),
}

impl Proof {
    /// What is sent to `endpoint` for `client_id`.
    pub(super) async fn send(&self, endpoint: &str, client_id: &str) -> Result<Sent, SecretError> {
        match self {
            Self::Secret(secret) => Ok(Sent::Secret(secret.clone())),
            Self::Certificate(certificate) => {
                let now = chrono::Utc::now().timestamp();
                let assertion = certificate.assertion(endpoint, client_id, now).ok_or_else(|| {
                    SecretError::Unavailable(
                        "the certificate's key cannot sign; make a new certificate with an RSA key of 2048 bits or more".to_owned(),
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
