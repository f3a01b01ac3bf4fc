//! What sinks are told about verdicts and days: computed from what is stored when they are told, so that no content waits anywhere.

use std::collections::{HashMap, HashSet};

use collector_insights::clock::{LocalDay, local};
use collector_insights::day::values;
use collector_insights::report::{DEFINITIONS, Outside, Times, VerdictLine, Verdicts};
use collector_insights::room::Room;
use collector_insights::sums::Cells;
use collector_insights::verdict::{Judged, SETTLES, judge};
use collector_model::insight::{About, Insight};
use collector_model::json::write_json;
use collector_rollup::{ClosedDay, News, NewsPage, Rollups, Scope, known, together};
use collector_store::{Booking, Reader, StoreError};
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::config::Config;
use crate::figures::{FiguresError, scope};

/// Dates of rooms that are looked at together: a year of one room.
const DATES: usize = 366;
/// Once so many insights are found, a sink is told before more dates are looked at.
const ENOUGH: usize = 2_000;
/// Bytes of a digest in an id.
const DIGEST: usize = 16;
/// Later than any booking ends, and early enough to calculate with. UTC seconds.
const NEVER: i64 = i64::MAX / 4;

/// What to tell a sink next.
#[derive(Debug)]
pub struct Telling {
    /// In this order. There may be none, if nothing is new about the dates.
    pub insights: Vec<Insight>,
    page: NewsPage,
}

/// The figures of a room and a date, with the keys and in the order of a report.
#[derive(Debug, Serialize)]
struct DayLine<'a> {
    source: &'a str,
    room: &'a str,
    date: String,
    definitions: u32,
    open_seconds: i64,
    unread_seconds: i64,
    cells: Cells,
    occupied_unwitnessed_seconds: i64,
    outside: Outside,
    conflict_seconds: i64,
    bookings: Verdicts,
    unbooked_sessions: Times,
}

/// A booking that has no verdict any more.
#[derive(Debug, Serialize)]
struct GoneLine<'a> {
    source: &'a str,
    room: &'a str,
    id: &'a str,
}

/// What to tell a sink next; none if there is nothing, or it does not ask for insights. `now` is UTC seconds.
///
/// # Errors
/// The store or the file of figures failed.
pub fn next(store: &Reader, config: &Config, sink: &str, now: i64) -> Result<Option<Telling>, FiguresError> {
    let scope = scope(store, config)?;
    let page = Rollups::with(&config.data, |rollups| rollups.news(&scope, sink, now, DATES))?;
    let Some(mut page) = page else {
        return Ok(None);
    };
    let mut insights = Vec::new();
    let mut done = 0;
    let is_one_room = |one: &News, next: &News| (&one.source, &one.address) == (&next.source, &next.address);
    for dates in page.all.chunk_by_mut(is_one_room) {
        if insights.len() >= ENOUGH {
            break;
        }
        done += dates.len();
        let is_it = |room: &&Room| {
            let is_of = |news: &News| room.source == news.source && room.address == news.address;
            dates.first().is_some_and(is_of)
        };
        // A room that is in no list any more has nothing to tell.
        let Some(room) = scope.rooms.iter().find(is_it) else {
            continue;
        };
        let teller = Teller {
            store,
            scope: &scope,
            room,
            now,
            kept_since: config.kept_since(now),
        };
        dates.sort_by_key(|news| news.date);
        for near in together(dates, News::day) {
            teller.tell(near, &mut insights)?;
        }
    }
    page.all.truncate(done);
    Ok(Some(Telling { insights, page }))
}

/// Notes that a sink has what it was told.
///
/// # Errors
/// The file of figures failed.
pub fn told(config: &Config, telling: &Telling) -> Result<(), FiguresError> {
    Ok(Rollups::with(&config.data, |rollups| {
        rollups.told(&telling.page)
    })?)
}

/// Tells a sink everything again, because it lost what it had.
///
/// # Errors
/// The file of figures failed.
pub fn tell_again(config: &Config, sink: &str) -> Result<(), FiguresError> {
    Ok(Rollups::with(&config.data, |rollups| rollups.tell_again(sink))?)
}

/// Tells about dates of one room.
struct Teller<'a> {
    store: &'a Reader,
    scope: &'a Scope,
    room: &'a Room,
    now: i64,
    /// UTC seconds.
    kept_since: i64,
}

impl Teller<'_> {
    /// Adds what is new about some dates, and makes the digests of each those of now. The dates ascend. Nothing is told of a date of which something
    /// may have been deleted for its age: a sink keeps what it was told before.
    fn tell(&self, dates: &mut [News], insights: &mut Vec<Insight>) -> Result<(), StoreError> {
        let zone = self.scope.buildings.hours(self.room.building.as_deref()).zone();
        let incomplete = local(zone, self.kept_since).map(|local| local.date);
        let begin =
            dates.partition_point(|news| incomplete.is_some_and(|incomplete| news.date <= incomplete));
        let (_, dates) = dates.split_at_mut(begin);
        let (Some(first), Some(last)) = (dates.first(), dates.last()) else {
            return Ok(());
        };
        let period = (first.date, last.date.saturating_add(1.day()));
        let spaces = self.scope.spaces_of(self.room);
        let known = known(self.store, self.room, spaces, period, self.now)?;
        let evidence = known.evidence(self.now);
        let base = known.base(&evidence, &self.scope.buildings, self.now);
        // By start and id.
        let judged: Vec<Judged> = known
            .bookings
            .iter()
            .filter_map(|booking| judge(booking, &base))
            .collect();
        for news in dates {
            news.is_told_from(&known);
            let date = news.date;
            let own = judged.iter().filter(|judged| judged.date() == date);
            // What a sink was told of it counts somewhere else now.
            if news.is_forgotten && news.told.day.is_some() {
                let values = values(&base, &LocalDay::of(base.hours, date));
                news.closed = Some(ClosedDay::new(&values, own.clone().map(|judged| &judged.counts)));
            }
            self.tell_date(news, own, insights)?;
        }
        Ok(())
    }

    fn tell_date<'a>(
        &self,
        news: &mut News,
        judged: impl Iterator<Item = &'a Judged>,
        insights: &mut Vec<Insight>,
    ) -> Result<(), StoreError> {
        let before: HashMap<u64, u64> = std::mem::take(&mut news.told.verdicts).into_iter().collect();
        for judged in judged {
            let line = VerdictLine::of(self.room, judged);
            let id = short(&digest(&[&line.id]));
            let (insight, content) = self.insight(About::Verdict, &line);
            if before.get(&id) != Some(&content) {
                insights.push(insight);
            }
            news.told.verdicts.push((id, content));
            if judged.provisional {
                let until = judged.booking.end.saturating_add(SETTLES);
                news.until = Some(news.until.map_or(until, |other| other.min(until)));
            }
        }
        let mut gone: HashSet<u64> = before.into_keys().collect();
        for (id, _) in &news.told.verdicts {
            gone.remove(id);
        }
        insights.extend(self.unjudged(&gone)?);
        if let Some(closed) = &news.closed {
            let (insight, content) = self.insight(About::Day, &self.day(news.date, closed));
            if news.told.day != Some(content) {
                insights.push(insight);
            }
            news.told.day = Some(content);
        }
        Ok(())
    }

    /// That bookings which had a verdict on a date have none any more, because they lie ahead again. Of one that was moved to another date of the
    /// past, that date tells; and one that is not stored any more keeps the verdict that it had.
    fn unjudged(&self, gone: &HashSet<u64>) -> Result<Vec<Insight>, StoreError> {
        if gone.is_empty() {
            return Ok(Vec::new());
        }
        let (source, address) = (&self.room.source, &self.room.address);
        let ahead = self.store.bookings(source, address, self.now, NEVER)?;
        let is_unjudged = |booking: &&Booking| booking.end > self.now && booking.history.removed_at.is_none();
        let unjudged = ahead.iter().filter(is_unjudged);
        let unjudged = unjudged.filter(|booking| gone.contains(&short(&digest(&[&booking.id]))));
        Ok(unjudged
            .map(|booking| {
                let line = GoneLine {
                    source,
                    room: address,
                    id: &booking.id,
                };
                self.insight(About::NoVerdict, &line).0
            })
            .collect())
    }

    fn day(&self, date: Date, closed: &ClosedDay) -> DayLine<'_> {
        let sums = &closed.sums;
        DayLine {
            source: &self.room.source,
            room: &self.room.address,
            date: date.to_string(),
            definitions: DEFINITIONS,
            open_seconds: sums.open,
            unread_seconds: sums.unread,
            cells: sums.inside,
            occupied_unwitnessed_seconds: sums.unwitnessed(),
            outside: Outside {
                booked: sums.outside.booked(),
                occupied: sums.outside.occupied(),
            },
            conflict_seconds: sums.conflict,
            bookings: closed.bookings,
            unbooked_sessions: Times {
                count: sums.sessions,
                seconds: sums.session_seconds,
            },
        }
    }

    /// The insight with this content, and a digest of it.
    fn insight(&self, about: About, content: &impl Serialize) -> (Insight, u64) {
        let mut line = Vec::with_capacity(512);
        // Writes strings and numbers into memory: neither can fail.
        let written = write_json(&mut line, content);
        debug_assert!(written.is_ok());
        let content = String::from_utf8(line).unwrap_or_default();
        let digest = digest(&[about.as_str(), &DEFINITIONS.to_string(), &content]);
        let insight = Insight {
            id: id(about, &digest),
            about,
            at: self.now,
            source: self.room.source.clone(),
            room: self.room.address.clone(),
            content,
        };
        (insight, short(&digest))
    }
}

/// `verdict-1-` and hexadecimal digits: the version of the definitions, and a digest of what is told, with the source, the room, and the booking or
/// the date that it is told of.
fn id(about: About, digest: &[u8]) -> String {
    let digits: String = digest
        .iter()
        .take(DIGEST)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{}-{DEFINITIONS}-{digits}", about.as_str())
}

fn digest(parts: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().into()
}

/// The beginning of a digest, which is enough to see that something changed.
fn short(digest: &[u8; 32]) -> u64 {
    digest
        .iter()
        .take(8)
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests;
