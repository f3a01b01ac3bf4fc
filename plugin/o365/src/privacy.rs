//! Which subjects may be shown. A subject that is not known to be harmless is withheld.

/// Which meetings lose their subject.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Withhold {
    /// Private and confidential meetings, and those whose marking is missing or unknown.
    #[default]
    Private,
    /// All meetings except those marked as normal.
    Marked,
    /// All meetings.
    All,
}

impl Withhold {
    /// All choices, in the order of the settings schema.
    pub(crate) const ALL: [Self; 3] = [Self::Private, Self::Marked, Self::All];

    /// Its name in the settings.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Marked => "marked",
            Self::All => "all",
        }
    }

    /// Whether the subject of a meeting of this `sensitivity` (normal, personal, private, confidential, or a future value) is withheld.
    pub(crate) fn covers(self, sensitivity: Option<&str>) -> bool {
        let is = |name: &str| sensitivity.is_some_and(|given| given.eq_ignore_ascii_case(name));
        match self {
            Self::Private => !(is("normal") || is("personal")),
            Self::Marked => !is("normal"),
            Self::All => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Withhold;

    /// The markings that Graph documents, one that it does not, and none.
    const MARKINGS: [Option<&str>; 6] = [
        Some("normal"),
        Some("personal"),
        Some("private"),
        Some("confidential"),
        Some("secret"),
        None,
    ];

    #[test]
    fn private_shows_normal_and_personal_and_withholds_what_it_does_not_know() {
        assert_eq!(
            MARKINGS.map(|m| Withhold::Private.covers(m)),
            [false, false, true, true, true, true]
        );
    }

    #[test]
    fn marked_shows_only_normal() {
        assert_eq!(
            MARKINGS.map(|m| Withhold::Marked.covers(m)),
            [false, true, true, true, true, true]
        );
    }

    #[test]
    fn all_shows_nothing() {
        assert_eq!(MARKINGS.map(|m| Withhold::All.covers(m)), [true; 6]);
    }

    #[test]
    fn capitals_do_not_matter() {
        assert!(!Withhold::Private.covers(Some("Normal")));
        assert!(Withhold::Private.covers(Some("PRIVATE")));
    }
}
