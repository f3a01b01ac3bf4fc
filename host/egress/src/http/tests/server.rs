//! A server on loopback that answers by a script and remembers the requests. HTTP/1.1, written by hand so that it can misbehave.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Barrier;
use tokio::task::JoinHandle;

use crate::grant::Origin;

/// A request as it arrived.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) target: String,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// An action of the script.
#[derive(Clone)]
pub(crate) enum Reply {
    /// Sends this and reads the next request.
    Whole(Vec<u8>),
    /// Sends this and closes the connection.
    Cut(Vec<u8>),
    /// Sends this and then a byte every few milliseconds, without end.
    Trickle(Vec<u8>),
    /// Waits for the number of requests that the barrier has, then sends this.
    Together(Arc<Barrier>, Vec<u8>),
}

/// An answer with a status, headers (each ending in `\r\n`) and a body.
pub(crate) fn answer(status: u16, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut raw = format!(
        "HTTP/1.1 {status} x\r\n{headers}content-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    raw.extend_from_slice(body);
    raw
}

/// See [`answer`].
pub(crate) fn reply(status: u16, headers: &str, body: &str) -> Reply {
    Reply::Whole(answer(status, headers, body.as_bytes()))
}

pub(crate) struct Server {
    origin: Origin,
    log: Arc<Log>,
    accepting: JoinHandle<()>,
}

#[derive(Default)]
struct Log {
    seen: Mutex<Vec<Seen>>,
    connections: Mutex<usize>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

type Script = dyn Fn(usize, &Seen) -> Reply + Send + Sync;

impl Server {
    /// Answers the n-th request (from 0) as the script says.
    pub(crate) async fn start(script: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap())
            .parse()
            .unwrap();
        let log = Arc::new(Log::default());
        let script: Arc<Script> = Arc::new(script);
        let shared = log.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *shared.connections.lock().unwrap() += 1;
                tokio::spawn(serve(stream, shared.clone(), script.clone()));
            }
        });
        Self {
            origin,
            log,
            accepting,
        }
    }

    /// Always answers the same.
    pub(crate) async fn always(reply: Reply) -> Self {
        Self::start(move |_, _| reply.clone()).await
    }

    pub(crate) fn origin(&self) -> Origin {
        self.origin.clone()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.log.seen.lock().unwrap().clone()
    }

    /// `METHOD target` of each request, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.seen()
            .iter()
            .map(|seen| format!("{} {}", seen.method, seen.target))
            .collect()
    }

    pub(crate) fn connections(&self) -> usize {
        *self.log.connections.lock().unwrap()
    }
}

async fn serve(mut stream: TcpStream, log: Arc<Log>, script: Arc<Script>) {
    let mut buffer = Vec::new();
    while let Some(seen) = read(&mut stream, &mut buffer).await {
        let number = {
            let mut all = log.seen.lock().unwrap();
            all.push(seen.clone());
            all.len() - 1
        };
        let (bytes, trickle) = match script(number, &seen) {
            Reply::Whole(bytes) => (bytes, false),
            Reply::Together(barrier, bytes) => {
                barrier.wait().await;
                (bytes, false)
            }
            Reply::Trickle(bytes) => (bytes, true),
            Reply::Cut(bytes) => {
                let _ = stream.write_all(&bytes).await;
                return;
            }
        };
        if stream.write_all(&bytes).await.is_err() {
            return;
        }
        while trickle && stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Seen> {
    let end = loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(buffer.drain(..end + 4).collect()).unwrap();
    let mut lines = head.trim_end().split("\r\n");
    let mut first = lines.next()?.split(' ').map(str::to_owned);
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let mut seen = Seen {
        method: first.next()?,
        target: first.next()?,
        headers,
        body: String::new(),
    };
    let length: usize = seen
        .header("content-length")
        .map_or(0, |text| text.parse().unwrap());
    while buffer.len() < length {
        stream.read_buf(buffer).await.ok()?;
    }
    seen.body = String::from_utf8(buffer.drain(..length).collect()).unwrap();
    Some(seen)
}
