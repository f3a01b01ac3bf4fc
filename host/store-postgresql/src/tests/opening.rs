//! Opening the store, by several members at once, and what is refused.

use collector_postgresql::Problem;
use e2e::PostgresServer;

use crate::Database;

fn database(server: &PostgresServer, name: &str) -> Database {
    let url = format!("{}?sslmode=disable", server.url(name)).parse().unwrap();
    let password = PostgresServer::PASSWORD.into();
    Database::new(&url, Some(&password), None, "collector".into()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn members_that_start_together_make_the_tables_once() {
    let server = PostgresServer::shared().unwrap();
    let (name, client) = server.database().await.unwrap();
    let starting: Vec<_> = (0..6)
        .map(|_| {
            let database = database(server, &name);
            tokio::spawn(async move { database.prepare().await })
        })
        .collect();
    for started in starting {
        started.await.unwrap().unwrap();
    }
    // Each step once, from the first to the last.
    let steps = client
        .query_one(
            "SELECT count(*), max(version)::bigint FROM collector.schema_version",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(steps.get::<_, i64>(0), steps.get::<_, i64>(1));
}

#[tokio::test]
async fn tables_of_a_newer_collector_are_left_alone() {
    let server = PostgresServer::shared().unwrap();
    let (name, client) = server.database().await.unwrap();
    let database = database(server, &name);
    database.prepare().await.unwrap();
    client
        .batch_execute(
            "INSERT INTO collector.schema_version VALUES (99, 'later', '2030-01-01T00:00:00Z', '1')",
        )
        .await
        .unwrap();
    let refused = database.prepare().await.unwrap_err();
    assert!(matches!(refused, Problem::Tables(_)));
    let words = refused.at(database.place());
    assert!(words.contains("a newer collector created them"), "{words}");
}

#[tokio::test]
async fn numbers_are_given_in_turn_whatever_isolation_is_the_default() {
    use super::kit::{Stored, UNIT, add};

    let server = PostgresServer::shared().unwrap();
    let (name, client) = server.database().await.unwrap();
    client
        .batch_execute(&format!(
            "ALTER DATABASE {name} SET default_transaction_isolation TO 'serializable'"
        ))
        .await
        .unwrap();
    let stored = Stored::at(&format!("{}?sslmode=disable", server.url(&name)), client).await;
    let (mut a, mut b) = (stored.member("a").await, stored.member("b").await);
    b.connection.add_units(&["source/contoso/2"]).await.unwrap();
    let (first, second) = (
        a.claim(&[UNIT]).await.unwrap(),
        b.claim(&["source/contoso/2"]).await.unwrap(),
    );
    for round in 0..10_i64 {
        let (one, other) = tokio::join!(
            add(&mut a.connection, &first, &["one"]),
            add(&mut b.connection, &second, &["other"])
        );
        let mut numbers = [one.unwrap().unwrap(), other.unwrap().unwrap()];
        numbers.sort_unstable();
        assert_eq!(numbers, [2 * round + 1, 2 * round + 2]);
    }
}
