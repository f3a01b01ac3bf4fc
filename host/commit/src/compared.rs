//! A reading compared with what is stored of its window: which meetings are new or different, and which are gone.

use std::collections::{HashMap, HashSet};

use collector_model::meeting::Meeting;
use collector_model::window::Window;

use crate::digest::{ReadingDigest, digest};
use crate::reading::{Change, Reading};
use crate::spans::Spans;

/// What a store knows of a room itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// From when it is known, UTC seconds; none before its first complete reading.
    pub known_from: Option<i64>,
    /// The digest of its last complete reading; none if something stored was changed since, other than by a reading.
    pub reading: Option<ReadingDigest>,
    /// The time that complete readings covered.
    pub read: Spans,
    /// When the last of its meetings that are gone ends, UTC seconds; none if none is kept.
    pub gone_until: Option<i64>,
    /// Whether its subjects may not be seen.
    pub is_hidden: bool,
    /// Whether a sink waits for its changes one by one. Otherwise there is none, or each is first told the room as a whole, with these changes in it.
    pub is_awaited: bool,
    /// The number of times that cursors were dropped until now.
    pub drops: i64,
}

/// A reading of a room that is to be stored.
#[derive(Debug)]
pub struct Commit {
    pub(crate) known: Known,
    reading: Reading,
    /// Of a complete reading.
    digest: Option<ReadingDigest>,
    /// When its last meeting ends, UTC seconds.
    last_end: Option<i64>,
}

/// A reading that was compared.
#[derive(Debug)]
pub struct Compared {
    pub(crate) known: Known,
    pub(crate) change: Change,
    pub(crate) window: Window,
    /// The next cursor, if it counts.
    pub(crate) cursor: Option<String>,
    pub(crate) digest: Option<ReadingDigest>,
    /// How many meetings are stored unchanged.
    pub(crate) same: u64,
    /// New or different meetings, in order of arrival, each with whether one with its id is stored in the window.
    pub(crate) different: Vec<(Meeting, bool)>,
    /// Stored meetings of the window that are not in the calendar any more.
    pub(crate) gone: Vec<Meeting>,
    /// When the last meeting of the reading ends, UTC seconds.
    pub(crate) last_end: Option<i64>,
}

/// A meeting whose past is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sought<'a> {
    /// Its id.
    pub id: &'a str,
    /// Whether one with this id is among the stored meetings of the window. Otherwise one may be stored outside of the window, or be gone.
    pub is_in_window: bool,
}

impl Commit {
    /// A reading of a room of which this is known.
    pub fn new(known: Known, reading: Reading) -> Self {
        let is_complete = reading.change == Change::Complete;
        Self {
            digest: is_complete.then(|| digest(&reading.meetings, known.is_hidden)),
            last_end: reading.meetings.iter().map(|meeting| meeting.end).max(),
            known,
            reading,
        }
    }

    /// The window that was read.
    pub fn window(&self) -> Window {
        self.reading.window
    }

    /// If exactly so many stored meetings overlap the window, the reading brings what is stored ([`Commit::same`]). None: it has to be compared.
    pub fn same_if(&self) -> Option<usize> {
        let is_last = self.digest.is_some() && self.digest == self.known.reading;
        is_last.then_some(self.reading.meetings.len())
    }

    /// The comparison of a reading that brings what is stored.
    pub fn same(mut self) -> Compared {
        let meetings = std::mem::take(&mut self.reading.meetings);
        self.compared(meetings.len() as u64, Vec::new(), Vec::new())
    }

    /// Compares the reading with all stored meetings that overlap its window.
    pub fn compare(mut self, stored: Vec<Meeting>) -> Compared {
        let read = last_of_each_id(std::mem::take(&mut self.reading.meetings));
        let mut is_read = vec![false; stored.len()];
        let mut same = 0;
        let mut different = Vec::new();
        {
            let mut by_id: HashMap<&str, (&Meeting, &mut bool)> = stored
                .iter()
                .zip(&mut is_read)
                .map(|(meeting, is_read)| (meeting.id.as_str(), (meeting, is_read)))
                .collect();
            for mut meeting in read {
                if self.known.is_hidden {
                    meeting.withhold_subject();
                }
                let before = by_id.get_mut(meeting.id.as_str()).map(|(before, is_read)| {
                    **is_read = true;
                    *before
                });
                if before == Some(&meeting) {
                    same += 1;
                } else {
                    different.push((meeting, before.is_some()));
                }
            }
        }
        let gone = match self.reading.change {
            Change::Complete => stored
                .into_iter()
                .zip(is_read)
                .filter_map(|(meeting, is_read)| (!is_read).then_some(meeting))
                .collect(),
            Change::Changes => Vec::new(),
        };
        self.compared(same, different, gone)
    }

    fn compared(self, same: u64, different: Vec<(Meeting, bool)>, gone: Vec<Meeting>) -> Compared {
        let Reading {
            change,
            window,
            cursor,
            drops,
            ..
        } = self.reading;
        Compared {
            change,
            window,
            // One that was dropped since the reading began stays dropped: the next reading is then a full one.
            cursor: cursor.filter(|_| drops == self.known.drops),
            known: self.known,
            digest: self.digest,
            last_end: self.last_end,
            same,
            different,
            gone,
        }
    }
}

impl Compared {
    /// The meetings whose pasts are needed for the steps.
    pub fn sought(&self) -> impl Iterator<Item = Sought<'_>> {
        let different = self.different.iter().map(|(meeting, is_in_window)| Sought {
            id: &meeting.id,
            is_in_window: *is_in_window,
        });
        let gone = self.gone.iter().map(|meeting| Sought {
            id: &meeting.id,
            is_in_window: true,
        });
        different.chain(gone)
    }
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
