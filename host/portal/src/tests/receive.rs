//! Tests of posts to sources that receive.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::Request;
use http_body_util::{BodyExt as _, Full};

use super::fake::{Gate, TOKEN};
use super::{Browser, Reply};

const PATH: &str = "/api/v1/usage?source=sensors";

async fn post(browser: &mut Browser, path: &str, token: &str, body: impl Into<Body>) -> Reply {
    let request = Request::post(path).header("authorization", format!("Bearer {token}"));
    browser.send(request.body(body.into()).unwrap()).await
}

#[tokio::test]
async fn a_post_needs_a_token_and_no_session() {
    let mut browser = Browser::new();
    let reply = post(&mut browser, PATH, TOKEN, "{}").await;
    reply.is(200);
    assert_eq!(reply.header("content-type"), "application/json");
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(browser.fake.calls(), ["receive 2 bytes for sensors"]);
    assert!(browser.cookie.is_none());
    let mut administrator = Browser::signed_in().await;
    let request = Request::post(PATH).body(Body::from("{}")).unwrap();
    let reply = administrator.send(request).await;
    reply.is(401);
    assert_eq!(reply.header("www-authenticate"), "Bearer");
}

#[tokio::test]
async fn a_post_that_names_another_server_is_refused() {
    let mut browser = Browser::new();
    browser.host = "evil.example".into();
    post(&mut browser, PATH, TOKEN, "{}").await.is(421);
    assert!(browser.fake.calls().is_empty());
}

#[tokio::test]
async fn guesses_from_one_network_slow_no_sender_who_knows_the_token() {
    let mut browser = Browser::new();
    for _ in 0..30 {
        post(&mut browser, PATH, "guess", "{}").await.is(401);
    }
    let reply = post(&mut browser, PATH, "guess", "{}").await;
    reply.is(429);
    let seconds: u64 = reply.header("retry-after").parse().unwrap();
    assert!((1..=11).contains(&seconds), "{seconds}");
    // Though nobody sent the right one before.
    post(&mut browser, PATH, TOKEN, "{}").await.is(200);
    browser.address = [198, 51, 100, 2].into();
    post(&mut browser, PATH, "guess", "{}").await.is(401);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_finds_no_room_waits_and_is_then_told_to_come_again() {
    let mut browser = Browser::new();
    let gate = Arc::new(Gate::default());
    browser.fake.world().full = Some(Arc::clone(&gate));
    let mut senders = Vec::new();
    for _ in 0..4 {
        let mut sender = browser.other();
        senders.push(tokio::spawn(async move {
            post(&mut sender, PATH, TOKEN, vec![b' '; 8 << 20]).await.status
        }));
        gate.reached.notified().await;
    }
    let begun = tokio::time::Instant::now();
    let large = || vec![b' '; 100 << 10];
    let reply = post(&mut browser, PATH, TOKEN, large()).await;
    reply.is(503);
    assert!(reply.header("retry-after").parse::<u64>().unwrap() > 0);
    assert_eq!(begun.elapsed(), Duration::from_secs(20));
    browser.fake.world().full = None;
    // What is small does not wait behind what is large.
    post(&mut browser, PATH, TOKEN, "{}").await.is(200);
    // One that has only waited is taken when there is room.
    let mut late = browser.other();
    let late = tokio::spawn(async move { post(&mut late, PATH, TOKEN, large()).await.status });
    gate.open.notify_one();
    assert_eq!(late.await.unwrap(), 200);
    for sender in senders {
        gate.open.notify_one();
        assert_eq!(sender.await.unwrap(), 200);
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_without_a_length_takes_no_more_room_than_it_needs() {
    let mut browser = Browser::new();
    let gate = Arc::new(Gate::default());
    browser.fake.world().full = Some(Arc::clone(&gate));
    let unsized_body = |bytes: usize| Body::from_stream(Body::from(vec![b' '; bytes]).into_data_stream());
    let mut senders = Vec::new();
    // Room for four large ones, and many small ones beside them.
    for bytes in [1 << 20, 1 << 20, 1 << 20, 1 << 20, 2, 2, 2, 2] {
        let mut sender = browser.other();
        let body = unsized_body(bytes);
        senders.push(tokio::spawn(async move {
            post(&mut sender, PATH, TOKEN, body).await.status
        }));
        gate.reached.notified().await;
    }
    post(&mut browser, PATH, TOKEN, unsized_body(1 << 20))
        .await
        .is(503);
    for sender in senders {
        gate.open.notify_one();
        assert_eq!(sender.await.unwrap(), 200);
    }
    browser.fake.world().full = None;
    post(&mut browser, PATH, TOKEN, unsized_body((8 << 20) + 1))
        .await
        .is(413);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_is_not_waited_for_long() {
    let mut browser = Browser::new();
    let never = Full::new(Bytes::from_static(b"{")).with_trailers(std::future::pending());
    let reply = post(&mut browser, PATH, TOKEN, Body::new(never)).await;
    reply.is(408);
    assert!(browser.fake.calls().is_empty());
}
