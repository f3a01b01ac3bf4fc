//! Tests of the sink for PostgreSQL, against a server of their own (`tests/servers.sh` installs it).

mod insights;
mod pooled;
mod refusals;
mod repeats;
mod situation;
mod snapshots;

use collector_model::change::Change;
use collector_model::fixture::with;
use collector_model::meeting::{Status, Subject};
use collector_sinks::BATCH;
use e2e::PostgresServer;
use situation::{added, meetings, open, removed, settings, sink, stores, strings, updated};

#[tokio::test]
async fn the_table_holds_the_meetings_that_are_there_now() {
    let server = PostgresServer::shared().unwrap();
    let (database, client) = server.database().await.unwrap();
    let mut sink = sink(server, &database);
    sink.deliver(&[
        added(1, "a", "Weekly sync"),
        added(2, "b", "Review"),
        added(3, "c", ""),
    ])
    .await
    .unwrap();
    assert_eq!(
        meetings(&client).await,
        ["a Weekly sync #1", "b Review #2", "c - #3"]
    );
    sink.deliver(&[updated(4, "a", "Sync"), removed(6, "b")])
        .await
        .unwrap();
    assert_eq!(meetings(&client).await, ["a Sync #4", "c - #3"]);
    sink.deliver(&[added(7, "b", "Review, again")]).await.unwrap();
    assert_eq!(
        meetings(&client).await,
        ["a Sync #4", "b Review, again #7", "c - #3"]
    );
    assert_eq!(stores(&client).await, ["5f0c 7"]);
}

#[tokio::test]
async fn a_meeting_is_stored_whole() {
    let server = PostgresServer::shared().unwrap();
    let (database, client) = server.database().await.unwrap();
    let change = with(added(1, "a", ""), |meeting| {
        meeting.series = Some("AAMkSeries".into());
        meeting.subject = Subject::Withheld;
        meeting.all_day = true;
        meeting.status = Status::Tentative;
    });
    sink(server, &database).deliver(&[change]).await.unwrap();
    assert_eq!(
        strings(&client, "SELECT meeting::text FROM collector.meeting").await,
        [
            "(contoso,conf-a@contoso.com,\"Conf A\",a,AAMkSeries,,t,\"2026-03-10 10:00:00+00\",\"2026-03-10 11:00:00+00\",t,tentative,\
          \"2026-03-10 09:00:01+00\",1,5f0c)"
        ]
    );
}

#[tokio::test]
async fn the_same_id_in_another_room_or_source_is_another_meeting() {
    let server = PostgresServer::shared().unwrap();
    let (database, client) = server.database().await.unwrap();
    let other_room = Change {
        room: "conf-b@contoso.com".into(),
        ..added(2, "a", "In B")
    };
    let other_source = Change {
        source: "fabrikam".into(),
        ..added(3, "a", "At Fabrikam")
    };
    let mut sink = sink(server, &database);
    sink.deliver(&[added(1, "a", "In A"), other_room, other_source])
        .await
        .unwrap();
    sink.deliver(&[removed(4, "a")]).await.unwrap();
    assert_eq!(meetings(&client).await, ["a In B #2", "a At Fabrikam #3"]);
}

#[tokio::test]
async fn of_a_meeting_that_changes_twice_in_a_batch_the_last_state_counts() {
    let server = PostgresServer::shared().unwrap();
    let (database, client) = server.database().await.unwrap();
    let batch = [
        added(1, "a", "First"),
        added(2, "b", "First"),
        removed(3, "b"),
        updated(4, "a", "Last"),
        removed(5, "c"),
        added(6, "c", "Back"),
    ];
    sink(server, &database).deliver(&batch).await.unwrap();
    assert_eq!(meetings(&client).await, ["a Last #4", "c Back #6"]);
}

#[tokio::test]
async fn nul_is_replaced_also_where_two_ids_become_one() {
    let server = PostgresServer::shared().unwrap();
    let (database, client) = server.database().await.unwrap();
    let batch = [
        added(1, "a\0", "one\0two"),
        added(2, "a\u{fffd}", "It's \"quoted\", \\ and 会議 🎉"),
        added(3, "b", "\0"),
    ];
    sink(server, &database).deliver(&batch).await.unwrap();
    assert_eq!(
        meetings(&client).await,
        ["a\u{fffd} It's \"quoted\", \\ and 会議 🎉 #2", "b \u{fffd} #3"]
    );
}

#[tokio::test]
async fn times_that_postgresql_cannot_hold_do_not_stop_the_rest() {
    let server = PostgresServer::shared().unwrap();
    let (database, client) = server.database().await.unwrap();
    let early = with(added(1, "a", "For ever"), |meeting| {
        meeting.start = i64::MIN;
        meeting.end = i64::MAX;
    });
    sink(server, &database).deliver(&[early]).await.unwrap();
    assert_eq!(
        strings(
            &client,
            "SELECT start_at::text || ' ' || end_at::text FROM collector.meeting"
        )
        .await,
        ["0001-01-01 00:00:00+00 9999-12-31 23:59:59+00"]
    );
}

#[tokio::test]
async fn an_id_as_long_as_ids_can_be_is_stored() {
    let server = PostgresServer::shared().unwrap();
    let (database, client) = server.database().await.unwrap();
    // Hex digits of hashes hardly compress.
    let id: String = (0..32)
        .map(|number| {
            use std::hash::{BuildHasher as _, RandomState};
            format!(
                "{:016x}{:016x}",
                RandomState::new().hash_one(number),
                RandomState::new().hash_one(number)
            )
        })
        .collect();
    assert_eq!(id.len(), 1_024);
    sink(server, &database)
        .deliver(&[added(1, &id, "Long")])
        .await
        .unwrap();
    assert_eq!(meetings(&client).await, [format!("{id} Long #1")]);
}

#[tokio::test]
async fn ten_thousand_changes_go_in_batches() {
    let server = PostgresServer::shared().unwrap();
    let (database, client) = server.database().await.unwrap();
    let mut sink = sink(server, &database);
    let changes: Vec<Change> = (1..=10_000)
        .map(|number| added(number, &format!("AAMk{number:05}"), "Weekly sync"))
        .collect();
    sink.deliver(&changes[..1]).await.unwrap();
    let begun = std::time::Instant::now();
    for batch in changes[1..].chunks(BATCH) {
        sink.deliver(batch).await.unwrap();
    }
    eprintln!("{:.0} changes a second", 9_999.0 / begun.elapsed().as_secs_f64());
    let (last, before) = changes.split_last().unwrap();
    assert_eq!(stores(&client).await, [format!("5f0c {}", last.number)]);
    assert_eq!(meetings(&client).await.len(), before.len() + 1);
}

#[tokio::test]
async fn two_stores_share_the_table_and_their_numbers_are_their_own() {
    let server = PostgresServer::shared().unwrap();
    let (database, client) = server.database().await.unwrap();
    let other = |change: Change| Change {
        store: "77aa".into(),
        ..change
    };
    let mut sink = sink(server, &database);
    sink.deliver(&[
        added(8, "a", "One"),
        added(9, "b", "One"),
        other(added(1, "c", "Other")),
    ])
    .await
    .unwrap();
    sink.deliver(&[other(removed(2, "b"))]).await.unwrap();
    assert_eq!(meetings(&client).await, ["a One #8", "c Other #1"]);
    assert_eq!(stores(&client).await, ["5f0c 9", "77aa 2"]);
}

#[tokio::test]
async fn a_schema_of_another_name_holds_the_tables() {
    let server = PostgresServer::shared().unwrap();
    let (database, client) = server.database().await.unwrap();
    let mut settings = settings(&format!("{}?sslmode=disable", server.url(&database)));
    settings.schema = "Rooms_2".into();
    open(settings)
        .unwrap()
        .deliver(&[added(1, "a", "Sync")])
        .await
        .unwrap();
    assert_eq!(
        strings(
            &client,
            "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') \
             ORDER BY tablename"
        )
        .await,
        [
            "Rooms_2.day",
            "Rooms_2.meeting",
            "Rooms_2.schema_version",
            "Rooms_2.snapshot",
            "Rooms_2.store",
            "Rooms_2.verdict"
        ]
    );
}
