//! What the answer of a consent page means.

use collector_model::outcome::Reason;
use collector_sandbox::claims;
use secrecy::SecretString;

use collector_model::consent::ConsentState;

/// How many characters of the page's text are kept.
const LONGEST: usize = 1_000;

/// The parameters with which a consent page returned. All of it is foreign text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// `error`.
    pub error: Option<String>,
    /// `error_description`.
    pub error_description: Option<String>,
    /// `tenant`.
    pub tenant: Option<String>,
    /// `admin_consent`.
    pub admin_consent: Option<String>,
}

/// Why the application gets no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoToken {
    /// Whether this may pass: perhaps the server has not heard of the consent yet.
    pub may_pass: bool,
    /// Why, in the connector's words.
    pub reason: Reason,
}

/// Judges an answer whose state was right. `explained` tells what a refusal of the page means, `token` is the login service's answer to the
/// application in the source's tenant, `at` is now in UTC seconds, `by` the account that clicked.
pub fn conclude(
    answer: &Answer,
    token: Option<Result<SecretString, NoToken>>,
    explained: Option<Reason>,
    at: i64,
    by: &str,
) -> ConsentState {
    if let Some(error) = &answer.error {
        return refused(answer, error, explained, at);
    }
    let (Some(tenant), Some("True" | "true")) = (&answer.tenant, answer.admin_consent.as_deref()) else {
        return ConsentState::Refused {
            at,
            problem: "the consent page's answer does not say that consent was given".to_owned(),
            advice: "Authorize again.".to_owned(),
            code: None,
        };
    };
    let tenant = cut(tenant);
    match token {
        Some(Ok(token)) => proven(&tenant, &token, at, by),
        Some(Err(NoToken {
            may_pass: true,
            reason,
        })) => ConsentState::Unproven {
            at,
            by: by.to_owned(),
            tenant,
            problem: format!(
                "consent was given, but the application cannot get a token yet: {}",
                cut(&reason.message)
            ),
            advice: "Run the validation: it repeats until every server knows of the consent.".to_owned(),
        },
        Some(Err(NoToken {
            may_pass: false,
            reason,
        })) => ConsentState::Doubtful {
            at,
            by: by.to_owned(),
            problem: cut(&reason.message),
            advice: cut(&reason.advice.unwrap_or_default()),
            code: reason.code.as_deref().map(cut),
        },
        None => ConsentState::Unproven {
            at,
            by: by.to_owned(),
            tenant,
            problem: "consent was given, but the source has no credential to prove it with".to_owned(),
            advice: "Add a client secret or a certificate, then authorize again.".to_owned(),
        },
    }
}

/// The token decides which tenant it was, not the answer, which could be forged.
fn proven(tenant: &str, token: &SecretString, at: i64, by: &str) -> ConsentState {
    let tid = claims(token)
        .and_then(|claims| serde_json::from_str::<serde_json::Value>(&claims).ok())
        .and_then(|claims| Some(claims.get("tid")?.as_str()?.to_owned()));
    match tid {
        Some(tid) if tid.eq_ignore_ascii_case(tenant) => ConsentState::Granted {
            at,
            by: by.to_owned(),
            tenant: tid,
        },
        Some(tid) => ConsentState::Refused {
            at,
            problem: format!("the answer names the tenant {tenant}, but the application's token is for the tenant {tid}"),
            advice: "The answer was ignored. Sign in as an administrator of the tenant that the source names, or correct the tenant; \
                     then authorize again."
                .to_owned(),
            code: None,
        },
        None => ConsentState::Unproven {
            at,
            by: by.to_owned(),
            tenant: tenant.to_owned(),
            problem: "the application's token does not name its tenant".to_owned(),
            advice: "Run the validation: its checks tell whether the rooms can be read.".to_owned(),
        },
    }
}

fn refused(answer: &Answer, error: &str, explained: Option<Reason>, at: i64) -> ConsentState {
    let said = answer.error_description.as_deref().unwrap_or_default();
    // Trace ids and times follow.
    let said = said.lines().next().unwrap_or_default();
    match explained {
        Some(reason) => ConsentState::Refused {
            at,
            problem: cut(&reason.message),
            advice: cut(&reason.advice.unwrap_or_else(|| "Authorize again.".to_owned())),
            code: reason.code.as_deref().map(cut),
        },
        None => ConsentState::Refused {
            at,
            problem: cut(&format!("the consent page returned {error}: {said}")),
            advice: "Authorize again, as an administrator who may consent for the whole organization."
                .to_owned(),
            code: None,
        },
    }
}

fn cut(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_control())
        .take(LONGEST)
        .collect()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    const TENANT: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";

    fn token(tid: &str) -> SecretString {
        let claims = URL_SAFE_NO_PAD.encode(format!(r#"{{"tid":"{tid}"}}"#));
        format!("e30.{claims}.c2ln").into()
    }

    fn given() -> Answer {
        Answer {
            tenant: Some(TENANT.to_owned()),
            admin_consent: Some("True".to_owned()),
            ..Answer::default()
        }
    }

    #[test]
    fn consent_is_believed_when_a_token_is_of_the_tenant_that_the_answer_names() {
        assert_eq!(
            conclude(&given(), Some(Ok(token(TENANT))), None, 7, "ada"),
            ConsentState::Granted {
                at: 7,
                by: "ada".into(),
                tenant: TENANT.into()
            }
        );
    }

    #[test]
    fn a_tenant_that_is_not_that_of_the_token_is_not_believed() {
        let other = "99999999-0000-cccc-1111-dddd2222eeee";
        let state = conclude(&given(), Some(Ok(token(other))), None, 7, "ada");
        let ConsentState::Refused { problem, .. } = &state else {
            panic!("{state:?}")
        };
        assert!(problem.contains(TENANT) && problem.contains(other), "{problem}");
        assert_eq!(state.given_at(), None);
    }

    #[test]
    fn an_error_is_a_refusal_although_it_says_that_consent_was_given() {
        let answer = Answer {
            error: Some("consent_required".into()),
            error_description: Some(
                "AADSTS65004: The resource owner or authorization server denied the request.\r\nTrace ID: x"
                    .into(),
            ),
            ..given()
        };
        let state = conclude(&answer, Some(Ok(token(TENANT))), None, 7, "ada");
        let ConsentState::Refused { problem, .. } = &state else {
            panic!("{state:?}")
        };
        assert_eq!(
            problem,
            "the consent page returned consent_required: AADSTS65004: The resource owner or authorization server denied the request."
        );
    }

    #[test]
    fn an_answer_without_the_word_that_consent_was_given_is_none() {
        for answer in [
            Answer::default(),
            Answer {
                tenant: None,
                ..given()
            },
            Answer {
                admin_consent: Some("False".into()),
                ..given()
            },
        ] {
            let state = conclude(&answer, Some(Ok(token(TENANT))), None, 7, "ada");
            assert!(matches!(state, ConsentState::Refused { .. }), "{answer:?}");
        }
    }

    #[test]
    fn a_consent_that_the_login_service_has_not_heard_of_yet_is_unproven_and_counts_from_now() {
        let refusal = |may_pass| NoToken {
            may_pass,
            reason: Reason {
                message: "the application is not known in this tenant".into(),
                advice: Some("Wait.".into()),
                code: Some("AADSTS700016".into()),
            },
        };
        let state = conclude(&given(), Some(Err(refusal(true))), None, 7, "ada");
        assert!(matches!(state, ConsentState::Unproven { .. }), "{state:?}");
        assert_eq!(state.given_at(), Some(7));
        // A wrong secret does not pass with time, and says nothing about the consent.
        let state = conclude(&given(), Some(Err(refusal(false))), None, 7, "ada");
        assert!(matches!(state, ConsentState::Doubtful { .. }), "{state:?}");
        assert_eq!(state.given_at(), None);
    }

    #[test]
    fn what_is_kept_is_read_back() {
        let state = conclude(&given(), Some(Ok(token(TENANT))), None, 7, "ada");
        let json = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<ConsentState>(&json).unwrap(), state);
    }
}
