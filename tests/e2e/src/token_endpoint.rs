//! A token endpoint on loopback that issues the tokens of a simulated tenant for a refresh token, and replaces that with each use.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use graph_sim::Simulator;
use serde_json::json;

/// How long a request may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// A token endpoint on a free port. It ends with the test's process.
#[derive(Debug)]
pub struct TokenEndpoint {
    url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    /// The only refresh token that is accepted; none: all are refused.
    good: Option<String>,
    /// The life of refresh tokens, in seconds.
    life: u64,
    /// Refused in the form of Webex.
    like_webex: bool,
    /// The access token that the tenant accepts.
    access_token: String,
    sent: Vec<String>,
}

impl TokenEndpoint {
    /// Starts an endpoint for a simulated tenant that accepts `first`, then the token that it sent in its place, and so on: `first-1`, …
    ///
    /// # Errors
    /// No port is free, or the simulator issues no token.
    pub fn start(simulator: &Simulator, first: &str) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let state = Arc::new(Mutex::new(State {
            good: Some(first.to_owned()),
            life: 90 * 24 * 60 * 60,
            like_webex: false,
            access_token: crate::token(simulator)?,
            sent: Vec::new(),
        }));
        let (kept, first) = (Arc::clone(&state), first.to_owned());
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                // Half a request does not count.
                let _ = answer(stream, &kept, &first);
            }
        });
        Ok(Self { url, state })
    }

    /// Its origin.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The refresh tokens that it was sent, in order.
    pub fn sent(&self) -> Vec<String> {
        locked(&self.state).sent.clone()
    }

    /// Has the simulated tenant refuse all access tokens so far, and issues another one from now on. Whoever asks meanwhile waits for it.
    ///
    /// # Errors
    /// The simulator issues no token.
    pub fn expire_tokens(&self, simulator: &Simulator) -> anyhow::Result<()> {
        let mut state = locked(&self.state);
        simulator.expire_tokens();
        state.access_token = crate::token(simulator)?;
        Ok(())
    }

    /// Gives the refresh tokens that it sends so many days.
    pub fn set_days(&self, days: u64) {
        locked(&self.state).life = days * 24 * 60 * 60;
    }

    /// Accepts only this refresh token from now on; with `None`, none.
    pub fn accept(&self, token: Option<&str>) {
        locked(&self.state).good = token.map(str::to_owned);
    }

    /// Refuses in the form of Webex from now on, which has no `error`.
    pub fn refuse_like_webex(&self) {
        locked(&self.state).like_webex = true;
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers one request.
fn answer(mut stream: TcpStream, state: &Mutex<State>, first: &str) -> anyhow::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.extend_from_slice(&byte);
    }
    let head = String::from_utf8(head)?.to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())
        .context("a request without a length")?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    let (status, answer) = issue(&mut locked(state), &body, first);
    let answer = answer.to_string();
    write!(
        stream,
        "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}",
        answer.len()
    )?;
    Ok(())
}

fn issue(state: &mut State, body: &[u8], first: &str) -> (u16, serde_json::Value) {
    let field = |name: &str| {
        let mut form = url::form_urlencoded::parse(body);
        form.find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    if field("grant_type").as_deref() != Some("refresh_token") || field("scope").is_some() {
        return (400, json!({"error": "unsupported_grant_type"}));
    }
    let is_app = field("client_id").as_deref() == Some(graph_sim::CLIENT_ID);
    if !is_app || field("client_secret").as_deref() != Some(crate::SECRET) {
        return (401, json!({"error": "invalid_client"}));
    }
    let token = field("refresh_token").unwrap_or_default();
    state.sent.push(token.clone());
    if state.good.as_deref() != Some(&token) {
        // A server may repeat what it was sent.
        let words = format!("The refresh token {token} has expired.");
        return if state.like_webex {
            (
                400,
                json!({"message": words, "errors": [{"description": words}], "trackingId": "ROUTER_1"}),
            )
        } else {
            (400, json!({"error": "invalid_grant", "error_description": words}))
        };
    }
    let next = format!("{first}-{}", state.sent.len());
    state.good = Some(next.clone());
    (
        200,
        json!({"access_token": state.access_token, "token_type": "Bearer", "expires_in": 3600,
            "refresh_token": next, "refresh_token_expires_in": state.life}),
    )
}
