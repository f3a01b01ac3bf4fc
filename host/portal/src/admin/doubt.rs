//! A client secret that looks like its id is questioned, until another value takes its place or somebody says again that it is the value.

use secrecy::ExposeSecret as _;

use crate::api::Typed;

/// What was typed says about the client secret: whether it has the form of its id, which stands beside it in Microsoft Entra. None if nothing
/// was typed in its place.
pub(super) fn of_typed(typed: &Typed) -> Option<bool> {
    match typed.get("client-secret") {
        Some(secret) => Some(looks_like_an_id(secret.expose_secret())),
        // It takes the place of the secret.
        None => typed.contains_key("certificate").then_some(false),
    }
}

fn looks_like_an_id(secret: &str) -> bool {
    let groups = [8, 4, 4, 4, 12];
    let parts: Vec<&str> = secret.trim().split('-').collect();
    parts.len() == groups.len()
        && parts.iter().zip(groups).all(|(part, length)| {
            part.len() == length && part.chars().all(|letter| letter.is_ascii_hexdigit())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(name: &str, text: &str) -> Option<bool> {
        of_typed(&Typed::from([(name.to_owned(), text.to_owned().into())]))
    }

    #[test]
    fn the_id_of_a_secret_is_told_from_its_value() {
        let id = " 0B7E1a2c-9f51-4d6e-8a3b-1c2d3e4f5a6b ";
        assert_eq!(typed("client-secret", id), Some(true));
        for value in [
            "abc8Q~dPZk2x",
            "",
            "0b7e1a2c-9f51-4d6e-8a3b-1c2d3e4f5a6bx",
            "0b7e1a2c9f514d6e8a3b1c2d3e4f5a6b",
        ] {
            assert_eq!(typed("client-secret", value), Some(false), "{value}");
        }
        assert_eq!(typed("certificate", "PEM"), Some(false));
        assert_eq!(typed("feed", id), None);
    }
}
