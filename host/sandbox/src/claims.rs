//! A token's claims about itself; for diagnosis only, as nothing has verified them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};

/// The claims of a JWT (RFC 7519) as JSON, without verifying its signature; none for anything else.
pub fn claims(token: &SecretString) -> Option<String> {
    let mut parts = token.expose_secret().trim().split('.');
    let (Some(_), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_claims_of_a_jwt_are_its_middle_part() {
        let token = format!(
            "e30.{}.c2ln",
            URL_SAFE_NO_PAD.encode(r#"{"roles":["Calendars.Read"]}"#)
        );
        assert_eq!(claims(&token.into()).unwrap(), r#"{"roles":["Calendars.Read"]}"#);
    }

    #[test]
    fn what_is_no_jwt_has_no_claims() {
        for text in [
            "",
            "opaque",
            "a.b",
            "e30.e30.e30.e30",
            "e30.???.x",
            "e30.MTI.x",
            "e30.bm90IGpzb24.x",
        ] {
            assert_eq!(claims(&text.to_owned().into()), None, "{text}");
        }
    }
}
