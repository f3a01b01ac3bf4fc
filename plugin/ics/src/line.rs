//! The lines of a feed: unfolded, as text, with the number that an editor shows; and a content line's name, parameters and
//! value (RFC 5545, section 3.1).
//!
//! A content line ends at its line break, whatever is wrong with it. The crate used here earlier read on into the next line if one had no
//! colon, and so lost a CLASS with the subject that it protected.

use crate::charset;
use std::borrow::Cow;

/// The unfolded lines of a feed.
#[derive(Debug)]
pub(crate) struct Lines {
    /// Each ends with a line feed.
    text: String,
    /// The line of the feed at which each begins, counted from one.
    numbers: Vec<u32>,
    /// How many lines had invalid bytes, which were replaced.
    pub(crate) replaced: usize,
}

impl Lines {
    /// Reads the bytes of a feed that came with this Content-Type. A line ends with CR LF, LF, or CR alone; blank lines are skipped.
    pub(crate) fn read(bytes: &[u8], content_type: Option<&str>) -> Self {
        let declared = charset::declared(content_type);
        let bytes = charset::single_bytes(bytes, declared);
        // A fold may split a character, so lines are joined before they are decoded.
        let mut joined = Vec::with_capacity(bytes.len());
        let mut numbers = Vec::new();
        for (number, line) in (1u32..).zip(Physical(&bytes)) {
            match line {
                [b' ' | b'\t', rest @ ..] if !numbers.is_empty() => {
                    joined.pop();
                    joined.extend_from_slice(rest);
                }
                line => {
                    numbers.push(number);
                    joined.extend_from_slice(line);
                }
            }
            joined.push(b'\n');
        }
        drop(bytes);
        let lines = || joined.split(|byte| *byte == b'\n').take(numbers.len());
        let encoding = charset::of_lines(lines(), declared);
        let mut text = String::with_capacity(joined.len());
        let mut kept = Vec::with_capacity(numbers.len());
        let mut replaced = 0;
        for (line, number) in lines().zip(&numbers) {
            let (line, broken) = charset::text(line, encoding);
            replaced += usize::from(broken);
            // Concatenated files have a byte order mark each; files from DOS end with a Ctrl-Z.
            let line = line.trim_matches(['\u{feff}', '\0', '\u{1a}']);
            if !line.trim().is_empty() {
                text.push_str(line);
                text.push('\n');
                kept.push(*number);
            }
        }
        Self {
            text,
            numbers: kept,
            replaced,
        }
    }

    /// The last line.
    pub(crate) fn last(&self) -> Option<&str> {
        self.text.lines().next_back()
    }

    /// Each line with its number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &str)> {
        self.numbers.iter().copied().zip(self.text.lines())
    }
}

/// The raw lines of a feed, without their ends.
struct Physical<'a>(&'a [u8]);

impl<'a> Iterator for Physical<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.0.is_empty() {
            return None;
        }
        let end = self.0.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        let (line, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
        // Programs that turn LF into CR LF turn CR LF into CR CR LF.
        let returns = rest.iter().take_while(|byte| **byte == b'\r').count();
        let length = match rest.get(returns) {
            Some(b'\n') => returns + 1,
            _ => rest.len().min(1),
        };
        self.0 = rest.get(length..).unwrap_or_default();
        Some(line)
    }
}

/// A content line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Property<'a> {
    pub(crate) name: &'a str,
    parameters: Vec<(&'a str, &'a str)>,
    /// As written.
    pub(crate) value: &'a str,
}

/// Properties whose values are dates. A date contains no colon, so a colon in a parameter (`TZID=(UTC+01:00) Berlin`) or an unclosed quote
/// does no harm.
const DATES: [&str; 5] = ["DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE"];

/// All properties that hold a date.
const DATED: [&str; 10] = [
    "COMPLETED",
    "CREATED",
    "DTEND",
    "DTSTAMP",
    "DTSTART",
    "DUE",
    "EXDATE",
    "LAST-MODIFIED",
    "RDATE",
    "RECURRENCE-ID",
];

/// The types of the values of date properties.
const TYPES: [&str; 3] = ["DATE", "DATE-TIME", "PERIOD"];

/// Whether a value begins with a day, as dates and times do.
pub(crate) fn begins_with_day(value: &str) -> bool {
    value.bytes().take(8).filter(u8::is_ascii_digit).count() == 8
}

impl<'a> Property<'a> {
    /// The name that a line begins with, and the rest, which should begin with `:` or `;`.
    pub(crate) fn split(line: &'a str) -> (&'a str, &'a str) {
        let end = line
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_')))
            .unwrap_or(line.len());
        let (name, rest) = line.split_at_checked(end).unwrap_or((line, ""));
        (name, rest.trim_start())
    }

    /// Reads a line. None if it is not a content line.
    pub(crate) fn read(line: &'a str) -> Option<Self> {
        let (name, rest) = Self::split(line);
        if name.is_empty() {
            return None;
        }
        let strict = Self::read_strictly(name, rest);
        let is_date = DATES.iter().any(|known| known.eq_ignore_ascii_case(name));
        // A value begins with a day; anything wrong behind it makes the line invalid.
        let found = match strict {
            Some(found) if !is_date || !found.value.contains(':') || begins_with_day(found.value) => {
                Some(found)
            }
            None if !is_date => None,
            _ => {
                let (head, value) = rest.strip_prefix(';')?.rsplit_once(':')?;
                let parameters: Option<Vec<_>> = head.split(';').map(parameter).collect();
                Some(Self {
                    name,
                    parameters: parameters?,
                    value,
                })
            }
        };
        // A value of another type shows that two lines were joined.
        let is_of_type = |found: &Self| {
            let value = found.parameter("VALUE");
            value.is_none_or(|value| TYPES.iter().any(|known| known.eq_ignore_ascii_case(value)))
        };
        // A zone whose name ends with a date property's name was cut off, and the date belongs to the next line.
        let is_of_one_line = |found: &Self| {
            let mut values = found.parameters.iter().map(|(_, value)| *value);
            !values.any(|value| DATED.iter().any(|name| value.ends_with(name)))
        };
        found.filter(|found| !is_date || (is_of_type(found) && is_of_one_line(found)))
    }

    /// Reads the rest of a well-formed line, after the name.
    fn read_strictly(name: &'a str, rest: &'a str) -> Option<Self> {
        let mut parameters = Vec::new();
        let mut rest = rest;
        while let Some(inner) = rest.strip_prefix(';') {
            let (text, after) = inner.split_at_checked(parameter_end(inner)?)?;
            parameters.push(parameter(text)?);
            rest = after;
        }
        Some(Self {
            name,
            parameters,
            value: rest.strip_prefix(':')?,
        })
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The value of the first parameter of this name, without quotes.
    pub(crate) fn parameter(&self, name: &str) -> Option<&'a str> {
        let mut all = self.parameters.iter();
        all.find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| *value)
    }

    /// The value of a TEXT, unescaped (RFC 5545, section 3.3.11). An invalid escape stays as it is.
    pub(crate) fn text(&self) -> Cow<'a, str> {
        if !self.value.contains('\\') {
            return Cow::Borrowed(self.value);
        }
        let mut text = String::with_capacity(self.value.len());
        let mut characters = self.value.chars().peekable();
        while let Some(character) = characters.next() {
            let escaped = match characters.peek() {
                Some('n' | 'N') => Some('\n'),
                Some(next @ (',' | ';' | ':' | '"' | '\\')) => Some(*next),
                _ => None,
            };
            match escaped.filter(|_| character == '\\') {
                Some(escaped) => {
                    characters.next();
                    text.push(escaped);
                }
                None => text.push(character),
            }
        }
        Cow::Owned(text)
    }
}

fn parameter(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once('=')?;
    Some((name.trim(), value.trim().trim_matches('"')))
}

/// The end of a parameter: the first `;` or `:` outside quotes. None if there is none, or a quote is unclosed or inside a value.
fn parameter_end(text: &str) -> Option<usize> {
    let mut quoted = false;
    let mut before = ';';
    for (at, character) in text.char_indices() {
        match character {
            '"' if quoted => quoted = false,
            '"' if matches!(before, '=' | ',') => quoted = true,
            '"' => return None,
            ';' | ':' if !quoted => return Some(at),
            ',' => {}
            // After a quoted text.
            _ if !quoted && before == '"' => return None,
            _ => {}
        }
        before = character;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Lines, Property};

    fn lines(bytes: &[u8]) -> Vec<(u32, String)> {
        let lines = Lines::read(bytes, None);
        lines
            .iter()
            .map(|(number, line)| (number, line.to_owned()))
            .collect()
    }

    #[test]
    fn a_line_ends_as_unix_windows_and_old_macs_end_it() {
        for feed in [
            "A:1\nB:2\n",
            "A:1\r\nB:2\r\n",
            "A:1\rB:2\r",
            "A:1\r\r\nB:2\r\r\n",
            "A:1\nB:2",
        ] {
            let expected = [(1, "A:1".to_owned()), (2, "B:2".to_owned())];
            assert_eq!(lines(feed.as_bytes()), expected, "{feed:?}");
        }
    }

    #[test]
    fn a_line_has_the_number_that_an_editor_shows() {
        let found = lines(b"A:1\r\n folded\r\n\tmore\r\n\r\nB:2\r\n");
        assert_eq!(found, [(1, "A:1foldedmore".to_owned()), (5, "B:2".to_owned())]);
    }

    #[test]
    fn a_mark_before_any_line_is_no_part_of_it() {
        let found = lines("\u{feff}A:1\n\u{feff}B:2\n\u{1a}".as_bytes());
        assert_eq!(found, [(1, "A:1".to_owned()), (2, "B:2".to_owned())]);
    }

    fn read(line: &str) -> Option<(String, String)> {
        Property::read(line).map(|found| (found.name.to_owned(), found.value.to_owned()))
    }

    #[test]
    fn a_content_line_has_a_name_and_a_value() {
        for (line, name, value) in [
            ("CLASS:PRIVATE", "CLASS", "PRIVATE"),
            ("CLASS :PRIVATE", "CLASS", "PRIVATE"),
            ("URL:https://example.com/a;b", "URL", "https://example.com/a;b"),
            ("CN;X=\"a:b;c\":v", "CN", "v"),
            ("A;X=1,\"2\";Y=:v", "A", "v"),
            ("SUMMARY:", "SUMMARY", ""),
        ] {
            assert_eq!(read(line), Some((name.to_owned(), value.to_owned())), "{line}");
        }
        for line in [
            "",
            "CLASS",
            "CLASS PRIVATE",
            "A;CN=x",
            "A;B:v",
            "DTSTART;VALUE=DATCREATED:20260310",
            "DTSTART;TZID=CREATED:20260310T090000Z",
            "DTSTART;TZID=Europe/BerDTSTAMP:20260310T090000Z",
            "A;CN=\"x:v",
            "A;CN=\"x\"y:v",
            ":PRIVATE",
            "(A:b",
            "\u{e9}:x",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }

    #[test]
    fn a_dates_parameters_may_hold_colons_and_odd_quotes() {
        for line in [
            "DTSTART;TZID=(UTC+01:00) Berlin:20260310T090000",
            "DTSTART;TZID=\"(UTC+01:00) Berlin\":20260310T090000",
            "dtstart;tzid=\"(UTC+01:00) Berlin:20260310T090000",
        ] {
            let found = Property::read(line).unwrap();
            assert_eq!(found.parameter("TZID"), Some("(UTC+01:00) Berlin"), "{line}");
            assert_eq!(found.value, "20260310T090000", "{line}");
        }
        // A next line that a blank joined to it is not part of the date.
        let found =
            Property::read("DTSTART;TZID=Europe/Berlin:20260310T090000CREATED:20260101T000000Z").unwrap();
        assert_eq!(found.value, "20260310T090000CREATED:20260101T000000Z");
    }

    #[test]
    fn what_is_no_escape_stays() {
        let text = |value| Property::read(value).unwrap().text().into_owned();
        assert_eq!(
            text(r"X:a\, b\; c\\ d\n e\N f\: g\t h\"),
            "a, b; c\\ d\n e\n f: g\\t h\\"
        );
    }
}
