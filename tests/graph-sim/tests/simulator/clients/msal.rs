//! Tests that MSAL, Microsoft's own library, gets tokens from the simulated login service over TLS.

use graph_sim::{App, CLIENT_ID, CLIENT_SECRET, KeyPair, Room, Simulator, Tenant};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::clients::installed::{python, run};

/// MSAL's answer for this credential.
fn ask(sim: &Simulator, credential: &Value) -> Value {
    let authority = NamedTempFile::new().unwrap();
    std::fs::write(&authority, sim.ca_pem().unwrap()).unwrap();
    let mut request = credential.clone();
    request["authority"] = json!(format!("{}/contoso.com", sim.url()));
    request["client_id"] = json!(CLIENT_ID);
    request["scope"] = json!("https://graph.microsoft.com/.default");
    request["ca"] = json!(authority.path());
    let mut program = python("msal_token.py", &[]);
    // This variable would override what MSAL is told to trust.
    program.env("REQUESTS_CA_BUNDLE", authority.path());
    let (status, said) = run(program, &request.to_string());
    assert_eq!(status, 0);
    serde_json::from_str(&said).unwrap()
}

/// Whether Graph accepts the token that MSAL got.
async fn is_taken(sim: &Simulator, answer: &Value) -> bool {
    assert_eq!(answer["token_type"], "Bearer", "{answer}");
    let trusted = reqwest::Certificate::from_pem(sim.ca_pem().unwrap().as_bytes()).unwrap();
    let graph = reqwest::Client::builder()
        .tls_certs_only([trusted])
        .build()
        .unwrap();
    let url = format!("{}/places/microsoft.graph.room", sim.graph_url());
    let token = answer["access_token"].as_str().unwrap();
    graph.get(url).bearer_auth(token).send().await.unwrap().status() == 200
}

fn tenant() -> Tenant {
    Tenant::new("contoso.com").room(Room::new("conf-a@contoso.com", "Conf A"))
}

#[tokio::test]
#[ignore = "needs clients that are not ours: make conformance"]
async fn msal_gets_a_token_with_a_secret() {
    let sim = Simulator::start_tls(tenant()).unwrap();
    assert!(is_taken(&sim, &ask(&sim, &json!({"secret": CLIENT_SECRET}))).await);
}

#[tokio::test]
#[ignore = "needs clients that are not ours: make conformance"]
async fn msal_gets_a_token_with_a_certificate_named_in_either_way() {
    let pair = KeyPair::generate().unwrap();
    let app = App::new(CLIENT_ID).certificate(&pair.certificate);
    let sim = Simulator::start_tls(tenant().app(app)).unwrap();
    for thumbprint in [false, true] {
        let credential = json!({"key": pair.key, "certificate": pair.certificate, "thumbprint": thumbprint});
        assert!(is_taken(&sim, &ask(&sim, &credential)).await);
    }
}

#[test]
#[ignore = "needs clients that are not ours: make conformance"]
fn msal_understands_why_a_credential_is_refused() {
    let sim = Simulator::start_tls(tenant()).unwrap();
    let stranger = KeyPair::generate().unwrap();
    for (credential, code) in [
        (json!({"secret": "not-it"}), 7_000_215),
        (
            json!({"key": stranger.key, "certificate": stranger.certificate}),
            700_027,
        ),
    ] {
        let answer = ask(&sim, &credential);
        assert_eq!(
            (&answer["error"], &answer["error_codes"]),
            (&json!("invalid_client"), &json!([code]))
        );
        let words = answer["error_description"].as_str().unwrap();
        assert!(words.starts_with(&format!("AADSTS{code}: ")), "{words}");
    }
}
