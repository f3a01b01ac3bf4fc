//! Tests of the logins to a server, and of the servers that the sink trusts.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use collector_sinks::{NatsCredentials, NatsSettings, SinkSettings, open};
use nkeys::KeyPair;
use serde_json::json;

use crate::kit::Authority;
use crate::nats::server::Server;
use crate::nats::{changes, error, settings};

fn refused(settings: NatsSettings) -> String {
    match open(SinkSettings::Nats(settings)) {
        Ok(_) => panic!("the settings were accepted"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_reported_but_not_repeated() {
    let server = Server::start(&["-js", "--user", "collector", "--pass", "right horse"]);
    let with = |credentials| {
        open(SinkSettings::Nats(NatsSettings {
            credentials,
            ..server.settings()
        }))
        .unwrap()
    };
    let user = |password: &str| NatsCredentials::UserPassword("collector".into(), password.into());
    for credentials in [
        user("wrong horse"),
        NatsCredentials::Token("wrong horse".into()),
        NatsCredentials::None,
    ] {
        assert_eq!(
            error(&mut with(credentials), &changes(1, 1..=1)).await,
            format!(
                "the NATS server 127.0.0.1:{}, stream COLLECTOR: it refused the collector's credentials; correct `user` and `password`, \
                 `token` or `credentials`",
                server.port()
            )
        );
    }
    with(user("right horse"))
        .deliver(&changes(1, 1..=1))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_lets_the_collector_in() {
    let server = Server::start(&["-js", "--auth", "open sesame"]);
    let mut sink = open(SinkSettings::Nats(NatsSettings {
        credentials: NatsCredentials::Token("open sesame\n".into()),
        ..server.settings()
    }))
    .unwrap();
    sink.deliver(&changes(1, 1..=1)).await.unwrap();
}

/// Uses a server whose users are signed by accounts, and the accounts by an operator (<https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/jwt>).
#[tokio::test(flavor = "multi_thread")]
async fn credentials_of_a_file_let_the_collector_in() {
    let (operator, system, account) = (
        KeyPair::new_operator(),
        KeyPair::new_account(),
        KeyPair::new_account(),
    );
    let unlimited = json!({
        "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true, "conn": -1, "leaf": -1,
        "mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1,
    });
    let plain = json!({ "subs": -1, "data": -1, "payload": -1, "conn": -1 });
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("server.conf");
    let text = format!(
        "operator: {}\nsystem_account: {}\nresolver: MEMORY\nresolver_preload: {{ {}: {}, {}: {} }}\n",
        jwt(
            &operator,
            &operator,
            json!({ "type": "operator", "system_account": system.public_key() })
        ),
        system.public_key(),
        system.public_key(),
        jwt(&operator, &system, json!({ "type": "account", "limits": plain })),
        account.public_key(),
        jwt(
            &operator,
            &account,
            json!({ "type": "account", "limits": unlimited })
        ),
    );
    std::fs::write(&config, text).unwrap();
    let server = Server::start(&["-js", "-c", config.to_str().unwrap()]);
    let with = |user: &KeyPair, seed: &KeyPair| {
        let text = format!(
            "-----BEGIN NATS USER JWT-----\n{}\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n{}\n\
             ------END USER NKEY SEED------\n",
            jwt(
                &account,
                user,
                json!({ "type": "user", "subs": -1, "data": -1, "payload": -1 })
            ),
            seed.seed().unwrap(),
        );
        open(SinkSettings::Nats(NatsSettings {
            credentials: NatsCredentials::File(text.trim_end().into()),
            ..server.settings()
        }))
        .unwrap()
    };
    let user = KeyPair::new_user();
    with(&user, &user).deliver(&changes(1, 1..=1)).await.unwrap();
    let text = error(&mut with(&user, &KeyPair::new_user()), &changes(1, 1..=1)).await;
    assert!(text.contains("it refused the collector's credentials"), "{text}");
}

/// A claim of NATS (<https://pkg.go.dev/github.com/nats-io/jwt/v2>): a statement of the signer about a key.
fn jwt(by: &KeyPair, of: &KeyPair, mut nats: serde_json::Value) -> String {
    nats["version"] = json!(2);
    let claims = json!({
        "jti": "1", "iat": 1_773_136_800, "iss": by.public_key(), "sub": of.public_key(), "name": "test", "nats": nats,
    });
    let part = |value: serde_json::Value| BASE64URL.encode(value.to_string());
    let signed = format!(
        "{}.{}",
        part(json!({ "typ": "JWT", "alg": "ed25519-nkey" })),
        part(claims)
    );
    let signature = BASE64URL.encode(by.sign(signed.as_bytes()).unwrap());
    format!("{signed}.{signature}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_permission_is_reported_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("server.conf");
    std::fs::write(
        &config,
        "authorization { users = [ { user: collector, password: secret, permissions: \
         { publish: [\"rooms.fabrikam.>\", \"$JS.API.>\"], subscribe: \"_INBOX.>\" } } ] }",
    )
    .unwrap();
    let server = Server::start(&["-js", "-c", config.to_str().unwrap()]);
    let mut sink = open(SinkSettings::Nats(NatsSettings {
        credentials: NatsCredentials::UserPassword("collector".into(), "secret".into()),
        ..server.settings()
    }))
    .unwrap();
    let text = error(&mut sink, &changes(1, 1..=1)).await;
    assert!(
        text.contains("the server said: nats: Permissions Violation for Publish to \"rooms.contoso.room-0\""),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_works_with_an_authority_of_ones_own_and_not_without_it() {
    let authority = Authority::new("own");
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (certificate, key) = (
        file("server.pem", &authority.certificate),
        file("server.key", &authority.key),
    );
    let server = Server::start(&["-js", "--tls", "--tlscert", &certificate, "--tlskey", &key]);
    for host in ["127.0.0.1", "localhost"] {
        let with = |ca: Option<&str>| {
            open(SinkSettings::Nats(NatsSettings {
                ca: ca.map(|ca| ca.as_bytes().to_vec()),
                ..settings(&format!("tls://{host}:{}", server.port()))
            }))
            .unwrap()
        };
        with(Some(&authority.ca))
            .deliver(&changes(1, 1..=1))
            .await
            .unwrap();
        for ca in [None, Some(Authority::new("other").ca)] {
            assert_eq!(
                error(&mut with(ca.as_deref()), &changes(1, 1..=1)).await,
                format!(
                    "the NATS server {host}:{}, stream COLLECTOR: it cannot be reached: invalid peer certificate: UnknownIssuer; \
                     correct `url` or `ca`, or look at the server",
                    server.port()
                )
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_tls_gets_nothing_when_tls_is_wanted() {
    let server = Server::with_jetstream();
    let mut sink = open(SinkSettings::Nats(settings(&format!(
        "tls://127.0.0.1:{}",
        server.port()
    ))))
    .unwrap();
    let text = error(&mut sink, &changes(1, 1..=1)).await;
    assert!(text.contains("it cannot be reached"), "{text}");
}

#[test]
fn settings_that_cannot_be_used_are_refused_before_anything_is_contacted() {
    let of_url = "a NATS sink's `url` must be like tls://nats.example.com:4222 (nats:// only for this machine, such as nats://127.0.0.1:4222)";
    for url in [
        "nats://nats.example.com:4222",
        "nats://127.0.0.1.example.com",
        "http://127.0.0.1:4222",
        "ws://127.0.0.1:4222",
        "tls:nats.example.com",
    ] {
        assert_eq!(refused(settings(url)), of_url, "{url}");
    }
    for url in [
        "nats://collector:hunter2@127.0.0.1",
        "tls://hunter2@nats.example.com",
        "tls://:hunter2@nats.example.com",
    ] {
        assert_eq!(
            refused(settings(url)),
            "a NATS sink's `url` must not contain a user, password or token; set `user` and `password`, `token` or `credentials`"
        );
    }
    let local = || settings("nats://[::1]:4222");
    assert!(open(SinkSettings::Nats(local())).is_ok());
    let cases = [
        (
            NatsSettings {
                ca: Some(Authority::new("own").ca.into_bytes()),
                ..local()
            },
            "a NATS sink's `ca` has no effect without TLS; begin `url` with tls://, or remove `ca`",
        ),
        (
            NatsSettings {
                ca: Some(b"no PEM".to_vec()),
                ..settings("tls://nats.example.com")
            },
            "a NATS sink's `ca` is not usable: it contains no certificate; give a PEM file",
        ),
        (
            NatsSettings {
                subject: "rooms.>".into(),
                ..local()
            },
            "a NATS sink's `subject` must be words of letters, digits, `-` and `_`, separated by dots, such as \"rooms\"",
        ),
        (
            NatsSettings {
                stream: "my.stream".into(),
                ..local()
            },
            "a NATS sink's `stream` must be a name without spaces, dots, slashes, `*` or `>`, such as \"COLLECTOR\"",
        ),
        (
            NatsSettings {
                credentials: NatsCredentials::File("-----BEGIN NATS USER JWT-----\nhunter2".into()),
                ..local()
            },
            "a NATS sink's `credentials` must be a .creds file, with a user's JWT and the seed of an NKey; create one with: nsc generate creds",
        ),
    ];
    for (settings, expected) in cases {
        assert_eq!(refused(settings), expected);
    }
}
