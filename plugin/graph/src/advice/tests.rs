use super::*;

fn refuse(codes: Vec<u32>, error: &str, description: &str) -> Reason {
    let failure = AuthorizationFailure {
        status: 400,
        error: error.to_owned(),
        description: description.to_owned(),
        codes,
    };
    secret(&SecretError::Authorization(failure))
}

#[test]
fn a_number_has_a_meaning_and_an_advice() {
    let reason = refuse(
        vec![7000222],
        "invalid_client",
        "AADSTS7000222: The provided client secret keys are expired.",
    );
    assert_eq!(
        reason,
        Reason {
            message: "the token was refused: the client secret has expired (AADSTS7000222)".to_owned(),
            advice: Some("Make a new one under Certificates & secrets, or use a certificate.".to_owned()),
            code: Some("AADSTS7000222".to_owned()),
        }
    );
}

#[test]
fn a_number_in_the_description_alone_is_found() {
    let reason = refuse(
        vec![],
        "unauthorized_client",
        "AADSTS700016: Application with identifier 'x' was not found",
    );
    assert_eq!(reason.code.as_deref(), Some("AADSTS700016"));
    assert!(reason.message.contains("not known in this tenant"));
}

#[test]
fn an_unknown_number_gives_the_first_line_of_the_description_and_the_code() {
    let reason = refuse(
        vec![987654],
        "invalid_request",
        "AADSTS987654: Something new.\r\nTrace ID: 1",
    );
    assert_eq!(
        reason.message,
        "the token was refused: AADSTS987654: Something new."
    );
    assert_eq!(reason.code.as_deref(), Some("AADSTS987654"));
}

#[test]
fn a_tenant_of_another_cloud_is_told_which_setting_to_change() {
    for (code, meaning) in [
        (90038, "the tenant lives in another cloud"),
        (900382, "the tenant lives in another cloud"),
        (900432, "the tenant lives in another cloud"),
        (90002, "there is no such tenant"),
        (500011, "this cloud does not know that Graph"),
    ] {
        let reason = refuse(vec![code], "invalid_request", "");
        assert_eq!(
            reason.message,
            format!("the token was refused: {meaning} (AADSTS{code})")
        );
        let advice = reason.advice.unwrap();
        assert!(advice.contains("cloud"), "{advice}");
        for cloud in crate::cloud::Cloud::ALL.iter().skip(1) {
            assert!(advice.contains(&format!("\"{}\"", cloud.name())), "{advice}");
        }
    }
}

#[test]
fn an_answer_without_any_words_still_says_what_is_known() {
    let reason = refuse(vec![], "", "");
    assert_eq!(
        (reason.message.as_str(), reason.code),
        ("the token was refused: HTTP 400", None)
    );
}

#[test]
fn no_number_stands_for_two_things() {
    let mut numbers: Vec<u32> = AADSTS
        .iter()
        .flat_map(|(codes, ..)| codes.iter().copied())
        .collect();
    let count = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    // A detected loop also passes by itself.
    assert_eq!(numbers.len(), count);
    assert!(codes::PASSING.iter().all(|code| aadsts(*code).is_some()));
}

#[test]
fn every_code_with_words_stands_before_the_same_code_without() {
    for (at, known) in GRAPH
        .iter()
        .enumerate()
        .filter(|(_, known)| !known.code.is_empty())
    {
        let shadowed = GRAPH[..at]
            .iter()
            .any(|earlier| earlier.code == known.code && earlier.says.is_empty());
        assert!(!shadowed, "{} {:?} is never reached", known.code, known.says);
        assert!(!known.meaning.is_empty() && !known.advice.is_empty());
    }
}

#[test]
fn a_passing_fault_of_the_login_service_does_not_refuse_the_source() {
    let error = |status, codes: Vec<u32>| {
        let failure = AuthorizationFailure {
            status,
            codes,
            ..AuthorizationFailure::default()
        };
        let trouble = Trouble::Fetch(FetchError::Bearer(SecretError::Authorization(failure)));
        collect_error("rooms", &trouble, crate::script::ACCESS)
    };
    assert!(matches!(error(400, vec![90055]), CollectError::Failed(_)));
    assert!(matches!(error(503, vec![]), CollectError::Failed(_)));
    assert!(matches!(error(401, vec![7000215]), CollectError::Denied(_)));
}

#[test]
fn each_way_of_having_no_answer_is_refused_unreachable_or_failed() {
    let text = || "words".to_owned();
    let kind = |error| match collect_error("rooms", &Trouble::Fetch(error), crate::script::ACCESS) {
        CollectError::Denied(_) => "denied",
        CollectError::Unreachable(_) => "unreachable",
        CollectError::Failed(_) => "failed",
        _ => "other",
    };
    use FetchError as F;
    for error in [
        F::RequestDenied(text()),
        F::DestinationProhibited(text()),
        F::Bearer(SecretError::NotFound(text())),
    ] {
        assert_eq!(kind(error), "denied");
    }
    for error in [
        F::Dns(text()),
        F::ConnectionRefused(text()),
        F::ConnectionTimeout(text()),
        F::ConnectionTerminated(text()),
        F::Tls(text()),
        F::ResponseTimeout(text()),
        F::Bearer(SecretError::Unavailable(text())),
    ] {
        assert_eq!(kind(error), "unreachable");
    }
    for error in [
        F::RequestInvalid(text()),
        F::BodySize(text()),
        F::BudgetExhausted(text()),
        F::Protocol(text()),
    ] {
        assert_eq!(kind(error), "failed");
    }
}
