//! Tests with existing streams, and with those of others.

use async_nats::jetstream::stream;

use crate::nats::server::Server;
use crate::nats::{changes, error};

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_takes_other_subjects_is_refused() {
    let server = Server::with_jetstream();
    let client = server.client().await;
    let config = |subjects: &[&str]| stream::Config {
        name: "COLLECTOR".into(),
        subjects: subjects.iter().map(ToString::to_string).collect(),
        ..stream::Config::default()
    };
    client
        .create_stream(config(&["orders.>", "rooms.fabrikam.*"]))
        .await
        .unwrap();
    let mut sink = server.sink();
    assert_eq!(
        error(&mut sink, &changes(2, 1..=2)).await,
        format!(
            "the NATS server 127.0.0.1:{}, stream COLLECTOR: the stream exists and takes orders.>, rooms.fabrikam.*, but not \
             rooms.contoso.room-1; add rooms.> to its subjects, or set another `stream` or `subject`",
            server.port()
        )
    );
    client
        .update_stream(config(&["orders.>", "rooms.contoso.*"]))
        .await
        .unwrap();
    sink.deliver(&changes(2, 1..=2)).await.unwrap();
    server.assert_holds(&changes(2, 1..=2)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn subjects_that_another_stream_takes_are_refused() {
    let server = Server::with_jetstream();
    let other = stream::Config {
        name: "OTHER".into(),
        subjects: vec!["rooms.contoso.>".into()],
        ..stream::Config::default()
    };
    server.client().await.create_stream(other).await.unwrap();
    assert_eq!(
        error(&mut server.sink(), &changes(2, 1..=2)).await,
        format!(
            "the NATS server 127.0.0.1:{}, stream COLLECTOR: the stream cannot be created: another stream takes subjects of rooms.>; \
             set that one as `stream`, or set another `subject`",
            server.port()
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_stream_is_reported_and_created_again() {
    let server = Server::with_jetstream();
    let all = changes(2, 1..=2);
    let mut sink = server.sink();
    sink.deliver(&all).await.unwrap();
    server.client().await.delete_stream("COLLECTOR").await.unwrap();
    let text = error(&mut sink, &all[..1]).await;
    assert!(
        text.ends_with(
            "no stream takes rooms.contoso.room-1 any more; the next delivery looks for the stream, or creates it"
        ),
        "{text}"
    );
    sink.deliver(&all).await.unwrap();
    server.assert_holds(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_jetstream_is_reported() {
    let server = Server::start(&[]);
    assert_eq!(
        error(&mut server.sink(), &changes(1, 1..=1)).await,
        format!(
            "the NATS server 127.0.0.1:{}, stream COLLECTOR: it does not run JetStream; start it with -js, or enable JetStream for the \
             user's account",
            server.port()
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_acknowledges_nothing_is_refused() {
    let server = Server::with_jetstream();
    let silent = stream::Config {
        name: "COLLECTOR".into(),
        subjects: vec!["rooms.>".into()],
        no_ack: true,
        ..stream::Config::default()
    };
    server.client().await.create_stream(silent).await.unwrap();
    let text = error(&mut server.sink(), &changes(1, 1..=1)).await;
    assert!(
        text.ends_with(
            "the stream exists, but does not acknowledge messages; turn on its acknowledgements (`no_ack`), or set another `stream`"
        ),
        "{text}"
    );
}
