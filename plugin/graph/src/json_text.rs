//! The text of an answer, repaired so that one broken character costs only itself: byte order marks, bytes that are not UTF-8, and escapes of
//! half a character (`\ud83d` without its other half), as in subjects that were cut in the middle of one. A batch holds the subjects of twenty
//! rooms. Also text properties of parsed JSON.

use serde_json::Value;

/// The text of a body, ready to be read as JSON.
pub(crate) fn of_bytes(body: Vec<u8>) -> String {
    let text = String::from_utf8(body)
        .unwrap_or_else(|broken| String::from_utf8_lossy(broken.as_bytes()).into_owned());
    of_text(text)
}

/// Like [`of_bytes`], for text.
pub(crate) fn of_text(mut text: String) -> String {
    if text.starts_with('\u{feff}') {
        text = text.trim_start_matches('\u{feff}').to_owned();
    }
    for at in halves(text.as_bytes()) {
        text.replace_range(at..at + ESCAPE, "\\ufffd");
    }
    text
}

/// The length of `\u` and four digits, in bytes.
const ESCAPE: usize = 6;

/// The places of escapes of half a character.
fn halves(text: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = text.get(at..).and_then(|rest| memchr::memchr(b'\\', rest)) {
        at += next;
        at += match (unit(text, at), unit(text, at + ESCAPE)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 2 * ESCAPE,
            (Some(0xd800..=0xdfff), _) => {
                found.push(at);
                ESCAPE
            }
            // Another escape, of two characters or more: skip it whole.
            _ => 2,
        };
    }
    found
}

/// The UTF-16 unit of the escape at this place.
fn unit(text: &[u8], at: usize) -> Option<u16> {
    let digits = text.get(at..at + ESCAPE)?.strip_prefix(b"\\u")?;
    let digits = std::str::from_utf8(digits).ok()?;
    digits
        .bytes()
        .all(|digit| digit.is_ascii_hexdigit())
        .then(|| u16::from_str_radix(digits, 16).ok())?
}

/// A text property that is not empty.
pub fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value
        .get(name)?
        .as_str()
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{of_bytes, of_text};
    use proptest::prelude::*;

    #[test]
    fn half_a_character_is_replaced_and_whole_ones_stay() {
        for (text, right) in [
            (r#""Party \ud83d""#, r#""Party \ufffd""#),
            (r#""\uD83D\u0041""#, r#""\ufffd\u0041""#),
            (r#""\ude00\ud83d\ud83d\ude00""#, r#""\ufffd\ufffd\ud83d\ude00""#),
            (r#""\\ud83d \\\ud83d""#, r#""\\ud83d \\\ufffd""#),
            (r#""\u00e9 \ud83d\ude00""#, r#""\u00e9 \ud83d\ude00""#),
            (r"\ud83", r"\ud83"),
            (r"\u+d83", r"\u+d83"),
        ] {
            assert_eq!(of_text(text.to_owned()), right, "{text}");
        }
    }

    #[test]
    fn a_mark_and_broken_bytes_are_no_part_of_the_text() {
        assert_eq!(of_bytes(b"\xef\xbb\xbf{}".to_vec()), "{}");
        assert_eq!(of_bytes(b"\"R\xe9union\"".to_vec()), "\"R\u{fffd}union\"");
    }

    proptest! {
        #[test]
        fn a_text_of_any_units_can_be_read(units in prop::collection::vec(prop_oneof![any::<u16>(), 0xd700u16..0xe100], 0..12)) {
            let json: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            let read: String = serde_json::from_str(&of_text(format!("\"{json}\""))).unwrap();
            prop_assert_eq!(read, String::from_utf16_lossy(&units));
        }
    }
}
