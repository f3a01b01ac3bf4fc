//! The character set of a feed: that of its byte order mark, else UTF-8 if the text is valid UTF-8, else what the server declares
//! (RFC 5545, section 3.1.4), else UTF-8 with invalid bytes replaced.
//!
//! Valid UTF-8 counts as UTF-8, whatever was declared: web servers declare their own default for unknown files, and text of another
//! character set is hardly ever valid UTF-8 by chance.

use encoding_rs::{Encoding, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE};
use std::borrow::Cow;

/// The character set that a Content-Type names, if known.
pub(crate) fn declared(content_type: Option<&str>) -> Option<&'static Encoding> {
    let parameters = content_type?.split(';').skip(1);
    let label = parameters
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?
        .1;
    Encoding::for_label(label.trim().trim_matches(['"', '\'']).as_bytes())
}

/// The text in bytes whose line ends and ASCII characters are single bytes: UTF-16 becomes UTF-8. The byte order mark is removed.
pub(crate) fn single_bytes<'a>(bytes: &'a [u8], declared: Option<&'static Encoding>) -> Cow<'a, [u8]> {
    let found = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    // In UTF-16, half of the bytes of a calendar's first characters, which are ASCII, are zero.
    let encoding = found.or(match bytes {
        [first, 0, ..] if *first != 0 => Some(UTF_16LE),
        [0, second, ..] if *second != 0 => Some(UTF_16BE),
        _ => declared.filter(|_| bytes.contains(&0)),
    });
    match encoding {
        Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => {
            let (text, _) = encoding.decode_with_bom_removal(bytes);
            Cow::Owned(text.into_owned().into_bytes())
        }
        _ => Cow::Borrowed(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)),
    }
}

/// The character set of lines from [`single_bytes`].
pub(crate) fn of_lines<'a>(
    mut lines: impl Iterator<Item = &'a [u8]>,
    declared: Option<&'static Encoding>,
) -> &'static Encoding {
    let other = declared.filter(|encoding| encoding.is_ascii_compatible() && *encoding != UTF_8);
    match other {
        // Its bytes are all ASCII, so it would always pass as UTF-8.
        _ if declared == Some(ISO_2022_JP) => ISO_2022_JP,
        Some(other) if !lines.all(|line| std::str::from_utf8(line).is_ok()) => other,
        _ => UTF_8,
    }
}

/// A line as text, and whether bytes of it had to be replaced. The line's own CHARSET (vCalendar 1.0) overrides that of the feed.
pub(crate) fn text<'a>(line: &'a [u8], encoding: &'static Encoding) -> (Cow<'a, str>, bool) {
    if let Ok(text) = std::str::from_utf8(line)
        && encoding != ISO_2022_JP
        && (encoding == UTF_8 || text.is_ascii())
    {
        return (Cow::Borrowed(text), false);
    }
    own(line).unwrap_or(encoding).decode_without_bom_handling(line)
}

/// The character set in a line's parameters.
fn own(line: &[u8]) -> Option<&'static Encoding> {
    let head = line.split(|byte| *byte == b':').next()?;
    head.split(|byte| *byte == b';').skip(1).find_map(|parameter| {
        let (name, label) = parameter.split_at_checked(b"CHARSET=".len())?;
        name.eq_ignore_ascii_case(b"CHARSET=")
            .then(|| Encoding::for_label(label.trim_ascii()))?
    })
}

#[cfg(test)]
mod tests {
    use super::{declared, single_bytes};

    #[test]
    fn the_charset_is_read_from_the_content_type() {
        let name = |text| declared(Some(text)).map(encoding_rs::Encoding::name);
        assert_eq!(name("text/calendar; charset=ISO-8859-15"), Some("ISO-8859-15"));
        assert_eq!(
            name("text/calendar;method=PUBLISH; Charset=\"utf-8\""),
            Some("UTF-8")
        );
        for unknown in [
            "text/calendar",
            "text/calendar; charset=",
            "charset=utf-8",
            "text/plain; charset=x-none",
        ] {
            assert_eq!(name(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn utf_16_becomes_utf_8_with_and_without_a_mark() {
        let text = "BEGIN:\u{e9}\u{1f600}";
        for (mark, little) in [(true, true), (true, false), (false, true), (false, false)] {
            let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
            let bytes: Vec<u8> = units
                .flat_map(|unit| {
                    if little {
                        unit.to_le_bytes()
                    } else {
                        unit.to_be_bytes()
                    }
                })
                .collect();
            assert_eq!(&*single_bytes(&bytes, None), text.as_bytes(), "{mark} {little}");
        }
        assert_eq!(&*single_bytes(b"\xef\xbb\xbfBEGIN", None), b"BEGIN");
    }
}
