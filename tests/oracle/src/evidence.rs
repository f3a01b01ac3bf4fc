//! What intervals, changes and samples of all devices of a room say together of each second.

use crate::four::{Four, sees_vacancy};

/// What is known of one second.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Somebody is there.
    Occupied,
    /// Nobody is there.
    Vacant,
    /// Nobody can say.
    Unknown,
}

/// Exact evidence of one second.
#[derive(Clone, Copy)]
pub struct Exact {
    /// Occupied where any device says so; else vacant where one that can see it does.
    pub state: State,
    /// Whether anything of people counting, presence or in-use said something.
    pub witnessed: bool,
    /// The highest live count; unknown in a conflict.
    pub people: Option<u32>,
    /// The highest live count is 0 while a call goes on.
    pub conflict: bool,
}

/// The exact evidence of a room, second by second.
pub fn exact(fours: &[&Four], length: usize) -> Vec<Exact> {
    (0..length).map(|t| at(fours, t)).collect()
}

fn at(fours: &[&Four], t: usize) -> Exact {
    let mut someone = false;
    let mut no_one = false;
    let mut witnessed = false;
    let mut call = false;
    let mut people = None;
    for four in fours {
        if let Some(says) = four.says[t] {
            someone |= says;
            call |= says && four.kind == "call";
            no_one |= !says && sees_vacancy(&four.kind);
            witnessed |= sees_vacancy(&four.kind);
        }
        people = people.max(four.count.get(t).copied().flatten());
    }
    let conflict = call && people == Some(0);
    Exact {
        state: if someone {
            State::Occupied
        } else if no_one {
            State::Vacant
        } else {
            State::Unknown
        },
        witnessed,
        people: if conflict { None } else { people },
        conflict,
    }
}
