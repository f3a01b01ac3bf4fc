//! Verdicts, all at once or in pages. A page begins at the room where the one before it ended, so that no page judges all rooms.

use collector_insights::answer::Verdicts;
use collector_insights::group::Question;
use collector_insights::report::VerdictLine;
use collector_insights::room::Room;
use collector_rollup::known;
use collector_store::Reader;

use crate::config::Config;
use crate::figures::{FiguresError, check, scope};

/// The place between two verdicts from which a page goes on. Verdicts sort by source, room, start and id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictPlace {
    /// The source of the room's bookings.
    pub source: String,
    /// The room's address.
    pub room: String,
    /// Start and id of the room's last booking before the page, as its line writes them; none if the page begins with the first.
    pub after: Option<(String, String)>,
}

/// A page of verdicts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictPage {
    /// The verdicts.
    pub lines: Vec<VerdictLine>,
    /// Where the next page begins; none after the last.
    pub next: Option<VerdictPlace>,
}

impl VerdictPlace {
    fn of(room: &Room) -> Self {
        Self {
            source: room.source.clone(),
            room: room.address.clone(),
            after: None,
        }
    }

    fn behind(line: &VerdictLine) -> Self {
        Self {
            source: line.source.clone(),
            room: line.room.clone(),
            after: Some((line.start.clone(), line.id.clone())),
        }
    }

    /// Whether a verdict comes after it.
    fn is_before(&self, line: &VerdictLine) -> bool {
        // Instants are written so that they sort as text.
        match &self.after {
            Some((start, id)) if self.source == line.source && self.room == line.room => {
                (start, id) < (&line.start, &line.id)
            }
            _ => true,
        }
    }
}

/// The verdicts of the bookings that a question is about, from what is stored: by source, room, start and id. `now` is UTC seconds.
///
/// # Errors
/// The store failed, or the question names what there is not.
pub fn verdicts(
    store: &Reader,
    config: &Config,
    question: &Question,
    now: i64,
) -> Result<Vec<VerdictLine>, FiguresError> {
    Ok(verdict_page(store, config, question, now, None, usize::MAX, &|| true)?.lines)
}

/// A page of at most `limit` verdicts of the bookings that a question is about, from what is stored. `now` is UTC seconds. The page ends early
/// when `go_on` says so, which is asked before each room but the first.
///
/// # Errors
/// The store failed, or the question names what there is not.
pub fn verdict_page(
    store: &Reader,
    config: &Config,
    question: &Question,
    now: i64,
    from: Option<&VerdictPlace>,
    limit: usize,
    go_on: &dyn Fn() -> bool,
) -> Result<VerdictPage, FiguresError> {
    let scope = scope(store, config)?;
    check(question, &scope.rooms)?;
    let mut rooms: Vec<&Room> = scope
        .rooms
        .iter()
        .filter(|room| question.is_about(room))
        .filter(|room| from.is_none_or(|from| (&from.source, &from.room) <= (&room.source, &room.address)))
        .collect();
    rooms.sort_by(|one, other| (&one.source, &one.address).cmp(&(&other.source, &other.address)));
    let mut lines = Vec::new();
    let mut is_first = true;
    for room in rooms {
        if !is_first && !go_on() {
            let next = Some(VerdictPlace::of(room));
            return Ok(VerdictPage { lines, next });
        }
        is_first = false;
        let mut verdicts = Verdicts::new(question, &scope.buildings, now);
        verdicts.add(&known(
            store,
            room,
            scope.spaces_of(room),
            (question.from, question.to),
            now,
        )?);
        let of_room = verdicts.lines().into_iter();
        lines.extend(of_room.filter(|line| from.is_none_or(|from| from.is_before(line))));
        if lines.len() > limit {
            lines.truncate(limit);
            let next = lines.last().map(VerdictPlace::behind);
            return Ok(VerdictPage { lines, next });
        }
    }
    Ok(VerdictPage { lines, next: None })
}

#[cfg(test)]
mod tests;
