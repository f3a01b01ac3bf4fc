mod credentials;
mod egress;
mod insights;
mod listening;
mod receiving;
mod sign_in;

use std::path::Path;
use std::time::Duration;

use collector_egress::credential::SecretRef;
use collector_model::window::Span;
use proptest::prelude::*;

use super::*;

const WHOLE: &str = r#"
[collector]
plugins = "connectors"

[[source]]
name = "contoso"
connector = "o365"
every = "10m"
window = { back = "2h", ahead = "7d" }

[source.settings]
tenant = "contoso.onmicrosoft.com"
since = 2026-03-10

[source.credentials]
client-id = "11111111-2222-3333-4444-555555555555"
client-secret = { env = "O365_CLIENT_SECRET" }
feed = { file = "feed.txt" }

[source.grants]
http = ["https://graph.microsoft.com", "http://127.0.0.1:4100"]

[source.limits]
requests = 8
memory = "64MiB"
"#;

fn parse(text: &str) -> Result<Config, String> {
    Config::parse(text, Path::new("etc/collector.toml")).map_err(|error| error.to_string())
}

fn problems(text: &str) -> Vec<String> {
    parse(text).unwrap_err().lines().map(str::to_owned).collect()
}

#[test]
fn a_whole_configuration_is_read() {
    let config = parse(WHOLE).unwrap();
    assert_eq!(config.plugins, Path::new("etc/connectors"));
    assert_eq!(config.data, Path::new("etc/data"));
    let source = &config.sources[0];
    assert_eq!(
        (source.name.as_str(), source.connector.as_str()),
        ("contoso", "o365")
    );
    assert_eq!(source.every, Duration::from_secs(600));
    assert_eq!(
        source.window,
        Span {
            back: Duration::from_secs(7_200),
            ahead: Duration::from_secs(604_800)
        }
    );
    assert_eq!(
        source.settings.to_string(),
        r#"{"since":"2026-03-10","tenant":"contoso.onmicrosoft.com"}"#
    );
    assert_eq!(
        source.credentials.client_secret,
        [SecretRef::Env("O365_CLIENT_SECRET".into())]
    );
    assert_eq!(
        source.credentials.others["feed"],
        SecretRef::File("etc/feed.txt".into())
    );
    assert_eq!(source.grants.http.as_ref().map(Vec::len), Some(2));
    assert_eq!(
        source.limits,
        Limits {
            requests: 8,
            memory: 64 << 20,
            ..Limits::default()
        }
    );
}

#[test]
fn what_is_left_out_has_a_default() {
    let config = parse("[[source]]\nname = \"a\"\nconnector = \"o365\"\n").unwrap();
    assert_eq!(config.plugins, Path::new("etc/plugins"));
    let source = &config.sources[0];
    assert_eq!(source.window, Span::default());
    assert_eq!(source.limits, Limits::default());
    assert!(source.grants.http.is_none());
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_what_was_meant() {
    assert_eq!(
        problems(
            "[collector]\nplugin = \"x\"\n[[source]]\nname = \"a\"\nconnector = \"o365\"\nevrey = \"5m\"\n[source.limits]\nrequest = 2\n"
        ),
        [
            "etc/collector.toml:2:1: collector: plugin: there is no such key; did you mean `plugins`? valid keys are data, forget-at-most, keep, keep-usage, plugins",
            "etc/collector.toml:8:1: source \"a\": limits: request: there is no such key; did you mean `requests`? valid keys are memory, pass-data, pass-time, requests, slice-time",
            "etc/collector.toml:6:1: source \"a\": evrey: there is no such key; did you mean `every`? valid keys are connector, credentials, egress, every, grants, limits, name, paused, receive, settings, view-subjects, window",
        ]
    );
}

#[test]
fn a_value_of_the_wrong_type_is_named_and_not_repeated() {
    assert_eq!(
        problems(
            "[[source]]\nname = 7\nconnector = \"o365\"\n[source.credentials]\nclient-secret = \"hunter2\"\ncertificate = { vault = \"x\" }\n"
        ),
        [
            "etc/collector.toml:2:1: source: name: it is a number; it must be a string",
            "etc/collector.toml:5:1: source: credentials: client-secret: a secret does not belong in the configuration; say where it is: { env = \"VARIABLE\" }, { file = \"PATH\" }, { keyring = \"NAME\" }, or { stored = \"NAME\" } after `collector secrets set NAME`",
            "etc/collector.toml:6:1: source: credentials: certificate: it does not say where the secret is; say where it is: { env = \"VARIABLE\" }, { file = \"PATH\" }, { keyring = \"NAME\" }, or { stored = \"NAME\" } after `collector secrets set NAME`",
        ]
    );
}

#[test]
fn two_sources_of_one_name_are_both_named() {
    let source = "[[source]]\nname = \"a\"\nconnector = \"o365\"\n";
    assert_eq!(
        problems(&format!("{source}{source}")),
        [
            "etc/collector.toml:5:1: source \"a\": name: another source has this name, at etc/collector.toml:2:1; give each source a name of its own"
        ]
    );
}

#[test]
fn missing_keys_are_named() {
    assert_eq!(
        problems("[[source]]\nname = \"a\"\n"),
        [
            "etc/collector.toml:1:1: source \"a\": connector: it is missing; name a file of the plugin directory: connector = \"o365\""
        ]
    );
    let empty = parse("").unwrap();
    assert_eq!(
        empty
            .need_source(Path::new("etc/collector.toml"))
            .unwrap_err()
            .to_string(),
        "etc/collector.toml:1:1: source: there is no source; add one with `collector add`, or with [[source]], a name, a connector and its settings"
    );
}

#[test]
fn times_sizes_and_numbers_say_how_they_are_written() {
    assert_eq!(
        problems(
            "[[source]]\nname = \"a\"\nconnector = \"o365\"\nevery = \"soon\"\nwindow = { back = \"0s\", ahead = \"0s\" }\n[source.limits]\nrequests = 0\nmemory = \"a lot\"\n"
        ),
        [
            "etc/collector.toml:4:1: source \"a\": every: \"soon\" is not a length of time; write it like \"30s\", \"5m\", \"1h 30m\", \"14d\"",
            "etc/collector.toml:5:1: source \"a\": window: it is empty; make it reach back or ahead, such as { back = \"1d\", ahead = \"14d\" }",
            "etc/collector.toml:7:1: source \"a\": limits: requests: it is out of range; give a whole number from 1 to 64",
            "etc/collector.toml:8:1: source \"a\": limits: memory: \"a lot\" is not a valid size; write it like \"256MiB\", from 16.0 MiB to 2.0 GiB",
        ]
    );
}

#[test]
fn names_that_would_leave_the_plugin_directory_or_forge_output_are_refused() {
    let found = problems("[[source]]\nname = \"a\\u001b[31m\"\nconnector = \"../../etc/passwd\"\n");
    assert_eq!(found.len(), 2);
    assert!(
        found[0].contains("use at most 64 letters, digits, `-`, `_` and `.`"),
        "{}",
        found[0]
    );
    assert!(
        found[1].ends_with("give the file's name in the plugin directory without `.wasm`"),
        "{}",
        found[1]
    );
}

#[test]
fn text_that_is_not_toml_is_reported_with_its_line_and_not_quoted() {
    let found = problems("[[source]]\nname = \"a\"\nclient-secret = hunter2\n");
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("etc/collector.toml:3:"), "{}", found[0]);
    assert!(!found[0].contains("hunter2"), "{}", found[0]);
}

#[test]
fn a_missing_file_is_reported_with_how_to_start_one() {
    let error = Config::load(Path::new("no/such/collector.toml"))
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("no/such/collector.toml: No such file or directory"),
        "{error}"
    );
    assert!(error.contains(
        "name another file with --config, or start one with:\n\n  [[source]]\n  name = \"contoso\""
    ));
}

#[test]
fn a_problem_of_a_setting_that_is_not_there_points_at_its_table() {
    let source = parse(WHOLE).unwrap().sources.remove(0);
    assert_eq!(
        source
            .problem("settings.user-agent", "it is missing", "add it")
            .to_string(),
        "etc/collector.toml:11:9: source \"contoso\": settings.user-agent: it is missing; add it"
    );
    assert!(
        source
            .problem("settings.tenant", "x", "y")
            .to_string()
            .starts_with("etc/collector.toml:12:1: ")
    );
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text: String) {
        let _ = parse(&text);
    }

    #[test]
    fn arbitrary_sources_never_panic(lines in proptest::collection::vec("(name|connector|window|settings|credentials|grants|limits|egress|x) = [^\n]{0,20}", 0..6)) {
        let _ = parse(&format!("[[source]]\n{}\n", lines.join("\n")));
    }
}

#[test]
fn the_service_and_how_long_meetings_are_kept_are_read() {
    let text = format!(
        "[service]\nlisten = \"[::1]:9000\"\ngrace = \"5s\"\n{}",
        WHOLE.replace("plugins = ", "keep = \"90d\"\nplugins = ")
    );
    let config = parse(&text).unwrap();
    assert_eq!(config.keep, Some(Duration::from_secs(90 * 86_400)));
    assert_eq!(
        config.service,
        Service {
            listen: Some("[::1]:9000".parse().unwrap()),
            names: Vec::new(),
            grace: Duration::from_secs(5)
        }
    );
}

#[test]
fn an_impossible_time_is_reported_with_the_valid_range() {
    let text = WHOLE
        .replace("every = \"10m\"", "every = \"0s\"")
        .replace("requests = 8", "pass-time = \"900000000y\"\nslice-time = \"1ms\"");
    assert_eq!(
        problems(&text),
        [
            "etc/collector.toml:8:1: source \"contoso\": every: \"0s\" is too short or too long; give a time from 100ms to 30days",
            "etc/collector.toml:25:1: source \"contoso\": limits: slice-time: \"1ms\" is too short or too long; give a time from 1s to 1h",
            "etc/collector.toml:24:1: source \"contoso\": limits: pass-time: \"900000000y\" is too short or too long; give a time from 1s to 1day",
        ]
    );
}

#[test]
fn a_window_that_reaches_further_back_than_meetings_are_kept_is_refused() {
    let text = WHOLE
        .replace("plugins = ", "keep = \"1d\"\nplugins = ")
        .replace("back = \"2h\"", "back = \"2d\"");
    assert_eq!(
        problems(&text),
        [
            "etc/collector.toml:10:12: source \"contoso\": window.back: it reaches further back than meetings are kept; lower it, or raise `keep` in [collector]"
        ]
    );
}

#[test]
fn a_stored_secret_is_that_of_the_data_directory_and_says_who_uses_it() {
    let text = WHOLE
        .replace("plugins = \"connectors\"", "data = \"/var/lib/collector\"")
        .replace(
            "{ env = \"O365_CLIENT_SECRET\" }",
            "{ stored = \"contoso-client-secret\" }",
        );
    let config = parse(&text).unwrap();
    assert_eq!(
        config.sources[0].credentials.client_secret,
        [SecretRef::Stored {
            data: "/var/lib/collector".into(),
            name: "contoso-client-secret".into()
        }]
    );
    assert_eq!(
        config.stored_secrets(),
        [(
            "contoso-client-secret".to_owned(),
            "source \"contoso\"".to_owned()
        )]
    );
    assert_eq!(
        problems(&text.replace("contoso-client-secret", "my secret")),
        [
            "etc/collector.toml:17:1: source \"contoso\": credentials: client-secret: \"my secret\" cannot be the name of a secret; \
             use at most 128 letters, digits, `-`, `_` and `.`"
        ]
    );
}

#[test]
fn a_source_may_be_paused_and_hide_its_subjects() {
    let source = &parse(WHOLE).unwrap().sources[0];
    assert_eq!((source.paused, source.viewing), (false, true));
    let with = |keys: &str| WHOLE.replace("every = \"10m\"", keys);
    let source = &parse(&with("paused = true\nview-subjects = false"))
        .unwrap()
        .sources[0];
    assert_eq!((source.paused, source.viewing), (true, false));
    assert_eq!(
        problems(&with("paused = \"yes\"")),
        ["etc/collector.toml:8:1: source \"contoso\": paused: it is a string; it must be true or false"]
    );
}

#[test]
fn the_portal_is_on_loopback_or_has_a_certificate() {
    let portal = |keys: &str| parse(&format!("[portal]\n{keys}")).map(|config| config.portal);
    let at = |portal: &Portal| {
        portal
            .address_at("127.0.0.1:4000".parse().unwrap())
            .unwrap()
            .to_string()
    };
    let default = portal("").unwrap();
    assert_eq!(default.listen, Some("127.0.0.1:9463".parse().unwrap()));
    assert_eq!(at(&default), "http://localhost:4000/");
    assert_eq!(portal("listen = \"off\"").unwrap().listen, None);
    let public = portal(
        "listen = \"0.0.0.0:443\"\ncertificate = \"portal.pem\"\naddress = \"https://rooms.example.com\"",
    )
    .unwrap();
    assert_eq!(public.certificate, Some("etc/portal.pem".into()));
    assert_eq!(at(&public), "https://rooms.example.com/");
    assert_eq!(
        at(&portal("certificate = \"portal.pem\"").unwrap()),
        "https://localhost:4000/"
    );
    assert_eq!(
        problems("[portal]\nlisten = \"0.0.0.0:9463\"\n"),
        [
            "etc/collector.toml:2:1: portal: listen: other machines can reach 0.0.0.0:9463, and without a certificate passwords \
             would travel in the clear; add certificate = \"portal.pem\" (chain and private key in one PEM file), or listen on \
             \"127.0.0.1:9463\""
        ]
    );
    for (address, problem) in [
        (
            "http://rooms.example.com",
            "plain http is allowed only for this machine",
        ),
        ("ftp://localhost", "it is not https"),
        (
            "https://me:secret@rooms.example.com",
            "it contains a user name or password",
        ),
        (
            "https://rooms.example.com/portal",
            "it has more than scheme, host and port",
        ),
        (
            "https://rooms.example.com/?a=b",
            "it has more than scheme, host and port",
        ),
        ("rooms", "it is not a URL"),
    ] {
        let found = portal(&format!("address = \"{address}\""))
            .unwrap_err()
            .to_string();
        assert!(found.contains(problem), "{found}");
    }
    for address in [
        "http://localhost:9463",
        "http://127.0.0.1:9463",
        "http://[::1]",
        "https://rooms.example.com:8443",
    ] {
        portal(&format!("address = \"{address}\"")).unwrap();
    }
}

fn with_sink(keys: &str) -> String {
    format!("{WHOLE}\n[[sink]]\nname = \"warehouse\"\ntype = \"postgresql\"\n{keys}")
}

#[test]
fn a_postgresql_sink_is_read_and_opened_without_contacting_a_server() {
    for keys in [
        "url = \"postgresql://collector@db.example.com/rooms\"\n",
        "url = \"postgresql://collector@127.0.0.1:5433/rooms?sslmode=disable\"\nschema = \"meetings_2\"\n",
    ] {
        let config = parse(&with_sink(keys)).unwrap();
        let (_, batch) = config.sinks[0].open().unwrap();
        assert_eq!(batch, collector_sinks::BATCH);
    }
}

#[test]
fn problems_with_a_postgresql_sink_are_reported_with_their_lines() {
    assert_eq!(
        problems(&with_sink("user = \"collector\"\n")),
        [
            "etc/collector.toml:27:1: sink \"warehouse\": url: it is missing; give its address, such as \
             \"postgresql://collector@db.example.com/rooms\"",
        ]
    );
    let keys = "url = \"postgresql://collector@db.example.com/rooms\"\npassword = \"hunter2\"\nscheme = \"collector\"\n";
    assert_eq!(
        problems(&with_sink(keys)),
        [
            "etc/collector.toml:31:1: sink \"warehouse\": password: a secret does not belong in the configuration; say where it is: \
             { env = \"VARIABLE\" }, { file = \"PATH\" }, { keyring = \"NAME\" }, or { stored = \"NAME\" } after `collector secrets set NAME`",
            "etc/collector.toml:32:1: sink \"warehouse\": scheme: there is no such key; did you mean `schema`? valid keys are ca, insights, name, password, \
             schema, type, url",
        ]
    );
    for (keys, problem) in [
        (
            "url = \"postgresql://collector:hunter2@db.example.com/rooms\"\n",
            "etc/collector.toml:29:1: sink \"warehouse\": the `url` of a database must hold no password: put it where `password` says, such as { env = \"VARIABLE\" }, and change it, for it was seen",
        ),
        (
            "url = \"postgresql://collector@db.example.com/rooms\"\nschema = \"my rooms\"\n",
            "etc/collector.toml:29:1: sink \"warehouse\": the `schema` of a database must be 1 to 63 letters, digits and _, and not begin with pg_; write it like \"collector\"",
        ),
        (
            "url = \"postgresql://collector@db.example.com/rooms\"\nca = \"missing.pem\"\n",
            "etc/collector.toml:31:1: sink \"warehouse\": ca: etc/missing.pem cannot be read: No such file or directory (os error 2); correct the path, relative to the configuration file",
        ),
    ] {
        let error = parse(&with_sink(keys)).unwrap().sinks[0]
            .open()
            .map(|_| ())
            .unwrap_err()
            .to_string();
        assert_eq!(error, problem);
    }
}
