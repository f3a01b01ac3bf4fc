//! What the holder of a unit has in its hands: a fence, and until when it may believe by its own clock that the unit is still its own.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// How long leases last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// From a claim or renewal until others may take the unit, by the database's clock.
    pub lease: Duration,
    /// From the instant before a claim or renewal was sent until its holder stops of its own accord, by its own clock. Shorter than `lease`, by what
    /// the clocks may differ meanwhile and a little for stopping.
    pub trusted: Duration,
}

impl Default for Terms {
    /// 10 seconds, and 8: with renewals every 3 seconds, one may be lost.
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(10),
            trusted: Duration::from_secs(8),
        }
    }
}

/// What a holder may believe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Belief {
    /// The unit is its own until this instant, and longer if it is renewed.
    Until(Instant),
    /// Somebody else has it, or it was given back.
    Over,
}

/// A unit that is held. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Lease {
    unit: Arc<str>,
    fence: i64,
    belief: watch::Receiver<Belief>,
}

impl Lease {
    /// A lease, with what changes the belief in it.
    pub(crate) fn new(unit: Arc<str>, fence: i64, until: Instant) -> (Self, watch::Sender<Belief>) {
        let (sender, belief) = watch::channel(Belief::Until(until));
        (Self { unit, fence, belief }, sender)
    }

    /// The name of the unit.
    pub fn unit(&self) -> &str {
        &self.unit
    }

    /// The number of the take-over: higher than that of every earlier one of the unit.
    pub fn fence(&self) -> i64 {
        self.fence
    }

    /// Whether the holder may go on. If not, what it stores is probably refused. A renewal that succeeds late makes it true again, because nobody
    /// else took the unit meanwhile.
    pub fn is_held(&self) -> bool {
        match *self.belief.borrow() {
            Belief::Until(until) => Instant::now() < until,
            Belief::Over => false,
        }
    }

    /// Returns when the holder has to stop.
    pub async fn over(&self) {
        let mut belief = self.belief.clone();
        loop {
            let Belief::Until(until) = *belief.borrow_and_update() else {
                return;
            };
            tokio::select! {
                () = sleep_until(until) => {
                    if !self.is_held() {
                        return;
                    }
                }
                changed = belief.changed() => {
                    // Nobody renews it any more.
                    if changed.is_err() {
                        sleep_until(until).await;
                        return;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn a_lease_is_over_at_its_time_unless_it_is_renewed() {
        let begun = Instant::now();
        let (lease, belief) = Lease::new("source/contoso".into(), 7, begun + 8 * SECOND);
        let waiting = tokio::spawn({
            let lease = lease.clone();
            async move {
                lease.over().await;
                begun.elapsed()
            }
        });
        tokio::time::sleep(3 * SECOND).await;
        belief.send(Belief::Until(begun + 11 * SECOND)).unwrap();
        assert_eq!(waiting.await.unwrap(), 11 * SECOND);
        assert!(!lease.is_held());
        // Late, but nobody took it.
        belief.send(Belief::Until(begun + 20 * SECOND)).unwrap();
        assert!(lease.is_held());
    }

    #[tokio::test(start_paused = true)]
    async fn a_lease_that_somebody_else_has_is_over_at_once() {
        let (lease, belief) = Lease::new("source/contoso".into(), 7, Instant::now() + 8 * SECOND);
        assert!(lease.is_held());
        belief.send(Belief::Over).unwrap();
        lease.over().await;
        assert!(!lease.is_held());
    }

    #[tokio::test(start_paused = true)]
    async fn a_lease_that_nobody_renews_lasts_until_its_time() {
        let begun = Instant::now();
        let (lease, belief) = Lease::new("source/contoso".into(), 7, begun + 8 * SECOND);
        drop(belief);
        lease.over().await;
        assert_eq!(begun.elapsed(), 8 * SECOND);
    }
}
