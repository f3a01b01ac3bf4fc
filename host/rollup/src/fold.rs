//! Computes what is not up to date: dates of rooms, several rooms at once, and then the months that are added up from them.

use std::collections::{BTreeMap, HashSet};

use collector_store::Reader;
use rusqlite::Connection;

use crate::batch::Batch;
use crate::compute::{Calendar, Outcome, Task, compute};
use crate::file::{Rollups, RollupsError};
use crate::marks::begin_anew;
use crate::scope::Scope;
use crate::threads::{beside, threads};
use crate::write::{outdated, write};

/// How often it is looked for rooms that somebody else stored at the same time.
const ROUNDS: usize = 5;
/// Seconds for which the present of many rooms counts as the present: as time passes, today has to be computed anew for each of them.
const FRESH: i64 = 300;
/// Up to so many rooms are always computed as of now.
const FEW: usize = 100;

/// What was folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Folded {
    /// The number of the last change in the store's journal that is taken over: for all rooms, also those that are not computed yet.
    pub last: i64,
    /// How many of the rooms are up to date.
    pub done: usize,
}

impl Rollups {
    /// Computes what is not up to date of some rooms (positions in the scope), and the months of all that share building and band with them. It
    /// ends early when `go_on` says so, which is asked before each room. `now` is UTC seconds.
    ///
    /// # Errors
    /// The store or the file failed. What was computed before stays.
    pub fn fold(
        &mut self,
        store: &Reader,
        scope: &Scope,
        rooms: &[usize],
        now: i64,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Folded, RollupsError> {
        let last = self.take_over(store, scope, now)?;
        let as_of = self
            .latest()?
            .filter(|latest| is_near(*latest, now))
            .map_or(now, |latest| latest.max(now));
        let folded = self.compute(store, scope, rooms, as_of, go_on).and_then(|done| {
            if done == rooms.len() {
                self.build_all(scope, rooms, as_of, go_on)?;
            }
            Ok(done)
        });
        match folded {
            Ok(done) => Ok(Folded { last, done }),
            // Another process has another configuration. One of them will soon be told.
            Err(RollupsError::Ahead) => Ok(Folded { last, done: 0 }),
            Err(error) => Err(error),
        }
    }

    /// As of when a question is answered: now, or if there are many rooms, shortly before.
    pub(crate) fn as_of(&self, scope: &Scope, now: i64) -> Result<i64, RollupsError> {
        let latest = self.latest()?.filter(|latest| is_near(*latest, now));
        Ok(match latest {
            Some(latest) if latest > now || scope.rooms.len() > FEW => latest,
            _ => now,
        })
    }

    /// As of when rooms were computed last.
    fn latest(&self) -> Result<Option<i64>, RollupsError> {
        self.read(|file| file.query_row("SELECT max(as_of) FROM room", [], |row| row.get(0)))
    }

    /// Computes what is not up to date of some rooms (positions in the scope), as of a moment (UTC seconds). Returns how many of them are up to
    /// date: all, unless `go_on` said no.
    pub(crate) fn compute(
        &mut self,
        store: &Reader,
        scope: &Scope,
        rooms: &[usize],
        as_of: i64,
        go_on: &dyn Fn() -> bool,
    ) -> Result<usize, RollupsError> {
        for _ in 0..ROUNDS {
            let due = self.due(scope, rooms, as_of)?;
            if due.is_empty() {
                break;
            }
            let all = due.len();
            let done = self.compute_due(store, scope, due, as_of, go_on)?;
            if done < all {
                return Ok(rooms.len() - (all - done));
            }
        }
        Ok(rooms.len())
    }

    /// The rooms of which something is due, those with the same open time after each other.
    fn due(&mut self, scope: &Scope, rooms: &[usize], as_of: i64) -> Result<Vec<Task>, RollupsError> {
        let mut due = self.read(|file| due(file, scope, rooms, as_of))?;
        let is_ahead = |task: &Task| task.as_of.is_some_and(|at| at > as_of);
        if due.iter().any(is_ahead) {
            // The clock was set back.
            self.within_scope(|file| {
                for task in due.iter().filter(|task| is_ahead(task)) {
                    begin_anew(file, task.number)?;
                }
                Ok(())
            })?;
            due = self.read(|file| self::due(file, scope, rooms, as_of))?;
        }
        due.sort_by_key(|task| scope.rooms.get(task.position).map(|room| &room.building));
        Ok(due)
    }

    /// Computes rooms, on several threads if they are many, and stores what comes of it. Returns how many.
    fn compute_due(
        &mut self,
        store: &Reader,
        scope: &Scope,
        due: Vec<Task>,
        as_of: i64,
        go_on: &dyn Fn() -> bool,
    ) -> Result<usize, RollupsError> {
        let mut readers = Vec::new();
        // Two for each processor: one reads from the disk while the other computes.
        for _ in 0..2 * threads(due.len()) {
            readers.extend(store.again()?);
        }
        let mut batch = Batch::new(self, |file, outcome| match outcome {
            Outcome::Computed(computed) => Ok(write(file, computed, as_of)?),
            Outcome::Outdated(task) => Ok(outdated(file, &task)?),
        });
        // What somebody else stored meanwhile, and a room that begins anew, is looked at in the next round.
        let mut put = |outcome: Option<Outcome>| match outcome {
            Some(outcome) => batch.add(outcome.dates(), outcome),
            None => Ok(()),
        };
        let done = if readers.is_empty() {
            let mut calendar = Calendar::default();
            let mut each = |task| {
                let computed = compute(store, scope, task, as_of, &mut calendar)?;
                put(computed)
            };
            let tasks = due.into_iter().take_while(|_| go_on());
            tasks.map(|task| each(task).map(|()| 1)).sum()
        } else {
            let computing = |reader: Reader| {
                let mut calendar = Calendar::default();
                // All that a room needs is read at one moment: to begin anew with each statement takes longer than many statements.
                move |task| reader.at_one_moment(|store| compute(store, scope, task, as_of, &mut calendar))
            };
            let tasks = due.into_iter().map(|task| (task.dates(as_of), task));
            beside(readers, tasks, go_on, computing, |computed| put(computed?))
        };
        // What was computed stays, also if the store failed then.
        batch.end()?;
        done
    }
}

fn is_near(latest: i64, now: i64) -> bool {
    (latest - now).abs() <= FRESH
}

fn due(file: &Connection, scope: &Scope, rooms: &[usize], as_of: i64) -> Result<Vec<Task>, rusqlite::Error> {
    let positions = scope.positions();
    let asked: HashSet<usize> = rooms.iter().copied().collect();
    let mut statement = file.prepare_cached(
        "SELECT source, address, number, turn, first, next, as_of, witnesses FROM room
         WHERE as_of IS NOT ?1 OR number IN (SELECT room FROM mark)",
    )?;
    let mut rows = statement.query([as_of])?;
    let mut tasks = Vec::new();
    while let Some(row) = rows.next()? {
        let place = (row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?);
        let Some(position) = positions.get(&place).filter(|position| asked.contains(position)) else {
            continue;
        };
        tasks.push(Task {
            position: *position,
            number: row.get(2)?,
            turn: row.get(3)?,
            first: row.get(4)?,
            next: row.get(5)?,
            as_of: row.get(6)?,
            witnesses: row.get(7)?,
            marks: Vec::new(),
            last_mark: 0,
            unsettled: Vec::new(),
        });
    }
    for task in &mut tasks {
        let marks: BTreeMap<i64, (i64, i64)> = file
            .prepare_cached("SELECT number, first, last FROM mark WHERE room = ?1")?
            .query_map([task.number], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?
            .collect::<Result<_, _>>()?;
        task.last_mark = marks.last_key_value().map_or(0, |(number, _)| *number);
        task.marks = marks.into_values().collect();
        task.unsettled = file
            // SQLite prefers the key of the table, and then reads all days of the room.
            .prepare_cached(
                "SELECT date FROM day INDEXED BY day_settles WHERE room = ?1 AND settles IS NOT NULL",
            )?
            .query_map([task.number], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
    }
    Ok(tasks)
}
