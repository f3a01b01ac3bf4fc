//! How much, how long, how many at once.

use std::io::Write;
use std::sync::Arc;

use tokio::sync::Barrier;

use super::server::{Reply, Server, answer, reply};
use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_body_is_decompressed_and_counted() {
    let body = b"{\"value\":[]}".repeat(100_000);
    let server = Server::always(Reply::Whole(answer(
        200,
        "content-encoding: gzip\r\n",
        &gzip(&body),
    )))
    .await;
    let client = client(&[&server.origin()], quick());
    let answer = client.fetch(get(server.url("/")), None, soon()).await.unwrap();
    assert!(answer.body == body);
    assert_eq!(
        client.traffic(),
        super::super::Traffic {
            requests: 1,
            bytes: 1_200_000,
            answered: [(200, 1)].into(),
            ..Default::default()
        }
    );
}

#[tokio::test]
async fn a_gzip_bomb_ends_at_the_limit() {
    let bomb = gzip(&vec![0; 20 << 20]);
    assert!(bomb.len() < 64 << 10);
    let server = Server::always(Reply::Whole(answer(200, "content-encoding: gzip\r\n", &bomb))).await;
    let limits = Limits {
        body: 1 << 20,
        ..quick()
    };
    let error = fetch(&server, get(server.url("/")), limits).await.err().unwrap();
    let text = format!(
        "{} sent more than 1048576 bytes, the limit for one answer",
        server.origin()
    );
    assert_eq!(error, FetchError::ResponseBodySize(text));
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_read_and_one_more_byte_is_not() {
    for (size, fits) in [(1000, true), (1001, false)] {
        let chunked = format!(
            "HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\n{size:x}\r\n{}\r\n0\r\n\r\n",
            "x".repeat(size)
        );
        for raw in [answer(200, "", &vec![b'x'; size]), chunked.into_bytes()] {
            let server = Server::always(Reply::Whole(raw)).await;
            let limits = Limits {
                body: 1000,
                ..quick()
            };
            let answer = fetch(&server, get(server.url("/")), limits).await;
            match answer {
                Ok(answer) => assert!(fits && answer.body.len() == size),
                Err(error) => assert!(
                    !fits && matches!(error, FetchError::ResponseBodySize(_)),
                    "{error}"
                ),
            }
        }
    }
}

#[tokio::test]
async fn an_announced_body_that_is_too_large_is_not_waited_for() {
    let server = Server::always(Reply::Trickle(
        b"HTTP/1.1 200 x\r\ncontent-length: 99999999999\r\n\r\n".to_vec(),
    ))
    .await;
    let error = fetch(&server, get(server.url("/")), quick()).await.err().unwrap();
    assert!(matches!(error, FetchError::ResponseBodySize(_)), "{error}");
}

#[tokio::test]
async fn the_length_that_a_head_answer_announces_is_no_body() {
    let server = Server::always(Reply::Whole(
        b"HTTP/1.1 200 x\r\ncontent-length: 99999999999\r\n\r\n".to_vec(),
    ))
    .await;
    let request = Request {
        method: Method::HEAD,
        ..get(server.url("/"))
    };
    let answer = fetch(&server, request, quick()).await.unwrap();
    assert_eq!((answer.status, answer.body.len()), (200, 0));
}

#[tokio::test]
async fn headers_beyond_the_limit_are_refused() {
    for size in [2_000, 1_000_000] {
        let server = Server::always(reply(200, &format!("x-long: {}\r\n", "x".repeat(size)), "")).await;
        let limits = Limits {
            headers: 1000,
            ..quick()
        };
        let error = fetch(&server, get(server.url("/")), limits).await.err().unwrap();
        assert!(
            matches!(error, FetchError::ResponseHeaderSize(_)),
            "{size}: {error}"
        );
    }
}

#[tokio::test]
async fn an_answer_of_headers_without_number_is_refused() {
    for number in [101, 24_580] {
        let server = Server::always(reply(200, &"x: y\r\n".repeat(number), "")).await;
        let error = fetch(&server, get(server.url("/")), quick()).await.err().unwrap();
        assert!(
            matches!(error, FetchError::ResponseHeaderSize(_)),
            "{number}: {error}"
        );
    }
}

#[tokio::test]
async fn a_body_that_trickles_ends_at_the_time_limit_and_is_not_asked_for_again() {
    let server = Server::always(Reply::Trickle(
        b"HTTP/1.1 200 x\r\ncontent-length: 100000\r\n\r\n".to_vec(),
    ))
    .await;
    let limits = Limits {
        response: Duration::from_millis(500),
        ..quick()
    };
    let error = fetch(&server, get(server.url("/")), limits).await.err().unwrap();
    assert_eq!(
        error,
        FetchError::ResponseTimeout(format!(
            "{} did not answer completely within 500ms; ask for less at once, or try later",
            server.origin()
        ))
    );
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn nothing_goes_on_after_the_deadline() {
    let server = Server::always(Reply::Trickle(
        b"HTTP/1.1 200 x\r\ncontent-length: 100000\r\n\r\n".to_vec(),
    ))
    .await;
    let client = client(&[&server.origin()], quick());
    let deadline = Instant::now() + Duration::from_millis(500);
    for _ in 0..2 {
        let error = client
            .fetch(get(server.url("/")), None, deadline)
            .await
            .err()
            .unwrap();
        assert!(matches!(error, FetchError::BudgetExhausted(_)), "{error}");
    }
    assert_eq!(server.asked().len(), 1, "the second was too late to be sent");
}

#[tokio::test]
async fn only_so_many_attempts_are_made_at_once() {
    // Each answer waits until there are two requests, so two do run side by side; a third would need a third connection.
    let server = Server::always(Reply::Together(Arc::new(Barrier::new(2)), answer(200, "", b""))).await;
    let client = client(
        &[&server.origin()],
        Limits {
            in_flight: 2,
            ..quick()
        },
    );
    let all = (0..8).map(|_| client.fetch(get(server.url("/")), None, soon()));
    let answers = futures::future::join_all(all).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(server.connections(), 2, "two connections served all eight");
}

/// Throttles the first request with this status for 0.3 s and answers the others. Returns the order in which two requests came.
async fn after_a_first_refusal(status: u16) -> Vec<String> {
    let server = Server::start(move |number, _| match number {
        0 => reply(status, "Retry-After: 0.3\r\n", ""),
        _ => reply(200, "", ""),
    })
    .await;
    let limits = Limits {
        in_flight: 1,
        longest_wait: Duration::from_secs(5),
        ..quick()
    };
    let client = client(&[&server.origin()], limits);
    let first = client.fetch(get(server.url("/refused")), None, soon());
    let second = client.fetch(get(server.url("/other")), None, soon());
    let (first, second) = futures::future::join(first, second).await;
    assert_eq!((first.unwrap().status, second.unwrap().status), (200, 200));
    server.asked()
}

#[tokio::test]
async fn a_request_that_waits_for_another_attempt_lets_others_pass() {
    let asked = after_a_first_refusal(503).await;
    assert_eq!(asked, ["GET /refused", "GET /other", "GET /refused"]);
}

#[tokio::test]
async fn while_the_application_is_throttled_no_other_request_is_begun() {
    let begun = Instant::now();
    let mut asked = after_a_first_refusal(429).await;
    assert!(begun.elapsed() >= Duration::from_millis(300));
    asked[1..].sort();
    assert_eq!(asked, ["GET /refused", "GET /other", "GET /refused"]);
}

#[tokio::test]
async fn who_would_wait_too_long_is_told_what_the_service_said_and_asks_it_nothing() {
    let server = Server::always(reply(429, "Retry-After: 90\r\n", "slow down")).await;
    let client = client(&[&server.origin()], quick());
    let ask = || client.fetch(get(server.url("/")), None, soon());
    let (first, second) = (ask().await.unwrap(), ask().await.unwrap());
    assert_eq!((first.status, second.status), (429, 429));
    assert_eq!(second.header("retry-after"), Some("90"));
    assert_eq!(server.asked().len(), 1);
    assert_eq!(client.traffic().requests, 1);
}

#[tokio::test]
async fn fewer_requests_are_in_flight_while_the_service_throttles() {
    for (status, limit) in [(200, 8), (404, 8), (500, 8), (502, 8), (429, 4), (503, 4)] {
        let server = Server::always(reply(status, "", "")).await;
        let limits = Limits {
            in_flight: 8,
            attempts: 1,
            ..quick()
        };
        let client = client(&[&server.origin()], limits);
        client.fetch(get(server.url("/")), None, soon()).await.unwrap();
        assert_eq!(client.in_flight(), limit, "{status}");
    }
}

#[tokio::test]
async fn clients_behind_one_gate_leave_a_service_alone_that_one_of_them_was_told_to() {
    let server = Server::always(reply(429, "retry-after: 60\r\n", "")).await;
    let gate = Arc::new(super::super::Gate::new(4));
    let clients = [(); 2].map(|()| {
        let network = super::super::Network::default();
        Client::behind(
            Arc::clone(&gate),
            Grants::new([server.origin()]),
            network,
            quick(),
        )
        .unwrap()
    });
    for client in &clients {
        let answer = client.fetch(get(server.url("/")), None, soon()).await.unwrap();
        assert_eq!(answer.status, 429);
    }
    assert_eq!(server.asked().len(), 1);
    assert_eq!(clients.map(|client| client.in_flight()), [2, 2]);
}
