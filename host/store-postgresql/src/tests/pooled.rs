//! Behind a PgBouncer that gives each transaction another connection.

use e2e::{PgBouncer, PostgresServer};

use super::kit::{Stored, UNIT, add, commit, read};
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
}
