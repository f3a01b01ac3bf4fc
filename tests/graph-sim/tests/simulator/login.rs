//! Tests that the token endpoint answers as Entra does.

use crate::common::{Graph, code, login, with_secret};
use graph_sim::{App, CLIENT_ID, CLIENT_SECRET, KeyPair, Room, Simulator, Tenant};
use serde_json::{Value, json};

#[tokio::test]
async fn a_secret_gives_a_token_with_the_roles_of_the_app() {
    use base64::Engine as _;
    let sim = Simulator::start(Tenant::new("contoso.com").token_seconds(600)).unwrap();
    let (status, answer) = login(&sim, "contoso.com", &with_secret(CLIENT_SECRET)).await;
    assert_eq!(
        (status, &answer["token_type"], &answer["expires_in"]),
        (200, &json!("Bearer"), &json!(600))
    );
    let token = answer["access_token"].as_str().unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    assert_eq!(parts.len(), 3);
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(parts[1])
        .unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(
        claims["roles"],
        json!([
            "Calendars.Read",
            "Directory.Read.All",
            "User.Read.All",
            "Place.Read.All"
        ])
    );
    assert_eq!(claims["appid"], CLIENT_ID);
    assert_eq!(sim.token_requests(), 1);
    assert!(!format!("{:?}", sim.requests()).contains(CLIENT_SECRET));
}

#[tokio::test]
async fn the_secret_may_come_by_basic_authorization() {
    let sim = Simulator::start(Tenant::new("contoso.com")).unwrap();
    let request = reqwest::Client::new()
        .post(format!("{}/contoso.com/oauth2/v2.0/token", sim.url()))
        .basic_auth(CLIENT_ID, Some(CLIENT_SECRET))
        .form(&[
            ("grant_type", "client_credentials"),
            ("scope", "https://graph.microsoft.com/.default"),
        ]);
    assert_eq!(request.send().await.unwrap().status(), 200);
    assert!(!format!("{:?}", sim.requests()).contains("asic "));
}

#[tokio::test]
async fn each_mistake_gets_its_code() {
    let app = App::default().expired_secret("old");
    let disabled = App::new("99999999-2222-3333-4444-555555555555")
        .secret("s")
        .disabled();
    let sim = Simulator::start(Tenant::new("contoso.com").app(app).also_app(disabled)).unwrap();
    let good = with_secret(CLIENT_SECRET);
    let but = |name: &'static str, value: &'static str| {
        good.map(|(n, v)| if n == name { (n, value) } else { (n, v) })
            .to_vec()
    };
    let without = |name: &str| good.into_iter().filter(|(n, _)| *n != name).collect::<Vec<_>>();
    let mut other = but("client_id", "99999999-2222-3333-4444-555555555555");
    other[2].1 = "s";
    for (tenant, fields, expected) in [
        (
            "contoso.com",
            but("client_secret", "wrong"),
            (401, "invalid_client", 7_000_215),
        ),
        (
            "contoso.com",
            but("client_secret", "old"),
            (401, "invalid_client", 7_000_222),
        ),
        (
            "contoso.com",
            without("client_secret"),
            (401, "invalid_client", 7_000_218),
        ),
        (
            "contoso.com",
            but("client_id", "00000000-2222-3333-4444-555555555555"),
            (400, "unauthorized_client", 700_016),
        ),
        ("contoso.com", other, (401, "unauthorized_client", 7_000_112)),
        ("fabrikam.com", good.to_vec(), (400, "invalid_request", 90_002)),
        ("x", good.to_vec(), (400, "invalid_request", 900_023)),
        ("common", good.to_vec(), (400, "invalid_request", 9_001_023)),
        (
            "contoso.com",
            but("scope", "https://graph.microsoft.com/Calendars.Read"),
            (400, "invalid_scope", 1_002_012),
        ),
        (
            "contoso.com",
            but("scope", "a/.default b/.default"),
            (400, "invalid_scope", 70_011),
        ),
        (
            "contoso.com",
            but("scope", "https://graph.microsoft.us/.default"),
            (400, "invalid_resource", 500_011),
        ),
        (
            "contoso.com",
            but("grant_type", "password"),
            (400, "unsupported_grant_type", 70_003),
        ),
        (
            "contoso.com",
            without("grant_type"),
            (400, "invalid_request", 900_144),
        ),
    ] {
        let (status, answer) = login(&sim, tenant, &fields).await;
        let found = (
            i64::from(status),
            answer["error"].as_str().unwrap(),
            answer["error_codes"][0].as_i64().unwrap(),
        );
        assert_eq!(found, (expected.0, expected.1, expected.2), "{answer}");
        let text = answer["error_description"].as_str().unwrap();
        assert!(text.starts_with(&format!("AADSTS{}: ", expected.2)), "{text}");
        for field in ["timestamp", "trace_id", "correlation_id"] {
            assert!(answer[field].is_string(), "{answer}");
        }
    }
}

#[tokio::test]
async fn graph_refuses_tokens_that_are_missing_malformed_unknown_or_over() {
    let sim = Simulator::start(Tenant::new("contoso.com")).unwrap();
    let mut graph = Graph::sign_in(&sim).await;
    assert_eq!(graph.json("/places/microsoft.graph.room").await.0, 200);
    sim.expire_tokens();
    let (status, over) = graph.json("/places/microsoft.graph.room").await;
    assert_eq!((status, code(&over)), (401, "InvalidAuthenticationToken"));
    assert_eq!(
        over["error"]["message"],
        "Lifetime validation failed, the token is expired."
    );
    for wrong in ["", "x", "a.b.c"] {
        graph.token = wrong.to_owned();
        assert_eq!(graph.json("/places/microsoft.graph.room").await.0, 401, "{wrong}");
    }
}

#[tokio::test]
async fn without_a_permission_the_token_is_issued_and_graph_refuses() {
    let sim = Simulator::start(
        Tenant::new("contoso.com")
            .app(App::default().roles([]).exchange_scope(["conf-a@contoso.com"]))
            .room(Room::new("conf-a@contoso.com", "Conf A"))
            .room(Room::new("conf-b@contoso.com", "Conf B")),
    )
    .unwrap();
    let graph = Graph::sign_in(&sim).await;
    let view = |room: &str| {
        format!("/users/{room}@contoso.com/calendarView?startDateTime=2026-03-01&endDateTime=2026-03-02")
    };
    for (target, expected) in [
        ("/places/microsoft.graph.room".to_owned(), "ErrorAccessDenied"),
        (
            "/users/conf-a@contoso.com".to_owned(),
            "Authorization_RequestDenied",
        ),
        ("/groups".to_owned(), "Authorization_RequestDenied"),
        ("/organization".to_owned(), "Authorization_RequestDenied"),
        (view("conf-b"), "ErrorAccessDenied"),
    ] {
        let (status, answer) = graph.json(&target).await;
        assert_eq!((status, code(&answer)), (403, expected), "{target}");
    }
    // Granted in Exchange, so the permission works without being in the token.
    assert_eq!(graph.json(&view("conf-a")).await.0, 200);
}

struct Assertion {
    algorithm: jsonwebtoken::Algorithm,
    thumbprint: String,
    claims: Value,
}

impl Assertion {
    fn sign(&self, key: &str) -> Result<String, jsonwebtoken::errors::Error> {
        let mut header = jsonwebtoken::Header::new(self.algorithm);
        let thumbprint = Some(self.thumbprint.clone());
        if self.algorithm == jsonwebtoken::Algorithm::PS256 {
            header.x5t_s256 = thumbprint;
        } else {
            header.x5t = thumbprint;
        }
        let key = jsonwebtoken::EncodingKey::from_rsa_pem(key.as_bytes())?;
        jsonwebtoken::encode(&header, &self.claims, &key)
    }
}

fn thumbprint(pem: &str, algorithm: &'static aws_lc_rs::digest::Algorithm) -> String {
    use base64::Engine as _;
    let text: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = base64::engine::general_purpose::STANDARD
        .decode(text)
        .unwrap_or_default();
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(aws_lc_rs::digest::digest(algorithm, &der))
}

#[tokio::test]
async fn a_certificate_is_checked_for_real() {
    use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256};
    use jsonwebtoken::Algorithm::{PS256, RS256};
    let pair = KeyPair::generate().unwrap();
    let stranger = KeyPair::generate().unwrap();
    let app = App::new(CLIENT_ID).certificate(&pair.certificate);
    let sim = Simulator::start(Tenant::new("contoso.com").app(app)).unwrap();
    let now = chrono::Utc::now().timestamp();
    let claims = json!({"aud": format!("{}/contoso.com/oauth2/v2.0/token", sim.url()), "iss": CLIENT_ID,
        "sub": CLIENT_ID, "jti": "1", "nbf": now, "iat": now, "exp": now + 600});
    let with = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        claims
    };
    let (sha256, sha1) = (
        thumbprint(&pair.certificate, &SHA256),
        thumbprint(&pair.certificate, &SHA1_FOR_LEGACY_USE_ONLY),
    );
    let other = thumbprint(&stranger.certificate, &SHA256);
    for (what, algorithm, print, claims, key, expected) in [
        ("PS256", PS256, &sha256, claims.clone(), &pair.key, 0),
        ("RS256", RS256, &sha1, claims.clone(), &pair.key, 0),
        (
            "another's key",
            PS256,
            &sha256,
            claims.clone(),
            &stranger.key,
            700_027,
        ),
        (
            "another's certificate",
            PS256,
            &other,
            claims.clone(),
            &stranger.key,
            700_027,
        ),
        (
            "audience",
            PS256,
            &sha256,
            with("aud", json!("https://example.com")),
            &pair.key,
            700_023,
        ),
        (
            "issuer",
            PS256,
            &sha256,
            with("iss", json!("somebody")),
            &pair.key,
            700_021,
        ),
        (
            "over",
            PS256,
            &sha256,
            with("exp", json!(now - 3600)),
            &pair.key,
            700_024,
        ),
        (
            "not yet",
            PS256,
            &sha256,
            with("nbf", json!(now + 3600)),
            &pair.key,
            700_024,
        ),
    ] {
        let assertion = Assertion {
            algorithm,
            thumbprint: print.clone(),
            claims,
        }
        .sign(key)
        .unwrap();
        let (status, answer) = login(
            &sim,
            "contoso.com",
            &[
                ("grant_type", "client_credentials"),
                ("client_id", CLIENT_ID),
                (
                    "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                ),
                ("client_assertion", &assertion),
                ("scope", "https://graph.microsoft.com/.default"),
            ],
        )
        .await;
        let found = answer["error_codes"][0].as_i64().unwrap_or(0);
        assert_eq!(
            (status == 200, found),
            (expected == 0, expected),
            "{what}: {answer}"
        );
    }
}
