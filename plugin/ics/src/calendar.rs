//! The text of a feed: whether it is a whole calendar, and its components.

use icalendar::parser::{Component, read_calendar_simple};

/// A calendar within components, within the calendar, and room to spare; the parser calls itself for each.
const DEPTH: usize = 8;

/// The one that the parser looks for first: with another, it would search all the rest of the text at each line.
const LINE_END: &[u8] = b"\r\n";

/// Why a text is no calendar. It says nothing of the content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotACalendar {
    #[error(
        "the answer is a web page, not a calendar: the address needs a login, or is that of a page about the feed"
    )]
    WebPage,
    #[error("the answer is empty")]
    Empty,
    #[error("the answer is not a calendar: it does not begin with BEGIN:VCALENDAR")]
    SomethingElse,
    #[error("the calendar is not whole: it does not end with END:VCALENDAR")]
    Truncated,
    #[error("the calendar is not written in UTF-8")]
    NotUtf8,
    #[error("the calendar's components are nested more than {DEPTH} deep")]
    TooDeep,
    #[error("the calendar is not understood, near line {0} (folded lines counted as one)")]
    Unreadable(usize),
}

/// The text of a feed with its folded lines joined. A fold may be within a character (RFC 5545, section 3.1), so they are
/// joined before the bytes are read as text.
pub(crate) fn unfold(bytes: &[u8]) -> Result<String, NotACalendar> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii();
    if bytes.is_empty() {
        return Err(NotACalendar::Empty);
    }
    let begins = |with: &[u8]| {
        bytes
            .get(..with.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(with))
    };
    if !begins(b"BEGIN:VCALENDAR") {
        return Err(if begins(b"<") {
            NotACalendar::WebPage
        } else {
            NotACalendar::SomethingElse
        });
    }
    let mut joined = Vec::with_capacity(bytes.len());
    let mut depth = 0usize;
    let mut last: &[u8] = b"";
    for line in bytes.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match line {
            [b' ' | b'\t', rest @ ..] => joined.extend_from_slice(rest),
            _ => {
                if !joined.is_empty() {
                    joined.extend_from_slice(LINE_END);
                }
                joined.extend_from_slice(line);
                let starts = |with: &[u8]| {
                    line.get(..with.len())
                        .is_some_and(|s| s.eq_ignore_ascii_case(with))
                };
                depth = if starts(b"BEGIN:") {
                    depth + 1
                } else if starts(b"END:") {
                    depth.saturating_sub(1)
                } else {
                    depth
                };
                if depth > DEPTH {
                    return Err(NotACalendar::TooDeep);
                }
                last = line;
            }
        }
    }
    if !last.trim_ascii().eq_ignore_ascii_case(b"END:VCALENDAR") {
        return Err(NotACalendar::Truncated);
    }
    joined.extend_from_slice(LINE_END);
    String::from_utf8(joined).map_err(|_| NotACalendar::NotUtf8)
}

/// The calendar of an unfolded text.
pub(crate) fn parse(text: &str) -> Result<Component<'_>, NotACalendar> {
    let mut roots = read_calendar_simple(text).map_err(|error| {
        let read = text.len().saturating_sub(error.input.len());
        let lines = text.bytes().take(read).filter(|byte| *byte == b'\n').count();
        NotACalendar::Unreadable(lines + 1)
    })?;
    match roots.pop() {
        Some(root) if roots.is_empty() && root.name.as_str().eq_ignore_ascii_case("VCALENDAR") => Ok(root),
        _ => Err(NotACalendar::SomethingElse),
    }
}
