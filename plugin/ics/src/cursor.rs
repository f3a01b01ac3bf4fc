//! What is remembered of a feed from pass to pass: the cursor of its room.

/// What a feed held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cursor {
    /// It held events.
    Full,
    /// It held none.
    Emptied,
}

impl Cursor {
    /// Every one, with the text that the collector keeps.
    const ALL: [(Self, &'static str); 2] = [(Self::Full, "full"), (Self::Emptied, "empty")];

    /// The cursor of a text; none for one that this version does not know.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let found = Self::ALL.into_iter().find(|(_, known)| *known == text);
        found.map(|(cursor, _)| cursor)
    }

    /// Its text, as an outcome hands it over.
    pub(crate) fn text(self) -> Option<String> {
        let found = Self::ALL.into_iter().find(|(cursor, _)| *cursor == self);
        found.map(|(_, text)| text.to_owned())
    }
}
