//! What can go wrong with any service: the form of `Retry-After`, and what happens on the wire. A simulator adds what
//! goes wrong with its own.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use chrono::Utc;

/// A fault of a simulator, as the rules and the server see it.
pub trait Fault: Clone + Send + 'static {
    /// Whether it can happen to a request for this address (decoded, in lower case).
    fn concerns(&self, target: &str) -> bool;

    /// What it does to the connection or the body, if it does. Such a fault never happens inside a batch.
    fn on_wire(&self) -> Option<Wire>;
}

/// What goes wrong between the service and the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// The JSON ends in the middle, but the answer is otherwise whole.
    Truncated,
    /// This many bytes of JSON.
    Huge(u64),
    /// The answer is compressed with gzip, requested or not.
    Gzip,
    /// A few bytes of gzip that unpack to this many.
    GzipBomb(u64),
    /// The connection is cut before the answer.
    CutBefore,
    /// The connection is cut in the middle of the answer.
    CutInside,
    /// The body comes in fifty pieces with this much time before each.
    SlowBody(Duration),
}

/// The value of a `Retry-After` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// No header at all.
    Absent,
    /// Whole seconds.
    Seconds(u64),
    /// Any text: `2.128` is Microsoft's own sample.
    Text(String),
    /// An HTTP date this many seconds from now.
    Date(i64),
}

impl RetryAfter {
    /// The header's value.
    pub(crate) fn value(&self) -> Option<String> {
        match self {
            Self::Absent => None,
            Self::Seconds(seconds) => Some(seconds.to_string()),
            Self::Text(text) => Some(text.clone()),
            Self::Date(ahead) => {
                let at = Utc::now() + chrono::Duration::seconds(*ahead);
                Some(at.format("%a, %d %b %Y %H:%M:%S GMT").to_string())
            }
        }
    }
}

/// Reads a fault and its probability as the command line writes them: `throttled=0.05`. `named` knows the names.
///
/// # Errors
/// The text has another form, the probability is not between 0 and 1, or `named` does not know the name.
pub fn by_chance<F>(text: &str, named: impl FnOnce(&str) -> Result<F>) -> Result<(F, f64)> {
    let (name, chance) = text
        .split_once('=')
        .context("write NAME=PROBABILITY, as in throttled=0.05")?;
    let chance: f64 = chance
        .parse()
        .with_context(|| format!("{chance:?} is not a number"))?;
    if !(0.0..=1.0).contains(&chance) {
        bail!("the probability {chance} is not between 0 and 1");
    }
    Ok((named(name)?, chance))
}
