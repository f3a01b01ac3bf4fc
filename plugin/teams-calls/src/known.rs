//! What a room's cursor remembers: which versions of which records were read, and which usage records were emitted from each, so that what a
//! later version no longer has can be withdrawn. It holds ids of calls, of the room's own sessions, and times; nothing of other participants.
//!
//! A cursor is bounded. Beyond that, the calls that began earliest are forgotten: each pass whose window reaches them reads them again, which
//! changes nothing, except that a session which a later version no longer has stays.

use crate::record::Call;
use connector_sdk::Window;
use serde::{Deserialize, Serialize};

/// The most bytes of a cursor, a little under the host's limit of 65,536: about 400 calls.
const LIMIT: usize = 65_000;

/// The calls that were read, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Known {
    calls: Vec<Remembered>,
}

/// A call that was read: its id, version and start (in UTC seconds), and the keys of what was emitted, each without the id before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Remembered(String, u64, i64, Vec<String>);

impl Remembered {
    /// The version that was read.
    pub(crate) fn version(&self) -> u64 {
        self.1
    }

    /// The keys of what was emitted.
    pub(crate) fn keys(&self) -> &[String] {
        &self.3
    }
}

impl Known {
    /// Reads a cursor, and forgets the calls that began before this instant. What cannot be read is nothing: then everything is read again.
    pub(crate) fn read(cursor: Option<&str>, earliest: i64) -> Self {
        let mut known: Self = cursor
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        known
            .calls
            .retain(|Remembered(_, _, start, _)| *start >= earliest);
        known
    }

    /// The call of this id.
    pub(crate) fn call(&self, id: &str) -> Option<&Remembered> {
        self.calls.iter().find(|Remembered(known, ..)| known == id)
    }

    /// Remembers a call with the keys of what was emitted from it.
    pub(crate) fn remember(&mut self, call: &Call, window: Window, keys: Vec<String>) {
        self.put(
            &call.id,
            call.version,
            call.span.map_or(window.start, |(start, _)| start),
            keys,
        );
    }

    fn put(&mut self, id: &str, version: u64, start: i64, keys: Vec<String>) {
        self.calls.retain(|Remembered(known, ..)| known != id);
        self.calls.push(Remembered(id.to_owned(), version, start, keys));
    }

    /// The cursor. None if it cannot be written.
    pub(crate) fn write(mut self) -> Option<String> {
        // The latest first, and among equals by id, so that the same knowledge gives the same cursor.
        self.calls
            .sort_by(|Remembered(a, _, x, _), Remembered(b, _, y, _)| y.cmp(x).then_with(|| a.cmp(b)));
        let mut length = r#"{"calls":[]}"#.len();
        self.calls.retain(|call| {
            let bytes = serde_json::to_vec(call).map_or(LIMIT, |text| text.len() + 1);
            let fits = length + bytes <= LIMIT;
            length = if fits { length + bytes } else { LIMIT };
            fits
        });
        serde_json::to_string(&self).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn known(calls: &[(&str, u64, i64, usize)]) -> Known {
        let mut known = Known::default();
        for (id, version, start, keys) in calls {
            known.put(
                id,
                *version,
                *start,
                vec!["3c1f0f5e-8a4b-4a53-9b6e-2f1a7c9d0e34".to_owned(); *keys],
            );
        }
        known
    }

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let known = known(&[("a", 2, 30, 1), ("b", 1, 20, 0)]);
        assert_eq!(Known::read(known.clone().write().as_deref(), 0), known);
    }

    #[test]
    fn a_cursor_that_cannot_be_read_is_no_knowledge() {
        for text in ["", "{", "[]", r#"{"calls":[1]}"#] {
            assert_eq!(Known::read(Some(text), 0), Known::default(), "{text}");
        }
    }

    #[test]
    fn a_call_that_began_too_early_to_be_listed_again_is_forgotten() {
        let cursor = known(&[("a", 2, 30, 1), ("b", 1, 20, 0)]).write();
        let known = Known::read(cursor.as_deref(), 21);
        assert!(known.call("a").is_some() && known.call("b").is_none());
    }

    proptest! {
        #[test]
        fn a_cursor_is_never_too_long_and_forgets_the_earliest_calls_first(
            calls in prop::collection::vec((0_i64..1_000_000, 0_usize..40), 0..700),
        ) {
            let mut before = Known::default();
            for (at, (start, keys)) in calls.iter().enumerate() {
                before.put(&format!("{at}"), 1, *start, vec!["3c1f0f5e-8a4b-4a53-9b6e-2f1a7c9d0e34".to_owned(); *keys]);
            }
            let cursor = before.clone().write().unwrap();
            prop_assert!(cursor.len() <= LIMIT);
            let after = Known::read(Some(&cursor), 0);
            let earliest = after.calls.iter().map(|call| call.2).min().unwrap_or(i64::MAX);
            for call in &before.calls {
                let kept = after.call(&call.0);
                prop_assert!(kept.is_none_or(|kept| kept == call));
                prop_assert!(kept.is_some() || call.2 <= earliest);
            }
        }
    }
}
