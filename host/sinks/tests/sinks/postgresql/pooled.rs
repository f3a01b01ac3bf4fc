//! Tests behind a PgBouncer that gives each transaction another connection: everything works, and leaves nothing in connections that
//! others use next.

use e2e::{PgBouncer, PostgresServer};
use tokio_postgres::NoTls;

use crate::postgresql::situation::{added, meetings, open, removed, settings, stores, updated};

#[tokio::test]
async fn a_pool_of_transactions_does_as_well_as_a_server() {
    let server = PostgresServer::shared().unwrap();
    let (database, client) = server.database().await.unwrap();
    let pool = PgBouncer::start(server).unwrap();
    let sink = || open(settings(&pool.url(&database))).unwrap();
    let (mut first, mut second) = (sink(), sink());
    first.deliver(&[added(1, "a", "Weekly sync")]).await.unwrap();
    // Another collector. It must not wait for a lock that the first left behind.
    assert_eq!(second.applied("5f0c").await.unwrap(), Some(1));
    for number in 2..8 {
        first.deliver(&[updated(number, "a", "Sync")]).await.unwrap();
        assert_eq!(first.applied("5f0c").await.unwrap(), Some(number));
    }
    first
        .deliver(&[added(8, "b", "Review"), removed(9, "a")])
        .await
        .unwrap();
    assert_eq!(meetings(&client).await, ["b Review #8"]);
    assert_eq!(stores(&client).await, ["5f0c 9"]);
    // What others find in our former connections. Other tests hold locks in databases of their own on the same server.
    let (others, connection) = tokio_postgres::connect(&pool.url(&database), NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    for _ in 0..4 {
        let found = others
            .query_typed_one(
                "SELECT concat_ws(' ', current_setting('search_path'), current_setting('statement_timeout'),
                        (SELECT count(*) FROM pg_prepared_statements),
                        (SELECT count(*) FROM pg_locks JOIN pg_database ON database = pg_database.oid
                         WHERE locktype = 'advisory' AND datname = current_database()))",
                &[],
            )
            .await
            .unwrap();
        assert_eq!(found.get::<_, String>(0), "\"$user\", public 0 0 0");
    }
}
