//! Renewing tokens: while the old one is in use, after a 401, and because the kept one is out of date.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use collector_model::http::{Method, Request};
use futures::future::join_all;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Barrier;
use tokio::time::{Instant, timeout};

use super::{REFUSAL, issuing, secret, source, token};
use crate::http::tests::client;
use crate::http::tests::server::{Reply, Server, answer, reply};
use crate::http::{Bearer, Limits};
use crate::token::TokenSource;

/// The age at which a token with a life of an hour should be renewed but is still valid.
const LATE: Duration = Duration::from_secs(3_400);
/// Waits for a condition; a broken program never meets it.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) async fn until(what: &str, condition: impl Fn() -> bool) {
    let waited = timeout(PATIENCE, async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    assert!(waited.await.is_ok(), "{what} did not come");
}

/// Asks until this token arrives.
pub(super) async fn until_token(source: &TokenSource, wanted: &str) {
    let waited = timeout(PATIENCE, async {
        while token(source).await != wanted {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    assert!(waited.await.is_ok(), "{wanted} did not come");
}

async fn renewed(source: &TokenSource, rejected: &str) -> String {
    let rejected = SecretString::from(rejected);
    source.renew(&rejected).await.unwrap().expose_secret().to_owned()
}

#[tokio::test]
async fn while_a_token_is_good_nobody_waits_for_the_next() {
    let slow = Arc::new(Barrier::new(2));
    let login = Server::start({
        let slow = Arc::clone(&slow);
        move |number, _| match (number, issuing(number, "3600")) {
            (1, Reply::Whole(answer)) => Reply::Together(Arc::clone(&slow), answer),
            (_, other) => other,
        }
    })
    .await;
    let source = source(&login, secret());
    assert_eq!(token(&source).await, "token-0");
    source.advance(LATE);
    let tokens = timeout(PATIENCE, join_all((0..20).map(|_| token(&source)))).await;
    assert!(tokens.is_ok_and(|tokens| tokens.iter().all(|token| token == "token-0")));
    until("the renewal", || login.asked().len() == 2).await;
    // The login server is slow, and there is one renewal.
    assert_eq!(token(&source).await, "token-0");
    slow.wait().await;
    until_token(&source, "token-1").await;
    assert_eq!(login.asked().len(), 2);
}

#[tokio::test]
async fn past_the_end_of_a_token_everybody_waits_for_the_next() {
    let login = Server::start(|number, _| issuing(number, "3600")).await;
    let source = source(&login, secret());
    assert_eq!(token(&source).await, "token-0");
    source.advance(Duration::from_secs(3_600));
    let tokens = join_all((0..20).map(|_| token(&source))).await;
    assert!(tokens.iter().all(|token| token == "token-1"));
    assert_eq!(login.asked().len(), 2);
}

#[tokio::test]
async fn a_renewal_that_fails_costs_nobody_anything_and_is_tried_again_after_a_pause() {
    let login = Server::start(|number, _| match number {
        1 => reply(401, "", REFUSAL),
        _ => issuing(number, "3600"),
    })
    .await;
    let source = source(&login, secret());
    assert_eq!(token(&source).await, "token-0");
    source.advance(LATE);
    for _ in 0..3 {
        assert_eq!(token(&source).await, "token-0");
        until("the renewal", || login.asked().len() == 2).await;
    }
    source.advance(Duration::from_secs(31));
    until_token(&source, "token-2").await;
    assert_eq!(login.asked().len(), 3);
}

#[tokio::test]
async fn a_renewal_ends_with_its_source() {
    let never = Arc::new(Barrier::new(2));
    let login = Server::start(move |number, _| match number {
        1 => Reply::Together(Arc::clone(&never), Vec::new()),
        _ => issuing(number, "3600"),
    })
    .await;
    let source = source(&login, secret());
    assert_eq!(token(&source).await, "token-0");
    source.advance(LATE);
    assert_eq!(token(&source).await, "token-0");
    until("the renewal", || login.asked().len() == 2).await;
    let left_behind = source.left_behind();
    drop(source);
    until("its end", || !left_behind()).await;
}

#[tokio::test]
async fn a_token_that_was_just_replaced_is_not_replaced_again_within_a_minute() {
    let login = Server::start(|number, _| issuing(number, "3600")).await;
    let source = source(&login, secret());
    assert_eq!(token(&source).await, "token-0");
    assert_eq!(renewed(&source, "token-0").await, "token-1");
    for _ in 0..3 {
        assert_eq!(renewed(&source, "token-1").await, "token-1");
    }
    // A late request with the token before gets the present one.
    assert_eq!(renewed(&source, "token-0").await, "token-1");
    source.advance(Duration::from_secs(61));
    assert_eq!(renewed(&source, "token-1").await, "token-2");
    assert_eq!(login.asked().len(), 3);
}

#[tokio::test]
async fn many_rooms_that_are_answered_401_again_and_again_are_told_so_and_cost_one_token() {
    let tokens = Arc::new(AtomicUsize::new(0));
    let issued = Arc::clone(&tokens);
    let login = Server::start(move |_, seen| match seen.method.as_str() {
        "POST" => issuing(issued.fetch_add(1, Ordering::SeqCst), "3600"),
        _ => Reply::Whole(answer(401, "", b"no")),
    })
    .await;
    let source = source(&login, secret());
    let client = client(&[&login.origin()], Limits::default());
    let deadline = Instant::now() + PATIENCE;
    for _ in 0..3 {
        let rooms = (0..8).map(|_| {
            let request = Request {
                method: Method::GET,
                url: login.url("/rooms"),
                headers: Vec::new(),
                body: None,
                repeatable: false,
            };
            client.fetch(request, Some(&source), deadline)
        });
        for room in join_all(rooms).await {
            let room = room.unwrap();
            assert_eq!((room.status, room.body.as_slice()), (401, b"no".as_slice()));
        }
    }
    assert_eq!(tokens.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_rejected_token_that_cannot_be_replaced_still_serves_others() {
    let login = Server::start(|number, _| match number {
        1 => reply(401, "", REFUSAL),
        _ => issuing(number, "3600"),
    })
    .await;
    let source = source(&login, secret());
    assert_eq!(token(&source).await, "token-0");
    assert!(source.renew(&"token-0".into()).await.is_err());
    assert_eq!(token(&source).await, "token-0");
}

#[tokio::test]
async fn what_is_out_of_date_is_forgotten_a_refusal_too() {
    let login = Server::start(|number, _| match number {
        0 => reply(401, "", REFUSAL),
        _ => issuing(number, "3600"),
    })
    .await;
    let source = source(&login, secret());
    assert!(source.token().await.is_err());
    source.forget();
    assert_eq!(token(&source).await, "token-1");
    // More often than once a minute, if it is requested.
    source.forget();
    assert_eq!(token(&source).await, "token-2");
    assert_eq!(token(&source).await, "token-2");
}
