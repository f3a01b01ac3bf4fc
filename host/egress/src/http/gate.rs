//! The place where a source's attempts wait: for one of the places for attempts in flight, whose number moves with [`Pace`], and for the
//! end of a pause that a service asked for. Requests made while it throttles count against the application too ("Microsoft Graph throttling
//! guidance").

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

use super::pace::Pace;
use crate::grant::Origin;

/// The longest pause of an origin before it is asked again. Microsoft's longest are five minutes; a mistaken answer must not stop a source
/// for days.
const LONGEST_REST: Duration = Duration::from_secs(10 * 60);

/// Lets attempts pass.
pub struct Gate {
    places: Semaphore,
    state: Mutex<State>,
}

struct State {
    pace: Pace,
    /// Places to remove as they become free.
    surplus: usize,
    /// Origins that asked for a pause, with its end.
    resting: HashMap<Origin, Instant>,
}

/// A place among the attempts in flight. Dropping it returns it.
pub(super) struct Place<'a> {
    gate: &'a Gate,
    permit: Option<SemaphorePermit<'a>>,
}

/// The error that an origin asked for a longer pause than the caller waits.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Resting {
    /// The rest of the pause.
    pub(super) left: Duration,
}

impl Gate {
    /// A gate for at most so many attempts at once.
    pub fn new(most: usize) -> Self {
        let pace = Pace::new(most.min(Semaphore::MAX_PERMITS));
        Self {
            places: Semaphore::new(pace.limit()),
            state: Mutex::new(State {
                pace,
                surplus: 0,
                resting: HashMap::new(),
            }),
        }
    }

    /// Waits for a place. `patience`: how long to wait for an origin that pauses.
    pub(super) async fn enter(&self, origin: &Origin, patience: Instant) -> Result<Place<'_>, Resting> {
        loop {
            if let Some(until) = self.rests(origin) {
                if until >= patience {
                    let left = until.saturating_duration_since(Instant::now());
                    return Err(Resting { left });
                }
                sleep_until(until).await;
            }
            // The semaphore is never closed; without a place, the attempt would only go uncounted.
            let place = Place {
                gate: self,
                permit: self.places.acquire().await.ok(),
            };
            // Meanwhile, another attempt may have learned that the origin wants a pause.
            if self.rests(origin).is_none() {
                return Ok(place);
            }
        }
    }

    /// How many attempts may be in flight now.
    pub fn limit(&self) -> usize {
        self.state().pace.limit()
    }

    /// Notes that a service answered normally.
    pub(super) fn untroubled(&self) {
        self.change(Pace::untroubled);
    }

    /// Notes that a service asked to slow down.
    pub fn troubled(&self) {
        self.change(|pace| pace.troubled(Instant::now()));
    }

    /// Notes that an origin asked for a pause.
    pub(super) fn rest(&self, origin: &Origin, time: Duration) {
        let until = Instant::now() + time.min(LONGEST_REST);
        let mut state = self.state();
        let resting = state.resting.entry(origin.clone()).or_insert(until);
        *resting = until.max(*resting);
    }

    fn rests(&self, origin: &Origin) -> Option<Instant> {
        let until = *self.state().resting.get(origin)?;
        (until > Instant::now()).then_some(until)
    }

    fn change(&self, change: impl FnOnce(&mut Pace)) {
        let mut state = self.state();
        let before = state.pace.limit();
        change(&mut state.pace);
        let now = state.pace.limit();
        let fewer = before.saturating_sub(now);
        if fewer > 0 {
            state.surplus += fewer - self.places.forget_permits(fewer);
        }
        let more = now.saturating_sub(before);
        let kept = more.min(state.surplus);
        state.surplus -= kept;
        self.places.add_permits(more - kept);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.gate.state();
        if let Some(permit) = self.permit.take()
            && state.surplus > 0
        {
            state.surplus -= 1;
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn origin(name: &str) -> Origin {
        format!("https://{name}.example").parse().unwrap()
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    /// Takes all places that there are.
    fn places(gate: &Gate) -> Vec<Place<'_>> {
        let origin = origin("graph");
        std::iter::from_fn(|| gate.enter(&origin, soon()).now_or_never()?.ok()).collect()
    }

    #[tokio::test]
    async fn places_that_are_taken_go_away_when_they_are_given_back() {
        let gate = Gate::new(4);
        let held = places(&gate);
        assert_eq!(held.len(), 4);
        gate.troubled();
        assert_eq!(gate.limit(), 2);
        drop(held);
        assert_eq!(places(&gate).len(), 2);
        (0..100).for_each(|_| gate.untroubled());
        assert_eq!(places(&gate).len(), 4);
    }

    #[tokio::test]
    async fn a_limit_that_comes_back_while_its_places_are_still_taken_has_not_too_many() {
        let gate = Gate::new(4);
        let held = places(&gate);
        gate.troubled();
        (0..100).for_each(|_| gate.untroubled());
        assert_eq!(gate.limit(), 4);
        assert_eq!(places(&gate).len(), 0);
        drop(held);
        assert_eq!(places(&gate).len(), 4);
    }

    #[tokio::test]
    async fn an_origin_that_rests_is_waited_for_and_others_are_not() {
        let gate = Gate::new(4);
        let begun = Instant::now();
        let rest = Duration::from_millis(30);
        gate.rest(&origin("graph"), rest);
        assert!(gate.enter(&origin("login"), soon()).now_or_never().is_some());
        assert!(gate.enter(&origin("graph"), soon()).await.is_ok());
        assert!(begun.elapsed() >= rest);
    }

    #[tokio::test]
    async fn nobody_waits_for_longer_than_there_is_patience() {
        let gate = Gate::new(4);
        gate.rest(&origin("graph"), Duration::from_secs(90));
        let told = gate.enter(&origin("graph"), soon()).now_or_never();
        let left = told
            .and_then(Result::err)
            .map(|resting| resting.left.as_secs_f64().round());
        assert_eq!(left, Some(90.0));
    }

    #[tokio::test]
    async fn a_shorter_rest_does_not_end_a_longer_one_and_none_is_longer_than_ten_minutes() {
        let gate = Gate::new(4);
        let begun = Instant::now();
        gate.rest(&origin("graph"), Duration::from_secs(365 * 86_400));
        gate.rest(&origin("graph"), Duration::from_secs(1));
        let until = gate.rests(&origin("graph")).unwrap();
        assert_eq!((until - begun).as_secs(), LONGEST_REST.as_secs());
    }
}
