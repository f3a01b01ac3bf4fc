//! The meaning of an error from Microsoft's admin consent page.
//!
//! Source: "Admin consent on the Microsoft identity platform". `error` is one of OAuth 2.0's few words; the number in the description
//! tells the reason.

use connector_sdk::Reason;
use graph::advice;

/// What to do in any case.
const AGAIN: &str = "Then click to authorize once more.";

/// Explains the answer's `error` and `error_description`; none if they are unknown.
pub(crate) fn explain_refusal(error: &str, description: &str) -> Option<Reason> {
    let number = advice::number_in(description);
    let (message, advice) = match (number, error) {
        (Some(65_004), _) => (
            "consent was declined on Microsoft's page",
            "Ask the person who declined for the reason; the list of permissions says what each one is used for.",
        ),
        (Some(90_094 | 90_095), _) => (
            "the account that signed in may not consent for the whole organization",
            "Let a Global Administrator sign in there (a Privileged Role Administrator may consent, too).",
        ),
        (Some(50_020 | 50_034), _) => (
            "the account that signed in is not of this tenant",
            "Sign in with an administrator's account of the tenant that the source names.",
        ),
        (Some(50_011), _) => (
            "the redirect address is not registered with the application",
            "Register it in Microsoft Entra, under Authentication, platform Web, exactly as it is.",
        ),
        (Some(number), _) => advice::aadsts(number)?,
        (None, "access_denied" | "consent_required" | "permission_denied") => (
            "consent was not given on Microsoft's page",
            "Let a Global Administrator of the tenant sign in there and accept.",
        ),
        (None, _) => return None,
    };
    Some(Reason {
        message: message.to_owned(),
        advice: Some(format!("{advice} {AGAIN}")),
        code: number.map(|number| format!("AADSTS{number}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(error: &str, description: &str) -> (String, Option<String>) {
        let reason = explain_refusal(error, description).unwrap();
        assert!(reason.advice.unwrap().ends_with(AGAIN));
        (reason.message, reason.code)
    }

    #[test]
    fn each_refusal_is_said_in_words_with_its_code() {
        for (error, description, message, code) in [
            (
                "consent_required",
                "AADSTS65004: The resource owner or authorization server denied the request.\r\nTrace ID: 0",
                "consent was declined on Microsoft's page",
                Some("AADSTS65004"),
            ),
            (
                "access_denied",
                "AADSTS90094: The grant requires admin permission.",
                "the account that signed in may not consent for the whole organization",
                Some("AADSTS90094"),
            ),
            (
                "invalid_request",
                "AADSTS50020: User account is from another directory.",
                "the account that signed in is not of this tenant",
                Some("AADSTS50020"),
            ),
            (
                "unauthorized_client",
                "AADSTS700016: Application was not found.",
                "the application is not known in this tenant",
                Some("AADSTS700016"),
            ),
            (
                "permission_denied",
                "The admin canceled the request",
                "consent was not given on Microsoft's page",
                None,
            ),
        ] {
            assert_eq!(
                explained(error, description),
                (message.to_owned(), code.map(str::to_owned))
            );
        }
    }

    #[test]
    fn what_is_of_no_known_kind_is_left_to_its_own_words() {
        assert_eq!(
            explain_refusal("temporarily_unavailable", "Come back later."),
            None
        );
        assert_eq!(explain_refusal("server_error", "AADSTS1: It broke."), None);
        assert_eq!(explain_refusal("", ""), None);
    }
}
