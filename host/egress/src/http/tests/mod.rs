//! Rules of the client, each against a scripted server.

mod company;
mod egress;
mod headers;
mod limits;
mod retries;
pub(crate) mod server;

use std::time::Duration;

use collector_model::http::{FetchError, Method, Request, Response};
use collector_model::secret::SecretError;
use futures::future::BoxFuture;
use secrecy::SecretString;
use tokio::time::Instant;

use self::server::Server;
use super::{Bearer, Client, Limits};
use crate::grant::{Grants, Origin};

/// The usual limits, with waits that a test can afford.
fn quick() -> Limits {
    Limits {
        longest_wait: Duration::from_millis(40),
        ..Limits::default()
    }
}

pub(crate) fn client(origins: &[&Origin], limits: Limits) -> Client {
    Client::new(Grants::new(origins.iter().copied().cloned()), limits).unwrap()
}

fn get(url: String) -> Request {
    Request {
        method: Method::GET,
        url,
        headers: Vec::new(),
        body: None,
        repeatable: false,
    }
}

fn post(url: String, repeatable: bool) -> Request {
    Request {
        method: Method::POST,
        url,
        headers: Vec::new(),
        body: Some(b"{}".to_vec()),
        repeatable,
    }
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(30)
}

/// Sends a request to the server alone, within limits.
async fn fetch(server: &Server, request: Request, limits: Limits) -> Result<Response, FetchError> {
    client(&[&server.origin()], limits)
        .fetch(request, None, soon())
        .await
}

/// A bearer with a list of tokens, to be used one after the other.
struct Tokens {
    all: [&'static str; 2],
    audience: Vec<Origin>,
}

impl Bearer for Tokens {
    fn token(&self) -> BoxFuture<'_, Result<SecretString, SecretError>> {
        Box::pin(async { Ok(self.all[0].into()) })
    }

    fn renew<'a>(&'a self, _: &'a SecretString) -> BoxFuture<'a, Result<SecretString, SecretError>> {
        Box::pin(async { Ok(self.all[1].into()) })
    }

    fn audience(&self) -> &[Origin] {
        &self.audience
    }
}
