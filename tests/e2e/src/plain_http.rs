//! HTTP by hand, one request a connection: for looking at what a server says without a client that has ideas of its own.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

use anyhow::Context as _;
use graph_sim::{CLIENT_ID, CLIENT_SECRET, Simulator};

/// Sends a request to `authority` (`127.0.0.1:4100`); the whole answer, head and body. `head` is the request line and further
/// headers, a line each.
///
/// # Errors
/// There is no answer, or it is no text.
pub fn exchange(authority: &str, head: &str, body: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(authority)?;
    let lines: Vec<&str> = head.lines().collect();
    write!(
        stream,
        "{}\r\nhost: {authority}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        lines.join("\r\n"),
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// An address of this machine at which nobody listens: its port was free a moment ago.
///
/// # Errors
/// No port is free.
pub fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// Status and body of an answer.
///
/// # Errors
/// It is none of HTTP.
pub fn status_and_body(answer: &str) -> anyhow::Result<(u16, &str)> {
    let (head, body) = answer.split_once("\r\n\r\n").context("no body")?;
    let status = head.get(9..12).context("no status")?;
    Ok((status.parse()?, body))
}

/// A token of a simulator's login service, for the application and the tenant that simulators have.
///
/// # Errors
/// It is refused.
pub fn token(simulator: &Simulator) -> anyhow::Result<String> {
    let form = format!(
        "grant_type=client_credentials&client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}&\
         scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"
    );
    let head =
        "POST /contoso.com/oauth2/v2.0/token HTTP/1.1\ncontent-type: application/x-www-form-urlencoded";
    let answer = exchange(simulator.url().trim_start_matches("http://"), head, &form)?;
    let (_, body) = status_and_body(&answer)?;
    let body: serde_json::Value = serde_json::from_str(body)?;
    let token = body.get("access_token").and_then(serde_json::Value::as_str);
    Ok(token.with_context(|| body.to_string())?.to_owned())
}
