//! A web server on loopback with a few fixed pages, for connectors that do not read Microsoft Graph.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use anyhow::Context as _;

/// The server's answer for one path.
#[derive(Clone, Debug)]
pub struct Page {
    path: String,
    status: u16,
    headers: Vec<String>,
    body: String,
}

impl Page {
    /// A page with status 200.
    pub fn new(path: &str, body: &str) -> Self {
        Self::refused(path, 200, &[], body)
    }

    /// A page with another status, and headers such as `Retry-After: 60`.
    pub fn refused(path: &str, status: u16, headers: &[&str], body: &str) -> Self {
        Self {
            path: path.to_owned(),
            status,
            headers: headers.iter().map(|&header| header.to_owned()).collect(),
            body: body.to_owned(),
        }
    }
}

/// The server. Dropping it ends the server.
pub struct Pages {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    pages: Vec<Page>,
    asked: Vec<String>,
    ended: bool,
}

impl Pages {
    /// Serves these pages on a free port, and 404 for any other path.
    ///
    /// # Errors
    /// No port is free.
    pub fn serve(pages: &[Page]) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Mutex::new(Shared {
            pages: pages.to_vec(),
            ..Shared::default()
        }));
        let inner = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if inner.lock().unwrap_or_else(PoisonError::into_inner).ended {
                    return;
                }
                let inner = Arc::clone(&inner);
                // Browsers connect ahead of their requests, and such an idle connection must not hold up others.
                std::thread::spawn(move || {
                    // A client may hang up early.
                    let _ = answer(stream, &inner);
                });
            }
        });
        Ok(Self {
            address,
            shared,
            thread: Some(thread),
        })
    }

    /// Its origin.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves other pages from now on.
    pub fn replace(&self, pages: &[Page]) {
        self.shared().pages = pages.to_vec();
    }

    /// The requests so far: path with query, then a blank and the Authorization header if there is one.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.shared().asked.clone()
    }

    fn shared(&self) -> std::sync::MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        self.shared().ended = true;
        // Wakes the server, so that it sees the end.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Answers one request without a body, and hangs up.
fn answer(mut stream: TcpStream, shared: &Mutex<Shared>) -> anyhow::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().context("no request")??;
    let mut asked = request.split(' ').nth(1).context("no path")?.to_owned();
    let path = asked.split('?').next().unwrap_or_default().to_owned();
    for line in lines {
        let line = line?;
        match line.split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("authorization") => {
                asked.push(' ');
                asked.push_str(value);
            }
            Some(_) => {}
            None => break,
        }
    }
    let page = {
        let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.asked.push(asked);
        let found = shared.pages.iter().find(|page| page.path == path);
        found
            .cloned()
            .unwrap_or_else(|| Page::refused(&path, 404, &[], ""))
    };
    let mut head = format!("HTTP/1.1 {} Answer\r\n", page.status);
    for header in &page.headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    head.push_str(&format!(
        "Content-Length: {}\r\nConnection: close\r\n\r\n",
        page.body.len()
    ));
    stream.write_all(head.as_bytes())?;
    stream.write_all(page.body.as_bytes())?;
    Ok(())
}
