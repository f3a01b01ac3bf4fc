//! Reading from the store: the meetings of a window.

use collector_model::meeting::{Meeting, Status, Subject};
use collector_model::window::Window;
use rusqlite::{Row, Transaction, TransactionBehavior, named_params};

use super::indexes::OVERLAP;
use super::{Reader, StoreError};

impl Reader {
    /// Reads several times what was stored at one moment, whatever others write meanwhile. They do not wait.
    ///
    /// # Errors
    /// The store failed, or `read` did.
    pub fn at_one_moment<T, E: From<StoreError>>(
        &self,
        read: impl FnOnce(&Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let failed = |error: rusqlite::Error| E::from(StoreError::from(error));
        let transaction =
            Transaction::new_unchecked(&self.connection, TransactionBehavior::Deferred).map_err(failed)?;
        let done = read(self)?;
        transaction.finish().map_err(failed)?;
        Ok(done)
    }

    /// Passes the meetings of a source's listed rooms that overlap the window to `each`, sorted by room, start and id, with the room's
    /// address and name. An error from `each` ends the reading.
    ///
    /// # Errors
    /// The store failed, or `each` did.
    pub fn meetings<E: From<StoreError>>(
        &self,
        source: &str,
        window: Window,
        mut each: impl FnMut(&str, &str, Meeting) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rows = |error: rusqlite::Error| E::from(StoreError::from(error));
        let mut statement = self
            .connection
            .prepare_cached(&format!(
                "SELECT id, series, subject, withheld, start_at, end_at, all_day, status, address, name
                 FROM room CROSS JOIN meeting ON room = number
                 WHERE source = :source AND listed = 1 AND {OVERLAP}
                 ORDER BY address",
            ))
            .map_err(&mut rows)?;
        // Rooms come in the order of their index. SQLite would sort all rows of the source at once, and on the disk.
        let mut room = Room::default();
        let mut found = statement
            .query(named_params! { ":source": source, ":start": window.start(), ":end": window.end() })
            .map_err(&mut rows)?;
        while let Some(row) = found.next().map_err(&mut rows)? {
            let meeting = meeting(row).map_err(&mut rows)?;
            let address = row
                .get_ref(8)
                .and_then(|value| Ok(value.as_str()?))
                .map_err(&mut rows)?;
            if room.address != address {
                room.pass(&mut each)?;
                room = Room {
                    address: address.to_owned(),
                    name: row.get(9).map_err(&mut rows)?,
                    meetings: Vec::new(),
                };
            }
            room.meetings.push(meeting);
        }
        room.pass(&mut each)
    }
}

/// A room whose meetings are being read.
#[derive(Default)]
struct Room {
    address: String,
    name: String,
    meetings: Vec<Meeting>,
}

impl Room {
    /// Passes its meetings on, sorted by start and id.
    fn pass<E>(&mut self, each: &mut impl FnMut(&str, &str, Meeting) -> Result<(), E>) -> Result<(), E> {
        self.meetings
            .sort_unstable_by(|one, other| (one.start, &one.id).cmp(&(other.start, &other.id)));
        self.meetings
            .drain(..)
            .try_for_each(|meeting| each(&self.address, &self.name, meeting))
    }
}

/// Reads a meeting from a row that begins with id, series, subject, withheld, start, end, all-day, status.
pub(super) fn meeting(row: &Row<'_>) -> Result<Meeting, rusqlite::Error> {
    Ok(Meeting {
        id: row.get(0)?,
        series: row.get(1)?,
        subject: Subject::of_stored(row.get(2)?, row.get(3)?),
        start: row.get(4)?,
        end: row.get(5)?,
        all_day: row.get(6)?,
        status: Status::of_number(row.get(7)?),
    })
}
