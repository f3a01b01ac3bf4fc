//! How much one token may ask at once, so that one program cannot keep the others from being answered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many questions of one token are answered at once.
const AT_ONCE: usize = 4;

/// The questions that are being answered, by the number of their token.
#[derive(Clone, Default)]
pub(crate) struct Turns(Arc<Mutex<HashMap<i64, usize>>>);

/// A question's place, until this is dropped.
pub(crate) struct Turn {
    all: Turns,
    token: i64,
}

impl Turns {
    /// Takes a place; none if the token has all that it may have.
    pub(crate) fn enter(&self, token: i64) -> Option<Turn> {
        let mut all = self.lock();
        let taken = all.entry(token).or_default();
        if *taken >= AT_ONCE {
            return None;
        }
        *taken += 1;
        Some(Turn {
            all: self.clone(),
            token,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<i64, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut all = self.all.lock();
        if let Some(taken) = all.get_mut(&self.token) {
            *taken -= 1;
            if *taken == 0 {
                all.remove(&self.token);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_four_places_and_others_have_their_own() {
        let turns = Turns::default();
        let mut taken: Vec<Turn> = (0..AT_ONCE).filter_map(|_| turns.enter(1)).collect();
        assert_eq!(taken.len(), AT_ONCE);
        assert!(turns.enter(1).is_none());
        assert!(turns.enter(2).is_some());
        taken.pop();
        assert!(turns.enter(1).is_some());
        taken.clear();
        assert!(turns.lock().is_empty());
    }
}
