//! Subject names: which one a room's changes go to, and whether a stream takes it.

use std::fmt::Write as _;

/// Encodes a name reversibly as one token of a subject: letters, digits, `-`, `_` and `@` stay, every other byte of its UTF-8 becomes `%`
/// and two hexadecimal digits (`conf-a@contoso.com` is `conf-a@contoso%2Ecom`). The empty name is a lone `%`, because a token must not be
/// empty.
pub(super) fn token(name: &str) -> String {
    if name.is_empty() {
        return "%".to_owned();
    }
    let mut token = String::with_capacity(name.len() + 8);
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_@".contains(&byte) {
            token.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(token, "%{byte:02X}");
        }
    }
    token
}

/// Whether a text is a valid prefix of subjects: words of letters, digits, `-` and `_`, separated by dots.
pub(super) fn is_prefix(text: &str) -> bool {
    text.split('.').all(|word| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    })
}

/// Whether a name is valid for a stream: not empty, printable, without spaces, dots, wildcards and path separators
/// (<https://docs.nats.io/nats-concepts/jetstream/streams>).
pub(super) fn is_stream(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b".*>/\\".contains(&byte))
}

/// Whether a subject pattern takes a subject: `*` is any one token, `>` at the end one or more
/// (<https://docs.nats.io/nats-concepts/subjects>).
pub(super) fn takes(pattern: &str, subject: &str) -> bool {
    let mut tokens = subject.split('.');
    for wanted in pattern.split('.') {
        match (wanted, tokens.next()) {
            (_, None) => return false,
            (">", Some(_)) => return true,
            ("*", Some(_)) => {}
            (wanted, Some(token)) if wanted == token => {}
            _ => return false,
        }
    }
    tokens.next().is_none()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Decodes a token.
    fn name(token: &str) -> String {
        if token == "%" {
            return String::new();
        }
        let mut bytes = Vec::new();
        let mut rest = token.bytes();
        while let Some(byte) = rest.next() {
            bytes.push(if byte == b'%' {
                let hex = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(str::from_utf8(&hex).unwrap(), 16).unwrap()
            } else {
                byte
            });
        }
        String::from_utf8(bytes).unwrap()
    }

    proptest! {
        #[test]
        fn every_name_is_one_valid_token_and_comes_back(
            text in prop_oneof![any::<String>(), "[a-z0-9@._ *>%$-]{0,12}", "\\PC{0,6}"]
        ) {
            let token = token(&text);
            prop_assert!(!token.is_empty());
            prop_assert!(
                token.bytes().all(|byte| byte.is_ascii_graphic() && !b".*>$".contains(&byte)),
                "{token:?}"
            );
            prop_assert_eq!(name(&token), text);
        }

        #[test]
        fn a_stream_of_the_prefix_takes_every_room(source in any::<String>(), room in any::<String>()) {
            let subject = format!("rooms.{}.{}", token(&source), token(&room));
            prop_assert!(takes("rooms.>", &subject));
            prop_assert!(takes("rooms.*.*", &subject));
            prop_assert!(!takes("rooms.*", &subject));
        }
    }

    #[test]
    fn tokens_are_readable() {
        let tokens = ["conf-a@contoso.com", "Zürich 1", "50%", "a>*", "", "a_b"].map(token);
        assert_eq!(
            tokens,
            [
                "conf-a@contoso%2Ecom",
                "Z%C3%BCrich%201",
                "50%25",
                "a%3E%2A",
                "%",
                "a_b"
            ]
        );
    }

    #[test]
    fn patterns_take_what_the_server_says_they_take() {
        for (pattern, subject, expected) in [
            (">", "rooms.a.b", true),
            ("rooms.>", "rooms.a.b", true),
            ("rooms.>", "rooms", false),
            ("rooms.a.*", "rooms.a.b", true),
            ("rooms.a.*", "rooms.b.b", false),
            ("rooms.*", "rooms.a.b", false),
            ("rooms.a.b", "rooms.a.b", true),
            ("rooms.a.b.c", "rooms.a.b", false),
            ("rooms.A.b", "rooms.a.b", false),
        ] {
            assert_eq!(takes(pattern, subject), expected, "{pattern} {subject}");
        }
    }

    #[test]
    fn prefixes_and_streams_are_words() {
        for (text, prefix, stream) in [
            ("rooms", true, true),
            ("my.rooms", true, false),
            ("", false, false),
            ("rooms.", false, false),
            ("rooms.>", false, false),
            ("$JS", false, true),
            ("a b", false, false),
            ("a/b", false, false),
        ] {
            assert_eq!((is_prefix(text), is_stream(text)), (prefix, stream), "{text:?}");
        }
    }
}
