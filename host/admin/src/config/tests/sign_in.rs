//! `[portal.sign-in]`.

use collector_egress::credential::SecretRef;
use collector_store::Role;

use super::{parse, problems};
use crate::config::SignIn;

const TENANT: &str = "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0";

/// A table with this issuer and these further lines.
fn table(issuer: &str, lines: &str) -> String {
    format!(
        "[portal.sign-in]\nissuer = \"{issuer}\"\nclient-id = \"c\"\nclient-secret = {{ stored = \"sso\" }}\n{lines}"
    )
}

fn read(issuer: &str, lines: &str) -> SignIn {
    parse(&table(issuer, lines)).unwrap().portal.sign_in.unwrap()
}

#[test]
fn a_provider_has_defaults_that_suit_microsoft_entra() {
    assert_eq!(parse("[portal]\n").unwrap().portal.sign_in, None);
    let lines = "administrators = [\"Rooms.Admin\"]\nanalysts = [\"a\", \"b\"]\nviewers = [\"v\"]\n";
    assert_eq!(
        read(TENANT, lines),
        SignIn {
            issuer: TENANT.into(),
            client_id: "c".into(),
            client_secret: SecretRef::Stored {
                data: "etc/data".into(),
                name: "sso".into()
            },
            scopes: ["openid", "profile", "email"].map(str::to_owned).to_vec(),
            name: "Sign in with Microsoft".into(),
            claim: "roles".into(),
            administrators: vec!["Rooms.Admin".into()],
            analysts: vec!["a".into(), "b".into()],
            viewers: vec!["v".into()],
        }
    );
    let other = read("https://login.example/", "viewers = [\"v\"]\n");
    assert_eq!(
        (&*other.issuer, &*other.name),
        ("https://login.example/", "Single sign-on")
    );
    let lines =
        "viewers = [\"v\"]\nname = \"Contoso\"\nclaim = \"groups\"\nscopes = [\"openid\", \"groups\"]\n";
    let named = read("http://127.0.0.1:3000", lines);
    assert_eq!(
        (&*named.name, &*named.claim, named.scopes.len()),
        ("Contoso", "groups", 2)
    );
    let config = parse(&table(TENANT, "viewers = [\"v\"]\n")).unwrap();
    assert_eq!(
        config.stored_secrets(),
        [("sso".to_owned(), "[portal.sign-in]".to_owned())]
    );
}

#[test]
fn of_the_roles_that_match_the_one_that_may_do_most_counts() {
    let lines = "administrators = [\"a\"]\nanalysts = [\"b\"]\nviewers = [\"c\", \"a\"]\n";
    let sign_in = read(TENANT, lines);
    let role = |values: &[&str]| {
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        sign_in.role_of(&values)
    };
    assert_eq!(role(&["c", "b", "a"]), Some(Role::Administrator));
    assert_eq!(role(&["c", "b"]), Some(Role::Analyst));
    assert_eq!(role(&["x", "c"]), Some(Role::Viewer));
    // Values are compared as they are.
    for none in [&[][..], &["A"], &["a "], &["x"]] {
        assert_eq!(role(none), None, "{none:?}");
    }
}

#[test]
fn an_issuer_is_one_provider_and_one_tenant_over_tls() {
    let problem = |issuer: &str| {
        let found = problems(&table(issuer, "viewers = [\"v\"]\n"));
        assert_eq!(found.len(), 1, "{found:?}");
        let begin = "etc/collector.toml:2:1: portal: sign-in: issuer: ";
        found[0]
            .strip_prefix(begin)
            .unwrap_or_else(|| panic!("{found:?}"))
            .to_owned()
    };
    let tenant = "; write https://login.microsoftonline.com/TENANT-ID/v2.0 with the \"Directory (tenant) ID\" that Entra shows";
    for name in ["common", "organizations", "consumers"] {
        let issuer = format!("https://login.microsoftonline.com/{name}/v2.0");
        assert_eq!(
            problem(&issuer),
            format!(
                "{issuer:?} cannot be used: {name:?} stands for many tenants, so people of any company could sign in, and its tokens name other \
                 issuers{tenant}"
            )
        );
    }
    for issuer in [
        "https://login.microsoftonline.com/contoso.com/v2.0",
        "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555",
        "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0/",
        "https://login.microsoftonline.us/",
    ] {
        assert_eq!(
            problem(issuer),
            format!("{issuer:?} cannot be used: Entra's issuer of one tenant has another form{tenant}")
        );
    }
    for (issuer, why) in [
        ("login.example", "it is not a URL"),
        (
            "http://login.example",
            "plain http is allowed only for this machine",
        ),
        ("ftp://login.example", "it is not https"),
        (
            "https://login.example/?a=b",
            "it has more than scheme, host, port and path",
        ),
        (
            "https://ada@login.example/",
            "it has more than scheme, host, port and path",
        ),
    ] {
        assert!(problem(issuer).contains(why), "{issuer}: {}", problem(issuer));
    }
}

#[test]
fn what_is_missing_or_wrong_is_said_with_its_remedy() {
    let found = problems("[portal.sign-in]\n");
    let keys: Vec<&str> = found
        .iter()
        .filter_map(|problem| problem.strip_prefix("etc/collector.toml:1:9: portal: sign-in: "))
        .map(|rest| rest.split(": ").next().unwrap())
        .collect();
    assert_eq!(
        keys,
        ["issuer", "client-id", "client-secret", "viewers"],
        "{found:?}"
    );
    assert_eq!(
        problems(&table(TENANT, "claim = \"groups\"\n")),
        [
            "etc/collector.toml:1:9: portal: sign-in: viewers: no value of the claim gives a role, so nobody could sign in; name the values of the \
             claim \"groups\" in administrators, analysts or viewers, such as viewers = [\"Rooms.Viewer\"]"
        ]
    );
    for (lines, part) in [
        ("viewers = [\"\"]", "\"\" is not a value of a claim"),
        ("viewers = \"v\"", "it must be a list of strings"),
        (
            "viewers = [\"v\"]\nscopes = [\"openid profile\"]",
            "\"openid profile\" is not a scope",
        ),
        (
            "viewers = [\"v\"]\nname = \"a\\nb\"",
            "it cannot be used; use at most 60 characters on one line",
        ),
        ("viewers = [\"v\"]\nreaders = [\"v\"]", "there is no such key"),
    ] {
        let found = problems(&table(TENANT, lines));
        assert!(
            found.iter().any(|problem| problem.contains(part)),
            "{part}: {found:?}"
        );
    }
    // A secret that stands in the file is not repeated.
    let found = problems(
        "[portal.sign-in]\nissuer = \"https://login.example\"\nclient-id = \"c\"\nclient-secret = \"hunter2\"\nviewers = [\"v\"]\n",
    );
    assert!(
        found.len() == 1 && found[0].contains("a secret does not belong in the configuration"),
        "{found:?}"
    );
    assert!(!found[0].contains("hunter2"));
}
