//! Commits what a pass read of a slice of rooms: their meetings and cursors, and the changes that sinks are told. What that changes, `collector_commit`
//! decides for each room; here it is looked up and done for all of them at once, since each statement is a round trip.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;

use collector_commit::{Commit, Compared, Reading, RoomChanges, RoomReading, Sought, Steps};
use collector_postgresql::value::text;
use tokio_postgres::Transaction;

use crate::clean;
use crate::fenced::{CommitError, Fenced};
use crate::lookup::known;
use crate::stored::{Asked, StoredRoom, Windows};
use crate::told::ToldChanges;
use crate::writes::Writes;

impl Fenced<'_> {
    /// Stores the readings of rooms of a source, puts the changes into the outbox, and commits. `now`: the UTC second of every change. If a source's
    /// subjects may not be seen, they are withheld. A cursor is not kept if cursors were dropped since the reading began.
    ///
    /// Returns the changes of each room, in the order of the readings.
    ///
    /// # Errors
    /// See [`CommitError`]. Nothing was stored of any room.
    pub async fn commit_slice(
        self,
        source: &str,
        readings: Vec<RoomReading>,
        now: i64,
    ) -> Result<Vec<RoomChanges>, CommitError> {
        let commits = begun(self.transaction(), source, readings).await?;
        let rooms = steps(self.transaction(), commits, now).await?;
        let mut writes = Writes::of(source, now);
        let mut told = ToldChanges::of(source);
        for (room, steps) in &rooms {
            writes.add(*room, steps);
            for change in steps.told() {
                told.withdraw_of(*room, change);
                if steps.is_told {
                    told.add(*room, now, change);
                }
            }
        }
        writes.execute(self.transaction()).await?;
        self.commit_and_tell(&told).await?;
        Ok(rooms.into_iter().map(|(_, steps)| steps.changes).collect())
    }
}

/// The readings with what is known of their rooms, which are locked, and with their numbers.
async fn begun(
    transaction: &Transaction<'_>,
    source: &str,
    readings: Vec<RoomReading>,
) -> Result<Vec<(i64, Commit)>, CommitError> {
    let readings: Vec<(String, Reading)> = readings
        .into_iter()
        .map(|read| {
            (
                text(read.room.as_str()).into_owned(),
                clean::reading(read.reading),
            )
        })
        .collect();
    let addresses: Vec<&str> = readings.iter().map(|(room, _)| room.as_str()).collect();
    let mut seen = HashSet::new();
    if let Some(twice) = addresses.iter().find(|address| !seen.insert(**address)) {
        return Err(CommitError::Twice((*twice).to_owned()));
    }
    let mut known = known(transaction, source, &addresses).await?;
    readings
        .into_iter()
        .map(|(room, reading)| match known.remove(&room) {
            Some((number, known)) => Ok((number, Commit::new(known, reading))),
            None => Err(CommitError::NoRoom(room)),
        })
        .collect()
}

/// The steps of each room.
async fn steps(
    transaction: &Transaction<'_>,
    commits: Vec<(i64, Commit)>,
    now: i64,
) -> Result<Vec<(i64, Steps<()>)>, CommitError> {
    let (compared, mut stored) = compared(transaction, commits).await?;
    let mut asked = Asked::default();
    for (number, compared) in &compared {
        if let Some(room) = stored.get(number) {
            compared
                .sought()
                .for_each(|sought| asked.add(*number, room, sought));
        }
    }
    asked.look_up(transaction, &mut stored).await?;
    let steps = compared.into_iter().map(|(number, compared)| {
        let room = stored.get(&number);
        let past = |sought: Sought<'_>| Ok(room.and_then(|room| room.past(sought)));
        let Ok::<_, Infallible>(steps) = compared.steps(now, past);
        (number, steps)
    });
    Ok(steps.collect())
}

/// The readings, compared with what is stored of the windows; and that, of the rooms where it had to be read.
async fn compared(
    transaction: &Transaction<'_>,
    commits: Vec<(i64, Commit)>,
) -> Result<(Vec<(i64, Compared)>, HashMap<i64, StoredRoom>), CommitError> {
    let (mut counted, mut different) = (Windows::default(), Windows::default());
    for (number, commit) in &commits {
        let windows = match commit.same_if() {
            Some(_) => &mut counted,
            None => &mut different,
        };
        windows.add(*number, commit.window());
    }
    // Sent together.
    let (counts, mut stored) =
        futures::try_join!(counted.counts(transaction), different.meetings(transaction))?;
    let is_same = |number: &i64, commit: &Commit| {
        let count = counts.get(number).copied().map(usize::try_from);
        commit
            .same_if()
            .is_some_and(|meetings| count == Some(Ok(meetings)))
    };
    let mut rest = Windows::default();
    for (number, commit) in &commits {
        if !stored.contains_key(number) && !is_same(number, commit) {
            rest.add(*number, commit.window());
        }
    }
    stored.extend(rest.meetings(transaction).await?);
    let compared = commits.into_iter().map(|(number, commit)| {
        let compared = match stored.get_mut(&number) {
            Some(room) => commit.compare(std::mem::take(&mut room.meetings)),
            None => commit.same(),
        };
        (number, compared)
    });
    Ok((compared.collect(), stored))
}
