//! HTTP by hand, one request per connection, to see a server's answers without a client in between.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

use anyhow::Context as _;
use graph_sim::{CLIENT_ID, CLIENT_SECRET, Simulator};

/// Sends a request to `authority` (`127.0.0.1:4100`), and returns the whole answer, head and body. `head` is the request line and
/// further headers, one per line.
///
/// # Errors
/// There is no answer, or it is not text.
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

/// An address of this machine without a listener: its port was free a moment ago.
///
/// # Errors
/// No port is free.
pub fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// Status and body of an answer.
///
/// # Errors
/// It is not an HTTP answer.
pub fn status_and_body(answer: &str) -> anyhow::Result<(u16, &str)> {
    let (head, body) = answer.split_once("\r\n\r\n").context("no body")?;
    let status = head.get(9..12).context("no status")?;
    Ok((status.parse()?, body))
}

/// A token from a simulator's login service, for the default application and tenant.
///
/// # Errors
/// The simulator refuses it.
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
