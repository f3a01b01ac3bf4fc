//! What pages show of the store: rooms with their outcomes, and the meetings of many rooms over a span of time.

use collector_model::meeting::Meeting;
use collector_model::room::{RoomRow, RoomSearch};
use collector_model::window::Window;
use rusqlite::{Row, named_params, params};

use super::indexes::OVERLAP;
use super::read::meeting;
use super::{Reader, StoreError};

const MATCHES: &str = "
    FROM room WHERE listed = 1 AND source IN (SELECT value FROM json_each(?1))
        AND (?2 IS NULL OR outcome = ?2)
        AND (?3 IS NULL OR instr(lower(address || char(10) || name || char(10) || coalesce(building, '')), lower(?3)) > 0)
        AND (?4 IS NULL OR coalesce(building, '') = ?4)";

impl Reader {
    /// Rooms by name (or building and name), and the number of all that match.
    ///
    /// # Errors
    /// The store failed.
    pub fn search_rooms(&self, search: &RoomSearch) -> Result<(u64, Vec<RoomRow>), StoreError> {
        let sources = serde_json::Value::from(search.sources.clone()).to_string();
        let total = self
            .connection
            .prepare_cached(&format!("SELECT count(*) {MATCHES}"))?
            .query_row(
                params![sources, search.outcome, search.text, search.building],
                |row| row.get(0),
            )?;
        let bound = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let buildings = if search.by_building {
            "coalesce(building, '') = '', building COLLATE names,"
        } else {
            ""
        };
        let rooms = self
            .connection
            .prepare_cached(&format!(
                "SELECT source, address, name, building, capacity, lists, outcome, cause, outcome_at, number {MATCHES}
                 ORDER BY {buildings} coalesce(nullif(name, ''), address) COLLATE names, address, source LIMIT ?5 OFFSET ?6"
            ))?
            .query_map(
                params![
                    sources,
                    search.outcome,
                    search.text,
                    search.building,
                    bound(search.limit),
                    bound(search.skip)
                ],
                room,
            )?
            .collect::<Result<_, _>>()?;
        Ok((total, rooms))
    }

    /// The sources of these whose listed rooms others of them list too, by name, each with how many of its rooms that are.
    ///
    /// # Errors
    /// The store failed.
    pub fn doubled_rooms(&self, sources: &[String]) -> Result<Vec<(String, u64)>, StoreError> {
        let sources = serde_json::Value::from(sources).to_string();
        Ok(self
            .connection
            .prepare_cached(
                "WITH own AS MATERIALIZED (
                    SELECT source, address FROM room WHERE listed = 1 AND source IN (SELECT value FROM json_each(?1))
                 ), doubled AS (SELECT address FROM own GROUP BY address HAVING count(*) > 1)
                 SELECT source, count(*) FROM own WHERE address IN (SELECT address FROM doubled) GROUP BY source ORDER BY source",
            )?
            .query_map([sources], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?)
    }

    /// The buildings of these sources' listed rooms, by name; an empty text represents rooms without a building.
    ///
    /// # Errors
    /// The store failed.
    pub fn buildings(&self, sources: &[String]) -> Result<Vec<String>, StoreError> {
        let sources = serde_json::Value::from(sources).to_string();
        let buildings = self
            .connection
            .prepare_cached(
                "SELECT DISTINCT coalesce(building, '') FROM room
                 WHERE listed = 1 AND source IN (SELECT value FROM json_each(?1)) ORDER BY 1 COLLATE names",
            )?
            .query_map([sources], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        Ok(buildings)
    }

    /// The meetings of a room that overlap a window, by start.
    ///
    /// # Errors
    /// The store failed.
    pub fn meetings_of_room(&self, room: &RoomRow, window: Window) -> Result<Vec<Meeting>, StoreError> {
        let meetings = self
            .connection
            .prepare_cached(&format!(
                "SELECT id, series, subject, withheld, start_at, end_at, all_day, status FROM meeting
                 WHERE room = :room AND {OVERLAP} ORDER BY start_at, id",
            ))?
            .query_map(
                named_params! { ":room": room.number, ":start": window.start(), ":end": window.end() },
                meeting,
            )?
            .collect::<Result<_, _>>()?;
        Ok(meetings)
    }
}

fn room(row: &Row<'_>) -> Result<RoomRow, rusqlite::Error> {
    let lists: String = row.get(5)?;
    Ok(RoomRow {
        source: row.get(0)?,
        address: row.get(1)?,
        name: row.get(2)?,
        building: row.get(3)?,
        capacity: row.get(4)?,
        lists: serde_json::from_str(&lists).unwrap_or_default(),
        outcome: row.get(6)?,
        cause: row.get(7)?,
        since: row.get(8)?,
        number: row.get(9)?,
    })
}
