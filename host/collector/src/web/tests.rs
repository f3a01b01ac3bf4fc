use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::*;
use crate::metrics::Metrics;

const PATIENT: Patience = Patience {
    head: HEAD,
    life: LIFE,
};

/// A running server, and the handles that steer it.
struct Served {
    address: SocketAddr,
    reasons: Arc<Mutex<Vec<String>>>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

async fn start(patience: Patience) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let reasons = Arc::new(Mutex::new(Vec::<String>::new()));
    let told = Arc::clone(&reasons);
    let asked = AtomicU64::new(0);
    let site = Site {
        metrics: Metrics::new().unwrap(),
        refresh: Arc::new(move |metrics| {
            metrics.meetings("contoso", asked.fetch_add(1, Ordering::Relaxed) + 1);
            Box::pin(async {})
        }),
        still: Arc::new(Vec::new),
        names: vec!["collector".to_owned(), "collector.monitoring.svc".to_owned()],
        unready: Arc::new(move || told.lock().unwrap_or_else(PoisonError::into_inner).clone()),
    };
    let (stop, stopped) = oneshot::channel();
    let serving = tokio::spawn(serve_patiently(
        listener,
        router(site),
        None,
        TrustedProxies::default(),
        async {
            let _ = stopped.await;
        },
        patience,
    ));
    Served {
        address,
        reasons,
        stop,
        serving,
    }
}

impl Served {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// The whole answer to a request without a body.
    async fn ask(&self, method: &str, path: &str) -> String {
        self.say(&format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
        ))
        .await
    }

    /// The whole answer to a literal request.
    async fn say(&self, request: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        read(stream).await
    }
}

async fn read(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset after the answer does not matter.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

/// Status and body.
fn parts(answer: &str) -> (&str, &str) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap(), body)
}

#[tokio::test]
async fn it_is_healthy_while_it_answers() {
    let served = start(PATIENT).await;
    assert_eq!(parts(&served.ask("GET", "/healthz").await), ("200", "ok\n"));
    assert_eq!(parts(&served.ask("HEAD", "/healthz").await), ("200", ""));
}

#[tokio::test]
async fn it_is_ready_when_there_is_no_reason_against_it() {
    let served = start(PATIENT).await;
    *served.reasons.lock().unwrap() = vec![
        "source \"contoso\" is not ready: its connector o365 is held".into(),
        "the store\nis\u{1b}[2J full".into(),
    ];
    assert_eq!(
        parts(&served.ask("GET", "/readyz").await),
        (
            "503",
            "source \"contoso\" is not ready: its connector o365 is held\nthe store is\\u{1b}[2J full\n"
        )
    );
    assert_eq!(parts(&served.ask("GET", "/healthz").await).0, "200");
    served.reasons.lock().unwrap().clear();
    assert_eq!(parts(&served.ask("GET", "/readyz").await), ("200", "ready\n"));
}

#[tokio::test]
async fn metrics_are_brought_up_to_date_before_they_are_shown() {
    let served = start(PATIENT).await;
    for expected in ["1", "2"] {
        let answer = served.ask("GET", "/metrics").await;
        assert!(answer.contains("\r\ncontent-type: text/plain; version=0.0.4; charset=utf-8\r\n"));
        let line = format!("\ncollector_meetings{{source=\"contoso\"}} {expected}\n");
        assert!(answer.contains(&line), "{answer}");
    }
}

#[tokio::test]
async fn there_is_nothing_else_and_nothing_is_written() {
    let served = start(PATIENT).await;
    for path in [
        "/",
        "/metrics/",
        "/healthz/x",
        "/..%2fmetrics",
        "/debug/pprof",
        "http://localhost/",
    ] {
        let answer = served.ask("GET", path).await;
        assert_eq!(parts(&answer), ("404", "there is no such page\n"), "{path}");
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"] {
        let answer = served.ask(method, "/metrics").await;
        assert_eq!(parts(&answer), ("405", ""), "{method}");
        assert!(answer.contains("\r\nallow: GET,HEAD\r\n"), "{answer}");
    }
}

/// Requests for foreign names, as a browser sends them after DNS rebinding.
#[tokio::test]
async fn who_asks_for_a_name_that_is_not_ours_gets_nothing_and_is_told_which_setting_names_it() {
    let served = start(PATIENT).await;
    for path in ["/healthz", "/readyz", "/metrics", "/nowhere"] {
        for host in [
            "evil.example",
            "evil.example:9464",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "2130706433.evil.example",
            "user@127.0.0.1",
            "127.0.0.1/x",
            "",
            "\u{fc}ber",
        ] {
            let answer = served
                .say(&format!(
                    "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
                ))
                .await;
            let (status, body) = parts(&answer);
            assert_eq!(status, "421", "{path} {host:?}: {answer}");
            assert!(body.contains("`names` in [service]"), "{body}");
            assert!(!body.contains("evil"), "{body}");
        }
    }
    for request in [
        "GET /metrics HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\nconnection: close\r\n\r\n",
        "GET http://evil.example/metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
        "GET http://localhost/metrics HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n",
    ] {
        assert_eq!(parts(&served.say(request).await).0, "421", "{request}");
    }
}

/// Prometheus and Kubernetes ask for an address, at whatever port it is mapped to. An attacker's name cannot be an address.
#[tokio::test]
async fn addresses_this_machine_and_configured_names_are_answered_at_any_port() {
    let served = start(PATIENT).await;
    for host in [
        "localhost",
        "LOCALHOST:19464",
        "127.0.0.1:9464",
        "10.1.2.3:9464",
        "192.0.2.1",
        "[::1]:9464",
        "[2001:db8::1]:9464",
        "collector.monitoring.svc:9464",
        "Collector",
    ] {
        let answer = served
            .say(&format!(
                "GET /healthz HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
            ))
            .await;
        assert_eq!(parts(&answer), ("200", "ok\n"), "{host}");
    }
    // HTTP/1.0 has no such header. Old load balancers check with it; browsers do not speak it.
    assert_eq!(
        parts(&served.say("GET /healthz HTTP/1.0\r\n\r\n").await),
        ("200", "ok\n")
    );
}

#[tokio::test]
async fn who_is_slow_holds_up_nobody() {
    let served = start(PATIENT).await;
    let mut slow = Vec::new();
    for _ in 0..CONNECTIONS - 1 {
        let mut stream = served.connect().await;
        stream.write_all(b"GET /metrics HTTP/1.1\r\nx-a").await.unwrap();
        slow.push(stream);
    }
    assert_eq!(parts(&served.ask("GET", "/healthz").await), ("200", "ok\n"));
}

#[tokio::test]
async fn who_does_not_end_its_request_or_says_nothing_loses_its_place() {
    let patience = Patience {
        head: Duration::from_millis(500),
        life: LIFE,
    };
    let served = start(patience).await;
    let mut slow = Vec::new();
    for number in 0..CONNECTIONS {
        let mut stream = served.connect().await;
        if number % 2 == 0 {
            stream.write_all(b"GET /metrics HTTP/1.1\r\nx-a").await.unwrap();
        }
        slow.push(stream);
    }
    // All places were theirs.
    assert_eq!(parts(&served.ask("GET", "/healthz").await), ("200", "ok\n"));
    for stream in slow {
        read(stream).await;
    }
}

#[tokio::test]
async fn a_connection_that_was_answered_and_is_silent_is_closed() {
    let patience = Patience {
        head: Duration::from_millis(500),
        life: LIFE,
    };
    let served = start(patience).await;
    let mut stream = served.connect().await;
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .await
        .unwrap();
    assert_eq!(parts(&read(stream).await), ("200", "ok\n"));
}

#[tokio::test]
async fn a_connection_that_lives_too_long_is_closed() {
    let patience = Patience {
        head: HEAD,
        life: Duration::from_millis(50),
    };
    let served = start(patience).await;
    assert_eq!(read(served.connect().await).await, "");
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let served = start(PATIENT).await;
    let mut stream = served.connect().await;
    let request = format!(
        "GET /healthz HTTP/1.1\r\nhost: localhost\r\nx-a: {}\r\n\r\n",
        "a".repeat(HEAD_BYTES * 2)
    );
    // The server may refuse before all is sent.
    let _ = stream.write_all(request.as_bytes()).await;
    let answer = read(stream).await;
    assert!(answer.is_empty() || parts(&answer).0 == "431", "{answer}");
}

#[tokio::test]
async fn it_ends_when_it_is_to_end_whoever_is_connected() {
    let served = start(PATIENT).await;
    let silent = served.connect().await;
    let mut open = served.connect().await;
    open.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .await
        .unwrap();
    let mut first = [0; 12];
    open.read_exact(&mut first).await.unwrap();
    served.stop.send(()).unwrap();
    served.serving.await.unwrap();
    assert!(TcpStream::connect(served.address).await.is_err());
    drop((silent, open));
}

#[test]
fn one_machine_does_not_take_all_places_and_one_that_speaks_for_many_may() {
    let callers = Callers::default();
    let stranger: IpAddr = "192.0.2.1".parse().unwrap();
    let mut held: Vec<_> = (0..CONNECTIONS_EACH)
        .map(|_| callers.enter(stranger, false).unwrap())
        .collect();
    assert!(callers.enter(stranger, false).is_none());
    assert!(callers.enter("192.0.2.2".parse().unwrap(), false).is_some());
    held.pop();
    assert!(callers.enter(stranger, false).is_some());
    let proxy: IpAddr = "192.0.2.3".parse().unwrap();
    let own: Vec<_> = (0..=CONNECTIONS_EACH)
        .map(|_| callers.enter(proxy, true))
        .collect();
    assert!(own.iter().all(Option::is_some));
    drop((held, own));
    assert!(callers.0.lock().unwrap().is_empty());
}
