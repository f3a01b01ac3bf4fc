//! Tests of the webhook against a small local server with scripted answers.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use crate::kit::{Authority, after, change, verdict};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use collector_model::change::Change;
use collector_sinks::{Cause, Sink, SinkError, SinkSettings, WebhookSettings, open};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;

/// Never part of an error.
const PATH: &str = "/hooks/T0P-5ECRET";
const QUERY: &str = "key=hunter2";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";

struct Request {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

impl Request {
    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

/// The received requests, and the next answers; 204 if none is scripted.
#[derive(Clone, Default)]
struct Server {
    requests: Arc<Mutex<Vec<Request>>>,
    answers: Arc<Mutex<VecDeque<Response>>>,
}

impl Server {
    async fn start(self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(axum::serve(listener, self.router()).into_future());
        address
    }

    async fn start_tls(self, authority: &Authority) -> SocketAddr {
        let certificate = CertificateDer::from_pem_slice(authority.certificate.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(authority.key.as_bytes()).unwrap();
        let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let listener = Tls(listener, TlsAcceptor::from(Arc::new(config)));
        tokio::spawn(axum::serve(listener, self.router()).into_future());
        address
    }

    fn router(self) -> axum::Router {
        axum::Router::new().fallback(take).with_state(self)
    }

    fn answer(&self, answer: impl axum::response::IntoResponse) {
        self.answers.lock().unwrap().push_back(answer.into_response());
    }

    fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.requests.lock().unwrap())
    }
}

async fn take(
    State(server): State<Server>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    server.requests.lock().unwrap().push(Request {
        method,
        uri,
        headers,
        body,
    });
    let answer = server.answers.lock().unwrap().pop_front();
    answer.unwrap_or_else(|| StatusCode::NO_CONTENT.into_response())
}

/// Accepts TLS connections and ignores those that fail.
struct Tls(TcpListener, TlsAcceptor);

impl axum::serve::Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = self.0.accept().await.unwrap();
            if let Ok(stream) = self.1.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

fn settings(url: &str) -> WebhookSettings {
    WebhookSettings {
        url: url.parse().unwrap(),
        secret: format!("whsec_{}", BASE64.encode(KEY)).into(),
        ca: None,
        batch: 100,
        longest_pause: DAY,
    }
}

/// A server, its address, and a sink for it.
async fn situation() -> (Server, SocketAddr, Box<dyn Sink>) {
    let server = Server::default();
    let address = server.clone().start().await;
    let url = format!("http://{address}{PATH}?{QUERY}");
    (
        server,
        address,
        open(SinkSettings::Webhook(settings(&url))).unwrap(),
    )
}

fn refused(settings: WebhookSettings) -> String {
    match open(SinkSettings::Webhook(settings)) {
        Ok(_) => panic!("the settings were accepted"),
        Err(error) => error.to_string(),
    }
}

fn batch() -> Vec<Change> {
    [3, 4, 9]
        .map(|number| change(number, "conf-a@contoso.com"))
        .to_vec()
}

#[tokio::test]
async fn a_batch_is_one_signed_request() {
    let (server, _, mut sink) = situation().await;
    let before = chrono::Utc::now().timestamp();
    sink.deliver(&batch()).await.unwrap();
    let after = chrono::Utc::now().timestamp();
    let [request] = server.requests().try_into().ok().unwrap();

    assert_eq!(request.method, Method::POST);
    assert_eq!(request.uri.to_string(), format!("{PATH}?{QUERY}"));
    assert_eq!(request.header("content-type"), "application/json");
    assert_eq!(request.header("webhook-id"), "5f0c-3-9");
    assert!(request.header("user-agent").starts_with("collector/"));
    let [first, second, third] = batch().try_into().unwrap();
    assert_eq!(
        str::from_utf8(&request.body).unwrap(),
        format!(
            "{{\"changes\":[{},{},{}]}}",
            first.json(),
            second.json(),
            third.json()
        )
    );

    // Verify as a receiver does that knows only the specification.
    let timestamp = request.header("webhook-timestamp");
    assert!((before..=after).contains(&timestamp.parse().unwrap()));
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY).unwrap();
    mac.update(format!("5f0c-3-9.{timestamp}.").as_bytes());
    mac.update(&request.body);
    let (version, signature) = request.header("webhook-signature").split_once(',').unwrap();
    assert_eq!(version, "v1");
    mac.verify_slice(&BASE64.decode(signature).unwrap()).unwrap();
}

#[tokio::test]
async fn insights_are_sent_like_changes_and_what_is_told_again_later_is_another_request() {
    let (server, _, mut sink) = situation().await;
    let told = |second| {
        [
            verdict("a@x", "m1", "no-show", second),
            verdict("a@x", "m2", "attended", second),
        ]
    };
    for second in [5, 5, 9] {
        sink.tell(&after(9), &told(second)).await.unwrap();
    }
    let [first, repeat, later] = server.requests().try_into().ok().unwrap();
    assert_eq!(
        first.header("webhook-id"),
        "verdict-1-m1-no-show-verdict-1-m2-attended-1773136805"
    );
    let [one, other] = told(5).map(|insight| insight.json(&after(9)));
    assert_eq!(
        str::from_utf8(&first.body).unwrap(),
        format!("{{\"changes\":[{one},{other}]}}")
    );
    assert_eq!(
        (repeat.header("webhook-id"), &repeat.body),
        (first.header("webhook-id"), &first.body)
    );
    assert_ne!(later.header("webhook-id"), first.header("webhook-id"));
}

#[tokio::test]
async fn a_repeat_has_the_same_id_and_body_and_another_batch_has_not() {
    let (server, _, mut sink) = situation().await;
    server.answer(StatusCode::INTERNAL_SERVER_ERROR);
    sink.deliver(&batch()).await.unwrap_err();
    sink.deliver(&batch()).await.unwrap();
    sink.deliver(&batch()[..2]).await.unwrap();
    sink.deliver(&[]).await.unwrap();
    let requests = server.requests();
    assert_eq!(
        requests
            .iter()
            .map(|request| request.header("webhook-id"))
            .collect::<Vec<_>>(),
        ["5f0c-3-9", "5f0c-3-9", "5f0c-3-4"]
    );
    assert_eq!(requests[0].body, requests[1].body);
}

#[tokio::test]
async fn the_answer_of_a_server_is_reported_and_harmless() {
    let (server, address, mut sink) = situation().await;
    let long = "x".repeat(100_000);
    for (status, text, expected) in [
        (500, "", "500; look at the server's log"),
        (
            500,
            "the disk\u{1b}[31m\r\nis \u{202e}full",
            "500 (the disk [31m  is  full); look at the server's log",
        ),
        (
            502,
            long.as_str(),
            &format!("502 ({}); look at the server's log", "x".repeat(200)),
        ),
        (401, "no", "401 (no); compare `secret` with the server's"),
        (403, "", "403; compare `secret` with the server's"),
        (
            404,
            "Cannot POST /hooks/T0P-5ECRET?key=hunter2",
            "404 (Cannot POST …?…); correct `url`",
        ),
        (404, "no hook T0P-5ECRET", "404 (no hook …); correct `url`"),
        (405, "", "405; correct `url`"),
        (
            304,
            "",
            "304; the collector does not follow redirects: set `url` to the final address",
        ),
    ] {
        server.answer((StatusCode::from_u16(status).unwrap(), text.to_owned()));
        assert_eq!(
            sink.deliver(&batch()).await.unwrap_err(),
            SinkError::new(format!("the webhook at http://{address} answered {expected}"))
        );
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (server, address, mut sink) = situation().await;
    for status in [301, 302, 303, 307, 308] {
        server.answer((
            StatusCode::from_u16(status).unwrap(),
            [("location", "/elsewhere")],
        ));
        assert_eq!(
            sink.deliver(&batch()).await.unwrap_err().to_string(),
            format!(
                "the webhook at http://{address} answered {status}; the collector does not follow redirects: set `url` to the final address"
            )
        );
    }
    assert_eq!(server.requests().len(), 5);
}

#[tokio::test]
async fn a_requested_pause_is_passed_on_but_limited() {
    let (server, _, mut sink) = situation().await;
    let date = |seconds| httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(seconds));
    for (status, wish, expected) in [
        (429, "120".to_owned(), Some(120..=120)),
        (503, " 7 ".to_owned(), Some(7..=7)),
        (503, date(300), Some(290..=300)),
        (429, "86400".to_owned(), Some(86_400..=86_400)),
        (503, date(80_000), Some(79_990..=80_000)),
        (429, "86401".to_owned(), Some(86_400..=86_400)),
        (429, date(1_000_000), Some(86_400..=86_400)),
        (429, "99999999999999999999".to_owned(), None),
        (503, "Wed, 21 Oct 2015 07:28:00 GMT".to_owned(), None),
        (503, "soon".to_owned(), None),
    ] {
        server.answer((
            StatusCode::from_u16(status).unwrap(),
            [("retry-after", wish.clone())],
        ));
        let error = sink.deliver(&batch()).await.unwrap_err();
        match (error.retry_after, expected) {
            (Some(pause), Some(expected)) => {
                assert!(expected.contains(&pause.as_secs()), "{wish}: {pause:?}")
            }
            (found, expected) => assert_eq!(found.map(|_| ()), expected.map(|_| ()), "{wish}"),
        }
    }
}

#[tokio::test]
async fn a_batch_that_is_always_refused_differs_from_a_server_that_refuses_everything() {
    let (server, address, mut sink) = situation().await;
    for (status, remedy) in [
        (400, "look at the server's log"),
        (413, "lower `batch`, or let the server take larger bodies"),
        (422, "look at the server's log"),
    ] {
        server.answer(StatusCode::from_u16(status).unwrap());
        assert_eq!(
            sink.deliver(&batch()).await.unwrap_err(),
            SinkError::refused(
                format!("the webhook at http://{address} answered {status}; {remedy}"),
                None
            )
        );
    }
    for status in [301, 401, 403, 404, 405, 408, 409, 410, 429, 500, 502, 503] {
        server.answer(StatusCode::from_u16(status).unwrap());
        let error = sink.deliver(&batch()).await.unwrap_err();
        assert_eq!(error.cause, Cause::Down, "{status}");
    }
}

/// The sending process reads the variables, so the test runs itself again with them set.
#[tokio::test(flavor = "multi_thread")]
async fn no_proxy_of_the_environment_is_used() {
    const URL: &str = "TEST_WEBHOOK_URL";
    if let Ok(url) = std::env::var(URL) {
        let mut sink = open(SinkSettings::Webhook(settings(&url))).unwrap();
        sink.deliver(&batch()).await.unwrap();
        return;
    }
    let (server, proxy) = (Server::default(), Server::default());
    let (address, proxy_address) = (server.clone().start().await, proxy.clone().start().await);
    let mut child = tokio::process::Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", "webhook::no_proxy_of_the_environment_is_used"])
        .env(URL, format!("http://{address}{PATH}"));
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        child.env(name, format!("http://{proxy_address}"));
    }
    child.env_remove("NO_PROXY").env_remove("no_proxy");
    let output = child.output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!((server.requests().len(), proxy.requests().len()), (1, 0));
}

#[tokio::test]
async fn an_unreachable_server_is_reported() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url = format!("http://{address}{PATH}?{QUERY}");
    let mut sink = open(SinkSettings::Webhook(settings(&url))).unwrap();
    assert_eq!(
        sink.deliver(&batch()).await.unwrap_err(),
        SinkError::new(format!(
            "the webhook at http://{address} cannot be reached: Connection refused (os error 111); correct `url`, or look at the server"
        ))
    );
}

/// The paused clock jumps to the next time-out when nothing else runs.
#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_answer_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let url = format!("http://{address}{PATH}?{QUERY}");
    let mut sink = open(SinkSettings::Webhook(settings(&url))).unwrap();
    let began = tokio::time::Instant::now();
    assert_eq!(
        sink.deliver(&batch()).await.unwrap_err(),
        SinkError::new(format!(
            "the webhook at http://{address} did not answer in time; correct `url`, or look at the server"
        ))
    );
    assert!(
        began.elapsed() <= Duration::from_secs(61),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn an_answer_that_is_no_http_is_said_without_the_path() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        use tokio::io::AsyncWriteExt as _;
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.write_all(b"220 mail.example.com ESMTP\r\n").await;
        }
    });
    let url = format!("http://{address}{PATH}?{QUERY}");
    let mut sink = open(SinkSettings::Webhook(settings(&url))).unwrap();
    let error = sink.deliver(&batch()).await.unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("the webhook at http://{address} cannot be reached: ")),
        "{error}"
    );
    assert!(!error.contains("T0P") && !error.contains("hunter2"), "{error}");
}

#[tokio::test]
async fn https_works_with_an_authority_of_ones_own_and_not_without_it() {
    let authority = Authority::new("own");
    let server = Server::default();
    let address = server.clone().start_tls(&authority).await;
    let sink = |ca: Option<&str>| {
        open(SinkSettings::Webhook(WebhookSettings {
            ca: ca.map(|ca| ca.as_bytes().to_vec()),
            ..settings(&format!("https://{address}{PATH}"))
        }))
        .unwrap()
    };
    sink(Some(&authority.ca)).deliver(&batch()).await.unwrap();
    assert_eq!(server.requests().len(), 1);
    for ca in [None, Some(Authority::new("other").ca)] {
        let error = sink(ca.as_deref())
            .deliver(&batch())
            .await
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with(&format!(
                "the webhook at https://{address} cannot be reached: invalid peer certificate: "
            )),
            "{error}"
        );
    }
    assert!(server.requests().is_empty());
}

#[test]
fn settings_that_cannot_be_used_are_refused_before_anything_is_contacted() {
    for url in [
        "http://example.com/hook",
        "http://127.0.0.1.example.com/",
        "http://10.0.0.1/",
        "ftp://127.0.0.1/",
        "file:///tmp/hook",
    ] {
        assert_eq!(
            refused(settings(url)),
            "a webhook's `url` must begin with https:// (http:// only for this machine, such as http://127.0.0.1:8080/)",
            "{url}"
        );
    }
    for url in [
        "http://localhost/",
        "http://[::1]/",
        "http://127.0.0.2/",
        "https://example.com/",
    ] {
        assert!(open(SinkSettings::Webhook(settings(url))).is_ok(), "{url}");
    }
    for url in [
        "https://user:hunter2@example.com/",
        "https://hunter2@example.com/",
        "https://:hunter2@example.com/",
    ] {
        assert_eq!(
            refused(settings(url)),
            "a webhook's `url` must not contain a user or password; the signature proves who sends"
        );
    }
    let remedy = "create one with: echo whsec_$(openssl rand -base64 32)";
    for (secret, problem) in [
        ("hunter2!", "must be base64, with or without the prefix whsec_"),
        (
            "whsec_hunter2!",
            "must be base64, with or without the prefix whsec_",
        ),
        ("", "must be 24 to 64 bytes in base64"),
        ("whsec_", "must be 24 to 64 bytes in base64"),
        (&BASE64.encode([7; 23]), "must be 24 to 64 bytes in base64"),
        (&BASE64.encode([7; 65]), "must be 24 to 64 bytes in base64"),
    ] {
        let settings = WebhookSettings {
            secret: secret.into(),
            ..settings("https://example.com/")
        };
        assert_eq!(
            refused(settings),
            format!("a webhook's `secret` {problem}; {remedy}"),
            "{secret}"
        );
    }
    for bytes in [24, 64] {
        let settings = WebhookSettings {
            secret: format!("{}\n", BASE64.encode(vec![7; bytes])).into(),
            ..settings("https://example.com/")
        };
        assert!(open(SinkSettings::Webhook(settings)).is_ok());
    }
    for ca in [
        "no PEM",
        "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
    ] {
        let error = refused(WebhookSettings {
            ca: Some(ca.into()),
            ..settings("https://example.com/")
        });
        assert!(
            error.starts_with("a webhook's `ca` is not usable: ") && error.ends_with("; give a PEM file"),
            "{error}"
        );
    }
}
