//! The secrets that a connector used and must not repeat: a server may echo a request's headers to the connector, which may log them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};

/// How many values are remembered: a source has a few secrets, and renews its token once an hour.
const REMEMBERED: usize = 32;
/// A shorter value occurs in ordinary words, and cutting it out would reveal it.
const SHORTEST: usize = 6;
/// The text that replaces a secret.
const CUT: &str = "[secret]";

/// The last values used, each in the forms in which a server or a connector may repeat it.
#[derive(Default)]
pub struct Known(Mutex<Vec<Vec<SecretString>>>);

impl Known {
    /// Notes that a value is used.
    pub fn note(&self, value: &SecretString) {
        let text = value.expose_secret();
        if text.len() < SHORTEST {
            return;
        }
        let mut known = self.known();
        let is_known =
            |forms: &Vec<SecretString>| forms.first().is_some_and(|raw| raw.expose_secret() == text);
        if known.iter().any(is_known) {
            return;
        }
        if known.len() >= REMEMBERED {
            known.remove(0);
        }
        known.push(forms(text));
    }

    /// A connector's words without the secrets. Call this before cutting the words to a length: part of a secret would not be found.
    pub fn cut(&self, mut words: String) -> String {
        for form in self.known().iter().flatten() {
            if words.contains(form.expose_secret()) {
                words = words.replace(form.expose_secret(), CUT);
            }
        }
        words
    }

    /// Replaces the secrets in a server's answer by as many stars, so that the structure around them stays valid.
    pub(crate) fn mask(&self, answer: &mut [u8]) {
        for form in self.known().iter().flatten() {
            let form = form.expose_secret().as_bytes();
            let mut from = 0;
            while let Some(at) = answer
                .get(from..)
                .and_then(|rest| memchr::memmem::find(rest, form))
            {
                let end = from + at + form.len();
                if let Some(found) = answer.get_mut(from + at..end) {
                    found.fill(b'*');
                }
                from = end;
            }
        }
    }

    fn known(&self) -> MutexGuard<'_, Vec<Vec<SecretString>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The value as it is, in JSON text, in a URL, and in base64 (as HTTP Basic authentication sends it).
fn forms(value: &str) -> Vec<SecretString> {
    let json = serde_json::Value::from(value).to_string();
    let url: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
    let mut forms = vec![
        value.to_owned(),
        json.trim_matches('"').to_owned(),
        url,
        STANDARD.encode(value),
    ];
    // Inside a longer text, the base64 form depends on the position modulo three. The characters at its edges share bits with their
    // neighbours.
    for before in 0..3 {
        let whole = STANDARD.encode([&vec![0; before], value.as_bytes()].concat());
        let from = (before * 4).div_ceil(3);
        let inner = whole.trim_end_matches('=');
        let inner = inner.get(from..inner.len().saturating_sub(1)).unwrap_or_default();
        if inner.len() >= SHORTEST {
            forms.push(inner.to_owned());
            forms.push(inner.replace('+', "-").replace('/', "_"));
        }
    }
    forms.dedup();
    forms.into_iter().map(SecretString::from).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn known(values: &[&str]) -> Known {
        let known = Known::default();
        for value in values {
            known.note(&SecretString::from(*value));
        }
        known
    }

    #[test]
    fn a_secret_is_cut_out_in_every_form_in_which_it_comes_back() {
        let known = known(&["rooms:pa\"ss w&rd", "eyJhbGciOi.J9"]);
        let said = |words: &str| known.cut(words.to_owned());
        assert_eq!(said("it sent Bearer eyJhbGciOi.J9!"), "it sent Bearer [secret]!");
        assert_eq!(said("rooms:pa\"ss w&rd"), "[secret]");
        assert_eq!(said(r#"{"auth":"rooms:pa\"ss w&rd"}"#), r#"{"auth":"[secret]"}"#);
        assert_eq!(said("?a=rooms%3Apa%22ss+w%26rd"), "?a=[secret]");
        assert_eq!(said("Basic cm9vbXM6cGEic3MgdyZyZA=="), "Basic [secret]");
        assert_eq!(said("nothing of it"), "nothing of it");
    }

    #[test]
    fn a_secret_within_longer_base64_is_cut_out() {
        let secret = "eyJhbGciOi.J9_rooms~";
        let known = known(&[secret]);
        for before in ["", "a", "ab", "Bearer "] {
            let echoed = STANDARD.encode(format!("{before}{secret} and more"));
            let cut = known.cut(echoed.clone());
            assert!(cut.contains("[secret]") && cut.len() < echoed.len() - 8, "{cut}");
        }
    }

    #[test]
    fn an_answer_keeps_its_length() {
        let mut answer = b"{\"authorization\":\"Bearer eyJhbGciOi.J9\"} eyJhbGciOi.J9".to_vec();
        known(&["eyJhbGciOi.J9"]).mask(&mut answer);
        assert_eq!(
            answer,
            b"{\"authorization\":\"Bearer *************\"} *************"
        );
    }

    #[test]
    fn what_is_shorter_than_a_secret_is_left_in_words_and_the_oldest_is_forgotten() {
        assert_eq!(known(&["room"]).cut("a room".to_owned()), "a room");
        let many: Vec<String> = (0..=REMEMBERED)
            .map(|number| format!("secret-{number:03}"))
            .collect();
        let known = known(&many.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(
            known.cut("secret-000 secret-001".to_owned()),
            "secret-000 [secret]"
        );
    }

    proptest! {
        #[test]
        fn no_secret_is_left(before: String, secret in "[ -~]{6,40}", after: String) {
            let known = known(&[&secret]);
            let echoed = format!("{before}{secret}{after}");
            let mut answer = echoed.clone().into_bytes();
            known.mask(&mut answer);
            prop_assert_eq!(answer.len(), echoed.len());
            prop_assert!(secret.bytes().all(|byte| byte == b'*') || !contains(&answer, secret.as_bytes()));
            prop_assert!(CUT.contains(&secret) || !known.cut(echoed).contains(&secret) || overlaps(&secret));
        }
    }

    fn contains(text: &[u8], part: &[u8]) -> bool {
        memchr::memmem::find(text, part).is_some()
    }

    /// Whether a secret overlaps with the text that replaces it.
    fn overlaps(secret: &str) -> bool {
        (1..secret.len()).any(|at| CUT.starts_with(&secret[at..]) || CUT.ends_with(&secret[..at]))
    }
}
