//! Which subjects may be shown. A subject that is not known to be harmless is withheld: a lost line may have been the CLASS.

use crate::line::Property;

/// Which meetings lose their subject.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Withhold {
    /// Private and confidential meetings, and those of an unknown class, as RFC 5545 (section 3.8.1.3) asks. An event without a class is
    /// public.
    #[default]
    Private,
    /// All meetings except those marked as public.
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

    /// Whether the subject of an event with these CLASS values is withheld. There should be at most one value.
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

/// Properties that this connector does not use. They may be broken in any way, and their texts may continue in lines that are not content
/// lines.
const OF_NO_USE: [&str; 24] = [
    "ATTACH",
    "ATTENDEE",
    "CATEGORIES",
    "COLOR",
    "COMMENT",
    "CONFERENCE",
    "CONTACT",
    "CREATED",
    "DESCRIPTION",
    "GEO",
    "IMAGE",
    "LOCATION",
    "NAME",
    "ORGANIZER",
    "PERCENT-COMPLETE",
    "PRIORITY",
    "RELATED-TO",
    "REQUEST-STATUS",
    "RESOURCES",
    "SOURCE",
    "STYLED-DESCRIPTION",
    "TRANSP",
    "TRIGGER",
    "URL",
];

/// Properties that this connector reads, except CLASS.
const READ: [&str; 14] = [
    "DTEND",
    "DTSTAMP",
    "DTSTART",
    "DURATION",
    "EXDATE",
    "EXRULE",
    "LAST-MODIFIED",
    "RDATE",
    "RECURRENCE-ID",
    "RRULE",
    "SEQUENCE",
    "STATUS",
    "SUMMARY",
    "UID",
];

/// Values other than PUBLIC of CLASS, or of its counterpart elsewhere (X-CALENDARSERVER-ACCESS).
const NOT_PUBLIC: [&str; 3] = ["PRIVATE", "CONFIDENTIAL", "RESTRICTED"];

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether this connector does not use a property.
pub(crate) fn is_of_no_use(name: &str) -> bool {
    is_one_of(name, &OF_NO_USE)
        || name
            .get(..2)
            .is_some_and(|start| start.eq_ignore_ascii_case("X-"))
}

/// Whether a content line other than CLASS shows that its event is not public: a CLASS is inside it, where a line break was lost or a blank
/// joined it to the line before, or its name is a mangled CLASS.
pub(crate) fn hints(property: &Property<'_>, line: &str) -> bool {
    let known = is_one_of(property.name, &OF_NO_USE) || is_one_of(property.name, &READ);
    let value = property.value.trim();
    (!known && (is_one_of(value, &NOT_PUBLIC) || is_short_and_not_public(&letters(line))))
        || holds_class(line)
}

/// Whether a line that is not a content line may have been the CLASS of an event that is not public. `name` is its beginning; `in_text` tells
/// that it may just continue the line before.
pub(crate) fn may_be_class(name: &str, line: &str, in_text: bool) -> bool {
    let letters = letters(line);
    let not_public = NOT_PUBLIC.iter().any(|value| letters.contains(value));
    let begins = letters.starts_with("CLASS");
    let mangled = holds_class(line)
        // In lower case too, if that is all of it, or if a value that is not public follows.
        || (begins && (letters == "CLASS" || not_public || line.trim_start().starts_with("CLASS")))
        // A line that broke off within the name, or that is only the value.
        || (!letters.is_empty() && "CLASS".starts_with(&letters))
        || is_short_and_not_public(&letters);
    // The name shows that it was something else.
    let known = is_one_of(name, &READ) || is_of_no_use(name);
    mangled || (!in_text && (!known || not_public))
}

/// The first letters of a line, in upper case, whatever is between them.
fn letters(line: &str) -> String {
    let letters = line.chars().filter(char::is_ascii_alphabetic).take(64);
    letters.map(|c| c.to_ascii_uppercase()).collect()
}

/// Whether these letters may be a whole mangled CLASS: the longest is CLASS:CONFIDENTIAL, give or take one letter.
fn is_short_and_not_public(letters: &str) -> bool {
    letters.len() <= 18 && NOT_PUBLIC.iter().any(|value| letters.contains(value))
}

/// Whether an unknown property name ends with a known one: a line was cut off, and a blank joined the next line to it.
pub(crate) fn is_run_together(name: &str) -> bool {
    // Shorter unused names occur inside others: TZNAME.
    const SHORTEST: usize = 6;
    let upper = name.to_ascii_uppercase();
    if is_one_of(name, &READ) || is_of_no_use(name) || name.eq_ignore_ascii_case("CLASS") {
        return false;
    }
    let of_no_use = OF_NO_USE.iter().filter(|known| known.len() >= SHORTEST);
    let known = READ.iter().chain(of_no_use).chain(&["CLASS"]);
    known.into_iter().any(|known| upper.ends_with(known)) || upper.contains("X-")
}

/// Whether a line contains a recurrence rule that does not belong to it.
pub(crate) fn holds_rule(property: &Property<'_>, line: &str) -> bool {
    let rest: String = line
        .get(property.name.len()..)
        .unwrap_or_default()
        .chars()
        .filter(char::is_ascii_alphabetic)
        .collect();
    ["RRULE", "RDATE"].iter().any(|rule| rest.contains(rule))
}

/// Whether a CLASS with a value other than PUBLIC is somewhere in a line, or begins at its end. It must look like a program's output: people
/// write about classes and private things, too.
fn holds_class(line: &str) -> bool {
    let letters: String = line.chars().filter(char::is_ascii_alphabetic).collect();
    let mut rest = letters.as_str();
    while let Some((_, after)) = rest.split_once("CLASS") {
        if NOT_PUBLIC.iter().any(|value| after.starts_with(value)) {
            return true;
        }
        rest = after;
    }
    let mut rest = line;
    while let Some((_, after)) = rest.split_once("CLASS") {
        let separated = after.trim_start().starts_with([':', ';', '=']);
        let value = after.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
        let is_there = |known: &&str| after.contains(*known) || known.starts_with(value);
        if separated && NOT_PUBLIC.iter().any(is_there) {
            return true;
        }
        rest = after;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{Withhold, hints, is_run_together, may_be_class};
    use crate::line::Property;

    /// The values of RFC 5545, an x-name, an empty value, a contradiction, and no class at all.
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

    fn is_hint(line: &str) -> bool {
        hints(&Property::read(line).unwrap(), line)
    }

    #[test]
    fn a_class_within_another_line_counts() {
        for line in [
            "DESCRIPTION:some text CLASS:PRIVATE",
            "ORGANIZER;CN=PatCLASS:PRIVATE",
            "DTEND:20260310T093000ZCLASS;X=1:CONFIDENTIAL",
            "CLAS:PRIVATE",
            "SS:private",
            "X-CALENDARSERVER-ACCESS:RESTRICTED",
        ] {
            assert!(is_hint(line), "{line}");
        }
        for line in [
            "DESCRIPTION:A private yoga class: bring a mat",
            "DESCRIPTION:CLASS: Algebra",
            "SUMMARY:PRIVATE",
            "X-A:b",
            "X-CALENDARSERVER-ACCESS:PUBLIC",
        ] {
            assert!(!is_hint(line), "{line}");
        }
    }

    #[test]
    fn two_lines_that_a_blank_made_one_are_seen() {
        for name in [
            "RSUMMARY",
            "cuid",
            "CORGANIZER",
            "CLX-ALT-DESC",
            "RRULDTSTART",
            "DRRULE",
            "RCLASS",
        ] {
            assert!(is_run_together(name), "{name}");
        }
        for name in [
            "SUMMARY",
            "UID",
            "X-ALT-DESC",
            "X-MY-UID",
            "REQUEST-STATUS",
            "TZNAME",
            "TZURL",
            "TZUNTIL",
            "CLASS",
            "EXRULE",
        ] {
            assert!(!is_run_together(name), "{name}");
        }
    }

    #[test]
    fn what_is_no_content_line_may_have_been_a_class() {
        let may = |line: &str, in_text| may_be_class(Property::split(line).0, line, in_text);
        for line in [
            "CLASS",
            "CLASS PRIVATE",
            "class;x=1",
            "CLASS=PRIVATE",
            "CLA",
            "PRIVATE",
            "C",
            "item.CLASS PRIVATE",
        ] {
            assert!(may(line, false), "{line}");
        }
        for line in [
            "CLASS",
            "CLASS PRIVATE",
            "CLASS=X-SECRET",
            "class private",
            "CLA",
            "Private",
            "Class",
        ] {
            assert!(may(line, true), "{line}");
        }
        // What these were is unknown.
        for line in ["QQQ", "???", "(UID:a", "KLASSE PRIVATE"] {
            assert!(may(line, false), "{line}");
        }
        for (line, in_text) in [
            ("ORGANIZER;CN=Pat", false),
            ("X-ALT-DESC;FMTTYPE=text/html", false),
            ("RRULE;FREQ=DAILY", false),
            ("please bring your notes", true),
            ("Class 3b, second floor", true),
            ("-----", true),
        ] {
            assert!(!may(line, in_text), "{line}");
        }
    }
}
