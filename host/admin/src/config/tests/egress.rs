//! `[egress]`, `[source.egress]`, and grants written as tables.

use collector_egress::credential::SecretRef;
use collector_egress::grant::Grant;

use super::{parse, problems};
use crate::config::Config;

const SOURCE: &str = "[[source]]\nname = \"a\"\nconnector = \"o365\"\n";

const COMPANY: &str = r#"[egress]
proxy = "http://proxy.corp:3128"
proxy-user = "svc-rooms"
proxy-password = { stored = "proxy" }
no-proxy = ["calendar.corp", ".corp.example", "10.0.0.0/8"]
ca = "corp-ca.pem"
nat64 = ["2001:db8:64::/96"]
"#;

fn of_source(own: &str) -> Config {
    parse(&format!("{COMPANY}{SOURCE}{own}")).unwrap()
}

#[test]
fn sources_share_the_egress_unless_they_have_their_own() {
    let config = of_source("");
    let egress = &config.sources[0].egress;
    assert!(egress.is_like(&config.egress));
    assert_eq!(
        egress.proxy.as_ref().unwrap().to_string(),
        "http://proxy.corp:3128"
    );
    let password = SecretRef::Stored {
        data: "etc/data".into(),
        name: "proxy".into(),
    };
    assert_eq!(egress.login, Some(("svc-rooms".to_owned(), password)));
    assert_eq!((egress.no_proxy.len(), egress.nat64.len()), (3, 1));
    assert_eq!(egress.ca.as_deref(), Some("etc/corp-ca.pem".as_ref()));
    assert_eq!(
        config.stored_secrets(),
        [("proxy".to_owned(), "[egress]".to_owned())]
    );

    // A source with its own table inherits nothing: the password is for one proxy.
    let config = of_source("[source.egress]\nproxy = \"http://other.corp:8080\"\n");
    let egress = &config.sources[0].egress;
    assert_eq!(
        egress.proxy.as_ref().unwrap().to_string(),
        "http://other.corp:8080"
    );
    assert_eq!(
        (&egress.login, &egress.ca, egress.no_proxy.len()),
        (&None, &None, 0)
    );
    assert_eq!(egress.nat64, config.egress.nat64);

    let direct = of_source("[source.egress]\n");
    assert_eq!(direct.sources[0].egress.proxy, None);
}

#[test]
fn a_source_with_another_egress_counts_as_changed() {
    let [before, after] = [
        of_source(""),
        parse(&format!("{COMPANY}{SOURCE}").replace(":3128", ":8080")).unwrap(),
    ]
    .map(|config| config.sources[0].clone());
    assert_eq!(before.written, after.written);
    assert!(!before.is_like(&after) && !before.collects_like(&after));
    let moved = parse(&format!("\n# moved\n{COMPANY}{SOURCE}")).unwrap();
    assert!(before.is_like(&moved.sources[0]) && before.collects_like(&moved.sources[0]));
}

#[test]
fn a_password_in_the_address_of_a_proxy_is_refused_and_not_repeated() {
    let text = COMPANY.replace("proxy.corp:3128", "joe:s3cret@proxy.corp:3128");
    assert_eq!(
        problems(&text),
        [
            "etc/collector.toml:2:1: egress: proxy: it contains a user name or a password; remove them from the address: proxy-user takes \
             the name, and proxy-password = { file = \"PATH\" } tells where the password is"
        ]
    );
}

#[test]
fn problems_with_the_egress_are_named_with_their_lines() {
    for (from, to, problem) in [
        (
            "http://proxy.corp:3128",
            "https://proxy.corp",
            "etc/collector.toml:2:1: egress: proxy: a proxy is supported only with http://, not with https:; write it like \
             \"http://proxy.corp:3128\"",
        ),
        (
            "http://proxy.corp:3128",
            "proxy.corp:3128",
            "etc/collector.toml:2:1: egress: proxy: it is not the address of a proxy; write it like \"http://proxy.corp:3128\"",
        ),
        (
            "proxy-user = \"svc-rooms\"\n",
            "",
            "etc/collector.toml:3:1: egress: proxy-password: `proxy-user` is missing; a proxy login needs both: add proxy-user, or remove \
             proxy-password",
        ),
        (
            "proxy-password = { stored = \"proxy\" }\n",
            "",
            "etc/collector.toml:3:1: egress: proxy-user: `proxy-password` is missing; a proxy login needs both: add proxy-password, or remove \
             proxy-user",
        ),
        (
            "{ stored = \"proxy\" }",
            "\"s3cret\"",
            "etc/collector.toml:4:1: egress: proxy-password: a secret does not belong in the configuration; say where it is: { env = \
             \"VARIABLE\" }, { file = \"PATH\" }, { keyring = \"NAME\" }, or { stored = \"NAME\" } after `collector secrets set NAME`",
        ),
        (
            "calendar.corp",
            "*.corp",
            "etc/collector.toml:5:1: egress: no-proxy: \"*.corp\" is not a host name, a domain that begins with a dot, an IP address or a network; name hosts (\"calendar.corp\"), ends of names (\".corp.example\"), addresses or networks \
             (\"10.0.0.0/8\")",
        ),
        (
            "64::/96",
            "64::/95",
            "etc/collector.toml:7:1: egress: nat64: \"2001:db8:64::/95\" is not the prefix of a NAT64 translator; give the translator's \
             prefix of 32, 40, 48, 56, 64 or 96 bits, such as \"2001:db8:64::/96\"",
        ),
        (
            "ca =",
            "cas =",
            "etc/collector.toml:6:1: egress: cas: there is no such key; did you mean `ca`? valid keys are ca, nat64, no-proxy, proxy, \
             proxy-password, proxy-user",
        ),
    ] {
        assert_eq!(problems(&COMPANY.replace(from, to)), [problem]);
    }
    assert_eq!(
        problems(&format!("{SOURCE}[source.egress]\nno-proxy = []\nnat64 = []\n")),
        [
            "etc/collector.toml:5:1: source \"a\": egress: no-proxy: there is no proxy; name it with proxy = \"http://proxy.corp:3128\", or \
             remove this key",
            "etc/collector.toml:6:1: source \"a\": egress: nat64: there is no such key; valid keys are ca, no-proxy, proxy, proxy-password, \
             proxy-user",
        ]
    );
}

#[test]
fn a_name_may_be_granted_as_private() {
    let grants = |http: &str| format!("{SOURCE}[source.grants]\nhttp = {http}\n");
    let config = parse(&grants(
        r#"["https://graph.microsoft.com", { origin = "https://calendar.corp", private = true }]"#,
    ))
    .unwrap();
    let granted = config.sources[0].grants.http.clone().unwrap();
    let grant = |origin: &str, private| Grant {
        origin: origin.parse().unwrap(),
        private,
    };
    assert_eq!(
        granted,
        [
            grant("https://graph.microsoft.com", false),
            grant("https://calendar.corp", true)
        ]
    );
    for (http, problem) in [
        (
            r#"[{ origin = "http://calendar.corp", private = true }]"#,
            "etc/collector.toml:5:11: source \"a\": grants: http: origin: \"http://calendar.corp\" is not encrypted; use https://, since plain http:// is allowed only for loopback addresses (127.0.0.1, [::1], localhost); name origins such as \"https://graph.microsoft.com\"",
        ),
        (
            "[{ private = true }]",
            "etc/collector.toml:5:9: source \"a\": grants: http: origin: it is missing; name origins such as \"https://graph.microsoft.com\"",
        ),
        (
            r#"[{ origin = "https://calendar.corp", privat = true }]"#,
            "etc/collector.toml:5:45: source \"a\": grants: http: privat: there is no such key; did you mean `private`? valid keys are origin, \
             private",
        ),
        (
            "[1]",
            "etc/collector.toml:5:1: source \"a\": grants: http: it is a list; it must be a list of strings and tables, [\"…\", { … }]",
        ),
    ] {
        assert_eq!(problems(&grants(http)), [problem]);
    }
}
