//! A certificate with its private key, and the assertion that it signs (Microsoft identity platform, "Application authentication
//! certificate credentials"; RFC 7523).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::secret::SecretError;

/// How long an assertion is valid.
const LIFE: i64 = 10 * 60;
/// How far this machine's clock may be ahead of Entra's.
const SKEW: i64 = 60;

/// A certificate with its private key.
pub struct Certificate {
    key: EncodingKey,
    /// `x5t#S256`: the SHA-256 of the certificate, base64url.
    thumbprint: String,
}

/// Why a file is not a certificate with its key. What it holds is in none of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// There is no certificate in it.
    #[error("there is no certificate (BEGIN CERTIFICATE) in it")]
    NoCertificate,
    /// There is no private key in it.
    #[error("there is no private key (BEGIN PRIVATE KEY or BEGIN RSA PRIVATE KEY) in it")]
    NoKey,
    /// The private key needs a passphrase.
    #[error("its private key is encrypted; store it without a passphrase, readable by the collector only")]
    EncryptedKey,
    /// The private key is of another kind.
    #[error("its private key is not an RSA key, which is what Entra takes")]
    NotRsa,
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    iss: &'a str,
    sub: &'a str,
    jti: String,
    nbf: i64,
    iat: i64,
    exp: i64,
}

impl Certificate {
    /// Reads a PEM text that holds a certificate and its RSA private key (PKCS#8 or PKCS#1), in any order. Of a chain the first
    /// certificate counts.
    ///
    /// # Errors
    /// See [`CertificateError`].
    pub fn from_pem(pem: &SecretString) -> Result<Self, CertificateError> {
        let text = pem.expose_secret();
        let certificate =
            CertificateDer::from_pem_slice(text.as_bytes()).map_err(|_| CertificateError::NoCertificate)?;
        if text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED") {
            return Err(CertificateError::EncryptedKey);
        }
        let key = ["PRIVATE KEY", "RSA PRIVATE KEY"]
            .iter()
            .find_map(|label| block(text, label))
            .ok_or(CertificateError::NoKey)?;
        let key = EncodingKey::from_rsa_pem(key.as_bytes()).map_err(|_| CertificateError::NotRsa)?;
        Ok(Self { key, thumbprint: URL_SAFE_NO_PAD.encode(Sha256::digest(&certificate)) })
    }

    /// A signed assertion for a token endpoint.
    ///
    /// # Errors
    /// The key cannot sign: it is too short, most likely.
    pub(super) fn assertion(&self, client_id: &str, endpoint: &str) -> Result<String, SecretError> {
        let now = chrono::Utc::now().timestamp();
        let claims = Claims {
            aud: endpoint,
            iss: client_id,
            sub: client_id,
            jti: uuid::Uuid::new_v4().to_string(),
            nbf: now - SKEW,
            iat: now - SKEW,
            exp: now + LIFE,
        };
        let header = Header { x5t_s256: Some(self.thumbprint.clone()), ..Header::new(Algorithm::PS256) };
        jsonwebtoken::encode(&header, &claims, &self.key)
            .map_err(|error| SecretError::Unavailable(format!("the certificate's key cannot sign: {error}")))
    }
}

/// The PEM block of a label, with its lines.
fn block<'a>(text: &'a str, label: &str) -> Option<&'a str> {
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let start = text.find(&begin)?;
    let length = text.get(start..)?.find(&end)? + end.len();
    text.get(start..start + length)
}
