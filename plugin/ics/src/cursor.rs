//! The cursor of a room: what one pass remembers of the feed for the next.

/// Whether a feed held events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cursor {
    /// It held events.
    Full,
    /// It held none.
    Emptied,
}

impl Cursor {
    /// All cursors, with the text that the collector stores.
    const ALL: [(Self, &'static str); 2] = [(Self::Full, "full"), (Self::Emptied, "empty")];

    /// The cursor of a text; none if this version does not know the text.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let found = Self::ALL.into_iter().find(|(_, known)| *known == text);
        found.map(|(cursor, _)| cursor)
    }

    /// Its text, for an outcome.
    pub(crate) fn text(self) -> Option<String> {
        let found = Self::ALL.into_iter().find(|(cursor, _)| *cursor == self);
        found.map(|(_, text)| text.to_owned())
    }
}
