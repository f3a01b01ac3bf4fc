//! What figures read of rooms: bookings with their history, and the time that was read as a whole. Several rooms of a source take one statement.

use collector_commit::{Booking, Spans};
use collector_model::meeting::Status;
use collector_postgresql::Problem;
use collector_postgresql::value::text;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Row, Transaction};

use crate::connection::Connection;
use crate::spans::spans_of;
use crate::stored::history;

/// The rooms that are asked for, with what joins their meetings or those that are gone. One without length is at its start.
macro_rules! of_rooms {
    ($columns:literal, $condition:literal) => {
        concat!(
            "WITH asked AS MATERIALIZED (
                SELECT place, number FROM unnest($2::text[]) WITH ORDINALITY AS asked (address, place)
                    JOIN room ON room.source = $1 AND room.address = asked.address)
             SELECT place, ",
            $columns,
            " FROM asked JOIN meeting ON meeting.room = asked.number AND ",
            $condition,
            " UNION ALL SELECT place, ",
            $columns,
            " FROM asked JOIN gone ON gone.room = asked.number AND ",
            $condition
        )
    };
    ($columns:literal) => {
        of_rooms!(
            $columns,
            "start_at < $4 AND end_at >= $3 AND (end_at > $3 OR start_at >= $3)"
        )
    };
}

const BOOKINGS: &str = concat!(
    of_rooms!("id, series, start_at, end_at, all_day, status::bigint, first_seen, removed_at, read_before"),
    " ORDER BY place, start_at, id"
);
const TIMES: &str = of_rooms!("start_at, end_at");
const STARTS: &str = of_rooms!("start_at", "end_at >= $3 AND (NOT $4 OR removed_at IS NOT NULL)");
const READINGS: &str = "
    SELECT place, spans FROM unnest($2::text[]) WITH ORDINALITY AS asked (address, place)
        JOIN room ON room.source = $1 AND room.address = asked.address JOIN reading ON reading.room = number";

impl Connection {
    /// The bookings of rooms of a source that overlap a span of UTC seconds, removed ones too, by start and id: of each room, in the order of the
    /// addresses (lower case).
    ///
    /// # Errors
    /// The database failed.
    pub async fn bookings(
        &mut self,
        source: &str,
        rooms: &[&str],
        start: i64,
        end: i64,
    ) -> Result<Vec<Vec<Booking>>, Problem> {
        let span = [(&start as _, Type::INT8), (&end as _, Type::INT8)];
        self.of_rooms(source, rooms, BOOKINGS, &span, booking).await
    }

    /// When the bookings of rooms of a source start and end that overlap a span of UTC seconds, removed ones too: of each room in any order, in the order
    /// of the addresses (lower case).
    ///
    /// # Errors
    /// The database failed.
    pub async fn booking_times(
        &mut self,
        source: &str,
        rooms: &[&str],
        start: i64,
        end: i64,
    ) -> Result<Vec<Vec<(i64, i64)>>, Problem> {
        let span = [(&start as _, Type::INT8), (&end as _, Type::INT8)];
        let times = |row: &Row| Ok((row.try_get(1)?, row.try_get(2)?));
        self.of_rooms(source, rooms, TIMES, &span, times).await
    }

    /// When the bookings of rooms of a source start (UTC seconds) that end at an instant or later; only those that were removed, if asked for. Of each room
    /// in any order, in the order of the addresses (lower case).
    ///
    /// # Errors
    /// The database failed.
    pub async fn booking_starts(
        &mut self,
        source: &str,
        rooms: &[&str],
        instant: i64,
        only_removed: bool,
    ) -> Result<Vec<Vec<i64>>, Problem> {
        let rest = [(&instant as _, Type::INT8), (&only_removed as _, Type::BOOL)];
        self.of_rooms(source, rooms, STARTS, &rest, |row| row.try_get(1))
            .await
    }

    /// The time of rooms of a source that complete readings covered, in the order of the addresses (lower case).
    ///
    /// # Errors
    /// The database failed.
    pub async fn readings(&mut self, source: &str, rooms: &[&str]) -> Result<Vec<Spans>, Problem> {
        let found = self
            .of_rooms(source, rooms, READINGS, &[], |row| spans_of(row, 1))
            .await?;
        let first = |spans: Vec<Spans>| spans.into_iter().next().unwrap_or_default();
        Ok(found.into_iter().map(first).collect())
    }

    /// What a statement finds of each room, by the place of the room among those that are asked for, which is the first column.
    async fn of_rooms<T>(
        &mut self,
        source: &str,
        rooms: &[&str],
        statement: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
        read: impl Fn(&Row) -> Result<T, tokio_postgres::Error>,
    ) -> Result<Vec<Vec<T>>, Problem> {
        let transaction = self.begin().await?;
        let rows = rows_of(&transaction, source, rooms, statement, parameters).await?;
        let mut found: Vec<Vec<T>> = rooms.iter().map(|_| Vec::new()).collect();
        for row in &rows {
            let place = usize::try_from(row.try_get::<_, i64>(0)?).unwrap_or_default();
            // The first place is 1.
            if let Some(of_room) = found.get_mut(place.wrapping_sub(1)) {
                of_room.push(read(row)?);
            }
        }
        transaction.commit().await?;
        Ok(found)
    }
}

async fn rows_of(
    transaction: &Transaction<'_>,
    source: &str,
    rooms: &[&str],
    statement: &str,
    parameters: &[(&(dyn ToSql + Sync), Type)],
) -> Result<Vec<Row>, tokio_postgres::Error> {
    let rooms: Vec<_> = rooms.iter().map(|room| text(room)).collect();
    let mut all: Vec<(&(dyn ToSql + Sync), Type)> = vec![(&source, Type::TEXT), (&rooms, Type::TEXT_ARRAY)];
    all.extend_from_slice(parameters);
    transaction.query_typed(statement, &all).await
}

fn booking(row: &Row) -> Result<Booking, tokio_postgres::Error> {
    Ok(Booking {
        id: row.try_get(1)?,
        series: row.try_get(2)?,
        start: row.try_get(3)?,
        end: row.try_get(4)?,
        all_day: row.try_get(5)?,
        status: Status::of_number(row.try_get(6)?),
        history: history(row, 7)?,
    })
}
