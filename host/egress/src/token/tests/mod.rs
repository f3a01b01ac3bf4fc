//! Tokens against a scripted login server.

mod certificates;
mod refresh;
mod renewal;
mod rotation;

use std::sync::Arc;
use std::time::Duration;

use collector_model::http::{Method, Request};
use collector_model::secret::{AuthorizationFailure, SecretError};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;
use url::form_urlencoded;

use super::{Credential, Grant, Issuer, Login, Proof, TokenSource};
use crate::http::tests::client;
use crate::http::tests::server::{Reply, Seen, Server, reply};
use crate::http::{Bearer, Limits};

const REFUSAL: &str = r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret 's3cret&~ä'.","error_codes":[7000215]}"#;

/// Issues token-0, token-1, …
fn issuing(number: usize, life: &str) -> Reply {
    reply(
        200,
        "",
        &format!(r#"{{"token_type":"Bearer","expires_in":{life},"access_token":"token-{number}"}}"#),
    )
}

fn source(login: &Server, proof: Proof) -> TokenSource {
    let name = "client-secret { env = \"ONE\" }".to_owned();
    source_with(login, vec![Credential { name, proof }])
}

fn source_with(login: &Server, credentials: Vec<Credential>) -> TokenSource {
    let scope = "https://graph.microsoft.com/.default".to_owned();
    source_by(login, Grant::Client { scope }, credentials)
}

fn source_by(login: &Server, grant: Grant, credentials: Vec<Credential>) -> TokenSource {
    let endpoint = login.url("/contoso/oauth2/v2.0/token").parse().unwrap();
    let client = client(
        &[&login.origin()],
        Limits {
            longest_wait: Duration::from_millis(20),
            ..Limits::default()
        },
    );
    let issuer = Login::new("contoso", endpoint, grant, "app-id".into(), credentials, client);
    TokenSource::new(Issuer::Login(Arc::new(issuer)), vec![login.origin()])
}

fn secret() -> Proof {
    Proof::Secret("s3cret&~ä".into())
}

fn form(seen: &Seen) -> Vec<(String, String)> {
    form_urlencoded::parse(seen.body.as_bytes())
        .into_owned()
        .collect()
}

async fn token(source: &TokenSource) -> String {
    source.token().await.unwrap().expose_secret().to_owned()
}

#[tokio::test]
async fn a_secret_is_sent_in_the_form_encoded_once() {
    let login = Server::start(|number, _| issuing(number, "3599")).await;
    assert_eq!(token(&source(&login, secret())).await, "token-0");
    let seen = &login.seen()[0];
    assert_eq!(login.asked(), ["POST /contoso/oauth2/v2.0/token"]);
    assert_eq!(
        seen.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(
        seen.body,
        "grant_type=client_credentials&client_id=app-id&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&client_secret=s3cret%26%7E%C3%A4"
    );
}

#[tokio::test]
async fn a_token_is_kept_until_shortly_before_its_end() {
    let login = Server::start(|number, _| issuing(number, "3599")).await;
    let source = source(&login, secret());
    assert_eq!(token(&source).await, "token-0");
    assert_eq!(token(&source).await, "token-0");
    assert_eq!(login.asked().len(), 1);
}

#[tokio::test]
async fn a_token_whose_life_is_over_is_not_used() {
    let login = Server::start(|number, _| issuing(number, "\"0\"")).await;
    let source = source(&login, secret());
    assert_eq!(token(&source).await, "token-0");
    assert_eq!(token(&source).await, "token-1");
}

#[tokio::test]
async fn many_who_need_a_token_at_once_ask_once() {
    let login = Server::start(|number, _| issuing(number, "3599")).await;
    let source = source(&login, secret());
    let tokens = futures::future::join_all((0..20).map(|_| token(&source))).await;
    assert!(tokens.iter().all(|token| token == "token-0"));

    let rejected = SecretString::from("token-0");
    let renewed = futures::future::join_all((0..20).map(|_| source.renew(&rejected))).await;
    assert!(
        renewed
            .iter()
            .all(|token| token.as_ref().unwrap().expose_secret() == "token-1")
    );
    assert_eq!(login.asked().len(), 2);
}

#[tokio::test]
async fn requests_that_are_rejected_together_share_one_new_token() {
    let login = Server::start({
        let issued = std::sync::atomic::AtomicUsize::new(0);
        move |_, seen| match (seen.method.as_str(), seen.header("authorization")) {
            ("POST", _) => issuing(issued.fetch_add(1, std::sync::atomic::Ordering::SeqCst), "3599"),
            (_, Some("Bearer token-0")) => reply(401, "", ""),
            _ => reply(200, "", ""),
        }
    })
    .await;
    let source = source(&login, secret());
    let client = client(&[&login.origin()], Limits::default());
    let deadline = Instant::now() + Duration::from_secs(30);
    let rooms = (0..8).map(|_| {
        let request = Request {
            method: Method::GET,
            url: login.url("/rooms"),
            headers: Vec::new(),
            body: None,
            repeatable: false,
        };
        client.fetch(request, Some(&source), deadline)
    });
    let answers = futures::future::join_all(rooms).await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.as_ref().is_ok_and(|answer| answer.status == 200))
    );
    assert_eq!(
        login
            .asked()
            .iter()
            .filter(|asked| asked.starts_with("POST"))
            .count(),
        2
    );
}

#[tokio::test]
async fn a_refusal_is_told_to_everybody_without_asking_again_and_without_the_secret() {
    let login = Server::start(|_, _| reply(401, "", REFUSAL)).await;
    let source = source(&login, secret());
    for _ in 0..3 {
        let error = source.token().await.unwrap_err();
        assert_eq!(
            error,
            SecretError::Authorization(AuthorizationFailure {
                status: 401,
                error: "invalid_client".into(),
                description: "AADSTS7000215: Invalid client secret '***'.".into(),
                codes: vec![7000215],
            })
        );
        assert_eq!(
            error.to_string(),
            "the login server refused the credential with status 401: invalid_client: AADSTS7000215: Invalid client secret '***'."
        );
    }
    assert_eq!(login.asked().len(), 1);
}

#[tokio::test]
async fn a_secret_that_a_refusal_repeats_is_hidden_where_the_words_are_cut_and_as_it_was_sent() {
    let words = "x".repeat(1_992);
    let refusal = format!(
        r#"{{"error":"sent s3cret%26%7E%C3%A4","error_description":"{words} s3cret&~ä, s3cret%26%7E%C3%A4"}}"#
    );
    let login = Server::start(move |_, _| reply(400, "", &refusal)).await;
    let SecretError::Authorization(failure) = source(&login, secret()).token().await.unwrap_err() else {
        panic!("it is a refusal")
    };
    assert_eq!(failure.error, "sent ***");
    assert_eq!(failure.description, format!("{} ***, **", "x".repeat(1_992)));
}

#[tokio::test]
async fn a_refusal_of_megabytes_is_cut() {
    let refusal = format!(
        r#"{{"error":"{0}","error_description":"{0}"}}"#,
        "x".repeat(1 << 20)
    );
    let login = Server::start(move |_, _| reply(400, "", &refusal)).await;
    let SecretError::Authorization(failure) = source(&login, secret()).token().await.unwrap_err() else {
        panic!("it is a refusal")
    };
    assert_eq!((failure.error.len(), failure.description.len()), (2_000, 2_000));
}

#[tokio::test]
async fn a_busy_login_server_is_asked_again() {
    let login = Server::start(|number, _| match number {
        0 => reply(503, "Retry-After: 0\r\n", ""),
        1 => Reply::Cut(Vec::new()),
        _ => issuing(number, "3599"),
    })
    .await;
    assert_eq!(token(&source(&login, secret())).await, "token-2");
}

#[tokio::test]
async fn a_login_server_that_was_not_granted_is_not_asked() {
    let login = Server::start(|number, _| issuing(number, "3599")).await;
    let other = Server::start(|number, _| issuing(number, "3599")).await;
    let endpoint = login.url("/token").parse().unwrap();
    let client = client(&[&other.origin()], Limits::default());
    let credential = Credential {
        name: "client-secret".into(),
        proof: secret(),
    };
    let issuer = Login::new(
        "contoso",
        endpoint,
        Grant::Client { scope: "s".into() },
        "app-id".into(),
        vec![credential],
        client,
    );
    let source = TokenSource::new(Issuer::Login(Arc::new(issuer)), vec![other.origin()]);
    let origin = login.origin();
    assert_eq!(
        source.token().await.unwrap_err(),
        SecretError::Denied(format!(
            "cannot get a token: {origin} is not granted to this source; add \"{origin}\" to http in [source.grants]"
        ))
    );
    assert_eq!(login.connections(), 0);
}
