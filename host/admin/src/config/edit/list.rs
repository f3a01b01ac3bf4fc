//! The lists of named tables that are changed entry by entry: sources and sinks, and how an entry of each is laid out.

use serde_json::{Map, Value};

/// A list of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum List {
    /// `[[source]]`.
    Sources,
    /// `[[sink]]`.
    Sinks,
}

impl List {
    /// All of them.
    pub(super) const ALL: [Self; 2] = [Self::Sources, Self::Sinks];

    /// The key of the list, which also names an entry in words.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Sources => "source",
            Self::Sinks => "sink",
        }
    }

    /// The keys that come first in an entry.
    fn first(self) -> &'static [&'static str] {
        match self {
            Self::Sources => &["name", "connector", "every", "window", "paused", "view-subjects"],
            Self::Sinks => &[
                "name",
                "type",
                "path",
                "directory",
                "url",
                "stream",
                "subject",
                "user",
            ],
        }
    }

    /// The keys that are tables of their own below an entry, in this order.
    fn tables(self) -> &'static [&'static str] {
        match self {
            Self::Sources => &["settings", "credentials", "grants", "limits", "egress"],
            Self::Sinks => &[],
        }
    }

    /// Whether a key of an entry may be a table with a header of its own.
    pub(super) fn has_header(self, key: &str) -> bool {
        self.tables().contains(&key)
    }

    /// The keys of an entry in the order of the layout.
    pub(super) fn in_order(self, written: &Map<String, Value>) -> impl Iterator<Item = &str> {
        let (first, tables) = (self.first(), self.tables());
        let own = |key: &&str| first.contains(key) || tables.contains(key);
        let others = written.keys().map(String::as_str).filter(move |key| !own(key));
        let there = |key: &&str| written.contains_key(*key);
        first
            .iter()
            .copied()
            .filter(there)
            .chain(others)
            .chain(tables.iter().copied().filter(there))
    }
}

/// The name of an entry.
pub(super) fn name_of(entry: &Value) -> Option<&str> {
    entry.get("name")?.as_str()
}
