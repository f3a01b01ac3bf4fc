//! Cursors: the place from which the next page of a list goes on, with the question that it belongs to. They are opaque to programs. Whoever
//! makes one up only chooses another place of a list that the token may read anyway.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use collector_portal::api::AnswerError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

/// Longest cursor, in bytes: the longest names that are stored fit.
const LONGEST: usize = 8 << 10;

/// A digest of what questions are told apart by.
pub(super) fn digest(parts: &impl Serialize) -> String {
    let written = serde_json::to_vec(parts).unwrap_or_default();
    let digest = Sha256::digest(written);
    // Half of it: nobody gains by an answer with the tag of another one.
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The cursor of a place.
pub(super) fn write(question: &str, place: &impl Serialize) -> String {
    let content = serde_json::to_vec(&(question, place)).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(content)
}

/// The place of a cursor, if it belongs to the question.
pub(super) fn read<P: DeserializeOwned>(question: &str, cursor: &str) -> Result<P, AnswerError> {
    let wrong = |detail: &str| AnswerError::Wrong {
        code: "bad-cursor",
        detail: detail.to_owned(),
    };
    let content = (cursor.len() <= LONGEST)
        .then(|| URL_SAFE_NO_PAD.decode(cursor).ok())
        .flatten();
    let read: Option<(String, serde_json::Value)> =
        content.and_then(|content| serde_json::from_slice(&content).ok());
    let Some((of, place)) = read else {
        return Err(wrong(
            "not a valid cursor; send `next` of the previous page unchanged, or leave the cursor out to get the first page",
        ));
    };
    if of != question {
        return Err(wrong(
            "the cursor belongs to another question; change no parameter but `limit` between two pages",
        ));
    }
    serde_json::from_value(place).map_err(|_| wrong("the cursor was changed; begin with the first page"))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Place = (String, Option<i64>);

    fn place() -> Place {
        ("room+/?é".to_owned(), Some(-7))
    }

    #[test]
    fn a_cursor_leads_back_to_its_place_and_needs_no_escape_in_an_address() {
        let cursor = write("q", &place());
        assert_eq!(read::<Place>("q", &cursor), Ok(place()));
        assert!(
            cursor
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)),
            "{cursor}"
        );
    }

    #[test]
    fn what_is_no_cursor_of_the_question_is_refused() {
        let other = write("other", &place());
        let changed = write("q", &7);
        let long = write("q", &"x".repeat(LONGEST));
        for (cursor, said) in [
            ("", "not a valid cursor"),
            ("%", "not a valid cursor"),
            ("AAAA", "not a valid cursor"),
            (&*long, "not a valid cursor"),
            (&*other, "another question"),
            (&*changed, "was changed"),
        ] {
            let error = read::<Place>("q", cursor).unwrap_err();
            let AnswerError::Wrong { code, detail } = error else {
                panic!("{error:?}");
            };
            assert_eq!(code, "bad-cursor");
            assert!(detail.contains(said), "{cursor}: {detail}");
        }
    }
}
