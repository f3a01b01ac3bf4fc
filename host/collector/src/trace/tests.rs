use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use collector_egress::grant::Grants;
use collector_egress::http::{Client, Limits};
use collector_egress::trace::{commit, expand, pass, pass_ended, request, slice};
use collector_model::http::{Method, Request};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use prost::Message as _;
use tracing::Instrument as _;
use tracing_subscriber::layer::SubscriberExt as _;

use super::*;

/// How long the last spans may take on a busy machine.
const TO_BE_SEEN: std::time::Duration = std::time::Duration::from_secs(60);

/// A server on loopback that answers each request by its number.
struct Server(String);

impl Server {
    fn start(answer: impl Fn(usize) -> &'static str + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self(format!("http://{}", listener.local_addr().unwrap()));
        // It ends with the test's process.
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let mut stream = stream.unwrap();
                head(&mut stream);
                let answer = answer(number);
                let whole = format!("HTTP/1.1 {answer}content-length: 0\r\nconnection: close\r\n\r\n");
                stream.write_all(whole.as_bytes()).unwrap();
            }
        });
        server
    }
}

type Received = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// A receiver of traces on loopback, with the path and body of each request that it received.
struct Receiver {
    url: String,
    received: Received,
}

impl Receiver {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1/traces", listener.local_addr().unwrap());
        let received = Received::default();
        let kept = Arc::clone(&received);
        // It ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let request = take(&mut stream);
                // Kept before the answer, because the test waits for the sender's end.
                kept.lock().unwrap().push(request);
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                    .unwrap();
            }
        });
        Self { url, received }
    }

    fn spans(&self) -> Vec<opentelemetry_proto::tonic::trace::v1::Span> {
        let received = self.received.lock().unwrap();
        received
            .iter()
            .inspect(|(path, _)| assert_eq!(path, "/v1/traces"))
            .flat_map(|(_, body)| {
                let export = ExportTraceServiceRequest::decode(body.as_slice()).unwrap();
                export.resource_spans
            })
            .flat_map(|resource| resource.scope_spans)
            .flat_map(|scope| scope.spans)
            .collect()
    }
}

fn head(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        bytes.push(byte[0]);
    }
    String::from_utf8(bytes).unwrap().to_lowercase()
}

fn take(stream: &mut TcpStream) -> (String, Vec<u8>) {
    let head = head(stream);
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .unwrap()
        .parse()
        .unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    (head.split(' ').nth(1).unwrap().to_owned(), body)
}

/// Makes a subscriber this thread's default. Registers a second one beside it: while there is only one, a span that a thread without
/// subscriber reaches first is disabled everywhere (`tracing` asks only that thread).
fn used_here(
    subscriber: impl Into<tracing::Dispatch>,
) -> (tracing::Dispatch, tracing::subscriber::DefaultGuard) {
    let other = tracing::Dispatch::new(tracing_subscriber::registry());
    let subscriber = subscriber.into();
    tracing::callsite::rebuild_interest_cache();
    (other, tracing::dispatcher::set_default(&subscriber))
}

/// A pass with the spans of [`collector_engine::pass`], with a request that is throttled once and one that reaches no server.
async fn scripted_pass(server: &Server) {
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let limits = Limits {
        attempts: 2,
        ..Limits::default()
    };
    let granted = Grants::new([&server.0, &nobody].map(|origin| origin.parse().unwrap()));
    let client = Client::new(granted, limits).unwrap();
    let get = |url: String, repeatable| Request {
        method: if repeatable { Method::GET } else { Method::POST },
        url,
        headers: Vec::new(),
        body: None,
        repeatable,
    };
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(30);
    let span = pass("contoso");
    async {
        let room = format!(
            "{}/v1.0/users/board@contoso.com/calendarView?subject=merger",
            server.0
        );
        let call = async {
            client.fetch(get(room, true), None, deadline).await.unwrap();
            // Foreign events and spans are not exported, whatever they hold.
            tracing::error!("an event about board@contoso.com");
            tracing::info_span!(target: "elsewhere", "foreign", room = "board@contoso.com").in_scope(|| {});
        };
        call.instrument(slice(20)).await;
        let call = client.fetch(get(format!("{nobody}/board@contoso.com"), false), None, deadline);
        assert!(call.instrument(expand()).await.is_err());
        commit().in_scope(|| {});
    }
    .instrument(span.clone())
    .await;
    pass_ended(&span, "part", 21);
}

/// name, name of the parent, attributes
type Seen = (String, String, BTreeMap<String, String>);

fn seen(spans: &[opentelemetry_proto::tonic::trace::v1::Span]) -> Vec<Seen> {
    let names: BTreeMap<_, _> = spans
        .iter()
        .map(|span| (span.span_id.clone(), span.name.clone()))
        .collect();
    let mut all: Vec<Seen> = spans
        .iter()
        .map(|span| {
            let attributes = span
                .attributes
                .iter()
                .map(|pair| {
                    let value = match pair.value.clone().and_then(|value| value.value) {
                        Some(Value::StringValue(text)) => text,
                        Some(Value::IntValue(number)) => number.to_string(),
                        other => panic!("{other:?}"),
                    };
                    (pair.key.clone(), value)
                })
                // Times and the port differ from run to run.
                .filter(|(key, _)| !["busy_ns", "idle_ns", "server.port"].contains(&key.as_str()))
                .collect();
            let parent = names.get(&span.parent_span_id).cloned().unwrap_or_default();
            (span.name.clone(), parent, attributes)
        })
        .collect();
    all.sort();
    all
}

fn expected(name: &str, parent: &str, attributes: &[(&str, &str)]) -> Seen {
    let attributes = attributes
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    (name.to_owned(), parent.to_owned(), attributes)
}

#[tokio::test]
async fn a_pass_is_exported_as_a_tree_of_spans_without_any_address_of_a_room() {
    let receiver = Receiver::start();
    let server = Server::start(|number| match number {
        0 => "429 Too Many Requests\r\nretry-after: 0\r\n",
        _ => "200 OK\r\n",
    });
    let exporter = Exporter::new(Some(&receiver.url)).unwrap();
    {
        let subscriber = tracing_subscriber::registry().with(exporter.layer());
        let _guard = used_here(subscriber);
        scripted_pass(&server).await;
    }
    exporter.finish_within(TO_BE_SEEN);

    let spans = receiver.spans();
    assert_eq!(
        seen(&spans),
        [
            expected(
                "GET",
                "slice",
                &[
                    ("error.type", "429"),
                    ("http.request.method", "GET"),
                    ("http.response.status_code", "429"),
                    ("server.address", "127.0.0.1"),
                ]
            ),
            expected(
                "GET",
                "slice",
                &[
                    ("http.request.method", "GET"),
                    ("http.request.resend_count", "1"),
                    ("http.response.status_code", "200"),
                    ("server.address", "127.0.0.1"),
                ]
            ),
            expected(
                "POST",
                "expand",
                &[
                    ("error.type", "connection-refused"),
                    ("http.request.method", "POST"),
                    ("server.address", "127.0.0.1"),
                ]
            ),
            expected("commit", "pass", &[]),
            expected("expand", "pass", &[]),
            expected(
                "pass",
                "",
                &[("rooms", "21"), ("source", "contoso"), ("verdict", "part")]
            ),
            expected("slice", "pass", &[("rooms", "20")]),
        ]
    );
    let one_trace = spans.iter().all(|span| span.trace_id == spans[0].trace_id);
    assert!(one_trace && spans.iter().all(|span| span.events.is_empty()));
    for (_, body) in receiver.received.lock().unwrap().iter() {
        let text = String::from_utf8_lossy(body);
        for secret in ["board@", "board%40", "merger", "calendarView"] {
            assert!(!text.contains(secret), "{secret} is exported");
        }
    }
}

#[tokio::test]
async fn a_receiver_that_is_down_disturbs_nothing() {
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/v1/traces", listener.local_addr().unwrap())
    };
    let server = Server::start(|_| "200 OK\r\n");
    let exporter = Exporter::new(Some(&nobody)).unwrap();
    {
        let subscriber = tracing_subscriber::registry().with(exporter.layer());
        let _guard = used_here(subscriber);
        scripted_pass(&server).await;
    }
    let begun = std::time::Instant::now();
    exporter.finish_within(TO_BE_SEEN);
    assert!(begun.elapsed() < std::time::Duration::from_secs(10));
}

#[tokio::test]
async fn a_receiver_that_never_answers_is_not_waited_for() {
    // The operating system accepts connections, and nobody reads from them.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1/traces", silent.local_addr().unwrap());
    let exporter = Exporter::new(Some(&url)).unwrap();
    {
        let subscriber = tracing_subscriber::registry().with(exporter.layer());
        let _guard = used_here(subscriber);
        pass("contoso").in_scope(|| {});
    }
    let begun = std::time::Instant::now();
    exporter.finish_within(std::time::Duration::from_millis(50));
    // The exporter would give up a request to it after ten seconds.
    assert!(begun.elapsed() < std::time::Duration::from_secs(5));
}

#[tokio::test]
async fn nobody_looks_at_a_span_that_nobody_asked_for() {
    let subscriber = tracing_subscriber::registry().with(tracing_subscriber::filter::LevelFilter::INFO);
    let _guard = used_here(subscriber);
    assert!(pass("contoso").is_disabled());
    let origin = "https://graph.microsoft.com".parse().unwrap();
    assert!(request(&Method::GET, &origin, 1).is_disabled());
}
