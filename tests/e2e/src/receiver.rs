//! A receiver on loopback that keeps the bytes of all requests, for traces and webhooks.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;

/// How long a request may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// A receiver on a free port. It ends with the test's process.
#[derive(Debug)]
pub struct Receiver {
    url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    received: Vec<u8>,
    /// The bodies of the requests that were answered with 200.
    taken: Vec<Vec<u8>>,
    /// A text that a body must not contain.
    refused: Option<String>,
    /// So many requests are answered with 503.
    down_for: usize,
}

impl Receiver {
    /// Starts a receiver.
    ///
    /// # Errors
    /// No port is free.
    pub fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let state = Arc::new(Mutex::new(State::default()));
        let kept = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                // Half a request does not count.
                let _ = take(stream, &kept);
            }
        });
        Ok(Self { url, state })
    }

    /// Its origin.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Heads and bodies of all requests so far.
    pub fn received(&self) -> Vec<u8> {
        locked(&self.state).received.clone()
    }

    /// The changes of all accepted webhooks, in order.
    ///
    /// # Errors
    /// A body is not that of a webhook.
    pub fn changes(&self) -> anyhow::Result<Vec<Value>> {
        let mut changes = Vec::new();
        for mut body in self.taken()? {
            let of_body = body.get_mut("changes").and_then(Value::as_array_mut);
            changes.append(of_body.context("a body without changes")?);
        }
        Ok(changes)
    }

    /// The bodies of all accepted requests, in order.
    ///
    /// # Errors
    /// A body is not JSON.
    pub fn taken(&self) -> anyhow::Result<Vec<Value>> {
        let state = locked(&self.state);
        let bodies = state.taken.iter().map(|body| serde_json::from_slice(body));
        Ok(bodies.collect::<Result<_, _>>()?)
    }

    /// Answers so many requests with 503 from now on.
    pub fn fail(&self, times: usize) {
        locked(&self.state).down_for = times;
    }

    /// Answers bodies that contain this text with 422 from now on; with `None`, accepts all.
    pub fn refuse(&self, part: Option<&str>) {
        locked(&self.state).refused = part.map(str::to_owned);
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps one request and then answers it.
fn take(mut stream: TcpStream, kept: &Mutex<State>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        request.extend_from_slice(&byte);
    }
    let head = String::from_utf8_lossy(&request).to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    request.extend_from_slice(&body);
    let status = {
        let mut state = locked(kept);
        state.received.append(&mut request);
        let refused = state
            .refused
            .as_deref()
            .is_some_and(|part| String::from_utf8_lossy(&body).contains(part));
        if state.down_for > 0 {
            state.down_for -= 1;
            "503 Service Unavailable"
        } else if refused {
            "422 Unprocessable Content"
        } else {
            state.taken.push(body);
            "200 OK"
        }
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )
}
