use std::path::PathBuf;

use super::*;

const FILE: &str = r#"# By hand.
[[sink]]
name = "file"
type = "jsonl"
path = "changes.jsonl"   # on the fast disk
rotate = "1MiB"
"#;

fn on_disk() -> (tempfile::TempDir, PathBuf, Config) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("collector.toml");
    std::fs::write(&path, FILE).unwrap();
    let config = Config::load(&path).unwrap();
    (directory, path, config)
}

fn draft(kind: &str, name: &str, settings: &[(&str, &str)]) -> (Form, SinkDraft) {
    let form = sink_form::form(kind).unwrap();
    let mut draft = SinkDraft::new(&form);
    draft.fill(filled(name, settings));
    (form, draft)
}

fn filled(name: &str, settings: &[(&str, &str)]) -> Input {
    Input {
        name: name.to_owned(),
        settings: settings
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
        ..Input::default()
    }
}

/// The problems as `key: problem`.
fn problems(kind: &str, name: &str, settings: &[(&str, &str)]) -> Vec<String> {
    let (_directory, path, config) = on_disk();
    let (form, draft) = draft(kind, name, settings);
    let found = draft.check(&form, &path, &config).unwrap_err();
    found
        .into_iter()
        .map(|problem| format!("{}: {}", problem.key, problem.problem))
        .collect()
}

#[test]
fn a_complete_draft_is_a_sink() {
    let (_directory, path, config) = on_disk();
    let (form, draft) = draft("jsonl", "other", &[("path", "other.jsonl"), ("insights", "true")]);
    let sink = draft.check(&form, &path, &config).unwrap();
    assert_eq!(
        (sink.name.as_str(), sink.kind(), sink.insights),
        ("other", "jsonl", true)
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), FILE, "only checked");
}

#[test]
fn problems_are_of_fields_and_in_their_words() {
    assert_eq!(
        problems("jsonl", "", &[]),
        ["name: it is missing", "settings.path: it is missing"]
    );
    assert_eq!(
        problems("jsonl", "file", &[("path", "x")]),
        ["name: another sink has this name"]
    );
    let found = problems("jsonl", "second", &[("path", "changes.jsonl")]);
    assert!(
        found.len() == 1 && found[0].starts_with("settings.path: sink \"file\", at "),
        "{found:?}"
    );
    let found = problems("jsonl", "a b", &[("path", "x"), ("keep", "many")]);
    assert!(
        found.len() == 2
            && found
                .iter()
                .any(|found| found == "settings.keep: it is not a number")
            && found.iter().any(|found| found.starts_with("name: ")),
        "{found:?}"
    );
    let found = problems("postgresql", "db", &[("url", "https://db.example.com")]);
    assert!(
        found.len() == 1 && found[0].starts_with("settings.url: the “Address” of a database must begin"),
        "{found:?}"
    );
    let found = problems("webhook", "hook", &[("url", "https://rooms.example.com")]);
    assert_eq!(found, ["settings.secret: it is missing"]);
}

#[test]
fn what_a_delivery_would_stumble_over_is_told_with_what_is_missing() {
    let keys = |kind: &str, settings: &[(&str, &str)]| {
        let mut keys: Vec<String> = problems(kind, "", settings)
            .into_iter()
            .map(|problem| problem.split(": ").next().unwrap().to_owned())
            .collect();
        keys.sort();
        keys
    };
    let wrong = [
        ("url", "http://nats.example.com"),
        ("subject", "a b"),
        ("stream", "a.b"),
        ("login", "user and password"),
    ];
    let found = keys("nats", &wrong);
    for key in ["name", "settings.stream", "settings.subject", "settings.url"] {
        assert!(found.iter().any(|found| found == key), "{key}: {found:?}");
    }
    assert_eq!(
        keys("postgresql", &[("schema", "pg_x")]),
        ["name", "settings.schema", "settings.url"]
    );
}

#[test]
fn a_sink_that_is_changed_keeps_its_name_and_what_others_changed() {
    let (_directory, path, config) = on_disk();
    let form = sink_form::form("jsonl").unwrap();
    let mut edit = SinkDraft::of(&form, config.sink("file").unwrap());
    assert_eq!(edit.input().settings["rotate"], "1MiB");
    assert!(edit.check(&form, &path, &config).is_ok());
    edit.fill(filled("renamed", &[("path", "changes.jsonl")]));
    let found = edit.check(&form, &path, &config).unwrap_err();
    assert_eq!(found[0].key, "name");
    std::fs::write(&path, FILE.replace("1MiB", "2MiB")).unwrap();
    let changed = Config::load(&path).unwrap();
    let found = edit.check(&form, &path, &changed).unwrap_err();
    assert!(
        found[0].problem.starts_with("someone else has changed"),
        "{found:?}"
    );
}

#[test]
fn what_came_of_trying_goes_when_something_else_is_entered() {
    let (_, mut draft) = draft("jsonl", "other", &[("path", "a")]);
    let tried = Tried {
        at: 1,
        works: true,
        words: "It works.".into(),
    };
    draft.tried = Some(tried.clone());
    draft.fill(draft.input().clone());
    assert_eq!(draft.tried, Some(tried));
    draft.fill(filled("other", &[("path", "b")]));
    assert_eq!(draft.tried, None);
}

#[test]
fn a_password_in_an_address_is_named_and_not_kept() {
    let (_directory, path, config) = on_disk();
    for (kind, address) in [
        ("postgresql", "postgresql://u:hunter2@db.example.com/rooms"),
        ("nats", "tls://u:hunter2@nats.example.com"),
    ] {
        let (form, mut draft) = draft(kind, "other", &[("url", address)]);
        assert!(!serde_json::to_string(&draft).unwrap().contains("hunter2"));
        let found = draft.check(&form, &path, &config).unwrap_err();
        assert_eq!(
            (
                found.len(),
                found[0].key.as_str(),
                found[0].problem.as_str(),
                found[0].remedy.as_str()
            ),
            (
                1,
                "settings.url",
                "it must hold no password, so the password was removed",
                "enter it as “Password” instead, and change it on the server: it could be read here"
            )
        );
        // Who goes on without it would have a sink that signs in with none.
        draft.fill(draft.input().clone());
        let found = draft.check(&form, &path, &config).unwrap_err();
        assert_eq!(
            (found.len(), found[0].key.as_str(), found[0].problem.as_str()),
            (
                1,
                "settings.password",
                "the password that was in the address was removed"
            )
        );
        // Another address is one like any other.
        let other = draft.input().settings["url"].replace("example.com", "example.org");
        draft.fill(filled("other", &[("url", &other)]));
        assert_eq!(draft.check(&form, &path, &config).err(), None);
    }
}

#[test]
fn drafts_of_sources_and_of_sinks_are_told_apart() {
    let (_, sink) = draft("jsonl", "other", &[]);
    let source = super::super::Draft::new("o365");
    let text = serde_json::to_string(&sink).unwrap();
    assert!(serde_json::from_str::<super::super::Draft>(&text).is_err());
    let text = serde_json::to_string(&source).unwrap();
    assert!(serde_json::from_str::<SinkDraft>(&text).is_err());
}
