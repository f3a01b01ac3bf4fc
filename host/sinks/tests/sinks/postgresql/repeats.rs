//! Tests that each change takes effect once, in spite of repeats, crashes and other collectors.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use collector_sinks::Cause;
use e2e::PostgresServer;
use tokio::sync::mpsc;

use crate::postgresql::situation::{
    Between, added, happened, meetings, open, removed, settings, sink, stores, strings, updated, watch,
};

/// How long a server that comes back may refuse a batch.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_batch_that_comes_again_with_more_behind_it_is_applied_from_there() {
    let server = PostgresServer::shared().unwrap();
    let (database, client) = server.database().await.unwrap();
    let batch = [
        added(1, "a", "Sync"),
        added(2, "b", "Review"),
        removed(3, "a"),
        added(5, "a", "Back"),
    ];
    let mut sink = sink(server, &database);
    sink.deliver(&batch[..2]).await.unwrap();
    watch(&client).await;
    sink.deliver(&batch[..2]).await.unwrap();
    assert_eq!(happened(&client).await, [""; 0]);
    sink.deliver(&batch[..3]).await.unwrap();
    assert_eq!(happened(&client).await, ["DELETE a"]);
    sink.deliver(&batch).await.unwrap();
    sink.deliver(&batch).await.unwrap();
    assert_eq!(happened(&client).await, ["DELETE a", "INSERT a"]);
    assert_eq!(meetings(&client).await, ["a Back #5", "b Review #2"]);
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_not_repeated() {
    let server = PostgresServer::shared().unwrap();
    let (database, client) = server.database().await.unwrap();
    let between = Between::and(server).await;
    let url = format!(
        "postgresql://collector@127.0.0.1:{}/{database}?sslmode=disable",
        between.port
    );
    let mut sink = open(settings(&url)).unwrap();
    sink.deliver(&[added(1, "a", "Sync")]).await.unwrap();
    watch(&client).await;
    let batch = [updated(2, "a", "Moved"), added(3, "b", "Review")];
    between.armed.store(true, Ordering::Relaxed);
    let error = sink.deliver(&batch).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the database \"{database}\" at 127.0.0.1:{} ended the connection; look at the server's log",
            between.port
        )
    );
    sink.deliver(&batch).await.unwrap();
    assert_eq!(happened(&client).await, ["INSERT b", "UPDATE a"]);
    assert_eq!(meetings(&client).await, ["a Moved #2", "b Review #3"]);
}

#[tokio::test]
async fn how_far_a_store_is_stands_at_the_server() {
    let server = PostgresServer::shared().unwrap();
    let (database, _) = server.database().await.unwrap();
    let mut first = sink(server, &database);
    assert_eq!(first.applied("5f0c").await, Ok(Some(0)));
    first
        .deliver(&[added(3, "a", "Sync"), added(7, "b", "Review")])
        .await
        .unwrap();
    assert_eq!(first.applied("5f0c").await, Ok(Some(7)));
    let mut second = sink(server, &database);
    assert_eq!(second.applied("5f0c").await, Ok(Some(7)));
    assert_eq!(second.applied("77aa").await, Ok(Some(0)));
    second.deliver(&[removed(9, "a")]).await.unwrap();
    assert_eq!(second.applied("5f0c").await, Ok(Some(9)));
}

#[tokio::test]
async fn a_server_that_went_back_in_time_takes_nothing_before_it_was_asked() {
    let server = PostgresServer::shared().unwrap();
    let (database, client) = server.database().await.unwrap();
    let mut sink = sink(server, &database);
    sink.deliver(&[added(1, "a", "Sync"), added(2, "b", "Review")])
        .await
        .unwrap();
    for restored in [
        "UPDATE collector.store SET applied = 1; DELETE FROM collector.meeting WHERE id = 'b'",
        "DELETE FROM collector.store; DELETE FROM collector.meeting",
    ] {
        client.batch_execute(restored).await.unwrap();
        let before = meetings(&client).await;
        let error = sink.deliver(&[added(3, "c", "Retro")]).await.unwrap_err();
        assert_eq!(error.cause, Cause::OutOfStep);
        let applied = i64::from(!before.is_empty());
        assert_eq!(
            error.to_string(),
            format!(
                "the database \"{database}\" at 127.0.0.1:{} had applied the changes up to 2, and now up to {applied}; if it was restored \
                 from a backup, do nothing: the collector delivers the missing changes again",
                server.port()
            )
        );
        assert_eq!(meetings(&client).await, before);
        assert_eq!(sink.applied("5f0c").await, Ok(Some(applied)));
        sink.deliver(&[added(1, "a", "Sync"), added(2, "b", "Review")])
            .await
            .unwrap();
        assert_eq!(meetings(&client).await, ["a Sync #1", "b Review #2"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_in_the_middle_has_every_change_once() {
    const BATCHES: i64 = 60;
    const SIZE: i64 = 50;
    let server = PostgresServer::start().unwrap();
    let (database, client) = server.database().await.unwrap();
    let mut sink = sink(&server, &database);
    sink.deliver(&[added(1, "first", "Sync")]).await.unwrap();
    watch(&client).await;

    let (begins, mut begun) = mpsc::unbounded_channel();
    let delivering = tokio::spawn(async move {
        let mut failed = 0;
        for batch in 0..BATCHES {
            // Each adds meetings, and removes those of the batch before.
            let mut changes = Vec::new();
            for number in 0..SIZE {
                let number = 2 + batch * SIZE + number;
                changes.push(added(2 * number, &number.to_string(), "Sync"));
                if batch > 0 {
                    changes.push(removed(2 * number + 1, &(number - SIZE).to_string()));
                }
            }
            begins.send(batch).unwrap();
            let begun = Instant::now();
            while let Err(error) = sink.deliver(&changes).await {
                assert!(begun.elapsed() < PATIENCE, "{error}");
                failed += 1;
                tokio::task::yield_now().await;
            }
        }
        failed
    });
    while let Some(batch) = begun.recv().await {
        if [7, 20, 21, 44].contains(&batch) {
            tokio::task::block_in_place(|| {
                server.kill().unwrap();
                server.run().unwrap();
            });
        }
    }
    let failed = delivering.await.unwrap();
    assert!(failed > 0, "no delivery was interrupted by a kill");

    let client = server.client(&database).await.unwrap();
    let (first, last) = (2, 1 + BATCHES * SIZE);
    let mut there: Vec<String> = (last - SIZE + 1..=last)
        .map(|number| format!("{number} Sync #{}", 2 * number))
        .collect();
    there.push("first Sync #1".into());
    let mut found = meetings(&client).await;
    there.sort();
    found.sort();
    assert_eq!(found, there);
    let mut once: Vec<String> = (first..=last - SIZE)
        .map(|number| format!("DELETE {number}"))
        .collect();
    once.extend((first..=last).map(|number| format!("INSERT {number}")));
    once.sort();
    assert_eq!(happened(&client).await, once);
}

#[tokio::test]
async fn a_server_that_is_down_is_reported_and_takes_the_batch_once_it_is_up() {
    let server = PostgresServer::start().unwrap();
    let (database, _) = server.database().await.unwrap();
    let mut sink = sink(&server, &database);
    server.kill().unwrap();
    let batch = [added(1, "a", "Sync")];
    let error = sink.deliver(&batch).await.unwrap_err();
    assert_eq!(error.cause, Cause::Down);
    assert_eq!(
        error.to_string(),
        format!(
            "the database \"{database}\" at 127.0.0.1:{} cannot be reached: Connection refused (os error 111); start the server, or \
             correct `url`",
            server.port()
        )
    );
    server.run().unwrap();
    sink.deliver(&batch).await.unwrap();
    // Down between two deliveries.
    server.kill().unwrap();
    server.run().unwrap();
    let batch = [added(2, "b", "Review")];
    let begun = Instant::now();
    while let Err(error) = sink.deliver(&batch).await {
        assert!(begun.elapsed() < PATIENCE, "{error}");
        tokio::task::yield_now().await;
    }
    let client = server.client(&database).await.unwrap();
    assert_eq!(meetings(&client).await, ["a Sync #1", "b Review #2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sinks_that_start_at_once_on_an_empty_database_make_its_tables_once() {
    let server = PostgresServer::shared().unwrap();
    let (database, client) = server.database().await.unwrap();
    let starting: Vec<_> = (0..8)
        .map(|number| {
            let mut sink = sink(server, &database);
            let mut change = added(number + 1, &format!("m{number}"), "Sync");
            change.store = format!("store-{number}");
            tokio::spawn(async move { sink.deliver(&[change]).await })
        })
        .collect();
    for sink in starting {
        sink.await.unwrap().unwrap();
    }
    assert_eq!(meetings(&client).await.len(), 8);
    assert_eq!(
        strings(
            &client,
            "SELECT version::text || ' ' || name FROM collector.schema_version ORDER BY version"
        )
        .await,
        ["1 meetings", "2 snapshots", "3 insights"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_batch_from_two_at_once_is_applied_once() {
    let server = PostgresServer::shared().unwrap();
    let (database, client) = server.database().await.unwrap();
    let batch: Vec<_> = (2..200)
        .map(|number| added(number, &number.to_string(), "Sync"))
        .collect();
    sink(server, &database)
        .deliver(&[added(1, "1", "Sync")])
        .await
        .unwrap();
    watch(&client).await;
    let delivering: Vec<_> = (0..4)
        .map(|_| {
            let (mut sink, batch) = (sink(server, &database), batch.clone());
            tokio::spawn(async move { sink.deliver(&batch).await })
        })
        .collect();
    for sink in delivering {
        sink.await.unwrap().unwrap();
    }
    assert_eq!(happened(&client).await.len(), batch.len());
    assert_eq!(stores(&client).await, ["5f0c 199"]);
}
