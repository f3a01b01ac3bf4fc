//! The cursor of a space: what one pass remembers of it for the next.

use crate::hours::Span;
use crate::sight::{Poll, Stretch};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most bytes of a cursor, with some to spare.
const MAX: usize = 60_000;

/// How many hours' values are remembered: a month.
const REMEMBERED: usize = 720;

/// How many if there is no room for more: twice what is read again.
const FEW: usize = 96;

/// What is remembered of a space.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// The last poll of its devices.
    pub(crate) poll: Poll,
    /// The seconds between the two polls before this one.
    #[serde(default)]
    pub(crate) gap: Option<i64>,
    /// The full hours that have been read.
    #[serde(default)]
    pub(crate) read: Option<Span>,
    /// Whether coverage of its use was ever emitted. Until then no minutes are: see `report`.
    #[serde(default)]
    pub(crate) covered: bool,
    /// What polls said about times of which nothing has been emitted yet.
    #[serde(default)]
    pub(crate) pending: Vec<Stretch>,
    /// The emitted seconds of use.
    #[serde(default)]
    pub(crate) used: Told,
    /// The emitted highest counts.
    #[serde(default)]
    pub(crate) counted: Told,
}

/// The emitted buckets, by their starts: value and revision. So an hour that is read again with the same value is no change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Told(BTreeMap<i64, (u32, u64)>);

impl Told {
    /// The revision of a bucket with this value, read at the instant `now`; none if it was emitted with that value before.
    pub(crate) fn tell(&mut self, start: i64, value: u32, now: i64) -> Option<u64> {
        let now = u64::try_from(now).unwrap_or_default();
        let revision = match self.0.get(&start) {
            Some((known, _)) if *known == value => return None,
            Some((_, revision)) => now.max(revision + 1),
            None => now,
        };
        self.0.insert(start, (value, revision));
        Some(revision)
    }

    /// Forgets all but the newest hours.
    fn keep(&mut self, most: usize) {
        while self.0.len() > most {
            self.0.pop_first();
        }
    }
}

impl Cursor {
    /// After a first poll, of which nothing is known but itself.
    pub(crate) fn new(poll: Poll, read: Option<Span>) -> Self {
        Self {
            poll,
            gap: None,
            read,
            covered: false,
            pending: Vec::new(),
            used: Told::default(),
            counted: Told::default(),
        }
    }

    /// The cursor of a text; none if this version does not understand it.
    pub(crate) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Its text, for an outcome. If it is too long, what matters least is left out.
    pub(crate) fn text(mut self) -> Option<String> {
        let steps = [
            (REMEMBERED, true, true),
            (REMEMBERED, false, true),
            (FEW, false, true),
            (0, false, false),
        ];
        for (remembered, of_devices, pending) in steps {
            self.used.keep(remembered);
            self.counted.keep(remembered);
            self.pending
                .retain(|stretch| pending && (of_devices || stretch.device.is_none()));
            let text = serde_json::to_string(&self).ok()?;
            if text.len() <= MAX {
                return Some(text);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sight::{Link, Sight};

    fn cursor() -> Cursor {
        let poll = Poll {
            at: 7_200,
            presence: true,
            people: true,
            maintained: false,
            planned: None,
            devices: Some(vec![("d".to_owned(), Link::Connected)]),
        };
        let mut cursor = Cursor::new(poll, Some((0, 7_200)));
        cursor.covered = true;
        cursor
    }

    #[test]
    fn what_is_remembered_comes_back() {
        let mut cursor = cursor();
        cursor.used.tell(0, 60, 7_200);
        let text = cursor.clone().text().unwrap();
        assert_eq!(Cursor::read(&text), Some(cursor));
        assert_eq!(Cursor::read("full"), None);
    }

    #[test]
    fn an_hour_that_is_read_again_is_told_only_if_its_value_changed() {
        let mut told = Told::default();
        assert_eq!(told.tell(0, 60, 7_200), Some(7_200));
        assert_eq!(told.tell(0, 60, 10_800), None);
        assert_eq!(told.tell(0, 120, 14_400), Some(14_400));
        // Also when the clock stands still.
        assert_eq!(told.tell(0, 180, 14_400), Some(14_401));
    }

    #[test]
    fn a_cursor_is_never_too_long() {
        let mut cursor = cursor();
        for hour in 0..10_000 {
            cursor.used.tell(hour * 3_600, 3_599, 1_800_000_000);
            cursor.counted.tell(hour * 3_600, 99, 1_800_000_000);
            for device in ["a", "b"] {
                cursor.pending.push(Stretch {
                    device: Some(device.repeat(400)),
                    start: hour,
                    end: hour + 1,
                    sight: Sight::Offline,
                });
            }
        }
        let text = cursor.text().unwrap();
        assert!(text.len() <= MAX);
        let read = Cursor::read(&text).unwrap();
        assert!(read.covered);
        assert_eq!(read.used.0.len(), REMEMBERED);
    }
}
