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

use super::pkcs12;
use crate::credential::SecretBytes;

/// How long an assertion is good for, in seconds: as Microsoft's own library has it.
const LIFE: i64 = 600;
/// How much the login server's clock may be behind, in seconds.
const SKEW: i64 = 60;
/// How each part of a PEM text begins.
const PEM: &[u8] = b"-----BEGIN ";

/// A certificate and its private RSA key.
pub struct Certificate {
    /// `x5t#S256`: SHA-256 of the certificate's DER, base64url.
    thumbprint: String,
    /// When it ends, UTC seconds; none when it does not say so as X.509 asks.
    not_after: Option<i64>,
    key: EncodingKey,
}

/// Why something is no certificate with its key. What was read is in none of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Neither PEM nor PKCS#12.
    #[error("it is neither PEM (-----BEGIN CERTIFICATE-----) nor PKCS#12 (.pfx), as it is or as base64")]
    Unknown,
    /// No certificate in it.
    #[error("there is no certificate in it")]
    NoCertificate,
    /// No key in it.
    #[error("there is no private key in it that can be read")]
    NoKey,
    /// A key of another kind.
    #[error(
        "the private key is not RSA with 2048 bits or more; Microsoft Entra signs in with RSA certificates only"
    )]
    NotRsa,
    /// The key is another's.
    #[error("the private key belongs to none of the certificates in it")]
    Mismatch,
    /// The password does not open it.
    #[error("{}", if *.given { "the password does not open the PKCS#12 file" } else { "the PKCS#12 file needs a password" })]
    WrongPassword {
        /// Whether there was one.
        given: bool,
    },
    /// Encrypted or encoded otherwise than is read here.
    #[error("the PKCS#12 file is written in a way that is not read here")]
    Unsupported,
}

impl CertificateError {
    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Unknown | Self::NoCertificate => {
                "give one PEM file that holds the certificate and its private key, or a PKCS#12 file with both"
            }
            Self::NoKey => {
                "give one PEM file that holds the certificate and its private key, unencrypted (-----BEGIN PRIVATE KEY-----), or export the \
                 PKCS#12 file with the private key"
            }
            Self::NotRsa => "make a new certificate with an RSA key, and register it with the application",
            Self::Mismatch => "export both from the same place",
            Self::WrongPassword { .. } => {
                "say where its password is: certificate-password = { env = \"VARIABLE\" }, { file = \"PATH\" }, …"
            }
            Self::Unsupported => {
                "export it anew with AES-256 or 3DES, such as with `openssl pkcs12 -export`, or give the certificate and its key as PEM"
            }
        }
    }
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
    /// Reads a certificate and its private key (RSA) from PEM (PKCS#8 or PKCS#1, in any order) or PKCS#12, whichever it is. Of a chain,
    /// the certificate that the key belongs to counts. One of `passwords` opens a PKCS#12 file.
    ///
    /// # Errors
    /// See [`CertificateError`].
    pub fn read(bytes: &SecretBytes, passwords: &[SecretString]) -> Result<Self, CertificateError> {
        let bytes = bytes.expose_secret();
        if bytes.windows(PEM.len()).any(|part| part == PEM) {
            return Self::from_pem(bytes);
        }
        let file = pkcs12::file(bytes).ok_or(CertificateError::Unknown)?;
        let (certificates, keys) = pkcs12::open(&file, passwords)?;
        Self::of(&certificates, &keys)
    }

    fn from_pem(text: &[u8]) -> Result<Self, CertificateError> {
        let certificates: Vec<CertificateDer<'_>> = CertificateDer::pem_slice_iter(text)
            .collect::<Result<_, _>>()
            .map_err(|_| CertificateError::NoCertificate)?;
        let keys: Vec<PrivateKeyDer<'_>> = PrivateKeyDer::from_pem_slice(text).into_iter().collect();
        Self::of(&certificates, &keys)
    }

    /// The first certificate that one of the keys belongs to.
    fn of(certificates: &[CertificateDer<'_>], keys: &[PrivateKeyDer<'_>]) -> Result<Self, CertificateError> {
        if certificates.is_empty() {
            return Err(CertificateError::NoCertificate);
        }
        let mut why = CertificateError::NoKey;
        for key in keys {
            match Self::with_key(certificates, key) {
                Ok(certificate) => return Ok(certificate),
                Err(error) => why = error,
            }
        }
        Err(why)
    }

    fn with_key(
        certificates: &[CertificateDer<'_>],
        key: &PrivateKeyDer<'_>,
    ) -> Result<Self, CertificateError> {
        let (pair, label) = match key {
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
        let parsed = x509_parser::parse_x509_certificate(certificate).ok();
        Ok(Self {
            thumbprint: URL_SAFE_NO_PAD.encode(Sha256::digest(certificate)),
            not_after: parsed.map(|(_, certificate)| certificate.validity().not_after.timestamp()),
            key: EncodingKey::from_rsa_pem(one.as_bytes()).map_err(|_| CertificateError::NotRsa)?,
        })
    }

    /// When it ends, UTC seconds; none when it does not say so as X.509 asks.
    pub fn not_after(&self) -> Option<i64> {
        self.not_after
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
