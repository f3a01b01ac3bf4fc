//! Sources that receive.

use super::*;

const SENSORS: &str = "[[source]]\nname = \"sensors\"\nreceive = { token = { env = \"TOKEN\" } }\n";

#[test]
fn a_source_that_receives_has_a_token_and_no_connector() {
    let config = parse(SENSORS).unwrap();
    assert!(config.sources.is_empty());
    let receiver = &config.receivers[0];
    assert_eq!(receiver.name, "sensors");
    assert_eq!(receiver.tokens, [SecretRef::Env("TOKEN".into())]);
    assert_eq!(receiver.heartbeat, None);
    assert!(config.need_source(Path::new("etc/collector.toml")).is_ok());
}

#[test]
fn a_token_that_is_being_replaced_is_a_list() {
    let config = parse(
        "[[source]]\nname = \"sensors\"\n[source.receive]\ntoken = [{ file = \"new\" }, { stored = \"old\" }]\nheartbeat = \"10m\"\n",
    )
    .unwrap();
    let receiver = &config.receivers[0];
    assert_eq!(receiver.tokens.len(), 2);
    assert_eq!(receiver.heartbeat, Some(Duration::from_secs(600)));
    assert_eq!(
        config.stored_secrets(),
        [("old".to_owned(), "source \"sensors\"".to_owned())]
    );
    assert_eq!(config.stored_secrets_of("sensors"), ["old"]);
}

#[test]
fn keys_of_collected_sources_are_named_with_the_remedy() {
    assert_eq!(
        problems(&format!(
            "{SENSORS}connector = \"o365\"\nevery = \"5m\"\n[source.grants]\nhttp = []\n"
        )),
        [
            "etc/collector.toml:4:1: source \"sensors\": connector: the source has `receive`, too, so it would be both collected and received; remove one of the two, or make two sources of it",
            "etc/collector.toml:5:1: source \"sensors\": every: it is for sources that are collected, and this one receives; remove it",
            "etc/collector.toml:6:9: source \"sensors\": grants: it is for sources that are collected, and this one receives; remove it",
        ]
    );
}

#[test]
fn a_token_that_is_missing_or_stands_in_the_file_is_refused_and_not_repeated() {
    let of = |receive: &str| problems(&format!("[[source]]\nname = \"sensors\"\nreceive = {receive}\n"));
    assert!(of("{}")[0].starts_with(
        "etc/collector.toml:3:1: source \"sensors\": receive: token: it is missing; say where it is"
    ));
    let plain = of("{ token = \"hunter2\" }");
    assert!(
        plain[0].contains("token: a secret does not belong in the configuration"),
        "{plain:?}"
    );
    assert!(!plain[0].contains("hunter2"));
    assert!(of("\"hunter2\"")[0].contains("receive: it is a string; it must be a table"));
    assert!(of("{ token = [] }")[0].contains("token: the list is empty"));
    assert!(
        of("{ token = { env = \"T\" }, heartbeat = \"1s\" }")[0]
            .contains("heartbeat: \"1s\" is too short or too long")
    );
    assert!(
        of("{ token = { env = \"T\" }, tokn = 1 }")[0]
            .contains("tokn: there is no such key; did you mean `token`?")
    );
}

#[test]
fn sources_of_both_kinds_share_their_names() {
    for (first, second) in [
        (SENSORS, "[[source]]\nname = \"sensors\"\nconnector = \"o365\"\n"),
        (SENSORS, SENSORS),
    ] {
        let found = problems(&format!("{first}{second}"));
        assert_eq!(
            found,
            [
                "etc/collector.toml:5:1: source \"sensors\": name: another source has this name, at etc/collector.toml:2:1; give each source a name of its own"
            ]
        );
    }
}

#[test]
fn usage_records_are_kept_400_days_unless_configured() {
    assert_eq!(parse("").unwrap().keep_usage, Duration::from_secs(400 * 86_400));
    let shorter = parse("[collector]\nkeep-usage = \"30d\"\n").unwrap();
    assert_eq!(shorter.keep_usage, Duration::from_secs(30 * 86_400));
    assert!(problems("[collector]\nkeep-usage = \"1h\"\n")[0].contains("give a time from 1day to"));
}
