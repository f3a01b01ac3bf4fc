//! A provider that follows a script: what is believed of it, and what is not.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use collector_model::http::FetchError;
use openidconnect::core::{CoreEdDsaPrivateSigningKey, CoreJwsSigningAlgorithm};
use openidconnect::http::Response;
use openidconnect::{
    HttpRequest, HttpResponse, IssuerUrl, JsonWebKeyId, PkceCodeChallenge, PkceCodeVerifier,
    PrivateSigningKey,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use crate::{Begun, Http, Person, Provider, Settings, SignInError};

const ISSUER: &str = "https://login.example/tenant";
const KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIOGd89knq+uXx/ddyXIJ7sh33gkAsi9tsSDuXDGj6Qzz
-----END PRIVATE KEY-----";
const OTHER_KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIIX+x6Rie7b2y4PUXQlEdGTtri1Y8+eQ030oGSCZO+DM
-----END PRIVATE KEY-----";

/// What the provider does.
struct World {
    /// What it says about itself.
    metadata: Value,
    /// The keys that it publishes: id and PEM.
    keys: Vec<(&'static str, &'static str)>,
    /// The token's header, claims and key.
    header: Value,
    claims: Value,
    signed_by: &'static str,
    /// The answer to a code, instead of a token.
    refusal: Option<(u16, Value)>,
    /// There is no answer at all.
    down: bool,
    /// The requests: path, `Authorization` and body.
    asked: Vec<(String, String, String)>,
}

/// A provider, and what is known of it here.
struct Company {
    world: Arc<Mutex<World>>,
    http: Http,
    provider: Provider,
}

fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

fn company() -> Company {
    let world = Arc::new(Mutex::new(World {
        metadata: json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://login.example/authorize",
            "token_endpoint": "https://login.example/token",
            "jwks_uri": "https://login.example/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["EdDSA", "none", "HS256"],
        }),
        keys: vec![("one", KEY)],
        header: json!({"alg": "EdDSA", "kid": "one", "typ": "JWT"}),
        claims: json!({
            "iss": ISSUER,
            "aud": "the-client",
            "sub": "zoe",
            "exp": now() + 300,
            "iat": now(),
            "preferred_username": "zoe@contoso.com",
            "roles": ["Rooms.Analyst"],
        }),
        signed_by: KEY,
        refusal: None,
        down: false,
        asked: Vec::new(),
    }));
    let scripted = Arc::clone(&world);
    let http: Http = Box::new(move |request| {
        let answer = scripted.lock().unwrap().answer(&request);
        Box::pin(async move { answer })
    });
    let provider = Provider::new(Settings {
        issuer: IssuerUrl::new(ISSUER.into()).unwrap(),
        client_id: "the-client".into(),
        scopes: vec!["openid".into(), "profile".into()],
        claim: "roles".into(),
        redirect: Url::parse("https://rooms.example/sign-in/answer").unwrap(),
        signed_out: Url::parse("https://rooms.example/login").unwrap(),
    });
    Company {
        world,
        http,
        provider,
    }
}

impl World {
    fn answer(&mut self, request: &HttpRequest) -> Result<HttpResponse, FetchError> {
        let header = request.headers().get("authorization");
        self.asked.push((
            request.uri().path().to_owned(),
            header.map_or("", |value| value.to_str().unwrap()).to_owned(),
            String::from_utf8(request.body().clone()).unwrap(),
        ));
        if self.down {
            return Err(FetchError::ConnectionRefused("nothing is there".into()));
        }
        let (status, body) = match request.uri().path() {
            "/tenant/.well-known/openid-configuration" => (200, self.metadata.clone()),
            "/keys" => {
                let key = |(id, pem): &(&str, &str)| {
                    serde_json::to_value(key(id, pem).as_verification_key()).unwrap()
                };
                (200, json!({"keys": self.keys.iter().map(key).collect::<Vec<_>>()}))
            }
            "/token" => self.refusal.clone().unwrap_or_else(|| {
                let token = json!({"access_token": "the-access-token", "token_type": "Bearer", "id_token": self.token()});
                (200, token)
            }),
            path => panic!("{path}"),
        };
        Ok(Response::builder()
            .status(status)
            .header("content-type", "application/json")
            .body(body.to_string().into_bytes())
            .unwrap())
    }

    fn token(&self) -> String {
        let part = |value: &Value| BASE64.encode(value.to_string());
        let signed = format!("{}.{}", part(&self.header), part(&self.claims));
        let signature = match self.header["alg"].as_str() {
            Some("none") => Vec::new(),
            _ => key("one", self.signed_by)
                .sign(&CoreJwsSigningAlgorithm::EdDsa, signed.as_bytes())
                .unwrap(),
        };
        format!("{signed}.{}", BASE64.encode(signature))
    }
}

fn key(id: &str, pem: &str) -> CoreEdDsaPrivateSigningKey {
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(pem, Some(JsonWebKeyId::new(id.to_owned()))).unwrap()
}

fn parameter(url: &Url, name: &str) -> String {
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.unwrap_or_else(|| panic!("{name}: {url}")).1.into_owned()
}

impl Company {
    fn change(&self, change: impl FnOnce(&mut World)) {
        change(&mut self.world.lock().unwrap());
    }

    async fn begin(&self) -> Begun {
        let begun = self.provider.begin(&self.http).await.unwrap();
        let nonce = parameter(&begun.address, "nonce");
        self.change(|world| {
            if world.claims["nonce"].is_null() {
                world.claims["nonce"] = json!(nonce);
            }
        });
        begun
    }

    async fn sign_in(&self) -> Result<Person, SignInError> {
        let begun = self.begin().await;
        let secret = SecretString::from("the secret&");
        self.provider
            .end(&self.http, &secret, begun.pending, "the-code".into())
            .await
    }

    fn asked(&self, path: &str) -> Vec<(String, String)> {
        let world = self.world.lock().unwrap();
        let of_path = world.asked.iter().filter(|(asked, ..)| asked == path);
        of_path
            .map(|(_, header, body)| (header.clone(), body.clone()))
            .collect()
    }
}

/// Signs in at a provider that was changed so, and gives the reason why that fails.
async fn refused(change: impl FnOnce(&mut World)) -> String {
    let company = company();
    company.change(change);
    let error = company.sign_in().await.unwrap_err().to_string();
    for secret in ["the secret", "the-code", "the-access-token"] {
        assert!(!error.contains(secret), "{error}");
    }
    error
}

#[tokio::test]
async fn somebody_is_signed_in_by_a_token_that_is_bound_to_the_beginning() {
    let company = company();
    let begun = company.begin().await;
    let address = &begun.address;
    assert!(address.as_str().starts_with("https://login.example/authorize?"));
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "the-client"),
        ("redirect_uri", "https://rooms.example/sign-in/answer"),
        ("scope", "openid profile"),
        ("code_challenge_method", "S256"),
        ("state", begun.state.expose_secret()),
    ] {
        assert_eq!(parameter(address, name), value);
    }
    let challenge = parameter(address, "code_challenge");
    let secret = SecretString::from("the secret&");
    let person = company
        .provider
        .end(&company.http, &secret, begun.pending, "the-code".into())
        .await
        .unwrap();
    assert_eq!(
        person,
        Person {
            identity: "oidc:https://login.example/tenant zoe".into(),
            account: "zoe@contoso.com (oidc:zoe)".into(),
            values: Some(vec!["Rooms.Analyst".into()]),
            has_too_many: false,
        }
    );
    let [(header, body)] = &company.asked("/token")[..] else {
        panic!("one token is asked for");
    };
    let basic = base64::prelude::BASE64_STANDARD.encode("the-client:the+secret%26");
    assert_eq!(*header, format!("Basic {basic}"));
    let sent: Vec<_> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let sent = |name: &str| {
        sent.iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.clone())
    };
    assert_eq!(sent("grant_type").as_deref(), Some("authorization_code"));
    assert_eq!(sent("code").as_deref(), Some("the-code"));
    assert_eq!(
        sent("redirect_uri").as_deref(),
        Some("https://rooms.example/sign-in/answer")
    );
    assert_eq!(sent("client_secret"), None);
    let verifier = PkceCodeVerifier::new(sent("code_verifier").unwrap());
    assert_eq!(
        PkceCodeChallenge::from_code_verifier_sha256(&verifier).as_str(),
        challenge
    );
}

#[tokio::test]
async fn each_sign_in_has_a_state_a_nonce_and_a_challenge_of_its_own() {
    let company = company();
    let (one, other) = (company.begin().await, company.begin().await);
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(parameter(&one.address, name), parameter(&other.address, name));
    }
    // What the provider says about itself is asked for once.
    assert_eq!(company.asked("/tenant/.well-known/openid-configuration").len(), 1);
    assert_eq!(company.asked("/keys").len(), 1);
}

#[tokio::test]
async fn a_token_that_is_not_of_this_sign_in_for_this_client_and_now_is_not_believed() {
    for (claim, value, why) in [
        ("aud", json!("another-client"), "Invalid audiences"),
        ("aud", json!(["the-client", "another"]), "Invalid audiences"),
        ("iss", json!("https://login.example/other"), "Invalid issuer"),
        ("exp", json!(now() - 1), "Expired"),
        ("nonce", json!("another"), "Invalid nonce"),
        ("sub", json!(""), "its subject is empty"),
    ] {
        let error = refused(|world| world.claims[claim] = value.clone()).await;
        assert!(
            error.starts_with("the provider's token is not valid: ") && error.contains(why),
            "{claim} {value}: {error}"
        );
    }
}

#[tokio::test]
async fn a_signature_that_not_the_provider_alone_can_make_is_not_believed() {
    let error = refused(|world| world.signed_by = OTHER_KEY).await;
    assert!(error.contains("Signature verification failed"), "{error}");
    for algorithm in ["none", "HS256"] {
        let error = refused(|world| world.header = json!({"alg": algorithm})).await;
        assert!(
            error.contains("Signature verification failed"),
            "{algorithm}: {error}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_key_of_the_provider_is_asked_for_but_not_again_and_again() {
    let company = company();
    company.sign_in().await.unwrap();
    company.change(|world| {
        world.keys = vec![("two", OTHER_KEY)];
        world.header["kid"] = json!("two");
        world.signed_by = OTHER_KEY;
        world.claims["nonce"] = Value::Null;
    });
    let error = company.sign_in().await.unwrap_err().to_string();
    assert!(error.contains("No matching key found"), "{error}");
    assert_eq!(company.asked("/keys").len(), 1);
    tokio::time::advance(std::time::Duration::from_secs(61)).await;
    company.change(|world| world.claims["nonce"] = Value::Null);
    company.sign_in().await.unwrap();
    assert_eq!(company.asked("/keys").len(), 2);
}

#[tokio::test]
async fn a_secret_goes_into_the_body_only_where_the_header_is_not_taken() {
    let company = company();
    company.change(|world| {
        world.metadata["token_endpoint_auth_methods_supported"] = json!(["client_secret_post"]);
    });
    company.sign_in().await.unwrap();
    let (header, body) = company.asked("/token").remove(0);
    assert_eq!(header, "");
    assert!(body.contains("client_secret=the+secret%26"), "{body}");
}

#[tokio::test]
async fn a_provider_that_is_down_or_not_the_configured_one_signs_nobody_in() {
    let company = company();
    company.change(|world| world.down = true);
    let error = company.provider.begin(&company.http).await.err().unwrap();
    assert!(
        matches!(&error, SignInError::Unreachable(FetchError::ConnectionRefused(_))),
        "{error}"
    );
    // Nothing of the failure is kept.
    company.change(|world| world.down = false);
    company.sign_in().await.unwrap();

    for (key, value) in [
        ("issuer", json!("https://login.example/other")),
        ("issuer", Value::Null),
        ("authorization_endpoint", json!("javascript:alert(1)")),
        ("jwks_uri", json!(7)),
    ] {
        let company = self::company();
        company.change(|world| world.metadata[key] = value.clone());
        let error = company.provider.begin(&company.http).await.err().unwrap();
        assert!(
            matches!(error, SignInError::Discovery(_)),
            "{key} {value}: {error}"
        );
    }
}

#[tokio::test]
async fn what_the_provider_answers_instead_of_a_token_is_told_without_secrets() {
    let error = refused(|world| {
        let why = "AADSTS7000215: Invalid client secret\u{1b}[31m provided.\r\nTrace";
        world.refusal = Some((401, json!({"error": "invalid_client", "error_description": why})));
    })
    .await;
    assert_eq!(
        error,
        "the provider gave no token: invalid_client: AADSTS7000215: Invalid client secret[31m provided.  Trace"
    );
    let token = json!({"access_token": "the-access-token", "token_type": "Bearer"});
    let error = refused(|world| world.refusal = Some((200, token))).await;
    assert!(error.contains("no id_token"), "{error}");
    let broken = json!({"access_token": "the-access-token", "token_type": 7});
    let error = refused(|world| world.refusal = Some((200, broken))).await;
    assert!(error.contains("is not understood"), "{error}");
}

#[tokio::test]
async fn who_signs_out_is_sent_to_the_providers_page_if_there_is_one() {
    for (endpoint, expected) in [
        (None, None),
        (Some(""), None),
        (Some("javascript:alert(1)"), None),
        (
            Some("https://login.example/end?p=1"),
            Some(
                "https://login.example/end?p=1&client_id=the-client&post_logout_redirect_uri=https%3A%2F%2Frooms.example%2Flogin",
            ),
        ),
    ] {
        let company = company();
        if let Some(endpoint) = endpoint {
            company.world.lock().unwrap().metadata["end_session_endpoint"] = json!(endpoint);
        }
        let page = company.provider.sign_out(&company.http).await.unwrap();
        assert_eq!(page.as_ref().map(Url::as_str), expected, "{endpoint:?}");
        // Whatever it says about that, people sign in.
        company.provider.begin(&company.http).await.unwrap();
    }
}
