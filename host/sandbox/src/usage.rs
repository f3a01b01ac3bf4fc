//! The resources that the calls of a source took, counted while they run side by side.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The resources that calls into a connector took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Calls, including those that were stopped or abandoned.
    pub calls: u64,
    /// The time inside the calls, including waiting, added up over calls side by side.
    pub time: Duration,
    /// The part of it during which the guest, or the host on its behalf, computed.
    pub busy: Duration,
    /// How long rooms were put back because the service asked for it, added up over rooms side by side.
    pub put_back: Duration,
    /// The most memory of one instance, in bytes.
    pub peak_memory: u64,
}

/// Adds up calls.
#[derive(Debug, Default)]
pub struct Meter(Mutex<Usage>);

impl Meter {
    /// The counts since the last [`Meter::reset`].
    pub fn read(&self) -> Usage {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts counting again.
    pub fn reset(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Usage::default();
    }

    /// Notes that a room is put back for so long.
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
