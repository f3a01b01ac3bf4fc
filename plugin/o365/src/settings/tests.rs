use super::*;
use proptest::prelude::*;

const MINIMAL: &str = r#"{"tenant":"Contoso.onmicrosoft.com","user-agent":"rooms@contoso.com"}"#;

/// The minimal settings with this one changed.
fn with(key: &str, value: Value) -> Result<Settings, Vec<SettingsProblem>> {
    let mut settings: Value = serde_json::from_str(MINIMAL).unwrap();
    settings[key] = value;
    parse(&settings.to_string())
}

/// The one problem of that.
fn problem(key: &str, value: Value) -> String {
    let problems = with(key, value).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].key, key);
    assert!(!problems[0].remedy.is_empty());
    problems[0].problem.clone()
}

#[test]
fn the_minimum_is_tenant_and_user_agent() {
    assert_eq!(
        parse(MINIMAL),
        Ok(Settings {
            tenant: "contoso.onmicrosoft.com".to_owned(),
            user_agent: "rooms@contoso.com".to_owned(),
            room_lists: vec![],
            cloud: Cloud::Global,
            withhold: Withhold::Private,
            changes_only: false,
            graph_url: "https://graph.microsoft.com/v1.0".to_owned(),
            login_url: "https://login.microsoftonline.com".to_owned(),
        })
    );
}

#[test]
fn a_cloud_brings_its_hosts() {
    for (cloud, graph, login) in [
        (
            "us-gov",
            "https://graph.microsoft.us/v1.0",
            "https://login.microsoftonline.us",
        ),
        (
            "us-gov-dod",
            "https://dod-graph.microsoft.us/v1.0",
            "https://login.microsoftonline.us",
        ),
        (
            "china",
            "https://microsoftgraph.chinacloudapi.cn/v1.0",
            "https://login.partner.microsoftonline.cn",
        ),
    ] {
        let settings = with("cloud", json!(cloud)).unwrap();
        assert_eq!(
            (settings.graph_url.as_str(), settings.login_url.as_str()),
            (graph, login)
        );
    }
}

#[test]
fn room_lists_are_separated_by_commas_and_each_counts_once() {
    let lists = |text: &str| with("room-lists", json!(text)).unwrap().room_lists;
    assert_eq!(
        lists("HQ@contoso.com, lab@contoso.com,hq@contoso.com,"),
        ["hq@contoso.com", "lab@contoso.com"]
    );
    assert_eq!(lists(""), [""; 0]);
    assert_eq!(lists("o'hare+1@contoso.com"), ["o'hare+1@contoso.com"]);
}

#[test]
fn room_lists_that_cannot_be_used_are_problems() {
    assert_eq!(
        problem("room-lists", json!("hq rooms")),
        "\"hq rooms\" is not an e-mail address"
    );
    assert_eq!(
        problem("room-lists", json!("a@b.com; c@d.com")),
        "\"a@b.com; c@d.com\" is not an e-mail address"
    );
    assert_eq!(
        problem("room-lists", json!("a@b.com/../x")),
        "\"a@b.com/../x\" is not an e-mail address"
    );
    assert_eq!(problem("room-lists", json!(" , ")), "it names no address");
    assert_eq!(problem("room-lists", json!(["a@b.com"])), "it is a list");
}

#[test]
fn a_tenant_must_be_one() {
    for tenant in ["common", "organizations", "Consumers"] {
        assert!(problem("tenant", json!(tenant)).contains("stands for any tenant"));
    }
    for tenant in [
        "",
        "contoso",
        "contoso.com/evil",
        "contoso..com",
        "-a.com",
        "contoso.com?x",
        "8f2b4c1e-6f0a",
    ] {
        assert!(
            problem("tenant", json!(tenant)).contains("neither a domain name nor an id"),
            "{tenant}"
        );
    }
    assert!(with("tenant", json!("8F2B4C1E-6f0a-4d53-9b6e-2f1a7c9d0e34")).is_ok());
}

#[test]
fn any_address_is_a_user_agent_and_a_line_break_is_not() {
    assert_eq!(
        with("user-agent", json!("collector/1.0 (rooms@contoso.com)"))
            .unwrap()
            .user_agent
            .len(),
        33
    );
    for agent in ["a@b.com\r\nHost: evil", "räume@contoso.com", "a\u{0}b"] {
        assert!(
            problem("user-agent", json!(agent)).contains("line break"),
            "{agent}"
        );
    }
    assert_eq!(problem("user-agent", json!("  ")), "it is empty");
    assert!(problem("user-agent", json!("x".repeat(257))).contains("longer than 256"));
}

#[test]
fn addresses_of_servers_are_checked() {
    let url = |text: &str| with("graph-url", json!(text)).map(|settings| settings.graph_url);
    assert_eq!(
        url("HTTPS://Graph.Contoso.com/V1.0/").unwrap(),
        "https://graph.contoso.com/V1.0"
    );
    assert_eq!(
        url("http://127.0.0.1:4100/v1.0").unwrap(),
        "http://127.0.0.1:4100/v1.0"
    );
    assert_eq!(url("http://[::1]:4100/v1.0").unwrap(), "http://[::1]:4100/v1.0");
    for (text, why) in [
        ("graph.microsoft.com", "is not an absolute URL"),
        ("https://graph.microsoft.com", "no path"),
        ("http://graph.microsoft.com/v1.0", "plain HTTP"),
        ("http://127.0.0.1.evil.example/v1.0", "plain HTTP"),
        ("ftp://graph.microsoft.com/v1.0", "neither https nor http"),
        ("https://user:pw@graph.microsoft.com/v1.0", "credentials"),
        ("https://graph.microsoft.com/v1.0?x=1", "a query"),
        ("https://graph.microsoft.com/v1.0#x", "a fragment"),
        ("https://graph.microsoft.com:https/v1.0", "a port"),
        ("https:///v1.0", "no host"),
    ] {
        assert!(problem("graph-url", json!(text)).contains(why), "{text}");
    }
    assert_eq!(
        with("login-url", json!("http://127.0.0.1:4100/"))
            .unwrap()
            .login_url,
        "http://127.0.0.1:4100"
    );
}

#[test]
fn every_problem_is_named_at_once() {
    let text = r#"{"tenant":"common","cloud":"mars","withhold-subjects":1,"colour":"red"}"#;
    let keys: Vec<String> = parse(text)
        .unwrap_err()
        .into_iter()
        .map(|problem| problem.key)
        .collect();
    assert_eq!(
        keys,
        ["tenant", "user-agent", "cloud", "withhold-subjects", "colour"]
    );
}

#[test]
fn what_is_no_object_is_one_problem() {
    for text in ["", "[]", "null", "{"] {
        assert_eq!(
            parse(text).unwrap_err()[0].problem,
            "the settings are not a JSON object"
        );
    }
}

#[test]
fn the_schema_describes_exactly_the_settings_there_are() {
    let schema = schema();
    let properties = schema["properties"].as_object().unwrap();
    let mut names: Vec<&str> = properties.keys().map(String::as_str).collect();
    let mut keys = KEYS;
    names.sort_unstable();
    keys.sort_unstable();
    assert_eq!(names, keys);
    assert_eq!(schema["additionalProperties"], json!(false));
    for (name, property) in properties {
        assert!(
            property["title"].is_string() && property["description"].is_string(),
            "{name}"
        );
        for example in property["examples"].as_array().unwrap() {
            assert!(with(name, example.clone()).is_ok(), "{name} = {example}");
        }
        for value in property["enum"].as_array().into_iter().flatten() {
            assert!(with(name, value.clone()).is_ok(), "{name} = {value}");
        }
    }
}

proptest! {
    #[test]
    fn no_settings_make_it_panic(key in proptest::sample::select(&KEYS[..]), value in "\\PC{0,30}") {
        let _ = with(key, json!(value));
        let _ = with(key, json!(format!("https://{value}")));
    }
}

#[test]
fn changes_only_is_true_or_false() {
    assert!(with("changes-only", json!(true)).unwrap().changes_only);
    assert!(!with("changes-only", json!(null)).unwrap().changes_only);
    assert_eq!(
        problem("changes-only", json!("true")),
        "it is neither true nor false"
    );
}
