//! Several credentials, one of which is refused; and one that someone else renews.

use collector_model::secret::SecretError;

use super::{REFUSAL, form, issuing, source, source_with, token};
use crate::credential::SecretRef;
use crate::http::Bearer;
use crate::http::tests::server::{Reply, Seen, Server, reply};
use crate::token::{Credential, Proof};

fn named(name: &str, secret: &str) -> Credential {
    Credential {
        name: format!("client-secret {{ env = {name:?} }}"),
        proof: Proof::Secret(secret.into()),
    }
}

/// Accepts one of these secrets, and rejects every other as wrong.
fn takes(secrets: &'static [&'static str]) -> impl Fn(usize, &Seen) -> Reply {
    move |number, seen| {
        if secrets
            .iter()
            .any(|secret| seen.body.ends_with(&format!("client_secret={secret}")))
        {
            issuing(number, "\"0\"")
        } else {
            reply(401, "", REFUSAL)
        }
    }
}

#[tokio::test]
async fn when_a_secret_is_refused_the_next_is_taken_and_asked_with_first_from_then_on() {
    let login = Server::start(takes(&["old"])).await;
    let source = source_with(&login, vec![named("NEW", "new"), named("OLD", "old")]);
    assert_eq!(token(&source).await, "token-1");
    // Its life ends at once.
    assert_eq!(token(&source).await, "token-2");
    let sent: Vec<String> = login.seen().iter().map(|seen| form(seen)[3].1.clone()).collect();
    assert_eq!(sent, ["new", "old", "old"]);
}

#[tokio::test]
async fn when_the_one_that_worked_is_refused_the_other_is_tried_again() {
    let login = Server::start(|number, seen| {
        let works = if number < 2 { "old" } else { "new" };
        takes(match works {
            "old" => &["old"],
            _ => &["new"],
        })(number, seen)
    })
    .await;
    let source = source_with(&login, vec![named("NEW", "new"), named("OLD", "old")]);
    for expected in ["token-1", "token-3", "token-4"] {
        assert_eq!(token(&source).await, expected);
    }
}

#[tokio::test]
async fn when_all_are_refused_the_refusal_of_the_first_that_is_named_counts() {
    let login = Server::start(|_, seen| {
        let code = if seen.body.ends_with("new") {
            7_000_215
        } else {
            7_000_222
        };
        let refusal = format!(
            r#"{{"error":"invalid_client","error_description":"AADSTS{code}: no.","error_codes":[{code}]}}"#
        );
        reply(401, "", &refusal)
    })
    .await;
    let source = source_with(&login, vec![named("NEW", "new"), named("OLD", "old")]);
    let SecretError::Authorization(failure) = source.token().await.unwrap_err() else {
        panic!("it is a refusal")
    };
    assert_eq!(failure.codes, [7_000_215]);
    assert_eq!(login.asked().len(), 2);
}

#[tokio::test]
async fn a_wrong_tenant_or_a_server_that_is_down_costs_no_second_credential() {
    for answer in [
        reply(
            400,
            "",
            r#"{"error":"invalid_request","error_description":"AADSTS90002: No such tenant.","error_codes":[90002]}"#,
        ),
        reply(500, "", ""),
    ] {
        let login = Server::always(answer).await;
        let source = source_with(&login, vec![named("NEW", "new"), named("OLD", "old")]);
        assert!(source.token().await.is_err());
        assert_eq!(login.asked().len(), 1);
    }
}

#[tokio::test]
async fn another_issuers_token_is_read_for_each_request() {
    let login = Server::start(|number, _| issuing(number, "\"0\"")).await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("token");
    std::fs::write(&file, "first\n").unwrap();
    let source = source(&login, Proof::Federated(SecretRef::File(file.clone())));
    assert_eq!(token(&source).await, "token-0");
    std::fs::write(&file, "second\n").unwrap();
    assert_eq!(token(&source).await, "token-1");
    let seen = login.seen();
    let sent: Vec<(String, String)> = seen.iter().flat_map(|seen| form(seen).split_off(3)).collect();
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        sent,
        [
            pair("client_assertion_type", kind),
            pair("client_assertion", "first"),
            pair("client_assertion_type", kind),
            pair("client_assertion", "second"),
        ]
    );
}

#[tokio::test]
async fn without_another_issuers_token_the_next_credential_is_taken_and_alone_it_is_said() {
    let login = Server::start(takes(&["old"])).await;
    let gone = || Credential {
        name: "federated-token { file = \"gone\" }".into(),
        proof: Proof::Federated(SecretRef::File("gone".into())),
    };
    assert_eq!(
        token(&source_with(&login, vec![gone(), named("OLD", "old")])).await,
        "token-0"
    );
    let error = source_with(&login, vec![gone()])
        .token()
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("federated-token: the file gone cannot be read: ")
            && error.contains("correct the path"),
        "{error}"
    );
}
