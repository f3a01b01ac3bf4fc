//! Members that stop, connections that end, and servers that go.

use std::time::{Duration, Instant};

use e2e::PostgresServer;

use super::kit::{Stored, UNIT, add, first_reading, meeting, told};
use crate::{CommitError, Lease};

/// Claims the unit as soon as that is possible, and returns how long that took.
async fn take_over(stored: &Stored, member: &mut super::kit::At) -> (Lease, Duration) {
    let begun = Instant::now();
    loop {
        if let Some(lease) = member.claim(&[UNIT]).await {
            return (lease, begun.elapsed());
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "the unit is not free");
        tokio::time::sleep(Duration::from_millis(50)).await;
        // The connection that stopped may have held it.
        stored
            .client
            .batch_execute("UPDATE unit SET expires_at = '-infinity' WHERE holder = 'a'")
            .await
            .ok();
    }
}

#[tokio::test]
async fn who_stops_with_the_unit_locked_is_waited_for_as_long_as_the_server_is_patient() {
    let stored = Stored::new().await;
    let (mut a, mut b) = (stored.member("a").await, stored.member("b").await);
    let first = a.claim(&[UNIT]).await.unwrap();
    let steps = first_reading(vec![meeting("never")]);
    let stopped = a.connection.fenced(&first).await.unwrap();
    stopped.check_and_tell(&told(&steps)).await.unwrap();
    stored
        .client
        .batch_execute("SET lock_timeout TO '10ms'")
        .await
        .unwrap();
    let (second, took) = take_over(&stored, &mut b).await;
    // The tests' server waits for a second.
    assert!(
        (Duration::from_millis(900)..Duration::from_secs(10)).contains(&took),
        "{took:?}"
    );
    assert_eq!(add(&mut b.connection, &second, &["one"]).await.unwrap(), Some(1));
    // It goes on, and commits what it had checked.
    assert!(matches!(stopped.end().await, Err(CommitError::Database(_))));
    assert_eq!(stored.outbox().await, ["1 0 one Weekly sync"]);
    let mut again = stored.member("a").await;
    assert!(matches!(
        add(&mut again.connection, &first, &["late"]).await,
        Err(CommitError::Lost(_))
    ));
}

#[tokio::test]
async fn a_connection_that_the_server_ends_stores_nothing_half() {
    let stored = Stored::new().await;
    let mut a = stored.member("a").await;
    let lease = a.claim(&[UNIT]).await.unwrap();
    let steps = first_reading(vec![meeting("never")]);
    let transaction = a.connection.fenced(&lease).await.unwrap();
    transaction.check_and_tell(&told(&steps)).await.unwrap();
    stored
        .client
        .batch_execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()")
        .await
        .unwrap();
    let ended = transaction.end().await;
    let Err(CommitError::Database(problem)) = ended else {
        panic!("{ended:?}");
    };
    let words = problem.at("the database");
    assert!(
        words.contains("terminating connection")
            || words.contains("ended the connection")
            || words.contains("cannot be reached"),
        "{words}"
    );
    assert_eq!((stored.last().await, stored.outbox().await.len()), (0, 0));
    // The lease is as good as before over another connection.
    let mut connection = stored.database.connect().await.unwrap();
    assert_eq!(add(&mut connection, &lease, &["one"]).await.unwrap(), Some(1));
    assert_eq!(
        a.leases.renew(&mut connection).await.unwrap(),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn what_was_committed_outlives_a_killed_server_and_leases_go_on() {
    let server = PostgresServer::start().unwrap();
    let (name, client) = server.database().await.unwrap();
    let url = format!("{}?sslmode=disable", server.url(&name));
    let stored = Stored::at(&url, client).await;
    let mut a = stored.member("a").await;
    let lease = a.claim(&[UNIT]).await.unwrap();
    let mut sink = stored.sink("file").await;
    assert_eq!(add(&mut a.connection, &lease, &["one"]).await.unwrap(), Some(1));
    let steps = first_reading(vec![meeting("never")]);
    let transaction = a.connection.fenced(&lease).await.unwrap();
    transaction.check_and_tell(&told(&steps)).await.unwrap();
    server.kill().unwrap();
    assert!(transaction.end().await.is_err());
    server.run().unwrap();
    let mut connection = stored.database.connect().await.unwrap();
    assert_eq!(
        a.leases.renew(&mut connection).await.unwrap(),
        Vec::<String>::new()
    );
    assert_eq!(add(&mut connection, &lease, &["two"]).await.unwrap(), Some(2));
    sink.at.connection = stored.database.connect().await.unwrap();
    let changes = sink.take().await;
    assert_eq!(
        changes
            .iter()
            .map(|change| change.meeting_id())
            .collect::<Vec<_>>(),
        ["one", "two"]
    );
}
