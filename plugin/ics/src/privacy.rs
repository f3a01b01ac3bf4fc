//! Which subjects may be shown. What is not known to be harmless is withheld.

/// Which meetings lose their subject.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Withhold {
    /// Private and confidential ones, and those of a class that is not known, as RFC 5545 (section 3.8.1.3) asks. An event
    /// without a class is public.
    #[default]
    Private,
    /// Every one that is not marked as public.
    Marked,
    /// Every one.
    All,
}

impl Withhold {
    /// Every choice, in the order of the settings schema.
    pub(crate) const ALL: [Self; 3] = [Self::Private, Self::Marked, Self::All];

    /// The name that the settings use.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Marked => "marked",
            Self::All => "all",
        }
    }

    /// Whether an event with these CLASS values (there should be at most one) keeps its subject to itself.
    pub(crate) fn covers<'a>(self, classes: impl IntoIterator<Item = &'a str>) -> bool {
        let mut marked_public = false;
        let mut otherwise = false;
        for class in classes {
            if class.trim().eq_ignore_ascii_case("PUBLIC") {
                marked_public = true;
            } else {
                otherwise = true;
            }
        }
        match self {
            Self::Private => otherwise,
            Self::Marked => otherwise || !marked_public,
            Self::All => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Withhold;

    /// What RFC 5545 knows, an x-name, an empty value, a contradiction, and no class at all.
    const CLASSES: [&[&str]; 7] = [
        &["PUBLIC"],
        &["public"],
        &["PRIVATE"],
        &["CONFIDENTIAL"],
        &["X-SECRET"],
        &["PUBLIC", "PRIVATE"],
        &[],
    ];

    #[test]
    fn private_shows_what_is_public_or_has_no_class() {
        let covers = CLASSES.map(|classes| Withhold::Private.covers(classes.iter().copied()));
        assert_eq!(covers, [false, false, true, true, true, true, false]);
    }

    #[test]
    fn marked_shows_only_what_is_public() {
        let covers = CLASSES.map(|classes| Withhold::Marked.covers(classes.iter().copied()));
        assert_eq!(covers, [false, false, true, true, true, true, true]);
    }

    #[test]
    fn all_shows_nothing() {
        let covers = CLASSES.map(|classes| Withhold::All.covers(classes.iter().copied()));
        assert_eq!(covers, [true; 7]);
    }
}
