//! What is sent again, when, and how often.

use super::server::{Reply, Server, answer, reply};
use super::*;
use crate::http::Traffic;

/// Fails this often, then answers.
async fn failing(times: usize, failure: Reply) -> Server {
    Server::start(move |number, _| {
        if number < times {
            failure.clone()
        } else {
            reply(200, "", "done")
        }
    })
    .await
}

#[tokio::test]
async fn a_passing_status_is_waited_out() {
    for status in [429, 502, 503, 504] {
        for retry_after in [
            "Retry-After: 0\r\n",
            "Retry-After: 0.020\r\n",
            "Retry-After: soon\r\n",
            "",
            "Retry-After: Tue, 10 Mar 2026 10:00:00 GMT\r\n",
        ] {
            let server = failing(2, reply(status, retry_after, "slow down")).await;
            let answer = fetch(&server, get(server.url("/")), quick()).await.unwrap();
            assert_eq!(
                (answer.status, server.asked().len()),
                (200, 3),
                "{status} {retry_after:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_server_that_asks_for_no_wait_at_all_is_given_a_moment() {
    for retry_after in ["0", "0.0", "Tue, 10 Mar 2026 10:00:00 GMT"] {
        let server = failing(1, reply(429, &format!("Retry-After: {retry_after}\r\n"), "")).await;
        let client = client(&[&server.origin()], quick());
        let answer = client.fetch(get(server.url("/")), None, soon()).await.unwrap();
        let waited = client.traffic().throttled;
        assert_eq!(answer.status, 200);
        assert!(waited >= Duration::from_millis(20), "{retry_after}: {waited:?}");
    }
}

#[tokio::test]
async fn a_date_to_wait_for_is_measured_by_the_servers_own_clock() {
    let date = |seconds: &str| {
        let headers = format!(
            "Date: Tue, 10 Mar 2026 10:00:00 GMT\r\nRetry-After: Tue, 10 Mar 2026 10:00:{seconds} GMT\r\n"
        );
        reply(429, &headers, "")
    };
    let server = failing(1, date("31")).await;
    let answer = fetch(&server, get(server.url("/")), Limits::default())
        .await
        .unwrap();
    assert_eq!((answer.status, server.asked().len()), (429, 1));

    let server = failing(1, date("01")).await;
    let client = client(&[&server.origin()], Limits::default());
    client.fetch(get(server.url("/")), None, soon()).await.unwrap();
    assert_eq!(client.traffic().throttled, Duration::from_secs(1));
}

#[tokio::test]
async fn after_the_last_attempt_the_answer_is_handed_over() {
    let server = failing(99, reply(503, "Retry-After: 0.001\r\n", "tired")).await;
    let client = client(&[&server.origin()], quick());
    let answer = client.fetch(get(server.url("/")), None, soon()).await.unwrap();
    assert_eq!(
        (answer.status, answer.body.as_slice()),
        (503, b"tired".as_slice())
    );
    assert_eq!(
        client.traffic(),
        Traffic {
            requests: 5,
            retries: 4,
            bytes: 25,
            throttled: Duration::from_millis(4),
            answered: [(503, 5)].into(),
            ..Traffic::default()
        }
    );
}

#[tokio::test]
async fn the_waits_that_a_server_asks_for_are_added_up() {
    let server = failing(2, reply(429, "Retry-After: 0.020\r\n", "")).await;
    let client = client(&[&server.origin()], quick());
    client.fetch(get(server.url("/")), None, soon()).await.unwrap();
    let throttled = Duration::from_millis(40);
    assert_eq!(
        client.traffic(),
        Traffic {
            requests: 3,
            retries: 2,
            bytes: 4,
            throttled,
            answered: [(200, 1), (429, 2)].into(),
            ..Traffic::default()
        }
    );
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_not_begun() {
    let server = failing(1, reply(429, "Retry-After: 31\r\n", "")).await;
    let answer = fetch(&server, get(server.url("/")), Limits::default())
        .await
        .unwrap();
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("31")));

    let server = failing(1, reply(429, "Retry-After: 20\r\n", "")).await;
    let client = client(&[&server.origin()], Limits::default());
    let deadline = Instant::now() + Duration::from_secs(10);
    let answer = client.fetch(get(server.url("/")), None, deadline).await.unwrap();
    assert_eq!((answer.status, server.asked().len()), (429, 1));
}

#[tokio::test]
async fn a_request_that_may_change_something_is_sent_once() {
    for failure in [reply(503, "Retry-After: 0\r\n", ""), Reply::Cut(Vec::new())] {
        let server = failing(1, failure).await;
        let _ = fetch(&server, post(server.url("/"), false), quick()).await;
        assert_eq!(server.asked(), ["POST /"]);
    }
}

#[tokio::test]
async fn a_post_that_only_reads_is_sent_again_with_its_body() {
    let server = failing(1, reply(503, "Retry-After: 0\r\n", "")).await;
    assert_eq!(
        fetch(&server, post(server.url("/$batch"), true), quick())
            .await
            .unwrap()
            .status,
        200
    );
    let bodies: Vec<String> = server.seen().into_iter().map(|seen| seen.body).collect();
    assert_eq!(bodies, ["{}", "{}"]);
}

#[tokio::test]
async fn other_statuses_are_data() {
    for status in [400, 401, 403, 404, 409, 410, 500, 501, 507] {
        let server = failing(1, reply(status, "Retry-After: 0\r\n", "why")).await;
        let answer = fetch(&server, get(server.url("/")), quick()).await.unwrap();
        assert_eq!(
            (answer.status, answer.body.as_slice(), server.asked().len()),
            (status, b"why".as_slice(), 1)
        );
    }
}

#[tokio::test]
async fn a_connection_that_ends_before_its_answer_is_made_again() {
    for part in [
        "",
        "HTTP/1.1 200 x\r\n",
        "HTTP/1.1 200 x\r\ncontent-length: 10\r\n\r\nhalf",
    ] {
        let server = failing(2, Reply::Cut(part.into())).await;
        let answer = fetch(&server, get(server.url("/")), quick()).await.unwrap();
        assert_eq!(answer.body, b"done", "{part:?}");

        let server = failing(99, Reply::Cut(part.into())).await;
        let error = fetch(&server, get(server.url("/")), quick()).await.err().unwrap();
        assert!(
            matches!(error, FetchError::ConnectionTerminated(_)),
            "{part:?}: {error}"
        );
    }
}

#[tokio::test]
async fn a_body_that_is_not_the_gzip_it_says_is_a_broken_answer() {
    // The second is the head of a gzip stream (RFC 1952, section 2.3) without the rest.
    for body in [&b"not gzip"[..], &[0x1f, 0x8b, 8, 0, 0]] {
        let server = failing(1, Reply::Whole(answer(200, "content-encoding: gzip\r\n", body))).await;
        let error = fetch(&server, get(server.url("/")), quick()).await.err().unwrap();
        assert!(matches!(error, FetchError::Protocol(_)), "{error}");
        assert_eq!(server.asked().len(), 1);
    }
}

/// Lets `token` pass.
async fn guarding(token: &'static str) -> (Server, Client, Tokens) {
    let server = Server::start(move |_, seen| match seen.header("authorization") {
        Some(text) if text == format!("Bearer {token}") => reply(200, "", "done"),
        _ => reply(401, "", "who?"),
    })
    .await;
    let client = client(&[&server.origin()], quick());
    let tokens = Tokens {
        all: ["old", "new"],
        audience: vec![server.origin()],
    };
    (server, client, tokens)
}

#[tokio::test]
async fn a_rejected_token_is_renewed_once_and_the_request_repeated_whatever_its_method() {
    let (server, client, tokens) = guarding("new").await;
    let answer = client
        .fetch(post(server.url("/"), false), Some(&tokens), soon())
        .await
        .unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(server.asked(), ["POST /", "POST /"]);
}

#[tokio::test]
async fn a_renewed_token_that_is_rejected_too_is_the_answer() {
    let (server, client, tokens) = guarding("other").await;
    let answer = client
        .fetch(get(server.url("/")), Some(&tokens), soon())
        .await
        .unwrap();
    assert_eq!((answer.status, server.asked().len()), (401, 2));
}

#[tokio::test]
async fn a_token_that_has_no_other_is_not_sent_twice() {
    let (server, client, mut tokens) = guarding("new").await;
    tokens.all = ["old", "old"];
    let answer = client
        .fetch(get(server.url("/")), Some(&tokens), soon())
        .await
        .unwrap();
    assert_eq!((answer.status, server.asked().len()), (401, 1));
}
