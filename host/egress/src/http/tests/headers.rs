//! The headers of a request, and the parts of an answer that are returned.

use super::server::{Server, reply};
use super::*;
use crate::token::FixedBearer;

fn with(mut request: Request, headers: &[(&str, &str)]) -> Request {
    request.headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    request
}

#[tokio::test]
async fn a_request_carries_its_own_headers_and_the_name_of_the_collector() {
    let server = Server::always(reply(200, "X-Id: 1\r\nX-Id: 2\r\n", "[]")).await;
    let request = with(
        get(server.url("/rooms?$top=5")),
        &[("Prefer", "a"), ("prefer", "b"), ("ConsistencyLevel", "eventual")],
    );
    let answer = fetch(&server, request, quick()).await.unwrap();
    let seen = &server.seen()[0];
    assert_eq!(
        (seen.method.as_str(), seen.target.as_str()),
        ("GET", "/rooms?$top=5")
    );
    assert_eq!(
        seen.header("user-agent"),
        Some(concat!("collector/", env!("CARGO_PKG_VERSION")))
    );
    assert_eq!(seen.header("consistencylevel"), Some("eventual"));
    assert_eq!(seen.header("accept-encoding"), Some("gzip"));
    assert_eq!(seen.header("authorization"), None);
    let ids: Vec<&str> = answer
        .headers
        .iter()
        .filter(|(name, _)| name == "x-id")
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(ids, ["1", "2"]);
}

#[tokio::test]
async fn a_connector_may_name_itself() {
    let server = Server::always(reply(200, "", "")).await;
    fetch(
        &server,
        with(get(server.url("/")), &[("user-agent", "o365/1.0")]),
        quick(),
    )
    .await
    .unwrap();
    assert_eq!(server.seen()[0].header("user-agent"), Some("o365/1.0"));
}

#[tokio::test]
async fn headers_that_are_not_a_connectors_to_set_are_refused_by_name() {
    let server = Server::always(reply(200, "", "")).await;
    for name in [
        "Host",
        "authorization",
        "Proxy-Authorization",
        "proxy-connection",
        "Cookie",
        "Connection",
        "keep-alive",
        "TE",
        "trailer",
        "Transfer-Encoding",
        "upgrade",
        "content-length",
        "Expect",
        "accept-encoding",
    ] {
        let error = fetch(&server, with(get(server.url("/")), &[(name, "x")]), quick())
            .await
            .err()
            .unwrap();
        let text = format!(
            "the collector sets the header {} itself; leave it out",
            name.to_lowercase()
        );
        assert_eq!(error, FetchError::RequestInvalid(text));
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_line_end_cannot_be_smuggled_into_a_header() {
    let server = Server::always(reply(200, "", "")).await;
    for (name, value) in [
        ("x", "a\r\nAuthorization: b"),
        ("x", "a\nb"),
        ("x\r\ny", "a"),
        ("", "a"),
        ("x", "a\0"),
    ] {
        let error = fetch(&server, with(get(server.url("/")), &[(name, value)]), quick())
            .await
            .err()
            .unwrap();
        assert!(
            matches!(error, FetchError::RequestInvalid(_)),
            "{name:?} {value:?}: {error}"
        );
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn headers_without_number_are_refused_and_break_nothing() {
    let server = Server::always(reply(200, "", "")).await;
    let client = client(&[&server.origin()], quick());
    // The first fill the limit with one header; the others are more than a map of headers can hold, or be created for.
    for (number, length, sent) in [
        (1, (64 << 10) - 5, true),
        (1, (64 << 10) - 4, false),
        (24_580, 1, false),
        (40_000, 1, false),
    ] {
        let mut request = get(server.url("/"));
        request.headers = (0..number)
            .map(|_| ("x".to_owned(), "y".repeat(length)))
            .collect();
        let outcome = client.fetch(request, None, soon()).await;
        match outcome {
            Ok(_) => assert!(sent, "{number} of {length}"),
            Err(error) => {
                assert!(!sent, "{number} of {length}: {error}");
                let FetchError::RequestInvalid(text) = error else {
                    panic!("{error}")
                };
                assert_eq!(
                    text,
                    "the request has more than 65536 bytes of headers; leave some out"
                );
            }
        }
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn different_headers_without_number_are_refused_and_break_nothing() {
    let server = Server::always(reply(200, "", "")).await;
    let mut request = get(server.url("/"));
    request.headers = (0..24_580)
        .map(|number| (format!("x{number}"), String::new()))
        .collect();
    let error = fetch(&server, request, quick()).await.err().unwrap();
    assert!(matches!(error, FetchError::RequestInvalid(_)), "{error}");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_bearer_is_sent_to_its_audience() {
    let server = Server::always(reply(200, "", "")).await;
    let bearer = FixedBearer::new("s3cret".into(), vec![server.origin()]);
    let client = client(&[&server.origin()], quick());
    client
        .fetch(get(server.url("/")), Some(&bearer), soon())
        .await
        .unwrap();
    assert_eq!(server.seen()[0].header("authorization"), Some("Bearer s3cret"));
}

#[tokio::test]
async fn a_password_is_sent_with_its_user_name() {
    let server = Server::always(reply(200, "", "")).await;
    // The example of RFC 7617.
    let bearer = FixedBearer::password("Aladdin", &"open sesame".into(), vec![server.origin()]);
    let client = client(&[&server.origin()], quick());
    client
        .fetch(get(server.url("/")), Some(&bearer), soon())
        .await
        .unwrap();
    assert_eq!(
        server.seen()[0].header("authorization"),
        Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
    );
}

#[tokio::test]
async fn a_bearer_is_not_sent_elsewhere_even_when_that_is_granted() {
    let server = Server::always(reply(200, "", "")).await;
    let bearer = FixedBearer::new(
        "s3cret".into(),
        vec!["https://graph.microsoft.com".parse().unwrap()],
    );
    let client = client(&[&server.origin()], quick());
    let error = client
        .fetch(get(server.url("/")), Some(&bearer), soon())
        .await
        .err()
        .unwrap();
    assert_eq!(
        error,
        FetchError::RequestDenied(format!(
            "the credential is only for https://graph.microsoft.com, not for {}; send the request without it",
            server.origin()
        ))
    );
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_bearer_that_cannot_stand_in_a_header_is_not_shown() {
    let server = Server::always(reply(200, "", "")).await;
    let bearer = FixedBearer::new("s3cret\nline".into(), vec![server.origin()]);
    let client = client(&[&server.origin()], quick());
    let error = client
        .fetch(get(server.url("/")), Some(&bearer), soon())
        .await
        .err()
        .unwrap();
    assert!(
        matches!(error, FetchError::Bearer(SecretError::Unavailable(_))),
        "{error}"
    );
    assert!(!format!("{error} {error:?}").contains("s3cret"));
}

#[tokio::test]
async fn cookies_are_not_kept() {
    let server = Server::always(reply(200, "Set-Cookie: session=1\r\n", "")).await;
    let client = client(&[&server.origin()], quick());
    for _ in 0..2 {
        client.fetch(get(server.url("/")), None, soon()).await.unwrap();
    }
    assert!(server.seen().iter().all(|seen| seen.header("cookie").is_none()));
    assert_eq!(server.connections(), 1, "the connection is used again");
}

#[tokio::test]
async fn no_error_holds_the_query() {
    let server = Server::always(super::server::Reply::Whole(b"not HTTP at all\r\n\r\n".to_vec())).await;
    let error = fetch(&server, get(server.url("/x?key=s3cret")), quick())
        .await
        .err()
        .unwrap();
    assert!(matches!(error, FetchError::Protocol(_)), "{error}");
    assert!(!format!("{error} {error:?}").contains("s3cret"));
}
