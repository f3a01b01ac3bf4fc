//! What joining spaces to rooms needs of the store: every space that is listed or has records, and how the calls of a space agree with the
//! bookings of its rooms.

use collector_commit::usage::position;
use collector_model::joining::{Agreement, MOST_BOOKINGS, MOST_CALLS, compared_time};
use collector_model::room::RoomAddress;
use collector_model::space::SpaceId;
use collector_model::usage::{Form, Kind, OPEN_END};
use rusqlite::params;

use super::spaces::space;
use super::{Reader, SpaceRecord, StoreError};

/// From when to when the bookings of a room are known, in UTC seconds.
type Known = (i64, i64);

impl Reader {
    /// The spaces of these sources that are listed or have records, by source, name and key.
    ///
    /// # Errors
    /// The store failed.
    pub fn known_spaces(&self, sources: &[String]) -> Result<Vec<SpaceRecord>, StoreError> {
        let sources = serde_json::Value::from(sources).to_string();
        Ok(self
            .connection
            .prepare_cached(
                "SELECT source, key, name, address, building, capacity, zone, kinds, outcome, cause, outcome_at, listed FROM space
                    WHERE source IN (SELECT value FROM json_each(?1)) AND (listed = 1 OR EXISTS (
                        SELECT 1 FROM usage_device JOIN usage_source ON usage_source.number = usage_device.source
                        WHERE usage_source.name = space.source AND usage_device.space = space.key))
                 UNION ALL
                 SELECT DISTINCT usage_source.name, space, '', NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, 0 FROM usage_device
                    JOIN usage_source ON usage_source.number = usage_device.source
                    WHERE usage_source.name IN (SELECT value FROM json_each(?1)) AND NOT EXISTS (
                        SELECT 1 FROM space AS known WHERE known.source = usage_source.name AND known.key = usage_device.space)
                 ORDER BY 1, 3, 2",
            )?
            .query_map([sources], space)?
            .collect::<Result<_, _>>()?)
    }

    /// How the calls of a space in the last 30 days agree with the confirmed bookings of its rooms. Only calls from times are looked at for
    /// which the bookings of all rooms are known; none if there is no such time. `now` is in UTC seconds.
    ///
    /// # Errors
    /// The store failed.
    pub fn agreement(
        &self,
        space: &SpaceId,
        sources: &[String],
        rooms: &[RoomAddress],
        now: i64,
    ) -> Result<Option<Agreement>, StoreError> {
        let (mut numbers, mut known) = (Vec::new(), Vec::new());
        for address in rooms {
            let found = self.read_times(address, sources)?;
            if found.is_empty() {
                return Ok(None);
            }
            for (number, times) in found {
                numbers.push(number);
                known.push(times);
            }
        }
        let Some((from, to)) = compared_time(now, known) else {
            return Ok(None);
        };
        let calls = self.calls(space, from, to, now)?;
        let until = calls.iter().map(|(_, end)| *end).max().unwrap_or(to);
        let mut bookings = Vec::new();
        if !calls.is_empty() {
            for number in numbers {
                bookings.extend(self.booked(number, from, until)?);
            }
        }
        Ok(Some(Agreement::of(&calls, &bookings)))
    }

    /// The numbers of the rooms of an address, each with the time for which its bookings are known.
    fn read_times(
        &self,
        address: &RoomAddress,
        sources: &[String],
    ) -> Result<Vec<(i64, Option<Known>)>, StoreError> {
        let sources = serde_json::Value::from(sources).to_string();
        Ok(self
            .connection
            .prepare_cached(
                "SELECT number, known_from, read_at / 1000 FROM room
                 WHERE source IN (SELECT value FROM json_each(?1)) AND address = ?2 AND listed = 1",
            )?
            .query_map(params![sources, address.as_str()], |row| {
                let times: (Option<i64>, Option<i64>) = (row.get(1)?, row.get(2)?);
                Ok((row.get(0)?, times.0.zip(times.1)))
            })?
            .collect::<Result<_, _>>()?)
    }

    /// The calls of a space that begin in `[from, to)`, with their ends.
    fn calls(&self, space: &SpaceId, from: i64, to: i64, now: i64) -> Result<Vec<(i64, i64)>, StoreError> {
        let (call, interval) = (
            position(Kind::ALL, Kind::Call),
            position(Form::ALL, Form::Interval),
        );
        Ok(self
            .connection
            .prepare_cached(
                "SELECT start_at, coalesce(end_at, min(start_at + ?6, max(?5, start_at))) FROM usage_device
                 JOIN usage_source ON usage_source.number = usage_device.source
                 JOIN usage ON usage.device = usage_device.number
                 WHERE usage_source.name = ?1 AND usage_device.space = ?2
                    AND withdrawn = 0 AND kind = ?8 AND form = ?9 AND value <> 0 AND start_at >= ?3 AND start_at < ?4
                 ORDER BY start_at DESC LIMIT ?7",
            )?
            .query_map(
                params![space.source, space.key, from, to, now, OPEN_END, MOST_CALLS, call, interval],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?
            .collect::<Result<_, _>>()?)
    }

    /// The confirmed meetings of a room that overlap `[from, to)`.
    fn booked(&self, room: i64, from: i64, to: i64) -> Result<Vec<(i64, i64)>, StoreError> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT start_at, end_at FROM meeting
                 WHERE room = ?1 AND end_at > ?2 AND start_at < ?3 AND end_at > start_at AND status = 0
                 ORDER BY end_at LIMIT ?4",
            )?
            .query_map(params![room, from, to, MOST_BOOKINGS], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?
            .collect::<Result<_, _>>()?)
    }
}
