//! Verdicts and days in tables of their own: one row each, whatever is repeated.

use collector_model::insight::{About, Insight};
use e2e::PostgresServer;
use serde_json::json;
use tokio_postgres::Client;

use super::situation::{added, sink, stores, strings};
use crate::kit::{after, insight, verdict};

const ROOM: &str = "conf-a@contoso.com";

fn gone(booking: &str, second: i64) -> Insight {
    let content = json!({"source": "contoso", "room": ROOM, "id": booking});
    insight(About::NoVerdict, ROOM, booking, second, &content)
}

fn day(date: &str, occupied: i64, second: i64) -> Insight {
    let content = json!({
        "source": "contoso", "room": ROOM, "date": date, "definitions": 1, "open_seconds": 36_000, "unread_seconds": 0,
        "cells": {"booked_occupied": occupied, "booked_vacant": 2, "booked_unknown": 3, "unbooked_occupied": 4, "unbooked_vacant": 5,
                  "unbooked_unknown": 6},
        "occupied_unwitnessed_seconds": 7, "outside": {"booked": 8, "occupied": 9}, "conflict_seconds": 10,
        "bookings": {"attended": 1, "no-show": 2}, "unbooked_sessions": {"count": 11, "seconds": 12}
    });
    insight(About::Day, ROOM, &format!("{date}-{occupied}"), second, &content)
}

async fn verdicts(client: &Client) -> Vec<String> {
    strings(
        client,
        "SELECT format('%s %s %s', id, verdict, change_id) FROM collector.verdict ORDER BY id",
    )
    .await
}

#[tokio::test]
async fn a_verdict_is_one_row_and_what_was_computed_earlier_changes_nothing() {
    let server = PostgresServer::shared().unwrap();
    let (database, client) = server.database().await.unwrap();
    let mut sink = sink(server, &database);
    sink.deliver(&[added(1, "m1", "Weekly sync")]).await.unwrap();
    let told = [
        verdict(ROOM, "m1", "unknown", 1),
        verdict(ROOM, "m2", "no-show", 1),
    ];
    for _ in 0..2 {
        sink.tell(&after(1), &told).await.unwrap();
    }
    assert_eq!(
        verdicts(&client).await,
        [
            "m1 unknown verdict-1-m1-unknown",
            "m2 no-show verdict-1-m2-no-show"
        ]
    );
    // Twice in one part: the last one counts.
    let twice = [
        verdict(ROOM, "m1", "no-show", 2),
        verdict(ROOM, "m1", "attended", 2),
    ];
    sink.tell(&after(1), &twice).await.unwrap();
    sink.tell(&after(1), &told).await.unwrap();
    sink.tell(&after(1), &[gone("m2", 0)]).await.unwrap();
    assert_eq!(
        verdicts(&client).await,
        [
            "m1 attended verdict-1-m1-attended",
            "m2 no-show verdict-1-m2-no-show"
        ]
    );
    sink.tell(&after(1), &[gone("m2", 3), gone("m9", 3)])
        .await
        .unwrap();
    assert_eq!(
        strings(&client, "SELECT (told.*)::text FROM collector.verdict AS told").await,
        [
            "(contoso,conf-a@contoso.com,m1,,\"2026-03-10 10:00:00+00\",\"2026-03-10 11:00:00+00\",attended,3600,0,3600,,f,,[],\
             verdict-1-m1-attended,\"2026-03-10 10:00:02+00\")"
        ]
    );
    assert_eq!(stores(&client).await, ["5f0c 1"]);
}

#[tokio::test]
async fn a_day_is_one_row_with_its_figures() {
    let server = PostgresServer::shared().unwrap();
    let (database, client) = server.database().await.unwrap();
    let mut sink = sink(server, &database);
    let told = [
        day("2026-03-10", 1, 1),
        day("2026-03-11", 1, 1),
        day("2026-03-10", 100, 2),
    ];
    for insight in &told {
        sink.tell(&after(0), std::slice::from_ref(insight)).await.unwrap();
    }
    sink.tell(&after(0), &told).await.unwrap();
    assert_eq!(
        strings(
            &client,
            "SELECT (told.*)::text FROM collector.day AS told ORDER BY date"
        )
        .await,
        [
            "(contoso,conf-a@contoso.com,2026-03-10,1,36000,0,100,2,3,4,5,6,7,8,9,10,\"{\"\"no-show\"\": 2, \"\"attended\"\": 1}\",11,12,\
             day-1-2026-03-10-100,\"2026-03-10 10:00:02+00\")",
            "(contoso,conf-a@contoso.com,2026-03-11,1,36000,0,1,2,3,4,5,6,7,8,9,10,\"{\"\"no-show\"\": 2, \"\"attended\"\": 1}\",11,12,\
             day-1-2026-03-11-1,\"2026-03-10 10:00:01+00\")",
        ]
    );
}
