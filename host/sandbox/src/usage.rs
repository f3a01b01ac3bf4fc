//! What the calls of a source took, counted while they run side by side.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What calls into a connector took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Calls, those that were stopped or given up included.
    pub calls: u64,
    /// The time inside them, waiting for answers included, added up over calls side by side.
    pub time: Duration,
    /// The part of it in which the guest, or the host for it, computed.
    pub busy: Duration,
    /// How long what a call handed back was put back for, because the service asked for it, added up over rooms side by side.
    pub put_back: Duration,
    /// The most memory that one instance had, in bytes.
    pub peak_memory: u64,
}

/// Adds calls up.
#[derive(Debug, Default)]
pub struct Meter(Mutex<Usage>);

impl Meter {
    /// What was counted since the last [`Meter::reset`].
    pub fn read(&self) -> Usage {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins anew.
    pub fn reset(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Usage::default();
    }

    /// Something is put back for so long.
    pub fn put_back(&self, time: Duration) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).put_back += time;
    }

    pub(super) fn add(&self, time: Duration, busy: Duration, memory: usize) {
        let mut usage = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        usage.calls += 1;
        usage.time += time;
        usage.busy += busy;
        usage.peak_memory = usage.peak_memory.max(memory as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_add_up_and_the_highest_memory_stays() {
        let meter = Meter::default();
        let second = Duration::from_secs(1);
        meter.add(second * 3, second, 2 << 20);
        meter.add(second * 2, second, 1 << 20);
        meter.put_back(second);
        meter.put_back(second);
        let expected = Usage {
            calls: 2,
            time: second * 5,
            busy: second * 2,
            put_back: second * 2,
            peak_memory: 2 << 20,
        };
        assert_eq!(meter.read(), expected);
        meter.reset();
        assert_eq!(meter.read(), Usage::default());
    }
}
