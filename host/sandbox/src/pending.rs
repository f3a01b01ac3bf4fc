//! The guest's calls that wait for the outside: how many run at once, and how much they hold meanwhile.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout_at};

use crate::limits::{PENDING_BYTES, PENDING_COST, PENDING_REQUESTS};

/// What one guest's waiting calls hold. Whatever becomes of a call (it ends, the guest cancels it, the host abandons the guest), dropping
/// its share returns it.
pub(crate) struct Pending {
    places: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
}

impl Default for Pending {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(PENDING_REQUESTS)),
            bytes: Arc::new(Semaphore::new(PENDING_BYTES)),
        }
    }
}

impl Pending {
    /// Admits a call that holds so many bytes, or tells why not.
    pub(crate) fn hold(&self, bytes: usize) -> Result<Held, String> {
        u32::try_from(bytes.saturating_add(PENDING_COST))
            .ok()
            .and_then(|bytes| Arc::clone(&self.bytes).try_acquire_many_owned(bytes).ok())
            .map(|bytes| Held {
                places: Arc::clone(&self.places),
                _bytes: bytes,
            })
            .ok_or_else(|| {
                format!(
                    "the pending requests of a call may hold at most {PENDING_BYTES} bytes; await some of them before you send more"
                )
            })
    }
}

/// One call's share.
pub(crate) struct Held {
    places: Arc<Semaphore>,
    _bytes: OwnedSemaphorePermit,
}

impl Held {
    /// Waits for a place among the running calls, in order of arrival; none when there is none until `deadline`.
    pub(crate) async fn place(&self, deadline: Instant) -> Option<SemaphorePermit<'_>> {
        timeout_at(deadline, self.places.acquire()).await.ok()?.ok()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(1)
    }

    #[tokio::test]
    async fn more_calls_than_places_wait_until_one_ends() {
        let pending = Pending::default();
        let held: Vec<Held> = (0..=PENDING_REQUESTS).map(|_| pending.hold(0).unwrap()).collect();
        let (last, others) = held.split_last().unwrap();
        let mut places = Vec::new();
        for held in others {
            places.push(held.place(soon()).await.unwrap());
        }
        assert!(last.place(soon()).await.is_none());
        places.pop();
        assert!(last.place(soon()).await.is_some());
    }

    #[test]
    fn what_waiting_calls_hold_is_bounded_and_comes_back() {
        let pending = Pending::default();
        assert!(pending.hold(usize::MAX).is_err());
        let half = PENDING_BYTES / 2 - PENDING_COST;
        let held = (pending.hold(half).unwrap(), pending.hold(half).unwrap());
        assert!(pending.hold(0).is_err());
        drop(held);
        assert!(pending.hold(half).is_ok());
    }

    #[test]
    fn calls_that_hold_nothing_are_bounded_too() {
        let pending = Pending::default();
        let held: Vec<Held> = std::iter::from_fn(|| pending.hold(0).ok()).collect();
        assert_eq!(held.len(), PENDING_BYTES / PENDING_COST);
    }
}
