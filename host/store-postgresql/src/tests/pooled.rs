//! Behind a PgBouncer that gives each transaction another connection.

use collector_commit::usage::Put;
use collector_model::space::SpaceId;
use e2e::{PgBouncer, PostgresServer};

use super::kit::{SOURCE, Stored, UNIT, add, commit, read};
use super::records::{change, push};
use crate::CommitError;

#[tokio::test]
async fn a_pool_of_transactions_does_as_well_as_a_server() {
    let server = PostgresServer::shared().unwrap();
    let (name, client) = server.database().await.unwrap();
    let pool = PgBouncer::start(server).unwrap();
    let stored = Stored::at(&pool.url(&name), client).await;
    let (mut a, mut b) = (stored.member("a").await, stored.member("b").await);
    let first = a.claim(&[UNIT]).await.unwrap();
    for (id, number) in [("one", 1), ("two", 2), ("three", 3)] {
        assert!(b.claim(&[UNIT]).await.is_none());
        assert_eq!(add(&mut a.connection, &first, &[id]).await.unwrap(), Some(number));
        assert_eq!(
            a.leases.renew(&mut a.connection).await.unwrap(),
            Vec::<String>::new()
        );
    }
    let transaction = a.connection.fenced(&first).await.unwrap();
    stored.expire().await;
    let second = b.claim(&[UNIT]).await.unwrap();
    assert!(matches!(transaction.commit().await, Err(CommitError::Lost(_))));
    assert_eq!(add(&mut b.connection, &second, &["four"]).await.unwrap(), Some(4));
    // A slice sends several statements together.
    stored.settle(&mut b, &second, &["b", "c"]).await;
    for (ids, last) in [(&["five", "six"][..], 6), (&["six"], 7)] {
        let slice = vec![read("b", ids), read("c", &[])];
        commit(&mut b.connection, &second, slice).await.unwrap();
        assert_eq!(stored.last().await, last);
    }
    // So does a batch of records, and figures are read with long statements.
    for (revision, put) in [(1, Put::New), (2, Put::Replaced)] {
        let records = [change("x", "1", revision, 100)];
        assert_eq!(push(&mut a.connection, &records).await.unwrap(), [put]);
    }
    let space = SpaceId {
        source: SOURCE.into(),
        key: "x".into(),
    };
    let found = b.connection.evidence(&[space], 0, 1_000).await.unwrap();
    assert_eq!(found, [change("x", "1", 2, 100)]);
    let before = a.connection.revision().await.unwrap();
    push(&mut b.connection, &[change("x", "1", 3, 100)])
        .await
        .unwrap();
    assert_ne!(a.connection.revision().await.unwrap(), before);
}
