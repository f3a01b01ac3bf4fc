//! What pages show of the store: rooms with their outcomes, and their meetings.

use std::collections::HashMap;

use collector_model::meeting::Meeting;
use collector_model::natural::Name;
use collector_model::room::{RoomRow, RoomSearch};
use collector_model::window::Window;
use collector_postgresql::Problem;
use collector_postgresql::value::text;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::connection::Connection;
use crate::stored::meeting;

/// Only the letters A to Z have a small form here, as in the other store: what others have would depend on the operating system.
const MATCHES: &str = "
    SELECT number, source, address, name, building FROM room LEFT JOIN attempt ON attempt.room = number
    WHERE listed AND source = ANY ($1) AND ($2::text IS NULL OR outcome = $2)
        AND ($3::text IS NULL OR strpos(lower((address || chr(10) || name || chr(10) || coalesce(building, '')) COLLATE \"C\"),
            lower($3 COLLATE \"C\")) > 0)
        AND ($4::text IS NULL OR coalesce(building, '') = $4)";
const ROOMS: &str = "
    SELECT source, address, name, building, capacity, lists, outcome, cause, outcome_at, number
    FROM room LEFT JOIN attempt ON attempt.room = number WHERE number = ANY ($1)";
/// Meetings that overlap a window. One without length is at its start.
const MEETINGS: &str = "
    SELECT room, id, series, subject, withheld, start_at, end_at, all_day, status::bigint FROM meeting
    WHERE room = $1 AND start_at < $3 AND end_at >= $2 AND (end_at > $2 OR start_at >= $2) ORDER BY start_at, id";

/// By what a room is sorted, in this order. The database does not know the order of names, so all that match are sorted here.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place<'a> {
    /// None: rooms of a building do not come together.
    building: Option<(bool, Option<Name<'a>>)>,
    title: Name<'a>,
    address: &'a str,
    source: &'a str,
}

impl Connection {
    /// Rooms by name (or building and name), and the number of all that match.
    ///
    /// # Errors
    /// The database failed.
    pub async fn search_rooms(&mut self, search: &RoomSearch) -> Result<(u64, Vec<RoomRow>), Problem> {
        let transaction = self.begin().await?;
        let sought = search.text.as_deref().map(text);
        let building = search.building.as_deref().map(text);
        let rows = transaction
            .query_typed(
                MATCHES,
                &[
                    (&search.sources, Type::TEXT_ARRAY),
                    (&search.outcome, Type::TEXT),
                    (&sought, Type::TEXT),
                    (&building, Type::TEXT),
                ],
            )
            .await?;
        let mut found: Vec<(Place<'_>, i64)> = rows
            .iter()
            .map(|row| place(row, search.by_building))
            .collect::<Result<_, _>>()?;
        found.sort_unstable();
        let total = u64::try_from(found.len()).unwrap_or(u64::MAX);
        let bound = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let page = found.iter().skip(bound(search.skip)).take(bound(search.limit));
        let numbers: Vec<i64> = page.map(|(_, number)| *number).collect();
        let rows = transaction
            .query_typed(ROOMS, &[(&numbers, Type::INT8_ARRAY)])
            .await?;
        let mut rooms: Vec<RoomRow> = rows.iter().map(room).collect::<Result<_, _>>()?;
        transaction.commit().await?;
        let order: HashMap<i64, usize> = numbers.into_iter().zip(0..).collect();
        rooms.sort_by_key(|room| order.get(&room.number).copied());
        Ok((total, rooms))
    }

    /// The buildings of these sources' listed rooms, by name; an empty text represents rooms without a building.
    ///
    /// # Errors
    /// The database failed.
    pub async fn buildings(&mut self, sources: &[&str]) -> Result<Vec<String>, Problem> {
        let mut buildings: Vec<String> = self
            .column(
                "SELECT DISTINCT coalesce(building, '') FROM room WHERE listed AND source = ANY ($1)",
                &[(&sources, Type::TEXT_ARRAY)],
            )
            .await?;
        buildings.sort_by(|one, other| Name::new(one).cmp(&Name::new(other)));
        Ok(buildings)
    }

    /// The meetings of a room that overlap a window, by start.
    ///
    /// # Errors
    /// The database failed.
    pub async fn meetings_of_room(
        &mut self,
        room: &RoomRow,
        window: Window,
    ) -> Result<Vec<Meeting>, Problem> {
        let transaction = self.begin().await?;
        let rows = transaction
            .query_typed(
                MEETINGS,
                &[
                    (&room.number, Type::INT8),
                    (&window.start(), Type::INT8),
                    (&window.end(), Type::INT8),
                ],
            )
            .await?;
        let meetings = rows.iter().map(meeting).collect::<Result<_, _>>()?;
        transaction.commit().await?;
        Ok(meetings)
    }
}

fn place(row: &Row, by_building: bool) -> Result<(Place<'_>, i64), tokio_postgres::Error> {
    let (source, address) = (row.try_get(1)?, row.try_get(2)?);
    let name: &str = row.try_get(3)?;
    let building: Option<&str> = row.try_get(4)?;
    let place = Place {
        building: by_building.then(|| {
            let is_without = building.unwrap_or_default().is_empty();
            (is_without, building.map(Name::new))
        }),
        title: Name::new(if name.is_empty() { address } else { name }),
        address,
        source,
    };
    Ok((place, row.try_get(0)?))
}

fn room(row: &Row) -> Result<RoomRow, tokio_postgres::Error> {
    let seats: Option<i64> = row.try_get(4)?;
    Ok(RoomRow {
        source: row.try_get(0)?,
        address: row.try_get(1)?,
        name: row.try_get(2)?,
        building: row.try_get(3)?,
        capacity: seats.and_then(|seats| u32::try_from(seats).ok()),
        lists: row.try_get(5)?,
        outcome: row.try_get(6)?,
        cause: row.try_get(7)?,
        since: row.try_get(8)?,
        number: row.try_get(9)?,
    })
}
