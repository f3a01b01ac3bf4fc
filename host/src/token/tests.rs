//! Tokens against a scripted login server.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::time::Instant;
use url::form_urlencoded;

use super::{Certificate, CertificateError, Proof, TokenSource};
use crate::http::tests::client;
use crate::http::tests::server::{Reply, Seen, Server, reply};
use crate::http::{Bearer, Limits, Method, Request};
use crate::secret::{AuthorizationFailure, SecretError};

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
    let endpoint = login.url("/contoso/oauth2/v2.0/token").parse().unwrap();
    let client = client(
        &[&login.origin()],
        Limits {
            longest_wait: Duration::from_millis(20),
            ..Limits::default()
        },
    );
    let scope = "https://graph.microsoft.com/.default".to_owned();
    TokenSource::new(
        endpoint,
        scope,
        vec![login.origin()],
        "app-id".into(),
        proof,
        client,
    )
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
            "the login server refuses the credential with status 401: invalid_client: AADSTS7000215: Invalid client secret '***'."
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
    let source = TokenSource::new(
        endpoint,
        "s".into(),
        vec![other.origin()],
        "app-id".into(),
        secret(),
        client,
    );
    let origin = login.origin();
    assert_eq!(
        source.token().await.unwrap_err(),
        SecretError::Denied(format!(
            "no token can be had: {origin} is not granted to this source; add \"{origin}\" to http in [source.grants]"
        ))
    );
    assert_eq!(login.connections(), 0);
}

struct Issued {
    certificate: String,
    der: Vec<u8>,
    key: String,
    key_der: Vec<u8>,
    public: Vec<u8>,
}

fn certificate(algorithm: &'static rcgen::SignatureAlgorithm) -> Issued {
    let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["app.example".to_owned()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    Issued {
        certificate: certificate.pem(),
        der: certificate.der().to_vec(),
        key: key.serialize_pem(),
        key_der: key.serialize_der(),
        public: key.public_key_raw().to_vec(),
    }
}

fn rsa() -> Issued {
    certificate(&rcgen::PKCS_RSA_SHA256)
}

#[tokio::test]
async fn a_certificate_signs_a_short_statement_for_the_token_endpoint() {
    let login = Server::start(|number, _| issuing(number, "3599")).await;
    let issued = rsa();
    let pem = format!("{}{}", issued.certificate, issued.key);
    let source = source(
        &login,
        Proof::Certificate(Certificate::from_pem(&pem.into()).unwrap()),
    );
    assert_eq!(token(&source).await, "token-0");

    let form = form(&login.seen()[0]);
    let (names, values): (Vec<&str>, Vec<&str>) = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).unzip();
    assert_eq!(
        names,
        [
            "grant_type",
            "client_id",
            "scope",
            "client_assertion_type",
            "client_assertion"
        ]
    );
    assert_eq!(
        values[3],
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    );

    let endpoint = login.url("/contoso/oauth2/v2.0/token");
    let mut validation = Validation::new(Algorithm::PS256);
    validation.set_audience(&[&endpoint]);
    validation.validate_nbf = true;
    let key = DecodingKey::from_rsa_der(&issued.public);
    let claims = jsonwebtoken::decode::<Value>(values[4], &key, &validation)
        .unwrap()
        .claims;
    let iat = claims["iat"].as_i64().unwrap();
    assert!((chrono::Utc::now().timestamp() - iat).abs() < 60);
    assert_eq!(
        claims,
        json!({
            "aud": endpoint, "iss": "app-id", "sub": "app-id", "jti": claims["jti"], "nbf": iat - 60, "iat": iat, "exp": iat + 600,
        })
    );
    assert!(uuid::Uuid::parse_str(claims["jti"].as_str().unwrap()).is_ok());
    let header = URL_SAFE_NO_PAD
        .decode(values[4].split('.').next().unwrap())
        .unwrap();
    assert_eq!(
        serde_json::from_slice::<Value>(&header).unwrap(),
        json!({ "typ": "JWT", "alg": "PS256", "x5t#S256": URL_SAFE_NO_PAD.encode(Sha256::digest(&issued.der)) })
    );
}

#[test]
fn certificate_and_key_may_stand_in_any_order_in_a_chain_and_in_the_older_form() {
    let (own, authority) = (rsa(), rsa());
    // PKCS#8 wraps PKCS#1 in 26 bytes for a key of this size (RFC 5208, section 5).
    let pkcs1 = STANDARD.encode(&own.key_der[26..]);
    let pkcs1 = format!("-----BEGIN RSA PRIVATE KEY-----\n{pkcs1}\n-----END RSA PRIVATE KEY-----\n");
    for pem in [
        format!("{}{}", own.certificate, own.key),
        format!("{}{}", own.key, own.certificate),
        format!(
            "Bag Attributes\n{}\nissuer=x\n{}{}",
            own.key, authority.certificate, own.certificate
        ),
        format!("{}{pkcs1}", own.certificate),
    ] {
        let certificate = Certificate::from_pem(&pem.into()).unwrap();
        let assertion = certificate
            .assertion("https://login.example/token", "app-id", 1)
            .unwrap();
        let header = URL_SAFE_NO_PAD
            .decode(assertion.expose_secret().split('.').next().unwrap())
            .unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        assert_eq!(
            header["x5t#S256"],
            json!(URL_SAFE_NO_PAD.encode(Sha256::digest(&own.der)))
        );
    }
}

#[test]
fn a_pem_that_lacks_something_says_what() {
    let (own, other, elliptic) = (rsa(), rsa(), certificate(&rcgen::PKCS_ECDSA_P256_SHA256));
    for (pem, error) in [
        (String::new(), CertificateError::NoCertificate),
        ("no PEM".to_owned(), CertificateError::NoCertificate),
        (own.key.clone(), CertificateError::NoCertificate),
        (own.certificate.clone(), CertificateError::NoKey),
        (
            format!("{}{}", own.certificate, other.key),
            CertificateError::Mismatch,
        ),
        (
            format!("{}{}", elliptic.certificate, elliptic.key),
            CertificateError::NotRsa,
        ),
    ] {
        assert_eq!(Certificate::from_pem(&pem.into()).err(), Some(error));
    }
}
