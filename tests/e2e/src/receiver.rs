//! A receiver on loopback that takes whatever is sent to it and keeps its bytes: for traces, and for webhooks.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a request may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// A receiver on a free port. It ends with the test's process.
#[derive(Debug)]
pub struct Receiver {
    url: String,
    received: Arc<Mutex<Vec<u8>>>,
}

impl Receiver {
    /// Starts one.
    ///
    /// # Errors
    /// No port can be had.
    pub fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let received = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&received);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                // Who sends half a request or goes away has sent nothing.
                let _ = take(stream, &kept);
            }
        });
        Ok(Self { url, received })
    }

    /// Its origin.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Heads and bodies of all requests so far.
    pub fn received(&self) -> Vec<u8> {
        self.received
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Keeps one request, and answers 200 then.
fn take(mut stream: TcpStream, kept: &Mutex<Vec<u8>>) -> std::io::Result<()> {
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
    request.append(&mut body);
    kept.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .append(&mut request);
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
}
