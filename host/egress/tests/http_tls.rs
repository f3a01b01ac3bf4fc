//! TLS: `SSL_CERT_FILE` adds a trusted authority, client and server agree on HTTP/2, a proxy of the environment is not used, and an answer
//! over HTTP/2 that ends early is distinguished from a broken one.
//!
//! The fetching process reads the variables, so the test starts itself again with them set.

// The lints know only functions marked as tests; the functions that those call are test code too.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use collector_egress::grant::{Grants, Origin};
use collector_egress::http::{Client, Limits};
use collector_model::http::{Method, Request};
use rustls::pki_types::PrivateKeyDer;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A server for `localhost` that speaks HTTP/2 over TLS, and the PEM of the authority that signed its certificate.
async fn server() -> (u16, String) {
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::default();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let pem = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();

    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let first = Arc::new(AtomicBool::new(true));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(stream) = acceptor.accept(stream).await else {
                continue;
            };
            assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
            tokio::spawn(serve(stream, first.clone()));
        }
    });
    (port, pem)
}

/// Answers each request with a body, but the very first one to `/reset` and `/cut` with half of one.
async fn serve(stream: TlsStream<TcpStream>, first: Arc<AtomicBool>) {
    let mut connection = h2::server::handshake(stream).await.unwrap();
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        let path = request.uri().path();
        let fails = path != "/" && first.swap(false, Ordering::SeqCst);
        let mut body = respond.send_response(http::Response::new(()), false).unwrap();
        body.send_data("over HTTP/2".into(), !fails).unwrap();
        match path {
            "/reset" if fails => body.send_reset(h2::Reason::INTERNAL_ERROR),
            "/cut" if fails => return,
            _ => {}
        }
    }
}

/// The output of the fetching process.
async fn fetched(port: u16, path: &str, authority: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("authority.pem");
    std::fs::write(&file, authority).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args([
        "--exact",
        "fetch_in_a_process_of_its_own",
        "--ignored",
        "--nocapture",
    ]);
    child.env("COLLECTOR_TEST_URL", format!("https://localhost:{port}{path}"));
    // A proxy there would refuse the connection.
    child
        .env("HTTPS_PROXY", "http://127.0.0.1:1")
        .env("ALL_PROXY", "http://127.0.0.1:1");
    child.env("SSL_CERT_FILE", &file);
    let output = child.stderr(Stdio::null()).output().await.unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
#[ignore = "started by the other tests, with an environment of its own"]
async fn fetch_in_a_process_of_its_own() {
    let Ok(url) = std::env::var("COLLECTOR_TEST_URL") else {
        return;
    };
    let origin = Origin::of(&url.parse().unwrap()).unwrap();
    let client = Client::new(Grants::new([origin]), Limits::default()).unwrap();
    let request = Request {
        method: Method::GET,
        url,
        headers: Vec::new(),
        body: None,
        repeatable: false,
    };
    match client
        .fetch(request, None, Instant::now() + Duration::from_secs(30))
        .await
    {
        Ok(answer) => {
            let (body, retries) = (String::from_utf8(answer.body).unwrap(), client.traffic().retries);
            println!("fetched: {} {body}, {retries} retries", answer.status);
        }
        Err(error) => println!("fetched: {error:?}"),
    }
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_when_it_is_named() {
    let (port, authority) = server().await;
    let output = fetched(port, "/", &authority).await;
    assert!(
        output.contains("fetched: 200 over HTTP/2, 0 retries\n"),
        "{output}"
    );
}

#[tokio::test]
async fn an_authority_that_nobody_named_is_not_trusted_and_the_error_says_what_to_do() {
    let (port, _) = server().await;
    let (_, other) = server().await;
    let output = fetched(port, "/", &other).await;
    assert!(output.contains("fetched: Tls("), "{output}");
    assert!(
        output.contains("name its PEM file as `ca` in [egress]"),
        "{output}"
    );
}

#[tokio::test]
async fn an_http_2_stream_or_connection_that_ends_before_its_answer_is_made_again() {
    for path in ["/reset", "/cut"] {
        let (port, authority) = server().await;
        let output = fetched(port, path, &authority).await;
        assert!(
            output.contains("fetched: 200 over HTTP/2, 1 retries\n"),
            "{path}: {output}"
        );
    }
}
