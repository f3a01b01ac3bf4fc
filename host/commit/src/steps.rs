//! The steps of a commit, which its store does in one transaction, and what sinks are told of them.

use collector_model::change::ChangeKind;
use collector_model::meeting::{Meeting, Subject};
use collector_model::window::Window;

use crate::compared::{Compared, Sought};
use crate::digest::ReadingDigest;
use crate::history::{History, Past};
use crate::reading::{Change, RoomChanges};
use crate::spans::Spans;

/// Seconds after now from which time is ahead on every clock of the world, also if figures were computed by one that runs a day fast.
const AHEAD: i64 = 3 * 86_400;

/// All steps of a commit. `R` is how the store finds the row of a stored meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Steps<R> {
    /// Whether the room is read as a whole for the first time: then sinks are told the room as a whole, since nothing that earlier stores told of it
    /// may stay.
    pub is_first: bool,
    /// Whether changes are kept for sinks, one by one. What withdraws a subject counts in any case.
    pub is_told: bool,
    /// Meetings to store, in order of arrival.
    pub puts: Vec<Put<R>>,
    /// The smallest span that holds the stored meetings, before and after; none if there are none. What is deleted is not in it: whoever deletes a
    /// meeting notes that.
    pub touched: Option<(i64, i64)>,
    /// Meetings to delete.
    pub gone: Vec<Gone<R>>,
    /// The time that was read, if that is more than before.
    pub read: Option<ReadTime>,
    /// What is known of the room from now on.
    pub room: RoomAfter,
    /// The figures of all this.
    pub changes: RoomChanges,
}

/// A meeting to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put<R> {
    /// The meeting. An empty subject is kept as it came: otherwise each pass would see a change.
    pub meeting: Meeting,
    /// Its history.
    pub history: History,
    /// Where.
    pub place: Place<R>,
}

/// Where a meeting is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place<R> {
    /// In a row of its own, and it was never there.
    New,
    /// In a row of its own; it is among the meetings that are gone, and no longer belongs there.
    Back,
    /// In place of what this row holds.
    At(R),
}

/// A stored meeting that is not in the calendar any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone<R> {
    /// As it was stored.
    pub meeting: Meeting,
    /// Its row.
    pub row: R,
    /// With this history it is kept among the meetings that are gone; none: nobody needs to know that it was there.
    pub history: Option<History>,
}

/// The time that complete readings covered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadTime {
    /// All of it, with this reading.
    pub all: Spans,
    /// The smallest span that holds what this reading added; none if no figure can depend on it.
    pub touched: Option<(i64, i64)>,
}

/// What is known of a room after a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomAfter {
    /// The cursor for the next reading.
    pub cursor: Option<String>,
    /// From when it is known, UTC seconds.
    pub known_from: Option<i64>,
    /// How many more meetings are stored.
    pub more: i64,
    /// The digest of this reading, if it was complete.
    pub reading: Option<ReadingDigest>,
}

/// A change of a meeting, as sinks are told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told<'a> {
    /// What happened.
    pub kind: ChangeKind,
    /// The meeting: after the change, or as it was.
    pub meeting: &'a Meeting,
    /// The subject to tell, which may be less than the meeting has.
    pub subject: Option<&'a str>,
    /// Whether no subject may be told of the meeting any more, also not in changes that still wait: it was withdrawn, or the meeting is gone.
    pub withdraws: bool,
}

impl Told<'_> {
    /// Whether there is a subject that may not be shown.
    pub fn is_withheld(&self) -> bool {
        self.meeting.subject == Subject::Withheld
    }
}

impl Compared {
    /// The steps at this UTC second. `past` looks up what is stored of a meeting, and is asked once for each of [`Compared::sought`], in that order.
    ///
    /// # Errors
    /// Those of `past`.
    pub fn steps<R, E>(
        self,
        now: i64,
        mut past: impl FnMut(Sought<'_>) -> Result<Option<Past<R>>, E>,
    ) -> Result<Steps<R>, E> {
        let is_complete = self.change == Change::Complete;
        let mut changes = RoomChanges {
            same: self.same,
            ..RoomChanges::default()
        };
        let mut touched = None;
        let mut puts = Vec::with_capacity(self.different.len());
        for (meeting, is_in_window) in self.different {
            touch(&mut touched, meeting.start, meeting.end);
            let known = past(Sought {
                id: &meeting.id,
                is_in_window,
            })?;
            let (place, history) = match known {
                Some(Past::Stored {
                    row,
                    status,
                    start,
                    end,
                    history,
                }) => {
                    touch(&mut touched, start, end);
                    let history = history.with_status(status, meeting.status, now);
                    (Place::At(row), history)
                }
                Some(Past::Gone { status, history }) => {
                    (Place::Back, history.with_status(status, meeting.status, now))
                }
                None => (Place::New, History::begun(now, &self.known.read)),
            };
            match place {
                Place::At(_) => changes.changed += 1,
                Place::New | Place::Back => changes.new += 1,
            }
            puts.push(Put {
                meeting,
                history,
                place,
            });
        }
        let mut gone = Vec::with_capacity(self.gone.len());
        for meeting in self.gone {
            let sought = Sought {
                id: &meeting.id,
                is_in_window: true,
            };
            // It was among the stored ones a moment ago, in the same transaction.
            if let Some(Past::Stored { row, history, .. }) = past(sought)? {
                changes.gone += 1;
                gone.push(Gone {
                    history: history.of_gone(meeting.status, now),
                    meeting,
                    row,
                });
            }
        }
        let known_from = self.known.known_from;
        let is_first = is_complete && known_from.is_none();
        Ok(Steps {
            is_first,
            is_told: self.known.is_awaited && !is_first,
            puts,
            touched,
            gone,
            read: if is_complete {
                let last_end = self.last_end.max(self.known.gone_until);
                read(self.known.read, self.window, last_end, now)
            } else {
                None
            },
            room: RoomAfter {
                cursor: self.cursor,
                known_from: if is_complete {
                    Some(from(known_from, self.window))
                } else {
                    known_from
                },
                more: i64::try_from(changes.new).unwrap_or(i64::MAX)
                    - i64::try_from(changes.gone).unwrap_or(i64::MAX),
                reading: self.digest,
            },
            changes,
        })
    }
}

impl<R> Steps<R> {
    /// The smallest span that holds all that changes, except what is deleted; none if nothing does.
    pub fn span(&self) -> Option<(i64, i64)> {
        let read = self.read.as_ref().and_then(|read| read.touched);
        let spans = self.touched.into_iter().chain(read);
        spans.reduce(|(start, end), (from, to)| (start.min(from), end.max(to)))
    }

    /// What changes for sinks, in this order. They are told it if [`Steps::is_told`].
    pub fn told(&self) -> impl Iterator<Item = Told<'_>> {
        let puts = self.puts.iter().map(|put| {
            let kind = match put.place {
                Place::New | Place::Back => ChangeKind::Added,
                Place::At(_) => ChangeKind::Updated,
            };
            let subject = put.meeting.subject.text();
            Told {
                kind,
                meeting: &put.meeting,
                subject,
                withdraws: kind == ChangeKind::Updated && subject.is_none(),
            }
        });
        let gone = self.gone.iter().map(|gone| Told {
            kind: ChangeKind::Removed,
            meeting: &gone.meeting,
            subject: None,
            withdraws: true,
        });
        puts.chain(gone)
    }
}

/// Adds a meeting to a span.
fn touch(span: &mut Option<(i64, i64)>, start: i64, end: i64) {
    // One without length is at its start.
    let end = end.saturating_add(1);
    let (from, to) = span.unwrap_or((start, end));
    *span = Some((from.min(start), to.max(end)));
}

/// The time that was read, after a complete reading of this window; none if it was all read before. `last_end`: when the last booking ends that
/// is in the window or was.
///
/// Each pass reads a little further ahead, of every room. Of time that is ahead figures only tell what is booked or was, so where nothing is,
/// nothing has to be computed anew.
fn read(mut all: Spans, window: Window, last_end: Option<i64>, now: i64) -> Option<ReadTime> {
    let (start, end) = all.unread(window.start(), window.end());
    let is_told = start <= now.saturating_add(AHEAD) || last_end.is_some_and(|last| last >= start);
    all.add(window.start(), window.end()).then_some(ReadTime {
        all,
        touched: is_told.then_some((start, end)),
    })
}

/// From when a room is known, after a full reading of this window: an earlier window must adjoin the known time.
fn from(known_from: Option<i64>, window: Window) -> i64 {
    match known_from {
        Some(known) if window.start() < known && window.end() >= known => window.start(),
        Some(known) => known,
        None => window.start(),
    }
}
