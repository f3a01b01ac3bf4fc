//! stub
#![allow(missing_docs)]
use crate::{http::{Bearer, Client}, grant::Origin, secret::SecretError}; use secrecy::SecretString; use futures::future::BoxFuture; use url::Url;
pub fn claims(_: &SecretString) -> Option<String> { None }
pub struct Certificate;
#[derive(Debug, thiserror::Error)] #[error("c")] pub struct CertificateError;
impl Certificate { pub fn from_pem(_: &SecretString) -> Result<Self, CertificateError> { Err(CertificateError) } }
pub enum Proof { Secret(SecretString), Certificate(Certificate) }
pub struct TokenSource; impl TokenSource { pub fn new(_: Url, _: String, _: Vec<Origin>, _: String, _: Proof, _: Client) -> Self { Self } }
impl Bearer for TokenSource { fn token(&self)->BoxFuture<'_, Result<SecretString, SecretError>> { Box::pin(async { Err(SecretError::NotFound(String::new())) }) } }
pub struct FixedBearer(SecretString); impl FixedBearer { pub fn new(v: SecretString, _: Vec<Origin>) -> Self { Self(v) } }
impl Bearer for FixedBearer { fn token(&self)->BoxFuture<'_, Result<SecretString, SecretError>> { Box::pin(async { Ok(self.0.clone()) }) } }
