//! Where a request may go.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use super::server::{Server, reply};
use super::*;
use crate::http::resolver::Lookup;
use crate::http::{Gate, Network};

/// Names and what they resolve to.
pub(super) struct Names(pub(super) BTreeMap<&'static str, Vec<IpAddr>>);

impl Lookup for Names {
    fn lookup(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let found = self
            .0
            .get(name.as_str())
            .cloned()
            .ok_or_else(|| io::Error::other("no such name"));
        Box::pin(async move { found })
    }
}

fn resolving(origin: &str, name: &'static str, addresses: &[&str]) -> Client {
    let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
    let names = Names(BTreeMap::from([(name, addresses)]));
    let grants = Grants::new([origin.parse().unwrap()]);
    let (gate, network) = (Arc::new(Gate::new(4)), Network::default());
    Client::build(gate, grants, network, quick(), Arc::new(names)).unwrap()
}

#[tokio::test]
async fn an_origin_that_is_not_granted_is_denied_with_the_line_that_grants_it() {
    let server = Server::always(reply(200, "", "")).await;
    let client = client(&[&"https://graph.microsoft.com".parse().unwrap()], quick());
    let error = client
        .fetch(get(server.url("/x")), None, soon())
        .await
        .err()
        .unwrap();
    let origin = server.origin();
    assert_eq!(
        error,
        FetchError::RequestDenied(format!(
            "{origin} is not granted to this source; add \"{origin}\" to http in [source.grants]"
        ))
    );
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_url_with_a_user_name_or_a_fragment_or_none_at_all_is_invalid() {
    let server = Server::always(reply(200, "", "")).await;
    let host = server.origin().to_string().replace("http://", "");
    for (url, part) in [
        (format!("http://joe:pw@{host}/"), "contains a user name"),
        (format!("http://{host}/#top"), "contains a fragment"),
        ("/places".to_owned(), "the URL cannot be read"),
    ] {
        let Err(FetchError::RequestInvalid(text)) = fetch(&server, get(url.clone()), quick()).await else {
            panic!("{url}")
        };
        assert!(text.contains(part) && !text.contains("pw"), "{text}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn no_url_breaks_the_client() {
    let server = Server::always(reply(200, "", "")).await;
    for path in [
        "/ {}|\\^`<>\"\u{0}\u{7f}\u{fffd}".to_owned(),
        "/%".to_owned(),
        "//@:?&=#".replace('#', "%23"),
        "?\u{202e}\r\n\t".to_owned(),
        format!("/{}", "x".repeat(65_000)),
        format!("/{}", "x".repeat(65_536)),
        format!("/?{}", "\u{e9}".repeat(40_000)),
    ] {
        let outcome = fetch(&server, get(server.url(&path)), quick()).await;
        assert!(
            matches!(&outcome, Ok(_) | Err(FetchError::RequestInvalid(_))),
            "{}: {:?}",
            path.chars().take(40).collect::<String>(),
            outcome.err()
        );
    }
}

#[tokio::test]
async fn a_name_that_resolves_only_to_addresses_that_are_not_public_is_prohibited() {
    let addresses = [
        "127.0.0.1",
        "10.0.0.9",
        "169.254.169.254",
        "::ffff:10.0.0.9",
        "fd00:ec2::254",
    ];
    let client = resolving("https://files.example", "files.example", &addresses);
    let error = client
        .fetch(get("https://files.example/".into()), None, soon())
        .await
        .err()
        .unwrap();
    assert_eq!(
        error,
        FetchError::DestinationProhibited(
            "files.example resolves only to addresses that are not public: 127.0.0.1 (loopback), 10.0.0.9 (private), \
             169.254.169.254 (a cloud's metadata service), ::ffff:10.0.0.9 (IPv4 written as IPv6), \
             fd00:ec2::254 (a cloud's metadata service); if that is intended, write { origin = \"https://files.example\", private = true } \
             (with its port) in http of [source.grants]"
                .into()
        )
    );
    assert_eq!(client.traffic().retries, 0);
}

#[tokio::test]
async fn a_metadata_service_is_not_reached_whatever_is_granted() {
    for origin in [
        "https://169.254.169.254",
        "https://0.0.0.0",
        "https://[::ffff:7f00:1]",
    ] {
        let client = client(&[&origin.parse().unwrap()], quick());
        let error = client
            .fetch(get(format!("{origin}/")), None, soon())
            .await
            .err()
            .unwrap();
        assert!(
            matches!(&error, FetchError::DestinationProhibited(text) if text.starts_with(origin)),
            "{error}"
        );
    }
}

#[tokio::test]
async fn localhost_reaches_loopback_when_it_was_granted_and_only_loopback() {
    let server = Server::always(reply(200, "", "here")).await;
    let origin = server.origin().to_string().replace("127.0.0.1", "localhost");
    let client = resolving(&origin, "localhost", &["10.0.0.9", "20.0.0.1", "127.0.0.1"]);
    let answer = client
        .fetch(get(format!("{origin}/")), None, soon())
        .await
        .unwrap();
    assert_eq!(answer.body, b"here");

    let client = resolving(&origin, "localhost", &["20.0.0.1"]);
    let error = client
        .fetch(get(format!("{origin}/")), None, soon())
        .await
        .err()
        .unwrap();
    assert!(matches!(error, FetchError::DestinationProhibited(_)), "{error}");
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_named() {
    let client = resolving(
        "https://graph.microsoft.con",
        "graph.microsoft.com",
        &["20.0.0.1"],
    );
    let error = client
        .fetch(get("https://graph.microsoft.con/".into()), None, soon())
        .await
        .err()
        .unwrap();
    assert_eq!(
        error,
        FetchError::Dns(
            "the name graph.microsoft.con does not resolve: no such name; check its spelling, and this machine's DNS".into()
        )
    );
}

#[tokio::test]
async fn a_port_that_nobody_listens_on_is_named_after_a_few_attempts() {
    let server = Server::always(reply(200, "", "")).await;
    let origin = server.origin();
    drop(server);
    // The task that holds the listener ends at the runtime's next turn.
    tokio::task::yield_now().await;
    let client = client(&[&origin], quick());
    let error = client
        .fetch(get(format!("{origin}/")), None, soon())
        .await
        .err()
        .unwrap();
    let FetchError::ConnectionRefused(text) = &error else {
        panic!("{error}")
    };
    assert!(
        text.starts_with(&format!("cannot connect to {origin}: ")),
        "{text}"
    );
    assert_eq!(client.traffic().requests, 5);
}

#[tokio::test]
async fn redirects_are_followed_within_the_origin() {
    let server = Server::start(|_, seen| match seen.target.as_str() {
        "/old" => reply(307, "location: /new\r\n", ""),
        _ => reply(200, "", "found"),
    })
    .await;
    let answer = fetch(&server, get(server.url("/old")), quick()).await.unwrap();
    assert_eq!((answer.status, answer.body), (200, b"found".to_vec()));
    assert_eq!(server.asked(), ["GET /old", "GET /new"]);
}

#[tokio::test]
async fn a_redirect_to_another_origin_is_handed_over_even_when_that_is_granted() {
    let other = Server::always(reply(200, "", "secret")).await;
    let target = other.url("/");
    let location = format!("location: {target}\r\n");
    let server = Server::always(reply(302, &location, "moved")).await;
    let client = client(&[&server.origin(), &other.origin()], quick());
    let answer = client.fetch(get(server.url("/")), None, soon()).await.unwrap();
    assert_eq!(
        (answer.status, answer.header("location")),
        (302, Some(target.as_str()))
    );
    assert_eq!(answer.body, b"moved");
    assert_eq!(other.connections(), 0);
}

#[tokio::test]
async fn redirects_in_a_circle_end_after_five() {
    let server = Server::always(reply(302, "location: /\r\n", "")).await;
    assert_eq!(
        fetch(&server, get(server.url("/")), quick())
            .await
            .unwrap()
            .status,
        302
    );
    assert_eq!(server.asked().len(), 6);
}
