//! The order and company in which the rooms of a pass are read. Pure: it follows from what the store knows about each room.
//!
//! The room that has waited longest comes first, so a pass continues what a killed or timed-out one left. Rooms that made trouble come
//! after all others and share no slice with them, so they cost the others nothing.

use collector_model::pass::{Past, Trouble};

/// How a room is read. In this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lane {
    /// In a slice with other rooms that have shown no trouble.
    Usual,
    /// In a slice with other rooms whose last attempt also failed.
    Troubled,
    /// Alone: it failed together with others in this pass, and may not be to blame.
    Again,
    /// Alone: it harms the slice that it is in.
    Alone,
}

impl Lane {
    /// All lanes, in the order in which they are read.
    pub(super) const ALL: [Self; 4] = [Self::Usual, Self::Troubled, Self::Again, Self::Alone];

    /// Whether each room of the lane has a slice of its own.
    pub(super) fn is_alone(self) -> bool {
        matches!(self, Self::Again | Self::Alone)
    }

    fn of(past: Past) -> Self {
        match past.trouble {
            None => Self::Usual,
            Some(Trouble::NotCollected) => Self::Troubled,
            Some(Trouble::Harmful) => Self::Alone,
        }
    }
}

/// The rooms of a pass by their number in the expansion, with how they are read. Equals keep the expansion's order.
pub(super) fn plan(pasts: &[Past]) -> Vec<(usize, Lane)> {
    let mut order: Vec<(Lane, Option<i64>, usize)> = pasts
        .iter()
        .enumerate()
        .map(|(room, past)| (Lane::of(*past), past.read_at, room))
        .collect();
    // None (never read) sorts before all instants.
    order.sort_unstable();
    order.into_iter().map(|(lane, _, room)| (room, lane)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(read_at: Option<i64>, trouble: Option<Trouble>) -> Past {
        Past { read_at, trouble }
    }

    fn rooms(pasts: &[Past]) -> Vec<usize> {
        plan(pasts).into_iter().map(|(room, _)| room).collect()
    }

    #[test]
    fn rooms_of_which_nothing_is_known_keep_their_order() {
        assert_eq!(rooms(&[Past::default(); 4]), [0, 1, 2, 3]);
        assert!(plan(&[]).is_empty());
    }

    #[test]
    fn a_room_that_was_never_read_comes_first_and_then_the_one_that_waits_longest() {
        let pasts = [Some(300), Some(100), None, Some(200), None].map(|read_at| past(read_at, None));
        assert_eq!(rooms(&pasts), [2, 4, 1, 3, 0]);
    }

    #[test]
    fn rooms_that_made_trouble_come_after_all_others_and_those_that_harm_slices_last_and_alone() {
        let pasts = [
            past(None, Some(Trouble::Harmful)),
            past(Some(100), Some(Trouble::NotCollected)),
            past(Some(900), None),
            past(None, Some(Trouble::NotCollected)),
            past(None, None),
        ];
        assert_eq!(
            plan(&pasts),
            [
                (4, Lane::Usual),
                (2, Lane::Usual),
                (3, Lane::Troubled),
                (1, Lane::Troubled),
                (0, Lane::Alone),
            ]
        );
    }
}
