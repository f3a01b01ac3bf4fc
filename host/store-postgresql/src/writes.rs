//! The steps of a slice as statements: one for each kind of step, whatever the number of rooms, and all sent together.

use collector_commit::{Gone, History, Place, Put, Steps};
use collector_model::meeting::Meeting;
use tokio_postgres::Transaction;
use tokio_postgres::types::{ToSql, Type};

use crate::key::key_of;
use crate::spans::spans_text;
use crate::touched::Spans;

/// The columns of [`Rows`].
const ROWS: &str = "unnest($1::bigint[], $2::bytea[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::boolean[], $8::bigint[],
        $9::bigint[], $10::bigint[], $11::text[], $12::text[], $13::boolean[])
    AS put (room, key, id, series, start_at, end_at, all_day, status, first_seen, removed_at, read_before, subject, withheld)";
const ROOMS: &str = "
    UPDATE room SET cursor = after.cursor, known_from = after.known_from, meetings = meetings + after.more, reading = after.reading
    FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bytea[]) AS after (number, cursor, known_from, more, reading)
    WHERE room.number = after.number AND (after.more <> 0
        OR (room.cursor, room.known_from, room.reading) IS DISTINCT FROM (after.cursor, after.known_from, after.reading))";
const READINGS: &str = "
    INSERT INTO reading (room, spans) SELECT room, spans::bigint[] FROM unnest($1::bigint[], $2::text[]) AS new (room, spans)
    ON CONFLICT (room) DO UPDATE SET spans = excluded.spans";

/// Nothing that earlier stores told of these rooms may stay. In the order of their numbers, as whoever asks for all rooms.
const TELL_AS_A_WHOLE: &str = "
    INSERT INTO refill (sink, source, room, at) SELECT name, $2, room, $3 FROM unnest($1::bigint[]) AS first (room), sink ORDER BY room, name
    ON CONFLICT (sink, source, room) DO UPDATE SET taken = NULL";

/// All statements of the steps of a slice.
#[derive(Debug, Default)]
pub(crate) struct Writes<'a> {
    /// Meetings that are there again.
    back: Keys,
    inserted: Rows<'a>,
    updated: Rows<'a>,
    deleted: Keys,
    /// Deleted ones that are kept among the meetings that are gone.
    kept: Rows<'a>,
    readings: (Vec<i64>, Vec<String>),
    rooms: Rooms<'a>,
    touched: Spans,
    /// Rooms that were read as a whole for the first time.
    first: Vec<i64>,
    source: &'a str,
    /// UTC seconds.
    now: i64,
}

impl<'a> Writes<'a> {
    /// Nothing yet, of rooms of a source, at a UTC second.
    pub(crate) fn of(source: &'a str, now: i64) -> Self {
        Self {
            source,
            now,
            ..Self::default()
        }
    }

    /// Adds the steps of a room by its number.
    pub(crate) fn add(&mut self, room: i64, steps: &'a Steps<()>) {
        if let Some(span) = steps.span() {
            self.touched.add(room, span);
        }
        if steps.is_first {
            self.first.push(room);
        }
        for Put {
            meeting,
            history,
            place,
        } in &steps.puts
        {
            match place {
                Place::New => {}
                Place::Back => self.back.add(room, meeting),
                Place::At(()) => {
                    self.updated.add(room, meeting, history);
                    continue;
                }
            }
            self.inserted.add(room, meeting, history);
        }
        for Gone { meeting, history, .. } in &steps.gone {
            self.deleted.add(room, meeting);
            if let Some(history) = history {
                self.kept.add(room, meeting, history);
            }
        }
        if let Some(read) = &steps.read {
            self.readings.0.push(room);
            self.readings.1.push(spans_text(&read.all));
        }
        let after = &steps.room;
        self.rooms.number.push(room);
        self.rooms.cursor.push(after.cursor.as_deref());
        self.rooms.known_from.push(after.known_from);
        self.rooms.more.push(after.more);
        self.rooms
            .reading
            .push(after.reading.as_ref().map(<[u8; 32]>::as_slice));
    }

    /// Does them, in the order in which they stand here.
    pub(crate) async fn execute(&self, transaction: &Transaction<'_>) -> Result<(), tokio_postgres::Error> {
        let insert = format!(
            "INSERT INTO meeting (room, key, id, series, start_at, end_at, all_day, status, first_seen, removed_at, read_before, subject, withheld)
             SELECT room, key, id, series, start_at, end_at, all_day, status, first_seen, removed_at, read_before::bigint[], subject, withheld
             FROM {ROWS}"
        );
        let update = format!(
            "UPDATE meeting SET series = put.series, start_at = put.start_at, end_at = put.end_at, all_day = put.all_day, status = put.status,
                first_seen = put.first_seen, removed_at = put.removed_at, read_before = put.read_before::bigint[], subject = put.subject,
                withheld = put.withheld
             FROM {ROWS} WHERE (meeting.room, meeting.key) = (put.room, put.key)"
        );
        let keep = format!(
            "INSERT INTO gone (room, key, id, series, start_at, end_at, all_day, status, first_seen, removed_at, read_before)
             SELECT room, key, id, series, start_at, end_at, all_day, status, first_seen, removed_at, read_before::bigint[] FROM {ROWS}
             ON CONFLICT (room, key) DO UPDATE SET series = excluded.series, start_at = excluded.start_at, end_at = excluded.end_at,
                all_day = excluded.all_day, status = excluded.status, first_seen = excluded.first_seen, removed_at = excluded.removed_at,
                read_before = excluded.read_before"
        );
        let first = [
            (&self.first as _, Type::INT8_ARRAY),
            (&self.source as _, Type::TEXT),
            (&self.now as _, Type::INT8),
        ];
        let (readings, spans) = &self.readings;
        let readings = [(readings as _, Type::INT8_ARRAY), (spans as _, Type::TEXT_ARRAY)];
        futures::try_join!(
            self.back.delete_from(transaction, "gone"),
            self.inserted.execute(transaction, &insert),
            self.updated.execute(transaction, &update),
            self.deleted.delete_from(transaction, "meeting"),
            self.kept.execute(transaction, &keep),
            execute_unless(self.readings.0.is_empty(), transaction, READINGS, &readings),
            self.rooms.execute(transaction),
            self.touched.touch(transaction),
            execute_unless(self.first.is_empty(), transaction, TELL_AS_A_WHOLE, &first),
        )?;
        Ok(())
    }
}

async fn execute_unless(
    nothing: bool,
    transaction: &Transaction<'_>,
    statement: &str,
    parameters: &[(&(dyn ToSql + Sync), Type)],
) -> Result<(), tokio_postgres::Error> {
    if !nothing {
        transaction.execute_typed(statement, parameters).await?;
    }
    Ok(())
}

/// Meetings of rooms, by their keys.
#[derive(Debug, Default)]
struct Keys {
    room: Vec<i64>,
    key: Vec<Vec<u8>>,
}

impl Keys {
    fn add(&mut self, room: i64, meeting: &Meeting) {
        self.room.push(room);
        self.key.push(key_of(&meeting.id));
    }

    async fn delete_from(
        &self,
        transaction: &Transaction<'_>,
        table: &'static str,
    ) -> Result<(), tokio_postgres::Error> {
        let statement = format!(
            "DELETE FROM {table} USING unnest($1::bigint[], $2::bytea[]) AS ended (room, key)
             WHERE ({table}.room, {table}.key) = (ended.room, ended.key)"
        );
        let parameters = [
            (&self.room as _, Type::INT8_ARRAY),
            (&self.key as _, Type::BYTEA_ARRAY),
        ];
        execute_unless(self.room.is_empty(), transaction, &statement, &parameters).await
    }
}

/// Meetings of rooms with their histories.
#[derive(Debug, Default)]
struct Rows<'a> {
    keys: Keys,
    id: Vec<&'a str>,
    series: Vec<Option<&'a str>>,
    start: Vec<i64>,
    end: Vec<i64>,
    all_day: Vec<bool>,
    status: Vec<i64>,
    first_seen: Vec<Option<i64>>,
    removed_at: Vec<Option<i64>>,
    read_before: Vec<Option<String>>,
    subject: Vec<Option<&'a str>>,
    withheld: Vec<bool>,
}

impl<'a> Rows<'a> {
    fn add(&mut self, room: i64, meeting: &'a Meeting, history: &'a History) {
        self.keys.add(room, meeting);
        self.id.push(&meeting.id);
        self.series.push(meeting.series.as_deref());
        self.start.push(meeting.start);
        self.end.push(meeting.end);
        self.all_day.push(meeting.all_day);
        self.status.push(meeting.status.number());
        self.first_seen.push(history.first_seen);
        self.removed_at.push(history.removed_at);
        let read_before = &history.read_before;
        self.read_before
            .push((!read_before.is_empty()).then(|| spans_text(read_before)));
        let (subject, withheld) = meeting.subject.stored();
        self.subject.push(subject);
        self.withheld.push(withheld);
    }

    async fn execute(
        &self,
        transaction: &Transaction<'_>,
        statement: &str,
    ) -> Result<(), tokio_postgres::Error> {
        let parameters = [
            (&self.keys.room as _, Type::INT8_ARRAY),
            (&self.keys.key as _, Type::BYTEA_ARRAY),
            (&self.id as _, Type::TEXT_ARRAY),
            (&self.series as _, Type::TEXT_ARRAY),
            (&self.start as _, Type::INT8_ARRAY),
            (&self.end as _, Type::INT8_ARRAY),
            (&self.all_day as _, Type::BOOL_ARRAY),
            (&self.status as _, Type::INT8_ARRAY),
            (&self.first_seen as _, Type::INT8_ARRAY),
            (&self.removed_at as _, Type::INT8_ARRAY),
            (&self.read_before as _, Type::TEXT_ARRAY),
            (&self.subject as _, Type::TEXT_ARRAY),
            (&self.withheld as _, Type::BOOL_ARRAY),
        ];
        execute_unless(self.id.is_empty(), transaction, statement, &parameters).await
    }
}

/// What is known of rooms from now on.
#[derive(Debug, Default)]
struct Rooms<'a> {
    number: Vec<i64>,
    cursor: Vec<Option<&'a str>>,
    known_from: Vec<Option<i64>>,
    more: Vec<i64>,
    reading: Vec<Option<&'a [u8]>>,
}

impl Rooms<'_> {
    async fn execute(&self, transaction: &Transaction<'_>) -> Result<(), tokio_postgres::Error> {
        let parameters = [
            (&self.number as _, Type::INT8_ARRAY),
            (&self.cursor as _, Type::TEXT_ARRAY),
            (&self.known_from as _, Type::INT8_ARRAY),
            (&self.more as _, Type::INT8_ARRAY),
            (&self.reading as _, Type::BYTEA_ARRAY),
        ];
        execute_unless(self.number.is_empty(), transaction, ROOMS, &parameters).await
    }
}
