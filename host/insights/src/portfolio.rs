//! All rooms at once, as a value: the report and the verdicts from everything that is known. For tests, and for worlds that are given as one
//! document.

use crate::answer::{Answer, Known, Verdicts};
use crate::group::Question;
use crate::hours::Buildings;
use crate::report::{Report, VerdictLine};
use crate::room::Room;

/// Everything that is known about all rooms.
#[derive(Debug, Clone)]
pub struct Portfolio {
    /// UTC seconds.
    pub now: i64,
    /// The open time of all buildings.
    pub buildings: Buildings,
    /// The rooms.
    pub rooms: Vec<Known>,
}

impl Portfolio {
    /// The report that answers a question.
    pub fn report(&self, question: &Question) -> Report {
        let rooms: Vec<Room> = self.rooms.iter().map(|known| known.room.clone()).collect();
        let mut answer = Answer::new(question, &self.buildings, self.now, &rooms);
        for (number, _) in answer.needed() {
            if let Some(known) = self.rooms.get(number) {
                answer.compute(number, known);
            }
        }
        answer.report()
    }

    /// The bookings of the period with their verdicts, sorted by source, room, start and id.
    pub fn verdicts(&self, question: &Question) -> Vec<VerdictLine> {
        let mut verdicts = Verdicts::new(question, &self.buildings, self.now);
        for known in &self.rooms {
            verdicts.add(known);
        }
        verdicts.lines()
    }
}

#[cfg(test)]
mod tests;
