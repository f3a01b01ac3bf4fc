//! A certificate as proof: a short-lived signed statement instead of a secret ("Microsoft identity platform application
//! authentication certificate credentials": PS256, `x5t#S256`).

use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// How long an assertion is good for, in seconds: as Microsoft's own library has it.
const LIFE: i64 = 600;
/// How much the login server's clock may be behind, in seconds.
const SKEW: i64 = 60;

/// A certificate and its private RSA key.
pub struct Certificate {
    /// `x5t#S256`: SHA-256 of the certificate's DER, base64url.
    thumbprint: String,
    key: EncodingKey,
}

/// Why a PEM text is no certificate with its key. The text is in none of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// No certificate in it.
    #[error(
        "the PEM holds no certificate; put the certificate and its private key into one file (-----BEGIN CERTIFICATE-----)"
    )]
    NoCertificate,
    /// No key in it.
    #[error(
        "the PEM holds no private key that can be read; add it unencrypted (-----BEGIN PRIVATE KEY-----), as `openssl pkey` writes it"
    )]
    NoKey,
    /// A key of another kind.
    #[error(
        "the private key is not RSA with 2048 bits or more; Microsoft Entra signs in with RSA certificates only"
    )]
    NotRsa,
    /// The key is another's.
    #[error(
        "the private key belongs to none of the certificates in the PEM; export both from the same place"
    )]
    Mismatch,
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
    /// Reads certificate and private key (PKCS#8 or PKCS#1, RSA) from one PEM text, in any order. Of a chain, the certificate
    /// that the key belongs to counts.
    ///
    /// # Errors
    /// See [`CertificateError`].
    pub fn from_pem(pem: &SecretString) -> Result<Self, CertificateError> {
        let text = pem.expose_secret().as_bytes();
        let certificates: Vec<CertificateDer<'_>> = CertificateDer::pem_slice_iter(text)
            .collect::<Result<_, _>>()
            .map_err(|_| CertificateError::NoCertificate)?;
        if certificates.is_empty() {
            return Err(CertificateError::NoCertificate);
        }
        let key = PrivateKeyDer::from_pem_slice(text).map_err(|_| CertificateError::NoKey)?;
        let (pair, label) = match &key {
            PrivateKeyDer::Pkcs8(key) => (KeyPair::from_pkcs8(key.secret_pkcs8_der()), "PRIVATE KEY"),
            PrivateKeyDer::Pkcs1(key) => (KeyPair::from_der(key.secret_pkcs1_der()), "RSA PRIVATE KEY"),
            _ => return Err(CertificateError::NotRsa),
        };
        let pair = pair.map_err(|_| CertificateError::NotRsa)?;
        // A certificate holds its public key byte for byte as PKCS#1 writes it (RFC 5280, section 4.1.2.7; RFC 3279).
        let public = pair.public_key().as_ref();
        let certificate = certificates
            .iter()
            .find(|certificate| certificate.windows(public.len()).any(|part| part == public))
            .ok_or(CertificateError::Mismatch)?;
        let base64 = Zeroizing::new(STANDARD.encode(key.secret_der()));
        let one = Zeroizing::new(format!(
            "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
            *base64
        ));
        Ok(Self {
            thumbprint: URL_SAFE_NO_PAD.encode(Sha256::digest(certificate)),
            key: EncodingKey::from_rsa_pem(one.as_bytes()).map_err(|_| CertificateError::NotRsa)?,
        })
    }

    /// A statement that the bearer is `client_id`, for the token endpoint, signed at `now` (UTC seconds). None when it cannot
    /// be signed.
    pub(super) fn assertion(&self, endpoint: &str, client_id: &str, now: i64) -> Option<SecretString> {
        let mut header = Header::new(Algorithm::PS256);
        header.x5t_s256 = Some(self.thumbprint.clone());
        let claims = Claims {
            aud: endpoint,
            iss: client_id,
            sub: client_id,
            jti: uuid::Uuid::new_v4().to_string(),
            nbf: now - SKEW,
            iat: now,
            exp: now + LIFE,
        };
        jsonwebtoken::encode(&header, &claims, &self.key)
            .ok()
            .map(Into::into)
    }
}
