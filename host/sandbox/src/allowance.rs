//! What all calls of one pass may bring together. With limits per call alone, a connector that lists fifty thousand rooms could fill a disk
//! or a log, room by room.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytesize::ByteSize;

/// Log lines of a pass; the rest is dropped. Enough for a pass of ten thousand rooms that warns about every fifth.
const LINES: usize = 2_000;

/// What one pass of a source may still bring.
#[derive(Debug)]
pub struct Allowance {
    most: u64,
    left: Mutex<Left>,
}

#[derive(Debug)]
struct Left {
    bytes: u64,
    lines: usize,
}

/// The error that a pass brought more than it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the pass collected more than {} of meetings, records and cursors; if that is right, allow more with `pass-data` in [source.limits]",
    ByteSize(*.0).display().iec()
)]
pub(super) struct Spent(u64);

/// The fate of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Written,
    /// The first line that is dropped: the log mentions that there are more.
    Last,
    Dropped,
}

impl Default for Allowance {
    /// Allows nothing to be stored: for calls that must not bring anything.
    fn default() -> Self {
        Self::new(0)
    }
}

impl Allowance {
    /// An allowance of so many bytes of meetings, records and cursors per pass.
    pub fn new(most: u64) -> Self {
        Self {
            most,
            left: Mutex::new(Left::of(most)),
        }
    }

    /// Starts another pass.
    pub fn reset(&self) {
        *self.left() = Left::of(self.most);
    }

    /// Takes the bytes of something to store. What is no larger than the remainder still fits.
    pub(super) fn take(&self, bytes: usize) -> Result<(), Spent> {
        let mut left = self.left();
        left.bytes = left
            .bytes
            .checked_sub(u64::try_from(bytes).unwrap_or(u64::MAX))
            .ok_or(Spent(self.most))?;
        Ok(())
    }

    /// Takes a log line.
    pub(super) fn take_line(&self) -> Line {
        let mut left = self.left();
        match left.lines {
            0 => Line::Dropped,
            1 => {
                left.lines = 0;
                Line::Last
            }
            _ => {
                left.lines -= 1;
                Line::Written
            }
        }
    }

    fn left(&self) -> MutexGuard<'_, Left> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Left {
    fn of(bytes: u64) -> Self {
        Self {
            bytes,
            lines: LINES + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_pass_brings_is_bounded_and_the_next_pass_begins_anew() {
        let allowance = Allowance::new(1 << 30);
        allowance.take(1 << 29).unwrap();
        assert_eq!(
            allowance.take((1 << 29) + 1).unwrap_err().to_string(),
            "the pass collected more than 1.0 GiB of meetings, records and cursors; if that is right, allow more with `pass-data` in \
             [source.limits]"
        );
        allowance.take(1 << 29).unwrap();
        assert!(allowance.take(1).is_err());
        allowance.reset();
        allowance.take(1 << 30).unwrap();
    }

    #[test]
    fn lines_are_bounded_and_it_is_said_once_that_there_are_more() {
        let allowance = Allowance::default();
        for _ in 0..LINES {
            assert_eq!(allowance.take_line(), Line::Written);
        }
        assert_eq!(allowance.take_line(), Line::Last);
        assert_eq!(allowance.take_line(), Line::Dropped);
        allowance.reset();
        assert_eq!(allowance.take_line(), Line::Written);
    }
}
