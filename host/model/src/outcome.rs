//! The outcome of a room in a pass.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why something failed, for the people who run the collector. The parts from a connector are foreign text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Reason {
    /// What happened, naming the thing.
    pub message: String,
    /// What to do about it.
    pub advice: Option<String>,
    /// The service's own code for it.
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

/// The outcome of a room. Only `Complete` can remove meetings that were not emitted again; outcomes other than `Complete` and `Changes`
/// leave the room unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// All meetings of the window were emitted; the cursor for the next pass.
    Complete(Option<String>),
    /// The changes since the cursor were emitted; the cursor for the next pass.
    Changes(Option<String>),
    /// Try again after so many seconds.
    RetryAfter(u32),
    /// Its calendar may not be read.
    Denied(Reason),
    /// It has no calendar.
    Missing(Reason),
    /// Anything else.
    Failed(Reason),
}
