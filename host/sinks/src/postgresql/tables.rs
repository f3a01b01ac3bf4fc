//! The tables, and how a batch is applied to them.

use std::collections::HashMap;

use collector_model::change::Change;
use collector_model::insight::Insight;
use collector_model::meeting::Subject;
use collector_postgresql::value::{seconds, text};
use collector_postgresql::{Problem, Schema};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error, Transaction};

use super::problem::Failure;
use super::step::{Key, Step, Told, steps};

mod migrations {
    //! The files in `migrations`, in the order of their numbers. A released file is never changed.
    #![allow(missing_docs, unreachable_pub)]
    refinery::embed_migrations!("migrations");
    pub(super) use migrations::runner;
}

const APPLIED: &str = "SELECT applied FROM store WHERE id = $1";
const LOCK_APPLIED: &str = "SELECT applied FROM store WHERE id = $1 FOR UPDATE";
const NEW_STORE: &str = "INSERT INTO store (id, applied) VALUES ($1, $2) ON CONFLICT DO NOTHING";
const SET_APPLIED: &str = "UPDATE store SET applied = $2 WHERE id = $1";
const REMOVE: &str = "
    DELETE FROM meeting USING unnest($1::text[], $2::text[], $3::text[]) AS gone (source, room, id)
    WHERE (meeting.source, meeting.room, meeting.id) = (gone.source, gone.room, gone.id)";
const PUT: &str = "
    INSERT INTO meeting (source, room, id, room_name, series, subject, withheld, start_at, end_at, all_day, status, changed_at,
                         change_number, store)
    SELECT source, room, id, room_name, series, subject, withheld, to_timestamp(start_at), to_timestamp(end_at), all_day, status,
           to_timestamp(changed_at), change_number, $14
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bool[], $8::float8[], $9::float8[],
                $10::bool[], $11::text[], $12::float8[], $13::bigint[])
         AS new (source, room, id, room_name, series, subject, withheld, start_at, end_at, all_day, status, changed_at, change_number)
    ON CONFLICT (source, room, id) DO UPDATE SET
        room_name = excluded.room_name, series = excluded.series, subject = excluded.subject, withheld = excluded.withheld,
        start_at = excluded.start_at, end_at = excluded.end_at, all_day = excluded.all_day, status = excluded.status,
        changed_at = excluded.changed_at, change_number = excluded.change_number, store = excluded.store";
const BEGIN_SNAPSHOTS: &str = "
    INSERT INTO snapshot (store, source, room, change_number)
    SELECT $1, source, room, change_number
    FROM unnest($2::text[], $3::text[], $4::bigint[]) AS begun (source, room, change_number)
    ON CONFLICT (store, source, room) DO UPDATE SET change_number = excluded.change_number";
/// Removes the meetings that the snapshots did not bring, and returns how many snapshots had begun.
const END_SNAPSHOTS: &str = "
    WITH ended AS (
        DELETE FROM snapshot USING unnest($2::text[], $3::text[], $4::float8[]) AS done (source, room, since)
        WHERE (snapshot.store, snapshot.source, snapshot.room) = ($1, done.source, done.room)
        RETURNING snapshot.source, snapshot.room, snapshot.change_number, done.since
    ), gone AS (
        DELETE FROM meeting USING ended
        WHERE (meeting.source, meeting.room) = (ended.source, ended.room) AND meeting.end_at > to_timestamp(ended.since)
          AND (meeting.store <> $1 OR meeting.change_number < ended.change_number)
    )
    SELECT count(*) FROM ended";

/// The last known change number of each store.
pub(super) type Known = HashMap<String, i64>;

/// The tables over one connection.
pub(super) struct Tables {
    client: Client,
    schema: Schema,
}

impl Tables {
    /// Creates the schema and its tables, or migrates them to the newest form, while no other collector does.
    pub(super) async fn open(mut client: Client, schema: Schema) -> Result<Self, Failure> {
        made(&mut client, &schema).await?.commit().await?;
        Ok(Self { client, schema })
    }

    /// Does the same and takes it back, and returns whether the schema was there before.
    pub(super) async fn try_out(mut client: Client, schema: Schema) -> Result<bool, Failure> {
        let transaction = schema.begin(&mut client).await?;
        let was_there = schema.is_there(&transaction).await?;
        transaction.rollback().await?;
        made(&mut client, &schema).await?.rollback().await?;
        Ok(was_there)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// The number of the last applied change of a store.
    pub(super) async fn applied(&mut self, store: &str) -> Result<i64, Failure> {
        let transaction = self.schema.begin(&mut self.client).await?;
        let row = transaction
            .query_typed_opt(APPLIED, &[(&text(store), Type::TEXT)])
            .await?;
        transaction.commit().await?;
        Ok(row.map_or(Ok(0), |row| row.try_get(0))?)
    }

    /// Applies the changes that were not applied yet: all or nothing. Nothing if a store's number is not the known one.
    pub(super) async fn apply(&mut self, changes: &[Change], known: &mut Known) -> Result<(), Failure> {
        let transaction = self.schema.begin(&mut self.client).await?;
        for changes in changes.chunk_by(|one, next| one.store == next.store) {
            let (Some(first), Some(last)) = (changes.first(), changes.last()) else {
                continue;
            };
            let store = text(&first.store);
            let was = known.get(&first.store).copied();
            // For an unknown store, assume that every change before this batch was applied.
            let before = was.unwrap_or_else(|| first.number.saturating_sub(1));
            let mut row = transaction
                .query_typed_opt(LOCK_APPLIED, &[(&store, Type::TEXT)])
                .await?;
            if row.is_none() && was.is_none_or(|was| was == 0) {
                transaction
                    .execute_typed(NEW_STORE, &[(&store, Type::TEXT), (&before, Type::INT8)])
                    .await?;
                row = transaction
                    .query_typed_opt(LOCK_APPLIED, &[(&store, Type::TEXT)])
                    .await?;
            }
            let had = row.map_or(Ok(0), |row| row.try_get(0))?;
            if let Some(was) = was.filter(|was| *was != had) {
                return Err(Failure::Elsewhere { was, is: had });
            }
            known.insert(first.store.clone(), had.max(last.number));
            if last.number <= had {
                continue;
            }
            for step in steps(changes.iter().filter(|change| change.number > had)) {
                run_begin(&transaction, &step, &store).await?;
                run_remove(&transaction, &step.gone()).await?;
                run_put(&transaction, &step.there(), &store).await?;
                run_end(&transaction, &step, &store).await?;
            }
            transaction
                .execute_typed(SET_APPLIED, &[(&store, Type::TEXT), (&last.number, Type::INT8)])
                .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Puts insights into their tables: all or nothing.
    pub(super) async fn tell(&mut self, insights: &[Insight]) -> Result<(), Failure> {
        let transaction = self.schema.begin(&mut self.client).await?;
        super::insights::put(&transaction, insights).await?;
        Ok(transaction.commit().await?)
    }
}

/// A transaction in which the schema and its tables are made.
async fn made<'a>(client: &'a mut Client, schema: &Schema) -> Result<Transaction<'a>, Problem> {
    schema.made(client, migrations::runner()).await
}

async fn run_begin(transaction: &Transaction<'_>, step: &Step<'_>, store: &str) -> Result<(), Error> {
    if step.begun.is_empty() {
        return Ok(());
    }
    let sources: Vec<&str> = step.begun.keys().map(|(source, _)| &**source).collect();
    let rooms: Vec<&str> = step.begun.keys().map(|(_, room)| &**room).collect();
    let numbers: Vec<i64> = step.begun.values().copied().collect();
    transaction
        .execute_typed(
            BEGIN_SNAPSHOTS,
            &[
                (&store, Type::TEXT),
                (&sources, Type::TEXT_ARRAY),
                (&rooms, Type::TEXT_ARRAY),
                (&numbers, Type::INT8_ARRAY),
            ],
        )
        .await?;
    Ok(())
}

async fn run_end(transaction: &Transaction<'_>, step: &Step<'_>, store: &str) -> Result<(), Failure> {
    if step.ended.is_empty() {
        return Ok(());
    }
    let sources: Vec<&str> = step.ended.keys().map(|(source, _)| &**source).collect();
    let rooms: Vec<&str> = step.ended.keys().map(|(_, room)| &**room).collect();
    let since: Vec<f64> = step.ended.values().map(|from| seconds(*from)).collect();
    let row = transaction
        .query_typed_one(
            END_SNAPSHOTS,
            &[
                (&store, Type::TEXT),
                (&sources, Type::TEXT_ARRAY),
                (&rooms, Type::TEXT_ARRAY),
                (&since, Type::FLOAT8_ARRAY),
            ],
        )
        .await?;
    let begun: i64 = row.try_get(0)?;
    if usize::try_from(begun).ok() == Some(step.ended.len()) {
        Ok(())
    } else {
        Err(Failure::NoBegin)
    }
}

async fn run_remove(transaction: &Transaction<'_>, gone: &[&Key<'_>]) -> Result<(), Error> {
    if gone.is_empty() {
        return Ok(());
    }
    let sources: Vec<&str> = gone.iter().map(|(source, _, _)| &**source).collect();
    let rooms: Vec<&str> = gone.iter().map(|(_, room, _)| &**room).collect();
    let ids: Vec<&str> = gone.iter().map(|(_, _, id)| &**id).collect();
    transaction
        .execute_typed(
            REMOVE,
            &[
                (&sources, Type::TEXT_ARRAY),
                (&rooms, Type::TEXT_ARRAY),
                (&ids, Type::TEXT_ARRAY),
            ],
        )
        .await?;
    Ok(())
}

async fn run_put(
    transaction: &Transaction<'_>,
    there: &[(&Key<'_>, Told<'_>)],
    store: &str,
) -> Result<(), Error> {
    fn column<'a, T>(
        there: &'a [(&Key<'_>, Told<'a>)],
        value: impl Fn(&'a Key<'_>, Told<'a>) -> T,
    ) -> Vec<T> {
        there.iter().map(|(key, told)| value(key, *told)).collect()
    }
    if there.is_empty() {
        return Ok(());
    }
    transaction
        .execute_typed(
            PUT,
            &[
                (&column(there, |key, _| &*key.0), Type::TEXT_ARRAY),
                (&column(there, |key, _| &*key.1), Type::TEXT_ARRAY),
                (&column(there, |key, _| &*key.2), Type::TEXT_ARRAY),
                (
                    &column(there, |_, (change, _)| text(&change.room_name)),
                    Type::TEXT_ARRAY,
                ),
                (
                    &column(there, |_, (_, meeting)| meeting.series.as_deref().map(text)),
                    Type::TEXT_ARRAY,
                ),
                (
                    &column(there, |_, (_, meeting)| meeting.subject.text().map(text)),
                    Type::TEXT_ARRAY,
                ),
                (
                    &column(there, |_, (_, meeting)| meeting.subject == Subject::Withheld),
                    Type::BOOL_ARRAY,
                ),
                (
                    &column(there, |_, (_, meeting)| seconds(meeting.start)),
                    Type::FLOAT8_ARRAY,
                ),
                (
                    &column(there, |_, (_, meeting)| seconds(meeting.end)),
                    Type::FLOAT8_ARRAY,
                ),
                (
                    &column(there, |_, (_, meeting)| meeting.all_day),
                    Type::BOOL_ARRAY,
                ),
                (
                    &column(there, |_, (_, meeting)| meeting.status.as_str()),
                    Type::TEXT_ARRAY,
                ),
                (
                    &column(there, |_, (change, _)| seconds(change.at)),
                    Type::FLOAT8_ARRAY,
                ),
                (&column(there, |_, (change, _)| change.number), Type::INT8_ARRAY),
                (&store, Type::TEXT),
            ],
        )
        .await?;
    Ok(())
}
