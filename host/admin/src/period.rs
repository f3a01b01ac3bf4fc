//! The period that figures are asked for, as people and programs write it.

use jiff::civil::Date;

/// The longest period, in days. A longer one is a mistake.
const LONGEST: i32 = 3_660;

/// Why a period is none. The names of its ends depend on who reads this: see [`PeriodError::words`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeriodError {
    /// One of its ends is no date.
    NotADate {
        /// `from` or `to`.
        end: &'static str,
        /// What was written.
        text: String,
    },
    /// It would end before it begins, or as it begins.
    Empty {
        /// Its first date.
        from: Date,
        /// The date after its last.
        to: Date,
    },
    /// It is longer than anything that is stored.
    TooLong {
        /// Its first date.
        from: Date,
        /// The date after its last.
        to: Date,
    },
}

impl PeriodError {
    /// What is wrong, and what to write. `dashes` stand before the names of the ends: those of an option, or nothing.
    pub fn words(&self, dashes: &str) -> String {
        match self {
            Self::NotADate { end, text } => {
                format!("{dashes}{end} {text:?} is not a date; write it like 2026-03-01")
            }
            Self::Empty { from, to } => {
                // The last date of the calendar has no next one.
                let next = from.tomorrow().unwrap_or(*from);
                format!(
                    "the period from {from} to {to} is empty, because {dashes}to is the date after the last; give a later one, such as {dashes}to \
                     {next} for {from} alone"
                )
            }
            Self::TooLong { from, to } => {
                format!("the period from {from} to {to} is longer than {LONGEST} days; ask for a shorter one")
            }
        }
    }
}

/// The first date of a period and the date after its last.
///
/// # Errors
/// See [`PeriodError`].
pub fn period(from: &str, to: &str) -> Result<(Date, Date), PeriodError> {
    let (from, to) = (date("from", from)?, date("to", to)?);
    if from >= to {
        return Err(PeriodError::Empty { from, to });
    }
    if from.until(to).map_or(true, |length| length.get_days() > LONGEST) {
        return Err(PeriodError::TooLong { from, to });
    }
    Ok((from, to))
}

fn date(end: &'static str, text: &str) -> Result<Date, PeriodError> {
    text.parse().map_err(|_| PeriodError::NotADate {
        end,
        text: text.to_owned(),
    })
}
