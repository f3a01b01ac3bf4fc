//! The tables, and how a batch is applied to them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use tokio_postgres::{Client, Error, Statement, Transaction};

use super::problem::Failure;
use crate::{Change, ChangeKind};

mod steps {
    //! The files in `migrations`, in the order of their numbers. A file that was released is never changed.
    #![allow(missing_docs, unreachable_pub)]
    refinery::embed_migrations!("migrations");
}

/// Which steps were taken, beside the tables.
const STEPS: &str = "schema_version";

const APPLIED: &str = "SELECT applied FROM store WHERE id = $1 FOR UPDATE";
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

/// The tables over one connection.
pub(super) struct Tables {
    client: Client,
    applied: Statement,
    new_store: Statement,
    set_applied: Statement,
    remove: Statement,
    put: Statement,
}

impl Tables {
    /// Makes the schema and its tables, or brings them to the newest form, while no other collector does.
    pub(super) async fn open(mut client: Client, schema: &str) -> Result<Self, Failure> {
        // Time-outs of the server's own: a statement that nobody waits for any more must not hold its locks. And a commit counts only
        // when it is on the server's disk.
        client
            .batch_execute(&format!(
                "SET search_path TO \"{schema}\";
                 SET statement_timeout TO '{time}s';
                 SET idle_in_transaction_session_timeout TO '{time}s';
                 SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
                time = super::TIME.as_secs()
            ))
            .await?;
        let name = format!("collector {schema}");
        client
            .execute("SELECT pg_advisory_lock(hashtextextended($1, 0))", &[&name])
            .await?;
        let there = client
            .query_one(
                "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)",
                &[&schema],
            )
            .await?;
        if !there.try_get::<_, bool>(0)? {
            // IF NOT EXISTS would ask for the right to make it even where it exists.
            client
                .batch_execute(&format!("CREATE SCHEMA \"{schema}\""))
                .await?;
        }
        let mut runner = steps::migrations::runner();
        runner.set_migration_table_name(STEPS);
        runner.run_async(&mut client).await?;
        // After an error the lock goes with the connection.
        client
            .execute("SELECT pg_advisory_unlock(hashtextextended($1, 0))", &[&name])
            .await?;
        Ok(Self {
            applied: client.prepare(APPLIED).await?,
            new_store: client.prepare(NEW_STORE).await?,
            set_applied: client.prepare(SET_APPLIED).await?,
            remove: client.prepare(REMOVE).await?,
            put: client.prepare(PUT).await?,
            client,
        })
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Applies what was not applied yet: all of it, or nothing.
    pub(super) async fn apply(&mut self, changes: &[Change]) -> Result<(), Error> {
        let Self {
            client,
            applied,
            new_store,
            set_applied,
            remove,
            put,
        } = self;
        let transaction = client.transaction().await?;
        for changes in changes.chunk_by(|one, next| one.store == next.store) {
            let (Some(first), Some(last)) = (changes.first(), changes.last()) else {
                continue;
            };
            let store = text(&first.store);
            // A new store has had every change before this batch.
            let before = first.number.saturating_sub(1);
            let mut had = transaction.query_opt(&*applied, &[&store]).await?;
            if had.is_none() {
                transaction.execute(&*new_store, &[&store, &before]).await?;
                had = transaction.query_opt(&*applied, &[&store]).await?;
            }
            let had = had.map_or(Ok(before), |row| row.try_get(0))?;
            if last.number <= had {
                continue;
            }
            let (gone, there) = outcome(changes.iter().filter(|change| change.number > had));
            if !gone.is_empty() {
                run_remove(&transaction, remove, &gone).await?;
            }
            if !there.is_empty() {
                run_put(&transaction, put, &there, &store).await?;
            }
            transaction
                .execute(&*set_applied, &[&store, &last.number])
                .await?;
        }
        transaction.commit().await
    }
}

/// Source, room and id, as they are stored.
type Key<'a> = (Cow<'a, str>, Cow<'a, str>, Cow<'a, str>);

/// What changes come to: the meetings that are gone, and those that are there. Both in the order of their keys, so that two collectors
/// never wait for each other's rows.
fn outcome<'a>(changes: impl Iterator<Item = &'a Change>) -> (Vec<Key<'a>>, Vec<(Key<'a>, &'a Change)>) {
    let last: BTreeMap<Key<'a>, &Change> = changes
        .map(|change| {
            (
                (text(&change.source), text(&change.room), text(&change.id)),
                change,
            )
        })
        .collect();
    let (mut gone, mut there) = (Vec::new(), Vec::new());
    for (key, change) in last {
        match change.kind {
            ChangeKind::Removed => gone.push(key),
            ChangeKind::Added | ChangeKind::Updated => there.push((key, change)),
            ChangeKind::SnapshotBegin | ChangeKind::SnapshotEnd { .. } => {}
        }
    }
    (gone, there)
}

async fn run_remove(
    transaction: &Transaction<'_>,
    statement: &Statement,
    gone: &[Key<'_>],
) -> Result<u64, Error> {
    let sources: Vec<&str> = gone.iter().map(|(source, _, _)| &**source).collect();
    let rooms: Vec<&str> = gone.iter().map(|(_, room, _)| &**room).collect();
    let ids: Vec<&str> = gone.iter().map(|(_, _, id)| &**id).collect();
    transaction.execute(statement, &[&sources, &rooms, &ids]).await
}

async fn run_put(
    transaction: &Transaction<'_>,
    statement: &Statement,
    there: &[(Key<'_>, &Change)],
    store: &str,
) -> Result<u64, Error> {
    fn column<'a, T>(
        there: &'a [(Key<'_>, &'a Change)],
        value: impl Fn(&'a Key<'_>, &'a Change) -> T,
    ) -> Vec<T> {
        there.iter().map(|(key, change)| value(key, change)).collect()
    }
    transaction
        .execute(
            statement,
            &[
                &column(there, |key, _| &*key.0),
                &column(there, |key, _| &*key.1),
                &column(there, |key, _| &*key.2),
                &column(there, |_, change| text(&change.room_name)),
                &column(there, |_, change| change.series.as_deref().map(text)),
                &column(there, |_, change| change.subject.as_deref().map(text)),
                &column(there, |_, change| change.withheld),
                &column(there, |_, change| seconds(change.start)),
                &column(there, |_, change| seconds(change.end)),
                &column(there, |_, change| change.all_day),
                &column(there, |_, change| text(&change.status)),
                &column(there, |_, change| seconds(change.at)),
                &column(there, |_, change| change.number),
                &store,
            ],
        )
        .await
}

/// PostgreSQL's text holds every character but NUL.
fn text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}").into()
    } else {
        text.into()
    }
}

/// UTC seconds for `to_timestamp`, within the years 1 to 9999: beyond, a batch would be refused for ever.
fn seconds(seconds: i64) -> f64 {
    const FIRST: i64 = -62_135_596_800;
    const LAST: i64 = 253_402_300_799;
    // These numbers are whole in it.
    #[allow(clippy::cast_precision_loss)]
    let seconds = seconds.clamp(FIRST, LAST) as f64;
    seconds
}
