//! A configuration that cannot be used: exit status 2, with file, line, key and remedy.

use e2e::{Ended, Source, Workplace};

fn run(configuration: &str) -> Ended {
    Workplace::new(configuration, &[])
        .unwrap()
        .run(&["run-once"])
        .unwrap()
}

fn refused(configuration: &str) -> String {
    let ended = run(configuration);
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{}", ended.stderr);
    ended.stderr
}

#[test]
fn without_a_configuration_the_first_lines_of_one_are_shown() {
    let workplace = Workplace::new("", &[]).unwrap();
    let ended = workplace
        .run(&["--config", "elsewhere.toml", "run-once"])
        .unwrap();
    assert_eq!(ended.code, 2);
    assert!(
        ended.stderr.starts_with("error: elsewhere.toml: No such file"),
        "{}",
        ended.stderr
    );
    assert!(
        ended
            .stderr
            .contains("name another file with --config, or start one with:"),
        "{}",
        ended.stderr
    );
    assert!(
        ended
            .stderr
            .contains("[[source]]\n  name = \"contoso\"\n  connector = \"o365\"\n"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_configuration_without_a_source_is_told_how_to_add_one() {
    assert_eq!(
        refused("[collector]\ndata = \"data\"\n"),
        "error: collector.toml:1:1: source: there is no source; add one with `collector add`, or with [[source]], a name, a connector and its settings\n"
    );
}

#[test]
fn an_unknown_key_is_named_with_the_one_that_was_meant() {
    assert_eq!(
        refused("[[source]]\nname = \"a\"\nconnector = \"o365\"\nevrey = \"5m\"\n"),
        "error: collector.toml:4:1: source \"a\": evrey: there is no such key; did you mean `every`? valid keys are connector, \
         credentials, egress, every, grants, limits, name, paused, receive, settings, view-subjects, window\n"
    );
}

#[test]
fn a_value_of_a_wrong_type_is_named_with_what_would_be_right() {
    let said =
        refused("[collector]\nplugins = 7\n[[source]]\nname = \"a\"\nconnector = \"o365\"\nevery = true\n");
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 2, "{said}");
    assert!(
        lines[0].starts_with("error: collector.toml:2:1: collector: plugins: "),
        "{said}"
    );
    assert!(
        lines[1].starts_with("error: collector.toml:6:1: source \"a\": every: "),
        "{said}"
    );
}

#[test]
fn two_sources_of_one_name_are_both_located() {
    let source = "[[source]]\nname = \"a\"\nconnector = \"o365\"\n";
    assert_eq!(
        refused(&source.repeat(2)),
        "error: collector.toml:5:1: source \"a\": name: another source has this name, at collector.toml:2:1; give each source a \
         name of its own\n"
    );
}

#[test]
fn what_is_not_toml_is_located_without_being_repeated() {
    let said = refused("[[source]]\nclient-secret = hunter2\n");
    assert!(said.starts_with("error: collector.toml:2:"), "{said}");
    assert!(said.contains("not TOML"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn a_secret_in_the_configuration_is_refused_without_being_repeated() {
    let said = refused(
        "[[source]]\nname = \"a\"\nconnector = \"o365\"\n[source.credentials]\nclient-secret = \"hunter2\"\n",
    );
    assert_eq!(
        said,
        "error: collector.toml:5:1: source \"a\": credentials: client-secret: a secret does not belong in the configuration; say \
         where it is: { env = \"VARIABLE\" }, { file = \"PATH\" }, { keyring = \"NAME\" }, or { stored = \"NAME\" } after `collector secrets set NAME`\n"
    );
}

fn o365(source: &Source) -> Ended {
    Workplace::new(&source.to_string(), &["o365"])
        .unwrap()
        .run(&["run-once"])
        .unwrap()
}

fn source() -> Source {
    Source::at("http://127.0.0.1:9", "http://127.0.0.1:9")
}

#[test]
fn a_setting_that_the_connector_does_not_know_is_named() {
    let ended = o365(&source().setting("room-list", "hq@contoso.com"));
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(
        ended.stderr.starts_with("error: collector.toml:"),
        "{}",
        ended.stderr
    );
    let expected =
        "source \"contoso\": settings.room-list: there is no such setting; did you mean `room-lists`?";
    assert!(ended.stderr.contains(expected), "{}", ended.stderr);
}

#[test]
fn a_setting_with_a_value_that_makes_no_sense_is_named() {
    let ended = o365(
        &source()
            .setting("withhold-subjects", "some")
            .lists("hq@contoso.com, not an address"),
    );
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .contains("settings.withhold-subjects: \"some\" is not allowed; use one of: "),
        "{}",
        ended.stderr
    );
    let ended = o365(&source().lists("hq@contoso.com, not an address"));
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("source \"contoso\": settings.room-lists: "),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("not an address"), "{}", ended.stderr);
}

#[test]
fn a_missing_setting_comes_with_its_meaning_and_an_example() {
    let configuration = "[[source]]\nname = \"a\"\nconnector = \"o365\"\n";
    let workplace = Workplace::new(configuration, &["o365"]).unwrap();
    let ended = workplace.run(&["run-once"]).unwrap();
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert_eq!(
        ended.said("settings.tenant: it is missing; ").len(),
        1,
        "{}",
        ended.stderr
    );
    assert_eq!(ended.said("for example tenant = ").len(), 1, "{}", ended.stderr);
}

#[test]
fn a_source_without_credentials_is_told_how_to_give_them() {
    let ended = o365(&source().without_credential("client-secret"));
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(
        ended.stderr.contains(
            "credentials: no credential is configured for this source; add client-secret = { env = "
        ),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_secret_beside_a_managed_identity_is_told_to_stand_alone() {
    let configuration = "[[source]]\nname = \"a\"\nconnector = \"o365\"\n[source.credentials]\n\
                         client-secret = { env = \"O365_CLIENT_SECRET\" }\nmanaged-identity = true\n";
    assert_eq!(
        refused(configuration),
        "error: collector.toml:5:1: source \"a\": credentials: client-secret: managed-identity is set, too, and signs in without \
         it; remove one of the two\n"
    );
}

#[test]
fn a_secret_that_is_not_where_it_was_said_to_be_is_named_by_its_place() {
    for (place, word) in [
        (r#"{ env = "NOT_SET" }"#, "NOT_SET"),
        (r#"{ file = "not-there" }"#, "not-there"),
    ] {
        let ended = o365(&source().credential("client-secret", place));
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        assert!(
            ended.stderr.contains("credentials.client-secret: "),
            "{}",
            ended.stderr
        );
        assert!(ended.stderr.contains(word), "{}", ended.stderr);
    }
}

#[test]
fn a_window_that_is_none_is_refused() {
    let workplace = Workplace::new(&source().to_string(), &["o365"]).unwrap();
    let ended = workplace
        .collect_between("2026-03-10T00:00:00Z", "2026-03-10T01:00:00+01:00", &[])
        .unwrap();
    assert_eq!(ended.code, 2);
    assert_eq!(
        ended.stderr,
        "error: the window is empty: it starts at 2026-03-10T00:00:00Z and ends at 2026-03-10T00:00:00Z; --to must be later than \
         --from\n"
    );
    let ended = workplace
        .collect_between("tomorrow", "2026-03-10T00:00:00Z", &[])
        .unwrap();
    assert_eq!(ended.code, 2);
    assert!(
        ended
            .stderr
            .starts_with("error: --from \"tomorrow\" is neither a date nor an RFC 3339 instant"),
        "{}",
        ended.stderr
    );
}
