//! What is past its time, and when the clock that says so is not believed.

use std::fmt;

/// If the clock advanced by more than this since old meetings were last removed, it may have jumped. Seconds.
const JUMP: i64 = 7 * DAY;
const DAY: i64 = 24 * 60 * 60;

/// The instants (UTC seconds) before which something must have ended to be past its time; none where nothing ever is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expiry {
    /// Of meetings.
    pub meetings: Option<i64>,
    /// Of usage and coverage records. Those without an end count from their start.
    pub usage: Option<i64>,
}

/// How much was deleted. Displayed as `12 stored meetings`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Deleted {
    /// Meetings.
    pub meetings: u64,
    /// Usage and coverage records.
    pub usage: u64,
}

impl fmt::Display for Deleted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted = |count: u64, one: &str| match count {
            1 => format!("1 stored {one}"),
            count => format!("{count} stored {one}s"),
        };
        match self {
            Self { meetings, usage: 0 } => f.write_str(&counted(*meetings, "meeting")),
            Self { meetings: 0, usage } => f.write_str(&counted(*usage, "usage or coverage record")),
            Self { meetings, usage } => {
                let records = counted(*usage, "usage or coverage record");
                write!(f, "{} and {records}", counted(*meetings, "meeting"))
            }
        }
    }
}

/// How many of what is stored are past their time, and how many there are; none where nothing ever is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Aged {
    /// Meetings.
    pub meetings: Option<(u64, u64)>,
    /// Usage and coverage records.
    pub usage: Option<(u64, u64)>,
}

/// Whether the clock may have jumped since it was last looked at (UTC seconds): then it matters how much is past its time.
pub fn has_jumped(last: Option<i64>, now: i64) -> bool {
    last.is_some_and(|last| now.saturating_sub(last) > JUMP)
}

/// Why nothing is removed, in words; none if the clock is believed. If it may have jumped, and more than so many per cent of all meetings or of all records
/// became too old at once, it is not: a wrong clock must not cost what cannot be collected again.
pub fn hold(last: Option<i64>, now: i64, at_most: u8, aged: Aged) -> Option<String> {
    let last = last.filter(|_| has_jumped(last, now))?;
    let found = [
        (aged.meetings, "meetings", "keep"),
        (aged.usage, "usage and coverage records", "keep-usage"),
    ];
    let is_too_much =
        |(old, all): (u64, u64)| old.saturating_mul(100) > all.saturating_mul(u64::from(at_most));
    let days = now.saturating_sub(last) / DAY;
    found.into_iter().find_map(|(found, what, key)| {
        let (old, all) = found.filter(|found| is_too_much(*found))?;
        Some(format!(
            "{old} of {all} {what} became older than `{key}` at once, because the clock advanced by {days} days; they are kept for now. Correct the \
             clock; if it is right, run `collector retention allow`"
        ))
    })
}
