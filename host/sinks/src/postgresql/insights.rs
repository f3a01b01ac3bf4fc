//! Puts verdicts and days into their tables: one row for each booking, and for each room and date. What was computed earlier than what is there
//! changes nothing.

use collector_model::insight::{About, Insight};
use collector_postgresql::value::seconds;
use tokio_postgres::types::Type;
use tokio_postgres::{Error, Transaction};

const PUT_VERDICTS: &str = "
    INSERT INTO verdict (source, room, id, series, start_at, end_at, verdict, length_seconds, occupied_seconds, known_seconds, party, provisional,
                         reason, evidence, change_id, changed_at)
    SELECT DISTINCT ON (line->>'source', line->>'room', line->>'id')
        line->>'source', line->>'room', line->>'id', line->>'series', (line->>'start')::timestamptz, (line->>'end')::timestamptz,
        line->>'verdict', (line->>'length_seconds')::bigint, (line->>'occupied_seconds')::bigint, (line->>'known_seconds')::bigint,
        (line->>'party')::bigint, (line->>'provisional')::boolean, line->>'reason', line->'evidence', told.change_id, to_timestamp(told.at)
    FROM unnest($1::text[], $2::text[], $3::float8[]) WITH ORDINALITY AS told (change_id, content, at, place),
         LATERAL (SELECT told.content::jsonb AS line) AS read
    ORDER BY line->>'source', line->>'room', line->>'id', place DESC
    ON CONFLICT (source, room, id) DO UPDATE SET
        series = excluded.series, start_at = excluded.start_at, end_at = excluded.end_at, verdict = excluded.verdict,
        length_seconds = excluded.length_seconds, occupied_seconds = excluded.occupied_seconds, known_seconds = excluded.known_seconds,
        party = excluded.party, provisional = excluded.provisional, reason = excluded.reason, evidence = excluded.evidence,
        change_id = excluded.change_id, changed_at = excluded.changed_at
    WHERE verdict.changed_at <= excluded.changed_at";
const REMOVE_VERDICTS: &str = "
    DELETE FROM verdict
    USING unnest($1::text[], $2::text[], $3::float8[]) AS told (change_id, content, at),
          LATERAL (SELECT told.content::jsonb AS line) AS read
    WHERE (verdict.source, verdict.room, verdict.id) = (line->>'source', line->>'room', line->>'id')
      AND verdict.changed_at <= to_timestamp(told.at)";
const PUT_DAYS: &str = "
    INSERT INTO day (source, room, date, definitions, open_seconds, unread_seconds, booked_occupied, booked_vacant, booked_unknown,
                     unbooked_occupied, unbooked_vacant, unbooked_unknown, occupied_unwitnessed_seconds, outside_booked, outside_occupied,
                     conflict_seconds, bookings, unbooked_sessions, unbooked_session_seconds, change_id, changed_at)
    SELECT DISTINCT ON (line->>'source', line->>'room', line->>'date')
        line->>'source', line->>'room', (line->>'date')::date, (line->>'definitions')::integer, (line->>'open_seconds')::bigint,
        (line->>'unread_seconds')::bigint, (line#>>'{cells,booked_occupied}')::bigint, (line#>>'{cells,booked_vacant}')::bigint,
        (line#>>'{cells,booked_unknown}')::bigint, (line#>>'{cells,unbooked_occupied}')::bigint, (line#>>'{cells,unbooked_vacant}')::bigint,
        (line#>>'{cells,unbooked_unknown}')::bigint, (line->>'occupied_unwitnessed_seconds')::bigint, (line#>>'{outside,booked}')::bigint,
        (line#>>'{outside,occupied}')::bigint, (line->>'conflict_seconds')::bigint, line->'bookings',
        (line#>>'{unbooked_sessions,count}')::bigint, (line#>>'{unbooked_sessions,seconds}')::bigint, told.change_id, to_timestamp(told.at)
    FROM unnest($1::text[], $2::text[], $3::float8[]) WITH ORDINALITY AS told (change_id, content, at, place),
         LATERAL (SELECT told.content::jsonb AS line) AS read
    ORDER BY line->>'source', line->>'room', line->>'date', place DESC
    ON CONFLICT (source, room, date) DO UPDATE SET
        definitions = excluded.definitions, open_seconds = excluded.open_seconds, unread_seconds = excluded.unread_seconds,
        booked_occupied = excluded.booked_occupied, booked_vacant = excluded.booked_vacant, booked_unknown = excluded.booked_unknown,
        unbooked_occupied = excluded.unbooked_occupied, unbooked_vacant = excluded.unbooked_vacant,
        unbooked_unknown = excluded.unbooked_unknown, occupied_unwitnessed_seconds = excluded.occupied_unwitnessed_seconds,
        outside_booked = excluded.outside_booked, outside_occupied = excluded.outside_occupied, conflict_seconds = excluded.conflict_seconds,
        bookings = excluded.bookings, unbooked_sessions = excluded.unbooked_sessions,
        unbooked_session_seconds = excluded.unbooked_session_seconds, change_id = excluded.change_id, changed_at = excluded.changed_at
    WHERE day.changed_at <= excluded.changed_at";

/// Puts insights into their tables, or removes them there.
pub(super) async fn put(transaction: &Transaction<'_>, insights: &[Insight]) -> Result<(), Error> {
    for (about, statement) in [
        (About::Verdict, PUT_VERDICTS),
        (About::NoVerdict, REMOVE_VERDICTS),
        (About::Day, PUT_DAYS),
    ] {
        let own = || insights.iter().filter(|insight| insight.about == about);
        let ids: Vec<&str> = own().map(|insight| &*insight.id).collect();
        if ids.is_empty() {
            continue;
        }
        let contents: Vec<&str> = own().map(|insight| &*insight.content).collect();
        let moments: Vec<f64> = own().map(|insight| seconds(insight.at)).collect();
        transaction
            .execute_typed(
                statement,
                &[
                    (&ids, Type::TEXT_ARRAY),
                    (&contents, Type::TEXT_ARRAY),
                    (&moments, Type::FLOAT8_ARRAY),
                ],
            )
            .await?;
    }
    Ok(())
}
