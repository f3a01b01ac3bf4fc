//! A certificate as proof: a short-lived signed statement in place of a secret ("Microsoft identity platform application authentication
//! certificate credentials": PS256, `x5t#S256`).

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

/// The lifetime of an assertion in seconds: as in Microsoft's own library.
const LIFE: i64 = 600;
/// How far the login server's clock may be behind, in seconds.
const SKEW: i64 = 60;
/// The beginning of each part of a PEM text.
const PEM: &[u8] = b"-----BEGIN ";

/// A certificate and its private RSA key.
pub struct Certificate {
    /// `x5t#S256`: SHA-256 of the certificate's DER, base64url.
    thumbprint: String,
    /// The end of its validity, UTC seconds; none if it does not give it as X.509 requires.
    not_after: Option<i64>,
    key: EncodingKey,
}

/// Why a file has no certificate with its key. No error contains what was read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Neither PEM nor PKCS#12.
    #[error("it is neither PEM (-----BEGIN CERTIFICATE-----) nor PKCS#12 (.pfx), binary or base64")]
    Unknown,
    /// It contains no certificate.
    #[error("it contains no certificate")]
    NoCertificate,
    /// It contains no key.
    #[error("it contains no readable private key")]
    NoKey,
    /// The key is of another kind.
    #[error(
        "the private key is not RSA with 2048 bits or more; Microsoft Entra signs in with RSA certificates only"
    )]
    NotRsa,
    /// The key belongs to another certificate.
    #[error("its private key belongs to none of its certificates")]
    Mismatch,
    /// The password does not open it.
    #[error("{}", if *.given { "the password does not open the PKCS#12 file" } else { "the PKCS#12 file needs a password" })]
    WrongPassword {
        /// Whether a password was given.
        given: bool,
    },
    /// The file is encrypted or encoded in an unsupported way.
    #[error("the PKCS#12 file is encrypted or encoded in an unsupported way")]
    Unsupported,
}

impl CertificateError {
    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Unknown | Self::NoCertificate => {
                "provide one PEM file that contains the certificate and its private key, or a PKCS#12 file with both"
            }
            Self::NoKey => {
                "provide one PEM file that contains the certificate and its private key, unencrypted (-----BEGIN PRIVATE KEY-----), or export the \
                 PKCS#12 file with the private key"
            }
            Self::NotRsa => "create a new certificate with an RSA key, and register it with the application",
            Self::Mismatch => "export both from the same place",
            Self::WrongPassword { .. } => {
                "add its password: certificate-password = { env = \"VARIABLE\" }, { file = \"PATH\" }, …"
            }
            Self::Unsupported => {
                "export it again with AES-256 or 3DES, for example with `openssl pkcs12 -export`, or provide the certificate and its key as PEM"
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
    /// Reads a certificate and its private key (RSA) from PEM (PKCS#8 or PKCS#1, in any order) or PKCS#12. In a chain, the certificate that
    /// the key belongs to counts. One of `passwords` opens a PKCS#12 file.
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

    /// The end of its validity, UTC seconds; none if it does not give it as X.509 requires.
    pub fn not_after(&self) -> Option<i64> {
        self.not_after
    }

    /// A statement for the token endpoint that the bearer is `client_id`, signed at `now` (UTC seconds). None if signing fails.
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
