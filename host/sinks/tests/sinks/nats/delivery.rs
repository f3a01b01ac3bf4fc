//! Tests that every change arrives once and in the order of its room, whatever happens to the server.

use async_nats::jetstream::stream;
use collector_model::change::{Change, ChangeKind, What};
use collector_model::fixture::with;
use collector_model::insight::Insight;
use collector_model::meeting::Subject;
use collector_sinks::{Cause, SinkSettings, open};
use futures::StreamExt as _;

use crate::kit::{after, change, of_kind, verdict};
use crate::nats::server::Server;
use crate::nats::{changes, error, settings};

#[tokio::test(flavor = "multi_thread")]
async fn all_changes_arrive_once_and_in_the_order_of_their_room() {
    let server = Server::with_jetstream();
    let mut sink = server.sink();
    let all = changes(100, 1..=2_000);
    for batch in all.chunks(500) {
        sink.deliver(batch).await.unwrap();
    }
    server.assert_holds(&all).await;

    let stream = server.client().await.get_stream("COLLECTOR").await.unwrap();
    let made = &stream.cached_info().config;
    assert_eq!(made.subjects, ["rooms.>"]);
    assert_eq!(made.storage, stream::StorageType::File);
    assert_eq!(made.duplicate_window.as_secs(), 3_600);
    assert_eq!(
        (made.max_messages, made.max_bytes, made.max_age.as_secs()),
        (-1, -1, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn insights_follow_on_the_subject_of_their_room_and_a_second_time_if_something_else_was_told_in_between()
 {
    let server = Server::with_jetstream();
    let mut sink = server.sink();
    let told = [
        verdict("room-1", "m1", "no-show", 1),
        verdict("room-1", "m1", "attended", 2),
        verdict("room-1", "m1", "no-show", 3),
    ];
    for part in [&told[..1], &told[..1], &told[1..]] {
        sink.tell(&after(7), part).await.unwrap();
    }
    let message = |insight: &Insight| {
        let id = format!("{}-{}", insight.id, insight.at);
        ("rooms.contoso.room-1".to_owned(), id, insight.json(&after(7)))
    };
    assert_eq!(
        server.messages().await,
        told.iter().map(message).collect::<Vec<_>>()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_not_a_token_becomes_one() {
    let server = Server::with_jetstream();
    let batch = [Change {
        source: "con.to so".into(),
        ..change(1, "zürich*>@contoso.com")
    }];
    server.sink().deliver(&batch).await.unwrap();
    assert_eq!(
        server.messages().await,
        [(
            "rooms.con%2Eto%20so.z%C3%BCrich%2A%3E@contoso%2Ecom".to_owned(),
            "5f0c-1".to_owned(),
            batch[0].json()
        )]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_is_published_on_the_subject_of_its_room() {
    let server = Server::with_jetstream();
    let of = |number, what| Change {
        what,
        ..change(number, "room-1")
    };
    let end = What::SnapshotEnd {
        from: 1_773_136_800,
        meetings: 1,
    };
    let all = [
        of(1, What::SnapshotBegin),
        change(2, "room-2"),
        of_kind(change(3, "room-1"), ChangeKind::Added),
        of(4, end),
        of_kind(change(5, "room-1"), ChangeKind::Removed),
    ];
    server.sink().deliver(&all).await.unwrap();
    server.assert_holds(&all).await;
}

/// Delivers changes of three rooms, the second longer than 4 KiB, and checks what becomes of them.
async fn deliver_one_that_is_too_long(server: &Server, expected: &str) {
    let mut all = changes(3, 1..=9);
    all[1] = with(all[1].clone(), |meeting| {
        meeting.subject = Subject::Text("long ".repeat(1_000))
    });
    let mut sink = server.sink();
    let error = sink.deliver(&all).await.unwrap_err();
    assert_eq!(error.cause, Cause::Refused(Some(2)), "{error}");
    assert_eq!(
        error.to_string(),
        format!(
            "the NATS server 127.0.0.1:{}, stream COLLECTOR: a message on rooms.contoso.{} is longer than {expected}",
            server.port(),
            all[1].room
        )
    );
    all.remove(1);
    sink.deliver(&all).await.unwrap();
    server.assert_holds(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_longer_than_the_server_allows_is_named_and_the_others_go_on() {
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("server.conf");
    std::fs::write(&config, "max_payload: 4096\n").unwrap();
    let server = Server::start(&["-js", "-c", config.to_str().unwrap()]);
    deliver_one_that_is_too_long(&server, "the server allows; raise `max_payload` of the server").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_longer_than_the_stream_allows_is_named_and_the_others_go_on() {
    let server = Server::with_jetstream();
    let narrow = stream::Config {
        name: "COLLECTOR".into(),
        subjects: vec!["rooms.>".into()],
        max_message_size: 4_096,
        ..stream::Config::default()
    };
    server.client().await.create_stream(narrow).await.unwrap();
    deliver_one_that_is_too_long(&server, "the stream allows; raise `max_msg_size` of the stream").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_batch_again_gives_no_second_message() {
    let server = Server::with_jetstream();
    let all = changes(3, 1..=60);
    let mut sink = server.sink();
    sink.deliver(&all[..20]).await.unwrap();
    sink.deliver(&all).await.unwrap();
    server.sink().deliver(&all).await.unwrap();
    server.assert_holds(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_is_given_up_in_the_middle_is_completed_by_its_repeat() {
    let server = Server::with_jetstream();
    let all = changes(7, 1..=500);
    let mut sink = server.sink();
    sink.deliver(&all[..1]).await.unwrap();
    let mut seen = server.client().await.client().subscribe("rooms.>").await.unwrap();
    // A round trip: after it the server knows the subscription.
    server.messages().await;
    seen.unsubscribe_after(200).await.unwrap();
    tokio::select! {
        _ = sink.deliver(&all) => panic!("the delivery should not end"),
        () = async { while seen.next().await.is_some() {} } => {}
    }
    assert!(server.messages().await.len() < all.len());
    sink.deliver(&all).await.unwrap();
    server.assert_holds(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_in_the_middle_of_deliveries_loses_and_repeats_nothing() {
    let mut server = Server::with_jetstream();
    let all = changes(40, 1..=3_000);
    let mut sink = server.sink();
    let mut kills = 0;
    for (number, batch) in all.chunks(500).enumerate() {
        if number == 0 {
            sink.deliver(batch).await.unwrap();
            continue;
        }
        let mut seen = server.client().await.client().subscribe("rooms.>").await.unwrap();
        server.client().await.get_stream("COLLECTOR").await.unwrap();
        seen.unsubscribe_after(90 * u64::try_from(number).unwrap())
            .await
            .unwrap();
        let (delivered, ()) = tokio::join!(sink.deliver(batch), async {
            while seen.next().await.is_some() {}
            server.kill();
        });
        if let Err(error) = delivered {
            kills += 1;
            assert!(error.to_string().contains("127.0.0.1"), "{error}");
            // The server is down.
            sink.deliver(batch).await.unwrap_err();
        }
        server.start_again();
        let mut tries = 0;
        while let Err(error) = sink.deliver(batch).await {
            tries += 1;
            assert!(tries < 20, "{error}");
        }
    }
    assert!(kills >= 3, "only {kills} deliveries were interrupted");
    server.assert_holds(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_comes_back_is_found_again() {
    let mut server = Server::with_jetstream();
    let all = changes(2, 1..=6);
    let mut sink = server.sink();
    server.kill();
    let port = server.port();
    assert_eq!(sink.deliver(&all).await.unwrap_err().cause, Cause::Down);
    assert_eq!(
        error(&mut sink, &all).await,
        format!(
            "the NATS server 127.0.0.1:{port}, stream COLLECTOR: it cannot be reached: Connection refused (os error 111); \
             correct `url` or `ca`, or look at the server"
        )
    );
    server.start_again();
    sink.deliver(&all[..4]).await.unwrap();
    // The same between two deliveries.
    server.kill();
    error(&mut sink, &all).await;
    server.start_again();
    sink.deliver(&all).await.unwrap();
    server.assert_holds(&all).await;
}

#[tokio::test]
async fn a_message_that_comes_late_is_not_stored_behind_its_repeat() {
    let server = Server::with_jetstream();
    let all = changes(5, 1..=50);
    let mut sink = server.sink();
    sink.deliver(&all[..10]).await.unwrap();

    server.signal("STOP").unwrap();
    // The paused clock jumps to the next time-out when nothing else runs.
    tokio::time::pause();
    let text = error(&mut sink, &all).await;
    tokio::time::resume();
    assert!(
        text.ends_with("was not acknowledged in time; look at the server's log"),
        "{text}"
    );
    // What was sent waits in the stopped server's socket.
    server.signal("CONT").unwrap();
    sink.deliver(&all).await.unwrap();
    server.assert_holds(&all).await;
}

/// As above.
#[tokio::test(start_paused = true)]
async fn a_silent_server_is_given_up() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let settings = settings(&format!("nats://127.0.0.1:{port}"));
    let mut sink = open(SinkSettings::Nats(settings)).unwrap();
    assert_eq!(
        error(&mut sink, &changes(1, 1..=1)).await,
        format!(
            "the NATS server 127.0.0.1:{port}, stream COLLECTOR: it did not answer in time; correct `url`, or look at the server"
        )
    );
}
