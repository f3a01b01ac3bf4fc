//! The credentials of a source, and the endpoints of its managed identity.

use collector_egress::credential::SecretRef;

use super::{parse, problems};
use crate::config::{ManagedIdentity, RefreshToken};

/// A source with these credentials and these lines of grants.
fn with_credentials(credentials: &str, grants: &str) -> String {
    format!(
        "[[source]]\nname = \"a\"\nconnector = \"o365\"\n[source.credentials]\n{credentials}\n[source.grants]\n{grants}\n"
    )
}

#[test]
fn there_may_be_a_certificate_and_a_secret_and_several_of_each() {
    let text = with_credentials(
        "client-id = \"app\"\nclient-secret = [{ env = \"NEW\" }, { stored = \"old\" }]\n\
         certificate = [{ file = \"new.pfx\" }, { file = \"old.pem\" }]\ncertificate-password = { env = \"PASSWORD\" }\n\
         federated-token = { file = \"/var/run/token\" }",
        "",
    );
    let config = parse(&text).unwrap();
    let credentials = &config.sources[0].credentials;
    let old = SecretRef::Stored {
        data: "etc/data".into(),
        name: "old".into(),
    };
    assert_eq!(credentials.client_secret, [SecretRef::Env("NEW".into()), old]);
    assert_eq!(
        credentials.certificate,
        [
            SecretRef::File("etc/new.pfx".into()),
            SecretRef::File("etc/old.pem".into())
        ]
    );
    assert_eq!(
        credentials.certificate_password,
        [SecretRef::Env("PASSWORD".into())]
    );
    assert_eq!(
        credentials.federated_token,
        Some(SecretRef::File("/var/run/token".into()))
    );
    assert!(credentials.others.is_empty());
    assert_eq!(
        config.stored_secrets(),
        [("old".to_owned(), "source \"a\"".to_owned())]
    );
}

#[test]
fn a_password_has_a_user_name() {
    let config = parse(&with_credentials(
        "feed = { user = \"rooms\", file = \"feed.txt\" }",
        "",
    ))
    .unwrap();
    let credentials = &config.sources[0].credentials;
    assert_eq!(credentials.others["feed"], SecretRef::File("etc/feed.txt".into()));
    assert_eq!(credentials.users["feed"], "rooms");
    for user in ["\"\"", "\"a:b\"", "\"a\\nb\"", "7"] {
        let text = format!("feed = {{ user = {user}, env = \"PASSWORD\" }}");
        assert_eq!(
            problems(&with_credentials(&text, "")),
            [
                "etc/collector.toml:5:1: source \"a\": credentials: feed: its user is not a valid user name; give at most 256 bytes \
                 without a colon: { user = \"rooms\", env = \"PASSWORD\" }"
            ]
        );
    }
    let token = problems(&with_credentials(
        "client-secret = { user = \"rooms\", env = \"SECRET\" }",
        "",
    ));
    assert!(
        token[0].contains("client-secret: this secret takes no user name"),
        "{token:?}"
    );
}

#[test]
fn an_invalid_list_of_secrets_is_named_with_what_belongs_there() {
    let say = "say where it is: { env = \"VARIABLE\" }, { file = \"PATH\" }, { keyring = \"NAME\" }, or { stored = \"NAME\" } after \
               `collector secrets set NAME`";
    assert_eq!(
        problems(&with_credentials(
            "client-secret = []\ncertificate = [{ file = \"app.pem\" }, \"hunter2\"]",
            ""
        )),
        [
            format!(
                "etc/collector.toml:5:1: source \"a\": credentials: client-secret: the list is empty; {say}"
            ),
            format!(
                "etc/collector.toml:6:1: source \"a\": credentials: certificate: a secret does not belong in the configuration; {say}"
            ),
        ]
    );
}

#[test]
fn a_managed_identity_is_the_systems_or_a_users_and_stands_alone() {
    let identity = |credentials: &str| {
        parse(&with_credentials(
            credentials,
            "identity = [\"http://169.254.169.254\"]",
        ))
        .map(|mut config| config.sources.remove(0))
    };
    let system = identity("managed-identity = true").unwrap();
    assert_eq!(
        system.credentials.managed_identity,
        Some(ManagedIdentity::default())
    );
    assert_eq!(
        system.grants.identity,
        ["http://169.254.169.254".parse().unwrap()]
    );
    let user = identity("managed-identity = { client-id = \"id\" }").unwrap();
    assert_eq!(
        user.credentials.managed_identity.unwrap().client_id.as_deref(),
        Some("id")
    );
    let none = identity("managed-identity = false").unwrap();
    assert_eq!(none.credentials.managed_identity, None);
    assert_eq!(
        problems(&with_credentials(
            "managed-identity = true\nclient-id = \"app\"\nclient-secret = { env = \"X\" }",
            ""
        )),
        [
            "etc/collector.toml:6:1: source \"a\": credentials: client-id: a managed identity is not a registered application; \
             remove client-id; for a user-assigned identity write managed-identity = { client-id = \"…\" }",
            "etc/collector.toml:7:1: source \"a\": credentials: client-secret: managed-identity is set, too, and signs in without it; \
             remove one of the two",
        ]
    );
    assert_eq!(
        problems(&with_credentials(
            "managed-identity = { id = \"x\" }\n[[source]]\nname = \"b\"\nconnector = \"o365\"\n[source.credentials]\nmanaged-identity = \"yes\"",
            ""
        )),
        [
            "etc/collector.toml:5:22: source \"a\": credentials: managed-identity: id: there is no such key; valid keys are client-id",
            "etc/collector.toml:10:1: source \"b\": credentials: managed-identity: it is a string; it must be true, or { client-id = \"…\" } \
             for a user-assigned one",
        ]
    );
}

#[test]
fn a_refresh_token_is_used_with_the_secret_of_its_application_and_no_other_proof() {
    let application = "client-id = \"app\"\nclient-secret = { env = \"SECRET\" }";
    let text = format!("{application}\nrefresh-token = {{ stored = \"webex\" }}");
    let config = parse(&with_credentials(&text, "")).unwrap();
    let data = || "etc/data".into();
    assert_eq!(
        config.sources[0].credentials.refresh_token,
        Some(RefreshToken {
            place: SecretRef::Stored {
                data: data(),
                name: "webex".into()
            },
            data: data(),
        })
    );
    assert_eq!(
        config.stored_secrets_of("a"),
        ["webex", "a.renewed-refresh-token"]
    );
    assert_eq!(
        problems(&with_credentials(
            "refresh-token = { env = \"TOKEN\" }\ncertificate = { file = \"app.pem\" }\nfederated-token = { env = \"OTHER\" }",
            ""
        )),
        [
            "etc/collector.toml:6:1: source \"a\": credentials: certificate: refresh-token is set, too, and is used with a client secret \
             alone; remove one of the two",
            "etc/collector.toml:7:1: source \"a\": credentials: federated-token: refresh-token is set, too, and is used with a client \
             secret alone; remove one of the two",
            "etc/collector.toml:5:1: source \"a\": credentials: refresh-token: it needs client-id; add client-id = \"…\", the id of the \
             application that the token was issued to",
            "etc/collector.toml:5:1: source \"a\": credentials: refresh-token: it needs client-secret; add client-secret = { env = \
             \"VARIABLE\" }, the secret of the application that the token was issued to",
        ]
    );
    assert_eq!(
        problems(&with_credentials(
            "managed-identity = true\nrefresh-token = { env = \"TOKEN\" }",
            "identity = [\"http://169.254.169.254\"]"
        )),
        [
            "etc/collector.toml:6:1: source \"a\": credentials: refresh-token: managed-identity is set, too, and signs in without it; \
             remove one of the two"
        ]
    );
    let several = format!("{application}\nrefresh-token = [{{ env = \"NEW\" }}, {{ env = \"OLD\" }}]");
    let several = problems(&with_credentials(&several, ""));
    assert!(
        several[0].contains("refresh-token: it does not say where the secret is"),
        "{several:?}"
    );
}

#[test]
fn an_identity_is_granted_where_the_connector_cannot_go() {
    assert_eq!(
        problems(&with_credentials(
            "managed-identity = true",
            "http = [\"http://127.0.0.1:4100\"]\nidentity = [\"http://127.0.0.1:4100\", \"https://graph.microsoft.com\"]"
        )),
        [
            "etc/collector.toml:8:1: source \"a\": grants: identity: http://127.0.0.1:4100 is in http, too, so the connector could \
             fetch tokens there itself; remove it from http",
            "etc/collector.toml:8:1: source \"a\": grants: identity: \"https://graph.microsoft.com\" cannot be the endpoint of a managed identity, which has a loopback (127.0.0.1, localhost) or link-local address (169.254.0.0/16); name the endpoint's origin, \
             such as \"http://169.254.169.254\"",
        ]
    );
}
