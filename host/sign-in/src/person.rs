//! What an ID token says of somebody: who it is, how to call it, and the values of the claim that roles are made of. All of it is foreign text.

use collector_model::text::deceives;
use serde_json::{Map, Value};

use crate::SignInError;

/// Longest subject in characters (OpenID Connect Core 1.0, section 2).
const LONGEST_SUBJECT: usize = 255;
/// Longest name in characters: that of an account.
const LONGEST_NAME: usize = 64;
/// Longest text of an error in characters.
const LONGEST_TEXT: usize = 300;
/// Most values of the claim that are looked at. Entra sends 200 groups at most, and no more in a token.
const VALUES: usize = 1_000;

/// Somebody whom the provider signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// What tells it from everybody else, for ever: names are given to others. It begins with `oidc:` and has the issuer.
    pub identity: String,
    /// How the audit log names it: a name with the subject. No account has such a name.
    pub account: String,
    /// The values of the claim; none if the token has no such claim.
    pub values: Option<Vec<String>>,
    /// Whether the provider left the claim out because it would be too long, as Entra does with more than 200 groups.
    pub has_too_many: bool,
}

impl Person {
    /// Reads the claims of a token that was verified.
    pub(crate) fn of(issuer: &str, claims: &Map<String, Value>, claim: &str) -> Result<Self, SignInError> {
        let text = |key: &str| claims.get(key).and_then(Value::as_str);
        let subject = text("sub").unwrap_or_default();
        let allowed = |c: char| c.is_ascii() && !c.is_ascii_control();
        if !(1..=LONGEST_SUBJECT).contains(&subject.len()) || !subject.chars().all(allowed) {
            return Err(SignInError::Token(
                "its subject is empty, too long or not text".to_owned(),
            ));
        }
        let name = ["preferred_username", "email", "name"]
            .into_iter()
            .filter_map(text)
            .map(name)
            .find(|name| !name.is_empty());
        Ok(Self {
            identity: format!("oidc:{issuer} {subject}"),
            account: match name {
                Some(name) => format!("{name} (oidc:{subject})"),
                None => format!("(oidc:{subject})"),
            },
            values: claims.get(claim).map(values),
            has_too_many: claims
                .get("_claim_names")
                .is_some_and(|names| names.get(claim).is_some()),
        })
    }
}

/// The values of a claim: a list of texts, or one text.
fn values(claim: &Value) -> Vec<String> {
    match claim {
        Value::String(one) => vec![one.clone()],
        Value::Array(several) => several
            .iter()
            .take(VALUES)
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}

/// A name without what could be taken for the subject behind it.
fn name(text: &str) -> String {
    let allowed = |c: &char| c.is_alphanumeric() || " .-_@+'".contains(*c);
    let name: String = text.chars().filter(allowed).take(LONGEST_NAME).collect();
    name.trim().to_owned()
}

/// Foreign text in one line, bounded, without what could deceive a reader.
pub(crate) fn printable(text: &str) -> String {
    let mut kept: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !deceives(*c))
        .take(LONGEST_TEXT)
        .collect();
    if text.chars().count() > LONGEST_TEXT {
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn person(claims: Value) -> Result<Person, SignInError> {
        Person::of("https://login.example", claims.as_object().unwrap(), "roles")
    }

    #[test]
    fn a_person_is_told_apart_by_issuer_and_subject_and_called_by_a_name() {
        let zoe =
            person(json!({"sub": "A b", "preferred_username": "Zoë@contoso.com", "email": "z@x"})).unwrap();
        assert_eq!(zoe.identity, "oidc:https://login.example A b");
        assert_eq!(zoe.account, "Zoë@contoso.com (oidc:A b)");
        assert_eq!(zoe.values, None);
        let called = |claims: Value| person(claims).unwrap().account;
        assert_eq!(called(json!({"sub": "1", "email": "z@x"})), "z@x (oidc:1)");
        assert_eq!(called(json!({"sub": "1", "preferred_username": 7})), "(oidc:1)");
        // A name cannot be taken for an account, nor for another person.
        assert_eq!(
            called(json!({"sub": "1", "preferred_username": "ada (oidc:2)\u{202e}\n<b>"})),
            "ada oidc2b (oidc:1)"
        );
        assert_eq!(
            called(json!({"sub": "1", "name": "x".repeat(1_000)})),
            format!("{} (oidc:1)", "x".repeat(64))
        );
    }

    #[test]
    fn a_subject_that_cannot_be_kept_is_nobody() {
        for subject in [
            json!(""),
            json!("a\nb"),
            json!("ü"),
            json!("x".repeat(256)),
            json!(7),
            Value::Null,
        ] {
            assert!(person(json!({"sub": subject})).is_err(), "{subject}");
        }
        assert!(person(json!({})).is_err());
    }

    #[test]
    fn the_values_of_the_claim_are_texts() {
        let values = |claim: Value| {
            person(json!({"sub": "1", "roles": claim}))
                .unwrap()
                .values
                .unwrap()
        };
        assert_eq!(values(json!(["a", 7, "b", null])), ["a", "b"]);
        assert_eq!(values(json!("a")), ["a"]);
        assert_eq!(values(json!({"a": 1})), Vec::<String>::new());
        assert_eq!(values(json!(vec!["a"; 5_000])).len(), 1_000);
        let person = person(json!({"sub": "1", "_claim_names": {"roles": "src1"}})).unwrap();
        assert!(person.has_too_many && person.values.is_none());
    }
}
