//! Hands sinks what waits for them: changes one by one, or rooms as a whole. All of it under the lease of the sink.

use collector_commit::Handover;
use collector_model::change::Change;
use collector_postgresql::Problem;
use tokio_postgres::Transaction;
use tokio_postgres::types::Type;

use crate::connection::Connection;
use crate::fenced::{CommitError, Fenced};
use crate::key::key_of;
use crate::lock;
use crate::outbox::{is_refused, waiting};
use crate::whole::{next_rooms, whole_rooms};

/// Finds the fence, takes numbers for the changes of rooms, and notes that these are on their way.
const CHECK_AND_HAND_OVER: &str = "
    WITH held AS (SELECT 1 FROM fence WHERE unit = $1 AND number = $2 FOR SHARE),
    numbers AS (UPDATE stream SET number = number + $3 WHERE source = $4 AND EXISTS (SELECT FROM held) RETURNING number),
    on_the_way AS (
        UPDATE refill SET taken = numbers.number - $3 FROM numbers WHERE sink = $5 AND source = $4 AND room = ANY ($6)
    ),
    may_have AS (
        UPDATE sink_position SET offered = greatest(offered, numbers.number) FROM numbers WHERE sink = $5 AND source = $4
    )
    SELECT EXISTS (SELECT FROM held), (SELECT number FROM numbers)";
/// Sources of which something waits for a sink.
const SOURCES: &str = concat!(
    "
    SELECT source FROM sink_position WHERE sink = $1 AND (
        EXISTS (SELECT FROM refill WHERE refill.sink = $1 AND refill.source = sink_position.source)
        OR EXISTS (
            SELECT FROM outbox WHERE outbox.source = sink_position.source AND outbox.number > delivered AND NOT ",
    is_refused!("$1"),
    "))
    ORDER BY source"
);

/// What is known of a stream at one moment.
struct Stream {
    id: String,
    is_hidden: bool,
    /// UTC seconds, by the database's clock.
    now: i64,
}

impl Connection {
    /// The sources of which something waits for a sink, in order. Whoever hands over a part of each in turn lets none wait for another.
    ///
    /// # Errors
    /// The database failed.
    pub async fn waiting(&mut self, sink: &str) -> Result<Vec<String>, Problem> {
        self.column(SOURCES, &[(&sink, Type::TEXT)]).await
    }
}

impl Fenced<'_> {
    /// The next changes of a source for a sink, and commits: at most `limit` of those that wait one by one; if there are none, whole rooms. They are
    /// safely stored when this returns.
    ///
    /// # Errors
    /// See [`CommitError`]: nothing may be sent.
    pub async fn hand_over(self, sink: &str, source: &str, limit: u32) -> Result<Handover, CommitError> {
        let transaction = self.transaction();
        // Sent together, in this order: what is read is of a moment after the locks.
        let ((), is_known, stream, entries) = futures::try_join!(
            lock::share(transaction, source),
            lock::sink(transaction, sink),
            stream(transaction, source),
            waiting(transaction, sink, source, limit)
        )?;
        let Some(stream) = stream.filter(|_| is_known) else {
            self.commit().await?;
            return Ok(Handover::default());
        };
        if entries.is_empty() {
            self.hand_over_rooms(sink, source, limit, stream).await
        } else {
            self.hand_over_changes(sink, source, entries, stream).await
        }
    }

    async fn hand_over_changes(
        self,
        sink: &str,
        source: &str,
        entries: Vec<Change>,
        stream: Stream,
    ) -> Result<Handover, CommitError> {
        let last = entries.last().map_or(0, |entry| entry.number);
        self.transaction()
            .execute_typed(
                "UPDATE sink_position SET offered = greatest(offered, $3) WHERE sink = $1 AND source = $2",
                &[(&sink, Type::TEXT), (&source, Type::TEXT), (&last, Type::INT8)],
            )
            .await?;
        self.commit().await?;
        Ok(Handover {
            store: stream.id,
            entries,
            ..Handover::default()
        })
    }

    /// Only if nothing else waits: a sink gets changes in the order of their numbers, and these are the highest.
    async fn hand_over_rooms(
        self,
        sink: &str,
        source: &str,
        enough: u32,
        stream: Stream,
    ) -> Result<Handover, CommitError> {
        let rooms = next_rooms(self.transaction(), sink, source, enough).await?;
        if rooms.is_empty() {
            self.commit().await?;
            return Ok(Handover {
                store: stream.id,
                ..Handover::default()
            });
        }
        let rooms = whole_rooms(self.transaction(), sink, &rooms).await?;
        // Other rooms may have changed meanwhile. From now on nobody takes numbers, and whoever took some has committed. The fence comes first, as in
        // every commit.
        let ((), (), entries) =
            futures::try_join!(self.check(), lock_stream(self.transaction(), source), async {
                Ok(waiting(self.transaction(), sink, source, enough).await?)
            })?;
        if !entries.is_empty() {
            return self.hand_over_changes(sink, source, entries, stream).await;
        }
        let mut handover = Handover {
            store: stream.id,
            ..Handover::default()
        };
        for room in rooms {
            handover.rooms.push(room.number);
            let last = i64::try_from(handover.entries.len()).unwrap_or(i64::MAX);
            let told = room.snapshot(&handover.store, stream.is_hidden, stream.now, last);
            handover.entries.extend(told);
        }
        let count = i64::try_from(handover.entries.len()).unwrap_or(i64::MAX);
        let last = self
            .check_and_hand_over(sink, source, count, &handover.rooms)
            .await?;
        self.end().await?;
        handover.taken = last - count;
        for entry in &mut handover.entries {
            entry.number += handover.taken;
        }
        Ok(handover)
    }

    /// The last statement. Returns the last number.
    async fn check_and_hand_over(
        &self,
        sink: &str,
        source: &str,
        count: i64,
        rooms: &[i64],
    ) -> Result<i64, CommitError> {
        let (unit, fence) = self.held();
        let row = self
            .transaction()
            .query_typed_one(
                CHECK_AND_HAND_OVER,
                &[
                    (unit, Type::TEXT),
                    (fence, Type::INT8),
                    (&count, Type::INT8),
                    (&source, Type::TEXT),
                    (&sink, Type::TEXT),
                    (&rooms, Type::INT8_ARRAY),
                ],
            )
            .await?;
        if !row.try_get::<_, bool>(0)? {
            return Err(CommitError::Lost(unit.clone()));
        }
        row.try_get::<_, Option<i64>>(1)?
            .ok_or_else(|| CommitError::NoStream(source.to_owned()))
    }

    /// Notes that a sink took part of what it was sent under this id of a stream, up to this number, and commits.
    ///
    /// # Errors
    /// See [`CommitError`].
    pub async fn confirm(self, sink: &str, store: &str, number: i64) -> Result<(), CommitError> {
        if let Some(source) = source_of(self.transaction(), sink, store).await? {
            confirm(self.transaction(), sink, &source, number).await?;
        }
        self.commit().await
    }

    /// Notes that a sink has everything that it was sent, and commits. If the stream has another identity since, nothing is noted: everything is sent again.
    ///
    /// # Errors
    /// See [`CommitError`]: it will be sent again.
    pub async fn delivered(self, sink: &str, handover: &Handover) -> Result<(), CommitError> {
        let transaction = self.transaction();
        let Some(source) = source_of(transaction, sink, &handover.store).await? else {
            return self.commit().await;
        };
        // None: the rooms hold nothing that the sink would take.
        if let Some(last) = handover.entries.last() {
            confirm(transaction, sink, &source, last.number).await?;
        }
        transaction
            .execute_typed(
                "UPDATE sink_position SET delivered = greatest(delivered, $3) WHERE sink = $1 AND source = $2",
                &[
                    (&sink, Type::TEXT),
                    (&source, Type::TEXT),
                    (&handover.last(), Type::INT8),
                ],
            )
            .await?;
        if handover.is_of_rooms() {
            // Not those that were asked for again in the meantime.
            transaction
                .execute_typed(
                    "DELETE FROM refill WHERE sink = $1 AND source = $2 AND room = ANY ($3) AND taken = $4",
                    &[
                        (&sink, Type::TEXT),
                        (&source, Type::TEXT),
                        (&handover.rooms, Type::INT8_ARRAY),
                        (&handover.taken, Type::INT8),
                    ],
                )
                .await?;
        } else {
            overtake(transaction, sink, &source, handover).await?;
        }
        // It is past what was given up.
        transaction
            .execute_typed(
                "DELETE FROM set_aside USING sink_position WHERE set_aside.sink = $1 AND set_aside.source = $2 AND given_up
                    AND (sink_position.sink, sink_position.source) = ($1, $2) AND set_aside.number <= delivered",
                &[(&sink, Type::TEXT), (&source, Type::TEXT)],
            )
            .await?;
        self.commit().await
    }
}

async fn stream(
    transaction: &Transaction<'_>,
    source: &str,
) -> Result<Option<Stream>, tokio_postgres::Error> {
    let row = transaction
        .query_typed_opt(
            "SELECT id, EXISTS (SELECT FROM source WHERE name = $1 AND is_hidden), extract(epoch FROM clock_timestamp())::bigint
             FROM stream WHERE source = $1",
            &[(&source, Type::TEXT)],
        )
        .await?;
    row.map(|row| {
        Ok(Stream {
            id: row.try_get(0)?,
            is_hidden: row.try_get(1)?,
            now: row.try_get(2)?,
        })
    })
    .transpose()
}

/// Keeps others from taking numbers of a stream, until the end of the transaction.
async fn lock_stream(transaction: &Transaction<'_>, source: &str) -> Result<(), CommitError> {
    transaction
        .query_typed(
            "SELECT FROM stream WHERE source = $1 FOR NO KEY UPDATE",
            &[(&source, Type::TEXT)],
        )
        .await?;
    Ok(())
}

/// The source whose stream has this id; none if no stream has it any more, or the sink is gone. Both stay so until the end of the transaction.
async fn source_of(
    transaction: &Transaction<'_>,
    sink: &str,
    store: &str,
) -> Result<Option<String>, tokio_postgres::Error> {
    const SOURCE: &str = "SELECT source FROM stream WHERE id = $1";
    let parameters = [(&store as _, Type::TEXT)];
    let Some(found) = transaction.query_typed_opt(SOURCE, &parameters).await? else {
        return Ok(None);
    };
    let source: String = found.try_get(0)?;
    let ((), is_known, still) = futures::try_join!(
        lock::share(transaction, &source),
        lock::sink(transaction, sink),
        transaction.query_typed_opt(SOURCE, &parameters)
    )?;
    Ok((is_known && still.is_some()).then_some(source))
}

async fn confirm(
    transaction: &Transaction<'_>,
    sink: &str,
    source: &str,
    number: i64,
) -> Result<(), tokio_postgres::Error> {
    transaction
        .execute_typed(
            "UPDATE sink_position SET confirmed = $3 WHERE sink = $1 AND source = $2",
            &[(&sink, Type::TEXT), (&source, Type::TEXT), (&number, Type::INT8)],
        )
        .await?;
    crate::sinks::works(transaction, sink).await
}

/// Forgets earlier refusals of meetings that are delivered.
async fn overtake(
    transaction: &Transaction<'_>,
    sink: &str,
    source: &str,
    handover: &Handover,
) -> Result<(), tokio_postgres::Error> {
    let entries = &handover.entries;
    let rooms: Vec<i64> = entries.iter().map(|entry| entry.room_number).collect();
    let keys: Vec<Vec<u8>> = entries.iter().map(|entry| key_of(entry.meeting_id())).collect();
    transaction
        .execute_typed(
            "DELETE FROM set_aside USING unnest($3::bigint[], $4::bytea[]) AS told (room, key)
             WHERE sink = $1 AND source = $2 AND (set_aside.room, set_aside.key) = (told.room, told.key)",
            &[
                (&sink, Type::TEXT),
                (&source, Type::TEXT),
                (&rooms, Type::INT8_ARRAY),
                (&keys, Type::BYTEA_ARRAY),
            ],
        )
        .await
        .map(drop)
}
