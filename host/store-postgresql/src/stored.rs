//! What is stored of the meetings of rooms that were read: those of the windows, and the single ones that a commit asks for.

use std::collections::HashMap;

use collector_commit::{History, Past, Sought};
use collector_model::meeting::{Meeting, Status, Subject};
use collector_model::window::Window;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Row, Transaction};

use crate::key::key_of;
use crate::spans::spans_of;

/// Meetings that overlap the window of a reading. One without length is at its start.
const OVERLAPS: &str =
    "meeting.room = read.room AND meeting.start_at < read.end_at AND meeting.end_at >= read.start_at
    AND (meeting.end_at > read.start_at OR meeting.start_at >= read.start_at)";
const READ: &str = "unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS read (room, start_at, end_at)";
/// Rooms that have meetings outside of the window, or that are gone. In all others nothing has to be looked up one by one.
const HAS_OTHERS: &str = "
    SELECT room FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS read (room, start_at, end_at)
    WHERE EXISTS (SELECT FROM meeting WHERE meeting.room = read.room AND meeting.end_at <= read.start_at AND meeting.start_at < read.start_at)
        OR EXISTS (SELECT FROM meeting WHERE meeting.room = read.room AND meeting.end_at >= read.end_at AND meeting.start_at >= read.end_at)
        OR EXISTS (SELECT FROM gone WHERE gone.room = read.room)";
/// What is stored of single meetings, each with its place among those that were asked for. Those that are gone have no times.
const PASTS: &str = "
    WITH sought AS MATERIALIZED (SELECT * FROM unnest($1::bigint[], $2::bytea[]) WITH ORDINALITY AS sought (room, key, place))
    SELECT place, status::bigint, first_seen, removed_at, read_before, start_at, end_at FROM sought JOIN meeting USING (room, key)
    UNION ALL
    SELECT place, status::bigint, first_seen, removed_at, read_before, NULL, NULL FROM sought JOIN gone USING (room, key)";

/// Rooms by their numbers, with the windows that were read.
#[derive(Debug, Default)]
pub(crate) struct Windows {
    room: Vec<i64>,
    start: Vec<i64>,
    end: Vec<i64>,
}

impl Windows {
    pub(crate) fn add(&mut self, room: i64, window: Window) {
        self.room.push(room);
        self.start.push(window.start());
        self.end.push(window.end());
    }

    fn parameters(&self) -> [(&(dyn ToSql + Sync), Type); 3] {
        [
            (&self.room, Type::INT8_ARRAY),
            (&self.start, Type::INT8_ARRAY),
            (&self.end, Type::INT8_ARRAY),
        ]
    }

    /// How many stored meetings overlap the window of each room.
    pub(crate) async fn counts(
        &self,
        transaction: &Transaction<'_>,
    ) -> Result<HashMap<i64, i64>, tokio_postgres::Error> {
        if self.room.is_empty() {
            return Ok(HashMap::new());
        }
        let counts = format!("SELECT read.room, (SELECT count(*) FROM meeting WHERE {OVERLAPS}) FROM {READ}");
        let rows = transaction.query_typed(&counts, &self.parameters()).await?;
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect()
    }

    /// The stored meetings that overlap the window of each room, and which rooms have others.
    pub(crate) async fn meetings(
        &self,
        transaction: &Transaction<'_>,
    ) -> Result<HashMap<i64, StoredRoom>, tokio_postgres::Error> {
        if self.room.is_empty() {
            return Ok(HashMap::new());
        }
        let meetings = format!(
            "SELECT read.room, id, series, subject, withheld, meeting.start_at, meeting.end_at, all_day, status::bigint,
                first_seen, removed_at, read_before
             FROM {READ} JOIN meeting ON {OVERLAPS}"
        );
        let parameters = self.parameters();
        let (rows, others) = futures::try_join!(
            transaction.query_typed(&meetings, &parameters),
            transaction.query_typed(HAS_OTHERS, &parameters)
        )?;
        let mut rooms: HashMap<i64, StoredRoom> = self
            .room
            .iter()
            .map(|room| (*room, StoredRoom::default()))
            .collect();
        for row in rows {
            let (meeting, history) = (meeting(&row)?, history(&row, 9)?);
            let room = rooms.entry(row.try_get(0)?).or_default();
            room.pasts.insert(
                meeting.id.clone(),
                stored(meeting.status, (meeting.start, meeting.end), history),
            );
            room.meetings.push(meeting);
        }
        for row in others {
            rooms.entry(row.try_get(0)?).or_default().has_others = true;
        }
        Ok(rooms)
    }
}

/// What is stored of a room that was read.
#[derive(Debug, Default)]
pub(crate) struct StoredRoom {
    /// The meetings that overlap the window.
    pub(crate) meetings: Vec<Meeting>,
    /// Their pasts, and others that were looked up, by their ids.
    pasts: HashMap<String, Past<()>>,
    /// Whether anything is stored outside of the window, or gone.
    has_others: bool,
}

impl StoredRoom {
    /// What is stored of a meeting; none if it was never there.
    pub(crate) fn past(&self, sought: Sought<'_>) -> Option<Past<()>> {
        self.pasts.get(sought.id).cloned()
    }
}

/// Meetings of rooms that are looked up one by one.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    room: Vec<i64>,
    key: Vec<Vec<u8>>,
    id: Vec<String>,
}

impl Asked {
    /// Asks for a meeting of a room by its number, unless the answer is known.
    pub(crate) fn add(&mut self, number: i64, room: &StoredRoom, sought: Sought<'_>) {
        if room.has_others && !room.pasts.contains_key(sought.id) {
            self.room.push(number);
            self.key.push(key_of(sought.id));
            self.id.push(sought.id.to_owned());
        }
    }

    /// Looks them up.
    pub(crate) async fn look_up(
        self,
        transaction: &Transaction<'_>,
        rooms: &mut HashMap<i64, StoredRoom>,
    ) -> Result<(), tokio_postgres::Error> {
        if self.room.is_empty() {
            return Ok(());
        }
        let rows = transaction
            .query_typed(
                PASTS,
                &[(&self.room, Type::INT8_ARRAY), (&self.key, Type::BYTEA_ARRAY)],
            )
            .await?;
        for row in rows {
            let place = usize::try_from(row.try_get::<_, i64>(0)?).unwrap_or_default();
            // The first place is 1.
            let at = place.wrapping_sub(1);
            let (Some(number), Some(id)) = (self.room.get(at), self.id.get(at)) else {
                continue;
            };
            let status = Status::of_number(row.try_get(1)?);
            let history = history(&row, 2)?;
            let past = match (row.try_get(5)?, row.try_get(6)?) {
                (Some(start), Some(end)) => stored(status, (start, end), history),
                _ => Past::Gone { status, history },
            };
            rooms.entry(*number).or_default().pasts.insert(id.clone(), past);
        }
        Ok(())
    }
}

fn stored(status: Status, (start, end): (i64, i64), history: History) -> Past<()> {
    Past::Stored {
        row: (),
        status,
        start,
        end,
        history,
    }
}

/// Reads a meeting from a row that has these columns after the first: id, series, subject, withheld, start, end, all-day, status.
pub(crate) fn meeting(row: &Row) -> Result<Meeting, tokio_postgres::Error> {
    Ok(Meeting {
        id: row.try_get(1)?,
        series: row.try_get(2)?,
        subject: Subject::of_stored(row.try_get(3)?, row.try_get(4)?),
        start: row.try_get(5)?,
        end: row.try_get(6)?,
        all_day: row.try_get(7)?,
        status: Status::of_number(row.try_get(8)?),
    })
}

/// Reads a history from its columns, from this one on.
pub(crate) fn history(row: &Row, column: usize) -> Result<History, tokio_postgres::Error> {
    Ok(History {
        first_seen: row.try_get(column)?,
        removed_at: row.try_get(column + 1)?,
        read_before: spans_of(row, column + 2)?,
    })
}
