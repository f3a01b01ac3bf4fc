//! Foreign text made harmless: subjects, room names, the words of services and connectors. It passes through here before terminals, logs
//! and tables see it.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Whether the character could deceive a terminal or a reader. All such characters are in the basic plane.
pub fn deceives(character: char) -> bool {
    character.is_control()
        // Line and paragraph separators; marks, embeddings, overrides and isolates of direction; the byte order mark.
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The text with everything that could deceive a terminal or a reader escaped visibly (`\u{1b}`): control characters, line ends, and marks
/// that change the direction of text. Letters of every script stay as they are.
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.chars().any(deceives) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            // A line break inside a name or a subject means no more than a space.
            '\n' | '\r' | '\t' => escaped.push(' '),
            _ if deceives(character) => {
                let _ = write!(escaped, "\\u{{{:x}}}", u32::from(character));
            }
            _ => escaped.push(character),
        }
    }
    Cow::Owned(escaped)
}

/// What a server said, for an error or a log: one line of at most 200 characters, with blanks in place of what could deceive a reader.
pub fn brief(text: &str) -> String {
    const LONGEST: usize = 200;
    text.chars()
        .map(|character| if deceives(character) { ' ' } else { character })
        .take(LONGEST)
        .collect::<String>()
        .trim()
        .to_owned()
}

/// The text cut to at most `columns` of a terminal, with an ellipsis where something was cut.
pub fn shorten(text: &str, columns: usize) -> Cow<'_, str> {
    if text.width() <= columns {
        return Cow::Borrowed(text);
    }
    let mut cut = String::new();
    let mut used = 0;
    for character in text.chars() {
        let width = character.width().unwrap_or(0);
        if used + width + 1 > columns {
            break;
        }
        used += width;
        cut.push(character);
    }
    if columns > 0 {
        cut.push('…');
    }
    Cow::Owned(cut)
}

/// The text with a capital letter at its start.
pub fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// What to do about an unknown key: names the key that was probably meant, and all valid ones.
pub fn known_keys<'a>(unknown: &str, known: impl Iterator<Item = &'a str>) -> String {
    let mut known: Vec<&str> = known.collect();
    known.sort_unstable();
    known.dedup();
    let near = known
        .iter()
        .map(|key| (strsim::damerau_levenshtein(unknown, key), key))
        .filter(|(distance, _)| *distance <= 1 + unknown.chars().count() / 4)
        .min_by_key(|(distance, _)| *distance);
    let all = known.join(", ");
    match near {
        Some((_, key)) => format!("did you mean `{key}`? valid keys are {all}"),
        None => format!("valid keys are {all}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn letters_of_every_script_stay() {
        for text in [
            "Sala de reuniões",
            "Αίθουσα",
            "Зал",
            "قاعة",
            "חדר",
            "ห้องประชุม",
            "会議室",
            "회의실",
            "👩‍👩‍👧",
            "O'Brien",
        ] {
            assert!(matches!(plain(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn what_moves_a_cursor_or_turns_text_around_is_shown_as_what_it_is() {
        assert_eq!(plain("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(plain("x\u{202e}gpj.exe"), "x\\u{202e}gpj.exe");
        assert_eq!(
            plain("one\r\ntwo\u{2028}three\u{9b}"),
            "one  two\\u{2028}three\\u{9b}"
        );
    }

    #[test]
    fn words_of_a_server_are_one_short_line() {
        assert_eq!(brief("\u{1b}[2Jno\r\nroom \n"), "[2Jno  room");
        assert_eq!(brief(&"x".repeat(300)), "x".repeat(200));
    }

    #[test]
    fn wide_letters_count_twice() {
        assert_eq!(shorten("会議室の予約", 7), "会議室…");
        assert_eq!(shorten("short", 5), "short");
        assert_eq!(shorten("longer", 5), "long…");
    }

    proptest! {
        #[test]
        fn nothing_that_deceives_is_left(text: String) {
            prop_assert!(!plain(&text).chars().any(deceives));
        }

        #[test]
        fn shortened_text_fits(text in "\\PC*", columns in 0usize..40) {
            prop_assert!(shorten(&text, columns).width() <= columns);
        }
    }
}
