//! What became of a room in a pass.

use std::fmt;

/// Why something was not possible, for the people who run the collector. What a connector says is foreign text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reason {
    /// What happened, naming the thing.
    pub message: String,
    /// What to do about it.
    pub advice: Option<String>,
    /// The other side's own code for it.
    pub code: Option<String>,
}

impl Reason {
    /// A reason without advice.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::default()
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(code) = &self.code
            && !self.message.contains(code.as_str())
        {
            write!(f, " [{code}]")?;
        }
        if let Some(advice) = &self.advice {
            let end = if self.message.ends_with(['.', '!', '?']) {
                ""
            } else {
                "."
            };
            write!(f, "{end} {advice}")?;
        }
        Ok(())
    }
}

/// What became of a room. Only `Complete` can lose meetings that were not emitted again; for all but `Complete` and
/// `Changes` nothing of the room changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// All that the window holds was emitted; the cursor for the next pass.
    Complete(Option<String>),
    /// What changed since the cursor was emitted; the cursor for the next pass.
    Changes(Option<String>),
    /// Not now; again after so many seconds.
    RetryAfter(u32),
    /// Its calendar must not be read.
    Denied(Reason),
    /// It has no calendar.
    Missing(Reason),
    /// Anything else.
    Failed(Reason),
}
