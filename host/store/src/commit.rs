//! The changes of a pass to the store: the rooms of a source, and one room's meetings and cursor.

use std::collections::{HashMap, HashSet};

use collector_model::meeting::{Meeting, Subject};
use collector_model::room::{Room, RoomAddress};
use collector_model::window::Window;
use rusqlite::{Connection, OptionalExtension, Row, Statement, named_params, params};

use super::booking::{Histories, History};
use super::indexes::OVERLAP;
use super::meeting_rows::{key_of, next_slot};
use super::outbox::Outbox;
use super::privacy::is_hidden;
use super::same::{self, ReadingDigest};
use super::touched::touch_room;
use super::{Store, StoreError};
use collector_model::change::ChangeKind;

/// How a room's meetings were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// These are all meetings of the window: a stored one that overlaps the window and is not among them is gone.
    Complete,
    /// These are new or different; the others stay.
    Changes,
}

/// The result of reading one room.
#[derive(Debug)]
pub struct Reading {
    /// How the meetings were read.
    pub change: Change,
    /// In order of arrival; of several with the same id, the last counts.
    pub meetings: Vec<Meeting>,
    /// The window that was read.
    pub window: Window,
    /// The cursor for the next reading.
    pub cursor: Option<String>,
    /// The number of dropped cursors when the reading began ([`super::Reader::drops`]).
    pub drops: i64,
}

/// The changes of a commit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RoomChanges {
    /// Meetings that were not stored before.
    pub new: u64,
    /// Meetings whose stored values changed.
    pub changed: u64,
    /// Meetings that are gone.
    pub gone: u64,
    /// Meetings that were stored unchanged.
    pub same: u64,
}

/// The stored lists of a room that was found without any list.
const NO_LISTS: &str = "[]";

impl Store {
    /// Stores the rooms of a source. A room that was not found stays with its meetings, but is no longer *listed*, unless one of its lists
    /// is among `unread`, or it is stored without lists and some list is: then nothing is known about it. A cursor ends with its key (a
    /// mailbox recreated under its old address has another key) and with the listing: the next reading is then a full one.
    ///
    /// # Errors
    /// The store failed; nothing was changed.
    pub fn put_rooms(&mut self, source: &str, rooms: &[Room], unread: &[String]) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        let known: Vec<(i64, String, String)> = transaction
            .prepare_cached("SELECT number, address, lists FROM room WHERE source = ?1 AND listed = 1")?
            .query_map([source], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<_, _>>()?;
        let found: HashSet<&str> = rooms.iter().map(|room| room.address.as_str()).collect();
        // Lists of a room that cannot be read now: the room may still be in them.
        let mut unsure: HashMap<String, Vec<String>> = HashMap::new();
        for (number, address, lists) in known {
            // It was found when no lists were configured: it may be in any unreadable list.
            let of_no_list = lists == NO_LISTS;
            let lists = among(&lists, unread);
            let may_be_listed = !lists.is_empty() || (of_no_list && !unread.is_empty());
            if !found.contains(address.as_str()) && !may_be_listed {
                transaction
                    .prepare_cached("UPDATE room SET listed = 0, cursor = NULL WHERE number = ?1")?
                    .execute([number])?;
            }
            if !lists.is_empty() {
                unsure.insert(address, lists);
            }
        }
        for room in rooms {
            let mut lists = room.lists.clone();
            lists.extend(unsure.remove(room.address.as_str()).unwrap_or_default());
            let lists = serde_json::Value::from(lists).to_string();
            transaction
                .prepare_cached(
                    "INSERT INTO room (source, address, name, building, capacity, lists, listed, key)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7)
                     ON CONFLICT (source, address) DO UPDATE SET name = excluded.name, building = excluded.building,
                        capacity = excluded.capacity, lists = excluded.lists, listed = 1, key = excluded.key,
                        cursor = CASE WHEN key IS excluded.key THEN cursor END
                     WHERE name IS NOT excluded.name OR building IS NOT excluded.building
                        OR capacity IS NOT excluded.capacity OR lists IS NOT excluded.lists
                        OR listed IS NOT 1 OR key IS NOT excluded.key",
                )?
                .execute(params![
                    source,
                    room.address.as_str(),
                    room.name,
                    room.building,
                    room.capacity,
                    lists,
                    room.key,
                ])?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Stores the meetings and the cursor of one room, in one transaction. If a source's subjects may not be seen, they are withheld. A
    /// cursor is not kept if cursors were dropped since the reading began: the next reading is then a full one.
    ///
    /// # Errors
    /// The store failed; the room is unchanged.
    pub fn commit(
        &mut self,
        source: &str,
        room: &RoomAddress,
        reading: Reading,
    ) -> Result<RoomChanges, StoreError> {
        let Reading {
            change,
            meetings,
            window,
            cursor,
            drops,
        } = reading;
        // The moment of every change.
        let now = chrono::Utc::now().timestamp();
        let transaction = self.connection.transaction()?;
        let StoredRoom {
            number,
            known_from,
            reading: last_reading,
        } = stored_room(&transaction, source, room)?;
        let hidden = is_hidden(&transaction, source)?;
        let complete = change == Change::Complete;
        let this_reading = complete.then(|| same::digest(&meetings, hidden));
        let is_same = this_reading.is_some()
            && this_reading == last_reading
            && same::are_stored(&transaction, number, window, meetings.len())?;
        let read = meetings.len() as u64;
        let (meetings, mut stored) = if is_same {
            (Vec::new(), HashMap::new())
        } else {
            (
                last_of_each_id(meetings),
                stored_meetings(&transaction, number, window)?,
            )
        };
        // A meeting that is stored outside the window may have moved into it.
        let has_others = has_others(&transaction, number, window)?;
        let mut changes = RoomChanges {
            same: if is_same { read } else { 0 },
            ..RoomChanges::default()
        };
        let mut touched = TouchedSpan::default();
        let outbox = Outbox::of(&transaction, number, complete && known_from.is_none(), now)?;
        let histories = Histories::of(&transaction, number, now)?;
        let mut insert = transaction.prepare_cached(INSERT)?;
        let mut update = transaction.prepare_cached(UPDATE)?;
        let mut next = None;
        for mut meeting in meetings {
            if hidden {
                meeting.withhold_subject();
            }
            let before = stored.remove(&meeting.id);
            if before.as_ref() == Some(&meeting) {
                changes.same += 1;
                continue;
            }
            let known = if before.is_some() || has_others {
                histories.stored(&meeting.id)?
            } else {
                None
            };
            touched.add(meeting.start, meeting.end);
            if let Some(known) = known {
                changes.changed += 1;
                touched.add(known.start, known.end);
                outbox.append(ChangeKind::Updated, &meeting)?;
                let slot = known.slot;
                let history = histories.after(known, meeting.status);
                put_meeting(&mut update, (number, slot), &meeting, &history)?;
            } else {
                changes.new += 1;
                outbox.append(ChangeKind::Added, &meeting)?;
                let history = histories.begin(&meeting)?;
                let slot = match next {
                    Some(slot) => slot,
                    None => next_slot(&transaction, number)?,
                };
                put_meeting(&mut insert, (number, slot), &meeting, &history)?;
                next = Some(slot + 1);
            }
        }
        drop((insert, update));
        if let Some((start, end)) = touched.0 {
            touch_room(&transaction, number, start, end)?;
        }
        if complete {
            for gone in stored.values() {
                histories.gone(&gone.id)?;
                changes.gone += 1;
                outbox.append(ChangeKind::Removed, gone)?;
            }
            histories.read(window.start(), window.end())?;
        }
        outbox.close()?;
        let kept = cursor.filter(|_| super::places::drops(&transaction).is_ok_and(|now| now == drops));
        let known_from = if complete {
            Some(from(known_from, window))
        } else {
            known_from
        };
        let difference =
            i64::try_from(changes.new).unwrap_or(i64::MAX) - i64::try_from(changes.gone).unwrap_or(i64::MAX);
        transaction
            .prepare_cached(
                "UPDATE room SET cursor = ?2, known_from = ?3, meetings = meetings + ?4, reading = ?5
                 WHERE number = ?1 AND (cursor IS NOT ?2 OR known_from IS NOT ?3 OR ?4 <> 0 OR reading IS NOT ?5)",
            )?
            .execute(params![number, kept, known_from, difference, this_reading])?;
        transaction.commit()?;
        Ok(changes)
    }
}

/// From when a room is known, after a full reading of this window: an earlier window must adjoin the known time.
fn from(known_from: Option<i64>, window: Window) -> i64 {
    match known_from {
        Some(known) if window.start() < known && window.end() >= known => window.start(),
        Some(known) => known,
        None => window.start(),
    }
}

/// The lists of a room (a JSON array) that are among `unread`.
fn among(lists: &str, unread: &[String]) -> Vec<String> {
    let mut lists: Vec<String> = serde_json::from_str(lists).unwrap_or_default();
    lists.retain(|list| unread.iter().any(|other| other.eq_ignore_ascii_case(list)));
    lists
}

/// The smallest span that holds all meetings that were added or changed, before and after.
#[derive(Default)]
struct TouchedSpan(Option<(i64, i64)>);

impl TouchedSpan {
    fn add(&mut self, start: i64, end: i64) {
        // One without length is at its start.
        let (from, to) = self.0.unwrap_or((start, end + 1));
        self.0 = Some((from.min(start), to.max(end + 1)));
    }
}

/// A room as a commit finds it.
struct StoredRoom {
    number: i64,
    /// From when it is known.
    known_from: Option<i64>,
    /// The digest of its last complete reading.
    reading: Option<ReadingDigest>,
}

/// The room. One that was never listed gets a number too, so that nothing collected is dropped.
fn stored_room(
    connection: &Connection,
    source: &str,
    room: &RoomAddress,
) -> Result<StoredRoom, rusqlite::Error> {
    let read = |row: &Row<'_>| {
        Ok(StoredRoom {
            number: row.get(0)?,
            known_from: row.get(1)?,
            reading: row.get(2)?,
        })
    };
    let known = connection
        .prepare_cached("SELECT number, known_from, reading FROM room WHERE source = ?1 AND address = ?2")?
        .query_row([source, room.as_str()], read)
        .optional()?;
    match known {
        Some(known) => Ok(known),
        None => connection
            .prepare_cached(
                "INSERT INTO room (source, address, name, lists, listed) VALUES (?1, ?2, ?2, '[]', 1)
                 RETURNING number, known_from, reading",
            )?
            .query_row([source, room.as_str()], read),
    }
}

/// The stored meetings of a room that overlap the window, by id.
fn stored_meetings(
    connection: &Connection,
    room: i64,
    window: Window,
) -> Result<HashMap<String, Meeting>, rusqlite::Error> {
    connection
        .prepare_cached(&format!(
            "SELECT id, series, subject, withheld, start_at, end_at, all_day, status FROM meeting
             WHERE room = :room AND {OVERLAP}"
        ))?
        .query_map(
            named_params! { ":room": room, ":start": window.start(), ":end": window.end() },
            |row| {
                let meeting = super::read::meeting(row)?;
                Ok((meeting.id.clone(), meeting))
            },
        )?
        .collect()
}

/// Whether a meeting of a room is stored that does not overlap the window.
fn has_others(connection: &Connection, room: i64, window: Window) -> Result<bool, rusqlite::Error> {
    connection
        .prepare_cached(
            "SELECT 1 FROM meeting INDEXED BY meeting_end WHERE room = ?1 AND end_at <= ?2 AND start_at < ?2
             UNION ALL
             SELECT 1 FROM meeting INDEXED BY meeting_end WHERE room = ?1 AND end_at >= ?3 AND start_at >= ?3",
        )?
        .exists(params![room, window.start(), window.end()])
}

fn last_of_each_id(mut meetings: Vec<Meeting>) -> Vec<Meeting> {
    let mut seen = HashSet::with_capacity(meetings.len());
    let last: Vec<bool> = meetings
        .iter()
        .rev()
        .map(|meeting| seen.insert(meeting.id.as_str()))
        .collect();
    let mut last = last.into_iter().rev();
    meetings.retain(|_| last.next().unwrap_or(true));
    meetings
}

/// Both have the parameters of [`put_meeting`]. Not `INSERT OR REPLACE`: SQLite would keep a copy of each page that it writes, to undo the row.
const INSERT: &str = "INSERT INTO meeting (room, id, series, subject, withheld, start_at, end_at, all_day, status, first_seen, removed_at, read_before,
        key, slot)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
const UPDATE: &str = "UPDATE meeting SET series = ?3, subject = ?4, withheld = ?5, start_at = ?6, end_at = ?7, all_day = ?8, status = ?9, first_seen = ?10,
        removed_at = ?11, read_before = ?12
    WHERE slot = ?14 AND room = ?1 AND key = ?13 AND id = ?2";

fn put_meeting(
    statement: &mut Statement<'_>,
    (room, slot): (i64, i64),
    meeting: &Meeting,
    history: &History,
) -> Result<(), rusqlite::Error> {
    // An empty one is kept as it came: otherwise each pass would see a change.
    let subject = match &meeting.subject {
        Subject::Text(text) => Some(text.as_str()),
        Subject::Withheld | Subject::None => None,
    };
    statement.execute(params![
        room,
        meeting.id,
        meeting.series,
        subject,
        meeting.subject == Subject::Withheld,
        meeting.start,
        meeting.end,
        meeting.all_day,
        meeting.status.number(),
        history.first_seen,
        history.removed_at,
        history.read_before,
        key_of(&meeting.id),
        slot,
    ])?;
    Ok(())
}
