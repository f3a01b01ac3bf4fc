//! Measures how many events a second the simulator serves, in pages of 500 and batches of 20 such pages, to a client
//! that only counts bytes; and how long rounds of change tracking take over 1,000 rooms. `cargo run --release -p graph-sim --example throughput`

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use graph_sim::{CLIENT_ID, CLIENT_SECRET, Simulator, generate_dense};

const ROOMS: usize = 100;
const EVENTS: usize = 1000;
const PAGE: usize = 500;
const SELECT: &str =
    "subject,start,end,isAllDay,isCancelled,showAs,sensitivity,type,seriesMasterId,originalStartTimeZone";

struct Client {
    stream: BufReader<TcpStream>,
    buffer: Vec<u8>,
    token: String,
}

impl Client {
    fn sign_in(simulator: &Simulator) -> Result<Self> {
        let stream = TcpStream::connect(simulator.url().trim_start_matches("http://"))?;
        let mut client = Self {
            stream: BufReader::with_capacity(1 << 18, stream),
            buffer: Vec::new(),
            token: String::new(),
        };
        let form = format!(
            "grant_type=client_credentials&client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"
        );
        let token = client.send(
            "POST",
            "/contoso.com/oauth2/v2.0/token",
            "application/x-www-form-urlencoded",
            &form,
        )?;
        let token: serde_json::Value = serde_json::from_slice(token)?;
        client.token = text(&token, "access_token").context("no token")?;
        Ok(client)
    }

    /// The body of the answer, in the client's buffer.
    fn send(&mut self, method: &str, target: &str, kind: &str, body: &str) -> Result<&[u8]> {
        let head = format!(
            "{method} {target} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\ncontent-type: {kind}\r\nprefer: IdType=\"ImmutableId\"\r\ncontent-length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        );
        self.stream.get_mut().write_all(head.as_bytes())?;
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line)?;
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
            if line.trim().is_empty() {
                break;
            }
        }
        self.buffer.resize(length, 0);
        self.stream.read_exact(&mut self.buffer)?;
        Ok(&self.buffer)
    }
}

fn main() -> Result<()> {
    let (from, to) = ("2026-03-01T00:00:00Z", "2026-03-15T00:00:00Z");
    let tenant = generate_dense(1, ROOMS, 3, EVENTS, from.parse()?, to.parse()?);
    let rooms: Vec<String> = tenant.rooms().iter().map(|room| room.id().to_owned()).collect();
    let simulator = Simulator::start(tenant)?;
    let mut client = Client::sign_in(&simulator)?;

    let page = |room: &str, skip: usize| {
        format!(
            "/users/{room}/calendarView?startDateTime={from}&endDateTime={to}&$select={SELECT}&$top={PAGE}&$skip={skip}"
        )
    };
    let mut out = std::io::stdout().lock();
    for round in ["first", "second"] {
        let begin = Instant::now();
        let mut bytes = 0;
        for room in &rooms {
            for skip in [0, PAGE] {
                bytes += client
                    .send("GET", &format!("/v1.0{}", page(room, skip)), "", "")?
                    .len();
            }
        }
        report(
            &mut out,
            &format!("pages, {round} round"),
            rooms.len() * 2,
            bytes,
            begin.elapsed(),
        )?;
    }
    let begin = Instant::now();
    let (mut bytes, mut pages, mut batches) = (0, 0, 0);
    while begin.elapsed() < Duration::from_secs(2) {
        for some in rooms.chunks(20) {
            for skip in [0, PAGE] {
                let inner: Vec<_> = some
                    .iter()
                    .map(|room| serde_json::json!({"id": room, "method": "GET", "url": page(room, skip)}))
                    .collect();
                let body = serde_json::json!({ "requests": inner }).to_string();
                bytes += client
                    .send("POST", "/v1.0/$batch", "application/json", &body)?
                    .len();
                pages += some.len();
                batches += 1;
            }
        }
    }
    report(
        &mut out,
        &format!("pages in {batches} batches"),
        pages,
        bytes,
        begin.elapsed(),
    )?;
    rounds(&mut out)
}

/// Measures rounds of change tracking over 1,000 rooms with 40 meetings each: a first round, idle ones, and one with a changed room.
fn rounds(out: &mut impl std::io::Write) -> Result<()> {
    let (from, to) = ("2026-03-01T00:00:00Z", "2026-03-15T00:00:00Z");
    let simulator = Simulator::start(generate_dense(1, 1000, 3, 40, from.parse()?, to.parse()?))?;
    let rooms: Vec<String> =
        simulator.update(|tenant| Ok(tenant.rooms().iter().map(|room| room.id().to_owned()).collect()))?;
    let mut client = Client::sign_in(&simulator)?;
    let first = |room: &String| {
        format!("/v1.0/users/{room}/calendarView/delta?startDateTime={from}&endDateTime={to}")
    };
    let mut targets: Vec<String> = rooms.iter().map(first).collect();
    for round in ["first", "idle", "one room has changed", "idle"] {
        if round.starts_with("one") {
            let event = graph_sim::Event::new("New", from, to);
            simulator.update(|tenant| {
                let room = tenant.rooms_mut().first_mut().context("no room")?;
                room.events_mut().push(event);
                Ok(())
            })?;
        }
        let begin = Instant::now();
        let (mut pages, mut bytes) = (0, 0);
        for target in &mut targets {
            loop {
                let page = client.send("GET", target, "", "")?;
                (pages, bytes) = (pages + 1, bytes + page.len());
                let page: serde_json::Value = serde_json::from_slice(page)?;
                let next = text(&page, "@odata.nextLink");
                let last = next.is_none();
                let link = next
                    .or_else(|| text(&page, "@odata.deltaLink"))
                    .context("no link")?;
                link.trim_start_matches(simulator.url()).clone_into(target);
                if last {
                    break;
                }
            }
        }
        writeln!(
            out,
            "round, {round}: {pages} pages, {bytes} bytes, {:?}",
            begin.elapsed()
        )?;
    }
    Ok(())
}

fn text(object: &serde_json::Value, name: &str) -> Option<String> {
    object.get(name)?.as_str().map(str::to_owned)
}

fn report(
    out: &mut impl std::io::Write,
    what: &str,
    pages: usize,
    bytes: usize,
    time: Duration,
) -> Result<()> {
    let a_second = |count: usize| count as f64 / time.as_secs_f64();
    writeln!(
        out,
        "{what}: {:.0} pages/s, {:.0} events/s, {:.0} MB/s",
        a_second(pages),
        a_second(pages * PAGE),
        a_second(bytes) / 1e6
    )?;
    Ok(())
}
