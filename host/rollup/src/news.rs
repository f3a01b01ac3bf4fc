//! What sinks are told about: the dates of rooms of which something was stored, each once, in the order in which it was.
//!
//! A date is noted in the transaction that stores it, so none is lost by a kill; and each sink has a position of its own among them, kept after the
//! sink was told, so that at worst something is told again. The file may be deleted: then every sink is told everything again.
//!
//! Nothing is noted while no sink wants to be told.

use std::collections::{BTreeSet, HashMap};

use collector_insights::answer::Known;
use collector_insights::day::DayValues;
use collector_insights::report::Verdicts;
use collector_insights::sums::Sums;
use collector_insights::verdict::Counts;
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use crate::content::{Packed, StoredBooking, StoredDay, date_of};
use crate::file::{Rollups, RollupsError};
use crate::known::{UNKNOWN, digest_of};
use crate::scope::Scope;

/// Digests of what a sink was told about a room and a date.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Of the figures of the date.
    pub day: Option<u64>,
    /// Of each booking: its id, and its verdict.
    pub verdicts: Vec<(u64, u64)>,
}

/// A date that is over, and does not change any more by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedDay {
    /// The sums of its seconds.
    pub sums: Sums,
    /// The judged bookings that start on it.
    pub bookings: Verdicts,
}

/// A date of a room of which something may be new for a sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// The source of the room's bookings.
    pub source: String,
    /// The room's address.
    pub address: String,
    /// The date, on the room's clock.
    pub date: Date,
    /// Its figures, if it is over.
    pub closed: Option<ClosedDay>,
    /// Whether nothing is kept of it any more: nothing was read of it, and no booking starts on it, such as after another time zone was configured.
    pub is_forgotten: bool,
    /// What the sink was told before. The caller makes it what it tells now.
    pub told: Told,
    /// UTC seconds until which a verdict is provisional. For the caller to set.
    pub until: Option<i64>,
    /// A digest of what the room's records told of any time when its dates were computed.
    witnesses: i64,
    /// Whether they tell something else since, of which the dates know nothing yet.
    is_ahead: bool,
    number: i64,
    place: (i64, i64),
}

/// Some news for a sink, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewsPage {
    /// The news, of which the caller may drop the last. Those of a room that were stored together follow each other.
    pub all: Vec<News>,
    sink: String,
    born: i64,
}

impl Rollups {
    /// Makes these the sinks that are told. A new one is told everything that is stored.
    ///
    /// # Errors
    /// The file failed.
    pub fn set_told(&mut self, sinks: &[&str]) -> Result<(), RollupsError> {
        let known = self.read(tellers)?;
        let wanted: BTreeSet<&str> = sinks.iter().copied().collect();
        if known.iter().map(String::as_str).eq(wanted.iter().copied()) {
            return Ok(());
        }
        self.within(|file| {
            let known = tellers(file)?;
            for gone in known.iter().filter(|sink| !wanted.contains(sink.as_str())) {
                file.execute("DELETE FROM teller WHERE sink = ?1", [gone])?;
                file.execute("DELETE FROM told WHERE sink = ?1", [gone])?;
            }
            if wanted.is_empty() {
                file.execute("DELETE FROM pending", [])?;
                file.execute("DELETE FROM news", [])?;
            } else if known.is_empty() {
                file.execute(
                    "INSERT OR IGNORE INTO news (room, date) SELECT room, date FROM day ORDER BY room, date",
                    [],
                )?;
            }
            for sink in wanted.iter().filter(|sink| !known.contains(**sink)) {
                file.execute(
                    "INSERT INTO teller (sink, born, passed) VALUES (?1, random(), 0)",
                    [sink],
                )?;
            }
            Ok(())
        })
    }

    /// Tells a sink everything again, from the next news on.
    ///
    /// # Errors
    /// The file failed.
    pub fn tell_again(&mut self, sink: &str) -> Result<(), RollupsError> {
        self.within(|file| {
            file.execute("DELETE FROM told WHERE sink = ?1", [sink])?;
            file.execute(
                "UPDATE teller SET born = random(), passed = 0 WHERE sink = ?1",
                [sink],
            )?;
            Ok(())
        })
    }

    /// The next news for a sink, at most so many; none if there are none, or the sink is not told. `now` is UTC seconds.
    ///
    /// Nothing is told for a scope until it was taken over: if it changed back before that, nobody would note that something was told for it.
    ///
    /// # Errors
    /// The file failed.
    pub fn news(
        &mut self,
        scope: &Scope,
        sink: &str,
        now: i64,
        limit: usize,
    ) -> Result<Option<NewsPage>, RollupsError> {
        let scoped = scope.digest(&scope.settings());
        let is_due = self.read(|file| is_pending(file, now))?;
        if is_due {
            self.within(|file| {
                file.execute(
                    "INSERT OR REPLACE INTO news (room, date) SELECT room, date FROM pending INDEXED BY pending_until WHERE until <= ?1 ORDER BY room, date",
                    [now],
                )?;
                file.execute("DELETE FROM pending WHERE until <= ?1", [now])?;
                Ok(())
            })?;
        }
        self.read(|file| page(file, scoped, sink, limit))
    }

    /// Notes that a sink was told all of a page. Nothing changes if the file is not the one that the page is from any more.
    ///
    /// # Errors
    /// The file failed.
    pub fn told(&mut self, page: &NewsPage) -> Result<(), RollupsError> {
        let Some(last) = page.all.iter().map(|news| news.number).max() else {
            return Ok(());
        };
        self.within(|file| {
            let is_of_file = file.execute(
                "UPDATE teller SET passed = ?3 WHERE sink = ?1 AND born = ?2",
                params![page.sink, page.born, last],
            )?;
            if is_of_file == 0 {
                return Ok(());
            }
            for news in &page.all {
                news.write(file, &page.sink)?;
            }
            Ok(())
        })
    }
}

impl News {
    /// The date, as days since 1970.
    pub fn day(&self) -> i64 {
        self.place.1
    }

    /// Notes from what the sink is told. If the records of the room tell something else of any time than when its dates were computed, all of them are
    /// computed and told anew, even if that changes back before anybody computes.
    pub fn is_told_from(&mut self, known: &Known) {
        self.is_ahead = digest_of(&known.witnesses) != self.witnesses;
    }

    /// Keeps what the sink was told, unless the room is gone.
    fn write(&self, file: &Connection, sink: &str) -> Result<(), rusqlite::Error> {
        let (room, date) = self.place;
        file.prepare_cached(
            "INSERT OR REPLACE INTO told (room, date, sink, content) SELECT number, ?2, ?3, ?4 FROM room WHERE number = ?1",
        )?
        .execute(params![room, date, sink, Packed(&self.told)])?;
        if self.is_ahead {
            file.prepare_cached("UPDATE room SET witnesses = ?2 WHERE number = ?1")?
                .execute([room, UNKNOWN])?;
        }
        match self.until {
            Some(until) => file
                .prepare_cached(
                    "INSERT OR REPLACE INTO pending (room, date, until) SELECT number, ?2, ?3 FROM room WHERE number = ?1",
                )?
                .execute([room, date, until])?,
            None => 0,
        };
        Ok(())
    }
}

fn tellers(file: &Connection) -> Result<BTreeSet<String>, rusqlite::Error> {
    file.prepare_cached("SELECT sink FROM teller")?
        .query_map([], |row| row.get(0))?
        .collect()
}

fn is_pending(file: &Connection, now: i64) -> Result<bool, rusqlite::Error> {
    file.prepare_cached("SELECT 1 FROM pending WHERE until <= ?1")?
        .exists([now])
}

fn page(
    file: &Connection,
    scoped: i64,
    sink: &str,
    limit: usize,
) -> Result<Option<NewsPage>, rusqlite::Error> {
    let teller: Option<(i64, i64)> = file
        .prepare_cached("SELECT born, passed FROM teller WHERE sink = ?1")?
        .query_row([sink], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((born, passed)) = teller else {
        return Ok(None);
    };
    let all: Vec<News> = file
        .prepare_cached(
            "SELECT news.number, news.room, news.date, room.source, room.address, told.content, day.content,
                day.settles IS NULL AND news.date < room.next, room.witnesses
             FROM news JOIN room ON room.number = news.room JOIN state ON state.scope = ?4
             LEFT JOIN day ON day.room = news.room AND day.date = news.date
             LEFT JOIN told ON told.room = news.room AND told.date = news.date AND told.sink = ?1
             WHERE news.number > ?2 ORDER BY news.number LIMIT ?3",
        )?
        .query_map(
            params![sink, passed, i64::try_from(limit).unwrap_or(i64::MAX), scoped],
            |row| {
                let date: i64 = row.get(2)?;
                let told: Option<Packed<Told>> = row.get(5)?;
                let day: Option<Packed<StoredDay>> = row.get(6)?;
                let is_over: Option<bool> = row.get(7)?;
                Ok(News {
                    number: row.get(0)?,
                    place: (row.get(1)?, date),
                    date: date_of(date),
                    source: row.get(3)?,
                    address: row.get(4)?,
                    told: told.unwrap_or_default().0,
                    is_forgotten: day.is_none(),
                    closed: day
                        .filter(|_| is_over == Some(true))
                        .map(|Packed(day)| ClosedDay::of(&day, date)),
                    until: None,
                    witnesses: row.get(8)?,
                    is_ahead: false,
                })
            },
        )?
        .collect::<Result<_, _>>()?;
    Ok((!all.is_empty()).then(|| NewsPage {
        all,
        sink: sink.to_owned(),
        born,
    }))
}

impl ClosedDay {
    fn of(day: &StoredDay, date: i64) -> Self {
        let counts = day.bookings.iter().map(|booking| &booking.counts);
        Self::new(&day.values(date), counts)
    }

    /// Of the values of a date and of the judged bookings that start on it.
    pub fn new<'a>(values: &DayValues, bookings: impl Iterator<Item = &'a Counts>) -> Self {
        let mut verdicts = Verdicts::default();
        for counts in bookings {
            *verdicts.of(counts.verdict) += 1;
        }
        Self {
            sums: values.total(),
            bookings: verdicts,
        }
    }
}

/// Notes all dates of a room, which are forgotten: another computation may have other dates.
pub(crate) fn note_all(file: &Connection, room: i64) -> Result<(), rusqlite::Error> {
    file.prepare_cached(
        "INSERT OR REPLACE INTO news (room, date)
         SELECT room, date FROM day WHERE room = ?1 AND EXISTS (SELECT 1 FROM teller) ORDER BY date",
    )?
    .execute([room])?;
    Ok(())
}

/// Notes the dates of a room while they are stored.
pub(crate) struct Noting {
    /// The bookings of dates that were not over.
    open: HashMap<i64, Vec<StoredBooking>>,
    /// The dates of which nobody has anything new to be told: they are not over yet, and their bookings are as they were.
    same: BTreeSet<i64>,
}

impl Noting {
    /// None if no sink is told.
    pub(crate) fn begin(file: &Connection) -> Result<Option<Self>, rusqlite::Error> {
        let is_told = file.prepare_cached("SELECT 1 FROM teller")?.exists([])?;
        Ok(is_told.then(|| Self {
            open: HashMap::new(),
            same: BTreeSet::new(),
        }))
    }

    /// What was stored of a date.
    pub(crate) fn was(&mut self, date: i64, settles: Option<i64>, bookings: Vec<StoredBooking>) {
        if settles.is_some() {
            self.open.insert(date, bookings);
        }
    }

    /// What is stored of a date.
    pub(crate) fn is(&mut self, date: i64, settles: Option<i64>, bookings: &[StoredBooking]) {
        if settles.is_some() && self.open.get(&date).map(Vec::as_slice) == Some(bookings) {
            self.same.insert(date);
        }
    }

    /// Notes those of these dates that may be news: all that were marked, because something else than the time changed, and the others unless they
    /// are as they were.
    pub(crate) fn write(
        &self,
        file: &Connection,
        room: i64,
        dates: &BTreeSet<i64>,
        marks: &[(i64, i64)],
    ) -> Result<(), rusqlite::Error> {
        let is_marked = |date: i64| marks.iter().any(|(from, to)| (*from..=*to).contains(&date));
        let mut note = file.prepare_cached("INSERT OR REPLACE INTO news (room, date) VALUES (?1, ?2)")?;
        for date in dates
            .iter()
            .filter(|date| is_marked(**date) || !self.same.contains(date))
        {
            note.execute([room, *date])?;
        }
        Ok(())
    }
}
