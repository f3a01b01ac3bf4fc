//! stub
#![allow(missing_docs)]
use secrecy::SecretString; use futures::future::BoxFuture; use crate::secret::SecretError;
pub use reqwest::Method;
pub trait Bearer: Send+Sync { fn token(&self)->BoxFuture<'_, Result<SecretString, SecretError>>; }
#[derive(Debug, Clone, Default, PartialEq)] pub struct Traffic { pub requests: u64, pub retries: u64, pub bytes: u64, pub throttled: std::time::Duration }
#[derive(Clone)] pub struct Client;
#[derive(Clone, Default)] pub struct Limits { pub in_flight: usize }
pub struct Request { pub method: Method, pub url: String, pub headers: Vec<(String,String)>, pub body: Option<Vec<u8>>, pub repeatable: bool }
pub struct Response { pub status: u16, pub headers: Vec<(String,String)>, pub body: Vec<u8> }
pub enum FetchError { RequestInvalid(String), RequestDenied(String), DestinationProhibited(String), Dns(String), ConnectionRefused(String), ConnectionTimeout(String), ConnectionTerminated(String), Tls(String), ResponseTimeout(String), ResponseHeaderSize(String), ResponseBodySize(String), Protocol(String), BudgetExhausted(String), Bearer(SecretError) }
impl Client { pub fn new(_: crate::grant::Grants, _: Limits) -> Result<Self, String> { Ok(Self) } pub fn traffic(&self) -> Traffic { Traffic::default() } pub async fn fetch(&self, _: Request, _: Option<&dyn Bearer>, _: tokio::time::Instant) -> Result<Response, FetchError> { Err(FetchError::Tls(String::new())) } }
